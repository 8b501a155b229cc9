//! `lodger_client`: the calls that take any command.

use std::any::Any;
use std::cell::UnsafeCell;
use std::ffi::{CString, c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::db::lodger_db;
use super::error::c_text;
use super::guard::{guard, said};
use super::ptr;
use super::reply::lodger_reply;
use super::status::{
    self, LODGER_ERR_BUSY, LODGER_ERR_FORKED, LODGER_ERR_NULL, LODGER_ERR_PANIC, LODGER_OK, LODGER_TIMEOUT,
    lodger_status,
};
use crate::{Client, Interrupter, Reply};

/// A client, and the flag that keeps a second thread out.
pub struct lodger_client {
    busy: AtomicBool,
    inner: UnsafeCell<Inner>,
    interrupter: Interrupter,
}

/// What only the thread that holds `busy` touches.
pub(super) struct Inner {
    pub(super) client: Client,
    error: CString,
    /// A nil, in memory that the last call did not need.
    spare: Option<Box<lodger_reply>>,
}

/// Gives a handle free again, also when a call unwinds.
pub(super) struct Held<'a>(pub(super) &'a AtomicBool);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Inner {
    /// Keeps an error's message for lodger_client_error and answers its status.
    #[cold]
    pub(super) fn fail(&mut self, error: &crate::Error) -> lodger_status {
        let status = status::of(error);
        if status < LODGER_OK {
            self.error = c_text(error.message());
        }
        status
    }

    /// After a panic the database only closes.
    #[cold]
    fn panicked(&mut self, panic: &(dyn Any + Send)) -> lodger_status {
        self.client.engine().poison();
        self.error = c_text(&format!("a bug in lodger; the database only closes now: {}", said(panic)));
        LODGER_ERR_PANIC
    }

    /// Keeps the message of a status that has no error.
    #[cold]
    fn refuse(&mut self, status: lodger_status) -> lodger_status {
        let text = match status {
            LODGER_ERR_NULL => c"a required pointer is NULL",
            status::LODGER_ERR_ARG => c"a length is out of range",
            status::LODGER_ERR_NOMEM => c"the system has no memory for so many words",
            _ => c"",
        };
        self.error = text.to_owned();
        status
    }
}

/// Runs `f` on a client that no other thread uses: the [`guard`] of every call on a client. A panic poisons the
/// database.
///
/// # Safety
/// `c` is NULL or a live client.
#[inline(always)]
pub(super) unsafe fn with(
    c: *mut lodger_client,
    f: impl FnOnce(&mut Inner) -> Result<lodger_status, lodger_status>,
) -> lodger_status {
    // SAFETY: as the caller promises.
    let Ok(handle) = (unsafe { ptr::shared(c.cast_const()) }) else { return LODGER_ERR_NULL };
    if handle.busy.swap(true, Ordering::Acquire) {
        return busy(handle);
    }
    let _held = Held(&handle.busy);
    // SAFETY: `busy` was false and is true now, so this thread alone uses the inside until `_held` is dropped.
    let inner = unsafe { &mut *handle.inner.get() };
    if !inner.error.is_empty() {
        inner.error = CString::default();
    }
    match catch_unwind(AssertUnwindSafe(|| f(inner))) {
        Ok(Ok(status)) => status,
        Ok(Err(status)) => inner.refuse(status),
        Err(panic) => inner.panicked(&*panic),
    }
}

/// A client may look busy in a child only because it was when its parent forked.
#[cold]
fn busy(handle: &lodger_client) -> lodger_status {
    if handle.interrupter.crossed_fork() { LODGER_ERR_FORKED } else { LODGER_ERR_BUSY }
}

/// Makes a client: selected database 0, RESP2, no name.
///
/// out: the client; free it with lodger_client_free. It keeps the database's memory, so the two may be freed in
/// any order. LODGER_ERR_CLOSED, LODGER_ERR_FORKED, LODGER_ERR_PANIC: the database takes no clients. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_client_new(
    db: *mut lodger_db,
    out: *mut *mut lodger_client,
) -> lodger_status {
    guard(LODGER_ERR_PANIC, || {
        // SAFETY: NULL or writable.
        if !unsafe { ptr::put(out, std::ptr::null_mut()) } {
            return LODGER_ERR_NULL;
        }
        // SAFETY: NULL or a live handle.
        let Ok(handle) = (unsafe { ptr::shared(db.cast_const()) }) else { return LODGER_ERR_NULL };
        match handle.db.client() {
            Ok(client) => {
                let interrupter = client.interrupter();
                let inner = UnsafeCell::new(Inner { client, error: CString::default(), spare: None });
                let client = lodger_client { busy: AtomicBool::new(false), inner, interrupter };
                // SAFETY: checked above.
                unsafe { ptr::put(out, Box::into_raw(Box::new(client))) };
                LODGER_OK
            }
            Err(error) => status::of(&error),
        }
    })
}

