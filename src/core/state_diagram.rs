//! The state diagram of `crds/README.md` has every reason of `Ready`, and no arrow that no status ever goes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;

use crate::api::conditions::ConditionType;

use super::history::{moves, reason};
use super::situations::{self, Told};

const README: &str = include_str!("../../crds/README.md");

/// Where an object begins and ends.
const OUTSIDE: &str = "[*]";

/// Whatever the state is.
const ANY: &str = "AnyState";

/// The arrows of the diagram: from, to.
fn arrows() -> Vec<(&'static str, &'static str)> {
    let states = README.split("\n## States\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let diagram = states.split("```mermaid\nstateDiagram-v2\n").nth(1).unwrap().split("```").next().unwrap();
    let arrows = diagram.lines().filter_map(|line| line.split_once(" --> "));
    arrows.map(|(from, rest)| (from.trim(), rest.split(':').next().unwrap().trim())).collect()
}

/// The moves that statuses make, in the situations and over many histories.
fn moves_there_are() -> BTreeSet<(String, String)> {
    let told = situations::all_told().iter();
    let moved = told.map(|Told { before, pass, .. }| (reason(&before.status), reason(&pass.report.status)));
    moved.chain(moves().iter().cloned()).collect()
}

#[test]
fn every_reason_of_ready_is_in_the_diagram_and_nothing_else() {
    let drawn: BTreeSet<&str> = arrows().into_iter().flat_map(|(from, to)| [from, to]).collect();
    let reasons = situations::reasons_of(ConditionType::Ready);
    let there_are: BTreeSet<&str> = reasons.iter().map(AsRef::as_ref).chain([OUTSIDE, ANY]).collect();

    let missing: Vec<_> = there_are.difference(&drawn).collect();
    let unknown: Vec<_> = drawn.difference(&there_are).collect();
    assert!(
        missing.is_empty() && unknown.is_empty(),
        "the state diagram of crds/README.md lacks {missing:?}, and {unknown:?} is no reason of Ready"
    );
}

#[test]
fn every_arrow_of_the_diagram_is_a_move_that_a_status_makes() {
    let moves = moves_there_are();
    let is_made = |from: &str, to: &str| {
        let is_it = |end: &str, reason: &str| end == ANY || end == reason;
        moves.iter().any(|(before, after)| before != after && is_it(from, before) && is_it(to, after))
    };
    let never: Vec<_> = arrows()
        .into_iter()
        // An object that is gone has no status.
        .filter(|(from, to)| (*from, *to) != ("Deleting", OUTSIDE) && !is_made(from, to))
        .collect();

    assert!(never.is_empty(), "no status goes these ways: {never:?}");
}
