//! Kubernetes, in and out: the only place that drives `kube::runtime`.
//!
//! The watch carries metadata only. A reconcile reads the object live, and ECS at the same time, decides in `core`,
//! executes at most one AWS write, and writes the status if it changed.

mod announce;
pub mod clock;
mod context;
mod deadline;
pub mod fence;
mod finalizer;
pub mod gate;
mod head_start;
mod look;
pub mod metrics;
pub mod object;
pub mod readiness;
mod recollection;
mod reconcile;
mod reconciler;
mod refusal;
mod requeue;
pub mod settings;
#[cfg(test)]
mod situations_tests;
mod status;
mod streams;
mod subject;
mod transitions;

pub use context::{Error, Metadata};
pub use reconciler::Reconciler;
pub use requeue::NextLook;
pub use streams::run;