/// Frees a client; NULL is fine. Values borrowed from it are gone. Any thread, once, while no call uses it. In a
/// forked child nothing is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_client_free(c: *mut lodger_client) {
    guard((), || {
        // SAFETY: NULL or a live client.
        let Ok(handle) = (unsafe { ptr::shared(c.cast_const()) }) else { return };
        if !handle.interrupter.crossed_fork() {
            // SAFETY: made by lodger_client_new; the caller does not use it again.
            drop(unsafe { Box::from_raw(c) });
        }
    });
}

/// The message of the last call on this client if it failed, otherwise "". A command that answers an error has not
/// failed unless the call is a typed one. Borrowed until the next call on c; "" for NULL. The client's thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_client_error(c: *const lodger_client) -> *const c_char {
    guard(c"".as_ptr(), || {
        // SAFETY: NULL or a live client.
        let Ok(handle) = (unsafe { ptr::shared(c) }) else { return c"".as_ptr() };
        if handle.busy.swap(true, Ordering::Acquire) {
            return c"the client is in use by another thread".as_ptr();
        }
        let held = Held(&handle.busy);
        // SAFETY: `busy` makes this thread the only user.
        let text = unsafe { &*handle.inner.get() }.error.as_ptr();
        drop(held);
        text
    })
}

/// Wakes a call that waits on this client, lodger_client_message too: it returns LODGER_INTERRUPTED. Without a waiting call nothing happens.
/// NULL is fine. Any thread, while the client is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_client_interrupt(c: *mut lodger_client) {
    guard((), || {
        // SAFETY: NULL or a live client.
        if let Ok(handle) = unsafe { ptr::shared(c.cast_const()) }
            && !handle.interrupter.crossed_fork()
        {
            handle.interrupter.interrupt();
        }
    });
}

/// Runs any command.
///
/// argc, argv, argv_len: the words, the command's name first. Read only during the call.
/// out: the reply, owned by the caller: free it with lodger_reply_free. What Redis answers as an error, such as
/// WRONGTYPE, is a reply of kind LODGER_REPLY_ERROR and the status is LODGER_OK.
///
/// LODGER_INTERRUPTED: the command waited and was woken. LODGER_ERR_ARG: no words, or one longer than
/// proto-max-bulk-len. LODGER_ERR_NOMEM: the system has no memory for words this long. LODGER_ERR_IO: a write was
/// refused or may not be durable. LODGER_ERR_CLOSED, LODGER_ERR_PANIC, LODGER_ERR_FORKED, LODGER_ERR_BUSY. The
/// client's thread.
///
/// A reply has RESP3's shapes whatever HELLO selected: HGETALL is a map, scores are doubles (read them with
/// lodger_reply_double), ZRANGE with WITHSCORES is an array of pairs. lodger_resp answers as HELLO selected.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_command(
    c: *mut lodger_client,
    argc: usize,
    argv: *const *const c_void,
    argv_len: *const usize,
    out: *mut *mut lodger_reply,
) -> lodger_status {
    // SAFETY: NULL or writable.
    let wanted = unsafe { ptr::put(out, std::ptr::null_mut()) };
    let run = |inner: &mut Inner| {
        if !wanted {
            return Err(LODGER_ERR_NULL);
        }
        let (mut few, mut many) = ([&[][..]; FEW], Vec::new());
        // SAFETY: the caller passes argc pointers and lengths, each readable.
        let words = unsafe { words(argc, argv, argv_len, &mut few, &mut many) }?;
        // Made before its content is, so that this is written in its place.
        let mut root = match inner.spare.take() {
            Some(root) => root,
            None => Box::write(Box::new_uninit(), lodger_reply(Reply::nil())),
        };
        match inner.client.command_words(words, &mut root.0) {
            Ok(()) => {
                let reply = match root.common() {
                    Some(common) => {
                        // It has no memory of its own to free.
                        root.0.become_other(Reply::nil());
                        inner.spare = Some(root);
                        std::ptr::from_ref(common).cast_mut()
                    }
                    None => Box::into_raw(root),
                };
                // SAFETY: checked above.
                unsafe { ptr::put(out, reply) };
                Ok(LODGER_OK)
            }
            Err(error) => Ok(inner.fail(&error)),
        }
    };
    // SAFETY: NULL or a live client.
    unsafe { with(c, run) }
}

