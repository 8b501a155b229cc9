//! ZRANGE, the six commands that are older than its options, and ZRANGESTORE.

use std::ops::Range;

use super::bounds::{By, Span, rank_words};
use super::{Shape, reply};
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::spec::{ACCESS, CommandSpec, DENYOOM, Group, KeySpec, OW, READONLY, RO, UPDATE, WRITE};
use crate::reply::sink::ReplySink;
use crate::types::zset::Zset;

/// The time that a range takes.
const TIME: &str =
    "O(log(N)+M) with N being the number of members in the sorted set and M the number returned";

/// The key of the commands that read a range.
const KEYS: &[KeySpec] = &[KeySpec::one(1, RO | ACCESS)];

/// A row of the commands that read a range.
const fn row(name: &'static str, handler: crate::cmd::spec::Handler) -> CommandSpec {
    CommandSpec::new(name, handler).arity_at_least(4).flags(READONLY).keys(KEYS).group(Group::SortedSet)
}

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    row("zrange", zrange)
        .since("1.2.0")
        .summary("Returns the members between two ranks, scores or members.", TIME)
        .syntax(
            "key start:string stop:string [sortby: BYSCORE | BYLEX]@6.2.0 [REV]@6.2.0 [LIMIT offset count]@6.2.0 \
             [WITHSCORES]",
        )
        .history(&[("6.2.0", "Added the `REV`, `BYSCORE`, `BYLEX` and `LIMIT` options.")]),
    row("zrevrange", zrevrange)
        .since("1.2.0")
        .summary("Returns the members between two ranks, the highest score first.", TIME)
        .syntax("key start stop [WITHSCORES]")
        .deprecated("6.2.0", "`ZRANGE` with the `REV` argument"),
    row("zrangebyscore", zrangebyscore)
        .since("1.0.5")
        .summary("Returns the members with scores of a range.", TIME)
        .syntax("key min:double max:double [WITHSCORES]@2.0.0 [LIMIT offset count]")
        .history(&[("2.0.0", "Added the `WITHSCORES` modifier.")])
        .deprecated("6.2.0", "`ZRANGE` with the `BYSCORE` argument"),
    row("zrevrangebyscore", zrevrangebyscore)
        .since("2.2.0")
        .summary("Returns the members with scores of a range, the highest score first.", TIME)
        .syntax("key max:double min:double [WITHSCORES] [LIMIT offset count]")
        .history(&[("2.1.6", "`min` and `max` can be exclusive.")])
        .deprecated("6.2.0", "`ZRANGE` with the `REV` and `BYSCORE` arguments"),
    row("zrangebylex", zrangebylex)
        .since("2.8.9")
        .summary("Returns the members between two members of one score.", TIME)
        .syntax("key min max [LIMIT offset count]")
        .deprecated("6.2.0", "`ZRANGE` with the `BYLEX` argument"),
    row("zrevrangebylex", zrevrangebylex)
        .since("2.8.9")
        .summary("Returns the members between two members of one score, in reverse order.", TIME)
        .syntax("key max min [LIMIT offset count]")
        .deprecated("6.2.0", "`ZRANGE` with the `REV` and `BYLEX` arguments"),
    CommandSpec::new("zrangestore", zrangestore)
        .arity_at_least(5)
        .flags(WRITE | DENYOOM)
        .keys(&[KeySpec::one(1, OW | UPDATE), KeySpec::one(2, RO | ACCESS)])
        .group(Group::SortedSet)
        .since("6.2.0")
        .summary(
            "Stores the members between two ranks, scores or members in another key.",
            "O(log(N)+M) with N being the number of members in the sorted set and M the number stored",
        )
        .syntax("dst src min max [sortby: BYSCORE | BYLEX] [REV] [LIMIT offset count]"),
];

/// A parsed query.
struct Query<'a> {
    span: Span<'a>,
    reverse: bool,
    with_scores: bool,
    offset: i64,
    /// Negative for no limit.
    count: i64,
}

/// What the command's name says already.
#[derive(Clone, Copy)]
struct Given {
    /// How ends are written; ranks unless options say otherwise if it does not tell.
    by: Option<By>,
    /// The order; forward unless an option says otherwise if it does not tell.
    reverse: Option<bool>,
    /// The result is stored, which leaves no place for WITHSCORES.
    store: bool,
}

