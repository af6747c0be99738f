//! What it costs to follow a canary: calls of AWS, and writes to Kubernetes.

use crate::vocabulary::{InFlight, Service, given_a_world};

const KUBERNETES_WRITES: &str = "expressway_kubernetes_writes_total";

/// What a person can see of the object, without the time of the last look.
fn visible(web: &Service<'_>) -> serde_json::Value {
    let mut status = web.at("/status");
    status.as_object_mut().unwrap().remove("lastObservedTime");
    status
}

/// Row 7: each look at a canary costs two calls at most, and each visible change one write of the status.
#[test]
fn a_canary_costs_two_calls_a_look_and_one_write_a_change() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    world.passes(2);
    let count = |metric: &str, labels: &[&str]| world.controller(|controller| controller.counter(metric, labels));
    let reconciles = || count("expressway_reconciles_total", &[]);
    let status_writes = || count(KUBERNETES_WRITES, &["kind=\"status\""]);
    let (moment, looks, written) = (world.now(), reconciles(), status_writes());
    let (mut shown, mut changes) = (visible(&web), 0);
    let mut look = || {
        world.passes(3);
        let now = visible(&web);
        changes += u64::from(now != shown);
        shown = now;
    };

    web.set_image("nginx:2");
    web.has_deployments(2);
    look();
    world.advance(2);
    web.shows_what_ecs_does();
    look();
    while web.deployment().is_in_flight() {
        web.next_stage();
        look();
    }
    web.shows("Ready", "True", "Available");
    look();

    let (calls, passes) = (world.calls_since(moment), reconciles() - looks + 1);
    assert_eq!(calls.writes(), ["UpdateExpressGatewayService"]);
    assert!(calls.len() as u64 <= 2 * passes + 1, "{} calls in {passes} looks", calls.len());
    let writes = status_writes() - written;
    // One write may fall between two of the looks above.
    assert!(changes > 8 && writes <= changes + 2, "{writes} writes for {changes} visible changes");
}

/// Row 16: so does a look at what somebody else rolls out, which is let end before it is undone.
#[test]
fn somebody_elses_canary_costs_two_calls_a_look_too() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    world.somebody_updates("web", serde_json::json!({"primaryContainer": {"image": "theirs:1"}}));
    web.reaches("PRODUCTION_TRAFFIC_SHIFT");
    world.passes(3);
    let reconciles = || world.controller(|controller| controller.counter("expressway_reconciles_total", &[]));
    let (moment, looks) = (world.now(), reconciles());

    world.passes(10);

    let (calls, passes) = (world.calls_since(moment), reconciles() - looks + 1);
    assert!(calls.writes().is_empty(), "{:?}", calls.writes());
    assert!(calls.len() as u64 <= 2 * passes, "{} calls in {passes} looks", calls.len());
}
