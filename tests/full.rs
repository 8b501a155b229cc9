//! A disk that is full, and has room again: writes are refused meanwhile, reads go on, and nothing that was acknowledged is
//! lost, doubled or torn.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test code: it stops at the first surprise"
)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kit::{call, eventually, int, text};
use lodger::{Client, Clock, Db, ErrorKind, Metadata, Options, Storage, StorageFile, StorageLock};
use sim::{Crash, SimStorage};

#[path = "common/kit.rs"]
mod kit;
#[path = "common/sim.rs"]
mod sim;

const NOW: i64 = 1_700_000_000_000;
const THREADS: usize = 4;
const WHY: &str =
    "cannot write to /data/db/appendonlydir/appendonly.aof.1.incr.aof: No space left on device (os error 28)";

fn open(disk: &SimStorage, fsync: &str, clock: &Clock) -> Db {
    let config = format!("appendfsync {fsync}\nshards 4\n");
    let storage = Arc::new(disk.clone());
    Options::new().config(config).clock(clock.clone()).seed(1).storage(storage).open("/data/db").unwrap()
}

fn told(why: &str) -> String {
    format!("{why}; writes go on when there is room")
}

/// Whether INFO says that writes are taken.
fn is_well(client: &mut Client) -> bool {
    let all = text(client, "INFO persistence");
    let well = all.contains("aof_last_write_status:ok");
    assert!(well || all.contains("aof_last_write_status:err"));
    well
}

/// A digest of all keys, their values and when they expire.
fn digest(db: &Db) -> String {
    text(&mut db.client().unwrap(), "DEBUG DIGEST")
}

/// An error that nothing is known of but that the disk is full.
fn is_full(error: &lodger::Error) -> bool {
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    assert!(error.message().ends_with("(os error 28); writes go on when there is room"), "{error}");
    true
}

/// What one thread does until it is told to stop; how many of its turns were acknowledged, which ones is written to `acked`.
fn work(db: &Db, t: usize, stop: &AtomicBool, acked: &Mutex<Vec<String>>) {
    let mut client = db.client().unwrap();
    let mut n = 0;
    while !stop.load(Ordering::Relaxed) {
        n += 1;
        let lines = [
            format!("SET t{t}:{n} {n}"),
            format!("RPUSH log{t} {n}"),
            format!("SET brief{t}:{n} v PX 50"),
            format!("MSET twin{t} {n} pair{t} {n}"),
        ];
        for line in lines {
            let argv: Vec<&str> = line.split(' ').collect();
            match client.command(&argv) {
                Ok(reply) => {
                    assert!(reply.as_error().is_none(), "{line}: {reply:?}");
                    acked.lock().unwrap().push(line);
                }
                Err(error) => {
                    assert!(is_full(&error));
                    std::thread::yield_now();
                }
            }
        }
    }
}

/// All that was acknowledged is there, in order, and nothing twice.
fn check(db: &Db, acked: &[String]) {
    let mut client = db.client().unwrap();
    for t in 0..THREADS {
        let log = call(&mut client, &format!("LRANGE log{t} 0 -1"));
        let log: Vec<u64> = log.iter().map(|item| item.as_str().unwrap().parse().unwrap()).collect();
        assert!(log.is_sorted_by(|a, b| a < b), "log{t}: {log:?}");
        let mine = format!("RPUSH log{t} ");
        let said = acked.iter().filter_map(|line| line.strip_prefix(&mine)?.parse::<u64>().ok());
        said.for_each(|n| assert!(log.binary_search(&n).is_ok(), "log{t} has no {n}"));
        let pair = text(&mut client, &format!("GET pair{t}"));
        assert_eq!(text(&mut client, &format!("GET twin{t}")), pair);
        let mine = format!("SET t{t}:");
        for (key, n) in acked.iter().filter_map(|line| line.strip_prefix(&mine)?.split_once(' ')) {
            assert_eq!(text(&mut client, &format!("GET t{t}:{key}")), n);
        }
    }
}

