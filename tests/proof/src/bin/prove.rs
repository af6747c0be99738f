//! `prove`: runs one of the proofs and prints a row of the table. `make prove` runs them all.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;
use proof::{command, state_space};

/// Half of a run is small values that come and go.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[derive(Parser, Debug)]
#[command(about = "Shows by machine what Expressway promises")]
struct Prove {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Every history of one object within bounds.
    States(state_space::Arguments),
    /// Every crash point of every workload, and every two of them.
    Crashes(command::Crashes),
    /// Random workloads under random faults.
    Faults(command::Faults),
}

fn main() -> ExitCode {
    let proved = |holds| if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    match Prove::parse().what {
        What::States(arguments) => arguments.run(),
        What::Crashes(arguments) => proved(arguments.run()),
        What::Faults(arguments) => proved(arguments.run()),
    }
}
