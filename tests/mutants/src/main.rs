//! Mutants: changes the code in every way that cargo-mutants lists, and looks whether a test notices. See README.md.

mod compile;
mod graft;
mod list;
mod parallel;
mod part;
mod reach;
mod record;
mod survivors;
mod table;
mod trial;
mod trials;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use thiserror::Error;

use crate::part::Part;

/// Why there is no verdict.
#[derive(Debug, Error)]
pub enum Failed {
    /// A program is not there.
    #[error("{0:?} did not start: {1}")]
    Start(PathBuf, std::io::Error),
    /// A program said that it failed.
    #[error("{0} failed:\n{1}")]
    Said(&'static str, String),
    /// Another version of cargo-mutants.
    #[error("cargo-mutants writes its list in a way that is not known here: {0}")]
    List(#[from] serde_json::Error),
    /// A file could not be read or written.
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
    /// A source could not be read.
    #[error("{0} is not Rust: {1}")]
    Parse(String, syn::Error),
    /// A run that was cut off has left its mutants in the source.
    #[error("{0} has the mutants of a run that was cut off in it: run thin.sh first, as `make mutants` does")]
    Grafted(String),
    /// The list of equivalent mutants, or README.md, has another form.
    #[error("{0}")]
    Survivors(String),
}

/// Runs the mutants of the parts named, all of them unless told otherwise.
#[derive(Debug, Parser)]
pub struct Arguments {
    /// Which parts.
    #[arg(value_enum, required = true)]
    parts: Vec<Part>,
    /// The thin packages that thin.sh wrote.
    #[arg(long, default_value = "target/mutants")]
    packages: PathBuf,
    /// cargo-mutants, which lists the mutants.
    #[arg(long, default_value = "target/tools/bin/cargo-mutants")]
    cargo_mutants: PathBuf,
    /// Where README.md and the lists of equivalent mutants are.
    #[arg(long, default_value = "tests/mutants")]
    book: PathBuf,
    /// Only mutants that have this, or one of these, in their name.
    #[arg(long)]
    only: Vec<String>,
    /// Go on where the last run was cut off, and try again what it missed: what it caught stays caught as long as the
    /// mutant's file is the same.
    #[arg(long)]
    resume: bool,
    /// Leave out the slow tests (property tests, mostly): quicker, and stricter.
    #[arg(long)]
    quick: bool,
    /// Write the table into README.md.
    #[arg(long, conflicts_with = "only")]
    write: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut code = ExitCode::SUCCESS;
    for part in &arguments.parts {
        match trials::of(*part, &arguments) {
            Ok(true) => {}
            Ok(false) => code = ExitCode::FAILURE,
            Err(failed) => {
                eprintln!("{failed}");
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}
