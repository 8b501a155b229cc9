//! Random commands over hashes, small ones and such that grow past the thresholds between encodings.

use crate::common::program::{Argv, Compare, Rng};

/// Numbers at the edges.
const EDGES: &[&str] = &[
    "0",
    "1",
    "-1",
    "2147483647",
    "2147483648",
    "-2147483648",
    "-2147483649",
    "4294967295",
    "4294967296",
    "4611686018427387903",
    "4611686018427387904",
    "9223372036854775807",
    "-9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "18446744073709551615",
];
/// Words where a number belongs.
const NO_NUMBER: &[&str] =
    &["", "x", " 1", "1 ", "1.5", "01", "+1", "-0", "0x10", "1e3", "nan", "inf", "-inf"];

pub(super) fn w(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

pub(super) fn words(line: &str) -> Argv {
    line.split(' ').map(w).collect()
}

/// A key: one of a few hashes, sometimes one that holds a string, or nothing.
pub(super) fn key(rng: &mut Rng) -> Vec<u8> {
    match rng.below(40) {
        0 => w("hs"),
        1 => w("hnone"),
        _ => w(&format!("h{}", rng.below(6))),
    }
}

/// A field's name.
pub(super) fn field(rng: &mut Rng) -> Vec<u8> {
    match rng.below(60) {
        0 => Vec::new(),
        1 => vec![b'L'; 63 + rng.below(4)],
        2..6 => w(&rng.below(12).to_string()),
        6 => w(rng.pick(EDGES)),
        7 => vec![0, 255, b'\r', b'\n'],
        _ => w(&format!("f{}", rng.below(24))),
    }
}

/// A value.
pub(super) fn value(rng: &mut Rng) -> Vec<u8> {
    match rng.below(60) {
        0 => Vec::new(),
        1 => vec![b'V'; 62 + rng.below(5)],
        2 => vec![b'W'; 200 + rng.below(5000)],
        3..5 => w(rng.pick(EDGES)),
        5 => w(rng.pick(NO_NUMBER)),
        6..10 => w(&format!("{}.{}", rng.below(100), rng.below(1000))),
        10..16 => w(&format!("v{}", rng.below(1000))),
        _ => w(&rng.below(1000).to_string()),
    }
}

/// An integer, or nearly one.
pub(super) fn integer(rng: &mut Rng) -> Vec<u8> {
    match rng.below(12) {
        0 => w(rng.pick(EDGES)),
        1 if rng.chance(40) => w(rng.pick(NO_NUMBER)),
        2..5 => w(&format!("-{}", rng.below(40))),
        _ => w(&rng.below(40).to_string()),
    }
}

fn float(rng: &mut Rng) -> Vec<u8> {
    match rng.below(12) {
        0 => w(rng.pick(EDGES)),
        1 => w(rng.pick(NO_NUMBER)),
        2 => w(rng.pick(&["1e300", "-1e300", "1e4932", "3.0e3", "-1e-10", "1e-30"])),
        _ => w(&format!("{}{}.{}", rng.pick(&["", "-"]), rng.below(50), rng.below(10_000))),
    }
}

fn some(rng: &mut Rng, one: fn(&mut Rng) -> Vec<u8>) -> Argv {
    (0..1 + rng.below(4)).map(|_| one(rng)).collect()
}

/// Thresholds, small ones so that hashes cross them.
fn threshold(rng: &mut Rng) -> Argv {
    let (name, to) = if rng.chance(60) {
        ("hash-max-listpack-entries", rng.pick(&["0", "1", "3", "8", "16", "32", "512"]))
    } else {
        ("hash-max-listpack-value", rng.pick(&["0", "3", "64", "64", "64", "1000"]))
    };
    words(&format!("CONFIG SET {name} {to}"))
}

/// A command on a key as such.
pub(super) fn generic(rng: &mut Rng) -> Argv {
    let name = rng.pick(&[
        "DEL",
        "DEL",
        "DEL",
        "UNLINK",
        "TYPE",
        "EXISTS",
        "OBJECT ENCODING",
        "OBJECT ENCODING",
        "PERSIST",
        "PEXPIRETIME",
        "RENAME",
        "COPY",
        "EXPIREAT",
        "SET",
        "STRLEN",
    ]);
    let mut argv = words(name);
    argv.push(key(rng));
    match name {
        "RENAME" => argv.push(key(rng)),
        "COPY" => argv.extend([key(rng), w("REPLACE")]),
        "EXPIREAT" => argv.push(w("33177117420")),
        "SET" => argv = words("SET hs text"),
        _ => {}
    }
    argv
}

/// One command.
pub(crate) fn command(rng: &mut Rng) -> Argv {
    let mut argv = well_formed(rng);
    if rng.chance(3) {
        match rng.below(3) {
            0 => {
                argv.pop();
            }
            1 => argv.push(value(rng)),
            _ => {
                let at = 1 + rng.below(argv.len());
                argv.insert(at, field(rng));
            }
        }
        // What is random stays so.
        if argv.len() < 2 || argv[0].eq_ignore_ascii_case(b"config") {
            return words("PING");
        }
    }
    argv
}

fn well_formed(rng: &mut Rng) -> Argv {
    let key = key(rng);
    let one = |name: &str, rest: Argv| [vec![w(name), key.clone()], rest].concat();
    match rng.below(100) {
        0 => threshold(rng),
        1..8 => generic(rng),
        8..28 => {
            let pairs = (0..1 + rng.below(4)).flat_map(|_| [field(rng), value(rng)]).collect();
            one(rng.pick(&["HSET", "HSET", "hset", "HMSET"]), pairs)
        }
        28..33 => one("HSETNX", vec![field(rng), value(rng)]),
        33..43 => one("HDEL", some(rng, field)),
        43..50 => one("HGET", vec![field(rng)]),
        50..55 => one("HMGET", some(rng, field)),
        55..58 => one("HEXISTS", vec![field(rng)]),
        58..61 => one("HSTRLEN", vec![field(rng)]),
        61..64 => one("HLEN", vec![]),
        64..68 => one("HGETALL", vec![]),
        68..70 => one("HKEYS", vec![]),
        70..72 => one("HVALS", vec![]),
        72..79 => one("HINCRBY", vec![field(rng), integer(rng)]),
        79..86 => one("HINCRBYFLOAT", vec![field(rng), float(rng)]),
        86..93 => {
            // Counts below zero by which a real server would write without end are left out.
            let count = match integer(rng) {
                count if count.starts_with(b"-") && count.len() > 6 => w("-9223372036854775808"),
                count => count,
            };
            let rest = match rng.below(4) {
                0 => vec![],
                1 => vec![count],
                2 => vec![count, w("WITHVALUES")],
                _ => vec![count, w(rng.pick(&["withvalues", "WITHVALUE", "", "1"]))],
            };
            one("HRANDFIELD", rest)
        }
        _ => {
            let mut rest = vec![w("0"), w("COUNT"), w("100000")];
            match rng.below(8) {
                0 => rest.extend([w("MATCH"), w(rng.pick(&["f*", "*1*", "*", "[0-9]", "", "f?", "\\f1"]))]),
                1 => rest = vec![integer(rng)],
                2 => rest = vec![w("0"), w("COUNT"), integer(rng)],
                3 => rest.push(w(rng.pick(&["TYPE", "MATCH", "COUNT", "x"]))),
                _ => {}
            }
            one("HSCAN", rest)
        }
    }
}

/// How the replies to the family's commands are compared.
pub(crate) fn comparison(argv: &[Vec<u8>]) -> Option<Compare> {
    let word = |i: usize| argv.get(i).map(|w| w.to_ascii_lowercase()).unwrap_or_default();
    let near = |within, up_to| Compare::Near { within, up_to };
    Some(match word(0).as_slice() {
        b"hgetall" | b"hkeys" | b"hvals" => Compare::AnyOrder,
        b"hrandfield" => Compare::Kind,
        b"hscan" if word(2) == b"0" && word(4) == b"100000" => Compare::AnyOrder,
        b"hscan" => Compare::Kind,
        b"httl" => near(8, i64::MAX),
        b"hpttl" => near(8_000, i64::MAX),
        b"hexpiretime" => near(8, 30_000_000_000),
        b"hpexpiretime" => near(8_000, 30_000_000_000_000),
        _ => return None,
    })
}
