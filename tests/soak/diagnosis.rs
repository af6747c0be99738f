//! What helps to see why a promise was broken.

use std::collections::BTreeSet;

use crate::world::{NAMESPACE, World};

/// So many services are shown in full.
const SHOWN: usize = 5;

/// How much of a log and of a journal is shown.
const TAIL: usize = 25;

/// Prints the objects that complaints begin with, what was called about them, and what the controller said of them.
pub fn print(world: &World, complaints: &[String]) {
    let names: BTreeSet<&str> = complaints.iter().filter_map(|said| Some(said.split_once(": ")?.0)).collect();
    let log = world.log();
    for name in names.into_iter().filter(|name| !name.contains(' ')).take(SHOWN) {
        let object = world.cluster.kubectl(&["--namespace", NAMESPACE, "get", "egs", name, "-o", "yaml"], "");
        println!("\n===== {name}\n{}{}\n----- calls that are no looks", object.out, object.err);
        world.ecs.journal(|calls| {
            let is_about = |named: &str| named.rsplit('/').next() == Some(name);
            let calls: Vec<String> = calls
                .iter()
                .filter(|call| call.service.as_deref().is_some_and(is_about) && !call.operation.starts_with("Describe"))
                .map(|call| format!("{} {} {:?} {}", call.sequence, call.operation, call.outcome, call.request))
                .collect();
            println!("{}", last(&calls));
        });
        let lines: Vec<String> =
            log.lines().filter(|line| line.contains(&format!("\"{name}\""))).map(str::to_owned).collect();
        println!("----- the controller\n{}", last(&lines));
    }
    println!("\nlogs, and the record of ECS: {}", world.folder().display());
}

fn last(lines: &[String]) -> String {
    lines[lines.len().saturating_sub(TAIL)..].join("\n")
}
