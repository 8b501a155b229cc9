//! PING, ECHO, SELECT, QUIT, RESET.

use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::pubsub::subscribe;
use crate::cmd::server::monitor;
use crate::cmd::spec::{ALLOW_BUSY, CommandSpec, FAST, Group, LOADING, NO_AUTH, NOSCRIPT, STALE};
use crate::cmd::transaction;
use crate::reply::sink::ReplySink;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("ping", ping)
        .arity_at_least(1)
        .flags(FAST)
        .group(Group::Connection)
        .tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
        .since("1.0.0")
        .summary("Answers, with the message if there is one.", "O(1)")
        .syntax("[message]"),
    CommandSpec::new("echo", echo)
        .arity(2)
        .flags(LOADING | STALE | FAST)
        .group(Group::Connection)
        .since("1.0.0")
        .summary("Answers the message.", "O(1)")
        .syntax("message"),
    CommandSpec::new("select", select)
        .arity(2)
        .flags(LOADING | STALE | FAST)
        .group(Group::Connection)
        .since("1.0.0")
        .summary("Selects the logical database of this client.", "O(1)")
        .syntax("index"),
    CommandSpec::new("quit", quit)
        .arity_at_least(1)
        .flags(NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY)
        .group(Group::Connection)
        .since("1.0.0")
        .summary("Says goodbye; a door with connections closes this one.", "O(1)"),
    CommandSpec::new("reset", reset)
        .arity(1)
        .flags(NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY)
        .group(Group::Connection)
        .since("6.2.0")
        .summary("Puts the client back into the state of a new one.", "O(1)"),
];

fn ping(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    if args.left() > 1 {
        return Err(CmdError::Arity("ping".to_owned()));
    }
    let words = args.rest();
    if ctx.session.only_listens() {
        out.array(2);
        out.bulk(b"pong");
        out.bulk(words.first().copied().unwrap_or_default());
        return Ok(Effect::None);
    }
    match words {
        [message] => out.bulk(message),
        _ => out.status("PONG"),
    }
    Ok(Effect::None)
}

fn echo(_: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let message = args.next();
    args.finish()?;
    out.bulk(message);
    Ok(Effect::None)
}

fn select(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let index = args.int();
    args.finish()?;
    if i32::try_from(index).is_err() {
        return Err(CmdError::Text(
            "ERR value is out of range, value must between -2147483648 and 2147483647",
        ));
    }
    let db = usize::try_from(index).ok().filter(|&db| db < ctx.databases()).ok_or(NO_SUCH_DATABASE)?;
    ctx.session.select(db);
    out.status("OK");
    Ok(Effect::None)
}

/// A database number that is too high or negative.
pub(crate) const NO_SUCH_DATABASE: CmdError = CmdError::Text("ERR DB index is out of range");

fn quit(ctx: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    transaction::forget(ctx.session);
    ctx.host.unwatch(ctx.session);
    ctx.session.leaving = true;
    out.status("OK");
    Ok(Effect::None)
}

fn reset(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    args.finish()?;
    transaction::forget(ctx.session);
    ctx.host.unwatch(ctx.session);
    monitor::forget(ctx);
    subscribe::forget(ctx);
    ctx.host.end_tracking(ctx.session);
    ctx.session.reset();
    ctx.session.known &= ctx.host.admits(b"default", b"").is_none() || !ctx.session.parks;
    out.unmute();
    out.set_protocol(ctx.session.protocol);
    out.status("RESET");
    Ok(Effect::None)
}
