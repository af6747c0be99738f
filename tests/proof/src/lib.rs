//! Proof: what Expressway promises, shown by machines. See README.md.

#![allow(clippy::indexing_slicing, reason = "a member that a JSON value does not have is null")]

pub mod command;
pub mod crashes;
mod end;
pub mod exam;
pub mod faults;
#[cfg(test)]
mod namesake_tests;
mod parallel;
mod random;
mod rules;
pub mod run;
pub mod state_space;
pub mod weather;
pub mod workload;
pub mod workloads;
pub mod world;
