//! The mutants, as cargo-mutants lists them: which place in which file becomes what.

use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use crate::Failed;

/// One change of the source that the tests should notice.
#[derive(Debug, Clone, Deserialize)]
pub struct Mutant {
    /// From the package's directory: `src/core/bake.rs`.
    pub file: String,
    /// As cargo-mutants says it: `src/core/bake.rs:77:9: delete match arm Ok(Stage::BakeTime) in bake`.
    pub name: String,
    replacement: String,
    span: Span,
}

#[derive(Debug, Clone, Deserialize)]
struct Span {
    start: Place,
    end: Place,
}

/// Counted from 1, the column in characters.
#[derive(Debug, Clone, Deserialize)]
struct Place {
    line: usize,
    column: usize,
}

/// Asks cargo-mutants for the mutants of these files (globs) of the package.
pub fn list(cargo_mutants: &Path, package: &Path, files: &[&str]) -> Result<Vec<Mutant>, Failed> {
    let mut command = Command::new(cargo_mutants);
    command.args(["mutants", "--list", "--json", "--no-config", "--dir"]).arg(package);
    for file in files {
        command.args(["--file", file]);
    }
    let output = command.output().map_err(|error| Failed::Start(cargo_mutants.into(), error))?;
    if !output.status.success() {
        return Err(Failed::Said("cargo mutants --list", String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let mut mutants: Vec<Mutant> = serde_json::from_slice(&output.stdout)?;
    mutants.sort_by(|a, b| (&a.file, a.span.start.line, &a.name).cmp(&(&b.file, b.span.start.line, &b.name)));
    Ok(mutants)
}

impl Mutant {
    /// The file's text with the change made.
    pub fn apply(&self, original: &str) -> String {
        let (start, end) = (self.span.start.offset(original), self.span.end.offset(original));
        format!("{}{}{}", &original[..start], self.replacement, &original[end..])
    }

    /// Where the change begins, in bytes.
    pub fn offset(&self, original: &str) -> usize {
        self.span.start.offset(original)
    }

    /// Where, as its name begins.
    pub fn place(&self) -> &str {
        self.name.split_once(": ").map_or(self.name.as_str(), |(place, _)| place)
    }

    /// What is changed, without where: it stays the same when the lines move.
    pub fn what(&self) -> &str {
        self.name.split_once(": ").map_or(self.name.as_str(), |(_, what)| what)
    }

    /// The line on which the change begins, without its indent.
    pub fn line<'a>(&self, original: &'a str) -> &'a str {
        original.lines().nth(self.span.start.line - 1).unwrap_or_default().trim()
    }
}

impl Place {
    fn offset(&self, text: &str) -> usize {
        let line: usize = text.split_inclusive('\n').take(self.line - 1).map(str::len).sum();
        let rest = &text[line..];
        line + rest.char_indices().nth(self.column - 1).map_or(rest.len(), |(offset, _)| offset)
    }
}
