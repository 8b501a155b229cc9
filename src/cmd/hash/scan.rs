//! HSCAN: walk a hash a few fields at a time.

use super::reply_item;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::spec::{ACCESS, CommandSpec, Group, KeySpec, READONLY, RO};
use crate::cmd::walk::{Walk, put_cursor};
use crate::reply::sink::ReplySink;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("hscan", hscan)
    .arity_at_least(3)
    .flags(READONLY)
    .keys(&[KeySpec::one(1, RO | ACCESS)])
    .group(Group::Hash)
    .tips(&["nondeterministic_output"])
    .since("2.8.0")
    .summary(
        "Walks the fields of a hash and their values a few at a time.",
        "O(1) for every call, O(N) for a walk over all N fields",
    )
    .syntax("key cursor [MATCH pattern] [COUNT count]")];

fn hscan(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    let cursor = Walk::cursor(args.next())?;
    // Options are looked at only if there is something to scan.
    let (mut found, mut next, mut values) = (Vec::new(), 0, true);
    if let Some((hash, now)) = ctx.read_hash(key)? {
        let walk = Walk::parse(&mut args, |args| {
            let found = args.eat("NOVALUES");
            values &= !found;
            found
        })?;
        next = hash.scan(cursor, walk.count, now, |field| {
            if field.name.with_bytes(|name| walk.takes(name)) {
                found.push(field);
            }
        });
    }
    put_cursor(out, next);
    out.array(if values { found.len() * 2 } else { found.len() });
    for field in found {
        reply_item(out, field.name);
        if values {
            reply_item(out, field.value);
        }
    }
    Ok(Effect::None)
}
