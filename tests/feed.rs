//! The change feed: order, completeness, places to go on from, slow readers, descriptors.

#![expect(clippy::unwrap_used, reason = "test code: it stops at the first surprise")]

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use kit::Rng;
use lodger::{Change, Client, Db, Error, ErrorKind, Feed, FeedOptions, Options, Reply};

#[path = "common/kit.rs"]
mod kit;

fn run(client: &mut Client, line: &str) -> Reply {
    client.command(&line.split(' ').collect::<Vec<_>>()).unwrap().into_result().unwrap()
}

fn runs(client: &mut Client, lines: &[&str]) {
    lines.iter().for_each(|line| drop(client.command(&line.split(' ').collect::<Vec<_>>()).unwrap()));
}

/// A change as text: database, words.
fn text(change: &Change) -> String {
    let words: Vec<_> = change.args().map(String::from_utf8_lossy).collect();
    format!("{}: {}", change.db(), words.join(" "))
}

/// Everything that is there, as text.
fn drain(feed: &mut Feed) -> Vec<String> {
    std::iter::from_fn(|| feed.next(0).unwrap().map(|change| text(&change))).collect()
}

fn open(dir: &Path, config: &str) -> Db {
    Options::new().config(config).open(dir).unwrap()
}

fn readable(feed: &Feed) -> bool {
    let mut poll = libc::pollfd { fd: feed.fd(), events: libc::POLLIN, revents: 0 };
    // SAFETY: one structure that lives through the call.
    #[expect(unsafe_code, reason = "poll")]
    unsafe {
        libc::poll(&raw mut poll, 1, 0) == 1
    }
}

fn kind(result: Result<Feed, Error>) -> ErrorKind {
    result.err().unwrap().kind()
}

/// Runs a change in another database.
fn apply(client: &mut Client, db: &mut u32, change: &Change) {
    if *db != change.db() {
        *db = change.db();
        run(client, &format!("SELECT {db}"));
    }
    let words: Vec<&[u8]> = change.args().collect();
    client.command(&words).unwrap().into_result().unwrap();
}

fn digest(client: &mut Client) -> String {
    String::from_utf8(run(client, "DEBUG DIGEST").into_bytes().unwrap()).unwrap()
}

const KINDS: &[&str] = &[
    "SET a 1",
    "INCRBYFLOAT a 0.5",
    "MULTI",
    "RPUSH l x y",
    "SELECT 3",
    "SADD s 1 2 3",
    "EXEC",
    "SPOP s 2",
    "SELECT 0",
    "GET a",
    "SET b 1 PX 100000",
    "DEL nothing",
    "RENAME a c",
    "SWAPDB 0 3",
    "FLUSHDB",
    "FLUSHALL",
];

