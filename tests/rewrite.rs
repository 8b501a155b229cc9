//! Rewrites of the append-only file: nothing lost and nothing doubled while writers go on, real servers load what is
//! left, it happens by itself, and one can go back to a moment.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test code: it stops at the first surprise and starts real servers"
)]

mod common;
#[path = "common/kit.rs"]
mod kit;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use common::oracle::{Which, start_with};
use kit::{call, int, text};
use lodger::{Client, Clock, Db, ErrorKind, Options};

/// A line of INFO persistence.
fn info(client: &mut Client, name: &str) -> String {
    let all = text(client, "INFO persistence");
    let line = all.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.unwrap_or_else(|| panic!("INFO has no {name}")).trim().to_owned()
}

fn until(client: &mut Client, what: &str, done: impl Fn(&mut Client) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !done(client) {
        assert!(Instant::now() < deadline, "{what} does not happen: {}", text(client, "INFO persistence"));
        std::thread::yield_now();
    }
}

/// The words of a reply that is an array.
fn words(client: &mut Client, line: &str) -> String {
    let reply = call(client, line);
    let word = |item: &lodger::Reply| match item.as_int() {
        Some(n) => n.to_string(),
        None => item.as_str().unwrap_or_default().to_owned(),
    };
    reply.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// Waits for the end of what runs in the background, and of what waits for it.
fn calm(client: &mut Client) {
    until(client, "the end of a rewrite", |client| {
        let all = text(client, "INFO persistence");
        ["aof_rewrite_in_progress:0", "aof_rewrite_scheduled:0", "rdb_bgsave_in_progress:0"]
            .iter()
            .all(|line| all.contains(line))
    });
}

fn rewrite(client: &mut Client) {
    assert_eq!(text(client, "BGREWRITEAOF"), "Background append only file rewriting started");
    calm(client);
    assert_eq!(info(client, "aof_last_bgrewrite_status"), "ok");
}

fn digest(client: &mut Client) -> String {
    text(client, "DEBUG DIGEST")
}

/// The names beside the append-only file, without locks.
fn names(dir: &Path) -> Vec<String> {
    let list = std::fs::read_dir(dir.join("appendonlydir")).unwrap();
    let mut names: Vec<String> = list.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| !name.ends_with(".lock"));
    names.sort();
    names
}

fn sizes(dir: &Path) -> u64 {
    names(dir)
        .iter()
        .filter(|name| !name.ends_with(".manifest"))
        .map(|name| std::fs::metadata(dir.join("appendonlydir").join(name)).unwrap().len())
        .sum()
}

