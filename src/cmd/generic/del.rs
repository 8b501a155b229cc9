//! DEL, UNLINK: remove keys. They differ in who frees a big value.

use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::event::Class;
use crate::cmd::spec::{CommandSpec, DELETE, FAST, Group, KeySpec, RM, WRITE};
use crate::keyspace::raw::Entry;
use crate::reply::sink::ReplySink;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("del", del)
        .arity_at_least(2)
        .flags(WRITE)
        .keys(&[KeySpec::all(1, 1, RM | DELETE)])
        .group(Group::Generic)
        .tips(&["request_policy:multi_shard", "response_policy:agg_sum"])
        .since("1.0.0")
        .summary(
            "Removes keys with their values.",
            "O(N) with N being the number of keys, plus O(M) for each value of M elements that is no string",
        )
        .syntax("key [key ...]"),
    CommandSpec::new("unlink", unlink)
        .arity_at_least(2)
        .flags(WRITE | FAST)
        .keys(&[KeySpec::all(1, 1, RM | DELETE)])
        .group(Group::Generic)
        .tips(&["request_policy:multi_shard", "response_policy:agg_sum"])
        .since("4.0.0")
        .summary(
            "Removes keys at once and frees big values in the background.",
            "O(1) for each key; freeing a value is left to another thread",
        )
        .syntax("key [key ...]"),
];

/// Values from this many bytes on are worth a trip to the background thread: below, freeing them costs less
/// than handing them over.
const LAZY_FROM: usize = 128 * 1024;

fn del(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let keys = args.rest();
    Ok(answer(out, remove(ctx, keys, false)))
}

fn unlink(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let keys = args.rest();
    Ok(answer(out, remove(ctx, keys, true)))
}

fn answer(out: &mut dyn ReplySink, removed: u64) -> Effect {
    out.int(i64::try_from(removed).unwrap_or(i64::MAX));
    if removed == 0 { Effect::None } else { Effect::Changed(removed) }
}

/// Removes keys; big values go to the background thread if `lazy` or `lazyfree-lazy-user-del` says so.
fn remove(ctx: &mut Ctx<'_>, keys: &[&[u8]], lazy: bool) -> u64 {
    let db = ctx.db();
    let mut removed = 0;
    let mut big: Vec<Entry> = Vec::new();
    for key in keys {
        let Some(entry) = ctx.take_in(db, key) else { continue };
        removed += 1;
        ctx.event(Class::GENERIC, "del", key);
        if entry.cost() >= LAZY_FROM && (lazy || ctx.host.lazy_user_del()) {
            big.push(entry);
        } else {
            ctx.discard(entry);
        }
    }
    if !big.is_empty() {
        ctx.host.free_entries(big);
    }
    removed
}

/// Removes one key and tells how many there were. Shared by the typed call; the effect is that of `DEL key`.
pub(crate) fn delete_one(ctx: &mut Ctx<'_>, key: &[u8]) -> (i64, Effect) {
    if remove(ctx, &[key], false) == 0 {
        return (0, Effect::None);
    }
    (1, Effect::Changed(1))
}
