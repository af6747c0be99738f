//! The time of a world: tokio's paused clock, which moves only when everybody waits, from a fixed first moment on.

use std::time::Duration;

use express_simulator::time::Time;
use jiff::Timestamp;
use tokio::time::Instant;

/// The first moment of every world, in seconds since the epoch.
pub const BEGINNING: i64 = 1_900_000_000;

/// The time since a world began.
#[derive(Clone, Copy, Debug)]
pub struct Since {
    then: Instant,
    age: Duration,
}

impl Since {
    /// It is so old now.
    pub fn aged(age: Duration) -> Self {
        Self { then: Instant::now(), age }
    }

    /// How old the world is.
    pub fn age(self) -> Duration {
        self.age + self.then.elapsed()
    }
}

/// A moment of a world, as Kubernetes and the controller write it.
pub fn timestamp(age: Duration) -> Timestamp {
    let beginning = Timestamp::from_second(BEGINNING).unwrap_or_default();
    beginning.checked_add(age).unwrap_or(beginning)
}

/// A moment of a world, as ECS writes it.
pub fn time(age: Duration) -> Time {
    Time(BEGINNING * 1000) + age
}
