//! Random input for every decoder and every command. Never a panic: a database that met one says so from then on.
//!
//! `make fuzz T=60` (`FUZZ_SECONDS`) runs each of these for so long; without it each does a small number of
//! rounds. `SEED` repeats a run; a failing round is named.

#![expect(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, reason = "test code")]

#[path = "common/grammar.rs"]
mod grammar;
#[path = "common/kit.rs"]
mod kit;

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use kit::{Rng, call, dump, int, number, run, same, seed, shown, text};
use lodger::{Client, Clock, Db, ErrorKind, Options};

/// Names the round when a test fails in it.
struct Round(u64);

impl Drop for Round {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("failed in round {}", self.0);
        }
    }
}

/// Runs `body` with randomness of its own for every round: `default` rounds, or for `FUZZ_SECONDS`.
fn rounds(test: &str, default: u64, mut body: impl FnMut(&mut Rng)) {
    let rng = Rng::new(seed(test));
    let (length, start) = (Duration::from_secs(number("FUZZ_SECONDS", 0)), Instant::now());
    let mut n = 0;
    while n < default || start.elapsed() < length {
        let _round = Round(n);
        body(&mut rng.fork(n));
        n += 1;
    }
    println!("{test}: {n} rounds");
}

fn open(config: &str) -> (Db, Client) {
    let db = Options::new().config(config).open("").unwrap();
    let client = db.client().unwrap();
    (db, client)
}

const WORDS: &[&str] = &[
    "",
    "0",
    "1",
    "-1",
    "10",
    "3.5",
    "1e3",
    "value",
    "*",
    "?",
    "[a-c]",
    "KEY",
    "nx",
    "EX",
    "px",
    "get",
    "LEN",
    "DB",
    "maxmemory",
    "noeviction",
    "9223372036854775807",
    "-9223372036854775808",
    "99999999999999999999",
    "nan",
    "inf",
    "\r\n",
    "\0",
    "'",
    "\"",
    "1k",
];

/// A plausible value for an argument, or a wild one.
fn value(rng: &mut Rng, kind: &str) -> Vec<u8> {
    match (kind, rng.below(12)) {
        (_, 0) => rng.bytes(40),
        (_, 1) => rng.pick(WORDS).as_bytes().to_vec(),
        ("key", _) => format!("k{}", rng.below(12)).into_bytes(),
        ("integer" | "unix-time" | "double", 2..9) => (rng.below(300)).to_string().into_bytes(),
        ("integer" | "unix-time" | "double", _) => rng.pick(WORDS).as_bytes().to_vec(),
        ("pattern", _) => rng.pick(&["*", "k*", "k?", "[k]1", "*max*"]).as_bytes().to_vec(),
        _ => vec![b'v'; rng.pick(&[1, 3, 20, 44, 45, 100, 2000])],
    }
}

/// A database in memory saves into the working directory.
fn saves(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"save") || name.eq_ignore_ascii_case(b"bgsave")
}

/// Words that would make a test slow or deaf, not wrong.
fn harmless(argv: &[Vec<u8>]) -> bool {
    let word = |i: usize| argv.get(i).map(|w| w.to_ascii_lowercase()).unwrap_or_default();
    let configures = word(0) == b"config" && word(1) == b"set";
    !configures && !saves(&word(0))
}

#[test]
fn random_calls_of_every_command() {
    let (_db, mut client) = open("");
    let grammars = grammar::grammars(&mut client);
    rounds("random_calls_of_every_command", 400, |rng| {
        let limit = rng.pick(&["", "maxmemory 300000\nmaxmemory-policy allkeys-lfu"]);
        let clock = Clock::manual(1_700_000_000_000);
        let db = Options::new().clock(clock.clone()).config(limit).open("").unwrap();
        let mut client = db.client().unwrap();
        for _ in 0..200 {
            // Some of it inside of transactions, where calls that wait for data do not; outside some would wait for ever.
            if rng.one_in(12) {
                let word = rng.pick(&["MULTI", "EXEC", "DISCARD", "WATCH k1 k2"]);
                call(&mut client, word);
            }
            let mut argv = grammars[rng.below(grammars.len())].call(rng, &mut value);
            // Now and then a word too many, too few, or in the wrong place.
            match rng.below(12) {
                0 => argv.push(value(rng, "string")),
                1 => drop(argv.pop()),
                2 => {
                    let (a, b) = (rng.below(argv.len()), rng.below(argv.len()));
                    argv.swap(a, b);
                }
                _ => {}
            }
            if !argv.is_empty() && harmless(&argv) {
                let argv: Vec<&[u8]> = argv.iter().map(Vec::as_slice).collect();
                grammar::run_at_once(&mut client, &argv);
            }
            if rng.one_in(20) {
                clock.advance_ms(i64::try_from(rng.below(2000)).unwrap());
            }
        }
        let mut other = db.client().unwrap();
        assert_eq!(text(&mut other, "PING"), "PONG");
        let size = int(&mut other, "DBSIZE");
        assert!(size >= i64::try_from(call(&mut other, "KEYS *").len()).unwrap());
    });
}

