//! A clock that costs next to nothing and is exact to some milliseconds.

/// Microseconds from an arbitrary start, as of the system's last tick.
#[cfg(target_os = "linux")]
pub(crate) fn coarse_us() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is writable, and the clock is one that Linux has.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC_COARSE, &raw mut now) } != 0;
    if failed {
        return crate::base::clock::monotonic_us();
    }
    let part = |n: i64| u64::try_from(n).unwrap_or(0);
    part(now.tv_sec) * 1_000_000 + part(now.tv_nsec) / 1000
}

/// Microseconds from an arbitrary start.
#[cfg(not(target_os = "linux"))]
pub(crate) fn coarse_us() -> u64 {
    crate::base::clock::monotonic_us()
}
