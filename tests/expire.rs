//! Expiry on a clock that the test moves: keys whose time has come are absent to every command, go without being
//! asked, and stay gone after reopening, whatever the clock says then.

#![expect(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, reason = "test code")]

#[path = "common/kit.rs"]
mod kit;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use kit::{Rng, call, dump, eventually, info, int, run, same, seed, text, turns};
use lodger::{Client, Clock, Db, Options};

const START: i64 = 1_700_000_000_000;

fn open(location: impl AsRef<Path>, clock: &Clock) -> (Db, Client) {
    let db = Options::new().clock(clock.clone()).config("appendfsync no\nhz 100");
    let db = if location.as_ref().as_os_str().is_empty() {
        Options::new().clock(clock.clone()).config("hz 100").open("").unwrap()
    } else {
        db.open(location).unwrap()
    };
    let client = db.client().unwrap();
    (db, client)
}

/// A call on a key `k` (value "old", expired) and sometimes `live` (value "v"): the reply, then what `k` holds and
/// its TTL in seconds. `-` is an error.
const CASES: &[(&str, &str, &str, i64)] = &[
    ("GET k", "nil", "nil", -2),
    ("EXISTS k k", "0", "nil", -2),
    ("TTL k", "-2", "nil", -2),
    ("PTTL k", "-2", "nil", -2),
    ("EXPIRETIME k", "-2", "nil", -2),
    ("PEXPIRETIME k", "-2", "nil", -2),
    ("TYPE k", "none", "nil", -2),
    ("STRLEN k", "0", "nil", -2),
    ("GETRANGE k 0 -1", "", "nil", -2),
    ("SUBSTR k 0 -1", "", "nil", -2),
    ("MGET k live", "[nil, \"v\"]", "nil", -2),
    ("TOUCH k live", "1", "nil", -2),
    ("OBJECT ENCODING k", "nil", "nil", -2),
    ("OBJECT IDLETIME k", "nil", "nil", -2),
    ("LCS k live", "", "nil", -2),
    ("KEYS *", "[\"live\"]", "nil", -2),
    ("SCAN 0 COUNT 100", "[\"0\", [\"live\"]]", "nil", -2),
    ("RANDOMKEY", "live", "nil", -2),
    ("COPY k other", "0", "nil", -2),
    ("RENAME k other", "-", "nil", -2),
    ("RENAMENX k other", "-", "nil", -2),
    ("MOVE k 1", "0", "nil", -2),
    ("PERSIST k", "0", "nil", -2),
    ("EXPIRE k 100", "0", "nil", -2),
    ("PEXPIREAT k 9999999999999 GT", "0", "nil", -2),
    ("GETDEL k", "nil", "nil", -2),
    ("GETEX k PERSIST", "nil", "nil", -2),
    ("GETEX k EX 100", "nil", "nil", -2),
    ("DEL k live", "1", "nil", -2),
    ("UNLINK k", "0", "nil", -2),
    ("SET k new XX", "nil", "nil", -2),
    ("SET k new XX GET", "nil", "nil", -2),
    ("SET k new XX KEEPTTL", "nil", "nil", -2),
    ("SET k new", "OK", "new", -1),
    ("SET k new KEEPTTL", "OK", "new", -1),
    ("SET k new NX", "OK", "new", -1),
    ("SET k new NX KEEPTTL GET", "nil", "new", -1),
    ("SET k new GET", "nil", "new", -1),
    ("SET k new EX 7", "OK", "new", 7),
    ("SETNX k new", "1", "new", -1),
    ("SETEX k 7 new", "OK", "new", 7),
    ("PSETEX k 7000 new", "OK", "new", 7),
    ("GETSET k new", "nil", "new", -1),
    ("MSET k new live v", "OK", "new", -1),
    ("MSETNX k new other v", "1", "new", -1),
    ("MSETNX k new live v", "0", "nil", -2),
    ("APPEND k tail", "4", "tail", -1),
    ("INCR k", "1", "1", -1),
    ("DECRBY k 5", "-5", "-5", -1),
    ("INCRBYFLOAT k 2.5", "2.5", "2.5", -1),
    ("SETRANGE k 2 x", "3", "\0\0x", -1),
    ("SETRANGE k 0 ", "0", "nil", -2),
    ("COPY live k", "1", "v", -1),
    ("COPY live k REPLACE", "1", "v", -1),
    ("RENAME live k", "OK", "v", -1),
    ("RENAMENX live k", "1", "v", -1),
    ("FLUSHDB", "OK", "nil", -2),
];

