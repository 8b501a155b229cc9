//! CLIENT TRACKING: what conformance scripts cannot say. Other clients that are told instead, random programs against a real
//! server, threads, and bounds.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "test code: it stops at the first surprise, speaks to the terminal, and starts real servers"
)]

mod common;
#[path = "common/kit.rs"]
mod kit;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use common::oracle::{Oracle, Which, start};
use common::resp::{Conn, RespValue};
use kit::{Rng, call, info, seed, text};
use lodger::{Client, Db, Options};

/// A connection whose pushed messages are kept beside its replies.
struct Peer {
    conn: Conn,
    id: String,
    pushed: Vec<String>,
}

impl Peer {
    fn new(server: &Oracle, resp3: bool) -> Self {
        let conn = server.connect().unwrap();
        let mut peer = Self { conn, id: String::new(), pushed: Vec::new() };
        if resp3 {
            peer.call("HELLO 3");
        }
        peer.id = peer.call("CLIENT ID").trim_start_matches(':').to_owned();
        peer
    }

    fn reply(&mut self) -> RespValue {
        loop {
            match self.conn.read().unwrap() {
                RespValue::Push(items) => self.pushed.push(RespValue::Push(items).to_string()),
                reply => return reply,
            }
        }
    }

    fn call(&mut self, line: &str) -> String {
        self.conn.write(format!("{line}\r\n").as_bytes()).unwrap();
        self.reply().to_string()
    }

    /// What was pushed until now: all of it comes before the answer to a call. This one may be queued, and CLIENT CACHING is
    /// not spent on it.
    fn pushed(&mut self) -> Vec<String> {
        self.call("CLIENT GETREDIR");
        std::mem::take(&mut self.pushed)
    }
}

/// What differs from server to server is named.
fn named(text: String, ids: &[(&str, String)]) -> String {
    ids.iter().fold(text, |text, (name, id)| text.replace(&format!(":{id}"), &format!(":{name}")))
}

/// The flags and the redirection of CLIENT INFO.
fn fields(line: &str) -> String {
    let wanted = |field: &&str| field.starts_with("flags=") || field.starts_with("redir=");
    line.split(' ').filter(wanted).collect::<Vec<_>>().join(" ")
}

/// All that a client sees which has another one told.
fn redirected(server: &Oracle) -> Vec<String> {
    let (mut a, mut writer, mut three) =
        (Peer::new(server, true), Peer::new(server, true), Peer::new(server, true));
    let (mut two, mut old) = (Peer::new(server, false), Peer::new(server, false));
    let ids = [("a", a.id.clone()), ("three", three.id.clone()), ("two", two.id.clone())];
    let mut seen = Vec::new();
    // The null of FLUSHALL is in the protocol of who is told; Redis writes it in that of who is not.
    let mut note = |text: String| seen.push(named(text, &ids).replace('_', "nil"));
    // A client that speaks RESP3 is told whatever it does; one that speaks RESP2 if it listens.
    note(old.call(&format!("CLIENT TRACKING ON REDIRECT {}", three.id)));
    note(old.call("GET k"));
    note(writer.call("SET k 1"));
    note(three.pushed().concat());
    note(old.call("CLIENT TRACKINGINFO"));
    note(old.call("CLIENT GETREDIR"));
    note(fields(&old.call("CLIENT INFO")).replace(&three.id, "three"));
    note(old.call("GET k"));
    note(writer.call("FLUSHALL"));
    note(three.pushed().concat());
    note(a.call(&format!("CLIENT TRACKING ON REDIRECT {}", two.id)));
    note(a.call("GET k"));
    note(writer.call("SET k 1"));
    note(a.call("GET k"));
    note(two.call("SUBSCRIBE __redis__:invalidate"));
    note(writer.call("SET k 1"));
    note(two.conn.read().unwrap().to_string());
    note(writer.call("FLUSHALL"));
    note(two.conn.read().unwrap().to_string());
    note(a.pushed().concat());
    note(three.pushed().concat());
    // It is gone.
    drop(two);
    loop {
        // Until the server knows.
        a.call("GET k");
        writer.call("SET k 1");
        let pushed = a.pushed();
        if let Some(told) = pushed.first() {
            note(told.clone());
            break;
        }
    }
    note(a.call("CLIENT TRACKINGINFO"));
    note(fields(&a.call("CLIENT INFO")).split(" redir").next().unwrap().to_owned());
    note(a.call("CLIENT GETREDIR"));
    note(a.call("CLIENT TRACKING ON"));
    note(a.call("CLIENT TRACKINGINFO"));
    note(a.call("CLIENT TRACKING OFF"));
    // To itself.
    note(a.call(&format!("CLIENT TRACKING ON BCAST REDIRECT {}", a.id)));
    note(writer.call("SET k 1"));
    note(a.pushed().concat());
    note(fields(&a.call("CLIENT INFO")).replace(&a.id, "a"));
    note(a.call(&format!("CLIENT TRACKING ON BCAST REDIRECT {} REDIRECT {}", a.id, three.id)));
    seen
}

