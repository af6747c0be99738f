//! What `prove` does for crash points and fault plans: which to run, and what is printed of them.

mod crashes;
mod faults;

pub use crashes::Crashes;
pub use faults::Faults;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::run::Lived;
use crate::world::{NAME, World};

/// How many runs at once are worth while.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Tells of a run, call by call, and of what each changed about the object.
fn tell(lived: &Lived) {
    for (place, passed) in lived.passed.iter().enumerate() {
        let mark = if passed.disturbed { " (hit)" } else { "" };
        let ended = if passed.took_effect { "took effect" } else { "had no effect" };
        println!("{place:4} {:>6.1}s {} {ended}{mark}", passed.age.as_secs_f64(), passed.call);
        if let Some((before, after)) = lived.boundaries.get(place) {
            let object = |world: &World| world.store.object(NAME).cloned().unwrap_or_default();
            changes("", &object(before), &object(after));
        }
    }
}

/// Prints what differs between two values, each with its path.
fn changes(path: &str, before: &Value, after: &Value) {
    match (before, after) {
        (Value::Object(a), Value::Object(b)) => {
            let names: BTreeSet<&String> = a.keys().chain(b.keys()).filter(|name| *name != "resourceVersion").collect();
            for name in names.into_iter().filter(|name| a.get(*name) != b.get(*name)) {
                let of = |members: &Map<String, Value>| members.get(name).cloned().unwrap_or_default();
                changes(&format!("{path}.{name}"), &of(a), &of(b));
            }
        }
        _ => println!("       {path}: {before} -> {after}"),
    }
}
