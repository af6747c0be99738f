//! Changes that others made to a service: what is seen of them, what is done about them, and what is remembered.
//!
//! ECS says nothing of who changed a service. What differs from a spec that was live before, somebody else has changed;
//! what differs from a spec that never was live is an edit that was not sent yet, or does not read back.

use jiff::{SignedDuration, Timestamp};

use crate::api::conditions::ConditionType;
use crate::api::drift::{DriftCorrection, DriftHandling, DriftStatus, LastLive, MissingService};
use crate::api::status::{ExpressGatewayServiceStatus, FieldDifference, Submission};

use super::conditions::find;
use super::desired::{Desired, Intent};
use super::events::{EventReason, Note};
use super::explain::list_of;
use super::facts::whole_seconds;
use super::intention::sending_limit;
use super::observed::{Live, Observed, Tags};
use super::plan::{Plan, Verdict};
use super::planned::{MAX_CHANGES, field_difference};
use super::report::Situation;
use super::step::{Effect, Step};
use super::tags;
use super::target::Difference;

/// The same is undone so often within [`WINDOW`]: once is a mistake of somebody's, twice may be, and after that another
/// program wants something else than the spec, and each correction is a canary.
pub const MAX_CORRECTIONS: usize = 2;

/// For how long a correction counts. A day, so that what another program does every hour, or at every deployment, is not
/// fought with for ever.
pub const WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// Most corrections that a status remembers; the CRD refuses more.
const MAX_REMEMBERED: usize = 16;

/// What stands in a correction for the service itself, which was created again.
pub(super) const SERVICE: &str = "service";

/// A change that somebody else made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// What is done about it.
    pub handling: DriftHandling,
    /// What differs, with both values; those that may be secret are redacted.
    pub changes: Vec<FieldDifference>,
}

impl Drift {
    pub(super) fn of<'a>(handling: DriftHandling, differences: impl Iterator<Item = &'a Difference>) -> Self {
        Self { handling, changes: differences.take(MAX_CHANGES).map(field_difference).collect() }
    }

    /// Paths of all that differs.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        self.changes.iter().map(|change| change.path.clone()).collect()
    }

    /// Whether it is left as it is.
    #[must_use]
    pub fn is_left(&self) -> bool {
        matches!(self.handling, DriftHandling::Reported | DriftHandling::Contested)
    }
}

/// Whether a path is that of a tag: it says nothing of what runs.
pub(super) fn is_tag(path: &str) -> bool {
    path.starts_with("spec.tags[")
}

/// Every tag that a service should carry.
pub(super) fn wanted_tags(desired: &Desired, intent: &Intent) -> Tags {
    let mut wanted = intent.user_tags.clone();
    wanted.extend(desired.owner.tags());
    wanted
}

/// How often one of these paths was put back `within` so much time.
pub(super) fn corrections<'a>(
    remembered: impl IntoIterator<Item = &'a DriftCorrection>,
    paths: &[String],
    within: SignedDuration,
    now: Timestamp,
) -> usize {
    let counts = |correction: &&DriftCorrection| {
        now.duration_since(correction.at.0) < within && correction.paths.iter().any(|path| paths.contains(path))
    };
    remembered.into_iter().filter(counts).count()
}

/// Whether a correction was written down before it was sent, and never arrived: nothing is as new as it would be. Such a one
/// does not count, or a controller that died once would leave the next change to a person.
pub(super) fn never_arrived(
    correction: &DriftCorrection,
    desired: &Desired,
    sent: Option<&Submission>,
    newest: Option<Timestamp>,
) -> bool {
    let sent = sent.filter(|sent| sent.revision.is_none()).and_then(|sent| sent.at.as_ref());
    let apart = sent.map(|sent| whole_seconds(sent.0).0.duration_since(correction.at.0));
    let is_it = apart.is_some_and(|apart| !apart.is_negative() && apart <= sending_limit(desired));
    is_it && newest.is_some_and(|newest| newest < correction.at.0)
}

/// When what ECS shows was made. In a rollout that is not what was sent last.
pub(super) fn newest(observed: &Observed) -> Option<Timestamp> {
    match observed {
        Observed::Live(live) if live.in_flight.is_none() => live.newest()?.created_at,
        Observed::Draining(presence) | Observed::Inactive(presence) => presence.created_at,
        _ => None,
    }
}

/// Remembers what was seen of the changes of others, and what was done about them.
pub(super) fn remember(situation: &Situation<'_>, status: &mut ExpressGatewayServiceStatus, now: Timestamp) {
    let before = situation.before;
    let Some(plan) = situation.plan else { return };
    status.missing = missing(situation, plan, now);
    status.drift_corrections.clone_from(&before.drift_corrections);
    status.drift = None;
    let Ok(intent) = &situation.desired.intent else { return };
    let done = situation.outcome.and_then(Result::ok);
    remember_correction(situation, plan, status, now);
    status.drift = drift(plan, done.is_some(), before, intent, now);
    if matches!(done, Some(Effect::Created { .. })) {
        // Nothing of this service has failed yet: what was asked for before is no retry of it.
        status.last_handled_retry_at.clone_from(&situation.desired.retry_token);
    }
    status.last_live = last_live(situation, plan, intent, status);
}

