//! `make soak`: the real process on the real API server, while everything around it is killed, stopped and lost. See README.md.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

/// The words of the stories, as far as they are needed here.
#[path = "../e2e/vocabulary"]
#[allow(dead_code, reason = "the stories use the rest")]
mod vocabulary {
    pub mod control_plane;
    pub mod controller;
    pub mod fields;
    pub mod manifest;
    pub mod page;
    pub mod patience;
    pub mod watched;
}
#[path = "../bench/machine.rs"]
#[allow(dead_code, reason = "the bench uses the rest")]
mod machine;
#[path = "../bench/statistics.rs"]
mod statistics;
#[path = "../bench/table.rs"]
#[allow(unused_macros, reason = "the bench uses them")]
mod table;

mod calm;
mod diagnosis;
mod disturb;
mod ecs;
mod figures;
mod fleet;
mod judge;
mod life;
mod replica;
mod samples;
mod schedule;
mod settings;
mod soak;
mod world;

use settings::Settings;

/// The share that runs in `make test`: few services, and each disturbance once.
#[test]
fn each_disturbance_once() {
    soak::run(&Settings::short());
}

/// `make soak`.
#[test]
#[ignore = "takes as long as MINUTES says: `make soak`"]
fn as_long_as_is_asked_for() {
    soak::run(&Settings::from_environment());
}
