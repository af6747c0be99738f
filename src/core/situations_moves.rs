//! Situations that only follow from another one: rare moves between states, made on purpose.

use crate::api::management::{Adoption, Management};

use super::fixtures::{a_spec, live_service, rolled_back, with_image};
use super::observed::Tags;
use super::rollout::DeploymentState::{RollbackFailed, RollbackInProgress, Successful};
use super::situations_held_back::under;
use super::story::Story;

pub fn moves() -> Vec<(&'static str, Story)> {
    let one = || live_service().serving("r1", &a_spec());
    let mut going_back = Story::rolling_out_two();
    going_back.sees(one().in_flight("d2", "r2", RollbackInProgress)).pass();
    let mut back = going_back.clone();
    back.sees(rolled_back());
    let mut no_way_back = going_back;
    no_way_back.sees(one().ended("d2", "r2", RollbackFailed));
    let mut retried = no_way_back.clone();
    retried.pass();
    retried.token = Some("again".into());
    vec![
        ("back from a rollout", back),
        ("no way back", no_way_back),
        ("no way back, retried", retried),
        ("not converging, corrected", corrected()),
        ("protected, lifted", lifted()),
        ("adopted, with its tags", adopted(&a_spec().primary_container.unwrap_or_default().image)),
        ("adopted, with its tags, differing", adopted("theirs:1")),
    ]
}

/// ECS showed other values than it was given, twice; now the spec is another.
fn corrected() -> Story {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| spec.health_check_path = Some("/health".into())).pass();
    for id in ["2", "3"] {
        let (revision, deployment) = (format!("r{id}"), format!("d{id}"));
        story.sees(live_service().serving(&revision, &a_spec()).ended(&deployment, &revision, Successful)).pass();
    }
    story.edit(|spec| *spec = with_image("shop/web:4"));
    story
}

fn lifted() -> Story {
    let kept = Management { deletion_protection: Some(true), ..Management::default() };
    let mut story = Story::settled(under(kept));
    story.delete().pass();
    story.manage(|management| management.deletion_protection = Some(false));
    story
}

/// A service that was nobody's and serves `image`: it was adopted, and its tags are there.
fn adopted(image: &str) -> Story {
    let always = Management { adoption: Some(Adoption::Always), ..Management::default() };
    let mut story = Story::new(under(always));
    let theirs = || live_service().serving("r9", &with_image(image)).ended("d9", "r9", Successful);
    story.sees(theirs().with_tags(Tags::new()));
    story.approved = story.pass().report.status.plan.map(|plan| plan.hash);
    story.pass();
    let tags = story.own_tags();
    story.sees(theirs().with_tags(tags));
    story
}
