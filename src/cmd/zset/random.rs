//! ZRANDMEMBER: elements by chance, each with the same probability.

use std::collections::BTreeSet;

use super::{Shape, reply};
use crate::base::num;
use crate::base::rng::Rng;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::spec::{ACCESS, CommandSpec, Group, KeySpec, READONLY, RO};
use crate::reply::sink::ReplySink;
use crate::types::zset::{Element, Zset};

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("zrandmember", zrandmember)
    .arity_at_least(2)
    .flags(READONLY)
    .keys(&[KeySpec::one(1, RO | ACCESS)])
    .group(Group::SortedSet)
    .tips(&["nondeterministic_output"])
    .since("6.2.0")
    .summary("Returns members by chance.", "O(N) where N is the number of members returned")
    .syntax("key [options: count [WITHSCORES]]")];

/// The most elements that one call draws with repetition: each is a part of the reply.
const MOST_DRAWN: u64 = 1 << 24;

/// A number below `n`, which is not 0.
fn below(rng: &mut Rng, n: usize) -> usize {
    usize::try_from(rng.below(n as u64)).unwrap_or(0)
}

/// The element of a rank.
fn at(zset: &Zset, rank: usize) -> Option<Element<'_>> {
    zset.iter_ranks(rank..rank + 1, false).next()
}

/// `k` of the ranks below `n` without repetition, `k` at most `n`, in ascending order; each choice of `k` with the
/// same probability.
fn choose(rng: &mut Rng, k: usize, n: usize) -> Vec<usize> {
    if k > n / 4 {
        // Selection sampling (Knuth, The Art of Computer Programming 2, algorithm S).
        let mut chosen = Vec::with_capacity(k);
        for rank in 0..n {
            if below(rng, n - rank) < k - chosen.len() {
                chosen.push(rank);
            }
        }
        return chosen;
    }
    // Robert Floyd's method.
    let mut chosen = BTreeSet::new();
    for last in n - k..n {
        let draw = below(rng, last + 1);
        if !chosen.insert(draw) {
            chosen.insert(last);
        }
    }
    chosen.into_iter().collect()
}

fn zrandmember(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    let Some(text) = args.peek() else {
        let mut rng = ctx.session.rng.clone();
        match ctx.read::<Zset>(key)?.and_then(|zset| at(zset, below(&mut rng, zset.len()))) {
            Some(element) => element.member.with_bytes(|member| out.bulk(member)),
            None => out.null(),
        }
        ctx.session.rng = rng;
        return Ok(Effect::None);
    };
    let count = num::parse_i64(text).ok_or(CmdError::NotInteger)?;
    if count == i64::MIN {
        return Err(CmdError::Text(
            "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
        ));
    }
    args.next();
    let with_scores = args.eat("WITHSCORES");
    args.finish()?;
    if with_scores && count.unsigned_abs() > (i64::MAX / 2).unsigned_abs() {
        return Err(CmdError::Text("ERR value is out of range"));
    }
    let shape = Shape::scores(with_scores);
    let mut rng = ctx.session.rng.clone();
    match ctx.read::<Zset>(key)? {
        None => out.array(0),
        Some(zset) => {
            let len = zset.len();
            let wanted = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
            if count < 0 {
                if count.unsigned_abs() > MOST_DRAWN {
                    return Err(CmdError::Text("ERR value is out of range"));
                }
                let drawn = (0..wanted).filter_map(|_| at(zset, below(&mut rng, len)));
                reply(out, wanted, drawn, shape);
            } else if wanted >= len {
                reply(out, len, zset.iter(false), shape);
            } else {
                let ranks = choose(&mut rng, wanted, len);
                let mut walk = zset.iter(false);
                let mut next = 0;
                // A walk where ranks are dense or steps are cheap, look-ups where they are far apart.
                let near = zset.is_small() || wanted > len / 16;
                let chosen = ranks.iter().filter_map(|&rank| {
                    if !near {
                        return at(zset, rank);
                    }
                    let skipped = rank - next;
                    next = rank + 1;
                    walk.nth(skipped)
                });
                reply(out, wanted, chosen, shape);
            }
        }
    }
    ctx.session.rng = rng;
    Ok(Effect::None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_is_as_likely() {
        let mut rng = Rng::new(crate::types::test_seed(9));
        for (n, k) in [(20, 3), (20, 12), (50, 1), (10, 9)] {
            let rounds = 20_000;
            let mut seen = vec![0u32; n];
            for _ in 0..rounds {
                let chosen = choose(&mut rng, k, n);
                assert_eq!(chosen.len(), k);
                assert!(chosen.is_sorted_by(|a, b| a < b));
                chosen.iter().for_each(|rank| seen[*rank] += 1);
            }
            let expected = f64::from(rounds) * k as f64 / n as f64;
            let chi: f64 = seen.iter().map(|s| (f64::from(*s) - expected).powi(2) / expected).sum();
            // Draws without repetition vary by less than the statistic assumes.
            let chi = chi / (1.0 - k as f64 / n as f64) * (n as f64 - 1.0) / n as f64;
            let degrees = n as f64 - 1.0;
            assert!(chi < degrees + 4.0 * (2.0 * degrees).sqrt(), "{n} {k}: {chi}");
        }
        assert_eq!(choose(&mut rng, 0, 5), []);
        assert_eq!(choose(&mut rng, 5, 5), [0, 1, 2, 3, 4]);
    }
}
