//! GEODIST, GEOHASH, GEOPOS: what is known of places by their names.

use super::{metres, reply_distance, reply_position};
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::spec::{ACCESS, CommandSpec, Group, KeySpec, READONLY, RO};
use crate::reply::sink::ReplySink;
use crate::types::geo::Point;
use crate::types::zset::Zset;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("geodist", geodist)
        .arity_at_least(4)
        .flags(READONLY)
        .keys(&[KeySpec::one(1, RO | ACCESS)])
        .group(Group::Geo)
        .since("3.2.0")
        .summary("Returns the distance between two places.", "O(1)")
        .syntax("key member1 member2 [unit: M | KM | FT | MI]"),
    CommandSpec::new("geohash", geohash)
        .arity_at_least(2)
        .flags(READONLY)
        .keys(&[KeySpec::one(1, RO | ACCESS)])
        .group(Group::Geo)
        .since("3.2.0")
        .summary("Returns the geohash texts of places.", "O(1) for each place")
        .syntax("key member [member ...]"),
    CommandSpec::new("geopos", geopos)
        .arity_at_least(2)
        .flags(READONLY)
        .keys(&[KeySpec::one(1, RO | ACCESS)])
        .group(Group::Geo)
        .since("3.2.0")
        .summary("Returns the longitudes and latitudes of places.", "O(1) for each place")
        .syntax("key member [member ...]"),
];

fn geodist(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, from, to) = (args.next(), args.next(), args.next());
    let unit = match args.rest() {
        [] => 1.0,
        [unit] => metres(unit)?,
        _ => return Err(CmdError::Syntax),
    };
    let places = ctx.read::<Zset>(key)?.and_then(|set| set.score(from).zip(set.score(to)));
    match places {
        Some((from, to)) => reply_distance(out, Point::of_score(from).distance(Point::of_score(to)) / unit),
        None => out.null(),
    }
    Ok(Effect::None)
}

fn geohash(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, members) = (args.next(), args.rest());
    let set = ctx.read::<Zset>(key)?;
    out.array(members.len());
    for member in members {
        match set.and_then(|set| set.score(member)) {
            Some(score) => out.bulk(&Point::of_score(score).geohash()),
            None => out.null(),
        }
    }
    Ok(Effect::None)
}

fn geopos(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, members) = (args.next(), args.rest());
    let set = ctx.read::<Zset>(key)?;
    out.array(members.len());
    for member in members {
        match set.and_then(|set| set.score(member)) {
            Some(score) => reply_position(out, score),
            None => out.null_array(),
        }
    }
    Ok(Effect::None)
}