fn drift(
    plan: &Plan,
    is_done: bool,
    before: &ExpressGatewayServiceStatus,
    intent: &Intent,
    now: Timestamp,
) -> Option<DriftStatus> {
    let known = before.drift.as_ref().filter(|drift| drift.spec_hash == intent.spec_hash);
    let Some(drift) = &plan.drift else { return known.filter(|_| may_go_on(&plan.verdict)).cloned() };
    let handling = match drift.handling {
        DriftHandling::Correcting if !is_done => DriftHandling::Pending,
        handling => handling,
    };
    Some(DriftStatus {
        since: known.map_or_else(|| whole_seconds(now), |known| known.since.clone()),
        handling,
        spec_hash: intent.spec_hash.clone(),
        changes: drift.changes.clone(),
    })
}

/// Whether nothing was seen in this pass of which a change of somebody else's would be gone.
fn may_go_on(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Submitted
        | Verdict::RollingOut
        | Verdict::RollingOutOther
        | Verdict::RollingBack
        | Verdict::Held(_)
        | Verdict::NotConverging(_)
        | Verdict::BackingOff
        | Verdict::HeldBack { .. } => true,
        Verdict::Updating { repeats, .. } => *repeats > 0,
        _ => false,
    }
}

/// What the plan undoes.
fn undone(plan: &Plan) -> Option<&Drift> {
    plan.drift.as_ref().filter(|drift| drift.handling == DriftHandling::Correcting)
}

/// A correction whose answer was lost counts: it may have taken effect, and none may be forgotten.
fn remember_correction(
    situation: &Situation<'_>,
    plan: &Plan,
    status: &mut ExpressGatewayServiceStatus,
    now: Timestamp,
) {
    if situation.outcome.is_none_or(|outcome| outcome.is_err_and(|failure| !failure.may_have_taken_effect())) {
        return;
    }
    let paths = match (&plan.step, undone(plan)) {
        (Step::Create(_), _) if plan.missing => vec![SERVICE.to_owned()],
        (Step::Update(_) | Step::Retag(_), Some(drift)) => drift.paths(),
        // An edit begins anew: what was undone before was of another spec.
        (Step::Update(_), None) if matches!(plan.verdict, Verdict::Updating { repeats: 0, .. }) => {
            status.drift_corrections.clear();
            return;
        }
        _ => return,
    };
    let kept = &mut status.drift_corrections;
    let (sent, newest) = (situation.before.submitted.as_ref(), situation.observed.ok().and_then(newest));
    kept.retain(|correction| {
        now.duration_since(correction.at.0) < WINDOW && !never_arrived(correction, situation.desired, sent, newest)
    });
    if kept.len() >= MAX_REMEMBERED {
        kept.remove(0);
    }
    kept.push(DriftCorrection { at: whole_seconds(now), paths });
}

fn missing(situation: &Situation<'_>, plan: &Plan, now: Timestamp) -> Option<MissingService> {
    let before = situation.before;
    let known = before.missing.clone();
    if !plan.missing {
        // Until another one serves.
        let goes_on = matches!(
            plan.verdict,
            Verdict::Creating | Verdict::RollingOut | Verdict::RollingOutOther | Verdict::BackingOff
        );
        return known.filter(|_| goes_on);
    }
    let hash = before.submitted.as_ref().map(|sent| sent.spec_hash.clone());
    let Some(spec_hash) = hash else { return known };
    let (since, url) = match known {
        // It was created again, and deleted again.
        Some(known) => (known.since, before.url.clone().or(known.url)),
        None => (whole_seconds(now), before.url.clone()),
    };
    Some(MissingService { since, spec_hash, url })
}

