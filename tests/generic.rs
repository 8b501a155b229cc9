//! Keys through the public API, as far as time, the journal and the clocks of LRU and LFU are concerned.
//! Replies that need neither are in tests/conformance/generic.t.

use std::fs;
use std::path::Path;

use lodger::{Client, Clock, Db, Options, Reply};

const START: i64 = 1_700_000_000_000;

fn open(location: &Path, clock: &Clock, config: &str) -> (Db, Client) {
    let db = Options::new().clock(clock.clone()).config(config).open(location).unwrap();
    let client = db.client().unwrap();
    (db, client)
}

fn memory(config: &str) -> (Db, Client, Clock) {
    let clock = Clock::manual(START);
    let (db, client) = open(Path::new(":memory:"), &clock, config);
    (db, client, clock)
}

fn call(client: &mut Client, line: &str) -> Reply {
    client.command(&line.split(' ').collect::<Vec<_>>()).unwrap()
}

fn text(client: &mut Client, line: &str) -> String {
    format!("{:?}", call(client, line))
}

fn check(client: &mut Client, script: &[(&str, &str)]) {
    for (line, reply) in script {
        assert_eq!(text(client, line), *reply, "{line}");
    }
}

/// The commands of all incremental files under `dir`, words joined by a space.
fn journal(dir: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(".incr.aof") {
                files.push(path);
            }
        }
    }
    files.sort();
    let bytes: Vec<u8> = files.iter().flat_map(|file| fs::read(file).unwrap()).collect();
    // Annotations stand between commands.
    let mut lines = std::str::from_utf8(&bytes).unwrap().lines().filter(|line| !line.starts_with('#'));
    let mut commands = Vec::new();
    while let Some(head) = lines.next() {
        let count: usize = head.strip_prefix('*').unwrap().parse().unwrap();
        let words: Vec<&str> = (0..count).map(|_| lines.by_ref().nth(1).unwrap()).collect();
        commands.push(words.join(" "));
    }
    commands
}

#[test]
fn the_journal_holds_absolute_times_and_only_what_changed() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::manual(START);
    let (db, mut c) = open(dir.path(), &clock, "");
    let script = [
        ("SET a 1", Some("SET a 1")),
        ("EXPIRE a 100", Some("PEXPIREAT a 1700000100000")),
        ("EXPIRE a 100 NX", None),
        ("PEXPIRE a 7 LT", Some("PEXPIREAT a 1700000000007")),
        ("EXPIREAT a 1700000001 GT", Some("PEXPIREAT a 1700000001000")),
        ("PEXPIREAT a 1700000001000 LT", None),
        ("PERSIST a", Some("PERSIST a")),
        ("PERSIST a", None),
        ("EXPIRE a 5 XX", None),
        ("EXPIRE none 5", None),
        ("RENAME a a", None),
        ("RENAMENX a b", Some("RENAMENX a b")),
        ("COPY b c", Some("COPY b c")),
        ("COPY b c", None),
        ("COPY b c REPLACE", Some("COPY b c REPLACE")),
        ("COPY b c DB 1", Some("COPY b c DB 1")),
        ("MOVE c 1", None),
        ("MOVE b 1", Some("MOVE b 1")),
        ("TOUCH c", None),
        ("DEL c none", Some("DEL c none")),
        ("UNLINK c none", None),
        ("SET a 1", Some("SET a 1")),
        ("EXPIRE a -1", Some("DEL a")),
        ("SET a 1", Some("SET a 1")),
        ("PEXPIREAT a 1700000000000", Some("DEL a")),
    ];
    for (line, _) in script {
        assert!(call(&mut c, line).as_error().is_none(), "{line}");
    }
    db.sync().unwrap();
    let seen: Vec<String> = journal(dir.path()).into_iter().filter(|l| !l.starts_with("SELECT")).collect();
    let expected: Vec<&str> = script.iter().filter_map(|(_, written)| *written).collect();
    assert_eq!(seen, expected);
}

#[test]
fn a_key_found_expired_is_journaled_before_the_command_that_found_it() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::manual(START);
    let (db, mut c) = open(dir.path(), &clock, "hz 1");
    call(&mut c, "SET a 1 PX 50");
    call(&mut c, "SET b 2");
    clock.advance_ms(51);
    check(&mut c, &[("RENAMENX b a", "1"), ("GET a", "\"2\""), ("PTTL a", "-1")]);
    db.sync().unwrap();
    let lines = journal(dir.path());
    assert_eq!(lines[lines.len() - 2..], ["DEL a", "RENAMENX b a"]);
}

