//! Expressway: a Kubernetes controller for Amazon ECS Express Mode.
//!
//! ```text
//! api         what people write and read: spec, status, conditions, names      no I/O, no decisions
//! core        what is decided: desired, observed, plan, report                 pure: no async, no clock, no client
//! aws         ECS, in and out                                                  the only place that names aws_sdk_*
//! controller  Kubernetes, in and out                                           the only place that drives kube::runtime
//! operator    the process: arguments, endpoints, leader election, logs, shutdown
//! ```
//!
//! An import may only point up this list, and `core` may use only `api`; `tests/walls` enforces it.
//!
//! One reconcile: the live object becomes [`core::desired::Desired`] and ECS becomes [`core::observed::Observed`];
//! [`core::plan::plan`] makes of them at most one write to AWS; [`aws::act`] executes it; [`core::report::report`] tells
//! what happened, as status and events, written on every path and only when something changed.

pub mod api;
pub mod aws;
pub mod controller;
pub mod core;
pub mod operator;
