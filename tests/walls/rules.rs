//! The rules. Each part of `src/` may use the parts above it:
//!
//! ```text
//! api         nothing of the crate; kube's derive, no client
//! core        api. Pure: no async, no clock, no I/O, no client
//! aws         api, core. Alone names the AWS SDK; knows nothing of Kubernetes
//! controller  api, core, aws. Alone names kube::runtime
//! operator    everything. Of kube only the client
//! main        operator
//! ```
//!
//! And every file, tests too, is small and says in its first line what it is for.

use std::fmt;

use crate::names;
use crate::sources::Source;

/// A file longer than this holds more than one thing.
const MOST_LINES: usize = 400;

/// The parts, from the top: each may use those before it, and itself.
const PARTS: [&str; 5] = ["api", "core", "aws", "controller", "operator"];

/// What `api` needs of kube: the derives, and the trait that gives the CRD.
const KUBE_IN_API: [&str; 5] = ["CustomResource", "CustomResourceExt", "KubeSchema", "Resource", "core"];

/// Names of something that is not a value in, value out.
const IMPURE: [&str; 8] = ["async", "await", "Instant", "SystemTime", "println", "eprintln", "thread_rng", "unsafe"];

/// Modules of the standard library that reach out of the process.
const OUTSIDE: [&str; 5] = ["env", "fs", "net", "process", "thread"];

/// A rule that a file breaks.
#[derive(Debug, PartialEq, Eq)]
pub struct Breach {
    path: String,
    what: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.what)
    }
}

/// Every rule that the file breaks, each once.
pub fn breaches(source: &Source) -> Vec<Breach> {
    let mut whats = Vec::new();
    let lines = source.text.lines().count();
    if lines > MOST_LINES {
        whats.push(format!("{lines} lines; {MOST_LINES} is the most"));
    }
    if !source.text.starts_with("//! ") {
        whats.push("the first line has to be a `//!` that says what the file is for".to_owned());
    }
    if let Some(inside) = source.path.strip_prefix("src/") {
        let part = inside.split(['/', '.']).next().unwrap();
        for path in names::paths(&source.path, &source.text) {
            whats.extend(breach_of_path(part, &path));
        }
    }
    whats.dedup();
    let breach = |what| Breach { path: source.path.clone(), what };
    whats.into_iter().map(breach).collect()
}

fn breach_of_path(part: &str, path: &[String]) -> Option<String> {
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    let may_not_use = |what: &[&str]| Some(format!("`{part}` may not use `{}`", what.join("::")));
    match names.as_slice() {
        ["crate" | "expressway", used, ..] if !may_use(part, used) => may_not_use(&names[..2]),
        [library, ..] if is_aws_sdk(library) && part != "aws" => may_not_use(&[*library]),
        ["kube", "runtime", ..] if part != "controller" => may_not_use(&["kube", "runtime"]),
        ["kube" | "kube_runtime" | "tokio" | "axum", ..] if part == "core" => may_not_use(&names[..1]),
        ["kube", ..] if part == "aws" => may_not_use(&["kube"]),
        ["kube", used, ..] if part == "api" && !KUBE_IN_API.contains(used) => may_not_use(&names[..2]),
        ["std", used, ..] if part == "core" && OUTSIDE.contains(used) => may_not_use(&names[..2]),
        // `now` alone is a value that was handed in.
        [.., clock, "now"] if part == "core" => may_not_use(&[*clock, "now"]),
        _ if part == "core" => names.iter().find(|name| IMPURE.contains(name)).and_then(|name| may_not_use(&[*name])),
        _ => None,
    }
}

fn may_use(part: &str, used: &str) -> bool {
    let place = |name: &str| PARTS.iter().position(|part| *part == name);
    match (part, place(part), place(used)) {
        ("main", _, _) => used == "operator",
        ("lib", _, _) => true,
        (_, Some(user), Some(used)) => used <= user,
        // Something of the crate that is no part, such as a macro.
        (_, _, None) => true,
        (_, None, Some(_)) => false,
    }
}

fn is_aws_sdk(library: &str) -> bool {
    library == "aws_config"
        || library.starts_with("aws_sdk_")
        || library.starts_with("aws_smithy_")
        || library.starts_with("aws_types")
        || library.starts_with("aws_credential")
}
