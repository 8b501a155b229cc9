//! What the first change of one large value costs while a snapshot is written: the value is copied for the snapshot, in the
//! call that changes it, so that the time grows with the value. Goal: none; it is measured and reported.

use std::time::Instant;

use lodger::{Client, Db, Options};

use crate::report::{median, table};

/// Values of one type that are changed one after the other.
const COPIES: usize = 6;
/// Snapshots for each size.
const ROUNDS: usize = 7;

/// A type: the command that fills a value, whether an element is a pair, and the call that changes one.
struct Type {
    name: &'static str,
    fill: &'static str,
    pair: bool,
    change: &'static [&'static str],
}

const TYPES: &[Type] = &[
    Type { name: "string", fill: "APPEND", pair: false, change: &["SETRANGE", "", "5", "x"] },
    Type { name: "list", fill: "RPUSH", pair: false, change: &["LPUSH", "", "one"] },
    Type { name: "set", fill: "SADD", pair: false, change: &["SADD", "", "one"] },
    Type { name: "hash", fill: "HSET", pair: true, change: &["HSET", "", "one", "1"] },
    Type { name: "sorted set", fill: "ZADD", pair: true, change: &["ZADD", "", "1", "one"] },
    Type { name: "stream", fill: "XADD", pair: true, change: &["XADD", "", "*", "one", "1"] },
];

fn call(client: &mut Client, words: &[&str]) -> lodger::Reply {
    let reply = client.command(words).unwrap();
    assert!(reply.as_error().is_none(), "{}: {reply:?}", words[0]);
    reply
}

fn fill(client: &mut Client, of: &Type, key: &str, bytes: usize) {
    // An element is some 50 bytes.
    for from in (0..bytes / 50).step_by(100) {
        let mut words = vec![of.fill.to_owned(), key.to_owned()];
        if of.fill == "XADD" {
            words.push("*".to_owned());
        }
        let mut text = String::new();
        for n in from..from + 100 {
            let element =
                format!("{:x} {n} lorem ipsum dolor sit amet consec", n.wrapping_mul(2_654_435_761));
            match of.fill {
                "APPEND" => text.push_str(&format!("{element:50}")),
                "ZADD" => words.extend([format!("{}", n * 7 % 10_007), element]),
                "HSET" => words.extend([format!("field:{n}"), format!("{element:.36}")]),
                _ if of.pair => words.extend([format!("f{}", n % 100), element]),
                _ => words.push(element),
            }
        }
        if of.fill == "APPEND" {
            words.push(text);
        }
        call(client, &words.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

fn change(client: &mut Client, of: &Type, key: &str) -> f64 {
    let mut words = of.change.to_vec();
    words[1] = key;
    let start = Instant::now();
    call(client, &words);
    start.elapsed().as_secs_f64() * 1e6
}

fn changes(client: &mut Client, of: &Type) -> Vec<f64> {
    (0..COPIES).map(|n| change(client, of, &format!("value:{n}"))).collect()
}

fn saving(client: &mut Client) -> bool {
    call(client, &["INFO", "persistence"]).as_str().unwrap().contains("rdb_bgsave_in_progress:1")
}

/// The table.
pub(crate) fn run(quick: bool) {
    let sizes: &[usize] = if quick { &[1_000_000] } else { &[1_000_000, 10_000_000, 50_000_000] };
    let beside = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    let mut rows = Vec::new();
    for of in TYPES {
        for &bytes in sizes {
            let directory = tempfile::tempdir_in(&beside).unwrap();
            let db: Db =
                Options::new().config("save \"\"\n").open(directory.path().join("large.rdb")).unwrap();
            let mut client = db.client().unwrap();
            (0..COPIES).for_each(|n| fill(&mut client, of, &format!("value:{n}"), bytes));
            let quiet = changes(&mut client, of);
            // Changes all of them in turn until the snapshot is written: the first change of each that it has not read yet
            // copies the value.
            let mut copied = Vec::new();
            for _ in 0..ROUNDS {
                call(&mut client, &["BGSAVE"]);
                let mut most: f64 = 0.0;
                loop {
                    most = changes(&mut client, of).into_iter().fold(most, f64::max);
                    if !saving(&mut client) {
                        break;
                    }
                }
                copied.push(most);
            }
            let worst = copied.iter().copied().fold(0.0, f64::max);
            rows.push(vec![
                of.name.to_owned(),
                format!("{}", bytes / 1_000_000),
                format!("{:.1}", median(&quiet)),
                format!("{:.0}", median(&copied)),
                format!("{worst:.0}"),
                format!("{:.0}", median(&copied) / (bytes as f64 / 1e6)),
            ]);
            db.close().unwrap();
        }
    }
    let head =
        ["Microseconds for one change", "MB", "quiet", "longest in BGSAVE", "worst of 7", "for one MB"];
    table("Changing one large value while a snapshot is written", &head, &rows);
}
