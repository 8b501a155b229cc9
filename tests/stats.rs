//! INFO commandstats: what a real server counts as called, refused and failed, and that nothing is lost under threads.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test code: it stops at the first surprise, and starts real servers"
)]

mod common;
#[path = "common/kit.rs"]
mod kit;

use std::collections::BTreeMap;

use common::oracle::{Oracle, Which, start};
use common::resp::Conn;
use kit::{call, text};
use lodger::Db;

/// Calls, refused and failed ones, and microseconds, by command.
fn parse(info: &str) -> BTreeMap<String, (u64, u64, u64, u64)> {
    let row = |line: &str| {
        let (name, fields) = line.strip_prefix("cmdstat_")?.split_once(':')?;
        let field = |wanted: &str| {
            let value = fields.split(',').find_map(|f| f.strip_prefix(wanted)?.strip_prefix('='));
            value.unwrap().parse::<u64>().unwrap()
        };
        Some((
            name.to_owned(),
            (field("calls"), field("rejected_calls"), field("failed_calls"), field("usec")),
        ))
    };
    info.lines().filter_map(row).collect()
}

const CALLS: &[&str] = &[
    "SET k v",
    "GET k",
    "GET",
    "NOSUCH",
    "LPUSH k 1",
    "CLIENT LIST",
    "CLIENT NOSUCH",
    "CLIENT",
    "CLIENT ID",
    "CLIENT ID x",
    "MULTI",
    "SET a 1",
    "LPUSH a 1",
    "GET a",
    "EXEC",
    "MULTI",
    "SET",
    "EXEC",
    "EXEC",
    "DISCARD",
    "MULTI",
    "INCR n",
    "DISCARD",
    "BLPOP q 0.01",
    "CONFIG SET maxmemory 1",
    "SET a 2",
    "MULTI",
    "SET a 2",
    "EXEC",
    "CONFIG SET maxmemory 0",
    "WATCH a",
    "SET a 3",
    "MULTI",
    "GET a",
    "EXEC",
    "MULTI",
    "WATCH x",
    "EXEC",
    "OBJECT ENCODING a",
    "HELLO 9",
    "AUTH x",
    "CONFIG NOSUCH",
    "INCRBY k 1",
    "XADD s * a",
    "SORT k",
    "CLIENT UNBLOCK 77",
    "GETRANGE k 0 x",
];

fn counted(server: &Oracle) -> BTreeMap<String, (u64, u64, u64)> {
    let mut conn: Conn = server.connect().unwrap();
    for line in CALLS {
        let words: Vec<&str> = line.split(' ').collect();
        conn.call(&words).unwrap();
    }
    let info = conn.call(&["INFO", "commandstats"]).unwrap();
    let rows = parse(std::str::from_utf8(info.bytes().unwrap()).unwrap());
    rows.into_iter().map(|(name, (calls, rejected, failed, _))| (name, (calls, rejected, failed))).collect()
}

#[test]
fn calls_are_counted_as_redis_counts_them() {
    let Some(redis) = start(Which::Redis7, "commandstats") else { return };
    let lodger = start(Which::Lodger, "commandstats").unwrap();
    let (theirs, ours) = (counted(&redis), counted(&lodger));
    assert_eq!(ours, theirs);
    assert!(ours.len() > 20);
}

#[test]
fn nothing_is_lost_under_threads_and_when_clients_leave() {
    let db = Db::open(":memory:").unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20 {
                    let mut client = db.client().unwrap();
                    for n in 0..500_u32 {
                        client.set(b"k", &n.to_le_bytes()).unwrap();
                        call(&mut client, "SET k v");
                        call(&mut client, "OBJECT ENCODING k");
                        client.resp(b"GET k\r\nINCR k\r\n").unwrap();
                    }
                }
            });
        }
    });
    let mut client = db.client().unwrap();
    let rows = parse(&text(&mut client, "INFO commandstats"));
    let row = |name: &str| rows.get(name).map(|(calls, rejected, failed, _)| (*calls, *rejected, *failed));
    assert_eq!(row("set"), Some((80_000, 0, 0)));
    assert_eq!(row("object|encoding"), Some((40_000, 0, 0)));
    assert_eq!(row("get"), Some((40_000, 0, 0)));
    assert_eq!(row("incr"), Some((40_000, 0, 40_000)));
    assert!(rows["set"].3 > 0 && rows["object|encoding"].3 > 0);
    call(&mut client, "CONFIG RESETSTAT");
    call(&mut client, "GET k");
    // A call is counted when it has ended.
    let rows = parse(&text(&mut client, "INFO commandstats"));
    assert_eq!(rows.keys().collect::<Vec<_>>(), ["config|resetstat", "get"]);
}

#[test]
fn time_is_told() {
    let db = Db::open(":memory:").unwrap();
    let mut client = db.client().unwrap();
    call(&mut client, "DEBUG SLEEP 0.05");
    let us = parse(&text(&mut client, "INFO commandstats"))["debug"].3;
    assert!((50_000..10_000_000).contains(&us), "{us}");
    let info = text(&mut client, "INFO");
    assert!(!info.contains("cmdstat_"), "as with Redis it has to be asked for");
    assert!(text(&mut client, "INFO all").contains("# Commandstats"));
}
