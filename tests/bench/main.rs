//! `make bench`: what the shipped program costs and how quick it is, printed as plain tables; nothing passes or fails here.
//!
//! The real API server, the real program with the shipped service account, and ECS simulated in this process, quotas off.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a measurement may stop at the first surprise"
)]

mod controller;
mod deciding;
mod edits;
mod fleet;
mod life;
mod machine;
mod metrics;
mod page;
mod patience;
mod rival;
mod statistics;
mod table;
mod traffic;
mod world;

use std::time::Instant;

fn main() {
    // `cargo test --all-targets` runs benches too, without this argument.
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("nothing is measured without --bench: run `make bench`");
        return;
    }
    let started = Instant::now();
    println!("{}", machine::description());
    println!("{METHOD}");
    if wanted("deciding") {
        deciding::measure();
    }
    let cluster = world::start();
    for (name, measure) in MEASURES {
        if wanted(name) {
            measure(&cluster);
        }
    }
    let seconds = started.elapsed().as_secs();
    println!("\nAll of it took {seconds} s; the load of the machine was {} at the end.", machine::load());
}

/// The name of a measure, and what makes it.
type Measure = (&'static str, fn(&world::Cluster));

/// What needs a control plane, by the name that chooses it.
const MEASURES: [Measure; 4] = [
    ("life", life::measure),
    ("edits", edits::measure),
    ("hundred", |cluster| fleet::measure(cluster, 100)),
    ("thousand", |cluster| fleet::measure(cluster, 1000)),
];

/// Whether this is measured: without names on the command line, everything is.
fn wanted(name: &str) -> bool {
    let mut names = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).peekable();
    names.peek().is_none() || names.any(|chosen| chosen == name)
}

const METHOD: &str = "\
Real: kube-apiserver, etcd, the program `expressway run` (release build) with the permissions that deploy/ ships.
Simulated: ECS, in the process that measures, with its quotas off; a call to it is answered within a millisecond, over loopback.
Beside some figures stand those of ACK's ecs-controller, the nearest rival. They were measured by us, on a machine of this size, on
ordinary ECS services, and not by this program: the method differs, the ratio is an order of magnitude and no more.";
