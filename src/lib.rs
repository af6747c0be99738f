//! Expressway: a Kubernetes controller for Amazon ECS Express Mode.

pub mod api;
pub mod core;
