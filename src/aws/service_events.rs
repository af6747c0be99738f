//! What a service's events say of health checks that failed: the one place where ECS tells what a health path answered.
//!
//! Source of the texts: developer guide, `service-event-messages-list`, `(service …) (port …) is unhealthy in (target-group …)
//! due to (reason …)`. A text that is another is left out: nothing rests on it but a message.

use aws_sdk_ecs::types as ecs;

use crate::core::observed::Unhealthy;
use crate::core::rollout::HealthAnswer;

use super::convert_in::time;
use super::error::tidy;

/// The newest health check that a task failed.
pub(super) fn newest_unhealthy(events: &[ecs::ServiceEvent]) -> Option<Unhealthy> {
    let failed = events.iter().filter_map(unhealthy);
    failed.max_by_key(|unhealthy| unhealthy.at)
}

fn unhealthy(event: &ecs::ServiceEvent) -> Option<Unhealthy> {
    let (_, reason) = event.message()?.split_once(" is unhealthy in ")?.1.split_once("due to (reason ")?;
    let reason = reason.trim_end().trim_end_matches('.').strip_suffix(')')?;
    Some(Unhealthy { at: event.created_at().and_then(time)?, answer: HealthAnswer(tidy(&answer(reason))) })
}

/// `Health checks failed with these codes: [404]` in fewer words.
fn answer(reason: &str) -> String {
    let codes = reason.split_once("failed with these codes: [").and_then(|(_, codes)| codes.strip_suffix(']'));
    codes.map_or_else(|| format!("failed: {reason}"), |codes| format!("answered {codes}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use aws_sdk_ecs::primitives::DateTime;

    use super::*;

    fn event(at: i64, message: &str) -> ecs::ServiceEvent {
        ecs::ServiceEvent::builder().created_at(DateTime::from_secs(at)).message(message).build()
    }

    fn unhealthy_in(reason: &str) -> String {
        format!(
            "(service web) (port 80) is unhealthy in (target-group arn:aws:elasticloadbalancing:t/ecs-gateway-tg-1/a) due to (reason {reason})."
        )
    }

    fn answer_of(reason: &str) -> String {
        newest_unhealthy(&[event(1, &unhealthy_in(reason))]).unwrap().answer.0
    }

    #[test]
    fn what_a_health_path_answered_is_read_from_the_event() {
        assert_eq!(answer_of("Health checks failed with these codes: [404]"), "answered 404");
        assert_eq!(answer_of("Health checks failed with these codes: [502,503]"), "answered 502,503");
        assert_eq!(answer_of("Request timed out"), "failed: Request timed out");
        let without_a_full_stop = unhealthy_in("Health checks failed").trim_end_matches('.').to_owned();
        let read = newest_unhealthy(&[event(1, &without_a_full_stop)]).unwrap();
        assert_eq!(read.answer.0, "failed: Health checks failed");
    }

    #[test]
    fn the_newest_counts_and_what_is_about_something_else_does_not() {
        let events = [
            event(1, &unhealthy_in("Health checks failed with these codes: [404]")),
            event(3, &unhealthy_in("Health checks failed with these codes: [500]")),
            event(2, &unhealthy_in("Request timed out")),
            event(9, "(service web) has reached a steady state."),
            event(9, "(service web) is unhealthy in a text of a later API"),
        ];
        let newest = newest_unhealthy(&events).unwrap();
        assert_eq!((newest.at.as_second(), newest.answer.0.as_str()), (3, "answered 500"));
        assert_eq!(newest_unhealthy(&events[3..]), None);
    }
}
