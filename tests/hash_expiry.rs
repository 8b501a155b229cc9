//! Fields of hashes that expire, on a clock that the test moves: they are absent for every command once their time
//! has come, go without being asked, and stay gone after reopening, whatever the clock says then.

#![expect(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, reason = "test code")]

#[path = "common/kit.rs"]
mod kit;

use std::collections::BTreeMap;
use std::path::Path;

use kit::{Rng, call, eventually, info, int, run, seed, text, turns};
use lodger::{Client, Clock, Db, Options, Reply};

const START: i64 = 1_700_000_000_000;

fn open(location: impl AsRef<Path>, clock: &Clock) -> (Db, Client) {
    let memory = location.as_ref().as_os_str().is_empty();
    let config = if memory { "hz 100" } else { "appendfsync no\nhz 100" };
    let db = Options::new().clock(clock.clone()).config(config).open(location).unwrap();
    let client = db.client().unwrap();
    (db, client)
}

/// A reply in short: `-` is an error, nothing is `nil`.
fn short(reply: &Reply) -> String {
    if reply.as_error().is_some() {
        return "-".to_owned();
    }
    if let Some(n) = reply.as_int() {
        return n.to_string();
    }
    if reply.is_nil() {
        return "nil".to_owned();
    }
    if let Some(bytes) = reply.as_bytes() {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let items: Vec<String> = reply.elements().iter().map(short).collect();
    format!("[{}]", items.join(" "))
}

/// A call on a hash whose fields `x` and `y` have expired while `a` (value 1) has not, and its reply; then what
/// HGETALL answers, and which of `x` and `y` the journal has an HDEL for before the effect.
const CASES: &[(&str, &str, &str, &str)] = &[
    ("HLEN h", "3", "[a 1]", ""),
    ("HGET h x", "nil", "[a 1]", ""),
    ("HMGET h x a y", "[nil 1 nil]", "[a 1]", ""),
    ("HEXISTS h x", "0", "[a 1]", ""),
    ("HSTRLEN h x", "0", "[a 1]", ""),
    ("HKEYS h", "[a]", "[a 1]", ""),
    ("HVALS h", "[1]", "[a 1]", ""),
    ("HRANDFIELD h", "a", "[a 1]", ""),
    ("HRANDFIELD h 5", "[a]", "[a 1]", ""),
    ("HRANDFIELD h -3", "[a a a]", "[a 1]", ""),
    ("HSCAN h 0 COUNT 100", "[0 [a 1]]", "[a 1]", ""),
    ("HTTL h FIELDS 2 x a", "[-2 -1]", "[a 1]", ""),
    ("HPEXPIRETIME h FIELDS 1 y", "[-2]", "[a 1]", ""),
    ("HSET h a 2", "0", "[a 2]", ""),
    ("HSET h x 2", "1", "[a 1 x 2]", "x"),
    ("HSET h y 3 x 2", "2", "[a 1 x 2 y 3]", "xy"),
    ("HSETNX h x 2", "1", "[a 1 x 2]", "x"),
    ("HINCRBY h x 2", "2", "[a 1 x 2]", "x"),
    ("HINCRBY h x no", "-", "[a 1]", ""),
    ("HINCRBYFLOAT h x 2", "2", "[a 1 x 2]", "x"),
    ("HINCRBYFLOAT h a 2", "3", "[a 3]", ""),
    ("HDEL h x", "0", "[a 1]", "x"),
    ("HDEL h x y a", "1", "[]", "xy"),
    ("HEXPIRE h 100 FIELDS 2 x a", "[-2 1]", "[a 1]", "x"),
    ("HEXPIRE h 0 FIELDS 2 x a", "[-2 2]", "[]", "x"),
    ("HPERSIST h FIELDS 2 x a", "[-2 -1]", "[a 1]", "x"),
    ("HGETDEL h FIELDS 2 x a", "[nil 1]", "[]", "x"),
    ("HGETEX h EX 100 FIELDS 2 x a", "[nil 1]", "[a 1]", "x"),
    ("HGETEX h FIELDS 1 y", "[nil]", "[a 1]", "y"),
    ("HSETEX h FNX FIELDS 1 x 5", "1", "[a 1 x 5]", "x"),
    ("HSETEX h FXX FIELDS 1 x 5", "0", "[a 1]", "x"),
    ("HSETEX h KEEPTTL FIELDS 1 x 5", "1", "[a 1 x 5]", "x"),
    ("HSETEX h EXAT 1 FIELDS 2 x 5 z 5", "1", "[a 1]", "x"),
    ("EXISTS h", "1", "[a 1]", ""),
    ("RENAME h h", "OK", "[a 1]", ""),
];

#[test]
fn a_field_is_absent_once_its_time_has_come() {
    for entries in ["512", "0"] {
        for (line, reply, left, removed) in CASES {
            let dir = tempfile::tempdir().unwrap();
            let clock = Clock::manual(START);
            let (db, mut client) = open(dir.path(), &clock);
            call(&mut client, "DEBUG SET-ACTIVE-EXPIRE 0");
            call(&mut client, &format!("CONFIG SET hash-max-listpack-entries {entries}"));
            call(&mut client, "HSETEX h PX 100 FIELDS 2 x 10 y 20");
            call(&mut client, "HSET h a 1");
            clock.advance_ms(100);
            assert_eq!(text(&mut client, "HGET h x"), "10", "it lives through the millisecond that is named");
            clock.advance_ms(1);
            let what = format!("{line}, {entries} entries");
            call(&mut client, "SET marker 1");
            assert_eq!(short(&call(&mut client, line)), *reply, "{what}");
            let fields: BTreeMap<String, String> =
                hash(&mut client, "h").into_iter().map(|(f, v)| (f, v.0)).collect();
            let shown: Vec<String> = fields.iter().map(|(f, v)| format!("{f} {v}")).collect();
            assert_eq!(format!("[{}]", shown.join(" ")), *left, "{what}");
            call(&mut client, "SET end 1");
            db.close().unwrap();
            let file = journal(dir.path());
            let added = &file[file.find("marker").unwrap()..];
            let name = line.split(' ').next().unwrap();
            let hdel = added.find("HDEL").unwrap_or(usize::MAX);
            let effect = added.find(&format!("\r\n{name}\r\n")).unwrap_or(added.len());
            for field in removed.chars() {
                assert!(hdel < effect || name == "HDEL", "{what}: {added}");
                assert!(added.contains(&format!("\r\n{field}\r\n")), "{what}: {added}");
            }
            // What was replayed is the same, at a time when nothing has expired.
            let (_again, mut client) = open(dir.path(), &Clock::manual(START));
            call(&mut client, "HDEL h x y");
            let mut kept: Vec<String> = hash(&mut client, "h").keys().cloned().collect();
            kept.retain(|f| f != "x" && f != "y");
            let wanted: Vec<String> = fields.keys().filter(|f| *f != "x" && *f != "y").cloned().collect();
            assert_eq!(kept, wanted, "{what}");
        }
    }
}

/// What the increment file holds.
fn journal(dir: &Path) -> String {
    let file = dir.join("appendonlydir/appendonly.aof.1.incr.aof");
    String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned()
}

/// The fields of a hash with their values and expiries.
fn hash(client: &mut Client, key: &str) -> BTreeMap<String, (String, i64)> {
    let all = call(client, &format!("HGETALL {key}"));
    let pairs = all.elements().chunks(2).map(|pair| (short(&pair[0]), short(&pair[1]))).collect::<Vec<_>>();
    let mut fields = BTreeMap::new();
    for (field, value) in pairs {
        let at = run(client, &[b"HPEXPIRETIME", key.as_bytes(), b"FIELDS", b"1", field.as_bytes()]);
        fields.insert(field, (value, at.elements()[0].as_int().unwrap()));
    }
    fields
}

#[test]
fn readers_leave_it_to_the_engine_to_remove() {
    for entries in ["512", "0"] {
        let clock = Clock::manual(START);
        let (_db, mut client) = open("", &clock);
        call(&mut client, "DEBUG SET-ACTIVE-EXPIRE 0");
        call(&mut client, &format!("CONFIG SET hash-max-listpack-entries {entries}"));
        for i in 0..300 {
            call(&mut client, &format!("HSETEX h PX 100 FIELDS 1 f{i} v"));
        }
        call(&mut client, "EXPIRE h 1000");
        clock.advance_ms(101);
        assert_eq!(int(&mut client, "HLEN h"), 300);
        assert_eq!(text(&mut client, "HGET h f1"), "nil");
        let left = int(&mut client, "HLEN h");
        assert!((1..300).contains(&left), "{left}: some at a time");
        for line in ["HGETALL h", "HEXISTS h f2", "HRANDFIELD h", "HSCAN h 0", "HMGET h f3"].repeat(2) {
            call(&mut client, line);
        }
        assert_eq!(int(&mut client, "EXISTS h"), 0, "the key goes with its last field");
        assert_eq!(info(&mut client, "expired_subkeys"), 300);
        assert_eq!(info(&mut client, "expired_keys"), 0);
        assert_eq!(int(&mut client, "DBSIZE"), 0);
    }
}

#[test]
fn many_fields_go_in_the_background_in_steps() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::manual(START);
    let (db, mut client) = open(dir.path(), &clock);
    for i in 0..40_000 {
        call(&mut client, &format!("HSETEX h PX {} FIELDS 1 f{i} v", 100 + i % 3));
    }
    for i in 0..2000 {
        call(&mut client, &format!("HSETEX small:{i} PX {} FIELDS 1 f v", 100 + i % 3));
        call(&mut client, &format!("HSET small:{i} g v"));
    }
    let full = info(&mut client, "used_memory");
    turns(&mut client);
    assert_eq!(info(&mut client, "expired_subkeys"), 0, "not before their time");
    clock.advance_ms(101);
    eventually("a third goes", || info(&mut client, "expired_subkeys") == 14_001);
    assert_eq!(int(&mut client, "HLEN h"), 40_000 - 13_334);
    clock.advance_ms(2);
    eventually("all go", || info(&mut client, "expired_subkeys") == 42_000);
    assert_eq!(int(&mut client, "EXISTS h"), 0);
    assert_eq!(int(&mut client, "DBSIZE"), 2000);
    assert!(info(&mut client, "used_memory") < full / 2);
    assert_eq!(text(&mut client, "HGET small:7 g"), "v");
    db.close().unwrap();
    let (_db, mut client) = open(dir.path(), &Clock::manual(START));
    assert_eq!(int(&mut client, "EXISTS h"), 0, "their removal is in the journal");
    assert_eq!(int(&mut client, "HLEN small:7"), 1);
}

