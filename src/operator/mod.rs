//! The process: arguments, health and metrics endpoints, leader election, logs, shutdown.

mod arguments;
mod election;
mod endpoints;
mod failure;
mod kubernetes;
mod leadership;
mod lease;
mod logs;
mod run;
mod signals;

use std::io::{self, Write};
use std::process::ExitCode;

use arguments::{Arguments, Command};
use failure::Failure;

/// The whole program: reads the arguments, does what they ask, and tells how it went.
///
/// Exit code 0: done, or stopped as asked. 1: it cannot work; one line on stderr says why. 2: the arguments are wrong.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match arguments::read(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(answer) => return answer.give(),
    };
    match carry_out(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("expressway: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

fn carry_out(arguments: Arguments) -> Result<(), Failure> {
    match arguments.command {
        Command::Run(arguments) => run::run(*arguments),
        Command::Crd => print(&crate::api::crd::crd_yaml()),
    }
}

/// Prints, and takes a reader that has seen enough (`expressway crd | head`) for success.
fn print(text: &str) -> Result<(), Failure> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Print(error)),
        _ => Ok(()),
    }
}
