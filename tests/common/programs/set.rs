//! Sets. Chance must not make the two servers differ: what SPOP takes is everything, nothing, or the only member of the
//! key `one`.

use crate::common::program::{Argv, Compare, Rng};

const KEYS: &[&str] = &["s0", "s1", "s2", "s3", "s4", "s5"];
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "-1",
    "2147483648",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "-9223372036854775809",
    "99999999999999999999",
    "",
    "x",
    "1.5",
    " 1",
    "+1",
];
const ODD_MEMBERS: &[&str] = &[
    "",
    "01",
    "-0",
    "+5",
    " 7",
    "1.5",
    "32767",
    "32768",
    "-32769",
    "2147483647",
    "2147483648",
    "-2147483649",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
];

fn w(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

fn key(rng: &mut Rng) -> Vec<u8> {
    match rng.below(40) {
        0 => w("missing"),
        1 => w("str"),
        _ => w(rng.pick(KEYS)),
    }
}

/// A member; keys with an even number mostly get integers.
fn member(rng: &mut Rng, key: &[u8]) -> Vec<u8> {
    let whole = key.last().is_some_and(|last| last % 2 == 0);
    match rng.below(if whole { 400 } else { 12 }) {
        0 => w(rng.pick(ODD_MEMBERS)),
        1 => w(&format!("m{}", rng.below(30))),
        2 => w(&rng.below(1_000_000_000_000).to_string()),
        3 if !whole => vec![b'y'; [1, 63, 64, 65, 200][rng.below(5)]],
        4 if !whole => vec![b'\xff', u8::try_from(rng.below(6)).unwrap(), 0],
        _ => w(&rng.below(60).to_string()),
    }
}

/// Many members at once, to cross the thresholds.
fn many(rng: &mut Rng, key: &[u8]) -> Argv {
    let whole = key.last().is_some_and(|last| last % 2 == 0);
    let (start, n) = (rng.below(400), [30, 33, 200, 300][rng.below(4)]);
    let name = if whole { "" } else { "m" };
    (start..start + n).map(|i| w(&format!("{name}{i}"))).collect()
}

fn members(rng: &mut Rng, key: &[u8], most: usize) -> Argv {
    (0..=rng.below(most)).map(|_| member(rng, key)).collect()
}

fn keys(rng: &mut Rng, most: usize) -> Argv {
    (0..=rng.below(most)).map(|_| key(rng)).collect()
}

fn well_formed(rng: &mut Rng) -> Argv {
    let on = key(rng);
    let call = |name: &str, rest: Vec<Argv>| {
        std::iter::once(w(name)).chain(rest.into_iter().flatten()).collect::<Argv>()
    };
    match rng.below(100) {
        0..=23 => call("SADD", vec![vec![on.clone()], members(rng, &on, 6)]),
        24..=27 => call("SADD", vec![vec![on.clone()], many(rng, &on)]),
        28..=37 => call("SREM", vec![vec![on.clone()], members(rng, &on, 6)]),
        38..=40 => call("SREM", vec![vec![on.clone()], many(rng, &on)]),
        41..=44 => call("SISMEMBER", vec![vec![on.clone(), member(rng, &on)]]),
        45..=48 => call("SMISMEMBER", vec![vec![on.clone()], members(rng, &on, 4)]),
        49..=51 => call("SCARD", vec![vec![on]]),
        52..=55 => call("SMEMBERS", vec![vec![on]]),
        56..=60 => {
            let to = key(rng);
            call("SMOVE", vec![vec![on.clone(), to, member(rng, &on)]])
        }
        61..=69 => call(rng.pick(&["SINTER", "SUNION", "SDIFF"]), vec![keys(rng, 5)]),
        70..=78 => {
            call(rng.pick(&["SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"]), vec![vec![on], keys(rng, 5)])
        }
        79..=82 => {
            let (sources, limit) = (keys(rng, 4), rng.below(8).to_string());
            let count = w(&sources.len().to_string());
            let limit = if rng.chance(50) { vec![w("LIMIT"), w(&limit)] } else { Vec::new() };
            call("SINTERCARD", vec![vec![count], sources, limit])
        }
        83 => call("SPOP", vec![vec![on, w("100000")]]),
        84 => call("SPOP", vec![vec![on, w("0")]]),
        85 => call("SADD", vec![vec![w("one"), w("only")]]),
        86 => call("SPOP", vec![vec![w("one")], if rng.chance(50) { vec![w("1")] } else { Vec::new() }]),
        87..=88 => call("SRANDMEMBER", vec![vec![on]]),
        89..=90 => {
            let n = w(rng.pick(&["0", "1", "-1", "5", "-5", "31", "-70", "400", "100000"]));
            call("SRANDMEMBER", vec![vec![on, n]])
        }
        91..=93 => {
            let pattern = w(rng.pick(&["*", "1*", "m[0-4]*", "?", "", "nothing"]));
            let pattern = if rng.chance(50) { vec![w("MATCH"), pattern] } else { Vec::new() };
            call("SSCAN", vec![vec![on, w("0"), w("COUNT"), w("100000")], pattern])
        }
        94 => call("OBJECT", vec![vec![w("ENCODING"), on]]),
        95 => call("DEL", vec![vec![on]]),
        96 => call("COPY", vec![vec![on, key(rng)], vec![w("REPLACE")]]),
        97 => call("EXPIREAT", vec![vec![on, w("33177117420")]]),
        98 => call("SET", vec![vec![w("str"), w("x")]]),
        _ => {
            let most = w(rng.pick(&["0", "5", "100", "512", "512", "512"]));
            call("CONFIG", vec![vec![w("SET"), w("set-max-intset-entries"), most]])
        }
    }
}

/// One command.
pub(crate) fn command(rng: &mut Rng) -> Argv {
    let mut argv = well_formed(rng);
    let chancy = argv[0] == b"SPOP" || argv[0] == b"CONFIG" || argv[1] == b"one";
    if !rng.chance(6) || chancy {
        if rng.chance(25) {
            argv[0].make_ascii_lowercase();
        }
        return argv;
    }
    match rng.below(8) {
        0 => {
            argv.pop();
        }
        1 => argv.push(w(rng.pick(&["garbage", "", "LIMIT", "COUNT", "MATCH", "1"]))),
        2 => argv = vec![w("SINTERCARD"), w(rng.pick(NUMBERS)), key(rng), key(rng)],
        3 => argv = vec![w("SINTERCARD"), w("1"), key(rng), w("LIMIT"), w(rng.pick(NUMBERS))],
        4 => {
            // Not what would be drawn for hours.
            let n =
                w(rng.pick(&["9223372036854775807", "-9223372036854775808", "", "x", "1.5", "1e3", "+1"]));
            argv = vec![w("SRANDMEMBER"), key(rng), n];
        }
        5 => argv = vec![w("SPOP"), key(rng), w(rng.pick(&["-1", "x", "", "9223372036854775808", "1.5"]))],
        6 => {
            let n = w(rng.pick(NUMBERS));
            argv = vec![w("SSCAN"), w("never"), w(rng.pick(NUMBERS)), w("COUNT"), n];
        }
        _ => argv.insert(1, w("")),
    }
    argv
}

/// What has no order, or is random.
pub(crate) fn comparison(argv: &[Vec<u8>]) -> Option<Compare> {
    match argv.first()?.to_ascii_lowercase().as_slice() {
        b"smembers" | b"sinter" | b"sunion" | b"sdiff" | b"sscan" | b"spop" => Some(Compare::AnyOrder),
        b"srandmember" => Some(Compare::Kind),
        _ => None,
    }
}
