//! The state space: the real `plan` and `report` × the simulator's pure model of ECS × one object, explored by stateright.
//!
//! A state is the object with its status, the account in ECS, the clock, and one or two controllers, each of which may be in the
//! middle of a reconcile. A move is one thing that happens (`moves`). The bounds are budgets: so many edits, so many changes by
//! others, so many faults; the clock, and looks that nothing disturbs, are not limited. What is promised is in `world::Promise`.
//!
//! What is left out, and why: managed resources and the wedge (they are read by another clock), messages and events (they decide
//! nothing), token buckets (throttling is a move). A stale reading shows ECS as it was before its last change, if that is less
//! than a minute ago: the core gives ECS a minute to show what it has accepted.

mod arguments;
mod cast;
mod check;
mod convert;
mod digest;
mod flaw;
mod fold;
mod moves;
mod promises;
mod reading;
mod reconcile;
mod settle;
mod world;
mod writing;

#[cfg(test)]
mod reading_tests;
#[cfg(test)]
mod tests;

pub use arguments::{Arguments, row};
pub use cast::Policy;
pub use check::{Bounds, Explored, Finding, command, explore, replay};
pub use flaw::Flaw;
pub use moves::{Fault, Move, Outside};
pub use reconcile::{Fate, View};
pub use world::{Budget, Promise, World};
