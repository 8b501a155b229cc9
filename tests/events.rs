//! Events of keys: after every command of random programs, and of scripts for what programs do not reach, the same ones
//! in the same order as a real server publishes.
//!
//! `SEED=n` runs one program again, `DIFF_COMMANDS=n` says how many commands a test runs in all, `DIFF_FRESH=1` takes
//! others than always. A program that shows a difference is cut down before it is printed.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test code: it stops at the first surprise and starts real servers"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::oracle::{self, Oracle, Which};
use common::program::{Argv, Generator, Rng, first_seed, setting, shrunk};
use common::programs;
use common::resp::{Conn, RespValue, command_line, encode_request};
use lodger::{Db, Listen, Options, Reply, Subscriber};

/// Commands of one program.
const PROGRAM: usize = 1_000;
/// Commands sent at once.
const BATCH: usize = 250;
/// A channel on which the end of a command is told.
const MARK: &str = "mark";

fn words(line: &str) -> Argv {
    line.split_ascii_whitespace().map(|word| word.as_bytes().to_vec()).collect()
}

/// A server, a client that runs commands, and one that listens.
struct Side {
    server: Oracle,
    client: Conn,
    ears: Conn,
}

impl Side {
    fn start(which: Which, what: &str) -> Option<Self> {
        let server = oracle::start(which, what)?;
        let (client, mut ears) = (server.connect().unwrap(), server.connect().unwrap());
        ears.call(&["PSUBSCRIBE", "__key*__:*"]).unwrap();
        ears.call(&["SUBSCRIBE", MARK]).unwrap();
        Some(Self { server, client, ears })
    }

    /// Runs commands from where the last ones ended; the events of each. A transaction that they left open is run.
    fn run(&mut self, commands: &[Argv]) -> Vec<Vec<String>> {
        let mut request = Vec::new();
        for (i, argv) in commands.iter().enumerate() {
            encode_request(argv, &mut request);
            encode_request(&words(&format!("PUBLISH {MARK} {i}")), &mut request);
        }
        encode_request(&words("EXEC"), &mut request);
        encode_request(&words(&format!("PUBLISH {MARK} {}", commands.len())), &mut request);
        self.client.write(&request).unwrap();
        self.client.read_many(2 * commands.len() + 2).unwrap();
        let mut told = vec![Vec::new(); commands.len() + 1];
        let mut events = Vec::new();
        loop {
            match self.next_event() {
                Ok(event) => events.push(event),
                Err(i) => {
                    told[i] = std::mem::take(&mut events);
                    if i == commands.len() {
                        return told;
                    }
                }
            }
        }
    }

    /// An event, or the number of the command that has ended.
    fn next_event(&mut self) -> Result<String, usize> {
        let message = self.ears.read().unwrap().into_items().unwrap();
        let word = |i: usize| message.get(i).and_then(RespValue::bytes).unwrap_or_default();
        if word(0) == b"message" {
            return Err(std::str::from_utf8(word(2)).unwrap().parse().unwrap());
        }
        Ok(format!("{} {}", String::from_utf8_lossy(word(2)), String::from_utf8_lossy(word(3))))
    }

    /// Waits until so many clients wait for data.
    fn await_blocked(&mut self, clients: usize) {
        let line = format!("blocked_clients:{clients}\r\n");
        loop {
            let info = self.client.call(&["INFO", "clients"]).unwrap();
            if String::from_utf8_lossy(info.bytes().unwrap()).contains(&line) {
                return;
            }
        }
    }

    /// A script: `client: command` for one that is to wait, all else is run by the main client. What is told.
    fn script(&mut self, lines: &[&str]) -> Vec<String> {
        self.reset();
        let mut waiting = Vec::new();
        let mut told = Vec::new();
        for line in lines {
            let Some(call) = line.strip_prefix("wait: ") else {
                told.extend(self.run(&[words(line)]).concat());
                continue;
            };
            let mut conn = self.server.connect().unwrap();
            let mut request = Vec::new();
            encode_request(&words(call), &mut request);
            conn.write(&request).unwrap();
            waiting.push(conn);
            self.await_blocked(waiting.len());
        }
        // All of them were served.
        waiting.iter_mut().for_each(|conn| drop(conn.read().unwrap()));
        told.extend(self.run(&[words("PING")]).concat());
        told
    }

