//! GETRANGE and its old name SUBSTR: a part of a value.

use std::ops::Range;

use super::{reply_value, with_bytes};
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::spec::{ACCESS, CommandSpec, Group, KeySpec, READONLY, RO};
use crate::reply::sink::ReplySink;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("getrange", getrange)
        .arity(4)
        .flags(READONLY)
        .keys(&[KeySpec::one(1, RO | ACCESS)])
        .group(Group::String)
        .since("2.4.0")
        .summary(SUMMARY, COMPLEXITY)
        .syntax("key start end"),
    CommandSpec::new("substr", getrange)
        .arity(4)
        .flags(READONLY)
        .keys(&[KeySpec::one(1, RO | ACCESS)])
        .group(Group::String)
        .since("1.0.0")
        .summary(SUMMARY, COMPLEXITY)
        .syntax("key start end")
        .deprecated("2.0.0", "`GETRANGE`"),
];

const SUMMARY: &str =
    "Returns a part of a value by its first and last index; negative ones count from the end.";
const COMPLEXITY: &str = "O(N) where N is the length of the part";

fn getrange(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, start, end) = (args.next(), args.int(), args.int());
    args.finish()?;
    match ctx.find_str(key)? {
        None => out.bulk(b""),
        Some(value) => {
            let len = with_bytes(value, <[u8]>::len);
            let part = part(len, start, end);
            if part.len() == len {
                reply_value(out, value);
            } else {
                with_bytes(value, |bytes| out.bulk(&bytes[part]));
            }
        }
    }
    Ok(Effect::None)
}

/// The bytes from `start` to `end`, both inclusive and both counted from the end if negative. Indexes before
/// the beginning mean the first byte, even the end: only one that precedes the start as written gives nothing.
fn part(len: usize, start: i64, end: i64) -> Range<usize> {
    if start < 0 && end < 0 && start > end {
        return 0..0;
    }
    let clamp = |i: i64| match usize::try_from(i) {
        Ok(i) => i,
        Err(_) => len.saturating_sub(usize::try_from(i.unsigned_abs()).unwrap_or(usize::MAX)),
    };
    let (start, end) = (clamp(start), clamp(end).saturating_add(1).min(len));
    if start < end { start..end } else { 0..0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_five_bytes() {
        let cases = [
            ((0, -1), 0..5),
            ((1, 3), 1..4),
            ((-3, -2), 2..4),
            ((3, 1), 0..0),
            ((-1, -5), 0..0),
            ((-100, 2), 0..3),
            ((-100, -90), 0..1),
            ((-90, -100), 0..0),
            ((2, 100), 2..5),
            ((5, 6), 0..0),
            ((4, 4), 4..5),
            ((0, i64::MIN), 0..1),
            ((i64::MIN, i64::MAX), 0..5),
            ((i64::MAX, i64::MAX), 0..0),
        ];
        for ((start, end), want) in cases {
            assert_eq!(part(5, start, end), want, "{start} {end}");
        }
        assert_eq!(part(0, 0, -1), 0..0);
        assert_eq!(part(0, -1, -1), 0..0);
    }
}
