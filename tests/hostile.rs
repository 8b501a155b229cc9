//! Hostile files: dumps of values, RDB files and append-only files of every type, damaged in places. Each is refused with
//! an error that names the place, or loads cleanly: then what was loaded has one form through all commands, and goes on
//! behaving. Never a panic, a hang, or memory out of proportion.
//!
//! `HOSTILE=n` (`make fuzz`) damages n files in all, a tenth of them RDB and as many append-only files. Checksums are made
//! to fit again in most, so that what is behind them is reached. `SEED` repeats a run; a failing round is named.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    unsafe_code,
    reason = "test code: it stops at the first surprise; the allocator around the system's"
)]

#[path = "common/damage.rs"]
mod damage;
#[path = "common/grammar.rs"]
mod grammar;
#[path = "common/kit.rs"]
mod kit;
#[path = "common/old_forms.rs"]
mod old_forms;
#[path = "common/sim.rs"]
#[allow(dead_code, reason = "no crash here")]
mod sim;

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use grammar::Grammar;
use kit::{Rng, call, int, number, run, seed, shown, text};
use lodger::{Client, Clock, Db, ErrorKind, Metadata, Options, Reply, Storage, StorageFile, StorageLock};
use sim::SimStorage;

const NOW: i64 = 1_700_000_000_000;
/// Names that no file holds.
const COPY: &[u8] = b"\0\0copy";
const BACK: &[u8] = b"\0\0back";

/// The largest that was asked for at once.
static LARGEST: AtomicUsize = AtomicUsize::new(0);

struct Watched;

#[global_allocator]
static ALLOCATOR: Watched = Watched;

// SAFETY: the system's allocator does all of it; the numbers are looked at on the way.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGEST.fetch_max(layout.size(), Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LARGEST.fetch_max(size, Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(at, layout, size) }
    }
}

/// No file here is longer than some thousand bytes, and compression makes them 88 times as long at most.
const MOST_AT_ONCE: usize = 20 << 20;
const MOST_IN_ALL: u64 = 20 << 20;

fn sane_memory(when: &str) {
    let largest = LARGEST.load(Relaxed);
    assert!(largest <= MOST_AT_ONCE, "{largest} bytes at once, {when}");
}

/// Names the round when a test fails in it, and what is slow.
struct Round<'a> {
    n: u64,
    test: &'a str,
    begun: Instant,
}

impl Drop for Round<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{}: failed in round {}", self.test, self.n);
        }
        assert!(self.begun.elapsed() < Duration::from_secs(60), "{}: round {} hung", self.test, self.n);
    }
}

/// Runs `body` with randomness of its own for every round; `ROUND=n` runs one.
fn rounds(test: &str, rounds: u64, mut body: impl FnMut(&mut Rng)) {
    let rng = Rng::new(seed(test));
    let only = number("ROUND", u64::MAX);
    for n in (0..rounds).filter(|n| only == u64::MAX || only == *n) {
        let _round = Round { n, test, begun: Instant::now() };
        body(&mut rng.fork(n));
    }
}

fn share(of: u64) -> u64 {
    number("HOSTILE", 60_000).div_ceil(of)
}

fn options() -> Options {
    // Small thresholds, so that values are converted; no time passes by itself.
    let config = "shards 2\ndatabases 4\nappendfsync no\nhash-max-listpack-entries 12\n\
                  zset-max-listpack-entries 12\nset-max-intset-entries 8\nlist-max-listpack-size 6\n\
                  stream-node-max-entries 8\nhash-max-listpack-value 200\nzset-max-listpack-value 200";
    Options::new().config(config).clock(Clock::manual(NOW)).seed(7)
}

fn memory() -> (Db, Client) {
    let db = options().open("").unwrap();
    let client = db.client().unwrap();
    (db, client)
}

/// Another database in the place of one.
fn memory_of(db: &mut Db) -> Client {
    let (new, client) = memory();
    *db = new;
    client
}

