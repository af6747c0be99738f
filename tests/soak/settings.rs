//! How long, how many, how fast, and the number that all chance follows from.

use std::str::FromStr;
use std::time::Duration;

/// One soak.
#[derive(Clone, Debug)]
pub struct Settings {
    /// All that users do and all that is disturbed follows from it.
    pub seed: u64,
    /// How many objects there are at the start.
    pub services: usize,
    /// How long there is trouble.
    pub trouble: Trouble,
    /// How many things users do each second.
    pub moves_each_second: f64,
    /// How many times faster than the clock ECS runs: a canary takes eleven minutes.
    pub speed: u32,
    /// More flags of the controller.
    pub flags: Vec<&'static str>,
    /// Between two looks at a settled service. Ten of them are waited for in the end.
    pub observe: Duration,
}

/// How long there is trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Until each disturbance was there once.
    EachOnce,
    /// For a time.
    For(Duration),
}

impl Settings {
    /// Under a minute.
    pub fn short() -> Self {
        Self {
            seed: 20_261_128,
            services: 10,
            trouble: Trouble::EachOnce,
            moves_each_second: 1.0,
            speed: 60,
            // Handing over is waited for several times.
            flags: vec!["--lease-duration=8s", "--lease-renew-deadline=6s", "--lease-retry=500ms"],
            observe: Duration::from_secs(1),
        }
    }

    /// What `make soak` was told.
    pub fn from_environment() -> Self {
        let minutes: f64 = variable("MINUTES", 15.0);
        Self {
            seed: variable("SEED", 20_261_128),
            services: variable("SERVICES", 200),
            trouble: Trouble::For(Duration::from_secs_f64(minutes * 60.0)),
            moves_each_second: variable("MOVES", 1.5),
            speed: variable("SPEED", 60),
            flags: Vec::new(),
            observe: Duration::from_secs(5),
        }
    }

    /// The line that plays the same moves and the same disturbances again.
    pub fn replay(&self) -> String {
        match self.trouble {
            Trouble::EachOnce => "cargo test --test soak each_disturbance_once".to_owned(),
            Trouble::For(time) => format!(
                "make soak MINUTES={} SERVICES={} SEED={} MOVES={} SPEED={}",
                time.as_secs_f64() / 60.0,
                self.services,
                self.seed,
                self.moves_each_second,
                self.speed
            ),
        }
    }
}

fn variable<T: FromStr>(name: &str, otherwise: T) -> T {
    match std::env::var(name) {
        Ok(text) if !text.is_empty() => text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")),
        _ => otherwise,
    }
}
