//! ZSCAN: walks the members a few at a time.

use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::spec::{ACCESS, CommandSpec, Group, KeySpec, READONLY, RO};
use crate::cmd::walk::{Walk, put_cursor};
use crate::reply::sink::ReplySink;
use crate::types::zset::Zset;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("zscan", zscan)
    .arity_at_least(3)
    .flags(READONLY)
    .keys(&[KeySpec::one(1, RO | ACCESS)])
    .group(Group::SortedSet)
    .tips(&["nondeterministic_output"])
    .since("2.8.0")
    .summary(
        "Walks the members and scores a few at a time.",
        "O(1) for every call, O(N) for a walk over all N members",
    )
    .syntax("key cursor [MATCH pattern] [COUNT count]")];

/// Appends a score as the set stores it: a small one has whole scores as integers, whatever their size.
fn push_score(out: &mut Vec<u8>, score: f64, small: bool) {
    match Zset::stored_whole(score) {
        Some(whole) if small => num::push_i64(out, whole),
        _ => num::push_f64(out, score),
    }
}

fn zscan(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    let cursor = Walk::cursor(args.next())?;
    // The texts one after the other: their number is not known before the walk is over.
    let (mut bytes, mut ends, mut next) = (Vec::new(), Vec::new(), 0);
    // Without a key the options are not looked at.
    if let Some(zset) = ctx.read::<Zset>(key)? {
        let walk = Walk::parse(&mut args, |_| false)?;
        let small = zset.is_small();
        next = zset.scan(cursor, walk.count, |element| {
            element.member.with_bytes(|member| {
                if walk.takes(member) {
                    bytes.extend_from_slice(member);
                    ends.push(bytes.len());
                    push_score(&mut bytes, element.score, small);
                    ends.push(bytes.len());
                }
            });
        });
    }
    put_cursor(out, next);
    out.array(ends.len());
    let mut start = 0;
    for end in ends {
        out.bulk(&bytes[start..end]);
        start = end;
    }
    Ok(Effect::None)
}
