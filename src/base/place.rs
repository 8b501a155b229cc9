//! Writing over values.

use std::mem::{ManuallyDrop, replace};

/// Writes over a value that has nothing to drop, such as the empty case of an enum whose other cases have. The compiler does
/// not know, and a call of the destructor would have the new value put together elsewhere first and then copied: on hot
/// paths that is the longest wait of all.
#[inline(always)]
pub(crate) const fn overwrite<T>(empty: &mut T, value: T) {
    let _ = ManuallyDrop::new(replace(empty, value));
}
