//! The unsafe operation that the tables of values and of keys share. Measured: with the slot asked for ahead, a look-up
//! in a set of a million members takes 126 ns instead of 155.
#![allow(unsafe_code, reason = "an intrinsic; files named raw.rs may")]

/// Asks the processor for the cache line at an address: a hint that reads nothing and cannot fail, so that any
/// address will do.
#[inline]
pub(crate) fn prefetch(address: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch is no access: it is defined for every address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::without_provenance(address)) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}
