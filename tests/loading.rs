//! Loading: files of real servers, what other clients see meanwhile, and what is left when a file is damaged.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test code: stops at the first surprise, makes and damages files"
)]

mod common;

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use common::oracle::{Which, start_with};
use lodger::{Client, Db, Options, Reply};

fn text(reply: &Reply) -> String {
    reply
        .as_bytes()
        .or_else(|| reply.as_error())
        .map_or_else(|| format!("{reply:?}"), |bytes| String::from_utf8_lossy(bytes).into_owned())
}

fn call(client: &mut Client, line: &str) -> Reply {
    client.command(&line.split(' ').collect::<Vec<_>>()).unwrap()
}

fn ok(client: &mut Client, line: &str) {
    let reply = call(client, line);
    assert!(reply.as_error().is_none(), "{line}: {reply:?}");
}

fn digest(client: &mut Client) -> String {
    text(&call(client, "DEBUG DIGEST"))
}

/// The n-th call of a data set of every type.
fn filling(n: usize) -> Vec<String> {
    let k = n / 10;
    let line = match n % 10 {
        0 => format!("SET s{k} value-{k}-{}", "abc".repeat(k % 40)),
        1 => format!("SET i{k} {k}"),
        2 => format!("RPUSH l{} a{k} {k} {}", k % 3000, "x".repeat(k % 100)),
        3 => format!("SADD ints{} {k} {}", k % 2000, k * 7),
        4 => format!("SADD set{} m{k} {k}", k % 2000),
        5 => format!("HSET h{} f{k} {k} g{} v", k % 2000, k % 9),
        6 => format!("ZADD z{} {k}.5 m{k} 3 same", k % 2000),
        7 => format!("XADD x{} {}-1 f v{k}", k % 500, k + 1),
        8 => format!("SET t{k} {k} PXAT 33177117420000"),
        _ => format!("ZADD bigzset {k} member:{k}"),
    };
    line.split(' ').map(str::to_owned).collect()
}

const CALLS: usize = 200_000;

fn fill(client: &mut Client, calls: usize) {
    for n in 0..calls {
        let reply = client.command(&filling(n)).unwrap();
        assert!(reply.as_error().is_none(), "{:?}: {reply:?}", filling(n));
    }
}

fn a_servers_file(which: Which) {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().to_str().unwrap();
    let Some(server) = start_with(which, "a file of a server is loaded", &["--dir", place]) else { return };
    let mut conn = server.connect().unwrap();
    for n in 0..CALLS {
        let argv: Vec<Vec<u8>> = filling(n).into_iter().map(String::into_bytes).collect();
        let reply = conn.command(&argv).unwrap();
        assert!(!reply.is_error(), "{reply:?}");
    }
    conn.call(&["SAVE"]).unwrap();
    let theirs = conn.call(&["DEBUG", "DIGEST"]).unwrap();
    let common::resp::RespValue::Status(theirs) = theirs else { panic!("{theirs:?}") };
    let theirs = String::from_utf8(theirs).unwrap();
    drop(server);
    let file = dir.path().join("dump.rdb");
    assert!(fs::metadata(&file).unwrap().len() > 2 << 20, "so small a file is read by one thread");
    let db = Db::open(&file).unwrap();
    let mut client = db.client().unwrap();
    let ours = digest(&mut client);
    assert_eq!(theirs, ours);
    ok(&mut client, "DEBUG RELOAD");
    assert_eq!(digest(&mut client), ours);
    let info = text(&call(&mut client, "INFO persistence"));
    assert!(
        info.contains("\r\nloading:0\r\n") && info.contains("rdb_last_load_keys_expired:0\r\n"),
        "{info}"
    );
    assert!(
        !info.contains("loading_start_time") && !info.contains("rdb_last_load_keys_loaded:0\r\n"),
        "{info}"
    );
}

#[test]
fn a_file_of_redis_7() {
    a_servers_file(Which::Redis7);
}

