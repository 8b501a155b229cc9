//! Random programs over strings, generic keys and expiry, for comparing lodger with a real server.
//!
//! Everything follows from a seed. Programs do not depend on the time that they take: deadlines lie in the
//! past or far ahead, relative ones never two within ten seconds of each other. Keys are few, so that
//! commands meet each other's leavings; some commands are malformed on purpose.

use std::time::{SystemTime, UNIX_EPOCH};

use super::resp::RespValue;

/// splitmix64: small, and good enough to choose with.
pub(crate) struct Rng(u64);

impl Rng {
    /// The sequence of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `0..n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.bits() % u64::try_from(n).unwrap()).unwrap()
    }

    /// True `percent` times of a hundred.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of these.
    pub(crate) fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

/// A command as its words.
pub(crate) type Argv = Vec<Vec<u8>>;

/// A number from the environment.
pub(crate) fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text}")))
}

/// The first seed: always the same, so that a run can be repeated; of this moment with `DIFF_FRESH`.
pub(crate) fn first_seed() -> u64 {
    if std::env::var_os("DIFF_FRESH").is_none() {
        return 20_000;
    }
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()).unwrap()
}

/// A program without the commands that are not needed for what `shows` sees in it.
pub(crate) fn shrunk(mut program: Vec<Argv>, shows: &mut dyn FnMut(&[Argv]) -> bool) -> Vec<Argv> {
    let mut chunk = program.len().div_ceil(2);
    while chunk > 0 {
        let mut at = 0;
        while at < program.len() {
            let mut less = program.clone();
            less.drain(at..(at + chunk).min(program.len()));
            if shows(&less) {
                program = less;
            } else {
                at += chunk;
            }
        }
        chunk /= 2;
    }
    program
}

/// How the two replies to a command are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compare {
    /// Byte for byte.
    Exact,
    /// Byte for byte, the elements of arrays in any order (at every depth).
    AnyOrder,
    /// The same kind of reply: what it holds is each server's own.
    Kind,
    /// Integers from 0 up to the limit, which depend on the clock, within a tolerance; all else byte for byte.
    Near { within: i64, up_to: i64 },
    /// Times in Unix milliseconds within a tolerance, at every depth; all else byte for byte.
    Clock { within: i64 },
}

/// How the replies to this command are compared.
pub(crate) fn comparison(argv: &Argv) -> Compare {
    if let Some(how) = super::programs::comparison(argv) {
        return how;
    }
    let word = |i: usize| argv.get(i).map(|w| w.to_ascii_lowercase()).unwrap_or_default();
    match (word(0).as_slice(), word(1).as_slice()) {
        (b"keys" | b"scan", _) => Compare::AnyOrder,
        (b"randomkey" | b"time", _) => Compare::Kind,
        (b"memory", b"usage") | (b"object", b"idletime" | b"refcount") => Compare::Kind,
        (b"ttl", _) => Compare::Near { within: 8, up_to: i64::MAX },
        (b"pttl", _) => Compare::Near { within: 8_000, up_to: i64::MAX },
        (b"expiretime", _) => Compare::Near { within: 8, up_to: 30_000_000_000 },
        (b"pexpiretime", _) => Compare::Near { within: 8_000, up_to: 30_000_000_000_000 },
        _ => Compare::Exact,
    }
}

/// Times that a clock told are behind this one, in Unix milliseconds.
const EARLIEST: i64 = 1_000_000_000_000;

