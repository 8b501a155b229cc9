//! PFDEBUG, PFSELFTEST: a look inside.

use super::{copy, mark, replace, sketch};
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::{CmdError, quotable};
use crate::cmd::spec::{ACCESS, ADMIN, CommandSpec, DENYOOM, Group, KeySpec, RW, WRITE};
use crate::cmd::string::edit::bytes_of;
use crate::keyspace::raw::Entry;
use crate::reply::sink::ReplySink;
use crate::types::hll::{self, Encoding, Registers, sparse};

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("pfdebug", pfdebug)
        .arity(3)
        .flags(WRITE | DENYOOM | ADMIN)
        .keys(&[KeySpec::one(2, RW | ACCESS)])
        .group(Group::Hyperloglog)
        .internal()
        .since("2.8.9")
        .summary("Shows the registers of a HyperLogLog and how they are encoded.", "O(1)")
        .syntax("subcommand key"),
    CommandSpec::new("pfselftest", pfselftest)
        .arity(1)
        .flags(ADMIN)
        .group(Group::Hyperloglog)
        .internal()
        .since("2.8.9")
        .summary("Checks the estimates of a HyperLogLog as it grows.", "O(1)")
        .syntax(""),
];

fn pfdebug(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (subcommand, key) = (args.next(), args.next());
    args.finish()?;
    let Some(mut entry) = ctx.find_str_mut(key)? else {
        return Err(CmdError::Text("ERR The specified key does not exist"));
    };
    let (_, encoding) = sketch(bytes_of(&entry))?;
    mark(&mut entry);
    let is_sparse = encoding == Encoding::Sparse;
    let mut changes = false;
    match subcommand.to_ascii_lowercase().as_slice() {
        b"getreg" => {
            if is_sparse {
                make_dense(&mut entry)?;
                changes = true;
            }
            let mut registers = Registers::default();
            registers.merge(sketch(bytes_of(&entry))?.0)?;
            out.array(hll::REGISTERS);
            registers.iter().for_each(|count| out.int(count.into()));
        }
        b"decode" if is_sparse => out.bulk(&sparse::describe(sketch(bytes_of(&entry))?.0)?),
        b"decode" => return Err(CmdError::Text("ERR HLL encoding is not sparse")),
        b"encoding" => out.status(if is_sparse { "sparse" } else { "dense" }),
        b"todense" => {
            if is_sparse {
                make_dense(&mut entry)?;
                changes = true;
            }
            out.int(changes.into());
        }
        _ => {
            let text: &[u8] = b"ERR Unknown PFDEBUG subcommand '";
            return Err(CmdError::Bytes([text, quotable(subcommand), b"'"].concat()));
        }
    }
    drop(entry);
    ctx.quieten();
    Ok(if changes { Effect::Changed(1) } else { Effect::None })
}

fn make_dense(entry: &mut Entry) -> Result<(), CmdError> {
    let mut value = copy(sketch(bytes_of(entry))?.0)?;
    hll::make_dense(&mut value)?;
    replace(entry, value);
    Ok(())
}

/// Elements that the self-test adds.
const TESTED: u64 = 100_000;

fn pfselftest(_: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    args.finish()?;
    let mut value = hll::empty();
    for n in 1..=TESTED {
        let (index, count) = hll::place(&n.to_le_bytes());
        hll::raise(&mut value, index, count, 3000)?;
        // Four times the standard error, which is below 0.0082.
        if n.is_multiple_of(1000) && hll::count(&value)?.abs_diff(n) > n / 30 {
            return Err(CmdError::Text("ERR TESTFAILED Too big error"));
        }
    }
    out.status("OK");
    Ok(Effect::None)
}
