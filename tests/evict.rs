//! `maxmemory` and its eight policies: memory stays bounded, the right keys go, what went is in the journal, and
//! memory is given back.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "test code: it stops at the first surprise and prints shares"
)]

#[path = "common/kit.rs"]
mod kit;

use std::collections::{BTreeMap, HashMap};
use std::sync::RwLock;

use kit::{Rng, call, dump, eventually, info, int, run, same, seed, text, turns};
use lodger::{Client, Clock, Db, ErrorKind, Options};

const OOM: &str = "OOM command not allowed when used memory > 'maxmemory'.";

const POLICIES: &[&str] = &[
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "noeviction",
];

/// Held by every test; exclusively by the ones that look at the memory of the whole process.
static PROCESS: RwLock<()> = RwLock::new(());

fn share() -> impl Drop {
    PROCESS.read().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn alone() -> impl Drop {
    PROCESS.write().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn open(config: &str) -> (Db, Client) {
    let db = Options::new().config(config).open("").unwrap();
    let client = db.client().unwrap();
    (db, client)
}

/// Sets a limit of so many bytes, on top of what an empty database takes; what INFO says when it is reached.
fn limit(client: &mut Client, bytes: u64) -> u64 {
    let limit = info(client, "used_memory_startup") + bytes;
    assert_eq!(text(client, &format!("CONFIG SET maxmemory {limit}")), "OK");
    limit + info(client, "mem_clients_normal")
}

#[test]
fn memory_stays_bounded_under_every_policy() {
    let _share = share();
    let mut rng = Rng::new(seed("memory_stays_bounded_under_every_policy"));
    for policy in POLICIES {
        let (_db, mut client) = open(&format!("maxmemory-policy {policy}"));
        let bytes = 1 << 20;
        let limit = limit(&mut client, bytes);
        let (mut written, mut refused) = (0, 0);
        for i in 0.. {
            let (key, value) = (format!("key:{i}"), vec![b'v'; rng.below(2000)]);
            call(&mut client, &format!("SELECT {}", rng.below(3)));
            let reply = match rng.below(3) {
                0 => run(&mut client, &[b"SET", key.as_bytes(), &value, b"EX", b"1000"]),
                1 => run(&mut client, &[b"SETEX", key.as_bytes(), b"5000", &value]),
                _ => run(&mut client, &[b"MSET", key.as_bytes(), &value, b"fixed", b"v"]),
            };
            match reply.as_error() {
                Some(text) => {
                    assert_eq!(text, OOM.as_bytes());
                    refused += 1;
                }
                None => assert_eq!(reply.as_str(), Some("OK")),
            }
            written += value.len() as u64;
            if i % 32 == 0 {
                let used = info(&mut client, "used_memory");
                // One call's worth of growth, and what shards have not yet reported.
                assert!(used < limit + 64 * 512 + 8192, "{policy}: {used} of {limit}");
            }
            if written > 10 * bytes {
                break;
            }
        }
        let evicted = info(&mut client, "evicted_keys");
        let volatile = policy.starts_with("volatile");
        assert_eq!(evicted > 0, *policy != "noeviction", "{policy}: {evicted}");
        assert_eq!(refused > 0, volatile || *policy == "noeviction", "{policy}: {refused}");
        let used = info(&mut client, "used_memory");
        assert!(used > limit - bytes / 10, "{policy}: the memory is used: {used} of {limit}");
    }
}

#[test]
fn eight_threads_stay_within_the_limit() {
    let _share = share();
    for policy in ["allkeys-lru", "allkeys-random", "volatile-ttl"] {
        let (db, mut client) = open(&format!("maxmemory-policy {policy}"));
        let limit = limit(&mut client, 2 << 20);
        std::thread::scope(|scope| {
            for n in 0..8 {
                let mut client = db.client().unwrap();
                scope.spawn(move || {
                    for i in 0..5_000 {
                        client.set_px(format!("{n}:{i}").as_bytes(), &[b'v'; 300], 1_000_000).unwrap();
                    }
                });
            }
            for _ in 0..50 {
                let used = info(&mut client, "used_memory");
                assert!(used < limit + (64 << 10), "{policy}: {used} of {limit}");
            }
        });
        assert!(info(&mut client, "evicted_keys") > 20_000);
    }
}

/// Every command of the table with the flag, with as many arguments as it needs.
fn calls_with(client: &mut Client, flag: &str) -> Vec<Vec<String>> {
    let mut calls = Vec::new();
    for row in call(client, "COMMAND").elements() {
        let arity = usize::try_from(row.at(1).unwrap().as_int().unwrap().abs()).unwrap();
        if row.at(2).unwrap().iter().any(|f| f.as_str() == Some(flag)) {
            let mut argv = vec![row.at(0).unwrap().as_str().unwrap().to_owned()];
            argv.resize(arity, "1".to_owned());
            calls.push(argv);
        }
    }
    calls
}

#[test]
fn without_eviction_growing_is_refused_and_the_rest_works() {
    let _share = share();
    let (_db, mut client) = open("");
    limit(&mut client, 300_000);
    let mut stored = 0;
    while call(&mut client, &format!("SET key:{stored} {}", "v".repeat(1000))).as_error().is_none() {
        stored += 1;
    }
    assert!((200..320).contains(&stored), "{stored}");
    let growing = calls_with(&mut client, "denyoom");
    assert!(growing.len() > 10, "{growing:?}");
    for argv in growing {
        let reply = client.command(&argv).unwrap();
        assert_eq!(reply.as_error(), Some(OOM.as_bytes()), "{argv:?}");
    }
    assert_eq!(client.set(b"k", b"v").unwrap_err().kind(), ErrorKind::NoMemory);
    assert_eq!(client.set_px(b"k", b"v", 5).unwrap_err().kind(), ErrorKind::NoMemory);
    assert_eq!(client.append(b"key:1", b"v").unwrap_err().kind(), ErrorKind::NoMemory);
    assert_eq!(client.incr_by(b"n", 1).unwrap_err().message(), OOM);
    assert_eq!(
        client.resp(b"SET k v\r\nSTRLEN key:1\r\n").unwrap(),
        format!("-{OOM}\r\n:1000\r\n").as_bytes()
    );
    assert!(info(&mut client, "total_error_replies") > 10);
    for line in ["GET key:1", "GETRANGE key:1 0 5", "EXPIRE key:1 100", "PERSIST key:1", "RENAME key:1 other"]
    {
        assert!(call(&mut client, line).as_error().is_none(), "{line}");
    }
    assert_eq!(info(&mut client, "evicted_keys"), 0);
    assert!(client.del(b"key:2").unwrap() && client.del(b"key:3").unwrap());
    assert_eq!(text(&mut client, "GETDEL key:4").len(), 1000);
    // What is due to a shard's total is reported in steps of some hundred bytes.
    assert_eq!(int(&mut client, "DEL key:5 key:6"), 2);
    assert_eq!(text(&mut client, "SET key:2 v"), "OK");
    // A limit below what is used refuses at once, and none at all lets everything pass.
    call(&mut client, "CONFIG SET maxmemory 1");
    assert_eq!(call(&mut client, "SET k v").as_error(), Some(OOM.as_bytes()));
    call(&mut client, "CONFIG SET maxmemory 0");
    assert_eq!(text(&mut client, "SET k v"), "OK");
}

#[test]
fn volatile_policies_leave_lasting_keys_alone() {
    let _share = share();
    for policy in POLICIES.iter().filter(|p| p.starts_with("volatile")) {
        let (_db, mut client) = open(&format!("maxmemory-policy {policy}"));
        for i in 0..200 {
            call(&mut client, &format!("SET lasting:{i} {}", "v".repeat(1000)));
            call(&mut client, &format!("SET volatile:{i} {} EX {}", "v".repeat(1000), 100 + i));
        }
        let used = info(&mut client, "used_memory");
        limit(&mut client, 350_000);
        eventually("some go", || info(&mut client, "used_memory") < used - 60_000);
        assert_eq!(call(&mut client, "KEYS lasting:*").len(), 200, "{policy}");
        let evicted = info(&mut client, "evicted_keys");
        assert!((20..200).contains(&evicted), "{policy}: {evicted}");
        // As long as there are volatile keys, lasting ones can be written.
        let mut more = 0;
        while call(&mut client, &format!("SET more:{more} {}", "v".repeat(1000))).as_error().is_none() {
            more += 1;
        }
        assert_eq!(call(&mut client, "KEYS volatile:*").len(), 0, "{policy}");
        assert_eq!(call(&mut client, "KEYS lasting:*").len(), 200, "{policy}");
        assert_eq!(call(&mut client, "KEYS more:*").len(), more, "{policy}");
        assert_eq!(info(&mut client, "evicted_keys"), 200, "{policy}");
    }
}

/// Fills memory ten times over, reading 300 hot keys all the time; the share of them that is still there.
fn hot_share(policy: &str, rng: &mut Rng) -> f64 {
    let clock = Clock::manual(1_700_000_000_000);
    let db =
        Options::new().clock(clock.clone()).config(format!("maxmemory-policy {policy}")).open("").unwrap();
    let mut client = db.client().unwrap();
    for i in 0..300 {
        call(&mut client, &format!("SET hot:{i} {} EX 100000000", "v".repeat(100)));
    }
    limit(&mut client, 500_000);
    for i in 0..30_000 {
        run(&mut client, &[b"SET", format!("cold:{i}").as_bytes(), &[b'v'; 100], b"EX", b"100000000"]);
        for _ in 0..2 {
            run(&mut client, &[b"GET", format!("hot:{}", rng.below(300)).as_bytes()]);
        }
        if i % 100 == 0 {
            clock.advance_ms(1000);
        }
    }
    assert!(info(&mut client, "evicted_keys") > 20_000);
    let share = call(&mut client, "KEYS hot:*").len() as f64 / 300.0;
    println!("{policy}: {share:.3} of the hot keys are left");
    share
}

#[test]
fn keys_in_use_stay() {
    let _share = share();
    let mut rng = Rng::new(seed("keys_in_use_stay"));
    for policy in ["allkeys-lru", "volatile-lru", "allkeys-lfu", "volatile-lfu"] {
        assert!(hot_share(policy, &mut rng) > 0.9, "{policy}");
    }
    for policy in ["allkeys-random", "volatile-random"] {
        assert!(hot_share(policy, &mut rng) < 0.3, "{policy}: use does not matter to it");
    }
}

#[test]
fn volatile_ttl_takes_the_soonest_first() {
    let _share = share();
    let mut rng = Rng::new(seed("volatile_ttl_takes_the_soonest_first"));
    let (_db, mut client) = open("maxmemory-policy volatile-ttl");
    let mut order: Vec<usize> = (0..4000).collect();
    (0..4000).for_each(|i| order.swap(i, rng.below(4000)));
    for i in order {
        call(&mut client, &format!("SET key:{i} {} EX {}", "v".repeat(200), 10_000 + i * 10));
    }
    let used = info(&mut client, "used_memory");
    limit(&mut client, 600_000);
    eventually("half go", || info(&mut client, "used_memory") < used - 300_000);
    let left: Vec<usize> =
        call(&mut client, "KEYS *").iter().map(|k| k.as_str().unwrap()[4..].parse().unwrap()).collect();
    let quarter = |n: usize| left.iter().filter(|i| **i / 1000 == n).count();
    let quarters = [0, 1, 2, 3].map(quarter);
    println!("left of each quarter: {quarters:?}");
    assert!(quarters[0] < 300, "of those that end soon few are left");
    assert!(quarters[3] > 850, "of those that end late most are left");
}

#[test]
fn a_lower_limit_evicts_in_the_background() {
    let _share = share();
    let (_db, mut client) = open("maxmemory-policy allkeys-random");
    let empty = info(&mut client, "used_memory");
    for i in 0..60_000 {
        client.set(format!("key:{i}").as_bytes(), &[b'v'; 64]).unwrap();
    }
    assert!(info(&mut client, "used_memory") > empty + (5 << 20));
    limit(&mut client, 1 << 20);
    // Nobody writes: the background thread goes on until it is done.
    eventually("memory falls", || info(&mut client, "used_memory") < empty + (1 << 20) + 32_768);
    assert!(int(&mut client, "DBSIZE") > 1000);
    call(&mut client, "CONFIG SET maxmemory-policy noeviction");
    limit(&mut client, 100 << 10);
    assert_eq!(call(&mut client, "SET k v").as_error(), Some(OOM.as_bytes()));
    let left = int(&mut client, "DBSIZE");
    call(&mut client, "CONFIG SET maxmemory-policy allkeys-lru");
    eventually("memory falls again", || info(&mut client, "used_memory") < empty + (100 << 10) + 32_768);
    assert!(int(&mut client, "DBSIZE") < left);
}

#[test]
fn evictions_are_in_the_journal() {
    let _share = share();
    for config in ["", "lazyfree-lazy-eviction yes\n"] {
        let dir = tempfile::tempdir().unwrap();
        let limits = format!("{config}appendfsync no\nmaxmemory-policy allkeys-lru\nmaxmemory 400kb");
        let db = Options::new().config(limits).open(dir.path()).unwrap();
        let mut client = db.client().unwrap();
        for i in 0..10_000 {
            call(&mut client, &format!("SELECT {}", i % 3));
            call(&mut client, &format!("SET key:{i} {}", "v".repeat(200)));
        }
        assert!(info(&mut client, "evicted_keys") > 8_000);
        call(&mut client, "CONFIG SET maxmemory 0");
        // The background thread may be in the middle of its last eviction.
        turns(&mut client);
        let before = dump(&mut client, 3);
        assert!(before.len() > 300, "{}", before.len());
        db.close().unwrap();
        let again = Db::open(dir.path()).unwrap();
        let mut client = again.client().unwrap();
        same(&before, &dump(&mut client, 3), config);
        assert_eq!(info(&mut client, "evicted_keys"), 0);
    }
}

/// The least recently used of so many keys goes, exactly: what sampling is held against.
struct ExactLru {
    size: usize,
    tick: u64,
    used: HashMap<usize, u64>,
    order: BTreeMap<u64, usize>,
}

impl ExactLru {
    /// Uses a key; whether it was there.
    fn hit(&mut self, key: usize) -> bool {
        self.tick += 1;
        let before = self.used.insert(key, self.tick);
        if let Some(at) = before {
            self.order.remove(&at);
        }
        self.order.insert(self.tick, key);
        if self.used.len() > self.size
            && let Some((_, gone)) = self.order.pop_first()
        {
            self.used.remove(&gone);
        }
        before.is_some()
    }
}

/// A cache in front of keys of which few are asked for often: sampled LRU hits nearly as often as exact LRU with
/// as many keys.
#[test]
fn sampled_lru_hits_nearly_as_often_as_exact_lru() {
    let _share = share();
    let mut rng = Rng::new(seed("sampled_lru_hits_nearly_as_often_as_exact_lru"));
    // The share of a key falls with its number.
    let asked: Vec<usize> = (0..150_000)
        .map(|_| {
            let u = rng.below(1 << 20);
            (((u * u) >> 20) * u * 20_000) >> 40
        })
        .collect();
    let warm = 50_000;
    let hits = |policy: &str, samples: usize| {
        let clock = Clock::manual(1_700_000_000_000);
        let config = format!("maxmemory-policy {policy}\nmaxmemory-samples {samples}");
        let db = Options::new().clock(clock.clone()).config(config).open("").unwrap();
        let mut client = db.client().unwrap();
        limit(&mut client, 400_000);
        let mut ours = 0;
        for (i, n) in asked.iter().enumerate() {
            let key = format!("key:{n}");
            if client.get(key.as_bytes()).unwrap().is_some() {
                ours += usize::from(i >= warm);
            } else {
                client.set(key.as_bytes(), &[b'v'; 64]).unwrap();
            }
            if i % 100 == 0 {
                clock.advance_ms(1000);
            }
        }
        let size = usize::try_from(int(&mut client, "DBSIZE")).unwrap();
        let mut exact = ExactLru { size, tick: 0, used: HashMap::new(), order: BTreeMap::new() };
        let best = asked.iter().enumerate().filter(|(i, n)| exact.hit(**n) && *i >= warm).count();
        println!("{policy}, {samples} samples, {size} keys: {ours} hits, exact LRU {best}");
        ours as f64 / best as f64
    };
    let (random, five, ten) = (hits("allkeys-random", 5), hits("allkeys-lru", 5), hits("allkeys-lru", 10));
    assert!(five > 0.95 && ten > 0.97, "{five} {ten}");
    assert!(random < five - 0.03, "{random} {five}");
}

#[test]
fn memory_counts_come_back_to_where_they_were() {
    let _share = share();
    let mut rng = Rng::new(seed("memory_counts_come_back_to_where_they_were"));
    let (_db, mut client) = open("");
    let empty = info(&mut client, "used_memory");
    for round in 0..4 {
        for _ in 0..20_000 {
            let (a, b) = (format!("key:{}", rng.below(3000)), format!("key:{}", rng.below(3000)));
            let value = vec![b'v'; rng.pick(&[0, 1, 20, 44, 45, 300, 5000])];
            match rng.below(13) {
                0..3 => drop(run(&mut client, &[b"SET", a.as_bytes(), &value])),
                3 => drop(run(&mut client, &[b"SET", a.as_bytes(), &value, b"EX", b"1000"])),
                4 => drop(run(&mut client, &[b"APPEND", a.as_bytes(), &value])),
                5 => drop(call(&mut client, &format!("SETRANGE {a} {} x", rng.below(3000)))),
                6 => drop(call(&mut client, &format!("SET {a} {}", rng.below(1 << 20)))),
                7 => drop(call(&mut client, &format!("RENAME {a} {b}"))),
                8 => drop(call(&mut client, &format!("COPY {a} {b} REPLACE"))),
                9 => drop(call(&mut client, &format!("PERSIST {a}"))),
                10 => drop(call(&mut client, &format!("MOVE {a} 1"))),
                11 => drop(call(&mut client, &format!("DEL {a} {b}"))),
                _ => drop(call(&mut client, &format!("INCR {a}"))),
            }
        }
        let full = info(&mut client, "used_memory");
        assert!(full > empty + 1_000_000, "{full}");
        match round {
            0 => drop(call(&mut client, "FLUSHALL ASYNC")),
            1 => drop(call(&mut client, "FLUSHALL SYNC")),
            _ => {
                call(&mut client, "SWAPDB 0 1");
                for _ in 0..2 {
                    for key in call(&mut client, "KEYS *").elements() {
                        assert!(client.del(key.as_bytes().unwrap()).unwrap());
                    }
                    call(&mut client, "SELECT 1");
                }
                call(&mut client, "SELECT 0");
            }
        }
        let left = info(&mut client, "used_memory");
        // Each shard keeps small changes to itself.
        assert!(left.abs_diff(empty) < 64 * 512, "round {round}: {left} after {empty}");
    }
}

fn fill(client: &mut Client, keys: usize) {
    for i in 0..keys {
        client.set(format!("a key of some length:{i}").as_bytes(), &[b'v'; 200]).unwrap();
    }
}

/// After deletes the process itself becomes smaller, whichever way the keys went.
#[test]
fn memory_goes_back_to_the_system() {
    let _alone = alone();
    for how in ["FLUSHALL ASYNC", "FLUSHALL SYNC", "DEL", "expire", "evict"] {
        let clock = Clock::manual(1_700_000_000_000);
        let options = Options::new().clock(clock.clone()).config("maxmemory-policy allkeys-random");
        let db = options.open("").unwrap();
        let mut client = db.client().unwrap();
        let (used, resident) = (info(&mut client, "used_memory"), kit::resident());
        fill(&mut client, 200_000);
        let (full, grown) = (info(&mut client, "used_memory") - used, kit::resident() - resident);
        match how {
            "DEL" => (0..200_000).for_each(|i| {
                client.del(format!("a key of some length:{i}").as_bytes()).unwrap();
            }),
            "evict" => drop(call(&mut client, "CONFIG SET maxmemory 100kb")),
            "expire" => {
                for i in 0..200_000 {
                    client.pexpire(format!("a key of some length:{i}").as_bytes(), 1000).unwrap();
                }
                clock.advance_ms(2000);
            }
            _ => assert_eq!(text(&mut client, how), "OK"),
        }
        let left = |client: &mut Client| info(client, "used_memory").saturating_sub(used);
        eventually(how, || left(&mut client) < full / 20);
        eventually("freed", || info(&mut client, "lazyfree_pending_objects") == 0);
        eventually("given back", || kit::resident().saturating_sub(resident) < grown / 3);
        println!("{how}: {grown} bytes grown, {} left", kit::resident().saturating_sub(resident));
    }
}

/// Deletes here and there leave no wholly free part of the heap: what stays is moved together in the background, while
/// it is used.
#[test]
fn memory_goes_back_after_scattered_deletes() {
    let _alone = alone();
    const KEYS: u32 = 300_000;
    let (_db, mut client) = open("");
    let key = |i: u32| format!("scattered:{i}").into_bytes();
    let resident = kit::resident();
    for i in 0..KEYS {
        client.set(&key(i), &[u8::try_from(i % 251).unwrap(); 200]).unwrap();
    }
    let grown = kit::resident() - resident;
    // Nine of ten, in no order that the heap knows.
    let stays = |i: u32| i.wrapping_mul(0x9e37_79b9) < u32::MAX / 10;
    for i in (0..KEYS).filter(|i| !stays(*i)) {
        assert!(client.del(&key(i)).unwrap());
    }
    let mut n = 0;
    eventually("given back", || {
        for i in (n..KEYS).filter(|i| stays(*i)).take(1000) {
            assert_eq!(client.get(&key(i)).unwrap().unwrap(), [u8::try_from(i % 251).unwrap(); 200]);
            n = i + 1;
        }
        n %= KEYS;
        kit::resident().saturating_sub(resident) < grown / 3
    });
    println!("{grown} bytes grown, {} left", kit::resident().saturating_sub(resident));
    for i in 0..KEYS {
        let value = client.get(&key(i)).unwrap();
        assert_eq!(value, stays(i).then_some(&[u8::try_from(i % 251).unwrap(); 200][..]));
    }
}

/// FLUSHALL ASYNC leaves the freeing to the background thread, FLUSHALL SYNC does it in the call.
#[test]
fn an_asynchronous_flush_does_not_wait() {
    let _alone = alone();
    for (line, in_background) in [("FLUSHALL ASYNC", 100_000), ("FLUSHALL SYNC", 0)] {
        let (_db, mut client) = open("");
        fill(&mut client, 100_000);
        call(&mut client, line);
        assert_eq!(int(&mut client, "DBSIZE"), 0);
        assert_eq!(client.get(b"a key of some length:1").unwrap(), None);
        client.set(b"a key of some length:1", b"again").unwrap();
        eventually("freed", || info(&mut client, "lazyfree_pending_objects") == 0);
        assert_eq!(info(&mut client, "lazyfreed_objects"), in_background, "{line}");
        assert_eq!(client.get(b"a key of some length:1").unwrap(), Some(&b"again"[..]));
    }
}
