use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::base::clock::Clock;
use crate::persist::aof::unit::HEAD;
use crate::persist::aof::{AofDir, BaseLoaded, FsyncPolicy, OpenOptions};
use crate::persist::storage::{Storage, write_all};
use crate::persist::testing::sim::{Crash, SimStorage, Trouble};

const DIR: &str = "/db/appendonlydir";
const SECOND: i64 = 1_700_000_000;

fn options() -> OpenOptions {
    OpenOptions { policy: FsyncPolicy::Always, ..OpenOptions::default() }
}

/// Opens it; what was replayed, without SELECT.
fn open(disk: &SimStorage, options: &OpenOptions) -> Result<(AofWriter, Vec<String>)> {
    let mut commands = Vec::new();
    let mut replay = |argv: &[&[u8]]| {
        let text = argv.iter().map(|a| String::from_utf8_lossy(a)).collect::<Vec<_>>().join(" ");
        commands.extend((!text.starts_with("SELECT")).then_some(text));
        Ok(())
    };
    let base = &mut |_: &Path| Ok(BaseLoaded::default());
    let storage = Arc::new(disk.clone());
    let (writer, _) =
        AofDir::open(storage, "/db".as_ref(), options, &|_, _| (), &|_| true, &mut replay, base)?;
    Ok((writer, commands))
}

fn say(writer: &AofWriter, word: &str) -> Result<()> {
    writer.commit(writer.append(0, &[word.as_bytes()]))
}

/// Writes a base that holds `words`; no RDB file, so that replay tells what it holds.
fn write_base(disk: &SimStorage, path: &Path, words: &str) -> std::io::Result<u64> {
    let text: String = words.split(' ').map(|w| format!("*1\r\n${}\r\n{w}\r\n", w.len())).collect();
    let temp = path.with_file_name(format!("temp-{:016x}-{}", 7, path.file_name().unwrap().display()));
    let mut file = disk.create(&temp)?;
    write_all(&mut *file, text.as_bytes()).map_err(|(_, e)| e)?;
    file.sync()?;
    disk.rename(&temp, path)?;
    disk.sync_dir(path.parent().unwrap())?;
    Ok(text.len() as u64)
}

fn names(disk: &SimStorage) -> Vec<String> {
    let mut names: Vec<String> =
        disk.list(DIR.as_ref()).unwrap().into_iter().map(|n| n.into_string().unwrap()).collect();
    names.retain(|name| !name.ends_with(".lock"));
    names.sort();
    names
}

fn manifest(disk: &SimStorage) -> String {
    String::from_utf8(disk.read(format!("{DIR}/appendonly.aof.manifest")).unwrap()).unwrap()
}

