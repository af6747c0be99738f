//! Stories of whole days: the shipped program on a real API server, with ECS Express simulated. See README.md.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod vocabulary;

mod bad_images;
mod crashes;
mod deletion;
mod deployed;
mod idle;
mod invalid;
mod life;
mod lost_answers;
mod malformed;
mod mistakes;
mod overtaking;
mod process;
mod refusals;
mod rollout;
mod rules;
mod secrets;
