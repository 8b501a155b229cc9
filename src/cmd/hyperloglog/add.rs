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
use crate::keyspace::raw::Entry;
use crate::reply::sink::ReplySink;
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

fn add_to_sparse(entry: &mut Entry, elements: &[&[u8]], sparse_max: usize) -> Result<u64, CmdError> {
    mark(entry);
    let mut value = copy(sketch(bytes_of(entry))?.0)?;
    let changes = add(&mut value, elements, sparse_max)?;
    if changes > 0 {
        hll::forget(&mut value);
        replace(entry, value);
    }
    Ok(changes)
}

/// In place, and only if something changes: somebody may hold the value.
fn add_to_dense(entry: &mut Entry, elements: &[&[u8]]) -> Result<u64, CmdError> {
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
