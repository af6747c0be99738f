//! Row 11: `spec.management.recreate: WhenWedged`: a service that never came up is deleted and created again, once.

use express_simulator::server::{FaultKind, FaultRequest};
use express_simulator::wire::Operation;
use serde_json::json;

use crate::vocabulary::{Manifest, Service, World, eventually};

/// Longer than a service drains, shorter than a rollout.
const A_DELETION: u64 = 461;

fn given_an_impatient_world() -> World {
    World::with_flags(&["--creation-time-limit=3s"])
}

/// The next creates, or all that follow, are wedged.
fn wedges(world: &World, times: Option<u32>) {
    let fault = FaultRequest::from(FaultKind::Wedge { service: None, silent: false });
    world.simulator.add_fault(times.map_or(fault.clone(), |times| fault.times(times)));
}

fn recreating() -> Manifest {
    Manifest::of("web", "nginx:1").with("spec.management.recreate", "WhenWedged")
}

fn given<'w>(world: &'w World, manifest: &Manifest) -> Service<'w> {
    let web = world.apply(manifest);
    web.has_deployments(1);
    world.advance(60);
    web
}

fn deletes(world: &World) -> usize {
    world.calls().effects_of("DeleteExpressGatewayService")
}

/// Waits until the service has been created so many times.
fn is_created(world: &World, times: usize) {
    eventually(format_args!("{times} creates"), || match world.calls().effects_of("CreateExpressGatewayService") {
        seen if seen == times => Ok(()),
        seen => Err(seen),
    });
}

/// Row 11: the service is deleted and created again, the status and an event say why and that the URL changes, and it serves in the
/// end.
#[test]
fn a_wedged_service_is_deleted_and_created_again_with_a_new_url() {
    let world = given_an_impatient_world();
    wedges(&world, Some(1));
    let web = given(&world, &recreating());
    eventually("the first URL", || if web.text("/status/url").is_empty() { Err("none") } else { Ok(()) });
    let url = web.text("/status/url");

    web.drains();
    let message = web.shows("Ready", "False", "Recreating");
    for words in ["come up", "CreateLoadBalancer", "with a new URL"] {
        assert!(message.contains(words), "{words:?} is not in: {message}");
    }
    assert_eq!((web.says("Reconciling"), web.says("Stalled")), ("True Progressing".to_owned(), String::new()));
    assert_eq!(web.at("/status/recreation/generation"), 1);
    world.advance(A_DELETION);
    is_created(&world, 2);
    world.advance(60);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");

    assert_ne!(web.text("/status/url"), url);
    assert_eq!(web.at("/status/recreation/done"), true);
    assert_eq!(web.at("/status/creatingSince"), json!(null));
    assert_eq!((world.calls().creates(), deletes(&world), world.calls().updates()), (2, 1, 0));
    web.told(&["Created", "Recreating", "Created", "RolloutSucceeded"]);
    assert!(web.notes("Recreating")[0].contains("with a new URL"), "{:?}", web.notes("Recreating"));
}

/// Row 11: without the policy nothing is ever deleted; setting it later is enough.
#[test]
fn it_is_opt_in() {
    let world = given_an_impatient_world();
    wedges(&world, Some(1));
    let web = given(&world, &Manifest::of("web", "nginx:1"));
    let message = web.shows("Ready", "False", "Wedged");
    assert!(message.contains("spec.management.recreate to WhenWedged"), "{message}");
    world.passes(5);
    assert_eq!(deletes(&world), 0);

    web.patch(&json!({"spec": {"management": {"recreate": "WhenWedged"}}}));
    web.drains();
    web.shows("Ready", "False", "Recreating");
}

/// Row 11: what is wedged again is left to a person until the spec changes, also over a restart.
#[test]
fn it_happens_once_for_a_generation() {
    let world = given_an_impatient_world();
    wedges(&world, None);
    let web = given(&world, &recreating());
    web.drains();
    world.advance(A_DELETION);
    is_created(&world, 2);
    world.advance(60);

    let message = web.shows("Ready", "False", "Wedged");
    assert!(message.contains("was deleted and created again once for this spec"), "{message}");
    world.kill_the_controller();
    world.start_the_controller();
    world.passes(6);
    assert_eq!((deletes(&world), web.says("Stalled")), (1, "True Wedged".to_owned()));

    web.set_image("nginx:2");
    web.has_deployments(2);
    world.advance(60);
    web.drains();
    web.shows("Ready", "False", "Recreating");
    assert_eq!(deletes(&world), 2);
}

/// Row 11: a service that has served is never deleted, however long a later rollout hangs.
#[test]
fn a_service_that_served_is_never_deleted() {
    let world = given_an_impatient_world();
    let web = world.given_a_running_one(&recreating());
    world.simulator.role_loses_its_permissions("arn:aws:iam::111122223333:role/infrastructure");
    web.set_image("nginx:2-hang");
    web.has_deployments(2);
    web.reaches("SCALE_UP");
    world.advance(7200);
    let begun = std::time::Instant::now();
    eventually("twice the time limit", || {
        world.passes(3);
        if begun.elapsed().as_secs() >= 6 { Ok(()) } else { Err("not yet") }
    });

    assert_eq!(web.says("Ready"), "False RollingOut");
    assert_eq!(deletes(&world), 0);
}

