//! BITCOUNT, BITPOS: how many bits are set, and where the first one is; in all of a value or in a range of bytes
//! or bits.
//!
//! Of a key that is absent the range is not even read, as in Redis 7.0.

use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::spec::{ACCESS, CommandSpec, Group, KeySpec, READONLY, RO};
use crate::cmd::string::with_bytes;
use crate::reply::sink::ReplySink;
use crate::types::bitmap;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("bitcount", bitcount)
        .arity_at_least(2)
        .flags(READONLY)
        .keys(&[KeySpec::one(1, RO | ACCESS)])
        .group(Group::Bitmap)
        .since("2.6.0")
        .summary(
            "Counts the set bits of a value or of a part of it.",
            "O(N) where N is the length of the part",
        )
        .syntax("key [index: start end [index_unit: BYTE | BIT]@7.0.0]")
        .history(&[("7.0.0", "Added the `BYTE|BIT` option.")]),
    CommandSpec::new("bitpos", bitpos)
        .arity_at_least(3)
        .flags(READONLY)
        .keys(&[KeySpec::one(1, RO | ACCESS)])
        .group(Group::Bitmap)
        .since("2.8.7")
        .summary(
            "Finds the first bit of a value, or of a part of it, that is set or clear.",
            "O(N) where N is the length of the part",
        )
        .syntax("key bit:integer [index: start [end_index: end [index_unit: BYTE | BIT]@7.0.0]]")
        .history(&[("7.0.0", "Added the `BYTE|BIT` option.")]),
];

/// A part of a value as it was asked for.
struct Part {
    start: i64,
    /// Absent: to the end, which then is not the end of the bits either.
    end: Option<i64>,
    in_bits: bool,
}

impl Part {
    /// All of a value.
    const WHOLE: Self = Self { start: 0, end: None, in_bits: false };

    /// None of it.
    const NOTHING: Self = Self { start: 1, end: Some(0), in_bits: false };

    /// Reads `start [end [BYTE | BIT]]`. BITPOS looks at the unit before the end; BITCOUNT after it, and not at all if
    /// both count from the end and are in the wrong order.
    fn parse(words: &[&[u8]], unit_first: bool) -> Result<Self, CmdError> {
        let int = |word: &[u8]| num::parse_i64(word).ok_or(CmdError::NotInteger);
        let (start, end, unit) = match words {
            [start] => (start, None, None),
            [start, end] => (start, Some(end), None),
            [start, end, unit] => (start, Some(end), Some(unit)),
            _ => return Err(CmdError::Syntax),
        };
        let start = int(start)?;
        let end = end.map(|word| int(word)).transpose();
        if !unit_first {
            let end = end.clone()?;
            if start < 0 && end.is_some_and(|end| end < 0 && start > end) {
                return Ok(Self::NOTHING);
            }
        }
        let in_bits = match unit {
            None => false,
            Some(unit) if unit.eq_ignore_ascii_case(b"BIT") => true,
            Some(unit) if unit.eq_ignore_ascii_case(b"BYTE") => false,
            Some(_) => return Err(CmdError::Syntax),
        };
        Ok(Self { start, end: end?, in_bits })
    }

    /// The first and the last bit of it in a value of `len` bytes; `None` if it has none.
    fn bits(&self, len: usize) -> Option<(u64, u64)> {
        let bytes = i64::try_from(len).ok()?;
        let len = if self.in_bits { bytes.checked_mul(8)? } else { bytes };
        let place = |i: i64| if i < 0 { len.saturating_add(i).max(0) } else { i };
        let (start, end) = (place(self.start), place(self.end.unwrap_or(-1)).min(len - 1));
        if start > end {
            return None;
        }
        let (start, end) = (u64::try_from(start).ok()?, u64::try_from(end).ok()?);
        Some(if self.in_bits { (start, end) } else { (start * 8, end * 8 + 7) })
    }
}

fn bitcount(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    let Some(value) = ctx.find_str(key)? else {
        out.int(0);
        return Ok(Effect::None);
    };
    let part = match args.rest() {
        [] => Part::WHOLE,
        [_] => return Err(CmdError::Syntax),
        words => Part::parse(words, false)?,
    };
    let count = with_bytes(value, |bytes| match part.bits(bytes.len()) {
        Some((first, last)) => bitmap::count(bytes, first, last),
        _ => 0,
    });
    out.int(i64::try_from(count).unwrap_or(i64::MAX));
    Ok(Effect::None)
}

fn bitpos(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, wanted) = (args.next(), args.int());
    args.check()?;
    let wanted = match wanted {
        0 => false,
        1 => true,
        _ => return Err(CmdError::Text("ERR The bit argument must be 1 or 0.")),
    };
    let Some(value) = ctx.find_str(key)? else {
        out.int(if wanted { -1 } else { 0 });
        return Ok(Effect::None);
    };
    let part = match args.rest() {
        [] => Part::WHOLE,
        words => Part::parse(words, true)?,
    };
    let found = with_bytes(value, |bytes| {
        let (first, last) = part.bits(bytes.len())?;
        let found = bitmap::position(bytes, wanted, first, last);
        // Without an end there are zeros behind the last byte.
        found.or_else(|| (!wanted && part.end.is_none()).then_some(last + 1))
    });
    out.int(found.map_or(-1, |at| i64::try_from(at).unwrap_or(i64::MAX)));
    Ok(Effect::None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_three_bytes() {
        let bytes = |start, end| Part { start, end, in_bits: false }.bits(3);
        let bits = |start, end| Part { start, end: Some(end), in_bits: true }.bits(3);
        assert_eq!(bytes(0, None), Some((0, 23)));
        assert_eq!(bytes(-1, Some(-1)), Some((16, 23)));
        assert_eq!(bytes(-9, Some(-8)), Some((0, 7)));
        assert_eq!(bytes(1, Some(0)), None);
        assert_eq!((bytes(3, None), bytes(3, Some(4))), (None, None));
        assert_eq!(bytes(i64::MIN, Some(i64::MAX)), Some((0, 23)));
        assert_eq!(bytes(i64::MAX, Some(i64::MIN)), None);
        assert_eq!((bits(5, 9), bits(-2, 99), bits(24, 99)), (Some((5, 9)), Some((22, 23)), None));
        assert_eq!(Part::WHOLE.bits(0), None);
    }
}
