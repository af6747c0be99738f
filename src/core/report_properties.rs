//! What a status keeps to over any history: the rules by which `kubectl wait`, kstatus, Flux and Argo CD read conditions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use crate::api::conditions::{ConditionType, Reason};
use crate::api::status::ExpressGatewayServiceStatus;

use super::conditions::find;
use super::history::{Act, History, Look, any_history, moves};
use super::plan::Verdict;
use super::report::OBSERVED_TIME_GRAIN;
use super::story::Aws;

/// Holds every look of a history against a rule.
fn over(history: &[Act], rule: impl Fn(&Look) -> TestCaseResult) -> TestCaseResult {
    let mut lived = History::begins();
    for act in history {
        for look in lived.goes_on(act) {
            rule(&look)?;
        }
    }
    Ok(())
}

fn ready(status: &ExpressGatewayServiceStatus) -> Option<&Condition> {
    find(&status.conditions, ConditionType::Ready)
}

fn is_ready(status: &ExpressGatewayServiceStatus) -> bool {
    ready(status).is_some_and(|ready| ready.status == "True")
}

/// A history takes longer than a value: three for eight.
fn as_many_as_are_quick() -> ProptestConfig {
    let asked_for = ProptestConfig::default();
    ProptestConfig { cases: asked_for.cases * 3 / 8, ..asked_for }
}

