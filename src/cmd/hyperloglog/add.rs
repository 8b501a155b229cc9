//! PFADD: count elements.

use smallvec::SmallVec;

use super::{copy, create, mark, replace, sketch};
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{CommandSpec, DENYOOM, FAST, Group, INSERT, KeySpec, RW, WRITE};
use crate::cmd::string::edit::{bytes_of, edit};
use crate::keyspace::raw::StrRef;
use crate::keyspace::table::EntryGuard;
use crate::reply::sink::ReplySink;
use crate::types::hll::sparse::{self, Raise};
use crate::types::hll::{self, Encoding, dense};

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("pfadd", pfadd)
    .arity_at_least(2)
    .flags(WRITE | DENYOOM | FAST)
    .keys(&[KeySpec::one(1, RW | INSERT)])
    .group(Group::Hyperloglog)
    .since("2.8.9")
    .summary("Adds elements to a HyperLogLog, created if the key is absent.", "O(1) for each element")
    .syntax("key [element [element ...]]")];

fn pfadd(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, elements) = (args.next(), args.rest());
    let sparse_max = ctx.limits().hll_sparse_max_bytes();
    let changes = if let Some(mut entry) = ctx.find_str_mut(key)? {
        match sketch(bytes_of(&entry))? {
            (_, Encoding::Dense) => add_to_dense(&mut entry, elements)?,
            (_, Encoding::Sparse) => add_to_sparse(&mut entry, elements, sparse_max)?,
        }
    } else {
        let mut value = hll::empty();
        let changes = add(&mut value, elements, sparse_max)?;
        create(ctx, key, value);
        changes + 1
    };
    out.int((changes > 0).into());
    if changes == 0 {
        return Ok(Effect::None);
    }
    ctx.event(Class::STRING, "pfadd", key);
    Ok(Effect::Changed(changes))
}

/// Adds elements to a value; how many of them changed it.
fn add(value: &mut Vec<u8>, elements: &[&[u8]], sparse_max: usize) -> Result<u64, CmdError> {
    let mut changes = 0;
    for element in elements {
        let (index, count) = hll::place(element);
        changes += u64::from(hll::raise(value, index, count, sparse_max)?);
    }
    Ok(changes)
}

fn add_to_sparse(entry: &mut EntryGuard<'_>, elements: &[&[u8]], sparse_max: usize) -> Result<u64, CmdError> {
    mark(entry);
    if let [element] = elements
        && let Some(changes) = add_in_place(entry, element, sparse_max)?
    {
        return Ok(changes);
    }
    let mut value = copy(sketch(bytes_of(entry))?.0)?;
    let changes = add(&mut value, elements, sparse_max)?;
    if changes > 0 {
        hll::forget(&mut value);
        replace(entry, value);
    }
    Ok(changes)
}

/// Adds one element to a short value that stays one; nothing is copied. `None` if that is not how it is. An error is
/// known before anything changes, which it would not be of several elements.
fn add_in_place(
    entry: &mut EntryGuard<'_>,
    element: &[u8],
    sparse_max: usize,
) -> Result<Option<u64>, CmdError> {
    let StrRef::Bytes(value) = bytes_of(entry) else { return Ok(None) };
    let (len, (index, count)) = (value.len(), hll::place(element));
    let change = match sparse::plan(value, index, count, sparse_max)? {
        Raise::Nothing => return Ok(Some(0)),
        Raise::Promote => return Ok(None),
        Raise::Change(change) => change,
    };
    if change.len_of(len) > len && !entry.resize(change.len_of(len)) {
        return Ok(None);
    }
    let Some(value) = entry.bytes_in_place() else { return Ok(None) };
    let left = change.make(value, len);
    hll::forget(value);
    if left < value.len() {
        entry.resize(left);
    }
    Ok(Some(1))
}

/// In place, and only if something changes: somebody may hold the value.
fn add_to_dense(entry: &mut EntryGuard<'_>, elements: &[&[u8]]) -> Result<u64, CmdError> {
    if let [element] = elements
        && let Some(value) = entry.bytes_in_place()
    {
        let (index, count) = hll::place(element);
        let changed = dense::raise(value, index, count);
        if changed {
            hll::forget(value);
        }
        return Ok(changed.into());
    }
    let (value, _) = sketch(bytes_of(entry))?;
    let places = elements.iter().map(|element| hll::place(element));
    let new: SmallVec<[(usize, u8); 8]> =
        places.filter(|(index, count)| dense::get(value, *index) < *count).collect();
    if new.is_empty() {
        return Ok(0);
    }
    let changes = edit(entry, 0, |value| {
        hll::forget(value);
        new.into_iter().filter(|(index, count)| dense::raise(value, *index, *count)).count()
    })?;
    Ok(changes as u64)
}
