//! What is decided. Values in, values out: no async, no clock, no client. It may use `api` and nothing else of the crate.
//!
//! ```text
//! plan(&Desired, &Observed, &Memory, now)  -> Plan { step, requeue }
//! report(&Situation, now)                  -> Report { status, events }
//! ```

pub mod advice;
mod approval;
pub mod bake;
pub mod cause;
pub mod checks;
pub mod conditions;
pub mod configuration;
pub mod deleted_outside;
pub mod desired;
pub mod drain;
pub mod drift;
pub mod events;
pub mod explain;
mod explain_deletion;
mod explain_drift;
mod explain_failure;
mod explain_held_back;
mod explain_ownership;
mod explain_wedge;
pub mod facts;
pub mod failure;
pub mod freshness;
pub mod immutable;
pub mod intention;
pub mod managed;
pub mod memory;
pub mod observed;
pub mod ownership;
pub mod plan;
mod plan_adoption;
mod plan_deletion;
mod plan_drift;
mod plan_failure;
pub mod plan_held_back;
mod plan_live;
mod plan_wedge;
pub mod planned;
pub mod policy;
pub mod redaction;
pub mod report;
pub mod requests;
pub mod resync;
pub mod retry;
pub mod rollback_request;
pub mod rollout;
pub mod shape;
pub mod spec_hash;
pub mod step;
mod submission;
mod tags;
pub mod target;
pub mod unwritten;
pub mod wedge;

#[cfg(test)]
pub(crate) mod any_spec;
#[cfg(test)]
mod drift_story_tests;
#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod history;
#[cfg(test)]
mod history_ecs;
#[cfg(test)]
mod history_tests;
#[cfg(test)]
mod remembered_tests;
#[cfg(test)]
mod report_properties;
#[cfg(test)]
pub(crate) mod situations;
#[cfg(test)]
mod situations_drift;
#[cfg(test)]
mod situations_failure;
#[cfg(test)]
mod situations_held_back;
#[cfg(test)]
mod situations_moves;
#[cfg(test)]
mod situations_rollout;
#[cfg(test)]
mod situations_wedge;
#[cfg(test)]
mod state_diagram;
#[cfg(test)]
pub(crate) mod story;
