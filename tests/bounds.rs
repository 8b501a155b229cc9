//! Nothing is out of bounds: absurd numbers, long keys and values, hostile patterns, many keys. Every call ends in
//! a reply or an error, in little time and memory.

#![expect(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, reason = "test code")]

#[path = "common/grammar.rs"]
mod grammar;
#[path = "common/kit.rs"]
mod kit;

use std::collections::HashSet;
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use kit::{Rng, call, dump, info, int, run, same, seed, shown, text};
use lodger::{Client, Db, ErrorKind, Options};

/// Held by every test; exclusively by those that look at the memory of the whole process.
static PROCESS: RwLock<()> = RwLock::new(());

fn share() -> impl Drop {
    PROCESS.read().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn alone() -> impl Drop {
    PROCESS.write().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn memory(config: &str) -> (Db, Client) {
    let db = Options::new().config(config).open("").unwrap();
    let client = db.client().unwrap();
    (db, client)
}

const NUMBERS: &[&str] = &[
    "0",
    "1",
    "-1",
    "2",
    "2147483647",
    "2147483648",
    "-2147483648",
    "-2147483649",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775806",
    "-9223372036854775807",
    "9223372036854775",
    "9223372036854776",
    "4611686018427387904",
    "18446744073709551615",
    "9223372036854775808",
    "-9223372036854775809",
    "281474976710655",
    "281474976710656",
    "100000000000000000000000000000000000000000",
];
const DOUBLES: &[&str] =
    &["1e308", "-1e308", "1e309", "1e-400", "inf", "-inf", "nan", "0x1p1023", "1e5000", "4.9e-324", "-0"];

/// A value for an argument of this kind; numbers are absurd.
fn absurd(rng: &mut Rng, kind: &str, own: Option<&'static str>) -> Vec<u8> {
    let text = match kind {
        // More often than not a value of the type that the command is for.
        "key" if own.is_some() && !rng.one_in(4) => own.unwrap_or_default(),
        "key" => rng.pick(&[
            "int",
            "long",
            "float",
            "text",
            "empty",
            "absent",
            "volatile",
            "list",
            "set",
            "ints",
            "hash",
            "zset",
            "geo",
            "stream",
            "hll",
            "large:hash",
            "large:set",
            "large:zset",
            "large:list",
            "large:stream",
        ]),
        "double" if rng.one_in(2) => rng.pick(DOUBLES),
        "string" if rng.one_in(4) => rng.pick(&[
            "0-0",
            "18446744073709551615-18446744073709551615",
            "-",
            "+",
            ">",
            "$",
            "(1",
            "[a",
            "u64",
            "i64",
        ]),
        "integer" | "double" | "unix-time" => rng.pick(NUMBERS),
        "pattern" => rng.pick(&["*", "?", "[", "[^", "a*", "\\", "[z-a]*"]),
        _ if rng.one_in(2) => rng.pick(NUMBERS),
        _ => rng.pick(&["", "value", "get", "set", "all", "no"]),
    };
    text.as_bytes().to_vec()
}

/// The keys that absurd calls meet.
fn keys(client: &mut Client) {
    for argv in [
        &["SET", "int", "9223372036854775807"][..],
        &["SET", "float", "1e308"],
        &["SET", "text", "some text"],
        &["SET", "empty", ""],
        &["SET", "volatile", "1", "PX", "100000"],
    ] {
        client.command(argv).unwrap();
    }
    run(client, &[b"SET", b"long", &[b'v'; 100_000]]);
    for line in [
        "DEL list set ints hash zset geo stream hll",
        "RPUSH list a 1 b -2 c",
        "SADD set a b c 1",
        "SADD ints 1 2 3 -9223372036854775808 9223372036854775807",
        "HSET hash a 1 b 9223372036854775807 c 1e308 d text",
        "ZADD zset 1 a -inf b inf c 1e308 d",
        "GEOADD geo 13.361389 38.115556 a 15.087269 37.502669 b",
        "XADD stream 1-1 f v",
        "XADD stream 18446744073709551615-18446744073709551614 f v",
        "XGROUP CREATE stream group 0",
        "XREADGROUP GROUP group me COUNT 1 STREAMS stream >",
        "PFADD hll a b c",
    ] {
        call(client, line);
    }
}

/// Values that are large enough for the large encodings; made once, because commands mostly leave them large.
fn large_keys(client: &mut Client) {
    call(client, "DEL large:hash large:set large:zset large:list large:stream");
    for n in 0..2000 {
        call(client, &format!("HSET large:hash field{n} {n}"));
        call(client, &format!("SADD large:set member{n}"));
        call(client, &format!("ZADD large:zset {n} member{n}"));
        call(client, &format!("RPUSH large:list element{n}"));
        call(client, &format!("XADD large:stream {}-0 f v", n + 1));
    }
}

/// A key of the type that a command is for, by its name.
fn key_for(name: &str) -> Option<&'static str> {
    Some(match name {
        "sort" | "sort_ro" => "large:list",
        "substr" | "setrange" | "getrange" | "lcs" | "bitcount" | "bitfield" | "bitfield_ro" | "bitop"
        | "bitpos" | "getbit" | "setbit" => "long",
        _ if name.starts_with("pf") => "hll",
        _ if name.starts_with("geo") => "geo",
        _ if name.starts_with('h') => "hash",
        _ if name.starts_with('z') || name.starts_with("bz") => "zset",
        _ if name.starts_with('x') => "stream",
        _ if name.starts_with("bl") || name.starts_with("br") => "list",
        _ if name.starts_with('l') || name.starts_with('r') => "list",
        "sadd" | "scard" | "sdiff" | "sdiffstore" | "sinter" | "sintercard" | "sinterstore" | "sismember"
        | "smembers" | "smismember" | "smove" | "spop" | "srandmember" | "srem" | "sscan" | "sunion"
        | "sunionstore" => "set",
        _ => return None,
    })
}

#[test]
fn absurd_numbers_end_in_a_reply() {
    let _alone = alone();
    let mut rng = Rng::new(seed("absurd_numbers_end_in_a_reply"));
    let (_db, mut client) = memory("");
    let grammars = grammar::grammars(&mut client);
    large_keys(&mut client);
    let before = kit::resident();
    let mut calls = 0;
    for grammar in &grammars {
        let own = key_for(&grammar.name[0]);
        for round in 0..60 {
            keys(&mut client);
            if round % 20 == 19 {
                large_keys(&mut client);
            }
            let argv = grammar.call(&mut rng, &mut |rng, kind| absurd(rng, kind, own));
            let argv: Vec<&[u8]> = argv.iter().map(Vec::as_slice).collect();
            // Directives have a test of their own.
            if argv[0] == b"config" && argv[1] == b"set" {
                continue;
            }
            let start = Instant::now();
            let reply = grammar::run_at_once(&mut client, &argv);
            assert!(
                start.elapsed() < Duration::from_secs(5),
                "{:?} took {:?}",
                shown(&argv),
                start.elapsed()
            );
            // Redis tells nothing of the first two's arguments, and says so of a wrong `numfields` in the third; the last one's
            // grammar lets all its filters be absent.
            let short = reply.as_error().is_some_and(|e| e.starts_with(b"ERR wrong number of arguments"));
            let untold = grammar.name.get(1).is_some_and(|n| n.starts_with("getkeys"))
                || grammar.name[0] == "hsetex"
                || grammar.name.get(1).is_some_and(|n| *n == "kill");
            assert!(!short || untold, "{:?}: the grammar and the arity differ: {reply:?}", shown(&argv));
            calls += 1;
            // Also out of SUBSCRIBE and MONITOR.
            call(&mut client, "RESET");
        }
    }
    let grown = kit::resident().saturating_sub(before);
    println!("{calls} calls of {} commands, {grown} bytes grown", grammars.len());
    assert!(grown < 64 << 20, "{grown} bytes for calls of a few words");
}

#[test]
fn absurd_directives_end_in_a_reply() {
    let _share = share();
    let (_db, mut client) = memory("");
    let names: Vec<String> =
        call(&mut client, "CONFIG GET *").pairs().map(|(k, _)| k.as_str().unwrap().to_owned()).collect();
    assert!(names.len() > 15);
    for name in &names {
        let before = call(&mut client, &format!("CONFIG GET {name}"));
        for number in
            NUMBERS.iter().chain(DOUBLES).chain(&["", "yes", "1kb", "9999999999999gb", "-1mb", "100%"])
        {
            let reply = run(&mut client, &[b"CONFIG", b"SET", name.as_bytes(), number.as_bytes()]);
            let read = text(&mut client, "PING");
            assert_eq!(read, "PONG", "{name} {number}: {reply:?}");
            // Under a small maxmemory this is refused; it must not hang.
            call(&mut client, "SET k v");
            call(&mut client, "GET k");
            if reply.as_error().is_some() {
                assert_eq!(call(&mut client, &format!("CONFIG GET {name}")), before, "{name} {number}");
            } else {
                let back = before.at(1).unwrap().as_bytes().unwrap();
                let reset = run(&mut client, &[b"CONFIG", b"SET", name.as_bytes(), back]);
                assert_eq!(reset.as_str(), Some("OK"), "{name} back to {back:?}");
            }
        }
        assert_eq!(call(&mut client, &format!("CONFIG GET {name}")), before);
    }
}

#[test]
fn keys_and_values_of_every_length() {
    let _share = share();
    let dir = tempfile::tempdir().unwrap();
    let db = Options::new().config("appendfsync no").open(dir.path()).unwrap();
    let mut client = db.client().unwrap();
    let near = |n: usize| n - 2..=n + 2;
    let mut lengths: Vec<usize> = (0..70).collect();
    [128, 256, 512, 1024, 4096, 16_384, 32_768, 65_536].into_iter().for_each(|n| lengths.extend(near(n)));
    lengths.extend([262_143, 262_144, 262_145, 1 << 20]);
    let long: Vec<usize> = lengths.iter().copied().filter(|n| *n > 250).collect();
    let text_of = |n: usize, salt: u8| -> Vec<u8> {
        (0..n).map(|i| u8::try_from((i * 31 + usize::from(salt)) % 251).unwrap()).collect()
    };
    let pairs = lengths.iter().map(|n| (*n, 5)).chain(lengths.iter().map(|n| (5, *n)));
    let pairs = pairs.chain(long.iter().zip(long.iter().rev()).map(|(k, v)| (*k, *v)));
    for (key_len, value_len) in pairs {
        let at = format!("key of {key_len}, value of {value_len}");
        let (key, value) = (text_of(key_len, 1), text_of(value_len, 7));
        client.set(&key, &value).unwrap();
        assert_eq!(client.get(&key).unwrap(), Some(&value[..]), "{at}");
        assert_eq!(run(&mut client, &[b"GET", &key]).as_bytes(), Some(&value[..]), "{at}");
        let mut seen = None;
        client.mget(&[&key], |_, v| seen = v.map(<[u8]>::to_vec)).unwrap();
        assert_eq!(seen.as_deref(), Some(&value[..]), "{at}");
        // An expiry comes into the entry and goes again.
        assert!(client.pexpire(&key, 1_000_000).unwrap());
        assert_eq!(client.get(&key).unwrap(), Some(&value[..]), "{at}");
        assert_eq!(run(&mut client, &[b"PERSIST", &key]).as_int(), Some(1));
        let whole = i64::try_from(value_len).unwrap() + 3;
        assert_eq!(client.append(&key, b"end").unwrap(), whole, "{at}");
        assert_eq!(run(&mut client, &[b"GETRANGE", &key, b"-3", b"-1"]).as_bytes(), Some(&b"end"[..]));
        assert_eq!(run(&mut client, &[b"SETRANGE", &key, b"1", b"X"]).as_int(), Some(whole));
        let mut changed = [&value[..], b"end"].concat();
        changed[1] = b'X';
        assert_eq!(client.get(&key).unwrap(), Some(&changed[..]), "{at}");
        // A reply that shares the block keeps the value it had.
        let kept = run(&mut client, &[b"GET", &key]);
        client.append(&key, b"!").unwrap();
        assert_eq!(kept.as_bytes(), Some(&changed[..]), "{at}");
        let copy = [b"copy of ", &key[..]].concat();
        assert_eq!(run(&mut client, &[b"COPY", &key, &copy, b"REPLACE"]).as_int(), Some(1));
        assert_eq!(run(&mut client, &[b"RENAME", &copy, b"renamed"]).as_str(), Some("OK"));
        assert_eq!(run(&mut client, &[b"STRLEN", b"renamed"]).as_int(), Some(whole + 1), "{at}");
        let request = [format!("*2\r\n$3\r\nGET\r\n${key_len}\r\n").as_bytes(), &key, b"\r\n"].concat();
        let answer = [format!("${}\r\n", whole + 1).as_bytes(), &changed, b"!\r\n"].concat();
        assert!(client.resp(&request).unwrap() == answer, "{at}");
    }
    let before = dump(&mut client, 1);
    assert!(before.len() > 100);
    db.close().unwrap();
    let again = Db::open(dir.path()).unwrap();
    same(&before, &dump(&mut again.client().unwrap(), 1), "reopened");
}

#[test]
fn arguments_beyond_the_limit_are_refused() {
    let _share = share();
    let (_db, mut client) = memory("");
    // Not touched, so it takes no memory.
    let huge = vec![0_u8; (512 << 20) + 1];
    let refused = |e: lodger::Error, what: &str| {
        assert_eq!(e.kind(), ErrorKind::Arg, "{what}");
        assert!(e.message().contains("536870913") && e.message().contains("proto-max-bulk-len"), "{e}");
    };
    refused(client.set(b"k", &huge).unwrap_err(), "value");
    refused(client.set(&huge, b"v").unwrap_err(), "key");
    refused(client.get(&huge).unwrap_err(), "get");
    refused(client.append(b"k", &huge).unwrap_err(), "append");
    refused(client.command(&[b"SET", &b"k"[..], &huge]).unwrap_err(), "command");
    refused(client.mget(&[b"k", &huge], |_, _| ()).unwrap_err(), "mget");
    let answer = client.resp(b"*2\r\n$3\r\nGET\r\n$536870913\r\n").unwrap();
    assert_eq!(answer, b"-ERR Protocol error: invalid bulk length\r\n");
    drop(huge);
    call(&mut client, "CONFIG SET proto-max-bulk-len 1mb");
    let most = vec![b'v'; 1 << 20];
    client.set(b"k", &most).unwrap();
    assert_eq!(client.get(b"k").unwrap().map(<[u8]>::len), Some(1 << 20));
    assert_eq!(client.set(b"k", &[&most[..], b"v"].concat()).unwrap_err().kind(), ErrorKind::Arg);
    assert_eq!(client.append(b"k", b"v").unwrap_err().kind(), ErrorKind::Command);
    let too_long = "ERR string exceeds maximum allowed size (proto-max-bulk-len)";
    for line in
        ["APPEND k v", "SETRANGE k 1048576 v", "SETRANGE absent 1048576 v", "SETRANGE absent 1048575 vv"]
    {
        assert_eq!(text(&mut client, line), too_long, "{line}");
    }
    assert_eq!(int(&mut client, "EXISTS absent"), 0);
    assert_eq!(int(&mut client, "SETRANGE absent 1048575 v"), 1 << 20);
    assert_eq!(client.strlen(b"k").unwrap(), 1 << 20);
    // Redis's table for these would be larger than the longest value allowed.
    assert!(text(&mut client, "LCS k absent").contains("transient memory"));
}

#[test]
fn many_words_are_no_problem() {
    let _share = share();
    let (_db, mut client) = memory("");
    let keys: Vec<String> = (0..100_000).map(|i| format!("key:{}", i % 70_000)).collect();
    let mut mset = vec!["MSET"];
    keys.iter().for_each(|k| mset.extend([k.as_str(), "v"]));
    assert_eq!(client.command(&mset).unwrap().as_str(), Some("OK"));
    let with = |name| [vec![name], keys.iter().map(String::as_str).collect()].concat();
    assert_eq!(client.command(&with("MGET")).unwrap().len(), 100_000);
    assert_eq!(client.command(&with("EXISTS")).unwrap().as_int(), Some(100_000));
    assert_eq!(client.command(&with("TOUCH")).unwrap().as_int(), Some(100_000));
    assert!(client.command(&mset[..200_000]).unwrap().as_error().is_some(), "a key without a value");
    assert!(client.command(&with("COMMAND")).unwrap().as_error().is_some());
    assert_eq!(client.command(&with("DEL")).unwrap().as_int(), Some(70_000));
    assert_eq!(int(&mut client, "DBSIZE"), 0);
    let pipeline = "PING\r\n".repeat(100_000);
    assert_eq!(client.resp(pipeline.as_bytes()).unwrap().len(), 700_000);
}

/// Patterns that take some matchers exponential time.
#[test]
fn hostile_patterns_take_little_time() {
    let _share = share();
    let (_db, mut client) = memory("");
    client.set(&[b'a'; 3_000], b"v").unwrap();
    client.set(&"ab".repeat(1_500).into_bytes(), b"v").unwrap();
    let patterns = [
        "a*".repeat(500) + "b",
        "*a".repeat(500) + "c",
        "*".repeat(3_000) + "x",
        "*?".repeat(1_000) + "x",
        "[a-z]*".repeat(300) + "0",
        "*[^a]".repeat(300),
        "[".repeat(3_000),
        "[a".repeat(1_000),
        "\\".repeat(2_999),
        "a".repeat(1_400) + "*" + &"a".repeat(1_400) + "b",
        "*".to_owned() + &"a".repeat(1_500) + "b",
        "[]".repeat(999) + "[^",
        "[a-".to_owned(),
        "[\\".to_owned(),
    ];
    for pattern in &patterns {
        let shown = &pattern[..pattern.len().min(20)];
        let start = Instant::now();
        run(&mut client, &[b"KEYS", pattern.as_bytes()]);
        run(&mut client, &[b"SCAN", b"0", b"MATCH", pattern.as_bytes()]);
        run(&mut client, &[b"CONFIG", b"GET", pattern.as_bytes()]);
        run(&mut client, &[b"COMMAND", b"LIST", b"FILTERBY", b"PATTERN", pattern.as_bytes()]);
        assert!(start.elapsed() < Duration::from_secs(5), "{shown}: {:?}", start.elapsed());
    }
    assert_eq!(run(&mut client, &[b"KEYS", b"a*a*a*a*a*a*a*a*a*a*a*a*a"]).len(), 1);
}

/// Walks a database once; how many calls it took, the most keys that one gave, and all keys.
fn walk(client: &mut Client, count: usize, rest: &str) -> (usize, usize, Vec<Vec<u8>>) {
    let (mut cursor, mut calls, mut most, mut keys) = ("0".to_owned(), 0, 0, Vec::new());
    loop {
        let reply = call(client, &format!("SCAN {cursor} COUNT {count}{rest}"));
        calls += 1;
        let page = reply.at(1).unwrap();
        most = most.max(page.len());
        keys.extend(page.iter().map(|k| k.as_bytes().unwrap().to_vec()));
        cursor = reply.at(0).unwrap().as_str().unwrap().to_owned();
        if cursor == "0" {
            return (calls, most, keys);
        }
    }
}

#[test]
fn a_million_keys_are_walked_a_few_at_a_time() {
    let _share = share();
    let (_db, mut client) = memory("");
    let keys = 1_000_000;
    for i in 0..keys {
        client.set(&u32::try_from(i).unwrap().to_be_bytes(), b"v").unwrap();
    }
    for _ in 0..3 {
        let mut cursor = "0".to_owned();
        for _ in 0..2_000 {
            let reply = call(&mut client, &format!("SCAN {cursor} COUNT 10"));
            // Two keys can have the same place among 2^48.
            assert!((10..=12).contains(&reply.at(1).unwrap().len()), "{:?}", reply.at(1));
            cursor = reply.at(0).unwrap().as_str().unwrap().to_owned();
        }
        // From anywhere, also from where no walk has been.
        cursor = "123456789012345".to_owned();
        assert!(call(&mut client, &format!("SCAN {cursor} COUNT 10")).at(1).unwrap().len() <= 12);
    }
    let (calls, most, all) = walk(&mut client, 1000, "");
    assert_eq!(all.len(), keys, "without changes each comes once");
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), keys);
    assert!(most <= 1002 && calls <= keys / 1000 + 2, "{most} {calls}");
    let (_, most, none) = walk(&mut client, 10_000, " MATCH nothing*");
    assert_eq!((most, none.len()), (0, 0));
    let all = call(&mut client, "SCAN 0 COUNT 9223372036854775807");
    assert_eq!((all.at(0).unwrap().as_str(), all.at(1).unwrap().len()), (Some("0"), keys));
    drop(all);
    // Few keys are left in tables that were large: a walk must not take as many calls as before.
    for i in (0..keys).filter(|i| i % 1000 != 0) {
        client.del(&u32::try_from(i).unwrap().to_be_bytes()).unwrap();
    }
    let (calls, most, all) = walk(&mut client, 10, "");
    assert_eq!(all.len(), 1000);
    assert!(calls <= 101 && most <= 12, "{calls} {most}");
    assert!(call(&mut client, "RANDOMKEY").as_bytes().is_some());
    call(&mut client, "FLUSHALL ASYNC");
    assert_eq!(walk(&mut client, 10, "").0, 1);
}