fn as_text(reply: &lodger::Reply) -> String {
    match reply.as_bytes() {
        _ if reply.as_error().is_some() => "-".to_owned(),
        Some(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        None => format!("{reply:?}"),
    }
}

#[test]
fn an_expired_key_is_absent_to_every_command() {
    for durable in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let location = if durable { dir.path() } else { Path::new("") };
        for &(line, reply, value, ttl) in CASES {
            let clock = Clock::manual(START);
            let at = if durable { location.join(line.replace([' ', '*'], "_")) } else { location.to_owned() };
            let (db, mut client) = open(&at, &clock);
            call(&mut client, "DEBUG SET-ACTIVE-EXPIRE 0");
            call(&mut client, "SET live v");
            call(&mut client, "SET k old PX 1000");
            clock.advance_ms(999);
            assert_eq!(text(&mut client, "GET k"), "old", "{line}: one millisecond early");
            clock.advance_ms(2);
            assert_eq!(int(&mut client, "DBSIZE"), 2, "{line}: counted until somebody meets it");
            assert_eq!(as_text(&call(&mut client, line)), reply, "{line}");
            assert_eq!(text(&mut client, "GET k"), value, "{line}");
            assert_eq!(int(&mut client, "TTL k"), ttl, "{line}");
            let size = int(&mut client, "DBSIZE");
            let keys = call(&mut client, "KEYS *").len();
            assert_eq!(size, i64::try_from(keys).unwrap(), "{line}: nothing expired is left");
            if durable {
                let before = dump(&mut client, 3);
                db.close().unwrap();
                // The file says itself what went: a clock that went back brings nothing back.
                let (again, mut client) = open(&at, &Clock::manual(START));
                call(&mut client, "DEBUG SET-ACTIVE-EXPIRE 0");
                same(&before, &dump(&mut client, 3), line);
                again.close().unwrap();
            }
        }
    }
}

#[test]
fn an_expired_key_in_another_database_does_not_stop_move_and_copy() {
    let clock = Clock::manual(START);
    let (_db, mut client) = open("", &clock);
    call(&mut client, "DEBUG SET-ACTIVE-EXPIRE 0");
    call(&mut client, "MSET a 1 b 2");
    call(&mut client, "SELECT 1");
    call(&mut client, "SET a old PX 10");
    call(&mut client, "SET c old PX 10");
    call(&mut client, "SELECT 0");
    assert_eq!(int(&mut client, "MOVE a 1"), 0);
    assert_eq!(int(&mut client, "COPY b c DB 1"), 0);
    clock.advance_ms(11);
    assert_eq!(int(&mut client, "MOVE a 1"), 1);
    assert_eq!(int(&mut client, "COPY b c DB 1"), 1);
    call(&mut client, "SELECT 1");
    assert_eq!((text(&mut client, "GET a"), text(&mut client, "GET c")), ("1".into(), "2".into()));
    assert_eq!((int(&mut client, "TTL a"), int(&mut client, "TTL c")), (-1, -1));
    assert_eq!(info(&mut client, "expired_keys"), 2);
}

#[test]
fn typed_calls_see_no_expired_key() {
    let clock = Clock::manual(START);
    let (_db, mut client) = open("", &clock);
    call(&mut client, "DEBUG SET-ACTIVE-EXPIRE 0");
    let expired = |client: &mut Client| {
        client.set_px(b"k", b"old", 50).unwrap();
        assert_eq!(client.pttl(b"k").unwrap(), 50);
        clock.advance_ms(51);
    };
    expired(&mut client);
    assert_eq!(client.get(b"k").unwrap(), None);
    expired(&mut client);
    assert_eq!(client.getdel(b"k").unwrap(), None);
    expired(&mut client);
    assert!(!client.exists(b"k").unwrap());
    expired(&mut client);
    assert!(!client.del(b"k").unwrap());
    expired(&mut client);
    assert!(!client.pexpire(b"k", 1000).unwrap());
    expired(&mut client);
    assert_eq!(client.pttl(b"k").unwrap(), -2);
    expired(&mut client);
    assert_eq!(client.strlen(b"k").unwrap(), 0);
    expired(&mut client);
    client.mget(&[b"k"], |_, value| assert_eq!(value, None)).unwrap();
    expired(&mut client);
    assert_eq!(client.append(b"k", b"xy").unwrap(), 2);
    assert_eq!(client.pttl(b"k").unwrap(), -1);
    client.del(b"k").unwrap();
    expired(&mut client);
    assert_eq!(client.incr_by(b"k", 4).unwrap(), 4);
    assert_eq!(client.pttl(b"k").unwrap(), -1);
    client.set_px(b"k", b"v", 1000).unwrap();
    client.set(b"k", b"v").unwrap();
    assert_eq!(client.pttl(b"k").unwrap(), -1);
}

