//! Fault plans: a random workload under random faults, both from one seed.

use std::fmt;
use std::ops::Range;
use std::time::Duration;

use express_simulator::model::ErrorKind;
use express_simulator::wire::Operation;
use fastrand::Rng;
use serde_json::Value;

use crate::crashes::differences_within;
use crate::parallel::in_parallel;
use crate::random::random_workload;
use crate::run::{Beginning, Lived, live};
use crate::weather::Climate;
use crate::workload::Workload;
use crate::world::{Call, Fortune, Mishap, Moment, Point};

/// So many plans have the same workload, each with other faults.
const PLANS_OF_A_WORKLOAD: u64 = 4;

/// A plan: what happens, and what goes wrong.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where it comes from.
    pub seed: u64,
    /// What happens.
    pub workload: Workload,
    kinds: Vec<Kind>,
    /// One call in so many goes wrong.
    rarity: u32,
    climate: Climate,
}

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Throttled,
    ServerError,
    ServerErrorAfter,
    AccessDenied,
    AnswerLost,
    Hang,
    Late,
    Conflict,
    ApiServerError,
    ApiServerErrorAfter,
    Death,
    EditMeanwhile,
    ClockJump,
}

const KINDS: [Kind; 13] = [
    Kind::Throttled,
    Kind::ServerError,
    Kind::ServerErrorAfter,
    Kind::AccessDenied,
    Kind::AnswerLost,
    Kind::Hang,
    Kind::Late,
    Kind::Conflict,
    Kind::ApiServerError,
    Kind::ApiServerErrorAfter,
    Kind::Death,
    Kind::EditMeanwhile,
    Kind::ClockJump,
];

/// A run that did not come out as it has to.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Its seed.
    pub seed: u64,
    /// What is wrong.
    pub what: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "prove faults --seed {}", self.seed)?;
        self.what.iter().try_for_each(|what| write!(f, "\n  {what}"))
    }
}

impl Plan {
    /// The plan of this seed.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let workload = random_workload(&mut Rng::with_seed(seed / PLANS_OF_A_WORKLOAD));
        let mut rng = Rng::with_seed(seed);
        let kinds = rng.choose_multiple(KINDS, rng.clone().usize(1..=4));
        let rarity = rng.u32(1..=12);
        // What a clock that leaps ahead makes of the time that ECS is given to show something, nobody can mend.
        let staleness: &[u64] = if kinds.contains(&Kind::ClockJump) { &[0] } else { &[0, 0, 0, 2, 10, 30, 50] };
        let climate = Climate {
            lasts: Duration::from_secs(rng.u64(1..=240)),
            staleness: Duration::from_secs(*rng.choice(staleness).unwrap_or(&0)),
            watch_delay: Duration::from_secs(*rng.choice(&[0, 0, 1, 20]).unwrap_or(&0)),
            watch_loses: *rng.choice(&[0, 0, 2, 3]).unwrap_or(&0),
        };
        Self { seed, workload, kinds, rarity, climate }
    }

    /// Lives through it without anything going wrong.
    #[must_use]
    pub fn undisturbed(&self) -> Lived {
        self.live(Box::new(|_| None), Climate::default(), false)
    }

    /// Lives through it, and keeps what was left at each boundary where that is wanted.
    #[must_use]
    pub fn disturbed(&self, is_recorded: bool) -> Lived {
        self.live(self.fortune(), self.climate, is_recorded)
    }

    /// What of a disturbed run is not as in the undisturbed one.
    #[must_use]
    pub fn differences(&self, calm: &Lived, disturbed: &Lived) -> Vec<String> {
        let bound = |operation, undisturbed: usize| match operation {
            // As long as ECS shows tags of before, they may be written again at each look: nothing comes of it.
            Operation::TagResource | Operation::UntagResource if !self.climate.staleness.is_zero() => usize::MAX,
            // Whether somebody's change is undone before the edit that follows it soon is chance.
            Operation::TagResource | Operation::UpdateExpressGatewayService if self.workload.edits_a_change_soon() => {
                undisturbed + 1
            }
            _ => undisturbed,
        };
        if !self.loses_sight() {
            return differences_within(bound, calm, disturbed);
        }
        let (mut calm, mut disturbed) = (calm.clone(), disturbed.clone());
        [&mut calm.end, &mut disturbed.end].into_iter().for_each(forget_corrections);
        differences_within(bound, &calm, &disturbed)
    }

    /// Whether the record of what was sent can be lost while ECS does not show it yet: of several edits, the rollout of an
    /// earlier one may then be taken for somebody's change, and counts as one that was undone.
    fn loses_sight(&self) -> bool {
        let loses = [
            Kind::Conflict,
            Kind::ApiServerError,
            Kind::ApiServerErrorAfter,
            Kind::AnswerLost,
            Kind::Hang,
            Kind::Death,
        ];
        !self.climate.staleness.is_zero() && self.kinds.iter().any(|kind| loses.contains(kind))
    }

    fn live(&self, fortune: Fortune, climate: Climate, is_recorded: bool) -> Lived {
        live(Beginning { workload: &self.workload, left: None, is_recorded, fortune, climate })
    }

    fn fortune(&self) -> Fortune {
        let mut rng = Rng::with_seed(self.seed ^ 0x5eed);
        let (kinds, rarity, lasts) = (self.kinds.clone(), self.rarity, self.climate.lasts);
        Box::new(move |moment| {
            if moment.since_act >= lasts || rng.u32(0..rarity) != 0 {
                return None;
            }
            let kind = *rng.choice(&kinds)?;
            mishap(kind, moment, &mut rng)
        })
    }
}

