//! HELLO: the protocol, and what a client wants to know of the server.

use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::server::REDIS_VERSION;
use crate::cmd::spec::{ALLOW_BUSY, CommandSpec, FAST, Group, LOADING, NO_AUTH, NOSCRIPT, STALE};
use crate::reply::sink::{Protocol, ReplySink};

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("hello", hello)
    .arity_at_least(1)
    .flags(NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY)
    .group(Group::Connection)
    .since("6.0.0")
    .summary("Selects the protocol and tells about the server.", "O(1)")
    .syntax("[arguments: protover [AUTH username password] [SETNAME clientname]]")
    .history(&[(
        "6.2.0",
        "`protover` made optional; when called without arguments the command reports the current \
         connection's context.",
    )])];

fn protocol(args: &mut Args<'_>) -> Result<Protocol, CmdError> {
    let version = args.int_or(CmdError::Text("ERR Protocol version is not an integer or out of range"));
    args.check()?;
    match version {
        2 => Ok(Protocol::Resp2),
        3 => Ok(Protocol::Resp3),
        _ => Err(CmdError::Text("NOPROTO unsupported protocol version")),
    }
}

fn hello(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let wanted = if args.is_empty() { ctx.session.protocol } else { protocol(&mut args)? };
    // The options take effect one by one, as in Redis: a name given before an error stays.
    while let Some(option) = args.peek() {
        if args.left() > 2 && args.eat("AUTH") {
            let (user, password) = (args.next(), args.next());
            super::auth::enter(ctx, user, password)?;
        } else if args.left() > 1 && args.eat("SETNAME") {
            super::client::set_name(ctx, args.next())?;
        } else {
            return Err(CmdError::Bytes([b"ERR Syntax error in HELLO option '", option, b"'"].concat()));
        }
    }
    if !ctx.session.known {
        return Err(CmdError::Text(
            "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH \
             <user> <pass> option can be used to authenticate the client and select the RESP protocol version at \
             the same time",
        ));
    }
    ctx.session.speak(wanted);
    out.set_protocol(wanted);
    out.map(7);
    let pairs: [(&str, &str); 2] = [("server", "redis"), ("version", REDIS_VERSION)];
    for (name, value) in pairs {
        out.bulk(name.as_bytes());
        out.bulk(value.as_bytes());
    }
    out.bulk(b"proto");
    out.int(if wanted == Protocol::Resp3 { 3 } else { 2 });
    out.bulk(b"id");
    out.int(i64::try_from(ctx.session.card.id).unwrap_or(i64::MAX));
    for (name, value) in [("mode", "standalone"), ("role", "master")] {
        out.bulk(name.as_bytes());
        out.bulk(value.as_bytes());
    }
    out.bulk(b"modules");
    out.array(0);
    Ok(Effect::None)
}
