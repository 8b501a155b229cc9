//! SSCAN: walks the members of a set a few at a time.

use super::reply_item;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::spec::{ACCESS, CommandSpec, Group, KeySpec, READONLY, RO};
use crate::cmd::walk::{Walk, put_cursor};
use crate::reply::sink::ReplySink;
use crate::types::set::Set;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("sscan", sscan)
    .arity_at_least(3)
    .flags(READONLY)
    .keys(&[KeySpec::one(1, RO | ACCESS)])
    .group(Group::Set)
    .tips(&["nondeterministic_output"])
    .since("2.8.0")
    .summary(
        "Walks the members of a set a few at a time.",
        "O(1) for every call, O(N) for a walk over all N members",
    )
    .syntax("key cursor [MATCH pattern] [COUNT count]")];

fn sscan(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    let cursor = Walk::cursor(args.next())?;
    let (mut found, mut next) = (Vec::new(), 0);
    // Options are looked at only if there is something to scan.
    if let Some(set) = ctx.read::<Set>(key)? {
        let walk = Walk::parse(&mut args, |_| false)?;
        next = set.scan(cursor, walk.count, |member| {
            if member.with_bytes(|text| walk.takes(text)) {
                found.push(member);
            }
        });
    }
    put_cursor(out, next);
    out.array(found.len());
    found.into_iter().for_each(|member| reply_item(out, member));
    Ok(Effect::None)
}
