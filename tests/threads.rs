//! Many threads on one database: commands are atomic, nothing is lost, nothing hangs, and the journal's order is
//! an order that really happened. `SEED` repeats the random choices (not the interleaving), `SOAK_SECONDS`
//! makes the soak longer.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "test code: it stops at the first surprise and looks at the real clock"
)]

#[path = "common/kit.rs"]
mod kit;

use std::collections::HashMap;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, Instant};

use kit::{Rng, call, dump, info, int, run, seed, text};
use lodger::{Client, Clock, Db, ErrorKind, Level, Options};

const THREADS: usize = 8;
const FAR: i64 = 4_000_000_000_000;

/// Held by every test; exclusively by the one that counts what the whole process has.
static PROCESS: RwLock<()> = RwLock::new(());

fn share() -> impl Drop {
    PROCESS.read().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Runs `body` in [`THREADS`] threads, each with a client and randomness of its own.
fn in_threads<R: Send>(
    db: &Db,
    rng: &Rng,
    body: impl Fn(usize, &mut Client, &mut Rng) -> R + Sync,
) -> Vec<R> {
    std::thread::scope(|scope| {
        let body = &body;
        let threads: Vec<_> = (0..THREADS)
            .map(|n| {
                let (mut client, mut rng) = (db.client().unwrap(), rng.fork(n as u64));
                scope.spawn(move || body(n, &mut client, &mut rng))
            })
            .collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    })
}

/// Keys that only one thread writes, so that it knows exactly what must be there.
struct Own {
    thread: usize,
    keys: HashMap<Vec<u8>, (Vec<u8>, i64)>,
}

impl Own {
    fn key(&self, rng: &mut Rng) -> Vec<u8> {
        format!("own:{}:{}", self.thread, rng.below(60)).into_bytes()
    }

    fn value(&self, key: &[u8]) -> Option<&[u8]> {
        self.keys.get(key).map(|(value, _)| value.as_slice())
    }

    /// What TTL commands answer: the expiry, -1 without one, -2 without the key.
    fn expire(&self, key: &[u8]) -> i64 {
        self.keys.get(key).map_or(-2, |(_, at)| *at)
    }

    fn put(&mut self, key: &[u8], value: Vec<u8>) {
        self.keys.insert(key.to_vec(), (value, -1));
    }

    /// One random command, its reply compared.
    fn step(&mut self, client: &mut Client, rng: &mut Rng) {
        let (a, b, c) = (self.key(rng), self.key(rng), self.key(rng));
        let value = if rng.one_in(3) { rng.below(100).to_string().into_bytes() } else { rng.bytes(80) };
        match rng.below(20) {
            0 => {
                assert_eq!(run(client, &[b"SET", &a, &value]).as_str(), Some("OK"));
                self.put(&a, value);
            }
            1 => {
                let old = run(client, &[b"SET", &a, &value, b"KEEPTTL", b"GET"]);
                assert_eq!(old.as_bytes(), self.value(&a));
                let at = self.expire(&a).max(-1);
                self.keys.insert(a, (value, at));
            }
            2 => assert_eq!(run(client, &[b"GET", &a]).as_bytes(), self.value(&a)),
            3 => {
                let (mut whole, at) = self.keys.get(&a).cloned().unwrap_or((Vec::new(), -1));
                whole.extend_from_slice(&value);
                assert_eq!(client.append(&a, &value).unwrap(), i64::try_from(whole.len()).unwrap());
                // Appending nothing to nothing makes an empty string, as in Redis.
                self.keys.insert(a, (whole, at));
            }
            4 => {
                let by = i64::try_from(rng.below(1000)).unwrap() - 500;
                let old = self.value(&a).map_or(Some(0), |v| {
                    let n = std::str::from_utf8(v).ok()?.parse::<i64>().ok()?;
                    (n.to_string().as_bytes() == v).then_some(n)
                });
                match (client.incr_by(&a, by), old) {
                    (Ok(n), Some(old)) => {
                        assert_eq!(n, old + by);
                        let at = self.expire(&a).max(-1);
                        self.keys.insert(a, (n.to_string().into_bytes(), at));
                    }
                    (Err(e), None) => assert_eq!(e.kind(), ErrorKind::Command),
                    (got, old) => panic!("{got:?} of {old:?}"),
                }
            }
            5 => {
                let removed = [&a, &b].iter().filter(|k| self.keys.remove(**k).is_some()).count();
                let name: &[u8] = if rng.one_in(2) { b"DEL" } else { b"UNLINK" };
                assert_eq!(run(client, &[name, &a, &b]).as_int(), i64::try_from(removed).ok());
            }
            6 => {
                assert_eq!(client.getdel(&a).unwrap(), self.value(&a));
                self.keys.remove(&a);
            }
            7 if a != b => {
                let found = self.keys.get(&a).cloned();
                let copied = run(client, &[b"COPY", &a, &b, b"REPLACE"]).as_int();
                assert_eq!(copied, Some(i64::from(found.is_some())));
                self.keys.extend(found.map(|entry| (b, entry)));
            }
            8 => {
                let reply = run(client, &[b"RENAME", &a, &b]);
                match self.keys.remove(&a) {
                    Some(entry) => {
                        assert_eq!(reply.as_str(), Some("OK"));
                        self.keys.insert(b, entry);
                    }
                    None => assert!(reply.as_error().is_some()),
                }
            }
            9 => {
                run(client, &[b"MSET", &a, &value, &b, b"two", &c, b"three"]);
                self.put(&a, value);
                self.put(&b, b"two".to_vec());
                self.put(&c, b"three".to_vec());
            }
            10 => {
                let reply = run(client, &[b"MGET", &a, &b, &c]);
                for (got, key) in reply.iter().zip([&a, &b, &c]) {
                    assert_eq!(got.as_bytes(), self.value(key));
                }
            }
            11 => {
                let at = FAR + i64::try_from(rng.below(1000)).unwrap();
                let set = run(client, &[b"PEXPIREAT", &a, at.to_string().as_bytes()]).as_int();
                assert_eq!(set, Some(i64::from(self.keys.contains_key(&a))));
                self.keys.entry(a).and_modify(|e| e.1 = at);
            }
            12 => {
                let had = self.expire(&a) > 0;
                assert_eq!(run(client, &[b"PERSIST", &a]).as_int(), Some(i64::from(had)));
                self.keys.entry(a).and_modify(|e| e.1 = -1);
            }
            13 => {
                let there = [&a, &b, &c, &a].iter().filter(|k| self.keys.contains_key(**k)).count();
                let got = run(client, &[b"EXISTS", &a, &b, &c, &a]).as_int();
                assert_eq!(got, i64::try_from(there).ok());
            }
            14 => assert_eq!(run(client, &[b"PEXPIRETIME", &a]).as_int(), Some(self.expire(&a))),
            15 => {
                let mut keys = [&a, &b, &c];
                keys.sort();
                let distinct = keys[0] != keys[1] && keys[1] != keys[2];
                let free = keys.iter().all(|k| !self.keys.contains_key(*k));
                if distinct {
                    let done = run(client, &[b"MSETNX", &a, b"1", &b, b"2", &c, b"3"]).as_int();
                    assert_eq!(done, Some(i64::from(free)));
                    if free {
                        self.put(&a, b"1".to_vec());
                        self.put(&b, b"2".to_vec());
                        self.put(&c, b"3".to_vec());
                    }
                }
            }
            16 => assert_eq!(client.get(&a).unwrap(), self.value(&a)),
            17 => {
                client.set(&a, &value).unwrap();
                self.put(&a, value);
            }
            18 => {
                let done = run(client, &[b"SET", &a, &value, b"NX"]).as_str() == Some("OK");
                assert_eq!(done, !self.keys.contains_key(&a));
                if done {
                    self.put(&a, value);
                }
            }
            _ => {
                let keys: [&[u8]; 2] = [&a, &b];
                let mut seen = Vec::new();
                client.mget(&keys, |_, value| seen.push(value.map(<[u8]>::to_vec))).unwrap();
                assert_eq!(seen[0].as_deref(), self.value(&a));
                assert_eq!(seen[1].as_deref(), self.value(&b));
            }
        }
    }
}

/// A key that all threads write: MSET and DEL of a whole group are one step to everybody.
fn shared_step(client: &mut Client, rng: &mut Rng, counters: &[AtomicI64]) {
    let group = rng.below(3);
    let keys: Vec<Vec<u8>> = (0..6).map(|i| format!("group:{group}:{i}").into_bytes()).collect();
    match rng.below(8) {
        0 => {
            // Long values are shared by reference, short ones lie in the entry.
            let len = rng.pick(&[1, 20, 300, 70_000]);
            let value = vec![b'a' + u8::try_from(rng.below(26)).unwrap(); len];
            let mut argv: Vec<&[u8]> = vec![b"MSET"];
            keys.iter().for_each(|k| argv.extend([k.as_slice(), &value]));
            run(client, &argv);
        }
        1 => {
            let mut argv: Vec<&[u8]> = vec![b"DEL"];
            argv.extend(keys.iter().map(Vec::as_slice));
            let gone = run(client, &argv).as_int().unwrap();
            assert!(gone == 0 || gone == 6, "half a group was there: {gone}");
        }
        2..5 => {
            let mut argv: Vec<&[u8]> = vec![b"MGET"];
            argv.extend(keys.iter().map(Vec::as_slice));
            let reply = run(client, &argv);
            let first = reply.at(0).unwrap().as_bytes();
            assert!(reply.iter().all(|r| r.as_bytes() == first), "half an MSET was seen");
            let whole = first.is_none_or(|v| v.iter().all(|b| *b == v[0]));
            assert!(whole, "a torn value");
        }
        _ => {
            let n = rng.below(counters.len());
            let by = i64::try_from(rng.below(9)).unwrap() - 4;
            run(client, &[b"INCRBY", format!("counter:{n}").as_bytes(), by.to_string().as_bytes()]);
            counters[n].fetch_add(by, Ordering::Relaxed);
        }
    }
}

#[test]
fn mixed_commands_against_a_model() {
    let _share = share();
    let rng = Rng::new(seed("mixed_commands_against_a_model"));
    let rounds = kit::number("ROUNDS", 25_000);
    let db = Db::open(":memory:").unwrap();
    let counters: Vec<AtomicI64> = (0..4).map(|_| AtomicI64::new(0)).collect();
    let owned: usize = in_threads(&db, &rng, |thread, client, rng| {
        let mut own = Own { thread, keys: HashMap::new() };
        for _ in 0..rounds {
            if rng.one_in(4) {
                shared_step(client, rng, &counters);
            } else {
                own.step(client, rng);
            }
        }
        for (key, (value, at)) in &own.keys {
            assert_eq!(run(client, &[b"GET", key]).as_bytes(), Some(value.as_slice()));
            assert_eq!(run(client, &[b"PEXPIRETIME", key]).as_int(), Some(*at));
        }
        own.keys.len()
    })
    .into_iter()
    .sum();
    let mut client = db.client().unwrap();
    for (n, sum) in counters.iter().enumerate() {
        assert_eq!(text(&mut client, &format!("GET counter:{n}")), sum.load(Ordering::Relaxed).to_string());
    }
    let groups = call(&mut client, "KEYS group:*").len();
    let size = int(&mut client, "DBSIZE");
    assert_eq!(size, i64::try_from(call(&mut client, "KEYS *").len()).unwrap());
    assert_eq!(size, i64::try_from(owned + groups + counters.len()).unwrap());
    assert!(info(&mut client, "total_error_replies") > 0, "RENAME of absent keys");
}

#[test]
fn incr_from_eight_threads_loses_nothing() {
    let _share = share();
    let rng = Rng::new(seed("incr_from_eight_threads_loses_nothing"));
    let db = Db::open("").unwrap();
    let each = 20_000;
    in_threads(&db, &rng, |n, client, _| {
        for i in 0..each {
            match (i + n) % 4 {
                0 => drop(run(client, &[b"INCR", b"n"])),
                1 => drop(client.incr_by(b"n", 1).unwrap()),
                2 => drop(run(client, &[b"INCRBY", b"n", b"1"])),
                _ => {
                    let pipeline = b"INCRBY n 3\r\n*2\r\n$4\r\nDECR\r\n$1\r\nn\r\nDECRBY n 1\r\n";
                    let answers = client.resp(pipeline).unwrap();
                    assert_eq!(answers.iter().filter(|b| **b == b':').count(), 3);
                }
            }
            client.append(b"log", b"x").unwrap();
        }
    });
    let mut client = db.client().unwrap();
    assert_eq!(text(&mut client, "GET n"), (THREADS * each).to_string());
    assert_eq!(int(&mut client, "STRLEN log"), i64::try_from(THREADS * each).unwrap());
}

/// MSETNX of several keys as a lock: at most one thread holds it, and who looks sees all of it or nothing.
#[test]
fn msetnx_is_seen_whole_or_not_at_all() {
    let _share = share();
    let rng = Rng::new(seed("msetnx_is_seen_whole_or_not_at_all"));
    let db = Db::open("").unwrap();
    let (held, wins) = (AtomicBool::new(false), AtomicU64::new(0));
    in_threads(&db, &rng, |n, client, rng| {
        let me = format!("thread {n}");
        for _ in 0..4_000 {
            if rng.one_in(2) {
                let reply = call(client, "MGET l:1 l:2 l:3 l:4 l:5");
                let first = reply.at(0).unwrap();
                assert!(reply.iter().all(|r| r == first), "half an MSETNX: {reply:?}");
                continue;
            }
            let me = me.as_bytes();
            // The keys in another order each time: the engine orders its locks itself.
            let mut argv: Vec<&[u8]> = vec![b"MSETNX"];
            let start = rng.below(5);
            let names: [&[u8]; 5] = [b"l:1", b"l:2", b"l:3", b"l:4", b"l:5"];
            (0..5).for_each(|i| argv.extend([names[(start + i) % 5], me]));
            if run(client, &argv).as_int() == Some(1) {
                assert!(!held.swap(true, Ordering::SeqCst), "two threads won");
                wins.fetch_add(1, Ordering::Relaxed);
                assert!(call(client, "MGET l:1 l:2 l:3 l:4 l:5").iter().all(|r| r.as_bytes() == Some(me)));
                held.store(false, Ordering::SeqCst);
                assert_eq!(int(client, "DEL l:5 l:4 l:3 l:2 l:1"), 5);
            }
        }
    });
    assert!(wins.load(Ordering::Relaxed) > 100);
}

#[test]
fn renames_copies_moves_swaps_and_flushes_among_readers() {
    let _share = share();
    let rng = Rng::new(seed("renames_copies_moves_swaps_and_flushes_among_readers"));
    let db = Db::open("").unwrap();
    let mut client = db.client().unwrap();
    call(&mut client, "SET token:0 here");
    call(&mut client, "SET source a");
    call(&mut client, "SELECT 5");
    call(&mut client, "MSET s:1 five s:2 five s:3 five");
    call(&mut client, "SELECT 6");
    call(&mut client, "MSET s:1 six s:2 six s:3 six");
    let tokens = "token:0 token:1 token:2 token:3 token:4 token:5";
    in_threads(&db, &rng, |n, client, rng| {
        let moving = format!("moving:{n}");
        for _ in 0..2_500 {
            match rng.below(9) {
                // Exactly one name is taken at any moment.
                0 => {
                    let (from, to) = (rng.below(6), rng.below(6));
                    let name = rng.pick(&["RENAME", "RENAMENX"]);
                    call(client, &format!("{name} token:{from} token:{to}"));
                }
                1 => {
                    let reply = call(client, &format!("MGET {tokens}"));
                    assert_eq!(reply.iter().filter(|r| !r.is_nil()).count(), 1, "{reply:?}");
                    assert_eq!(int(client, &format!("EXISTS {tokens}")), 1);
                }
                2 => {
                    let letter = b'a' + u8::try_from(rng.below(26)).unwrap();
                    let value = vec![letter; rng.pick(&[3, 500, 100_000])];
                    run(client, &[b"SET", b"source", &value]);
                }
                3 => assert_eq!(int(client, "COPY source copy REPLACE"), 1),
                4 => {
                    for key in [&b"copy"[..], b"source"] {
                        let whole = client.get(key).unwrap().is_none_or(|v| v.iter().all(|b| *b == v[0]));
                        assert!(whole, "a torn copy");
                    }
                }
                // A key of this thread goes to another database and back.
                5 => {
                    call(client, &format!("SET {moving} v"));
                    assert_eq!(int(client, &format!("MOVE {moving} 3")), 1);
                    assert_eq!(int(client, &format!("EXISTS {moving}")), 0);
                    call(client, "SELECT 3");
                    assert_eq!(int(client, &format!("MOVE {moving} 0")), 1);
                    call(client, "SELECT 0");
                    assert_eq!(text(client, &format!("GETDEL {moving}")), "v");
                }
                6 => {
                    let order = if rng.one_in(2) { "5 6" } else { "6 5" };
                    assert_eq!(text(client, &format!("SWAPDB {order}")), "OK");
                }
                7 => {
                    call(client, if rng.one_in(2) { "SELECT 5" } else { "SELECT 6" });
                    let reply = call(client, "MGET s:1 s:2 s:3");
                    assert!(["five", "six"].contains(&reply.at(0).unwrap().as_str().unwrap()));
                    assert!(reply.iter().all(|r| r == reply.at(0).unwrap()), "half a SWAPDB: {reply:?}");
                    call(client, "SELECT 0");
                }
                _ => {
                    call(client, "SELECT 7");
                    match rng.below(4) {
                        0 => drop(call(client, "FLUSHDB ASYNC")),
                        1 => drop(call(client, "MSET f:1 v f:2 v f:3 v")),
                        2 => drop(call(client, "FLUSHDB SYNC")),
                        _ => {
                            let there = int(client, "EXISTS f:1 f:2 f:3");
                            assert!(there == 0 || there == 3, "half a FLUSHDB: {there}");
                            let size = int(client, "DBSIZE");
                            assert!(size == 0 || size == 3, "half a FLUSHDB: {size}");
                        }
                    }
                    call(client, "SELECT 0");
                }
            }
        }
    });
    assert_eq!(int(&mut client, "DBSIZE"), 3, "the token, the source and the copy");
}

/// A random command that touches many keys, on few keys, so that everything meets everything.
fn soak_command(rng: &mut Rng) -> Vec<String> {
    let key = |rng: &mut Rng| format!("k{}", rng.below(48));
    let keys = |rng: &mut Rng| (0..=rng.below(8)).map(|_| key(rng)).collect::<Vec<_>>();
    let pairs = |rng: &mut Rng| {
        (0..=rng.below(6)).flat_map(|_| [key(rng), "v".repeat(rng.below(60))]).collect::<Vec<_>>()
    };
    let db = |rng: &mut Rng| rng.below(16).to_string();
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let with = |name: &str, rest: Vec<String>| [vec![name.to_owned()], rest].concat();
    match rng.below(44) {
        0..5 => with("MSET", pairs(rng)),
        5 => with("MSETNX", pairs(rng)),
        6..10 => with("MGET", keys(rng)),
        10 => with("DEL", keys(rng)),
        11 => with("UNLINK", keys(rng)),
        12 => with("EXISTS", keys(rng)),
        13 => with("TOUCH", keys(rng)),
        14 => with("RENAME", vec![key(rng), key(rng)]),
        15 => with("RENAMENX", vec![key(rng), key(rng)]),
        16 => with("COPY", vec![key(rng), key(rng), "DB".into(), db(rng), "REPLACE".into()]),
        17 => with("COPY", vec![key(rng), key(rng)]),
        18 => with("MOVE", vec![key(rng), db(rng)]),
        19 => with("SWAPDB", vec![db(rng), db(rng)]),
        20 => words(rng.pick(&["FLUSHDB", "FLUSHDB ASYNC", "FLUSHALL ASYNC", "FLUSHALL SYNC", "FLUSHALL"])),
        21 => words(rng.pick(&["KEYS *", "KEYS k1*", "DBSIZE", "RANDOMKEY", "INFO", "INFO keyspace"])),
        22 => with("SCAN", vec![rng.below(1 << 20).to_string(), "COUNT".into(), rng.below(100).to_string()]),
        23 => {
            let policies = ["allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-ttl", "volatile-lru"];
            with("CONFIG", words(&format!("SET maxmemory-policy {}", rng.pick(&policies))))
        }
        24 => with(
            "CONFIG",
            words(rng.pick(&["SET maxmemory 200000", "SET maxmemory 0", "SET maxmemory 160000"])),
        ),
        25 => words(rng.pick(&[
            "CONFIG GET *",
            "CLIENT LIST",
            "MEMORY STATS",
            "CONFIG RESETSTAT",
            "MEMORY DOCTOR",
        ])),
        26 => with("LCS", vec![key(rng), key(rng), "LEN".into()]),
        27 => with("GETEX", vec![key(rng), "PX".into(), (1 + rng.below(5)).to_string()]),
        28 => with(
            "CONFIG",
            words(rng.pick(&[
                "SET lazyfree-lazy-user-del yes",
                "SET lazyfree-lazy-user-flush yes",
                "SET lazyfree-lazy-user-flush no",
                "SET lazyfree-lazy-expire yes",
                "SET hz 100",
                "SET hz 10",
                "SET appendfsync always",
                "SET appendfsync everysec",
                "SET appendfsync no",
            ])),
        ),
        29..33 => with(
            "SET",
            vec![key(rng), "x".repeat(rng.below(300)), "PX".into(), (1 + rng.below(20)).to_string()],
        ),
        33 => with("SELECT", vec![rng.below(16).to_string()]),
        34 => with(
            "DEBUG",
            words(rng.pick(&["SET-ACTIVE-EXPIRE 1", "SET-ACTIVE-EXPIRE 0", "LOG hello", "SLEEP 0.001"])),
        ),
        35 => with("MEMORY", vec!["USAGE".into(), key(rng)]),
        36 => with("OBJECT", vec!["FREQ".into(), key(rng)]),
        37 => with("SETRANGE", vec![key(rng), rng.below(200_000).to_string(), "tail".into()]),
        38 => with("APPEND", vec![key(rng), "y".repeat(rng.below(3000))]),
        39 => with("INCR", vec![key(rng)]),
        40 => with("CLIENT", words(rng.pick(&["NO-TOUCH on", "NO-TOUCH off", "SETNAME me", "INFO"]))),
        41 => with("GETDEL", vec![key(rng)]),
        42 => with("COMMAND", words("GETKEYS MSET a b c d")),
        _ => with("PEXPIRE", vec![key(rng), rng.below(30).to_string()]),
    }
}

/// Ends the process: a panic would wait for the threads that hang, when it closes the database.
fn hang(thread: usize, command: &Mutex<String>) -> ! {
    let seed = std::env::var("SEED").unwrap_or_else(|_| "unset".to_owned());
    let command = command.lock().map(|c| c.clone()).unwrap_or_default();
    let text = format!("soak: thread {thread} hangs in {command:?} (SEED {seed})\n");
    let _ = std::io::stderr().write_all(text.as_bytes());
    std::process::exit(101)
}

/// No deadlock: random commands for `SOAK_SECONDS`, and every thread must get on all the time.
#[test]
fn soak_of_random_multi_key_commands() {
    let _share = share();
    let rng = Rng::new(seed("soak_of_random_multi_key_commands"));
    let length = Duration::from_secs(kit::number("SOAK_SECONDS", 5));
    let dir = tempfile::tempdir().unwrap();
    let lines = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&lines);
    let options = Options::new().config("appendfsync everysec\nmaxmemory-policy allkeys-lru");
    let count = move |_: Level, _: &str| {
        seen.fetch_add(1, Ordering::Relaxed);
    };
    let db = options.log(count).open(dir.path()).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    // Not scoped threads: when one hangs the test must still end.
    let threads: Vec<_> = (0..THREADS)
        .map(|n| {
            let (mut client, mut rng) = (db.client().unwrap(), rng.fork(n as u64));
            let (stop, now) = (Arc::clone(&stop), Arc::new((AtomicU64::new(0), Mutex::new(String::new()))));
            let watched = Arc::clone(&now);
            let thread = std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let argv = soak_command(&mut rng);
                    *now.1.lock().unwrap() = argv.join(" ");
                    client.command(&argv).unwrap();
                    now.0.fetch_add(1, Ordering::Relaxed);
                }
            });
            (thread, watched)
        })
        .collect();
    let (start, patience) = (Instant::now(), Duration::from_secs(20));
    let mut last: Vec<(u64, Instant)> = vec![(0, start); THREADS];
    while start.elapsed() < length {
        std::thread::park_timeout(Duration::from_millis(50));
        for (n, (thread, now)) in threads.iter().enumerate() {
            let count = now.0.load(Ordering::Relaxed);
            if count != last[n].0 {
                last[n] = (count, Instant::now());
            }
            assert!(!thread.is_finished(), "thread {n} died in {:?}", now.1.lock().unwrap());
            if last[n].1.elapsed() > patience {
                hang(n, &now.1);
            }
        }
    }
    stop.store(true, Ordering::Relaxed);
    let end = Instant::now();
    for (n, (thread, now)) in threads.into_iter().enumerate() {
        while !thread.is_finished() {
            if end.elapsed() > patience {
                hang(n, &now.1);
            }
            std::thread::park_timeout(Duration::from_millis(1));
        }
        thread.join().unwrap();
        println!("thread {n}: {} commands", now.0.load(Ordering::Relaxed));
        assert!(now.0.load(Ordering::Relaxed) > 100, "thread {n} starved");
    }
    let mut client = db.client().unwrap();
    for database in 0..16 {
        call(&mut client, &format!("SELECT {database}"));
        let (size, keys) = (int(&mut client, "DBSIZE"), call(&mut client, "KEYS *").len());
        // Keys whose time has come count until somebody meets them.
        assert!(size >= i64::try_from(keys).unwrap());
    }
    assert!(lines.load(Ordering::Relaxed) > 0, "DEBUG LOG reached the callback");
    db.close().unwrap();
    let again = Db::open(dir.path()).unwrap();
    again.close().unwrap();
}

