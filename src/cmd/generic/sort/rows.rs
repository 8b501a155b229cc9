//! Elements, their weights, and the order of both.

use std::cmp::Ordering;
use std::ops::Range;

use crate::base::num;
use crate::cmd::error::CmdError;

/// What an element or weight that is no number answers.
pub(super) const NO_NUMBER: CmdError =
    CmdError::Text("ERR One or more scores can't be converted into double");

/// A weight as Redis reads it: what C's `strtod` takes whole, but no NaN, and nothing that has to become infinite,
/// zero or subnormal. An empty text is 0.
pub(super) fn number(text: &[u8]) -> Option<f64> {
    if let Some(whole) = num::parse_i64(text) {
        #[expect(clippy::cast_precision_loss, reason = "as Redis does")]
        return Some(whole as f64);
    }
    let text = memchr::memchr(0, text).map_or(text, |end| &text[..end]);
    if text.is_empty() {
        return Some(0.0);
    }
    let body = text.iter().position(|c| !matches!(c, b' ' | b'\t'..=b'\r')).map_or(&[][..], |n| &text[n..]);
    num::parse_f64(body).filter(|value| !value.is_subnormal())
}

/// Many short texts in one buffer, each of which may be absent.
#[derive(Default)]
pub(super) struct Texts {
    bytes: Vec<u8>,
    /// Start and end of each; an absent one ends before it starts.
    spans: Vec<(usize, usize)>,
}

impl Texts {
    /// Adds a text. There is no room for four billion.
    pub(super) fn push(&mut self, text: &[u8]) -> Result<(), CmdError> {
        let room = self.bytes.try_reserve(text.len()).and_then(|()| self.spans.try_reserve(1));
        if room.is_err() || u32::try_from(self.spans.len()).is_err() {
            return Err(CmdError::NoMemory);
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(text);
        self.spans.push((start, self.bytes.len()));
        Ok(())
    }

    /// Adds an absent one.
    pub(super) fn push_absent(&mut self) -> Result<(), CmdError> {
        self.push(&[])?;
        if let Some(last) = self.spans.last_mut() {
            *last = (1, 0);
        }
        Ok(())
    }

    /// Turns their order around.
    pub(super) fn reverse(&mut self) {
        self.spans.reverse();
    }

    fn of(&self, (start, end): (usize, usize)) -> Option<&[u8]> {
        self.bytes.get(start..end)
    }

    /// A text, empty if it is absent.
    pub(super) fn get(&self, row: u32) -> &[u8] {
        self.find(row).unwrap_or_default()
    }

    /// A text; absent ones are less than all others.
    fn find(&self, row: u32) -> Option<&[u8]> {
        self.of(*self.spans.get(row as usize)?)
    }

    /// All, absent ones as empty.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.spans.iter().map(|&span| self.of(span).unwrap_or_default())
    }

    /// Their numbers.
    pub(super) fn numbers(&self) -> Vec<u32> {
        (0..u32::try_from(self.spans.len()).unwrap_or(u32::MAX)).collect()
    }
}

/// What elements are compared by.
pub(super) enum Weights {
    /// The elements.
    Elements,
    /// Texts.
    Texts(Texts),
    /// Numbers; equal ones by their elements.
    Numbers(Vec<f64>),
}

impl Weights {
    /// The elements as numbers.
    pub(super) fn numbers(texts: &Texts) -> Result<Self, CmdError> {
        let numbers: Option<Vec<f64>> = texts.iter().map(number).collect();
        numbers.map(Self::Numbers).ok_or(NO_NUMBER)
    }
}

/// An order of elements.
pub(super) struct Order<'t> {
    pub(super) texts: &'t Texts,
    pub(super) weights: &'t Weights,
    pub(super) descending: bool,
    /// Whether equal weights are told apart by their elements, rather than by where these were before.
    pub(super) by_element: bool,
}

