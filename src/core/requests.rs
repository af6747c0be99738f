//! Requests for a look now: two annotations, any new value of which has ECS read, and what is answered.
//!
//! Flux's tools compare `status.lastHandledReconcileAt` with the annotation that they have set, so it always is the value
//! of one annotation: of the one that was new, and of Flux's when both were. What was answered is remembered of each
//! by itself, so that setting the one never looks like a new value of the other.

use std::collections::BTreeMap;

use crate::api::names::{FLUX_RECONCILE_REQUESTED_AT, RECONCILE_REQUESTED_AT};
use crate::api::requests::ReconcileRequests;
use crate::api::status::{ExpressGatewayServiceStatus, NEVER_OBSERVED};

use super::events::{EventReason, Note};
use super::failure::{Failure, FailureClass};
use super::observed::Observed;

/// Most characters of a request that an event repeats.
const SHOWN: usize = 64;

/// Longest value in bytes. The status repeats it, and an annotation may be as large as the object.
const LONGEST: usize = 256;

/// What the annotations ask for. An empty one asks for nothing, and neither does a novel.
#[must_use]
pub fn asked(annotations: &BTreeMap<String, String>) -> ReconcileRequests {
    let value = |name: &str| annotations.get(name).filter(|value| (1..=LONGEST).contains(&value.len())).cloned();
    ReconcileRequests { expressway: value(RECONCILE_REQUESTED_AT), flux: value(FLUX_RECONCILE_REQUESTED_AT) }
}

/// Whether something is asked for that was not answered.
#[must_use]
pub fn is_new(asked: &ReconcileRequests, answered: &ReconcileRequests) -> bool {
    news(asked, answered).iter().any(Option::is_some)
}

/// Whether a look answers what asked for it: ECS was read. That there is no such cluster is an answer too; after any other
/// failure it is tried again.
#[must_use]
pub fn are_answered_by(observed: Result<&Observed, &Failure>) -> bool {
    observed.err().is_none_or(|failure| failure.class == FailureClass::ClusterNotFound)
}

/// ECS was read after this was `asked`: says so in the status.
pub fn answer(asked: &ReconcileRequests, status: &mut ExpressGatewayServiceStatus) {
    let answered = status.handled_requests.clone().unwrap_or_default();
    let [own, flux] = news(asked, &answered);
    let Some(newest) = flux.or(own) else { return };
    status.last_handled_reconcile_at = Some(newest.to_owned());
    // A value stays answered after its annotation is gone.
    status.handled_requests = Some(ReconcileRequests {
        expressway: asked.expressway.clone().or(answered.expressway),
        flux: asked.flux.clone().or(answered.flux),
    });
}

/// The event that tells of an answer. Before the first look nobody asked: an annotation may come with the YAML.
pub(super) fn note(before: &ExpressGatewayServiceStatus, after: &ExpressGatewayServiceStatus) -> Option<Note> {
    if before.observed_generation == NEVER_OBSERVED {
        return None;
    }
    let was = before.handled_requests.clone().unwrap_or_default();
    let [own, flux] = news(after.handled_requests.as_ref()?, &was);
    let named = |name: &str, value: Option<&str>| {
        let value: String = value?.chars().filter(|c| !c.is_control()).take(SHOWN).collect();
        Some(format!("{name} ({value})"))
    };
    let asked: Vec<String> =
        named(RECONCILE_REQUESTED_AT, own).into_iter().chain(named(FLUX_RECONCILE_REQUESTED_AT, flux)).collect();
    let text = format!("ECS was read, as asked for by {}", asked.join(" and "));
    (!asked.is_empty()).then_some(Note { reason: EventReason::ReconcileRequestHandled, warning: false, text })
}

/// The values that are new: our annotation's and Flux's.
fn news<'a>(asked: &'a ReconcileRequests, answered: &ReconcileRequests) -> [Option<&'a str>; 2] {
    let new = |asked: &'a Option<String>, answered: &Option<String>| {
        if asked == answered { None } else { asked.as_deref() }
    };
    [new(&asked.expressway, &answered.expressway), new(&asked.flux, &answered.flux)]
}

#[cfg(test)]
#[path = "requests_tests.rs"]
mod tests;