#[test]
fn a_file_of_valkey_8() {
    a_servers_file(Which::Valkey8);
}

#[test]
fn a_file_of_redis_8() {
    a_servers_file(Which::Redis8);
}

#[test]
fn a_damaged_file_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.rdb");
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&lines);
    let db =
        Options::new().log(move |_, line| sink.lock().unwrap().push(line.to_owned())).open(&file).unwrap();
    let mut client = db.client().unwrap();
    assert_eq!(text(&call(&mut client, "DEBUG RELOAD NOSAVE")), "ERR Error trying to load the RDB dump");
    fill(&mut client, 100_000);
    ok(&mut client, "SAVE");
    let good = fs::read(&file).unwrap();
    ok(&mut client, "SET only here");
    let before = digest(&mut client);
    let used = |client: &mut Client| {
        let info = text(&call(client, "INFO memory"));
        info.lines().find_map(|l| l.strip_prefix("used_memory:")).unwrap().parse::<i64>().unwrap()
    };
    let memory = used(&mut client);
    for at in [good.len() / 3, good.len() / 2, good.len() - 4] {
        let mut bad = good.clone();
        bad[at] ^= 0xff;
        fs::write(&file, &bad).unwrap();
        let answer = text(&call(&mut client, "DEBUG RELOAD NOSAVE"));
        assert!(
            answer.starts_with("ERR Error trying to load the RDB dump: ") && answer.contains("byte"),
            "{answer}"
        );
        assert_eq!(digest(&mut client), before);
        // The same that opening the file says.
        let copy = dir.path().join("b.rdb");
        fs::write(&copy, &bad).unwrap();
        let error = Db::open(&copy).err().unwrap().to_string();
        let tail = |text: &str| text.rsplit(".rdb: ").next().unwrap().to_owned();
        assert_eq!(tail(&error), tail(&answer));
    }
    assert!((used(&mut client) - memory).abs() < memory / 10, "{memory} and {}", used(&mut client));
    // What is only in the file's checksum can be let pass.
    ok(&mut client, "DEBUG SET-SKIP-CHECKSUM-VALIDATION 1");
    ok(&mut client, "DEBUG RELOAD NOSAVE");
    ok(&mut client, "DEBUG SET-SKIP-CHECKSUM-VALIDATION 0");
    assert!(client.get(b"only").unwrap().is_none());
    assert!(lines.lock().unwrap().iter().any(|line| line.contains("not reloaded")));
}

#[test]
fn keys_that_are_there_twice() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path().join("a.rdb")).unwrap();
    let mut client = db.client().unwrap();
    ok(&mut client, "SET a file");
    ok(&mut client, "SAVE");
    ok(&mut client, "SET a memory");
    ok(&mut client, "SET b memory");
    let answer = text(&call(&mut client, "DEBUG RELOAD NOSAVE NOFLUSH"));
    assert!(answer.contains("the key 'a' is there already"), "{answer}");
    assert_eq!(client.get(b"a").unwrap().unwrap(), b"memory");
    ok(&mut client, "DEBUG RELOAD NOSAVE NOFLUSH MERGE");
    assert_eq!(client.get(b"a").unwrap().unwrap(), b"file");
    assert_eq!(client.get(b"b").unwrap().unwrap(), b"memory");
    ok(&mut client, "DEBUG RELOAD NOSAVE");
    assert!(client.get(b"b").unwrap().is_none());
}

