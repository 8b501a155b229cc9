//! The ends of ranges: ranks, scores with `(`, members with `(` and `[`.

use std::ops::Range;

use crate::base::num;
use crate::cmd::error::CmdError;
use crate::types::zset::{LexBound, LexRange, ScoreBound, ScoreRange, Zset};

/// What names a part of the order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Span<'a> {
    /// Ranks, negative ones from the end.
    Ranks(i64, i64),
    /// Scores.
    Scores(ScoreRange),
    /// Members of one score.
    Members(LexRange<'a>),
}

/// How the two ends are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// As ranks.
    Rank,
    /// As scores.
    Score,
    /// As members.
    Lex,
}

impl<'a> Span<'a> {
    /// Parses two ends, the smaller first.
    pub(super) fn parse(by: By, min: &'a [u8], max: &'a [u8]) -> Result<Self, CmdError> {
        Ok(match by {
            By::Rank => {
                let int = |text| num::parse_i64(text).ok_or(CmdError::NotInteger);
                Self::Ranks(int(min)?, int(max)?)
            }
            By::Score => {
                let bad = CmdError::Text("ERR min or max is not a float");
                let (min, max) = score_bound(min).zip(score_bound(max)).ok_or(bad)?;
                Self::Scores(ScoreRange { min, max })
            }
            By::Lex => {
                let bad = CmdError::Text("ERR min or max not valid string range item");
                let (min, max) = lex_bound(min).zip(lex_bound(max)).ok_or(bad)?;
                Self::Members(LexRange { min, max })
            }
        })
    }

    /// The ranks in a set, counted from its beginning; with `reverse` those that were given count from the end.
    pub(super) fn ranks(&self, zset: &Zset, reverse: bool) -> Range<usize> {
        match self {
            Self::Ranks(start, stop) => {
                let len = zset.len();
                let ranks = within(*start, *stop, len);
                if reverse { len - ranks.end..len - ranks.start } else { ranks }
            }
            Self::Scores(range) => zset.score_ranks(range),
            Self::Members(range) => zset.lex_ranks(range, reverse),
        }
    }
}

/// The part of `0..len` from `start` to `stop`, both inside, negative ones from the end.
fn within(start: i64, stop: i64, len: usize) -> Range<usize> {
    let signed = i64::try_from(len).unwrap_or(i64::MAX);
    let place = |at: i64| usize::try_from(if at < 0 { at.saturating_add(signed).max(0) } else { at });
    let start = place(start).unwrap_or(len);
    if stop < 0 && stop.saturating_add(signed) < 0 {
        return 0..0;
    }
    let end = place(stop).unwrap_or(len).saturating_add(1).min(len);
    if start < end { start..end } else { 0..0 }
}

fn score_bound(text: &[u8]) -> Option<ScoreBound> {
    let (exclusive, text) = match text {
        [b'(', rest @ ..] => (true, rest),
        all => (false, all),
    };
    Some(ScoreBound { value: num::parse_f64_bound(text)?, exclusive })
}

fn lex_bound(text: &[u8]) -> Option<LexBound<'_>> {
    Some(match text {
        b"-" => LexBound::First,
        b"+" => LexBound::Last,
        [b'[', member @ ..] => LexBound::Inclusive(member),
        [b'(', member @ ..] => LexBound::Exclusive(member),
        _ => return None,
    })
}

/// Ranks as the two words that name them in a command; none are from 1 to 0. A range of members is journaled so: where
/// scores differ, what lies between two members depends on how the set is built, and a set that is loaded from a file is
/// built anew.
pub(super) fn rank_words(ranks: &Range<usize>) -> [Vec<u8>; 2] {
    let (first, last) = if ranks.is_empty() { (1, 0) } else { (ranks.start, ranks.end - 1) };
    [first, last].map(|rank| {
        let mut word = Vec::new();
        num::push_u64(&mut word, rank as u64);
        word
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_from_both_ends() {
        for (start, stop, len, expected) in [
            (0, -1, 5, 0..5),
            (-2, -1, 5, 3..5),
            (1, 3, 5, 1..4),
            (3, 1, 5, 0..0),
            (5, 9, 5, 0..0),
            (0, 0, 0, 0..0),
            (0, -6, 5, 0..0),
            (-9, -5, 5, 0..1),
            (i64::MIN, i64::MAX, 5, 0..5),
            (i64::MAX, i64::MAX, 5, 0..0),
            (i64::MIN, i64::MIN, 5, 0..0),
        ] {
            assert_eq!(within(start, stop, len), expected, "{start} {stop} {len}");
        }
    }

    #[test]
    fn ends_of_ranges() {
        assert_eq!(score_bound(b"(1.5"), Some(ScoreBound { value: 1.5, exclusive: true }));
        assert_eq!(score_bound(b""), Some(ScoreBound { value: 0.0, exclusive: false }));
        assert_eq!(score_bound(b"((1"), None);
        assert_eq!(score_bound(b"nan"), None);
        assert_eq!(lex_bound(b"("), Some(LexBound::Exclusive(b"")));
        assert_eq!(lex_bound(b"-"), Some(LexBound::First));
        assert_eq!((lex_bound(b"-x"), lex_bound(b""), lex_bound(b"x")), (None, None, None));
    }
}