#[test]
fn another_client_is_told_as_by_redis() {
    let what = "another_client_is_told_as_by_redis";
    let ours = redirected(&start(Which::Lodger, what).unwrap());
    assert!(ours.iter().any(|line| line.contains("tracking-redir-broken")), "{ours:#?}");
    let Some(redis) = start(Which::Redis7, what) else { return };
    let theirs = redirected(&redis);
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours, theirs);
    }
}

/// What was to be told in RESP3 is no reply to a client that speaks RESP2 by now.
#[test]
fn replies_stay_in_step_when_the_protocol_changes() {
    let what = "replies_stay_in_step_when_the_protocol_changes";
    for which in [Which::Lodger, Which::Redis7] {
        let Some(server) = start(which, what) else { continue };
        for end in ["HELLO 2", "RESET"] {
            let (mut a, mut b) = (Peer::new(&server, true), Peer::new(&server, true));
            a.call(&format!("CLIENT TRACKING ON REDIRECT {}", b.id));
            a.call("GET x");
            b.conn.write(format!("SET x 1\r\n{end}\r\nGET x\r\nPING\r\n").as_bytes()).unwrap();
            assert_eq!(b.reply().to_string(), "+\"OK\"");
            b.reply();
            assert_eq!((b.reply().to_string(), b.reply().to_string()), ("\"1\"".into(), "+\"PONG\"".into()));
            assert_eq!(b.call("ECHO e"), "\"e\"", "{end}");
            let mut c = Peer::new(&server, true);
            c.call("CLIENT TRACKING ON");
            let all = "MULTI\r\nGET x\r\nSET x 1\r\nHELLO 2\r\nEXEC\r\nPING\r\n";
            c.conn.write(all.as_bytes()).unwrap();
            (0..5).for_each(|_| drop(c.reply()));
            assert_eq!((c.reply().to_string(), c.call("ECHO e")), ("+\"PONG\"".into(), "\"e\"".into()));
        }
    }
}

/// One step of a random program: who, and what.
fn step(rng: &mut Rng) -> (usize, String) {
    let mut key = || ["a", "b", "aa", "ab", "ba"][rng.below(5)];
    let (k, l) = (key(), key());
    let line = match rng.below(40) {
        0 => "CLIENT TRACKING OFF".to_owned(),
        1 => format!("CLIENT TRACKING ON {}", rng.pick(&["", "NOLOOP", "OPTIN", "OPTOUT", "OPTIN NOLOOP"])),
        2 => format!(
            "CLIENT TRACKING ON BCAST {}",
            rng.pick(&["", "NOLOOP", "PREFIX a", "PREFIX aa PREFIX b"])
        ),
        3 => format!("CLIENT CACHING {}", rng.pick(&["YES", "NO"])),
        4 => "CLIENT TRACKINGINFO".to_owned(),
        5 => rng.pick(&["FLUSHDB", "FLUSHALL", "SWAPDB 0 1", "SELECT 1", "SELECT 0", "RESET"]).to_owned(),
        6..9 => rng.pick(&["MULTI", "EXEC", "EXEC", "DISCARD", "WATCH a"]).to_owned(),
        9..12 => format!("MGET {k} {l}"),
        12..16 => {
            format!("{} {k}", rng.pick(&["EXISTS", "TTL", "TYPE", "STRLEN", "LLEN", "OBJECT ENCODING"]))
        }
        16..18 => format!("MSET {k} 1 {l} 2"),
        18..22 => format!("{} {k} {}", rng.pick(&["SET", "APPEND", "LPUSH", "SADD"]), rng.below(3)),
        22..24 => format!("{} {k} {l}", rng.pick(&["RENAME", "COPY", "LMOVE", "PFMERGE", "SUNIONSTORE"])),
        24..26 => format!("DEL {k} {l}"),
        26 => format!("EXPIRE {k} 1000"),
        27 => format!("PFADD {k} {}", rng.below(2)),
        28 => format!("INCR {k}"),
        29 => format!("GETDEL {k}"),
        _ => format!("GET {k}"),
    };
    let line = if line.starts_with("RESET") { "PING".to_owned() } else { line };
    (rng.below(3), line)
}

