//! Snapshots: exact while writers go on, the same data in real servers and back, and nothing lost when one fails.

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
use common::program::Rng as ProgramRng;
use common::programs;
use common::resp::{Conn, RespValue};
use kit::{call, int, run, seed, text};
use lodger::{Client, Db, ErrorKind, Options};

/// Waits for the end of a background snapshot; its status.
fn wait_for_save(client: &mut Client) -> String {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let info = text(client, "INFO persistence");
        if info.contains("rdb_bgsave_in_progress:0") {
            let line = info.lines().find_map(|l| l.strip_prefix("rdb_last_bgsave_status:"));
            return line.unwrap().trim().to_owned();
        }
        assert!(Instant::now() < deadline, "the snapshot does not end");
        std::thread::yield_now();
    }
}

#[test]
fn a_snapshot_is_one_instant_of_many_writers() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("live.rdb");
    let db = Db::open(&file).unwrap();
    let mut client = db.client().unwrap();
    for n in 0..20_000 {
        run(&mut client, &[b"SET", format!("still:{n}").as_bytes(), b"a value of some length"]);
    }
    for n in 0..3000 {
        call(&mut client, &format!("RPUSH list {n}"));
        call(&mut client, &format!("HSET hash field{n} {n}"));
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
                    // Two keys that are equal in every instant, and values that are changed, removed and made.
                    call(&mut client, &format!("MSET a:{w} {n} b:{w} {n}"));
                    call(&mut client, "LMOVE list list LEFT RIGHT");
                    call(&mut client, &format!("HINCRBY hash sum {n}"));
                    call(&mut client, &format!("SET young:{w}:{n} x"));
                    call(&mut client, &format!("DEL young:{w}:{}", n.saturating_sub(50)));
                    call(&mut client, &format!("SET still:{} changed", n % 20_000));
                }
                n
            })
        })
        .collect();
    let mut copies = Vec::new();
    for n in 0..6 {
        let path = dir.path().join(format!("copy{n}.rdb"));
        let mut calls = 0;
        let keys = db
            .backup(&path, |done, all| {
                calls += 1;
                assert!(done <= all);
                true
            })
            .unwrap();
        assert!(keys >= 20_002 && calls > 0);
        copies.push((path, keys));
    }
    assert_eq!(text(&mut client, "BGSAVE"), "Background saving started");
    assert_eq!(wait_for_save(&mut client), "ok");
    stop.store(true, Ordering::Relaxed);
    let last: Vec<u64> = writers.into_iter().map(|w| w.join().unwrap()).collect();
    let mut before = [0; 4];
    for (path, keys) in &copies {
        let copy = Db::open(path).unwrap();
        let mut client = copy.client().unwrap();
        assert_eq!(int(&mut client, "DBSIZE"), i64::try_from(*keys).unwrap());
        assert_eq!(int(&mut client, "LLEN list"), 3000, "no element is missing or there twice");
        for (w, seen) in before.iter_mut().enumerate() {
            let (a, b) = (text(&mut client, &format!("GET a:{w}")), text(&mut client, &format!("GET b:{w}")));
            assert_eq!(a, b, "writer {w}: one instant");
            if a != "nil" {
                let n: u64 = a.parse().unwrap();
                assert!(*seen <= n && n <= last[w], "copies follow each other");
                *seen = n;
            }
        }
        copy.close().unwrap();
    }
    // Saved at close, and whole at the next open.
    let keys = int(&mut client, "DBSIZE");
    drop(client);
    db.close().unwrap();
    let again = Db::open(&file).unwrap();
    assert_eq!(int(&mut again.client().unwrap(), "DBSIZE"), keys);
}

#[test]
fn what_a_kill_left_half_written_goes_at_the_next_open_and_nothing_else_does() {
    let dir = tempfile::tempdir().unwrap();
    let names = [
        ("temp-0123456789abcdef-live.rdb", false),
        ("temp-0123456789abcdef-other.rdb", true),
        ("temp-0123456789abcdeg-live.rdb", true),
        ("temp-77.rdb", true),
        ("temp-live.rdb", true),
    ];
    let put = || names.iter().for_each(|(name, _)| std::fs::write(dir.path().join(name), "REDIS").unwrap());
    let look = || {
        for (name, stays) in names {
            assert_eq!(dir.path().join(name).exists(), stays, "{name}");
        }
    };
    put();
    let db = Db::open(dir.path().join("live.rdb")).unwrap();
    look();
    db.close().unwrap();
    // Beside an append-only file it is the place that SAVE writes to.
    put();
    let db = Options::new().config("dbfilename live.rdb\n").open(dir.path()).unwrap();
    look();
    db.close().unwrap();
}

