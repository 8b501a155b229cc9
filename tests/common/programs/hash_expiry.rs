//! Random commands over hashes whose fields expire: far ahead or at once, so that programs do not depend on the time
//! that they take.

use super::hash::{field, generic, integer, key, value, w, words};
use crate::common::program::{Argv, Rng};

/// A time with the form that it is in: relative ones never two within ten seconds of each other.
fn time(rng: &mut Rng, form: usize) -> Vec<u8> {
    let relative_far = |far: usize| w(&if form == 0 { far.to_string() } else { format!("{far}000") });
    let far = 100_000 + if form < 2 { rng.below(30_000_000) } else { 100_000 * rng.below(40) };
    match (rng.below(12), form) {
        (0, _) => w("0"),
        // Nothing that comes while the program runs.
        (1, _) => match integer(rng) {
            soon if soon.len() < 5 && !soon.starts_with(b"-") => w("x"),
            number => apart(number, form, || relative_far(far)),
        },
        (2, _) => {
            let edges = ["70368744177663", "70368744177664", "70368744177", "70368744178", "68719476736000"];
            apart(w(rng.pick(&edges)), form, || relative_far(far))
        }
        (3, 2 | 3) => w("1"),
        (_, 0 | 1) => relative_far(far),
        (_, 2) => w(&(33_177_117_420 + far).to_string()),
        _ => w(&format!("{}{}", 33_177_117_420 + far, rng.pick(&["000", "001", "499", "999"]))),
    }
}

/// A number that others may choose as well, unless it is a relative time that a server takes: two of those would be
/// compared by the milliseconds between their calls.
fn apart(number: Vec<u8>, form: usize, otherwise: impl FnOnce() -> Vec<u8>) -> Vec<u8> {
    let taken = |text: &[u8]| std::str::from_utf8(text).ok()?.parse::<u64>().ok().filter(|n| *n < 1 << 46);
    if form < 2 && taken(&number).is_some() { otherwise() } else { number }
}

/// `FIELDS numfields field ...`, the number mostly right.
fn fields(rng: &mut Rng, values: bool) -> Argv {
    let count = 1 + rng.below(3);
    let said = match rng.below(40) {
        0 => integer(rng),
        1 => w(&(count + 1).to_string()),
        _ => w(&count.to_string()),
    };
    let mut words = vec![w(rng.pick(&["FIELDS", "fields", "FIELDS", "FIELDS"])), said];
    for _ in 0..count {
        words.push(field(rng));
        if values {
            words.push(value(rng));
        }
    }
    if rng.chance(1) {
        words[0] = w("FIELD");
    }
    words
}

/// EX and so on, with its time.
fn option(rng: &mut Rng) -> Argv {
    let form = rng.below(4);
    vec![w(["EX", "PX", "EXAT", "PXAT"][form]), time(rng, form)]
}

/// One command.
pub(crate) fn command(rng: &mut Rng) -> Argv {
    let mut argv = well_formed(rng);
    // Redis 8 takes fewer words for cursors than Redis 7.0 did.
    if rng.chance(2) && argv[0] != b"HSCAN" {
        if rng.chance(50) {
            argv.pop();
        } else {
            let at = 1 + rng.below(argv.len());
            argv.insert(
                at,
                w(rng.pick(&["NX", "FNX", "EX", "1000000000", "PERSIST", "KEEPTTL", "FIELDS", ""])),
            );
        }
    }
    argv
}

fn well_formed(rng: &mut Rng) -> Argv {
    let key = key(rng);
    let one = |name: &str, rest: Argv| [vec![w(name), key.clone()], rest].concat();
    match rng.below(100) {
        0 => words(&format!("CONFIG SET hash-max-listpack-entries {}", rng.pick(&["8", "16", "32", "512"]))),
        1..6 => generic(rng),
        6..16 => {
            let pairs = (0..1 + rng.below(4)).flat_map(|_| [field(rng), value(rng)]).collect();
            one(rng.pick(&["HSET", "HSET", "HMSET"]), pairs)
        }
        16..18 => one("HSETNX", vec![field(rng), value(rng)]),
        18..22 => one("HDEL", vec![field(rng), field(rng)]),
        22..25 => one("HINCRBY", vec![field(rng), integer(rng)]),
        25..27 => one("HINCRBYFLOAT", vec![field(rng), w("1.5")]),
        27..30 => one(rng.pick(&["HGETALL", "HKEYS", "HVALS", "HLEN"]), vec![]),
        30..33 => one("HMGET", vec![field(rng), field(rng)]),
        33..35 => one("HSCAN", words("0 COUNT 100000 NOVALUES")),
        35..37 => one("HRANDFIELD", vec![w(rng.pick(&["5", "-5", "100"])), w("WITHVALUES")]),
        37..57 => {
            let form = rng.below(4);
            let name = ["HEXPIRE", "HPEXPIRE", "HEXPIREAT", "HPEXPIREAT"][form];
            let mut rest = vec![time(rng, form)];
            if rng.chance(50) {
                rest.push(w(rng.pick(&["NX", "XX", "GT", "LT", "gt", "lt"])));
            }
            rest.extend(fields(rng, false));
            one(name, rest)
        }
        57..62 => one("HPERSIST", fields(rng, false)),
        62..74 => {
            let name = rng.pick(&["HTTL", "HPTTL", "HEXPIRETIME", "HPEXPIRETIME"]);
            one(name, fields(rng, false))
        }
        74..78 => one("HGETDEL", fields(rng, false)),
        78..87 => {
            let mut rest = match rng.below(4) {
                0 => vec![],
                1 => vec![w("PERSIST")],
                _ => option(rng),
            };
            rest.extend(fields(rng, false));
            one("HGETEX", rest)
        }
        _ => {
            let mut rest = Vec::new();
            if rng.chance(40) {
                rest.push(w(rng.pick(&["FNX", "FXX", "fxx"])));
            }
            match rng.below(4) {
                0 => {}
                1 => rest.push(w("KEEPTTL")),
                _ => rest.extend(option(rng)),
            }
            rest.extend(fields(rng, true));
            one("HSETEX", rest)
        }
    }
}