#[test]
fn writers_go_on_while_the_file_is_rewritten() {
    for fsync in ["always", "everysec"] {
        let dir = tempfile::tempdir().unwrap();
        let options = || Options::new().config(format!("appendfsync {fsync}\nauto-aof-rewrite-percentage 0"));
        let db = options().open(dir.path()).unwrap();
        let mut client = db.client().unwrap();
        for n in 0..5_000 {
            call(&mut client, &format!("SET still:{n} {n}"));
            call(&mut client, &format!("RPUSH list {n}"));
        }
        let stop = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = (0..4)
            .map(|w| {
                let (db, stop) = (db.clone(), Arc::clone(&stop));
                std::thread::spawn(move || {
                    let mut client = db.client().unwrap();
                    let mut n = 0u64;
                    while !stop.load(Ordering::Relaxed) {
                        n += 1;
                        call(&mut client, &format!("INCR count:{w}"));
                        call(&mut client, &format!("SELECT {}", n % 3));
                        call(&mut client, &format!("RPUSH log:{w} {n}"));
                        call(&mut client, "SELECT 0");
                        call(&mut client, "LMOVE list list LEFT RIGHT");
                        call(&mut client, &format!("SPOP set:{w}"));
                        call(&mut client, &format!("SADD set:{w} {n} {}", n + 1));
                        call(&mut client, &format!("SETEX still:{} 1000 changed", n % 5_000));
                    }
                    n
                })
            })
            .collect();
        for _ in 0..8 {
            rewrite(&mut client);
        }
        stop.store(true, Ordering::Relaxed);
        let turns: Vec<u64> = writers.into_iter().map(|w| w.join().unwrap()).collect();
        let before = digest(&mut client);
        assert_eq!(info(&mut client, "aof_rewrites"), "8");
        drop(client);
        db.close().unwrap();
        let left = ["appendonly.aof.8.base.rdb", "appendonly.aof.9.incr.aof", "appendonly.aof.manifest"];
        assert_eq!(names(dir.path()), left);
        let db = options().open(dir.path()).unwrap();
        let mut client = db.client().unwrap();
        assert_eq!(digest(&mut client), before, "appendfsync {fsync}");
        for (w, n) in turns.iter().enumerate() {
            assert_eq!(text(&mut client, &format!("GET count:{w}")), n.to_string());
            let logged: i64 = (0..3)
                .map(|db| {
                    call(&mut client, &format!("SELECT {db}"));
                    int(&mut client, &format!("LLEN log:{w}"))
                })
                .sum();
            assert_eq!(logged, i64::try_from(*n).unwrap());
            call(&mut client, "SELECT 0");
        }
        assert_eq!(info(&mut client, "aof_current_size"), sizes(dir.path()).to_string());
        // And once more, with nobody writing: everything is in the base.
        rewrite(&mut client);
        let size =
            std::fs::metadata(dir.path().join("appendonlydir/appendonly.aof.10.incr.aof")).unwrap().len();
        assert_eq!((size, info(&mut client, "aof_base_size")), (0, sizes(dir.path()).to_string()));
        drop(client);
        db.close().unwrap();
        let db = options().open(dir.path()).unwrap();
        assert_eq!(digest(&mut db.client().unwrap()), before);
    }
}

fn servers_load_it(which: Which) {
    let dir = tempfile::tempdir().unwrap();
    let db = Options::new().config("aof-timestamp-enabled yes").open(dir.path()).unwrap();
    let mut client = db.client().unwrap();
    let lines = |client: &mut Client, from: usize| {
        for n in from..from + 300 {
            for line in [
                format!("SET key:{n} {n}"),
                format!("EXPIRE key:{} 100000", n / 2),
                format!("RPUSH list {n} {}", "x".repeat(n % 100)),
                format!("HSET hash:{} f{n} v{n}", n % 5),
                format!("SADD set:{} {n}", n % 3),
                format!("ZADD zset {n} m{n}"),
                format!("XADD stream {n}-1 f v"),
                format!("PFADD hll {n}"),
            ] {
                call(client, &line);
            }
        }
    };
    lines(&mut client, 1);
    rewrite(&mut client);
    lines(&mut client, 301);
    rewrite(&mut client);
    lines(&mut client, 601);
    let before = digest(&mut client);
    // What it is to be in the end.
    call(&mut client, "SET theirs 2");
    let after = digest(&mut client);
    call(&mut client, "DEL theirs");
    drop(client);
    db.close().unwrap();
    let text = dir.path().display().to_string();
    let arguments = ["--appendonly", "yes", "--dir", &text];
    let Some(server) = start_with(which, "a server loads what a rewrite left", &arguments) else { return };
    let mut conn = server.connect().unwrap();
    // Later versions have another digest of some types; their files tell.
    let theirs = conn.call(&["DEBUG", "DIGEST"]).unwrap();
    assert!(which != Which::Redis7 || theirs.bytes().unwrap() == before.as_bytes());
    // It goes on in these files, and rewrites them; then they are ours again.
    conn.call(&["SET", "theirs", "1"]).unwrap();
    let begun = conn.call(&["BGREWRITEAOF"]).unwrap();
    assert!(begun.bytes().unwrap().starts_with(b"Background"), "{begun:?}");
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let info = conn.call(&["INFO", "persistence"]).unwrap();
        let info = String::from_utf8_lossy(info.bytes().unwrap()).into_owned();
        if info.contains("aof_rewrite_in_progress:0") && info.contains("aof_rewrites:1") {
            break;
        }
        assert!(Instant::now() < deadline, "the server's rewrite does not end");
        std::thread::yield_now();
    }
    conn.call(&["SET", "theirs", "2"]).unwrap();
    drop(server);
    let db = Db::open(dir.path()).unwrap();
    let mut client = db.client().unwrap();
    assert_eq!(digest(&mut client), after, "{which:?}");
    rewrite(&mut client);
    drop(client);
    db.close().unwrap();
    let db = Db::open(dir.path()).unwrap();
    assert_eq!(digest(&mut db.client().unwrap()), after);
}

