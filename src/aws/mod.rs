//! ECS, in and out: the only place that names the AWS SDK. It may use `api` and `core`, and nothing else of the crate.
//!
//! ```text
//! Ecs::observe(place, known)  -> Observed   reads, batched and as few as the known allows
//! Ecs::act(write)             -> Effect     one write, sent once
//! ```

mod act;
mod calls;
mod client;
mod convert_in;
mod convert_out;
mod error;
mod failed_image;
mod glances;
mod managed_resources;
mod observe;
mod queue;
mod service_events;
mod stopped_tasks;

#[cfg(test)]
mod canned;
#[cfg(test)]
mod exceptions_tests;
#[cfg(test)]
mod readback_tests;
#[cfg(test)]
mod simulator_tests;

pub use client::{ConnectError, Ecs, EcsSettings};
