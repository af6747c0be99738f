//! A small share of the state space on every run of the tests, and controllers that are wrong on purpose.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use super::{Bounds, Budget, Explored, Flaw, Policy, Promise, command, explore, replay, row};

fn bounds(edits: u8, outside: u8, faults: u8) -> Bounds {
    Bounds {
        controllers: 1,
        budget: Budget { edits, outside, faults },
        policy: Policy::Defaults,
        flaw: Flaw::None,
        without: Vec::new(),
        settled: false,
        depth: None,
        time: None,
        threads: 2,
    }
}

fn holds(bounds: &Bounds) -> Explored {
    let explored = explore(bounds.clone());
    for finding in &explored.findings {
        println!("{} is broken:\n{}{}", finding.promise.as_ref(), finding.story, finding.replay);
    }
    println!("{}", row(bounds, &explored));
    assert!(explored.complete, "{}", command(bounds));
    explored
}

/// The promises that a flaw breaks first, from an object at rest.
fn broken_by(flaw: Flaw, (edits, outside, faults): (u8, u8, u8)) -> Vec<Promise> {
    let bounds = Bounds { flaw, settled: true, ..bounds(edits, outside, faults) };
    let explored = explore(bounds.clone());
    for finding in &explored.findings {
        let steps = finding.replay.rsplit(' ').next().unwrap();
        assert_eq!(replay(bounds.clone(), steps).unwrap(), finding.story, "a replay tells the same");
    }
    explored.findings.iter().map(|finding| finding.promise).collect()
}

#[test]
fn every_promise_holds_over_every_edit() {
    let explored = holds(&bounds(1, 0, 0));
    assert!(explored.unique > 1000 && explored.depth > 20, "{explored:?}");
}

#[test]
fn every_promise_holds_though_two_controllers_believe_that_they_lead() {
    let explored = holds(&Bounds { controllers: 2, settled: true, ..bounds(1, 0, 0) });
    assert!(explored.unique > 1000, "{explored:?}");
}

#[test]
fn the_model_catches_a_controller_that_does_not_write_ahead() {
    assert!(broken_by(Flaw::SendsUnrecorded, (1, 0, 1)).contains(&Promise::OneCanary));
}

#[test]
fn the_model_catches_a_controller_that_forgets_what_it_sent() {
    assert!(broken_by(Flaw::ForgetsWhatItSent, (1, 0, 1)).contains(&Promise::OneCanary));
}

#[test]
fn the_model_catches_a_controller_that_forgets_what_failed() {
    assert!(broken_by(Flaw::ForgetsFailures, (1, 0, 0)).contains(&Promise::OneCanary));
}

#[test]
fn the_model_catches_a_controller_that_takes_every_service_for_its_own() {
    assert!(broken_by(Flaw::OwnsEverything, (1, 1, 0)).contains(&Promise::OnlyOurs));
}

#[test]
fn the_model_catches_a_controller_that_lets_go_of_what_drains() {
    assert!(broken_by(Flaw::TakesDrainingForGone, (1, 0, 0)).contains(&Promise::FinalizerStays));
}
