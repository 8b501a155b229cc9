//! XADD and XTRIM, which cut streams by the same options.

use super::{BAD_ID, node_limits, parse_id, put_id};
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect, copied};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{CommandSpec, DELETE, DENYOOM, FAST, Group, KeySpec, RW, UPDATE, WRITE};
use crate::reply::sink::ReplySink;
use crate::types::stream::{Id, Keep, Log, Stream};

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("xadd", xadd)
        .arity_at_least(5)
        .flags(WRITE | DENYOOM | FAST)
        .keys(&[KeySpec::one(1, RW | UPDATE)
            .notes("UPDATE instead of INSERT because of the optional trimming feature")])
        .group(Group::Stream)
        .tips(&["nondeterministic_output"])
        .since("5.0.0")
        .summary("Appends an entry to a stream.", "O(1), and O(N) for N entries that are cut off")
        .syntax(
            "key [NOMKSTREAM]@6.2.0 [trim: (strategy: MAXLEN | MINID@6.2.0) \
             [operator: equal== | approximately=~] threshold [LIMIT@6.2.0 count]] \
             (id_or_auto: auto_id=* | id) field value [field value ...]",
        )
        .history(&[
            ("6.2.0", "Added the `NOMKSTREAM` option, `MINID` trimming strategy and the `LIMIT` option."),
            ("7.0.0", "Added support for the `<ms>-*` explicit ID form."),
        ]),
    CommandSpec::new("xtrim", xtrim)
        .arity_at_least(4)
        .flags(WRITE)
        .keys(&[KeySpec::one(1, RW | DELETE)])
        .group(Group::Stream)
        .tips(&["nondeterministic_output"])
        .since("5.0.0")
        .summary("Cuts the oldest entries off a stream.", "O(N) for N entries that are cut off")
        .syntax(
            "key (trim: (strategy: MAXLEN | MINID@6.2.0) \
             [operator: equal== | approximately=~] threshold [LIMIT@6.2.0 count])",
        )
        .history(&[("6.2.0", "Added the `MINID` trimming strategy and the `LIMIT` option.")]),
];

/// No entry may be larger: it has to find room in a node.
const MAX_ENTRY: usize = 1 << 30;
/// From this size on it is worth asking first whether there is memory.
const LARGE: usize = 1 << 20;
/// The most entries that `~` without LIMIT cuts off, whatever `stream-node-max-entries` says.
const MAX_LIMIT: u64 = 1_000_000;
/// The same if it says nothing.
const DEFAULT_LIMIT: u64 = 10_000;

const TOO_SMALL: CmdError =
    CmdError::Text("ERR The ID specified in XADD is equal or smaller than the target stream top item");

/// How a stream is to be cut.
#[derive(Debug, Clone, Copy)]
struct Trim {
    keep: Keep,
    approximate: bool,
    limit: u64,
}

/// The ID that a new entry is to have.
#[derive(Debug, Clone, Copy)]
enum NewId {
    /// `*`
    Auto,
    /// `ms-*`
    Millis(u64),
    /// All of it.
    Whole(Id),
}

impl NewId {
    fn parse(text: &[u8]) -> Option<Self> {
        let (ms, seq) = Id::parse_new(text)?;
        Some(seq.map_or(Self::Millis(ms), |seq| Self::Whole(Id::new(ms, seq))))
    }

    /// The ID itself, behind the last one of the stream.
    fn settle(self, last: Id, now: i64) -> Result<Id, CmdError> {
        let Some(next) = last.next() else {
            let text = "ERR The stream has exhausted the last possible ID, unable to add more items";
            return Err(CmdError::Text(text));
        };
        let id = match self {
            Self::Auto => {
                let now = u64::try_from(now).unwrap_or(0);
                return Ok(if now > last.ms { Id::new(now, 0) } else { next });
            }
            Self::Millis(ms) if ms == last.ms => Id::new(ms, last.seq.checked_add(1).ok_or(TOO_SMALL)?),
            Self::Millis(ms) => Id::new(ms, 0),
            Self::Whole(id) => id,
        };
        if id > last { Ok(id) } else { Err(TOO_SMALL) }
    }
}