#[test]
fn replay_does_not_expire_what_was_persisted_or_moved_on_in_time() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::manual(START);
    let (db, mut c) = open(dir.path(), &clock, "");
    for line in ["SET kept 1", "PEXPIRE kept 50", "PERSIST kept", "SET gone 1", "PEXPIRE gone 50"] {
        call(&mut c, line);
    }
    for line in ["SET a 1 PX 50", "RENAME a b", "COPY b c", "PEXPIRE c 1000000", "MOVE c 1", "PERSIST b"] {
        assert!(call(&mut c, line).as_error().is_none(), "{line}");
    }
    db.close().unwrap();
    clock.advance_ms(60_001);
    let (_db, mut c) = open(dir.path(), &clock, "");
    check(&mut c, &[("GET kept", "\"1\""), ("GET gone", "nil"), ("GET b", "\"1\""), ("TTL b", "-1")]);
    // The copy lives on in database 1, so that another one is refused there.
    check(&mut c, &[("SET c 2", "OK"), ("MOVE c 1", "0"), ("COPY kept c DB 1", "0"), ("DEL c", "1")]);
}

#[test]
fn expired_keys_are_absent_for_every_command() {
    let (_db, mut c, clock) = memory("hz 1");
    let fill = |c: &mut Client| {
        for line in ["SET a 1 PX 10", "SET b 2 PX 10", "SET c 3"] {
            call(c, line);
        }
    };
    let script = [
        ("EXISTS a a c", "1"),
        ("TOUCH a b c", "1"),
        ("KEYS *", "[\"c\"]"),
        ("SCAN 0 COUNT 1000", "[\"0\", [\"c\"]]"),
        ("RANDOMKEY", "\"c\""),
        ("TYPE a", "none"),
        ("TTL a", "-2"),
        ("PTTL a", "-2"),
        ("EXPIRETIME a", "-2"),
        ("PEXPIRETIME a", "-2"),
        ("OBJECT ENCODING a", "nil"),
        ("PERSIST a", "0"),
        ("EXPIRE a 10", "0"),
        ("DEL a b", "0"),
        ("UNLINK a b", "0"),
        ("MOVE a 1", "0"),
        ("COPY a x", "0"),
        ("RENAME a x", "(error) ERR no such key"),
        ("RENAMENX a x", "(error) ERR no such key"),
        ("RENAMENX c a", "1"),
        ("COPY c a", "1"),
    ];
    for (line, reply) in script {
        fill(&mut c);
        clock.advance_ms(11);
        assert_eq!(text(&mut c, line), reply, "{line}");
    }
}

#[test]
fn times_to_live_follow_the_value() {
    let (_db, mut c, clock) = memory("");
    check(&mut c, &[("SET a 1 PX 1500", "OK"), ("TTL a", "2"), ("PTTL a", "1500")]);
    clock.advance_ms(1);
    check(
        &mut c,
        &[
            ("TTL a", "1"),
            ("PTTL a", "1499"),
            ("EXPIRETIME a", "1700000002"),
            ("PEXPIRETIME a", "1700000001500"),
            ("SET b 2 EX 100", "OK"),
            ("RENAME a b", "OK"),
            ("PTTL b", "1499"),
            ("COPY b c", "1"),
            ("PTTL c", "1499"),
            ("SET d 1", "OK"),
            ("SET e 1 EX 9", "OK"),
            ("COPY d e REPLACE", "1"),
            ("PTTL e", "-1"),
            ("PEXPIRE e 100", "1"),
            ("PTTL e", "100"),
        ],
    );
    assert!(c.pexpire(b"e", 250).unwrap());
    assert_eq!(c.pttl(b"e").unwrap(), 250);
    assert!(c.pexpire(b"e", i64::MAX).is_err());
    assert!(c.pexpire(b"e", -1).unwrap());
    assert_eq!(c.pttl(b"e").unwrap(), -2);
}