/// What another thread sees of a reload: refusals, and how far it is.
#[test]
fn others_are_told_meanwhile() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path().join("a.rdb")).unwrap();
    let mut client = db.client().unwrap();
    ok(&mut client, "DEBUG POPULATE 300000");
    let (done, before) = (AtomicBool::new(false), digest(&mut client));
    let (refused, shown) = std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut other = db.client().unwrap();
            let (mut refused, mut shown) = (0, 0);
            while !done.load(Ordering::Relaxed) {
                let answer = call(&mut other, "GET key:1");
                if answer.as_error().is_some() {
                    assert_eq!(text(&answer), "LOADING Redis is loading the dataset in memory");
                    refused += 1;
                } else {
                    assert_eq!(text(&answer), "value:1");
                }
                match other.get(b"key:1") {
                    Ok(value) => assert_eq!(value.unwrap(), b"value:1"),
                    Err(error) => assert!(error.to_string().contains("LOADING"), "{error}"),
                }
                assert!(call(&mut other, "LASTSAVE").as_error().is_none());
                let info = text(&call(&mut other, "INFO"));
                let field = |name: &str| {
                    let line = info.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(':'));
                    line.map(|n| n.parse::<f64>().unwrap())
                };
                if let Some(total) = field("loading_total_bytes") {
                    assert_eq!(field("loading"), Some(1.0));
                    assert!(total > 1e6 && field("loading_loaded_bytes").unwrap() <= total, "{info}");
                    assert!(field("loading_loaded_perc").unwrap() <= 100.0);
                    assert!(
                        field("loading_start_time").unwrap() > 1.6e9
                            && field("loading_eta_seconds").is_some()
                    );
                    assert!(field("loading_rdb_used_mem").is_some() && field("async_loading") == Some(0.0));
                    shown += 1;
                }
            }
            (refused, shown)
        });
        for _ in 0..5 {
            ok(&mut client, "DEBUG RELOAD");
        }
        done.store(true, Ordering::Relaxed);
        watch.join().unwrap()
    });
    assert!(refused > 0 && shown > 0, "{refused} {shown}");
    assert_eq!(digest(&mut client), before);
}

/// Writers beside reloads: what was acknowledged is there.
#[test]
fn nothing_is_lost_to_a_reload() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path()).unwrap();
    let done = AtomicBool::new(false);
    let acknowledged = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..3)
            .map(|t| {
                let (db, done) = (&db, &done);
                scope.spawn(move || {
                    let (mut client, mut n) = (db.client().unwrap(), 0_u64);
                    while !done.load(Ordering::Relaxed) {
                        n += u64::from(client.set(format!("w{t}:{n}").as_bytes(), b"v").is_ok());
                    }
                    n
                })
            })
            .collect();
        let mut client = db.client().unwrap();
        for n in 0..20 {
            ok(&mut client, if n % 2 == 0 { "DEBUG RELOAD" } else { "DEBUG LOADAOF" });
        }
        done.store(true, Ordering::Relaxed);
        writers.into_iter().map(|w| w.join().unwrap()).sum::<u64>()
    });
    let mut client = db.client().unwrap();
    assert_eq!(call(&mut client, "DBSIZE").as_int().unwrap(), i64::try_from(acknowledged).unwrap());
    drop(client);
    db.close().unwrap();
    let db = Db::open(dir.path()).unwrap();
    let size = call(&mut db.client().unwrap(), "DBSIZE").as_int().unwrap();
    assert_eq!(size, i64::try_from(acknowledged).unwrap());
}

/// As a crash right after a reload would leave it: the file has the keys that came, and what was done to them.
#[test]
fn the_append_only_file_has_what_came() {
    for options in ["NOSAVE", "NOSAVE MERGE", "NOSAVE NOFLUSH MERGE"] {
        let dir = tempfile::tempdir().unwrap();
        let db = Options::new().config("appendfsync always").open(dir.path()).unwrap();
        let mut client = db.client().unwrap();
        for line in ["RPUSH k a", "SAVE", "DEL k", "SET k string"] {
            assert!(call(&mut client, line).as_error().is_none(), "{line}");
        }
        ok(&mut client, &format!("DEBUG RELOAD {options}"));
        assert_eq!(call(&mut client, "RPUSH k b").as_int(), Some(2), "{options}");
        let crashed = tempfile::tempdir().unwrap();
        let files = crashed.path().join("appendonlydir");
        fs::create_dir(&files).unwrap();
        for file in fs::read_dir(dir.path().join("appendonlydir")).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), files.join(file.file_name())).unwrap();
        }
        let after = Db::open(crashed.path()).unwrap();
        assert_eq!(call(&mut after.client().unwrap(), "LLEN k").as_int(), Some(2), "{options}");
    }
}

