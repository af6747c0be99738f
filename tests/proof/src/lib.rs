//! Proof: what Expressway promises, shown by machines. See README.md.

pub mod state_space;
