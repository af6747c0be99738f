//! What a report promises in every situation, and the stories that its conditions and events tell.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};

use strum::IntoEnumIterator;

use crate::api::conditions::{ConditionType, Reason};
use crate::core::events::EventReason;
use crate::core::failure::FailureClass;
use crate::core::fixtures::{MARKER, a_spec, live_service, rolled_back, with_image};
use crate::core::plan::Verdict;
use crate::core::report::Again;
use crate::core::rollout::DeploymentState::{InProgress, RollbackInProgress, Successful};
use crate::core::rollout::Stage;
use crate::core::situations::{self, Told};
use crate::core::story::{Aws, Story};

#[test]
fn reconciling_and_stalled_are_never_true_together_and_every_status_has_ready_and_synced() {
    for Told { name, pass, .. } in situations::all_told() {
        let has = |kind| pass.says(kind).is_some();
        assert!(!(has(ConditionType::Reconciling) && has(ConditionType::Stalled)), "{name}");
        assert!(has(ConditionType::Ready) && has(ConditionType::Synced), "{name}");
        let done = pass.ready().0 == "True" || has(ConditionType::Reconciling) || has(ConditionType::Stalled);
        let held_back = pass.report.status.plan.is_some() || pass.report.status.drift.is_some();
        assert!(done || held_back, "{name}: not ready, and nothing says why: {:?}", pass.ready());
    }
}

#[test]
fn ready_is_true_only_when_settled_or_still_believed() {
    for Told { name, before, pass } in situations::all_told() {
        let was_ready = before.status.conditions.iter().any(|c| c.type_ == "Ready" && c.status == "True");
        let same_generation = before.status.observed_generation == before.generation;
        let believed = was_ready && same_generation;
        let allowed = match pass.plan.as_ref().map(|plan| &plan.verdict) {
            Some(Verdict::Settled) => true,
            Some(Verdict::BackingOff) | None => believed,
            Some(_) => false,
        };
        assert!(allowed || pass.ready().0 != "True", "{name}: {:?}", pass.plan.as_ref().map(|plan| &plan.verdict));
    }
}

#[test]
fn every_condition_speaks_of_the_generation_that_was_observed() {
    for Told { name, before, pass } in situations::all_told() {
        let generation = before.generation;
        assert_eq!(pass.report.status.observed_generation, generation, "{name}");
        for condition in &pass.report.status.conditions {
            assert_eq!(condition.observed_generation, Some(generation), "{name}: {}", condition.type_);
        }
    }
}

#[test]
fn a_pass_that_finds_nothing_new_writes_nothing_and_tells_nothing() {
    for (name, mut story) in situations::all() {
        let mut writes = 0;
        while story.pass().wrote().is_some() && writes < 3 {
            writes += 1;
        }
        if writes == 3 || matches!(story.aws, Aws::CannotBeRead(_)) {
            continue; // Each failure is counted; and AWS shows nothing of what it was sent here.
        }
        story.pass();
        let before = story.status.clone();
        for _ in 0..10 {
            let idle = story.later(4).clone().pass();
            if idle.wrote().is_some() || matches!(idle.verdict(), Verdict::Released(_)) {
                break; // A backoff has ended; or the object is gone.
            }
            assert_eq!(idle.report.status, before, "{name}");
            assert!(idle.report.events.is_empty(), "{name}: {:?}", idle.report.events);
        }
    }
}

#[test]
fn no_environment_value_is_ever_shown() {
    for Told { name, pass, .. } in situations::all_told() {
        let shown = format!("{:?} {}", pass.plan, serde_json::to_string(&pass.report.status).unwrap());
        assert!(!shown.contains(MARKER), "{name}: {shown}");
        assert!(!format!("{:?}", pass.report).contains(MARKER), "{name}");
    }
}

#[test]
fn messages_are_whole_sentences_that_fit_a_line_of_thought() {
    for Told { name, pass, .. } in situations::all_told() {
        for condition in &pass.report.status.conditions {
            let message = &condition.message;
            assert!(!message.trim().is_empty() && message.len() < 700, "{name}: {message}");
            for slip in ["..", "  ", "None", "Some(", ": .", "()"] {
                assert!(!message.contains(slip), "{name}: {slip:?} in {message}");
            }
        }
    }
}

