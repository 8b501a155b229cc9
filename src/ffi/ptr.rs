//! Raw pointers in, references out. Every function says what its caller promises; the exports pass that
//! promise on from C.

use std::ffi::{CStr, c_char, c_void};

use super::status::{LODGER_ERR_ARG, LODGER_ERR_NULL, lodger_status};

/// Bytes given as pointer and length; NULL with length 0 is empty.
///
/// # Safety
/// `p` is NULL or readable for `len` bytes for as long as the result is used.
#[inline]
pub(super) unsafe fn bytes<'a>(p: *const c_void, len: usize) -> Result<&'a [u8], lodger_status> {
    if p.is_null() {
        return if len == 0 { Ok(&[]) } else { Err(LODGER_ERR_NULL) };
    }
    if isize::try_from(len).is_err() {
        return Err(LODGER_ERR_ARG);
    }
    // SAFETY: not NULL, short enough for a slice, readable as the caller promises.
    Ok(unsafe { std::slice::from_raw_parts(p.cast(), len) })
}

/// A NUL-terminated string that may be NULL, which is empty.
///
/// # Safety
/// `p` is NULL or a NUL-terminated string that is valid for as long as the result is used.
#[inline]
pub(super) unsafe fn text<'a>(p: *const c_char) -> &'a [u8] {
    if p.is_null() {
        return &[];
    }
    // SAFETY: as the caller promises.
    unsafe { CStr::from_ptr(p) }.to_bytes()
}

/// `n` values at `p`.
///
/// # Safety
/// `p` is NULL or readable for `n` values for as long as the result is used.
#[inline]
pub(super) unsafe fn array<'a, T>(p: *const T, n: usize) -> Result<&'a [T], lodger_status> {
    if p.is_null() {
        return Err(LODGER_ERR_NULL);
    }
    if n > isize::MAX as usize / size_of::<T>().max(1) {
        return Err(LODGER_ERR_ARG);
    }
    // SAFETY: not NULL, short enough for a slice, readable as the caller promises.
    Ok(unsafe { std::slice::from_raw_parts(p, n) })
}

/// `n` values at `p`, which are set to `value`.
///
/// # Safety
/// `p` is NULL or writable for `n` values, and nobody else uses them while the result is used.
#[inline]
pub(super) unsafe fn array_of<'a, T: Copy>(
    p: *mut T,
    n: usize,
    value: T,
) -> Result<&'a mut [T], lodger_status> {
    if p.is_null() {
        return Err(LODGER_ERR_NULL);
    }
    if n > isize::MAX as usize / size_of::<T>().max(1) {
        return Err(LODGER_ERR_ARG);
    }
    for i in 0..n {
        // SAFETY: within the n values. Written one by one: they may be uninitialised, so no reference yet.
        unsafe { p.add(i).write(value) };
    }
    // SAFETY: not NULL, short enough for a slice, initialised above, exclusive as the caller promises.
    Ok(unsafe { std::slice::from_raw_parts_mut(p, n) })
}

/// A handle or other object behind a pointer.
///
/// # Safety
/// `p` is NULL or a live object of ours that outlives the result.
#[inline]
pub(super) unsafe fn shared<'a, T>(p: *const T) -> Result<&'a T, lodger_status> {
    // SAFETY: as the caller promises.
    unsafe { p.as_ref() }.ok_or(LODGER_ERR_NULL)
}

/// Writes to an out-pointer; false if it is NULL.
///
/// # Safety
/// `p` is NULL or writable.
#[inline]
pub(super) unsafe fn put<T>(p: *mut T, value: T) -> bool {
    if p.is_null() {
        return false;
    }
    // SAFETY: not NULL, writable as the caller promises; what was there is overwritten, not dropped, because it
    // may be uninitialised.
    unsafe { p.write(value) };
    true
}
