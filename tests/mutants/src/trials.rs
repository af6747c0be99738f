//! The mutants of one part: listed, grafted, compiled, tried one by one, and told.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::compile::{Compiled, CompilerError, compile};
use crate::graft::{self, Grafted};
use crate::list::{self, Mutant};
use crate::parallel::in_parallel;
use crate::part::Part;
use crate::reach::{self, Reach};
use crate::record::Record;
use crate::survivors::{Key, Survivors};
use crate::table::Table;
use crate::trial::{Tests, Verdict};
use crate::{Arguments, Failed};

/// What came of a mutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Caught,
    Timeout,
    /// No test notices, and none can: a reason is given.
    Equivalent,
    Missed,
    /// It does not compile.
    Unviable,
}

struct Trials {
    package: PathBuf,
    originals: BTreeMap<String, String>,
    /// Number `n` is `mutants[n - 1]`.
    mutants: Vec<Mutant>,
    outcomes: BTreeMap<usize, Outcome>,
    record: Record,
}

/// What is compiled into one program.
#[derive(Default)]
struct Together {
    /// The function of each mutant.
    bodies: BTreeMap<usize, usize>,
    /// The mutants that are not in it.
    apart: BTreeSet<usize>,
}

/// Runs the part's mutants; tells whether all is as it should be.
pub fn of(part: Part, arguments: &Arguments) -> Result<bool, Failed> {
    let began = Instant::now();
    let package = arguments.packages.join(part.name());
    // The tests run in there.
    let package = fs::canonicalize(&package).map_err(|error| Failed::File(package, error))?;
    let mut mutants = list::list(&arguments.cargo_mutants, &package, part.files())?;
    let only = &arguments.only;
    mutants.retain(|mutant| only.is_empty() || only.iter().any(|only| mutant.name.contains(only)));
    let record = Record::open(&package, arguments.resume)?;
    let mut trials = Trials { record, package, originals: BTreeMap::new(), mutants, outcomes: BTreeMap::new() };
    for mutant in &trials.mutants {
        if !trials.originals.contains_key(&mutant.file) {
            let original = read(&trials.package.join(&mutant.file))?;
            if graft::is_grafted(&original) {
                return Err(Failed::Grafted(mutant.file.clone()));
            }
            trials.originals.insert(mutant.file.clone(), original);
        }
    }
    trials.recall();
    let ran = trials.run(arguments.quick);
    trials.restore()?;
    ran?;
    let survivors = Survivors::read(&arguments.book.join("equivalent").join(format!("{}.txt", part.name())))?;
    let (table, missed) = trials.told(&survivors);
    let mut is_good = true;
    if only.is_empty() {
        for stale in survivors.stale(&missed) {
            println!("listed as equivalent, but caught or gone: {} | {}", stale.what, stale.line);
            is_good = false;
        }
    }
    print!("{}", table.markdown());
    println!("{}: {}, in {} s", part.name(), table.sum, began.elapsed().as_secs());
    if arguments.write {
        table.write(
            &arguments.book.join("README.md"),
            part.name(),
            &format!("`make mutants PARTS={}`", part.name()),
        )?;
    }
    let viable = table.sum.mutants - table.sum.unviable;
    Ok(is_good && table.sum.missed * 100 <= part.most_missed() * viable)
}

impl Trials {
    fn run(&mut self, is_quick: bool) -> Result<(), Failed> {
        let mut together = Together::default();
        let program = self.compile_together(&mut together)?;
        println!("{} mutants, {} of them compiled apart", self.mutants.len(), together.apart.len());
        let package = self.package.clone();
        let tests = Tests { program: &program, package: &package };
        let reach = Reach::measure(&tests)?;
        println!("{} tests, {:.1} s one after the other", reach.len(), reach.took().as_secs_f64());
        let reach = if is_quick { reach.quick() } else { reach };
        let due = together.bodies.into_iter().filter(|(number, _)| !self.outcomes.contains_key(number));
        let due: Vec<_> = due.map(|(number, body)| (number, body, self.module(number))).collect();
        let meet = |(number, body, module): (usize, usize, String)| {
            Ok((number, tests.meet(number, &reach.of(Some(body), &module))?))
        };
        in_parallel(due, meet, |(number, verdict)| self.note(number, verdict))?;
        together.apart.into_iter().try_for_each(|number| self.try_apart(number, &reach))
    }

    fn module(&self, number: usize) -> String {
        self.mutants.get(number - 1).map(|mutant| Part::module(&mutant.file)).unwrap_or_default()
    }

    fn note(&mut self, number: usize, verdict: Verdict) -> Result<(), Failed> {
        let outcome = match verdict {
            Verdict::Caught => Outcome::Caught,
            Verdict::Missed => Outcome::Missed,
            Verdict::Timeout => Outcome::Timeout,
        };
        if let Some(mutant) = self.mutants.get(number - 1).filter(|_| outcome != Outcome::Caught) {
            println!("{number}/{} {outcome:?}: {}", self.mutants.len(), mutant.name);
        }
        self.settle(number, outcome)
    }

