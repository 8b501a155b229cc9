use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::base::error::{ErrorKind, Result};
use crate::persist::aof::{AofDir, AofWriter, BaseLoaded, From, FsyncPolicy, OpenOptions};
use crate::persist::storage::{Storage, write_all};
use crate::persist::testing::sim::{self, Crash, SimStorage};
use crate::pubsub::signal::Signal;

const INCREMENT: &str = "/db/appendonlydir/appendonly.aof.1.incr.aof";
const FULL_TEXT: &str =
    "cannot write to /db/appendonlydir/appendonly.aof.1.incr.aof: No space left on device (os error 28)";

/// Opens it; what was replayed, without SELECT.
fn open(disk: &SimStorage, policy: FsyncPolicy) -> (AofWriter, Vec<String>) {
    let mut commands = Vec::new();
    let mut replay = |argv: &[&[u8]]| {
        let name = String::from_utf8_lossy(argv[0]).into_owned();
        commands.extend((name != "SELECT").then_some(name));
        Ok(())
    };
    let base = &mut |_: &Path| Ok(BaseLoaded::default());
    let options = OpenOptions { policy, ..OpenOptions::default() };
    let storage = Arc::new(disk.clone());
    let opened = AofDir::open(storage, "/db".as_ref(), &options, &|_, _| (), &|_| true, &mut replay, base);
    (opened.unwrap().0, commands)
}

/// What is found after a crash.
fn found(disk: &SimStorage, crash: Crash) -> Vec<String> {
    open(&disk.after(crash), FsyncPolicy::Always).1
}

fn say(writer: &AofWriter, word: &str) -> Result<()> {
    writer.commit(writer.append(0, &[word.as_bytes()]))
}

