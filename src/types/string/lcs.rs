//! The longest common subsequence of two strings, as the LCS command answers it: which of several equally
//! long ones, and in which ranges, is the choice Redis makes.
//!
//! Redis fills a table L of lengths, four bytes per cell. Here a row is a bit vector that says where L grows
//! by one from left to right, so 64 cells are one machine word: 1/32 of the memory and a fraction of the time
//! (the bit-parallel method of Crochemore, Iliopoulos, Pinzon and Reid, 2001). The way back through the table
//! needs no more than these bits: where the two bytes differ, a set bit says that the cell above is as good
//! as this one and the cell to the left is not.

use std::collections::TryReserveError;

/// A stretch that both strings have in common; ends are inclusive, as the reply shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    pub(crate) a_start: usize,
    pub(crate) a_end: usize,
    pub(crate) b_start: usize,
    pub(crate) b_end: usize,
}

impl Match {
    /// The length of the stretch.
    pub(crate) fn len(&self) -> usize {
        self.a_end - self.a_start + 1
    }
}

/// The bytes that Redis's table would take. A command is refused ("ERR Insufficient memory, transient memory
/// for LCS exceeds proto-max-bulk-len") when this is above the setting, whatever it asks for.
pub(crate) fn table_bytes(a_len: usize, b_len: usize) -> u64 {
    let side = |n: usize| u64::try_from(n).map_or(u64::MAX, |n| n.saturating_add(1));
    side(a_len).saturating_mul(side(b_len)).saturating_mul(4)
}

/// The length of the longest common subsequence.
pub(crate) fn length(a: &[u8], b: &[u8]) -> usize {
    // The length is the same both ways round, and the masks are per column: make the shorter one the columns.
    let (rows, columns) = if a.len() < b.len() { (b, a) } else { (a, b) };
    let masks = Masks::new(rows, columns);
    let mut row = vec![u64::MAX; masks.words];
    for c in rows {
        masks.advance(*c, &mut row);
    }
    row.iter().map(|word| word.count_zeros() as usize).sum()
}

/// The longest common subsequence. The error is a failed allocation: "ERR Insufficient memory, failed
/// allocating transient memory, string too long?".
pub(crate) fn subsequence(a: &[u8], b: &[u8]) -> Result<Vec<u8>, TryReserveError> {
    let mut found = Vec::new();
    walk_back(a, b, |i, _| found.push(a[i]))?;
    found.reverse();
    Ok(found)
}

/// The stretches that make up the longest common subsequence, from the last to the first, without those
/// shorter than `min_len`, and the length of the whole. Errors as [`subsequence`] does.
pub(crate) fn matches(a: &[u8], b: &[u8], min_len: usize) -> Result<(Vec<Match>, usize), TryReserveError> {
    let mut found: Vec<Match> = Vec::new();
    let mut total = 0;
    walk_back(a, b, |i, j| {
        total += 1;
        match found.last_mut() {
            Some(last) if last.a_start == i + 1 && last.b_start == j + 1 => {
                last.a_start = i;
                last.b_start = j;
            }
            last => {
                if last.is_some_and(|m| m.len() < min_len) {
                    found.pop();
                }
                found.push(Match { a_start: i, a_end: i, b_start: j, b_end: j });
            }
        }
    })?;
    found.pop_if(|m| m.len() < min_len);
    Ok((found, total))
}

/// Calls `take` with the places of every byte of the subsequence, from the last to the first.
fn walk_back(a: &[u8], b: &[u8], mut take: impl FnMut(usize, usize)) -> Result<(), TryReserveError> {
    let masks = Masks::new(a, b);
    let words = masks.words;
    let mut row = vec![u64::MAX; words];
    let mut table: Vec<u64> = Vec::new();
    table.try_reserve_exact(words.saturating_mul(a.len()))?;
    for c in a {
        masks.advance(*c, &mut row);
        table.extend_from_slice(&row);
    }
    let (mut i, mut j) = (a.len(), b.len());
    while i > 0 && j > 0 {
        if a[i - 1] == b[j - 1] {
            i -= 1;
            j -= 1;
            take(i, j);
        } else if table[(i - 1) * words + (j - 1) / 64] >> ((j - 1) % 64) & 1 == 0 {
            i -= 1;
        } else {
            j -= 1;
        }
    }
    Ok(())
}

/// For every byte that occurs in the rows, the columns that hold it.
struct Masks {
    words: usize,
    /// Which mask a byte has.
    slot: [u16; 256],
    bits: Vec<u64>,
}

