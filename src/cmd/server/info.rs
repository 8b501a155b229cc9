//! INFO and TIME. The text of INFO is the engine's.

use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::spec::{CommandSpec, FAST, Group, LOADING, STALE};
use crate::reply::sink::ReplySink;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("info", info)
        .arity_at_least(1)
        .flags(LOADING | STALE)
        .group(Group::Server)
        .acl(&["@dangerous"])
        .tips(&["nondeterministic_output", "request_policy:all_shards", "response_policy:special"])
        .since("1.0.0")
        .summary("Describes the database and how it fares.", "O(1)")
        .syntax("[section ...]")
        .history(&[("7.0.0", "Several sections in one call.")]),
    CommandSpec::new("time", time)
        .arity(1)
        .flags(LOADING | STALE | FAST)
        .group(Group::Server)
        .tips(&["nondeterministic_output"])
        .since("2.6.0")
        .summary("Answers the time: Unix seconds, and microseconds.", "O(1)"),
];

fn info(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let sections: Vec<String> =
        args.rest().iter().map(|name| String::from_utf8_lossy(name).to_ascii_lowercase()).collect();
    let text = ctx.host.info(&sections, ctx.view());
    out.verbatim(b"txt", text.as_bytes());
    Ok(Effect::None)
}

fn time(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    args.finish()?;
    let now = ctx.host.clock().now_us();
    out.array(2);
    for part in [now.div_euclid(1_000_000), now.rem_euclid(1_000_000)] {
        out.bulk(num::write_i64(&mut [0; 20], part));
    }
    Ok(Effect::None)
}