    fn reset(&mut self) {
        self.client = self.server.connect().unwrap();
        for line in ["FLUSHALL", "DEBUG SET-ACTIVE-EXPIRE 0", "CONFIG SET notify-keyspace-events AKEnm"] {
            self.client.command(&words(line)).unwrap();
        }
        self.run(&[words("PING")]);
    }
}

/// The two that must agree.
struct Pair {
    real: Side,
    lodger: Side,
    real_name: &'static str,
}

/// Where they did not: the command's place, and what was told of it.
struct Difference {
    at: usize,
    real: Vec<String>,
    lodger: Vec<String>,
}

impl Pair {
    fn start(which: Which, what: &str) -> Option<Self> {
        let (real, lodger) = (Side::start(which, what)?, Side::start(Which::Lodger, what)?);
        Some(Self { real, lodger, real_name: which.name() })
    }

    /// Runs a program from empty databases on; all differences, as they leave the databases as they are.
    fn run(&mut self, program: &[Argv]) -> Vec<Difference> {
        self.real.reset();
        self.lodger.reset();
        let (mut differences, at_end) = (Vec::new(), words("EXEC"));
        for (i, batch) in program.chunks(BATCH).enumerate() {
            let (real, lodger) = (self.real.run(batch), self.lodger.run(batch));
            for (at, (real, lodger)) in real.into_iter().zip(lodger).enumerate() {
                let argv = batch.get(at).unwrap_or(&at_end);
                if real != lodger && !is_known(argv, &real, &lodger) {
                    differences.push(Difference { at: i * BATCH + at, real, lodger });
                }
            }
        }
        differences
    }

    fn must_agree(&mut self, what: &str, program: &[Argv]) {
        let all = self.run(program);
        let Some(first) = all.first() else { return };
        let at_end = words("EXEC");
        let argv = |at: usize| program.get(at).unwrap_or(&at_end);
        let name = |at: usize| argv(at)[0].to_ascii_uppercase();
        let mut names = BTreeMap::new();
        for Difference { at, real, lodger } in &all {
            let line = || format!("{}\n      {real:?}\n      {lodger:?}", command_line(argv(*at)));
            names.entry(name(*at)).or_insert_with(line);
        }
        let least = shrunk(program[..program.len().min(first.at + 1)].to_vec(), &mut |less| {
            !self.run(less).is_empty()
        });
        let again = self.run(&least);
        let Difference { real, lodger, .. } = again.first().unwrap_or(first);
        panic!(
            "{what}: events differ\n   {}  {real:?}\n   lodger  {lodger:?}\nthe least program that shows it:\n   {}\n\
             in the whole program, one of each command:\n   {}",
            self.real_name,
            least.iter().map(|argv| command_line(argv)).collect::<Vec<_>>().join("\n   "),
            names.into_values().collect::<Vec<_>>().join("\n   ")
        );
    }
}

/// Differences that are none. A walk over a hash table has an order of its own: SCAN may meet expired keys in another one,
/// and SORT the elements of sets, for which it looks for weights. SCAN with TYPE tells in Redis 7 that it found no key
/// where it has just removed one, in Redis 8 no more.
fn is_known(argv: &Argv, real: &[String], lodger: &[String]) -> bool {
    let name = argv[0].to_ascii_lowercase();
    let told = |lines: &[String]| -> BTreeSet<String> {
        lines.iter().filter(|line| !line.contains("keymiss")).cloned().collect()
    };
    (name.starts_with(b"sort") || name == b"scan") && told(real) == told(lodger)
}

/// Programs of which each command comes from `command`.
fn family(name: &str, which: Which, command: fn(&mut Rng) -> Argv) {
    run_programs(name, which, |seed| {
        let mut rng = Rng::new(seed);
        (0..PROGRAM).map(|_| command(&mut rng)).collect()
    });
}

fn run_programs(name: &str, which: Which, program: impl Fn(u64) -> Vec<Argv>) {
    let what = format!("events of {name}");
    let Some(mut pair) = Pair::start(which, &what) else { return };
    let replay = setting("SEED");
    let wanted = usize::try_from(setting("DIFF_COMMANDS").unwrap_or(30_000)).unwrap();
    let programs = if replay.is_some() { 1 } else { wanted.div_ceil(PROGRAM).max(1) };
    let first = replay.unwrap_or_else(first_seed);
    println!("{what}: SEED={first} and the {programs} from there on");
    for seed in first..first + u64::try_from(programs).unwrap() {
        pair.must_agree(&format!("{what}, SEED={seed}"), &program(seed));
    }
    println!("{what}: the same after each of {} commands", programs * PROGRAM);
}

