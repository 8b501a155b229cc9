//! HSCAN: walk a hash a few fields at a time.

use super::reply_item;
use crate::base::glob::key_match;
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::spec::{ACCESS, CommandSpec, Group, KeySpec, READONLY, RO};
use crate::reply::sink::ReplySink;
use crate::types::hash::Field;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("hscan", hscan)
    .arity_at_least(3)
    .flags(READONLY)
    .keys(&[KeySpec::one(1, RO | ACCESS)])
    .group(Group::Hash)
    .tips(&["nondeterministic_output"])
    .since("2.8.0")
    .summary(
        "Walks the fields of a hash and their values a few at a time.",
        "O(1) for every call, O(N) for a walk over all N fields",
    )
    .syntax("key cursor [MATCH pattern] [COUNT count]")];

/// How many fields a call looks at unless COUNT says otherwise.
const DEFAULT_COUNT: usize = 10;

struct Options<'a> {
    pattern: Option<&'a [u8]>,
    count: usize,
    values: bool,
}

impl<'a> Options<'a> {
    fn parse(args: &mut Args<'a>) -> Self {
        let mut o = Self { pattern: None, count: DEFAULT_COUNT, values: true };
        while !args.is_empty() && !args.failed() {
            if args.eat("NOVALUES") {
                o.values = false;
            } else if args.left() < 2 {
                args.fail(CmdError::Syntax);
            } else if args.eat("COUNT") {
                match usize::try_from(args.int()) {
                    Ok(count) if count > 0 => o.count = count,
                    _ => args.fail(CmdError::Syntax),
                }
            } else if args.eat("MATCH") {
                o.pattern = Some(args.next());
            } else {
                args.fail(CmdError::Syntax);
            }
        }
        o
    }

    fn take(&self, field: &Field<'_>) -> bool {
        self.pattern.is_none_or(|pattern| field.name.with_bytes(|name| key_match(pattern, name)))
    }
}

fn hscan(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    let cursor = num::parse_cursor(args.next()).ok_or(CmdError::Text("ERR invalid cursor"))?;
    // Options are looked at only if there is something to scan.
    let (mut found, mut next, mut values) = (Vec::new(), 0, true);
    if let Some((hash, now)) = ctx.read_hash(key)? {
        let o = Options::parse(&mut args);
        args.finish()?;
        values = o.values;
        next = hash.scan(cursor, o.count, now, |field| {
            if o.take(&field) {
                found.push(field);
            }
        });
    }
    let mut cursor = Vec::new();
    num::push_u64(&mut cursor, next);
    out.array(2);
    out.bulk(&cursor);
    out.array(if values { found.len() * 2 } else { found.len() });
    for field in found {
        reply_item(out, field.name);
        if values {
            reply_item(out, field.value);
        }
    }
    Ok(Effect::None)
}
