//! PFMERGE: the union of several HyperLogLogs, stored.

use super::{copy, create, replace, sketch};
use crate::cmd::args::Args;
use crate::cmd::ctx::{Ctx, string_of};
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::event::Class;
use crate::cmd::spec::{ACCESS, CommandSpec, DENYOOM, Group, INSERT, KeySpec, RO, RW, WRITE};
use crate::cmd::string::edit::bytes_of;
use crate::reply::sink::ReplySink;
use crate::types::hll::{self, Encoding, Registers};

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("pfmerge", pfmerge)
    .arity_at_least(2)
    .flags(WRITE | DENYOOM)
    .keys(&[KeySpec::one(1, RW | ACCESS | INSERT), KeySpec::all(2, 1, RO | ACCESS)])
    .group(Group::Hyperloglog)
    .since("2.8.9")
    .summary("Adds what was added to several HyperLogLogs to another one.", "O(N) for N keys")
    .syntax("destkey sourcekey [sourcekey ...]")];

fn pfmerge(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let keys = args.rest();
    let sparse_max = ctx.limits().hll_sparse_max_bytes();
    let (mut registers, mut is_dense) = (Registers::default(), false);
    for key in keys {
        let Some(entry) = ctx.find(key) else { continue };
        let (bytes, encoding) = sketch(string_of(entry)?)?;
        registers.merge(bytes)?;
        is_dense |= encoding == Encoding::Dense;
    }
    let key = keys.first().copied().unwrap_or_default();
    let target = ctx.find_str_mut(key)?.map(|entry| copy(sketch(bytes_of(&entry))?.0));
    let mut value = target.unwrap_or_else(|| Ok(hll::empty()))?;
    if is_dense {
        registers.store_dense(&mut value);
    } else {
        registers.raise(&mut value, sparse_max)?;
    }
    hll::forget(&mut value);
    if let Some(mut entry) = ctx.find_str_mut(key)? {
        replace(&mut entry, value);
    } else {
        create(ctx, key, value);
    }
    ctx.event(Class::STRING, "pfadd", key);
    out.status("OK");
    Ok(Effect::Changed(1))
}
