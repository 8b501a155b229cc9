//! Transactions and waiting calls under threads: nothing is lost or done twice, and nobody is left waiting.
//!
//! `WAITING=n` says how many items go through the queue; `make soak` uses a million. Random choices print their `SEED`.

#![expect(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, reason = "test code")]

#[path = "common/kit.rs"]
mod kit;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use kit::{Rng, call, eventually, info, int, number, run, seed, text};
use lodger::{Clock, Db, ErrorKind, Options, Reply};

fn items() -> u64 {
    number("WAITING", 100_000)
}

/// Four put numbers into a queue, eight wait for them: each number comes out once.
fn through_a_queue(db: &Db, put: &'static str, take: &'static [&'static str]) {
    let items = items();
    let seen: Vec<AtomicBool> = (0..items).map(|_| AtomicBool::new(false)).collect();
    let (seen, taken) = (Arc::new(seen), Arc::new(AtomicU64::new(0)));
    let mut threads = Vec::new();
    for n in 0..8 {
        let (db, seen, taken) = (db.clone(), Arc::clone(&seen), Arc::clone(&taken));
        threads.push(thread::spawn(move || {
            let mut client = db.client().unwrap();
            let line = take[n % take.len()];
            while taken.load(Ordering::SeqCst) < items {
                let reply = call(&mut client, line);
                let mut numbers = Vec::new();
                collect(&reply, &mut numbers);
                for number in numbers {
                    let before = seen[usize::try_from(number).unwrap()].swap(true, Ordering::SeqCst);
                    assert!(!before, "{number} came twice");
                    taken.fetch_add(1, Ordering::SeqCst);
                }
            }
        }));
    }
    for n in 0..4 {
        let db = db.clone();
        threads.push(thread::spawn(move || {
            let mut client = db.client().unwrap();
            for number in (n..items).step_by(4) {
                call(&mut client, &put.replace('@', &number.to_string()));
            }
        }));
    }
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(taken.load(Ordering::SeqCst), items);
    assert!(seen.iter().all(|seen| seen.load(Ordering::SeqCst)));
    let mut client = db.client().unwrap();
    assert_eq!(int(&mut client, "DBSIZE"), 0, "nothing is left over");
}

/// Numbers in a reply: elements of the form `n:5`.
fn collect(reply: &Reply, numbers: &mut Vec<u64>) {
    let text = reply.as_bytes().and_then(|bytes| std::str::from_utf8(bytes).ok());
    numbers.extend(text.and_then(|text| text.strip_prefix("n:")).map(|n| n.parse::<u64>().unwrap()));
    reply.elements().iter().for_each(|element| collect(element, numbers));
}

#[test]
fn a_queue_loses_and_doubles_nothing() {
    let db = Db::open("").unwrap();
    through_a_queue(
        &db,
        "RPUSH q n:@",
        &["BLPOP q 0.05", "BRPOP p q 0.05", "BLMPOP 0.05 2 r q LEFT COUNT 3"],
    );
    through_a_queue(
        &db,
        "ZADD z @ n:@",
        &["BZPOPMIN z 0.05", "BZPOPMAX y z 0.05", "BZMPOP 0.05 1 z MIN COUNT 3"],
    );
    assert_eq!(info(&mut db.client().unwrap(), "blocked_clients"), 0);
}

/// What is taken is on its way through a second list: BLMOVE, then BLPOP.
#[test]
fn a_chain_of_queues_loses_and_doubles_nothing() {
    let db = Db::open("").unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let movers: Vec<_> = (0..3)
        .map(|_| {
            let (db, stop) = (db.clone(), Arc::clone(&stop));
            thread::spawn(move || {
                let mut client = db.client().unwrap();
                while !stop.load(Ordering::SeqCst) {
                    call(&mut client, "BLMOVE q p LEFT RIGHT 0.05");
                }
            })
        })
        .collect();
    through_a_queue(&db, "RPUSH q n:@", &["BLPOP p 0.05"]);
    stop.store(true, Ordering::SeqCst);
    movers.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(info(&mut db.client().unwrap(), "blocked_clients"), 0);
}

/// Each entry is given to one consumer of the group.
#[test]
fn a_group_gives_each_entry_to_one_consumer() {
    let db = Db::open("").unwrap();
    let mut client = db.client().unwrap();
    call(&mut client, "XGROUP CREATE s g $ MKSTREAM");
    let items = items() / 4;
    let (taken, count) =
        (Arc::new(Mutex::new(std::collections::BTreeSet::new())), Arc::new(AtomicU64::new(0)));
    let readers: Vec<_> = (0..6)
        .map(|n| {
            let (db, taken, count) = (db.clone(), Arc::clone(&taken), Arc::clone(&count));
            thread::spawn(move || {
                let mut client = db.client().unwrap();
                while count.load(Ordering::SeqCst) < items {
                    let line = format!("XREADGROUP GROUP g c{n} COUNT 2 BLOCK 50 NOACK STREAMS s >");
                    let reply = call(&mut client, &line);
                    let mut numbers = Vec::new();
                    reply.pairs().for_each(|(_, entries)| collect(entries, &mut numbers));
                    for number in numbers {
                        assert!(taken.lock().unwrap().insert(number), "{number} came twice");
                        count.fetch_add(1, Ordering::SeqCst);
                    }
                }
            })
        })
        .collect();
    for number in 0..items {
        call(&mut client, &format!("XADD s MAXLEN ~ 100000 * n n:{number}"));
    }
    readers.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(count.load(Ordering::SeqCst), items);
    assert_eq!(info(&mut client, "blocked_clients"), 0);
}

#[test]
fn watched_increments_sum_up() {
    let db = Db::open("").unwrap();
    let (threads, each) = (8, items() / 50);
    let workers: Vec<_> = (0..threads)
        .map(|_| {
            let db = db.clone();
            thread::spawn(move || {
                let mut client = db.client().unwrap();
                let (mut done, mut refused) = (0, 0_u64);
                while done < each {
                    call(&mut client, "WATCH counter");
                    let reply = call(&mut client, "GET counter");
                    let n: u64 = reply.as_str().map_or(0, |text| text.parse().unwrap());
                    call(&mut client, "MULTI");
                    call(&mut client, &format!("SET counter {}", n + 1));
                    let reply = call(&mut client, "EXEC");
                    if reply.is_nil() { refused += 1 } else { done += 1 }
                }
                refused
            })
        })
        .collect();
    let refused: u64 = workers.into_iter().map(|worker| worker.join().unwrap()).sum();
    let mut client = db.client().unwrap();
    assert_eq!(int_of(&text(&mut client, "GET counter")), threads * each);
    println!("{} increments, {refused} tried again", threads * each);
}

fn int_of(text: &str) -> u64 {
    text.parse().unwrap()
}

/// Money goes between accounts while others add it all up: the sum is always the same, and so it is after a crash.
#[test]
fn a_transaction_is_one_step() {
    const ACCOUNTS: usize = 10;
    let dir = tempfile::tempdir().unwrap();
    let db = Options::new().config("appendfsync no").open(dir.path()).unwrap();
    let mut client = db.client().unwrap();
    (0..ACCOUNTS).for_each(|n| drop(call(&mut client, &format!("SET account:{n} 100"))));
    let rng = Rng::new(seed("a_transaction_is_one_step"));
    let done = Arc::new(AtomicU64::new(0));
    let each = items() / 20;
    let movers: Vec<_> = (0..4)
        .map(|n| {
            let (db, mut rng, done) = (db.clone(), rng.fork(n), Arc::clone(&done));
            thread::spawn(move || {
                let mut client = db.client().unwrap();
                for _ in 0..each {
                    let (from, to) = (rng.below(ACCOUNTS), rng.below(ACCOUNTS));
                    call(&mut client, "MULTI");
                    call(&mut client, &format!("DECRBY account:{from} 7"));
                    call(&mut client, &format!("INCRBY account:{to} 7"));
                    assert_eq!(call(&mut client, "EXEC").len(), 2);
                }
                done.fetch_add(1, Ordering::SeqCst);
            })
        })
        .collect();
    let mut sums = 0;
    while done.load(Ordering::SeqCst) < 4 {
        call(&mut client, "MULTI");
        (0..ACCOUNTS).for_each(|n| drop(call(&mut client, &format!("GET account:{n}"))));
        let reply = call(&mut client, "EXEC");
        let sum: i64 = reply.elements().iter().map(|n| n.as_str().unwrap().parse::<i64>().unwrap()).sum();
        assert_eq!(sum, 100 * i64::try_from(ACCOUNTS).unwrap());
        sums += 1;
    }
    movers.into_iter().for_each(|thread| thread.join().unwrap());
    println!("{sums} sums");
    drop(client);
    db.close().unwrap();
    // Cut anywhere, the file holds whole transactions.
    let path = dir.path().join("appendonlydir/appendonly.aof.1.incr.aof");
    let whole = std::fs::read(&path).unwrap();
    let mut rng = rng.fork(99);
    for _ in 0..10 {
        let cut = 2_000 + rng.below(whole.len() - 2_000);
        std::fs::write(&path, &whole[..cut]).unwrap();
        let db = Db::open(dir.path()).unwrap();
        let mut client = db.client().unwrap();
        let sum: i64 = (0..ACCOUNTS)
            .map(|n| text(&mut client, &format!("GET account:{n}")).parse::<i64>().unwrap())
            .sum();
        assert_eq!(sum, 100 * i64::try_from(ACCOUNTS).unwrap(), "cut at {cut}");
        drop(client);
        db.close().unwrap();
    }
}

/// Calls that wait are served, run out of time, are unblocked and interrupted at random, all at once.
#[test]
fn nobody_is_left_waiting() {
    let rng = Rng::new(seed("nobody_is_left_waiting"));
    let db = Db::open("").unwrap();
    let put = Arc::new(AtomicU64::new(0));
    // Served, out of time, interrupted, unblocked.
    let counts: Arc<[AtomicU64; 4]> = Arc::default();
    let stop = Arc::new(AtomicBool::new(false));
    let interrupters = Arc::new(Mutex::new(Vec::new()));
    let waiters: Vec<_> = (0..6)
        .map(|n| {
            let (db, mut rng, counts, stop) =
                (db.clone(), rng.fork(n), Arc::clone(&counts), Arc::clone(&stop));
            let interrupters = Arc::clone(&interrupters);
            thread::spawn(move || {
                let mut client = db.client().unwrap();
                let id = int(&mut client, "CLIENT ID");
                interrupters.lock().unwrap().push((id, client.interrupter()));
                while !stop.load(Ordering::SeqCst) {
                    let (a, b) = (rng.below(4), rng.below(4));
                    let line = match rng.below(4) {
                        0 => format!("BLPOP l{a} l{b} 0.002"),
                        1 => format!("BRPOP l{a} 0"),
                        2 => format!("BLMPOP 0.003 2 l{a} l{b} LEFT"),
                        _ => format!("BLPOP l{a} l{b} l0 0"),
                    };
                    let words: Vec<&str> = line.split(' ').collect();
                    match client.command(&words) {
                        Err(e) => {
                            assert_eq!(e.kind(), ErrorKind::Interrupted);
                            counts[2].fetch_add(1, Ordering::SeqCst);
                        }
                        Ok(reply) if reply.is_nil() => _ = counts[1].fetch_add(1, Ordering::SeqCst),
                        Ok(reply) if reply.as_error().is_some() => {
                            assert!(reply.as_error().unwrap().starts_with(b"UNBLOCKED"));
                            counts[3].fetch_add(1, Ordering::SeqCst);
                        }
                        Ok(_) => _ = counts[0].fetch_add(1, Ordering::SeqCst),
                    }
                }
            })
        })
        .collect();
    let pushers: Vec<_> = (0..2)
        .map(|n| {
            let (db, mut rng, put, stop) =
                (db.clone(), rng.fork(100 + n), Arc::clone(&put), Arc::clone(&stop));
            thread::spawn(move || {
                let mut client = db.client().unwrap();
                while !stop.load(Ordering::SeqCst) {
                    // Now and then there is nothing for a while.
                    if rng.one_in(20) {
                        thread::park_timeout(std::time::Duration::from_millis(5));
                    }
                    let list = rng.below(4);
                    if rng.one_in(3) {
                        call(&mut client, "MULTI");
                        call(&mut client, &format!("RPUSH l{list} a"));
                        call(&mut client, &format!("RPUSH l{} b", rng.below(4)));
                        call(&mut client, "EXEC");
                        put.fetch_add(2, Ordering::SeqCst);
                    } else {
                        call(&mut client, &format!("RPUSH l{list} c"));
                        put.fetch_add(1, Ordering::SeqCst);
                    }
                }
            })
        })
        .collect();
    let mut client = db.client().unwrap();
    let mut other = rng.fork(200);
    let enough = items() / 1_000;
    eventually("all of it happens", || {
        let all = interrupters.lock().unwrap();
        if let Some((id, interrupter)) = all.get(other.below(6)) {
            match other.below(3) {
                0 => interrupter.interrupt(),
                1 => drop(call(&mut client, &format!("CLIENT UNBLOCK {id} ERROR"))),
                _ => drop(call(&mut client, &format!("CLIENT UNBLOCK {id}"))),
            }
        }
        counts.iter().all(|count| count.load(Ordering::SeqCst) >= enough)
    });
    stop.store(true, Ordering::SeqCst);
    pushers.into_iter().for_each(|thread| thread.join().unwrap());
    // Those who wait for ever are let go.
    for waiter in waiters {
        eventually("it ends", || {
            interrupters.lock().unwrap().iter().for_each(|(_, interrupter)| interrupter.interrupt());
            waiter.is_finished()
        });
        waiter.join().unwrap();
    }
    let left: i64 = (0..4).map(|n| int(&mut client, &format!("LLEN l{n}"))).sum();
    let got = counts[0].load(Ordering::SeqCst);
    assert_eq!(put.load(Ordering::SeqCst), got + u64::try_from(left).unwrap());
    assert_eq!(info(&mut client, "blocked_clients"), 0);
    println!("served, out of time, interrupted, unblocked: {counts:?}");
}

#[test]
fn closing_wakes_all() {
    let db = Db::open("").unwrap();
    let waiters: Vec<_> =
        ["BLPOP q 0", "BZPOPMIN z 0", "XREAD BLOCK 0 STREAMS s $", "BLMOVE a b LEFT LEFT 0", "WAIT 1 0"]
            .into_iter()
            .map(|line| {
                let db = db.clone();
                thread::spawn(move || db.client().unwrap().command(&line.split(' ').collect::<Vec<_>>()))
            })
            .collect();
    let mut client = db.client().unwrap();
    eventually("all wait", || text(&mut client, "CLIENT LIST").matches("flags=b").count() == 5);
    db.close().unwrap();
    for waiter in waiters {
        assert_eq!(waiter.join().unwrap().unwrap_err().kind(), ErrorKind::Interrupted);
    }
}

#[test]
fn a_typed_call_after_multi_is_refused() {
    let db = Db::open("").unwrap();
    let mut client = db.client().unwrap();
    call(&mut client, "MULTI");
    assert_eq!(client.set(b"a", b"1").unwrap_err().kind(), ErrorKind::Arg);
    assert_eq!(text(&mut client, "GET a"), "QUEUED");
    assert!(call(&mut client, "EXEC").at(0).unwrap().is_nil());
    client.set(b"a", b"1").unwrap();
    // A typed push serves, too.
    let waiter = {
        let db = db.clone();
        thread::spawn(move || text_of(&call(&mut db.client().unwrap(), "BRPOP q 0")))
    };
    eventually("it waits", || info(&mut client, "blocked_clients") == 1);
    client.lpush(b"q", b"typed").unwrap();
    assert_eq!(waiter.join().unwrap(), "typed");
}

fn text_of(reply: &Reply) -> String {
    String::from_utf8_lossy(reply.at(1).unwrap().as_bytes().unwrap()).into_owned()
}

/// What is journaled is what happened, so that it is found again.
#[test]
fn what_was_served_is_found_again() {
    let dir = tempfile::tempdir().unwrap();
    let db = Options::new().config("appendfsync always").open(dir.path()).unwrap();
    let waiters: Vec<_> = [
        "BLPOP a 0",
        "BLMOVE b c LEFT RIGHT 0",
        "BZPOPMIN z 0",
        "XREADGROUP GROUP g one BLOCK 0 STREAMS s >",
    ]
    .into_iter()
    .map(|line| {
        let db = db.clone();
        if line.starts_with("XREAD") {
            call(&mut db.client().unwrap(), "XGROUP CREATE s g $ MKSTREAM");
        }
        thread::spawn(move || {
            let mut client = db.client().unwrap();
            assert!(call(&mut client, line).as_error().is_none());
        })
    })
    .collect();
    let mut client = db.client().unwrap();
    eventually("all wait", || info(&mut client, "blocked_clients") == 4);
    call(&mut client, "MULTI");
    for line in [
        "RPUSH a 1 2",
        "RPUSH b 3 4",
        "SELECT 2",
        "SET other 1",
        "SELECT 0",
        "ZADD z 1 x 2 y",
        "XADD s 5-1 f v",
    ] {
        assert_eq!(text(&mut client, line), "QUEUED");
    }
    call(&mut client, "EXEC");
    waiters.into_iter().for_each(|waiter| waiter.join().unwrap());
    let look = |client: &mut lodger::Client| text(client, "DEBUG DIGEST");
    let before = look(&mut client);
    let pending = format!("{:?}", call(&mut client, "XPENDING s g - + 10"));
    assert!(pending.contains("one"), "{pending}");
    drop(client);
    db.close().unwrap();
    let db = Db::open(dir.path()).unwrap();
    let mut client = db.client().unwrap();
    assert_eq!(look(&mut client), before);
    assert_eq!(run(&mut client, &[b"LRANGE", b"c", b"0", b"-1"]).len(), 1);
}

/// Commands that lock, walk or write files by themselves do not wait for what their own transaction holds.
#[test]
fn a_transaction_holds_nobody_up() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path()).unwrap();
    let mut client = db.client().unwrap();
    call(&mut client, "MSET a 1 b 2");
    call(&mut client, "MULTI");
    let lines = [
        "SET c 3",
        "DBSIZE",
        "SCAN 0",
        "RANDOMKEY",
        "KEYS *",
        "INFO everything",
        "MEMORY STATS",
        "MEMORY USAGE a",
        "MEMORY DOCTOR",
        "MEMORY PURGE",
        "BGSAVE SCHEDULE",
        "BGREWRITEAOF",
        "LASTSAVE",
        "CONFIG SET maxmemory 100mb",
        "CONFIG SET maxmemory 0",
        "CONFIG GET *",
        "CONFIG RESETSTAT",
        "CLIENT LIST",
        "COMMAND COUNT",
        "DEBUG DIGEST",
        "DEBUG DIGEST-VALUE a",
        "DEBUG OBJECT a",
        "DEBUG HTSTATS 0",
        "DEBUG HTSTATS-KEY a",
        "DEBUG RELOAD",
        "DEBUG LOADAOF",
        "DEBUG POPULATE 10",
        "DEBUG SLEEP 0",
        "SORT a BY x* GET y*",
        "OBJECT FREQ a",
        "COPY a d",
        "SWAPDB 0 1",
        "FLUSHALL",
        "WAIT 1 0",
        "WAITAOF 1 0 0",
        "LATENCY RESET",
        "TIME",
        "ECHO end",
    ];
    let mut queued = 0;
    for line in lines {
        queued += usize::from(text(&mut client, line) == "QUEUED");
    }
    if queued < lines.len() {
        // What there is no such command of spoils it; the others again.
        call(&mut client, "DISCARD");
        call(&mut client, "MULTI");
        lines
            .iter()
            .filter(|line| !line.starts_with("LATENCY"))
            .for_each(|line| drop(call(&mut client, line)));
    }
    let replies = call(&mut client, "EXEC");
    assert!(replies.len() >= lines.len() - 1, "{replies:?}");
    assert_eq!(replies.elements().last().unwrap().as_str(), Some("end"));
    assert_eq!(int(&mut client, "DBSIZE"), 0);
    drop(client);
    db.close().unwrap();
    let db = Db::open(dir.path()).unwrap();
    assert_eq!(int(&mut db.client().unwrap(), "DBSIZE"), 0);
}

