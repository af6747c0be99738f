//! Stories of whole days: the shipped program on a real API server, with ECS Express simulated. See README.md.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod vocabulary;

mod adoption;
mod approval;
mod bad_images;
mod causes;
mod converging;
mod crashes;
mod credentials;
mod deleted_outside;
mod deletion;
mod deletion_policies;
mod deployed;
mod drift;
mod drift_fields;
mod edits_every_field;
mod failures;
mod field_selectors;
mod freshness;
mod frugal;
mod handover;
mod idle;
mod immutable;
mod invalid;
mod kstatus;
mod leader;
mod leader_lost;
mod life;
mod lost_answers;
mod malformed;
mod managed_resources;
mod mistakes;
mod names_again;
mod observe_only;
mod order_never_matters;
mod overtaking;
mod own_task_definition;
mod process;
mod recreate;
mod refusals;
mod requests;
mod rollback_refusals;
mod rollback_requests;
mod rollout;
mod rules;
mod secrets;
mod stages;
mod suspend;
mod tags;
mod told;
mod turns;
mod wedge;
