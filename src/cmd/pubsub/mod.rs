//! PUBLISH, SPUBLISH and PUBSUB; what clients listen to is in `subscribe.rs`.

pub(crate) mod listening;
pub(crate) mod subscribe;

use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::server::help;
use crate::cmd::spec::{CommandSpec, FAST, Flags, Group, KeySpec, LOADING, NOT_KEY, PUBSUB, Plan, STALE};
use crate::pubsub::hub::Space;
use crate::reply::sink::ReplySink;

const FLAGS: Flags = PUBSUB | LOADING | STALE;

const fn row(name: &'static str, handler: crate::cmd::spec::Handler) -> CommandSpec {
    CommandSpec::new(name, handler).arity_at_least(2).flags(FLAGS).group(Group::Pubsub)
}

/// Rows of the command table.
pub(super) const SPECS: &[&[CommandSpec]] = &[subscribe::SPECS, &[
    row("publish", publish)
        .arity(3)
        .flags(FLAGS | FAST)
        .since("2.0.0")
        .summary(
            "Sends a message to all who listen to a channel.",
            "O(N+M) where N is the number of clients subscribed to the receiving channel and M is the total number \
             of subscribed patterns (by any client).",
        )
        .syntax("channel message"),
    row("spublish", shard_publish)
        .arity(3)
        .flags(FLAGS | FAST)
        .keys(&[KeySpec::one(1, NOT_KEY)])
        .plan(Plan::None)
        .since("7.0.0")
        .summary(
            "Sends a message to all who listen to a shard channel.",
            "O(N) where N is the number of clients subscribed to the receiving shard channel.",
        )
        .syntax("shardchannel message"),
    CommandSpec::new("pubsub", bare)
        .arity_at_least(2)
        .since("2.8.0")
        .summary("Tells who listens to what.", "Depends on subcommand.")
        .group(Group::Pubsub)
        .subcommands(&[
            row("channels", channels)
                .since("2.8.0")
                .summary(
                    "Channels that are listened to.",
                    "O(N) where N is the number of active channels, and assuming constant time pattern matching \
                     (relatively short channels and patterns)",
                )
                .syntax("[pattern]"),
            row("help", show_help)
                .arity(2)
                .flags(LOADING | STALE)
                .acl(&["-@pubsub"])
                .since("6.2.0")
                .summary("Tells about the subcommands.", "O(1)"),
            row("numpat", patterns)
                .arity(2)
                .since("2.8.0")
                .summary("The number of different patterns that are listened to.", "O(1)"),
            row("numsub", listeners)
                .since("2.8.0")
                .summary(
                    "How many listen to each channel, without patterns.",
                    "O(N) for the NUMSUB subcommand, where N is the number of requested channels",
                )
                .syntax("[channel ...]"),
            row("shardchannels", shard_channels)
                .since("7.0.0")
                .summary(
                    "Shard channels that are listened to.",
                    "O(N) where N is the number of active shard channels, and assuming constant time pattern \
                     matching (relatively short shard channels).",
                )
                .syntax("[pattern]"),
            row("shardnumsub", shard_listeners)
                .since("7.0.0")
                .summary(
                    "How many listen to each shard channel.",
                    "O(N) for the SHARDNUMSUB subcommand, where N is the number of requested shard channels",
                )
                .syntax("[shardchannel ...]"),
        ]),
]];

fn bare(_: &mut Ctx<'_>, _: Args<'_>, _: &mut dyn ReplySink) -> CmdResult {
    Err(CmdError::Arity("pubsub".to_owned()))
}

fn show_help(_: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    help(
        out,
        "PUBSUB",
        &[
            ("CHANNELS [<pattern>]", &["Channels that are listened to and match; all without a pattern."]),
            ("NUMPAT", &["The number of different patterns that are listened to."]),
            ("NUMSUB [<channel> ...]", &["How many listen to each channel, without patterns."]),
            (
                "SHARDCHANNELS [<pattern>]",
                &["Shard channels that are listened to and match; all without a pattern."],
            ),
            ("SHARDNUMSUB [<shardchannel> ...]", &["How many listen to each shard channel."]),
        ],
    )
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn publish_in(space: Space, ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (channel, payload) = (args.next(), args.next());
    args.finish()?;
    let heard = ctx.host.hub().publish(space, channel, payload);
    subscribe::drain(ctx.session, out);
    out.int(count(heard));
    Ok(Effect::None)
}

fn publish(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    publish_in(Space::Channels, ctx, args, out)
}

fn shard_publish(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    publish_in(Space::Shards, ctx, args, out)
}

fn names_in(space: Space, ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let called = args.argv().get(1).copied().unwrap_or_default();
    let pattern = match args.rest() {
        [] => None,
        [pattern] => Some(*pattern),
        _ => return Err(CmdError::subcommand("PUBSUB", called)),
    };
    let names = ctx.host.hub().names(space, pattern);
    out.array(names.len());
    names.iter().for_each(|name| out.bulk(name));
    Ok(Effect::None)
}

fn channels(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    names_in(Space::Channels, ctx, args, out)
}

fn shard_channels(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    names_in(Space::Shards, ctx, args, out)
}

fn listeners_in(space: Space, ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let channels = args.rest();
    out.array(channels.len().saturating_mul(2));
    for channel in channels {
        out.bulk(channel);
        out.int(count(ctx.host.hub().listeners(space, channel)));
    }
    Ok(Effect::None)
}

fn listeners(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    listeners_in(Space::Channels, ctx, args, out)
}

fn shard_listeners(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    listeners_in(Space::Shards, ctx, args, out)
}

fn patterns(ctx: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    out.int(count(ctx.host.hub().patterns()));
    Ok(Effect::None)
}
