//! `prove crashes`: crash points.

use std::time::{Duration, Instant};

use clap::Args;
use expressway::controller::gate::Write;
use strum::IntoEnumIterator;

use crate::crashes::{Plan, differences, go_on, hit};
use crate::exam::{Outcome, Share, examine};
use crate::workload::Workload;
use crate::workloads;
use crate::world::Point;

/// Which crash points to run.
#[derive(Args, Debug)]
pub struct Crashes {
    /// Only this workload.
    #[arg(long)]
    workload: Option<String>,
    /// Only this run: where the controller is hit, such as `12.after,17.before`.
    #[arg(long, value_delimiter = ',', requires = "workload", value_parser = point)]
    at: Vec<(usize, Point)>,
    /// Of the runs with one hit, one of so many.
    #[arg(long, default_value_t = 1)]
    singles: usize,
    /// Of the runs with two hits, one of so many; 0: none.
    #[arg(long, default_value_t = 1)]
    pairs: usize,
    /// For so many seconds a controller that died is not there.
    #[arg(long, default_value_t = 0)]
    down: u64,
    /// Tell of one undisturbed run, call by call.
    #[arg(long, requires = "workload")]
    tell: bool,
    /// Runs at once.
    #[arg(long, default_value_t = super::cores())]
    threads: usize,
}

impl Crashes {
    /// Runs them. False: something did not come out as it has to.
    #[must_use]
    pub fn run(&self) -> bool {
        let wanted = |workload: &Workload| self.workload.as_ref().is_none_or(|name| *name == workload.name);
        let down = |workload| Workload { is_down_for: Duration::from_secs(self.down), ..workload };
        let chosen: Vec<Workload> = workloads::all().into_iter().filter(wanted).map(down).collect();
        match chosen.as_slice() {
            [] => {
                println!("there is no such workload");
                false
            }
            [workload] if self.tell || !self.at.is_empty() => replay(workload, &self.at),
            chosen => all(chosen, self),
        }
    }
}

fn replay(workload: &Workload, plan: &Plan) -> bool {
    let (calm, lived) = (hit(workload, &[]), go_on(workload, None, plan, true));
    super::tell(&lived);
    let differences = differences(&calm, &lived);
    differences.iter().for_each(|difference| println!("{difference}"));
    differences.is_empty()
}

fn all(workloads: &[Workload], arguments: &Crashes) -> bool {
    let begun = Instant::now();
    println!("{:<26} {:>10} {:>8} {:>8} {:>8} {:>7}", "workload", "boundaries", "singles", "pairs", "same", "failed");
    let mut outcomes = Vec::new();
    for workload in workloads {
        let share = Share { singles: arguments.singles, pairs: arguments.pairs };
        let outcome = examine(workload, share, arguments.threads);
        row(&workload.name, &outcome);
        outcome.failures.iter().for_each(|failure| println!("{failure}"));
        outcomes.push(outcome);
    }
    let sum = |of: fn(&Outcome) -> usize| outcomes.iter().map(of).sum::<usize>();
    let failed = sum(|outcome| outcome.failures.len());
    println!(
        "{:<26} {:>10} {:>8} {:>8} {:>8} {:>7}   {:.1} s",
        format!("{} workloads", outcomes.len()),
        sum(|outcome| outcome.boundaries),
        sum(|outcome| outcome.singles),
        sum(|outcome| outcome.pairs),
        sum(|outcome| outcome.same),
        failed,
        begun.elapsed().as_secs_f64(),
    );
    let is_whole = arguments.workload.is_none() && arguments.singles == 1;
    failed == 0 && (is_covered(&outcomes) || !is_whole)
}

/// Whether every write of the controller's own list was hit in each way.
fn is_covered(outcomes: &[Outcome]) -> bool {
    let every = || Write::iter().flat_map(|write| Point::iter().map(move |point| (write, point)));
    let is_hit = |hit: &(Write, Point)| outcomes.iter().any(|outcome| outcome.hits.contains(hit));
    let missed: Vec<String> =
        every().filter(|hit| !is_hit(hit)).map(|(write, point)| format!("{write}.{point}")).collect();
    let (all, writes) = (every().count(), Write::iter().count());
    println!("{} of {all} hit: {writes} kinds of write, each before, lost and after", all - missed.len());
    if !missed.is_empty() {
        println!("not hit: {}", missed.join(", "));
    }
    missed.is_empty()
}

fn row(name: &str, outcome: &Outcome) {
    let Outcome { boundaries, singles, pairs, same, failures, .. } = outcome;
    println!("{name:<26} {boundaries:>10} {singles:>8} {pairs:>8} {same:>8} {:>7}", failures.len());
}

fn point(text: &str) -> Result<(usize, Point), String> {
    let (place, point) = text.split_once('.').ok_or("a point is a number, a dot, and before, lost or after")?;
    let place = place.parse().map_err(|_| format!("{place:?} is no number"))?;
    Ok((place, point.parse().map_err(|_| format!("{point:?} is neither before, lost nor after"))?))
}
