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
use common::resp::{Conn, RespValue, command_line, encode_request, quoted};

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

    /// Runs commands from where the last ones ended; the events of each.
    fn run(&mut self, commands: &[Argv]) -> Vec<Vec<String>> {
        let mut request = Vec::new();
        for argv in commands {
            encode_request(argv, &mut request);
            encode_request(&words("PUBLISH mark end"), &mut request);
        }
        self.client.write(&request).unwrap();
        self.client.read_many(2 * commands.len()).unwrap();
        commands.iter().map(|_| self.until_mark()).collect()
    }

    /// What is told until somebody publishes on [`MARK`].
    fn until_mark(&mut self) -> Vec<String> {
        let mut told = Vec::new();
        loop {
            let message = self.ears.read().unwrap().into_items().unwrap();
            let word = |i: usize| message.get(i).and_then(RespValue::bytes).unwrap_or_default();
            match word(0) {
                b"message" => return told,
                _ => told.push(format!("{} {}", quoted(word(2)), quoted(word(3)))),
            }
        }
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
        let mut differences = Vec::new();
        for (i, batch) in program.chunks(BATCH).enumerate() {
            let (real, lodger) = (self.real.run(batch), self.lodger.run(batch));
            for (at, (real, lodger)) in real.into_iter().zip(lodger).enumerate() {
                if real != lodger && !is_known(&batch[at], &real, &lodger) {
                    differences.push(Difference { at: i * BATCH + at, real, lodger });
                }
            }
        }
        differences
    }

    fn must_agree(&mut self, what: &str, program: &[Argv]) {
        let all = self.run(program);
        let Some(first) = all.first() else { return };
        let name = |at: usize| program[at].first().map(|word| word.to_ascii_uppercase());
        let mut names = BTreeMap::new();
        for Difference { at, real, lodger } in &all {
            let line = || format!("{}\n      {real:?}\n      {lodger:?}", command_line(&program[*at]));
            names.entry(name(*at)).or_insert_with(line);
        }
        let least = shrunk(program[..=first.at].to_vec(), &mut |less| !self.run(less).is_empty());
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
    ($($test:ident $server:ident;)*) => {
        $(#[test]
        fn $test() {
            family(stringify!($test), Which::$server, programs::$test::command);
        })*
    };
}

families! {
    bitmap Redis7;
    geo Redis7;
    hash Redis7;
    hash_expiry Redis8;
    hyperloglog Redis7;
    list Redis7;
    newer Redis8;
    set Redis7;
    sort Redis7;
    stream Redis7;
    zset Redis7;
}