/// Whether two replies agree.
pub(crate) fn same(how: Compare, redis: &RespValue, lodger: &RespValue) -> bool {
    use RespValue as V;
    match (how, redis, lodger) {
        _ if redis == lodger => true,
        (Compare::Near { within, up_to }, V::Int(r), V::Int(l)) => {
            *r >= 0 && *l >= 0 && *r <= up_to && (r - l).abs() <= within
        }
        (Compare::Clock { within }, V::Int(r), V::Int(l)) => {
            *r.min(l) > EARLIEST && r.abs_diff(*l) <= within.unsigned_abs()
        }
        (Compare::Near { .. } | Compare::Clock { .. }, V::Array(r), V::Array(l)) => {
            r.len() == l.len() && r.iter().zip(l).all(|(r, l)| same(how, r, l))
        }
        (Compare::Near { .. } | Compare::Clock { .. }, V::Map(r), V::Map(l)) => {
            r.len() == l.len() && r.iter().zip(l).all(|(r, l)| same(how, &r.0, &l.0) && same(how, &r.1, &l.1))
        }
        (Compare::AnyOrder, r, l) => in_order(r.clone()) == in_order(l.clone()),
        (Compare::Kind, V::Error(_), _) | (Compare::Kind, _, V::Error(_)) => false,
        (Compare::Kind, V::Array(r), V::Array(l)) => r.len() == l.len(),
        (Compare::Kind, r, l) => std::mem::discriminant(r) == std::mem::discriminant(l),
        _ => false,
    }
}

/// The same value with the elements of all arrays sorted.
fn in_order(value: RespValue) -> RespValue {
    match value {
        RespValue::Array(items) => {
            let mut items: Vec<RespValue> = items.into_iter().map(in_order).collect();
            items.sort();
            RespValue::Array(items)
        }
        RespValue::Set(items) => RespValue::Set(items.into_iter().map(in_order).collect()).sorted(),
        RespValue::Map(pairs) => {
            RespValue::Map(pairs.into_iter().map(|(k, v)| (k, in_order(v))).collect()).sorted()
        }
        other => other,
    }
}

/// Deadlines far ahead, in seconds; the last ones are as far as milliseconds reach.
const FAR: &[&str] = &["33177117420", "33177117421", "33177117999", "9223372036854775"];
/// The same in milliseconds.
const FAR_MS: &[&str] = &["33177117420000", "33177117420499", "33177117420500", "9223372036854775807"];
/// Words where a number belongs.
const NO_NUMBER: &[&str] = &[
    "",
    " 1",
    "1 ",
    "abc",
    "1.5",
    "+1",
    "01",
    "-0",
    "0x1",
    "9223372036854775808",
    "-9223372036854775809",
    "99999999999999999999999",
    "1e3",
    "-",
];
/// Numbers at the edges.
const EDGES: &[&str] = &[
    "0",
    "1",
    "-1",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775806",
    "-9223372036854775807",
    "2147483647",
    "2147483648",
    "-2147483648",
    "-2147483649",
    "4294967295",
    "4294967296",
    "9223372036854775",
    "9223372036854776",
    "10000",
    "9999",
];

/// Writes programs.
pub(crate) struct Generator {
    rng: Rng,
    written: u64,
    leaves_expired: bool,
}

