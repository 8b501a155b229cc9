//! WAIT and WAITAOF: how safe is what was written so far.

use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::session::Waits;
use crate::cmd::spec::{BLOCKING, CommandSpec, Group, NOSCRIPT};
use crate::cmd::waiting::{Nothing, Waiting};
use crate::reply::sink::ReplySink;

/// Rows of the command table. Neither locks anything.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("wait", wait)
        .arity(3)
        .flags(NOSCRIPT)
        .group(Group::Generic)
        .acl(&["@connection", "-@keyspace"])
        .tips(&["request_policy:all_shards", "response_policy:agg_min"])
        .since("3.0.0")
        .summary("Waits until so many replicas have what this client wrote.", "O(1)")
        .syntax("numreplicas:integer timeout:integer"),
    CommandSpec::new("waitaof", waitaof)
        .arity(4)
        .flags(BLOCKING)
        .group(Group::Generic)
        .acl(&["@connection", "-@keyspace"])
        .tips(&["request_policy:all_shards", "response_policy:agg_min"])
        .since("7.2.0")
        .summary(
            "Waits until what this client wrote is on the disk here, and on those of so many replicas.",
            "O(1)",
        )
        .syntax("numlocal:integer numreplicas:integer timeout:integer"),
];

/// There are no replicas: whoever asks for one waits in vain, for as long as he said; 0 is for ever.
fn in_vain(
    ctx: &mut Ctx<'_>,
    replicas: i64,
    timeout_ms: i64,
    out: &mut dyn ReplySink,
    reply: impl FnOnce(&mut dyn ReplySink),
) -> CmdResult {
    if replicas <= 0 || ctx.session.waits != Waits::Yes {
        reply(out);
        return Ok(Effect::None);
    }
    let waiting = |out: &dyn ReplySink| Waiting::in_vain(timeout_ms, out, |over| reply(over));
    ctx.wait(out, waiting, Nothing::Null)
}

fn wait(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let replicas = args.int();
    let timeout = args.timeout_ms();
    args.finish()?;
    in_vain(ctx, replicas, timeout, out, |out| out.int(0))
}

fn waitaof(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let local = args.int();
    if !args.failed() && !(0..=1).contains(&local) {
        args.fail(CmdError::Text("ERR value is out of range, value must between 0 and 1"));
    }
    const NEGATIVE: CmdError = CmdError::Text("ERR value is out of range, must be positive");
    let replicas = args.int_or(NEGATIVE);
    if replicas < 0 {
        args.fail(NEGATIVE);
    }
    let timeout = args.timeout_ms();
    // A moment that no clock can tell. WAIT takes that for ever, as 7.0 does.
    if ctx.now().checked_add(timeout).is_none() {
        args.fail(CmdError::Text("ERR timeout is out of range"));
    }
    args.finish()?;
    let synced = ctx.host.sync()?;
    if local > 0 && !synced {
        return Err(CmdError::Text(
            "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.",
        ));
    }
    in_vain(ctx, replicas, timeout, out, |out| {
        out.array(2);
        out.int(i64::from(synced));
        out.int(0);
    })
}