#[test]
#[cfg(unix)]
fn a_snapshot_file_is_one_database_whatever_links_lead_to_it() {
    use std::os::unix::fs::symlink;
    let dir = tempfile::tempdir().unwrap();
    let (real, link) = (dir.path().join("real"), dir.path().join("link"));
    std::fs::create_dir(&real).unwrap();
    std::fs::create_dir(&link).unwrap();
    symlink("../link/second.rdb", real.join("first.rdb")).unwrap();
    symlink("../real/file.rdb", link.join("second.rdb")).unwrap();
    // The link leads to nothing yet.
    let db = Db::open(real.join("first.rdb")).unwrap();
    call(&mut db.client().unwrap(), "SET k v");
    for name in [real.join("file.rdb"), link.join("second.rdb"), real.join("first.rdb")] {
        assert_eq!(Db::open(&name).err().unwrap().kind(), ErrorKind::Locked, "{}", name.display());
    }
    db.close().unwrap();
    assert!(link.join("second.rdb").is_symlink() && !real.join("file.rdb").is_symlink());
    let db = Db::open(real.join("file.rdb")).unwrap();
    assert_eq!(text(&mut db.client().unwrap(), "GET k"), "v");
    db.close().unwrap();
    symlink("circle.rdb", dir.path().join("circle.rdb")).unwrap();
    let error = Db::open(dir.path().join("circle.rdb")).err().unwrap();
    assert!(error.message().contains("circle.rdb") && error.kind() == ErrorKind::Io, "{error:?}");
}

/// Makes one command of a family.
type Commands = fn(&mut ProgramRng) -> Vec<Vec<u8>>;

/// Fills with every type, small and large, by the random programs of all families and some large values.
fn fill(mut take: impl FnMut(&[Vec<u8>]), newer: bool) {
    let mut rng = ProgramRng::new(seed("fill"));
    let families: &[Commands] = &[
        programs::bitmap::command,
        programs::geo::command,
        programs::hash::command,
        programs::hyperloglog::command,
        programs::list::command,
        programs::set::command,
        programs::stream::command,
        programs::zset::command,
    ];
    for family in families {
        (0..700).for_each(|_| take(&family(&mut rng)));
    }
    let mut line = |text: &str| take(&text.split(' ').map(|w| w.as_bytes().to_vec()).collect::<Vec<_>>());
    for n in 0..1500 {
        line(&format!("RPUSH large:list element:{n}"));
        line(&format!("SADD large:set member:{n}"));
        line(&format!("SADD large:ints {}", n * 7));
        line(&format!("HSET large:hash field:{n} value:{n}"));
        line(&format!("ZADD large:zset {} member:{n}", f64::from(n) / 3.0));
        line(&format!("XADD large:stream {}-1 field {n} other text", n + 1));
    }
    line("XGROUP CREATE large:stream group 0");
    line("XREADGROUP GROUP group me COUNT 100 STREAMS large:stream >");
    line("XDEL large:stream 3-1 7-1");
    line(&format!("SET large:text {}", "abc".repeat(40_000)));
    line("SET lasting 1 PXAT 33177117420000");
    line("SELECT 3");
    line("SET elsewhere -12345678901");
    line("SELECT 0");
    if newer {
        line("HPEXPIREAT large:hash 33177117420000 FIELDS 2 field:1 field:2");
        line("HSET small:hash a 1 b 2");
        line("HPEXPIREAT small:hash 33177117420000 FIELDS 1 a");
    }
}

/// Whether a value can be told to be the same by digest, encoding and expiry.
fn faces(keys: &[Vec<u8>], digests: bool, mut ask: impl FnMut(&[Vec<u8>]) -> String) -> Vec<String> {
    let words = |line: &str| line.split(' ').map(|w| w.as_bytes().to_vec()).collect::<Vec<_>>();
    keys.iter()
        .map(|key| {
            let name = String::from_utf8_lossy(key).into_owned();
            let mut about = |line: &str| ask(&[words(line), vec![key.clone()]].concat());
            let (kind, expiry) = (about("TYPE"), about("PEXPIRETIME"));
            // Newer servers digest another text of a score, so scores are compared as numbers there.
            let value = if kind == "zset" && !digests {
                let range = ["ZRANGE", "", "0", "-1", "WITHSCORES"];
                let mut argv: Vec<Vec<u8>> = range.iter().map(|w| w.as_bytes().to_vec()).collect();
                argv[1].clone_from(key);
                let told = ask(&argv);
                let number = |word: &str| word.parse::<f64>().map_or(word.to_owned(), |n| format!("{n:e}"));
                told.split('\x01').map(number).collect::<Vec<_>>().join(" ")
            } else {
                ask(&[words("DEBUG DIGEST-VALUE"), vec![key.clone()]].concat())
            };
            format!("{name}: {kind} {expiry} {value}")
        })
        .collect()
}

