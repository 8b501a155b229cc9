//! All keys at once: FLUSHALL, FLUSHDB, SWAPDB, DBSIZE.

use crate::cmd::args::Args;
use crate::cmd::connection::basic::NO_SUCH_DATABASE;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::spec::{CommandSpec, FAST, Group, Plan, READONLY, WRITE};
use crate::reply::sink::ReplySink;

const FLUSH_TIPS: &[&str] = &["request_policy:all_shards", "response_policy:all_succeeded"];
const FLUSH_HISTORY: &[(&str, &str)] = &[("4.0.0", "New option `ASYNC`."), ("6.2.0", "New option `SYNC`.")];
const FLUSH_SYNTAX: &str = "[async: ASYNC@4.0.0 | SYNC@6.2.0]";

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("dbsize", dbsize)
        .arity(1)
        .flags(READONLY | FAST)
        .plan(Plan::AllRead)
        .group(Group::Server)
        .acl(&["@keyspace"])
        .tips(&["request_policy:all_shards", "response_policy:agg_sum"])
        .since("1.0.0")
        .summary("Answers the number of keys in the selected database.", "O(1)"),
    CommandSpec::new("flushall", flushall)
        .arity_at_least(1)
        .flags(WRITE)
        .plan(Plan::AllWrite)
        .group(Group::Server)
        .acl(&["@keyspace", "@dangerous"])
        .tips(FLUSH_TIPS)
        .since("1.0.0")
        .summary(
            "Removes all keys of all databases.",
            "O(N) where N is the number of keys; freed apart with ASYNC",
        )
        .syntax(FLUSH_SYNTAX)
        .history(FLUSH_HISTORY),
    CommandSpec::new("flushdb", flushdb)
        .arity_at_least(1)
        .flags(WRITE)
        .plan(Plan::AllWrite)
        .group(Group::Server)
        .acl(&["@keyspace", "@dangerous"])
        .tips(FLUSH_TIPS)
        .since("1.0.0")
        .summary(
            "Removes all keys of the selected database.",
            "O(N) where N is the number of its keys; freed apart with ASYNC",
        )
        .syntax(FLUSH_SYNTAX)
        .history(FLUSH_HISTORY),
    CommandSpec::new("swapdb", swapdb)
        .arity(3)
        .flags(WRITE | FAST)
        .plan(Plan::AllWrite)
        .group(Group::Server)
        .acl(&["@keyspace", "@dangerous"])
        .since("4.0.0")
        .summary("Swaps the keys of two databases.", "O(1)")
        .syntax("index1 index2"),
];

/// Whether to free in the background.
fn lazily(ctx: &Ctx<'_>, mut args: Args<'_>) -> Result<bool, CmdError> {
    let lazy = args.eat("ASYNC") || (!args.eat("SYNC") && ctx.host.lazy_user_flush());
    args.finish()?;
    Ok(lazy)
}

fn flushall(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let lazy = lazily(ctx, args)?;
    out.status("OK");
    ctx.host.flushed();
    // It is journaled even if there was nothing to remove, as Redis does.
    Ok(Effect::Changed((0..ctx.databases()).map(|db| ctx.clear(db, lazy)).sum()))
}

fn flushdb(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let lazy = lazily(ctx, args)?;
    out.status("OK");
    ctx.host.flushed();
    Ok(Effect::Changed(ctx.clear(ctx.db(), lazy)))
}

fn dbsize(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    args.finish()?;
    out.int(i64::try_from(ctx.len(ctx.db())).unwrap_or(i64::MAX));
    Ok(Effect::None)
}

fn swapdb(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let mut index = |which| {
        let n = args.int_or(CmdError::Text(which));
        if i32::try_from(n).is_err() {
            args.fail(CmdError::Text(which));
        }
        usize::try_from(n).unwrap_or(usize::MAX)
    };
    let a = index("ERR invalid first DB index");
    let b = index("ERR invalid second DB index");
    args.finish()?;
    if a.max(b) >= ctx.databases() {
        return Err(NO_SUCH_DATABASE);
    }
    if a != b {
        ctx.swap(a, b);
    }
    out.status("OK");
    Ok(Effect::Changed(1))
}