#[test]
fn keys_go_without_being_asked() {
    let clock = Clock::manual(START);
    let (_db, mut client) = open("", &clock);
    turns(&mut client);
    let empty = info(&mut client, "used_memory");
    for database in [0, 3, 14] {
        call(&mut client, &format!("SELECT {database}"));
        for i in 0..5_000 {
            call(&mut client, &format!("SET expires:{i} {} PX {}", "v".repeat(100), 1000 + i % 100));
            if i % 10 == 0 {
                call(&mut client, &format!("SET stays:{i} v"));
            }
        }
    }
    let full = info(&mut client, "used_memory");
    turns(&mut client);
    assert_eq!(info(&mut client, "expired_keys"), 0, "not before their time");
    clock.advance_ms(1200);
    eventually("all expire", || info(&mut client, "expired_keys") == 15_000);
    for database in [0, 3, 14] {
        call(&mut client, &format!("SELECT {database}"));
        assert_eq!(int(&mut client, "DBSIZE"), 500);
        assert_eq!(call(&mut client, "KEYS expires:*").len(), 0);
        assert!(text(&mut client, "INFO keyspace").contains(&format!("db{database}:keys=500,expires=0")));
    }
    let left = info(&mut client, "used_memory");
    assert!(left - empty < (full - empty) / 8, "memory is given back: {empty} {full} {left}");
    assert_eq!(info(&mut client, "keyspace_misses"), 0, "nobody asked");
}

#[test]
fn random_keys_are_never_expired_ones() {
    let clock = Clock::manual(START);
    let (_db, mut client) = open("", &clock);
    call(&mut client, "DEBUG SET-ACTIVE-EXPIRE 0");
    assert_eq!(text(&mut client, "RANDOMKEY"), "nil");
    (0..20_000).for_each(|i| drop(call(&mut client, &format!("SET gone:{i} v PX 5"))));
    clock.advance_ms(10);
    assert_eq!(text(&mut client, "RANDOMKEY"), "nil");
    let live: BTreeSet<String> = (0..3).map(|i| format!("live:{i}")).collect();
    live.iter().for_each(|key| drop(call(&mut client, &format!("SET {key} v"))));
    let seen: BTreeSet<String> = (0..60).map(|_| text(&mut client, "RANDOMKEY")).collect();
    assert_eq!(seen, live, "each of them comes, and nothing else");
}

#[test]
fn active_expiry_can_be_switched_off_and_on() {
    let clock = Clock::manual(START);
    let (_db, mut client) = open("", &clock);
    call(&mut client, "DEBUG SET-ACTIVE-EXPIRE 0");
    turns(&mut client);
    (0..1000).for_each(|i| drop(call(&mut client, &format!("SET k{i} v PX 5"))));
    clock.advance_ms(1000);
    turns(&mut client);
    assert_eq!(int(&mut client, "DBSIZE"), 1000);
    assert_eq!(text(&mut client, "GET k7"), "nil");
    assert_eq!(int(&mut client, "DBSIZE"), 999, "lazily it goes");
    call(&mut client, "DEBUG SET-ACTIVE-EXPIRE 1");
    eventually("the rest goes", || int(&mut client, "DBSIZE") == 0);
    assert_eq!(info(&mut client, "expired_keys"), 1000);
}

/// What the increment file holds.
fn journal(dir: &Path) -> String {
    let file = dir.join("appendonlydir/appendonly.aof.1.incr.aof");
    String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned()
}

