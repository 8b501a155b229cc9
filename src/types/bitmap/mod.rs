//! Bits of a byte string, the first bit being the highest of the first byte: counting, searching, combining,
//! and integers of any width at any bit.
//!
//! All of it runs over machine words; only the ends of a range are looked at byte by byte. Start reading here.

pub(crate) mod combine;
mod count;
pub(crate) mod field;

/// The highest bit index of a byte.
const TOP: u64 = 7;

/// Whether a bit is set; bits behind the end are not.
pub(crate) fn get(bytes: &[u8], bit: u64) -> bool {
    let byte = usize::try_from(bit >> 3).ok().and_then(|at| bytes.get(at));
    byte.is_some_and(|byte| byte >> (TOP - (bit & TOP)) & 1 == 1)
}

/// A byte with one of its bits set or cleared.
pub(crate) fn with_bit(byte: u8, bit: u64, on: bool) -> u8 {
    let mask = 1 << (TOP - (bit & TOP));
    if on { byte | mask } else { byte & !mask }
}

/// The bits from one to another, both included: the bytes that hold them, how many bits of the first byte come
/// before them, and how many of the last byte behind them.
struct Span<'a> {
    bytes: &'a [u8],
    before: u32,
    behind: u32,
}

/// What lies between two bits, both included, as far as there are bytes; `None` if nothing does.
fn span(bytes: &[u8], first: u64, last: u64) -> Option<Span<'_>> {
    let bits = (bytes.len() as u64).checked_mul(8)?;
    let last = last.min(bits.checked_sub(1)?);
    if first > last {
        return None;
    }
    let (from, to) = (usize::try_from(first >> 3).ok()?, usize::try_from(last >> 3).ok()?);
    #[expect(clippy::cast_possible_truncation, reason = "at most 7")]
    let (before, behind) = ((first & TOP) as u32, (TOP - (last & TOP)) as u32);
    Some(Span { bytes: bytes.get(from..=to)?, before, behind })
}

impl Span<'_> {
    /// The first and the last byte, with all bits outside of the span taken from `filler`, and the bytes between
    /// them. A span within one byte has no last one.
    fn parts(&self, filler: u8) -> (u8, &[u8], Option<u8>) {
        let outside = |mask: u8, byte: u8| byte & !mask | filler & mask;
        let head = !(0xff >> self.before);
        let tail = !(0xffu8 << self.behind);
        match self.bytes {
            [] => (filler, &[], None),
            [only] => (outside(head | tail, *only), &[], None),
            [first, middle @ .., last] => (outside(head, *first), middle, Some(outside(tail, *last))),
        }
    }
}

/// How many of the bits from `first` to `last`, both included, are set. Bits behind the end are not.
pub(crate) fn count(bytes: &[u8], first: u64, last: u64) -> u64 {
    let Some(span) = span(bytes, first, last) else { return 0 };
    let (head, middle, tail) = span.parts(0);
    count::ones(middle) + u64::from(head.count_ones() + tail.unwrap_or(0).count_ones())
}

/// The first bit that is `wanted` among those from `first` to `last`, both included, as far as there are bytes.
pub(crate) fn position(bytes: &[u8], wanted: bool, first: u64, last: u64) -> Option<u64> {
    let span = span(bytes, first, last)?;
    // The same question for both: where is the first bit that differs from the filler?
    let filler = if wanted { 0 } else { 0xff };
    let (head, middle, tail) = span.parts(filler);
    let start = first & !TOP;
    if head != filler {
        return Some(start + u64::from((head ^ filler).leading_zeros()));
    }
    if let Some(at) = unlike(middle, filler) {
        return Some(start + 8 * (at as u64 + 1) + u64::from((middle[at] ^ filler).leading_zeros()));
    }
    let tail = tail.filter(|byte| *byte != filler)?;
    Some(start + 8 * (middle.len() as u64 + 1) + u64::from((tail ^ filler).leading_zeros()))
}

/// The index of the first byte that is not `filler`.
fn unlike(bytes: &[u8], filler: u8) -> Option<usize> {
    const CHUNK: usize = 64;
    let (chunks, rest) = bytes.as_chunks::<CHUNK>();
    let differs = |chunk: &[u8; CHUNK]| chunk.iter().fold(0, |all, byte| all | (byte ^ filler)) != 0;
    let skipped = chunks.iter().position(differs);
    let from = skipped.map_or(bytes.len() - rest.len(), |chunk| chunk * CHUNK);
    bytes[from..].iter().position(|byte| *byte != filler).map(|at| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Rng;

    fn naive(bytes: &[u8]) -> Vec<bool> {
        bytes.iter().flat_map(|byte| (0..8).map(move |bit| byte >> (7 - bit) & 1 == 1)).collect()
    }

    #[test]
    fn counts_and_finds_what_a_naive_twin_does() {
        let mut rng = Rng::new(5);
        let mut below = |n: u64| rng.below(n);
        for round in 0..4000 {
            let most = if round % 40 == 0 { 5000 } else { 200 };
            let len = usize::try_from(below(most)).unwrap();
            // Long runs with few exceptions, so that the search has to skip.
            let filler = [0, 0xff][usize::from(below(2) == 0)];
            let mut bytes = vec![filler; len];
            for _ in 0..below(4) {
                if len > 0 {
                    let at = usize::try_from(below(len as u64)).unwrap();
                    bytes[at] = u8::try_from(below(256)).unwrap();
                }
            }
            let bits = naive(&bytes);
            for _ in 0..20 {
                let span = 8 * len as u64 + 20;
                let (first, last) = (below(span), below(span));
                let range =
                    usize::try_from(first).unwrap()..bits.len().min(usize::try_from(last + 1).unwrap());
                let inside = bits.get(range).unwrap_or(&[]);
                let set = inside.iter().filter(|bit| **bit).count() as u64;
                assert_eq!(count(&bytes, first, last), set, "{first}..={last} of {bytes:?}");
                for wanted in [false, true] {
                    let at = inside.iter().position(|bit| *bit == wanted).map(|at| first + at as u64);
                    assert_eq!(position(&bytes, wanted, first, last), at, "{first}..={last} of {bytes:?}");
                }
                let bit = bits.get(usize::try_from(first).unwrap()).copied().unwrap_or(false);
                assert_eq!(get(&bytes, first), bit);
            }
            assert_eq!(count(&bytes, 0, u64::MAX), bits.iter().filter(|bit| **bit).count() as u64);
        }
    }

    #[test]
    fn ends_of_the_number_line() {
        assert_eq!((count(b"", 0, u64::MAX), position(b"", false, 0, u64::MAX)), (0, None));
        assert_eq!(count(b"\xff", u64::MAX, u64::MAX), 0);
        assert_eq!(position(b"\xff", true, u64::MAX, 0), None);
        assert!(!get(b"\xff", u64::MAX));
        assert_eq!((with_bit(0, 0, true), with_bit(0xff, 15, false), with_bit(1, 7, true)), (0x80, 0xfe, 1));
    }
}
