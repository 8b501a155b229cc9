//! What C cannot bring about: a panic inside of a call. Everything else is tested from C, in tests/c.

use std::ffi::CStr;
use std::ptr::{null, null_mut};

use super::client::{
    lodger_client, lodger_client_error, lodger_client_free, lodger_client_new, lodger_command, with,
};
use super::db::{lodger_close, lodger_db, lodger_open, lodger_sync};
use super::error::{lodger_error_free, lodger_error_status};
use super::reply::lodger_reply_free;
use super::server::{lodger_listen, lodger_server_free};
use super::status::{LODGER_ERR_PANIC, LODGER_OK, lodger_status};
use super::subscriber::{
    self, lodger_subscriber, lodger_subscriber_add, lodger_subscriber_free, lodger_subscriber_new,
    lodger_subscriber_next,
};
use super::typed::{lodger_get, lodger_publish, lodger_set};

fn open() -> (*mut lodger_db, *mut lodger_client, *mut lodger_client) {
    let (mut db, mut a, mut b) = (null_mut(), null_mut(), null_mut());
    // SAFETY: NULL is allowed for the strings, the out-pointers are locals.
    unsafe {
        assert_eq!(lodger_open(null(), null(), &raw mut db, null_mut()), LODGER_OK);
        assert_eq!(lodger_client_new(db, &raw mut a), LODGER_OK);
        assert_eq!(lodger_client_new(db, &raw mut b), LODGER_OK);
    }
    (db, a, b)
}

fn set(c: *mut lodger_client) -> lodger_status {
    // SAFETY: a live client; key and value are readable for their lengths.
    unsafe { lodger_set(c, b"k".as_ptr().cast(), 1, b"v".as_ptr().cast(), 1) }
}

fn error(c: *const lodger_client) -> String {
    // SAFETY: a live client; the text is valid until the next call on it.
    unsafe { CStr::from_ptr(lodger_client_error(c)) }.to_str().unwrap().to_owned()
}

#[test]
fn a_panic_stops_at_the_border_and_leaves_a_database_that_only_closes() {
    let (db, a, b) = open();
    assert_eq!(set(a), LODGER_OK);
    // In the middle of a call, with the locks of a shard held.
    // SAFETY: a live client.
    let status = unsafe {
        with(a, |inner| {
            let _view = inner.client.engine().lock_key(b"k", true);
            panic!("boom {}", 7)
        })
    };
    assert_eq!(status, LODGER_ERR_PANIC);
    assert!(error(a).contains("a bug in lodger") && error(a).ends_with("boom 7"), "{}", error(a));

    // Every call of every client, this one and others, old and new: refused, not stuck.
    let (mut value, mut len, mut reply, mut err, mut c) = (null(), 7, null_mut(), null_mut(), null_mut());
    for client in [a, b] {
        assert_eq!(set(client), LODGER_ERR_PANIC);
        assert!(error(client).contains("a bug in lodger"), "{}", error(client));
        // SAFETY: live handles, readable words, out-pointers to locals.
        unsafe {
            let get = lodger_get(client, b"k".as_ptr().cast(), 1, &raw mut value, &raw mut len);
            assert_eq!((get, value, len), (LODGER_ERR_PANIC, null(), 0));
            let (word, length) = (b"PING".as_ptr().cast(), 4);
            let status = lodger_command(client, 1, &raw const word, &raw const length, &raw mut reply);
            assert_eq!((status, reply), (LODGER_ERR_PANIC, null_mut()));
        }
    }
    // SAFETY: live handles; out-pointers to locals; each is freed once.
    unsafe {
        assert_eq!(lodger_client_new(db, &raw mut c), LODGER_ERR_PANIC);
        assert_eq!(lodger_sync(db, &raw mut err), LODGER_ERR_PANIC);
        assert_eq!(lodger_error_status(err), LODGER_ERR_PANIC);
        lodger_error_free(err);
        lodger_client_free(a);
        assert_eq!(lodger_close(db, null_mut()), LODGER_OK);
        lodger_client_free(b);
    }
}

#[test]
fn another_database_of_the_process_does_not_notice() {
    let ((db, a, b), (other, c, d)) = (open(), open());
    // SAFETY: live handles, each freed once.
    unsafe {
        assert_eq!(with(a, |_| panic!("boom")), LODGER_ERR_PANIC);
        assert_eq!((set(c), set(d)), (LODGER_OK, LODGER_OK));
        for client in [a, b, c, d] {
            lodger_client_free(client);
        }
        assert_eq!(lodger_close(db, null_mut()), LODGER_OK);
        assert_eq!(lodger_close(other, null_mut()), LODGER_OK);
    }
}