#[test]
fn strings_and_keys() {
    run_programs("strings and keys", Which::Redis7, |seed| {
        // Redis removes the expired keys that RANDOMKEY meets, by chance.
        let program = Generator::new(seed).program(PROGRAM);
        program.into_iter().filter(|argv| !argv[0].eq_ignore_ascii_case(b"RANDOMKEY")).collect()
    });
}

/// The families' generators, which `tests/diff.rs` compares the replies to.
macro_rules! families {
    ($($test:ident $server:ident $command:expr;)*) => {
        $(#[test]
        fn $test() {
            family(stringify!($test), Which::$server, $command);
        })*

        /// All of them, and the server that knows their commands.
        const FAMILIES: &[(Which, fn(&mut Rng) -> Argv)] = &[$((Which::$server, $command)),*];
    };
}

families! {
    bitmap Redis7 programs::bitmap::command;
    geo Redis7 programs::geo::command;
    hash Redis7 programs::hash::command;
    hash_expiry Redis8 programs::hash_expiry::command;
    hyperloglog Redis7 programs::hyperloglog::command;
    list Redis7 programs::list::command;
    newer Redis8 programs::newer::command;
    others Redis7 other;
    set Redis7 programs::set::command;
    sort Redis7 programs::sort::command;
    stream Redis7 programs::stream::command;
    zset Redis7 programs::zset::command;
}

/// What DUMP says of the string "value" in Redis 7.0.
const DUMPED: &[u8] = b"\x00\x05value\n\x00\x81\xf6\xc18\xc1\xaa\x9bn";

/// Commands that no family has, and those of all types on keys that are of another type, or whose time has come: `K` is a key,
/// `P` a dumped value.
#[rustfmt::skip]
const OTHERS: &[&str] = &[
    "SET K v PXAT 1", "SET K v PXAT 1", "SET K v PXAT 1", "SET K v", "SET K v EX 100000 GET", "SET K v XX", "SET K v NX",
    "RESTORE K 0 P", "RESTORE K 100000000 P", "RESTORE K 1 P ABSTTL", "RESTORE K 0 P REPLACE", "RESTORE K 1 P REPLACE ABSTTL",
    "RESTORE-ASKING K 0 P REPLACE", "RESTORE K 0 x", "DUMP K",
    "LPUSH K 1", "RPUSHX K 1 2", "RPOP K", "LMOVE K K LEFT RIGHT", "LMPOP 2 K K LEFT", "LTRIM K 1 0", "LINSERT K BEFORE 1 0",
    "BLPOP K K K 0.001", "LSET K 0 1", "LREM K 0 1", "LRANGE K 0 -1",
    "SADD K 1 2", "SREM K 1 2", "SMOVE K K 1", "SUNIONSTORE K K K", "SINTERSTORE K K K", "SDIFF K K", "SINTERCARD 2 K K",
    "SPOP K 9", "ZADD K 1 1", "ZADD K XX INCR 1 1", "ZPOPMIN K", "ZUNIONSTORE K 2 K K", "ZINTERSTORE K 1 K", "ZMPOP 2 K K MIN",
    "ZRANGESTORE K K 0 -1", "ZREMRANGEBYRANK K 0 0", "GEOADD K 1 1 m", "GEOSEARCHSTORE K K FROMLONLAT 1 1 BYRADIUS 1 km",
    "HSET K f v", "HDEL K f", "HINCRBY K f 1", "HSETNX K f 1", "HGETALL K", "HLEN K",
    "XADD K * f v", "XGROUP CREATE K g $ MKSTREAM", "XTRIM K MAXLEN 0", "XREADGROUP GROUP g c STREAMS K >", "XACK K g 1-1",
    "XREAD STREAMS K K 0 $", "XLEN K", "XAUTOCLAIM K g c 0 0", "XCLAIM K g c 0 1-1", "XSETID K 9999999999999-1",
    "PFADD K 1", "PFCOUNT K", "PFCOUNT K K", "PFMERGE K K K", "SETBIT K 1 1", "GETBIT K 1", "BITOP NOT K K", "BITCOUNT K",
    "BITFIELD K SET u8 0 1 GET u8 0", "BITFIELD K GET u8 0",
    "RENAME K K", "RENAMENX K K", "COPY K K REPLACE", "COPY K K", "COPY K K DB 1 REPLACE", "MOVE K 1", "MOVE K 0",
    "SELECT 0", "SELECT 1", "SWAPDB 0 1", "FLUSHDB", "KEYS *", "SCAN 0 COUNT 1000", "DBSIZE",
    "DEL K K", "UNLINK K", "EXPIRE K 100000", "EXPIRE K -1", "PERSIST K", "TYPE K", "TTL K", "EXISTS K K", "TOUCH K K",
    "OBJECT ENCODING K", "GETDEL K", "GETEX K PERSIST", "GETEX K PXAT 1", "GETSET K 1", "MSETNX K 1 K 2", "MSET K 1 K 2",
    "INCR K", "INCRBYFLOAT K 1.5", "APPEND K x", "SETRANGE K 1 x", "GET K", "STRLEN K", "MGET K K", "LCS K K", "SUBSTR K 0 1",
    "SORT K ALPHA STORE K", "SORT K ALPHA",
];