fn encode(argv: &[Vec<u8>], out: &mut Vec<u8>) {
    out.extend_from_slice(format!("*{}\r\n", argv.len()).as_bytes());
    for arg in argv {
        out.extend_from_slice(format!("${}\r\n", arg.len()).as_bytes());
        out.extend_from_slice(arg);
        out.extend_from_slice(b"\r\n");
    }
}

/// Damages bytes: flips, cuts, copies, inserts.
fn mutate(rng: &mut Rng, bytes: &mut Vec<u8>) {
    if bytes.is_empty() {
        bytes.push(b'*');
    }
    let at = rng.below(bytes.len());
    match rng.below(9) {
        0 => bytes[at] ^= 1 << rng.below(8),
        1 => bytes[at] = rng.next().to_le_bytes()[0],
        2 => bytes.truncate(at),
        3 => {
            let end = at + rng.below((bytes.len() - at).min(40) + 1);
            bytes.drain(at..end);
        }
        4 => {
            let end = at + rng.below((bytes.len() - at).min(100) + 1);
            let (piece, to) = (bytes[at..end].to_vec(), rng.below(bytes.len()));
            bytes.splice(to..to, piece);
        }
        5 => {
            let junk = rng.bytes(20);
            bytes.splice(at..at, junk);
        }
        6 => {
            let text = rng.pick(&[
                "\r\n", "*3\r\n", "$-1\r\n", "$5\r\n", "*-1\r\n", "*0\r\n", "PING\r\n", "\"", "#x:\r\n",
                "\0\0\0\0",
            ]);
            bytes.splice(at..at, text.bytes());
        }
        7 => {
            // A length of another size.
            if let Some(from) = (at..bytes.len()).find(|i| bytes[*i].is_ascii_digit()) {
                let to = (from..bytes.len()).find(|i| !bytes[*i].is_ascii_digit()).unwrap_or(bytes.len());
                let n = rng.pick(&[
                    "0",
                    "1",
                    "7",
                    "00",
                    "+2",
                    "-1",
                    "-2",
                    "65536",
                    "536870912",
                    "1048577",
                    "9223372036854775808",
                ]);
                bytes.splice(from..to, n.bytes());
            }
        }
        _ => {
            let other = rng.below(bytes.len());
            bytes.swap(at, other);
        }
    }
}

#[test]
fn damaged_requests_through_resp() {
    let (_db, mut client) = open("");
    let mut grammars = grammar::grammars(&mut client);
    grammars.retain(|grammar| {
        !grammar::may_wait(grammar.name[0].as_bytes()) && !saves(grammar.name[0].as_bytes())
    });
    let mut db = open("").0;
    let (mut answered, mut refused) = (0, 0);
    rounds("damaged_requests_through_resp", 40_000, |rng| {
        if rng.one_in(100) {
            db = open("").0;
        }
        let mut request = Vec::new();
        for _ in 0..=rng.below(4) {
            let argv = grammars[rng.below(grammars.len())].call(rng, &mut value);
            if rng.one_in(4) {
                let line: Vec<String> = shown(&argv.iter().map(Vec::as_slice).collect::<Vec<_>>());
                request.extend_from_slice(format!("{}\r\n", line.join(" ")).as_bytes());
            } else {
                encode(&argv, &mut request);
            }
        }
        for _ in 0..rng.pick(&[0, 1, 1, 2, 8]) {
            mutate(rng, &mut request);
        }
        let mut client = db.client().unwrap();
        match client.resp(&request).map(<[u8]>::to_vec) {
            Ok(answer) => {
                assert!(answer.is_empty() || answer.ends_with(b"\r\n"), "{:?}", shown(&[&answer]));
                answered += 1;
            }
            Err(e) => {
                assert_eq!(e.kind(), ErrorKind::Arg, "{e}: {:?}", shown(&[&request]));
                refused += 1;
            }
        }
        assert_eq!(db.client().unwrap().resp(b"PING\r\n").unwrap(), b"+PONG\r\n");
    });
    println!("{answered} answered, {refused} refused");
    assert!(answered > 1000 && refused > 1000);
}

