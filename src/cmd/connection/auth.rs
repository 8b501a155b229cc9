//! AUTH.

use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::spec::{ALLOW_BUSY, CommandSpec, FAST, Group, LOADING, NO_AUTH, NOSCRIPT, STALE};
use crate::reply::sink::ReplySink;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("auth", auth)
    .arity_at_least(2)
    .flags(NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY)
    .group(Group::Connection)
    .since("1.0.0")
    .summary(
        "Says the password, where one is needed.",
        "O(N) where N is the number of passwords defined for the user",
    )
    .syntax("[username]@6.0.0 password")
    .history(&[("6.0.0", "Added ACL style (username and password).")])];

pub(super) const WRONG: CmdError =
    CmdError::Text("WRONGPASS invalid username-password pair or user is disabled.");

/// Lets the client in, if the words are right. Shared by HELLO.
pub(super) fn enter(ctx: &mut Ctx<'_>, user: &[u8], password: &[u8]) -> Result<(), CmdError> {
    match ctx.host.admits(user, password) {
        // Nobody has a password: the one user there is takes any.
        None if user == b"default" => {}
        Some(true) => {}
        _ => return Err(WRONG),
    }
    ctx.session.known = true;
    Ok(())
}

fn auth(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    match args.rest() {
        [password] => {
            if ctx.host.admits(b"default", password).is_none() {
                return Err(CmdError::Text(
                    "ERR AUTH <password> called without any password configured for the default user. Are you sure \
                     your configuration is correct?",
                ));
            }
            enter(ctx, b"default", password)?;
        }
        [user, password] => enter(ctx, user, password)?,
        _ => return Err(CmdError::Syntax),
    }
    out.status("OK");
    Ok(Effect::None)
}
