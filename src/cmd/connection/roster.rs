//! CLIENT INFO and CLIENT LIST: one line of `field=value` a client, with Redis's names and order. A client of
//! a library has no socket, no buffers and no query: those fields tell so. Of a connection `qbuf`, `omem` and `tot-mem` tell what it
//! kept after its last request.

use std::mem::size_of;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::session::{Card, Session};
use crate::reply::sink::ReplySink;

/// Appends the line of a client.
fn line(out: &mut Vec<u8>, card: &Card, now_ms: i64) {
    let seconds = |since: i64| (now_ms - since).max(0) / 1000;
    let names = card.names.lock().clone();
    let messages = card.mailbox.get().map_or(0, |mailbox| mailbox.bytes());
    let memory = size_of::<Session>()
        + size_of::<Card>()
        + names.name.len()
        + names.lib_name.len()
        + names.lib_version.len()
        + card.buffers.memory.load(Ordering::Relaxed)
        + messages;
    let mut flags = String::new();
    if card.seat.wait.lock().is_held_up() {
        flags.push('b');
    }
    let multi = card.multi.load(Ordering::Relaxed);
    if multi >= 0 {
        flags.push('x');
    }
    if card.monitors.load(Ordering::Relaxed) {
        flags.push('O');
    }
    if card.listening() {
        flags.push('P');
    }
    let tracks = &card.tracks;
    let on = tracks.on.load(Ordering::Relaxed);
    for (set, letter) in [(&tracks.on, 't'), (&tracks.broken, 'R'), (&tracks.bcast, 'B')] {
        if on && set.load(Ordering::Relaxed) {
            flags.push(letter);
        }
    }
    let redirect = tracks.redirect.load(Ordering::Relaxed);
    let redirect = if on { i64::try_from(redirect).unwrap_or(i64::MAX) } else { -1 };
    if card.peer.as_ref().is_some_and(|peer| peer.addr.starts_with('/')) {
        flags.push('U');
    }
    for (set, letter) in [(&card.no_evict, 'e'), (&card.no_touch, 'T')] {
        if set.load(Ordering::Relaxed) {
            flags.push(letter);
        }
    }
    let [channels, patterns, shards] =
        [0, 1, 2].map(|kind: usize| card.listens.get(kind).map_or(0, |count| count.load(Ordering::Relaxed)));
    if flags.is_empty() {
        flags.push('N');
    }
    let (command, sub) = card.last();
    let bar = if sub.is_empty() { "" } else { "|" };
    let (addr, laddr, fd) =
        card.peer.as_ref().map_or(("", "", -1), |p| (p.addr.as_str(), p.laddr.as_str(), p.fd));
    out.extend_from_slice(format!("id={} addr={addr} laddr={laddr} fd={fd} name=", card.id).as_bytes());
    out.extend_from_slice(&names.name);
    out.extend_from_slice(
        format!(
            " age={} idle={} flags={flags} db={} sub={channels} psub={patterns} ssub={shards} multi={multi} qbuf={} qbuf-free=0 argv-mem=0 \
             multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem={} tot-mem={memory} events= cmd={command}{bar}{sub} \
             user=default redir={redirect} resp={} lib-name=",
            seconds(card.created_ms),
            seconds(card.active_ms.load(Ordering::Relaxed)),
            card.db.load(Ordering::Relaxed),
            card.buffers.unread.load(Ordering::Relaxed),
            card.buffers.unsent.load(Ordering::Relaxed).saturating_add(messages),
            if card.resp3.load(Ordering::Relaxed) { 3 } else { 2 },
        )
        .as_bytes(),
    );
    out.extend_from_slice(&names.lib_name);
    out.extend_from_slice(b" lib-ver=");
    out.extend_from_slice(&names.lib_version);
    out.push(b'\n');
}

pub(super) fn info(ctx: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let mut text = Vec::new();
    let now = ctx.now();
    line(&mut text, &ctx.session.card, now);
    out.verbatim(b"txt", &text);
    Ok(Effect::None)
}

/// Whether a client is of a type; nothing if there is no such type. Nobody is a master or replica yet.
pub(super) fn is_of_type(card: &Card, kind: &[u8]) -> Option<bool> {
    match kind.to_ascii_lowercase().as_slice() {
        b"normal" => Some(!card.listening()),
        b"pubsub" => Some(card.listening()),
        b"master" | b"replica" | b"slave" => Some(false),
        _ => None,
    }
}

/// The clients that the filters of CLIENT LIST choose.
fn chosen(ctx: &Ctx<'_>, mut args: Args<'_>) -> Result<Vec<Arc<Card>>, CmdError> {
    let all = ctx.host.clients();
    if args.is_empty() {
        return Ok(all);
    }
    if args.left() == 2 && args.eat("TYPE") {
        let kind = args.next();
        if is_of_type(&ctx.session.card, kind).is_none() {
            return Err(CmdError::Bytes([b"ERR Unknown client type '", kind, b"'"].concat()));
        }
        return Ok(all.into_iter().filter(|card| is_of_type(card, kind) == Some(true)).collect());
    }
    if args.left() > 1 && args.eat("ID") {
        let mut cards = Vec::new();
        for id in args.rest() {
            let id = num::parse_i64(id).ok_or(CmdError::Text("ERR Invalid client ID"))?;
            let card = all.iter().find(|card| i64::try_from(card.id) == Ok(id));
            cards.extend(card.map(Arc::clone));
        }
        return Ok(cards);
    }
    Err(CmdError::Syntax)
}

pub(super) fn list(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let cards = chosen(ctx, args)?;
    let now = ctx.now();
    let mut text = Vec::new();
    cards.iter().for_each(|card| line(&mut text, card, now));
    out.verbatim(b"txt", &text);
    Ok(Effect::None)
}
