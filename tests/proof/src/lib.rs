//! Proof: what Expressway promises, shown by machines. See README.md.

pub mod command;
pub mod crashes;
mod end;
pub mod exam;
pub mod faults;
mod parallel;
mod random;
mod rules;
pub mod run;
pub mod state_space;
pub mod weather;
pub mod workload;
pub mod workloads;
pub mod world;
