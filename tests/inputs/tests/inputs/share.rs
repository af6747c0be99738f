//! How much is run, and how a failure is run again.
//!
//! `INPUTS_SHARE=1` runs every edit; without it, one of [`SHARE`] is, always the same. `INPUTS_ONLY='spec.cpu Set'` runs all edits
//! from that input, `INPUTS_ONLY=spec.cpu` all of that field.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;

use inputs::leaves::Leaf;
use inputs::operators::Input;

/// Of so many edits one is run where time is short.
const SHARE: u64 = 8;

/// Most broken promises that are shown.
const MOST_SHOWN: usize = 60;

static ONLY: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("INPUTS_ONLY").ok());

static ASKED: LazyLock<u64> =
    LazyLock::new(|| std::env::var("INPUTS_SHARE").ok().and_then(|share| share.parse().ok()).unwrap_or(SHARE).max(1));

/// Whether a field is run.
pub fn is_about(leaf: &Leaf) -> bool {
    ONLY.as_ref().is_none_or(|only| only.split(' ').next() == Some(leaf.to_string().as_str()))
}

/// Whether edits from this input are run.
pub fn is_asked_for(from: &Input) -> bool {
    ONLY.as_ref().is_none_or(|only| [from.to_string(), from.leaf.to_string()].contains(only))
}

/// Whether this edit is run.
pub fn is_of_the_share(from: &Input, to: &Input) -> bool {
    let mut hasher = DefaultHasher::new();
    format!("{from} {}", to.operator).hash(&mut hasher);
    ONLY.is_some() || hasher.finish().is_multiple_of(*ASKED)
}

/// How a failure is run again.
pub fn replay(input: &Input, test: &str) -> String {
    format!("replay: INPUTS_ONLY='{input}' cargo test -p inputs --test inputs {test}")
}

/// Fails with what is broken.
#[track_caller]
pub fn none_is_broken(broken: &[String]) {
    let shown: Vec<&str> = broken.iter().take(MOST_SHOWN).map(String::as_str).collect();
    assert!(broken.is_empty(), "{} promises are broken\n{}", broken.len(), shown.join("\n"));
}
