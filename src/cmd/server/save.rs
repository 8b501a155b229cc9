//! SAVE, BGSAVE, LASTSAVE: snapshots of all keys in a file; BGREWRITEAOF, which puts one at the beginning of the
//! append-only file.

use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::host::Begun;
use crate::cmd::spec::{
    ADMIN, CommandSpec, FAST, Group, LOADING, NO_ASYNC_LOADING, NO_MULTI, NOSCRIPT, STALE,
};
use crate::reply::sink::ReplySink;

/// Rows of the command table. None locks: a snapshot takes its locks itself.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("bgrewriteaof", bgrewriteaof)
        .arity(1)
        .flags(ADMIN | NOSCRIPT | NO_ASYNC_LOADING)
        .group(Group::Server)
        .since("1.0.0")
        .summary("Rewrites the append-only file in the background.", "O(1)"),
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
    let schedule = args.eat("SCHEDULE");
    args.finish()?;
    out.status(match ctx.host.save_in_background(schedule)? {
        Begun::Started => "Background saving started",
        Begun::Scheduled => "Background saving scheduled",
    });
    Ok(Effect::None)
}

fn bgrewriteaof(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    args.finish()?;
    out.status(match ctx.host.rewrite_in_background()? {
        Begun::Started => "Background append only file rewriting started",
        Begun::Scheduled => "Background append only file rewriting scheduled",
    });
    Ok(Effect::None)
}

fn lastsave(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    args.finish()?;
    out.int(ctx.host.last_save());
    Ok(Effect::None)
}
