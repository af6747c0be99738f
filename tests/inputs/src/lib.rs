//! Every input that people, the API server and ECS can give: what is made of the CRD's schema, and the bodies of the fuzzers.
//!
//! ```text
//! leaves      every field of the CRD's spec, found by walking the schema
//! values      two good values of each, written down once
//! operators   what is done to a field: set, changed, unset, emptied, taken to its bounds and past them …
//! admission   what the API server would say, from the schema and the CEL rules
//! ecs         the real client of ECS, without sockets
//! pass        one reconcile without Kubernetes
//! life        one object with its service, pass by pass: the real decisions against the simulator's model
//! fuzzed      the bodies of the fuzz targets in tests/fuzz
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

pub mod admission;
pub mod ecs;
pub mod fuzzed;
pub mod leaves;
pub mod life;
pub mod operators;
pub mod pass;
pub mod values;
