//! When the managed resources are read, at what price, and what the status keeps of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::api::status::ManagedResource;
use crate::core::fixtures::{
    a_spec, at, deployment_arn, live_service, owner, presence, resource, revision, with_image,
};
use crate::core::managed::{Due, Kind, KnownManaged, MAX_RESOURCES, ManagedReading, at_rest, in_the_way, listed, said};
use crate::core::memory::Memory;
use crate::core::observed::{Glance, Known, LastEnded, Live, ReadingList, Tags};
use crate::core::rollout::DeploymentState::{InProgress, RollbackInProgress, Successful};
use crate::core::story::Story;

fn known(story: &Story, due: Due) -> Known {
    let mut known = Memory::of(&story.status).known(story.generation, false);
    known.managed.due = due;
    known
}

fn glance(live: &Live) -> Glance {
    let deployment = live.in_flight.as_ref().map(|deployment| deployment.arn.clone());
    Glance { presence: presence(), revisions: live.revisions.clone(), deployment, ..Glance::default() }
}

/// The first rollout is under way and was seen.
fn creating() -> (Story, Live) {
    let mut story = Story::new(a_spec());
    story.pass();
    let live = live_service().in_flight("d1", "r1", InProgress);
    story.sees(live.clone()).pass();
    (story, live)
}

fn calls(list: &ReadingList) -> usize {
    let ReadingList { configurations, in_flight, last_ended, managed, unmoved: _ } = list;
    1 + usize::from(*configurations)
        + usize::from(in_flight.is_some())
        + usize::from(*last_ended != LastEnded::Known)
        + usize::from(managed.is_some())
}

#[test]
fn a_creation_is_followed_with_two_calls_a_look() {
    let (story, live) = creating();
    for (due, managed) in [(Due::Nothing, None), (Due::WhileCreating, Some(revision("r1")))] {
        let list = glance(&live).reading_list(&known(&story, due));
        assert_eq!((calls(&list), &list.managed), (2, &managed), "{due:?}");
        let deployment = list.in_flight.or(list.unmoved);
        assert_eq!(deployment, Some(deployment_arn("d1")), "it is known to be in flight all the same");
    }
}

#[test]
fn a_deployment_that_goes_back_is_not_taken_to_be_as_it_was() {
    let (mut story, live) = creating();
    let live = Live {
        in_flight: live.in_flight.map(|it| crate::core::rollout::Deployment { state: RollbackInProgress, ..it }),
        ..live
    };
    story.sees(live.clone()).pass();

    let list = glance(&live).reading_list(&known(&story, Due::WhileCreating));

    assert_eq!((list.in_flight, list.unmoved), (Some(deployment_arn("d1")), None));
}

#[test]
fn a_canary_and_an_idle_pass_do_not_read_them() {
    let rolling = Story::rolling_out_two();
    let canary = live_service().serving("r1", &a_spec()).in_flight("d2", "r2", InProgress);
    for due in [Due::Nothing, Due::WhileCreating, Due::Everything] {
        let list = glance(&canary).reading_list(&known(&rolling, due));
        assert_eq!((calls(&list), list.managed), (2, None), "{due:?}");
    }
    let settled = Story::settled(a_spec());
    let one = live_service().serving("r1", &a_spec());
    for due in [Due::Nothing, Due::WhileCreating] {
        assert_eq!(glance(&one).reading_list(&known(&settled, due)), ReadingList::default(), "{due:?}");
    }
    let full = glance(&one).reading_list(&known(&settled, Due::Everything));
    assert_eq!(full.managed, Some(revision("r1")));
}

#[test]
fn they_are_read_when_the_first_rollout_has_ended() {
    let (story, _) = creating();
    let up = live_service().serving("r1", &a_spec()).ended("d1", "r1", Successful);

    let list = glance(&up).reading_list(&known(&story, Due::Nothing));

    assert_eq!((list.managed, list.last_ended), (Some(revision("r1")), LastEnded::Describe(deployment_arn("d1"))));
}

#[test]
fn an_edit_does_not_wait_for_them() {
    let (mut story, live) = creating();
    story.edit(|spec| *spec = with_image("shop/web:2"));

    let list = glance(&live).reading_list(&known(&story, Due::WhileCreating));

    assert_eq!((list.configurations, list.managed), (true, None));
}

