//! What is measured all the time: memory, and counters that begin anew with each process.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::machine;
use crate::replica::Replica;
use crate::statistics::percentile;
use crate::vocabulary::page;
use crate::world::{LEADS, World};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// A process that acts for a shorter time has not read everything yet.
const GROWN_UP: Duration = Duration::from_secs(20);

/// What is counted: the counter's name in the pages of the controller, and its name here.
pub const COUNTERS: [(&str, &str); 3] = [
    ("expressway_reconciles_total", "reconciles"),
    ("expressway_aws_writes_total", "AWS writes"),
    ("expressway_kubernetes_writes_total", "Kubernetes writes"),
];

/// Resident memory at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    at: Instant,
    age: Duration,
    megabytes: f64,
}

/// All that was seen so far.
#[derive(Debug, Default)]
pub struct Samples(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    memory: Vec<Sample>,
    /// What each process had counted when it was seen last.
    counted: BTreeMap<u32, [u64; COUNTERS.len()]>,
    /// The process that acts, and since when.
    leader: Option<(u32, Instant)>,
}

/// Memory in two quarters of the time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Memory {
    /// The median in the second quarter, in MB.
    pub second: f64,
    /// The median in the last quarter.
    pub last: f64,
    /// The highest that was ever seen.
    pub highest: f64,
}

impl Samples {
    /// Looks again and again until `stop`, and keeps the replicas running meanwhile.
    pub fn take_until(&self, world: &World, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            for replica in &world.replicas {
                replica.keep_running();
                self.take(replica, world.replicas.len() == 1);
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// One look. `is_alone`: no other could lead.
    pub fn take(&self, replica: &Replica, is_alone: bool) {
        let Some(process) = replica.process_id() else { return };
        let Some(page) = replica.metrics() else { return };
        let megabytes = machine::memory(process).now;
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.counted.insert(process, COUNTERS.map(|(metric, _)| page::sum_of(&page, metric, &[])));
        if (is_alone || page::sum_of(&page, LEADS, &[]) > 0) && megabytes > 0.0 {
            seen.acts(process, Instant::now(), megabytes);
        }
    }

    /// A counter, over all processes.
    pub fn count(&self, name: &str) -> u64 {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = COUNTERS.iter().position(|(_, counter)| *counter == name).expect("a counter");
        seen.counted.values().map(|counts| counts[place]).sum()
    }

    /// Memory of grown-up processes in the second and in the last quarter of the time from `start` to `end`.
    pub fn memory(&self, start: Instant, end: Instant) -> Option<Memory> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        memory(&seen.memory, start, end)
    }
}

impl Seen {
    fn acts(&mut self, process: u32, now: Instant, megabytes: f64) {
        let since = self.leader.filter(|(leader, _)| *leader == process).map_or(now, |(_, since)| since);
        self.leader = Some((process, since));
        self.memory.push(Sample { at: now, age: now - since, megabytes });
    }
}

fn memory(samples: &[Sample], start: Instant, end: Instant) -> Option<Memory> {
    let quarter = (end - start) / 4;
    let median = |from: Instant, to: Instant| {
        let fits = |it: &&Sample| (from..to).contains(&it.at) && it.age >= GROWN_UP;
        let values: Vec<f64> = samples.iter().filter(fits).map(|it| it.megabytes).collect();
        (!values.is_empty()).then(|| percentile(&values, 0.5))
    };
    Some(Memory {
        second: median(start + quarter, start + quarter * 2)?,
        last: median(start + quarter * 3, end)?,
        highest: samples.iter().map(|it| it.megabytes).fold(0.0, f64::max),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_compared_between_grown_up_processes_of_two_quarters() {
        let start = Instant::now();
        let sample = |second: u64, age: u64, megabytes| Sample {
            at: start + Duration::from_secs(second),
            age: Duration::from_secs(age),
            megabytes,
        };
        let samples = [sample(10, 10, 1.0), sample(30, 30, 20.0), sample(45, 1, 5.0), sample(80, 36, 30.0)];
        let seen = memory(&samples, start, start + Duration::from_secs(100));
        assert_eq!(seen, Some(Memory { second: 20.0, last: 30.0, highest: 30.0 }));
        assert_eq!(memory(&samples[..3], start, start + Duration::from_secs(100)), None, "nothing in the last quarter");
    }

    #[test]
    fn a_process_that_takes_over_has_to_grow_up_first() {
        let start = Instant::now();
        let mut seen = Seen::default();
        for (process, second) in [(1, 0), (1, 30), (2, 40), (2, 45), (1, 50)] {
            seen.acts(process, start + Duration::from_secs(second), 1.0);
        }
        let ages: Vec<u64> = seen.memory.iter().map(|sample| sample.age.as_secs()).collect();
        assert_eq!(ages, [0, 30, 0, 5, 0]);
    }
}
