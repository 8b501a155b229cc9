//! Random commands with the options that came after Redis 7.0: ZRANK and ZREVRANK WITHSCORE, HSCAN NOVALUES. The newer
//! commands on fields that expire are in `hash_expiry.rs`; MSETEX is newer than any server here.

use super::hash::{field, value, w};
use crate::common::program::{Argv, Rng};

fn key(rng: &mut Rng, kind: &str) -> Vec<u8> {
    w(&format!("{kind}{}", rng.below(3)))
}

/// One command.
pub(crate) fn command(rng: &mut Rng) -> Argv {
    let member = |rng: &mut Rng| w(&format!("m{}", rng.below(40)));
    match rng.below(20) {
        0..5 => {
            // Whole numbers and halves: others Redis prints in fewer digits from 7.2 on, and we as 7.0 does.
            let score = w(&format!("{}{}{}", rng.pick(&["", "-"]), rng.below(30), rng.pick(&["", ".5"])));
            vec![w("ZADD"), key(rng, "z"), score, member(rng)]
        }
        5 => vec![w("ZREM"), key(rng, "z"), member(rng)],
        6..12 => {
            // Now and then a key of another type.
            let kind = if rng.chance(5) { "h" } else { "z" };
            let mut argv = vec![w(rng.pick(&["ZRANK", "ZREVRANK"])), key(rng, kind), member(rng)];
            if !rng.chance(20) {
                argv.push(w(rng.pick(&["WITHSCORE", "withscore", "WITHSCORE", "WITHSCORES", ""])));
            }
            if rng.chance(3) {
                argv.push(w("WITHSCORE"));
            }
            argv
        }
        12..15 => vec![w("HSET"), key(rng, "h"), field(rng), value(rng)],
        15 => vec![w("HDEL"), key(rng, "h"), field(rng)],
        16..19 => {
            let kind = if rng.chance(5) { "z" } else { "h" };
            // The whole in one step: which part a step takes nobody promises.
            let mut argv = vec![w("HSCAN"), key(rng, kind), w("0"), w("COUNT"), w("100000")];
            if rng.chance(30) {
                argv.extend([w("MATCH"), w(rng.pick(&["f*", "*1*", "?", "[a-m]*"]))]);
            }
            if rng.chance(80) {
                argv.push(w(rng.pick(&["NOVALUES", "novalues", "NOVALUE"])));
            }
            argv
        }
        _ => {
            let kind = rng.pick(&["z", "h"]);
            vec![w("DEL"), key(rng, kind)]
        }
    }
}
