//! `prove faults`: fault plans.

use std::time::Instant;

use clap::Args;

use crate::faults::{Plan, examine};

/// Which fault plans to run.
#[derive(Args, Debug)]
pub struct Faults {
    /// Only the plan of this seed, told call by call.
    #[arg(long)]
    seed: Option<u64>,
    /// How many plans.
    #[arg(long, default_value_t = 10_000)]
    plans: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Runs at once.
    #[arg(long, default_value_t = super::cores())]
    threads: usize,
}

impl Faults {
    /// Runs them. False: something did not come out as it has to.
    #[must_use]
    pub fn run(&self) -> bool {
        match self.seed {
            Some(seed) => replay(seed),
            None => all(self),
        }
    }
}

fn replay(seed: u64) -> bool {
    let plan = Plan::of(seed);
    println!("{plan:#?}");
    let lived = plan.disturbed(true);
    super::tell(&lived);
    let differences = plan.differences(&plan.undisturbed(), &lived);
    differences.iter().for_each(|difference| println!("{difference}"));
    differences.is_empty()
}

fn all(arguments: &Faults) -> bool {
    let begun = Instant::now();
    let failures = examine(arguments.from..arguments.from + arguments.plans, arguments.threads);
    failures.iter().for_each(|failure| println!("{failure}"));
    println!("{} plans, {} failed, {:.1} s", arguments.plans, failures.len(), begun.elapsed().as_secs_f64());
    failures.is_empty()
}