#[test]
fn redis_7_loads_it() {
    servers_load_it(Which::Redis7);
}

#[test]
fn valkey_8_loads_it() {
    servers_load_it(Which::Valkey8);
}

#[test]
fn redis_8_loads_it() {
    servers_load_it(Which::Redis8);
}

#[test]
fn growth_begins_a_rewrite() {
    let dir = tempfile::tempdir().unwrap();
    let config = "auto-aof-rewrite-min-size 100kb\nauto-aof-rewrite-percentage 100\nappendfsync no";
    let db = Options::new().config(config).open(dir.path()).unwrap();
    let mut client = db.client().unwrap();
    assert_eq!(
        words(&mut client, "CONFIG GET auto-aof-rewrite-min-size"),
        "auto-aof-rewrite-min-size 102400"
    );
    let value = "v".repeat(1000);
    for rewrites in 1..4 {
        let want = rewrites.to_string();
        until(&mut client, "a rewrite", |client| {
            call(client, &format!("SET key {value}"));
            info(client, "aof_rewrites") == want
        });
    }
    call(&mut client, "CONFIG SET auto-aof-rewrite-percentage 0");
    calm(&mut client);
    rewrite(&mut client);
    assert!(sizes(dir.path()) < 2_000, "{}", sizes(dir.path()));
    let done = info(&mut client, "aof_rewrites");
    for _ in 0..2_000 {
        call(&mut client, &format!("SET key {value}"));
    }
    call(&mut client, "WAITAOF 1 0 0");
    assert_eq!(info(&mut client, "aof_rewrites"), done);
    assert!(sizes(dir.path()) > 2_000_000);
}

#[test]
fn what_cannot_be_rewritten_says_so() {
    let memory = Db::open(":memory:").unwrap();
    let error = call(&mut memory.client().unwrap(), "BGREWRITEAOF");
    assert!(
        error.as_error().unwrap().escape_ascii().to_string().contains("no append-only file"),
        "{error:?}"
    );

    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path()).unwrap();
    let mut client = db.client().unwrap();
    for n in 0..50_000 {
        call(&mut client, &format!("SET key:{n} a-value-of-some-length"));
    }
    // A copy that takes its time keeps the rewrite waiting, and ends as it should.
    let keys = db
        .backup(dir.path().join("copy.rdb"), |done, _| {
            if done == 0 {
                let mut client = db.client().unwrap();
                let reply = text(&mut client, "BGREWRITEAOF");
                assert!(reply.starts_with("Background append only"), "{reply}");
            }
            true
        })
        .unwrap();
    assert_eq!(keys, 50_000);
    calm(&mut client);
    // A directory that cannot be written to: the rewrite fails, nothing else does.
    let aside = dir.path().join("appendonlydir/appendonly.aof.2.base.rdb");
    let base = names(dir.path()).iter().filter(|name| name.ends_with("base.rdb")).count();
    std::fs::create_dir(&aside).unwrap();
    let before = digest(&mut client);
    call(&mut client, "BGREWRITEAOF");
    calm(&mut client);
    call(&mut client, "SET after 1");
    call(&mut client, "DEL after");
    assert!(base <= 1 && digest(&mut client) == before);
    drop(client);
    db.close().unwrap();
    std::fs::remove_dir(&aside).unwrap();
    assert_eq!(digest(&mut Db::open(dir.path()).unwrap().client().unwrap()), before);
    let error = Options::new().config("aof-use-rdb-preamble no").open(":memory:").map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Arg);
}

