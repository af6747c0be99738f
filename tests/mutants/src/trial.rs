//! One run of the tests with one mutant switched on: does a test notice?

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::Failed;
use crate::reach::Test;

/// A mutant may ask for memory without end: no more than this, in KiB.
const MEMORY: u64 = 4 * 1024 * 1024;

/// A mutant that uses the processor so many times as long as the tests without it, and a moment, does not end.
const SLOWER: u32 = 10;
const GRACE: Duration = Duration::from_secs(10);

/// One that waits, without using the processor, does not end either. The machine may be busy: it gets that much longer.
const BUSY: u32 = 30;

const SIGKILL: i32 = 9;
const SIGXCPU: i32 = 24;

/// What the tests say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// A test failed, or the program died.
    Caught,
    /// Every test passed.
    Missed,
    /// It does not end: an endless loop is noticed, too.
    Timeout,
}

/// The program with the tests, and where it runs: tests read files from there.
#[derive(Debug)]
pub struct Tests<'a> {
    pub program: &'a Path,
    pub package: &'a Path,
}

impl Tests<'_> {
    /// Lets the mutant with this number meet the groups of tests, one group after the other.
    pub fn meet(&self, number: usize, groups: &[Vec<&Test>]) -> Result<Verdict, Failed> {
        for group in groups {
            let names: Vec<&str> = group.iter().map(|test| test.name.as_str()).collect();
            let took: Duration = group.iter().map(|test| test.took).sum();
            let verdict = self.run(number, &names, took * SLOWER + GRACE)?;
            if verdict != Verdict::Missed {
                return Ok(verdict);
            }
        }
        Ok(Verdict::Missed)
    }

    /// The names of all tests.
    pub fn names(&self) -> Result<Vec<String>, Failed> {
        let output = Command::new(self.program)
            .args(["--list", "--format", "terse"])
            .output()
            .map_err(|error| Failed::Start(self.program.into(), error))?;
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(text.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect())
    }

    /// Runs these tests with the mutant; they may use so much of the processor. The first failure is enough.
    fn run(&self, number: usize, names: &[&str], limit: Duration) -> Result<Verdict, Failed> {
        let failed = |error| Failed::Start(self.program.into(), error);
        let script = format!("ulimit -v {MEMORY}; ulimit -t {}; exec \"$0\" \"$@\"", limit.as_secs());
        let mut child = self.command(&script, number, names).spawn().map_err(failed)?;
        let verdict = watch(&mut child, limit * BUSY);
        let _ = child.kill();
        let status = child.wait().map_err(failed)?;
        Ok(verdict.unwrap_or(match status.signal() {
            None if status.success() => Verdict::Missed,
            Some(SIGKILL | SIGXCPU) => Verdict::Timeout,
            _ => Verdict::Caught,
        }))
    }

    /// Runs one test without a mutant: how much of the processor it uses, if it passes. The functions that it runs are
    /// written to `reached`.
    pub fn measure(&self, name: &str, reached: &Path) -> Result<Option<Duration>, Failed> {
        let script = "\"$0\" \"$@\"; code=$?; times; exit $code";
        let output = self
            .command(script, 0, &[name])
            .env("MUTANT_REACHED", reached)
            .output()
            .map_err(|error| Failed::Start(self.program.into(), error))?;
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(text.lines().last().and_then(processor_time).filter(|_| output.status.success()))
    }

    fn command(&self, script: &str, number: usize, names: &[&str]) -> Command {
        let mut command = Command::new("sh");
        command
            .args(["-c", script])
            .arg(self.program)
            .arg("--exact")
            .args(names)
            .current_dir(self.package)
            // The same histories each time; see .cargo/config.toml.
            .env("PROPTEST_RNG_SEED", "20261125")
            .env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "true")
            .env("PROPTEST_MAX_SHRINK_ITERS", "0")
            .env("CARGO_MANIFEST_DIR", self.package)
            .env("MUTANT", number.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        command
    }
}

/// `0m1.52s 0m0.03s`: what the shell's `times` says of its children, user and system.
fn processor_time(times: &str) -> Option<Duration> {
    let of = |time: &str| {
        let (minutes, seconds) = time.strip_suffix('s')?.split_once('m')?;
        Some(Duration::from_secs(60 * minutes.parse::<u64>().ok()?) + Duration::from_secs_f64(seconds.parse().ok()?))
    };
    let (user, system) = times.split_once(' ')?;
    Some(of(user)? + of(system)?)
}

/// Nothing when the program has closed its output: then its exit code tells.
fn watch(child: &mut Child, limit: Duration) -> Option<Verdict> {
    let stdout = child.stdout.take()?;
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let failed = BufReader::new(stdout).lines().map_while(Result::ok).any(|line| line.ends_with("... FAILED"));
        let _ = tell.send(failed);
    });
    match told.recv_timeout(limit) {
        Ok(true) => Some(Verdict::Caught),
        Ok(false) => {
            // It ends now by itself; killing it earlier would look like a failure.
            let _ = child.wait();
            None
        }
        Err(RecvTimeoutError::Timeout) => Some(Verdict::Timeout),
        Err(RecvTimeoutError::Disconnected) => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_time_of_a_test_is_what_the_processor_spent_on_it() {
        assert_eq!(processor_time("1m2.500000s 0m0.250000s"), Some(Duration::from_millis(62_750)));
        assert_eq!(processor_time("test a ... ok"), None);
    }
}
