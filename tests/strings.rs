//! Strings beyond single replies: values that a reader holds while they change, many keys seen whole or not at
//! all, and what the journal brings back.

use std::fs;

use lodger::{Client, Clock, Db, Options, Reply};

fn run(client: &mut Client, command: &str) -> Reply {
    let words: Vec<&str> = command.split(' ').collect();
    let reply = client.command(&words).unwrap();
    assert!(reply.as_error().is_none(), "{command}: {:?}", reply.as_bytes());
    reply
}

#[test]
fn a_held_value_does_not_change() {
    let db = Db::open(":memory:").unwrap();
    let (mut reader, mut writer) = (db.client().unwrap(), db.client().unwrap());
    for len in [10, 1024, 1025, 100_000] {
        let value = vec![b'v'; len];
        writer.set(b"k", &value).unwrap();
        let tree = reader.command(&["GET", "k"]).unwrap();
        let held = reader.get(b"k").unwrap().unwrap();
        assert_eq!(writer.append(b"k", b"tail").unwrap(), i64::try_from(len).unwrap() + 4);
        writer.command(&["SETRANGE", "k", "0", "head"]).unwrap();
        writer.command(&["SETRANGE", "k", "300000", "far"]).unwrap();
        assert_eq!(held, value);
        assert_eq!(tree.as_bytes().unwrap(), value);
        assert_eq!(writer.getdel(b"k").unwrap().unwrap().len(), 300_003);
        assert_eq!(reader.get(b"k").unwrap(), None);
    }
}

#[test]
fn msetnx_and_msetex_are_seen_whole_or_not_at_all() {
    let db = Db::open(":memory:").unwrap();
    let keys = ["a", "b", "c", "d", "e"];
    std::thread::scope(|threads| {
        for id in 0..3 {
            let mut client = db.client().unwrap();
            threads.spawn(move || {
                for round in 0..2000 {
                    let value = format!("{id}:{round}");
                    let pairs = keys.map(|k| format!("{k} {value}")).join(" ");
                    match round % 4 {
                        0 => run(&mut client, &format!("MSETNX {pairs}")),
                        1 => run(&mut client, &format!("MSETEX 5 {pairs} XX EX 100")),
                        2 => run(&mut client, "DEL a b c d e"),
                        _ => run(&mut client, &format!("MSET {pairs}")),
                    };
                }
            });
        }
        let mut client = db.client().unwrap();
        threads.spawn(move || {
            for _ in 0..6000 {
                let seen = run(&mut client, "MGET e d c b a");
                let first = seen.at(0).and_then(Reply::as_bytes).map(<[u8]>::to_vec);
                assert!(seen.iter().all(|v| v.as_bytes() == first.as_deref()), "{seen:?}");
            }
        });
    });
}

/// Every command of the family that changes something, then keys to look at.
const CHANGES: &[&str] = &[
    "SET set 1 GET",
    "SET nx 1 NX",
    "SET set 2 XX KEEPTTL GET",
    "SET ex v EX 100",
    "SET pxat v PXAT 5000000000000",
    "SET gone v PXAT 1",
    "SETNX setnx v",
    "SETEX setex 100 v",
    "PSETEX psetex 100000 v",
    "GETSET ex w",
    "APPEND append tail",
    "APPEND append tail",
    "APPEND setex tail",
    "SETRANGE setrange 2000 x",
    "SETRANGE setrange 2100 x",
    "INCR n",
    "INCRBY n 41",
    "DECR n",
    "DECRBY n -2",
    "INCRBYFLOAT f 0.1",
    "INCRBYFLOAT f 0.2",
    "INCRBYFLOAT psetex2 1",
    "MSET m1 1 m2 2 m1 3",
    "MSETNX m3 1 m4 2",
    "MSETNX m4 1 m5 2",
    "MSETEX 2 e1 1 e2 2 EX 100",
    "MSETEX 2 e1 5 e3 6 KEEPTTL",
    "MSETEX 1 e4 7 NX",
    "MSETEX 1 e4 8 NX PX 100000",
    "GETEX m1 EX 100",
    "GETEX m2 PXAT 1",
    "GETEX e2 PERSIST",
    "GETDEL nx",
];
const KEYS: &str =
    "set nx ex pxat gone setnx setex psetex psetex2 append setrange n f m1 m2 m3 m4 m5 e1 e2 e3 e4";

fn state(client: &mut Client) -> Vec<(String, Option<Vec<u8>>, Option<i64>)> {
    let look = |key: &str| {
        let value = run(client, &format!("GET {key}")).as_bytes().map(<[u8]>::to_vec);
        (key.to_owned(), value, run(client, &format!("PEXPIRETIME {key}")).as_int())
    };
    KEYS.split(' ').map(look).collect()
}

#[test]
fn the_journal_brings_every_change_back_later() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::manual(1_700_000_000_000);
    let open = || Options::new().clock(clock.clone()).open(dir.path()).unwrap();
    let db = open();
    let mut client = db.client().unwrap();
    for command in CHANGES {
        run(&mut client, command);
        clock.advance_ms(11);
    }
    // The typed calls, which make the words for the journal themselves.
    assert_eq!(client.incr_by(b"n", 100).unwrap(), 143);
    assert_eq!(client.append(b"set", b"!").unwrap(), 2);
    assert_eq!(client.getdel(b"m3").unwrap(), Some(&b"1"[..]));
    client.set(b"setnx", b"typed").unwrap();
    client.set_px(b"m4", b"typed", 70_000).unwrap();
    let before = state(&mut client);
    drop(client);
    db.close().unwrap();

    // Relative times would now end later; the file may name only commands that Redis 7 knows.
    clock.advance_ms(5_001);
    let db = open();
    assert_eq!(state(&mut db.client().unwrap()), before);
    let files = fs::read_dir(dir.path().join("appendonlydir")).unwrap();
    let text: Vec<u8> = files.flat_map(|f| fs::read(f.unwrap().path()).unwrap()).collect();
    let text = String::from_utf8_lossy(&text);
    assert!(text.contains("PEXPIREAT") && text.contains("KEEPTTL"));
    for word in ["MSETEX", "GETEX", "GETDEL", "GETSET", "INCRBYFLOAT", "SETEX"] {
        assert!(!text.contains(word), "{word}");
    }
}

#[test]
fn what_was_written_under_a_higher_limit_is_read_under_a_lower_one() {
    let dir = tempfile::tempdir().unwrap();
    let open = |limit: &str| {
        let config = format!("proto-max-bulk-len {limit}");
        Options::new().config(config).open(dir.path()).unwrap()
    };
    let part = "v".repeat(1 << 20);
    let db = open("4mb");
    let mut client = db.client().unwrap();
    for command in [
        &["SET", "set", &(part.clone() + "+")][..],
        &["APPEND", "appended", &part],
        &["APPEND", "appended", &part],
        &["SETRANGE", "range", "2097152", "end"],
        &["SETRANGE", "range", "3145728", "end"],
    ] {
        assert!(client.command(command).unwrap().as_error().is_none());
    }
    db.close().unwrap();
    let db = open("1mb");
    let mut client = db.client().unwrap();
    for (key, len) in [("set", (1 << 20) + 1), ("appended", 2 << 20), ("range", (3 << 20) + 3)] {
        assert_eq!(client.command(&["STRLEN", key]).unwrap().as_int(), Some(len), "{key}");
    }
    // The limit is back once the file is read.
    assert!(client.command(&["APPEND", "appended", "x"]).unwrap().as_error().is_some());
}