/// The options in front of the entry.
#[derive(Debug, Default)]
struct Options {
    trim: Option<Trim>,
    only_existing: bool,
    id: Option<NewId>,
}

impl Options {
    /// Reads options up to the ID of XADD, or all that XTRIM has; answers how many words they are.
    fn parse(ctx: &Ctx<'_>, words: &[&[u8]], adds: bool) -> Result<(Self, usize), CmdError> {
        let mut options = Self::default();
        let (mut keep, mut approximate, mut limit) = (None, false, None);
        let mut at = 0;
        while let Some(&word) = words.get(at) {
            let next = words.get(at + 1).copied();
            let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
            at += 1;
            match next {
                _ if adds && word == b"*" => {
                    options.id = Some(NewId::Auto);
                    break;
                }
                Some(operator) if is("MAXLEN") || is("MINID") => {
                    if keep.is_some() {
                        return Err(CmdError::Text(
                            "ERR syntax error, MAXLEN and MINID options at the same time are not compatible",
                        ));
                    }
                    approximate = operator == b"~" && words.len() > at + 1;
                    if approximate || operator == b"=" && words.len() > at + 1 {
                        at += 1;
                    }
                    keep = Some(threshold(words[at], is("MAXLEN"))?);
                    at += 1;
                }
                Some(n) if is("LIMIT") => {
                    let n = num::parse_i64(n).ok_or(CmdError::NotInteger)?;
                    let n = u64::try_from(n);
                    limit = Some(n.map_err(|_| CmdError::Text("ERR The LIMIT argument must be >= 0."))?);
                    at += 1;
                }
                _ if adds && is("NOMKSTREAM") => options.only_existing = true,
                _ if adds => {
                    options.id = Some(NewId::parse(word).ok_or(BAD_ID)?);
                    break;
                }
                _ => return Err(CmdError::Syntax),
            }
        }
        if limit.is_some_and(|n| n > 0) && keep.is_none() {
            return Err(CmdError::Text(
                "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy",
            ));
        }
        if !adds && keep.is_none() {
            return Err(CmdError::Text("ERR syntax error, XTRIM must be called with a trimming strategy"));
        }
        let limit = limit_of(ctx, limit, approximate)?;
        options.trim = keep.map(|keep| Trim { keep, approximate, limit });
        Ok((options, at))
    }
}

/// What MAXLEN or MINID says.
fn threshold(word: &[u8], is_length: bool) -> Result<Keep, CmdError> {
    if !is_length {
        return parse_id(word, 0).map(Keep::From);
    }
    let n = num::parse_i64(word).ok_or(CmdError::NotInteger)?;
    let n = u64::try_from(n).map_err(|_| CmdError::Text("ERR The MAXLEN argument must be >= 0."))?;
    Ok(Keep::Newest(n))
}

/// The most entries to cut off, 0 for all.
fn limit_of(ctx: &Ctx<'_>, given: Option<u64>, approximate: bool) -> Result<u64, CmdError> {
    if ctx.session.replaying {
        // Redis leaves LIMIT in what it rewrote to exact trimming.
        return Ok(0);
    }
    match given {
        Some(_) if !approximate => {
            Err(CmdError::Text("ERR syntax error, LIMIT cannot be used without the special ~ option"))
        }
        Some(limit) => Ok(limit),
        None if approximate => {
            let entries = u64::try_from(ctx.limits().stream_node_max_entries()).unwrap_or(0);
            let limit = entries.saturating_mul(100);
            Ok(if limit == 0 { DEFAULT_LIMIT } else { limit.min(MAX_LIMIT) })
        }
        None => Ok(0),
    }
}

