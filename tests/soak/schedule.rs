//! What is disturbed and when: by chance, but the same chance for the same seed.

use std::time::Duration;

use fastrand::Rng;

/// Something that goes wrong around the controller, or with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Disturbance {
    /// `kill -9` of the leader.
    ControllerKilled,
    /// SIGTERM to the leader.
    ControllerTerminated,
    /// The leader is paused (SIGSTOP) in the middle of what it does, often for longer than its Lease, and goes on.
    ControllerPaused,
    /// Somebody else takes the Lease, and never renews it.
    LeaseTaken,
    /// Somebody deletes the Lease.
    LeaseDeleted,
    /// `kill -9` of the API server.
    ApiServerKilled,
    /// The API server takes connections and answers nothing (SIGSTOP), and then answers all.
    ApiServerUnreachable,
    /// `kill -9` of etcd.
    EtcdKilled,
    /// etcd forgets the revision that the watch would go on from, and so does the API server, which is started again: 410.
    WatchExpired,
    /// `kill -9` of the simulator.
    EcsKilled,
    /// Calls have their effect, and are answered long after the controller has given up.
    EcsHangs,
    /// ECS takes connections and does nothing (SIGSTOP); what was called meanwhile has its effect later.
    EcsFrozen,
    /// Some calls are throttled, some fail before and some after their effect, some answers are lost.
    EcsErrs,
    /// Every call is refused, as when somebody takes the role's permissions away.
    EcsRefuses,
    /// Reads show what was true two seconds ago: two minutes, as ECS's time runs.
    EcsStale,
}

impl Disturbance {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::ControllerKilled,
        Self::ControllerTerminated,
        Self::ControllerPaused,
        Self::LeaseTaken,
        Self::LeaseDeleted,
        Self::ApiServerKilled,
        Self::ApiServerUnreachable,
        Self::EtcdKilled,
        Self::WatchExpired,
        Self::EcsKilled,
        Self::EcsHangs,
        Self::EcsFrozen,
        Self::EcsErrs,
        Self::EcsRefuses,
        Self::EcsStale,
    ];

    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::ControllerKilled => "leader: kill -9",
            Self::ControllerTerminated => "leader: SIGTERM",
            Self::ControllerPaused => "leader: paused (SIGSTOP) and on again",
            Self::LeaseTaken => "leader lost: its Lease is taken",
            Self::LeaseDeleted => "leader lost: its Lease is deleted",
            Self::ApiServerKilled => "API server: kill -9",
            Self::ApiServerUnreachable => "API server: unreachable (SIGSTOP) and back",
            Self::EtcdKilled => "etcd: kill -9",
            Self::WatchExpired => "watch expired (compaction, and a restart of the API server)",
            Self::EcsKilled => "ECS: kill -9 of the simulator",
            Self::EcsHangs => "ECS: calls act, and are answered too late",
            Self::EcsFrozen => "ECS: frozen (SIGSTOP), calls act later",
            Self::EcsErrs => "ECS: throttled, failed, answers lost",
            Self::EcsRefuses => "ECS: access denied",
            Self::EcsStale => "ECS: stale reads",
        }
    }
}

/// One disturbance to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    /// How long after the last one has ended.
    pub after: Duration,
    /// What.
    pub what: Disturbance,
    /// How long it holds.
    pub hold: Duration,
}

/// All that is to come, without an end: each kind once in any order, and the controller killed twice more; then anew.
#[derive(Debug)]
pub struct Schedule {
    rng: Rng,
    bag: Vec<Disturbance>,
}

impl Schedule {
    /// The one of this seed.
    pub fn new(seed: u64) -> Self {
        Self { rng: Rng::with_seed(seed), bag: Vec::new() }
    }

    /// Each kind once, after one another, and shortly.
    pub fn each_once(seed: u64) -> Vec<Planned> {
        let mut schedule = Self::new(seed);
        schedule.bag = Disturbance::ALL.to_vec();
        schedule.rng.shuffle(&mut schedule.bag);
        let all = schedule.by_ref().take(Disturbance::ALL.len());
        all.map(|planned| Planned { after: planned.after / 12, hold: planned.hold / 3, ..planned }).collect()
    }
}

impl Iterator for Schedule {
    type Item = Planned;

    fn next(&mut self) -> Option<Planned> {
        if self.bag.is_empty() {
            self.bag = [&Disturbance::ALL[..], &[Disturbance::ControllerKilled; 2]].concat();
            self.rng.shuffle(&mut self.bag);
        }
        let what = self.bag.pop()?;
        let after = Duration::from_millis(self.rng.u64(1_000..12_000));
        Some(Planned { after, what, hold: Duration::from_millis(self.rng.u64(300..8_000)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_disturbances() {
        let first = |seed| Schedule::new(seed).take(50).collect::<Vec<_>>();
        assert_eq!(first(7), first(7));
        assert_ne!(first(7), first(8));
    }

    #[test]
    fn no_kind_is_left_out() {
        let kinds = |planned: Vec<Planned>| {
            let mut kinds: Vec<Disturbance> = planned.into_iter().map(|planned| planned.what).collect();
            kinds.sort();
            kinds.dedup();
            kinds
        };
        assert_eq!(kinds(Schedule::each_once(7)), Disturbance::ALL);
        assert_eq!(Schedule::each_once(7).len(), Disturbance::ALL.len());
        assert_eq!(kinds(Schedule::new(7).take(Disturbance::ALL.len() + 2).collect()), Disturbance::ALL);
    }
}
