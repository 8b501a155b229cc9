//! The data directory is a Redis data directory: real servers load what we wrote, and we load what they wrote,
//! with the same keys, values and times to live.

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use common::oracle::{Oracle, Which, start_with};
use common::resp::RespValue;
use lodger::{Client, Db, Reply};

/// What a key holds: value and PEXPIRETIME.
type State = BTreeMap<(usize, Vec<u8>), (Vec<u8>, i64)>;

const DATABASES: usize = 16;

/// Commands of every kind that reaches the journal; the same for both sides.
fn program() -> Vec<Vec<Vec<u8>>> {
    let mut out: Vec<Vec<Vec<u8>>> = Vec::new();
    let mut call = |line: &str| out.push(line.split(' ').map(|w| w.as_bytes().to_vec()).collect());
    for i in 0..500 {
        call(&format!("SET key:{i} value-{i}"));
    }
    for line in [
        "MSET a 1 b 2 c 3",
        "INCRBY a 41",
        "INCRBYFLOAT b 0.1",
        "APPEND c tail",
        "SETRANGE key:1 3 XYZ",
        "SET volatile 1 EX 100000",
        "SET later 1 PXAT 33177117420000",
        "EXPIRE key:2 100000",
        "GETEX key:2 PERSIST",
        "PEXPIRE key:3 100000000",
        "SET gone 1 PX 1",
        "DEL key:4 key:5",
        "GETDEL key:6",
        "RENAME key:7 renamed",
        "COPY key:8 copied",
        "SELECT 3",
        "SET other 3",
        "MOVE other 5",
        "SET stays 3",
        "COPY stays elsewhere DB 2",
        "SWAPDB 3 4",
        "SELECT 9",
        "SET flushed 1",
        "FLUSHDB",
        "SELECT 0",
        "EXPIRE key:9 -1",
    ] {
        call(line);
    }
    out.push(vec![b"SET".to_vec(), b"binary\0\r\n\xff".to_vec(), (0..=255).collect()]);
    out.push(vec![b"SET".to_vec(), b"long".to_vec(), vec![b'x'; 200_000]]);
    out
}

/// The key that expires in a millisecond may be seen by one side only.
fn lasts(key: &[u8]) -> bool {
    key != b"gone"
}

fn ours(client: &mut Client) -> State {
    let mut state = State::new();
    for db in 0..DATABASES {
        client.command(&["SELECT", &db.to_string()]).unwrap();
        let keys = client.command(&["KEYS", "*"]).unwrap();
        for key in keys.elements().iter().filter_map(Reply::as_bytes).filter(|k| lasts(k)) {
            let at = client.command(&[b"PEXPIRETIME", key]).unwrap().as_int().unwrap();
            let value = client.get(key).unwrap().unwrap().to_vec();
            state.insert((db, key.to_vec()), (value, at));
        }
    }
    state
}

fn theirs(server: &Oracle) -> State {
    let mut conn = server.connect().unwrap();
    let mut call = |argv: &[&[u8]]| {
        let argv: Vec<Vec<u8>> = argv.iter().map(|w| w.to_vec()).collect();
        conn.command(&argv).unwrap()
    };
    let mut state = State::new();
    for db in 0..DATABASES {
        call(&[b"SELECT", db.to_string().as_bytes()]);
        for key in call(&[b"KEYS", b"*"]).into_items().unwrap() {
            let key = key.bytes().unwrap().to_vec();
            if !lasts(&key) {
                continue;
            }
            let value = call(&[b"GET", &key]).bytes().unwrap().to_vec();
            let RespValue::Int(at) = call(&[b"PEXPIRETIME", &key]) else { panic!("PEXPIRETIME") };
            state.insert((db, key), (value, at));
        }
    }
    state
}

fn compare(what: &str, written: &State, read: &State) {
    assert!(written.len() > 490);
    for (key, value) in written {
        let name = String::from_utf8_lossy(&key.1).into_owned();
        let found = read.get(key).unwrap_or_else(|| panic!("{what}: db {} {name} is missing", key.0));
        assert_eq!(found, value, "{what}: db {} {name}", key.0);
    }
    assert_eq!(written.len(), read.len(), "{what}: keys that nobody wrote");
}

fn arguments(dir: &Path) -> [&str; 6] {
    let dir = dir.to_str().unwrap();
    ["--dir", dir, "--appendonly", "yes", "--aof-use-rdb-preamble", "no"]
}

fn a_server_loads_ours(which: Which) {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path()).unwrap();
    let mut client = db.client().unwrap();
    for argv in program() {
        let reply = client.command(&argv).unwrap();
        assert!(reply.as_error().is_none(), "{argv:?}: {reply:?}");
    }
    let written = ours(&mut client);
    db.close().unwrap();
    let Some(server) = start_with(which, "a server loads what lodger wrote", &arguments(dir.path())) else {
        return;
    };
    compare("loaded by a server", &written, &theirs(&server));
}

fn we_load_theirs(which: Which) {
    let dir = tempfile::tempdir().unwrap();
    let Some(server) = start_with(which, "lodger loads what a server wrote", &arguments(dir.path())) else {
        return;
    };
    let mut conn = server.connect().unwrap();
    for argv in program() {
        let reply = conn.command(&argv).unwrap();
        assert!(!reply.is_error(), "{argv:?}: {reply:?}");
    }
    let written = theirs(&server);
    // Rewritten once, so that a base file in RESP form is read as well.
    conn.call(&["BGREWRITEAOF"]).unwrap();
    let info = |conn: &mut common::resp::Conn| {
        let reply = conn.call(&["INFO", "persistence"]).unwrap();
        String::from_utf8_lossy(reply.bytes().unwrap()).into_owned()
    };
    let idle = ["aof_rewrite_in_progress:0", "aof_rewrite_scheduled:0"];
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !idle.iter().all(|field| info(&mut conn).contains(field)) {
        assert!(std::time::Instant::now() < deadline, "the rewrite does not end");
        std::thread::yield_now();
    }
    conn.call(&["SET", "after", "rewrite"]).unwrap();
    // Ends the server with everything on disk.
    conn.call(&["CONFIG", "SET", "appendfsync", "always"]).unwrap();
    conn.call(&["DEL", "after"]).unwrap();
    drop(server);
    let db = Db::open(dir.path()).unwrap();
    compare("loaded by lodger", &written, &ours(&mut db.client().unwrap()));
    db.close().unwrap();
}

#[test]
fn redis_7_loads_ours() {
    a_server_loads_ours(Which::Redis7);
}

#[test]
fn valkey_8_loads_ours() {
    a_server_loads_ours(Which::Valkey8);
}

#[test]
fn redis_8_loads_ours() {
    a_server_loads_ours(Which::Redis8);
}

#[test]
fn we_load_redis_7() {
    we_load_theirs(Which::Redis7);
}

#[test]
fn we_load_valkey_8() {
    we_load_theirs(Which::Valkey8);
}

#[test]
fn we_load_redis_8() {
    we_load_theirs(Which::Redis8);
}