fn check_kinds(changes: &[Change]) {
    let got: Vec<String> = changes.iter().map(text).collect();
    assert_eq!(got[0..2], ["0: SET a 1", "0: SET a 1.5 KEEPTTL"]);
    assert_eq!(got[2..4], ["0: RPUSH l x y", "3: SADD s 1 2 3"]);
    assert!(got[4].starts_with("3: SREM s "), "{got:?}");
    assert!(got[5].starts_with("0: SET b 1 PXAT "), "{got:?}");
    assert_eq!(got[6..], ["0: RENAME a c", "0: SWAPDB 0 3", "0: FLUSHDB", "0: FLUSHALL"]);
    let remaining: Vec<u32> = changes.iter().map(Change::remaining).collect();
    assert_eq!(remaining, [0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    let offsets: Vec<u64> = changes.iter().map(Change::offset).collect();
    assert_eq!(offsets[1], offsets[2], "inside of a step one goes on before it");
    assert!(offsets[2] < offsets[3] && offsets[3..].is_sorted_by(|a, b| a < b), "{offsets:?}");
    let keys = |at: usize| changes[at].keys().map(<[u8]>::to_vec).collect::<Vec<_>>();
    assert_eq!((keys(2), keys(6)), (vec![b"l".to_vec()], vec![b"a".to_vec(), b"c".to_vec()]));
    assert!(keys(7).is_empty() && keys(9).is_empty());
}

#[test]
fn every_change_comes_in_order_with_its_database_and_its_step() {
    let dir = tempfile::tempdir().unwrap();
    for db in [
        Db::open(":memory:").unwrap(),
        open(dir.path(), ""),
        open(&dir.path().join("2"), "appendfsync always"),
    ] {
        let mut client = db.client().unwrap();
        run(&mut client, "SET before 1");
        let mut feed = db.feed(FeedOptions::now()).unwrap();
        let start = feed.offset();
        runs(&mut client, KINDS);
        let changes: Vec<Change> = std::iter::from_fn(|| feed.next(0).unwrap()).collect();
        check_kinds(&changes);
        assert!(start < changes[0].offset() && feed.offset() == changes.last().unwrap().offset());
    }
}

#[test]
fn four_writers_make_the_same_database_twice() {
    let dir = tempfile::tempdir().unwrap();
    let places = [Path::new(":memory:").to_path_buf(), dir.path().join("sec"), dir.path().join("always")];
    for place in places {
        let always = place.ends_with("always");
        let db = open(&place, if always { "appendfsync always" } else { "auto-aof-rewrite-percentage 0" });
        let rounds = if always { 150 } else { 3000 };
        let mut feed = db.feed(FeedOptions::now().max_bytes(1 << 30)).unwrap();
        let copy = Db::open(":memory:").unwrap();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let (mut client, mut selected) = (copy.client().unwrap(), 0);
                loop {
                    let ended = done.load(Ordering::Acquire);
                    match feed.next(if ended { 0 } else { 20 }).unwrap() {
                        Some(change) => apply(&mut client, &mut selected, &change),
                        None if ended => break,
                        None => {}
                    }
                }
            });
            let writers: Vec<_> = (0..4)
                .map(|n| {
                    let mut client = db.client().unwrap();
                    scope.spawn(move || {
                        for i in 0..rounds {
                            let k = (i * 7 + n) % 50;
                            runs(
                                &mut client,
                                &[
                                    &format!("APPEND str{k} {n}.{i},"),
                                    &format!("LPUSH list{k} {n}.{i}"),
                                    &format!("SELECT {}", i % 3),
                                    "MULTI",
                                    &format!("HINCRBY hash{k} f {n}"),
                                    &format!("SADD set{k} {n}.{i} x{i}"),
                                    "EXEC",
                                    &format!("SPOP set{k}"),
                                ],
                            );
                            if i % 500 == 250 {
                                runs(&mut client, &["BGREWRITEAOF"]);
                            }
                        }
                    })
                })
                .collect();
            writers.into_iter().for_each(|writer| writer.join().unwrap());
            done.store(true, Ordering::Release);
            reader.join().unwrap();
        });
        let (mut one, mut two) = (db.client().unwrap(), copy.client().unwrap());
        assert_eq!(digest(&mut one), digest(&mut two), "{}", place.display());
    }
}

/// A copy that was made while four threads write, and what the feed gives behind it, are the database.
#[test]
fn a_copy_and_the_changes_behind_it_are_the_database() {
    let dir = tempfile::tempdir().unwrap();
    for (n, config) in ["", "", "appendfsync always"].into_iter().enumerate() {
        let place = if n == 0 { Path::new(":memory:").to_path_buf() } else { dir.path().join(n.to_string()) };
        let db = open(&place, config);
        let rounds = if n == 2 { 200 } else { 4000 };
        let copies: Vec<_> = (0..3).map(|i| dir.path().join(format!("copy-{n}-{i}.rdb"))).collect();
        let mut feeds = Vec::new();
        std::thread::scope(|scope| {
            for n in 0..4 {
                let mut client = db.client().unwrap();
                scope.spawn(move || {
                    for i in 0..rounds {
                        runs(
                            &mut client,
                            &[
                                &format!("SELECT {}", i % 2),
                                &format!("APPEND str{} {n}.{i},", i % 300),
                                &format!("RPUSH list{} {n}.{i}", (i + n) % 40),
                                "MULTI",
                                "INCR first",
                                "INCR second",
                                "EXEC",
                            ],
                        );
                    }
                });
            }
            for (i, path) in copies.iter().enumerate() {
                let options = FeedOptions::now().max_bytes(1 << 30);
                feeds.push(db.copy_and_feed(path, options, |_, _| true).unwrap());
                if i == 1 {
                    runs(&mut db.client().unwrap(), &["BGREWRITEAOF"]);
                }
            }
        });
        let original = digest(&mut db.client().unwrap());
        for (path, mut feed) in copies.iter().zip(feeds) {
            let copy = Db::open(path).unwrap();
            let (mut client, mut selected) = (copy.client().unwrap(), 0);
            while let Some(change) = feed.next(0).unwrap() {
                apply(&mut client, &mut selected, &change);
            }
            assert_eq!(digest(&mut client), original, "{}", path.display());
        }
        let cancelled = db.copy_and_feed(dir.path().join("no.rdb"), FeedOptions::now(), |_, _| false);
        assert_eq!(kind(cancelled), ErrorKind::Interrupted);
    }
}

