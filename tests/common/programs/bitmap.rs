//! Random commands over bits: single ones, counts and positions, whole strings combined, integers of any width.

use crate::common::program::{Argv, Rng};

/// Offsets, indexes and values at the edges.
const EDGES: &[&str] = &[
    "0",
    "-1",
    "7",
    "8",
    "255",
    "256",
    "2147483647",
    "2147483648",
    "-2147483648",
    "-2147483649",
    "4294967295",
    "4294967296",
    "-4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
];
/// Words where a number belongs.
const NO_NUMBER: &[&str] = &["", "x", " 1", "1.5", "01", "+1", "-0", "#", "#x", "##1"];

fn w(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

fn words(line: &str) -> Argv {
    line.split(' ').map(w).collect()
}

fn key(rng: &mut Rng) -> Vec<u8> {
    w(&format!("bm{}", rng.below(6)))
}

/// A value: short or long, mostly of few different bytes.
fn value(rng: &mut Rng) -> Vec<u8> {
    let len = match rng.below(12) {
        0 => 0,
        1 => 1000 + rng.below(100),
        2 => rng.below(6000),
        3 => 43 + rng.below(4),
        _ => rng.below(40),
    };
    match rng.below(5) {
        0 => w(&rng.below(1_000_000).to_string()),
        1 => vec![0; len],
        2 => vec![0xff; len],
        3 => {
            let mut bytes = vec![*[0u8, 0xff].get(rng.below(2)).unwrap(); len];
            if len > 0 {
                bytes[rng.below(len)] = rng.bits().to_le_bytes()[0];
            }
            bytes
        }
        _ => (0..len).map(|_| rng.bits().to_le_bytes()[0]).collect(),
    }
}

/// An index into a value, in bytes or bits.
fn index(rng: &mut Rng) -> Vec<u8> {
    match rng.below(20) {
        0 => w(rng.pick(EDGES)),
        1 if rng.chance(40) => w(rng.pick(NO_NUMBER)),
        2..=6 => w(&format!("-{}", rng.below(60))),
        7..=9 => w(&rng.below(50_000).to_string()),
        _ => w(&rng.below(60).to_string()),
    }
}

/// The bit that a command writes: not so far that it would only test the machine's memory.
fn bit(rng: &mut Rng) -> Vec<u8> {
    match rng.below(40) {
        0 => w(rng.pick(&["-1", "4294967296", "9223372036854775807", "9223372036854775808", "4294967297"])),
        1 => w(rng.pick(NO_NUMBER)),
        2 => w(&rng.below(20_000).to_string()),
        3 => w(&rng.below(200_000).to_string()),
        _ => w(&rng.below(300).to_string()),
    }
}

/// The offset of an integer, a position or `#` and an index.
fn offset(rng: &mut Rng, writes: bool) -> Vec<u8> {
    match rng.below(30) {
        0 if !writes => w(rng.pick(EDGES)),
        1 if !writes => w(&format!("#{}", rng.pick(EDGES))),
        2 => w(rng.pick(&["#-1", "#4294967296", "#9223372036854775807", "-5", "#288230376151711744"])),
        3 => w(rng.pick(NO_NUMBER)),
        4..=12 => w(&format!("#{}", rng.below(40))),
        _ => bit(rng),
    }
}

fn encoding(rng: &mut Rng) -> Vec<u8> {
    match rng.below(30) {
        0 => w(rng.pick(&["u64", "i65", "u0", "i0", "x8", "U8", "u", "", "i-1", "u08", "8", "u99999999999"])),
        1 => w(rng.pick(&["i64", "u63", "i1", "u1"])),
        2..=9 => w(rng.pick(&["u8", "i8", "u16", "i16", "u4", "i5"])),
        n if n % 2 == 0 => w(&format!("u{}", 1 + rng.below(63))),
        _ => w(&format!("i{}", 1 + rng.below(64))),
    }
}

/// A value to store or to add.
fn number(rng: &mut Rng) -> Vec<u8> {
    let wide = i64::from_le_bytes(rng.bits().to_le_bytes());
    match rng.below(12) {
        0 => w(rng.pick(EDGES)),
        1 if rng.chance(30) => w(rng.pick(NO_NUMBER)),
        2 | 3 => w(&wide.to_string()),
        4..=7 => w(&(wide >> rng.below(64)).to_string()),
        _ => w(&(wide >> 55).to_string()),
    }
}

fn field(rng: &mut Rng, argv: &mut Argv, writes: bool) {
    for _ in 0..rng.below(5) {
        match rng.below(if writes { 10 } else { 4 }) {
            0..=2 => argv.extend([w("GET"), encoding(rng), offset(rng, false)]),
            3 | 4 => argv.extend([w("OVERFLOW"), w(rng.pick(&["WRAP", "SAT", "FAIL", "sat", "fail"]))]),
            5..=7 => argv.extend([w("SET"), encoding(rng), offset(rng, true), number(rng)]),
            _ => argv.extend([w("INCRBY"), encoding(rng), offset(rng, true), number(rng)]),
        }
    }
}

fn well_formed(rng: &mut Rng) -> Argv {
    let mut argv = match rng.below(100) {
        0..=7 => vec![w("SET"), key(rng), value(rng)],
        8 | 9 if rng.chance(10) => vec![w("ZADD"), key(rng), w("1"), w("a")],
        8 | 9 => vec![w("DEL"), key(rng)],
        10 | 11 => vec![w("OBJECT"), w("ENCODING"), key(rng)],
        12 | 13 => vec![w("STRLEN"), key(rng)],
        14 | 15 => vec![w("GET"), key(rng)],
        16 => vec![w("APPEND"), key(rng), value(rng)],
        17..=29 => vec![w("SETBIT"), key(rng), bit(rng), w(&rng.below(2).to_string())],
        30..=37 => vec![w("GETBIT"), key(rng), if rng.chance(90) { bit(rng) } else { w(rng.pick(EDGES)) }],
        38..=49 => vec![w("BITCOUNT"), key(rng)],
        50..=63 => vec![w("BITPOS"), key(rng), w(&rng.below(2).to_string())],
        64..=75 => vec![w("BITOP"), w(rng.pick(&["AND", "OR", "XOR", "xor", "and"])), key(rng), key(rng)],
        76..=78 => vec![w("BITOP"), w("NOT"), key(rng), key(rng)],
        79..=84 => vec![w("BITFIELD_RO"), key(rng)],
        _ => vec![w("BITFIELD"), key(rng)],
    };
    match argv[0].as_slice() {
        b"BITCOUNT" | b"BITPOS" => {
            let end = [&b"BITCOUNT"[..], b"BITPOS"].iter().position(|n| *n == argv[0]).unwrap();
            match rng.below(8) {
                0 | 1 => {}
                2 if end == 1 => argv.push(index(rng)),
                3 | 4 => argv.extend([index(rng), index(rng)]),
                _ => argv.extend([index(rng), index(rng), w(rng.pick(&["BYTE", "BIT", "bit", "BIT"]))]),
            }
        }
        b"BITOP" if argv[1] != b"NOT" => (0..rng.below(4)).for_each(|_| argv.push(key(rng))),
        b"BITFIELD" => field(rng, &mut argv, true),
        b"BITFIELD_RO" => field(rng, &mut argv, false),
        _ => {}
    }
    argv
}

/// Makes a command wrong, or at least unusual.
fn damage(rng: &mut Rng, argv: &mut Argv) {
    let n = argv.len();
    match rng.below(4) {
        0 if n > 1 => {
            argv.pop();
        }
        1 => argv.push(w(rng.pick(&["garbage", "", "BIT", "GET", "SET", "1", "OVERFLOW", "u8", "#1"]))),
        2 if n > 2 => argv[2 + rng.below(n - 2)] = w(rng.pick(NO_NUMBER)),
        _ if n > 3 => {
            let i = 2 + rng.below(n - 2);
            argv.remove(i);
        }
        _ => argv.extend(words("NOT 2")),
    }
}

/// A random command of this family.
pub(crate) fn command(rng: &mut Rng) -> Argv {
    let mut argv = well_formed(rng);
    if rng.chance(6) {
        damage(rng, &mut argv);
    }
    argv
}