/// Conflicting writes of every kind, on few keys.
fn conflicting_write(n: usize, client: &mut Client, rng: &mut Rng, clock: &Clock) {
    let key = |rng: &mut Rng| format!("k{}", rng.below(24));
    let (a, b) = (key(rng), key(rng));
    let line = match rng.below(32) {
        0..4 => format!("APPEND {a} {n};"),
        4..6 => format!("INCR n{}", rng.below(3)),
        6..8 => format!("SET {a} thread{n}"),
        8 => format!("DEL {a} {b}"),
        9 => format!("RENAME {a} {b}"),
        10 => format!("RENAMENX {a} {b}"),
        11 => format!("COPY {a} {b} REPLACE"),
        12 => format!("COPY {a} {b} DB {}", rng.below(3)),
        13 => format!("MOVE {a} {}", rng.below(3)),
        14 if rng.one_in(20) => format!("SWAPDB {} {}", rng.below(3), rng.below(3)),
        15 if rng.one_in(60) => "FLUSHDB".to_owned(),
        16 if rng.one_in(100) => "FLUSHALL ASYNC".to_owned(),
        17 => format!("SELECT {}", rng.below(3)),
        18 => format!("MSET {a} m{n} {b} m{n}"),
        19 => format!("MSETNX {a} x{n} {b} x{n}"),
        20 => format!("PEXPIRE {a} {}", rng.below(400)),
        21 => format!("SET {a} short{n} PX {}", 1 + rng.below(200)),
        22 => format!("SETRANGE {a} {} [{n}]", rng.below(90)),
        23 => format!("INCRBYFLOAT f{} 0.1", rng.below(2)),
        24 => format!("GETEX {a} PX {}", 1 + rng.below(500)),
        25 => format!("PERSIST {a}"),
        26 => format!("GETDEL {a}"),
        27 => format!("GETSET {a} got{n}"),
        28 => format!("SET {a} kept{n} KEEPTTL"),
        29 => format!("SET {a} only{n} NX EX {}", 1 + rng.below(2)),
        30 => format!("EXPIRE {a} {} GT", rng.below(3)),
        _ => {
            // Keys expire between the commands of other threads, and whoever meets them first removes them.
            if rng.one_in(4) {
                clock.advance_ms(1 + i64::try_from(rng.below(40)).unwrap());
            }
            format!("MGET {a} {b}")
        }
    };
    call(client, &line);
}

