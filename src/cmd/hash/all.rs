//! HGETALL, HKEYS, HVALS: everything that is in a hash.

use super::reply_item;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::spec::{ACCESS, CommandSpec, Group, KeySpec, READONLY, RO};
use crate::reply::sink::ReplySink;

const KEY: &[KeySpec] = &[KeySpec::one(1, RO | ACCESS)];
const SIZE: &str = "O(N) with N being the number of fields";

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("hgetall", hgetall)
        .arity(2)
        .flags(READONLY)
        .keys(KEY)
        .group(Group::Hash)
        .tips(&["nondeterministic_output_order"])
        .since("2.0.0")
        .summary("Returns all fields and their values.", SIZE)
        .syntax("key"),
    CommandSpec::new("hkeys", hkeys)
        .arity(2)
        .flags(READONLY)
        .keys(KEY)
        .group(Group::Hash)
        .tips(&["nondeterministic_output_order"])
        .since("2.0.0")
        .summary("Returns the names of all fields.", SIZE)
        .syntax("key"),
    CommandSpec::new("hvals", hvals)
        .arity(2)
        .flags(READONLY)
        .keys(KEY)
        .group(Group::Hash)
        .tips(&["nondeterministic_output_order"])
        .since("2.0.0")
        .summary("Returns the values of all fields.", SIZE)
        .syntax("key"),
];

fn hgetall(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    args.finish()?;
    match ctx.read_hash(key)? {
        None => out.map(0),
        Some((hash, now)) => {
            out.map(hash.live_len(now));
            hash.for_each_live(now, |field| {
                reply_item(out, field.name);
                reply_item(out, field.value);
            });
        }
    }
    Ok(Effect::None)
}

fn hkeys(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    list(ctx, args, out, true)
}

fn hvals(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    list(ctx, args, out, false)
}

fn list(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink, names: bool) -> CmdResult {
    let key = args.next();
    args.finish()?;
    match ctx.read_hash(key)? {
        None => out.array(0),
        Some((hash, now)) => {
            out.array(hash.live_len(now));
            hash.for_each_live(now, |field| reply_item(out, if names { field.name } else { field.value }));
        }
    }
    Ok(Effect::None)
}