#[test]
fn the_order_of_ecs_is_no_change_and_a_state_keeps_its_moment() {
    let one = resource(Kind::LoadBalancer, "ACTIVE");
    let other = resource(Kind::TargetGroup, "PROVISIONING");
    let first = listed(&[], &ManagedReading::Read(vec![other.clone(), one.clone()]));
    assert_eq!(first, [one.clone(), other.clone()]);

    let touched = ManagedResource { since: Some(Time(at(900))), ..one.clone() };
    let up = ManagedResource { since: Some(Time(at(900))), ..resource(Kind::TargetGroup, "ACTIVE") };
    let then = listed(&first, &ManagedReading::Read(vec![up.clone(), touched]));
    assert_eq!(then, [one, up], "only a new state has a new moment");

    for nothing in [ManagedReading::NotAsked, ManagedReading::NotShown] {
        assert_eq!(listed(&first, &nothing), first);
    }
}

#[test]
fn resources_come_in_the_order_in_which_a_request_meets_them() {
    let [first, then] = [Kind::TargetGroup, Kind::SecurityGroup].map(|kind| resource(kind, "PROVISIONING"));
    let listed = listed(&[], &ManagedReading::Read(vec![then.clone(), first.clone()]));
    assert_eq!(listed, [first.clone(), then.clone()]);
    assert_eq!(in_the_way(&[then, first.clone()]), Some(&first));
}

#[test]
fn another_resource_of_the_same_kind_has_a_moment_of_its_own() {
    let known = resource(Kind::TargetGroup, "ACTIVE");
    let since = Some(Time(at(900)));
    for other in [
        ManagedResource { arn: Some("arn:other".to_owned()), since: since.clone(), ..known.clone() },
        ManagedResource { name: Some("other".to_owned()), since: since.clone(), ..known.clone() },
        ManagedResource { kind: Kind::Listener.to_string(), since: since.clone(), ..known.clone() },
    ] {
        let then = listed(std::slice::from_ref(&known), &ManagedReading::Read(vec![other.clone()]));
        assert_eq!(then, [other]);
    }
}

#[test]
fn those_of_somebody_elses_service_are_not_read() {
    let known = Known { owner: Some(owner()), ..known(&Story::settled(a_spec()), Due::Everything) };
    let theirs = live_service().serving("r1", &a_spec()).with_tags(Tags::new());
    let theirs = Glance { presence: theirs.presence.clone(), ..glance(&theirs) };
    let theirs = |known: &Known| theirs.reading_list(known).managed;
    assert_eq!(theirs(&Known { was_managed: false, ..known.clone() }), None);
    assert_eq!(glance(&live_service().serving("r1", &a_spec())).reading_list(&known).managed, Some(revision("r1")));
}

/// How the last deployment ended is not known: they may be up by now, and are read while that is likely.
#[test]
fn at_rest_they_are_read_until_they_are_up() {
    let one = glance(&live_service().serving("r1", &a_spec()));
    let list = ReadingList { last_ended: LastEnded::Newest, ..ReadingList::default() };
    for (is_settled, due, is_read) in [
        (false, Due::WhileCreating, true),
        (false, Due::Nothing, false),
        (true, Due::WhileCreating, false),
        (true, Due::Everything, true),
    ] {
        let known = Known { managed: KnownManaged { is_settled, due, ..Default::default() }, ..Known::default() };
        assert_eq!(at_rest(&list, &one, &known), is_read.then(|| revision("r1")), "{is_settled} {due:?}");
    }
}

#[test]
fn what_has_no_room_is_up() {
    let many = (0..MAX_RESOURCES + 5).map(|number| ManagedResource {
        arn: Some(format!("arn:{number}")),
        ..resource(Kind::TargetGroup, if number > MAX_RESOURCES { "FAILED" } else { "ACTIVE" })
    });
    let listed = listed(&[], &ManagedReading::Read(many.collect()));
    assert_eq!(listed.len(), MAX_RESOURCES);
    assert_eq!(listed.iter().filter(|resource| resource.state == "FAILED").count(), 4);
}

#[test]
fn the_load_balancer_is_named_before_what_waits_for_it() {
    let failed = ManagedResource {
        name: None,
        reason: Some("not authorized.".to_owned()),
        ..resource(Kind::LoadBalancer, "FAILED")
    };
    let all = [resource(Kind::LogGroup, "ACTIVE"), resource(Kind::Listener, "PROVISIONING"), failed.clone()];
    assert_eq!(in_the_way(&all), Some(&failed));
    assert_eq!(said(&failed), "the load balancer is FAILED: not authorized");
    assert_eq!(said(&all[1]), "the listener web-Listener is PROVISIONING");
    assert_eq!(in_the_way(&all[..1]), None);
}
