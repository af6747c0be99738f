//! Many services: how long until all are created and Available, what the process holds, and what an idle pass costs.

use std::time::{Duration, Instant};

use futures::{StreamExt, stream};

use super::controller::Controller;
use super::life::idle_beside_rival;
use super::machine::Memory;
use super::patience::eventually;
use super::rival;
use super::row;
use super::table;
use super::traffic::{Moment, Traffic, listed};
use super::world::{A_WHOLE_ROLLOUT, Cluster, World, create};

/// Connections on which the bench applies objects.
const APPLIERS: usize = 8;

/// A tenth of the default waits, in the same ratio to each other, so that as many objects share a call as by default.
const TENTH: [&str; 3] = ["--observe-interval=6s", "--batch-window=100ms", "--full-observe-interval=10m"];

/// Idle passes over every object.
const IDLE_PASSES: u64 = 2;

/// What was measured.
struct Fleet {
    empty: Memory,
    applied: Duration,
    created: Duration,
    ready: Duration,
    worked: Memory,
    restarted: Memory,
    restart: Traffic,
    idle: Traffic,
}

pub fn measure(cluster: &Cluster, count: u64) {
    table::heading(&format!("{count} services: time, memory, and idle passes"));
    let world = cluster.world(&format!("fleet-{count}"));
    let fleet = grow(&world, count);
    times(&fleet, count);
    memory(&fleet, count);
    calls(&fleet, count);
}

fn grow(world: &World<'_>, count: u64) -> Fleet {
    let controller = world.controller(&[]);
    let empty = controller.memory();
    let started = Instant::now();
    let from = super::world::now_micros();
    let since = world.last_call();
    let applied = apply(world, count);
    let created = eventually("all are created", || all_created(world, since, count)) - from;
    let created = Duration::from_micros(created);
    world.simulator.advance(A_WHOLE_ROLLOUT);
    eventually("all are Available", || (controller.available() == count).then_some(()));
    let ready = started.elapsed();
    let worked = controller.memory();
    drop(controller);

    let controller = world.controller(&TENTH);
    let before = Moment::now(world, &controller);
    eventually("all were read after a restart", || (controller.available() == count).then_some(()));
    let restarted = controller.memory();
    let restart = before.until_now(world, &controller);
    let idle = idle(world, &controller, count);
    Fleet { empty, applied, created, ready, worked, restarted, restart, idle }
}

/// Applies `count` new objects on several connections. Gives how long that took.
fn apply(world: &World<'_>, count: u64) -> Duration {
    let started = Instant::now();
    let objects = stream::iter(0..count).for_each_concurrent(APPLIERS, |number| {
        let api = world.api();
        async move { create(api, &format!("service-{number}"), "nginx:1").await }
    });
    world.cluster.runtime.block_on(objects);
    started.elapsed()
}

/// When the last of `count` creates arrived, by the real clock in microseconds.
fn all_created(world: &World<'_>, since: u64, count: u64) -> Option<u64> {
    if world.simulator.with_model(|model| model.summary().services.len() as u64) < count {
        return None;
    }
    world.calls_of("CreateExpressGatewayService", since).last().map(|call| call.received_at_micros)
}

fn idle(world: &World<'_>, controller: &Controller, count: u64) -> Traffic {
    let from = controller.passes();
    eventually("a first idle pass", || (controller.passes() >= from + count / 2).then_some(()));
    let (before, from) = (Moment::now(world, controller), controller.passes());
    eventually("idle passes", || (controller.passes() >= from + IDLE_PASSES * count).then_some(()));
    before.until_now(world, controller)
}

fn times(fleet: &Fleet, count: u64) {
    let seconds = |time: Duration| format!("{:.1}", time.as_secs_f64());
    let ratio = match count {
        1000 => rival::ratio(rival::THOUSAND_CREATED, fleet.created.as_secs_f64()),
        _ => String::new(),
    };
    let ack = if count == 1000 { format!("{}", rival::THOUSAND_CREATED) } else { String::new() };
    table::print(
        &["seconds, from the first apply", "Expressway", "ACK", "ACK / Expressway"],
        &[
            row![format!("all applied by the bench, on {APPLIERS} connections"), seconds(fleet.applied), "", ""],
            row!["all created in ECS", seconds(fleet.created), ack, ratio],
            row!["all Available (the simulated rollouts end at once)", seconds(fleet.ready), "", ""],
        ],
    );
    println!();
}

fn memory(fleet: &Fleet, count: u64) {
    let mb = |value: f64| format!("{value:.1}");
    let line = |what: &str, memory: Memory, ack: Option<f64>| {
        let (ack, ratio) = ack.map_or_else(Default::default, |ack| (ack.to_string(), rival::ratio(ack, memory.now)));
        row![what, mb(memory.now), mb(memory.highest), ack, ratio]
    };
    let of_many = (count == 1000).then_some(rival::MEMORY_THOUSAND);
    table::print(
        &["resident memory, MB (10^6 bytes)", "VmRSS", "VmHWM", "ACK", "ACK / Expressway"],
        &[
            line("no service", fleet.empty, Some(rival::MEMORY_EMPTY)),
            line(&format!("{count} settled, by the process that created them"), fleet.worked, of_many),
            line(&format!("{count} settled, after a restart"), fleet.restarted, of_many),
        ],
    );
    println!("  ({} threads)\n", fleet.worked.threads);
}

fn calls(fleet: &Fleet, count: u64) {
    let passes = fleet.restart.passes;
    println!(
        "The first pass after a restart reads everything: {passes} reconciles made {} AWS calls",
        fleet.restart.aws_calls()
    );
    println!("  ({}) and {} Kubernetes writes.", listed(&fleet.restart.aws), fleet.restart.server_writes());
    println!(
        "Idle passes: {}; {} reads and {} writes of Kubernetes objects.",
        listed(&fleet.idle.aws),
        fleet.idle.server_reads(),
        fleet.idle.server_writes()
    );
    println!(
        "  (Waits are a tenth of the defaults. By default every tenth pass reads everything, as after a restart.)\n"
    );
    idle_beside_rival(count, &fleet.idle);
}
