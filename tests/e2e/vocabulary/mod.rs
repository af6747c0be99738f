//! The words that the stories are told in: a world, what a person does in it, what is seen, what is counted.

pub mod control_plane;
pub mod controller;
pub mod elsewhere;
pub mod fields;
pub mod manifest;
pub mod network;
pub mod page;
pub mod patience;
pub mod seen;
pub mod time;
pub mod traffic;
pub mod watched;
pub mod world;

pub use control_plane::{Said, kubectl};
pub use manifest::Manifest;
pub use patience::eventually;
pub use seen::Service;
pub use time::{InFlight, STAGES};
pub use world::{World, given_a_world};
