//! Bytes per key: lodger's own count and the growth of its process, beside Redis's. lodger is filled in a
//! process of its own, so that nothing else is in the numbers. Goal: at most 0.7 of Redis's.

use std::process::Command;

use crate::abi::Db;
use crate::keys;
use crate::report::{at_most, table};

/// The argument that makes this program the process that is filled.
pub(crate) const CHILD: &str = "--bytes";

/// What one contender needs at one size: by its own count, by the system's.
struct Weight {
    size: usize,
    used: u64,
    resident: u64,
}

/// All of them.
#[derive(Default)]
pub(crate) struct Report {
    lodger: Vec<Weight>,
    redis: Vec<Weight>,
}

/// Bytes of this process, by the system's count.
pub(crate) fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split_whitespace().nth(1).and_then(|n| n.parse::<u64>().ok()).unwrap_or(0) * 4096
}

/// The sizes worth a row: where tables, not constants, decide.
fn sizes(largest: usize) -> impl Iterator<Item = usize> {
    [1_000_000, 10_000_000].into_iter().filter(move |n| *n <= largest)
}

/// Fills a database and tells what it weighs, a line for each size.
pub(crate) fn child(mut arguments: impl Iterator<Item = String>) {
    let largest = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(0);
    let db = Db::memory();
    let mut client = db.client();
    let (used, rss, value) = (client.info("used_memory"), resident(), keys::value(0));
    let mut next = 0;
    for size in sizes(largest) {
        while next < size {
            client.set(&keys::key(next), &value);
            next += 1;
        }
        println!("{size} {} {}", client.info("used_memory") - used, resident() - rss);
    }
}

impl Report {
    /// Redis's.
    pub(crate) fn redis(&mut self, size: usize, used: u64, resident: u64) {
        self.redis.push(Weight { size, used, resident });
    }

    /// Measures lodger's.
    pub(crate) fn lodger(&mut self, largest: usize) {
        let program = std::env::current_exe().unwrap();
        let output = Command::new(program).args([CHILD, &largest.to_string()]).output().unwrap();
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            let numbers: Vec<u64> = line.split(' ').map(|n| n.parse().unwrap()).collect();
            self.lodger.push(Weight { size: numbers[0] as usize, used: numbers[1], resident: numbers[2] });
        }
    }

    /// The table.
    pub(crate) fn print(&self) {
        let row = |ours: &Weight| {
            let theirs = self.redis.iter().find(|w| w.size == ours.size);
            let each = |bytes: u64| bytes as f64 / ours.size as f64;
            let cell = |bytes: Option<u64>| bytes.map_or("SKIPPED".to_owned(), |b| format!("{:.1}", each(b)));
            let part = |ours: u64, theirs: Option<u64>| {
                theirs.map_or(String::new(), |theirs| at_most(ours as f64 / theirs as f64, 0.7))
            };
            vec![
                ours.size.to_string(),
                cell(Some(ours.used)),
                cell(theirs.map(|w| w.used)),
                part(ours.used, theirs.map(|w| w.used)),
                cell(Some(ours.resident)),
                cell(theirs.map(|w| w.resident)),
                part(ours.resident, theirs.map(|w| w.resident)),
            ]
        };
        let head = ["keys", "lodger used_memory", "redis", "part", "lodger resident", "redis", "part"];
        table(
            "Bytes per key (80 of them are the data)",
            &head,
            &self.lodger.iter().map(row).collect::<Vec<_>>(),
        );
    }
}
