//! The only way to ask for the time: a system clock, or one that a test moves by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Where a database takes its time from. Cloning shares the same clock.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Microseconds since the Unix epoch of a virtual clock; `None` is the system's clock.
    virtual_us: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// The operating system's wall clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands still at `start_ms` (Unix time in milliseconds) until [`Clock::advance_ms`].
    pub fn manual(start_ms: i64) -> Self {
        Self { virtual_us: Some(Arc::new(AtomicI64::new(start_ms.saturating_mul(1000)))) }
    }

    /// Moves a manual clock forward by `ms`; the system's clock ignores it.
    pub fn advance_ms(&self, ms: i64) {
        if let Some(us) = &self.virtual_us {
            us.fetch_add(ms.saturating_mul(1000), Ordering::SeqCst);
        }
    }

    /// Whether it is moved by hand.
    pub fn is_manual(&self) -> bool {
        self.virtual_us.is_some()
    }

    /// Unix time in milliseconds.
    pub fn now_ms(&self) -> i64 {
        self.now_us() / 1000
    }

    /// Unix time in microseconds.
    pub fn now_us(&self) -> i64 {
        match &self.virtual_us {
            Some(us) => us.load(Ordering::SeqCst),
            None => system_now_us(),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this module is where time comes from")]
fn system_now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// Microseconds of a clock that never goes back, from an arbitrary start: for measuring durations.
#[expect(clippy::disallowed_methods, reason = "this module is where time comes from")]
pub(crate) fn monotonic_us() -> u64 {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    let start = START.get_or_init(Instant::now);
    u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX)
}