#[test]
fn a_reader_goes_on_where_it_was_after_the_database_was_opened_anew() {
    let dir = tempfile::tempdir().unwrap();
    let (mut offset, mut seen) = (None, Vec::new());
    for round in 0..6 {
        let db = open(dir.path(), if round % 2 == 0 { "" } else { "appendfsync always" });
        let mut client = db.client().unwrap();
        runs(&mut client, &[&format!("SELECT {}", round % 3)]);
        (0..50).for_each(|i| runs(&mut client, &[&format!("SET k {round}.{i}")]));
        let options = offset.map_or(FeedOptions::oldest(), FeedOptions::after);
        let mut feed = db.feed(options).unwrap();
        // Not all: some of it is read next time.
        seen.extend((0..40).map(|_| text(&feed.next(0).unwrap().unwrap())));
        offset = Some(feed.offset());
        if round == 4 {
            // What is in a transaction comes again as a whole.
            runs(&mut client, &["MULTI", "SET k t1", "SET k t2", "EXEC"]);
            let rest: Vec<Change> = std::iter::from_fn(|| feed.next(0).unwrap()).collect();
            let step = rest.iter().position(|change| change.remaining() == 1).unwrap();
            seen.extend(rest[..step].iter().map(text));
            offset = Some(rest[step].offset());
            let inside = db.feed(FeedOptions::after(rest[step + 1].offset() - 5));
            assert_eq!(kind(inside), ErrorKind::Arg);
        }
    }
    let db = open(dir.path(), "");
    seen.extend(drain(&mut db.feed(FeedOptions::after(offset.unwrap())).unwrap()));
    let wanted = (0..6).flat_map(|round| {
        let sets = (0..50).map(move |i| format!("{}: SET k {round}.{i}", round % 3));
        let step = [format!("{}: SET k t1", round % 3), format!("{}: SET k t2", round % 3)];
        sets.chain(step.into_iter().filter(move |_| round == 4))
    });
    assert_eq!(seen, wanted.collect::<Vec<_>>());
    let beyond = db.feed(FeedOptions::now()).unwrap().offset() + 1;
    assert_eq!(kind(db.feed(FeedOptions::after(beyond))), ErrorKind::Arg);
    assert_eq!(kind(db.feed(FeedOptions::after(u64::MAX - 1))), ErrorKind::Arg);
}

fn rewrite(client: &mut Client) {
    run(client, "BGREWRITEAOF");
    while String::from_utf8(run(client, "INFO persistence").into_bytes().unwrap())
        .unwrap()
        .contains("aof_rewrite_in_progress:1")
    {
        std::thread::yield_now();
    }
}

#[test]
fn a_rewrite_takes_offsets_away_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path(), "");
    let mut client = db.client().unwrap();
    let mut early = db.feed(FeedOptions::oldest()).unwrap();
    let mut live = db.feed(FeedOptions::now()).unwrap();
    let start = live.offset();
    runs(&mut client, &["SET a 1", "SET b 2"]);
    assert_eq!(drain(&mut live), ["0: SET a 1", "0: SET b 2"]);
    let end = live.offset();
    assert!(db.oldest_change().unwrap() < end);
    rewrite(&mut client);
    // The end of what was taken away leads to what follows.
    assert_eq!(db.oldest_change().unwrap(), end);
    runs(&mut client, &["SET c 3"]);
    rewrite(&mut client);
    rewrite(&mut client);
    let after_c = db.oldest_change().unwrap();
    runs(&mut client, &["SET d 4"]);
    // Who was there before has the files open.
    assert_eq!(drain(&mut live), ["0: SET c 3", "0: SET d 4"]);
    assert_eq!(drain(&mut early), ["0: SET a 1", "0: SET b 2", "0: SET c 3", "0: SET d 4"]);
    assert_eq!(early.offset(), live.offset());
    for again in 0..2 {
        let db = if again == 0 {
            db.clone()
        } else {
            db.close().unwrap();
            open(dir.path(), "")
        };
        for gone in [start, end] {
            let error = db.feed(FeedOptions::after(gone)).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::Lagged);
            assert!(error.message().ends_with(&format!("the oldest offset is {after_c}")), "{error}");
        }
        assert_eq!(db.oldest_change().unwrap(), after_c);
        for options in [FeedOptions::after(after_c), FeedOptions::oldest()] {
            assert_eq!(drain(&mut db.feed(options).unwrap()), ["0: SET d 4"]);
        }
        let mut rest = db.feed(FeedOptions::after(live.offset())).unwrap();
        assert_eq!(rest.next(0).unwrap(), None);
    }
    assert_eq!(live.next(-1).unwrap_err().kind(), ErrorKind::Closed);
}

