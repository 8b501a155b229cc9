//! Random commands over places: some near to each other, some far away, some at the ends of the map.

use crate::common::program::{Argv, Rng};

/// Words where a number belongs, and numbers that are too large.
const NO_NUMBER: &[&str] =
    &["", "x", " 1", "nan", "inf", "-inf", "1e400", "1e300", "0x10", "-1", "-0", "181", "86"];
/// The ends of the map, and what is just behind them.
const ENDS: &[(&str, &str)] = &[
    ("180", "85.05112878"),
    ("-180", "-85.05112878"),
    ("180", "-85.05112878"),
    ("-180", "85.05112878"),
    ("180.0000001", "0"),
    ("0", "85.0511288"),
    ("-0", "-0"),
    ("179.9999999", "66.5"),
    ("-179.9999999", "-80.5"),
    ("0", "85"),
    ("90", "-85"),
];

fn w(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

/// The key that gets distances instead of places: nobody searches there.
const DISTANCES: &str = "geo8";

/// The key with any scores: many of them stand for the same place, so that nothing is counted there.
const SCORES: &str = "geo9";

fn key(rng: &mut Rng) -> Vec<u8> {
    w(&format!("geo{}", rng.below(4)))
}

fn member(rng: &mut Rng) -> Vec<u8> {
    match rng.below(30) {
        0 => w(""),
        1 => vec![b'm'; 60 + rng.below(10)],
        _ => w(&rng.below(400).to_string()),
    }
}

/// A number in a range, with so many digits behind the point.
fn within(rng: &mut Rng, (low, high): (f64, f64), digits: usize) -> String {
    let part = rng.below(1_000_000_001) as f64 / 1e9;
    let value = low + (high - low) * part;
    format!("{value:.digits$}")
}

/// Longitude and latitude: over the whole map, or in one of a few neighbourhoods.
fn point(rng: &mut Rng) -> [Vec<u8>; 2] {
    if rng.chance(5) {
        let (lon, lat) = ENDS[rng.below(ENDS.len())];
        return [w(lon), w(lat)];
    }
    let (lon, lat) = match rng.below(20) {
        0..=5 => ((-180.0, 180.0), (-85.0, 85.0)),
        6..=8 => ((179.0, 180.0), (-1.0, 1.0)),
        9 | 10 => ((-180.0, -179.0), (-1.0, 1.0)),
        11 => ((-180.0, 180.0), (64.0, 85.0)),
        12 => ((-180.0, 180.0), (-85.0, -64.0)),
        _ => ((13.0, 13.5), (52.3, 52.7)),
    };
    let digits = [1, 3, 6, 9, 9][rng.below(5)];
    [w(&within(rng, lon, digits)), w(&within(rng, lat, digits))]
}

/// A place and its member. No two members are in one place: which of two equally distant ones comes first, and which
/// falls to COUNT, is each server's own affair.
fn place(rng: &mut Rng) -> [Vec<u8>; 3] {
    if rng.chance(5) {
        let i = rng.below(ENDS.len());
        return [w(ENDS[i].0), w(ENDS[i].1), w(&format!("end{i}"))];
    }
    let ([lon, lat], member) = (point(rng), member(rng));
    // Few digits, or an end: something behind them.
    let more = |text: Vec<u8>, rng: &mut Rng| {
        let value: f64 = String::from_utf8(text).unwrap().parse().unwrap();
        w(&format!("{:.9}", value * 0.999 + rng.below(1_000_000) as f64 / 1e7))
    };
    [more(lon, rng), more(lat, rng), member]
}

fn unit(rng: &mut Rng) -> Vec<u8> {
    w(rng.pick(&["m", "km", "km", "ft", "mi", "KM", "M", "Ft", "mI"]))
}

/// A length and its unit.
fn length(rng: &mut Rng) -> Vec<u8> {
    let digits = [0, 1, 3, 6, 9, 9][rng.below(6)];
    w(&match rng.below(20) {
        0 => (*rng.pick(&["0", "-0", "inf", "1e300", "1e-300", "-1", "0.5", "30000", "1e9"])).to_string(),
        1..=4 => within(rng, (0.0, 1.0), digits),
        5..=12 => within(rng, (0.0, 100.0), digits),
        13..=17 => within(rng, (0.0, 3000.0), digits),
        _ => within(rng, (0.0, 300_000.0), digits),
    })
}

fn options(rng: &mut Rng, argv: &mut Argv, with: bool) {
    for _ in 0..rng.below(4) {
        match rng.below(if with { 10 } else { 6 }) {
            0 | 1 => argv.push(w(rng.pick(&["ASC", "DESC", "asc", "desc"]))),
            2 => argv.extend([w("COUNT"), w(&(1 + rng.below(60)).to_string())]),
            3 => argv.extend([w("COUNT"), w(&(1 + rng.below(8)).to_string())]),
            4 => argv.extend([w("COUNT"), w(&(1 + rng.below(8)).to_string()), w("ANY")]),
            5 if rng.chance(20) => argv.push(w("ANY")),
            5 => {}
            _ => argv.push(w(rng.pick(&["WITHDIST", "WITHCOORD", "WITHHASH", "withdist"]))),
        }
    }
}

/// Where and how far, as GEOSEARCH takes it.
fn area(rng: &mut Rng, argv: &mut Argv) {
    let mut from = if rng.chance(60) {
        vec![w("FROMMEMBER"), member(rng)]
    } else {
        let [lon, lat] = point(rng);
        vec![w("FROMLONLAT"), lon, lat]
    };
    let mut by = if rng.chance(50) {
        vec![w("BYRADIUS"), length(rng), unit(rng)]
    } else {
        vec![w("BYBOX"), length(rng), length(rng), unit(rng)]
    };
    if rng.chance(15) {
        std::mem::swap(&mut from, &mut by);
    }
    argv.append(&mut from);
    argv.append(&mut by);
}

/// Now and then a key that takes the result.
fn target(rng: &mut Rng, argv: &mut Argv) {
    if rng.chance(10) {
        argv.extend(if rng.chance(50) { [w("STORE"), key(rng)] } else { [w("STOREDIST"), w(DISTANCES)] });
    }
}

/// Commands on a sorted set that is no index of places.
fn on_scores(rng: &mut Rng) -> Argv {
    let key = w(SCORES);
    match rng.below(6) {
        0 | 1 => {
            let wide = f64::from_bits(rng.bits());
            let score = match rng.below(6) {
                0 => rng
                    .pick(&[
                        "inf",
                        "-inf",
                        "9007199254740993",
                        "4503599627370495",
                        "4503599627370496",
                        "1e300",
                    ])
                    .into(),
                1 if !wide.is_nan() => format!("{wide:e}"),
                2 => format!("-{}", rng.below(1_000_000)),
                3 => format!("{}.5", rng.below(1_000_000)),
                _ => (rng.bits() >> (8 + rng.below(30))).to_string(),
            };
            vec![w("ZADD"), key, w(&score), member(rng)]
        }
        2 => vec![w("GEOPOS"), key, member(rng), member(rng)],
        3 => vec![w("GEOHASH"), key, member(rng), member(rng)],
        4 => vec![w("GEODIST"), key, member(rng), member(rng)],
        _ => {
            let mut argv = vec![w("GEOSEARCH"), key];
            area(rng, &mut argv);
            argv.extend([w("WITHHASH"), w("WITHDIST"), w("WITHCOORD")]);
            argv
        }
    }
}

fn well_formed(rng: &mut Rng) -> Argv {
    if rng.chance(8) {
        return on_scores(rng);
    }
    match rng.below(100) {
        0..=24 => {
            let mut argv = vec![w("GEOADD"), key(rng)];
            if rng.chance(25) {
                argv.push(w(rng.pick(&["NX", "XX", "CH", "nx", "ch"])));
                if rng.chance(40) {
                    argv.push(w(rng.pick(&["CH", "CH", "NX", "XX"])));
                }
            }
            let many = if rng.chance(5) { 100 } else { 4 };
            for _ in 0..=rng.below(many) {
                argv.extend(place(rng));
            }
            argv
        }
        25 | 26 => vec![w("DEL"), key(rng)],
        27 | 28 => vec![w("OBJECT"), w("ENCODING"), key(rng)],
        29 if rng.chance(50) => vec![w("ZREM"), key(rng), member(rng)],
        29 => vec![w("ZRANGE"), w(DISTANCES), w("0"), w("-1"), w("WITHSCORES")],
        30..=36 => {
            let mut argv = vec![w("GEODIST"), key(rng), member(rng), member(rng)];
            argv.extend(rng.chance(60).then(|| unit(rng)));
            argv
        }
        37..=48 => {
            let mut argv = vec![w(rng.pick(&["GEOPOS", "GEOHASH"])), key(rng)];
            argv.extend((0..rng.below(6)).map(|_| member(rng)));
            argv
        }
        49..=70 => {
            let mut argv = vec![w("GEOSEARCH"), key(rng)];
            area(rng, &mut argv);
            options(rng, &mut argv, true);
            argv
        }
        71..=77 => {
            let mut argv = vec![w("GEOSEARCHSTORE"), key(rng), key(rng)];
            area(rng, &mut argv);
            options(rng, &mut argv, false);
            if rng.chance(30) {
                argv[1] = w(DISTANCES);
                argv.push(w("STOREDIST"));
            }
            argv
        }
        78..=87 => {
            let mut argv = vec![w(rng.pick(&["GEORADIUS", "GEORADIUS_RO"])), key(rng)];
            argv.extend(point(rng));
            argv.extend([length(rng), unit(rng)]);
            options(rng, &mut argv, true);
            target(rng, &mut argv);
            argv
        }
        88..=97 => {
            let name = rng.pick(&["GEORADIUSBYMEMBER", "GEORADIUSBYMEMBER_RO"]);
            let mut argv = vec![w(name), key(rng), member(rng), length(rng), unit(rng)];
            options(rng, &mut argv, true);
            target(rng, &mut argv);
            argv
        }
        _ => vec![w("SET"), key(rng), w("x")],
    }
}

/// A random command of this family.
pub(crate) fn command(rng: &mut Rng) -> Argv {
    let mut argv = well_formed(rng);
    if rng.chance(6) {
        let n = argv.len();
        match rng.below(4) {
            0 if n > 1 => argv.truncate(n - 1),
            1 => argv.push(w(rng.pick(&["", "x", "ANY", "COUNT", "STORE", "BYBOX", "WITHDIST"]))),
            2 if n > 2 => argv[2 + rng.below(n - 2)] = w(rng.pick(NO_NUMBER)),
            _ if n > 3 => {
                let i = 2 + rng.below(n - 2);
                argv.remove(i);
            }
            _ => {}
        }
    }
    argv
}
