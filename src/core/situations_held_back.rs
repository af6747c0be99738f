//! Situations in which the policy holds something back.

use crate::api::management::{Adoption, Approval, Management, Mode};
use crate::api::names;
use crate::api::spec::ExpressGatewayServiceSpec;

use super::fixtures::{a_spec, live_service, rolled_back, tag, with_image};
use super::observed::{Observed, Tags};
use super::rollout::DeploymentState::{InProgress, Successful};
use super::story::Story;

/// `spec.management.mode: Observe`.
pub fn observe_only() -> Management {
    Management { mode: Some(Mode::Observe), ..Management::default() }
}

/// `spec.management.suspend: true`.
pub fn suspended() -> Management {
    Management { suspend: Some(true), ..Management::default() }
}

/// `spec.management.approval: Required`.
pub fn approval_required() -> Management {
    Management { approval: Some(Approval::Required), ..Management::default() }
}

/// The least there is, under a policy.
pub fn under(policy: Management) -> ExpressGatewayServiceSpec {
    ExpressGatewayServiceSpec { management: Some(policy), ..a_spec() }
}

/// A service that was there before the object was, observed only.
pub fn observing(live: impl Into<Observed>) -> Story {
    let mut story = Story::new(under(observe_only()));
    story.finalizer = false;
    story.sees(live);
    story
}

/// Settled, then under another policy.
pub fn settled_then(policy: Management) -> Story {
    let mut story = Story::settled(a_spec());
    story.manage(|management| *management = policy);
    story
}

pub fn held_back() -> Vec<(&'static str, Story)> {
    let nobodys = || live_service().serving("r9", &a_spec()).ended("d9", "r9", Successful).with_tags(Tags::new());
    let new_image = |mut story: Story| {
        story.edit(|spec| spec.primary_container = with_image("shop/web:2").primary_container);
        story
    };
    let mut adoptable = observing(nobodys());
    adoptable.manage(|management| management.adoption = Some(Adoption::IfUnowned));
    let mut by_annotation = Story::settled(a_spec());
    by_annotation.annotate(names::SUSPENDED, "true");
    let mut failed = Story::rolling_out_two();
    failed.manage(|management| *management = suspended());
    failed.sees(rolled_back());
    let mut followed = Story::rolling_out_two();
    followed.annotate(names::SUSPENDED, "true");
    let mut tags = settled_then(approval_required());
    tags.edit(|spec| spec.tags = vec![tag("team", "shop")]);
    let mut wrong = new_image(settled_then(approval_required()));
    wrong.annotate(names::APPROVED_PLAN, "0123456789abcdef");
    let mut approved = new_image(settled_then(approval_required()));
    approved.pass();
    approved.approve();
    let other = live_service().serving("r1", &a_spec()).in_flight("d8", "r8", InProgress);
    vec![
        ("observed, absent", observing(Observed::Absent)),
        ("observed, nobody's", observing(nobodys())),
        ("observed, adoptable", adoptable),
        ("observed, another configuration", new_image(observing(nobodys()))),
        ("observed, in flight", observing(other.with_tags(Tags::new()))),
        ("observed, ours", settled_then(observe_only())),
        ("suspended", settled_then(suspended())),
        ("suspended with an edit", new_image(settled_then(suspended()))),
        ("suspended before the service was there", Story::new(under(suspended()))),
        ("suspended by annotation", by_annotation.clone()),
        ("suspended by annotation, with an edit", new_image(by_annotation)),
        ("suspended, failed", failed),
        ("suspended in a rollout", followed),
        ("awaiting approval of a create", Story::new(under(approval_required()))),
        ("awaiting approval", new_image(settled_then(approval_required()))),
        ("awaiting approval of tags", tags),
        ("wrongly approved", wrong),
        ("approved", approved),
    ]
}
