//! How old the last reading of ECS may be before nothing is claimed any more, and what is said then.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::api::conditions::{ConditionType, Reason};
use crate::api::status::ExpressGatewayServiceStatus;

use super::conditions::{Statement, Truth, find, stated};
use super::desired::Desired;
use super::events::events;
use super::facts::{self, whole_seconds};
use super::failure::Operation;
use super::report::{Again, Report};
use super::{requests, retry, rollback_request};

/// After the look that was due, so many intervals more without a reading, and `Ready` is `Unknown`: one that fails now and
/// then is no news.
const INTERVALS: u32 = 2;

/// How long a reading is good: three intervals. An object that is looked at seldom claims nothing for longer than others,
/// once a look has failed.
#[must_use]
pub fn trust(resync: Option<Duration>, observe_interval: Duration) -> Duration {
    let interval = resync.unwrap_or(observe_interval);
    interval.saturating_add(interval.min(observe_interval).saturating_mul(INTERVALS))
}

/// When ECS was last read, and for how long that is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    last_read: Option<Timestamp>,
    limit: SignedDuration,
}

impl Freshness {
    /// `in_process` is the last reading that this process made of the object. After a restart there is none, and the status
    /// tells: it may be an hour behind, and nobody can say more. `trust` is how long a reading is good.
    #[must_use]
    pub fn new(in_process: Option<Timestamp>, before: &ExpressGatewayServiceStatus, trust: Duration) -> Self {
        let shown = before.last_observed_time.as_ref().map(|time| time.0);
        let limit = SignedDuration::try_from(trust).unwrap_or(SignedDuration::MAX);
        Self { last_read: in_process.max(shown), limit }
    }

    /// The last reading, as the status shows it.
    #[must_use]
    pub fn last_read(&self) -> Option<Time> {
        self.last_read.map(whole_seconds)
    }

    /// The last reading, if it is too old to say anything. An object that was never read claims nothing anyway.
    #[must_use]
    pub fn stale_since(&self, now: Timestamp) -> Option<Timestamp> {
        self.last_read.filter(|_| self.ends().is_some_and(|end| end <= now))
    }

    /// The look that comes `after` a failure, or earlier: when the last reading becomes too old, somebody has to say so.
    #[must_use]
    pub fn by_its_end(&self, after: Duration, now: Timestamp) -> Duration {
        let left = self.ends().map(|end| end.duration_since(now)).filter(SignedDuration::is_positive);
        left.and_then(|left| Duration::try_from(left).ok()).map_or(after, |left| after.min(left))
    }

    fn ends(&self) -> Option<Timestamp> {
        self.last_read.and_then(|read| read.checked_add(self.limit).ok())
    }
}

/// What is said of a service that could not be read for too long: `Ready` is unknown, and so is what `was_in_sync`.
pub(super) fn stale(said: &mut Vec<Statement>, since: Timestamp, why: &str, was_in_sync: bool) {
    let message = format!("ECS was last read at {since:.0}; what it runs now is not known. {why}");
    let mut say = |kind| {
        said.retain(|s| s.kind != kind);
        said.push(Statement::new(kind, Truth::Unknown, Reason::ObservationStale, &message));
    };
    say(ConditionType::Ready);
    if was_in_sync {
        say(ConditionType::Synced);
    }
}

/// Whether the live configuration equalled the spec when ECS was last read.
#[must_use]
pub fn was_in_sync(status: &ExpressGatewayServiceStatus) -> bool {
    let synced = find(&status.conditions, ConditionType::Synced);
    synced.is_some_and(|c| c.status == "True" || c.reason == Reason::ObservationStale.as_ref())
}

/// After a restart, a reading that failed is tried again at its time and not before, unless somebody changed or asked for
/// something. What became too old meanwhile is said without a call. `None`: it is time to read.
#[must_use]
pub fn wait(
    desired: &Desired,
    before: &ExpressGatewayServiceStatus,
    freshness: &Freshness,
    now: Timestamp,
) -> Option<Report> {
    let retry = before.retry.as_ref().filter(|retry| retry.generation == desired.generation)?;
    let is_read = retry.operation.parse().is_ok_and(Operation::is_read);
    let left = retry::left(retry, now).filter(|_| is_read)?;
    let answered = before.handled_requests.clone().unwrap_or_default();
    let retries = desired.retry_token.is_some() && desired.retry_token != before.last_handled_retry_at;
    if retries || requests::is_new(&desired.requests, &answered) {
        return None;
    }
    if rollback_request::is_asked(desired, before.last_handled_rollback_at.as_ref(), true) {
        return None;
    }
    let mut status = before.clone();
    if let Some(since) = freshness.stale_since(now).filter(|_| claims_something(desired, before)) {
        let mut said: Vec<Statement> = before.conditions.iter().filter_map(Statement::again).collect();
        let failure = said.iter().find(|s| s.kind == ConditionType::Reconciling);
        let failure = failure.or_else(|| said.iter().find(|s| s.kind == ConditionType::Synced));
        let why = failure.map(|s| s.message.clone()).unwrap_or_default();
        stale(&mut said, since, &why, was_in_sync(before));
        status.conditions = stated(&before.conditions, said, desired.generation, now);
        status.last_observed_time = freshness.last_read();
        facts::summarize_reason(&mut status);
    }
    let events = events(before, &status, None, None);
    Some(Report { status, events, again: Again::After(freshness.by_its_end(left, now)) })
}

/// What is not there, what goes and what was said already needs no reading.
fn claims_something(desired: &Desired, before: &ExpressGatewayServiceStatus) -> bool {
    let ready = find(&before.conditions, ConditionType::Ready).map(|c| c.reason.as_str());
    let settled = [Reason::ClusterNotFound, Reason::ObservationStale].map(|reason| Some(reason.into()));
    !desired.deleting && !settled.contains(&ready)
}

#[cfg(test)]
#[path = "freshness_tests.rs"]
mod tests;
