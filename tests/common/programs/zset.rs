//! Sorted sets. The keys z0 and z1 stay small and y0 and y1 have one score for all members, so that ranges of members
//! have one answer; z4 and z5 grow past the threshold of the small encoding and fall below it again.

use crate::common::program::{Argv, Compare, Rng};

const SCORES: &[&str] = &[
    "0",
    "-0",
    "1",
    "2",
    "3",
    "5",
    "-1",
    "-7.5",
    "0.1",
    "0.2",
    "0.3",
    "1.5",
    "3.0000000000000004",
    "1e17",
    "1e16",
    "123456789012345678",
    "1e20",
    "-1e300",
    "1.7976931348623157e308",
    "5e-324",
    "1e-5",
    "inf",
    "-inf",
    "+inf",
    "Infinity",
    "0x1p-3",
    "0x1F",
    "9007199254740993",
    "4611686018427387904",
    "4611686018427387905",
    "-9e18",
    "9223372036854775807",
    "100",
    "1000000",
    ".5",
    "5.",
    "1E2",
];
const NO_SCORES: &[&str] =
    &["", "nan", "x", "1x", " 1", "1 ", "1e400", "1e-400", "--1", "0x", "1,5", "\0", "1\0"];
const INTEGERS: &[&str] = &[
    "0",
    "1",
    "-1",
    "2",
    "3",
    "-3",
    "10",
    "-10",
    "100",
    "9223372036854775807",
    "-9223372036854775808",
    "2147483648",
    "4294967296",
    "-2147483649",
    "9223372036854775806",
];
const NO_INTEGERS: &[&str] = &["", "x", "1.5", "9223372036854775808", " 1", "01", "+1", "1e3"];