/// A dump of every form, by name: those of `tests/data/dumps.txt`, and what we dump ourselves.
fn dumps() -> Vec<(String, Vec<u8>)> {
    let text = std::fs::read_to_string("tests/data/dumps.txt").unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(' '));
    let mut all: Vec<(String, Vec<u8>)> = lines
        .map(|(name, hex)| {
            let digits = hex.as_bytes().chunks(2).map(|two| std::str::from_utf8(two).unwrap());
            (name.to_owned(), digits.map(|two| u8::from_str_radix(two, 16).unwrap()).collect())
        })
        .collect();
    let (_db, mut client) = memory();
    for line in [
        "RPUSH list a b 3 -70000 123456789012",
        "SADD intset 1 -300 70000",
        "SADD set a b c 17",
        "HSET hash f v g 12 h w",
        "HSET fields f v g 12 h w",
        "HPEXPIREAT fields 1800000000000 FIELDS 2 f h",
        "ZADD zset 1 a 1 b -2.5 c inf d -inf e",
        "XADD stream 5-1 f v g w",
        "XADD stream 5-2 f v g w",
        "XADD stream 6-1 other x",
        "XGROUP CREATE stream group 0",
        "XREADGROUP GROUP group alice COUNT 2 STREAMS stream >",
        "PFADD hll a b c d",
    ] {
        assert!(call(&mut client, line).as_error().is_none(), "{line}");
    }
    for n in 0..30 {
        call(&mut client, &format!("RPUSH long-list {n} element-{n}"));
        call(&mut client, &format!("SADD long-set m{n}"));
        call(&mut client, &format!("HSET long-hash f{n} v{n}"));
        call(&mut client, &format!("HSET long-fields f{n} v{n}"));
        call(&mut client, &format!("HPEXPIREAT long-fields {} FIELDS 1 f{n}", 1_800_000_000_000_u64 + n));
        call(&mut client, &format!("ZADD long-zset {n} m{n}"));
        call(&mut client, &format!("XADD long-stream {n}-1 f {n}"));
    }
    for key in call(&mut client, "KEYS *").elements() {
        let name = key.as_bytes().unwrap();
        let dump = run(&mut client, &[b"DUMP", name]);
        all.push((format!("own-{}", String::from_utf8_lossy(name)), dump.as_bytes().unwrap().to_vec()));
    }
    assert!(all.len() > 80, "{} dumps", all.len());
    all
}

/// Commands on values.
fn grammars() -> Vec<Grammar> {
    let (_db, mut client) = memory();
    let groups =
        ["string", "list", "set", "hash", "sorted-set", "bitmap", "hyperloglog", "geo", "stream", "generic"];
    let mut all = grammar::grammars(&mut client);
    all.retain(|grammar| groups.contains(&grammar.group.as_str()));
    assert!(all.len() > 150, "{} commands", all.len());
    all
}

/// The groups of commands that take a value of a type.
fn groups(kind: &str) -> &'static [&'static str] {
    match kind {
        "string" => &["string", "bitmap", "hyperloglog", "generic"],
        "list" => &["list", "generic"],
        "set" => &["set", "generic"],
        "hash" => &["hash", "generic"],
        "zset" => &["sorted-set", "geo", "generic"],
        _ => &["stream", "generic"],
    }
}

fn flat(reply: &Reply, into: &mut Vec<Vec<u8>>) {
    if into.len() < 40 {
        into.extend(reply.as_bytes().filter(|bytes| bytes.len() < 100).map(<[u8]>::to_vec));
        reply.elements().iter().for_each(|element| flat(element, into));
    }
}

/// The elements of a value, as all of them; its length is told in the same way.
fn elements(client: &mut Client, kind: &str, key: &[u8]) -> Vec<Vec<u8>> {
    let (all, len): (&[&[u8]], &[u8]) = match kind {
        "string" => (&[b"GET", key], b"STRLEN"),
        "list" => (&[b"LRANGE", key, b"0", b"-1"], b"LLEN"),
        "set" => (&[b"SMEMBERS", key], b"SCARD"),
        "hash" => (&[b"HKEYS", key], b"HLEN"),
        "zset" => (&[b"ZRANGE", key, b"0", b"-1"], b"ZCARD"),
        _ => (&[b"XRANGE", key, b"-", b"+"], b"XLEN"),
    };
    let (all, len) = (run(client, all), run(client, &[len, key]));
    let counted = if kind == "string" { all.as_bytes().unwrap().len() } else { all.elements().len() };
    // Fields whose time has come are counted until they are taken away.
    let len = usize::try_from(len.as_int().unwrap()).unwrap();
    assert!(counted == len || kind == "hash" && counted < len, "{kind}: {counted} elements of {len}");
    let mut pool = Vec::new();
    flat(&all, &mut pool);
    pool
}

struct Visitor {
    grammars: Vec<Grammar>,
}