/// SCAN's promise: what is there from the first call to the last is given at least once, whatever comes and goes
/// meanwhile.
#[test]
fn a_walk_finds_what_stays_while_tables_grow_and_shrink() {
    let _share = share();
    let rng = Rng::new(seed("a_walk_finds_what_stays_while_tables_grow_and_shrink"));
    for shards in [1, 4, 64] {
        let (db, mut client) = memory(&format!("shards {shards}"));
        for i in 0..2_000 {
            call(&mut client, &format!("SET stays:{i} v"));
        }
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for n in 0..3 {
                let (stop, mut client) = (&stop, db.client().unwrap());
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        for name in ["SET", "DEL"] {
                            for i in 0..15_000 {
                                let key = format!("goes:{n}:{i}");
                                match name {
                                    "SET" => client.set(key.as_bytes(), b"v").unwrap(),
                                    _ => drop(client.del(key.as_bytes()).unwrap()),
                                }
                                if i % 100 == 0 && stop.load(Ordering::Relaxed) {
                                    return;
                                }
                            }
                        }
                    }
                });
            }
            let mut rng = rng.fork(shards);
            let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                for round in 0..12 {
                    let count = rng.pick(&[1, 7, 10, 100, 1000, 100_000]);
                    let (_, _, keys) = walk(&mut client, if round == 0 { 10 } else { count }, "");
                    let seen: HashSet<&[u8]> = keys.iter().map(Vec::as_slice).collect();
                    let missed: Vec<usize> =
                        (0..2_000).filter(|i| !seen.contains(format!("stays:{i}").as_bytes())).collect();
                    assert!(missed.is_empty(), "{shards} shards, COUNT {count}: missed {missed:?}");
                }
            }));
            stop.store(true, Ordering::Relaxed);
            done.unwrap();
        });
    }
}