fn reopened(dir: &Path, clock: &Clock, config: &str) -> Db {
    Options::new().config(config).clock(clock.clone()).open(dir).unwrap()
}

fn journal_order(name: &str, config: &str, writes: usize) {
    let _share = share();
    let rng = Rng::new(seed(name));
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::manual(1_700_000_000_000);
    let db = reopened(dir.path(), &clock, config);
    for round in 0..3_u64 {
        // The first round goes on with the database that is open.
        let db = if round == 0 { db.clone() } else { reopened(dir.path(), &clock, config) };
        in_threads(&db, &rng.fork(round), |n, client, rng| {
            for _ in 0..writes {
                conflicting_write(n, client, rng, &clock);
            }
        });
        let mut client = db.client().unwrap();
        // No key makes room any more, here or after the replay.
        call(&mut client, "CONFIG SET maxmemory 0");
        kit::turns(&mut client);
        let before = dump(&mut client, 3);
        db.close().unwrap();
        let again = reopened(dir.path(), &clock, &format!("{config}\nmaxmemory 0"));
        kit::same(&before, &dump(&mut again.client().unwrap(), 3), &format!("{name}, round {round}"));
        again.close().unwrap();
    }
}

#[test]
fn the_journal_has_the_order_that_happened() {
    journal_order("the_journal_has_the_order_that_happened", "appendfsync no", 6_000);
}