impl Visitor {
    /// Commands on a key that was loaded.
    fn visit(&self, rng: &mut Rng, client: &mut Client, key: &[u8]) {
        let kind = run(client, &[b"TYPE", key]);
        let kind = kind.as_str().unwrap();
        if kind == "none" {
            return;
        }
        self.copies(client, kind, key);
        let pool = elements(client, kind, key);
        let fitting: Vec<&Grammar> =
            self.grammars.iter().filter(|grammar| groups(kind).contains(&grammar.group.as_str())).collect();
        for _ in 0..4 {
            let grammar = fitting[rng.below(fitting.len())];
            let argv = grammar.call(rng, &mut |rng, kind| match kind {
                "key" if !rng.one_in(6) => key.to_vec(),
                "key" => rng.pick(&[&b"other"[..], COPY, BACK]).to_vec(),
                "integer" | "unix-time" | "double" if !rng.one_in(8) => {
                    (rng.below(40)).to_string().into_bytes()
                }
                "integer" | "unix-time" => {
                    rng.pick(&["-1", "-2", "1000", "-9223372036854775808"]).as_bytes().to_vec()
                }
                "double" => rng.pick(&["-1.5", "1e300", "inf", "-inf"]).as_bytes().to_vec(),
                _ if !pool.is_empty() && !rng.one_in(4) => pool[rng.below(pool.len())].clone(),
                _ => rng.bytes(20),
            });
            grammar::run_at_once(client, &argv.iter().map(Vec::as_slice).collect::<Vec<_>>());
        }
        for key in [key, b"other", COPY] {
            let kind = run(client, &[b"TYPE", key]);
            if kind.as_str() != Some("none") {
                elements(client, kind.as_str().unwrap(), key);
            }
        }
        run(client, &[b"DEL", COPY, BACK]);
        assert_eq!(text(client, "PING"), "PONG");
    }

    /// A value that was loaded can be copied, and saved and loaded again, and stays what it is.
    fn copies(&self, client: &mut Client, kind: &str, key: &[u8]) {
        let digest = |client: &mut Client, key: &[u8]| {
            run(client, &[b"DEBUG", b"DIGEST-VALUE", key]).elements()[0].as_bytes().unwrap().to_vec()
        };
        // Whether a key expires is a part of its digest, and none of its dump.
        run(client, &[b"PERSIST", key]);
        let before = digest(client, key);
        let copied = run(client, &[b"COPY", key, COPY, b"REPLACE"]);
        assert_eq!(copied.as_int(), Some(1), "{:?}: {copied:?}", shown(&[key]));
        let dump = run(client, &[b"DUMP", key]);
        let Some(dump) = dump.as_bytes() else { panic!("DUMP of a {kind}: {dump:?}") };
        let restored = run(client, &[b"RESTORE", BACK, b"0", dump, b"REPLACE"]);
        if kind == "hash" && restored.as_str() != Some("OK") {
            // All of its fields are past their time, and are gone when it is loaded.
            assert!(elements(client, kind, key).is_empty(), "{restored:?}");
            return;
        }
        assert_eq!(restored.as_str(), Some("OK"), "{kind} {:?}", shown(&[dump]));
        assert_eq!(digest(client, COPY), before, "the copy of a {kind}");
        assert_eq!(digest(client, BACK), before, "the dump of a {kind}: {}", dump.escape_ascii());
    }
}

fn checked(bytes: &mut Vec<u8>) {
    let crc = old_forms::crc64(bytes);
    bytes.extend_from_slice(&crc.to_le_bytes());
}

#[test]
fn dumps_of_values() {
    let (dumps, visitor) = (dumps(), Visitor { grammars: grammars() });
    let (mut loaded, mut refused) = (0, 0);
    let (mut db, mut client) = memory();
    rounds("dumps_of_values", share(10) * 8, |rng| {
        if rng.one_in(200) {
            client = memory_of(&mut db);
        }
        let (_, dump) = &dumps[rng.below(dumps.len())];
        let (_, other) = &dumps[rng.below(dumps.len())];
        let mut bytes = dump.clone();
        let fitting = !rng.one_in(8);
        let trailer = if rng.one_in(10) { 8 } else { 10 };
        let tail = bytes.split_off(bytes.len() - if fitting { trailer } else { 0 });
        damage::some(rng, &mut bytes, other);
        if fitting {
            bytes.extend_from_slice(&tail[..trailer - 8]);
            checked(&mut bytes);
        }
        let before = LARGEST.load(Relaxed);
        let reply = run(&mut client, &[b"RESTORE", b"key", b"0", &bytes, b"REPLACE"]);
        if LARGEST.load(Relaxed) > before {
            sane_memory(&format!("{:?}", shown(&[&bytes])));
        }
        if reply.as_error().is_some() {
            refused += 1;
            return;
        }
        loaded += 1;
        visitor.visit(rng, &mut client, b"key");
        call(&mut client, "FLUSHALL");
        let used = kit::info(&mut client, "used_memory");
        assert!(used < MOST_IN_ALL, "{used} bytes are left");
    });
    println!("dumps of values: {} damaged, {loaded} loaded, {refused} refused", loaded + refused);
    assert!(number("ROUND", u64::MAX) != u64::MAX || loaded > 100 && refused > 100);
}

