//! A small sorted set: a listpack of members, each with its score behind it, in their order. Everything is a walk
//! over the pairs.

use std::ops::Range;

use super::{Element, LexRange, ScoreRange};
use crate::base::num;
use crate::types::listpack::{Item, Listpack, Pos};

/// Whole scores up to 2^62 are stored as integers, as Redis does it.
const WHOLE: f64 = (1u64 << 62) as f64;

/// The integer that a score is stored as, if it is.
pub(super) fn whole(score: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "a whole number in range")]
    (score.abs() <= WHOLE && score.trunc() == score).then_some(score as i64)
}

/// Hands the item that a score is stored as to `f`.
fn with_score<R>(score: f64, f: impl FnOnce(Item<'_>) -> R) -> R {
    if let Some(whole) = whole(score) {
        return f(Item::Int(whole));
    }
    let mut text = Vec::with_capacity(24);
    num::push_f64(&mut text, score);
    f(Item::Bytes(&text))
}

/// The score that an item says; nobody stores another item in its place.
#[inline]
fn score_of(item: Item<'_>) -> f64 {
    match item {
        Item::Int(v) => v as f64,
        Item::Bytes(text) => num::parse_f64(text).unwrap_or_default(),
    }
}

/// Pairs of a listpack, from both ends.
#[derive(Clone, Debug)]
pub(super) struct Pairs<'a>(crate::types::listpack::Iter<'a>);

impl<'a> Iterator for Pairs<'a> {
    type Item = Element<'a>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let member = self.0.next()?;
        Some(Element { member, score: score_of(self.0.next()?) })
    }
}

impl DoubleEndedIterator for Pairs<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        let score = score_of(self.0.next_back()?);
        Some(Element { member: self.0.next_back()?, score })
    }
}

/// All pairs.
pub(super) fn pairs(pack: &Listpack) -> Pairs<'_> {
    Pairs(pack.iter())
}

/// Where a member is, and its score.
pub(super) fn find(pack: &Listpack, member: &[u8]) -> Option<(Pos, f64)> {
    let at = pack.find(pack.first()?, member, 1)?;
    Some((at, score_of(pack.get(pack.next(at)?))))
}

/// The rank of a member and its score.
pub(super) fn rank(pack: &Listpack, member: &[u8]) -> Option<(usize, f64)> {
    let mut items = pack.iter();
    let mut rank = 0;
    while let (Some(here), Some(score)) = (items.next(), items.next()) {
        if here.eq_bytes(member) {
            return Some((rank, score_of(score)));
        }
        rank += 1;
    }
    None
}

/// The ranks of the elements with scores of a range.
pub(super) fn score_ranks(pack: &Listpack, range: &ScoreRange) -> Range<usize> {
    let (mut start, mut end) = (0, 0);
    for Element { score, .. } in pairs(pack) {
        // What is below the range may still be above its upper end, if it is empty.
        if range.is_below(score) {
            start += 1;
        } else if !range.is_upto(score) {
            break;
        }
        end += 1;
    }
    start..end
}

/// Whether it stands before a member with this score.
#[inline]
pub(super) fn before(element: &Element<'_>, score: f64, member: &[u8]) -> bool {
    element.score < score || element.score == score && element.member.with_bytes(|text| text < member)
}

/// Puts a new member in its place.
pub(super) fn insert(pack: &mut Listpack, member: &[u8], score: f64) {
    let mut pairs = pairs(pack);
    let mut at = pairs.0.pos();
    while pairs.next().is_some_and(|element| before(&element, score, member)) {
        at = pairs.0.pos();
    }
    let at = pack.insert_before(at, Item::parse(member));
    with_score(score, |item| pack.insert_after(at, item));
}

/// Puts a new pair at the end, where its place is.
pub(super) fn push(pack: &mut Listpack, member: Item<'_>, score: f64) {
    pack.push_back(member);
    with_score(score, |item| pack.push_back(item));
}

/// Removes pairs from a position on.
pub(super) fn remove(pack: &mut Listpack, at: Pos, pairs: usize) {
    pack.remove_n(at, pairs.saturating_mul(2));
}

/// See `Zset::lex_ranks`: nothing unless the first member is not behind the range and the last not before it.
pub(super) fn lex_ranks(pack: &Listpack, range: &LexRange<'_>, reverse: bool) -> Range<usize> {
    let below = |element: &Element<'_>| element.member.with_bytes(|member| range.is_below(member));
    let upto = |element: &Element<'_>| element.member.with_bytes(|member| range.is_upto(member));
    let mut all = pairs(pack);
    if !all.clone().next().is_some_and(|e| upto(&e)) || all.clone().next_back().is_none_or(|e| below(&e)) {
        return 0..0;
    }
    if !reverse {
        let start = all.by_ref().position(|e| !below(&e)).unwrap_or(0);
        let more = pairs(pack).skip(start).take_while(upto).count();
        return start..start + more;
    }
    let skipped = all.clone().rev().take_while(|e| !upto(e)).count();
    let end = pack.len() / 2 - skipped;
    let more = all.rev().skip(skipped).take_while(|e| !below(e)).count();
    end - more..end
}
