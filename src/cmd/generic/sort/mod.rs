//! SORT, SORT_RO: the elements of a list, set or sorted set in order. `options.rs` has the grammar and what it says of
//! keys and locks, `pattern.rs` the keys that BY and GET make of an element, `rows.rs` the order.

mod options;
mod pattern;
mod rows;

use std::ops::Range;

use super::super::spec::{
    ACCESS, CommandSpec, DENYOOM, Group, Handler, KeySpec, MOVABLEKEYS, OW, READONLY, RO, UPDATE, WRITE,
};
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Command, Effect, copied};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::reply::sink::ReplySink;
use crate::types::list::{End, Fill, List};
use crate::types::object::Object;
use options::Options;
use pattern::Pattern;
use rows::{Order, Texts, Weights};

const COST: &str = "O(N+M*log(M)) where N is the number of elements in the list or set to sort, and M the number of \
                    returned elements. When the elements are not sorted, complexity is O(N).";
const KEY: KeySpec = KeySpec::one(1, RO | ACCESS);
const PATTERNS: KeySpec = KeySpec::unknown(RO | ACCESS).notes(
    "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from the content of the \
     key we sort",
);
const DESTINATION: KeySpec = KeySpec::unknown(OW | UPDATE).notes(
    "For the optional STORE keyword. It is marked 'unknown' because the keyword can appear anywhere in the argument \
     array",
);

const fn row(name: &'static str, handler: Handler) -> CommandSpec {
    CommandSpec::new(name, handler).arity_at_least(2).group(Group::Generic).acl(&[
        "@set",
        "@sortedset",
        "@list",
        "@dangerous",
        "-@keyspace",
    ])
}

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    row("sort", sort)
        .flags(WRITE | DENYOOM | MOVABLEKEYS)
        .keys(&[KEY, PATTERNS, DESTINATION])
        .find_keys(options::find_keys)
        .plan_of(options::plan)
        .since("1.0.0")
        .summary("Sorts the elements of a list, a set or a sorted set, and returns or stores them.", COST)
        .syntax(
            "key [BY pattern#1] [LIMIT offset count] [GET pattern#1 [GET pattern#1 ...]] [order: ASC | DESC] \
             [sorting=ALPHA] [STORE destination#2]",
        ),
    row("sort_ro", sort_ro)
        .flags(READONLY | MOVABLEKEYS)
        .keys(&[KEY, PATTERNS])
        .find_keys(options::find_keys_ro)
        .plan_of(options::plan_ro)
        .since("7.0.0")
        .summary("Sorts the elements of a list, a set or a sorted set, and returns them.", COST)
        .syntax(
            "key [BY pattern#1] [LIMIT offset count] [GET pattern#1 [GET pattern#1 ...]] [order: ASC | DESC] \
             [sorting=ALPHA]",
        ),
];

/// Elements that one RPUSH of the journal names at most.
const JOURNAL_ELEMENTS: usize = 1024;

fn sort(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    let o = Options::parse(&mut args, false)?;
    run(ctx, key, &o, out)
}

fn sort_ro(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    let o = Options::parse(&mut args, true)?;
    run(ctx, key, &o, out)
}

/// How a call sorts, once the type of its value is known.
struct Plan<'o> {
    /// Not at all.
    unsorted: bool,
    alpha: bool,
    by: Option<&'o Pattern<'o>>,
    /// Equal weights are told apart by the elements: those of a set come in no order that could be kept.
    by_element: bool,
}

impl<'o> Plan<'o> {
    fn new(o: &'o Options<'o>, of_set: bool) -> Self {
        if o.unsorted && of_set && o.store.is_some() {
            // What is stored must not depend on chance.
            return Self { unsorted: false, alpha: true, by: None, by_element: true };
        }
        Self { unsorted: o.unsorted, alpha: o.alpha, by: o.by.as_ref(), by_element: of_set }
    }
}

/// The elements in their order, from the first to the last that is wanted.
fn sorted(ctx: &mut Ctx<'_>, key: &[u8], o: &Options<'_>) -> Result<(Texts, Vec<u32>), CmdError> {
    let Some(entry) = ctx.find(key) else { return Ok(Default::default()) };
    let object = entry.object().ok_or(CmdError::WrongType)?;
    let plan = Plan::new(o, matches!(object, Object::Set(_)));
    let range = o.range(object.len());
    if plan.unsorted {
        let texts = in_order(object, range, o.descending)?;
        let rows = texts.numbers();
        return Ok((texts, rows));
    }
    let texts = in_order(object, 0..object.len(), false)?;
    let weights = match plan.by {
        Some(by) => weights(ctx, &texts, by, plan.alpha)?,
        None if plan.alpha => Weights::Elements,
        None => Weights::numbers(&texts)?,
    };
    let order =
        Order { texts: &texts, weights: &weights, descending: o.descending, by_element: plan.by_element };
    let rows = order.rows(range);
    Ok((texts, rows))
}