#[test]
fn expired_keys_are_journaled_as_del_once() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::manual(START);
    let (db, mut client) = open(dir.path(), &clock);
    for i in 0..100 {
        call(&mut client, &format!("SET active:{i} v PX 100"));
        call(&mut client, &format!("SET lazy:{i} v PX 200"));
        call(&mut client, &format!("SET write:{i} v PX 200"));
    }
    clock.advance_ms(101);
    eventually("the first hundred go", || info(&mut client, "expired_keys") == 100);
    call(&mut client, "DEBUG SET-ACTIVE-EXPIRE 0");
    turns(&mut client);
    clock.advance_ms(100);
    // Eight readers meet the same keys at the same time: each goes once.
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let mut client = db.client().unwrap();
            scope.spawn(move || {
                (0..100).for_each(|i| assert_eq!(text(&mut client, &format!("GET lazy:{i}")), "nil"))
            });
        }
    });
    assert_eq!(info(&mut client, "expired_keys"), 200);
    (0..100).for_each(|i| assert_eq!(int(&mut client, &format!("APPEND write:{i} x")), 1));
    assert_eq!(info(&mut client, "expired_keys"), 300);
    let before = dump(&mut client, 1);
    db.close().unwrap();
    let file = journal(dir.path());
    for i in 0..100 {
        for kind in ["active", "lazy", "write"] {
            let key = format!("{kind}:{i}");
            let del = format!("*2\r\n$3\r\nDEL\r\n${}\r\n{key}\r\n", key.len());
            assert_eq!(file.matches(&del).count(), 1, "{key}");
        }
    }
    let (_again, mut client) = open(dir.path(), &Clock::manual(START));
    same(&before, &dump(&mut client, 1), "a clock that went back brings nothing back");
}

#[test]
fn relative_times_are_absolute_in_the_journal() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::manual(START);
    let (db, mut client) = open(dir.path(), &clock);
    for line in [
        "SET a v EX 100",
        "SETEX b 100 v",
        "PSETEX c 100000 v",
        "SET d v",
        "EXPIRE d 100",
        "SET e v",
        "PEXPIRE e 100000",
        "SET f v",
        "GETEX f EX 100",
        "SET g v PX 100000",
        "SET g w KEEPTTL",
        "SET h v PX 100000",
        "APPEND h w",
        "COPY h i",
        "RENAME g j",
    ] {
        assert!(call(&mut client, line).as_error().is_none(), "{line}");
    }
    client.set_px(b"typed", b"v", 100_000).unwrap();
    client.set(b"typed2", b"v").unwrap();
    client.pexpire(b"typed2", 100_000).unwrap();
    let before = dump(&mut client, 1);
    assert!(before.len() == 11 && before.values().all(|(_, at)| *at == START + 100_000), "{before:?}");
    db.close().unwrap();
    clock.advance_ms(50_000);
    let (db, mut client) = open(dir.path(), &clock);
    same(&before, &dump(&mut client, 1), "reopened");
    db.close().unwrap();
    // All of them expire while the database is closed.
    clock.advance_ms(50_001);
    let (db, mut client) = open(dir.path(), &clock);
    assert_eq!(call(&mut client, "KEYS *").len(), 0);
    assert_eq!(text(&mut client, "GET a"), "nil");
    eventually("they go", || int(&mut client, "DBSIZE") == 0);
    assert_eq!(info(&mut client, "expired_keys"), 11);
    db.close().unwrap();
    let (_db, mut client) = open(dir.path(), &Clock::manual(START));
    assert_eq!(int(&mut client, "DBSIZE"), 0, "their removal is in the journal");
}

#[test]
fn a_time_in_the_past_removes_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::manual(START);
    let (db, mut client) = open(dir.path(), &clock);
    call(&mut client, "DEBUG SET-ACTIVE-EXPIRE 0");
    let lines =
        ["EXPIRE k -1", "PEXPIRE k 0", "EXPIREAT k 1", "PEXPIREAT k 1", "GETEX k PXAT 1", "GETEX k EXAT 1"];
    for line in lines {
        call(&mut client, "SET k v");
        assert!(call(&mut client, line).as_error().is_none(), "{line}");
        assert_eq!(int(&mut client, "DBSIZE"), 0, "{line}");
    }
    for line in ["SET k v PXAT 1", "SET k v EXAT 1"] {
        call(&mut client, "SET k old");
        assert_eq!(text(&mut client, line), "OK");
        assert_eq!(text(&mut client, "GET k"), "nil", "{line}");
    }
    call(&mut client, "SET other v");
    let before = dump(&mut client, 1);
    db.close().unwrap();
    let (_again, mut client) = open(dir.path(), &Clock::manual(0));
    same(&before, &dump(&mut client, 1), "reopened");
}

