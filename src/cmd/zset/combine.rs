//! ZUNION, ZINTER, ZDIFF, their STORE forms, and ZINTERCARD. The inputs are sorted sets and sets; a member of a set
//! has the score 1.

use smallvec::SmallVec;

use super::{Shape, reply, store};
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::spec::{
    ACCESS, CommandSpec, DENYOOM, Group, Handler, KeySpec, MOVABLEKEYS, OW, READONLY, RO, UPDATE, WRITE,
};
use crate::keyspace::raw::Entry;
use crate::reply::sink::ReplySink;
use crate::types::limits::Limits;
use crate::types::object::Object;
use crate::types::set::Set;
use crate::types::zset::{Builder, Element, Zset};

/// The keys of the commands that answer their result.
const READ_KEYS: &[KeySpec] = &[KeySpec::counted(1, 1, RO | ACCESS)];
/// The keys of the commands that store their result.
const STORED_KEYS: &[KeySpec] = &[KeySpec::one(1, OW | UPDATE), KeySpec::counted(2, 1, RO | ACCESS)];

const fn read(name: &'static str, handler: Handler) -> CommandSpec {
    CommandSpec::new(name, handler)
        .arity_at_least(3)
        .flags(READONLY | MOVABLEKEYS)
        .keys(READ_KEYS)
        .group(Group::SortedSet)
}

const fn stored(name: &'static str, handler: Handler) -> CommandSpec {
    CommandSpec::new(name, handler)
        .arity_at_least(4)
        .flags(WRITE | DENYOOM | MOVABLEKEYS)
        .keys(STORED_KEYS)
        .group(Group::SortedSet)
}

const UNION_TIME: &str =
    "O(N)+O(M*log(M)) with N being the number of all members of the inputs and M that of the result";
const INTER_TIME: &str =
    "O(N*K)+O(M*log(M)) with N members in the smallest of K inputs and M members in the result";
const DIFF_TIME: &str =
    "O(L + M*log(M)) with L being the number of all members of the inputs and M that of the result";

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    read("zunion", zunion)
        .since("6.2.0")
        .summary("Returns the members that any of several sets has.", UNION_TIME)
        .syntax("numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE (aggregate: SUM | MIN | MAX)] [WITHSCORES]"),
    stored("zunionstore", zunionstore)
        .since("2.0.0")
        .summary("Stores the members that any of several sets has.", UNION_TIME)
        .syntax("destination numkeys key#1 [key#1 ...] [WEIGHTS weight [weight ...]] [AGGREGATE (aggregate: SUM | MIN | MAX)]"),
    read("zinter", zinter)
        .since("6.2.0")
        .summary("Returns the members that all of several sets have.", INTER_TIME)
        .syntax("numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE (aggregate: SUM | MIN | MAX)] [WITHSCORES]"),
    stored("zinterstore", zinterstore)
        .since("2.0.0")
        .summary("Stores the members that all of several sets have.", INTER_TIME)
        .syntax("destination numkeys key#1 [key#1 ...] [WEIGHTS weight [weight ...]] [AGGREGATE (aggregate: SUM | MIN | MAX)]"),
    read("zdiff", zdiff)
        .since("6.2.0")
        .summary("Returns the members of the first set that no other has.", DIFF_TIME)
        .syntax("numkeys key [key ...] [WITHSCORES]"),
    stored("zdiffstore", zdiffstore)
        .since("6.2.0")
        .summary("Stores the members of the first set that no other has.", DIFF_TIME)
        .syntax("destination numkeys key#1 [key#1 ...]"),
    read("zintercard", zintercard)
        .since("7.0.0")
        .summary("Counts the members that all of several sets have.", "O(N*K) with N members in the smallest of K inputs")
        .syntax("numkeys key [key ...] [LIMIT limit]"),
];

/// An input.
#[derive(Clone, Copy)]
enum Source<'c> {
    Nothing,
    Zset(&'c Zset),
    Set(&'c Set),
}

impl<'c> Source<'c> {
    fn len(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Zset(zset) => zset.len(),
            Self::Set(set) => set.len(),
        }
    }

    fn score(self, member: &[u8]) -> Option<f64> {
        match self {
            Self::Nothing => None,
            Self::Zset(zset) => zset.score(member),
            Self::Set(set) => set.contains(member).then_some(1.0),
        }
    }

    fn iter(self) -> Box<dyn Iterator<Item = Element<'c>> + 'c> {
        match self {
            Self::Nothing => Box::new(std::iter::empty()),
            Self::Zset(zset) => Box::new(zset.iter(false)),
            Self::Set(set) => Box::new(set.iter().map(|member| Element { member, score: 1.0 })),
        }
    }
}