#[test]
fn the_journal_has_the_order_that_happened_with_group_commit() {
    journal_order("the_journal_has_the_order_that_happened_with_group_commit", "appendfsync always", 150);
}

#[test]
fn the_journal_has_the_order_that_happened_with_eviction() {
    let config = "appendfsync no\nmaxmemory 16000\nmaxmemory-policy allkeys-random\nshards 4";
    journal_order("the_journal_has_the_order_that_happened_with_eviction", config, 4_000);
}

/// The log callback is the caller's code inside of a command: when it panics, so does the command.
#[test]
fn a_panic_in_a_command_poisons_its_database_only() {
    let _share = share();
    let dir = tempfile::tempdir().unwrap();
    let options = || Options::new().config("appendfsync always");
    let db = options()
        .log(|_: Level, line: &str| assert!(!line.contains("BOOM"), "as the test wants it"))
        .open(dir.path())
        .unwrap();
    let other = Db::open("").unwrap();
    let (mut a, mut b) = (db.client().unwrap(), db.client().unwrap());
    let mut elsewhere = other.client().unwrap();
    for i in 0..100 {
        call(&mut a, &format!("SET key:{i} {i}"));
    }
    call(&mut a, "DEBUG LOG fine");
    let panicked = catch_unwind(AssertUnwindSafe(|| a.command(&["DEBUG", "LOG", "BOOM"])));
    assert!(panicked.is_err(), "in Rust a panic is a panic");
    let kind = |r: lodger::Result<()>| r.unwrap_err().kind();
    assert_eq!(kind(a.command(&["GET", "key:1"]).map(drop)), ErrorKind::Panic);
    assert_eq!(kind(b.set(b"later", b"v")), ErrorKind::Panic);
    assert_eq!(kind(b.get(b"key:1").map(drop)), ErrorKind::Panic);
    assert_eq!(kind(b.resp(b"PING\r\n").map(drop)), ErrorKind::Panic);
    assert_eq!(kind(db.client().map(drop)), ErrorKind::Panic);
    assert_eq!(kind(db.sync()), ErrorKind::Panic);
    assert_eq!(text(&mut elsewhere, "SET k v"), "OK");
    drop((a, b));
    db.close().unwrap();
    let again = options().open(dir.path()).unwrap();
    let mut client = again.client().unwrap();
    assert_eq!(int(&mut client, "DBSIZE"), 100);
    for i in 0..100 {
        assert_eq!(text(&mut client, &format!("GET key:{i}")), i.to_string());
    }
}

