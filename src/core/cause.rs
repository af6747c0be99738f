//! Why a rollout failed, in one line: what a person would otherwise look for in four places of the AWS console.

use crate::api::names;

use super::rollout::{Deployment, DeploymentState};

/// Most characters of what one source says. All parts together leave a message room to say what serves and what to do.
const MAX_PART: usize = 240;

/// Most characters of ECS's own words and of alarm names, which are short.
const MAX_WORDS: usize = 160;

/// How ECS says that it stopped a task because of its health (developer guide: stopped-task-errors).
const UNHEALTHY_TASK: &str = "failed ELB health checks";

/// Why a deployment failed: what is particular first, then ECS's own words, then what ECS counted. `health_check_path` is
/// the one that was rolled out; `asked_for` tells that a person asked for the rollback by annotation.
#[must_use]
pub fn of(ended: &Deployment, health_check_path: Option<&str>, asked_for: bool) -> String {
    let (alarm, breaker) = (alarm(ended), breaker(ended));
    let by_itself = alarm.is_some() || breaker.is_some();
    let mut parts: Vec<String> = Vec::new();
    if asked_for && !by_itself {
        parts.push(format!("the annotation {} asked for it", names::ROLLBACK_REQUESTED_AT));
    }
    parts.extend(task(ended, health_check_path));
    if !asked_for || by_itself {
        parts.extend(words(ended));
    }
    parts.extend(alarm);
    parts.extend(breaker);
    parts.extend(somebody(ended).filter(|_| !asked_for).map(str::to_owned));
    if parts.is_empty() {
        return "ECS gave no reason".to_owned();
    }
    parts.join("; ")
}

/// What became of its tasks: unhealthy, or stopped by themselves.
fn task(ended: &Deployment, health_check_path: Option<&str>) -> Option<String> {
    let stopped = ended.stopped_task.as_deref();
    let is_unhealthy = stopped.is_none_or(|why| why.contains(UNHEALTHY_TASK));
    let health = ended.unhealthy.as_ref().filter(|_| is_unhealthy && ended.triggered_alarms.is_empty());
    match (health, stopped) {
        (Some(answer), _) => {
            let asked =
                health_check_path.map_or("the health check".to_owned(), |path| format!("health check path {path}"));
            let answer = one_line(&answer.0, MAX_WORDS);
            let task = stopped.map(|_| format!(" (task {UNHEALTHY_TASK})")).unwrap_or_default();
            Some(format!("{} {answer}{task}", one_line(&asked, MAX_WORDS)))
        }
        (None, Some(why)) if is_unhealthy => {
            let path = health_check_path.map(|path| format!(" on path {}", one_line(path, MAX_WORDS)));
            Some(format!("{}{}", one_line(why, MAX_PART), path.unwrap_or_default()))
        }
        (None, Some(why)) => Some(one_line(why, MAX_PART)),
        (None, None) => None,
    }
}

/// ECS's own words: about the rollback, and about its failure.
fn words(ended: &Deployment) -> Option<String> {
    let (rollback, status) = (ended.rollback_reason.as_deref(), ended.reason.as_deref());
    let said = match (rollback, status) {
        (Some(rollback), Some(status)) if ended.state == DeploymentState::RollbackFailed && rollback != status => {
            format!("{}; {}", one_line(rollback, MAX_WORDS), one_line(status, MAX_WORDS))
        }
        _ => one_line(rollback.or(status)?, MAX_WORDS),
    };
    Some(said).filter(|said| !said.is_empty())
}

fn alarm(ended: &Deployment) -> Option<String> {
    let names = &ended.triggered_alarms;
    (!names.is_empty()).then(|| format!("alarm in ALARM: {}", one_line(&names.join(", "), MAX_WORDS)))
}

fn breaker(ended: &Deployment) -> Option<String> {
    let counted = ended.circuit_breaker.filter(|breaker| breaker.triggered)?;
    Some(format!("{} failed, at {} the circuit breaker triggers", tasks(counted.failures), counted.threshold))
}

/// `1 task`, `3 tasks`.
pub(super) fn tasks(count: i32) -> String {
    if count == 1 { "1 task".to_owned() } else { format!("{count} tasks") }
}

/// ECS watches with alarms and the circuit breaker alone (developer guide: express-service-update-full). When it watched and
/// neither triggered, the stop came from outside.
fn somebody(ended: &Deployment) -> Option<&'static str> {
    let watched = ended.circuit_breaker.is_some_and(|breaker| !breaker.triggered);
    (watched && ended.triggered_alarms.is_empty()).then_some(
        "neither an alarm nor the circuit breaker triggered, so somebody may have stopped it (CloudTrail: StopServiceDeployment)",
    )
}

/// A text in one line, of at most `most` characters, without a full stop.
fn one_line(text: &str, most: usize) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let plain = plain.trim_end_matches('.');
    match plain.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", plain.get(..end).unwrap_or_default()),
        None => plain.to_owned(),
    }
}

#[cfg(test)]
#[path = "cause_tests.rs"]
mod tests;