#[test]
fn random_programs_are_told_what_redis_tells() {
    let what = "random_programs_are_told_what_redis_tells";
    let seed = seed(what);
    let Some(redis) = start(Which::Redis7, what) else { return };
    let lodger = start(Which::Lodger, what).unwrap();
    let mut told = 0;
    for round in 0..kit::number("TRACKING_ROUNDS", 30) {
        let mut rng = Rng::new(seed).fork(round);
        let mut sides = [&redis, &lodger].map(|server| [0; 3].map(|_| Peer::new(server, true)));
        // One that caches all the time, so that what the others had read is not forgotten: see COMPAT.md.
        let _stays = [&redis, &lodger].map(|server| {
            let mut peer = Peer::new(server, true);
            peer.call("CLIENT TRACKING ON");
            peer
        });
        let mut program = Vec::new();
        let mut queues = [false; 3];
        for _ in 0..120 {
            let (who, mut line) = step(&mut rng);
            // In a transaction it counts for the commands before it, too: see COMPAT.md.
            if queues[who] && line.starts_with("CLIENT TRACKING O") {
                line = "PING".to_owned();
            }
            match line.as_str() {
                "MULTI" => queues[who] = true,
                "EXEC" | "DISCARD" => queues[who] = false,
                _ => {}
            }
            program.push(format!("{who}> {line}"));
            let seen = sides.each_mut().map(|peers| {
                let reply = peers[who].call(&line);
                let pushed: Vec<Vec<String>> = peers.iter_mut().map(Peer::pushed).collect();
                (reply, pushed)
            });
            let [theirs, ours] = &seen;
            told += theirs.1.iter().map(Vec::len).sum::<usize>();
            assert_eq!(ours, theirs, "round {round}:\n{}", program.join("\n"));
        }
        sides.iter_mut().for_each(|peers| {
            for peer in peers.iter_mut() {
                peer.call("RESET");
            }
            peers[0].call("FLUSHALL");
        });
    }
    println!("{told} messages");
    assert!(told > 300);
}

/// A client in the process that caches what it reads.
struct Cache {
    client: Client,
    known: BTreeMap<String, Option<Vec<u8>>>,
    told: u64,
}

impl Cache {
    fn new(db: &Db, how: &str) -> Self {
        let mut client = db.client().unwrap();
        call(&mut client, "HELLO 3");
        assert_eq!(text(&mut client, format!("CLIENT TRACKING ON {how}").trim()), "OK");
        Self { client, known: BTreeMap::new(), told: 0 }
    }

    /// Forgets what is out of date.
    fn listen(&mut self) {
        while let Some(message) = self.client.message(0).unwrap() {
            assert_eq!(message.at(0).unwrap().as_bytes(), Some(&b"invalidate"[..]));
            self.told += 1;
            let keys = message.at(1).unwrap();
            if keys.is_nil() {
                self.known.clear();
            }
            for i in 0..keys.len() {
                let key = keys.at(i).unwrap().as_bytes().unwrap();
                self.known.remove(std::str::from_utf8(key).unwrap());
            }
        }
    }

    fn read(&mut self, key: &str, how: usize) {
        if self.known.contains_key(key) {
            return;
        }
        let value = match how {
            0 => self.client.get(key.as_bytes()).unwrap().map(<[u8]>::to_vec),
            1 => {
                let mut value = None;
                self.client.mget(&[key.as_bytes()], |_, v| value = v.map(<[u8]>::to_vec)).unwrap();
                value
            }
            _ => call(&mut self.client, &format!("GET {key}")).as_bytes().map(<[u8]>::to_vec),
        };
        self.known.insert(key.to_owned(), value);
    }
}