fn other(rng: &mut Rng) -> Argv {
    let line = rng.pick(OTHERS);
    let mut put = |word: Vec<u8>| match word.as_slice() {
        b"K" => rng.pick(&["o0", "o1", "o2", "o3"]).as_bytes().to_vec(),
        b"P" => DUMPED.to_vec(),
        _ => word,
    };
    words(line).into_iter().map(&mut put).collect()
}

/// Commands of all families, many of them in transactions.
#[test]
fn transactions() {
    run_programs("transactions", Which::Redis7, |seed| {
        let mut rng = Rng::new(seed);
        let sevens = FAMILIES.iter().filter(|(which, _)| *which == Which::Redis7);
        let sevens: Vec<_> = sevens.map(|(_, command)| command).collect();
        let mut program = Vec::new();
        while program.len() < PROGRAM {
            let family = sevens[rng.below(sevens.len())];
            let one = (0..=rng.below(5)).map(|_| family(&mut rng));
            let one: Vec<Argv> = one.filter(|argv| !argv[0].eq_ignore_ascii_case(b"SORT")).collect();
            let transaction = rng.chance(60);
            program.extend(transaction.then(|| words("MULTI")));
            program.extend(one);
            program.extend(transaction.then(|| words("EXEC")));
        }
        program
    });
}

/// What happens to those who wait comes behind what served them; transactions serve at their end.
#[test]
fn those_who_wait() {
    const SCRIPTS: &[&[&str]] = &[
        &["wait: BLPOP l 0", "RPUSH l 1"],
        &["wait: BRPOP l 0", "wait: BLPOP l m 0", "LPUSH l 1 2 3"],
        &["wait: BLMOVE l m LEFT RIGHT 0", "RPUSH l 1 2"],
        &["wait: BLPOP m 0", "wait: BLMOVE l m LEFT RIGHT 0", "RPUSH l 1 2"],
        &["wait: BRPOPLPUSH l l 0", "RPUSH l 1 2"],
        &["wait: BLMPOP 0 2 l m LEFT COUNT 5", "RPUSH m 1 2"],
        &["wait: BZPOPMIN z 0", "ZADD z 1 a 2 b"],
        &["wait: BZPOPMAX z 0", "ZADD z 1 a"],
        &["wait: BZMPOP 0 1 z MAX COUNT 5", "ZADD z 1 a 2 b"],
        &["XGROUP CREATE x g $ MKSTREAM", "wait: XREADGROUP GROUP g c BLOCK 0 STREAMS x >", "XADD x 1-1 f v"],
        &["wait: XREAD BLOCK 0 STREAMS x $", "XADD x 1-1 f v"],
        &["wait: BLPOP l 0", "MULTI", "RPUSH l 1", "SET k v", "RPUSH l 2", "EXEC"],
        &["wait: BLPOP l 0", "MULTI", "RPUSH l 1", "DEL l", "RPUSH l 2", "PUBLISH x y", "EXEC"],
        &["wait: BLPOP l 0", "RPUSH other 1", "RENAME other l"],
        &["wait: BLPOP l 0", "SADD s 1", "SORT s STORE l"],
        &["SELECT 1", "RPUSH l 1", "SELECT 0", "wait: BLPOP l 0", "SWAPDB 0 1"],
        &["SELECT 1", "RPUSH l 1", "wait: BLPOP l 0", "MOVE l 0"],
    ];
    let Some(mut pair) = Pair::start(Which::Redis7, "those_who_wait") else { return };
    for script in SCRIPTS {
        let (real, lodger) = (pair.real.script(script), pair.lodger.script(script));
        assert_eq!(lodger, real, "{script:?}: {} on the right", pair.real_name);
    }
}

