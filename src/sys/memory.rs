//! Memory and time as the operating system counts them for this process.

/// Gives free heap memory back to the system, where the allocator can.
pub(crate) fn trim() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: touches the allocator's own state only, under its own locks.
    unsafe {
        libc::malloc_trim(0)
    };
}

/// Resident bytes of the whole process, 0 where it cannot be told.
pub(crate) fn resident() -> u64 {
    resident_pages().unwrap_or(0).saturating_mul(4096)
}

#[expect(clippy::disallowed_methods, reason = "the kernel's own table, no file of a database")]
fn resident_pages() -> Option<u64> {
    let text = std::fs::read("/proc/self/statm").ok()?;
    std::str::from_utf8(&text).ok()?.split(' ').nth(1)?.parse().ok()
}

/// Seconds of processor time of this process: in the kernel, and in user code.
pub(crate) fn cpu_seconds() -> (f64, f64) {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: `usage` is writable and of the right type.
    let status = unsafe { libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr()) };
    if status != 0 {
        return (0.0, 0.0);
    }
    // SAFETY: zeroed is a valid rusage, and the call filled it.
    let usage = unsafe { usage.assume_init() };
    let seconds = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 / 1e6;
    (seconds(usage.ru_stime), seconds(usage.ru_utime))
}

/// Bytes of memory of the machine, 0 where it cannot be told.
pub(crate) fn machine_total() -> u64 {
    // SAFETY: asks for a number.
    let pages = unsafe { libc::sysconf(libc::_SC_PHYS_PAGES) };
    // SAFETY: asks for a number.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    u64::try_from(pages).unwrap_or(0).saturating_mul(u64::try_from(page).unwrap_or(0))
}
