//! Random commands over HyperLogLogs, whole and damaged ones.

use crate::common::program::{Argv, Rng};

/// The key whose value may be corrupt. It gets no elements: then Redis reads past its end now and then, and keeps, of
/// several elements, those that came before the one that met the damage.
const DAMAGED: &str = "hll5";

fn w(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

fn key(rng: &mut Rng) -> Vec<u8> {
    w(&format!("hll{}", rng.below(6)))
}

fn keys(rng: &mut Rng, argv: &mut Argv, most: usize) {
    for _ in 0..rng.below(most + 1) {
        argv.push(key(rng));
    }
}

fn element(rng: &mut Rng) -> Vec<u8> {
    match rng.below(6) {
        0 => (0..rng.below(40)).map(|_| rng.bits().to_le_bytes()[0]).collect(),
        1 => w(&rng.below(50).to_string()),
        _ => rng.bits().to_le_bytes().to_vec(),
    }
}

/// Runs of a sparse value; mostly such that they cover all registers.
fn runs(rng: &mut Rng, careless: bool) -> Vec<u8> {
    let mut left = 16384usize;
    let mut out = Vec::new();
    let below = |rng: &mut Rng, percent: usize, usual: usize, seldom: usize| {
        let most = if rng.chance(percent) { usual } else { seldom };
        rng.below(most)
    };
    // Dense neighbourhoods of few values, so that runs split and join.
    let values = 1 + rng.below(6);
    while left > 0 && out.len() < 600 {
        let byte = |n: usize| u8::try_from(n).unwrap();
        match rng.below(12) {
            0..=6 => {
                let (value, len) = (below(rng, 95, values, 32), (1 + rng.below(4)).min(left));
                out.push(0x80 | byte(value) << 2 | byte(len - 1));
                left -= len;
            }
            7..=9 => {
                let len = (1 + below(rng, 50, 3, 64)).min(left);
                out.push(byte(len - 1));
                left -= len;
            }
            _ => {
                let len = (1 + below(rng, 80, 200, 16384)).min(left);
                out.extend([0x40 | byte((len - 1) >> 8), byte((len - 1) & 0xff)]);
                left -= len;
            }
        }
        if careless && rng.chance(3) {
            break;
        }
    }
    if left > 0 && !careless {
        out.extend([0x40 | u8::try_from((left - 1) >> 8).unwrap(), u8::try_from((left - 1) & 0xff).unwrap()]);
    }
    out
}

/// A value that is a HyperLogLog, or nearly.
fn value(rng: &mut Rng, careless: bool) -> Vec<u8> {
    let mut value = b"HYLL\x01\0\0\0".to_vec();
    if rng.chance(5) {
        value[rng.below(8)] = rng.bits().to_le_bytes()[0];
    }
    value.extend(match rng.below(8) {
        0 => rng.bits().to_le_bytes(),
        1 => u64::try_from(rng.below(100_000)).unwrap().to_le_bytes(),
        _ => (1u64 << 63).to_le_bytes(),
    });
    match rng.below(10) {
        0 => {
            value[4] = 0;
            let few = rng.chance(50);
            let len = if rng.chance(95) { 12288 } else { rng.below(12300) };
            value.extend(
                (0..len).map(|_| if few && rng.chance(99) { 0 } else { rng.bits().to_le_bytes()[0] }),
            );
        }
        1 if careless => value.truncate(rng.below(17)),
        _ => value.extend(runs(rng, careless)),
    }
    value
}

fn well_formed(rng: &mut Rng) -> Argv {
    let mut argv = match rng.below(100) {
        0..=39 => vec![w("PFADD"), key(rng)],
        40..=54 => vec![w("PFCOUNT"), key(rng)],
        55..=62 => vec![w("PFCOUNT"), key(rng), key(rng)],
        63..=74 => vec![w("PFMERGE"), key(rng)],
        75..=82 => vec![w("SET"), key(rng), value(rng, false)],
        83 | 84 => vec![w("SET"), w(DAMAGED), value(rng, true)],
        85 | 86 if rng.chance(10) => vec![w("ZADD"), key(rng), w("1"), w("a")],
        85 | 86 => vec![w("DEL"), key(rng)],
        87 | 88 => vec![w("GET"), key(rng)],
        89 => vec![w("OBJECT"), w("ENCODING"), key(rng)],
        90 => vec![w("APPEND"), w(DAMAGED), if rng.chance(50) { w("x") } else { runs(rng, true) }],
        91..=93 => vec![w("PFDEBUG"), w(rng.pick(&["DECODE", "decode"])), key(rng)],
        94 | 95 => vec![w("PFDEBUG"), w("ENCODING"), key(rng)],
        96 => vec![w("PFDEBUG"), w("TODENSE"), key(rng)],
        97 => vec![w("PFDEBUG"), w("GETREG"), key(rng)],
        98 => vec![
            w("SETRANGE"),
            w(DAMAGED),
            w(&rng.below(40).to_string()),
            w(rng.pick(&["x", "\u{7f}", "z9"])),
        ],
        _ => vec![w("EXPIREAT"), key(rng), w("33177117420")],
    };
    match argv[0].as_slice() {
        b"PFADD" if argv[1] == DAMAGED.as_bytes() => {}
        b"PFADD" => {
            let n = match rng.below(30) {
                0 => 0,
                1 => 200 + rng.below(1500),
                2..=5 => rng.below(60),
                _ => 1 + rng.below(3),
            };
            argv.extend((0..n).map(|_| element(rng)));
        }
        b"PFCOUNT" if argv.len() > 2 => keys(rng, &mut argv, 3),
        b"PFMERGE" => keys(rng, &mut argv, 3),
        _ => {}
    }
    argv
}

/// A random command of this family.
pub(crate) fn command(rng: &mut Rng) -> Argv {
    let mut argv = well_formed(rng);
    if rng.chance(6) {
        match rng.below(4) {
            0 => argv.truncate(argv.len() - 1),
            1 => argv.push(w(rng.pick(&["", "x", "hll1"]))),
            2 if argv[0].starts_with(b"PF") && argv.len() > 1 => {
                argv[1] = w(rng.pick(&["", "x", "hll1", "DECODE", "BAD"]))
            }
            _ => {
                argv =
                    vec![w("SET"), key(rng), w(rng.pick(&["", "12", "HYLL", "hello", "9223372036854775807"]))]
            }
        }
    }
    if argv.first().is_some_and(|name| name == b"PFADD")
        && argv.get(1).is_some_and(|k| k == DAMAGED.as_bytes())
    {
        argv.truncate(2);
    }
    if argv.is_empty() {
        argv.push(w("PFSELFTEST"));
        argv.push(w("x"));
    }
    argv
}