/// The background thread tells of keys and fields whose time has come.
#[test]
fn time_comes() {
    let Some(mut pair) = Pair::start(Which::Redis8, "time_comes") else { return };
    for side in [&mut pair.real, &mut pair.lodger] {
        side.reset();
        side.run(&[words("HSET h a 1 b 2"), words("HSET g a 1"), words("SET stays 1")]);
        side.client.call(&["DEBUG", "SET-ACTIVE-EXPIRE", "1"]).unwrap();
        side.run(&[]);
        for (call, expected) in [
            ("PEXPIRE stays 1", &["expire stays", "expired stays"][..]),
            ("HPEXPIRE h 1 FIELDS 1 a", &["hexpire h", "hexpired h"]),
            ("HPEXPIRE g 1 FIELDS 1 a", &["hexpire g", "hexpired g", "del g"]),
        ] {
            side.client.command(&words(call)).unwrap();
            for event in expected {
                let (name, key) = event.split_once(' ').unwrap();
                let channels =
                    [format!("__keyspace@0__:{key} {name}"), format!("__keyevent@0__:{name} {key}")];
                for told in channels {
                    assert_eq!(side.next_event(), Ok(told), "{call}");
                }
            }
        }
    }
}

/// Keys that make room are told of, each once, and nothing else is.
#[test]
fn room_is_made() {
    let Some(mut pair) = Pair::start(Which::Redis7, "room_is_made") else { return };
    let told = [&mut pair.real, &mut pair.lodger].map(|side| {
        side.reset();
        side.run(&[words("MSET a 1 b 2 c 3"), words("CONFIG SET maxmemory-policy allkeys-random")]);
        side.client.call(&["CONFIG", "SET", "maxmemory", "1"]).unwrap();
        // Refused as there is no more to evict.
        let refused = side.client.call(&["SET", "d", "1"]).unwrap();
        assert!(refused.is_error(), "{refused}");
        let mut told = side.run(&[]).concat();
        told.sort();
        told
    });
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0].len(), 6, "{told:?}");
}

/// A database in memory that tells of all events, and who listens.
fn listening() -> (Db, Subscriber) {
    let db = Options::new().config("notify-keyspace-events AEn").open(":memory:").unwrap();
    let mut ears = db.subscriber(usize::MAX).unwrap();
    ears.add("__keyevent@0__:*", Listen::Pattern).unwrap();
    (db, ears)
}

/// Event and key of each message that has come.
fn heard(ears: &mut Subscriber) -> Vec<String> {
    let next = || ears.next(0).unwrap();
    let text = |message: Reply| {
        let words: Vec<String> = message.iter().map(|word| word.as_str().unwrap().to_owned()).collect();
        format!("{} {}", words[2].rsplit(':').next().unwrap(), words[3])
    };
    std::iter::from_fn(next).map(text).collect()
}

