//! How corrections are counted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use super::*;
use crate::core::fixtures::at;

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
