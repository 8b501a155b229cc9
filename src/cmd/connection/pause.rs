//! CLIENT PAUSE, CLIENT UNPAUSE.

use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::session::Paused;
use crate::reply::sink::ReplySink;

pub(super) fn pause(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let time = args.next();
    let which = if args.is_empty() || args.eat("ALL") {
        Paused::All
    } else if args.eat("WRITE") {
        Paused::Writes
    } else {
        return Err(CmdError::Text("ERR CLIENT PAUSE mode must be WRITE or ALL"));
    };
    if !args.is_empty() {
        let called = args.argv().get(1).copied().unwrap_or_default();
        return Err(CmdError::subcommand("CLIENT", called));
    }
    let ms = num::parse_i64(time).ok_or(CmdError::Text("ERR timeout is not an integer or out of range"))?;
    let ms = u64::try_from(ms).map_err(|_| CmdError::Text("ERR timeout is negative"))?;
    ctx.host.pause(which, ms);
    out.status("OK");
    Ok(Effect::None)
}

pub(super) fn unpause(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    args.finish()?;
    ctx.host.unpause();
    out.status("OK");
    Ok(Effect::None)
}