fn ask_us(client: &mut Client, argv: &[Vec<u8>]) -> String {
    let argv: Vec<&[u8]> = argv.iter().map(Vec::as_slice).collect();
    let reply = run(client, &argv);
    match (reply.as_int(), reply.as_str()) {
        (Some(n), _) => n.to_string(),
        (_, Some(text)) => text.to_owned(),
        _ => {
            // The tree has pairs of member and score.
            let flat = |e: &lodger::Reply| match e.elements() {
                [] => word(e),
                pair => pair.iter().map(word).collect::<Vec<_>>().join("\x01"),
            };
            reply.elements().iter().map(flat).collect::<Vec<_>>().join("\x01")
        }
    }
}

fn word(reply: &lodger::Reply) -> String {
    match (reply.as_f64(), reply.as_bytes()) {
        (_, Some(text)) => String::from_utf8_lossy(text).into_owned(),
        (Some(n), _) => n.to_string(),
        _ => String::new(),
    }
}

fn ask_them(conn: &mut Conn, argv: &[Vec<u8>]) -> String {
    fn plain(value: RespValue) -> String {
        match value {
            RespValue::Int(n) => n.to_string(),
            RespValue::Array(items) => items.into_iter().map(plain).collect::<Vec<_>>().join("\x01"),
            other => String::from_utf8_lossy(other.bytes().unwrap_or_default()).into_owned(),
        }
    }
    plain(conn.command(argv).unwrap())
}

fn our_keys(client: &mut Client) -> Vec<Vec<u8>> {
    let mut keys: Vec<Vec<u8>> =
        call(client, "KEYS *").elements().iter().map(|k| k.as_bytes().unwrap().to_vec()).collect();
    keys.sort();
    keys
}

fn server_arguments(dir: &Path) -> [&str; 8] {
    [
        "--dir",
        dir.to_str().unwrap(),
        "--dbfilename",
        "dump.rdb",
        "--save",
        "",
        "--enable-debug-command",
        "yes",
    ]
}

fn servers_load_ours(which: Which, newer: bool) {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path().join("dump.rdb")).unwrap();
    let mut client = db.client().unwrap();
    fill(
        |argv| {
            let argv: Vec<&[u8]> = argv.iter().map(Vec::as_slice).collect();
            client.command(&argv).unwrap();
        },
        newer,
    );
    assert_eq!(text(&mut client, "SAVE"), "OK");
    // Both have loaded the file then.
    assert_eq!(text(&mut client, "DEBUG RELOAD NOSAVE"), "OK");
    let keys = our_keys(&mut client);
    assert!(keys.len() > 40, "{} keys", keys.len());
    let ours = faces(&keys, which == Which::Redis7, |argv| ask_us(&mut client, argv));
    let Some(server) =
        start_with(which, "a server loads a snapshot of lodger's", &server_arguments(dir.path()))
    else {
        return;
    };
    let mut conn = server.connect().unwrap();
    let theirs = faces(&keys, which == Which::Redis7, |argv| ask_them(&mut conn, argv));
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours, theirs, "{which:?}");
    }
    assert_eq!(conn.call(&["DBSIZE"]).unwrap(), RespValue::Int(i64::try_from(keys.len()).unwrap()));
}

