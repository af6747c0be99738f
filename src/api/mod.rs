//! What people write and read: the custom resource, its status, and every name that others may rely on.
//!
//! No I/O and no decisions live here. Everything else in the crate may use this module; it uses none of it.

pub mod conditions;
mod container;
pub mod crd;
pub mod drift;
pub mod managed_resources;
pub mod management;
pub mod names;
pub mod plan;
pub mod requests;
mod rules;
pub mod spec;
pub mod status;
mod status_rollout;

pub use conditions::{ConditionType, Reason};
pub use crd::{crd, crd_yaml};
pub use spec::{ExpressGatewayService, ExpressGatewayServiceSpec};
pub use status::ExpressGatewayServiceStatus;

#[cfg(test)]
mod crd_tests;
#[cfg(test)]
mod docs_tests;
#[cfg(test)]
mod rules_tests;