/// An RDB file of some values, with everything that can stand between them; where each piece ends.
fn rdb(rng: &mut Rng, dumps: &[(String, Vec<u8>)]) -> Vec<u8> {
    let string = old_forms::string;
    let mut file = format!("REDIS00{:02}", rng.pick(&[6, 9, 10, 11, 12])).into_bytes();
    if rng.one_in(2) {
        file.extend([vec![0xfa], string(b"redis-ver"), string(b"7.0.15")].concat());
        file.extend([vec![0xfa], string(b"ctime"), string(b"1700000000")].concat());
    }
    for db in 0..=u8::from(rng.one_in(4)) {
        file.extend([0xfe, db]);
        if rng.one_in(2) {
            file.extend([0xfb, 3, 1]);
        }
        for n in 0..=rng.below(4) {
            match rng.below(8) {
                0 => file.extend([&[0xfc][..], &1_800_000_000_000_u64.to_le_bytes()].concat()),
                1 => file.extend([&[0xfd][..], &1_800_000_000_u32.to_le_bytes()].concat()),
                2 => file.extend([0xf9, 7]),
                3 => file.extend([0xf8, 60]),
                4 => file.extend([0xf4, 1, 1, 0]),
                _ => {}
            }
            let (_, dump) = &dumps[rng.below(dumps.len())];
            file.push(dump[0]);
            file.extend(string(format!("key{n}").as_bytes()));
            file.extend(&dump[1..dump.len() - 10]);
        }
    }
    file.push(0xff);
    file
}

/// Damages a file, and makes its checksum fit, or say that there is none, in most.
fn damaged_rdb(rng: &mut Rng, file: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = file.to_vec();
    damage::some(rng, &mut bytes, other);
    match rng.below(8) {
        0 => {}
        1 => bytes.extend([1; 8]),
        2 | 3 => checked(&mut bytes),
        _ => bytes.extend([0; 8]),
    }
    bytes
}

/// What may be said of a damaged file.
fn refusal(e: &lodger::Error, file: &str) {
    let message = e.message();
    if e.kind() == ErrorKind::Arg && message.contains("`databases`") {
        return;
    }
    assert!(matches!(e.kind(), ErrorKind::Corrupt | ErrorKind::Unsupported), "{:?}: {e}", e.kind());
    assert!(message.contains(file), "it names the file: {e}");
    assert!(
        (message.contains("offset") || message.contains("at byte"))
            || e.kind() == ErrorKind::Unsupported
            || message.contains("not an RDB file"),
        "it names the place: {e}"
    );
}

/// Opens what is on the disk, looks at some of it, and closes. False if it was refused.
fn opens(rng: &mut Rng, disk: &SimStorage, path: &str, file: &str, visitor: &Visitor) -> bool {
    let options = options().storage(Arc::new(disk.clone()));
    let db = match options.open(path) {
        Ok(db) => db,
        Err(e) => {
            refusal(&e, file);
            return false;
        }
    };
    let mut client = db.client().unwrap();
    let used = kit::info(&mut client, "used_memory");
    assert!(used < MOST_IN_ALL, "{used} bytes are used");
    let keys = call(&mut client, "KEYS *");
    let keys: Vec<&[u8]> = keys.elements().iter().map(|key| key.as_bytes().unwrap()).collect();
    if !keys.is_empty() {
        let key = keys[rng.below(keys.len())];
        visitor.visit(rng, &mut client, key);
    }
    assert!(int(&mut client, "DBSIZE") >= 0);
    drop(client);
    db.close().unwrap();
    true
}