fn incr_file(dir: &Path) -> std::path::PathBuf {
    dir.join("appendonlydir/appendonly.aof.1.incr.aof")
}

/// A file that really happened, and the state at its end.
fn journal(rng: &mut Rng, dir: &Path) -> (Vec<u8>, kit::Dump) {
    let clock = Clock::manual(1_700_000_000_000);
    let db = Options::new().clock(clock.clone()).config("appendfsync no").open(dir).unwrap();
    let mut client = db.client().unwrap();
    for _ in 0..60 {
        let key = format!("k{}", rng.below(8));
        let line = match rng.below(12) {
            0..3 => format!("SET {key} {}", "v".repeat(rng.below(60))),
            3 => format!("SET {key} v EX {}", 1 + rng.below(100)),
            4 => format!("APPEND {key} {}", "w".repeat(rng.below(300))),
            5 => format!("INCR n{}", rng.below(3)),
            6 => format!("MSET {key} 1 other 2"),
            7 => format!("DEL {key}"),
            8 => format!("RENAME {key} renamed"),
            9 => format!("SELECT {}", rng.below(3)),
            10 => format!("GETEX {key} PX {}", 1 + rng.below(1000)),
            _ => format!("PEXPIRE {key} {}", 1 + rng.below(100_000)),
        };
        call(&mut client, &line);
    }
    let state = dump(&mut client, 3);
    db.close().unwrap();
    (std::fs::read(incr_file(dir)).unwrap(), state)
}

#[test]
fn damaged_append_only_files() {
    let dir = tempfile::tempdir().unwrap();
    let (mut loaded, mut corrupt) = (0, 0);
    let open = |dir: &Path| {
        Options::new().clock(Clock::manual(1_700_000_000_000)).config("appendfsync no").open(dir)
    };
    rounds("damaged_append_only_files", 120, |rng| {
        let dir = dir.path().join(rng.next().to_string());
        let (good, state) = journal(rng, &dir);
        for _ in 0..5 {
            let mut bytes = good.clone();
            for _ in 0..rng.pick(&[0, 1, 1, 1, 2, 5]) {
                mutate(rng, &mut bytes);
            }
            std::fs::write(incr_file(&dir), &bytes).unwrap();
            let db = match open(&dir) {
                Ok(db) => db,
                Err(e) => {
                    assert_eq!(e.kind(), ErrorKind::Corrupt, "{e}");
                    assert!(e.message().contains("appendonly.aof.1.incr.aof"), "{e}");
                    assert!(e.message().contains("offset"), "it names the place: {e}");
                    assert_eq!(std::fs::read(incr_file(&dir)).unwrap(), bytes, "nothing was changed");
                    corrupt += 1;
                    continue;
                }
            };
            loaded += 1;
            let mut client = db.client().unwrap();
            let first = dump(&mut client, 3);
            if bytes == good {
                same(&state, &first, "an undamaged file");
            }
            // What was loaded can be gone on with.
            for i in 0..20 {
                let key = format!("k{}", rng.below(8));
                let argv: [&[u8]; 3] = [b"SET", key.as_bytes(), b"after"];
                assert_eq!(run(&mut client, &argv).as_str(), Some("OK"), "{i}");
                call(&mut client, &format!("APPEND {key} x"));
                assert_eq!(text(&mut client, &format!("GET {key}")), "afterx");
            }
            let last = dump(&mut client, 3);
            db.close().unwrap();
            let again = open(&dir).unwrap();
            same(&last, &dump(&mut again.client().unwrap(), 3), "reopened after damage");
            again.close().unwrap();
        }
        std::fs::remove_dir_all(&dir).unwrap();
    });
    println!("{loaded} loaded, {corrupt} refused");
    assert!(loaded > 50 && corrupt > 50);
}