/// Other threads are in the middle of commands when one panics: each ends with an answer or an error, and what
/// was acknowledged is there after reopening.
#[test]
fn a_panic_among_writers_loses_nothing_that_was_acknowledged() {
    let _share = share();
    let rng = Rng::new(seed("a_panic_among_writers_loses_nothing_that_was_acknowledged"));
    let dir = tempfile::tempdir().unwrap();
    let db = Options::new()
        .config("appendfsync always")
        .log(|_: Level, line: &str| assert!(!line.contains("BOOM"), "as the test wants it"))
        .open(dir.path())
        .unwrap();
    let done = AtomicU64::new(0);
    let acknowledged = in_threads(&db, &rng, |n, client, _| {
        for i in 0..100_000_u64 {
            if n == 0 && done.load(Ordering::Relaxed) > 300 {
                let _ = catch_unwind(AssertUnwindSafe(|| client.command(&["DEBUG", "LOG", "BOOM"])));
            }
            match client.incr_by(format!("n{n}").as_bytes(), 1) {
                Ok(value) => assert_eq!(u64::try_from(value).unwrap(), i + 1),
                Err(e) => {
                    assert_eq!(e.kind(), ErrorKind::Panic);
                    return i;
                }
            }
            done.fetch_add(1, Ordering::Relaxed);
        }
        panic!("never poisoned");
    });
    db.close().unwrap();
    let again = Db::open(dir.path()).unwrap();
    let mut client = again.client().unwrap();
    for (n, count) in acknowledged.into_iter().enumerate() {
        let kept = text(&mut client, &format!("GET n{n}")).parse::<u64>().unwrap_or(0);
        // The call that found the database poisoned may have been written, or not.
        assert!(kept == count || kept == count + 1, "thread {n}: {kept} of {count}");
    }
}