fn we_load_theirs(which: Which, newer: bool) {
    let dir = tempfile::tempdir().unwrap();
    let what = "lodger loads a server's snapshot";
    let Some(server) = start_with(which, what, &server_arguments(dir.path())) else { return };
    let mut conn = server.connect().unwrap();
    fill(
        |argv| {
            conn.command(argv).unwrap();
        },
        newer,
    );
    assert_eq!(conn.call(&["SAVE"]).unwrap(), RespValue::Status(b"OK".to_vec()));
    // Both have loaded the file then: a small sorted set that was a skiplist becomes a listpack, its -0 a 0.
    assert_eq!(conn.call(&["DEBUG", "RELOAD", "NOSAVE"]).unwrap(), RespValue::Status(b"OK".to_vec()));
    let db = Db::open(dir.path().join("dump.rdb")).unwrap();
    let mut client = db.client().unwrap();
    let keys = our_keys(&mut client);
    assert_eq!(conn.call(&["DBSIZE"]).unwrap(), RespValue::Int(i64::try_from(keys.len()).unwrap()));
    let ours = faces(&keys, which == Which::Redis7, |argv| ask_us(&mut client, argv));
    let theirs = faces(&keys, which == Which::Redis7, |argv| ask_them(&mut conn, argv));
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours, theirs, "{which:?}");
    }
    // What was loaded can be changed like anything else.
    fill(
        |argv| {
            let argv: Vec<&[u8]> = argv.iter().map(Vec::as_slice).collect();
            client.command(&argv).unwrap();
        },
        newer,
    );
}

/// An append-only directory whose base is an RDB file.
fn we_load_their_directory(which: Which) {
    let dir = tempfile::tempdir().unwrap();
    let arguments =
        [&server_arguments(dir.path())[..], &["--appendonly", "yes", "--appendfsync", "always"]].concat();
    let Some(server) = start_with(which, "lodger loads a server's directory with an RDB base", &arguments)
    else {
        return;
    };
    let mut conn = server.connect().unwrap();
    fill(
        |argv| {
            conn.command(argv).unwrap();
        },
        false,
    );
    conn.call(&["BGREWRITEAOF"]).unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let info = conn.call(&["INFO", "persistence"]).unwrap();
        let info = String::from_utf8_lossy(info.bytes().unwrap()).into_owned();
        if info.contains("aof_rewrite_in_progress:0") && info.contains("aof_rewrite_scheduled:0") {
            break;
        }
        assert!(Instant::now() < deadline, "the rewrite does not end");
        std::thread::yield_now();
    }
    conn.call(&["RPUSH", "large:list", "after the rewrite"]).unwrap();
    let keys: Vec<Vec<u8>> = {
        let reply = conn.call(&["KEYS", "*"]).unwrap().into_items().unwrap();
        reply.iter().map(|k| k.bytes().unwrap().to_vec()).collect()
    };
    // As it stands after loading the same directory.
    assert_eq!(conn.call(&["DEBUG", "LOADAOF"]).unwrap(), RespValue::Status(b"OK".to_vec()));
    let theirs = faces(&keys, which == Which::Redis7, |argv| ask_them(&mut conn, argv));
    drop(server);
    let db = Db::open(dir.path()).unwrap();
    let mut client = db.client().unwrap();
    let ours = faces(&keys, which == Which::Redis7, |argv| ask_us(&mut client, argv));
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours, theirs, "{which:?}");
    }
    assert_eq!(int(&mut client, "DBSIZE"), i64::try_from(keys.len()).unwrap());
}

#[test]
fn redis_7_loads_ours() {
    servers_load_ours(Which::Redis7, false);
}

#[test]
fn valkey_8_loads_ours() {
    servers_load_ours(Which::Valkey8, false);
}

#[test]
fn redis_8_loads_ours() {
    servers_load_ours(Which::Redis8, true);
}

#[test]
fn we_load_redis_7() {
    we_load_theirs(Which::Redis7, false);
    we_load_their_directory(Which::Redis7);
}

#[test]
fn we_load_valkey_8() {
    we_load_theirs(Which::Valkey8, false);
    we_load_their_directory(Which::Valkey8);
}

#[test]
fn we_load_redis_8() {
    we_load_theirs(Which::Redis8, true);
    we_load_their_directory(Which::Redis8);
}