#[test]
fn a_panic_wakes_calls_that_wait() {
    let (db, a, b) = open();
    let waits = b as usize;
    let waiter = std::thread::spawn(move || {
        let words = [b"BLPOP".as_slice(), b"q", b"0"];
        let (argv, lens) = (words.map(|word| word.as_ptr().cast()), words.map(<[u8]>::len));
        let mut reply = null_mut();
        // SAFETY: a live client, which only this thread uses; readable words, and an out-pointer to a local.
        unsafe {
            lodger_command(waits as *mut lodger_client, 3, argv.as_ptr(), lens.as_ptr(), &raw mut reply)
        }
    });
    // SAFETY: live handles, each freed once.
    unsafe {
        let waiting = |inner: &mut super::client::Inner| {
            let info = inner.client.command(&["INFO", "clients"]).unwrap();
            Ok(i32::from(info.as_str().unwrap().contains("blocked_clients:1")))
        };
        while with(a, waiting) == 0 {
            std::thread::yield_now();
        }
        assert_eq!(with(a, |_| panic!("boom")), LODGER_ERR_PANIC);
        assert_eq!(waiter.join().unwrap(), LODGER_ERR_PANIC);
        lodger_client_free(a);
        lodger_client_free(b);
        assert_eq!(lodger_close(db, null_mut()), LODGER_OK);
    }
}

fn subscribe(db: *mut lodger_db) -> *mut lodger_subscriber {
    let mut s = null_mut();
    // SAFETY: a live database, an out-pointer to a local, and a readable name.
    unsafe {
        assert_eq!(lodger_subscriber_new(db, 10, &raw mut s), LODGER_OK);
        assert_eq!(lodger_subscriber_add(s, b"c".as_ptr().cast(), 1, 0), LODGER_OK);
    }
    s
}

fn next(s: *mut lodger_subscriber) -> lodger_status {
    let mut reply = null_mut();
    // SAFETY: a live subscriber and an out-pointer to a local; the reply is freed once.
    unsafe {
        let status = lodger_subscriber_next(s, -1, &raw mut reply);
        lodger_reply_free(reply);
        status
    }
}

#[test]
fn a_panic_in_a_subscribers_call_poisons_its_database_and_wakes_the_others() {
    let (db, a, b) = open();
    let (mut heard, mut none, mut server) = (0, null_mut(), null_mut());
    let (s, other) = (subscribe(db), subscribe(db));
    let waits = subscribe(db) as usize;
    // SAFETY: live handles, readable words, out-pointers to locals; each is freed once.
    unsafe {
        let (channel, message) = (b"c".as_ptr().cast(), b"m".as_ptr().cast());
        assert_eq!(lodger_publish(a, channel, 1, message, 1, &raw mut heard), LODGER_OK);
        assert_eq!(heard, 3);
        let waiter = std::thread::spawn(move || {
            let s = waits as *mut lodger_subscriber;
            assert_eq!(next(s), LODGER_OK);
            next(s)
        });
        assert_eq!(subscriber::with(s, |_| panic!("boom")), LODGER_ERR_PANIC);
        assert_eq!(waiter.join().unwrap(), LODGER_ERR_PANIC);
        // What came before is still given out.
        for s in [s, other] {
            assert_eq!((next(s), next(s)), (LODGER_OK, LODGER_ERR_PANIC));
            assert_eq!(lodger_subscriber_add(s, channel, 1, 0), LODGER_ERR_PANIC);
        }
        assert_eq!(lodger_publish(a, channel, 1, message, 1, &raw mut heard), LODGER_ERR_PANIC);
        assert_eq!(lodger_subscriber_new(db, 1, &raw mut none), LODGER_ERR_PANIC);
        let url = c"tcp://127.0.0.1:0".as_ptr();
        assert_eq!(lodger_listen(db, url, &raw mut server, null_mut()), LODGER_ERR_PANIC);
        assert!(none.is_null() && server.is_null());
        for s in [s, other, waits as *mut lodger_subscriber] {
            lodger_subscriber_free(s);
        }
        lodger_client_free(a);
        lodger_client_free(b);
        assert_eq!(lodger_close(db, null_mut()), LODGER_OK);
    }
}

#[test]
fn a_panic_does_not_keep_a_server_from_ending() {
    let (db, a, b) = open();
    let mut server = null_mut();
    // SAFETY: live handles and an out-pointer to a local; each is freed once.
    unsafe {
        let url = c"tcp://127.0.0.1:0".as_ptr();
        assert_eq!(lodger_listen(db, url, &raw mut server, null_mut()), LODGER_OK);
        assert_eq!(with(a, |_| panic!("boom")), LODGER_ERR_PANIC);
        lodger_server_free(server);
        lodger_client_free(a);
        lodger_client_free(b);
        assert_eq!(lodger_close(db, null_mut()), LODGER_OK);
    }
}
