//! SUBSCRIBE, PSUBSCRIBE, SSUBSCRIBE and the opposites. Each name is confirmed by a message of its own.

use super::listening::Listening;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::session::{Session, Waits};
use crate::cmd::spec::{
    CommandSpec, Group, Handler, KeySpec, LOADING, NOSCRIPT, NOT_KEY, PUBSUB, Plan, STALE,
};
use crate::pubsub::hub::Listen;
use crate::reply::sink::ReplySink;

const fn row(name: &'static str, handler: Handler) -> CommandSpec {
    CommandSpec::new(name, handler).flags(PUBSUB | NOSCRIPT | LOADING | STALE).group(Group::Pubsub)
}

const SHARD_CHANNELS: &[KeySpec] = &[KeySpec::all(1, 1, NOT_KEY)];

const fn shard_row(name: &'static str, handler: Handler) -> CommandSpec {
    row(name, handler).keys(SHARD_CHANNELS).plan(Plan::None).since("7.0.0")
}

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    row("subscribe", |ctx, args, out| add(Listen::Channel, ctx, args, out))
        .arity_at_least(2)
        .since("2.0.0")
        .summary("Listens to channels.", "O(N) where N is the number of channels to subscribe to.")
        .syntax("channel [channel ...]"),
    row("unsubscribe", |ctx, args, out| remove(Listen::Channel, ctx, args, out))
        .arity_at_least(1)
        .since("2.0.0")
        .summary(
            "Listens to channels no longer; to none without names.",
            "O(N) where N is the number of channels to unsubscribe.",
        )
        .syntax("[channel ...]"),
    row("psubscribe", |ctx, args, out| add(Listen::Pattern, ctx, args, out))
        .arity_at_least(2)
        .since("2.0.0")
        .summary(
            "Listens to all channels whose names match a pattern.",
            "O(N) where N is the number of patterns to subscribe to.",
        )
        .syntax("(pattern: pattern) [(pattern: pattern) ...]"),
    row("punsubscribe", |ctx, args, out| remove(Listen::Pattern, ctx, args, out))
        .arity_at_least(1)
        .since("2.0.0")
        .summary(
            "Listens to patterns no longer; to none without patterns.",
            "O(N) where N is the number of patterns to unsubscribe.",
        )
        .syntax("[pattern ...]"),
    shard_row("ssubscribe", |ctx, args, out| add(Listen::Shard, ctx, args, out))
        .arity_at_least(2)
        .summary(
            "Listens to shard channels.",
            "O(N) where N is the number of shard channels to subscribe to.",
        )
        .syntax("shardchannel [shardchannel ...]"),
    shard_row("sunsubscribe", |ctx, args, out| remove(Listen::Shard, ctx, args, out))
        .arity_at_least(1)
        .summary(
            "Listens to shard channels no longer; to none without names.",
            "O(N) where N is the number of shard channels to unsubscribe.",
        )
        .syntax("[shardchannel ...]"),
];

/// Writes out what came so far, where messages and replies go out as one stream.
pub(crate) fn drain(session: &Session, out: &mut dyn ReplySink) {
    if session.streams
        && session.waits == Waits::Yes
        && let Some(mailbox) = session.card.mailbox.get()
    {
        // What is pushed is heard whatever CLIENT REPLY said.
        let muted = out.is_muted();
        out.unmute();
        mailbox.drain(usize::MAX, out);
        if muted {
            out.mute();
        }
    }
}

/// What confirms that a client listens to a name.
fn added(kind: Listen) -> &'static [u8] {
    match kind {
        Listen::Channel => b"subscribe",
        Listen::Pattern => b"psubscribe",
        Listen::Shard => b"ssubscribe",
    }
}

/// What confirms that it does no longer.
fn removed(kind: Listen) -> &'static [u8] {
    match kind {
        Listen::Channel => b"unsubscribe",
        Listen::Pattern => b"punsubscribe",
        Listen::Shard => b"sunsubscribe",
    }
}

fn confirm(what: &[u8], name: Option<&[u8]>, count: usize, out: &mut dyn ReplySink) {
    out.push(3);
    out.bulk(what);
    match name {
        Some(name) => out.bulk(name),
        None => out.null(),
    }
    out.int(super::count(count));
}

fn add(kind: Listen, ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let names = args.rest();
    out.unmute();
    // Messages from before a name is confirmed come before that.
    drain(ctx.session, out);
    let (hub, session) = (ctx.host.hub(), &mut *ctx.session);
    let card = &session.card;
    let listening = session.listening.get_or_insert_with(|| Box::new(Listening::new(ctx.host.mailbox(card))));
    for name in names {
        listening.add(hub, card, kind, name);
        confirm(added(kind), Some(name), listening.count(kind), out);
    }
    Ok(Effect::None)
}

fn remove(kind: Listen, ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let words = args.rest();
    out.unmute();
    let mut names: Vec<Vec<u8>> = words.iter().map(|word| word.to_vec()).collect();
    if names.is_empty()
        && let Some(listening) = &ctx.session.listening
    {
        names = listening.names(kind);
    }
    let hub = ctx.host.hub();
    if names.is_empty() {
        let count = ctx.session.listening.as_ref().map_or(0, |listening| listening.count(kind));
        confirm(removed(kind), None, count, out);
    }
    for name in &names {
        let session = &mut *ctx.session;
        if let Some(listening) = &mut session.listening {
            listening.remove(hub, &session.card, kind, name);
        }
        // Whatever came through it is there by now, and comes before the end is confirmed.
        drain(ctx.session, out);
        let count = ctx.session.listening.as_ref().map_or(0, |listening| listening.count(kind));
        confirm(removed(kind), Some(name), count, out);
    }
    leave_if_done(ctx);
    Ok(Effect::None)
}

/// A client that listens to nothing is like any other.
fn leave_if_done(ctx: &mut Ctx<'_>) {
    // What waits in the queue of a client that takes its messages one by one can still be taken.
    let done = |listening: &Listening| listening.is_empty() && listening.mailbox().is_empty();
    if !ctx.session.monitors && ctx.session.listening.as_deref().is_some_and(done) {
        ctx.session.listening = None;
    }
}

/// RESET: listens to nothing any more.
pub(crate) fn forget(ctx: &mut Ctx<'_>) {
    if let Some(listening) = ctx.session.listening.take() {
        listening.end(ctx.host.hub(), &ctx.session.card);
    }
}

/// What a client that speaks RESP2 and listens may not do: every message to it would be taken for a reply.
pub(crate) fn refusal(full_name: &str) -> CmdError {
    CmdError::Bytes(
        format!(
            "ERR Can't execute '{full_name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are \
             allowed in this context"
        )
        .into_bytes(),
    )
}
