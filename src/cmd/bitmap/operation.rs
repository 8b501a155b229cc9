//! BITOP: whole values combined bit by bit.

use std::borrow::Cow;

use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::{Ctx, Expiry, string_of};
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{ACCESS, CommandSpec, DENYOOM, Group, KeySpec, OW, RO, UPDATE, WRITE};
use crate::keyspace::raw::{Entry, INLINE_MAX, NewValue, StrRef};
use crate::reply::sink::{Block, ReplySink};
use crate::types::bitmap::combine::{Op, combine};

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("bitop", bitop)
    .arity_at_least(4)
    .flags(WRITE | DENYOOM)
    .keys(&[KeySpec::one(2, OW | UPDATE), KeySpec::all(3, 1, RO | ACCESS)])
    .group(Group::Bitmap)
    .since("2.6.0")
    .summary(
        "Combines values bit by bit and stores the result.",
        "O(N) where N is the length of all values together",
    )
    .syntax("operation destkey key ...")];

/// The bytes of a source; an integer is printed.
fn source<'a>(entry: Option<&'a Entry>) -> Result<Cow<'a, [u8]>, CmdError> {
    Ok(match entry.map(string_of).transpose()? {
        None => Cow::Borrowed(&[]),
        Some(StrRef::Int(i)) => Cow::Owned(num::write_i64(&mut [0; 20], i).to_vec()),
        Some(StrRef::Bytes(bytes)) => Cow::Borrowed(bytes),
        Some(StrRef::Block(block)) => Cow::Borrowed(block),
    })
}

fn bitop(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (name, target, keys) = (args.next(), args.next(), args.rest());
    let op = match name.to_ascii_uppercase().as_slice() {
        b"AND" => Op::And,
        b"OR" => Op::Or,
        b"XOR" => Op::Xor,
        b"NOT" => Op::Not,
        _ => return Err(CmdError::Syntax),
    };
    if op == Op::Not && keys.len() != 1 {
        return Err(CmdError::Text("ERR BITOP NOT must be called with a single source key."));
    }
    let entries = ctx.read_many(keys, |entry| string_of(entry).map(|_| ()))?;
    let sources = entries.into_iter().map(source).collect::<Result<Vec<_>, _>>()?;
    let values: Vec<&[u8]> = sources.iter().map(Cow::as_ref).collect();
    let result = combine(op, &values)?;
    out.int(i64::try_from(result.len()).unwrap_or(i64::MAX));
    if result.is_empty() {
        if !ctx.clear_way(target) {
            return Ok(Effect::None);
        }
        ctx.event(Class::GENERIC, "del", target);
        return Ok(Effect::Changed(1));
    }
    if result.len() <= INLINE_MAX {
        ctx.put(target, NewValue::Bytes(&result), true, Expiry::Clear);
    } else {
        ctx.put(target, NewValue::Block(Block::new(result)), true, Expiry::Clear);
    }
    ctx.event(Class::STRING, "set", target);
    Ok(Effect::Changed(1))
}
