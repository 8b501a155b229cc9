//! The commands of all types: lodger's time for a call in process against the time that Redis itself takes to execute the
//! same call, by its INFO commandstats, fed through a pipeline. Goal: at most 1.0 for each, with small values and with
//! values of 100,000 elements. Then bytes for each element of values of a million elements (goal: at most 0.8 of
//! Redis's), and time against size, which shows each complexity.

use std::process::Command;

use crate::abi::{Call, Client, Db};
use crate::cases::{CASES, Case, Size, Weight, Words, filling, kinds};
use crate::redis::{Connection, Server};
use crate::report::{at_most, median, table, time};

/// The argument that makes this program the process whose memory is measured.
pub(crate) const CHILD: &str = "--elements";
/// The argument that makes this program run one command only, for profilers.
pub(crate) const CALLS: &str = "--calls";
/// Kinds of which the bytes are told.
const HEAVY_KINDS: &[&str] = &["set", "hash", "zset", "list", "stream"];
/// Elements whose bytes are told.
const MANY: u64 = 1_000_000;
/// Calls sent at once.
const BATCH: usize = 128;

const SMALL: Size = Size { elements: 50, values: 1000 };
const LARGE: Size = Size { elements: 100_000, values: 1 };

/// Somebody who takes calls.
trait Taker {
    fn take(&mut self, calls: &[Words]);
}

impl Taker for Client {
    fn take(&mut self, calls: &[Words]) {
        calls.iter().for_each(|words| self.execute(&Call::new(words)));
    }
}

impl Taker for Connection {
    fn take(&mut self, calls: &[Words]) {
        self.batch(calls);
    }
}

fn fill(to: &mut dyn Taker, kind: &str, size: Size) {
    let mut batch = Vec::with_capacity(BATCH);
    for n in 0..size.elements {
        for key in 0..size.values {
            batch.push(filling(kind, key, n));
            if batch.len() == BATCH {
                to.take(&batch);
                batch.clear();
            }
        }
    }
    if kind == "stream" {
        batch.extend((0..size.values).map(|key| {
            let text = format!("XGROUP CREATE stream:{key} group 0");
            text.split(' ').map(|w| w.as_bytes().to_vec()).collect()
        }));
    }
    to.take(&batch);
}

fn calls_of(case: &Case, size: Size) -> usize {
    match case.weight {
        Weight::Light => 1000,
        // Some 200,000 elements' worth.
        Weight::Heavy => usize::try_from((200_000 / size.elements).clamp(2, 1000)).unwrap(),
    }
}

/// The calls of a round, and those that take them back.
fn round(case: &Case, size: Size, from: u64) -> (Vec<Words>, Vec<Words>) {
    let numbers = from..from + calls_of(case, size) as u64;
    let calls = numbers.clone().map(|i| (case.call)(size, i)).collect();
    (calls, case.undo.map_or_else(Vec::new, |undo| numbers.map(|i| undo(size, i)).collect()))
}

/// The calls alone, so that a profiler can be told to look at nothing else.
#[inline(never)]
fn one_command(client: &mut Client, calls: &[Call]) {
    calls.iter().for_each(|call| client.execute(call));
}

/// Nanoseconds of a call by lodger.
fn ours(client: &mut Client, calls: &[Words], undo: &[Words]) -> f64 {
    let ready: Vec<Call> = calls.iter().map(|words| Call::new(words)).collect();
    let took = time(|| one_command(client, &ready));
    client.take(undo);
    took.as_secs_f64() * 1e9 / calls.len() as f64
}

/// Nanoseconds of a call by Redis, as it says.
fn theirs(server: &Server, connection: &mut Connection, calls: &[Words], undo: &[Words]) -> f64 {
    let name = String::from_utf8(calls[0][0].to_ascii_lowercase()).unwrap();
    connection.batch(&[vec![b"CONFIG".to_vec(), b"RESETSTAT".to_vec()]]);
    calls.chunks(BATCH).for_each(|chunk| connection.batch(chunk));
    let nanoseconds = server.execution_time(&name);
    undo.chunks(BATCH).for_each(|chunk| connection.batch(chunk));
    nanoseconds
}

/// Whether `BENCH_COMMANDS`, names with commas between them, is empty or has this one.
fn is_wanted(case: &&Case) -> bool {
    let names = std::env::var("BENCH_COMMANDS").unwrap_or_default();
    names.is_empty() || names.split(',').any(|name| name == case.name)
}

fn compare(size: Size, server: Option<&Server>, rounds: usize) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for case in CASES.iter().filter(is_wanted) {
        let db = Db::memory();
        let mut client = db.client();
        let mut connection = server.map(Server::connect);
        for kind in kinds(case.fill) {
            fill(&mut client, kind, size);
            if let Some(connection) = &mut connection {
                fill(connection, kind, size);
            }
        }
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for n in 0..rounds {
            let (calls, undo) = round(case, size, (n * 1000) as u64);
            a.push(ours(&mut client, &calls, &undo));
            if let (Some(server), Some(connection)) = (server, &mut connection) {
                b.push(theirs(server, connection, &calls, &undo));
            }
        }
        if let Some(connection) = &mut connection {
            connection.batch(&[vec![b"FLUSHALL".to_vec()]]);
        }
        let mut row = vec![case.name.to_owned(), format!("{:.0}", median(&a))];
        if b.is_empty() {
            row.extend(["SKIPPED".to_owned(), String::new()]);
        } else {
            // Redis counts whole microseconds, so that one round says little: all of them together do.
            let mean = b.iter().sum::<f64>() / b.len() as f64;
            row.extend([format!("{mean:.0}"), at_most(median(&a) / mean, 1.0)]);
        }
        rows.push(row);
    }
    rows
}

