//! SAVE, BGSAVE, LASTSAVE: snapshots of all keys in a file.

use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::spec::{
    ADMIN, CommandSpec, FAST, Group, LOADING, NO_ASYNC_LOADING, NO_MULTI, NOSCRIPT, STALE,
};
use crate::reply::sink::ReplySink;

/// Rows of the command table. None locks: a snapshot takes its locks itself.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("bgsave", bgsave)
        .arity_at_least(1)
        .flags(ADMIN | NOSCRIPT | NO_ASYNC_LOADING)
        .group(Group::Server)
        .since("1.0.0")
        .summary("Saves all keys to the snapshot file in the background.", "O(1)")
        .syntax("[SCHEDULE]@3.2.2")
        .history(&[("3.2.2", "Added the `SCHEDULE` option.")]),
    CommandSpec::new("lastsave", lastsave)
        .arity(1)
        .flags(LOADING | STALE | FAST)
        .group(Group::Server)
        .acl(&["@admin", "@dangerous"])
        .tips(&["nondeterministic_output"])
        .since("1.0.0")
        .summary("Answers when the last successful snapshot was made, as a Unix time.", "O(1)"),
    CommandSpec::new("save", save)
        .arity(1)
        .flags(ADMIN | NOSCRIPT | NO_ASYNC_LOADING | NO_MULTI)
        .group(Group::Server)
        .since("1.0.0")
        .summary(
            "Saves all keys to the snapshot file and waits for it.",
            "O(N) where N is the number of keys",
        ),
];

fn save(ctx: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    ctx.host.save()?;
    out.status("OK");
    Ok(Effect::None)
}

fn bgsave(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    // SCHEDULE asks to wait for a rewrite of the append-only file, which does not keep a snapshot from beginning here.
    args.eat("SCHEDULE");
    args.finish()?;
    ctx.host.save_in_background()?;
    out.status("Background saving started");
    Ok(Effect::None)
}

fn lastsave(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    args.finish()?;
    out.int(ctx.host.last_save());
    Ok(Effect::None)
}