#[test]
fn a_base_takes_the_place_of_what_was_before_the_cut() {
    let disk = SimStorage::new();
    let (w, _) = open(&disk, &options()).unwrap();
    for round in 1..4u64 {
        say(&w, "before").unwrap();
        let base = w.begin_rewrite().unwrap();
        say(&w, "still-before").unwrap();
        let lsn = w.append(0, &[b"last-before"]);
        w.cut();
        say(&w, "after").unwrap();
        w.commit(lsn).unwrap();
        let len = write_base(&disk, &base, "all of it").unwrap();
        say(&w, "later").unwrap();
        assert_eq!(w.end_rewrite(len).unwrap(), Vec::<String>::new());
        let next = round + 1;
        let expected = format!(
            "file appendonly.aof.{round}.base.rdb seq {round} type b\n\
             file appendonly.aof.{next}.incr.aof seq {next} type i\n"
        );
        let text = manifest(&disk);
        let (text, follows) = text.split_once(" follows ").unwrap();
        assert_eq!(format!("{text}\n"), expected);
        assert_eq!(follows.trim_end().parse::<u64>().unwrap() >> 40, round, "where the one before it ended");
        let files = [
            format!("appendonly.aof.{round}.base.rdb"),
            format!("appendonly.aof.{next}.incr.aof"),
            "appendonly.aof.manifest".to_owned(),
        ];
        assert_eq!(names(&disk), files);
        let increment = disk.read(format!("{DIR}/{}", files[1])).unwrap();
        assert!(increment[HEAD..].starts_with(b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n"));
        let (size, info) = (len + increment.len() as u64, w.info());
        assert_eq!((info.current_size, info.base_size), (size, size));
        let left = disk.after(Crash::LoseUnsynced);
        let (_, found) = open(&left, &options()).unwrap();
        assert_eq!(found, ["all", "of", "it", "after", "later"]);
    }
    w.close().unwrap();
    assert!(w.begin_rewrite().is_err());
}

#[test]
fn trouble_at_every_operation_leaves_the_old_files_or_the_new_ones() {
    let before = ["one", "two"];
    let run = |disk: &SimStorage, acked: &mut Vec<&'static str>| -> Result<()> {
        let (w, _) = open(disk, &options())?;
        let mut tell = |word: &'static str| say(&w, word).map(|()| acked.push(word));
        tell("one")?;
        let begun = w.begin_rewrite();
        tell("two")?;
        if let Ok(base) = begun {
            w.cut();
            tell("three")?;
            match write_base(disk, &base, "BASE") {
                Ok(len) => drop(w.end_rewrite(len)),
                Err(_) => drop(disk.remove(&base)),
            }
        }
        tell("four")?;
        // Another one, after whatever became of the first.
        if let Ok(base) = w.begin_rewrite() {
            w.cut();
            if let Ok(len) = write_base(disk, &base, "SECOND") {
                let _ = w.end_rewrite(len);
            }
        }
        tell("five")?;
        w.close()
    };
    let calm = SimStorage::new();
    run(&calm, &mut Vec::new()).unwrap();
    let (mut old, mut new, mut second) = (0, 0, 0);
    for n in 1..=calm.ops() {
        for trouble in [Trouble::Fail, Trouble::Freeze] {
            let disk = SimStorage::new();
            disk.trouble_at(n, trouble);
            let mut acked = Vec::new();
            let _ = run(&disk, &mut acked);
            let mut models = vec![Crash::KeepAll, Crash::LoseUnsynced];
            models.extend((0..8).map(Crash::Torn));
            for crash in models {
                println!("{trouble:?} at {n}, then {crash:?}:\n{}", disk.log());
                let (w, found) = open(&disk.after(crash), &options()).unwrap();
                let base = found.first().map(String::as_str);
                let all = match base {
                    Some("SECOND") => ["one", "two", "three", "four", "five"].as_slice(),
                    _ => &["one", "two", "three", "four", "five"],
                };
                let holds: Vec<&str> = match base {
                    Some("SECOND") => {
                        all[..4].iter().copied().chain(found[1..].iter().map(String::as_str)).collect()
                    }
                    Some("BASE") => before.into_iter().chain(found[1..].iter().map(String::as_str)).collect(),
                    _ => found.iter().map(String::as_str).collect(),
                };
                match base {
                    Some("SECOND") => second += 1,
                    Some("BASE") => new += 1,
                    _ => old += 1,
                }
                assert!(holds.len() >= acked.len(), "{acked:?} was acknowledged, {found:?} is there");
                // Words that failed are left out; what is there is in order and each once.
                let mut rest = all.iter();
                assert!(holds.iter().all(|word| rest.any(|w| w == word)), "{found:?}");
                assert!(acked.iter().all(|word| holds.contains(word)), "{acked:?}, {found:?}");
                w.close().unwrap();
            }
        }
    }
    println!("{old} times the old files, {new} times the new ones, {second} times the second base");
    assert!(old > 0 && new > 0 && second > 0);
}

#[test]
fn a_manifest_that_cannot_be_written_ends_the_rewrite_and_nothing_else() {
    let disk = SimStorage::new();
    let (w, _) = open(&disk, &options()).unwrap();
    say(&w, "one").unwrap();
    let _ = w.begin_rewrite().unwrap();
    w.cut();
    // The write of the temporary manifest is the second operation of the switch: the file before it is synced already.
    disk.trouble_at(disk.ops() + 2, Trouble::Fail);
    say(&w, "two").unwrap();
    assert_eq!(w.end_rewrite(0).unwrap_err().kind(), ErrorKind::Io);
    assert_eq!(manifest(&disk), "file appendonly.aof.1.incr.aof seq 1 type i follows 1099511627776\n");
    let base = w.begin_rewrite().unwrap();
    w.cut();
    say(&w, "three").unwrap();
    let len = write_base(&disk, &base, "one two").unwrap();
    w.end_rewrite(len).unwrap();
    w.close().unwrap();
    assert_eq!(open(&disk, &options()).unwrap().1, ["one", "two", "three"]);
}

/// A file with a word for each of these seconds, so much longer than it had to be.
fn dated(seconds: &[i64], pad: usize, policy: FsyncPolicy) -> SimStorage {
    let disk = SimStorage::new();
    let clock = Clock::manual(SECOND * 1000);
    let with = OpenOptions { timestamps: true, clock: clock.clone(), policy, ..options() };
    let (w, _) = open(&disk, &with).unwrap();
    for (i, at) in seconds.iter().enumerate() {
        clock.advance_ms((SECOND + at) * 1000 - clock.now_ms());
        say(&w, &format!("at-{at}{}", "x".repeat(pad))).unwrap();
        if i == 2 {
            // A rewrite that is given up after its cut: two increments.
            w.begin_rewrite().unwrap();
            w.cut();
        }
    }
    w.close().unwrap();
    disk
}

#[test]
fn loading_up_to_a_moment_sets_the_rest_aside() {
    let seconds = [0, 1, 1, 5, 6, 9];
    let until = |at: i64| OpenOptions { until: Some(SECOND + at), ..options() };
    let disk = dated(&seconds, 0, FsyncPolicy::Always);
    assert_eq!(manifest(&disk).lines().count(), 2);
    let second = disk.read(format!("{DIR}/appendonly.aof.2.incr.aof")).unwrap();
    assert!(
        second[HEAD..].starts_with(format!("#TS:{}\r\n*2\r\n", SECOND + 5).as_bytes()),
        "each file tells a time"
    );
    // In one sector, in units of one word each, in one unit.
    for (pad, policy) in [(0, FsyncPolicy::Always), (700, FsyncPolicy::Always), (300, FsyncPolicy::No)] {
        for (at, found) in [(20, 6), (9, 6), (8, 5), (5, 4), (4, 3), (1, 3), (0, 1), (-1, 0)] {
            let disk = dated(&seconds, pad, policy);
            let (w, words) = open(&disk, &until(at)).unwrap();
            let word = |at: &i64| format!("at-{at}{}", "x".repeat(pad));
            let expected: Vec<String> = seconds[..found].iter().map(word).collect();
            assert_eq!(words, expected, "up to {at}");
            let aside = names(&disk).into_iter().filter(|name| name.contains(".after-"));
            let kept: String = aside
                .map(|name| String::from_utf8(disk.read(format!("{DIR}/{name}")).unwrap()).unwrap())
                .collect();
            seconds[found..].iter().for_each(|at| assert!(kept.contains(&word(at)), "{at}"));
            say(&w, "new").unwrap();
            w.close().unwrap();
            let (_, words) = open(&disk.after(Crash::LoseUnsynced), &options()).unwrap();
            assert_eq!(words, [expected.as_slice(), &["new".to_owned()]].concat());
        }
    }
}

#[test]
fn a_moment_needs_times() {
    let disk = SimStorage::new();
    let (w, _) = open(&disk, &options()).unwrap();
    say(&w, "one").unwrap();
    w.close().unwrap();
    let error = open(&disk, &OpenOptions { until: Some(SECOND), ..options() }).map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Arg);
    assert!(error.message().contains("tells no times"), "{error}");
    assert_eq!(open(&disk, &options()).unwrap().1, ["one"]);
}

#[test]
fn crashes_while_going_back_leave_what_was_or_what_is_wanted() {
    let seconds = [0, 1, 1, 5, 6, 9];
    let with = OpenOptions { until: Some(SECOND + 1), ..options() };
    let calm = dated(&seconds, 200, FsyncPolicy::No);
    let (before, _) = (calm.ops(), open(&calm, &with).unwrap());
    for n in 1..=calm.ops() - before {
        for seed in 0..6 {
            let disk = dated(&seconds, 200, FsyncPolicy::No);
            disk.trouble_at(disk.ops() + n, Trouble::Freeze);
            let _ = open(&disk, &with);
            let left = disk.after(if seed == 0 { Crash::LoseUnsynced } else { Crash::Torn(seed) });
            let (w, words) = open(&left, &options()).unwrap();
            assert!([3, 6].contains(&words.len()), "{words:?} after\n{}", disk.log());
            w.close().unwrap();
            assert_eq!(open(&left, &with).unwrap().1.len(), 3);
        }
    }
}
