//! `prove`: runs one of the proofs and prints a row of the table. `make prove` runs them all.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use proof::state_space;

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
}

fn main() -> ExitCode {
    match Prove::parse().what {
        What::States(arguments) => arguments.run(),
    }
}