/// Whatever writers do, in the end nobody has a value that he was not told to be out of date.
#[test]
fn nothing_stale_is_left_under_threads() {
    let seed = seed("nothing_stale_is_left_under_threads");
    let db = Options::new().config("tracking-table-max-keys 20").open(":memory:").unwrap();
    for (round, how) in ["", "BCAST", "NOLOOP", "BCAST PREFIX k"].into_iter().enumerate() {
        let stop = AtomicBool::new(false);
        let mut told = 0;
        std::thread::scope(|scope| {
            let (db, stop) = (&db, &stop);
            let writers: Vec<_> = (0..4)
                .map(|n| {
                    scope.spawn(move || {
                        let mut rng = Rng::new(seed).fork(n + 100 * round as u64);
                        let mut client = db.client().unwrap();
                        for i in 0..4000 {
                            let key = format!("k{}", rng.below(40));
                            match rng.below(12) {
                                0 => drop(client.del(key.as_bytes()).unwrap()),
                                1 => drop(call(&mut client, &format!("SET {key} x PX 1"))),
                                2 => drop(call(&mut client, &format!("RENAMENX {key} k{}", rng.below(40)))),
                                3 => drop(client.append(key.as_bytes(), b"x").unwrap()),
                                4 if rng.one_in(200) => drop(call(&mut client, "FLUSHALL")),
                                5 => {
                                    call(&mut client, "MULTI");
                                    call(&mut client, &format!("SET {key} {i}"));
                                    call(&mut client, "EXEC");
                                }
                                _ => client.set(key.as_bytes(), format!("{n}:{i}").as_bytes()).unwrap(),
                            }
                        }
                    })
                })
                .collect();
            let readers: Vec<_> = (0..3)
                .map(|n| {
                    scope.spawn(move || {
                        let mut rng = Rng::new(seed).fork(n + 50 + 100 * round as u64);
                        let mut cache = Cache::new(db, how);
                        while !stop.load(Ordering::Acquire) {
                            cache.listen();
                            (0..10).for_each(|_| cache.read(&format!("k{}", rng.below(40)), rng.below(3)));
                        }
                        cache
                    })
                })
                .collect();
            writers.into_iter().for_each(|writer| writer.join().unwrap());
            // What expired is removed by whoever looks.
            let mut client = db.client().unwrap();
            for i in 0..40 {
                call(&mut client, &format!("EXISTS k{i}"));
            }
            stop.store(true, Ordering::Release);
            for reader in readers {
                let mut cache = reader.join().unwrap();
                cache.listen();
                for key in cache.known.keys().cloned().collect::<Vec<_>>() {
                    let now = client.get(key.as_bytes()).unwrap().map(<[u8]>::to_vec);
                    // The time of a key may have come just now.
                    cache.listen();
                    let known = cache.known.get(&key);
                    assert!(
                        known.is_none_or(|known| *known == now),
                        "{how}: {key} is {now:?}, not {known:?}"
                    );
                }
                told += cache.told;
            }
        });
        // Few, where messages come together while a reader has no processor.
        assert!(told > 0, "{how}");
    }
    let mut client = db.client().unwrap();
    assert_eq!(info(&mut client, "tracking_clients"), 0);
    assert_eq!(info(&mut client, "tracking_total_keys"), 0);
}

#[test]
fn the_table_is_bounded_and_counted() {
    let db = Options::new().config("tracking-table-max-keys 10").open(":memory:").unwrap();
    let mut a = Cache::new(&db, "");
    let mut b = Cache::new(&db, "BCAST PREFIX x PREFIX y");
    for i in 0..100 {
        a.read(&format!("k{i}"), i % 3);
    }
    let mut client = db.client().unwrap();
    let counts = ["clients", "total_keys", "total_items", "total_prefixes"]
        .map(|field| info(&mut client, &format!("tracking_{field}")));
    assert_eq!(counts, [2, 10, 10, 2]);
    a.listen();
    assert_eq!((a.told, a.known.len()), (90, 10), "who is not remembered is told");
    assert_eq!(text(&mut client, "CONFIG SET tracking-table-max-keys 0"), "OK");
    for i in 0..100 {
        a.read(&format!("k{i}"), 0);
    }
    assert_eq!(info(&mut client, "tracking_total_keys"), 100);
    b.listen();
    assert_eq!(b.told, 0);
    // A limit that comes down is reached by and by; clients that are gone do not gather in a key that many read.
    assert_eq!(text(&mut client, "CONFIG SET tracking-table-max-keys 10"), "OK");
    for i in 0..100 {
        a.read(&format!("new{i}"), 0);
    }
    assert_eq!(info(&mut client, "tracking_total_keys"), 10);
    for _ in 0..1000 {
        Cache::new(&db, "").read("hot", 0);
    }
    let items = info(&mut client, "tracking_total_items");
    assert!(items < 10 + 128, "{items}");
    drop((a, b));
    assert_eq!(info(&mut client, "tracking_total_keys"), 0);
}

/// Who does not take his messages is told in the end that all is out of date, and costs no more memory.
#[test]
fn messages_that_nobody_takes_become_one() {
    let db = Options::new().config("client-output-buffer-limit pubsub 8kb 0 0").open(":memory:").unwrap();
    for how in ["", "BCAST"] {
        let mut cache = Cache::new(&db, how);
        let mut client = db.client().unwrap();
        for i in 0..2000 {
            cache.read(&format!("k{i}"), 0);
        }
        for i in 0..2000 {
            client.set(format!("k{i}").as_bytes(), b"new").unwrap();
        }
        cache.listen();
        assert!(cache.told < 500, "{how}: {}", cache.told);
        assert!(cache.known.is_empty(), "{how}: {:?}", cache.known);
        // It goes on as before.
        cache.read("k1", 0);
        client.set(b"k1", b"newer").unwrap();
        cache.listen();
        assert!(cache.known.is_empty());
    }
}