#[test]
fn damaged_manifests() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("appendonlydir/appendonly.aof.manifest");
    let mut rng = Rng::new(1);
    let (_, state) = journal(&mut rng, dir.path());
    let good = std::fs::read(&path).unwrap();
    let mut refused = 0;
    rounds("damaged_manifests", 1_000, |rng| {
        let mut bytes = good.clone();
        (0..=rng.below(2)).for_each(|_| mutate(rng, &mut bytes));
        std::fs::write(&path, &bytes).unwrap();
        match Options::new().clock(Clock::manual(1_700_000_000_000)).open(dir.path()) {
            // It may still say the same in other words.
            Ok(db) => {
                same(&state, &dump(&mut db.client().unwrap(), 3), &String::from_utf8_lossy(&bytes));
                db.close().unwrap();
            }
            Err(e) => {
                assert_eq!(e.kind(), ErrorKind::Corrupt, "{e}");
                assert!(e.message().contains("appendonly"), "{e}");
                refused += 1;
            }
        }
    });
    assert!(refused > 100);
    std::fs::write(&path, &good).unwrap();
    let db = Options::new().clock(Clock::manual(1_700_000_000_000)).open(dir.path()).unwrap();
    same(&state, &dump(&mut db.client().unwrap(), 3), "with the manifest back in its place");
}

