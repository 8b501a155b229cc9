//! XRANGE and XREVRANGE.

use super::{length, parse_start, parse_stop, put_entry};
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::spec::{ACCESS, CommandSpec, Group, KeySpec, READONLY, RO};
use crate::reply::sink::ReplySink;
use crate::types::stream::Stream;

const KEY: &[KeySpec] = &[KeySpec::one(1, RO | ACCESS)];

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("xrange", xrange)
        .arity_at_least(4)
        .flags(READONLY)
        .keys(KEY)
        .group(Group::Stream)
        .since("5.0.0")
        .summary("Returns the entries between two IDs.", "O(log N + M) for M entries returned")
        .syntax("key start:string end:string [COUNT count]")
        .history(&[("6.2.0", "Added exclusive ranges.")]),
    CommandSpec::new("xrevrange", xrevrange)
        .arity_at_least(4)
        .flags(READONLY)
        .keys(KEY)
        .group(Group::Stream)
        .since("5.0.0")
        .summary(
            "Returns the entries between two IDs from the last one.",
            "O(log N + M) for M entries returned",
        )
        .syntax("key end:string start:string [COUNT count]")
        .history(&[("6.2.0", "Added exclusive ranges.")]),
];

fn xrange(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    answer(ctx, args, out, false)
}

fn xrevrange(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    answer(ctx, args, out, true)
}

fn answer(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink, back: bool) -> CmdResult {
    let (key, first, second) = (args.next(), args.next(), args.next());
    let (from, to) = if back { (second, first) } else { (first, second) };
    let (from, to) = (parse_start(from)?, parse_stop(to)?);
    let mut limit = u64::MAX;
    while !args.is_empty() {
        if args.left() < 2 || !args.eat("COUNT") {
            return Err(CmdError::Syntax);
        }
        let n = num::parse_i64(args.next()).ok_or(CmdError::NotInteger)?;
        limit = u64::try_from(n).unwrap_or(0);
    }
    let Some(stream) = ctx.read::<Stream>(key)? else {
        out.array(0);
        return Ok(Effect::None);
    };
    if limit == 0 {
        out.null_array();
        return Ok(Effect::None);
    }
    if back {
        let entries = stream.log().range_back(from, to);
        let count = length(entries.count_up_to(limit));
        out.array(count);
        entries.take(count).for_each(|entry| put_entry(out, &entry));
    } else {
        let entries = stream.log().range(from, to);
        let count = length(entries.count_up_to(limit));
        out.array(count);
        entries.take(count).for_each(|entry| put_entry(out, &entry));
    }
    Ok(Effect::None)
}
