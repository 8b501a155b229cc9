//! LZF, the compression of long strings in RDB files.
//!
//! A compressed text is a sequence of pieces. A first byte below 32 is followed by so many bytes of text and one
//! more. Otherwise its upper three bits are a length (7: a further byte is added to it) and its lower five with the
//! next byte a distance: `length + 2` bytes are repeated from `distance + 1` bytes back, and may overlap themselves.

/// Places in the table of what was seen, as a power of two: 64 KiB, which first-level caches nearly hold.
const TABLE_BITS: u32 = 14;
/// The farthest back that a repetition can reach.
const MAX_DISTANCE: usize = 1 << 13;
/// The longest repetition.
const MAX_REPEAT: usize = 264;
/// The longest run of plain bytes.
const MAX_RUN: usize = 32;
/// No input gets longer than this by being decompressed: a repetition takes three bytes at most.
const MAX_RATIO: usize = MAX_REPEAT / 3 + 1;

/// Compresses. It keeps its table between texts, so that a short text does not pay for clearing it.
pub(crate) struct Compressor {
    /// Where three bytes with a hash were seen last, plus `base` of that time.
    table: Vec<u32>,
    /// What positions of the current text are counted from; all positions of earlier ones are below.
    base: u32,
}

impl Default for Compressor {
    fn default() -> Self {
        Self { table: Vec::new(), base: 1 }
    }
}

/// The place of three bytes in the table.
#[inline]
fn hash(three: u32) -> usize {
    (three.wrapping_mul(0x9e37_79b1) >> (32 - TABLE_BITS)) as usize
}

impl Compressor {
    /// Appends the compressed form of `text` to `out` if it takes at most `most` bytes. Otherwise says so, and `out`
    /// is as it was.
    pub(crate) fn compress(&mut self, text: &[u8], most: usize, out: &mut Vec<u8>) -> bool {
        if text.is_empty() {
            return false;
        }
        let before = out.len();
        let done = u32::try_from(text.len()).is_ok_and(|len| {
            if self.table.is_empty() {
                self.table.resize(1 << TABLE_BITS, 0);
            }
            let Some(next) = self.base.checked_add(len).and_then(|sum| sum.checked_add(1)) else {
                // Positions would wrap: forget everything.
                self.table.fill(0);
                self.base = 1;
                return len < u32::MAX - 2 && self.pieces(text, most, out);
            };
            let done = self.pieces(text, most, out);
            self.base = next;
            done
        });
        if !done {
            out.truncate(before);
        }
        done
    }

    fn pieces(&mut self, text: &[u8], most: usize, out: &mut Vec<u8>) -> bool {
        let limit = out.len().saturating_add(most);
        let (mut at, mut plain) = (0, 0);
        while let Some([a, b, c, ..]) = text.get(at..at + 3) {
            let three = u32::from_be_bytes([0, *a, *b, *c]);
            let here = self.base.wrapping_add(short(at));
            let place = &mut self.table[hash(three)];
            let seen = std::mem::replace(place, here);
            let distance = here.wrapping_sub(seen) as usize;
            let repeats = seen >= self.base
                && (1..=MAX_DISTANCE).contains(&distance)
                && text[at - distance..].starts_with(&[*a, *b, *c]);
            if !repeats {
                // The longer nothing repeats, the less is looked for.
                at += 1 + (at - plain) / 64;
                continue;
            }
            let rest = &text[at..text.len().min(at + MAX_REPEAT)];
            let len =
                3 + rest[3..].iter().zip(&text[at - distance + 3..]).take_while(|(a, b)| a == b).count();
            runs(out, &text[plain..at]);
            let [high, low] = u16::try_from(distance - 1).unwrap_or(0).to_be_bytes();
            match u8::try_from(len - 2) {
                Ok(short @ 0..7) => out.push(short << 5 | high),
                Ok(long) => out.extend_from_slice(&[7 << 5 | high, long - 7]),
                // 262 is the most.
                Err(_) => out.extend_from_slice(&[7 << 5 | high, u8::try_from(len - 9).unwrap_or(u8::MAX)]),
            }
            out.push(low);
            at += len;
            plain = at;
            if out.len() > limit {
                return false;
            }
            if let Some([a, b, c]) = text.get(at - 1..at + 2) {
                let three = u32::from_be_bytes([0, *a, *b, *c]);
                self.table[hash(three)] = self.base.wrapping_add(short(at - 1));
            }
        }
        if out.len() + (text.len() - plain) > limit {
            return false;
        }
        runs(out, &text[plain..]);
        out.len() <= limit
    }
}

