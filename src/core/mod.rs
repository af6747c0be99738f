//! What is decided. Values in, values out: no async, no clock, no client. It may use `api` and nothing else of the crate.
//!
//! ```text
//! plan(&Desired, &Observed, &Memory, now)  -> Plan { step, requeue }
//! report(&Situation, now)                  -> Report { status, events }
//! ```

pub mod configuration;
pub mod failure;
pub mod observed;
pub mod rollout;
pub mod step;
