//! `lodger_reply`: an immutable tree; a node is borrowed from its root.

use std::ffi::c_void;

use super::guard::guard;
use super::ptr;
use crate::Reply;

/// A reply or an element of one.
#[repr(transparent)]
pub struct lodger_reply(pub(super) Reply);

/// How many integers have a reply that is there for good, from [`FIRST`] on.
const INTEGERS: usize = 1024;
const FIRST: i64 = -2;

/// The replies that most calls have, made once: nil, OK, small integers.
static COMMON: [lodger_reply; INTEGERS + 2] = {
    let mut all = [const { lodger_reply(Reply::nil()) }; INTEGERS + 2];
    all[1].0.become_other(Reply::ok());
    let mut n = 0;
    while n < INTEGERS {
        let value = FIRST + n as i64;
        all[n + 2].0.become_other(Reply::integer(value));
        n += 1;
    }
    all
};

impl lodger_reply {
    /// The one in [`COMMON`] that is equal to this.
    #[inline]
    pub(super) fn common(&self) -> Option<&'static Self> {
        let at = if let Some(n) = self.0.plain_int() {
            usize::try_from(n.wrapping_sub(FIRST)).ok().filter(|n| *n < INTEGERS)? + 2
        } else if self.0.is_nil() {
            0
        } else if self.0.is_ok() {
            1
        } else {
            return None;
        };
        COMMON.get(at)
    }
}

/// No reply: the kind of NULL.
pub const LODGER_REPLY_NONE: i32 = 0;
/// A string of bytes.
pub const LODGER_REPLY_STRING: i32 = 1;
/// A short fixed text such as OK.
pub const LODGER_REPLY_STATUS: i32 = 2;
/// An error; the text begins with its code, such as WRONGTYPE.
pub const LODGER_REPLY_ERROR: i32 = 3;
/// A signed 64-bit integer.
pub const LODGER_REPLY_INTEGER: i32 = 4;
/// Absent.
pub const LODGER_REPLY_NIL: i32 = 5;
/// A list of replies.
pub const LODGER_REPLY_ARRAY: i32 = 6;
/// Keys and values, alternately; its length counts both.
pub const LODGER_REPLY_MAP: i32 = 7;
/// A list of distinct replies in no order.
pub const LODGER_REPLY_SET: i32 = 8;
/// A double.
pub const LODGER_REPLY_DOUBLE: i32 = 9;
/// True or false: lodger_reply_integer gives 1 or 0.
pub const LODGER_REPLY_BOOL: i32 = 10;
/// An integer of any size, as decimal text.
pub const LODGER_REPLY_BIGNUM: i32 = 11;
/// Text with a format; lodger_reply_bytes gives the text alone.
pub const LODGER_REPLY_VERBATIM: i32 = 12;
/// An out-of-band message, laid out as an array.
pub const LODGER_REPLY_PUSH: i32 = 13;

/// The reply behind a pointer.
///
/// # Safety
/// `r` is NULL or a live reply that outlives the result.
unsafe fn get<'a>(r: *const lodger_reply) -> Option<&'a Reply> {
    // SAFETY: as the caller promises.
    unsafe { ptr::shared(r) }.ok().map(|r| &r.0)
}

/// What a reply holds: one of LODGER_REPLY_*; LODGER_REPLY_NONE for NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_reply_kind(r: *const lodger_reply) -> i32 {
    // SAFETY: NULL or a live reply.
    guard(LODGER_REPLY_NONE, || unsafe { get(r) }.map_or(LODGER_REPLY_NONE, |r| r.kind() as i32))
}

/// The value of an INTEGER, or 1 and 0 of a BOOL; 0 for other kinds and NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_reply_integer(r: *const lodger_reply) -> i64 {
    // SAFETY: NULL or a live reply.
    guard(0, || unsafe { get(r) }.and_then(Reply::as_int).unwrap_or(0))
}

/// The value of a DOUBLE, or of an INTEGER as a double; 0 for other kinds and NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_reply_double(r: *const lodger_reply) -> f64 {
    // SAFETY: NULL or a live reply.
    guard(0.0, || unsafe { get(r) }.and_then(Reply::as_f64).unwrap_or(0.0))
}

/// The bytes of a STRING, STATUS, ERROR, BIGNUM or VERBATIM, and their number in *len (len may be NULL). Borrowed
/// until the root is freed; NUL-terminated below 64 KiB. NULL and 0 for other kinds and NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_reply_bytes(r: *const lodger_reply, len: *mut usize) -> *const c_void {
    guard(std::ptr::null(), || {
        // SAFETY: NULL or writable.
        unsafe { ptr::put(len, 0) };
        // SAFETY: NULL or a live reply.
        match unsafe { get(r) }.and_then(Reply::text) {
            Some((bytes, n)) => {
                // SAFETY: NULL or writable.
                unsafe { ptr::put(len, n) };
                bytes.as_ptr().cast()
            }
            None => std::ptr::null(),
        }
    })
}

/// The number of elements of an ARRAY, MAP (keys and values), SET or PUSH; 0 for other kinds and NULL. Any
/// thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_reply_len(r: *const lodger_reply) -> usize {
    // SAFETY: NULL or a live reply.
    guard(0, || unsafe { get(r) }.map_or(0, |r| r.elements().len()))
}

/// Element i of an aggregate, from 0. Borrowed until the root is freed: not to be freed itself. NULL if there is
/// none. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_reply_at(r: *const lodger_reply, i: usize) -> *const lodger_reply {
    guard(std::ptr::null(), || {
        // SAFETY: NULL or a live reply.
        let found = unsafe { get(r) }.and_then(|r| r.elements().get(i));
        // The cast is sound because lodger_reply is a transparent wrapper.
        found.map_or(std::ptr::null(), |node| std::ptr::from_ref(node).cast())
    })
}

/// Frees a reply with all its elements; NULL is fine. Only for roots, as lodger_command gave them. Any thread,
/// once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_reply_free(root: *mut lodger_reply) {
    guard((), || {
        if !root.is_null() && !COMMON.as_ptr_range().contains(&root.cast_const()) {
            // SAFETY: made by lodger_command; the caller does not use it again.
            drop(unsafe { Box::from_raw(root) });
        }
    });
}
