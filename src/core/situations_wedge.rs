//! Situations in which a first deployment does not come to its end.

use crate::api::management::{Approval, Management, Recreate};
use crate::api::spec::ExpressGatewayServiceSpec;
use crate::api::status::ManagedResource;

use super::fixtures::{a_spec, at, live_service, presence, resource, shown_of};
use super::managed::Kind;
use super::observed::{Live, Observed};
use super::rollout::DeploymentState::InProgress;
use super::rollout::Stage;
use super::situations_held_back::observe_only;
use super::story::Story;

/// What a load balancer says that was refused.
pub const REFUSED: &str = "not authorized to perform: elasticloadbalancing:CreateLoadBalancer";

/// `spec.management.recreate: WhenWedged`.
pub fn recreating() -> Management {
    Management { recreate: Some(Recreate::WhenWedged), ..Management::default() }
}

/// The load balancer has failed, and what needs it waits.
pub fn refused() -> Vec<ManagedResource> {
    let balancer = ManagedResource {
        name: None,
        arn: None,
        reason: Some(REFUSED.to_owned()),
        ..resource(Kind::LoadBalancer, "FAILED")
    };
    vec![balancer, resource(Kind::Listener, "PROVISIONING"), resource(Kind::Certificate, "ACTIVE")]
}

/// The first deployment, on its way.
pub fn first() -> Live {
    live_service().in_flight("d1", "r1", InProgress).at_stage(Stage::ScaleUp, 0)
}

/// Created under this policy a moment ago, and its resources are in these states.
pub fn creating(policy: Management, resources: Vec<ManagedResource>) -> Story {
    let mut story = Story::new(ExpressGatewayServiceSpec { management: Some(policy), ..a_spec() });
    // The fixtures' resources have been in their states since the beginning.
    story.now = at(5);
    story.pass();
    story.sees(first().managing(resources));
    story
}

/// The same, for so many minutes.
pub fn creating_for(minutes: i64, policy: Management, resources: Vec<ManagedResource>) -> Story {
    let mut story = creating(policy, resources);
    story.pass();
    story.later(minutes * 60);
    story
}

pub fn wedged() -> Vec<(&'static str, Story)> {
    let by_default = Management::default;
    let up = || vec![resource(Kind::LoadBalancer, "ACTIVE")];
    let protected = Management { deletion_protection: Some(true), ..recreating() };
    let approval = Management { approval: Some(Approval::Required), ..recreating() };
    let mut suspended = creating_for(6, recreating(), refused());
    suspended.manage(|management| management.suspend = Some(true));
    let mut draining = creating_for(6, recreating(), refused());
    draining.pass();
    draining.sees(Observed::Draining(presence()));
    let mut again = draining.clone();
    again.pass();
    again.sees(Observed::Absent);
    let mut repeated = again.clone();
    repeated.pass();
    repeated.sees(later_born().managing(refused()));
    repeated.pass();
    repeated.later(600);
    let mut hanging = draining.clone();
    hanging.pass();
    hanging.later(3000);
    let mut observed = creating(observe_only(), refused());
    observed.sees(first().showing("r1", shown_of(&a_spec())).managing(refused())).pass();
    observed.later(1860);
    let mut unseen = creating_for(6, recreating(), refused());
    unseen.loses_its_status();
    unseen.sees(first().showing("r1", shown_of(&a_spec())).managing(refused())).pass();
    unseen.later(1800);
    let mut awaiting = creating(approval, refused());
    awaiting.observed = Observed::Absent;
    awaiting.approve().pass();
    awaiting.sees(first().managing(refused())).pass();
    awaiting.later(360);
    let mut approved = awaiting.clone();
    approved.pass();
    approved.approve();
    let mut healed = creating_for(40, by_default(), refused());
    healed.pass();
    healed.sees(first().managing(up()));
    let mut wished = creating_for(6, by_default(), refused());
    wished.pass();
    wished.manage(|management| management.recreate = Some(Recreate::WhenWedged));
    vec![
        ("refused", creating(by_default(), refused())),
        ("wedged", creating_for(6, by_default(), refused())),
        (
            "wedged, without a reason",
            creating_for(31, by_default(), vec![resource(Kind::LoadBalancer, "PROVISIONING")]),
        ),
        ("hanging creation", creating_for(31, by_default(), up())),
        ("hanging creation, nothing shown", creating_for(31, by_default(), Vec::new())),
        ("wedged, observed", observed),
        ("wedged, protected", creating_for(6, protected, refused())),
        ("wedged, not seen from its beginning", unseen),
        ("wedged, to be recreated", creating_for(6, recreating(), refused())),
        ("wedged, and then to be recreated", wished),
        ("wedged, approval required", awaiting),
        ("wedged, approved", approved),
        ("wedged, suspended", suspended),
        ("recreated, draining", draining),
        ("recreated, hanging", hanging),
        ("recreated, gone", again),
        ("wedged again", repeated),
        ("healed", healed),
    ]
}

/// The service that follows one that was deleted.
pub fn later_born() -> Live {
    let mut live = first();
    live.presence.created_at = Some(at(900));
    live
}