#[test]
fn a_slow_reader_costs_a_bounded_queue_and_its_gap_is_told() {
    let db = Db::open(":memory:").unwrap();
    let mut client = db.client().unwrap();
    let mut slow = db.feed(FeedOptions::now().max_bytes(1000)).unwrap();
    let mut fast = db.feed(FeedOptions::now()).unwrap();
    (0..100).for_each(|i| runs(&mut client, &[&format!("SET k {i}")]));
    assert_eq!(drain(&mut fast).len(), 100);
    let mut got = Vec::new();
    let error = loop {
        assert!(readable(&slow));
        match slow.next(0) {
            Ok(change) => got.push(text(&change.unwrap())),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Lagged);
    assert!(!got.is_empty() && got.iter().enumerate().all(|(i, text)| *text == format!("0: SET k {i}")));
    let lost = format!("{} changes were lost here: the feed's queue was full", 100 - got.len());
    assert_eq!(error.message(), lost);
    assert!(!readable(&slow));
    run(&mut client, "SET k 100");
    // One change alone may be larger than the queue.
    run(&mut client, &format!("SET big {}", "x".repeat(5000)));
    assert_eq!(drain(&mut fast).len(), 2);
    assert_eq!(text(&slow.next(0).unwrap().unwrap()), "0: SET k 100");
    assert_eq!(slow.next(0).unwrap_err().kind(), ErrorKind::Lagged);
    run(&mut client, &format!("SET big {}", "x".repeat(5000)));
    assert_eq!(slow.next(0).unwrap().unwrap().args().len(), 3);
    for options in [FeedOptions::oldest(), FeedOptions::after(1), FeedOptions::now().durable()] {
        assert_eq!(kind(db.feed(options)), ErrorKind::Unsupported);
    }
}

#[test]
fn with_a_file_a_slow_reader_loses_nothing_and_holds_no_memory() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path(), "auto-aof-rewrite-percentage 0");
    let mut client = db.client().unwrap();
    let mut feed = db.feed(FeedOptions::now().max_bytes(1)).unwrap();
    let value = "v".repeat(50_000);
    (0..400).for_each(|i| runs(&mut client, &[&format!("SET k{i} {value}")]));
    rewrite(&mut client);
    (400..500).for_each(|i| runs(&mut client, &[&format!("SET k{i} {value}")]));
    for i in 0..500 {
        let change = feed.next(0).unwrap().unwrap();
        assert_eq!(change.keys().next(), Some(format!("k{i}").as_bytes()));
    }
    assert_eq!(feed.next(0).unwrap(), None);
}

#[test]
fn what_expires_and_what_is_evicted_is_deleted_in_the_feed() {
    for place in [None, Some(tempfile::tempdir().unwrap())] {
        let clock = lodger::Clock::manual(1_000_000);
        let dir = place.as_ref().map_or(Path::new(":memory:"), tempfile::TempDir::path);
        let config = "maxmemory-policy allkeys-random";
        let db = Options::new().clock(clock.clone()).config(config).open(dir).unwrap();
        let mut client = db.client().unwrap();
        run(&mut client, "DEBUG SET-ACTIVE-EXPIRE 0");
        let mut feed = db.feed(FeedOptions::now()).unwrap();
        runs(&mut client, &["SET k v PX 50", "HSET h f 1 g 2", "HPEXPIRE h 50 FIELDS 1 f"]);
        clock.advance_ms(100);
        runs(&mut client, &["GET k", "HGET h f"]);
        let got = drain(&mut feed);
        assert_eq!(got[3..], ["0: DEL k", "0: HDEL h f"], "{got:?}");
        (0..2000).for_each(|i| runs(&mut client, &[&format!("SET key{i} {}", "x".repeat(100))]));
        assert_eq!(drain(&mut feed).len(), 2000);
        run(&mut client, "CONFIG SET maxmemory 200kb");
        run(&mut client, "SET last 1");
        let evicted = drain(&mut feed);
        assert!(evicted.iter().filter(|text| text.starts_with("0: DEL key")).count() > 10, "{evicted:?}");
    }
}