#[test]
fn tables_for_every_database_in_every_shard_are_limited() {
    let _share = share();
    let open = |text: &str| Options::new().config(text).open("").map(drop);
    let e = open("databases 16384\nshards 128").unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Arg);
    assert!(e.message().contains("databases 16384") && e.message().contains("shards 128"), "{e}");
    open("databases 1024\nshards 1024").unwrap();
    open("databases 1\nshards 1").unwrap();
}

/// What a database costs does not grow by what was claimed.
#[test]
fn claims_of_length_cost_nothing() {
    let _alone = alone();
    let (_db, mut client) = memory("");
    call(&mut client, "PING");
    let before = kit::resident();
    for request in [
        "*1048576\r\n",
        "*1048576\r\n$536870912\r\n",
        "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870912\r\nabc",
        "*2147483647\r\n",
        "*1\r\n$536870912\r\nxx",
    ] {
        let answer = client.resp(request.as_bytes()).map(<[u8]>::to_vec);
        match answer {
            Ok(text) => assert!(text.starts_with(b"-ERR Protocol error"), "{request}"),
            Err(e) => assert_eq!(e.kind(), ErrorKind::Arg, "{request}"),
        }
    }
    let grown = kit::resident().saturating_sub(before);
    assert!(grown < 8 << 20, "{grown}");
    assert!(info(&mut client, "used_memory") < 4 << 20);
}

