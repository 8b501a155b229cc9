//! ZSCAN: walks the members a few at a time.

use crate::base::glob::key_match;
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::spec::{ACCESS, CommandSpec, Group, KeySpec, READONLY, RO};
use crate::reply::sink::ReplySink;
use crate::types::zset::Zset;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("zscan", zscan)
    .arity_at_least(3)
    .flags(READONLY)
    .keys(&[KeySpec::one(1, RO | ACCESS)])
    .group(Group::SortedSet)
    .tips(&["nondeterministic_output"])
    .since("2.8.0")
    .summary(
        "Walks the members and scores a few at a time.",
        "O(1) for every call, O(N) for a walk over all N members",
    )
    .syntax("key cursor [MATCH pattern] [COUNT count]")];

/// How many members a call looks at unless COUNT says otherwise.
const DEFAULT_COUNT: usize = 10;

fn options<'a>(args: &mut Args<'a>) -> Result<(Option<&'a [u8]>, usize), CmdError> {
    let (mut pattern, mut count) = (None, DEFAULT_COUNT);
    while !args.is_empty() {
        if args.left() < 2 {
            return Err(CmdError::Syntax);
        } else if args.eat("COUNT") {
            let n = args.int();
            args.check()?;
            count = usize::try_from(n).ok().filter(|n| *n > 0).ok_or(CmdError::Syntax)?;
        } else if args.eat("MATCH") {
            pattern = Some(args.next());
        } else {
            return Err(CmdError::Syntax);
        }
    }
    Ok((pattern, count))
}

/// Appends a score as the set stores it: a small one has whole scores as integers, whatever their size.
fn push_score(out: &mut Vec<u8>, score: f64, small: bool) {
    match Zset::stored_whole(score) {
        Some(whole) if small => num::push_i64(out, whole),
        _ => num::push_f64(out, score),
    }
}

fn zscan(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, cursor) = (args.next(), args.next());
    let cursor = num::parse_cursor(cursor).ok_or(CmdError::Text("ERR invalid cursor"))?;
    // The texts one after the other: their number is not known before the walk is over.
    let (mut bytes, mut ends, mut next) = (Vec::new(), Vec::new(), 0);
    // Without a key the options are not looked at.
    if let Some(zset) = ctx.read::<Zset>(key)? {
        let (pattern, count) = options(&mut args)?;
        let small = zset.is_small();
        next = zset.scan(cursor, count, |element| {
            element.member.with_bytes(|member| {
                if pattern.is_none_or(|pattern| key_match(pattern, member)) {
                    bytes.extend_from_slice(member);
                    ends.push(bytes.len());
                    push_score(&mut bytes, element.score, small);
                    ends.push(bytes.len());
                }
            });
        });
    }
    let mut cursor = Vec::new();
    num::push_u64(&mut cursor, next);
    out.array(2);
    out.bulk(&cursor);
    out.array(ends.len());
    let mut start = 0;
    for end in ends {
        out.bulk(&bytes[start..end]);
        start = end;
    }
    Ok(Effect::None)
}
