//! Notices that a handle has crossed `fork()`, without a handler in the host: a page that the kernel hands to
//! the child wiped (`MADV_WIPEONFORK`, Linux 4.14). Elsewhere the process id is compared.

#[cfg(target_os = "linux")]
use std::ptr::NonNull;
#[cfg(target_os = "linux")]
use std::sync::atomic::{AtomicU8, Ordering};

/// Made by the process that owns a database.
pub(crate) struct ForkGuard {
    #[cfg(target_os = "linux")]
    page: Option<NonNull<AtomicU8>>,
    owner: u32,
}

#[cfg(target_os = "linux")]
const PAGE: usize = 4096;

// SAFETY: the page holds one atomic byte and lives as long as the guard.
unsafe impl Send for ForkGuard {}
// SAFETY: as above.
unsafe impl Sync for ForkGuard {}

impl ForkGuard {
    /// Marks this process as the owner.
    pub(crate) fn new() -> Self {
        Self {
            #[cfg(target_os = "linux")]
            page: Self::map(),
            owner: std::process::id(),
        }
    }

    #[cfg(target_os = "linux")]
    fn map() -> Option<NonNull<AtomicU8>> {
        let (prot, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        // SAFETY: a fresh anonymous mapping; nothing else is affected.
        let page = unsafe { libc::mmap(std::ptr::null_mut(), PAGE, prot, flags, -1, 0) };
        if page == libc::MAP_FAILED {
            return None;
        }
        // SAFETY: the page was just mapped, with this length.
        if unsafe { libc::madvise(page, PAGE, libc::MADV_WIPEONFORK) } != 0 {
            // SAFETY: as above; nobody has seen the page.
            unsafe { libc::munmap(page, PAGE) };
            return None;
        }
        let byte = NonNull::new(page.cast::<AtomicU8>())?;
        // SAFETY: mapped, writable, zeroed, and aligned for a byte.
        unsafe { byte.as_ref() }.store(1, Ordering::Relaxed);
        Some(byte)
    }

    /// Whether this is a child of the owner.
    #[inline]
    pub(crate) fn crossed(&self) -> bool {
        #[cfg(target_os = "linux")]
        if let Some(byte) = self.page {
            // SAFETY: mapped until the guard is dropped.
            return unsafe { byte.as_ref() }.load(Ordering::Relaxed) == 0;
        }
        std::process::id() != self.owner
    }
}

impl Drop for ForkGuard {
    fn drop(&mut self) {
        #[cfg(target_os = "linux")]
        if let Some(byte) = self.page {
            // SAFETY: mapped by `map` with this length; nobody can look at it after the drop.
            unsafe { libc::munmap(byte.as_ptr().cast(), PAGE) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_has_not_crossed() {
        assert!(!ForkGuard::new().crossed());
    }
}
