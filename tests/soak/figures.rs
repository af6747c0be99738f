//! The figures of a soak, as tables.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::calm::{IDLE_PASSES, Idle};
use crate::disturb::Disturbed;
use crate::machine;
use crate::replica::End;
use crate::samples::Memory;
use crate::schedule::Disturbance;
use crate::settings::Settings;
use crate::statistics::percentile;
use crate::table;
use crate::world::World;

/// What is told.
pub struct Told {
    pub trouble: Duration,
    pub settled_after: f64,
    pub moves: BTreeMap<&'static str, usize>,
    pub objects: usize,
    pub aws_calls: usize,
    pub aws_writes: usize,
    pub reconciles: u64,
    pub kubernetes_writes: u64,
    pub expired: usize,
    pub ends: Vec<End>,
    pub idle: Option<Idle>,
    pub memory: Option<Memory>,
    pub disturbed: Disturbed,
}

/// How often the controller was told that its watch has expired.
pub fn expired(world: &World) -> usize {
    world.log().lines().filter(|line| line.contains("too old resource version") || line.contains("Expired")).count()
}

/// Prints all of it.
pub fn print(settings: &Settings, told: &Told) {
    table::heading(&format!("{} services, seed {}", settings.services, settings.seed));
    println!("{}\n", machine::description());
    let mut rows = vec![
        row("seconds of trouble", format!("{:.0}", told.trouble.as_secs_f64())),
        row("seconds after it until all was as declared", format!("{:.1}", told.settled_after)),
        row("objects at the end", told.objects),
    ];
    rows.extend(told.moves.iter().map(|(name, count)| row(&format!("users' moves: {name}"), count)));
    rows.extend([
        row("reconciles until then", told.reconciles),
        row("AWS calls until then", told.aws_calls),
        row("AWS calls that write, failed ones too", told.aws_writes),
        row("Kubernetes writes until then", told.kubernetes_writes),
        row("watches that were told they expired", told.expired),
        row("replicas that ended by themselves", told.ends.len()),
    ]);
    if let Some(Idle { aws, kubernetes }) = told.idle {
        rows.push(row(&format!("writes to AWS in {IDLE_PASSES} idle passes over all objects"), aws));
        rows.push(row("writes to Kubernetes in them", kubernetes));
    }
    table::print(&["", "count"], &rows);
    disturbances(&told.disturbed);
    memory(told.memory);
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    told.ends.iter().for_each(|end| *ends.entry(format!("{}: {}", end.status, end.said)).or_default() += 1);
    ends.iter().for_each(|(end, count)| println!("  ended by itself {count} times, {end}"));
    println!("\n  Counters of the controller are read twice a second: what a killed process counted last is missing.");
}

fn disturbances(disturbed: &Disturbed) {
    table::heading("From the end of a disturbance until an edit made then had reached ECS, in seconds");
    let line = |(what, times): (&Disturbance, &Vec<f64>)| {
        let time = |share| format!("{:.1}", percentile(times, share));
        vec![what.words().to_owned(), times.len().to_string(), time(0.5), time(1.0)]
    };
    let rows: Vec<Vec<String>> = disturbed.recoveries.iter().map(line).collect();
    table::print(&["", "times", "median", "longest"], &rows);
    let longest = disturbed.shutdowns.iter().copied().fold(0.0, f64::max);
    println!("\n  SIGTERM ended the leader with 0 {} times, in {longest:.1} s at most.", disturbed.shutdowns.len());
}

fn memory(memory: Option<Memory>) {
    match memory {
        None => println!("\n  Too short to compare memory."),
        Some(Memory { second, last, highest }) => println!(
            "\n  Resident memory of the leader, once it leads for 20 s: median {second:.1} MB in the second quarter of the \
             time, {last:.1} MB in the last ({:+.0} %); {highest:.1} MB at most.",
            (last / second - 1.0) * 100.0
        ),
    }
}

fn row(what: &str, count: impl std::fmt::Display) -> Vec<String> {
    vec![what.to_owned(), count.to_string()]
}