impl<'a> Query<'a> {
    fn parse(args: &mut Args<'a>, given: Given) -> Result<Self, CmdError> {
        let Given { mut by, mut reverse, store } = given;
        let (first, last) = (args.next(), args.next());
        let (mut with_scores, mut offset, mut count) = (false, 0, -1);
        while !args.is_empty() {
            if !store && args.eat("WITHSCORES") {
                with_scores = true;
            } else if args.left() > 2 && args.eat("LIMIT") {
                (offset, count) = (args.int(), args.int());
                args.check()?;
            } else if reverse.is_none() && args.eat("REV") {
                reverse = Some(true);
            } else if by.is_none() && args.eat("BYSCORE") {
                by = Some(By::Score);
            } else if by.is_none() && args.eat("BYLEX") {
                by = Some(By::Lex);
            } else {
                return Err(CmdError::Syntax);
            }
        }
        let (by, reverse) = (by.unwrap_or(By::Rank), reverse.unwrap_or(false));
        if count != -1 && by == By::Rank {
            return Err(CmdError::Text(
                "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
            ));
        }
        if with_scores && by == By::Lex {
            return Err(CmdError::Text(
                "ERR syntax error, WITHSCORES not supported in combination with BYLEX",
            ));
        }
        if by == By::Rank {
            offset = 0;
        }
        let swapped = reverse && by != By::Rank;
        let span = if swapped { Span::parse(by, last, first) } else { Span::parse(by, first, last) }?;
        Ok(Self { span, reverse, with_scores, offset, count })
    }

    /// The ranks that are asked for, from the beginning of the set.
    fn ranks(&self, zset: &Zset) -> Range<usize> {
        let Range { start, end } = self.span.ranks(zset, self.reverse);
        let Ok(offset) = usize::try_from(self.offset) else { return 0..0 };
        let left = (end - start).saturating_sub(offset);
        let n = usize::try_from(self.count).map_or(left, |count| left.min(count));
        match n {
            0 => 0..0,
            _ if self.reverse => end - offset - n..end - offset,
            _ => start + offset..start + offset + n,
        }
    }
}

fn zrange(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    read(ctx, args, out, None, None)
}

fn zrevrange(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    read(ctx, args, out, Some(By::Rank), Some(true))
}

fn zrangebyscore(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    read(ctx, args, out, Some(By::Score), Some(false))
}

fn zrevrangebyscore(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    read(ctx, args, out, Some(By::Score), Some(true))
}

fn zrangebylex(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    read(ctx, args, out, Some(By::Lex), Some(false))
}

fn zrevrangebylex(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    read(ctx, args, out, Some(By::Lex), Some(true))
}

fn read(
    ctx: &mut Ctx<'_>,
    mut args: Args<'_>,
    out: &mut dyn ReplySink,
    by: Option<By>,
    reverse: Option<bool>,
) -> CmdResult {
    let key = args.next();
    let query = Query::parse(&mut args, Given { by, reverse, store: false })?;
    match ctx.read::<Zset>(key)? {
        Some(zset) => {
            let elements = zset.iter_ranks(query.ranks(zset), query.reverse);
            reply(out, elements.len(), elements, Shape::scores(query.with_scores));
        }
        None => out.array(0),
    }
    Ok(Effect::None)
}

fn zrangestore(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (to, from) = (args.next(), args.next());
    let query = Query::parse(&mut args, Given { by: None, reverse: None, store: true })?;
    let limits = ctx.limits();
    let (mut part, mut ranks) = (Zset::new(), 0..0);
    if let Some(zset) = ctx.read::<Zset>(from)? {
        ranks = query.ranks(zset);
        part = Zset::added(zset.iter_ranks(ranks.clone(), false), query.reverse, limits);
    }
    Ok(match super::store(ctx, to, part, "zrangestore", out)? {
        Effect::Changed(n) if matches!(query.span, Span::Members(_)) => {
            let [first, last] = rank_words(&ranks);
            ctx.rewritten(n, &[b"ZRANGESTORE", to, from, &first, &last])
        }
        effect => effect,
    })
}
