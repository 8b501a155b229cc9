//! WATCH against a real Redis 7.0: random commands of every family, and for each word of a command a client that watches a
//! key of this name. Which of their transactions are refused has to be the same.
//!
//! `SEED=n` takes a seed back; `WATCH_COMMANDS=n` says how many commands a family runs.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "test code: it stops at the first surprise and starts real servers"
)]

mod common;

use common::doors::{Entrance, LodgerDoor, ServerDoor};
use common::oracle::{self, Which};
use common::program::{Argv, Rng};
use common::programs::{bitmap, geo, hash, hyperloglog, list, set, sort, stream, zset};
use common::resp::{RespValue, command_line};
use common::script::Door;

/// Clients that watch.
const WATCHERS: usize = 6;

fn words(line: &str) -> Argv {
    line.split(' ').map(|word| word.as_bytes().to_vec()).collect()
}

/// Runs a command while others watch its words; which of them are told of a change.
fn told(door: &mut dyn Door, watched: &[Vec<u8>], argv: &Argv) -> Vec<bool> {
    for (i, key) in watched.iter().enumerate() {
        door.send(&format!("w{i}"), &[b"WATCH".to_vec(), key.clone()]).unwrap();
    }
    door.send("", argv).unwrap();
    let mut told = Vec::new();
    for i in 0..watched.len() {
        let client = format!("w{i}");
        door.send(&client, &words("MULTI")).unwrap();
        let reply = door.send(&client, &words("EXEC")).unwrap();
        told.push(matches!(reply, RespValue::NullArray | RespValue::Null));
    }
    told
}

fn family(name: &str, command: fn(&mut Rng) -> Argv) {
    let Some(server) = oracle::start(Which::Redis7, &format!("WATCH and {name}")) else { return };
    let mut redis = ServerDoor::new(server, None).unwrap();
    let mut lodger = LodgerDoor::on_time(Entrance::Resp).unwrap();
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let seed = number("SEED").unwrap_or(7_000);
    let commands = number("WATCH_COMMANDS").unwrap_or(1_500);
    println!("WATCH and {name}: SEED={seed}");
    let mut rng = Rng::new(seed);
    let mut history = Vec::new();
    let (mut changes, mut looks) = (0, 0);
    redis.reset().unwrap();
    for door in [&mut redis as &mut dyn Door, &mut lodger] {
        door.send("", &words("DEBUG SET-ACTIVE-EXPIRE 0")).unwrap();
    }
    for n in 0..commands {
        let argv = command(&mut rng);
        let mut watched: Vec<Vec<u8>> = argv[1..].iter().filter(|word| word.len() < 40).cloned().collect();
        watched.sort();
        watched.dedup();
        watched.truncate(WATCHERS);
        let theirs = told(&mut redis, &watched, &argv);
        let ours = told(&mut lodger, &watched, &argv);
        history.push(command_line(&argv));
        if theirs != ours {
            let names: Vec<_> = watched.iter().map(|word| word.escape_ascii().to_string()).collect();
            let before = history.iter().rev().take(12).rev().cloned().collect::<Vec<_>>().join("\n   ");
            panic!("command {n}: {names:?}: redis {theirs:?}, lodger {ours:?}\n   {before}");
        }
        looks += theirs.len();
        changes += theirs.iter().filter(|told| **told).count();
    }
    println!("WATCH and {name}: {commands} commands, {looks} keys watched, {changes} of them changed");
    assert!(changes > 20);
}

macro_rules! families {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            family(stringify!($name), $name::command);
        })*
    };
}

families! { bitmap geo hash hyperloglog list set sort stream zset }

/// The short way that a typed SET of a key that is there takes is none for a key that is watched.
#[test]
fn a_typed_set_is_a_change() {
    let db = lodger::Db::open(":memory:").unwrap();
    let (mut watching, mut client) = (db.client().unwrap(), db.client().unwrap());
    client.set(b"k", b"1").unwrap();
    watching.command(&["WATCH", "k"]).unwrap();
    client.set(b"k", b"2").unwrap();
    watching.command(&["MULTI"]).unwrap();
    assert_eq!(watching.command(&["EXEC"]).unwrap().kind(), lodger::ReplyKind::Nil);
}