#[test]
fn values_are_told_on_request() {
    let db = Db::open(":memory:").unwrap();
    let mut client = db.client().unwrap();
    let mut feed = db.feed(FeedOptions::now()).unwrap();
    runs(
        &mut client,
        &["SELECT 2", "RPUSH l 1", "RPUSH l 2", "PEXPIREAT l 99999999999999", "SET s v", "DEL s"],
    );
    let change = feed.next(0).unwrap().unwrap();
    let value = feed.value(change.db(), change.keys().next().unwrap()).unwrap().unwrap();
    assert_eq!(value.at(1).unwrap().as_int(), Some(99_999_999_999_999));
    let copy = client.command(&[&b"RESTORE"[..], b"copy", b"0", value.at(0).unwrap().as_bytes().unwrap()]);
    copy.unwrap().into_result().unwrap();
    assert_eq!(run(&mut client, "LRANGE copy 0 -1").len(), 2, "as it is now");
    assert_eq!(feed.value(2, "s").unwrap(), None);
    assert_eq!(feed.value(99, "s").unwrap_err().kind(), ErrorKind::Command);
    assert_eq!(feed.value(0, "l").unwrap(), None);
}

#[test]
fn the_descriptor_is_readable_while_there_is_something_to_take() {
    let dir = tempfile::tempdir().unwrap();
    let configs = [(":memory:", ""), ("a", ""), ("b", "appendfsync always"), ("c", "appendfsync no")];
    for (place, config) in configs {
        let place = if place == ":memory:" { place.into() } else { dir.path().join(place) };
        let db = open(&place, config);
        let mut client = db.client().unwrap();
        run(&mut client, "SET before 1");
        let mut feed = db.feed(FeedOptions::now()).unwrap();
        for _ in 0..3 {
            assert!(!readable(&feed));
            assert_eq!(feed.next(0).unwrap(), None);
            assert!(!readable(&feed));
            runs(&mut client, &["SET k 1", "SET k 2", "GET k"]);
            for value in 1..3 {
                assert!(readable(&feed), "{config}");
                assert_eq!(text(&feed.next(0).unwrap().unwrap()), format!("0: SET k {value}"));
            }
            if place.ends_with("a") {
                rewrite(&mut client);
                assert_eq!(feed.next(0).unwrap(), None);
            }
        }
        assert!(!readable(&feed));
        run(&mut client, "SET k last");
        db.close().unwrap();
        assert!(readable(&feed));
        assert_eq!(text(&feed.next(0).unwrap().unwrap()), "0: SET k last");
        assert!(readable(&feed));
        assert_eq!(feed.next(0).unwrap_err().kind(), ErrorKind::Closed);
        assert_eq!(kind(db.feed(FeedOptions::now())), ErrorKind::Closed);
        assert_eq!(feed.value(0, "k").unwrap_err().kind(), ErrorKind::Closed);
    }
}

#[test]
fn a_reader_that_sleeps_is_woken_and_one_that_goes_is_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    for (place, config) in [(":memory:", ""), ("a", ""), ("b", "appendfsync always")] {
        let place = if place == ":memory:" { place.into() } else { dir.path().join(place) };
        let db = open(&place, config);
        let mut client = db.client().unwrap();
        let mut feed = db.feed(FeedOptions::now()).unwrap();
        let interrupter = feed.interrupter();
        interrupter.interrupt();
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let mut seen = 0;
                loop {
                    match feed.next(-1) {
                        Ok(change) => seen += i32::from(change.is_some()),
                        Err(error) => return (seen, error.kind()),
                    }
                }
            });
            for i in 0..200 {
                run(&mut client, &format!("SET k {i}"));
                std::thread::yield_now();
            }
            let ended = AtomicBool::new(false);
            std::thread::scope(|inner| {
                inner.spawn(|| {
                    while !ended.load(Ordering::Acquire) {
                        interrupter.interrupt();
                        std::thread::yield_now();
                    }
                });
                let (seen, kind) = reader.join().unwrap();
                ended.store(true, Ordering::Release);
                assert_eq!(kind, ErrorKind::Interrupted);
                assert!(seen <= 200);
            });
        });
        run(&mut client, "SET k more");
        let left = drain(&mut feed);
        assert_eq!(left.last().unwrap(), "0: SET k more");
        // In the middle of what there is.
        run(&mut client, "SET k unread");
        drop(feed);
        run(&mut client, "SET k again");
        let mut feed = db.feed(FeedOptions::now()).unwrap();
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| feed.next(-1).unwrap_err().kind());
            db.close().unwrap();
            assert_eq!(reader.join().unwrap(), ErrorKind::Closed);
        });
    }
}