/// Random changes of keys and their times; then the clock moves and the background thread alone must find exactly
/// the keys whose time has come.
#[test]
fn the_background_finds_exactly_what_is_due() {
    let mut rng = Rng::new(seed("the_background_finds_exactly_what_is_due"));
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::manual(START);
    let config = "appendfsync no\nhz 500\nshards 2";
    let db = Options::new().clock(clock.clone()).config(config).open(dir.path()).unwrap();
    let mut client = db.client().unwrap();
    let mut model: BTreeMap<String, i64> = BTreeMap::new();
    for round in 0..40 {
        let now = clock.now_ms();
        let grow = round % 8 < 5;
        for _ in 0..1500 {
            let key = format!("key:{}", rng.below(6000));
            let at = now + 1 + i64::try_from(rng.below(3000)).unwrap();
            match rng.below(if grow { 9 } else { 14 }) {
                0 => {
                    call(&mut client, &format!("SET {key} v"));
                    model.insert(key, i64::MAX);
                }
                1..5 => {
                    call(&mut client, &format!("SET {key} v PXAT {at}"));
                    model.insert(key, at);
                }
                5 => {
                    call(&mut client, &format!("PEXPIREAT {key} {at}"));
                    model.entry(key).and_modify(|t| *t = at);
                }
                6 => {
                    call(&mut client, &format!("PERSIST {key}"));
                    model.entry(key).and_modify(|t| *t = i64::MAX);
                }
                7 => {
                    let to = format!("key:{}", rng.below(6000));
                    call(&mut client, &format!("RENAME {key} {to}"));
                    if let Some(at) = model.remove(&key) {
                        model.insert(to, at);
                    }
                }
                8 => {
                    let to = format!("key:{}", rng.below(6000));
                    call(&mut client, &format!("COPY {key} {to} REPLACE"));
                    if let Some(at) = model.get(&key).copied() {
                        model.insert(to, at);
                    }
                }
                _ => {
                    let keys: Vec<String> = (0..8).map(|_| format!("key:{}", rng.below(6000))).collect();
                    call(&mut client, &format!("DEL {}", keys.join(" ")));
                    keys.iter().for_each(|k| {
                        model.remove(k);
                    });
                }
            }
        }
        clock.advance_ms(1 + i64::try_from(rng.below(500)).unwrap());
        let now = clock.now_ms();
        // A key lives through the millisecond that it expires at.
        model.retain(|_, at| *at >= now);
        let expected = i64::try_from(model.len()).unwrap();
        eventually("what is due goes", || int(&mut client, "DBSIZE") <= expected);
        assert_eq!(int(&mut client, "DBSIZE"), expected, "round {round}");
        let volatile = model.values().filter(|at| **at < i64::MAX).count();
        let line = format!("db0:keys={expected},expires={volatile},");
        assert!(text(&mut client, "INFO keyspace").contains(&line), "{line}");
    }
    let keys: BTreeSet<String> =
        call(&mut client, "KEYS *").iter().map(|k| k.as_str().unwrap().to_owned()).collect();
    assert!(keys.iter().eq(model.keys()));
    let before = dump(&mut client, 1);
    db.close().unwrap();
    let again = Options::new().clock(Clock::manual(START)).open(dir.path()).unwrap();
    same(&before, &dump(&mut again.client().unwrap(), 1), "reopened");
}

#[test]
fn a_huge_time_is_no_time_in_the_past() {
    let clock = Clock::manual(START);
    let (_db, mut client) = open("", &clock);
    for at in ["9223372036854775807", "9223372036854775000", "4611686018427387904"] {
        assert_eq!(text(&mut client, &format!("SET k v PXAT {at}")), "OK");
        assert_eq!(text(&mut client, "GET k"), "v");
        assert_eq!(int(&mut client, "PEXPIRETIME k").to_string(), at);
        turns(&mut client);
        assert_eq!(run(&mut client, &[b"PEXPIREAT", b"k", at.as_bytes()]).as_int(), Some(1));
    }
    clock.advance_ms(1 << 50);
    assert_eq!(text(&mut client, "GET k"), "v");
}
