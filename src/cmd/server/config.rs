//! CONFIG: the directives, read and set through the engine.

use super::help;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::spec::{ADMIN, CommandSpec, Group, Handler, LOADING, NOSCRIPT, STALE};
use crate::reply::sink::ReplySink;

const fn sub(name: &'static str, handler: Handler) -> CommandSpec {
    CommandSpec::new(name, handler).flags(ADMIN | NOSCRIPT | LOADING | STALE).group(Group::Server)
}

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("config", bare)
    .arity_at_least(2)
    .group(Group::Server)
    .since("2.0.0")
    .summary("Commands about the configuration.", "Depends on subcommand.")
    .subcommands(&[
        sub("get", get)
            .arity_at_least(3)
            .since("2.0.0")
            .summary("Answers directives and their values.", "O(N) where N is the number of patterns")
            .syntax("(parameter: parameter) ...")
            .history(&[("7.0.0", "Several patterns in one call.")]),
        sub("help", show_help)
            .arity(2)
            .flags(LOADING | STALE)
            .since("5.0.0")
            .summary("Tells about the subcommands.", "O(1)"),
        sub("resetstat", reset_stat)
            .arity(2)
            .since("2.0.0")
            .summary("Sets the counters of INFO back to zero.", "O(1)"),
        sub("rewrite", rewrite)
            .arity(2)
            .since("2.8.0")
            .summary("Writes the configuration to its file.", "O(1)"),
        sub("set", set)
            .arity_at_least(4)
            .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
            .since("2.0.0")
            .summary("Sets directives.", "O(N) where N is the number of directives")
            .syntax("parameter value [parameter value ...]")
            .history(&[("7.0.0", "Several directives in one call.")]),
    ])];

fn bare(_: &mut Ctx<'_>, _: Args<'_>, _: &mut dyn ReplySink) -> CmdResult {
    Err(CmdError::Arity("config".to_owned()))
}

fn get(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let patterns = args.rest();
    let found = ctx.host.config_get(patterns);
    out.map(found.len());
    for (name, value) in found {
        // A directive that was asked for by its own name is told under the name as it was written.
        let asked = patterns.iter().find(|pattern| pattern.eq_ignore_ascii_case(name.as_bytes()));
        out.bulk(asked.copied().unwrap_or(name.as_bytes()));
        out.bulk(value.as_bytes());
    }
    Ok(Effect::None)
}

fn set(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let words = args.rest();
    if !words.len().is_multiple_of(2) {
        return Err(CmdError::Syntax);
    }
    let pairs: Vec<(&[u8], &[u8])> = words.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
    ctx.host.config_set(&pairs, ctx.in_transaction())?;
    out.status("OK");
    Ok(Effect::None)
}

fn reset_stat(ctx: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    ctx.host.reset_stats();
    out.status("OK");
    Ok(Effect::None)
}

fn rewrite(ctx: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    ctx.host.config_rewrite()?;
    out.status("OK");
    Ok(Effect::None)
}

fn show_help(_: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    help(
        out,
        "CONFIG",
        &[
            ("GET <pattern> [<pattern> ...]", &["Answer the directives that match, with their values."]),
            ("RESETSTAT", &["Set the counters of INFO back to zero."]),
            ("REWRITE", &["Write the configuration to its file."]),
            ("SET <directive> <value> [<directive> <value> ...]", &["Set directives, all or none."]),
        ],
    )
}
