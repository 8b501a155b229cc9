//! APPEND, SETRANGE: change a part of a value.

use super::{encode, with_bytes};
use crate::cmd::args::Args;
use crate::cmd::ctx::{Ctx, Expiry};
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{CommandSpec, DENYOOM, FAST, Group, INSERT, KeySpec, RW, UPDATE, WRITE};
use crate::keyspace::raw::{Entry, INLINE_MAX, NewValue, StrRef};
use crate::keyspace::table::EntryGuard;
use crate::reply::sink::{Block, ReplySink};
use crate::types::string::block::{self, NoMemory};

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("append", append_command)
        .arity(3)
        .flags(WRITE | DENYOOM | FAST)
        .keys(&[KeySpec::one(1, RW | INSERT)])
        .group(Group::String)
        .since("2.0.0")
        .summary(
            "Appends bytes to a value and returns its length; an absent key is created.",
            "O(1), amortised over the appended bytes: a value that grows gets room for more",
        )
        .syntax("key value"),
    CommandSpec::new("setrange", setrange)
        .arity(4)
        .flags(WRITE | DENYOOM)
        .keys(&[KeySpec::one(1, RW | UPDATE)])
        .group(Group::String)
        .since("2.2.0")
        .summary(
            "Overwrites a part of a value from an offset on; a gap before it is filled with zero bytes.",
            "O(M) where M is the length of the new part, and of the whole value when it has to grow",
        )
        .syntax("key offset value"),
];

impl From<NoMemory> for CmdError {
    fn from(_: NoMemory) -> Self {
        Self::NoMemory
    }
}

fn append_command(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, bytes) = (args.next(), args.next());
    args.finish()?;
    out.int(extend(ctx, key, bytes)?);
    Ok(Effect::Changed(1))
}

/// Appends to the value of `key` and answers its length, for APPEND's typed call. The effect is that of
/// `APPEND key bytes`.
pub(crate) fn append(ctx: &mut Ctx<'_>, key: &[u8], bytes: &[u8]) -> Result<(i64, Effect), CmdError> {
    Ok((extend(ctx, key, bytes)?, Effect::Changed(1)))
}

fn extend(ctx: &mut Ctx<'_>, key: &[u8], bytes: &[u8]) -> Result<i64, CmdError> {
    let max = longest(ctx);
    let Some(mut entry) = ctx.find_str_mut(key)? else {
        check_end(0, bytes, max)?;
        ctx.put(key, encode(bytes)?, false, Expiry::Clear);
        ctx.event(Class::STRING, "append", key);
        return Ok(signed(bytes.len()));
    };
    let old_len = with_bytes(bytes_of(&entry), <[u8]>::len);
    let len = check_end(old_len, bytes, max)?;
    write_at(&mut entry, old_len, bytes)?;
    drop(entry);
    ctx.event(Class::STRING, "append", key);
    Ok(signed(len))
}

fn setrange(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, offset, bytes) = (args.next(), args.int(), args.next());
    args.finish()?;
    let offset = usize::try_from(offset);
    let offset = offset.map_err(|_| CmdError::Text("ERR offset is out of range"))?;
    let max = longest(ctx);
    let Some(mut entry) = ctx.find_str_mut(key)? else {
        if bytes.is_empty() {
            out.int(0);
            return Ok(Effect::None);
        }
        let end = check_end(offset, bytes, max)?;
        create(ctx, key, offset, bytes)?;
        ctx.event(Class::STRING, "setrange", key);
        out.int(signed(end));
        return Ok(Effect::Changed(1));
    };
    let old_len = with_bytes(bytes_of(&entry), <[u8]>::len);
    if bytes.is_empty() {
        out.int(signed(old_len));
        return Ok(Effect::None);
    }
    let end = check_end(offset, bytes, max)?;
    write_at(&mut entry, offset, bytes)?;
    drop(entry);
    ctx.event(Class::STRING, "setrange", key);
    out.int(signed(old_len.max(end)));
    Ok(Effect::Changed(1))
}

