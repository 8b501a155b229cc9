//! ZADD and ZINCRBY: add members and change scores.

use smallvec::SmallVec;

use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{ACCESS, CommandSpec, DENYOOM, FAST, Group, KeySpec, RW, UPDATE, WRITE};
use crate::reply::sink::ReplySink;
use crate::types::zset::Zset;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("zadd", zadd)
        .arity_at_least(4)
        .flags(WRITE | DENYOOM | FAST)
        .keys(&[KeySpec::one(1, RW | UPDATE)])
        .group(Group::SortedSet)
        .since("1.2.0")
        .summary(
            "Adds members with their scores, or changes the scores of members.",
            "O(log(N)) for each member, with N being the number of members in the sorted set",
        )
        .syntax(
            "key [condition: NX | XX]@3.0.2 [comparison: GT | LT]@6.2.0 [change=CH]@3.0.2 [increment=INCR]@3.0.2 \
             (score_member: score member) ...",
        )
        .history(&[
            ("2.4.0", "Accepts multiple elements."),
            ("3.0.2", "Added the `XX`, `NX`, `CH` and `INCR` options."),
            ("6.2.0", "Added the `GT` and `LT` options."),
        ]),
    CommandSpec::new("zincrby", zincrby)
        .arity(4)
        .flags(WRITE | DENYOOM | FAST)
        .keys(&[KeySpec::one(1, RW | ACCESS | UPDATE)])
        .group(Group::SortedSet)
        .since("1.2.0")
        .summary(
            "Adds a number to the score of a member, which is 0 if it is new.",
            "O(log(N)) with N being the number of members in the sorted set",
        )
        .syntax("key increment member"),
];

/// What an addition of infinities of both signs answers.
const NAN: CmdError = CmdError::Text("ERR resulting score is not a number (NaN)");

/// A member with its score, or with what is added to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pair<'a> {
    /// Never NaN.
    pub(crate) score: f64,
    /// The member.
    pub(crate) member: &'a [u8],
}

/// The options of ZADD.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct AddOpts {
    /// Only members that are new.
    pub(crate) nx: bool,
    /// Only members that are there.
    pub(crate) xx: bool,
    /// A score may only become greater.
    pub(crate) gt: bool,
    /// A score may only become less.
    pub(crate) lt: bool,
    /// The reply counts changed scores, too.
    pub(crate) ch: bool,
    /// The score is added to the one that is there.
    pub(crate) incr: bool,
}

impl AddOpts {
    /// Takes options until something else comes.
    fn parse(args: &mut Args<'_>) -> Self {
        let mut o = Self::default();
        loop {
            let option = match () {
                () if args.eat("NX") => &mut o.nx,
                () if args.eat("XX") => &mut o.xx,
                () if args.eat("GT") => &mut o.gt,
                () if args.eat("LT") => &mut o.lt,
                () if args.eat("CH") => &mut o.ch,
                () if args.eat("INCR") => &mut o.incr,
                () => return o,
            };
            *option = true;
        }
    }

    /// Whether the options go together.
    pub(crate) fn check(&self) -> Result<(), CmdError> {
        if self.nx && self.xx {
            return Err(CmdError::Text("ERR XX and NX options at the same time are not compatible"));
        }
        if self.gt && self.lt || self.nx && (self.gt || self.lt) {
            return Err(CmdError::Text("ERR GT, LT, and/or NX options at the same time are not compatible"));
        }
        Ok(())
    }

    /// The score that a member gets, `None` if it is left alone.
    fn decide(&self, old: Option<f64>, score: f64) -> Result<Option<f64>, CmdError> {
        let Some(old) = old else { return Ok((!self.xx).then_some(score)) };
        if self.nx {
            return Ok(None);
        }
        let new = if self.incr { old + score } else { score };
        if new.is_nan() {
            return Err(NAN);
        }
        Ok(Some(new).filter(|new| !(self.gt && *new <= old || self.lt && *new >= old)))
    }
}

/// What an addition did.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Added {
    /// New members.
    pub(crate) added: u64,
    /// Members whose score changed.
    pub(crate) updated: u64,
    /// The score of the last member, `None` if the options left it alone.
    pub(crate) score: Option<f64>,
}

impl Added {
    /// The call's effect.
    pub(crate) fn effect(&self) -> Effect {
        match self.added + self.updated {
            0 => Effect::None,
            n => Effect::Changed(n),
        }
    }
}

/// Adds members or changes their scores. Shared by ZADD, ZINCRBY, GEOADD and the typed calls. With INCR there is
/// one pair, as a sum that is NaN would stop in the middle.
pub(crate) fn add(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    opts: &AddOpts,
    pairs: &[Pair<'_>],
) -> Result<Added, CmdError> {
    let limits = ctx.limits();
    let mut done = Added::default();
    let mut guard = if opts.xx {
        match ctx.write::<Zset>(key)? {
            Some(guard) => guard,
            None => return Ok(done),
        }
    } else {
        ctx.write_or_create(key, Zset::new)?
    };
    for pair in pairs {
        let mut decided = Ok(None);
        let old = guard.update(pair.member, limits, |old| {
            decided = opts.decide(old, pair.score);
            decided.clone().ok().flatten()
        });
        done.score = decided?;
        match (old, done.score) {
            (None, Some(_)) => done.added += 1,
            (Some(old), Some(new)) if old != new => done.updated += 1,
            _ => {}
        }
    }
    drop(guard);
    if done.added + done.updated > 0 {
        ctx.event(Class::ZSET, if opts.incr { "zincr" } else { "zadd" }, key);
    }
    Ok(done)
}

/// Adds to the score of one member; answers the new score. Shared by ZINCRBY and the typed call.
pub(crate) fn incr_by(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    member: &[u8],
    by: f64,
) -> Result<(f64, Effect), CmdError> {
    let opts = AddOpts { incr: true, ..AddOpts::default() };
    let done = add(ctx, key, &opts, &[Pair { score: by, member }])?;
    Ok((done.score.unwrap_or(by), done.effect()))
}

fn zadd(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    let opts = AddOpts::parse(&mut args);
    let (words, odd) = args.rest().as_chunks::<2>();
    if words.is_empty() || !odd.is_empty() {
        return Err(CmdError::Syntax);
    }
    opts.check()?;
    if opts.incr && words.len() > 1 {
        return Err(CmdError::Text("ERR INCR option supports a single increment-element pair"));
    }
    let mut pairs = SmallVec::<[Pair<'_>; 4]>::new();
    for [score, member] in words {
        let score = num::parse_f64(score).ok_or(CmdError::NotFloat)?;
        pairs.push(Pair { score, member });
    }
    let done = add(ctx, key, &opts, &pairs)?;
    match done.score {
        Some(score) if opts.incr => out.double(score),
        None if opts.incr => out.null(),
        _ => {
            let n = done.added + if opts.ch { done.updated } else { 0 };
            out.int(i64::try_from(n).unwrap_or(i64::MAX));
        }
    }
    Ok(done.effect())
}

fn zincrby(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, by, member) = (args.next(), args.next(), args.next());
    args.finish()?;
    let by = num::parse_f64(by).ok_or(CmdError::NotFloat)?;
    let (score, effect) = incr_by(ctx, key, member, by)?;
    out.double(score);
    Ok(effect)
}
