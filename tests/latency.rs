//! LATENCY: each of its events is made to happen, by a disk that is slow or by work that takes long, and what is told of it.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test code: it stops at the first surprise, and its disk takes its time"
)]

#[path = "common/kit.rs"]
mod kit;
#[path = "common/sim.rs"]
mod sim;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use kit::{call, eventually, info, int, text, turns};
use lodger::{Client, Clock, Db, Metadata, Options, Storage, StorageFile, StorageLock};
use sim::SimStorage;

const START: i64 = 1_700_000_000_000;

/// What a disk does, and how long it takes for it in milliseconds.
#[derive(Default)]
struct Pace {
    write_ms: AtomicU64,
    sync_ms: AtomicU64,
    rename_ms: AtomicU64,
    gate: Mutex<Gate>,
    moved: Condvar,
}

/// A sync that does not end, and what happens meanwhile.
#[derive(Default)]
struct Gate {
    shut: bool,
    /// Syncs that stand before it.
    standing: usize,
    /// Writes that ended meanwhile.
    writes: usize,
}

impl Pace {
    fn take(time: &AtomicU64) {
        match time.load(Ordering::Relaxed) {
            0 => {}
            ms => std::thread::sleep(Duration::from_millis(ms)),
        }
    }

    fn wrote(&self) {
        Self::take(&self.write_ms);
        let mut gate = self.gate.lock().unwrap();
        gate.writes += gate.standing;
        self.moved.notify_all();
    }

    fn pass(&self) {
        Self::take(&self.sync_ms);
        let mut gate = self.gate.lock().unwrap();
        gate.standing += 1;
        self.moved.notify_all();
        let mut gate = self.moved.wait_while(gate, |gate| gate.shut).unwrap();
        gate.standing -= 1;
    }

    fn shut(&self, shut: bool) {
        self.gate.lock().unwrap().shut = shut;
        self.moved.notify_all();
    }

    fn wait_until(&self, what: &str, is_so: impl Fn(&Gate) -> bool) {
        let gate = self.gate.lock().unwrap();
        let minute = Duration::from_secs(60);
        let (_gate, late) = self.moved.wait_timeout_while(gate, minute, |gate| !is_so(gate)).unwrap();
        assert!(!late.timed_out(), "never happened: {what}");
    }
}

/// A disk that takes its time.
#[derive(Clone, Default)]
struct SlowDisk {
    disk: SimStorage,
    pace: Arc<Pace>,
}

struct SlowFile(Box<dyn StorageFile>, Arc<Pace>);

impl SlowDisk {
    fn slow(&self, file: io::Result<Box<dyn StorageFile>>) -> io::Result<Box<dyn StorageFile>> {
        Ok(Box::new(SlowFile(file?, Arc::clone(&self.pace))))
    }
}

