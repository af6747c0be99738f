//! Which test runs which function, and how long it takes: a mutant needs to meet only the tests that reach it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::Failed;
use crate::parallel::in_parallel;
use crate::trial::Tests;

/// Added to the thin package: which mutant is switched on (`MUTANT`; 0 is none), and, when `MUTANT_REACHED` names a file,
/// a line there for each function that is run.
pub const SWITCH: &str = r#"
pub fn switched_on(body: usize) -> usize {
    use std::{collections::BTreeSet, env, fs, io::Write, sync::{LazyLock, Mutex}};
    static NUMBER: LazyLock<usize> =
        LazyLock::new(|| env::var("MUTANT").ok().and_then(|n| n.parse().ok()).unwrap_or(0));
    static REACHED: LazyLock<Option<Mutex<(fs::File, BTreeSet<usize>)>>> = LazyLock::new(|| {
        let path = env::var_os("MUTANT_REACHED")?;
        Some(Mutex::new((fs::File::create(path).unwrap(), BTreeSet::new())))
    });
    if let Some(reached) = &*REACHED {
        let mut reached = reached.lock().unwrap();
        if reached.1.insert(body) {
            writeln!(reached.0, "{body}").unwrap();
        }
    }
    *NUMBER
}
"#;

/// Tests that take longer come after all others, one by one.
const QUICK: Duration = Duration::from_millis(250);

/// A test alone, without a mutant, and how much of the processor it used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    pub name: String,
    pub took: Duration,
    bodies: BTreeSet<usize>,
}

/// All tests, the quickest first.
#[derive(Debug)]
pub struct Reach(Vec<Test>);

impl Reach {
    /// Runs every test alone. All must pass: what fails without a mutant says nothing about one.
    pub fn measure(tests: &Tests<'_>) -> Result<Self, Failed> {
        let measure = |(number, name): (usize, String)| {
            let trace = tests.package.join(format!("target/reached-{number}"));
            match tests.measure(&name, &trace)? {
                Some(took) => Ok(Test { name, took, bodies: bodies(&trace)? }),
                None => Err(Failed::Said("a test without a mutant", name)),
            }
        };
        let mut all = Vec::new();
        in_parallel(tests.names()?.into_iter().enumerate().collect(), measure, |test| {
            all.push(test);
            Ok(())
        })?;
        Ok(Self::new(all))
    }

    fn new(mut tests: Vec<Test>) -> Self {
        tests.sort_by(|a, b| (a.took, &a.name).cmp(&(b.took, &b.name)));
        Self(tests)
    }

    /// The tests that run this function, or all, in groups: the quick ones of the function's own module, for they notice
    /// most; the other quick ones; then each of the slow ones alone.
    pub fn of(&self, body: Option<usize>, module: &str) -> Vec<Vec<&Test>> {
        let reaching = self.0.iter().filter(|test| body.is_none_or(|body| test.bodies.contains(&body)));
        let (quick, slow): (Vec<&Test>, Vec<&Test>) = reaching.partition(|test| test.took < QUICK);
        let (own, others) = quick.into_iter().partition(|test| test.name.starts_with(module));
        let groups = [own, others].into_iter().chain(slow.into_iter().map(|test| vec![test]));
        groups.filter(|group| !group.is_empty()).collect()
    }

    /// Without the slow tests.
    pub fn quick(mut self) -> Self {
        self.0.retain(|test| test.took < QUICK);
        self
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn took(&self) -> Duration {
        self.0.iter().map(|test| test.took).sum()
    }
}

/// A test that runs no function with a mutant leaves no file.
fn bodies(trace: &Path) -> Result<BTreeSet<usize>, Failed> {
    if !trace.exists() {
        return Ok(BTreeSet::new());
    }
    let text = fs::read_to_string(trace).map_err(|error| Failed::File(trace.into(), error))?;
    fs::remove_file(trace).map_err(|error| Failed::File(trace.into(), error))?;
    Ok(text.lines().filter_map(|line| line.parse().ok()).collect())
}

#[cfg(test)]
#[path = "reach_tests.rs"]
mod tests;
