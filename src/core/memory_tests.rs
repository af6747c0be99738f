//! What a status remembers, question by question.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::*;
use crate::api::status::FieldDifference;
use crate::core::fixtures::{SERVICE, a_spec, at, presence, revision};
use crate::core::story::Story;

#[test]
fn only_the_generation_that_was_found_settled_needs_no_reading() {
    let settled = |story: &Story, generation| Memory::of(&story.status).known(generation, false).settled_revision;
    let story = Story::settled(a_spec());
    assert_eq!(settled(&story, story.generation), Some(revision("r1")));
    assert_eq!(settled(&story, story.generation + 1), None);
    let rolling = Story::rolling_out_two();
    assert_eq!(settled(&rolling, rolling.generation), None);
}

#[test]
fn a_service_is_being_created_while_nothing_serves_or_none_has_taken_traffic() {
    for (creating_since, serving, expected) in
        [(Some(at(0)), Some("r1"), true), (None, None, true), (None, Some("r1"), false)]
    {
        let memory = Memory { creating_since, serving_revision: serving.map(revision), ..Memory::default() };
        assert_eq!(memory.known(1, false).managed.is_creating, expected);
    }
}

#[test]
fn a_failure_is_over_once_it_is_told() {
    let told = Memory::of(&Story::held().status);
    assert!(told.known(1, false).deployment_is_over);
    let untold = Memory { failed: None, ..told };
    assert!(!untold.known(1, false).deployment_is_over);
}

#[test]
fn what_is_left_to_others_is_settled_when_it_is_tags_alone() {
    let leaving = |handling, path: &str| {
        let change = FieldDifference { path: path.to_owned(), wanted: None, live: None };
        let drift = DriftStatus { handling, since: Time(at(0)), spec_hash: String::new(), changes: vec![change] };
        Memory { drift: Some(drift), ..Memory::default() }.is_settled()
    };
    assert!(leaving(DriftHandling::Reported, "spec.tags[team]"));
    assert!(!leaving(DriftHandling::Reported, "spec.cpu"));
    assert!(!leaving(DriftHandling::Pending, "spec.tags[team]"));
}

/// It was created at the moment zero.
#[test]
fn a_service_is_the_one_that_was_created_when_its_time_says_so() {
    let at_moment = |seconds: Option<i64>| Memory { service_created_at: seconds.map(at), ..Memory::default() };
    assert!(at_moment(Some(0)).owned(&presence()));
    assert!(!at_moment(Some(1)).owned(&presence()));
    assert!(!at_moment(None).owned(&Presence { created_at: None, ..presence() }), "nobody knows");
}

#[test]
fn a_service_that_was_just_created_is_ours_before_it_was_seen() {
    let created = |sent: i64| Memory {
        service_arn: Some(SERVICE.to_owned()),
        submitted: Some(Submission { at: Some(Time(at(sent))), ..Submission::default() }),
        ..Memory::default()
    };
    assert!(created(0).has_managed(&presence()) && created(-59).has_managed(&presence()));
    assert!(!created(-60).has_managed(&presence()), "another may have taken the name");
    let other = Memory { service_arn: Some("arn:other".to_owned()), ..created(0) };
    assert!(!other.has_managed(&presence()));
    let seen = Memory { service_created_at: Some(at(1)), ..created(0) };
    assert!(!seen.has_managed(&presence()));
}
