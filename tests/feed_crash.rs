//! Readers of the change feed whose process is killed, or whose machine loses power.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test code: it stops at the first surprise and starts processes"
)]

#[path = "common/kit.rs"]
mod kit;
#[path = "common/sim.rs"]
mod sim;

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use kit::{Rng, call, number, text};
use lodger::{Client, ErrorKind, Feed, FeedOptions, Metadata, Options, Storage, StorageFile, StorageLock};
use sim::{Crash, SimStorage};

/// Where the process that is killed finds its directory, `appendfsync`, and the offset that it goes on from.
const DIR: &str = "LODGER_FEED_DIR";
const FSYNC: &str = "LODGER_FEED_FSYNC";
const OFFSET: &str = "LODGER_FEED_OFFSET";

fn runs(client: &mut Client, lines: &[&str]) {
    lines.iter().for_each(|line| drop(call(client, line)));
}

/// Everything that is there, as text.
fn drain(feed: &mut Feed) -> Vec<String> {
    let next = || feed.next(0).unwrap();
    let words = |change: lodger::Change| {
        let words: Vec<_> = change.args().map(String::from_utf8_lossy).collect();
        format!("{}: {}", change.db(), words.join(" "))
    };
    std::iter::from_fn(next).map(words).collect()
}

/// The process that is killed: counts, and tells what its feed gives, with the offset. In the process of the tests it does nothing.
#[test]
fn the_reader_that_is_killed() {
    let (Ok(dir), Ok(fsync)) = (std::env::var(DIR), std::env::var(FSYNC)) else { return };
    let config = format!("appendfsync {fsync}\nauto-aof-rewrite-percentage 0");
    let db = Options::new().config(config).open(dir).unwrap();
    let from = std::env::var(OFFSET).unwrap().parse().unwrap();
    let from = if from == 0 { FeedOptions::oldest() } else { FeedOptions::after(from) };
    let mut feed = db.feed(from).unwrap();
    let mut client = db.client().unwrap();
    std::thread::spawn(move || {
        let mut n: u64 = text(&mut client, "GET n").parse().unwrap_or(0);
        loop {
            n += 1;
            call(&mut client, &format!("SET n {n}"));
            if n.is_multiple_of(1500) {
                call(&mut client, "BGREWRITEAOF");
            }
        }
    });
    while let Some(change) = feed.next(-1).unwrap() {
        let n = String::from_utf8(change.args().nth(2).unwrap().to_vec()).unwrap();
        // One write of so few bytes is whole or not there.
        let line = format!("@{} {n}\n", change.offset());
        if std::io::stdout().write_all(line.as_bytes()).and_then(|()| std::io::stdout().flush()).is_err() {
            return;
        }
    }
}

#[test]
fn a_reader_that_was_killed_goes_on_without_a_gap() {
    let mut rng = Rng::new(kit::seed("a_reader_that_was_killed_goes_on_without_a_gap"));
    let (mut told, mut lagged) = (0, 0);
    for fsync in ["everysec", "always"] {
        let dir = tempfile::tempdir().unwrap();
        let (mut offset, mut last) = (0_u64, 0_u64);
        for _ in 0..number("CRASH_ROUNDS", 8).div_ceil(2) {
            let mut child = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "the_reader_that_is_killed", "--nocapture", "--test-threads=1"])
                .env(DIR, dir.path())
                .env(FSYNC, fsync)
                .env(OFFSET, offset.to_string())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut out = child.stdout.take().unwrap();
            let reader = std::thread::spawn(move || {
                let mut all = String::new();
                out.read_to_string(&mut all).unwrap();
                all
            });
            std::thread::sleep(Duration::from_millis(80 + rng.below(300) as u64));
            child.kill().unwrap();
            let said = child.wait_with_output().unwrap().stderr;
            let said = String::from_utf8_lossy(&said);
            let all = reader.join().unwrap();
            if said.contains("the oldest offset is") {
                // It was killed before it had read what a rewrite took away: that was told, and it begins anew.
                (offset, last, lagged) = (0, 0, lagged + 1);
                continue;
            }
            assert!(!said.contains("panicked"), "{said}");
            for line in all.lines().filter_map(|line| line.split_once('@')) {
                let (at, n) = line.1.split_once(' ').unwrap();
                let (at, n) = (at.parse().unwrap(), n.parse().unwrap());
                assert!(last == 0 || n == last + 1, "{n} behind {last}, at {at} behind {offset}");
                assert!(at > offset);
                (offset, last, told) = (at, n, told + 1);
            }
        }
    }
    println!("{told} changes told, {lagged} times behind a rewrite");
    assert!(told > 100);
}