/// A new key of zeros up to `bytes`.
pub(crate) fn create(ctx: &mut Ctx<'_>, key: &[u8], offset: usize, bytes: &[u8]) -> Result<(), NoMemory> {
    let end = offset + bytes.len();
    if end <= INLINE_MAX {
        let mut value = [0; INLINE_MAX];
        value[offset..end].copy_from_slice(bytes);
        ctx.put(key, NewValue::Bytes(&value[..end]), true, Expiry::Clear);
    } else {
        let value = Block::new(block::written(&[], offset, bytes)?);
        ctx.put(key, NewValue::Block(value), true, Expiry::Clear);
    }
    Ok(())
}

/// The length that no value may exceed; none when a file is replayed, which may be from a time with a higher
/// limit.
pub(crate) fn longest(ctx: &Ctx<'_>) -> usize {
    if ctx.session.replaying { isize::MAX.unsigned_abs() } else { ctx.host.max_bulk() }
}

/// Where `bytes` at `offset` end, if the longest value allowed reaches that far.
fn check_end(offset: usize, bytes: &[u8], max: usize) -> Result<usize, CmdError> {
    let end = offset.checked_add(bytes.len()).filter(|end| *end <= max);
    end.ok_or(CmdError::Text("ERR string exceeds maximum allowed size (proto-max-bulk-len)"))
}

/// Writes into a value in place, or replaces it when it leaves its entry. Either way it counts as changed in
/// place, even by nothing.
pub(crate) fn write_at(entry: &mut EntryGuard<'_>, offset: usize, bytes: &[u8]) -> Result<(), NoMemory> {
    let end = offset.checked_add(bytes.len()).ok_or(NoMemory)?;
    if let Some(place) = entry.bytes_in_place().and_then(|value| value.get_mut(offset..end)) {
        place.copy_from_slice(bytes);
        return Ok(());
    }
    if let Some(value) = entry.block_mut() {
        return block::write_at(value, offset, bytes);
    }
    let len = with_bytes(bytes_of(entry), <[u8]>::len).max(end);
    if len <= INLINE_MAX {
        let mut value = [0; INLINE_MAX];
        with_bytes(bytes_of(entry), |old| value[..old.len()].copy_from_slice(old));
        value[offset..end].copy_from_slice(bytes);
        entry.set_value(NewValue::Bytes(&value[..len]), true);
    } else {
        let value = with_bytes(bytes_of(entry), |old| block::written(old, offset, bytes))?;
        entry.set_value(NewValue::Block(Block::new(value)), true);
    }
    Ok(())
}

/// The value of an entry that was found to be a string.
pub(crate) fn bytes_of(entry: &Entry) -> StrRef<'_> {
    entry.string().unwrap_or(StrRef::Bytes(&[]))
}

/// Lets `change` edit a value that must be at least `len` bytes long, zeros behind what is there. It counts as
/// changed in place.
pub(crate) fn edit<R>(
    entry: &mut EntryGuard<'_>,
    len: usize,
    change: impl FnOnce(&mut [u8]) -> R,
) -> Result<R, NoMemory> {
    if let Some(value) = entry.bytes_in_place().filter(|value| len <= value.len()) {
        return Ok(change(value));
    }
    if let Some(value) = entry.block_mut() {
        return block::writable(value, len).map(|value| change(value));
    }
    let old_len = with_bytes(bytes_of(entry), <[u8]>::len);
    let len = old_len.max(len);
    if len <= INLINE_MAX {
        let mut value = [0; INLINE_MAX];
        with_bytes(bytes_of(entry), |old| value[..old_len].copy_from_slice(old));
        let result = change(&mut value[..len]);
        entry.set_value(NewValue::Bytes(&value[..len]), true);
        return Ok(result);
    }
    let mut value = with_bytes(bytes_of(entry), |old| block::written(old, len, &[]))?;
    let result = change(&mut value);
    entry.set_value(NewValue::Block(Block::new(value)), true);
    Ok(result)
}

fn signed(len: usize) -> i64 {
    i64::try_from(len).unwrap_or(i64::MAX)
}
