//! CLIENT: what a client says about itself and asks for itself. The lines of CLIENT LIST are in `roster.rs`.

use std::sync::atomic::Ordering;

use super::{pause, roster, tracking};
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::server::help;
use crate::cmd::session::{ReplyMode, Unblock};
use crate::cmd::spec::{ADMIN, CommandSpec, Group, LOADING, NOSCRIPT, STALE};
use crate::reply::sink::ReplySink;

const OWN: u32 = NOSCRIPT | LOADING | STALE;

const fn row(name: &'static str, handler: crate::cmd::spec::Handler) -> CommandSpec {
    CommandSpec::new(name, handler).arity(2).flags(OWN).group(Group::Connection)
}

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("client", bare)
    .arity_at_least(2)
    .group(Group::Connection)
    .since("2.4.0")
    .summary("Commands about clients.", "Depends on subcommand.")
    .subcommands(&[
        row("caching", tracking::caching)
            .arity(3)
            .since("6.0.0")
            .summary("Tells whether what the next command reads is tracked.", "O(1)")
            .syntax("(mode: YES | NO)"),
        row("getredir", tracking::get_redir)
            .since("6.0.0")
            .summary("Answers the client that is told of this client's keys.", "O(1)"),
        row("tracking", tracking::tracking)
            .arity_at_least(3)
            .since("6.0.0")
            .summary(
                "Has this client told when what it has read changes.",
                "O(1). Some options may introduce additional complexity.",
            )
            .syntax(
                "(status: ON | OFF) [REDIRECT client-id:integer] [PREFIX prefix:string [PREFIX prefix:string ...]] \
                 [BCAST] [OPTIN] [OPTOUT] [NOLOOP]",
            ),
        row("trackinginfo", tracking::tracking_info)
            .since("6.2.0")
            .summary("Tells how this client's keys are tracked.", "O(1)"),
        row("getname", get_name).since("2.6.9").summary("Answers the name of this client.", "O(1)"),
        row("help", show_help)
            .flags(LOADING | STALE)
            .since("5.0.0")
            .summary("Tells about the subcommands.", "O(1)"),
        row("id", id).since("5.0.0").summary("Answers the id of this client.", "O(1)"),
        row("info", roster::info)
            .tips(&["nondeterministic_output"])
            .since("6.2.0")
            .summary("Describes this client.", "O(1)"),
        row("kill", super::kill::kill)
            .arity_at_least(3)
            .flags(ADMIN | OWN)
            .since("2.4.0")
            .summary("Ends the connections of clients.", "O(N) where N is the number of client connections")
            .syntax(
                "(filter: ip:port!2.8.12 | (new-format: [ID@2.8.12 client-id] | [TYPE@2.8.12 \
                 (normal_master_slave_pubsub: NORMAL | MASTER@3.2.0 | SLAVE | REPLICA@5.0.0 | PUBSUB)] | \
                 [USER username] | [ADDR ip:port] | [LADDR@6.2.0 ip:port] | [SKIPME yes/no])...)",
            )
            .history(&[
                ("2.8.12", "Added new filter format."),
                ("2.8.12", "`ID` option."),
                ("3.2.0", "Added `master` type in for `TYPE` option."),
                ("5.0.0", "Replaced `slave` `TYPE` with `replica`. `slave` still supported for backward compatibility."),
                ("6.2.0", "`LADDR` option."),
            ]),
        row("list", roster::list)
            .arity_at_least(2)
            .flags(ADMIN | OWN)
            .tips(&["nondeterministic_output"])
            .since("2.4.0")
            .summary("Describes all clients, or some.", "O(N) where N is the number of clients")
            .syntax(
                "[TYPE@5.0.0 (normal_master_replica_pubsub: NORMAL | MASTER | REPLICA | PUBSUB)] \
                 [ID@6.2.0 (id: client-id ...)]",
            )
            .history(&[
                ("2.8.12", "New field `id`."),
                ("5.0.0", "New filter `TYPE`."),
                ("6.0.0", "New field `user`."),
                ("6.2.0", "New fields `argv-mem`, `tot-mem`, `laddr` and `redir`, and filter `ID`."),
                ("7.0.0", "New fields `resp`, `multi-mem`, `rbs` and `rbp`."),
                ("7.0.3", "New field `ssub`."),
            ]),
        row("no-evict", no_evict)
            .arity(3)
            .flags(ADMIN | OWN)
            .since("7.0.0")
            .summary("Protects this client from eviction.", "O(1)")
            .syntax("(enabled: ON | OFF)"),
        row("no-touch", no_touch)
            .arity(3)
            .since("7.2.0")
            .summary("Makes this client's commands leave the LRU and LFU of keys alone.", "O(1)")
            .syntax("(enabled: ON | OFF)"),
        row("reply", reply)
            .arity(3)
            .since("3.2.0")
            .summary("Tells whether commands are answered.", "O(1)")
            .syntax("(ON | OFF | SKIP)"),
        row("setinfo", set_info)
            .arity(4)
            .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
            .since("7.2.0")
            .summary("Tells which client library this is.", "O(1)")
            .syntax("(attr: LIB-NAME libname | LIB-VER libver)"),
        row("setname", set_name_command)
            .arity(3)
            .since("2.6.9")
            .summary("Names this client.", "O(1)")
            .syntax("connection-name"),
        row("pause", pause::pause)
            .arity_at_least(3)
            .flags(ADMIN | OWN)
            .since("2.9.50")
            .summary("Has the calls of all clients stand still for a time.", "O(1)")
            .syntax("timeout:integer [mode: WRITE | ALL]@6.2.0")
            .history(&[("6.2.0", "`CLIENT PAUSE WRITE` mode added along with the `mode` option.")]),
        row("unpause", pause::unpause)
            .flags(ADMIN | OWN)
            .since("6.2.0")
            .summary("Ends a pause.", "O(N) where N is the number of calls that stand still"),
        row("unblock", unblock)
            .arity_at_least(3)
            .flags(ADMIN | OWN)
            .since("5.0.0")
            .summary("Ends the call of a client that waits.", "O(log N) where N is the number of clients")
            .syntax("client-id [timeout_error: TIMEOUT | ERROR]"),
    ])];