#[test]
fn saving_and_rewriting_take_turns() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path()).unwrap();
    let mut client = db.client().unwrap();
    for n in 0..200_000 {
        client.set(format!("key:{n}").as_bytes(), b"a value of some length").unwrap();
    }
    let replies =
        ["BGREWRITEAOF", "BGREWRITEAOF", "BGSAVE", "BGSAVE SCHEDULE"].map(|line| call(&mut client, line));
    if let [started, again, refused, scheduled] = &replies
        && info(&mut client, "aof_rewrite_in_progress") == "1"
    {
        assert_eq!(started.as_str().unwrap(), "Background append only file rewriting started");
        assert!(
            again.as_error().unwrap().escape_ascii().to_string().contains("already in progress"),
            "{again:?}"
        );
        assert!(
            refused.as_error().unwrap().escape_ascii().to_string().contains("Use BGSAVE SCHEDULE"),
            "{refused:?}"
        );
        assert_eq!(scheduled.as_str().unwrap(), "Background saving scheduled");
    }
    until(&mut client, "a save", |client| {
        info(client, "rdb_saves") != "0" || text(client, "BGSAVE").len() > 99
    });
    calm(&mut client);
    assert_eq!(text(&mut client, "BGSAVE"), "Background saving started");
    let reply = text(&mut client, "BGREWRITEAOF");
    assert!(reply.ends_with("started") || reply.ends_with("scheduled"), "{reply}");
    calm(&mut client);
    assert_eq!(info(&mut client, "aof_rewrites"), "2");
    // SAVE waits for a rewrite.
    assert_eq!(text(&mut client, "BGREWRITEAOF"), "Background append only file rewriting started");
    assert_eq!(text(&mut client, "SAVE"), "OK");
    calm(&mut client);
}

#[test]
fn one_can_go_back_to_a_moment() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::manual(1_700_000_000_000);
    let options = |config: &str| Options::new().config(config).clock(clock.clone());
    let db = options("aof-timestamp-enabled yes").open(dir.path()).unwrap();
    let mut client = db.client().unwrap();
    call(&mut client, "SET balance 100");
    clock.advance_ms(60_000);
    call(&mut client, "INCRBY balance 11");
    clock.advance_ms(60_000);
    call(&mut client, "FLUSHALL");
    drop(client);
    db.close().unwrap();
    // A moment before there was anything to go back to is an error once there is a base.
    let db = options("aof-load-until 1700000090").open(dir.path()).unwrap();
    let mut client = db.client().unwrap();
    assert_eq!(text(&mut client, "GET balance"), "111");
    assert_eq!(words(&mut client, "CONFIG GET aof-load-until"), "aof-load-until 1700000090");
    call(&mut client, "INCR balance");
    rewrite(&mut client);
    drop(client);
    db.close().unwrap();
    assert!(
        names(dir.path()).iter().any(|name| name.ends_with(".after-1700000090")),
        "{:?}",
        names(dir.path())
    );
    let db = options("").open(dir.path()).unwrap();
    assert_eq!(text(&mut db.client().unwrap(), "GET balance"), "112");
    db.close().unwrap();
    let error = options("aof-load-until 1700000001").open(dir.path()).map(|_| ()).unwrap_err();
    assert!(error.message().contains("this base is of a later time"), "{error}");
    let error = options("aof-load-until yesterday").open(dir.path()).map(|_| ()).unwrap_err();
    assert!(error.message().contains("aof-load-until"), "{error}");
}

#[test]
fn waitaof_is_a_promise() {
    let dir = tempfile::tempdir().unwrap();
    let db = Options::new().config("appendfsync no").open(dir.path()).unwrap();
    let mut client = db.client().unwrap();
    call(&mut client, "SET k v");
    assert_eq!(words(&mut client, "WAITAOF 1 0 0"), "1 0");
    assert!(sizes(dir.path()) > 0);
    // A replica that is waited for in vain, until somebody says that it is enough.
    let interrupter = client.interrupter();
    let waiting = std::thread::spawn(move || client.command(&["WAITAOF", "1", "1", "0"]));
    let deadline = Instant::now() + Duration::from_secs(30);
    while !waiting.is_finished() {
        interrupter.interrupt();
        assert!(Instant::now() < deadline);
        std::thread::yield_now();
    }
    assert_eq!(waiting.join().unwrap().unwrap_err().kind(), ErrorKind::Interrupted);
}