#[test]
fn damaged_configuration() {
    let (_db, mut client) = open("");
    let names: Vec<String> =
        call(&mut client, "CONFIG GET *").pairs().map(|(k, _)| k.as_str().unwrap().to_owned()).collect();
    let values: Vec<String> =
        call(&mut client, "CONFIG GET *").pairs().map(|(_, v)| v.as_str().unwrap().to_owned()).collect();
    let (mut taken, mut refused) = (0, 0);
    rounds("damaged_configuration", 1_500, |rng| {
        let mut lines = Vec::new();
        for _ in 0..=rng.below(4) {
            let i = rng.below(names.len());
            let value = match rng.below(5) {
                0 => rng.pick(WORDS).to_owned(),
                1 => rng.below(200).to_string(),
                2 => format!("\"{}\"", values[i]),
                _ => values[i].clone(),
            };
            // Each logical database has a table in each shard: these two are for machines with much memory.
            if !(["databases", "shards"].contains(&names[i].as_str()) && value.len() > 2) {
                lines.push(format!("{} {value}", names[i]));
            }
        }
        let mut bytes = lines.join("\n").into_bytes();
        if rng.one_in(2) {
            mutate(rng, &mut bytes);
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        match Options::new().config(text.clone()).open("") {
            Ok(db) => {
                taken += 1;
                assert_eq!(kit::text(&mut db.client().unwrap(), "PING"), "PONG", "{text}");
            }
            Err(e) => {
                refused += 1;
                assert_eq!(e.kind(), ErrorKind::Arg, "{text}");
                let named = ["line", "appendonly", "shards"].iter().any(|word| e.message().contains(word));
                assert!(named, "{text}: {e}");
            }
        }
    });
    println!("{taken} taken, {refused} refused");
    assert!(taken > 200 && refused > 200);
}

/// The simplest thing that could be right.
#[derive(Default)]
struct Naive {
    keys: HashMap<Vec<u8>, (Vec<u8>, Option<i64>)>,
}

fn parse(text: &[u8]) -> Option<i64> {
    let n: i64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    (n.to_string().as_bytes() == text).then_some(n)
}

const NOT_AN_INTEGER: &str = "ERR value is not an integer or out of range";

impl Naive {
    /// The reply as text; times are in milliseconds.
    fn run(&mut self, argv: &[Vec<u8>], now: i64) -> String {
        self.keys.retain(|_, (_, at)| at.is_none_or(|at| at >= now));
        let found = self.keys.get(&argv[1]).cloned();
        let shown = |v: Option<&[u8]>| v.map_or("nil".to_owned(), |v| v.escape_ascii().to_string());
        let key = argv[1].clone();
        match argv[0].as_slice() {
            b"GET" => shown(found.as_ref().map(|f| f.0.as_slice())),
            b"SET" => {
                self.keys.insert(key, (argv[2].clone(), None));
                "OK".to_owned()
            }
            b"GETSET" => {
                self.keys.insert(key, (argv[2].clone(), None));
                shown(found.as_ref().map(|f| f.0.as_slice()))
            }
            b"DEL" => i64::from(self.keys.remove(&key).is_some()).to_string(),
            b"APPEND" => {
                let entry = self.keys.entry(key).or_default();
                entry.0.extend_from_slice(&argv[2]);
                entry.0.len().to_string()
            }
            b"STRLEN" => found.map_or(0, |f| f.0.len()).to_string(),
            b"INCRBY" => {
                let Some(by) = parse(&argv[2]) else { return NOT_AN_INTEGER.to_owned() };
                let (old, at) = found.map_or((Some(0), None), |f| (parse(&f.0), f.1));
                let Some(old) = old else { return NOT_AN_INTEGER.to_owned() };
                let Some(sum) = old.checked_add(by) else {
                    return "ERR increment or decrement would overflow".to_owned();
                };
                self.keys.insert(key, (sum.to_string().into_bytes(), at));
                sum.to_string()
            }
            b"PEXPIRE" => {
                let Some(ms) = parse(&argv[2]) else { return NOT_AN_INTEGER.to_owned() };
                let Some(at) = now.checked_add(ms) else {
                    return "ERR invalid expire time in 'pexpire' command".to_owned();
                };
                let Some((value, _)) = found else { return "0".to_owned() };
                if at <= now {
                    self.keys.remove(&key);
                } else {
                    self.keys.insert(key, (value, Some(at)));
                }
                "1".to_owned()
            }
            b"PERSIST" => {
                let had = found.as_ref().is_some_and(|f| f.1.is_some());
                self.keys.entry(key).and_modify(|f| f.1 = None);
                i64::from(had).to_string()
            }
            b"PTTL" => found.map_or(-2, |f| f.1.map_or(-1, |at| at - now)).to_string(),
            b"EXISTS" => i64::from(found.is_some()).to_string(),
            b"RENAME" => match self.keys.remove(&key) {
                Some(entry) => {
                    self.keys.insert(argv[2].clone(), entry);
                    "OK".to_owned()
                }
                None => "ERR no such key".to_owned(),
            },
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn commands_against_a_naive_map() {
    let dir = tempfile::tempdir().unwrap();
    rounds("commands_against_a_naive_map", 30, |rng| {
        let dir = dir.path().join(rng.next().to_string());
        let clock = Clock::manual(1_700_000_000_000);
        let db = Options::new().clock(clock.clone()).config("appendfsync no").open(&dir).unwrap();
        let mut client = db.client().unwrap();
        let mut naive = Naive::default();
        let keys: Vec<Vec<u8>> = (0..1 + rng.below(40)).map(|_| rng.bytes(30)).collect();
        let key = |rng: &mut Rng| keys[rng.below(keys.len())].clone();
        for _ in 0..5_000 {
            let name = rng.pick(&[
                "GET", "SET", "SET", "GETSET", "DEL", "APPEND", "STRLEN", "INCRBY", "INCRBY", "PEXPIRE",
                "PERSIST", "PTTL", "EXISTS", "RENAME",
            ]);
            let last = match name {
                "RENAME" => key(rng),
                "PEXPIRE" => {
                    rng.pick(&["1", "50", "1000", "0", "-1", "x", "9223372036854775807"]).as_bytes().to_vec()
                }
                "INCRBY" => rng
                    .pick(&["1", "-1", "9223372036854775807", "-9223372036854775808", "01", "", "2x"])
                    .as_bytes()
                    .to_vec(),
                _ if rng.one_in(2) => {
                    rng.pick(&["0", "5", "-3", "00", "9223372036854775807", "1 "]).as_bytes().to_vec()
                }
                _ => {
                    let most = rng.pick(&[5, 50, 500]);
                    rng.bytes(most)
                }
            };
            let mut argv = vec![name.as_bytes().to_vec(), key(rng)];
            if ["SET", "GETSET", "APPEND", "INCRBY", "PEXPIRE", "RENAME"].contains(&name) {
                argv.push(last);
            }
            let expected = naive.run(&argv, clock.now_ms());
            let reply = client.command(&argv).unwrap();
            let got = match reply.as_int() {
                Some(n) => n.to_string(),
                None if reply.is_nil() => "nil".to_owned(),
                None if reply.as_error().is_some() => reply.as_str().unwrap().to_owned(),
                None => reply.as_bytes().unwrap().escape_ascii().to_string(),
            };
            let shown = shown(&argv.iter().map(Vec::as_slice).collect::<Vec<_>>());
            assert_eq!(got, expected, "{shown:?}");
            if rng.one_in(30) {
                clock.advance_ms(i64::try_from(rng.below(200)).unwrap());
            }
        }
        let now = clock.now_ms();
        naive.keys.retain(|_, (_, at)| at.is_none_or(|at| at >= now));
        let expected: kit::Dump =
            naive.keys.into_iter().map(|(k, (v, at))| ((0, k), (v, at.unwrap_or(-1)))).collect();
        same(&expected, &dump(&mut client, 1), "at the end");
        db.close().unwrap();
        let again = Options::new().clock(clock).open(&dir).unwrap();
        same(&expected, &dump(&mut again.client().unwrap(), 1), "reopened");
    });
}