/// Row 11: deletion protection and a suspension hold it back, and say so.
#[test]
fn protection_and_a_suspension_hold_it_back() {
    let world = given_an_impatient_world();
    wedges(&world, Some(1));
    let web = given(&world, &recreating().with("spec.management.deletionProtection", true));
    let message = web.shows("Ready", "False", "Wedged");
    assert!(message.contains("deletionProtection keeps this service"), "{message}");

    web.patch(&json!({"spec": {"management": {"deletionProtection": false, "suspend": true}}}));
    let message = web.shows("Ready", "False", "Suspended");
    for words in ["CreateLoadBalancer", "delete the service", "with a new URL"] {
        assert!(message.contains(words), "{words:?} is not in: {message}");
    }
    world.passes(5);
    assert_eq!(deletes(&world), 0);

    web.patch(&json!({"spec": {"management": {"suspend": false}}}));
    web.drains();
}

/// Row 11: under `approval: Required` one approval is for the deletion and for the creation that follows it.
#[test]
fn one_approval_is_for_both_halves() {
    let world = given_an_impatient_world();
    let web = world.apply(&recreating().with("spec.management.approval", "Required"));
    let approve = |action: &str| {
        web.has("/status/plan/action", action);
        let hash = web.text("/status/plan/hash");
        web.annotate(&format!("expressway.dev/approved-plan={hash}"));
    };
    wedges(&world, Some(1));
    approve("Create");
    web.has_deployments(1);
    world.advance(60);

    web.has("/status/plan/action", "Recreate");
    let message = web.shows("Ready", "False", "AwaitingApproval");
    for words in ["CreateLoadBalancer", "delete the service", "with a new URL", "approved-plan="] {
        assert!(message.contains(words), "{words:?} is not in: {message}");
    }
    assert_eq!(web.at("/status/plan/needsReplacement"), true);
    world.passes(5);
    assert_eq!(deletes(&world), 0);

    approve("Recreate");
    web.drains();
    world.advance(A_DELETION);
    is_created(&world, 2);
    world.advance(60);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
}

/// Row 11: a permission that is missing while it is created again is said and waited for.
#[test]
fn a_missing_permission_is_said_and_retried() {
    let world = given_an_impatient_world();
    wedges(&world, Some(1));
    let denied = FaultRequest::from(FaultKind::AccessDenied { message: Some("not authorized: ecs:Delete".to_owned()) });
    world.simulator.add_fault(denied.on(Operation::DeleteExpressGatewayService));
    let web = given(&world, &recreating());

    let message = web.shows("Ready", "False", "AccessDenied");
    assert!(message.contains("DeleteExpressGatewayService"), "{message}");
    assert_eq!((web.says("Reconciling"), web.says("Stalled")), ("True ProgressingWithRetry".to_owned(), String::new()));

    world.simulator.clear_faults();
    web.drains();
    web.shows("Ready", "False", "Recreating");
    let denied = FaultRequest::from(FaultKind::AccessDenied { message: Some("not authorized: ecs:Create".to_owned()) });
    world.simulator.add_fault(denied.on(Operation::CreateExpressGatewayService));
    world.advance(A_DELETION);
    let message = web.shows("Ready", "False", "AccessDenied");
    assert!(message.contains("CreateExpressGatewayService"), "{message}");
    world.simulator.clear_faults();
    is_created(&world, 2);
}

/// Row 11: the process may die between the two halves.
#[test]
fn a_crash_in_between_loses_nothing() {
    let world = given_an_impatient_world();
    wedges(&world, Some(1));
    let web = given(&world, &recreating());
    web.drains();
    web.shows("Ready", "False", "Recreating");
    world.kill_the_controller();
    world.advance(A_DELETION);
    world.start_the_controller();
    is_created(&world, 2);
    world.advance(60);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    assert_eq!((world.calls().creates(), deletes(&world)), (2, 1));
}

/// Row 11: a role that may not remove what it may not make lets the old service drain for ever; that is said, and goes on when the
/// role is restored.
#[test]
fn a_deletion_that_hangs_on_the_way_is_said_and_goes_on() {
    let world = given_an_impatient_world();
    world.simulator.role_loses_its_permissions("arn:aws:iam::111122223333:role/infrastructure");
    let web = given(&world, &recreating());
    web.drains();
    web.shows("Ready", "False", "Recreating");
    world.advance(3600);
    let since = jiff::Timestamp::now() - std::time::Duration::from_secs(45 * 60);
    let patch = json!({"status": {"drainingSince": since.to_string()}}).to_string();
    let words = ["patch", "egs", "web", "--subresource=status", "--type=merge", "--patch", &patch];
    let message = eventually("the deletion is seen to hang", || {
        world.kubectl(&words).done();
        world.passes(3);
        if web.says("Stalled") == "True DeletionHangs" { Ok(web.message("Ready")) } else { Err(web.says("Stalled")) }
    });
    for words in ["could not come up", "for 45 min", "infrastructure role exists and has its policies"] {
        assert!(message.contains(words), "{words:?} is not in: {message}");
    }
    assert_eq!(web.says("Ready"), "False Recreating");

    world.simulator.clear_faults();
    world.advance(3600);
    is_created(&world, 2);
    world.advance(60);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    assert_eq!(deletes(&world), 1);
}