fn under_load(fsync: &str) {
    let (disk, clock) = (SimStorage::new(), Clock::manual(NOW));
    let db = open(&disk, fsync, &clock);
    let mut client = db.client().unwrap();
    let (stop, acked) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    std::thread::scope(|s| {
        let (db, stop, acked) = (&db, &stop, &acked);
        for t in 0..THREADS {
            s.spawn(move || work(db, t, stop, acked));
        }
        for round in 0..8 {
            let before = acked.lock().unwrap().len();
            eventually("something is acknowledged", || acked.lock().unwrap().len() > before + 40);
            if round % 3 == 2 {
                call(&mut client, "BGREWRITEAOF");
            }
            disk.leave_room(Some(round * 37));
            eventually("the disk is full", || !is_well(&mut client));
            // What expires meanwhile is told to the file later.
            clock.advance_ms(60);
            let safe = acked.lock().unwrap().clone();
            assert!(int(&mut client, "LLEN log0") > 0);
            if fsync == "always" {
                for crash in [Crash::LoseUnsynced, Crash::KeepAll, Crash::Torn(round as u64)] {
                    let left = open(&disk.after(crash), fsync, &clock);
                    check(&left, &safe);
                }
            }
            disk.leave_room(None);
            eventually("there is room", || is_well(&mut client));
        }
        stop.store(true, Ordering::Relaxed);
    });
    clock.advance_ms(60);
    eventually("what expires has gone", || {
        let keys = call(&mut client, "KEYS *").iter().count();
        int(&mut client, "DBSIZE") == i64::try_from(keys).unwrap()
    });
    db.sync().unwrap();
    let before = digest(&db);
    check(&db, &acked.lock().unwrap());
    let left = open(&disk.after(Crash::LoseUnsynced), fsync, &clock);
    assert_eq!(digest(&left), before, "memory and file agree");
    check(&left, &acked.lock().unwrap());
    db.close().unwrap();
    assert_eq!(digest(&open(&disk.after(Crash::LoseUnsynced), fsync, &clock)), before);
}

#[test]
fn threads_go_on_when_there_is_room_under_always() {
    under_load("always");
}

#[test]
fn threads_go_on_when_there_is_room_under_everysec() {
    under_load("everysec");
}

#[test]
fn threads_go_on_when_there_is_room_under_no() {
    under_load("no");
}

#[test]
fn writes_are_refused_reads_go_on_and_the_log_tells() {
    let disk = SimStorage::new();
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&lines);
    let log = move |_, line: &str| sink.lock().unwrap().push(line.to_owned());
    let db = Options::new().log(log).storage(Arc::new(disk.clone())).open("/data/db").unwrap();
    let mut client = db.client().unwrap();
    call(&mut client, "SET a 1");
    db.sync().unwrap();
    for round in 1..3 {
        disk.leave_room(Some(3));
        // It is taken, because it waits in memory.
        call(&mut client, "INCR a");
        eventually("the disk is full", || !is_well(&mut client));
        let refusal = told(WHY);
        let error = client.command(&["SET", "b", "1"]).unwrap_err();
        assert_eq!((error.kind(), error.message()), (ErrorKind::Io, &*refusal));
        assert_eq!(client.set(b"b", b"1").unwrap_err(), error);
        assert_eq!(db.sync().unwrap_err(), error);
        let answer = client.resp(b"SET b 1\r\nGET a\r\n").unwrap();
        let value = 1 + round;
        let expected = format!("-MISCONF Errors writing to the AOF file: {refusal}\r\n$1\r\n{value}\r\n");
        assert_eq!(String::from_utf8_lossy(answer), expected);
        assert_eq!(text(&mut client, "WAITAOF 1 0 0"), format!("ERR {refusal}"));
        let answer = text(&mut client, "DEBUG RELOAD NOSAVE");
        assert_eq!(answer, format!("MISCONF Errors writing to the AOF file: {refusal}"));
        assert_eq!(text(&mut client, "MULTI"), "OK");
        call(&mut client, "SET b 1");
        assert_eq!(client.command(&["EXEC"]).unwrap_err(), error);
        assert_eq!(client.get(b"a").unwrap().unwrap(), &[b'1' + round]);
        assert_eq!(int(&mut client, "DBSIZE"), 1);
        assert!(kit::info(&mut client, "aof_buffer_length") > 0);
        disk.leave_room(None);
        eventually("there is room", || is_well(&mut client));
        assert_eq!(kit::info(&mut client, "aof_buffer_length"), 0);
        assert_eq!(text(&mut client, "SET c 1"), "OK");
        let reply = call(&mut client, "WAITAOF 1 0 0");
        assert_eq!(reply.iter().map(|n| n.as_int().unwrap()).collect::<Vec<_>>(), [1, 0]);
        call(&mut client, "DEL c");
    }
    let heard = |lines: &Mutex<Vec<String>>| {
        lines.lock().unwrap().iter().filter(|line| line.contains("room")).cloned().collect::<Vec<_>>()
    };
    let round = [
        format!("writes are refused until there is room: {WHY}"),
        "there is room again: writes go on".to_owned(),
    ];
    eventually("the log tells", || heard(&lines).len() == 4);
    assert_eq!(heard(&lines), [&round[..], &round[..]].concat());
    // Closed while it is full.
    db.sync().unwrap();
    disk.leave_room(Some(0));
    call(&mut client, "INCR a");
    let error = db.close().unwrap_err();
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::Io, &*format!("{WHY}; 21 bytes of changes are lost"))
    );
    let db = Options::new().storage(Arc::new(disk.after(Crash::LoseUnsynced))).open("/data/db").unwrap();
    assert_eq!(text(&mut db.client().unwrap(), "GET a"), "3");
}

