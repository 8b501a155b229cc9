//! SHUTDOWN: the end of a server. The database of a host that serves nobody is closed by the host.

use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::spec::{ADMIN, ALLOW_BUSY, CommandSpec, Group, LOADING, NO_MULTI, NOSCRIPT, STALE};
use crate::reply::sink::ReplySink;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("shutdown", shutdown)
    .arity_at_least(1)
    .flags(ADMIN | NOSCRIPT | LOADING | STALE | NO_MULTI | ALLOW_BUSY)
    .group(Group::Server)
    .since("1.0.0")
    .summary(
        "Ends the server, after saving if there are save points or as told.",
        "O(N) when saving, where N is the total number of keys in all databases when saving data, otherwise O(1)",
    )
    .syntax("[nosave_save: NOSAVE | SAVE] [NOW]@7.0.0 [FORCE]@7.0.0 [ABORT]@7.0.0")
    .history(&[("7.0.0", "Added the `NOW`, `FORCE` and `ABORT` modifiers.")])];

fn shutdown(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (mut save, mut force, mut abort, mut now) = (None, false, false, false);
    while !args.is_empty() {
        if args.eat("NOSAVE") && save != Some(true) {
            save = Some(false);
        } else if args.eat("SAVE") && save != Some(false) {
            save = Some(true);
        } else if args.eat("NOW") {
            // There are no replicas to wait for.
            now = true;
        } else if args.eat("FORCE") {
            force = true;
        } else if args.eat("ABORT") {
            abort = true;
        } else {
            return Err(CmdError::Syntax);
        }
    }
    if abort {
        if now || force || save.is_some() {
            return Err(CmdError::Syntax);
        }
        // One that is begun is done before another command runs.
        return Err(CmdError::Text("ERR No shutdown in progress."));
    }
    ctx.host.shut_down(save, force)?;
    // Who comes over a socket sees it end; a client in the process is told.
    ctx.session.leaving = true;
    if !ctx.session.parks {
        out.status("OK");
    }
    Ok(Effect::None)
}
