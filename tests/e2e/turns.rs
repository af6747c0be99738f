//! Every object has its turn, however many are due and however few workers there are.

use crate::vocabulary::{Manifest, Service, World};

/// One worker, and objects that are due again as soon as they were looked at: there is always one that waits.
#[test]
fn an_object_has_its_turn_however_many_are_due() {
    let world = World::with_flags(&["--concurrency=1", "--observe-interval=1ms", "--rollout-interval=1ms"]);
    let services: Vec<Service<'_>> =
        (0..12).map(|number| world.apply(&Manifest::of(&format!("web-{number}"), "nginx:1"))).collect();
    services.iter().for_each(|service| service.has_deployments(1));
    services[0].rollout_ends();
    services.iter().for_each(|service| drop(service.shows("Ready", "True", "Available")));

    for service in &services {
        service.set_image("nginx:2");
        service.has_deployments(2);
    }
}
