//! Zeroed memory that the system hands out without touching it, and that may fail without ending the host:
//! SETRANGE far past the end of a value. `vec![0; n]` aborts when memory is short, `Vec::resize` writes every
//! byte.
#![allow(
    unsafe_code,
    reason = "the standard library has no fallible zeroed vector; ENGINEERING: files named raw.rs"
)]

use std::alloc::{Layout, alloc_zeroed};

/// A vector of `len` zeros with room for `capacity` bytes; `None` if the system has no memory for it.
pub(super) fn zeroed(len: usize, capacity: usize) -> Option<Vec<u8>> {
    let capacity = capacity.max(len);
    if capacity == 0 {
        return Some(Vec::new());
    }
    let layout = Layout::array::<u8>(capacity).ok()?;
    // SAFETY: the layout's size is not zero.
    let p = unsafe { alloc_zeroed(layout) };
    if p.is_null() {
        return None;
    }
    // SAFETY: `p` was just allocated by the global allocator with the layout of `capacity` bytes, of which
    // the first `len` (all of them) are initialised with zeros.
    Some(unsafe { Vec::from_raw_parts(p, len, capacity) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_zeros_with_room_or_nothing() {
        for (len, capacity) in [(0, 0), (0, 7), (5, 5), (5, 9), (9, 5), (3 << 20, 4 << 20)] {
            let v = zeroed(len, capacity).unwrap();
            assert_eq!(v.len(), len);
            assert!(v.capacity() >= capacity.max(len));
            assert!(v.iter().all(|b| *b == 0));
        }
        assert!(zeroed(usize::MAX, 0).is_none());
        assert!(zeroed(1, isize::MAX.unsigned_abs()).is_none());
    }
}