proptest! {
    #![proptest_config(as_many_as_are_quick())]

    #[test]
    fn one_write_carries_the_generation_and_every_condition_about_it(history in any_history()) {
        over(&history, |look| {
            prop_assert_eq!(look.after.observed_generation, look.generation);
            for condition in &look.after.conditions {
                prop_assert_eq!(condition.observed_generation, Some(look.generation), "{:?}", condition);
            }
            for kind in [ConditionType::Ready, ConditionType::Synced] {
                prop_assert!(find(&look.after.conditions, kind).is_some(), "no {}: {:?}", kind, look.after.conditions);
            }
            Ok(())
        })?;
    }

    #[test]
    fn a_transition_time_moves_with_the_status_and_only_then(history in any_history()) {
        over(&history, |look| {
            for condition in &look.after.conditions {
                let before = look.before.conditions.iter().find(|before| before.type_ == condition.type_);
                let stays = before.filter(|before| before.status == condition.status);
                let since = stays.map_or(look.now, |before| before.last_transition_time.0);
                prop_assert_eq!(condition.last_transition_time.0, since, "{:?}", condition);
            }
            Ok(())
        })?;
    }

    #[test]
    fn reconciling_and_stalled_exclude_each_other_and_are_there_only_while_true(history in any_history()) {
        over(&history, |look| {
            let kinds: BTreeSet<&str> = look.after.conditions.iter().map(|c| c.type_.as_str()).collect();
            prop_assert_eq!(kinds.len(), look.after.conditions.len(), "{:?}", look.after.conditions);
            prop_assert!(!(kinds.contains("Reconciling") && kinds.contains("Stalled")), "{:?}", look.after.conditions);
            prop_assert!(!(kinds.contains("Stalled") && is_ready(&look.after)), "{:?}", look.after.conditions);
            for condition in &look.after.conditions {
                let is_abnormal = ["Reconciling", "Stalled", "Suspended"].contains(&condition.type_.as_str());
                prop_assert!(!is_abnormal || condition.status == "True", "{:?}", condition);
            }
            Ok(())
        })?;
    }

    #[test]
    fn what_is_not_ready_says_whether_to_wait(history in any_history()) {
        over(&history, |look| {
            let has = |kind| find(&look.after.conditions, kind).is_some();
            let told = is_ready(&look.after) || has(ConditionType::Reconciling) || has(ConditionType::Stalled);
            prop_assert!(told || look.after.plan.is_some(), "{:?}", look.after.conditions);
            Ok(())
        })?;
    }

    #[test]
    fn ready_is_what_serves(history in any_history()) {
        over(&history, |look| {
            if !is_ready(&look.after) {
                return Ok(());
            }
            let is_settled = look.plan.as_ref().is_some_and(|plan| plan.verdict == Verdict::Settled);
            if is_settled {
                prop_assert_eq!(look.serves.as_ref(), Some(&look.wanted));
                return Ok(());
            }
            // What could not be read now was read before, and the spec is the same.
            prop_assert!(is_ready(&look.before), "{:?}", ready(&look.before));
            prop_assert_eq!(look.before.observed_generation, look.generation);
            Ok(())
        })?;
    }

    #[test]
    fn an_edit_takes_ready_away_in_the_write_that_shows_its_generation(history in any_history()) {
        over(&history, |look| {
            let is_edited = look.before.observed_generation != look.generation;
            let serves_it = look.serves.as_ref() == Some(&look.wanted);
            prop_assert!(!is_edited || serves_it || !is_ready(&look.after), "{:?}", ready(&look.after));
            Ok(())
        })?;
    }

    #[test]
    fn a_second_look_at_the_same_writes_nothing(history in any_history()) {
        let mut lived = History::begins();
        for act in &history {
            let looks = lived.goes_on(act);
            let [first, second] = looks.as_slice() else { continue };
            // What was written to AWS is seen by the second look, and a failed reading is counted.
            let is_the_same = !first.has_written && !second.has_written && first.has_read && second.has_read;
            prop_assert!(!is_the_same || second.after == second.before, "{:?} after {:?}", second.after, second.before);
        }
    }

    #[test]
    fn a_status_is_not_written_for_the_time_of_the_reading_alone(history in any_history()) {
        over(&history, |look| {
            let but_for_the_time = |status: &ExpressGatewayServiceStatus| {
                ExpressGatewayServiceStatus { last_observed_time: None, ..status.clone() }
            };
            let is_written = look.after != look.before;
            let is_news = but_for_the_time(&look.after) != but_for_the_time(&look.before);
            let second = |status: &ExpressGatewayServiceStatus| status.last_observed_time.as_ref().map(|t| t.0.as_second());
            let is_due = match (look.has_read, &look.before.last_observed_time) {
                // Once, when the readings begin to fail.
                (false, _) => second(&look.after) != second(&look.before),
                (true, None) => true,
                (true, Some(shown)) => look.now.duration_since(shown.0) >= OBSERVED_TIME_GRAIN,
            };
            prop_assert!(!is_written || is_news || is_due, "{:?} after {:?}", look.after, look.before);
            Ok(())
        })?;
    }

    #[test]
    fn what_has_come_to_rest_is_written_no_more(history in any_history()) {
        let mut lived = History::begins();
        history.iter().for_each(|act| drop(lived.goes_on(act)));
        lived.goes_on(&Act::Aws(Aws::Answers));
        for _ in 0..20 {
            lived.goes_on(&Act::Later(61));
            lived.look();
        }
        let mut written = 0;
        for _ in 0..5 {
            lived.goes_on(&Act::Later(4));
            let Some(look) = lived.look() else { break };
            prop_assert!(!look.has_written, "{:?}", look.plan);
            // What drains is told of with the minutes that it has taken so far.
            written += usize::from(look.after != look.before);
            prop_assert!(look.after == look.before || look.drains, "{:?} after {:?}", look.after, look.before);
        }
        prop_assert!(written <= 1, "{} times", written);
    }
}

/// Rules that hold because nothing ever happens are worth nothing.
#[test]
fn the_histories_lead_to_most_of_what_ready_can_say() {
    let said: BTreeSet<&str> = moves().iter().map(|(_, to)| to.as_str()).collect();
    for reason in [
        Reason::Available,
        Reason::Creating,
        Reason::RollingOut,
        Reason::RollingBack,
        Reason::RolledBack,
        Reason::RollbackFailed,
        Reason::DeploymentFailed,
        Reason::InvalidSpec,
        Reason::AlreadyExists,
        Reason::AwaitingApproval,
        Reason::ObserveOnly,
        Reason::Suspended,
        Reason::WaitingForDrain,
        Reason::Deleting,
        Reason::AccessDenied,
        Reason::ObservationStale,
    ] {
        assert!(said.contains(reason.as_ref()), "no history leads to {reason}");
    }
}
