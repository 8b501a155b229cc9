//! MGET, MSET, MSETNX, MSETEX: many keys in one step.

use super::set::{Options, stored_event};
use super::{encode, reply_option};
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::{Ctx, Expiry};
use crate::cmd::effect::{CmdResult, Effect, copied};
use crate::cmd::error::CmdError;
use crate::cmd::spec::{
    ACCESS, CommandSpec, DENYOOM, FAST, Group, INSERT, KeySpec, MOVABLEKEYS, OW, READONLY, RO, UPDATE, WRITE,
};
use crate::keyspace::raw::INLINE_MAX;
use crate::reply::sink::ReplySink;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("mget", mget)
        .arity_at_least(2)
        .flags(READONLY | FAST)
        .keys(&[KeySpec::all(1, 1, RO | ACCESS)])
        .group(Group::String)
        .tips(&["request_policy:multi_shard"])
        .since("1.0.0")
        .summary("Returns the values of several keys.", "O(N) where N is the number of keys")
        .syntax("key [key ...]"),
    CommandSpec::new("mset", mset)
        .arity_at_least(3)
        .flags(WRITE | DENYOOM)
        .keys(&[KeySpec::all(1, 2, OW | UPDATE)])
        .group(Group::String)
        .tips(&["request_policy:multi_shard", "response_policy:all_succeeded"])
        .since("1.0.1")
        .summary("Stores several values in one step.", "O(N) where N is the number of keys")
        .syntax("key value [key value ...]"),
    CommandSpec::new("msetnx", msetnx)
        .arity_at_least(3)
        .flags(WRITE | DENYOOM)
        .keys(&[KeySpec::all(1, 2, OW | INSERT)])
        .group(Group::String)
        .tips(&["request_policy:multi_shard", "response_policy:agg_min"])
        .since("1.0.1")
        .summary(
            "Stores several values in one step, only if none of the keys is there.",
            "O(N) where N is the number of keys",
        )
        .syntax("key value [key value ...]"),
    CommandSpec::new("msetex", msetex)
        .arity_at_least(4)
        .flags(WRITE | DENYOOM | MOVABLEKEYS)
        .keys(&[KeySpec::counted(1, 2, OW | UPDATE)])
        .group(Group::String)
        .tips(&["request_policy:multi_shard", "response_policy:all_succeeded"])
        .since("8.4.0")
        .summary(
            "Stores several values with one expiry in one step, if all or none of the keys are there.",
            "O(N) where N is the number of keys",
        )
        .syntax(
            "numkeys key value [key value ...] [condition: NX | XX] [expiration: EX seconds | \
             PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
        ),
];

fn mget(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let keys = args.rest();
    out.array(keys.len());
    ctx.find_strs(keys, |value| {
        reply_option(out, value);
        Ok(())
    })?;
    Ok(Effect::None)
}

/// Keys and values alternately.
type Pairs<'a> = &'a [&'a [u8]];

fn pairs<'a>(args: &mut Args<'a>, name: &str) -> Result<Pairs<'a>, CmdError> {
    let pairs = args.rest();
    if pairs.len().is_multiple_of(2) { Ok(pairs) } else { Err(CmdError::Arity(name.to_owned())) }
}

/// Stores them in order: of a key named twice the last value stays. Answers how many changes that is.
fn store(ctx: &mut Ctx<'_>, pairs: Pairs<'_>, expiry: Expiry) -> Result<u64, CmdError> {
    if pairs.iter().skip(1).step_by(2).any(|value| value.len() > INLINE_MAX) {
        // All or none: what may fail comes first.
        let values = pairs.chunks_exact(2).map(|pair| encode(pair[1])).collect::<Result<Vec<_>, _>>()?;
        for (pair, value) in pairs.chunks_exact(2).zip(values) {
            ctx.put(pair[0], value, false, expiry);
            stored_event(ctx, pair[0], expiry);
        }
    } else {
        for pair in pairs.chunks_exact(2) {
            ctx.put(pair[0], encode(pair[1])?, false, expiry);
            stored_event(ctx, pair[0], expiry);
        }
    }
    Ok((pairs.len() / 2) as u64)
}

fn mset(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let pairs = pairs(&mut args, "mset")?;
    let changes = store(ctx, pairs, Expiry::Clear)?;
    out.status("OK");
    Ok(Effect::Changed(changes))
}

fn msetnx(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let pairs = pairs(&mut args, "msetnx")?;
    let free = !pairs.chunks_exact(2).any(|pair| ctx.contains(pair[0]));
    if !free {
        out.int(0);
        return Ok(Effect::None);
    }
    let changes = store(ctx, pairs, Expiry::Clear)?;
    out.int(1);
    Ok(Effect::Changed(changes))
}

fn msetex(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    const BAD_COUNT: CmdError = CmdError::Text("ERR invalid numkeys value");
    let count = args.int_or(BAD_COUNT);
    args.check()?;
    let count = i32::try_from(count).ok().and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0);
    let count = count.ok_or(BAD_COUNT)?;
    if count > args.left() / 2 {
        return Err(CmdError::Text("ERR wrong number of key-value pairs"));
    }
    let pairs = args.take(count * 2);
    let options = Options::parse(&mut args, false);
    args.finish()?;
    let expiry = options.expiry(ctx, "msetex")?;
    let stored = match options.condition() {
        None => true,
        Some(present) => pairs.chunks_exact(2).all(|pair| ctx.contains(pair[0]) == present),
    };
    if !stored {
        out.int(0);
        return Ok(Effect::None);
    }
    let changes = store(ctx, pairs, expiry)?;
    out.int(1);
    // The journal speaks Redis 7, which has no MSETEX.
    if expiry == Expiry::Clear {
        return Ok(ctx.rewritten_as(changes, || {
            vec![std::iter::once(&b"MSET"[..]).chain(pairs.iter().copied()).map(copied).collect()]
        }));
    }
    Ok(ctx.rewritten_as(changes, || {
        let each = pairs.chunks_exact(2).map(|pair| {
            let mut command = vec![b"SET".to_vec(), copied(pair[0]), copied(pair[1])];
            match expiry {
                Expiry::At(at) => {
                    command.extend([b"PXAT".to_vec(), num::write_i64(&mut [0; 20], at).to_vec()]);
                }
                Expiry::Keep | Expiry::Clear => command.push(b"KEEPTTL".to_vec()),
            }
            command
        });
        each.collect()
    }))
}
