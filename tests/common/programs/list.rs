//! Random commands over lists: both ends, indices, searches, moves, and the forms that would wait, with lists long
//! enough for several chunks.

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
    "-4294967296",
    "9223372036854775807",
    "-9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
];
/// Words where a number belongs.
const NO_NUMBER: &[&str] = &["", "x", " 1", "1 ", "1.5", "01", "+1", "-0", "1e3", "-"];
/// Timeouts that are none.
const BAD_TIMEOUTS: &[&str] =
    &["-1", "", "x", "nan", "inf", "-inf", "1e400", "1e5000", "9223372036854775.808"];

fn w(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

fn words(line: &str) -> Argv {
    line.split(' ').map(w).collect()
}

/// One of the lists; now and then a string, or a key that is never there.
fn key(rng: &mut Rng) -> Vec<u8> {
    match rng.below(60) {
        0 => w("lstring"),
        1 => w("lnone"),
        _ => w(&format!("l{}", rng.below(6))),
    }
}

/// An element: few different ones, so that searches find some; integers of every length; some large.
fn element(rng: &mut Rng) -> Vec<u8> {
    match rng.below(40) {
        0..12 => w(&rng.below(12).to_string()),
        12..16 => w(&(rng.bits().cast_signed() >> rng.below(64)).to_string()),
        16 => w(rng.pick(EDGES)),
        17 => w(rng.pick(NO_NUMBER)),
        18 => vec![b'x'; rng.below(300)],
        19 if rng.chance(30) => vec![b'y'; rng.below(20_000)],
        20..24 => (0..rng.below(70)).map(|_| rng.bits().to_le_bytes()[0]).collect(),
        _ => w(rng.pick(&["a", "b", "c", "foo", "bar", "element", "a longer element of the list"])),
    }
}

/// An index or count.
fn number(rng: &mut Rng) -> Vec<u8> {
    match rng.below(60) {
        0 | 1 => w(rng.pick(EDGES)),
        2 => w(rng.pick(NO_NUMBER)),
        3..10 => w(&rng.below(2000).to_string()),
        10..16 => w(&format!("-{}", rng.below(2000))),
        16..34 => w(&format!("-{}", 1 + rng.below(6))),
        _ => w(&rng.below(8).to_string()),
    }
}

/// How many to take: mostly few, so that lists grow.
fn count(rng: &mut Rng) -> Vec<u8> {
    match rng.below(30) {
        0 => w(rng.pick(EDGES)),
        1 => w(rng.pick(NO_NUMBER)),
        2 => w(&rng.below(700).to_string()),
        _ => w(&rng.below(5).to_string()),
    }
}

fn end(rng: &mut Rng) -> Vec<u8> {
    if rng.chance(3) {
        w(rng.pick(&["", "middle", "LEFTT", "COUNT"]))
    } else {
        w(rng.pick(&["LEFT", "right", "RIGHT", "left"]))
    }
}

fn push(rng: &mut Rng, key: Vec<u8>) -> Argv {
    let n = match rng.below(12) {
        0 => 0,
        1 => 200,
        2 => 30,
        _ => 1 + rng.below(4),
    };
    let mut argv = vec![w(rng.pick(&["LPUSH", "RPUSH", "LPUSH", "RPUSH", "LPUSHX", "RPUSHX"])), key];
    argv.extend((0..n).map(|_| element(rng)));
    argv
}

fn lpos(rng: &mut Rng) -> Argv {
    let mut argv = vec![w("LPOS"), key(rng), element(rng)];
    for _ in 0..rng.below(4) {
        argv.push(w(rng.pick(&["RANK", "count", "MAXLEN", "COUNT", "rank"])));
        argv.push(number(rng));
    }
    if rng.chance(4) {
        argv.push(w(rng.pick(&["RANK", "1", "foo"])));
    }
    argv
}

/// The part that LMPOP and BLMPOP share.
fn mpop(rng: &mut Rng, mut argv: Argv, keys: Vec<Vec<u8>>) -> Argv {
    argv.push(if rng.chance(5) { number(rng) } else { w(&keys.len().to_string()) });
    argv.extend(keys);
    argv.push(end(rng));
    if rng.chance(50) {
        argv.extend([w("COUNT"), count(rng)]);
    }
    if rng.chance(3) {
        argv.push(w(rng.pick(&["COUNT", "1", "LEFT"])));
    }
    argv
}

/// One that waits if there is nothing to take: a real server for a moment, lodger not at all.
fn blocking(rng: &mut Rng) -> Argv {
    let timeout = w(if rng.chance(15) {
        rng.pick(BAD_TIMEOUTS)
    } else {
        rng.pick(&["0.001", "1e-3", "0x1p-9", "+.002"])
    });
    match rng.below(5) {
        0 | 1 => {
            let mut argv = vec![w(rng.pick(&["BLPOP", "BRPOP"]))];
            argv.extend((0..1 + rng.below(3)).map(|_| key(rng)));
            argv.push(timeout);
            argv
        }
        2 => {
            let keys = (0..1 + rng.below(3)).map(|_| key(rng)).collect();
            mpop(rng, vec![w("BLMPOP"), timeout], keys)
        }
        3 => vec![w("BLMOVE"), key(rng), key(rng), end(rng), end(rng), timeout],
        _ => vec![w("BRPOPLPUSH"), key(rng), key(rng), timeout],
    }
}

/// One command.
pub(crate) fn command(rng: &mut Rng) -> Argv {
    if rng.chance(2) {
        // Wrong numbers of arguments.
        let mut argv = command(rng);
        // The last word of one that waits has to stay the timeout.
        if !argv[0].starts_with(b"B") {
            if rng.chance(50) && argv.len() > 1 {
                argv.pop();
            } else {
                argv.push(element(rng));
            }
        }
        return argv;
    }
    match rng.below(100) {
        0..26 => {
            let key = key(rng);
            push(rng, key)
        }
        26..34 => {
            let mut argv = vec![w(rng.pick(&["LPOP", "RPOP"])), key(rng)];
            if rng.chance(50) {
                argv.push(count(rng));
            }
            argv
        }
        34..41 => vec![w("LINDEX"), key(rng), number(rng)],
        41..49 => vec![w("LRANGE"), key(rng), number(rng), number(rng)],
        49..54 => vec![w("LSET"), key(rng), number(rng), element(rng)],
        54..59 => {
            let place = if rng.chance(5) { "AT" } else { rng.pick(&["BEFORE", "after", "AFTER", "before"]) };
            vec![w("LINSERT"), key(rng), w(place), element(rng), element(rng)]
        }
        59..63 => vec![w("LREM"), key(rng), number(rng), element(rng)],
        63 if rng.chance(30) => vec![w("LTRIM"), key(rng), number(rng), number(rng)],
        63..65 => vec![w("LTRIM"), key(rng), w("1"), w("-2")],
        65..71 => lpos(rng),
        71..76 => vec![w("LMOVE"), key(rng), key(rng), end(rng), end(rng)],
        76..78 => vec![w("RPOPLPUSH"), key(rng), key(rng)],
        78..82 => {
            let keys = (0..1 + rng.below(3)).map(|_| key(rng)).collect();
            mpop(rng, vec![w("LMPOP")], keys)
        }
        82..86 => vec![w("LLEN"), key(rng)],
        86 => vec![w("SET"), w("lstring"), element(rng)],
        87 => vec![w("DEL"), key(rng)],
        88 => vec![w("COPY"), key(rng), key(rng), w("REPLACE")],
        89 => words(&format!(
            "CONFIG SET list-max-listpack-size {}",
            rng.pick(&["-2", "-1", "-5", "1", "2", "5", "128", "-3", "-4"])
        )),
        90 => words(&format!(
            "DEBUG QUICKLIST-PACKED-THRESHOLD {}",
            rng.pick(&["0", "1", "20", "1kb", "5gb", "x"])
        )),
        91 => vec![w("OBJECT"), w("ENCODING"), key(rng)],
        92 => vec![w("EXPIRE"), key(rng), w("100000")],
        93 | 94 => vec![w("DEBUG"), w("DIGEST-VALUE"), key(rng), key(rng)],
        _ => blocking(rng),
    }
}

/// Every reply is promised.
pub(crate) fn comparison(_argv: &[Vec<u8>]) -> Option<Compare> {
    None
}