/// A key whose time had come, and which another transaction found so: who watches it, or waits for its stream, is told.
#[test]
fn a_transaction_tells_of_keys_it_found_expired() {
    let clock = Clock::manual(1_700_000_000_000);
    let db = Options::new().clock(clock.clone()).open("").unwrap();
    let mut client = db.client().unwrap();
    call(&mut client, "DEBUG SET-ACTIVE-EXPIRE 0");
    call(&mut client, "SET k v PX 10");
    call(&mut client, "XGROUP CREATE s g $ MKSTREAM");
    call(&mut client, "PEXPIRE s 10");
    let mut watcher = db.client().unwrap();
    call(&mut watcher, "WATCH k");
    let reader = {
        let db = db.clone();
        thread::spawn(move || call(&mut db.client().unwrap(), "XREADGROUP GROUP g c BLOCK 0 STREAMS s >"))
    };
    eventually("it waits", || info(&mut client, "blocked_clients") == 1);
    clock.advance_ms(11);
    for line in ["MULTI", "DEL k", "DEL s", "EXEC"] {
        call(&mut client, line);
    }
    call(&mut watcher, "MULTI");
    call(&mut watcher, "SET done 1");
    assert!(call(&mut watcher, "EXEC").is_nil());
    eventually("the reader is told", || info(&mut client, "blocked_clients") == 0);
    assert!(reader.join().unwrap().as_error().unwrap().starts_with(b"UNBLOCKED"));
}

