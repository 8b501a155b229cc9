//! `lodger_error`.

use std::ffi::{CString, c_char};

use super::guard::guard;
use super::ptr;
use super::status::{self, LODGER_ERR_NULL, LODGER_ERR_PANIC, LODGER_OK, lodger_status};
use crate::Error;

/// An error that a call without a client gives.
pub struct lodger_error {
    status: lodger_status,
    message: CString,
}

/// Text as C takes it: what follows a NUL, which no message of ours has, is cut.
pub(super) fn c_text(text: &str) -> CString {
    let end = text.find('\0').unwrap_or(text.len());
    CString::new(text.get(..end).unwrap_or_default()).unwrap_or_default()
}

/// Hands an error to `err` if it wants it, and answers its status.
///
/// # Safety
/// `err` is NULL or writable.
pub(super) unsafe fn give(err: *mut *mut lodger_error, error: &Error) -> lodger_status {
    // SAFETY: as the caller promises.
    unsafe { give_text(err, status::of(error), error.message()) }
}

/// The same for a required pointer that is NULL.
///
/// # Safety
/// As for [`give`].
pub(super) unsafe fn give_null(err: *mut *mut lodger_error, what: &str) -> lodger_status {
    // SAFETY: as the caller promises.
    unsafe { give_text(err, LODGER_ERR_NULL, what) }
}

/// # Safety
/// As for [`give`].
unsafe fn give_text(err: *mut *mut lodger_error, status: lodger_status, text: &str) -> lodger_status {
    if !err.is_null() {
        let boxed = Box::new(lodger_error { status, message: c_text(text) });
        // SAFETY: as the caller promises.
        unsafe { ptr::put(err, Box::into_raw(boxed)) };
    }
    status
}

/// The message of an error, naming the file, directive or argument. Borrowed until lodger_error_free(err); "" for
/// NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_error_message(err: *const lodger_error) -> *const c_char {
    guard(c"".as_ptr(), || {
        // SAFETY: NULL or an error that the caller owns.
        unsafe { ptr::shared(err) }.map_or(c"".as_ptr(), |e| e.message.as_ptr())
    })
}

/// The status of an error; LODGER_OK for NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_error_status(err: *const lodger_error) -> lodger_status {
    guard(LODGER_ERR_PANIC, || {
        // SAFETY: NULL or an error that the caller owns.
        unsafe { ptr::shared(err) }.map_or(LODGER_OK, |e| e.status)
    })
}

/// Frees an error; NULL is fine. Any thread, once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_error_free(err: *mut lodger_error) {
    guard((), || {
        if !err.is_null() {
            // SAFETY: made by `give`; the caller owns it and does not use it again.
            drop(unsafe { Box::from_raw(err) });
        }
    });
}