#[test]
fn two_databases_of_one_process_share_nothing() {
    let _share = share();
    let (one, two) =
        (Db::open("").unwrap(), Options::new().config("databases 4\nshards 2").open("").unwrap());
    let (mut a, mut b) = (one.client().unwrap(), two.client().unwrap());
    call(&mut a, "SET k one");
    call(&mut a, "CONFIG SET maxmemory 100mb hz 50");
    call(&mut a, "CLIENT SETNAME a");
    call(&mut a, "SELECT 3");
    assert_eq!(text(&mut b, "GET k"), "nil");
    assert_eq!(call(&mut b, "CONFIG GET maxmemory").at(1).unwrap().as_str(), Some("0"));
    assert_eq!(call(&mut b, "CONFIG GET hz").at(1).unwrap().as_str(), Some("10"));
    assert_eq!(text(&mut b, "CLIENT LIST").lines().count(), 1);
    assert_eq!(info(&mut b, "connected_clients"), 1);
    assert!(!text(&mut b, "INFO keyspace").contains("db0"));
    assert!(call(&mut b, "SELECT 4").as_error().is_some());
}

fn count_of(dir: &str) -> usize {
    std::fs::read_dir(dir).unwrap().count()
}

/// Memory, threads and descriptors are back where they were, however often a database is opened.
#[test]
fn opening_and_closing_leaves_nothing_behind() {
    let _alone = PROCESS.write().unwrap_or_else(std::sync::PoisonError::into_inner);
    let dir = tempfile::tempdir().unwrap();
    let round = |i: usize| {
        let db = match i % 4 {
            0 => Db::open(dir.path().join("data")).unwrap(),
            _ => Db::open(":memory:").unwrap(),
        };
        let mut client = db.client().unwrap();
        run(&mut client, &[b"SET", b"k", &[b'v'; 5000]]);
        call(&mut client, "SET e v PX 100000");
        call(&mut client, "INFO");
        match i % 3 {
            0 => db.close().unwrap(),
            // The last handle closes it, clients or not.
            1 => drop(db),
            _ => {}
        }
    };
    (0..100).for_each(round);
    let (threads, files, memory) = (count_of("/proc/self/task"), count_of("/proc/self/fd"), kit::resident());
    (0..1000).for_each(round);
    assert_eq!(count_of("/proc/self/fd"), files);
    kit::eventually("the threads end", || count_of("/proc/self/task") <= threads);
    let grown = kit::resident().saturating_sub(memory);
    assert!(grown < 4 << 20, "{grown} bytes more");
}