    fn settle(&mut self, number: usize, outcome: Outcome) -> Result<(), Failed> {
        self.outcomes.insert(number, outcome);
        let Some(mutant) = self.mutants.get(number - 1) else { return Ok(()) };
        self.record.add(mutant, self.originals.get(&mutant.file).map_or("", String::as_str), outcome)
    }

    /// Takes over what earlier runs found.
    fn recall(&mut self) {
        for (number, mutant) in (1..).zip(&self.mutants) {
            let original = self.originals.get(&mutant.file).map_or("", String::as_str);
            if let Some(outcome) = self.record.known(mutant, original) {
                self.outcomes.insert(number, outcome);
            }
        }
    }

    /// A mutant that cannot be switched at run time is compiled alone.
    fn try_apart(&mut self, number: usize, reach: &Reach) -> Result<(), Failed> {
        self.restore()?;
        let Some(mutant) = self.mutants.get(number - 1) else { return Ok(()) };
        let Some(original) = self.originals.get(&mutant.file) else { return Ok(()) };
        write(&self.package.join(&mutant.file), &mutant.apply(original))?;
        match compile(&self.package)? {
            Compiled::Errors(_) => {
                self.settle(number, Outcome::Unviable)?;
            }
            Compiled::Program(program) => {
                let tests = Tests { program: &program, package: &self.package };
                let verdict = tests.meet(0, &reach.of(None, &self.module(number)))?;
                self.note(number, verdict)?;
            }
        }
        Ok(())
    }

    /// Compiles all mutants into one program; those that the compiler refuses are taken out until it is content.
    fn compile_together(&mut self, together: &mut Together) -> Result<PathBuf, Failed> {
        self.add_switch()?;
        loop {
            *together = Together::default();
            let mut grafted = BTreeMap::new();
            for (file, original) in &self.originals {
                let of_file: Vec<(usize, &Mutant)> = (1..)
                    .zip(&self.mutants)
                    .filter(|(number, mutant)| mutant.file == *file && !self.outcomes.contains_key(number))
                    .collect();
                let new = graft::graft(original, &of_file).map_err(|error| Failed::Parse(file.clone(), error))?;
                write(&self.package.join(file), &new.text)?;
                together.apart.extend(&new.apart);
                together.bodies.extend(new.bodies.iter().copied());
                grafted.insert(file.clone(), new);
            }
            match compile(&self.package)? {
                Compiled::Program(program) => return Ok(program),
                Compiled::Errors(errors) => {
                    let refused = refused(&errors, &grafted)?;
                    println!("{} mutants do not compile", refused.len());
                    refused.into_iter().try_for_each(|number| self.settle(number, Outcome::Unviable))?;
                }
            }
        }
    }

    fn add_switch(&self) -> Result<(), Failed> {
        let lib = self.package.join("src/lib.rs");
        let text = read(&lib)?;
        if text.contains(reach::SWITCH) { Ok(()) } else { write(&lib, &format!("{text}{}", reach::SWITCH)) }
    }

    fn restore(&self) -> Result<(), Failed> {
        self.originals.iter().try_for_each(|(file, original)| write(&self.package.join(file), original))
    }

    /// Counts, and says each mutant that is missed without a reason.
    fn told(&self, survivors: &Survivors) -> (Table, Vec<Key>) {
        let (mut table, mut missed) = (Table::default(), Vec::new());
        for (number, outcome) in &self.outcomes {
            let Some(mutant) = self.mutants.get(number - 1) else { continue };
            let mut outcome = *outcome;
            if outcome == Outcome::Missed {
                let original = self.originals.get(&mutant.file).map_or("", String::as_str);
                let key = Key::of(mutant, original);
                if survivors.reason(&key).is_some() {
                    outcome = Outcome::Equivalent;
                } else {
                    let part = self.package.file_name().unwrap_or_default().display();
                    println!("missed: {}\n  {}", mutant.name, key.line);
                    println!("  again: make mutants PARTS={part} ONLY={}", mutant.place());
                }
                missed.push(key);
            }
            table.count(&mutant.file, outcome);
        }
        (table, missed)
    }
}

/// The mutants in which the compiler's errors are.
fn refused(errors: &[CompilerError], grafted: &BTreeMap<String, Grafted>) -> Result<BTreeSet<usize>, Failed> {
    let mut all = BTreeSet::new();
    for error in errors {
        let at = error.places.iter().find_map(|(file, line)| {
            let (number, _) = grafted.get(file)?.lines.iter().find(|(_, lines)| lines.contains(line))?;
            Some(*number)
        });
        all.extend(at);
    }
    if all.is_empty() {
        let rendered: Vec<&str> = errors.iter().map(|error| error.rendered.as_str()).collect();
        return Err(Failed::Said("cargo test --no-run", rendered.concat()));
    }
    Ok(all)
}

fn read(path: &Path) -> Result<String, Failed> {
    fs::read_to_string(path).map_err(|error| Failed::File(path.into(), error))
}

/// Leaves alone what is as it should be, so that cargo does not compile it again.
fn write(path: &Path, text: &str) -> Result<(), Failed> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    fs::write(path, text).map_err(|error| Failed::File(path.into(), error))
}
