//! XPENDING and XACK: what was delivered and is not acknowledged.

use super::{length, no_key_or_group, parse_id, parse_start, parse_stop, put_id};
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{ACCESS, CommandSpec, FAST, Group, KeySpec, READONLY, RO, RW, UPDATE, WRITE};
use crate::reply::sink::ReplySink;
use crate::types::stream::{self, Id, Pending, Stream};

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("xpending", xpending)
        .arity_at_least(3)
        .flags(READONLY)
        .keys(&[KeySpec::one(1, RO | ACCESS)])
        .group(Group::Stream)
        .tips(&["nondeterministic_output"])
        .since("5.0.0")
        .summary(
            "Returns what a group was given and has not acknowledged.",
            "O(log N + M) for M entries looked at; without a range O(M) for M consumers",
        )
        .syntax(
            "key group [filters: [IDLE@6.2.0 min-idle-time:integer] start:string end:string count [consumer]]",
        )
        .history(&[("6.2.0", "Added the `IDLE` option and exclusive range intervals.")]),
    CommandSpec::new("xack", xack)
        .arity_at_least(4)
        .flags(WRITE | FAST)
        .keys(&[KeySpec::one(1, RW | UPDATE)])
        .group(Group::Stream)
        .since("5.0.0")
        .summary("Acknowledges entries and returns how many were pending.", "O(log N) for each entry")
        .syntax("key group id [id ...]"),
];

/// Which of the pending entries are asked for.
struct Filter<'a> {
    min_idle: i64,
    from: Id,
    to: Id,
    limit: usize,
    consumer: Option<&'a [u8]>,
}

impl<'a> Filter<'a> {
    /// From the words behind the group; `None` if there are none.
    fn parse(words: &[&'a [u8]]) -> Result<Option<Self>, CmdError> {
        let (idle, rest) = match words {
            [] => return Ok(None),
            words if words.len() < 3 || words.len() > 6 => return Err(CmdError::Syntax),
            [word, idle, rest @ ..] if word.eq_ignore_ascii_case(b"IDLE") => (Some(*idle), rest),
            words => (None, words),
        };
        let min_idle = idle.map_or(Some(0), num::parse_i64).ok_or(CmdError::NotInteger)?;
        let [from, to, count, consumer @ ..] = rest else { return Err(CmdError::Syntax) };
        let limit = num::parse_i64(count).ok_or(CmdError::NotInteger)?;
        let limit = u64::try_from(limit).map_or(0, length);
        let (from, to) = (parse_start(from)?, parse_stop(to)?);
        Ok(Some(Self { min_idle, from, to, limit, consumer: consumer.first().copied() }))
    }
}

fn xpending(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, name) = (args.next(), args.next());
    let filter = Filter::parse(args.rest())?;
    let now = ctx.now();
    let group = ctx.read::<Stream>(key)?.and_then(|stream| stream.groups().get(name));
    let group = group.ok_or_else(|| no_key_or_group(key, name, b""))?;
    match filter {
        None => summary(group, out),
        Some(filter) => listing(group, &filter, now, out),
    }
    Ok(Effect::None)
}

fn summary(group: &stream::Group, out: &mut dyn ReplySink) {
    out.array(4);
    out.int(i64::try_from(group.pending_len()).unwrap_or(i64::MAX));
    let Some((first, last)) = group.pending_ends() else {
        out.null();
        out.null();
        return out.null_array();
    };
    put_id(out, first);
    put_id(out, last);
    let busy = || group.consumers().filter(|(_, consumer)| consumer.pending() > 0);
    out.array(busy().count());
    for (_, consumer) in busy() {
        out.array(2);
        out.bulk(&consumer.name);
        out.bulk(num::write_u64(&mut [0; 20], consumer.pending() as u64));
    }
}

fn listing(group: &stream::Group, filter: &Filter<'_>, now: i64, out: &mut dyn ReplySink) {
    let idle = |pending: &Pending| now.saturating_sub(pending.time);
    let wanted = |(_, pending): &(Id, Pending)| filter.min_idle == 0 || idle(pending) >= filter.min_idle;
    // There may be many, and their number comes first.
    let found: Vec<(Id, Pending)> = match filter.consumer {
        None => group.pending_range(filter.from, filter.to).filter(wanted).take(filter.limit).collect(),
        Some(name) => {
            let own = group.find(name).into_iter();
            let own = own.flat_map(|consumer| group.pending_of(consumer, filter.from, filter.to));
            own.filter(wanted).take(filter.limit).collect()
        }
    };
    out.array(found.len());
    for (id, pending) in found {
        out.array(4);
        put_id(out, id);
        out.bulk(group.name(pending.consumer));
        out.int(idle(&pending).max(0));
        out.int(pending.count.cast_signed());
    }
}

fn xack(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, name, ids) = (args.next(), args.next(), args.rest());
    let Some(mut stream) = ctx.write::<Stream>(key)? else {
        ctx.event(Class::MISS, "keymiss", key);
        out.int(0);
        return Ok(Effect::None);
    };
    let settled = match stream.groups_mut().get_mut(name) {
        Some(mut group) => {
            let ids: Vec<Id> = ids.iter().map(|id| parse_id(id, 0)).collect::<Result<_, _>>()?;
            ids.iter().filter(|id| group.settle(**id)).count()
        }
        None => 0,
    };
    drop(stream);
    ctx.quieten();
    out.int(i64::try_from(settled).unwrap_or(i64::MAX));
    Ok(if settled == 0 { Effect::None } else { Effect::Changed(settled as u64) })
}