impl Order<'_> {
    /// The rows of a range of the order. What is outside of it is not sorted.
    pub(super) fn rows(&self, range: Range<usize>) -> Vec<u32> {
        let elements = |a: u32, b: u32| self.texts.get(a).cmp(self.texts.get(b));
        let rows = self.texts.numbers().into_iter();
        match self.weights {
            Weights::Elements => {
                let keys = rows.map(|row| (head(self.texts.get(row)), row)).collect();
                self.arrange(keys, range, |a, b| a.0.cmp(&b.0).then_with(|| elements(a.1, b.1)))
            }
            Weights::Texts(texts) => {
                let keys = rows.map(|row| (head(texts.get(row)), row)).collect();
                self.arrange(keys, range, |a, b| {
                    let ordering = a.0.cmp(&b.0).then_with(|| texts.find(a.1).cmp(&texts.find(b.1)));
                    if self.by_element { ordering.then_with(|| elements(a.1, b.1)) } else { ordering }
                })
            }
            Weights::Numbers(numbers) => {
                let keys = numbers.iter().copied().zip(rows).collect();
                self.arrange(keys, range, |a, b| {
                    a.0.partial_cmp(&b.0).unwrap_or(Ordering::Equal).then_with(|| elements(a.1, b.1))
                })
            }
        }
    }

    /// Sorts rows that have what is mostly enough to compare them beside them.
    fn arrange<K>(
        &self,
        mut keys: Vec<(K, u32)>,
        range: Range<usize>,
        compare: impl Fn(&(K, u32), &(K, u32)) -> Ordering,
    ) -> Vec<u32> {
        let compare = |a: &(K, u32), b: &(K, u32)| {
            let ordering = compare(a, b);
            let ordering = if self.descending { ordering.reverse() } else { ordering };
            ordering.then(a.1.cmp(&b.1))
        };
        let range = range.start.min(keys.len())..range.end.min(keys.len());
        if range.is_empty() {
            return Vec::new();
        }
        if range.end < keys.len() {
            keys.select_nth_unstable_by(range.end, compare);
            keys.truncate(range.end);
        }
        if range.start > 0 {
            keys.select_nth_unstable_by(range.start, compare);
            keys.drain(..range.start);
        }
        keys.sort_unstable_by(compare);
        keys.into_iter().map(|key| key.1).collect()
    }
}

/// The first eight bytes of a text: where they differ, the texts do the same way.
fn head(text: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let n = text.len().min(8);
    bytes[..n].copy_from_slice(&text[..n]);
    u64::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Rng;

    #[test]
    fn numbers_are_read_as_c_reads_them() {
        let good: [(&[u8], f64); 9] = [
            (b"", 0.0),
            (b" 5", 5.0),
            (b"\t-1.5", -1.5),
            (b"0x10", 16.0),
            (b"1e3", 1000.0),
            (b"-inf", f64::NEG_INFINITY),
            (b"5\0x", 5.0),
            (b"2.2250738585072014e-308", f64::MIN_POSITIVE),
            (b"9007199254740993", 9_007_199_254_740_992.0),
        ];
        good.iter().for_each(|(text, value)| assert_eq!(number(text), Some(*value), "{text:?}"));
        for bad in [&b" "[..], b"5 ", b"nan", b"1e400", b"1e-400", b"1e-310", b"a", b"1,5", b"-", b"nan(1)"] {
            assert_eq!(number(bad), None, "{bad:?}");
        }
    }

    fn naive(order: &Order<'_>, a: u32, b: u32) -> Ordering {
        let elements = order.texts.get(a).cmp(order.texts.get(b));
        let ordering = match order.weights {
            Weights::Elements => elements,
            Weights::Texts(texts) if order.by_element => texts.find(a).cmp(&texts.find(b)).then(elements),
            Weights::Texts(texts) => texts.find(a).cmp(&texts.find(b)),
            Weights::Numbers(numbers) => numbers[a as usize].total_cmp(&numbers[b as usize]).then(elements),
        };
        if order.descending { ordering.reverse() } else { ordering }
    }

    #[test]
    fn heads_are_in_the_order_of_texts() {
        let texts: [&[u8]; 9] =
            [b"", b"\0", b"\0\0a", b"a", b"a\0", b"a\0b", b"ab", b"abcdefgh", b"abcdefghi"];
        for (i, a) in texts.iter().enumerate() {
            for b in &texts[i..] {
                assert!(head(a) <= head(b), "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn every_range_of_the_order() {
        let mut rng = Rng::new(crate::types::test_seed(8));
        for _ in 0..200 {
            let mut texts = Texts::default();
            let (mut words, mut numbers) = (Texts::default(), Vec::new());
            let len = usize::try_from(rng.below(40)).unwrap();
            for _ in 0..len {
                texts.push(rng.below(30).to_string().as_bytes()).unwrap();
                numbers.push(rng.below(5) as f64);
                match rng.below(4) {
                    0 => words.push_absent().unwrap(),
                    n => words.push(&vec![b'w'; usize::try_from(n - 1).unwrap()]).unwrap(),
                }
            }
            let all: [Weights; 3] = [Weights::Elements, Weights::Texts(words), Weights::Numbers(numbers)];
            for weights in &all {
                for (descending, by_element) in [(true, true), (true, false), (false, true), (false, false)] {
                    let order = Order { texts: &texts, weights, descending, by_element };
                    let mut want = texts.numbers();
                    want.sort_by(|a, b| naive(&order, *a, *b));
                    assert_eq!(order.rows(0..len), want);
                    let start = usize::try_from(rng.below(len as u64 + 1)).unwrap();
                    let end = start + usize::try_from(rng.below((len - start) as u64 + 1)).unwrap();
                    assert_eq!(order.rows(start..end), want[start..end], "{start}..{end} of {len}");
                }
            }
        }
    }
}
