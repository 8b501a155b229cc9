//! GEOADD: store places.

use super::point;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{CommandSpec, DENYOOM, Group, KeySpec, RW, UPDATE, WRITE};
use crate::reply::sink::ReplySink;
use crate::types::zset::Zset;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("geoadd", geoadd)
    .arity_at_least(5)
    .flags(WRITE | DENYOOM)
    .keys(&[KeySpec::one(1, RW | UPDATE)])
    .group(Group::Geo)
    .since("3.2.0")
    .summary(
        "Adds places to a sorted set or moves them.",
        "O(log(N)) for each place, where N is the size of the set",
    )
    .syntax(
        "key [condition: NX | XX]@6.2.0 [change=CH]@6.2.0 longitude latitude member \
         [longitude latitude member ...]",
    )
    .history(&[("6.2.0", "Added the `CH`, `NX` and `XX` options.")])];

fn geoadd(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    let (mut nx, mut xx, mut ch) = (false, false, false);
    loop {
        if args.eat("NX") {
            nx = true;
        } else if args.eat("XX") {
            xx = true;
        } else if args.eat("CH") {
            ch = true;
        } else {
            break;
        }
    }
    if !args.left().is_multiple_of(3) || nx && xx {
        return Err(CmdError::Syntax);
    }
    let mut places = Vec::with_capacity(args.left() / 3);
    while !args.is_empty() {
        places.push((point(&mut args)?.score(), args.next()));
    }
    let limits = ctx.limits();
    let (mut added, mut moved) = (0, 0);
    let store = |set: &mut Zset| {
        for (score, member) in places {
            let wanted = |old: Option<f64>| !(nx && old.is_some() || xx && old.is_none());
            let mut stored = false;
            let old = set.update(member, limits, |old| {
                stored = wanted(old) && old != Some(score);
                stored.then_some(score)
            });
            added += u64::from(stored && old.is_none());
            moved += u64::from(stored && old.is_some());
        }
    };
    if xx {
        if let Some(mut set) = ctx.write::<Zset>(key)? {
            store(&mut set);
        }
    } else {
        store(&mut *ctx.write_or_create(key, Zset::new)?);
    }
    let changes = added + moved;
    out.int(i64::try_from(if ch { changes } else { added }).unwrap_or(i64::MAX));
    if changes == 0 {
        return Ok(Effect::None);
    }
    ctx.event(Class::ZSET, "zadd", key);
    Ok(Effect::Changed(changes))
}
