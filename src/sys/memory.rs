//! Memory from the operating system, and memory and time as it counts them for this process.

use std::ptr::NonNull;

/// Takes `size` bytes (a power of two, at least a page) from the system, aligned to their size; `None` when
/// there are none. Pages take memory when they are first touched.
#[cfg(all(unix, not(miri)))]
pub(crate) fn reserve(size: usize) -> Option<NonNull<u8>> {
    let exact = map(size)?;
    if exact.addr().get() & (size - 1) == 0 {
        return Some(exact);
    }
    // SAFETY: just mapped, and nobody has seen it.
    unsafe { unreserve(exact, size) };
    // Twice as much holds an aligned part; what is before and after it goes back.
    let wide = map(size.checked_mul(2)?)?;
    let before = wide.addr().get().next_multiple_of(size) - wide.addr().get();
    // SAFETY: `before` is below `size`, so the part lies within the mapping.
    let part = unsafe { wide.add(before) };
    if before > 0 {
        // SAFETY: just mapped, and nobody has seen it.
        unsafe { unreserve(wide, before) };
    }
    if before < size {
        // SAFETY: as above; from the end of the part to the end of the mapping.
        unsafe { unreserve(part.add(size), size - before) };
    }
    Some(part)
}

#[cfg(all(unix, not(miri)))]
fn map(size: usize) -> Option<NonNull<u8>> {
    let (prot, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANON);
    // SAFETY: a fresh anonymous mapping; nothing else is affected.
    let p = unsafe { libc::mmap(std::ptr::null_mut(), size, prot, flags, -1, 0) };
    if p == libc::MAP_FAILED { None } else { NonNull::new(p.cast()) }
}

/// [`reserve`], with all of its memory there, in large pages where the system has some. That may take long.
#[cfg(all(unix, not(miri)))]
pub(crate) fn reserve_large(size: usize) -> Option<NonNull<u8>> {
    let p = reserve(size)?;
    #[cfg(target_os = "linux")]
    // SAFETY: just reserved; the advice changes no content.
    unsafe {
        libc::madvise(p.as_ptr().cast(), size, libc::MADV_HUGEPAGE)
    };
    for at in (0..size).step_by(4096) {
        // Written one by one instead of by MADV_POPULATE_WRITE, which keeps others from mapping memory meanwhile.
        // SAFETY: within the reservation, which nobody else knows.
        unsafe { p.add(at).write_volatile(0) };
    }
    // Large pages that are there stay, but the system must not make one of what is left of the region once parts of it
    // were given back.
    #[cfg(target_os = "linux")]
    // SAFETY: as above.
    unsafe {
        libc::madvise(p.as_ptr().cast(), size, libc::MADV_NOHUGEPAGE)
    };
    Some(p)
}

/// Gives the pages of a part of reserved memory back; it stays reserved, with any content. Where pages are
/// larger than the part it keeps them.
///
/// # Safety
/// `p` and `size` are part of reserved memory, and nothing in them is in use.
#[cfg(all(unix, not(miri)))]
pub(crate) unsafe fn release(p: NonNull<u8>, size: usize) {
    // Elsewhere than on Linux MADV_DONTNEED is only advice.
    #[cfg(target_os = "linux")]
    let advice = libc::MADV_DONTNEED;
    #[cfg(not(target_os = "linux"))]
    let advice = libc::MADV_FREE;
    // SAFETY: the caller's promise. A failure leaves the pages as they are.
    unsafe { libc::madvise(p.as_ptr().cast(), size, advice) };
}

/// Ends a reservation.
///
/// # Safety
/// `p` and `size` are as reserved, and nothing in them is in use.
#[cfg(all(unix, not(miri)))]
pub(crate) unsafe fn unreserve(p: NonNull<u8>, size: usize) {
    // SAFETY: the caller's promise.
    unsafe { libc::munmap(p.as_ptr().cast(), size) };
}

/// See above; from the global allocator.
#[cfg(not(all(unix, not(miri))))]
pub(crate) fn reserve(size: usize) -> Option<NonNull<u8>> {
    let layout = std::alloc::Layout::from_size_align(size, size).ok()?;
    // SAFETY: the layout is not empty.
    NonNull::new(unsafe { std::alloc::alloc(layout) })
}

/// See above.
#[cfg(not(all(unix, not(miri))))]
pub(crate) fn reserve_large(size: usize) -> Option<NonNull<u8>> {
    reserve(size)
}

/// See above; keeps the memory until the whole reservation ends.
///
/// # Safety
/// As above.
#[cfg(not(all(unix, not(miri))))]
pub(crate) unsafe fn release(_: NonNull<u8>, _: usize) {}

/// See above.
///
/// # Safety
/// As above.
#[cfg(not(all(unix, not(miri))))]
pub(crate) unsafe fn unreserve(p: NonNull<u8>, size: usize) {
    if let Ok(layout) = std::alloc::Layout::from_size_align(size, size) {
        // SAFETY: allocated by `reserve` with this layout.
        unsafe { std::alloc::dealloc(p.as_ptr(), layout) };
    }
}

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
