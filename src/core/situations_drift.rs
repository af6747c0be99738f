//! Situations in which somebody else changed or deleted the service, or it is not where it should be.

use crate::api::management::{Drift, Management};

use super::fixtures::{a_spec, live_service, presence, shown_of, with_image};
use super::observed::{Live, Observed};
use super::rollout::DeploymentState::{InProgress, Successful};
use super::situations_held_back::{observe_only, settled_then, suspended};
use super::story::Story;

/// `spec.management.drift: Report`.
pub fn report() -> Management {
    Management { drift: Some(Drift::Report), ..Management::default() }
}

/// Somebody else's `r8` serves.
pub fn theirs() -> Live {
    theirs_as("r8", "theirs:1")
}

/// Somebody else's revision serves.
pub fn theirs_as(id: &str, image: &str) -> Live {
    live_service().serving(id, &with_image(image)).ended(&id.replace('r', "d"), id, Successful)
}

/// Somebody else's `r8` is being rolled out.
pub fn theirs_in_flight() -> Live {
    let one = live_service().serving("r1", &a_spec()).showing("r8", shown_of(&with_image("theirs:1")));
    one.in_flight("d8", "r8", InProgress)
}

/// What was sent last serves.
pub fn corrected(story: &Story) -> Live {
    let id = format!("r{}", story.updates);
    live_service().serving(&id, &a_spec()).ended(&id.replace('r', "d"), &id, Successful)
}

/// Undone twice, and there again.
pub fn contested() -> Story {
    let mut story = Story::settled(a_spec());
    for id in ["r81", "r82"] {
        story.sees(theirs_as(id, "theirs:1")).pass();
        let live = corrected(&story);
        story.sees(live).pass();
        story.later(100);
    }
    story.sees(theirs_as("r83", "theirs:1"));
    story
}

pub fn drift() -> Vec<(&'static str, Story)> {
    let settled = || Story::settled(a_spec());
    let seeing = |mut story: Story, observed: Observed| {
        story.sees(observed);
        story
    };
    let reported = || seeing(settled_then(report()), theirs().into());
    let mut still_reported = reported();
    still_reported.pass();
    still_reported.sees(theirs());
    let mut still_contested = contested();
    still_contested.pass();
    still_contested.sees(theirs_as("r83", "theirs:1"));
    let mut taken = reported();
    taken.pass();
    taken.edit(|spec| spec.primary_container = with_image("theirs:1").primary_container);
    let mut missing = seeing(settled_then(report()), Observed::Inactive(presence()));
    missing.pass();
    let mut elsewhere = settled();
    elsewhere.region = "us-east-1".into();
    let other_role = Live { infrastructure_role: Some("arn:aws:iam::111122223333:role/old".into()), ..theirs() };
    let stripped = || live_service().serving("r1", &a_spec()).glanced().with_tags(super::observed::Tags::new());
    let mut recreated = seeing(settled(), Observed::Draining(presence()));
    recreated.pass();
    recreated.sees(Observed::Inactive(presence())).pass();
    recreated.sees(live_service().in_flight("d9", "r9", InProgress));
    let mut serving_again = recreated.clone();
    serving_again.pass();
    serving_again.sees(live_service().serving("r9", &a_spec()).ended("d9", "r9", Successful));
    let mut still_gone = seeing(settled_then(report()), Observed::Absent);
    still_gone.pass();
    vec![
        ("drift in flight", seeing(settled(), theirs_in_flight().into())),
        ("drift in flight, reported", seeing(settled_then(report()), theirs_in_flight().into())),
        ("drift, reported", reported()),
        ("drift, still reported", still_reported),
        ("drift, contested", contested()),
        ("drift, still contested", still_contested),
        ("drift while suspended", seeing(settled_then(suspended()), theirs().into())),
        ("drift while observed", seeing(settled_then(observe_only()), theirs().into())),
        ("stripped of our tags", seeing(settled(), stripped().into())),
        ("deleted, reported", seeing(settled_then(report()), Observed::Draining(presence()))),
        ("missing", missing),
        ("drift, taken into the spec", taken),
        ("gone, reported", seeing(settled_then(report()), Observed::Absent)),
        ("still gone, reported", still_gone),
        ("deleted, created again", recreated),
        ("deleted, and serving again", serving_again),
        ("in another region", elsewhere),
        ("in another account", seeing(settled(), Observed::InAnotherAccount("999999999999".into()))),
        ("with another infrastructure role", seeing(Story::new(a_spec()), other_role.into())),
    ]
}
