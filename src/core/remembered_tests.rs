//! Stories of what the status remembers of what was sent, and of when ECS was read.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use jiff::{SignedDuration, Timestamp};

use crate::api::names;
use crate::api::spec::{ExpressGatewayServiceSpec, NetworkConfiguration};
use crate::core::failure::FailureClass;
use crate::core::fixtures::{a_spec, live_service, revision, tag, with_image};
use crate::core::observed::Live;
use crate::core::plan::Verdict;
use crate::core::report::OBSERVED_TIME_GRAIN;
use crate::core::rollout::DeploymentState::{InProgress, RollbackInProgress, Successful};
use crate::core::situations_drift::theirs;
use crate::core::situations_held_back::{observe_only, settled_then};
use crate::core::story::{Aws, Story};

fn in_groups(groups: &[&str]) -> ExpressGatewayServiceSpec {
    let security_groups = groups.iter().map(|group| (*group).to_owned()).collect();
    ExpressGatewayServiceSpec {
        network_configuration: Some(NetworkConfiguration { security_groups, subnets: Vec::new() }),
        ..a_spec()
    }
}

/// `r2` serves this, and its rollout was seen to end well.
fn two_serves(spec: &ExpressGatewayServiceSpec) -> Live {
    live_service().serving("r2", spec).ended("d2", "r2", Successful)
}

fn groups(story: &Story) -> &[String] {
    &story.status.submitted.as_ref().unwrap().security_groups
}

#[test]
fn a_security_group_is_remembered_until_the_service_has_settled_without_it() {
    let mut story = Story::settled(in_groups(&["sg-1"]));
    story.edit(|spec| *spec = in_groups(&["sg-2"])).pass();
    assert_eq!(groups(&story), ["sg-1", "sg-2"], "a rollback would bring it back");

    assert_eq!(story.sees(two_serves(&in_groups(&["sg-2"]))).pass().verdict(), &Verdict::Settled);
    assert_eq!(groups(&story), ["sg-2"]);
}

#[test]
fn a_security_group_that_ecs_cannot_clear_stays_remembered() {
    let spec = in_groups(&["sg-1"]);
    let mut story = Story::settled(spec.clone());
    story.edit(|spec| *spec = a_spec());
    let live = live_service().serving("r1", &spec).ended("d1", "r1", Successful);
    assert_eq!(story.sees(live).pass().verdict(), &Verdict::Settled);
    assert_eq!(groups(&story), ["sg-1"]);
}

#[test]
fn another_field_that_ecs_cannot_clear_keeps_no_security_group() {
    let with_role = |mut spec: ExpressGatewayServiceSpec| {
        spec.task_role_arn = Some("arn:aws:iam::111122223333:role/task".into());
        spec
    };
    let mut story = Story::settled(with_role(in_groups(&["sg-1"])));
    story.edit(|spec| *spec = in_groups(&["sg-2"])).pass();
    assert_eq!(story.sees(two_serves(&with_role(in_groups(&["sg-2"])))).pass().verdict(), &Verdict::Settled);
    assert_eq!(groups(&story), ["sg-2"]);
}

#[test]
fn a_tag_is_forgotten_when_it_was_removed() {
    let mut spec = a_spec();
    spec.tags = vec![tag("team", "shop")];
    let mut story = Story::settled(spec);
    story.edit(|spec| spec.tags = Vec::new());
    let keys = |story: &Story| story.status.submitted.clone().unwrap().tag_keys;
    story.aws = Aws::RefusesWrites(FailureClass::Throttled);
    story.pass();
    assert_eq!(keys(&story), ["team"], "it still has to be removed");
    story.aws = Aws::Answers;
    story.later(600).pass();
    assert!(keys(&story).is_empty());
}

#[test]
fn a_rollout_that_is_followed_is_still_the_one_that_was_sent() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2")).pass();
    let sent = story.status.submitted.clone().unwrap();
    story.sees(live_service().serving("r1", &a_spec()).in_flight("d2", "r2", InProgress)).pass();
    assert_eq!(story.status.submitted, Some(sent));
}

/// The answer to the update was lost, and the next look finds it on its way back.
#[test]
fn a_rollout_that_goes_back_is_known_by_its_revision() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2")).aws = Aws::RefusesWrites(FailureClass::Unavailable);
    story.pass();
    assert_eq!(story.status.submitted.as_ref().unwrap().revision, None);
    story.aws = Aws::Answers;

    let back = live_service().serving("r1", &a_spec()).in_flight("d2", "r2", RollbackInProgress);
    assert_eq!(story.sees(back).pass().verdict(), &Verdict::RollingBack);
    assert_eq!(story.status.submitted.as_ref().unwrap().revision, Some(revision("r2")));
    assert_eq!(story.status.latest_revision, Some(revision("r2")));
}

#[test]
fn a_failure_that_only_the_tag_remembers_is_shown_again() {
    let mut story = Story::held();
    let hash = story.hash();
    story.loses_its_status();
    story.sees(live_service().serving("r1", &a_spec()).tagged(names::TAG_FAILED_SPEC_HASH, &hash)).pass();
    assert_eq!(story.status.failed_attempt.as_ref().unwrap().spec_hash, hash);
}

#[test]
fn in_mode_observe_only_what_this_object_has_sent_itself_is_remembered() {
    let mut story = settled_then(observe_only());
    story.sees(live_service().serving("r8", &a_spec()).ended("d8", "r8", Successful)).pass();
    assert_eq!(story.status.latest_revision, Some(revision("r8")), "it is what was sent, whoever sent it again");

    let sent = story.status.submitted.clone();
    story.edit(|spec| spec.primary_container = with_image("theirs:1").primary_container);
    assert_eq!(story.sees(theirs()).pass().verdict(), &Verdict::Settled);
    assert_eq!(story.status.submitted, sent);
}

fn last_observed(story: &Story) -> Timestamp {
    story.status.last_observed_time.as_ref().unwrap().0
}

#[test]
fn the_time_of_the_reading_is_written_once_an_hour_or_with_a_change() {
    let mut story = Story::settled(a_spec());
    story.pass();
    let read = last_observed(&story);
    story.now = read.checked_add(OBSERVED_TIME_GRAIN - SignedDuration::from_secs(1)).unwrap();
    story.pass();
    assert_eq!(last_observed(&story), read);
    story.later(1).pass();
    assert_eq!(last_observed(&story), story.now);

    story.later(15).edit(|spec| spec.health_check_path = Some("/up".into())).pass();
    assert_eq!(last_observed(&story), story.now);
}