#[test]
fn a_durable_feed_gives_what_is_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path(), "appendfsync no");
    let mut client = db.client().unwrap();
    let (mut durable, mut all) =
        (db.feed(FeedOptions::now().durable()).unwrap(), db.feed(FeedOptions::now()).unwrap());
    run(&mut client, "SET k v");
    assert_eq!((drain(&mut durable).len(), drain(&mut all).len()), (0, 1));
    assert!(!readable(&durable));
    db.sync().unwrap();
    assert!(readable(&durable));
    assert_eq!(drain(&mut durable), ["0: SET k v"]);
    // A change of the policy changes what is given.
    run(&mut client, "CONFIG SET appendfsync always");
    run(&mut client, "SET k w");
    assert_eq!((drain(&mut durable).len(), drain(&mut all).len()), (1, 1));
    run(&mut client, "CONFIG SET appendfsync everysec");
    run(&mut client, "SET k x");
    assert_eq!(text(&all.next(0).unwrap().unwrap()), "0: SET k x");
    assert_eq!(text(&durable.next(60_000).unwrap().unwrap()), "0: SET k x");
}

#[test]
fn keys_that_no_command_replaced_are_told_of() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path(), "");
    let mut client = db.client().unwrap();
    runs(&mut client, &["SET k v", "SAVE", "SET k w"]);
    let mut feed = db.feed(FeedOptions::now()).unwrap();
    run(&mut client, "DEBUG RELOAD");
    assert_eq!(feed.next(0).unwrap(), None);
    runs(&mut client, &["SET k x", "DEBUG RELOAD NOSAVE"]);
    assert!(readable(&feed));
    assert_eq!(feed.next(0).unwrap_err().kind(), ErrorKind::Lagged);
    run(&mut client, "SET k y");
    assert_eq!(drain(&mut feed).last().unwrap(), "0: SET k y");
}

/// Every number is either a place between two changes, from which all that follows comes, or an error.
#[test]
fn no_number_leads_into_the_middle_of_a_change() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path(), "");
    let mut client = db.client().unwrap();
    let inside = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n*1\r\n$5\r\nMULTI\r\n";
    client.command(&["SET", "resp", inside]).unwrap();
    runs(&mut client, &["SELECT 5", "MULTI", "SET a 1", "SET b 2", "EXEC"]);
    client.command(&["APPEND", "resp", &inside.repeat(20)]).unwrap();
    run(&mut client, "SET end 1");
    let mut feed = db.feed(FeedOptions::oldest()).unwrap();
    let changes: Vec<Change> = std::iter::from_fn(|| feed.next(0).unwrap()).collect();
    assert_eq!(changes.len(), 5);
    let (first, last) = (db.oldest_change().unwrap(), feed.offset());
    let mut places = 0;
    for offset in first..last + 100 {
        match db.feed(FeedOptions::after(offset)) {
            Ok(mut feed) => {
                places += 1;
                let rest = drain(&mut feed);
                // Steps come as a whole.
                let end =
                    |at: usize| changes[at..].iter().find(|change| change.remaining() == 0).unwrap().offset();
                let behind = (0..changes.len()).filter(|at| end(*at) > offset).map(|at| text(&changes[at]));
                assert!(behind.eq(rest), "{offset}");
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::Arg, "{offset}: {error}"),
        }
    }
    assert!((5..12).contains(&places), "{places}");
    let mut rng = Rng::new(kit::seed("no_number_leads_into_the_middle_of_a_change"));
    for _ in 0..1000 {
        let wild = rng.next() >> rng.below(64);
        let wild = if wild >> 40 == first >> 40 { !wild } else { wild };
        assert!(
            matches!(kind(db.feed(FeedOptions::after(wild))), ErrorKind::Arg | ErrorKind::Lagged),
            "{wild}"
        );
    }
}
