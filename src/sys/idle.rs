//! How much of the system's processors nobody uses.

/// Microseconds that all processors together were idle since the system started, in steps of some milliseconds; `None` where
/// the system does not tell.
#[cfg(target_os = "linux")]
pub(crate) fn idle_us() -> Option<u64> {
    // "cpu  user nice system idle iowait ...", in ticks.
    let text = std::fs::read_to_string("/proc/stat").ok()?;
    let mut fields = text.lines().next()?.strip_prefix("cpu ")?.split_ascii_whitespace().skip(3);
    let mut next = || fields.next()?.parse::<u64>().ok();
    let ticks = next()?.saturating_add(next()?);
    // SAFETY: asks for a number.
    let a_second = u64::try_from(unsafe { libc::sysconf(libc::_SC_CLK_TCK) }).ok()?;
    ticks.saturating_mul(1_000_000).checked_div(a_second)
}

/// Not told.
#[cfg(not(target_os = "linux"))]
pub(crate) fn idle_us() -> Option<u64> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn it_is_told_and_never_falls() {
        let first = super::idle_us().unwrap();
        assert!(first > 0 && super::idle_us().unwrap() >= first);
    }
}
