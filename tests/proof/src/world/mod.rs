//! A world in one process: an API server and ECS as values, a clock that moves by itself, and calls that can go wrong at
//! any moment. The controller in it is the real one.

mod calls;
mod clock;
mod ecs;
mod kubernetes;
mod left;
mod life;
mod script;
mod state;
mod store;
#[cfg(test)]
mod truth_tests;
mod user;

pub use calls::{Call, Mishap, Moment, Passed, Point, Verb};
pub use left::World;
pub use life::{CLUSTER_ID, Ending, Life, settings};
pub use script::{Due, Script, Step, When};
pub use state::{Fortune, Shared, State, Watchman};
pub use store::{Change, Refusal, Store};
pub use user::{ACCOUNT, Act, CLUSTER, NAME, NAMESPACE, role, service_arn};
