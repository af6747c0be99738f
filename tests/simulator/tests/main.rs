//! The facts about ECS Express, one test each, by topic; then the properties of the model, and the server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod classic;
mod classic_services;
mod clusters;
mod create;
mod defaults;
mod delete;
mod deployments;
mod errors;
mod fate;
mod given;
mod managed;
mod quotas;
mod readback;
mod rollback;
mod tags;
mod task_definitions;
mod tasks;
mod update;

mod digest;
mod fact_table;
mod properties;
mod record;
mod server;