fn forget_corrections(end: &mut Value) {
    if let Some(status) = end.pointer_mut("/object/status").and_then(Value::as_object_mut) {
        status.remove("driftCorrections");
    }
}

/// What this kind does to this call; `None`: it does nothing to such a call.
fn mishap(kind: Kind, moment: &Moment, rng: &mut Rng) -> Option<Mishap> {
    let of_ecs = matches!(moment.call, Call::Ecs(_));
    let effect = moment.call.is_effect();
    Some(match kind {
        Kind::Throttled if of_ecs => Mishap::Refused(ErrorKind::Throttling),
        Kind::ServerError if of_ecs => Mishap::Refused(ErrorKind::Server),
        Kind::ServerErrorAfter if of_ecs => Mishap::FailedAfter(ErrorKind::Server),
        Kind::AccessDenied if of_ecs => Mishap::Refused(ErrorKind::AccessDenied),
        Kind::Conflict if !of_ecs && effect => Mishap::Status(409),
        Kind::ApiServerError if !of_ecs => Mishap::Status(*rng.choice(&[500, 503, 504, 429])?),
        Kind::ApiServerErrorAfter if !of_ecs => Mishap::StatusAfter(*rng.choice(&[500, 504])?),
        Kind::AnswerLost => Mishap::Crash(Point::Lost),
        Kind::Hang => Mishap::Hangs { effect: rng.bool() },
        Kind::Late => Mishap::Late(Duration::from_millis(rng.u64(1..9_000))),
        Kind::Death => Mishap::Crash(if rng.bool() { Point::Before } else { Point::After }),
        Kind::EditMeanwhile => Mishap::Meanwhile,
        Kind::ClockJump => Mishap::ClockJumps(*rng.choice(&[-3600, -120, -5, 5, 120, 3600])?),
        _ => return None,
    })
}

/// Lives through the plans of these seeds. Gives those that failed.
#[must_use]
pub fn examine(seeds: Range<u64>, threads: usize) -> Vec<Failure> {
    let seeds: Vec<u64> = seeds.collect();
    let groups: Vec<&[u64]> = seeds.chunk_by(|a, b| a / PLANS_OF_A_WORKLOAD == b / PLANS_OF_A_WORKLOAD).collect();
    in_parallel(&groups, threads, &|group| examine_group(group)).into_iter().flatten().collect()
}

/// Plans of one workload: it is lived through undisturbed once for all of them.
fn examine_group(seeds: &[u64]) -> Vec<Failure> {
    let Some(first) = seeds.first() else { return Vec::new() };
    let calm = Plan::of(*first).undisturbed();
    let failure = |seed: &u64| {
        let plan = Plan::of(*seed);
        let what = plan.differences(&calm, &plan.disturbed(false));
        (!what.is_empty()).then_some(Failure { seed: *seed, what })
    };
    seeds.iter().filter_map(failure).collect()
}

#[cfg(test)]
#[path = "faults_tests.rs"]
mod tests;
