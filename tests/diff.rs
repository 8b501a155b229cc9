//! Random programs, run by lodger and by a real Redis 7.0: the same replies, byte for byte in both protocols,
//! and the same final state.
//!
//! The programs are always the same ones, others with `DIFF_FRESH=1` (`make test-diff`). `SEED=n` runs one program
//! again, `DIFF_COMMANDS=n` says how many commands to run in all. A program that shows a difference is cut down before
//! it is printed.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test code: it stops at the first surprise and starts real servers"
)]

mod common;

use common::doors::{Entrance, LodgerDoor, ServerDoor};
use common::oracle::{self, Which};
use common::program::{Argv, Generator, Rng, comparison, first_seed, same, setting, shrunk};
use common::programs::Family;
use common::resp::{RespValue, command_line, encode_request};
use common::script::{Door, Protocol};

/// Commands of one program; then the databases are compared and emptied.
const PROGRAM: usize = 2_000;
/// Commands sent at once.
const BATCH: usize = 250;
/// Databases that programs use.
const DATABASES: usize = 3;
/// What both are asked of every `key` that a program leaves; an error is an answer, too.
const LOOKS: &[&str] = &[
    "GET key",
    "TYPE key",
    "PEXPIRETIME key",
    "OBJECT ENCODING key",
    "DEBUG DIGEST-VALUE key",
    "XINFO STREAM key FULL COUNT 0",
];

/// The two that must agree.
struct Pair {
    which: Which,
    redis: ServerDoor,
    lodger: LodgerDoor,
    /// Whether DBSIZE is compared at the end of a program.
    sizes: bool,
    /// What is run, for messages: which programs with which seed.
    what: String,
}

/// Where they did not.
struct Difference {
    /// The command, by its place in the program; what follows the program is the final state.
    at: usize,
    command: String,
    redis: RespValue,
    lodger: RespValue,
}

impl Pair {
    fn start(which: Which, what: &str) -> Option<Self> {
        let server = oracle::start(which, what)?;
        let redis = ServerDoor::new(server, None).unwrap();
        let lodger = LodgerDoor::on_time(Entrance::Resp).unwrap();
        Some(Self { which, redis, lodger, sizes: true, what: what.to_owned() })
    }

    /// Fails for the real server's sake: it is gone, or its answer is none.
    fn lost(&self, error: &std::io::Error, commands: &[Argv]) -> ! {
        let lines: Vec<String> = commands.iter().map(|argv| command_line(argv)).collect();
        panic!(
            "{} failed in {}: {error}\nit was asked:\n   {}",
            self.which.name(),
            self.what,
            lines.join("\n   ")
        );
    }

    fn both(&mut self, commands: &[Argv]) -> (Vec<RespValue>, Vec<RespValue>) {
        let mut request = Vec::new();
        for argv in commands {
            encode_request(argv, &mut request);
        }
        let redis = self.redis.raw("", &request, commands.len()).unwrap_or_else(|e| self.lost(&e, commands));
        let redis = redis.unwrap();
        let lodger = self.lodger.raw("", &request, commands.len()).unwrap().unwrap();
        assert_eq!(lodger.len(), redis.len(), "lodger answers {} of {} requests", lodger.len(), redis.len());
        (redis, lodger)
    }

    /// Runs a program from an empty database on; the first difference, if any.
    fn run(&mut self, program: &[Argv], protocol: Protocol) -> Option<Difference> {
        self.lodger.reset().unwrap();
        self.redis.reset().unwrap_or_else(|e| self.lost(&e, &[]));
        let version: &[u8] = if protocol == Protocol::Three { b"3" } else { b"2" };
        let words = |line: &str| line.split(' ').map(|w| w.as_bytes().to_vec()).collect::<Argv>();
        self.both(&[vec![b"HELLO".to_vec(), version.to_vec()], words("DEBUG SET-ACTIVE-EXPIRE 0")]);
        let mut at = 0;
        for batch in program.chunks(BATCH) {
            if let Some(difference) = self.compare(at, batch) {
                return Some(difference);
            }
            at += batch.len();
        }
        for db in 0..DATABASES {
            let keys = vec![b"KEYS".to_vec(), b"*".to_vec()];
            let opening = [words(&format!("SELECT {db}")), keys, words("DBSIZE")];
            if let Some(difference) = self.compare(at, &opening[..2 + usize::from(self.sizes)]) {
                return Some(difference);
            }
            let (found, _) = self.both(&opening[1..2]);
            let keys = found.into_iter().next().and_then(RespValue::into_items).unwrap_or_default();
            let look = |key: &RespValue| {
                let key = key.bytes().unwrap_or_default().to_vec();
                let put = move |word: Vec<u8>| if word == b"key" { key.clone() } else { word };
                LOOKS.iter().map(move |line| words(line).into_iter().map(&put).collect())
            };
            let looks: Vec<Argv> = keys.iter().flat_map(look).collect();
            if let Some(difference) = self.compare(at, &looks) {
                return Some(difference);
            }
            if let Some(difference) = self.walk(at, keys) {
                return Some(difference);
            }
        }
        None
    }

    /// A whole iteration of SCAN in small steps finds every key that KEYS finds, and no other.
    fn walk(&mut self, at: usize, mut keys: Vec<RespValue>) -> Option<Difference> {
        let (mut cursor, mut found) = (b"0".to_vec(), Vec::new());
        loop {
            let step = [b"SCAN".to_vec(), cursor, b"COUNT".to_vec(), b"2".to_vec()];
            let mut reply = self.lodger.send("", &step).unwrap().into_items().unwrap();
            found.extend(reply.pop().and_then(RespValue::into_items).unwrap());
            cursor = reply.pop().unwrap().bytes().unwrap().to_vec();
            if cursor == b"0" {
                break;
            }
        }
        keys.sort();
        found.sort();
        found.dedup();
        (found != keys).then(|| Difference {
            at,
            command: "SCAN 0 COUNT 2, and so on to its end".to_string(),
            redis: RespValue::Array(keys),
            lodger: RespValue::Array(found),
        })
    }

