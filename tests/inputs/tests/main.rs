//! Every input is taken to where it is declared, or refused by name; and nothing that ECS answers does harm. See README.md.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may stop at the first surprise, and counts are what it is for"
)]

#[path = "inputs/corpus.rs"]
mod corpus;
#[path = "inputs/ends.rs"]
mod ends;
#[path = "inputs/promises.rs"]
mod promises;
#[path = "inputs/served.rs"]
mod served;
#[path = "inputs/share.rs"]
mod share;