type Twin = BTreeMap<String, BTreeMap<String, (String, i64)>>;

/// Random changes with the clock moving in between: what is live is what a naive twin says, the background alone
/// removes exactly what is due, and reopening at any time gives the same.
#[test]
fn agrees_with_a_naive_twin() {
    let mut rng = Rng::new(seed("agrees_with_a_naive_twin"));
    for round in 0..6 {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::manual(START);
        let (db, mut client) = open(dir.path(), &clock);
        call(&mut client, &format!("CONFIG SET hash-max-listpack-entries {}", rng.pick(&["0", "8", "512"])));
        if round % 2 == 0 {
            call(&mut client, "DEBUG SET-ACTIVE-EXPIRE 0");
        }
        let (mut twin, mut now) = (Twin::new(), START);
        for _ in 0..3000 {
            let (key, field) = (format!("h{}", rng.below(5)), format!("f{}", rng.below(30)));
            let (value, ttl) = (rng.below(1000).to_string(), i64::try_from(rng.below(300)).unwrap() + 1);
            let fields = twin.entry(key.clone()).or_default();
            match rng.below(9) {
                0..2 => {
                    call(&mut client, &format!("HSET {key} {field} {value}"));
                    fields.insert(field, (value, -1));
                }
                2..4 => {
                    call(&mut client, &format!("HSETEX {key} PX {ttl} FIELDS 1 {field} {value}"));
                    fields.insert(field, (value, now + ttl));
                }
                4 => {
                    call(&mut client, &format!("HPEXPIRE {key} {ttl} FIELDS 1 {field}"));
                    fields.entry(field).and_modify(|f| f.1 = now + ttl);
                }
                5 => {
                    call(&mut client, &format!("HINCRBYFLOAT {key} {field} 1.5"));
                    let f = fields.entry(field).or_insert((String::from("0"), -1));
                    let sum = f.0.parse::<f64>().unwrap() + 1.5;
                    f.0 = sum.to_string();
                }
                6 => {
                    let line = rng.pick(&[
                        "HDEL {k} {f}",
                        "HGETDEL {k} FIELDS 1 {f}",
                        "HPEXPIREAT {k} 1 FIELDS 1 {f}",
                    ]);
                    call(&mut client, &line.replace("{k}", &key).replace("{f}", &field));
                    fields.remove(&field);
                }
                7 => {
                    call(&mut client, &format!("HPERSIST {key} FIELDS 1 {field}"));
                    fields.entry(field).and_modify(|f| f.1 = -1);
                }
                _ => {
                    let ms = rng.below(60);
                    clock.advance_ms(i64::try_from(ms).unwrap());
                    now += i64::try_from(ms).unwrap();
                    for fields in twin.values_mut() {
                        fields.retain(|_, f| f.1 == -1 || f.1 >= now);
                    }
                }
            }
            if rng.one_in(50) {
                for (key, fields) in &twin {
                    assert_eq!(hash(&mut client, key), *fields, "{key}");
                }
            }
        }
        twin.retain(|_, fields| !fields.is_empty());
        call(&mut client, "DEBUG SET-ACTIVE-EXPIRE 1");
        for (key, fields) in &twin {
            let all = i64::try_from(fields.len()).unwrap();
            eventually("the background removes the rest", || int(&mut client, &format!("HLEN {key}")) == all);
        }
        eventually("the keys, too", || int(&mut client, "DBSIZE") == i64::try_from(twin.len()).unwrap());
        db.close().unwrap();
        let (_again, mut client) = open(dir.path(), &Clock::manual(START));
        for (key, fields) in &twin {
            assert_eq!(hash(&mut client, key), *fields, "{key} reopened");
        }
        assert_eq!(int(&mut client, "DBSIZE"), i64::try_from(twin.len()).unwrap());
    }
}