/// CONFIG SET inside of a transaction, which holds all locks, must not evict under them.
#[test]
fn a_transaction_may_lower_maxmemory() {
    let db = Options::new().config("maxmemory-policy allkeys-random").open("").unwrap();
    let mut client = db.client().unwrap();
    for n in 0..200 {
        call(&mut client, &format!("SET key:{n} {}", "x".repeat(100)));
    }
    for line in ["MULTI", "CONFIG SET maxmemory 1", "CONFIG SET maxmemory-policy allkeys-lru", "PING"] {
        call(&mut client, line);
    }
    assert_eq!(call(&mut client, "EXEC").len(), 3);
    eventually("all keys are evicted", || int(&mut client, "DBSIZE") == 0);
}

/// FLUSHALL, SWAPDB and DEBUG RELOAD change what is there: no key that is absent, or whose time had come before WATCH.
#[test]
fn all_keys_anew_change_no_absent_one() {
    for line in ["FLUSHALL", "FLUSHDB", "SWAPDB 0 1", "DEBUG RELOAD"] {
        let clock = Clock::manual(1_700_000_000_000);
        let db = Options::new().clock(clock.clone()).open("").unwrap();
        let (mut client, mut watcher) = (db.client().unwrap(), db.client().unwrap());
        call(&mut client, "DEBUG SET-ACTIVE-EXPIRE 0");
        for (key, refused) in [("absent", false), ("gone", false), ("later", true), ("here", true)] {
            call(&mut client, "SELECT 0");
            for line in ["FLUSHALL", "SET gone v PX 10", "SET here v"] {
                call(&mut client, line);
            }
            clock.advance_ms(11);
            call(&mut client, "SET later v PX 10");
            call(&mut watcher, &format!("WATCH {key}"));
            clock.advance_ms(11);
            call(&mut client, line);
            call(&mut watcher, "MULTI");
            assert_eq!(call(&mut watcher, "EXEC").is_nil(), refused, "{line}, {key}");
        }
    }
}
