//! How corrections are counted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use super::*;
use crate::core::fixtures::{a_spec, at, live_service, presence};
use crate::core::rollout::DeploymentState::InProgress;
use crate::core::story::Story;

#[test]
fn corrections_count_by_path_and_for_a_day() {
    let correction = |seconds, paths: &[&str]| DriftCorrection {
        at: whole_seconds(at(seconds)),
        paths: paths.iter().map(|path| (*path).to_owned()).collect(),
    };
    let day = 24 * 3600;
    let known = [correction(0, &["a"]), correction(10, &["a", "b"]), correction(day - 10, &["c"])];
    let count = |path: &str, now| corrections(&known, &[path.to_owned()], WINDOW, at(now));

    assert_eq!((count("a", 20), count("b", 20), count("d", 20)), (2, 1, 0));
    assert_eq!((count("a", day), count("a", day + 10)), (1, 0));
}

#[test]
fn a_tag_says_nothing_of_what_runs_and_every_other_path_does() {
    assert!(is_tag("spec.tags[team]"));
    assert!(!is_tag("spec.cpu") && !is_tag("spec.primaryContainer.environment[spec.tags]"));
}

#[test]
fn an_event_fits_into_a_kilobyte() {
    assert!(capped("ä".repeat(2000)).len() < 1000);
    assert_eq!(capped("short".to_owned()), "short");
    assert_eq!(capped("a".repeat(900)), "a".repeat(900), "it just fits");
}

#[test]
fn what_an_edit_replaces_is_seen_no_more_and_what_is_sent_again_may_go_on() {
    let updating = |repeats| Verdict::Updating { paths: Vec::new(), repeats };
    assert!(!may_go_on(&updating(0)));
    assert!(may_go_on(&updating(1)));
}

/// It was written down at the moment 100, and what ECS shows was made before that.
#[test]
fn a_correction_that_was_written_down_arrives_within_the_time_of_its_sending() {
    let desired = Story::new(a_spec()).desired();
    let correction = DriftCorrection { at: whole_seconds(at(100)), paths: Vec::new() };
    let never = |sent: i64, newest| {
        let sent = Submission { at: Some(whole_seconds(at(sent))), ..Submission::default() };
        never_arrived(&correction, &desired, Some(&sent), Some(at(newest)))
    };
    let last = 100 + sending_limit(&desired).as_secs();
    assert!(never(100, 99) && never(last, 99));
    assert!(!never(99, 99) && !never(last + 1, 99), "what was sent is another");
    assert!(!never(100, 100), "it has arrived");
}

#[test]
fn what_ecs_shows_was_made_when_its_newest_part_was_and_in_a_rollout_nobody_can_tell() {
    let one = live_service().serving("r1", &a_spec());
    let newest_of = |live: Live| newest(&Observed::from(live));
    assert_eq!(newest_of(one.clone()), Some(at(0)));
    assert_eq!(newest_of(one.in_flight("d2", "r2", InProgress)), None);
    for gone in [Observed::Draining(presence()), Observed::Inactive(presence())] {
        assert_eq!(newest(&gone), presence().created_at);
    }
    assert_eq!(newest(&Observed::Absent), None);
}
