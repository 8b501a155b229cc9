//! Lists: pushes and pops at both ends, elements by index, searches, moves between lists, and the forms of pop and
//! move that wait.
//!
//! Start reading at `push.rs`.

mod block;
mod index;
mod insert;
mod movement;
mod mpop;
pub(crate) mod pop;
mod pos;
pub(crate) mod push;
mod range;
mod remove;

use super::args::Args;
use super::ctx::Ctx;
use super::error::CmdError;
use super::spec::CommandSpec;
use crate::reply::sink::ReplySink;
use crate::types::list::{Element, End, List};

/// The rows of this family, one slice a file.
pub(crate) const SPECS: &[&[CommandSpec]] = &[
    block::SPECS,
    index::SPECS,
    insert::SPECS,
    movement::SPECS,
    mpop::SPECS,
    pop::SPECS,
    pos::SPECS,
    push::SPECS,
    range::SPECS,
    remove::SPECS,
];

/// From this size on an element is handed out by reference.
const SHARED_BYTES: usize = 64 << 10;

/// Answers one element.
#[inline]
fn reply(out: &mut dyn ReplySink, element: Element<'_>) {
    match element {
        Element::Plain(block) if block.len() >= SHARED_BYTES => out.bulk_shared(block),
        element => element.with_bytes(|text| out.bulk(text)),
    }
}

/// The next argument as LEFT or RIGHT.
fn end(args: &mut Args<'_>) -> End {
    if args.eat("LEFT") {
        return End::Left;
    }
    if !args.eat("RIGHT") {
        args.fail(CmdError::Syntax);
    }
    End::Right
}

/// The word of an end.
fn word(end: End) -> &'static [u8] {
    match end {
        End::Left => b"LEFT",
        End::Right => b"RIGHT",
    }
}

/// The index that a number means in a list of `len` elements: negative ones count from the end. `None` if it lies in
/// front of the first.
fn absolute(index: i64, len: usize) -> Option<usize> {
    if index >= 0 {
        return Some(usize::try_from(index).unwrap_or(usize::MAX));
    }
    len.checked_sub(usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX))
}

/// The elements from `start` to `stop`, both included, as index and number: none if the range is empty.
fn span(start: i64, stop: i64, len: usize) -> (usize, usize) {
    let start = absolute(start, len).unwrap_or(0);
    let stop = absolute(stop, len).map_or(0, |stop| stop.saturating_add(1)).min(len);
    if start >= stop { (0, 0) } else { (start, stop - start) }
}

/// A length as a reply.
#[inline]
fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Elements of the list under `key`, 0 if there is none. LLEN's typed call.
pub(crate) fn len(ctx: &mut Ctx<'_>, key: &[u8]) -> Result<i64, CmdError> {
    Ok(ctx.read::<List>(key)?.map_or(0, |list| count(list.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_indices() {
        let cases = [
            (0, -1, 5, (0, 5)),
            (1, 2, 5, (1, 2)),
            (-2, -1, 5, (3, 2)),
            (-9, 1, 5, (0, 2)),
            (2, 1, 5, (0, 0)),
            (5, 9, 5, (0, 0)),
            (0, -6, 5, (0, 0)),
            (i64::MIN, i64::MAX, 5, (0, 5)),
            (i64::MAX, i64::MAX, 5, (0, 0)),
            (i64::MIN, i64::MIN, 5, (0, 0)),
        ];
        for (start, stop, len, want) in cases {
            assert_eq!(span(start, stop, len), want, "{start} {stop}");
        }
        assert_eq!((absolute(-1, 3), absolute(-4, 3), absolute(i64::MIN, 3)), (Some(2), None, None));
    }
}