fn w(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

fn key(rng: &mut Rng) -> Vec<u8> {
    w(rng
        .pick(&["z0", "z1", "z2", "z2", "z3", "z3", "z4", "z5", "z5", "y0", "y1", "zstring", "zmissing", ""]))
}

/// A key that any result may be stored in.
fn destination(rng: &mut Rng) -> Vec<u8> {
    w(rng.pick(&["z2", "z3", "z4", "z5", "zd", "zd"]))
}

/// A key whose members have one order for ranges of members.
fn lex_key(rng: &mut Rng) -> Vec<u8> {
    w(rng.pick(&["z0", "z1", "y0", "y0", "y1", "y1", "ystring", "zmissing"]))
}

fn is(key: &[u8], names: &[&str]) -> bool {
    names.iter().any(|name| name.as_bytes() == key)
}

/// A member for a key.
fn member(rng: &mut Rng, key: &[u8]) -> Vec<u8> {
    let small = is(key, &["z0", "z1"]);
    match rng.below(30) {
        0 if small => w(""),
        1 => w(&format!("{}", rng.below(30))),
        2 => w(rng.pick(&["-5", "9223372036854775807", "1e3", "007"])),
        3 if !small && rng.chance(20) => {
            let n = [63, 64, 65, 70, 200][rng.below(5)];
            vec![b'L'; n]
        }
        4 => vec![0xff, rng.bits().to_le_bytes()[0] & 3, 0],
        _ if is(key, &["z4", "z5", "y1"]) => w(&format!("m{}", rng.below(260))),
        _ => w(&format!("m{}", rng.below(20))),
    }
}

fn score(rng: &mut Rng) -> Vec<u8> {
    match rng.below(40) {
        0 => w(rng.pick(NO_SCORES)),
        1..=12 => w(rng.pick(SCORES)),
        13..=16 => w(&f64::from_bits(rng.bits()).to_string()),
        17..=22 => w(&format!("{}", rng.bits() as i64 as f64 / 1e12)),
        23..=26 => w(&format!("{}.{}", rng.below(100), rng.below(1000))),
        _ => w(&format!("{}", rng.below(40))),
    }
}

/// The score that a key's members get.
fn score_for(rng: &mut Rng, key: &[u8]) -> Vec<u8> {
    if is(key, &["y0", "y1"]) { w("7") } else { score(rng) }
}

fn int(rng: &mut Rng) -> Vec<u8> {
    match rng.below(20) {
        0 => w(rng.pick(NO_INTEGERS)),
        1..=6 => w(rng.pick(INTEGERS)),
        _ => w(&format!("{}", i64::try_from(rng.below(50)).unwrap() - 20)),
    }
}

fn score_bound(rng: &mut Rng) -> Vec<u8> {
    let open: &[u8] = if rng.chance(25) { b"(" } else { b"" };
    [open, &score(rng)].concat()
}

fn lex_bound(rng: &mut Rng, key: &[u8]) -> Vec<u8> {
    match rng.below(20) {
        0..=3 => w("-"),
        4..=7 => w("+"),
        8 => w(rng.pick(&["", "a", "--", "-a", "++", "[", "("])),
        _ => [rng.pick(&["[", "("]).as_bytes(), &member(rng, key)].concat(),
    }
}

fn bounds(rng: &mut Rng, key: &[u8], by: usize) -> [Vec<u8>; 2] {
    match by {
        0 => [int(rng), int(rng)],
        1 => [score_bound(rng), score_bound(rng)],
        _ => [lex_bound(rng, key), lex_bound(rng, key)],
    }
}

fn option(rng: &mut Rng, argv: &mut Argv, percent: usize, words: &[&str]) {
    if rng.chance(percent) {
        argv.extend(words.iter().map(|word| w(word)));
    }
}

fn limit(rng: &mut Rng, argv: &mut Argv, percent: usize) {
    if rng.chance(percent) {
        argv.extend([w("LIMIT"), int(rng), int(rng)]);
    }
}

fn add(rng: &mut Rng) -> Argv {
    let key = Some(key(rng)).filter(|key| key != b"zmissing").unwrap_or(w("z3"));
    let mut argv = vec![w("ZADD"), key.clone()];
    for word in ["NX", "XX", "GT", "LT", "CH", "CH", "INCR"] {
        if word != "INCR" || !is(&key, &["y0", "y1"]) {
            option(rng, &mut argv, 7, &[word]);
        }
    }
    let many = if is(&key, &["z4", "z5", "y1"]) && rng.chance(30) { 80 } else { 4 };
    for _ in 0..1 + rng.below(many) {
        argv.extend([score_for(rng, &key), member(rng, &key)]);
    }
    argv
}

fn keys(rng: &mut Rng) -> Argv {
    let n = [0, 1, 1, 2, 2, 2, 2, 2, 3, 3, 4][rng.below(11)];
    let mut argv = vec![if rng.chance(3) { int(rng) } else { w(&n.to_string()) }];
    let more = usize::from(rng.chance(2));
    argv.extend((0..n + more).map(|_| match rng.below(100) {
        0..=3 => key(rng),
        4..=20 => w(rng.pick(&["zset0", "zset1"])),
        _ => destination(rng),
    }));
    argv
}

fn combine(rng: &mut Rng) -> Argv {
    let name =
        rng.pick(&["ZUNION", "ZINTER", "ZDIFF", "ZUNIONSTORE", "ZINTERSTORE", "ZDIFFSTORE", "ZINTERCARD"]);
    let mut argv = vec![w(name)];
    if name.ends_with("STORE") {
        argv.push(destination(rng));
    }
    let keys = keys(rng);
    let n = keys.len() - 1;
    argv.extend(keys);
    if name == "ZINTERCARD" {
        if rng.chance(40) {
            argv.extend([w("LIMIT"), int(rng)]);
        }
        return argv;
    }
    if rng.chance(if name.starts_with("ZDIFF") { 3 } else { 40 }) {
        argv.push(w("WEIGHTS"));
        argv.extend((0..n).map(|_| score(rng)));
    }
    if rng.chance(if name.starts_with("ZDIFF") { 3 } else { 40 }) {
        argv.extend([w("AGGREGATE"), w(rng.pick(&["SUM", "MIN", "MAX", "min", "AVG"]))]);
    }
    option(rng, &mut argv, if name.ends_with("STORE") { 3 } else { 60 }, &["WITHSCORES"]);
    argv
}

fn range(rng: &mut Rng) -> Argv {
    let by = rng.below(3);
    let key = if by == 2 { lex_key(rng) } else { key(rng) };
    let [min, max] = bounds(rng, &key, by);
    let reverse = rng.chance(40);
    let store = rng.chance(15);
    let old = !store && rng.chance(40);
    let name = match (old, by, reverse) {
        _ if store => "ZRANGESTORE",
        (false, ..) => "ZRANGE",
        (_, 0, false) => "ZRANGE",
        (_, 0, true) => "ZREVRANGE",
        (_, 1, false) => "ZRANGEBYSCORE",
        (_, 1, true) => "ZREVRANGEBYSCORE",
        (_, _, false) => "ZRANGEBYLEX",
        (_, _, true) => "ZREVRANGEBYLEX",
    };
    let mut argv = vec![w(name)];
    if store {
        argv.push(destination(rng));
    }
    let told = by != 2 || is(&key, &["y0", "y1", "ystring", "zmissing"]);
    argv.extend([key, min, max]);
    let words: &[&str] = if old { &[] } else { [&[][..], &["BYSCORE"], &["BYLEX"]][by] };
    option(rng, &mut argv, 100, words);
    option(rng, &mut argv, if old { 2 } else { usize::from(reverse) * 100 }, &["REV"]);
    // Where scores differ, what an offset skips over is not told.
    if told {
        limit(rng, &mut argv, if by == 0 { 4 } else { 30 });
    }
    option(rng, &mut argv, if by == 2 || store { 3 } else { 50 }, &["WITHSCORES"]);
    argv
}

fn pop(rng: &mut Rng) -> Argv {
    let end = rng.pick(&["MIN", "MAX"]);
    let count = match rng.below(6) {
        0 => int(rng),
        1 => w("150"),
        _ => w(&rng.below(6).to_string()),
    };
    match rng.below(8) {
        0..=2 => vec![w(&format!("ZPOP{end}")), key(rng)],
        3..=4 => vec![w(&format!("ZPOP{end}")), key(rng), count],
        5 => {
            let mut argv = vec![w("ZMPOP")];
            argv.extend(keys(rng));
            argv.push(w(end));
            if rng.chance(60) {
                argv.extend([w("COUNT"), count]);
            }
            argv
        }
        // What waits shall not wait long: no timeout is 0.
        6 => {
            let time = rng.pick(&["0.001", "0.002", "-1", "x", "inf", "1e300", "-0.5", "nan", ""]);
            vec![w(&format!("BZPOP{end}")), key(rng), key(rng), w(time)]
        }
        _ => {
            let mut argv = vec![w("BZMPOP"), w(rng.pick(&["0.001", "0.001", "-1", "x", "1e18"]))];
            argv.extend(keys(rng));
            argv.push(w(end));
            if rng.chance(60) {
                argv.extend([w("COUNT"), count]);
            }
            argv
        }
    }
}

fn read(rng: &mut Rng) -> Argv {
    let key = key(rng);
    match rng.below(9) {
        0 => vec![w("ZCARD"), key],
        1 => vec![w("ZSCORE"), key.clone(), member(rng, &key)],
        2 => vec![w("ZMSCORE"), key.clone(), member(rng, &key), member(rng, &key)],
        3 => vec![w("ZRANK"), key.clone(), member(rng, &key)],
        4 => vec![w("ZREVRANK"), key.clone(), member(rng, &key)],
        5 => vec![w("ZCOUNT"), key, score_bound(rng), score_bound(rng)],
        6 => {
            let key = lex_key(rng);
            vec![w("ZLEXCOUNT"), key.clone(), lex_bound(rng, &key), lex_bound(rng, &key)]
        }
        7 => {
            let mut argv = vec![w("ZSCAN"), key, w(rng.pick(&["0", "0", "0", "x", ""]))];
            let pattern = rng.pick(&["m*", "*1*", "[a-m]?", ""]);
            option(rng, &mut argv, 30, &["MATCH", pattern]);
            argv.extend([w("COUNT"), w(rng.pick(&["10000", "10000", "9223372036854775807", "10000000000"]))]);
            option(rng, &mut argv, 3, &["COUNT", "0"]);
            argv
        }
        _ => {
            let mut argv = vec![w("ZRANDMEMBER"), key];
            if rng.chance(70) {
                argv.push(w(rng.pick(&[
                    "0",
                    "1",
                    "2",
                    "5",
                    "20",
                    "1000",
                    "-1",
                    "-7",
                    "-300",
                    "x",
                    "-9223372036854775808",
                ])));
                option(rng, &mut argv, 40, &["WITHSCORES"]);
            }
            argv
        }
    }
}

fn remove(rng: &mut Rng) -> Argv {
    let by = rng.below(6);
    if by > 2 {
        let key = key(rng);
        let mut argv = vec![w("ZREM"), key.clone()];
        let many = if is(&key, &["z4", "z5", "y1"]) && rng.chance(30) { 60 } else { 3 };
        argv.extend((0..1 + rng.below(many)).map(|_| member(rng, &key)));
        return argv;
    }
    let key = if by == 2 { lex_key(rng) } else { key(rng) };
    let [min, max] = bounds(rng, &key, by);
    vec![w(["ZREMRANGEBYRANK", "ZREMRANGEBYSCORE", "ZREMRANGEBYLEX"][by]), key, min, max]
}

fn generic(rng: &mut Rng) -> Argv {
    match rng.below(15) {
        0 => vec![w("DEL"), key(rng)],
        12..=14 => {
            let name = rng.pick(&["SADD", "SADD", "SREM"]);
            let (key, many) = (w(rng.pick(&["zset0", "zset1", "z2"])), if rng.chance(10) { 200 } else { 5 });
            let like = if rng.chance(50) { b"z5" } else { b"z2" };
            let members = (0..1 + rng.below(many)).map(|_| member(rng, like)).collect::<Argv>();
            [vec![w(name), key], members].concat()
        }
        1 => vec![w("PEXPIREAT"), key(rng), w("33177117420000")],
        2 => vec![w("PERSIST"), key(rng)],
        3 => vec![w("COPY"), key(rng), destination(rng), w("REPLACE")],
        4 => vec![w("RENAME"), destination(rng), destination(rng)],
        5 => vec![w("TYPE"), key(rng)],
        6 => vec![w("SET"), w(rng.pick(&["zstring", "ystring"])), w("text")],
        7 => vec![w("PEXPIRETIME"), key(rng)],
        8 => vec![w("GET"), key(rng)],
        _ => vec![w("OBJECT"), w("ENCODING"), key(rng)],
    }
}

/// One command.
pub(crate) fn command(rng: &mut Rng) -> Argv {
    let mut argv = match rng.below(100) {
        0..=29 => add(rng),
        30..=34 => {
            let key = w(rng.pick(&["z0", "z1", "z2", "z3", "z4", "z5", "zstring"]));
            vec![w("ZINCRBY"), key.clone(), score(rng), member(rng, &key)]
        }
        35..=46 => combine(rng),
        47..=64 => range(rng),
        65..=69 => pop(rng),
        70..=79 => read(rng),
        80..=89 => remove(rng),
        _ => generic(rng),
    };
    // A word too few, too many or doubled; not where it could make a call wait for ever, and not where newer servers
    // take another word.
    let whole = argv[0].starts_with(b"B") || argv[0].ends_with(b"RANK");
    if rng.chance(4) && !whole && argv.len() > 1 {
        let at = 1 + rng.below(argv.len() - 1);
        match rng.below(3) {
            0 => drop(argv.remove(at)),
            1 => argv.push(w(rng.pick(&["x", "WITHSCORES", "LIMIT", "COUNT", "BYSCORE", "REV", "0"]))),
            _ => argv.insert(at, argv[at].clone()),
        }
        // What was a member may be a key now, and what a destination a small one.
        if argv.iter().any(|word| word.ends_with(b"STORE")) || argv[0] == b"COPY" || argv[0] == b"RENAME" {
            argv.truncate(2);
        }
    }
    if rng.chance(10) {
        argv[0].make_ascii_lowercase();
    }
    argv
}

/// Walks have no order, and what is random has only a size.
pub(crate) fn comparison(argv: &[Vec<u8>]) -> Option<Compare> {
    match argv.first()?.to_ascii_lowercase().as_slice() {
        b"zscan" => Some(Compare::AnyOrder),
        b"zrandmember" => Some(Compare::Kind),
        _ => None,
    }
}