/// A call under `always` that finds no room is an error, and what it did is there when there is room.
#[test]
fn the_call_that_met_it_is_done_once() {
    let (disk, clock) = (SimStorage::new(), Clock::manual(NOW));
    let db = open(&disk, "always", &clock);
    let mut client = db.client().unwrap();
    call(&mut client, "SET a 1");
    disk.leave_room(Some(3));
    let error = client.incr_by(b"a", 1).unwrap_err();
    assert_eq!(error.message(), told(WHY));
    assert_eq!(client.incr_by(b"a", 1).unwrap_err(), error);
    let full = disk.after(Crash::KeepAll);
    assert_eq!(text(&mut open(&full, "always", &clock).client().unwrap(), "GET a"), "1");
    assert_eq!(text(&mut client, "GET a"), "2");
    disk.leave_room(None);
    eventually("there is room", || is_well(&mut client));
    assert_eq!(client.incr_by(b"a", 1).unwrap(), 3);
    let left = disk.after(Crash::LoseUnsynced);
    assert_eq!(text(&mut open(&left, "always", &clock).client().unwrap(), "GET a"), "3");
}

#[test]
fn a_rewrite_that_fills_the_disk_makes_room_again() {
    let (disk, clock) = (SimStorage::new(), Clock::manual(NOW));
    let db = open(&disk, "everysec", &clock);
    let mut client = db.client().unwrap();
    let value = "v".repeat(10_000);
    for n in 0..50 {
        call(&mut client, &format!("SET k{n} {value}{n}"));
    }
    db.sync().unwrap();
    // The base compresses well, so what it is made of is not one byte again and again.
    for n in 0..300 {
        let noise: String = (0..100).map(|i| format!("{:x}", (n * 7919 + i * 104_729) ^ (i << 9))).collect();
        call(&mut client, &format!("SET n{n} {noise}"));
    }
    db.sync().unwrap();
    disk.leave_room(Some(20_000));
    call(&mut client, "BGREWRITEAOF");
    let done = |client: &mut Client| text(client, "INFO persistence").contains("aof_rewrite_in_progress:0");
    let mut n = 0;
    while !done(&mut client) {
        // Less than the base will leave.
        if n < 50 {
            n += 1;
            let _ = client.command(&["SET", "while", &n.to_string()]).map_err(|error| is_full(&error));
        }
    }
    assert!(text(&mut client, "INFO persistence").contains("aof_last_bgrewrite_status:err"));
    eventually("there is room", || is_well(&mut client));
    call(&mut client, "SET after 1");
    db.sync().unwrap();
    let names = disk.list("/data/db/appendonlydir".as_ref()).unwrap();
    assert!(names.iter().all(|name| !name.to_str().unwrap().contains(".rdb")), "{names:?}");
    disk.leave_room(None);
    call(&mut client, "BGREWRITEAOF");
    eventually("the rewrite ends", || done(&mut client));
    assert!(text(&mut client, "INFO persistence").contains("aof_last_bgrewrite_status:ok"));
    call(&mut client, "SET last 1");
    db.sync().unwrap();
    let before = digest(&db);
    for crash in [Crash::KeepAll, Crash::LoseUnsynced] {
        assert_eq!(digest(&open(&disk.after(crash), "everysec", &clock)), before);
    }
}

/// A feed that reads along while the disk gets full and has room again gets each change once.
#[test]
fn a_feed_goes_on_too() {
    for (fsync, durable) in [("always", false), ("everysec", false), ("everysec", true)] {
        let (disk, clock) = (SimStorage::new(), Clock::manual(NOW));
        let db = open(&disk, fsync, &clock);
        let mut client = db.client().unwrap();
        let how = lodger::FeedOptions::now();
        let mut feed = db.feed(if durable { how.durable() } else { how }).unwrap();
        let words = |change: &lodger::Change| {
            change.args().map(|word| String::from_utf8_lossy(word).into_owned()).collect::<Vec<_>>().join(" ")
        };
        for n in 1..4 {
            disk.leave_room(Some(3));
            let done = client.command(&["SET", "k", &n.to_string()]);
            assert_eq!(done.is_err(), fsync == "always");
            if !durable && fsync == "everysec" {
                // The reader is who finds out.
                assert_eq!(feed.next(0).unwrap(), None);
                assert!(!is_well(&mut client));
            }
            eventually("the disk is full", || !is_well(&mut client));
            assert_eq!(feed.next(20).unwrap(), None);
            std::thread::scope(|s| {
                s.spawn(|| {
                    std::thread::sleep(Duration::from_millis(20));
                    disk.leave_room(None);
                    eventually("it is on disk", || db.sync().is_ok());
                });
                assert_eq!(words(&feed.next(60_000).unwrap().unwrap()), format!("SET k {n}"));
            });
            eventually("there is room", || is_well(&mut client));
        }
        assert_eq!(feed.next(0).unwrap(), None);
    }
}
