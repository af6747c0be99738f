//! What earlier runs found, so that a run that was cut off goes on: outcomes.txt in the thin package.
//!
//! A line is `HASH OUTCOME NAME`. It counts as long as the mutant's file has this hash. A mutant that was missed is tried
//! again all the same: there may be a new test.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::Failed;
use crate::list::Mutant;
use crate::trials::Outcome;

/// The outcomes of this run and, when it goes on, of those before.
#[derive(Debug)]
pub struct Record {
    path: PathBuf,
    file: File,
    known: BTreeMap<String, Outcome>,
}

impl Record {
    /// Opens the record; one that does not go on begins empty.
    pub fn open(package: &Path, goes_on: bool) -> Result<Self, Failed> {
        let path = package.join("outcomes.txt");
        let text = if goes_on { fs::read_to_string(&path).unwrap_or_default() } else { String::new() };
        let known = text.lines().filter_map(parse).collect();
        let file = File::options().create(true).append(goes_on).truncate(!goes_on).write(true).open(&path);
        Ok(Self { file: file.map_err(|error| Failed::File(path.clone(), error))?, path, known })
    }

    /// What an earlier run says for good of the mutant.
    pub fn known(&self, mutant: &Mutant, original: &str) -> Option<Outcome> {
        let known = self.known.get(&key(mutant, original)).copied();
        known.filter(|outcome| matches!(outcome, Outcome::Caught | Outcome::Timeout | Outcome::Unviable))
    }

    /// Writes it down at once: the run may be cut off.
    pub fn add(&mut self, mutant: &Mutant, original: &str, outcome: Outcome) -> Result<(), Failed> {
        let (hash, name) = (hash(original), &mutant.name);
        writeln!(self.file, "{hash:016x} {outcome:?} {name}").map_err(|error| Failed::File(self.path.clone(), error))
    }
}

fn parse(line: &str) -> Option<(String, Outcome)> {
    let mut parts = line.splitn(3, ' ');
    let (hash, outcome, name) = (parts.next()?, parts.next()?, parts.next()?);
    let outcome = match outcome {
        "Caught" => Outcome::Caught,
        "Timeout" => Outcome::Timeout,
        "Unviable" => Outcome::Unviable,
        _ => Outcome::Missed,
    };
    Some((format!("{hash} {name}"), outcome))
}

fn key(mutant: &Mutant, original: &str) -> String {
    format!("{:016x} {}", hash(original), mutant.name)
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
