//! XLEN, XDEL, XSETID.

use super::parse_id;
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{CommandSpec, DELETE, DENYOOM, FAST, Group, KeySpec, READONLY, RO, RW, UPDATE, WRITE};
use crate::reply::sink::ReplySink;
use crate::types::stream::{Id, Stream};

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("xlen", xlen)
        .arity(2)
        .flags(READONLY | FAST)
        .keys(&[KeySpec::one(1, RO)])
        .group(Group::Stream)
        .since("5.0.0")
        .summary("Returns the number of entries of a stream.", "O(1)")
        .syntax("key"),
    CommandSpec::new("xdel", xdel)
        .arity_at_least(3)
        .flags(WRITE | FAST)
        .keys(&[KeySpec::one(1, RW | DELETE)])
        .group(Group::Stream)
        .since("5.0.0")
        .summary("Deletes entries and returns how many there were.", "O(log N) for each entry")
        .syntax("key id [id ...]"),
    CommandSpec::new("xsetid", xsetid)
        .arity_at_least(3)
        .flags(WRITE | DENYOOM | FAST)
        .keys(&[KeySpec::one(1, RW | UPDATE)])
        .group(Group::Stream)
        .since("5.0.0")
        .summary("Sets what a stream knows of entries that are not there any more.", "O(1)")
        .syntax("key last-id [entries_added=ENTRIESADDED@7.0.0 entries_added:integer] [MAXDELETEDID@7.0.0 max_deleted_entry_id]")
        .history(&[("7.0.0", "Added the `entries_added` and `max_deleted_entry_id` arguments.")]),
];

fn xlen(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    args.finish()?;
    out.int(ctx.read::<Stream>(key)?.map_or(0, |stream| stream.log().len().cast_signed()));
    Ok(Effect::None)
}

fn xdel(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, ids) = (args.next(), args.rest());
    let Some(mut stream) = ctx.write::<Stream>(key)? else {
        out.int(0);
        return Ok(Effect::None);
    };
    let ids: Vec<Id> = ids.iter().map(|id| parse_id(id, 0)).collect::<Result<_, _>>()?;
    let log = stream.log_mut();
    let gone = ids.iter().filter(|id| log.delete(**id)).count();
    drop(stream);
    out.int(i64::try_from(gone).unwrap_or(i64::MAX));
    if gone == 0 {
        return Ok(Effect::None);
    }
    ctx.event(Class::STREAM, "xdel", key);
    Ok(Effect::Changed(gone as u64))
}

fn xsetid(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    let id = parse_id(args.next(), 0)?;
    let (mut added, mut deleted) = (None, None);
    while !args.is_empty() {
        if args.left() > 1 && args.eat("ENTRIESADDED") {
            let n = num::parse_i64(args.next()).ok_or(CmdError::NotInteger)?;
            let positive = CmdError::Text("ERR entries_added must be positive");
            added = Some(u64::try_from(n).map_err(|_| positive)?);
        } else if args.left() > 1 && args.eat("MAXDELETEDID") {
            let max = parse_id(args.next(), 0)?;
            if id < max {
                return Err(CmdError::Text(
                    "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id",
                ));
            }
            deleted = Some(max);
        } else {
            return Err(CmdError::Syntax);
        }
    }
    let mut stream = ctx.write::<Stream>(key)?.ok_or(CmdError::NoSuchKey)?;
    let log = stream.log_mut();
    if log.last().is_some_and(|last| id < last.id) {
        return Err(CmdError::Text(
            "ERR The ID specified in XSETID is smaller than the target stream top item",
        ));
    }
    if log.len() > 0 && added.is_some_and(|added| added < log.len()) {
        return Err(CmdError::Text(
            "ERR The entries_added specified in XSETID is smaller than the target stream length",
        ));
    }
    log.last_id = id;
    log.added = added.unwrap_or(log.added);
    log.max_deleted = deleted.filter(|id| *id > Id::MIN).unwrap_or(log.max_deleted);
    drop(stream);
    ctx.quieten();
    ctx.event(Class::STREAM, "xsetid", key);
    out.status("OK");
    Ok(Effect::Changed(1))
}
