//! SORT. Weights that are no numbers only stand where they are errors; texts that overflow stand nowhere: Redis goes
//! on to refuse good ones after it has seen one.

use crate::common::program::{Argv, Compare, Rng};

const KEYS: &[&str] = &["q0", "q1", "q2", "t0", "t1", "x0", "x1"];
const PATTERNS: &[&str] =
    &["w_*", "w_*", "v_*", "h_*->f", "h_*->g", "nothing_*", "h_*", "w_*->f", "*", "h_*->"];
const FIXED: &[&str] = &["nosort", "", "w_1", "#"];
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "2",
    "5",
    "-1",
    "-5",
    "100",
    "2147483648",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "",
    "x",
    "1.5",
];

fn w(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

fn element(rng: &mut Rng) -> Vec<u8> {
    match rng.below(60) {
        0 => w("a"),
        1 => w(rng.pick(&["1.5", "-2", "1e1", " 3", "0x10", "-inf", "007", "+2"])),
        _ => w(&rng.below(25).to_string()),
    }
}

fn key(rng: &mut Rng) -> Vec<u8> {
    match rng.below(30) {
        0 => w("missing"),
        1 => w("str"),
        _ => w(rng.pick(KEYS)),
    }
}

fn fill(rng: &mut Rng) -> Argv {
    let on = rng.pick(KEYS);
    let n = 1 + rng.below(12);
    let mut argv = Argv::new();
    match on.as_bytes()[0] {
        b'q' => argv.extend([w(rng.pick(&["RPUSH", "LPUSH"])), w(on)]),
        b't' => argv.extend([w("SADD"), w(on)]),
        // With a long member from the beginning: Redis changes the encoding of a small sorted set that is sorted.
        _ => argv.extend([w("ZADD"), w(on), w("5"), [vec![b'0'; 64], w("7")].concat()]),
    }
    for _ in 0..n {
        if on.starts_with('x') {
            argv.push(w(&rng.below(9).to_string()));
        }
        argv.push(element(rng));
    }
    argv
}

fn empty(rng: &mut Rng) -> Argv {
    let on = rng.pick(KEYS);
    match (on.as_bytes()[0], rng.below(5)) {
        (_, 0) => vec![w("DEL"), w(on)],
        (b'q', _) => vec![w("LTRIM"), w(on), w("0"), w("20")],
        (b't', _) => vec![w("SREM"), w(on), element(rng), element(rng), w("a")],
        _ => vec![w("ZREM"), w(on), element(rng), element(rng), w("a")],
    }
}

fn weight(rng: &mut Rng) -> Argv {
    let about = element(rng);
    let name = |prefix: &str| [prefix.as_bytes(), &about].concat();
    let value = match rng.below(25) {
        0 => w(rng.pick(&["", "text", "nan", "5 ", " 5"])),
        _ => w(&format!("{}{}", rng.pick(&["", "-", "0."]), rng.below(50))),
    };
    match rng.below(6) {
        0 | 1 => vec![w("SET"), name("w_"), value],
        2 => vec![w("SET"), name("v_"), value],
        3 => vec![w("HSET"), name("h_"), w("f"), value, w("g"), w(&rng.below(9).to_string())],
        4 => vec![w("DEL"), name(rng.pick(&["w_", "v_", "h_"]))],
        _ => vec![w("SET"), name(""), value],
    }
}

fn sort(rng: &mut Rng) -> Argv {
    let mut argv = vec![w("SORT"), key(rng)];
    let set = argv[1].starts_with(b"t");
    let by = rng.below(4);
    let alpha = by < 2 && rng.chance(40) || by == 2 && rng.chance(8);
    let mut options: Vec<Argv> = Vec::new();
    match by {
        0 => options.push(vec![w("BY"), w(rng.pick(FIXED))]),
        2 | 3 => options.push(vec![w("BY"), w(rng.pick(PATTERNS))]),
        _ => {}
    }
    if alpha {
        options.push(vec![w("ALPHA")]);
    }
    if rng.chance(40) {
        options.push(vec![w(rng.pick(&["ASC", "DESC", "DESC"]))]);
    }
    if rng.chance(35) {
        let n =
            |rng: &mut Rng| if rng.chance(8) { w(rng.pick(NUMBERS)) } else { w(&rng.below(8).to_string()) };
        options.push(vec![w("LIMIT"), n(rng), n(rng)]);
    }
    for _ in 0..rng.below(4).saturating_sub(1) {
        options.push(vec![w("GET"), w(rng.pick(&["#", "w_*", "h_*->g", "nothing_*", "w_1", "v_*", "##"]))]);
    }
    // Weights that are texts may be equal, and then the order is each server's own.
    let own_order = alpha && by >= 2;
    if rng.chance(25) && !own_order {
        let to = rng.pick(&["d0", "d1", "q0", "q1", "q2"]);
        options.push(vec![w("STORE"), w(to)]);
    } else if rng.chance(15) && !set {
        argv[0] = w("SORT_RO");
    }
    while !options.is_empty() {
        let at = rng.below(options.len());
        argv.extend(options.swap_remove(at));
    }
    argv
}

/// One command.
pub(crate) fn command(rng: &mut Rng) -> Argv {
    let mut argv = match rng.below(100) {
        0..=13 => fill(rng),
        14..=17 => empty(rng),
        18..=33 => weight(rng),
        34 => vec![w("SET"), w("str"), w("x")],
        35 => vec![w("LRANGE"), w(rng.pick(&["d0", "d1", "q0"])), w("0"), w("-1")],
        36..=38 => [w("COMMAND"), w(rng.pick(&["GETKEYS", "GETKEYSANDFLAGS"]))]
            .into_iter()
            .chain(sort(rng))
            .collect(),
        _ => sort(rng),
    };
    if argv[0].starts_with(b"SORT") && rng.chance(6) {
        match rng.below(3) {
            0 => {
                argv.pop();
            }
            1 => argv.push(w(rng.pick(&["BY", "GET", "LIMIT", "STORE", "garbage", ""]))),
            _ => argv.extend([w("LIMIT"), w(rng.pick(NUMBERS)), w(rng.pick(NUMBERS))]),
        }
    }
    argv
}

/// What has no order.
pub(crate) fn comparison(argv: &[Vec<u8>]) -> Option<Compare> {
    let is = |word: &Vec<u8>, name: &str| word.eq_ignore_ascii_case(name.as_bytes());
    let [name, key, rest @ ..] = argv else { return None };
    if !is(name, "SORT") && !is(name, "SORT_RO") {
        return None;
    }
    let by: Vec<&Vec<u8>> = rest.windows(2).filter(|pair| is(&pair[0], "BY")).map(|pair| &pair[1]).collect();
    let unsorted = by.iter().any(|pattern| !pattern.contains(&b'*'));
    let has = |name: &str| rest.iter().any(|word| is(word, name));
    let own_order = if unsorted { key.starts_with(b"t") } else { !by.is_empty() && has("ALPHA") };
    match (own_order, has("STORE"), has("LIMIT")) {
        (true, false, true) => Some(Compare::Kind),
        (true, false, false) => Some(Compare::AnyOrder),
        _ => None,
    }
}