/// A range of the elements as they are, from the end if `descending` and if they have an order at all.
fn in_order(object: &Object, range: Range<usize>, descending: bool) -> Result<Texts, CmdError> {
    let mut texts = Texts::default();
    let n = range.len();
    match object {
        Object::List(list) if descending => {
            // From the last one wanted, so that nothing is walked for nothing.
            let from = list.len() - range.end.min(list.len());
            list.iter_from(from).take(n).try_for_each(|e| e.with_bytes(|text| texts.push(text)))?;
            texts.reverse();
        }
        Object::List(list) => {
            list.iter_from(range.start).take(n).try_for_each(|e| e.with_bytes(|text| texts.push(text)))?;
        }
        Object::Set(set) => {
            let members = set.iter().skip(range.start).take(n);
            members.into_iter().try_for_each(|member| member.with_bytes(|text| texts.push(text)))?;
        }
        Object::Zset(zset) => {
            let len = zset.len();
            let ranks = if descending { len - range.end..len - range.start } else { range };
            zset.iter_ranks(ranks, descending)
                .try_for_each(|e| e.member.with_bytes(|text| texts.push(text)))?;
        }
        Object::Hash(_) | Object::Stream(_) => return Err(CmdError::WrongType),
    }
    Ok(texts)
}

/// The weights that BY gives the elements.
fn weights(ctx: &mut Ctx<'_>, texts: &Texts, by: &Pattern<'_>, alpha: bool) -> Result<Weights, CmdError> {
    let (mut key, mut numbers, mut words, mut error) = (Vec::new(), Vec::new(), Texts::default(), None);
    for element in texts.iter() {
        by.value(ctx, element, &mut key, &mut |value| {
            let done = match (alpha, value) {
                (true, Some(text)) => words.push(text),
                (true, None) => words.push_absent(),
                (false, None) => {
                    numbers.push(0.0);
                    Ok(())
                }
                (false, Some(text)) => rows::number(text).map(|v| numbers.push(v)).ok_or(rows::NO_NUMBER),
            };
            error = error.take().or(done.err());
        });
    }
    // All are looked at before the first error is told, as those who listen to events see.
    if let Some(error) = error {
        return Err(error);
    }
    Ok(if alpha { Weights::Texts(words) } else { Weights::Numbers(numbers) })
}

fn run(ctx: &mut Ctx<'_>, key: &[u8], o: &Options<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (texts, rows) = sorted(ctx, key, o)?;
    if let Some(destination) = o.store {
        return store(ctx, destination, &texts, &rows, o, out);
    }
    out.array(rows.len().saturating_mul(o.get.len().max(1)));
    let mut key = Vec::new();
    for &row in &rows {
        let element = texts.get(row);
        if o.get.is_empty() {
            out.bulk(element);
        }
        for pattern in &o.get {
            pattern.reply(ctx, element, &mut key, out);
        }
    }
    Ok(Effect::None)
}

/// Stores the elements, or what GET finds for each, as a list.
fn store(
    ctx: &mut Ctx<'_>,
    destination: &[u8],
    texts: &Texts,
    rows: &[u32],
    o: &Options<'_>,
    out: &mut dyn ReplySink,
) -> CmdResult {
    let fill = Fill::of(ctx.limits());
    let (mut list, mut key) = (List::new(), Vec::new());
    for &row in rows {
        let element = texts.get(row);
        if o.get.is_empty() {
            list.push(End::Right, element, fill);
        }
        for pattern in &o.get {
            pattern.value(ctx, element, &mut key, &mut |value| {
                list.push(End::Right, value.unwrap_or_default(), fill);
            });
        }
    }
    let len = list.len();
    out.int(i64::try_from(len).unwrap_or(i64::MAX));
    // Fields go when their time comes, and the journal tells of it when it has happened. A call that looked at some
    // must not look again when the journal is replayed.
    let looked = o.by.iter().chain(&o.get).any(Pattern::has_field);
    let commands = (looked && ctx.host.journaling()).then(|| pushes(destination, &list));
    let changed = ctx.store(destination, list, Class::LIST, "sortstore");
    Ok(match commands {
        _ if !changed => Effect::None,
        Some(commands) => ctx.rewritten_as(len.max(1) as u64, || commands),
        None => Effect::Changed(len.max(1) as u64),
    })
}

/// The commands that make a list of a key, whatever it was.
fn pushes(key: &[u8], list: &List) -> Vec<Command> {
    let mut commands: Vec<Command> = vec![vec![b"DEL".to_vec(), copied(key)]];
    let mut elements = list.iter_from(0).map(|e| e.with_bytes(copied)).peekable();
    while elements.peek().is_some() {
        let mut command = vec![b"RPUSH".to_vec(), copied(key)];
        command.extend(elements.by_ref().take(JOURNAL_ELEMENTS));
        commands.push(command);
    }
    commands
}
