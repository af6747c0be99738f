//! The mutants that no test can notice, each with the reason: equivalent/PART.txt.
//!
//! ```text
//! src/core/bake.rs: replace > with >= in left
//!   if seconds > 0 {
//!   At zero both give zero.
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::Failed;
use crate::list::Mutant;

/// Which mutant: its file and what it does, and the line that it changes. Line numbers move; these do not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub what: String,
    pub line: String,
}

/// The reasons.
#[derive(Debug, Default)]
pub struct Survivors(BTreeMap<Key, String>);

impl Key {
    pub fn of(mutant: &Mutant, original: &str) -> Self {
        Self { what: format!("{}: {}", mutant.file, mutant.what()), line: mutant.line(original).to_owned() }
    }
}

impl Survivors {
    /// Reads the list; a list that is not there is empty.
    pub fn read(path: &Path) -> Result<Self, Failed> {
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(&text),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Failed::File(path.into(), error)),
        }
    }

    /// Paragraphs of three parts: what, the line, and the reason in as many lines as it takes.
    pub fn parse(text: &str) -> Result<Self, Failed> {
        let mut all = BTreeMap::new();
        let paragraphs = text.split("\n\n").map(str::trim).filter(|text| !text.is_empty() && !text.starts_with('#'));
        for paragraph in paragraphs {
            let mut lines = paragraph.lines().map(|line| line.trim().to_owned());
            let (Some(what), Some(line)) = (lines.next(), lines.next()) else {
                return Err(Failed::Survivors(format!("no line of code after: {paragraph}")));
            };
            let reason = lines.collect::<Vec<_>>().join(" ");
            if reason.is_empty() {
                return Err(Failed::Survivors(format!("no reason after: {paragraph}")));
            }
            all.insert(Key { what, line }, reason);
        }
        Ok(Self(all))
    }

    pub fn reason(&self, key: &Key) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Those of these files that are not among the mutants missed.
    pub fn stale<'a>(&'a self, missed: &'a [Key]) -> impl Iterator<Item = &'a Key> {
        self.0.keys().filter(|key| !missed.contains(key))
    }
}

#[cfg(test)]
#[path = "survivors_tests.rs"]
mod tests;