type Sources<'c> = SmallVec<[Source<'c>; 8]>;

/// The values of the keys; WRONGTYPE unless all are sorted sets, sets, or absent.
fn sources<'c>(ctx: &'c mut Ctx<'_>, keys: &[&[u8]]) -> Result<Sources<'c>, CmdError> {
    let found = ctx.read_many(keys, |entry| source(Some(entry)).map(|_| ()))?;
    found.into_iter().map(source).collect()
}

fn source(entry: Option<&Entry>) -> Result<Source<'_>, CmdError> {
    match entry.map(|entry| entry.object()) {
        None => Ok(Source::Nothing),
        Some(Some(Object::Zset(zset))) => Ok(Source::Zset(zset)),
        Some(Some(Object::Set(set))) => Ok(Source::Set(set)),
        Some(_) => Err(CmdError::WrongType),
    }
}

/// How the scores of a member become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aggregate {
    Sum,
    Min,
    Max,
}

impl Aggregate {
    /// Infinities of both signs add up to 0.
    fn of(self, a: f64, b: f64) -> f64 {
        match self {
            Self::Sum => or_zero(a + b),
            Self::Min if b < a => b,
            Self::Max if b > a => b,
            Self::Min | Self::Max => a,
        }
    }
}

/// A number, 0 for NaN.
fn or_zero(score: f64) -> f64 {
    if score.is_nan() { 0.0 } else { score }
}

/// What is made of the inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Union,
    Inter,
    Diff,
}

/// The options, whose place is behind the keys.
struct Options {
    weights: SmallVec<[f64; 8]>,
    aggregate: Aggregate,
    with_scores: bool,
}

impl Options {
    fn parse(args: &mut Args<'_>, keys: usize, weighted: bool, store: bool) -> Result<Self, CmdError> {
        let mut o = Self { weights: SmallVec::new(), aggregate: Aggregate::Sum, with_scores: false };
        while !args.is_empty() {
            if weighted && args.left() > keys && args.eat("WEIGHTS") {
                o.weights.clear();
                for text in args.take(keys) {
                    let bad = CmdError::Text("ERR weight value is not a float");
                    o.weights.push(num::parse_f64(text).ok_or(bad)?);
                }
            } else if weighted && args.left() > 1 && args.eat("AGGREGATE") {
                o.aggregate = if args.eat("SUM") {
                    Aggregate::Sum
                } else if args.eat("MIN") {
                    Aggregate::Min
                } else if args.eat("MAX") {
                    Aggregate::Max
                } else {
                    return Err(CmdError::Syntax);
                };
            } else if !store && args.eat("WITHSCORES") {
                o.with_scores = true;
            } else {
                return Err(CmdError::Syntax);
            }
        }
        Ok(o)
    }

    /// A score with the weight of its input; perhaps NaN.
    fn weigh(&self, input: usize, score: f64) -> f64 {
        self.weights.get(input).map_or(score, |weight| weight * score)
    }
}

/// The number of keys and the keys.
fn keys<'a>(args: &mut Args<'a>, name: &str) -> Result<&'a [&'a [u8]], CmdError> {
    let n = args.int();
    args.check()?;
    if n < 1 {
        let text = format!("ERR at least 1 input key is needed for '{name}' command");
        return Err(CmdError::Bytes(text.into_bytes()));
    }
    match usize::try_from(n) {
        Ok(n) if n <= args.left() => Ok(args.take(n)),
        _ => Err(CmdError::Syntax),
    }
}

/// The inputs' numbers, smaller inputs first: sums are made in this order.
fn by_size(sources: &Sources<'_>) -> SmallVec<[usize; 8]> {
    let mut order: SmallVec<[usize; 8]> = (0..sources.len()).collect();
    order.sort_by_key(|&input| sources[input].len());
    order
}

fn union(sources: &Sources<'_>, o: &Options, limits: &Limits) -> Builder {
    let order = by_size(sources);
    let largest = order.last().map_or(0, |&input| sources[input].len());
    let mut result = Builder::new(limits, largest);
    for input in order {
        for Element { member, score } in sources[input].iter() {
            let score = or_zero(o.weigh(input, score));
            member.with_bytes(|member| result.add(member, score, |a, b| o.aggregate.of(a, b)));
        }
    }
    result
}

