//! What one service costs in calls and writes: created, updated by a whole canary, and left alone.

use std::time::Duration;

use super::controller::Controller;
use super::patience::eventually;
use super::rival;
use super::row;
use super::table;
use super::traffic::{Moment, Traffic, listed};
use super::world::{Cluster, World};

/// By default the controller looks at a deployment in flight every 5 s, and every 15 s in stages that take minutes. Here it
/// looks every 30 and 90 ms, and with each look the simulated clock moves by as much as it would have.
const A_LOOK: Duration = Duration::from_secs(5);
const A_LOOK_AT_A_LONG_STAGE: Duration = Duration::from_secs(15);
const LONG_STAGES: [&str; 3] = ["SCALE_UP", "PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME"];
const FLAGS: [&str; 3] = ["--rollout-interval=30ms", "--observe-interval=300ms", "--batch-window=50ms"];

/// Passes over the settled object.
const IDLE_PASSES: u64 = 20;

const NAME: &str = "web";

pub fn measure(cluster: &Cluster) {
    table::heading("One service: calls to AWS, and writes to Kubernetes");
    let world = cluster.world("life");
    let controller = world.controller(&FLAGS);

    let before = Moment::now(&world, &controller);
    world.create(NAME, "nginx:1");
    let minutes = follow(&world, &controller);
    let created = before.until_now(&world, &controller);

    let before = Moment::now(&world, &controller);
    world.patch_image(NAME, "nginx:2");
    eventually("the object shows the update", || (controller.available() == 0).then_some(()));
    let update_minutes = follow(&world, &controller);
    let updated = before.until_now(&world, &controller);

    let from = controller.passes();
    eventually("the first idle passes", || (controller.passes() >= from + 3).then_some(()));
    let before = Moment::now(&world, &controller);
    eventually("idle passes", || (controller.passes() >= from + 3 + IDLE_PASSES).then_some(()));
    let idle = before.until_now(&world, &controller);

    tell(&format!("create, followed until Available ({minutes:.0} simulated minutes)"), &created);
    tell(&format!("new image, followed until Available ({update_minutes:.0} simulated minutes)"), &updated);
    tell(&format!("{} idle passes over the settled service", idle.passes), &idle);
    println!(
        "A deployment in flight is looked at every 5 or 15 s (simulated), as by default. The API server's count holds the bench's own POST or PATCH."
    );
    idle_beside_rival(1, &idle);
    println!("One service alone has nobody to share its call with; with more, see below.\n");
}

/// Moves the clock with every look until the object is Available. Gives the simulated minutes that it took.
fn follow(world: &World<'_>, controller: &Controller) -> f64 {
    let started = world.simulator.now();
    let mut passes = controller.passes();
    eventually("the service is Available", || {
        let now = controller.passes();
        for _ in passes..now {
            world.simulator.advance(until_the_next_look(world));
        }
        passes = now;
        (controller.available() == 1).then_some(())
    });
    world.simulator.now().since(started).as_secs_f64() / 60.0
}

fn until_the_next_look(world: &World<'_>) -> Duration {
    let services = world.simulator.with_model(|model| model.summary()).services;
    let stage =
        services.first().and_then(|service| service.deployment.as_ref()).and_then(|deployment| deployment.stage);
    if stage.is_some_and(|stage| LONG_STAGES.contains(&stage)) { A_LOOK_AT_A_LONG_STAGE } else { A_LOOK }
}

fn tell(what: &str, traffic: &Traffic) {
    println!("{what}: {} reconciles", traffic.passes);
    println!("  AWS calls (the simulator's journal):            {:>4}   {}", traffic.aws_calls(), listed(&traffic.aws));
    println!(
        "  Kubernetes writes (the controller's count):     {:>4}   {}",
        traffic.own_writes(),
        listed(&traffic.writes)
    );
    println!(
        "  Kubernetes writes (the API server's count):     {:>4}   {}",
        traffic.server_writes(),
        listed(&traffic.written())
    );
    println!("  Kubernetes reads of an object (API server):     {:>4}", traffic.server_reads());
    println!();
}

/// What one idle pass costs for each object, beside the rival's.
pub fn idle_beside_rival(objects: u64, idle: &Traffic) {
    let each = |count: u64| count as f64 / idle.passes as f64;
    let rows = [("AWS calls", each(idle.aws_calls())), ("Kubernetes writes", each(idle.server_writes()))];
    let rows: Vec<Vec<String>> = rows
        .into_iter()
        .map(|(what, ours)| row![what, format!("{ours:.3}"), rival::IDLE_PASS, rival::ratio(rival::IDLE_PASS, ours)])
        .collect();
    println!("For each object and idle pass, with {objects} settled, over {} passes:", idle.passes);
    table::print(&["", "Expressway", "ACK", "ACK / Expressway"], &rows);
    println!();
}
