//! What the tests of robustness share: seeds, randomness, short calls, and waiting for what the background
//! thread does.

#![allow(dead_code, reason = "each test program uses its own part")]

use std::time::{Duration, Instant};

use lodger::{Client, Reply};

/// The seed of a test: `SEED` from the environment, or a fresh one. It is printed, and cargo shows it when the
/// test fails.
pub(crate) fn seed(test: &str) -> u64 {
    let seed = match std::env::var("SEED") {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("SEED={text} is not a number")),
        Err(_) => std::hash::BuildHasher::hash_one(&std::collections::hash_map::RandomState::new(), test),
    };
    println!("{test}: SEED={seed}");
    seed
}

/// The number in an environment variable.
pub(crate) fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| {
        text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a number of seconds or rounds"))
    })
}

/// Pseudo-random numbers (splitmix64), the same for the same seed.
#[derive(Clone)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A generator of its own for the `n`th thread or round.
    pub(crate) fn fork(&self, n: u64) -> Self {
        Self(Self(self.0 ^ n.wrapping_mul(0xa076_1d64_78bd_642f)).next())
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `0..n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n.max(1) as u64).unwrap()
    }

    /// True once in `n` times.
    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// Up to `max` bytes.
    pub(crate) fn bytes(&mut self, max: usize) -> Vec<u8> {
        let len = self.below(max + 1);
        (0..len).map(|_| self.next().to_le_bytes()[0]).collect()
    }
}

/// Runs a command, given as bytes.
pub(crate) fn run(client: &mut Client, argv: &[&[u8]]) -> Reply {
    client.command(argv).unwrap_or_else(|e| panic!("{:?}: {e}", shown(argv)))
}

/// Runs a command, given as a line of words.
pub(crate) fn call(client: &mut Client, line: &str) -> Reply {
    let argv: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
    run(client, &argv)
}

/// [`call`], for an integer.
pub(crate) fn int(client: &mut Client, line: &str) -> i64 {
    let reply = call(client, line);
    reply.as_int().unwrap_or_else(|| panic!("{line}: {reply:?} is no integer"))
}

/// [`call`], for the text of a string, a status or an error; "nil" if absent.
pub(crate) fn text(client: &mut Client, line: &str) -> String {
    let reply = call(client, line);
    if reply.is_nil() {
        return "nil".to_owned();
    }
    String::from_utf8_lossy(reply.as_bytes().unwrap_or_else(|| panic!("{line}: {reply:?}"))).into_owned()
}

/// A command for a message.
pub(crate) fn shown(argv: &[&[u8]]) -> Vec<String> {
    argv.iter()
        .map(|arg| {
            let end = arg.len().min(80);
            let more = if arg.len() > end { format!("..({} bytes)", arg.len()) } else { String::new() };
            format!("{}{more}", arg[..end].escape_ascii())
        })
        .collect()
}

/// A number of INFO.
pub(crate) fn info(client: &mut Client, field: &str) -> u64 {
    let reply = call(client, "INFO everything");
    let all = reply.as_str().unwrap();
    let value = all.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    value.and_then(|v| v.trim().parse().ok()).unwrap_or_else(|| panic!("INFO has no number {field}:\n{all}"))
}

/// Every key of a database with its value and expiry, by key.
pub(crate) type Dump = std::collections::BTreeMap<(usize, Vec<u8>), (Vec<u8>, i64)>;

/// All keys of the first `databases` databases.
pub(crate) fn dump(client: &mut Client, databases: usize) -> Dump {
    let mut all = Dump::new();
    for db in 0..databases {
        call(client, &format!("SELECT {db}"));
        for key in call(client, "KEYS *").elements() {
            let key = key.as_bytes().unwrap().to_vec();
            let value = run(client, &[b"GET", &key]);
            let expire = run(client, &[b"PEXPIRETIME", &key]).as_int().unwrap();
            // A key whose time came in between is gone in both.
            if let Some(value) = value.as_bytes() {
                all.insert((db, key), (value.to_vec(), expire));
            }
        }
    }
    call(client, "SELECT 0");
    all
}

/// Fails if two dumps differ, and tells where.
pub(crate) fn same(before: &Dump, after: &Dump, when: &str) {
    let keys: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let differ: Vec<_> = keys.into_iter().filter(|k| before.get(k) != after.get(k)).collect();
    let show = |side: &Dump, k: &(usize, Vec<u8>)| match side.get(k) {
        Some((value, at)) => format!("{:?} until {at}", shown(&[value])),
        None => "nothing".to_owned(),
    };
    let lines: Vec<String> = differ
        .iter()
        .take(10)
        .map(|k| format!("db {} {:?}: {} became {}", k.0, shown(&[&k.1]), show(before, k), show(after, k)))
        .collect();
    assert!(differ.is_empty(), "{when}: {} keys differ:\n{}", differ.len(), lines.join("\n"));
}

/// Looks until `done` is true; fails after a minute.
pub(crate) fn eventually(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(60), "never happened: {what}");
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

/// Resident bytes of this process.
pub(crate) fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

/// Returns when the background thread has begun and ended whole turns since the call.
pub(crate) fn turns(client: &mut Client) {
    for _ in 0..2 {
        let before = info(client, "lazyfreed_objects");
        call(client, "SELECT 15");
        call(client, "SET turn 1");
        call(client, "FLUSHDB ASYNC");
        call(client, "SELECT 0");
        eventually("the background thread frees", || info(client, "lazyfreed_objects") > before);
    }
}