#[test]
fn idle_time_starts_again_with_a_use() {
    let (_db, mut c, clock) = memory("");
    call(&mut c, "SET a 1");
    clock.advance_ms(10_001);
    check(
        &mut c,
        &[
            ("OBJECT IDLETIME a", "10"),
            ("TTL a", "-1"),
            ("TYPE a", "string"),
            ("EXISTS a", "1"),
            ("OBJECT IDLETIME a", "10"),
            ("TOUCH a", "1"),
            ("OBJECT IDLETIME a", "0"),
        ],
    );
    clock.advance_ms(5_001);
    check(&mut c, &[("RENAME a b", "OK"), ("OBJECT IDLETIME b", "0")]);
    let freq = text(&mut c, "OBJECT FREQ b");
    assert!(freq.starts_with("(error) ERR An LFU maxmemory policy is not selected"), "{freq}");
}

#[test]
fn the_lfu_counter_decays_by_the_minute() {
    let (_db, mut c, clock) = memory("maxmemory-policy allkeys-lfu");
    check(&mut c, &[("SET a 1", "OK"), ("OBJECT FREQ a", "5"), ("OBJECT FREQ none", "nil")]);
    clock.advance_ms(3 * 60_000);
    check(&mut c, &[("OBJECT FREQ a", "2"), ("COPY a b", "1"), ("OBJECT FREQ b", "5")]);
    let idle = text(&mut c, "OBJECT IDLETIME a");
    assert!(idle.starts_with("(error) ERR An LFU maxmemory policy is selected"), "{idle}");
}

#[test]
fn small_integers_are_shared_unless_eviction_needs_their_clocks() {
    let counts = |config: &str| {
        let (_db, mut c, _) = memory(config);
        for line in ["SET a 9999", "SET b 10000", "SET c -1", "SET d x"] {
            call(&mut c, line);
        }
        ["a", "b", "c", "d"].map(|key| call(&mut c, &format!("OBJECT REFCOUNT {key}")).as_int().unwrap())
    };
    let shared = [i64::from(i32::MAX), 1, 1, 1];
    assert_eq!(counts(""), shared);
    assert_eq!(counts("maxmemory-policy allkeys-lru"), shared);
    assert_eq!(counts("maxmemory-policy volatile-ttl\nmaxmemory 1gb"), shared);
    assert_eq!(counts("maxmemory-policy allkeys-lru\nmaxmemory 1gb"), [1; 4]);
}

#[test]
fn scan_walks_every_key_whatever_the_count() {
    let (_db, mut c, _) = memory("");
    for i in 0..3_000 {
        call(&mut c, &format!("SET key:{i} {i}"));
    }
    for options in ["", " COUNT 1", " COUNT 37 MATCH key:*", " COUNT 9223372036854775807", " TYPE STRING"] {
        let (mut seen, mut cursor) = (std::collections::BTreeSet::new(), "0".to_owned());
        loop {
            let reply = call(&mut c, &format!("SCAN {cursor}{options}"));
            let keys = reply.at(1).unwrap().elements();
            seen.extend(keys.iter().map(|key| key.as_str().unwrap().to_owned()));
            reply.at(0).unwrap().as_str().unwrap().clone_into(&mut cursor);
            if cursor == "0" {
                break;
            }
        }
        assert_eq!(seen.len(), 3_000, "{options}");
    }
    assert_eq!(call(&mut c, "KEYS key:1?").len(), 10);
    assert_eq!(call(&mut c, "KEYS *").len(), 3_000);
}

#[test]
fn big_values_are_freed_wherever_the_directives_say() {
    for config in ["", "lazyfree-lazy-user-del yes", "lazyfree-lazy-server-del yes"] {
        let (_db, mut c, _) = memory(config);
        let value = vec![b'v'; 4 << 20];
        for line in ["UNLINK a none a", "DEL a b", "RENAME b a", "COPY b a REPLACE"] {
            for key in [&b"a"[..], b"b"] {
                c.set(key, &value).unwrap();
            }
            assert!(call(&mut c, line).as_error().is_none(), "{line}");
        }
        // The copy shares its bytes with the source until one of them is changed.
        assert_eq!(call(&mut c, "APPEND a !").as_int(), Some((4 << 20) + 1));
        check(&mut c, &[("STRLEN b", "4194304"), ("UNLINK a b", "2"), ("EXISTS a b", "0")]);
    }
}
