//! MONITOR: a client that is told of every command as it runs.

use crate::base::words;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::pubsub::listening::Listening;
use crate::cmd::spec::{ADMIN, CommandSpec, Group, LOADING, NOSCRIPT, STALE};
use crate::reply::sink::ReplySink;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("monitor", monitor)
    .arity(1)
    .flags(ADMIN | NOSCRIPT | LOADING | STALE)
    .group(Group::Server)
    .since("1.0.0")
    .summary("Tells this client of every command as it runs.", "")];

fn monitor(ctx: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    if ctx.session.monitors {
        return Ok(Effect::None);
    }
    ctx.session.monitors = true;
    let (host, session) = (ctx.host, &mut *ctx.session);
    let card = &session.card;
    card.monitors.store(true, std::sync::atomic::Ordering::Relaxed);
    let listening = session.listening.get_or_insert_with(|| Box::new(Listening::new(host.mailbox(card))));
    host.monitor(card.id, listening.mailbox());
    out.status("OK");
    Ok(Effect::None)
}

/// RESET: it is told no longer.
pub(crate) fn forget(ctx: &mut Ctx<'_>) {
    if std::mem::take(&mut ctx.session.monitors) {
        let card = &ctx.session.card;
        card.monitors.store(false, std::sync::atomic::Ordering::Relaxed);
        ctx.host.end_monitor(card.id);
    }
}

/// Whether a word of a call is a password, or the name that goes with it.
pub(super) fn is_secret(argv: &[&[u8]], i: usize) -> bool {
    let name = argv.first().copied().unwrap_or_default();
    let after = |n: usize| i >= n && argv.get(i - n).is_some_and(|word| word.eq_ignore_ascii_case(b"auth"));
    (name.eq_ignore_ascii_case(b"auth") && i > 0)
        || (name.eq_ignore_ascii_case(b"config")
            && i > 2
            && argv.get(1).is_some_and(|word| word.eq_ignore_ascii_case(b"set"))
            && argv[i - 1].eq_ignore_ascii_case(b"requirepass"))
        || (name.eq_ignore_ascii_case(b"hello") && i > 2 && (after(1) || after(2)))
}

/// The line of a command: `1795771765.745772 [0 127.0.0.1:56730] "SET" "x" "1"`. Passwords are left out.
pub(crate) fn line(now_ms: i64, db: usize, addr: &str, argv: &[&[u8]]) -> Vec<u8> {
    let addr = if addr.starts_with('/') {
        format!("unix:{}", addr.strip_suffix(":0").unwrap_or(addr))
    } else {
        addr.to_owned()
    };
    let mut out = format!("{}.{:03}000 [{db} {addr}]", now_ms / 1000, now_ms % 1000).into_bytes();
    for (i, word) in argv.iter().enumerate() {
        out.push(b' ');
        words::push_quoted(&mut out, if is_secret(argv, i) { b"(redacted)" } else { word });
    }
    out
}
