//! Compiles the tests of the package, and says which lines the compiler refuses.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::Failed;

/// What came of it.
#[derive(Debug)]
pub enum Compiled {
    /// The program with the tests.
    Program(PathBuf),
    /// What the compiler does not like.
    Errors(Vec<CompilerError>),
}

/// One error, and every place that it names: the one where it is first.
#[derive(Debug)]
pub struct CompilerError {
    /// File and line, as cargo says them.
    pub places: Vec<(String, usize)>,
    /// As a person reads it.
    pub rendered: String,
}

#[derive(Deserialize)]
struct Line {
    reason: String,
    message: Option<Diagnostic>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    rendered: Option<String>,
    spans: Vec<DiagnosticSpan>,
}

#[derive(Deserialize)]
struct DiagnosticSpan {
    file_name: String,
    line_start: usize,
    is_primary: bool,
    expansion: Option<Box<Expansion>>,
}

#[derive(Deserialize)]
struct Expansion {
    span: DiagnosticSpan,
}

/// Compiles the library's tests.
pub fn compile(package: &Path) -> Result<Compiled, Failed> {
    let output = Command::new("cargo")
        .args(["test", "--lib", "--no-run", "--quiet", "--message-format=json"])
        .current_dir(package)
        .stderr(Stdio::piped())
        .output()
        .map_err(|error| Failed::Start("cargo".into(), error))?;
    let mut errors = Vec::new();
    let mut program = None;
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(line) = serde_json::from_str::<Line>(line) else { continue };
        match (line.reason.as_str(), line.message, line.executable) {
            ("compiler-message", Some(message), _) if message.level == "error" => errors.push(error(message)),
            ("compiler-artifact", _, Some(executable)) => program = Some(executable),
            _ => {}
        }
    }
    match program {
        Some(program) if output.status.success() => Ok(Compiled::Program(program)),
        _ if errors.is_empty() => {
            Err(Failed::Said("cargo test --no-run", String::from_utf8_lossy(&output.stderr).into_owned()))
        }
        _ => Ok(Compiled::Errors(errors)),
    }
}

fn error(message: Diagnostic) -> CompilerError {
    let mut spans = message.spans;
    spans.sort_by_key(|span| !span.is_primary);
    let places = spans.into_iter().flat_map(places).collect();
    CompilerError { places, rendered: message.rendered.unwrap_or_default() }
}

/// An error inside of a macro names the macro; where it is called stands further out.
fn places(span: DiagnosticSpan) -> Vec<(String, usize)> {
    let mut all = vec![(span.file_name, span.line_start)];
    let mut outer = span.expansion;
    while let Some(expansion) = outer {
        all.push((expansion.span.file_name, expansion.span.line_start));
        outer = expansion.span.expansion;
    }
    all
}
