//! `prove states`: what to explore, from the command line, and the row that it prints.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use super::cast::Policy;
use super::check::{Bounds, Explored, explore, replay};
use super::flaw::Flaw;
use super::moves::Fault;
use super::world::Budget;

/// Explores every history of one object within bounds.
#[derive(Args, Debug)]
pub struct Arguments {
    /// How many controllers believe that they lead.
    #[arg(long, default_value_t = 1)]
    controllers: u8,
    /// The policy: defaults, retain, report, adopt or observe.
    #[arg(long, default_value = "defaults")]
    policy: Policy,
    /// Edits, deletions, recreations and requests for a retry.
    #[arg(long, default_value_t = 2)]
    edits: u8,
    /// Changes that others make to the account.
    #[arg(long, default_value_t = 0)]
    outside: u8,
    /// Crashes, lost answers, repeated effects, stale readings, throttled calls, lost statuses, delays.
    #[arg(long, default_value_t = 1)]
    faults: u8,
    /// Breaks the controllers on purpose, to see that it is noticed.
    #[arg(long, default_value = "none")]
    flaw: Flaw,
    /// What does not go wrong: crash, lost, repeat, stale-ecs, stale-object, throttle, lost-status, delay.
    #[arg(long)]
    without: Vec<Fault>,
    /// Begins with an object that has come to rest.
    #[arg(long)]
    settled: bool,
    /// Most moves in a row.
    #[arg(long)]
    depth: Option<usize>,
    /// Seconds after which it stops, finished or not.
    #[arg(long)]
    seconds: Option<u64>,
    /// Threads.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Plays these moves and tells them, instead.
    #[arg(long)]
    replay: Option<String>,
}

impl Arguments {
    fn bounds(&self) -> Bounds {
        let Self { controllers, policy, flaw, settled, edits, outside, faults, depth, seconds, threads, .. } = *self;
        Bounds {
            controllers,
            budget: Budget { edits, outside, faults },
            policy,
            flaw,
            without: self.without.clone(),
            settled,
            depth,
            time: seconds.map(Duration::from_secs),
            threads,
        }
    }

    /// Runs, and prints one row; fails when a promise is broken.
    #[must_use]
    pub fn run(&self) -> ExitCode {
        let bounds = self.bounds();
        if let Some(steps) = &self.replay {
            return match replay(bounds, steps) {
                Ok(story) => {
                    println!("{story}");
                    ExitCode::SUCCESS
                }
                Err(error) => {
                    eprintln!("{error}");
                    ExitCode::from(2)
                }
            };
        }
        let explored = explore(bounds.clone());
        println!("{}", row(&bounds, &explored));
        for finding in &explored.findings {
            println!("\n{} is broken:\n{}replay: {}", finding.promise.as_ref(), finding.story, finding.replay);
        }
        if explored.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// One row of the table.
#[must_use]
pub fn row(bounds: &Bounds, explored: &Explored) -> String {
    let Bounds { controllers, policy, budget, settled, without, .. } = bounds;
    let from = if *settled { "rest" } else { "nothing" };
    let without: String = without.iter().map(|fault| format!(" (not {fault})")).collect();
    let Explored { states, unique, depth, took, complete, findings } = explored;
    let seen = if *complete { "all of them" } else { "not all" };
    format!(
        "| state space | {controllers} controller(s), {}, from {from}, {} edits, {} by others, {} faults{without} | {states} states, {unique} unique, \
         depth {depth}, {seen} | {} broken | {:.1} s |",
        policy.as_ref(),
        budget.edits,
        budget.outside,
        budget.faults,
        findings.len(),
        took.as_secs_f64()
    )
}