fn full_text(writer: &AofWriter) -> String {
    match writer.trouble() {
        Some(Trouble::Full(error)) => error.message().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_the_want_of_room_is_waited_for() {
    for (code, waits) in [(28, true), (122, true), (5, false), (27, false), (30, false)] {
        assert_eq!(is_want_of_room(&io::Error::from_raw_os_error(code)), waits, "{code}");
    }
    let health = Health::default();
    assert_eq!((health.refuses(), health.trouble(), health.empty()), (false, None, false));
    let error = |text: &str| Error::new(ErrorKind::Io, text);
    health.fill(error("first"));
    health.fill(error("second"));
    assert!(health.refuses() && health.is_full() && !health.has_failed());
    assert_eq!(health.trouble(), Some(Trouble::Full(error("first"))));
    assert_eq!(health.refusal(), Some(error("first; writes go on when there is room")));
    assert!(health.empty() && !health.refuses() && !health.empty());
    health.fill(error("third"));
    assert_eq!(health.trouble(), Some(Trouble::Full(error("third"))));
    health.fail(error("worse"));
    assert!(!health.empty() && !health.is_full() && health.has_failed());
    health.fill(error("fourth"));
    assert_eq!(
        (health.trouble(), health.refusal()),
        (Some(Trouble::Failed(error("worse"))), Some(error("worse")))
    );
}

#[test]
fn what_finds_no_room_is_kept_and_written_later() {
    let disk = SimStorage::new();
    let (w, _) = open(&disk, FsyncPolicy::EverySec);
    w.append(0, &[b"one"]);
    w.tick(10_000);
    let before = disk.read(INCREMENT).unwrap();
    disk.leave_room(Some(10));
    let lsn = w.append(0, &[b"two"]);
    w.transaction(|tx| tx.push(3, &[b"three"]));
    // It is acknowledged as soon as it waits in memory.
    w.commit(lsn).unwrap();
    assert!(!w.refuses());
    w.tick(10_100);
    assert!(w.refuses() && !w.failed() && w.is_full());
    assert_eq!(full_text(&w), FULL_TEXT);
    let refusal = w.refusal().unwrap();
    assert_eq!(
        (refusal.kind(), refusal.message()),
        (ErrorKind::Io, &*format!("{FULL_TEXT}; writes go on when there is room"))
    );
    assert!(disk.log().contains("truncate"), "the part of it that was written is taken back");
    assert_eq!(disk.read(INCREMENT).unwrap(), before);
    // What still comes waits, too; who wants it on disk is told.
    w.commit(w.append(3, &[b"four"])).unwrap();
    assert_eq!(w.sync(), Err(refusal.clone()));
    w.set_policy(FsyncPolicy::Always);
    assert_eq!(say(&w, "five"), Err(refusal));
    w.set_policy(FsyncPolicy::EverySec);
    w.tick(10_200);
    assert_eq!(disk.read(INCREMENT).unwrap(), before);
    assert_eq!(found(&disk, Crash::LoseUnsynced), ["one"]);
    assert!(w.info().pending_bytes > 0);
    // A little more room, and it is still not enough.
    disk.leave_room(Some(100));
    w.tick(10_300);
    assert!(w.refuses());
    disk.leave_room(None);
    w.tick(12_000);
    assert_eq!((w.refuses(), w.trouble(), w.refusal(), w.info().pending_bytes), (false, None, None, 0));
    let all = ["one", "two", "three", "four", "five"];
    assert_eq!(found(&disk, Crash::LoseUnsynced), all);
    assert_eq!(w.info().current_size, disk.read(INCREMENT).unwrap().len() as u64);
    w.append(0, &[b"six"]);
    w.close().unwrap();
    assert_eq!(found(&disk, Crash::LoseUnsynced)[5..], ["six"]);
}

#[test]
fn chunks_are_written_once_and_in_order_whatever_room_there_is() {
    let value = vec![b'v'; 100 << 10];
    for room in (0..1_500_000).step_by(61_003) {
        let disk = SimStorage::new();
        let (w, _) = open(&disk, FsyncPolicy::No);
        let mut all = Vec::new();
        let say = |word: String, all: &mut Vec<String>| {
            w.append(0, &[word.as_bytes(), &value]);
            all.push(word);
        };
        (0..8).for_each(|i| say(format!("a{i}"), &mut all));
        disk.leave_room(Some(room));
        w.tick(0);
        let full = w.refuses();
        assert_eq!(full, room < 8 * (100 << 10) + 500, "{room}");
        (0..8).for_each(|i| say(format!("b{i}"), &mut all));
        for more in (0..20).map(|i| i * 97_001) {
            disk.leave_room(Some(more));
            w.tick(0);
            let left = found(&disk, Crash::KeepAll);
            assert_eq!(left, all[..left.len()], "{room} {more}");
            assert!(!w.refuses() || left.len() < all.len());
        }
        disk.leave_room(None);
        w.sync().unwrap();
        assert!(!w.refuses());
        assert_eq!(found(&disk, Crash::LoseUnsynced), all, "{room}");
    }
}

#[test]
fn the_second_try_writes_the_same_bytes() {
    let disk = SimStorage::new();
    let (w, _) = open(&disk, FsyncPolicy::EverySec);
    w.append(0, &[b"one"]);
    w.tick(0);
    w.append(0, &[b"two"]);
    w.tick(100);
    let before = disk.read(INCREMENT).unwrap().len();
    disk.leave_room(Some(10));
    w.append(0, &[b"three", &[b'v'; 2000]]);
    w.tick(200);
    assert!(w.refuses());
    // Now more of the file is on disk, which the unit would tell if it were made anew.
    w.tick(2000);
    disk.leave_room(None);
    w.tick(2100);
    let file = disk.read(INCREMENT).unwrap();
    let text = String::from_utf8_lossy(&file[before..before + 31]).into_owned();
    let synced = before - b"*1\r\n$3\r\ntwo\r\n".len();
    assert!(
        text.starts_with("#LODGER:")
            && text.ends_with(&format!(":{synced:012x}:").trim_end_matches(':').to_owned()),
        "{text} {synced:x}"
    );
    assert_eq!(found(&disk, Crash::KeepAll), ["one", "two", "three"]);
}

#[test]
fn a_file_that_cannot_be_cut_back_has_failed() {
    let disk = SimStorage::new();
    let (w, _) = open(&disk, FsyncPolicy::EverySec);
    w.append(0, &[b"one"]);
    w.tick(0);
    disk.leave_room(Some(10));
    w.append(0, &[b"two"]);
    // A short write, one for which there is no room, and the truncation.
    disk.trouble_at(disk.ops() + 3, sim::Trouble::Fail);
    w.tick(100);
    assert!(disk.log().lines().last().unwrap().contains("truncate"));
    let Some(Trouble::Failed(why)) = w.trouble() else { panic!() };
    assert_eq!(why.message(), FULL_TEXT);
    disk.leave_room(None);
    let ops = disk.ops();
    w.tick(10_000);
    assert_eq!(
        (w.sync(), w.commit(w.append(0, &[b"three"])), w.close()),
        (Err(why.clone()), Err(why.clone()), Err(why))
    );
    assert_eq!(disk.ops(), ops);
    assert_eq!(found(&disk, Crash::KeepAll), ["one"]);
}

#[test]
fn a_sync_that_fails_while_it_is_full_is_the_last() {
    let disk = SimStorage::new();
    let (w, _) = open(&disk, FsyncPolicy::EverySec);
    w.append(0, &[b"one"]);
    w.tick(0);
    w.append(0, &[b"two"]);
    w.tick(100);
    disk.leave_room(Some(10));
    w.append(0, &[b"three"]);
    w.tick(200);
    assert_eq!(full_text(&w), FULL_TEXT);
    disk.trouble_at(disk.ops() + 4, sim::Trouble::Fail);
    w.tick(2000);
    assert!(w.failed(), "{}", disk.log());
    let why = w.refusal().unwrap();
    assert!(why.message().starts_with("cannot sync "), "{why}");
    disk.leave_room(None);
    w.tick(3000);
    assert_eq!((w.sync(), w.close()), (Err(why.clone()), Err(why)));
    assert_eq!(found(&disk, Crash::KeepAll), ["one", "two"]);
}

#[test]
fn closing_a_full_disk_says_what_is_lost_and_syncs_the_rest() {
    for policy in [FsyncPolicy::Always, FsyncPolicy::EverySec, FsyncPolicy::No] {
        let disk = SimStorage::new();
        let (w, _) = open(&disk, FsyncPolicy::No);
        w.append(0, &[b"one"]);
        w.tick(0);
        w.set_policy(policy);
        disk.leave_room(Some(20));
        let lsn = w.append(0, &[b"two"]);
        w.tick(0);
        // What there was room for is safe.
        w.commit(lsn).unwrap();
        let done = say(&w, "three");
        assert_eq!(done.is_err(), policy == FsyncPolicy::Always);
        let e = w.close().unwrap_err();
        assert_eq!(
            (e.kind(), e.message()),
            (ErrorKind::Io, &*format!("{FULL_TEXT}; 15 bytes of changes are lost"))
        );
        assert_eq!(w.close(), Ok(()));
        assert_eq!(w.sync().unwrap_err().kind(), ErrorKind::Closed);
        disk.leave_room(None);
        // The lock is free.
        drop(open(&disk, FsyncPolicy::No));
        assert_eq!(found(&disk, Crash::LoseUnsynced), ["one", "two"]);
    }
}

#[test]
fn who_waits_for_one_that_finds_no_room_is_told() {
    let disk = SimStorage::new();
    let (w, _) = open(&disk, FsyncPolicy::Always);
    say(&w, "one").unwrap();
    for round in 0..20 {
        disk.leave_room(Some(round % 10));
        std::thread::scope(|s| {
            for _ in 0..8 {
                s.spawn(|| say(&w, "x").unwrap_err());
            }
        });
        disk.leave_room(None);
        w.tick(0);
        assert!(!w.refuses());
    }
    assert_eq!(found(&disk, Crash::LoseUnsynced).len(), 161);
}

#[test]
fn a_reader_waits_for_room_with_the_writer() {
    for durable in [false, true] {
        let disk = SimStorage::new();
        let (w, _) = open(&disk, FsyncPolicy::EverySec);
        let signal = Arc::new(Signal::new().unwrap());
        let mut reader = w.follow(From::Now, durable, &signal).unwrap();
        let mut take = |w: &AofWriter| {
            let mut out = VecDeque::new();
            let there = reader.take(w, &mut out).unwrap();
            signal.clear();
            let more = reader.arm(w);
            let words: Vec<String> =
                out.iter().map(|c| String::from_utf8_lossy(c.args().next().unwrap()).into_owned()).collect();
            (there, words.join(" "), more)
        };
        w.append(0, &[b"one"]);
        w.tick(0);
        assert_eq!(take(&w), (true, "one".to_owned(), false));
        disk.leave_room(Some(10));
        w.append(0, &[b"two"]);
        // The first to find out, or told by the tick.
        if durable {
            w.tick(100);
        }
        assert_eq!(take(&w), (false, String::new(), false));
        assert!(w.refuses());
        w.append(0, &[b"three"]);
        assert_eq!(take(&w), (false, String::new(), false));
        assert!(w.follow(From::Now, durable, &signal).is_err_and(|e| e == w.refusal().unwrap()));
        signal.clear();
        disk.leave_room(None);
        w.tick(5000);
        assert_eq!(signal.wait(0), crate::pubsub::signal::Woken::Set);
        assert_eq!(take(&w), (true, "two three".to_owned(), false));
        assert_eq!(found(&disk, Crash::LoseUnsynced), ["one", "two", "three"]);
    }
}

/// Writes a base that says `word`; no RDB file, so that replay tells what it holds.
fn write_base(disk: &SimStorage, path: &Path, word: &str) -> io::Result<u64> {
    let text = format!("*1\r\n${}\r\n{word}\r\n", word.len());
    let mut file = disk.create(path)?;
    let done = write_all(&mut *file, text.as_bytes()).and_then(|()| file.sync().map_err(|e| (0, e)));
    if let Err((_, e)) = done {
        disk.remove(path)?;
        return Err(e);
    }
    disk.sync_dir(path.parent().unwrap())?;
    Ok(text.len() as u64)
}

#[test]
fn a_cut_that_waits_for_room_is_made_when_there_is_some() {
    // How much room: none for what is before the cut; for that alone; for the next manifest, but not for what comes behind.
    for room in [5, 16, 200] {
        let disk = SimStorage::new();
        let (w, _) = open(&disk, FsyncPolicy::EverySec);
        w.append(0, &[b"one"]);
        w.tick(0);
        let base = w.begin_rewrite().unwrap();
        w.append(0, &[b"before"]);
        w.cut();
        w.append(0, &[b"behind"]);
        let len = write_base(&disk, &base, "BASE").unwrap();
        disk.leave_room(Some(room));
        w.append(0, &[b"long", &[b'v'; 300]]);
        w.tick(0);
        assert!(w.refuses(), "{room}");
        let refusal = w.refusal();
        assert_eq!(w.end_rewrite(len).map_err(Some), Err(refusal.clone()));
        assert_eq!(disk.read(&base), None, "what is of no use takes no room");
        assert_eq!(w.begin_rewrite().map_err(Some), Err(refusal));
        let left = found(&disk, Crash::KeepAll);
        assert_eq!(left, ["one", "before"][..left.len()]);
        disk.leave_room(None);
        w.tick(0);
        w.sync().unwrap();
        assert_eq!(found(&disk, Crash::LoseUnsynced), ["one", "before", "behind", "long"]);
        // The next one is a whole one.
        let base = w.begin_rewrite().unwrap();
        w.append(0, &[b"also-before"]);
        w.cut();
        w.append(0, &[b"last"]);
        let len = write_base(&disk, &base, "BASE").unwrap();
        w.end_rewrite(len).unwrap();
        w.close().unwrap();
        assert_eq!(found(&disk, Crash::LoseUnsynced), ["BASE", "last"]);
    }
}

#[test]
fn the_mark_of_a_rewrite_that_was_given_up_is_not_the_next_ones() {
    let disk = SimStorage::new();
    let (w, _) = open(&disk, FsyncPolicy::EverySec);
    w.append(0, &[b"one"]);
    w.begin_rewrite().unwrap();
    w.cut();
    w.append(0, &[b"two"]);
    // Given up: its base could not be written. Nobody has written the queue meanwhile.
    let base = w.begin_rewrite().unwrap();
    w.append(0, &[b"three"]);
    w.tick(0);
    w.append(0, &[b"four"]);
    w.cut();
    w.append(0, &[b"five"]);
    let len = write_base(&disk, &base, "BASE").unwrap();
    w.end_rewrite(len).unwrap();
    w.close().unwrap();
    assert_eq!(found(&disk, Crash::KeepAll), ["BASE", "five"]);
}

/// Says words and rewrites, waiting wherever the disk is full. All words; how often it was full.
fn program(disk: &SimStorage, policy: FsyncPolicy, check: &mut dyn FnMut(&[String])) -> (Vec<String>, u32) {
    let (w, _) = open(disk, policy);
    let (mut all, mut acked, mut full) = (Vec::<String>::new(), 0, 0);
    let mut tell = |word: String| {
        let done = say(&w, &word);
        all.push(word);
        if policy == FsyncPolicy::Always && done.is_ok() {
            acked = all.len();
        }
        while w.refuses() {
            full += 1;
            check(&all[..acked]);
            w.tick(0);
            assert!(!w.failed(), "{}", disk.log());
        }
        if w.sync().is_ok() {
            acked = all.len();
        }
    };
    for round in 0..3 {
        tell(format!("{round}-one"));
        let begun = w.begin_rewrite();
        tell(format!("{round}-two"));
        let Ok(base) = begun else { continue };
        w.append(0, &[b"x"]);
        w.cut();
        w.append(0, &[b"y"]);
        tell(format!("{round}-three"));
        if let Ok(len) = write_base(disk, &base, &format!("BASE{round}")) {
            let _ = w.end_rewrite(len);
        }
        tell(format!("{round}-four"));
    }
    while w.sync().is_err() {
        full += 1;
    }
    w.close().unwrap();
    (all, full)
}

/// What was found, without the words that stand for others, is what was said, where a base stands for what was before it.
fn same(found: &[String], said: &[String], why: &str) {
    let words: Vec<&String> = found.iter().filter(|word| !matches!(word.as_str(), "x" | "y")).collect();
    let (base, words) = match words.split_first() {
        Some((base, rest)) if base.starts_with("BASE") => (Some(base), rest),
        _ => (None, &words[..]),
    };
    // The base of a round stands for all words up to the second of it.
    let from = base.map_or(0, |base| {
        let last = format!("{}-two", &base[4..]);
        said.iter().position(|word| *word == last).unwrap() + 1
    });
    assert!(said[from..].iter().eq(words.iter().copied()), "{why}: {found:?} instead of {said:?}");
    // Each effect before the cut, and behind it, is there once.
    for (mark, next) in [("x", "y"), ("y", "-three")] {
        for at in found.iter().enumerate().filter(|(_, word)| *word == mark).map(|(i, _)| i) {
            assert!(found[at + 1].ends_with(next), "{why}: {found:?}");
        }
    }
}

#[test]
fn the_disk_is_full_at_every_operation() {
    for policy in [FsyncPolicy::Always, FsyncPolicy::EverySec] {
        let calm = SimStorage::new();
        program(&calm, policy, &mut |_| ());
        let mut met = 0;
        // From where it is open.
        let opened = SimStorage::new();
        drop(open(&opened, policy));
        for n in opened.ops() + 1..=calm.ops() {
            for tries in 1..5 {
                let disk = SimStorage::new();
                disk.trouble_at(n, sim::Trouble::Full(tries));
                let mut crashes = 0;
                let (said, full) = program(&disk, policy, &mut |acked| {
                    for crash in [Crash::KeepAll, Crash::LoseUnsynced, Crash::Torn(n), Crash::Torn(n + 1000)]
                    {
                        let found = found(&disk, crash);
                        let last = acked.last();
                        assert!(
                            last.is_none_or(|last| found
                                .iter()
                                .any(|word| word == last || stands_for(word, last))),
                            "full at {n}, {crash:?}: {last:?} is not in {found:?}"
                        );
                        crashes += 1;
                    }
                });
                met += u32::from(full > 0);
                for crash in [Crash::KeepAll, Crash::LoseUnsynced, Crash::Torn(n)] {
                    same(
                        &found(&disk, crash),
                        &said,
                        &format!("{tries} tries at {n}, {crash:?}:\n{}", disk.log()),
                    );
                }
            }
        }
        assert!(met > 20, "{met}");
    }
}

/// Whether `word` is a base that was cut after `said`.
fn stands_for(word: &str, said: &str) -> bool {
    let (round, what) = said.split_once('-').unwrap();
    word.strip_prefix("BASE")
        .is_some_and(|base| round < base || (round == base && matches!(what, "one" | "two")))
}
