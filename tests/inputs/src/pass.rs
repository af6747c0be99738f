//! One reconcile without Kubernetes: the very functions that the controller calls, in its order.

use std::time::Duration;

use expressway::api::status::ExpressGatewayServiceStatus;
use expressway::controller::object::{self, LiveObject};
use expressway::controller::settings::Pace;
use expressway::core::failure::Failure;
use expressway::core::freshness::Freshness;
use expressway::core::intention;
use expressway::core::memory::Memory;
use expressway::core::observed::Observed;
use expressway::core::plan::{Plan, plan, plan_unseen};
use expressway::core::report::{Report, Situation, report};
use expressway::core::step::Effect;
use jiff::Timestamp;
use kube::api::DynamicObject;

use crate::ecs::REGION;

/// Id of the Kubernetes cluster.
pub const CLUSTER_ID: &str = "c-1";

/// Reads an object as the controller does.
pub fn understood(object: &DynamicObject) -> LiveObject {
    object::read(object, CLUSTER_ID, REGION, &Pace::default())
}

/// What was seen, without what may be secret.
pub fn redacted(live: &LiveObject, observed: Result<Observed, Failure>) -> Result<Observed, Failure> {
    let redaction = live.redaction_of(observed.as_ref().ok(), REGION);
    observed
        .map(|observed| redaction.reading(observed, live.before.deployment.as_ref()))
        .map_err(|failure| redaction.failure(failure))
}

/// What is done about it.
pub fn decided(live: &LiveObject, observed: &Result<Observed, Failure>, now: Timestamp) -> Option<Plan> {
    let memory = Memory::of(&live.before);
    match observed {
        Ok(observed) => Some(plan(&live.desired, observed, &memory, now)),
        Err(_) => plan_unseen(&live.desired, &memory),
    }
}

fn situation<'a>(
    live: &'a LiveObject,
    observed: &'a Result<Observed, Failure>,
    plan: Option<&'a Plan>,
    outcome: Option<&'a Result<Effect, Failure>>,
    now: Timestamp,
) -> Situation<'a> {
    let last_read = observed.is_ok().then_some(now);
    Situation {
        desired: &live.desired,
        before: &live.before,
        observed: observed.as_ref(),
        plan,
        outcome: outcome.map(Result::as_ref),
        freshness: Freshness::new(last_read, &live.before, Duration::from_secs(180)),
        region: REGION,
    }
}

/// What is written down before it is done.
pub fn intended(
    live: &LiveObject,
    observed: &Result<Observed, Failure>,
    plan: Option<&Plan>,
    now: Timestamp,
) -> Option<ExpressGatewayServiceStatus> {
    intention::intended(&situation(live, observed, plan, None, now), now)
}

/// What is told of it.
pub fn told(
    live: &LiveObject,
    observed: &Result<Observed, Failure>,
    plan: Option<&Plan>,
    outcome: Option<&Result<Effect, Failure>>,
    now: Timestamp,
) -> Report {
    report(&situation(live, observed, plan, outcome, now), &Pace::default().backoff(), now)
}
