//! CLIENT PAUSE in process: typed calls and commands stand still, and are woken by what ends other waits. The replies are in
//! conformance/pause.t.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test code: it stops at the first surprise"
)]

#[path = "common/kit.rs"]
mod kit;

use std::time::{Duration, Instant};

use kit::{call, int, text};
use lodger::{Client, Db, ErrorKind};

/// Waits until so many calls are held up.
fn held_up(client: &mut Client, count: usize) {
    let end = Instant::now() + Duration::from_secs(60);
    while !text(client, "INFO clients").contains(&format!("blocked_clients:{count}\r\n")) {
        assert!(Instant::now() < end, "{}", text(client, "CLIENT LIST"));
        std::thread::yield_now();
    }
}

#[test]
fn calls_stand_still_until_they_are_let_go() {
    let db = Db::open(":memory:").unwrap();
    let mut host = db.client().unwrap();
    let (mut typed, mut worded, mut piped) =
        (db.client().unwrap(), db.client().unwrap(), db.client().unwrap());
    assert_eq!(text(&mut host, "CLIENT PAUSE 600000 WRITE"), "OK");
    std::thread::scope(|scope| {
        let typed = scope.spawn(|| typed.set(b"typed", b"1").map(|_| ()));
        let worded = scope.spawn(|| worded.command(&["SET", "worded", "1"]).map(|_| ()));
        let piped =
            scope.spawn(|| piped.resp(b"GET typed\r\nSET piped 1\r\nGET piped\r\n").map(<[u8]>::to_vec));
        held_up(&mut host, 3);
        assert_eq!(int(&mut host, "DBSIZE"), 0);
        // Not what CLIENT UNBLOCK ends.
        for id in 2..5 {
            assert_eq!(int(&mut host, &format!("CLIENT UNBLOCK {id}")), 0);
        }
        assert_eq!(text(&mut host, "CLIENT UNPAUSE"), "OK");
        typed.join().unwrap().unwrap();
        worded.join().unwrap().unwrap();
        let answer = piped.join().unwrap().unwrap();
        assert!(answer.ends_with(b"+OK\r\n$1\r\n1\r\n"), "{}", answer.escape_ascii());
    });
    held_up(&mut host, 0);
    assert_eq!(int(&mut host, "DBSIZE"), 3);
}

#[test]
fn the_pause_ends_by_itself() {
    let db = Db::open(":memory:").unwrap();
    let mut client = db.client().unwrap();
    let begun = Instant::now();
    assert_eq!(text(&mut client, "CLIENT PAUSE 200"), "OK");
    assert_eq!(client.get(b"k").unwrap(), None);
    assert!(begun.elapsed() >= Duration::from_millis(200));
    let begun = Instant::now();
    client.set(b"k", b"v").unwrap();
    call(&mut client, "PING");
    assert!(begun.elapsed() < Duration::from_millis(200), "nothing stands still any more");
}

#[test]
fn typed_calls_of_many_keys_and_publish_stand_still_too() {
    let db = Db::open(":memory:").unwrap();
    let (mut host, mut reader, mut speaker) =
        (db.client().unwrap(), db.client().unwrap(), db.client().unwrap());
    host.set(b"k", b"v").unwrap();
    assert_eq!(text(&mut host, "CLIENT PAUSE 600000 WRITE"), "OK");
    reader.mget(&[b"k"], |_, value| assert_eq!(value, Some(&b"v"[..]))).unwrap();
    std::thread::scope(|scope| {
        let said = scope.spawn(|| speaker.publish(b"channel", b"message"));
        held_up(&mut host, 1);
        assert_eq!(text(&mut host, "CLIENT UNPAUSE"), "OK");
        assert_eq!(said.join().unwrap().unwrap(), 0);
    });
    let begun = Instant::now();
    assert_eq!(text(&mut host, "CLIENT PAUSE 200 ALL"), "OK");
    let mut seen = Vec::new();
    reader.mget(&[b"k", b"none"], |_, value| seen.push(value.map(<[u8]>::to_vec))).unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(200));
    assert_eq!(seen, [Some(b"v".to_vec()), None]);
}

#[test]
fn interrupt_and_close_end_it_as_they_end_other_waits() {
    let db = Db::open(":memory:").unwrap();
    let mut host = db.client().unwrap();
    let mut typed = db.client().unwrap();
    assert_eq!(text(&mut host, "CLIENT PAUSE 600000 WRITE"), "OK");
    let interrupter = typed.interrupter();
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| {
            let first = typed.set(b"k", b"v").unwrap_err().kind();
            // Reads go on.
            assert_eq!(typed.get(b"k").unwrap(), None);
            (first, typed.command(&["SET", "k", "v"]).unwrap_err().kind())
        });
        held_up(&mut host, 1);
        interrupter.interrupt();
        // The second call, after the read.
        let end = Instant::now() + Duration::from_secs(5);
        while !text(&mut host, "CLIENT LIST").contains("cmd=get") {
            assert!(Instant::now() < end && !waits.is_finished(), "{}", text(&mut host, "CLIENT LIST"));
            std::thread::yield_now();
        }
        held_up(&mut host, 1);
        db.close().unwrap();
        assert_eq!(waits.join().unwrap(), (ErrorKind::Interrupted, ErrorKind::Closed));
    });
}

/// Four writers and somebody who pauses them again and again: between a pause and its end nothing changes.
#[test]
fn nothing_changes_during_a_pause() {
    let db = Db::open(":memory:").unwrap();
    let mut host = db.client().unwrap();
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for n in 0..4 {
            let (db, stop) = (&db, &stop);
            scope.spawn(move || {
                let mut client = db.client().unwrap();
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    if n % 2 == 0 {
                        client.incr_by(b"sum", 1).unwrap();
                    } else {
                        call(&mut client, "INCR sum");
                    }
                }
            });
        }
        for _ in 0..200 {
            assert_eq!(text(&mut host, "CLIENT PAUSE 600000 WRITE"), "OK");
            // Those that had begun before are through when all stand still.
            held_up(&mut host, 4);
            let before = text(&mut host, "GET sum");
            std::thread::yield_now();
            assert_eq!(text(&mut host, "GET sum"), before);
            assert_eq!(text(&mut host, "CLIENT UNPAUSE"), "OK");
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}
