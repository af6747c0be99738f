//! Expressway: a Kubernetes controller for Amazon ECS Express Mode.

pub mod api;
pub mod controller;
pub mod core;
pub mod operator;
