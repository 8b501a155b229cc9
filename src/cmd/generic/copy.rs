//! COPY, MOVE: a value under another key, or in another logical database.

use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{ACCESS, CommandSpec, DENYOOM, FAST, Group, KeySpec, OW, RO, RW, UPDATE, WRITE};
use crate::reply::sink::ReplySink;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("copy", copy)
        .arity_at_least(3)
        .flags(WRITE | DENYOOM)
        .keys(&[KeySpec::one(1, RO | ACCESS), KeySpec::one(2, OW | UPDATE)])
        .group(Group::Generic)
        .since("6.2.0")
        .summary(
            "Copies a value with its expire time to another key.",
            "O(1) for strings, O(N) for a value of N elements",
        )
        .syntax("source destination [DB destination-db] [REPLACE]"),
    // The same key has the same shard in every logical database: one lock is enough.
    CommandSpec::new("move", move_key)
        .arity(3)
        .flags(WRITE | FAST)
        .keys(&[KeySpec::one(1, RW | ACCESS | UPDATE)])
        .group(Group::Generic)
        .since("1.0.0")
        .summary("Moves a key to another logical database if it is absent there.", "O(1)")
        .syntax("key db"),
];

const SAME: CmdError = CmdError::Text("ERR source and destination objects are the same");

/// The number of a logical database.
fn parse_db(ctx: &Ctx<'_>, text: &[u8]) -> Result<usize, CmdError> {
    let n = num::parse_i64(text).ok_or(CmdError::NotInteger)?;
    if i32::try_from(n).is_err() {
        return Err(CmdError::Text(
            "ERR value is out of range, value must between -2147483648 and 2147483647",
        ));
    }
    usize::try_from(n)
        .ok()
        .filter(|&db| db < ctx.databases())
        .ok_or(CmdError::Text("ERR DB index is out of range"))
}

fn copy(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (source, destination) = (args.next(), args.next());
    let (mut db, mut replace) = (ctx.db(), false);
    while !args.is_empty() {
        if args.eat("REPLACE") {
            replace = true;
        } else if args.left() >= 2 && args.eat("DB") {
            db = parse_db(ctx, args.next())?;
        } else {
            return Err(CmdError::Syntax);
        }
    }
    if db == ctx.db() && source == destination {
        return Err(SAME);
    }
    let Some(entry) = ctx.find(source).map(|entry| entry.with_key(destination)) else {
        out.int(0);
        return Ok(Effect::None);
    };
    if ctx.contains_in(db, destination) && !replace {
        out.int(0);
        return Ok(Effect::None);
    }
    entry.set_lru(ctx.host.usage().fresh());
    ctx.insert_in(db, entry);
    ctx.event_in(db, Class::GENERIC, "copy_to", destination);
    out.int(1);
    Ok(Effect::Changed(1))
}

fn move_key(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, db) = (args.next(), args.next());
    args.finish()?;
    let (from, to) = (ctx.db(), parse_db(ctx, db)?);
    if from == to {
        return Err(SAME);
    }
    let found = ctx.find_mut(key).map(drop).is_some();
    if !found || ctx.contains_in(to, key) {
        out.int(0);
        return Ok(Effect::None);
    }
    if let Some(entry) = ctx.take_in(from, key) {
        ctx.insert_in(to, entry);
    }
    ctx.event_in(from, Class::GENERIC, "move_from", key);
    ctx.event_in(to, Class::GENERIC, "move_to", key);
    out.int(1);
    Ok(Effect::Changed(1))
}