fn inter(sources: &Sources<'_>, o: &Options, limits: &Limits) -> Builder {
    let order = by_size(sources);
    let mut result = Builder::new(limits, 0);
    let Some((&smallest, others)) = order.split_first() else { return result };
    for Element { member, score } in sources[smallest].iter() {
        member.with_bytes(|member| {
            let score = others.iter().try_fold(or_zero(o.weigh(smallest, score)), |so_far, &input| {
                let more = sources[input].score(member)?;
                // As in Redis the product of infinity and 0 makes a sum 0 here; a union counts it as 0 itself.
                Some(o.aggregate.of(so_far, o.weigh(input, more)))
            });
            if let Some(score) = score {
                result.add(member, score, |_, new| new);
            }
        });
    }
    result
}

fn diff(sources: &Sources<'_>, limits: &Limits) -> Builder {
    let mut result = Builder::new(limits, 0);
    let Some((first, others)) = sources.split_first() else { return result };
    let total: usize = others.iter().map(|other| other.len()).sum();
    // Either each member is looked for in all the others, or all of the others' members are taken out.
    if first.len().saturating_mul(others.len()) <= total.saturating_add(first.len()) {
        for Element { member, score } in first.iter() {
            member.with_bytes(|member| {
                if others.iter().all(|other| other.score(member).is_none()) {
                    result.add(member, score, |_, new| new);
                }
            });
        }
        return result;
    }
    for Element { member, score } in first.iter() {
        member.with_bytes(|member| result.add(member, score, |_, new| new));
    }
    result.remove_all(others.iter().flat_map(|other| other.iter()));
    result
}

fn combine(
    ctx: &mut Ctx<'_>,
    mut args: Args<'_>,
    out: &mut dyn ReplySink,
    operation: Operation,
    (name, to_store): (&'static str, bool),
) -> CmdResult {
    let destination = if to_store { Some(args.next()) } else { None };
    let keys = keys(&mut args, name)?;
    let limits = ctx.limits();
    let sources = sources(ctx, keys)?;
    let o = Options::parse(&mut args, keys.len(), operation != Operation::Diff, to_store)?;
    let result = match operation {
        Operation::Union => union(&sources, &o, limits),
        Operation::Inter => inter(&sources, &o, limits),
        Operation::Diff => diff(&sources, limits),
    };
    drop(sources);
    match destination {
        Some(key) => store(ctx, key, result.finish(limits), name, out),
        None => {
            let result = result.sorted();
            reply(out, result.len(), result.iter(false), Shape::scores(o.with_scores));
            Ok(Effect::None)
        }
    }
}

fn zunion(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    combine(ctx, args, out, Operation::Union, ("zunion", false))
}

fn zunionstore(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    combine(ctx, args, out, Operation::Union, ("zunionstore", true))
}

fn zinter(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    combine(ctx, args, out, Operation::Inter, ("zinter", false))
}

fn zinterstore(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    combine(ctx, args, out, Operation::Inter, ("zinterstore", true))
}

fn zdiff(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    combine(ctx, args, out, Operation::Diff, ("zdiff", false))
}

fn zdiffstore(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    combine(ctx, args, out, Operation::Diff, ("zdiffstore", true))
}

fn zintercard(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let keys = keys(&mut args, "zintercard")?;
    let sources = sources(ctx, keys)?;
    let mut limit = usize::MAX;
    while !args.is_empty() {
        if args.left() < 2 || !args.eat("LIMIT") {
            return Err(CmdError::Syntax);
        }
        let n = num::parse_i64(args.next()).and_then(|n| u64::try_from(n).ok());
        let n = n.ok_or(CmdError::Text("ERR LIMIT can't be negative"))?;
        limit = if n == 0 { usize::MAX } else { usize::try_from(n).unwrap_or(usize::MAX) };
    }
    let order = by_size(&sources);
    let everywhere = |member: &[u8]| order[1..].iter().all(|&input| sources[input].score(member).is_some());
    let smallest = order.first().map_or(Source::Nothing, |&input| sources[input]);
    let n = smallest.iter().filter(|e| e.member.with_bytes(everywhere)).take(limit).count();
    out.int(i64::try_from(n).unwrap_or(i64::MAX));
    Ok(Effect::None)
}
