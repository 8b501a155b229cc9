//! MULTI, EXEC, DISCARD, WATCH, UNWATCH. Queueing is the engine's, and so is EXEC: it locks what all the queued commands
//! need.

use std::sync::atomic::Ordering;

use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::session::{Queue, Session};
use crate::cmd::spec::{
    ALLOW_BUSY, CommandSpec, FAST, Group, KeySpec, LOADING, NOSCRIPT, RO, SKIP_SLOWLOG, STALE,
};
use crate::reply::sink::ReplySink;

const FLAGS: u32 = NOSCRIPT | LOADING | STALE;

/// Rows of the command table.
pub(super) const SPECS: &[&[CommandSpec]] = &[&[
    CommandSpec::new("multi", multi)
        .arity(1)
        .flags(FLAGS | FAST | ALLOW_BUSY)
        .group(Group::Transactions)
        .since("1.2.0")
        .summary("Begins a transaction: the commands that follow are queued.", "O(1)"),
    CommandSpec::new("exec", exec)
        .arity(1)
        .flags(FLAGS | SKIP_SLOWLOG)
        .group(Group::Transactions)
        .since("1.2.0")
        .summary("Executes the queued commands as one step.", "Depends on commands in the transaction"),
    CommandSpec::new("discard", discard)
        .arity(1)
        .flags(FLAGS | FAST | ALLOW_BUSY)
        .group(Group::Transactions)
        .since("2.0.0")
        .summary("Forgets the queued commands.", "O(N), when N is the number of queued commands"),
    CommandSpec::new("watch", watch)
        .arity_at_least(2)
        .flags(FLAGS | FAST | ALLOW_BUSY)
        .keys(&[KeySpec::all(1, 1, RO)])
        .group(Group::Transactions)
        .since("2.2.0")
        .summary("Has EXEC do nothing if one of the keys changes before it.", "O(1) for every key.")
        .syntax("key [key ...]"),
    CommandSpec::new("unwatch", unwatch)
        .arity(1)
        .flags(FLAGS | FAST | ALLOW_BUSY)
        .group(Group::Transactions)
        .since("2.2.0")
        .summary("Forgets about all watched keys.", "O(1)"),
]];

/// Ends a transaction, if there is one, and forgets what is watched.
pub(crate) fn forget(session: &mut Session) {
    session.queue = None;
    session.card.multi.store(-1, Ordering::Relaxed);
}

fn multi(ctx: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    if ctx.session.queue.is_some() {
        return Err(CmdError::Text("ERR MULTI calls can not be nested"));
    }
    ctx.session.queue = Some(Box::<Queue>::default());
    ctx.session.card.multi.store(0, Ordering::Relaxed);
    out.status("OK");
    Ok(Effect::None)
}

/// What is left of EXEC when there is nothing queued; the engine does the rest.
fn exec(_: &mut Ctx<'_>, _: Args<'_>, _: &mut dyn ReplySink) -> CmdResult {
    Err(CmdError::Text("ERR EXEC without MULTI"))
}

fn discard(ctx: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    if ctx.session.queue.is_none() {
        return Err(CmdError::Text("ERR DISCARD without MULTI"));
    }
    forget(ctx.session);
    ctx.host.unwatch(ctx.session);
    out.status("OK");
    Ok(Effect::None)
}

fn watch(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    if ctx.session.queue.is_some() {
        return Err(CmdError::Text("ERR WATCH inside MULTI is not allowed"));
    }
    for key in args.rest() {
        let gone = ctx.is_past(ctx.db(), key);
        ctx.host.watch(ctx.session, key, gone);
    }
    out.status("OK");
    Ok(Effect::None)
}

fn unwatch(ctx: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    ctx.host.unwatch(ctx.session);
    out.status("OK");
    Ok(Effect::None)
}