/// Takes the oldest message of the channels that this client listens to, after a command such as SUBSCRIBE. A client that
/// listens to nothing does not wait. (lodger_subscriber does the same without commands, and has a descriptor.)
///
/// timeout_ms: how long to wait for one; 0 does not, a negative number waits for ever. out: the message, owned by the
/// caller, of kind LODGER_REPLY_PUSH: see lodger_subscriber_next. Messages above the directive
/// client-output-buffer-limit for pubsub are dropped. Messages are part of the answers of lodger_resp as well.
///
/// LODGER_TIMEOUT: none came in time. LODGER_INTERRUPTED: lodger_client_interrupt ended the wait. LODGER_ERR_CLOSED: the
/// database is closed, and what had come before is taken. LODGER_ERR_NULL, LODGER_ERR_PANIC, LODGER_ERR_FORKED, LODGER_ERR_BUSY. The client's thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_client_message(
    c: *mut lodger_client,
    timeout_ms: i64,
    out: *mut *mut lodger_reply,
) -> lodger_status {
    // SAFETY: NULL or writable.
    let wanted = unsafe { ptr::put(out, std::ptr::null_mut()) };
    let run = |inner: &mut Inner| {
        if !wanted {
            return Err(LODGER_ERR_NULL);
        }
        match inner.client.message(timeout_ms) {
            Ok(Some(message)) => {
                // SAFETY: checked above.
                unsafe { ptr::put(out, Box::into_raw(Box::new(lodger_reply(message)))) };
                Ok(LODGER_OK)
            }
            Ok(None) => Ok(LODGER_TIMEOUT),
            Err(error) => Ok(inner.fail(&error)),
        }
    };
    // SAFETY: NULL or a live client.
    unsafe { with(c, run) }
}

/// Words of a call that need no memory of the heap.
pub(super) const FEW: usize = 8;

/// The words of a call, put in one of the two places.
///
/// # Safety
/// `argv` and `argv_len` are NULL or readable for `argc` values, each word for its length.
#[inline(always)]
pub(super) unsafe fn words<'a, 'p>(
    argc: usize,
    argv: *const *const c_void,
    argv_len: *const usize,
    few: &'p mut [&'a [u8]; FEW],
    many: &'p mut Vec<&'a [u8]>,
) -> Result<&'p [&'a [u8]], lodger_status> {
    if argc == 0 {
        return Ok(&[]);
    }
    // SAFETY: as the caller promises.
    let (pointers, lengths) = unsafe { (ptr::array(argv, argc)?, ptr::array(argv_len, argc)?) };
    let words = if argc <= FEW { &mut few[..argc] } else { room(many, argc)? };
    for (word, (&p, &len)) in words.iter_mut().zip(pointers.iter().zip(lengths)) {
        // SAFETY: as the caller promises.
        *word = unsafe { ptr::bytes(p, len) }?;
    }
    Ok(words)
}

#[inline(never)]
fn room<'a, 'p>(many: &'p mut Vec<&'a [u8]>, argc: usize) -> Result<&'p mut [&'a [u8]], lodger_status> {
    many.try_reserve_exact(argc).map_err(|_| status::LODGER_ERR_NOMEM)?;
    many.resize(argc, &[]);
    Ok(many)
}

/// RESP in, RESP out: for the encoder and parser of any client library, without a socket.
///
/// request, len: one or more whole requests; read only during the call. *answer, *answer_len: the answers in order,
/// borrowed until the next call on c. HELLO 3 switches to RESP3 as on a socket; a malformed request is answered
/// by a protocol error, after which the rest is ignored.
///
/// LODGER_ERR_ARG: the last request is incomplete; nothing was executed. LODGER_ERR_NOMEM: all was executed, but the
/// system has no memory for an answer this long. LODGER_ERR_IO: the writes may not be durable. LODGER_ERR_CLOSED,
/// LODGER_ERR_PANIC, LODGER_ERR_FORKED, LODGER_ERR_BUSY. The client's thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_resp(
    c: *mut lodger_client,
    request: *const c_void,
    len: usize,
    answer: *mut *const c_void,
    answer_len: *mut usize,
) -> lodger_status {
    // SAFETY: NULL or writable.
    let wanted = unsafe { ptr::put(answer, std::ptr::null()) & ptr::put(answer_len, 0) };
    let run = |inner: &mut Inner| {
        if !wanted {
            return Err(LODGER_ERR_NULL);
        }
        // SAFETY: readable for its length, as the caller promises.
        let request = unsafe { ptr::bytes(request, len) }?;
        match inner.client.resp(request) {
            Ok(bytes) => {
                // SAFETY: checked above.
                unsafe { ptr::put(answer_len, bytes.len()) };
                // SAFETY: checked above.
                unsafe { ptr::put(answer, bytes.as_ptr().cast()) };
                Ok(LODGER_OK)
            }
            Err(error) => Ok(inner.fail(&error)),
        }
    };
    // SAFETY: NULL or a live client.
    unsafe { with(c, run) }
}

// SAFETY: the inside is reached only through `busy`; the rest is Sync itself.
unsafe impl Sync for lodger_client {}

const _: () = {
    const fn send<T: Send>() {}
    send::<Client>();
    send::<Arc<Interrupter>>();
};