/// Shorthand for a word.
fn w(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

impl Generator {
    /// The program of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self { rng: Rng::new(seed), written: 0, leaves_expired: seed.is_multiple_of(2) }
    }

    /// Whether the programs of this seed set keys that have expired already. Such a key is gone for every
    /// command, but until somebody meets it DBSIZE counts it and MEMORY USAGE measures it, and who meets it is each server's
    /// own affair.
    pub(crate) fn leaves_expired(&self) -> bool {
        self.leaves_expired
    }

    /// The next `n` commands.
    pub(crate) fn program(&mut self, n: usize) -> Vec<Argv> {
        (0..n).map(|_| self.command()).collect()
    }

    fn command(&mut self) -> Argv {
        self.written += 1;
        let mut argv = self.well_formed();
        if self.rng.chance(6) {
            self.damage(&mut argv);
        }
        if self.rng.chance(3) {
            argv = self.rng.pick(&["GETKEYS", "GETKEYSANDFLAGS"]).split(' ').map(w).chain(argv).collect();
            argv.insert(0, w("COMMAND"));
        }
        let upper = self.rng.below(4);
        if upper == 0 && argv.first().is_some_and(|name| !name.is_empty()) {
            argv[0].make_ascii_lowercase();
        }
        argv
    }

    fn key(&mut self) -> Vec<u8> {
        match self.rng.below(22) {
            20 => w(""),
            21 => b"bin\x00\xff\r\n".to_vec(),
            n => w(&format!("k{n}")),
        }
    }

    fn keys(&mut self, most: usize) -> Argv {
        let n = 1 + self.rng.below(most);
        (0..n).map(|_| self.key()).collect()
    }

    /// A value that a string may hold.
    fn value(&mut self) -> Vec<u8> {
        match self.rng.below(14) {
            0..=2 => w(&self.rng.below(20_000).to_string()),
            3 => w(&format!("-{}", self.rng.below(200))),
            4 => w(self.rng.pick(EDGES)),
            5 => w(self.rng.pick(NO_NUMBER)),
            6 => w(&self.float()),
            7 => {
                let n = [0, 1, 43, 44, 45, 46, 63, 64, 65][self.rng.below(9)];
                vec![b'v'; n]
            }
            8 => {
                let n = self.rng.below(300);
                (0..n).map(|_| b"ab"[self.rng.below(2)]).collect()
            }
            9 => {
                let n = self.rng.below(30);
                (0..n).map(|_| self.rng.bits().to_le_bytes()[0]).collect()
            }
            _ => w(self.rng.pick(&["hello", "Hello World", "ohmytext", "mynewtext", "x"])),
        }
    }

    /// A number as INCRBYFLOAT reads it, or nearly.
    pub(crate) fn float(&mut self) -> String {
        let digits = |rng: &mut Rng, most: usize| {
            let n = 1 + rng.below(most);
            (0..n).map(|_| char::from(b"0123456789"[rng.below(10)])).collect::<String>()
        };
        let sign = self.rng.pick(&["", "", "", "-", "-", "+"]);
        let rng = &mut self.rng;
        let body = match rng.below(16) {
            0..=1 => digits(rng, 3),
            2 => digits(rng, 22),
            3..=6 => format!("{}.{}", digits(rng, 4), digits(rng, 4)),
            7 => format!("{}.{}", digits(rng, 20), digits(rng, 25)),
            8 => format!("0.{}{}", "0".repeat(rng.below(20)), digits(rng, 6)),
            9 => format!("{}e{}", digits(rng, 3), rng.below(25)),
            10 => format!("{}.{}e-{}", digits(rng, 2), digits(rng, 5), rng.below(25)),
            11 => format!("{}e{}{}", digits(rng, 2), rng.pick(&["", "-", "+"]), rng.below(330)),
            12 => format!("0x{:x}.{:x}p{}", rng.below(1000), rng.below(1000), rng.below(40)),
            13 => (*rng.pick(EDGES)).trim_start_matches('-').to_string(),
            14 => rng
                .pick(&["inf", "infinity", "nan", "1e5000", "1e-5000", "1e", ".", ".5", "5.", "e5", "0x"])
                .to_string(),
            _ => rng
                .pick(&["1e17", "1e18", "9007199254740993", "18446744073709551616", "0.1", "0.3", "1e-17"])
                .to_string(),
        };
        format!("{sign}{body}")
    }

    /// An integer argument, now and then none.
    fn integer(&mut self) -> Vec<u8> {
        match self.rng.below(12) {
            0 => w(self.rng.pick(EDGES)),
            1 if self.rng.chance(50) => w(self.rng.pick(NO_NUMBER)),
            2..=4 => w(&format!("-{}", self.rng.below(50))),
            _ => w(&self.rng.below(100).to_string()),
        }
    }

    /// Seconds from now that no other call of this program asks for.
    fn seconds(&mut self) -> u64 {
        10_000 + (self.written * 7_919 % 1_000_003) * 10
    }

    /// An option that gives a key its deadline, as SET and GETEX take it.
    fn deadline(&mut self) -> Argv {
        let (name, value) = match self.rng.below(8) {
            0 => ("EX", self.seconds().to_string()),
            1 => ("PX", (self.seconds() * 1000).to_string()),
            2 | 3 => ("EXAT", self.rng.pick(FAR).to_string()),
            4 | 5 => ("PXAT", self.rng.pick(FAR_MS).to_string()),
            6 if self.leaves_expired => {
                (self.rng.pick(&["EXAT", "PXAT"]), self.rng.pick(&["1", "1000", "1600000000"]).to_string())
            }
            _ => {
                let name = self.rng.pick(&["EX", "PX", "EXAT", "PXAT"]);
                let bad = if self.rng.chance(50) { NO_NUMBER } else { &["0", "-1", "9223372036854776"] };
                (name, self.rng.pick(bad).to_string())
            }
        };
        // What is over is over for everybody; a small number is not yet.
        let value = if name == "PXAT" && value == "9223372036854776" { "0".to_string() } else { value };
        let value = if name == "PX" && value == "9223372036854776" { "-7".to_string() } else { value };
        vec![w(name), w(&value)]
    }

    /// Up to `most` of these, in any order, any of them twice.
    fn some_of(&mut self, from: &[&str], most: usize) -> Argv {
        let n = self.rng.below(most + 1);
        (0..n).map(|_| w(self.rng.pick(from))).collect()
    }

    fn pattern(&mut self) -> Vec<u8> {
        w(self.rng.pick(&[
            "*", "k*", "k1?", "k[0-4]", "k[^0-4]", "?", "", "*1*", "k1[5-9]", "k\\1", "K*", "bin*", "[k]*",
            "k[",
        ]))
    }

    fn well_formed(&mut self) -> Argv {
        let roll = self.rng.below(1000);
        let mut argv: Argv = Vec::new();
        let mut put = |words: &[Vec<u8>]| argv.extend_from_slice(words);
        match roll {
            0..=179 => {
                put(&[w("SET"), self.key(), self.value()]);
                if self.rng.chance(50) {
                    let mut options = self.some_of(&["NX", "XX", "GET", "KEEPTTL"], 2);
                    if self.rng.chance(50) {
                        let at = self.rng.below(options.len() + 1);
                        options.splice(at..at, self.deadline());
                    }
                    put(&options);
                }
            }
            180..=249 => put(&[w("GET"), self.key()]),
            250..=269 => put(&[w("SETNX"), self.key(), self.value()]),
            270..=284 => {
                let by = if self.rng.chance(70) { w(&self.seconds().to_string()) } else { self.few() };
                put(&[w("SETEX"), self.key(), by, self.value()]);
            }
            285..=294 => {
                let by =
                    if self.rng.chance(70) { w(&(self.seconds() * 1000).to_string()) } else { self.few() };
                put(&[w("PSETEX"), self.key(), by, self.value()]);
            }
            295..=309 => put(&[w("GETSET"), self.key(), self.value()]),
            310..=324 => put(&[w("GETDEL"), self.key()]),
            325..=354 => {
                put(&[w("GETEX"), self.key()]);
                match self.rng.below(4) {
                    0 => put(&[w("PERSIST")]),
                    1 | 2 => put(&self.deadline()),
                    _ => {}
                }
            }
            355..=379 => {
                let name = self.rng.pick(&["MSET", "MSET", "MSETNX"]);
                put(&[w(name)]);
                for _ in 0..=self.rng.below(4) {
                    put(&[self.key(), self.value()]);
                }
            }
            380..=399 => {
                put(&[w("MGET")]);
                put(&self.keys(6));
            }
            400..=459 => put(&[w(self.rng.pick(&["INCR", "DECR"])), self.key()]),
            460..=489 => put(&[w(self.rng.pick(&["INCRBY", "DECRBY"])), self.key(), self.integer()]),
            490..=509 => put(&[w("INCRBYFLOAT"), self.key(), w(&self.float())]),
            510..=539 => put(&[w("APPEND"), self.key(), self.value()]),
            540..=549 => put(&[w("STRLEN"), self.key()]),
            550..=584 => {
                let name = self.rng.pick(&["GETRANGE", "GETRANGE", "SUBSTR"]);
                put(&[w(name), self.key(), self.integer(), self.integer()]);
            }
            585..=614 => {
                let at = match self.rng.below(8) {
                    0 => w(self.rng.pick(&["-1", "536870912", "9223372036854775807", "x", ""])),
                    _ => w(&self.rng.below(60).to_string()),
                };
                put(&[w("SETRANGE"), self.key(), at, self.value()]);
            }
            615..=629 => {
                put(&[w("LCS"), self.key(), self.key()]);
                put(&self.some_of(&["LEN", "IDX", "WITHMATCHLEN"], 2));
                if self.rng.chance(30) {
                    put(&[w("MINMATCHLEN"), self.integer()]);
                }
            }
            630..=659 => {
                put(&[w(self.rng.pick(&["DEL", "UNLINK", "DEL", "EXISTS", "TOUCH"]))]);
                put(&self.keys(3));
            }
            660..=699 => {
                let (name, time) = match self.rng.below(4) {
                    0 => ("EXPIRE", self.seconds().to_string()),
                    1 => ("PEXPIRE", (self.seconds() * 1000).to_string()),
                    2 => ("EXPIREAT", self.rng.pick(FAR).to_string()),
                    _ => ("PEXPIREAT", self.rng.pick(FAR_MS).to_string()),
                };
                let time = if self.rng.chance(15) { self.few() } else { w(&time) };
                put(&[w(name), self.key(), time]);
                put(&self.some_of(&["NX", "XX", "GT", "LT"], 2));
            }
            700..=739 => {
                put(&[w(self.rng.pick(&["TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"])), self.key()]);
            }
            740..=754 => put(&[w("PERSIST"), self.key()]),
            755..=769 => put(&[w("TYPE"), self.key()]),
            770..=799 => put(&[w(self.rng.pick(&["RENAME", "RENAMENX"])), self.key(), self.key()]),
            800..=829 => {
                put(&[w("COPY"), self.key(), self.key()]);
                if self.rng.chance(40) {
                    put(&[w("DB"), self.database()]);
                }
                put(&self.some_of(&["REPLACE"], 1));
            }
            830..=844 => put(&[w("MOVE"), self.key(), self.database()]),
            845..=864 => put(&[w("SELECT"), self.database()]),
            865..=874 => put(&[w("KEYS"), self.pattern()]),
            875..=889 => {
                put(&[w("SCAN"), w("0"), w("COUNT"), w("1000")]);
                if self.rng.chance(50) {
                    put(&[w("MATCH"), self.pattern()]);
                }
                if self.rng.chance(30) {
                    put(&[w("TYPE"), w(self.rng.pick(&["string", "STRING", "list", "zset", "nosuch"]))]);
                }
            }
            890..=929 => {
                let sub =
                    self.rng.pick(&["ENCODING", "ENCODING", "ENCODING", "REFCOUNT", "FREQ", "IDLETIME"]);
                put(&[w("OBJECT"), w(sub), self.key()]);
            }
            930..=934 if !self.leaves_expired => put(&[w("MEMORY"), w("USAGE"), self.key()]),
            930..=944 => put(&[w(if self.leaves_expired { "RANDOMKEY" } else { "DBSIZE" })]),
            945..=949 => put(&[w("RANDOMKEY")]),
            950..=954 => put(&[w("SWAPDB"), self.database(), self.database()]),
            955..=956 => put(&[w("FLUSHDB")]),
            957 => put(&[w("FLUSHALL")]),
            958..=964 => put(&[w("ECHO"), self.value()]),
            965..=969 => put(&[w("PING")]),
            970..=974 => put(&[w("PING"), self.value()]),
            975..=979 => put(&[w("CLIENT"), w("SETNAME"), self.value()]),
            980..=984 => put(&[w("CLIENT"), w("GETNAME")]),
            985..=989 => put(&[w("TIME")]),
            _ => {
                let name = self.rng.pick(&["NOSUCH", "", "GET|X", "CONFIG", "OBJECT", "SETT", "CLIENT"]);
                put(&[w(name)]);
                put(&self.keys(3));
            }
        }
        argv
    }

    /// A time that is over, or no time.
    fn few(&mut self) -> Vec<u8> {
        match self.rng.below(3) {
            0 => w(self.rng.pick(NO_NUMBER)),
            1 => w(self.rng.pick(&["0", "-1", "-100", "-9223372036854775808"])),
            _ => w(self.rng.pick(&["9223372036854775807", "9223372036854775800", "-9223372036854775807"])),
        }
    }

    fn database(&mut self) -> Vec<u8> {
        match self.rng.below(20) {
            0 => w(self.rng.pick(&["16", "-1", "x", "", "1.5", "4294967296", "9223372036854775808"])),
            n => w(&(n % 3).to_string()),
        }
    }

    /// Makes a command wrong, or at least unusual.
    fn damage(&mut self, argv: &mut Argv) {
        let n = argv.len();
        match self.rng.below(5) {
            0 => {
                argv.pop();
                if argv.is_empty() {
                    argv.push(w("GET"));
                }
            }
            1 => argv.push(w(self.rng.pick(&["garbage", "", "NX", "EX", "1", "GET", "PERSIST"]))),
            2 if n > 1 => argv[1 + self.rng.below(n - 1)] = w("garbage"),
            3 if n > 2 => {
                let i = 1 + self.rng.below(n - 1);
                let twice = argv[i].clone();
                argv.insert(i, twice);
            }
            _ if n > 3 => {
                let i = 2 + self.rng.below(n - 2);
                argv.remove(i);
            }
            _ => argv.push(self.key()),
        }
        if argv.iter().any(|a| a == b"FLUSHALL" || a == b"FLUSHDB") {
            argv.truncate(1);
        }
    }

    /// A pair of commands that try a number: one sets it, one computes with it.
    pub(crate) fn number_pair(&mut self) -> [Argv; 2] {
        let key = w("n");
        let wide = |rng: &mut Rng| {
            let bits = i64::from_le_bytes(rng.bits().to_le_bytes());
            match rng.below(6) {
                0 => bits.to_string(),
                1 => (bits >> rng.below(63)).to_string(),
                2 => (i64::MAX - (bits >> 60).abs()).to_string(),
                3 => (i64::MIN + (bits >> 60).abs()).to_string(),
                4 => rng.pick(EDGES).to_string(),
                _ => rng.pick(NO_NUMBER).to_string(),
            }
        };
        match self.rng.below(10) {
            0..=4 => {
                let (a, b) = (self.float(), self.float());
                [vec![w("SET"), key.clone(), w(&a)], vec![w("INCRBYFLOAT"), key, w(&b)]]
            }
            5..=7 => {
                let (a, b) = (wide(&mut self.rng), wide(&mut self.rng));
                let op = self.rng.pick(&["INCRBY", "DECRBY"]);
                [vec![w("SET"), key.clone(), w(&a)], vec![w(op), key, w(&b)]]
            }
            8 => {
                let (a, b) = (wide(&mut self.rng), wide(&mut self.rng));
                [vec![w("SET"), key.clone(), self.value()], vec![w("GETRANGE"), key, w(&a), w(&b)]]
            }
            _ => {
                let at = match self.rng.below(3) {
                    0 => self.rng.below(300).to_string(),
                    _ => wide(&mut self.rng),
                };
                // Offsets that are allowed but enormous would only test the machine's memory.
                let at = if at.parse().is_ok_and(|n: i64| (1000..536_870_912).contains(&n)) {
                    "7".into()
                } else {
                    at
                };
                [vec![w("SET"), key.clone(), self.value()], vec![w("SETRANGE"), key, w(&at), self.value()]]
            }
        }
    }
}