/// A position of a text, whose length was checked to have 32 bits.
#[inline]
fn short(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Writes plain bytes.
fn runs(out: &mut Vec<u8>, plain: &[u8]) {
    for run in plain.chunks(MAX_RUN) {
        out.push(u8::try_from(run.len() - 1).unwrap_or(0));
        out.extend_from_slice(run);
    }
}

/// Appends the text of `packed` to `out`, if it is `len` bytes long; otherwise `packed` is damaged and `None` the
/// answer. Memory is not taken for more than `packed` can hold.
pub(crate) fn decompress(packed: &[u8], len: usize, out: &mut Vec<u8>) -> Option<()> {
    if len > packed.len().saturating_mul(MAX_RATIO) {
        return None;
    }
    let start = out.len();
    out.try_reserve(len).ok()?;
    let end = start.checked_add(len)?;
    let mut rest = packed;
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        if first < 32 {
            let (run, tail) = rest.split_at_checked(usize::from(first) + 1)?;
            if out.len() + run.len() > end {
                return None;
            }
            out.extend_from_slice(run);
            rest = tail;
            continue;
        }
        let mut repeat = usize::from(first >> 5) + 2;
        if first >> 5 == 7 {
            let (&more, tail) = rest.split_first()?;
            repeat += usize::from(more);
            rest = tail;
        }
        let (&low, tail) = rest.split_first()?;
        rest = tail;
        let distance = usize::from(u16::from_be_bytes([first & 0x1f, low])) + 1;
        if distance > out.len() - start || out.len() + repeat > end {
            return None;
        }
        let from = out.len() - distance;
        // What overlaps doubles with every step.
        while repeat > 0 {
            let step = repeat.min(out.len() - from);
            out.extend_from_within(from..from + step);
            repeat -= step;
        }
    }
    (out.len() == end).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Rng;

    fn round(compressor: &mut Compressor, text: &[u8]) -> Option<usize> {
        let mut packed = b"before".to_vec();
        if !compressor.compress(text, text.len().saturating_sub(4), &mut packed) {
            assert_eq!(packed, b"before");
            return None;
        }
        let packed = &packed[6..];
        assert!(packed.len() + 4 <= text.len());
        let mut back = b"x".to_vec();
        decompress(packed, text.len(), &mut back).unwrap();
        assert_eq!(&back[1..], text);
        for wrong in [text.len() - 1, text.len() + 1, 0, usize::MAX] {
            assert_eq!(decompress(packed, wrong, &mut Vec::new()), None);
        }
        Some(packed.len())
    }

    #[test]
    fn what_repeats_gets_short() {
        let mut compressor = Compressor::default();
        assert_eq!(round(&mut compressor, b"abcdefghijklmnopqrstuvwxyz"), None);
        assert_eq!(round(&mut compressor, b""), None);
        assert!(round(&mut compressor, &[b'a'; 1000]).unwrap() < 20);
        assert!(round(&mut compressor, &b"hello world, ".repeat(3000)).unwrap() < 600);
        assert!(round(&mut compressor, &vec![0; 3 << 20]).unwrap() < 40_000);
    }

    #[test]
    fn random_texts() {
        let mut rng = Rng::new(crate::types::test_seed(5));
        let mut compressor = Compressor { base: u32::MAX - 200_000, ..Compressor::default() };
        for _ in 0..3000 {
            let letters = 1 + rng.below(12);
            let mut text: Vec<u8> = Vec::new();
            for _ in 0..rng.below(40) {
                let from = usize::try_from(rng.below(text.len() as u64 + 1)).unwrap();
                let n = usize::try_from(rng.below(300)).unwrap().min(text.len() - from);
                text.extend_from_within(from..from + n);
                text.extend((0..rng.below(60)).map(|_| b'a' + u8::try_from(rng.below(letters)).unwrap()));
            }
            round(&mut compressor, &text);
        }
    }

    #[test]
    fn damaged_bytes_are_refused() {
        let mut rng = Rng::new(crate::types::test_seed(6));
        for _ in 0..50_000 {
            let packed: Vec<u8> = (0..rng.below(40)).map(|_| rng.next_u64().to_le_bytes()[0]).collect();
            let len = usize::try_from(rng.below(200)).unwrap();
            let mut out = Vec::new();
            let done = decompress(&packed, len, &mut out);
            assert!(out.len() <= len && (done.is_none() || out.len() == len));
        }
        assert_eq!(decompress(&[0x20, 0], 3, &mut Vec::new()), None);
        assert_eq!(decompress(&[0, b'a', 0xe0, 255, 0], 265, &mut Vec::new()), Some(()));
    }
}