/// Where the append-only file cannot be told what came, nothing is written any more.
#[test]
fn a_reload_that_the_file_does_not_hear_of() {
    let dir = tempfile::tempdir().unwrap();
    let db = Options::new().config("appendfsync always").open(dir.path()).unwrap();
    let mut client = db.client().unwrap();
    for line in ["RPUSH k a", "SAVE", "DEL k", "SET k string"] {
        assert!(call(&mut client, line).as_error().is_none(), "{line}");
    }
    // A directory stands where the new manifest would be written.
    let manifest = dir.path().join("appendonlydir/temp-appendonly.aof.manifest");
    fs::create_dir(&manifest).unwrap();
    let answer = text(&call(&mut client, "DEBUG RELOAD NOSAVE"));
    assert!(
        answer.starts_with("MISCONF rewriting the append-only file after DEBUG RELOAD failed"),
        "{answer}"
    );
    let error = client.set(b"k", b"v").unwrap_err();
    assert!(error.to_string().contains("after DEBUG RELOAD"), "{error}");
    drop(client);
    assert!(db.close().is_err());
    fs::remove_dir(&manifest).unwrap();
    let db = Db::open(dir.path()).unwrap();
    assert_eq!(db.client().unwrap().get(b"k").unwrap().unwrap(), b"string");
}

#[test]
fn the_append_only_file_once_more() {
    let memory = Db::open(Path::new("")).unwrap();
    let answer = text(&call(&mut memory.client().unwrap(), "DEBUG LOADAOF"));
    assert_eq!(answer, "ERR there is no append-only file to load");
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path()).unwrap();
    let mut client = db.client().unwrap();
    fill(&mut client, 20_000);
    ok(&mut client, "SELECT 2");
    ok(&mut client, "SET other 1 PX 1");
    ok(&mut client, "SELECT 0");
    let before = digest(&mut client);
    ok(&mut client, "DEBUG LOADAOF");
    ok(&mut client, "DEBUG LOADAOF ignored");
    let after = digest(&mut client);
    ok(&mut client, "SELECT 2");
    assert!(after == before || call(&mut client, "DBSIZE").as_int() == Some(0));
}

/// When close has returned nobody writes to the directory any more, whatever was under way.
#[test]
fn close_waits_for_a_reload() {
    let dir = tempfile::tempdir().unwrap();
    let files = || {
        let names = fs::read_dir(dir.path().join("appendonlydir")).unwrap().map(|file| file.unwrap());
        let mut all: Vec<_> = names.map(|file| (file.file_name(), file.metadata().unwrap().len())).collect();
        all.sort();
        all
    };
    for round in 0..5 {
        let db = Db::open(dir.path()).unwrap();
        let mut client = db.client().unwrap();
        ok(&mut client, &format!("DEBUG POPULATE {} r{round}", 20_000 * (round + 1)));
        ok(&mut client, "SAVE");
        let keys = call(&mut client, "DBSIZE").as_int();
        let begun = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let reload = scope.spawn(|| {
                let mut other = db.client().unwrap();
                begun.store(true, Ordering::Release);
                other.command(&["DEBUG", "RELOAD", "NOSAVE"]).is_ok()
            });
            while !begun.load(Ordering::Acquire) {
                std::thread::yield_now();
            }
            // Until it refuses others, or is over.
            while !reload.is_finished() && client.exists(b"none").is_ok() {}
            // What the rewrite could not finish is an error of close, not of the next open.
            let _ = db.close();
            let closed = files();
            let _ = reload.join().unwrap();
            assert_eq!(files(), closed, "round {round}");
        });
        drop(client);
        let db = Db::open(dir.path()).unwrap();
        assert_eq!(call(&mut db.client().unwrap(), "DBSIZE").as_int(), keys, "round {round}");
    }
}
