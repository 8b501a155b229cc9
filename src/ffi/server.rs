//! `lodger_server`: the database over sockets.

use std::ffi::c_char;

use super::db::lodger_db;
use super::error::{give, give_null, lodger_error};
use super::guard::guard;
use super::ptr;
use super::status::{LODGER_ERR_PANIC, LODGER_OK, lodger_status};
use crate::{Error, ErrorKind, Server};

/// A database that is served.
pub struct lodger_server(Server);

/// Serves a database to any Redis client, on threads of its own (as many as the directive io-threads says), until the server
/// is freed, the database is closed, or a client says SHUTDOWN.
///
/// url: "tcp://HOST:PORT", where port 0 is any that is free (see lodger_server_port), or "unix:///PATH". The directives
/// requirepass, maxclients, timeout, protected-mode, unixsocketperm, client-output-buffer-limit and others say how.
/// out: the server; free it with lodger_server_free. err: NULL or receives the error; free it with lodger_error_free.
///
/// LODGER_ERR_ARG: a bad url, a path that is too long, a file in its place that is no socket. LODGER_ERR_IO: the port or
/// path is in use, or the system refuses it. The message names the url. LODGER_ERR_NULL, LODGER_ERR_CLOSED,
/// LODGER_ERR_PANIC, LODGER_ERR_FORKED. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_listen(
    db: *mut lodger_db,
    url: *const c_char,
    out: *mut *mut lodger_server,
    err: *mut *mut lodger_error,
) -> lodger_status {
    guard(LODGER_ERR_PANIC, || {
        // SAFETY: NULL or writable.
        let wanted = unsafe { ptr::put(out, std::ptr::null_mut()) };
        // SAFETY: NULL or writable.
        unsafe { ptr::put(err, std::ptr::null_mut()) };
        let null = |what: &str| {
            // SAFETY: NULL or writable.
            unsafe { give_null(err, what) }
        };
        if !wanted {
            return null("out is NULL");
        }
        if url.is_null() {
            return null("url is NULL");
        }
        // SAFETY: NULL or a live handle.
        let Ok(handle) = (unsafe { ptr::shared(db.cast_const()) }) else { return null("db is NULL") };
        // SAFETY: not NULL, and NUL-terminated as the caller promises.
        let text = unsafe { ptr::text(url) };
        let served = match std::str::from_utf8(text) {
            Ok(url) => handle.db.listen(url),
            Err(e) => {
                let text = format!("url: not UTF-8 from byte {}", e.valid_up_to());
                Err(Error::new(ErrorKind::Arg, text))
            }
        };
        match served {
            Ok(server) => {
                // SAFETY: checked above.
                unsafe { ptr::put(out, Box::into_raw(Box::new(lodger_server(server)))) };
                LODGER_OK
            }
            // SAFETY: NULL or writable.
            Err(error) => unsafe { give(err, &error) },
        }
    })
}

/// The port of a server's TCP socket; 0 if it has none, and for NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_server_port(s: *const lodger_server) -> u32 {
    // SAFETY: NULL or a live server.
    guard(0, || unsafe { ptr::shared(s) }.ok().and_then(|server| server.0.port()).map_or(0, u32::from))
}

/// Ends a server: its connections are closed, its threads have ended when this returns, and a unix socket's file is gone. The
/// database stays open. NULL is fine. In a forked child nothing is freed. Any thread, once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_server_free(s: *mut lodger_server) {
    guard((), || {
        // SAFETY: NULL or a live server.
        let Ok(server) = (unsafe { ptr::shared(s.cast_const()) }) else { return };
        if !server.0.crossed_fork() {
            // SAFETY: made by lodger_listen; the caller does not use it again.
            drop(unsafe { Box::from_raw(s) });
        }
    });
}

const _: () = {
    const fn shared<T: Send + Sync>() {}
    shared::<lodger_server>();
};