impl Storage for SlowDisk {
    fn metadata(&self, path: &Path) -> io::Result<Option<Metadata>> {
        self.disk.metadata(path)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<OsString>> {
        self.disk.list(dir)
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.disk.create_dir(path)
    }

    fn open_read(&self, path: &Path) -> io::Result<Box<dyn StorageFile>> {
        self.disk.open_read(path)
    }

    fn open_append(&self, path: &Path) -> io::Result<Box<dyn StorageFile>> {
        self.slow(self.disk.open_append(path))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn StorageFile>> {
        self.slow(self.disk.create(path))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Pace::take(&self.pace.rename_ms);
        self.disk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.disk.remove(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.disk.sync_dir(dir)
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn StorageLock>> {
        self.disk.lock(path)
    }
}

impl StorageFile for SlowFile {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }

    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let done = self.0.write(data);
        self.1.wrote();
        done
    }

    fn sync(&mut self) -> io::Result<()> {
        self.1.pass();
        self.0.sync()
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.0.truncate(len)
    }
}

/// A database on such a disk, watched from 5 milliseconds on.
fn on_disk(config: &str) -> (SlowDisk, Clock, Db, Client) {
    let (disk, clock) = (SlowDisk::default(), Clock::manual(START));
    let config = format!("{config}\nlatency-monitor-threshold 5\n");
    let options = Options::new().storage(Arc::new(disk.clone())).clock(clock.clone()).config(config);
    let db = options.open("dir").unwrap();
    let client = db.client().unwrap();
    (disk, clock, db, client)
}

/// A database in memory, watched from a millisecond on.
fn in_memory() -> (Clock, Db, Client) {
    let clock = Clock::manual(START);
    let config =
        "latency-monitor-threshold 1\nmaxmemory-policy allkeys-random\nmaxmemory-eviction-tenacity 100\n";
    let db = Options::new().clock(clock.clone()).config(config).open("").unwrap();
    let client = db.client().unwrap();
    (clock, db, client)
}

/// The events of LATENCY LATEST: Unix time, latest and longest milliseconds.
fn latest(client: &mut Client) -> BTreeMap<String, [i64; 3]> {
    let reply = call(client, "LATENCY LATEST");
    let of = |row: &lodger::Reply| {
        let number = |at: usize| row.at(at).unwrap().as_int().unwrap();
        (row.at(0).unwrap().as_str().unwrap().to_owned(), [number(1), number(2), number(3)])
    };
    reply.iter().map(of).collect()
}

/// Everything that LATENCY tells of an event that took so many milliseconds or more, within one second. Then it is forgotten.
fn told(client: &mut Client, clock: &Clock, event: &str, least_ms: i64) {
    // What is slow from now on is not what is looked at.
    call(client, "CONFIG SET latency-monitor-threshold 0");
    let all = latest(client);
    let &[second, ms, worst] = all.get(event).unwrap_or_else(|| panic!("no {event} in {all:?}"));
    assert_eq!(second, clock.now_ms() / 1000, "{event}");
    assert!(ms >= least_ms && worst >= ms, "{event}: {ms} {worst}");
    let history = call(client, &format!("LATENCY HISTORY {event}"));
    let samples: Vec<_> =
        history.iter().map(|one| (one.at(0).unwrap().as_int(), one.at(1).unwrap().as_int())).collect();
    assert_eq!(samples, [(Some(second), Some(ms))], "{event}");
    let graph = text(client, &format!("LATENCY GRAPH {event}"));
    let head = format!("{event} - high {ms} ms, low {ms} ms (all time high {worst} ms)\n");
    assert!(graph.starts_with(&head), "{graph}");
    let report = text(client, "LATENCY DOCTOR");
    assert!(report.contains(&format!(". {event}: 1 sample; {ms} ms in the mean")), "{report}");
    assert_eq!(int(client, &format!("LATENCY RESET {event} nosuch")), 1);
    assert!(!latest(client).contains_key(event));
    assert!(call(client, &format!("LATENCY HISTORY {event}")).is_empty());
}

/// Does something, of twice the size each time, until it took a millisecond, which is told as this event.
fn at_some_size(event: &str, work: impl Fn(&Clock, &mut Client, usize)) {
    let (clock, _db, mut client) = in_memory();
    for size in (0..8).map(|doublings| 50_000 << doublings) {
        work(&clock, &mut client, size);
        if latest(&mut client).contains_key(event) {
            return told(&mut client, &clock, event, 1);
        }
    }
    panic!("{event} never happened");
}

fn large_set(client: &mut Client, size: usize) {
    for n in 0..size {
        client.sadd(b"set", format!("member:{n}").as_bytes()).unwrap();
    }
}

#[test]
fn calls() {
    at_some_size("command", |_, client, size| {
        large_set(client, size);
        call(client, "SMEMBERS set");
    });
    at_some_size("fast-command", |_, client, size| {
        let members: Vec<String> = (0..size).map(|n| n.to_string()).collect();
        let words = ["SADD", "set"].into_iter().chain(members.iter().map(String::as_str));
        client.command(&words.collect::<Vec<_>>()).unwrap();
    });
}

#[test]
fn many_keys_expire_at_once() {
    at_some_size("expire-cycle", |clock, client, size| {
        call(client, "DEBUG SET-ACTIVE-EXPIRE 0");
        turns(client);
        (0..size).for_each(|n| client.set_px(&n.to_le_bytes(), b"v", 1000).unwrap());
        clock.advance_ms(2000);
        // A turn that did nothing may have taken long, too.
        call(client, "LATENCY RESET");
        call(client, "DEBUG SET-ACTIVE-EXPIRE 1");
        eventually("they expire", || int(client, "DBSIZE") == 0);
        // What is told is told at the end of the turn.
        turns(client);
    });
}

#[test]
fn a_reader_finds_a_large_value_expired() {
    at_some_size("expire-del", |clock, client, size| {
        call(client, "DEBUG SET-ACTIVE-EXPIRE 0");
        large_set(client, size);
        call(client, "PEXPIRE set 1000");
        clock.advance_ms(2000);
        assert_eq!(int(client, "EXISTS set"), 0);
        assert_eq!(int(client, "DBSIZE"), 0);
    });
}

#[test]
fn who_reads_an_expired_value_does_not_free_it_if_it_is_said_so() {
    let (clock, _db, mut client) = in_memory();
    call(&mut client, "DEBUG SET-ACTIVE-EXPIRE 0");
    for (lazy, freed) in [("no", 0), ("yes", 1)] {
        call(&mut client, &format!("CONFIG SET lazyfree-lazy-expire {lazy}"));
        large_set(&mut client, 1000);
        call(&mut client, "PEXPIRE set 1000");
        clock.advance_ms(2000);
        assert_eq!(int(&mut client, "EXISTS set"), 0);
        eventually("nothing waits to be freed", || info(&mut client, "lazyfree_pending_objects") == 0);
        assert_eq!(info(&mut client, "lazyfreed_objects"), freed, "{lazy}");
    }
}

#[test]
fn keys_make_room() {
    at_some_size("eviction-cycle", |_, client, size| {
        (0..size).for_each(|n| client.set(&n.to_le_bytes(), b"v").unwrap());
        call(client, "CONFIG SET maxmemory 1");
        assert_eq!(int(client, "DBSIZE"), 0);
        call(client, "CONFIG SET maxmemory 0");
    });
    at_some_size("eviction-del", |_, client, size| {
        large_set(client, size);
        call(client, "CONFIG SET maxmemory 1");
        assert_eq!(int(client, "DBSIZE"), 0);
        call(client, "CONFIG SET maxmemory 0");
    });
}

#[test]
fn a_disk_that_writes_slowly() {
    let (disk, clock, db, mut client) = on_disk("appendfsync no");
    disk.pace.write_ms.store(10, Ordering::Relaxed);
    client.set(b"k", b"v").unwrap();
    db.sync().unwrap();
    told(&mut client, &clock, "aof-write", 10);
    told(&mut client, &clock, "aof-write-alone", 10);
    assert!(!latest(&mut client).keys().any(|event| event.starts_with("aof")));
}

#[test]
fn a_disk_that_writes_slowly_while_it_syncs() {
    let (disk, clock, db, mut client) = on_disk("appendfsync everysec");
    disk.pace.shut(true);
    client.set(b"k", b"v").unwrap();
    disk.pace.wait_until("the background thread syncs", |gate| gate.standing > 0);
    call(&mut client, "LATENCY RESET");
    disk.pace.write_ms.store(10, Ordering::Relaxed);
    client.set(b"k", b"w").unwrap();
    std::thread::scope(|scope| {
        let synced = scope.spawn(|| db.sync());
        eventually("it is written", || latest(&mut client).contains_key("aof-write"));
        disk.pace.shut(false);
        synced.join().unwrap().unwrap();
    });
    told(&mut client, &clock, "aof-write", 10);
    told(&mut client, &clock, "aof-write-pending-fsync", 10);
    assert!(!latest(&mut client).contains_key("aof-write-alone"));
}

#[test]
fn a_disk_that_syncs_slowly() {
    let (disk, clock, db, mut client) = on_disk("appendfsync always");
    disk.pace.sync_ms.store(10, Ordering::Relaxed);
    client.set(b"k", b"v").unwrap();
    told(&mut client, &clock, "aof-fsync-always", 10);
    call(&mut client, "CONFIG SET latency-monitor-threshold 5");
    call(&mut client, "CONFIG SET appendfsync everysec");
    client.set(b"k", b"w").unwrap();
    db.sync().unwrap();
    assert!(!latest(&mut client).contains_key("aof-fsync-always"), "nobody waits for it");
}

#[test]
fn a_disk_that_renames_slowly() {
    let (disk, clock, _db, mut client) = on_disk("");
    client.set(b"k", b"v").unwrap();
    disk.pace.rename_ms.store(10, Ordering::Relaxed);
    call(&mut client, "BGREWRITEAOF");
    eventually("it is rewritten", || {
        info(&mut client, "aof_rewrites") == 1 && info(&mut client, "aof_rewrite_in_progress") == 0
    });
    told(&mut client, &clock, "aof-rename", 10);
}

/// A call that waits for data counts in all that tells of times, with the time in which it ran.
#[test]
fn a_call_that_waited() {
    let db = Db::open(":memory:").unwrap();
    let (mut client, mut other) = (db.client().unwrap(), db.client().unwrap());
    call(&mut client, "CONFIG SET latency-monitor-threshold 200 slowlog-log-slower-than 200000");
    assert!(call(&mut client, "BLPOP q 0.3").is_nil());
    client.resp(b"BLPOP q 0.3\r\n").unwrap();
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| call(&mut other, "BLPOP q 0").len());
        eventually("it waits", || info(&mut client, "blocked_clients") == 1);
        std::thread::sleep(Duration::from_millis(300));
        call(&mut client, "RPUSH q a b");
        assert_eq!(waits.join().unwrap(), 2);
    });
    call(&mut client, "BLPOP q 0");
    call(&mut client, "WAIT 1 300");
    assert_eq!(int(&mut client, "SLOWLOG LEN"), 0);
    assert!(latest(&mut client).is_empty());
    for (name, calls) in [("blpop", 4), ("wait", 1)] {
        let told = call(&mut client, &format!("LATENCY HISTOGRAM {name}"));
        let (_, of) = told.pairs().next().unwrap();
        assert_eq!(of.pairs().next().unwrap().1.as_int(), Some(calls), "{name}");
        let stats = text(&mut client, "INFO commandstats");
        let us = stats.split(&format!("cmdstat_{name}:calls={calls},usec=")).nth(1).unwrap();
        let us: u64 = us.split(',').next().unwrap().parse().unwrap();
        assert!(us < 200_000, "{name}: {us}");
        assert!(
            text(&mut client, "INFO latencystats").contains(&format!("latency_percentiles_usec_{name}:"))
        );
    }
    // The next call is not shorter for that.
    call(&mut client, "DEBUG SLEEP 0.25");
    assert!(latest(&mut client)["command"][1] >= 250);
    assert_eq!(int(&mut client, "SLOWLOG LEN"), 1);
    call(&mut client, "CONFIG SET slowlog-log-slower-than 0");
    call(&mut client, "BLPOP q 0.01");
    let slow = call(&mut client, "SLOWLOG GET 1");
    assert_eq!(slow.at(0).unwrap().at(3).unwrap().at(0).unwrap().as_str(), Some("BLPOP"));
}