    fn compare(&mut self, at: usize, commands: &[Argv]) -> Option<Difference> {
        let (redis, lodger) = self.both(commands);
        for (i, ((redis, lodger), argv)) in redis.into_iter().zip(lodger).zip(commands).enumerate() {
            if !same(comparison(argv), &redis, &lodger) {
                return Some(Difference { at: at + i, command: command_line(argv), redis, lodger });
            }
        }
        None
    }

    /// Runs a program under a protocol; on a difference, says everything about it and fails.
    fn must_agree(&mut self, seed: u64, program: &[Argv], protocol: Protocol) {
        let what = self.what.clone();
        self.what = format!("{what}, SEED={seed}, {protocol:?}");
        let first = self.run(program, protocol);
        let Some(first) = first else {
            self.what = what;
            return;
        };
        let upto = program[..program.len().min(first.at + 1)].to_vec();
        let history: Vec<String> = match program.get(first.at) {
            Some(last) => {
                let related = |argv: &&Argv| argv.iter().skip(1).any(|word| last[1..].contains(word));
                let mut lines: Vec<String> =
                    upto.iter().filter(related).rev().take(20).map(|argv| command_line(argv)).collect();
                lines.reverse();
                lines
            }
            None => Vec::new(),
        };
        let least = shrunk(upto, &mut |less| self.run(less, protocol).is_some());
        let again = self.run(&least, protocol);
        let (Difference { at, command, redis, lodger }, note) = match again {
            Some(difference) => (difference, ""),
            None => (first, "   (does not show every time)"),
        };
        panic!(
            "SEED={seed}, {protocol:?}: command {at} of {}: {command}{note}\n   redis  {redis}\n   lodger {lodger}\n\
             the least program that shows it:\n   {}\nthe last commands that share a word with it:\n   {}",
            least.len(),
            least.iter().map(|argv| command_line(argv)).collect::<Vec<_>>().join("\n   "),
            history.join("\n   ")
        );
    }
}

#[test]
fn random_programs() {
    let Some(mut pair) = Pair::start(Which::Redis7, "random_programs") else { return };
    let replay = setting("SEED");
    let wanted = usize::try_from(setting("DIFF_COMMANDS").unwrap_or(240_000)).unwrap();
    let programs = if replay.is_some() { 1 } else { wanted.div_ceil(PROGRAM).max(1) };
    let first = replay.unwrap_or_else(first_seed);
    println!("random_programs: SEED={first} and the {programs} from there on");
    for seed in first..first + u64::try_from(programs).unwrap() {
        let mut generator = Generator::new(seed);
        let program = generator.program(PROGRAM);
        pair.sizes = !generator.leaves_expired();
        for protocol in [Protocol::Two, Protocol::Three] {
            pair.must_agree(seed, &program, protocol);
        }
    }
    println!("random_programs: {} commands, the same replies and the same state", 2 * programs * PROGRAM);
}

/// Commands of one family, and now and then one on its keys as such, at least 200,000 in both protocols.
fn family(family: &Family) {
    let what = format!("random programs of {}", family.name);
    let Some(mut pair) = Pair::start(family.which, &what) else { return };
    let replay = setting("SEED");
    let wanted = usize::try_from(setting("DIFF_COMMANDS").unwrap_or(200_000)).unwrap();
    let programs = if replay.is_some() { 1 } else { wanted.div_ceil(2 * PROGRAM).max(1) };
    let first = replay.unwrap_or_else(first_seed);
    println!("{what}: SEED={first} and the {programs} from there on");
    for seed in first..first + u64::try_from(programs).unwrap() {
        let mut rng = Rng::new(seed);
        let program: Vec<Argv> = (0..PROGRAM).map(|_| (family.command)(&mut rng)).collect();
        for protocol in [Protocol::Two, Protocol::Three] {
            pair.must_agree(seed, &program, protocol);
        }
    }
    println!("{what}: {} commands, the same replies and the same state", 2 * programs * PROGRAM);
}

/// The tests of the families, `mod.rs` of `common/programs` has what each runs.
macro_rules! families {
    ($($test:ident $server:ident $module:ident;)*) => {
        $(#[test]
        fn $test() {
            let command = common::programs::$module::command;
            family(&Family { name: stringify!($module), which: Which::$server, command });
        })*
    };
}

families! {
    bitmap Redis7 bitmap;
    geo Redis7 geo;
    hash Redis7 hash;
    hash_expiry Redis8 hash_expiry;
    hyperloglog Redis7 hyperloglog;
    list Redis7 list;
    newer Redis8 newer;
    set Redis7 set;
    sort Redis7 sort;
    stream Redis7 stream;
    zset Redis7 zset;
}

#[test]
fn numbers() {
    let Some(mut pair) = Pair::start(Which::Redis7, "numbers") else { return };
    let seed = setting("SEED").unwrap_or_else(first_seed);
    println!("numbers: SEED={seed}");
    let mut generator = Generator::new(seed);
    let programs = 60;
    for _ in 0..programs {
        let program: Vec<Argv> = (0..PROGRAM / 2).flat_map(|_| generator.number_pair()).collect();
        pair.must_agree(seed, &program, Protocol::Two);
    }
    println!("numbers: {} pairs", programs * PROGRAM / 2);
}