fn bare(_: &mut Ctx<'_>, _: Args<'_>, _: &mut dyn ReplySink) -> CmdResult {
    Err(CmdError::Arity("client".to_owned()))
}

fn show_help(_: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    help(
        out,
        "CLIENT",
        &[
            ("CACHING (YES|NO)", &["Track what the next command reads, or do not."]),
            ("GETREDIR", &["Answer the client that is told of this client's keys."]),
            ("GETNAME", &["Answer the name of this client."]),
            ("ID", &["Answer the id of this client."]),
            ("INFO", &["Describe this client."]),
            (
                "LIST [options ...]",
                &[
                    "Describe all clients, a line each. Options:",
                    "* TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
                    "  Only clients of this type.",
                    "* ID <id> [<id> ...]",
                    "  Only these clients.",
                ],
            ),
            (
                "KILL <option>",
                &[
                    "End the connection from <ip:port>, or those that fit all options:",
                    "* ADDR (<ip:port>|<unixsocket>:0)",
                    "* LADDR (<ip:port>|<unixsocket>:0)",
                    "* TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
                    "* USER <username>",
                    "* SKIPME (YES|NO)",
                    "* ID <client-id>",
                    "* MAXAGE <seconds>",
                ],
            ),
            ("NO-EVICT (ON|OFF)", &["Protect this client from eviction."]),
            ("NO-TOUCH (ON|OFF)", &["Leave the LRU and LFU of keys alone."]),
            ("REPLY (ON|OFF|SKIP)", &["Answer commands, do not, or leave the next answer out."]),
            ("SETINFO (LIB-NAME|LIB-VER) <value>", &["Tell which client library this is."]),
            ("SETNAME <name>", &["Name this client."]),
            (
                "TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]",
                &[
                    "         [OPTIN] [OPTOUT] [NOLOOP]",
                    "Have this client told when what it has read changes.",
                ],
            ),
            ("TRACKINGINFO", &["Tell how this client's keys are tracked."]),
            (
                "UNBLOCK <clientid> [TIMEOUT|ERROR]",
                &["End the call of a client that waits, as if its time were over or with an error."],
            ),
        ],
    )
}

