//! Simulated time: it follows the real clock at some speed, or it is advanced by hand.
use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};

use super::journal::micros_now;
use crate::time::Time;

/// How simulated time runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Speed {
    /// Only by hand.
    Manual,
    /// So many times faster than the clock.
    Times(f64),
}

impl Speed {
    /// The highest speed: a year in half a minute.
    pub const HIGHEST: f64 = 1_000_000.0;

    /// A speed from a number: 0 is by hand.
    ///
    /// # Errors
    /// When it is negative, not finite, or higher than `HIGHEST`.
    pub fn from_number(number: f64) -> Result<Self, String> {
        match number {
            0.0 => Ok(Self::Manual),
            number if number > 0.0 && number <= Self::HIGHEST => Ok(Self::Times(number)),
            number => Err(format!("speed must be between 0 and {}, not {number}", Self::HIGHEST)),
        }
    }

    /// The number: 0 is by hand.
    pub fn number(self) -> f64 {
        match self {
            Self::Manual => 0.0,
            Self::Times(times) => times,
        }
    }
}

/// Where a clock stood.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reading {
    simulated: Time,
    real_micros: u64,
    speed: f64,
}

/// The clock of one simulator.
#[derive(Debug, Clone)]
pub struct Clock {
    speed: Speed,
    /// Simulated time at `since`.
    base: Time,
    since: Instant,
}

impl Clock {
    /// A clock that starts at the real time.
    pub fn start(speed: Speed) -> Self {
        let epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { speed, base: Time(0) + epoch, since: Instant::now() }
    }

    /// Simulated time.
    pub fn now(&self) -> Time {
        match self.speed {
            Speed::Manual => self.base,
            Speed::Times(times) => self.base + self.since.elapsed().mul_f64(times),
        }
    }

    /// How it stands and runs, to go on from in another process.
    pub(super) fn reading(&self) -> Reading {
        Reading { simulated: self.now(), real_micros: micros_now(), speed: self.speed.number() }
    }

    /// A clock that ran on since `reading` was taken, while no process was there to show it.
    pub(super) fn resumed(reading: Reading) -> Result<Self, String> {
        let speed = Speed::from_number(reading.speed)?;
        let gone = Duration::from_micros(micros_now().saturating_sub(reading.real_micros));
        Ok(Self { speed, base: reading.simulated + gone.mul_f64(speed.number()), since: Instant::now() })
    }

    /// How it runs.
    pub fn speed(&self) -> Speed {
        self.speed
    }

    /// Goes on at another speed from now.
    pub fn set_speed(&mut self, speed: Speed) {
        *self = Self { speed, base: self.now(), since: Instant::now() };
    }

    /// Jumps ahead.
    pub fn advance(&mut self, span: Duration) {
        self.base = self.base + span;
    }
}
