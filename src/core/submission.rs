//! What is remembered of what was sent to ECS: until it has settled, with what was sent before it.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::api::status::{ExpressGatewayServiceStatus, Submission};

use super::desired::Intent;
use super::observed::Observed;
use super::plan::Plan;
use super::report::Situation;
use super::step::{Effect, Retag, Step, TagChange};
use super::target::{SECURITY_GROUPS, TASK_DEFINITION, set_paths};

/// Most entries that the status keeps of each list in `submitted`; the CRD refuses more.
const MAX_PATHS: usize = 128;
const MAX_SECURITY_GROUPS: usize = 16;
const MAX_TAG_KEYS: usize = 100;

/// What is remembered of a spec that is sent. What was set before is remembered with it until the service has settled:
/// a rollback would bring it back. A new service has nothing from before.
pub(super) fn submission(
    situation: &Situation<'_>,
    status: &ExpressGatewayServiceStatus,
    intent: &Intent,
    revision: Option<String>,
    at: Option<Timestamp>,
) -> Submission {
    let is_new = matches!(situation.outcome, Some(Ok(Effect::Created { .. })));
    let before = status.submitted.clone().filter(|_| !is_new).unwrap_or_default();
    let sent = Submission {
        generation: situation.desired.generation,
        spec_hash: intent.spec_hash.clone(),
        at: at.map(Time),
        revision,
        repeats: 0,
        // A task definition leaves its traces in those that follow only when it serves, or what is made out of it does:
        // settling remembers it.
        paths: set_paths(&intent.configuration).into_iter().filter(|path| path != TASK_DEFINITION).collect(),
        security_groups: intent.configuration.security_groups.iter().cloned().collect(),
        tag_keys: intent.user_tags.keys().cloned().collect(),
        own_task_definition: intent.configuration.task_definition_arn.is_some()
            || goes_onto_a_task_definition(situation, &before),
    };
    Submission {
        paths: joined(&sent.paths, &before.paths, MAX_PATHS),
        security_groups: joined(&sent.security_groups, &before.security_groups, MAX_SECURITY_GROUPS),
        tag_keys: joined(&sent.tag_keys, &before.tag_keys, MAX_TAG_KEYS),
        ..sent
    }
}

/// Whether ECS makes it out of a task definition of the user's own that was sent before, and that ECS has taken. (Express
/// semantics, 2.1: what an update does not say is kept.)
fn goes_onto_a_task_definition(situation: &Situation<'_>, before: &Submission) -> bool {
    let is_in_flight = matches!(situation.observed, Ok(Observed::Live(live)) if live.in_flight.is_some());
    before.own_task_definition && (is_in_flight || before.revision.is_some())
}

/// What was sent has failed. Where something else serves, what follows is made out of that.
pub(super) fn give_up(status: &mut ExpressGatewayServiceStatus) {
    let serves = status.serving_revision.as_ref();
    if let Some(submitted) =
        status.submitted.as_mut().filter(|sent| serves.is_some_and(|it| sent.revision.as_ref() != Some(it)))
    {
        submitted.own_task_definition = false;
    }
}

/// Both lists, sorted; what is new comes first when there is not room for all.
fn joined(new: &[String], before: &[String], most: usize) -> Vec<String> {
    let old = before.iter().filter(|item| !new.contains(item));
    let mut joined: Vec<String> = new.iter().chain(old).take(most).cloned().collect();
    joined.sort();
    joined
}

/// The deployment in flight is this spec's: from now on its revision is known.
pub(super) fn follow(situation: &Situation<'_>, intent: &Intent, status: &mut ExpressGatewayServiceStatus) {
    let target = status.deployment.as_ref().and_then(|d| d.target_revision.clone());
    let known = status.submitted.as_ref().filter(|s| s.spec_hash == intent.spec_hash);
    let mut submitted = known.cloned().unwrap_or_else(|| submission(situation, status, intent, None, None));
    submitted.revision = target.clone().or(submitted.revision);
    status.latest_revision = target.or(status.latest_revision.take());
    status.submitted = Some(submitted);
    if let Some(target) = status.revisions.iter_mut().find(|r| Some(&r.arn) == status.latest_revision.as_ref()) {
        target.image = intent.configuration.container.as_ref().map(|c| c.image.clone()).or(target.image.take());
    }
}

/// The spec is live: the serving revision is this spec's, whoever made it. What left the YAML is forgotten, but for what
/// ECS could not clear and tags that are still to be removed.
pub(super) fn settle(
    situation: &Situation<'_>,
    intent: &Intent,
    plan: &Plan,
    status: &mut ExpressGatewayServiceStatus,
) {
    status.last_handled_retry_at.clone_from(&situation.desired.retry_token);
    status.failed_attempt = None;
    let Some(comparison) = &plan.comparison else { return };
    let at = status.submitted.as_ref().and_then(|s| s.at.as_ref()).map(|t| t.0);
    let all = submission(situation, status, intent, status.serving_revision.clone(), at);
    let groups = &intent.configuration.security_groups;
    let removed = match &plan.step {
        Step::Retag(Retag { change: TagChange::Remove(_), .. }) => matches!(situation.outcome, Some(Ok(_))),
        Step::Retag(_) | Step::Wait => false,
        _ => true,
    };
    let mut paths = joined(&set_paths(&intent.configuration), &comparison.uncleared, MAX_PATHS);
    if all.own_task_definition {
        paths = joined(&paths, &[TASK_DEFINITION.to_owned()], MAX_PATHS);
    }
    let mut settled = Submission { paths, ..all };
    if !comparison.uncleared.iter().any(|path| path == SECURITY_GROUPS) {
        settled.security_groups = groups.iter().cloned().collect();
    }
    if removed {
        settled.tag_keys = intent.user_tags.keys().cloned().collect();
    }
    status.latest_revision.clone_from(&status.serving_revision);
    status.submitted = Some(settled);
}