/// The reasons that reports give over all situations, with the conditions that carry them.
fn reasons_given() -> BTreeMap<Reason, BTreeSet<ConditionType>> {
    let mut given: BTreeMap<Reason, BTreeSet<ConditionType>> = BTreeMap::new();
    for Told { pass, .. } in situations::all_told() {
        for condition in &pass.report.status.conditions {
            let kind = condition.type_.parse().unwrap();
            given.entry(condition.reason.parse().unwrap()).or_default().insert(kind);
        }
    }
    given
}

#[test]
fn every_reason_that_there_is_can_be_given() {
    let given: Vec<Reason> = reasons_given().into_keys().collect();
    let mut all: Vec<Reason> = Reason::iter().collect();
    all.sort();

    assert_eq!(given, all);
}

#[test]
fn the_readme_says_on_which_conditions_each_reason_stands() {
    let readme = include_str!("../../crds/README.md");
    let table = readme.split("\n## Reasons\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let documented: Vec<String> = table.lines().filter(|line| line.starts_with("| `")).map(first_two_cells).collect();
    let given: Vec<String> = reasons_given()
        .into_iter()
        .map(|(reason, kinds)| {
            let kinds: Vec<String> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
            format!("| `{reason}` | {} |", kinds.join(", "))
        })
        .collect();

    assert_eq!(documented, given);
}

fn first_two_cells(row: &str) -> String {
    let cells: Vec<&str> = row.split(" | ").take(2).collect();
    format!("{} |", cells.join(" | "))
}

#[test]
fn every_event_that_there_is_can_be_told() {
    let told = situations::all_told().iter().flat_map(|told| told.pass.events());
    let told: BTreeSet<String> = told.map(|event| event.to_string()).collect();
    let all: BTreeSet<String> = EventReason::iter().map(|e| e.to_string()).collect();

    assert_eq!(told, all);
}

#[test]
fn the_first_status_has_the_generation_ready_and_reconciling_together() {
    let mut story = Story::new(a_spec());
    story.finalizer = false;

    let first = story.pass();

    assert_eq!(first.report.status.observed_generation, 1);
    assert_eq!(first.ready(), ("Unknown".to_owned(), Reason::Pending));
    assert_eq!(first.says(ConditionType::Reconciling).unwrap().1, Reason::Progressing);
}

#[test]
fn an_edit_takes_ready_away_in_the_write_that_shows_the_new_generation() {
    for aws in [Aws::Answers, Aws::RefusesWrites(FailureClass::Throttled), Aws::CannotBeRead(FailureClass::Throttled)] {
        let mut story = Story::settled(a_spec());
        story.edit(|spec| *spec = with_image("shop/web:2"));
        story.aws = aws;

        let edited = story.pass();

        assert_ne!(edited.ready().0, "True", "{aws:?}");
        assert_eq!(edited.report.status.observed_generation, story.generation);
    }
}

#[test]
fn a_transition_time_moves_only_with_the_status() {
    let mut story = Story::rolling_out_two();
    let since = |story: &Story| {
        let ready = story.status.conditions.iter().find(|c| c.type_ == "Ready").unwrap();
        ready.last_transition_time.0
    };
    let began = since(&story);
    let two = live_service().serving("r1", &a_spec()).in_flight("d2", "r2", InProgress);

    story.sees(two.clone().at_stage(Stage::ScaleUp, 0)).pass();
    story.sees(two.at_stage(Stage::BakeTime, 100)).pass();
    assert_eq!(since(&story), began);

    story.sees(live_service().serving("r2", &with_image("shop/web:2")).ended("d2", "r2", Successful)).pass();
    assert_eq!(since(&story), story.now);
}

#[test]
fn a_rollout_is_told_in_events_each_once() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2"));
    let mut told = story.pass().events();
    let two = || live_service().serving("r1", &a_spec()).in_flight("d2", "r2", InProgress);
    let done = live_service().serving("r2", &with_image("shop/web:2")).ended("d2", "r2", Successful);
    for seen in [
        two().at_stage(Stage::ScaleUp, 0),
        two().at_stage(Stage::ProductionTrafficShift, 5),
        two().at_stage(Stage::ProductionTrafficShift, 5),
        two().at_stage(Stage::BakeTime, 100),
        done.clone(),
        done,
    ] {
        told.extend(story.sees(seen).pass().events());
    }

    use EventReason::{CanaryStarted, RolloutSucceeded, TrafficShifted, UpdateSubmitted};
    assert_eq!(told, [UpdateSubmitted, CanaryStarted, TrafficShifted, RolloutSucceeded]);
}

#[test]
fn a_reading_that_fails_and_heals_is_no_rollout() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| spec.tags = vec![crate::core::fixtures::tag("team", "shop")]);
    story.aws = Aws::CannotBeRead(FailureClass::Throttled);
    assert_eq!(story.pass().events(), [EventReason::Throttled]);
    story.aws = Aws::Answers;

    assert_eq!(story.later(300).pass().events(), []);
}

#[test]
fn a_failed_reading_tells_the_failure_of_today_not_that_of_yesterday() {
    let mut story = Story::new(a_spec());
    story.aws = Aws::CannotBeRead(FailureClass::Throttled);
    assert_eq!(story.pass().ready().1, Reason::Throttled);

    story.aws = Aws::CannotBeRead(FailureClass::AccessDenied);

    assert_eq!(story.later(60).pass().ready().1, Reason::AccessDenied);
}

#[test]
fn what_is_stalled_stays_stalled_while_ecs_cannot_be_read() {
    let mut story = Story::held();
    story.aws = Aws::CannotBeRead(FailureClass::Throttled);

    let seen = story.pass();

    assert_eq!(seen.ready(), ("False".to_owned(), Reason::RolledBack));
    assert!(seen.says(ConditionType::Stalled).is_some());
    assert!(seen.says(ConditionType::Synced).unwrap().2.contains("ThrottledException"), "and the failure is told");
}

#[test]
fn a_refused_update_does_not_hide_how_the_last_rollout_went() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2"));
    story.aws = Aws::RefusesWrites(FailureClass::AccessDenied);

    assert_eq!(story.pass().says(ConditionType::RolledOut).unwrap().1, Reason::Succeeded);
}

#[test]
fn a_rollout_that_cannot_be_described_yet_is_not_called_the_first() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2")).pass();
    let seen = story.sees(live_service().serving("r1", &a_spec()).just_begun("d2")).pass();

    assert_eq!(seen.ready().1, Reason::RollingOut);
    assert!(!seen.message().contains("first"), "{}", seen.message());
}

#[test]
fn what_ecs_could_not_clear_is_said_for_as_long_as_it_is_so() {
    let mut spec = a_spec();
    spec.task_role_arn = Some("arn:aws:iam::111122223333:role/task".into());
    let mut story = Story::settled(spec.clone());
    story.edit(|spec| spec.task_role_arn = None);
    let live = live_service().serving("r1", &spec).ended("d1", "r1", Successful);

    for seen in [live.clone(), live.clone().glanced(), live] {
        let pass = story.sees(seen).pass();
        assert_eq!(pass.wrote(), None);
        assert!(pass.message().contains("cannot clear spec.taskRoleArn in place"), "{}", pass.message());
    }
}

#[test]
fn a_field_that_left_the_yaml_in_a_rollout_that_failed_still_goes_back_to_its_default() {
    let mut spec = a_spec();
    spec.health_check_path = Some("/health".into());
    let mut story = Story::settled(spec.clone());
    story.edit(|spec| *spec = with_image("shop/web:2"));
    assert_eq!(story.pass().updated().health_check_path.as_deref(), Some("/"));
    let back = live_service().serving("r1", &spec).in_flight("d2", "r2", RollbackInProgress);
    story.sees(back).pass();
    let failed = rolled_back();
    let live = live_service().serving("r1", &spec);
    story.sees(crate::core::observed::Live { last_ended: failed.last_ended, ..live }).pass();

    story.edit(|spec| *spec = with_image("shop/web:3"));

    assert_eq!(story.pass().updated().health_check_path.as_deref(), Some("/"));
}

#[test]
fn the_next_look_comes_when_the_retry_is_due() {
    let mut story = Story::new(a_spec());
    story.aws = Aws::RefusesWrites(FailureClass::InvalidParameter);

    let Again::After(first) = story.pass().report.again else { panic!("no delay") };
    let Again::After(then) = story.later(100).pass().report.again else { panic!("no delay") };

    assert!((150..=300).contains(&first.as_secs()), "{first:?}");
    assert!(first.as_secs().abs_diff(then.as_secs() + 100) <= 1, "{then:?}");
}
