//! SSCAN: walks the members of a set a few at a time.

use super::reply_item;
use crate::base::glob::key_match;
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::spec::{ACCESS, CommandSpec, Group, KeySpec, READONLY, RO};
use crate::reply::sink::ReplySink;
use crate::types::set::Set;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("sscan", sscan)
    .arity_at_least(3)
    .flags(READONLY)
    .keys(&[KeySpec::one(1, RO | ACCESS)])
    .group(Group::Set)
    .tips(&["nondeterministic_output"])
    .since("2.8.0")
    .summary(
        "Walks the members of a set a few at a time.",
        "O(1) for every call, O(N) for a walk over all N members",
    )
    .syntax("key cursor [MATCH pattern] [COUNT count]")];

/// How many members a call looks at unless COUNT says otherwise.
const DEFAULT_COUNT: usize = 10;

/// The pattern and the count.
fn options<'a>(args: &mut Args<'a>) -> Result<(Option<&'a [u8]>, usize), CmdError> {
    let (mut pattern, mut count) = (None, DEFAULT_COUNT);
    while !args.is_empty() {
        if args.left() < 2 {
            return Err(CmdError::Syntax);
        } else if args.eat("COUNT") {
            let told = args.int();
            args.check()?;
            count = usize::try_from(told).ok().filter(|n| *n > 0).ok_or(CmdError::Syntax)?;
        } else if args.eat("MATCH") {
            pattern = Some(args.next());
        } else {
            return Err(CmdError::Syntax);
        }
    }
    Ok((pattern, count))
}

fn sscan(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    let cursor = num::parse_cursor(args.next()).ok_or(CmdError::Text("ERR invalid cursor"))?;
    let (mut found, mut next) = (Vec::new(), 0);
    // Options are looked at only if there is something to scan.
    if let Some(set) = ctx.read::<Set>(key)? {
        let (pattern, count) = options(&mut args)?;
        next = set.scan(cursor, count, |member| {
            if pattern.is_none_or(|pattern| member.with_bytes(|text| key_match(pattern, text))) {
                found.push(member);
            }
        });
    }
    let mut cursor = Vec::new();
    num::push_u64(&mut cursor, next);
    out.array(2);
    out.bulk(&cursor);
    out.array(found.len());
    found.into_iter().for_each(|member| reply_item(out, member));
    Ok(Effect::None)
}
