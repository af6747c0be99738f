//! The table of README.md: per file, how many mutants there are and what came of them.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::fs;
use std::path::Path;

use crate::Failed;
use crate::trials::Outcome;

/// Of one file, or of all.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub mutants: usize,
    pub caught: usize,
    pub timeout: usize,
    pub equivalent: usize,
    pub missed: usize,
    pub unviable: usize,
}

impl Row {
    fn count(&mut self, outcome: Outcome) {
        self.mutants += 1;
        *match outcome {
            Outcome::Caught => &mut self.caught,
            Outcome::Timeout => &mut self.timeout,
            Outcome::Equivalent => &mut self.equivalent,
            Outcome::Missed => &mut self.missed,
            Outcome::Unviable => &mut self.unviable,
        } += 1;
    }

    fn line(&self, name: &str) -> String {
        let Self { mutants, caught, timeout, equivalent, missed, unviable } = self;
        format!("| {name} | {mutants} | {caught} | {timeout} | {equivalent} | {missed} | {unviable} |\n")
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mutants, caught, timeout, equivalent, missed, unviable } = self;
        write!(f, "{mutants} mutants, of which {unviable} do not compile; {} noticed", caught + timeout)?;
        write!(f, ", {equivalent} equivalent, {missed} missed")
    }
}

/// A row of each file, and the sum.
#[derive(Debug, Default)]
pub struct Table {
    rows: BTreeMap<String, Row>,
    pub sum: Row,
}

impl Table {
    pub fn count(&mut self, file: &str, outcome: Outcome) {
        self.rows.entry(file.to_owned()).or_default().count(outcome);
        self.sum.count(outcome);
    }

    pub fn markdown(&self) -> String {
        let mut text = String::from("| file | mutants | caught | timeout | equivalent | missed | do not compile |\n");
        text.push_str("| --- | --- | --- | --- | --- | --- | --- |\n");
        for (file, row) in &self.rows {
            text.push_str(&row.line(&format!("`{file}`")));
        }
        text.push_str(&self.sum.line("all"));
        text
    }

    /// Puts the table between the part's marks.
    pub fn write(&self, readme: &Path, part: &str, note: &str) -> Result<(), Failed> {
        let failed = |error| Failed::File(readme.into(), error);
        let text = fs::read_to_string(readme).map_err(failed)?;
        let (opening, closing) = (format!("<!-- {part} -->\n"), format!("<!-- /{part} -->"));
        let cut = text.split_once(&opening).and_then(|(head, rest)| Some((head, rest.split_once(&closing)?.1)));
        let Some((head, tail)) = cut else {
            return Err(Failed::Survivors(format!("{}: no {opening}", readme.display())));
        };
        let mut new = String::new();
        let _ = write!(new, "{head}{opening}{note}\n\n{}{closing}{tail}", self.markdown());
        fs::write(readme, new).map_err(failed)
    }
}