#[test]
fn rdb_files() {
    let (dumps, visitor) = (dumps(), Visitor { grammars: grammars() });
    let (mut loaded, mut refused) = (0, 0);
    rounds("rdb_files", share(10), |rng| {
        let (file, other) = (rdb(rng, &dumps), &dumps[rng.below(dumps.len())].1);
        let bytes = damaged_rdb(rng, &file, other);
        let disk = SimStorage::new();
        disk.put("/data/d.rdb", &bytes);
        let ok = opens(rng, &disk, "/data/d.rdb", "d.rdb", &visitor);
        sane_memory(&format!("{:?}", shown(&[&bytes])));
        let kept = disk.read("/data/d.rdb").unwrap();
        assert!(ok || kept == bytes, "a file that was refused is left as it was");
        *(if ok { &mut loaded } else { &mut refused }) += 1;
    });
    println!("RDB files: {} damaged, {loaded} loaded, {refused} refused", loaded + refused);
    assert!(number("ROUND", u64::MAX) != u64::MAX || loaded > 20 && refused > 20);
}

const INCR: &str = "/data/appendonlydir/appendonly.aof.1.incr.aof";

/// An append-only file that really happened.
fn journal(rng: &mut Rng, grammars: &[Grammar]) -> Vec<u8> {
    let disk = SimStorage::new();
    let db = options().storage(Arc::new(disk.clone())).open("/data").unwrap();
    let mut client = db.client().unwrap();
    for _ in 0..60 {
        let grammar = &grammars[rng.below(grammars.len())];
        // Keys of a type have names of their own, so that most calls change something.
        let key = grammar.group.clone();
        let argv = grammar.call(rng, &mut |rng, kind| match kind {
            "key" if !rng.one_in(10) => format!("{key}{}", rng.below(2)).into_bytes(),
            "integer" | "double" => (1 + rng.below(40)).to_string().into_bytes(),
            "unix-time" => (1_800_000_000_000 + rng.below(1_000)).to_string().into_bytes(),
            _ => format!("e{}", rng.below(20)).into_bytes(),
        });
        grammar::run_at_once(&mut client, &argv.iter().map(Vec::as_slice).collect::<Vec<_>>());
    }
    drop(client);
    db.close().unwrap();
    disk.read(INCR).unwrap()
}

/// Without the annotations that have a checksum of what follows.
fn unchecked(file: &[u8]) -> Vec<u8> {
    let mut out = file.to_vec();
    while let Some(at) = out.windows(8).position(|eight| eight == b"#LODGER:") {
        out.drain(at..at + 50);
    }
    out
}

#[test]
fn append_only_files() {
    let (dumps, grammars) = (dumps(), grammars());
    let visitor = Visitor { grammars: self::grammars() };
    let (mut loaded, mut refused) = (0, 0);
    rounds("append_only_files", share(10).div_ceil(8), |rng| {
        let journal = journal(rng, &grammars);
        for _ in 0..8 {
            let disk = SimStorage::new();
            let mut bytes = if rng.one_in(6) { journal.clone() } else { unchecked(&journal) };
            let mut manifest = b"file appendonly.aof.1.incr.aof seq 1 type i\n".to_vec();
            let base = rng.one_in(3).then(|| rdb(rng, &dumps));
            let in_base = base.is_some() && rng.one_in(2);
            if !in_base {
                damage::some(rng, &mut bytes, &journal);
            }
            if let Some(base) = base {
                let other = &dumps[rng.below(dumps.len())].1;
                let base =
                    if in_base { damaged_rdb(rng, &base, other) } else { [&base[..], &[0; 8]].concat() };
                disk.put("/data/appendonlydir/appendonly.aof.1.base.rdb", base);
                let line = b"file appendonly.aof.1.base.rdb seq 1 type b\n".to_vec();
                manifest = [line, manifest].concat();
            }
            disk.put(INCR, &bytes);
            disk.put(PathBuf::from("/data/appendonlydir/appendonly.aof.manifest"), &manifest);
            let ok = opens(rng, &disk, "/data", "appendonly.aof.1.", &visitor);
            sane_memory(&format!("{:?}", shown(&[&bytes])));
            assert!(ok || disk.read(INCR).unwrap() == bytes, "a file that was refused is left as it was");
            if ok {
                // What was cut off stays cut off.
                assert!(opens(rng, &disk, "/data", "appendonly.aof.1.", &visitor), "it opens again");
            }
            *(if ok { &mut loaded } else { &mut refused }) += 1;
        }
    });
    println!("append-only files: {} damaged, {loaded} loaded, {refused} refused", loaded + refused);
    assert!(number("ROUND", u64::MAX) != u64::MAX || loaded > 20 && refused > 20);
}