fn id(ctx: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    out.int(i64::try_from(ctx.session.card.id).unwrap_or(i64::MAX));
    Ok(Effect::None)
}

fn get_name(ctx: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let names = ctx.session.card.names.lock();
    if names.name.is_empty() {
        out.null()
    } else {
        out.bulk(&names.name)
    }
    Ok(Effect::None)
}

/// Names stand in the lines of CLIENT LIST, so they must not break them.
fn is_plain(name: &[u8]) -> bool {
    name.iter().all(u8::is_ascii_graphic)
}

/// Names the client. Shared by HELLO.
pub(super) fn set_name(ctx: &mut Ctx<'_>, name: &[u8]) -> Result<(), CmdError> {
    if !is_plain(name) {
        return Err(CmdError::Text(
            "ERR Client names cannot contain spaces, newlines or special characters.",
        ));
    }
    ctx.session.card.names.lock().name = name.to_vec();
    Ok(())
}

fn set_name_command(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    set_name(ctx, args.next())?;
    out.status("OK");
    Ok(Effect::None)
}

fn set_info(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (option, value) = (args.next(), args.next());
    let names = &mut *ctx.session.card.names.lock();
    let field = if option.eq_ignore_ascii_case(b"lib-name") {
        &mut names.lib_name
    } else if option.eq_ignore_ascii_case(b"lib-ver") {
        &mut names.lib_version
    } else {
        return Err(CmdError::Bytes([b"ERR Unrecognized option '", option, b"'"].concat()));
    };
    if !is_plain(value) {
        let why: &[u8] = b" cannot contain spaces, newlines or special characters.";
        return Err(CmdError::Bytes([b"ERR ", option, why].concat()));
    }
    *field = value.to_vec();
    out.status("OK");
    Ok(Effect::None)
}

fn unblock(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let id = args.next();
    let mut how = Unblock::Timeout;
    if !args.is_empty() {
        how = if args.eat("TIMEOUT") {
            Unblock::Timeout
        } else if args.eat("ERROR") {
            Unblock::Error
        } else {
            return Err(CmdError::Text("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"));
        };
    }
    if !args.is_empty() {
        return Err(CmdError::Syntax);
    }
    let id = num::parse_i64(id).ok_or(CmdError::NotInteger)?;
    let ended = u64::try_from(id).is_ok_and(|id| ctx.host.unblock(id, how));
    out.int(i64::from(ended));
    Ok(Effect::None)
}

/// ON or OFF.
fn on_off(args: &mut Args<'_>) -> Result<bool, CmdError> {
    let on = args.eat("ON");
    if !on && !args.eat("OFF") {
        return Err(CmdError::Syntax);
    }
    Ok(on)
}

fn no_evict(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let on = on_off(&mut args)?;
    ctx.session.card.no_evict.store(on, Ordering::Relaxed);
    out.status("OK");
    Ok(Effect::None)
}

fn no_touch(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let on = on_off(&mut args)?;
    ctx.session.no_touch = on;
    ctx.session.card.no_touch.store(on, Ordering::Relaxed);
    out.status("OK");
    Ok(Effect::None)
}

fn reply(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    if args.eat("ON") {
        ctx.session.reply = ReplyMode::On;
        out.unmute();
        out.status("OK");
    } else if args.eat("OFF") {
        ctx.session.reply = ReplyMode::Off;
    } else if args.eat("SKIP") {
        // SKIP while everything is skipped changes nothing.
        if ctx.session.reply != ReplyMode::Off {
            ctx.session.reply = ReplyMode::SkipNext;
        }
    } else {
        return Err(CmdError::Syntax);
    }
    Ok(Effect::None)
}