/// Whatever a crash leaves, a reader whose changes were on disk goes on where it was, without a gap and without a change twice;
/// when only the process died that holds for every reader. One whose changes are gone is told, however much came since.
#[test]
fn a_reader_goes_on_after_a_crash() {
    let seed = kit::seed("a_reader_goes_on_after_a_crash");
    let mut taken_back = 0;
    for round in 0..60 {
        let mut rng = Rng::new(seed).fork(round);
        let disk = SimStorage::new();
        let config = ["appendfsync everysec", "appendfsync always", "appendfsync no"][rng.below(3)];
        let open = |disk: &SimStorage| {
            let options = Options::new().config(config).storage(Arc::new(disk.clone()));
            options.open("/data")
        };
        let db = open(&disk).unwrap();
        let mut client = db.client().unwrap();
        let mut readers = [FeedOptions::now().durable(), FeedOptions::now()]
            .map(|options| (db.feed(options).unwrap(), Vec::<String>::new()));
        let mut all = Vec::new();
        // Changes of one length, so that places would be the same, or of any.
        let size = 1 + rng.below(1500);
        let any = rng.one_in(2);
        for i in 0..10 + rng.below(40) {
            let value = "v".repeat(if any { 1 + rng.below(1500) } else { size });
            match rng.below(12) {
                0 => db.sync().unwrap(),
                1 => runs(&mut client, &["BGREWRITEAOF"]),
                2 => {
                    let step = [format!("0: SET a {i}"), format!("0: SET b {value}")];
                    runs(&mut client, &["MULTI", &step[0][3..], &step[1][3..], "EXEC"]);
                    all.extend(step);
                }
                n @ 3..5 => {
                    let (feed, seen) = &mut readers[n - 3];
                    seen.extend(drain(feed));
                }
                _ => {
                    call(&mut client, &format!("SET k{i:02} {value}"));
                    all.push(format!("0: SET k{i:02} {value}"));
                }
            }
        }
        if rng.one_in(2) {
            let (feed, seen) = &mut readers[1];
            seen.extend(drain(feed));
        }
        for crash in [Crash::KeepAll, Crash::LoseUnsynced, Crash::Torn(rng.next()), Crash::Torn(rng.next())] {
            let left = disk.after(crash);
            let db = open(&left).unwrap();
            // What comes now takes nobody else's place: the changes that are gone are still told from others.
            let mut client = db.client().unwrap();
            let new: Vec<String> = (0..60).map(|i| format!("0: SET k{i:02} {}", "w".repeat(size))).collect();
            new.iter().for_each(|text| runs(&mut client, &[&text[3..]]));
            for (i, (feed, seen)) in readers.iter().enumerate() {
                let what = format!("round {round}, {crash:?}, {config}, reader {i}");
                let durable = i == 0 || crash == Crash::KeepAll || config == "appendfsync always";
                match db.feed(FeedOptions::after(feed.offset())) {
                    Ok(mut rest) => {
                        let mut rest = drain(&mut rest);
                        let behind = rest.split_off(rest.len().saturating_sub(new.len()));
                        assert_eq!(behind, new, "{what}");
                        let both: Vec<&String> = seen.iter().chain(&rest).collect();
                        assert!(all.iter().take(both.len()).eq(both.iter().copied()), "{what}");
                        if crash == Crash::KeepAll && config == "appendfsync always" {
                            assert_eq!(both.len(), all.len());
                        }
                    }
                    Err(error) => {
                        taken_back += i32::from(error.kind() == ErrorKind::Arg);
                        assert!(error.kind() == ErrorKind::Lagged || !durable, "{what}: {error}");
                    }
                }
            }
        }
    }
    println!("{taken_back} offsets of changes that were taken back");
    assert!(taken_back > 0);
}
