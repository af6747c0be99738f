//! The fence: whether this process may still have effects. Whoever leads keeps it open, and time alone shuts it.
//!
//! It is asked before every effect, and it asks nobody: a process that was paused for longer than its lease finds the fence
//! shut when it wakes up, before anybody has told it what happened meanwhile.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use super::gate::{Closed, Guard, Write};

/// Open for ever: there is nobody to share the work with.
const FOR_EVER: u64 = u64::MAX;
/// Shut.
const NEVER: u64 = 0;

/// Until when this process may have effects. Clones share it.
#[derive(Clone, Debug)]
pub struct Fence(Arc<AtomicU64>);

impl Fence {
    /// Always open: for a controller that is alone.
    #[must_use]
    pub fn open_for_ever() -> Self {
        Self(Arc::new(AtomicU64::new(FOR_EVER)))
    }

    /// Shut, until somebody opens it.
    #[must_use]
    pub fn shut() -> Self {
        Self(Arc::new(AtomicU64::new(NEVER)))
    }

    /// Opens it until this moment of [`now`]; `None` shuts it.
    pub fn open_until(&self, moment: Option<Instant>) {
        self.0.store(moment.map_or(NEVER, ticks), Ordering::SeqCst);
    }

    /// Whether effects may be had now.
    #[must_use]
    pub fn is_open(&self) -> bool {
        ticks(now()) < self.0.load(Ordering::SeqCst)
    }

    /// Shows in `registry` whether this process leads.
    pub fn register(&self, registry: &mut Registry) {
        registry.register_collector(Box::new(self.clone()));
    }
}

impl Guard for Fence {
    fn before(&self, _write: Write) -> Result<(), Closed> {
        if self.is_open() { Ok(()) } else { Err(Closed) }
    }

    fn during(&self, write: Write) -> Result<(), Closed> {
        self.before(write)
    }
}

impl Collector for Fence {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let about = "1 in the replica that leads and may write, 0 in one that stands by";
        let metric = encoder.encode_descriptor("expressway_leader", about, None, MetricType::Gauge)?;
        ConstGauge::new(i64::from(self.is_open())).encode(metric)
    }
}

/// Now, on a clock that nobody sets, and that goes on while the machine sleeps. An [`Instant`] of its own does not on Linux: a
/// virtual machine that was suspended for an hour would still take its lease for fresh.
#[must_use]
pub fn now() -> Instant {
    START.0 + awake_or_asleep().saturating_sub(START.1)
}

static START: LazyLock<(Instant, Duration)> = LazyLock::new(|| (Instant::now(), awake_or_asleep()));

#[cfg(target_os = "linux")]
fn awake_or_asleep() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::try_from(time).unwrap_or_default()
}

#[cfg(not(target_os = "linux"))]
fn awake_or_asleep() -> Duration {
    static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
    ORIGIN.elapsed()
}

/// Microseconds since the start, and never [`NEVER`].
fn ticks(moment: Instant) -> u64 {
    let since = moment.saturating_duration_since(START.0);
    u64::try_from(since.as_micros()).unwrap_or(FOR_EVER - 1).saturating_add(1).min(FOR_EVER - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

    #[test]
    fn it_is_open_until_its_moment_and_shut_from_then_on() {
        let fence = Fence::shut();
        assert!(!fence.is_open());

        fence.open_until(Some(now() + LONG));
        assert!(fence.clone().is_open());

        fence.open_until(Some(now()));
        assert!(!fence.is_open());
    }

    #[test]
    fn it_can_be_shut_before_its_moment() {
        let fence = Fence::shut();
        fence.open_until(Some(now() + LONG));
        fence.open_until(None);
        assert!(!fence.is_open());
    }

    #[test]
    fn one_who_is_alone_is_never_stopped() {
        assert!(Fence::open_for_ever().is_open());
        assert!(ticks(now() + Duration::from_secs(u64::from(u32::MAX))) < FOR_EVER);
    }

    #[test]
    fn its_clock_goes_forward() {
        let earlier = now();
        assert!(now() >= earlier);
    }
}