/// What was last live. A rollout that is under way counts: what overtakes it is somebody else's, too.
fn last_live(
    situation: &Situation<'_>,
    plan: &Plan,
    intent: &Intent,
    status: &ExpressGatewayServiceStatus,
) -> Option<LastLive> {
    let mut live = status.last_live.clone().unwrap_or_default();
    if matches!(plan.verdict, Verdict::Held(_)) && live.spec_hash == intent.spec_hash {
        // It was rolled out and has failed: that something else serves is nobody's change, also once it is sent again.
        return Some(LastLive { spec_hash: String::new(), ..live });
    }
    if !matches!(plan.verdict, Verdict::Settled | Verdict::RollingOut) {
        return status.last_live.clone();
    }
    if live.spec_hash != intent.spec_hash {
        live.spec_hash.clone_from(&intent.spec_hash);
        live.cpu_architecture = None;
    }
    let submitted = status.submitted.as_ref().and_then(|sent| sent.revision.clone());
    live.revision = submitted.or(live.revision);
    if plan.verdict == Verdict::Settled {
        if plan.comparison.is_some() {
            let runs = status.effective.as_ref().and_then(|effective| effective.cpu_architecture);
            let asked = intent.configuration.cpu_architecture;
            live.cpu_architecture = runs.filter(|_| asked.is_some() && asked != runs);
        }
        let wanted = wanted_tags(situation.desired, intent);
        if situation.observed.is_ok_and(|observed| carries(observed, &wanted)) {
            live.tags_hash = Some(tags::hash(&wanted));
        }
    }
    Some(live)
}

fn carries(observed: &Observed, wanted: &Tags) -> bool {
    let Observed::Live(live) = observed else { return false };
    let Live { presence, .. } = live.as_ref();
    wanted.iter().all(|(key, value)| presence.tags.get(key) == Some(value))
}

/// What is told of the changes of others: each once, with its values, and that it was undone.
pub(super) fn notes(before: &ExpressGatewayServiceStatus, after: &ExpressGatewayServiceStatus) -> Vec<Note> {
    let mut notes = Vec::new();
    let was_known = |change: &&FieldDifference| {
        before.drift.iter().flat_map(|drift| &drift.changes).any(|known| known.path == change.path)
    };
    let changes = after.drift.iter().flat_map(|drift| &drift.changes);
    let new: Vec<String> = changes.filter(|change| !was_known(change)).map(in_words).collect();
    if !new.is_empty() {
        let text = format!("somebody changed the service in AWS: {}", list_of(&new));
        notes.push(Note { reason: EventReason::DriftDetected, warning: true, text: capped(text) });
    }
    let is_contested = |status: &ExpressGatewayServiceStatus| {
        status.drift.as_ref().is_some_and(|drift| drift.handling == DriftHandling::Contested)
    };
    if is_contested(after) && !is_contested(before) {
        let paths = after.drift.iter().flat_map(|drift| &drift.changes).map(|change| change.path.clone());
        let text = format!("not undone a third time within a day: {}", list_of(&paths.collect::<Vec<_>>()));
        notes.push(Note { reason: EventReason::DriftContested, warning: true, text });
    }
    if before.missing.is_none() && after.missing.is_some() {
        let ready = find(&after.conditions, ConditionType::Ready).map(|ready| ready.message.clone());
        let text = ready.unwrap_or_else(|| "somebody deleted the service".to_owned());
        notes.push(Note { reason: EventReason::Missing, warning: true, text: capped(text) });
    }
    let (old, new) = (before.missing.as_ref().and_then(|missing| missing.url.as_ref()), after.url.as_ref());
    if let (Some(old), Some(new)) = (old, new)
        && before.url.is_none()
    {
        let text = format!("the service answers at {new} from now on, and no longer at {old}");
        notes.push(Note { reason: EventReason::UrlChanged, warning: true, text });
    }
    notes
}

/// `spec.cpu is 256 instead of 512`.
fn in_words(change: &FieldDifference) -> String {
    let or_nothing = |value: &Option<String>| value.clone().unwrap_or_else(|| "not set".to_owned());
    match (&change.live, &change.wanted) {
        // Both are redacted.
        (live, wanted) if live == wanted => format!("{} has another value", change.path),
        (live, wanted) => format!("{} is {} instead of {}", change.path, or_nothing(live), or_nothing(wanted)),
    }
}

/// An event takes 1 kB.
fn capped(text: String) -> String {
    const MOST: usize = 900;
    match (0..=MOST).rev().find(|end| text.is_char_boundary(*end)) {
        Some(end) if text.len() > MOST => format!("{}…", text.get(..end).unwrap_or_default()),
        _ => text,
    }
}

/// That a change was undone, or the service created again.
pub(super) fn corrected(plan: Option<&Plan>, effect: &Effect) -> Option<Note> {
    let plan = plan?;
    let text = match (effect, undone(plan)) {
        (Effect::Created { service_arn }, _) if plan.missing => {
            let text = format!("created {service_arn} again, which somebody had deleted: its URL is a new one");
            return Some(Note { reason: EventReason::Created, warning: false, text });
        }
        (Effect::Updated { .. }, Some(drift)) => {
            format!("undid what somebody changed, in a rollout: {}", list_of(&drift.paths()))
        }
        (Effect::Retagged, Some(drift)) => {
            format!("put back what somebody changed, without a rollout: {}", list_of(&drift.paths()))
        }
        _ => return None,
    };
    Some(Note { reason: EventReason::DriftCorrected, warning: false, text })
}

#[cfg(test)]
#[path = "drift_tests.rs"]
mod tests;
