//! What a reviewer found once, each with a test that keeps it found.

use std::sync::{Arc, Mutex};

use lodger::{Db, ErrorKind, Options};

/// Resident bytes of this process.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

#[test]
fn replay_frees_what_it_unlinks() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path()).unwrap();
    let mut client = db.client().unwrap();
    let value = vec![b'x'; 1 << 20];
    for _ in 0..300 {
        client.set(b"k", &value).unwrap();
        client.command(&["UNLINK", "k"]).unwrap();
    }
    db.close().unwrap();
    drop((client, db));
    let before = resident();
    let db = Db::open(dir.path()).unwrap();
    assert!(resident() < before + (64 << 20), "{} after {before}", resident());
    assert_eq!(db.client().unwrap().command(&["DBSIZE"]).unwrap().as_int(), Some(0));
}

#[test]
fn more_databases_than_allowed_is_a_matter_of_configuration() {
    let dir = tempfile::tempdir().unwrap();
    let db = Options::new().config("databases 32").open(dir.path()).unwrap();
    let mut client = db.client().unwrap();
    client.command(&["SELECT", "20"]).unwrap();
    client.set(b"k", b"v").unwrap();
    db.close().unwrap();
    let error = Db::open(dir.path()).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Arg);
    assert!(error.message().contains("`databases`"), "{error}");
    Options::new().config("databases 32").open(dir.path()).unwrap();
}

#[test]
fn the_first_receiver_gets_what_opening_logged() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path()).unwrap();
    db.client().unwrap().set(b"k", b"v").unwrap();
    db.close().unwrap();
    let path = dir.path().join("appendonlydir/appendonly.aof.1.incr.aof");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.extend_from_slice(b"*3\r\n$3\r\nSET\r\n$1\r\n");
    std::fs::write(&path, bytes).unwrap();
    let db = Db::open(dir.path()).unwrap();
    let lines = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&lines);
    db.set_log(Some(Arc::new(move |_, line: &str| kept.lock().unwrap().push(line.to_owned()))));
    let lines = lines.lock().unwrap();
    assert!(lines.iter().any(|l| l.contains("appendonly.aof.1.incr.aof")), "{lines:?}");
    assert!(lines.iter().any(|l| l.contains("DB loaded from append only file")), "{lines:?}");
}

/// The words of a command.
fn words(text: &str) -> Vec<&str> {
    text.split(' ').collect()
}

#[test]
fn georadius_locks_where_it_stores() {
    let db = Db::open(":memory:").unwrap();
    let mut client = db.client().unwrap();
    client.command(&["GEOADD", "places", "13", "38", "here"]).unwrap();
    for n in 0..200 {
        for call in [
            format!("GEORADIUS places 13 38 9 km STORE a{n} STORE b{n}"),
            format!("GEORADIUS places 13 38 9 km STOREDIST a{n} STORE c{n} STOREDIST b{n}"),
            format!("GEORADIUS places 13 38 9 km STOREDIST STORE STORE b{n}"),
            format!("GEORADIUSBYMEMBER places here 9 km STORE STORE STORE b{n}"),
        ] {
            let reply = client.command(&words(&call)).unwrap();
            assert_eq!(reply.as_int(), Some(1), "{call}");
            assert_eq!(client.command(&["DEL", &format!("b{n}")]).unwrap().as_int(), Some(1), "{call}");
        }
        assert_eq!(client.command(&["EXISTS", &format!("a{n}")]).unwrap().as_int(), Some(0));
    }
}

#[test]
fn members_between_members_of_other_scores_are_journaled_by_rank() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path()).unwrap();
    let mut client = db.client().unwrap();
    for n in 0..1000 {
        let (score, member) = ((n % 7).to_string(), (n * 37 % 1000).to_string());
        client.command(&["ZADD", "z", &score, &member]).unwrap();
    }
    for call in [
        "ZRANGESTORE part z [3 [6 BYLEX LIMIT 2 9",
        "ZREMRANGEBYLEX z [2 (71",
        "ZRANGESTORE part2 z (9 [99 BYLEX",
        "ZRANGESTORE z2 z + - BYLEX REV LIMIT 0 3",
        "SET none x",
        "ZRANGESTORE none z [b [c BYLEX",
    ] {
        client.command(&words(call)).unwrap();
    }
    let all = |client: &mut lodger::Client| {
        ["z", "part", "part2", "z2", "none"].map(|key| {
            let reply = client.command(&["ZRANGE", key, "0", "-1", "WITHSCORES"]).unwrap();
            format!("{reply:?}")
        })
    };
    let before = all(&mut client);
    db.close().unwrap();
    drop((client, db));
    let journal = std::fs::read(dir.path().join("appendonlydir/appendonly.aof.1.incr.aof")).unwrap();
    let journal = String::from_utf8_lossy(&journal);
    assert!(!journal.contains("BYLEX") && journal.contains("ZREMRANGEBYRANK"));
    let db = Db::open(dir.path()).unwrap();
    assert_eq!(all(&mut db.client().unwrap()), before);
}