/// Classes of holes that servers of this family had since 2020, each as the call that went wrong. What matters is that
/// every one ends in a reply, at once and in little memory; where the reply is certain it is compared.
#[test]
fn known_holes_are_shut() {
    let _alone = alone();
    let (_db, mut client) = memory("");
    keys(&mut client);
    large_keys(&mut client);
    let before = kit::resident();
    let out_of_range = "ERR value is out of range";
    // CVE-2023-22458: negating the least count. CVE-2023-25155: counts that wrap when doubled.
    for name in ["HRANDFIELD", "ZRANDMEMBER", "SRANDMEMBER"] {
        let key = match name {
            "HRANDFIELD" => "large:hash",
            "ZRANDMEMBER" => "large:zset",
            _ => "large:set",
        };
        for count in [i64::MIN, i64::MIN + 1, i64::MIN / 2 - 1] {
            for with in ["", " WITHVALUES", " WITHSCORES"] {
                let wrong = (name == "HRANDFIELD" && with == " WITHSCORES")
                    || (name == "ZRANDMEMBER" && with == " WITHVALUES")
                    || (name == "SRANDMEMBER" && !with.is_empty());
                if !wrong && (count == i64::MIN || !with.is_empty()) {
                    let answer = text(&mut client, &format!("{name} {key} {count}{with}"));
                    assert!(answer.starts_with(out_of_range), "{name} {count}{with}: {answer}");
                }
            }
        }
        let all = call(&mut client, &format!("{name} {key} {}", i64::MAX));
        assert_eq!(all.elements().len(), 2000, "{name}");
    }
    // CVE-2022-35951, CVE-2022-31144: counts and deleted entries of XAUTOCLAIM.
    call(&mut client, "XGROUP CREATE large:stream group 0");
    call(&mut client, "XREADGROUP GROUP group me STREAMS large:stream >");
    call(&mut client, "XTRIM large:stream MAXLEN 0");
    for count in ["1", "9223372036854775807", "4611686018427387904"] {
        call(&mut client, &format!("XAUTOCLAIM large:stream group other 0 0 COUNT {count}"));
    }
    for bad in ["0", "-1", "-9223372036854775808"] {
        let answer = text(&mut client, &format!("XAUTOCLAIM large:stream group other 0 0 COUNT {bad}"));
        assert!(answer.starts_with("ERR COUNT must be > 0"), "{answer}");
    }
    // CVE-2022-35977, CVE-2021-32761, CVE-2021-32625: offsets and ranges that overflow.
    for (line, start) in [
        ("SETRANGE long 9223372036854775807 x", "ERR string exceeds maximum"),
        ("SETRANGE long -1 x", "ERR offset is out of range"),
        ("SETBIT long 9223372036854775807 1", "ERR bit offset is not an integer or out of range"),
        ("BITFIELD long SET u8 9223372036854775807 1", "ERR bit offset is not an integer or out of range"),
        ("BITFIELD long SET u8 #9223372036854775807 1", "ERR bit offset is not an integer or out of range"),
        ("SINTERCARD 9223372036854775807 set", "ERR Number of keys can't be greater than number of args"),
        ("LMPOP 9223372036854775807 list LEFT", "ERR syntax error"),
        ("ZUNION 9223372036854775807 zset", "ERR syntax error"),
        ("HINCRBYFLOAT hash d 1", "ERR hash value is not a float"),
        ("HINCRBYFLOAT hash c inf", "ERR value is NaN or Infinity"),
    ] {
        let answer = text(&mut client, line);
        assert!(answer.starts_with(start), "{line}: {answer}");
    }
    // CVE-2023-28856: a failed HINCRBYFLOAT must leave no field behind.
    call(&mut client, "HINCRBYFLOAT nohash f nan");
    assert_eq!(int(&mut client, "EXISTS nohash"), 0);
    // CVE-2023-28425: MSETNX with one key twice.
    assert_eq!(int(&mut client, "MSETNX twice 1 twice 2"), 1);
    // SORT and the like with limits at the ends.
    for line in [
        "SORT large:list LIMIT 9223372036854775807 9223372036854775807 ALPHA",
        "SORT large:list LIMIT -9223372036854775808 9223372036854775807 ALPHA",
        "SORT large:list LIMIT 1 -9223372036854775808 ALPHA",
        "LRANGE large:list -9223372036854775808 9223372036854775807",
        "ZRANGE large:zset -9223372036854775808 9223372036854775807",
        "ZRANGEBYSCORE large:zset -inf +inf LIMIT 9223372036854775807 9223372036854775807",
        "ZREVRANGEBYLEX large:zset + - LIMIT 0 -9223372036854775808",
        "LPOS large:list element1 RANK -9223372036854775808 MAXLEN 1",
        "LPOS large:list element1 RANK -9223372036854775807 COUNT 9223372036854775807",
        "SPOP large:set 9223372036854775807",
        "LPOP large:list 9223372036854775807",
        "ZPOPMIN large:zset 9223372036854775807",
        "GEOSEARCH geo FROMLONLAT 0 0 BYRADIUS 1e308 km COUNT 9223372036854775807",
        "GEOSEARCH geo FROMLONLAT 180 85 BYBOX 1e308 1e308 km",
        "XRANGE stream - + COUNT 9223372036854775807",
        "XPENDING stream group - + 9223372036854775807",
    ] {
        call(&mut client, line);
    }
    assert_eq!(int(&mut client, "EXISTS large:set large:list large:zset"), 0, "popped whole");
    // CVE-2025-32023, CVE-2021-32687 and their kin: commands of one type on bytes that only look like its values.
    let mut rng = Rng::new(seed("known_holes_are_shut"));
    call(&mut client, "PFADD fine a b c d e f g h");
    let fine = run(&mut client, &[b"GET", b"fine"]).as_bytes().unwrap().to_vec();
    let calls = [
        "PFCOUNT forged",
        "PFCOUNT forged fine",
        "PFMERGE merged forged fine",
        "PFADD forged x",
        "PFDEBUG GETREG forged",
    ];
    for round in 0..3000 {
        let mut forged = match round % 3 {
            0 => fine.clone(),
            1 => [&b"HYLL"[..], &rng.bytes(60)].concat(),
            _ => [&b"HYLL\x01\0\0\0"[..], &rng.bytes(8), &rng.bytes(3000)].concat(),
        };
        for _ in 0..rng.below(4) {
            let at = rng.below(forged.len());
            forged[at] = u8::try_from(rng.below(256)).unwrap();
        }
        run(&mut client, &[b"SET", b"forged", &forged]);
        for line in calls {
            call(&mut client, line);
        }
    }
    let grown = kit::resident().saturating_sub(before);
    println!("known_holes_are_shut: {grown} bytes grown");
    assert!(grown < 64 << 20, "{grown} bytes");
}