fn xadd(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    let (options, used) = Options::parse(ctx, args.clone().rest(), true)?;
    args.take(used);
    let pairs = args.rest();
    let (Some(new), false) = (options.id, pairs.is_empty() || pairs.len() % 2 == 1) else {
        return Err(CmdError::Arity("xadd".to_owned()));
    };
    if matches!(new, NewId::Whole(Id::MIN)) {
        return Err(CmdError::Text("ERR The ID specified in XADD must be greater than 0-0"));
    }
    check_size(pairs)?;
    let now = if matches!(new, NewId::Auto) { ctx.now() } else { 0 };
    let limits = node_limits(ctx);
    let apply = |log: &mut Log| {
        let id = new.settle(log.last_id, now)?;
        log.append(id, pairs, limits);
        let cut = options.trim.map_or(0, |trim| log.trim(trim.keep, trim.approximate, trim.limit));
        Ok::<_, CmdError>((id, cut, log.len()))
    };
    let (id, cut, len) = if let Some(mut stream) = ctx.write::<Stream>(key)? {
        apply(stream.log_mut())?
    } else if options.only_existing {
        out.null();
        return Ok(Effect::None);
    } else {
        apply(ctx.write_or_create(key, Stream::new)?.log_mut())?
    };
    ctx.event(Class::STREAM, "xadd", key);
    if cut > 0 {
        ctx.event(Class::STREAM, "xtrim", key);
    }
    put_id(out, id);
    let approximate = options.trim.is_some_and(|trim| trim.approximate);
    if matches!(new, NewId::Whole(_)) && !approximate {
        return Ok(Effect::Changed(1));
    }
    Ok(ctx.rewritten_as(1, || {
        let mut words = vec![b"XADD".to_vec(), copied(key)];
        if approximate && cut > 0 {
            words.extend(exactly(len));
        } else if let Some(trim) = options.trim.filter(|trim| !trim.approximate) {
            words.extend(as_given(trim.keep));
        }
        words.push(id.text().to_vec());
        words.extend(pairs.iter().map(|word| copied(word)));
        vec![words]
    }))
}

/// Whether an entry finds room in a node, and in memory.
fn check_size(pairs: &[&[u8]]) -> Result<(), CmdError> {
    let size = pairs.iter().fold(0usize, |sum, word| sum.saturating_add(word.len()));
    if size > MAX_ENTRY || pairs.len() > MAX_ENTRY / 16 {
        return Err(CmdError::Text("ERR Elements are too large to be stored"));
    }
    if size < LARGE || Vec::<u8>::new().try_reserve_exact(2 * size).is_ok() {
        return Ok(());
    }
    Err(CmdError::NoMemory)
}

/// The words that cut a stream to the length that approximate trimming left.
fn exactly(len: u64) -> [Vec<u8>; 3] {
    as_given(Keep::Newest(len))
}

/// The words of exact trimming.
fn as_given(keep: Keep) -> [Vec<u8>; 3] {
    let (name, threshold) = match keep {
        Keep::Newest(n) => {
            let mut text = Vec::new();
            num::push_u64(&mut text, n);
            ("MAXLEN", text)
        }
        Keep::From(id) => ("MINID", id.text().to_vec()),
    };
    [name.as_bytes().to_vec(), b"=".to_vec(), threshold]
}

fn xtrim(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    let (options, _) = Options::parse(ctx, args.rest(), false)?;
    let Some((mut stream, trim)) = ctx.write::<Stream>(key)?.zip(options.trim) else {
        out.int(0);
        return Ok(Effect::None);
    };
    let log = stream.log_mut();
    let cut = log.trim(trim.keep, trim.approximate, trim.limit);
    let len = log.len();
    drop(stream);
    out.int(cut.cast_signed());
    if cut == 0 {
        return Ok(Effect::None);
    }
    ctx.event(Class::STREAM, "xtrim", key);
    if !trim.approximate {
        return Ok(Effect::Changed(cut));
    }
    Ok(ctx.rewritten_as(cut, || {
        let mut words = vec![b"XTRIM".to_vec(), copied(key)];
        words.extend(exactly(len));
        vec![words]
    }))
}
