//! From a container to a task definition of one's own and back: what is sent, and what ECS keeps.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use crate::api::spec::ExpressGatewayServiceSpec;
use crate::core::configuration::Configuration;
use crate::core::fixtures::{a_spec, live_service, shown, shown_of};
use crate::core::observed::{Live, Observed};
use crate::core::rollout::DeploymentState::{InProgress, RollbackSuccessful, Successful};
use crate::core::step::Step;
use crate::core::story::Story;

const OWN: &str = "arn:aws:ecs:eu-central-1:111122223333:task-definition/own:1";
const KEPT: &str = "spec.taskDefinitionArn";

fn own_definition() -> ExpressGatewayServiceSpec {
    ExpressGatewayServiceSpec {
        task_definition_arn: Some(OWN.into()),
        primary_container: None,
        execution_role_arn: None,
        ..a_spec()
    }
}

/// What ECS shows of a service with that task definition: its container, its size, its task role.
fn shown_with_own_definition() -> Configuration {
    let mut live = shown(&Configuration {
        task_definition_arn: Some(OWN.into()),
        task_role_arn: Some("arn:aws:iam::111122223333:role/own-task".into()),
        cpu: Some("4096".into()),
        memory: Some("8192".into()),
        ..Configuration::of(&a_spec())
    });
    live.container.as_mut().unwrap().image = "own:1".into();
    live
}

/// A revision that serves alone, and shows this.
fn running(id: &str, configuration: Configuration) -> Live {
    let bare = Live { configurations: None, ..live_service().serving(id, &a_spec()) };
    bare.showing(id, configuration).ended(&id.replace('r', "d"), id, Successful)
}

/// A service that runs from a task definition of its own.
fn with_own_definition() -> Story {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = own_definition());
    let sent = story.pass().updated().clone();
    assert_eq!(sent, Configuration { task_definition_arn: Some(OWN.into()), ..Configuration::default() });
    let live = running("r2", shown_with_own_definition());
    let pass = story.sees(live).pass();
    assert!(!pass.message().contains("task definition"), "{}", pass.message());
    story
}

#[test]
fn the_way_back_is_one_update_and_then_says_what_ecs_keeps() {
    let mut story = with_own_definition();
    story.edit(|spec| *spec = a_spec());

    let sent = story.pass().updated().clone();
    assert_eq!(sent.task_definition_arn, None);
    assert_eq!(sent.container.unwrap().image, "shop/web:1");
    let mut live = shown_with_own_definition();
    live.task_definition_arn = shown_of(&a_spec()).task_definition_arn;
    live.container.as_mut().unwrap().image = "shop/web:1".into();
    let live = running("r3", live);

    for seen in [live.clone(), live.clone().glanced(), live] {
        let pass = story.sees(seen).pass();
        assert!(matches!(pass.step(), Step::Nothing), "{:?}", pass.step());
        let message = pass.message();
        for words in ["earlier task definition", "sidecars", "task role"] {
            assert!(message.contains(words), "{message}");
        }
        assert!(!message.contains("cannot clear"), "{message}");
    }
}

#[test]
fn a_container_that_says_what_the_task_definition_says_is_no_write_and_is_told_too() {
    let mut story = with_own_definition();
    story.edit(|spec| {
        *spec = a_spec();
        spec.primary_container.as_mut().unwrap().image = "own:1".into();
    });

    let pass = story.pass();

    assert_eq!(pass.wrote(), None);
    assert!(pass.message().contains("earlier task definition"), "{}", pass.message());
}

#[test]
fn another_task_definition_ends_what_was_kept() {
    let mut story = with_own_definition();
    story.edit(|spec| {
        *spec = a_spec();
        spec.primary_container.as_mut().unwrap().image = "own:1".into();
    });
    story.pass();
    story.edit(|spec| *spec = own_definition());

    let pass = story.pass();

    assert_eq!(pass.wrote(), None, "it runs from that task definition still");
    assert!(!pass.message().contains("earlier task definition"), "{}", pass.message());
}

#[test]
fn a_task_definition_that_never_served_leaves_nothing() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = own_definition());
    story.pass();
    let back = live_service().serving("r1", &a_spec()).ended("d2", "r2", RollbackSuccessful);
    story.sees(back.clone()).pass();
    story.edit(|spec| *spec = a_spec());

    let pass = story.sees(back).pass();

    assert!(pass.message().contains("takes all traffic"), "{}", pass.message());
    assert!(!pass.message().contains("earlier task definition"), "{}", pass.message());
}

/// A container is on its way over a task definition that was on its way itself.
fn edited_in_the_midst_of_its_rollout() -> Story {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = own_definition());
    story.pass();
    let canary = live_service()
        .serving("r1", &a_spec())
        .in_flight("d2", "r2", InProgress)
        .showing("r2", shown_with_own_definition());
    story.sees(canary).pass();
    story.edit(|spec| *spec = a_spec());
    story.pass().updated();
    story
}

/// ECS makes the container's revision out of the task definition's, though that never served.
#[test]
fn what_is_kept_of_a_task_definition_that_was_overtaken_is_told() {
    let mut story = edited_in_the_midst_of_its_rollout();
    let mut live = shown_with_own_definition();
    live.task_definition_arn = shown_of(&a_spec()).task_definition_arn;
    live.container.as_mut().unwrap().image = "shop/web:1".into();

    for _ in 0..2 {
        let pass = story.sees(running("r3", live.clone())).pass();

        assert!(pass.message().contains("earlier task definition"), "{}", pass.message());
    }
}

#[test]
fn what_overtook_a_task_definition_and_was_rolled_back_leaves_nothing() {
    let mut story = edited_in_the_midst_of_its_rollout();
    let back = live_service().serving("r1", &a_spec()).ended("d3", "r3", RollbackSuccessful);
    story.sees(back.clone()).pass();
    story.edit(|spec| spec.cpu = Some("256".into()));

    let pass = story.sees(back).pass();

    assert!(!pass.message().contains("earlier task definition"), "{}", pass.message());
}

/// Nobody looked in between.
#[test]
fn a_task_definition_that_is_rolled_back_and_taken_back_at_once_leaves_nothing() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = own_definition());
    story.pass();
    story.edit(|spec| *spec = a_spec());
    let back = live_service().serving("r1", &a_spec()).ended("d2", "r2", RollbackSuccessful);

    let pass = story.sees(back).pass();

    assert!(!pass.message().contains("earlier task definition"), "{}", pass.message());
}

#[test]
fn a_service_that_was_created_anew_keeps_nothing() {
    let mut story = with_own_definition();
    story.edit(|spec| *spec = a_spec());
    story.sees(Observed::Absent).later(3600).pass();
    assert_eq!(story.pass().step(), &Step::Wait, "it was created anew");
    let live = live_service().serving("r9", &a_spec()).ended("d9", "r9", Successful);

    let pass = story.sees(live).pass();

    assert!(!pass.message().contains("earlier task definition"), "{}", pass.message());
    assert!(!story.status.submitted.unwrap().paths.contains(&KEPT.to_owned()));
}
