//! LCS: the longest common subsequence of two values.

use super::with_bytes;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::spec::{ACCESS, CommandSpec, Group, KeySpec, READONLY, RO};
use crate::keyspace::raw::StrRef;
use crate::reply::sink::{Block, ReplySink};
use crate::types::string::lcs;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("lcs", run)
    .arity_at_least(3)
    .flags(READONLY)
    .keys(&[KeySpec::range(1, 1, 1, RO | ACCESS)])
    .group(Group::String)
    .since("7.0.0")
    .summary(
        "Finds the longest common subsequence of two values.",
        "O(N*M) where N and M are the lengths of the values",
    )
    .syntax("key1 key2 [LEN] [IDX] [MINMATCHLEN len] [WITHMATCHLEN]")];

#[derive(Default)]
struct Options {
    len: bool,
    idx: bool,
    with_match_len: bool,
    min_match_len: usize,
}

impl Options {
    fn parse(args: &mut Args<'_>) -> Self {
        let mut o = Self::default();
        while !args.is_empty() && !args.failed() {
            if args.eat("IDX") {
                o.idx = true;
            } else if args.eat("LEN") {
                o.len = true;
            } else if args.eat("WITHMATCHLEN") {
                o.with_match_len = true;
            } else if args.eat("MINMATCHLEN") {
                o.min_match_len = usize::try_from(args.int()).unwrap_or(0);
            } else {
                args.fail(CmdError::Syntax);
            }
        }
        o
    }
}

/// The value of a key, kept while the other one is looked up; an absent one is empty.
fn value(ctx: &mut Ctx<'_>, key: &[u8]) -> Result<Block, CmdError> {
    let value = ctx.find_str(key);
    let value = value.map_err(|_| CmdError::Text("ERR The specified keys must contain string values"))?;
    Ok(match value {
        None => Block::default(),
        Some(StrRef::Block(block)) => Block::clone(block),
        Some(value) => Block::new(with_bytes(value, <[u8]>::to_vec)),
    })
}

fn run(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key1, key2) = (args.next(), args.next());
    // Values come before options: a wrong type is told first.
    let (a, b) = (value(ctx, key1), value(ctx, key2));
    let (a, b) = (a?, b?);
    let o = Options::parse(&mut args);
    args.finish()?;
    if o.idx && o.len {
        return Err(CmdError::Text("ERR If you want both the length and indexes, please just use IDX."));
    }
    if lcs::table_bytes(a.len(), b.len()) > ctx.host.max_bulk() as u64 {
        return Err(CmdError::Text(
            "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len",
        ));
    }
    let no_memory =
        |_| CmdError::Text("ERR Insufficient memory, failed allocating transient memory, string too long?");
    if o.len {
        out.int(signed(lcs::length(&a, &b)));
    } else if o.idx {
        let (matches, len) = lcs::matches(&a, &b, o.min_match_len).map_err(no_memory)?;
        out.map(2);
        out.bulk(b"matches");
        out.array(matches.len());
        for m in &matches {
            out.array(if o.with_match_len { 3 } else { 2 });
            for (start, end) in [(m.a_start, m.a_end), (m.b_start, m.b_end)] {
                out.array(2);
                out.int(signed(start));
                out.int(signed(end));
            }
            if o.with_match_len {
                out.int(signed(m.len()));
            }
        }
        out.bulk(b"len");
        out.int(signed(len));
    } else {
        out.bulk(&lcs::subsequence(&a, &b).map_err(no_memory)?);
    }
    Ok(Effect::None)
}

fn signed(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