/// Time against size.
fn growth(largest: u64) -> Vec<Vec<String>> {
    let sizes: Vec<u64> =
        [100, 1_000, 10_000, 100_000, 1_000_000].into_iter().filter(|n| *n <= largest).collect();
    let mut rows = Vec::new();
    for case in CASES {
        let mut row = vec![case.name.to_owned(), case.complexity.to_owned()];
        for &elements in &sizes {
            let size = Size { elements, values: 1 };
            let db = Db::memory();
            let mut client = db.client();
            kinds(case.fill).into_iter().for_each(|kind| fill(&mut client, kind, size));
            let times: Vec<f64> = (0..7)
                .map(|n| {
                    let (calls, undo) = round(case, size, n * 1000);
                    ours(&mut client, &calls, &undo)
                })
                .collect();
            row.push(format!("{:.0}", median(&times)));
        }
        rows.push(row);
    }
    rows
}

/// Fills one value with a million elements and tells what it weighs.
pub(crate) fn child(mut arguments: impl Iterator<Item = String>) {
    let kind = arguments.next().unwrap();
    let db = Db::memory();
    let mut client = db.client();
    let (used, rss) = (client.info("used_memory"), crate::bytes::resident());
    fill(&mut client, &kind, Size { elements: MANY, values: 1 });
    println!("{} {}", client.info("used_memory") - used, crate::bytes::resident() - rss);
}

/// `--calls NAME ELEMENTS ROUNDS`: only lodger, only the calls of one command on values of so many elements (1000 values up
/// to 50 elements, one of more), for `perf` and `valgrind --tool=callgrind --toggle-collect='*::one_command'`.
pub(crate) fn calls(arguments: impl Iterator<Item = String>) {
    let arguments: Vec<String> = arguments.collect();
    let [name, elements, rounds] = arguments.as_slice() else { panic!("{CALLS} NAME ELEMENTS ROUNDS") };
    let case = CASES.iter().find(|case| case.name == name).expect("a command of the tables");
    let elements = elements.parse().unwrap();
    let size = Size { elements, values: if elements <= SMALL.elements { SMALL.values } else { 1 } };
    let db = Db::memory();
    let mut client = db.client();
    kinds(case.fill).into_iter().for_each(|kind| fill(&mut client, kind, size));
    let mut times: Vec<f64> = Vec::new();
    for n in 0..rounds.parse().unwrap() {
        let (calls, undo) = round(case, size, n * 1000);
        times.push(ours(&mut client, &calls, &undo));
    }
    println!("{name}: {:.0} ns for a call", median(&times));
}

fn weights(server: Option<&Server>) -> Vec<Vec<String>> {
    let program = std::env::current_exe().unwrap();
    let row = |kind: &&str| {
        let output = Command::new(&program).args([CHILD, kind]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let ours: Vec<f64> = text.split_whitespace().map(|n| n.parse().unwrap()).collect();
        let each = |bytes: f64| bytes / MANY as f64;
        let mut row =
            vec![(*kind).to_owned(), format!("{:.1}", each(ours[0])), format!("{:.1}", each(ours[1]))];
        match server {
            None => row.extend(["SKIPPED".to_owned(), String::new()]),
            Some(server) => {
                let mut connection = server.connect();
                connection.batch(&[vec![b"FLUSHALL".to_vec()]]);
                let before = server.used();
                fill(&mut connection, kind, Size { elements: MANY, values: 1 });
                let theirs = server.used().saturating_sub(before) as f64;
                row.extend([format!("{:.1}", each(theirs)), at_most(ours[0] / theirs, 0.8)]);
                connection.batch(&[vec![b"FLUSHALL".to_vec()]]);
            }
        }
        row
    };
    HEAVY_KINDS.iter().map(row).collect()
}

/// All tables, or with `BENCH_COMMANDS` the comparison of some commands only.
pub(crate) fn run(quick: bool) {
    let server = Server::start();
    let rounds = if quick { 5 } else { 15 };
    for (size, title) in
        [(SMALL, "values of 50 elements, 1000 of them"), (LARGE, "one value of 100,000 elements")]
    {
        let title = format!(
            "Commands in process against Redis's own execution time, nanoseconds for a call: {title}"
        );
        table(&title, &["command", "lodger", "redis", "ratio"], &compare(size, server.as_ref(), rounds));
    }
    if CASES.iter().filter(is_wanted).count() < CASES.len() {
        return;
    }
    let head = ["value", "lodger", "resident", "redis", "ratio"];
    table("Bytes for an element of one value of 1,000,000 elements", &head, &weights(server.as_ref()));
    drop(server);
    let largest = if quick { 10_000 } else { 1_000_000 };
    let head = ["command", "documented", "1e2", "1e3", "1e4", "1e5", "1e6"];
    table("Time against size, nanoseconds for a call", &head, &growth(largest));
}
