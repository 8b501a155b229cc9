//! Streams beyond single replies: what the journal, and DUMP with RESTORE, bring back.

#![expect(clippy::unwrap_used, reason = "test code: it stops at the first surprise")]

mod common;
#[path = "common/kit.rs"]
mod kit;

use common::program::Rng;
use common::programs;
use kit::seed;
use lodger::{Client, Db, Reply};

/// The streams that programs make, and where copies of them go.
const KEYS: [&str; 4] = ["x0", "x1", "x2", "x3"];
const COPIES: [&str; 4] = ["y0", "y1", "y2", "y3"];

/// Everything that XINFO tells of the streams that programs make, but for when consumers were heard of: that is not
/// journaled, in Redis neither.
fn state(client: &mut Client, keys: [&str; 4]) -> Vec<String> {
    keys.iter()
        .map(|key| {
            let reply = client.command(&["XINFO", "STREAM", key, "FULL", "COUNT", "0"]).unwrap();
            let mut text = String::new();
            show(&reply, &mut text);
            text
        })
        .collect()
}

fn show(reply: &Reply, text: &mut String) {
    if let Some(n) = reply.as_int() {
        text.push_str(&n.to_string());
    } else if let Some(bytes) = reply.as_bytes() {
        text.push_str(&String::from_utf8_lossy(bytes));
    } else {
        let mut seen = false;
        let mut nodes = false;
        for item in reply.iter() {
            let skip = seen || nodes;
            seen = item.as_bytes() == Some(b"seen-time");
            // Replayed deletions leave nodes of another shape.
            nodes = item.as_bytes().is_some_and(|name| name.starts_with(b"radix-tree"));
            if !skip {
                text.push(' ');
                show(item, text);
            }
        }
    }
    text.push(';');
}

#[test]
fn replay_and_restore_bring_streams_back() {
    let first = seed("replay_and_restore_bring_streams_back");
    for round in 0..20 {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open(dir.path()).unwrap();
        let mut client = db.client().unwrap();
        let mut rng = Rng::new(first.wrapping_add(round));
        for _ in 0..1500 {
            let argv = programs::stream::command(&mut rng);
            let words: Vec<&[u8]> = argv.iter().map(Vec::as_slice).collect();
            client.command(&words).unwrap();
            if rng.chance(3) {
                client.command(&["XADD", "x3", "*", "auto", "1"]).unwrap();
            }
            if rng.chance(2) {
                // Often an error; where not, it may go back behind deleted entries.
                let id = format!("5-{}", rng.below(60));
                client.command(&["XSETID", "x2", &id]).unwrap();
            }
        }
        let before = state(&mut client, KEYS);
        for (key, copy) in KEYS.iter().zip(COPIES) {
            let saved = client.command(&["DUMP", key]).unwrap();
            if let Some(bytes) = saved.as_bytes() {
                let words: [&[u8]; 4] = [b"RESTORE", copy.as_bytes(), b"0", bytes];
                assert_eq!(
                    client.command(&words).unwrap().as_bytes(),
                    Some(&b"OK"[..]),
                    "round {round} of SEED={first}"
                );
            }
        }
        assert_eq!(state(&mut client, COPIES), before, "DUMP and RESTORE in round {round} of SEED={first}");
        db.close().unwrap();
        drop((client, db));
        let db = Db::open(dir.path()).unwrap();
        let after = state(&mut db.client().unwrap(), KEYS);
        assert_eq!(before, after, "round {round} of SEED={first}");
    }
}

/// What real servers end at: the limit of a node's bytes is made smaller, and the next node is as large as the one before.
#[test]
fn a_smaller_limit_of_bytes_loses_no_node() {
    let db = Db::open(":memory:").unwrap();
    let mut client = db.client().unwrap();
    for (before, after) in [(200, 50), (4096, 50), (4096, 200), (0, 200)] {
        for size in (0..400).chain(3_500..3_800) {
            for line in [
                "DEL s",
                &format!("CONFIG SET stream-node-max-bytes {before}"),
                "XADD s 1-1 f v",
                &format!("CONFIG SET stream-node-max-bytes {after}"),
                &format!("XADD s 1-2 f v{}", "v".repeat(size)),
                "XADD s 1-3 f v",
                "XDEL s 1-3",
            ] {
                let words: Vec<&str> = line.split(' ').collect();
                assert!(client.command(&words).unwrap().as_error().is_none(), "{line}");
            }
            let entries = client.command(&["XRANGE", "s", "-", "+"]).unwrap();
            let mut text = String::new();
            show(&entries, &mut text);
            let wanted = format!("  1-1;  f; v;;;  1-2;  f; v{};;;;", "v".repeat(size));
            assert_eq!(text, wanted, "from {before} to {after}, {size} bytes");
        }
    }
}