impl Masks {
    fn new(rows: &[u8], columns: &[u8]) -> Self {
        const NONE: u16 = u16::MAX;
        let words = columns.len().div_ceil(64);
        let mut slot = [NONE; 256];
        let mut used = 0u16;
        for c in rows {
            let slot = &mut slot[usize::from(*c)];
            if *slot == NONE {
                *slot = used;
                used += 1;
            }
        }
        let mut bits = vec![0; usize::from(used) * words];
        for (j, c) in columns.iter().enumerate() {
            let slot = slot[usize::from(*c)];
            if slot != NONE {
                bits[usize::from(slot) * words + j / 64] |= 1 << (j % 64);
            }
        }
        Self { words, slot, bits }
    }

    /// Turns the row above into the row of byte `c`. A zero bit is a column where the length grows by one.
    fn advance(&self, c: u8, row: &mut [u64]) {
        let at = usize::from(self.slot[usize::from(c)]) * self.words;
        let mut carry = false;
        for (v, mask) in row.iter_mut().zip(&self.bits[at..at + self.words]) {
            let hit = *v & mask;
            let (sum, first) = v.overflowing_add(hit);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            carry = first || second;
            *v = sum | (*v & !mask);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Rng;

    fn ranges(a: &str, b: &str, min_len: usize) -> (Vec<(usize, usize, usize, usize)>, usize) {
        let (found, total) = matches(a.as_bytes(), b.as_bytes(), min_len).unwrap();
        (found.iter().map(|m| (m.a_start, m.a_end, m.b_start, m.b_end)).collect(), total)
    }

    #[test]
    fn answers_as_redis_does() {
        assert_eq!(subsequence(b"ohmytext", b"mynewtext").unwrap(), b"mytext");
        assert_eq!(length(b"ohmytext", b"mynewtext"), 6);
        assert_eq!(ranges("ohmytext", "mynewtext", 0), (vec![(4, 7, 5, 8), (2, 3, 0, 1)], 6));
        assert_eq!(ranges("ohmytext", "mynewtext", 4), (vec![(4, 7, 5, 8)], 6));
        assert_eq!(ranges("ohmytext", "mynewtext", 5), (vec![], 6));
        for (a, b) in [("", ""), ("a", ""), ("", "a"), ("abc", "xyz")] {
            assert_eq!(subsequence(a.as_bytes(), b.as_bytes()).unwrap(), b"");
            assert_eq!((length(a.as_bytes(), b.as_bytes()), ranges(a, b, 0)), (0, (vec![], 0)));
        }
    }

    #[test]
    fn counts_the_table_redis_would_need() {
        assert_eq!(table_bytes(1023, 1022), 4_190_208);
        assert_eq!(table_bytes(0, 0), 4);
        assert_eq!(table_bytes(usize::MAX, 10), u64::MAX);
    }

    /// The table written out, with the way back as the module comment describes it.
    fn naive(a: &[u8], b: &[u8]) -> Vec<(usize, usize)> {
        let mut l = vec![vec![0; b.len() + 1]; a.len() + 1];
        for i in 1..=a.len() {
            for j in 1..=b.len() {
                l[i][j] =
                    if a[i - 1] == b[j - 1] { l[i - 1][j - 1] + 1 } else { l[i - 1][j].max(l[i][j - 1]) };
            }
        }
        let (mut i, mut j, mut out) = (a.len(), b.len(), Vec::new());
        while i > 0 && j > 0 {
            if a[i - 1] == b[j - 1] {
                i -= 1;
                j -= 1;
                out.push((i, j));
            } else if l[i - 1][j] > l[i][j - 1] {
                i -= 1;
            } else {
                j -= 1;
            }
        }
        out
    }

    #[test]
    fn agrees_with_the_plain_table() {
        let mut rng = Rng::new(7);
        for round in 0..400 {
            let alphabet = 2 + round % 5;
            let mut string = |max: u64| -> Vec<u8> {
                let n = rng.below(max);
                (0..n).map(|_| b"abcdefgh"[usize::try_from(rng.below(alphabet)).unwrap()]).collect()
            };
            let (a, b) = (string(200), string(200));
            let want = naive(&a, &b);
            let mut got = Vec::new();
            walk_back(&a, &b, |i, j| got.push((i, j))).unwrap();
            assert_eq!(got, want);
            assert_eq!(length(&a, &b), want.len());
            assert_eq!(
                subsequence(&a, &b).unwrap(),
                want.iter().rev().map(|(i, _)| a[*i]).collect::<Vec<_>>()
            );
        }
    }
}
