//! LMPOP: elements from the first of several lists that has some.

use super::pop::popped_event;
use super::{count, end, reply};
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::spec::{ACCESS, CommandSpec, DELETE, Group, KeySpec, MOVABLEKEYS, RW, WRITE};
use crate::reply::sink::ReplySink;
use crate::types::list::{End, List};

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("lmpop", lmpop)
    .arity_at_least(4)
    .flags(WRITE | MOVABLEKEYS)
    .keys(&[KeySpec::counted(1, 1, RW | ACCESS | DELETE)])
    .group(Group::List)
    .since("7.0.0")
    .summary(
        "Removes elements from the first of several lists that is not empty, and returns them.",
        "O(N+M) where N is the number of keys and M the number of elements returned.",
    )
    .syntax("numkeys key [key ...] (where: LEFT | RIGHT) [COUNT count]")];

/// What to pop, and where.
pub(super) struct Pop<'a> {
    pub(super) keys: &'a [&'a [u8]],
    pub(super) end: End,
    pub(super) count: usize,
}

impl<'a> Pop<'a> {
    /// The arguments from `numkeys` on.
    pub(super) fn parse(args: &mut Args<'a>) -> Self {
        let n = positive(args, "ERR numkeys should be greater than 0");
        // LEFT or RIGHT has to follow.
        if n >= args.left() {
            args.fail(CmdError::Syntax);
        }
        let keys = args.take(n);
        let (end, mut count) = (end(args), 1);
        if args.eat("COUNT") {
            // Without a number behind it this is a syntax error, too.
            let error =
                if args.is_empty() { "ERR syntax error" } else { "ERR count should be greater than 0" };
            count = positive(args, error);
        }
        Self { keys, end, count }
    }
}

/// The next argument as a number from 1 on.
fn positive(args: &mut Args<'_>, error: &'static str) -> usize {
    let n = usize::try_from(args.int_or(CmdError::Text(error))).unwrap_or(0);
    if n == 0 {
        args.fail(CmdError::Text(error));
    }
    n
}

fn lmpop(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let what = Pop::parse(&mut args);
    args.finish()?;
    if let Some(effect) = pop_first(ctx, &what, out)? {
        return Ok(effect);
    }
    out.null_array();
    Ok(Effect::None)
}

/// Pops from the first list that is there and answers its key and the elements; `None` if there is none.
pub(super) fn pop_first(
    ctx: &mut Ctx<'_>,
    what: &Pop<'_>,
    out: &mut dyn ReplySink,
) -> Result<Option<Effect>, CmdError> {
    for &key in what.keys {
        let Some(mut list) = ctx.write::<List>(key)? else { continue };
        let n = what.count.min(list.len());
        out.array(2);
        out.bulk(key);
        out.array(n);
        list.take(what.end, n, &mut |element| reply(out, element));
        drop(list);
        popped_event(ctx, key, what.end);
        let name: &[u8] = if what.end == End::Left { b"LPOP" } else { b"RPOP" };
        let mut text = Vec::new();
        num::push_i64(&mut text, count(n));
        return Ok(Some(ctx.rewritten(n as u64, &[name, key, &text])));
    }
    Ok(None)
}