/// Typed calls tell what the commands do that they stand for.
#[test]
fn typed_calls() {
    let (db, mut ears) = listening();
    let mut client = db.client().unwrap();
    let mut told = |expected: &[&str]| assert_eq!(heard(&mut ears), expected);
    client.set(b"k", b"v").unwrap();
    told(&["new k", "set k"]);
    // This one takes a shorter way if nobody listens.
    client.set(b"k", b"w").unwrap();
    told(&["set k"]);
    client.set_px(b"k", b"w", 1_000_000).unwrap();
    told(&["set k", "expire k"]);
    assert!(client.pexpire(b"k", 1_000_000).unwrap() && client.del(b"k").unwrap());
    told(&["expire k", "del k"]);
    client.incr_by(b"k", 1).unwrap();
    client.append(b"k", b"x").unwrap();
    assert!(client.getdel(b"k").unwrap().is_some());
    told(&["new k", "incrby k", "append k", "del k"]);
    client.hset(b"h", b"f", b"1").unwrap();
    client.hincr_by(b"h", b"f", 1).unwrap();
    assert!(client.hdel(b"h", b"f").unwrap());
    told(&["new h", "hset h", "hincrby h", "hdel h", "del h"]);
    client.lpush(b"l", b"1").unwrap();
    client.rpush(b"l", b"1").unwrap();
    assert!(client.lpop(b"l").unwrap().is_some() && client.rpop(b"l").unwrap().is_some());
    told(&["new l", "lpush l", "rpush l", "lpop l", "rpop l", "del l"]);
    assert!(client.sadd(b"s", b"m").unwrap() && client.srem(b"s", b"m").unwrap());
    told(&["new s", "sadd s", "srem s", "del s"]);
    client.zadd(b"z", 1.0, b"m").unwrap();
    client.zincr_by(b"z", 1.0, b"m").unwrap();
    assert!(client.zrem(b"z", b"m").unwrap());
    told(&["new z", "zadd z", "zincr z", "zrem z", "del z"]);
    client.command(&["CONFIG", "SET", "notify-keyspace-events", "Em"]).unwrap();
    assert_eq!(client.get(b"none").unwrap(), None);
    told(&["keymiss none"]);
    client.command(&["CONFIG", "SET", "notify-keyspace-events", ""]).unwrap();
    client.set(b"k", b"v").unwrap();
    told(&[]);
}

/// Whoever listens sees the events of a key in the order of its changes, whichever threads made them.
#[test]
fn threads_tell_in_the_order_of_changes() {
    const CALLS: usize = 4_000;
    let (db, mut ears) = listening();
    std::thread::scope(|scope| {
        for seed in 0..4 {
            let mut client = db.client().unwrap();
            scope.spawn(move || {
                let mut rng = Rng::new(seed);
                for _ in 0..CALLS {
                    match rng.below(4) {
                        0 | 1 => drop(client.rpush(b"l", b"1").unwrap()),
                        2 => drop(client.lpop(b"l").unwrap()),
                        _ => drop(client.del(b"l").unwrap()),
                    }
                }
            });
        }
    });
    let told = heard(&mut ears);
    assert!(told.len() > CALLS && told.iter().any(|event| event == "lpop l"));
    // What the events so far say of the list: whether it is there, and with how many elements.
    let (mut there, mut len) = (false, 0);
    for (i, event) in told.iter().enumerate() {
        match event.as_str() {
            "new l" => assert!(!std::mem::replace(&mut there, true) && len == 0, "{i}"),
            "rpush l" => {
                assert!(there, "{i}");
                len += 1;
            }
            "lpop l" => {
                assert!(there && len > 0, "{i}");
                len -= 1;
                assert_eq!(len == 0, told.get(i + 1).is_some_and(|next| next == "del l") && len == 0, "{i}");
            }
            "del l" => {
                assert!(std::mem::take(&mut there), "{i}");
                len = 0;
            }
            other => panic!("{other}"),
        }
    }
    let mut client = db.client().unwrap();
    assert_eq!(client.llen(b"l").unwrap(), len);
}

/// Every command that writes is in one of the programs, unless it is one that none of the servers has.
#[test]
fn every_writing_command_is_run() {
    const ELSEWHERE: &[&str] = &["msetex"];
    let mut run: BTreeSet<String> = BTreeSet::new();
    let mut note = |argv: &Argv| {
        run.insert(String::from_utf8_lossy(&argv[0]).to_ascii_lowercase());
    };
    for (_, command) in FAMILIES {
        let mut rng = Rng::new(1);
        (0..10_000).for_each(|_| note(&command(&mut rng)));
    }
    Generator::new(1).program(10_000).iter().for_each(&mut note);
    let db = Db::open(":memory:").unwrap();
    let reply = db.client().unwrap().command(&["COMMAND", "LIST", "FILTERBY", "ACLCAT", "write"]).unwrap();
    let writing = reply.iter().map(|name| name.as_str().unwrap().to_owned());
    let left: Vec<String> = writing.filter(|name| !name.contains('|') && !run.contains(name)).collect();
    assert_eq!(left, ELSEWHERE, "not in any program");
}