#[test]
fn what_cannot_be_saved_says_so() {
    let dir = tempfile::tempdir().unwrap();
    // In memory there is nowhere to save to, but a copy can be made.
    let db = Db::open("").unwrap();
    let mut client = db.client().unwrap();
    call(&mut client, "SET k v");
    assert!(text(&mut client, "SAVE").starts_with("ERR a database in memory has no file"));
    assert!(text(&mut client, "BGSAVE").starts_with("ERR a database in memory has no file"));
    let copy = dir.path().join("copy.rdb");
    assert_eq!(db.backup(&copy, |_, _| true).unwrap(), 1);
    // Somebody else's file stays what it is; a directory, too.
    let foreign = dir.path().join("foreign.txt");
    std::fs::write(&foreign, "not a snapshot").unwrap();
    let error = db.backup(&foreign, |_, _| true).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Arg);
    assert!(
        error.message().contains("foreign.txt") && error.message().contains("not overwritten"),
        "{error}"
    );
    assert_eq!(std::fs::read(&foreign).unwrap(), b"not a snapshot");
    assert_eq!(db.backup(dir.path(), |_, _| true).unwrap_err().kind(), ErrorKind::Arg);
    let error = db.backup(dir.path().join("no/such/place.rdb"), |_, _| true).unwrap_err();
    assert!(error.kind() == ErrorKind::Io && error.message().contains("place.rdb"), "{error}");
    // Cancelled: the copy of before stays.
    let before = std::fs::read(&copy).unwrap();
    (0..20_000).for_each(|n| drop(call(&mut client, &format!("SET k{n} v"))));
    let error = db.backup(&copy, |_, _| false).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert_eq!(std::fs::read(&copy).unwrap(), before);
    assert_eq!(db.backup(&copy, |_, _| true).unwrap(), 20_001, "a cancelled one leaves the next one whole");
    // Another version, another thing, damage.
    for (bytes, part) in [
        (&b"REDIS9999 and so on"[..], "newer"),
        (b"something else", "not an RDB file"),
        (b"", "not an RDB file"),
        (b"REDIS0010\xfe\x00\x00\x01k", "byte"),
    ] {
        let path = dir.path().join("bad.rdb");
        std::fs::write(&path, bytes).unwrap();
        let error = Db::open(&path).err().unwrap();
        assert!(error.message().contains("bad.rdb") && error.message().contains(part), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "what cannot be read is left alone");
    }
    // Two at once on one file.
    let first = Db::open(&copy).unwrap();
    let error = Db::open(&copy).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Locked);
    first.close().unwrap();
    Db::open(&copy).unwrap();
}

#[test]
fn save_points_save_by_themselves() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("points.rdb");
    let db = Options::new().config("save \"1 5\"\nhz 100\n").open(&file).unwrap();
    let mut client = db.client().unwrap();
    let first = int(&mut client, "LASTSAVE");
    (0..10).for_each(|n| drop(call(&mut client, &format!("SET k{n} v"))));
    assert!(text(&mut client, "INFO persistence").contains("rdb_changes_since_last_save:10"));
    let deadline = Instant::now() + Duration::from_secs(30);
    while int(&mut client, "LASTSAVE") == first {
        assert!(Instant::now() < deadline, "the save point does nothing");
        std::thread::yield_now();
    }
    assert_eq!(wait_for_save(&mut client), "ok");
    assert!(text(&mut client, "INFO persistence").contains("rdb_changes_since_last_save:0"));
    let saved = std::fs::read(&file).unwrap();
    assert!(saved.starts_with(b"REDIS0010"));
    // Where saving fails, writes are refused, reads are not, and it ends when saving works again.
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    (0..10).for_each(|n| drop(call(&mut client, &format!("SET k{n} w"))));
    let deadline = Instant::now() + Duration::from_secs(30);
    while !text(&mut client, "SET k x").starts_with("MISCONF") {
        assert!(Instant::now() < deadline, "writes are not refused");
        std::thread::yield_now();
    }
    assert_eq!(text(&mut client, "GET k1"), "w");
    assert!(client.set(b"k", b"x").unwrap_err().message().starts_with("MISCONF"));
    std::fs::remove_dir(&file).unwrap();
    assert_eq!(text(&mut client, "SAVE"), "OK");
    assert_eq!(text(&mut client, "SET k x"), "OK");
    db.close().unwrap();
    assert_eq!(text(&mut Db::open(&file).unwrap().client().unwrap(), "GET k"), "x");
}

#[test]
fn info_tells_how_far_a_snapshot_is() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open("").unwrap();
    let mut client = db.client().unwrap();
    call(&mut client, "DEBUG POPULATE 20000");
    let mut other = db.client().unwrap();
    let mut seen = Vec::new();
    let keys = db.backup(dir.path().join("copy.rdb"), |done, all| {
        let mut field = |name| kit::info(&mut other, name);
        if all > 0 {
            seen.push((done, field("current_save_keys_processed"), field("current_save_keys_total")));
        }
        true
    });
    assert_eq!(keys.unwrap(), 20_000);
    assert!(seen.len() > 3, "{seen:?}");
    assert!(seen.iter().all(|(done, told, all)| done == told && *all == 20_000), "{seen:?}");
    for field in ["current_save_keys_processed", "current_save_keys_total", "current_cow_size"] {
        assert_eq!(kit::info(&mut other, field), 0, "{field}");
    }
}
