//! Counting set bits. Plain arithmetic instead of the processor's instruction, which the baseline of x86-64 lacks:
//! carry-save adders (Harley and Seal; Muła, Kurz, Lemire 2018) count sixteen words for the price of one, on lanes
//! that the compiler turns into vector registers.

/// Words that are counted side by side.
const LANES: usize = 4;
/// Words of one round of adders, per lane.
const ROUND: usize = 16;
/// Bytes of one round.
const BLOCK: usize = 8 * LANES * ROUND;

type Lanes = [u64; LANES];

fn zip(a: Lanes, b: Lanes, f: impl Fn(u64, u64) -> u64) -> Lanes {
    std::array::from_fn(|i| f(a[i], b[i]))
}

/// Adds three bits in every place: the sum, and the carry, which counts twice.
#[inline(always)]
fn add(a: Lanes, b: Lanes, c: Lanes) -> (Lanes, Lanes) {
    let half = zip(a, b, |a, b| a ^ b);
    let carry = zip(zip(a, b, |a, b| a & b), zip(half, c, |half, c| half & c), |x, y| x | y);
    (zip(half, c, |half, c| half ^ c), carry)
}

#[inline(always)]
fn total(lanes: Lanes) -> u64 {
    lanes.iter().map(|word| u64::from(word.count_ones())).sum()
}

/// The `i`th group of lanes of a block.
#[inline(always)]
fn group(block: &[u8; BLOCK], i: usize) -> Lanes {
    let (words, _) = block.as_chunks::<8>();
    std::array::from_fn(|lane| u64::from_ne_bytes(words[i * LANES + lane]))
}

/// How many bits of all these bytes are set.
pub(super) fn ones(bytes: &[u8]) -> u64 {
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    let zero = [0; LANES];
    let (mut one, mut two, mut four, mut eight) = (zero, zero, zero, zero);
    let mut sixteens = 0;
    for block in blocks {
        let mut eights = [zero; 2];
        for (half, out) in eights.iter_mut().enumerate() {
            let at = |i: usize| group(block, half * 8 + i);
            let (two_a, two_b, two_c, two_d, four_a, four_b);
            (one, two_a) = add(one, at(0), at(1));
            (one, two_b) = add(one, at(2), at(3));
            (two, four_a) = add(two, two_a, two_b);
            (one, two_c) = add(one, at(4), at(5));
            (one, two_d) = add(one, at(6), at(7));
            (two, four_b) = add(two, two_c, two_d);
            (four, *out) = add(four, four_a, four_b);
        }
        let sixteen;
        (eight, sixteen) = add(eight, eights[0], eights[1]);
        sixteens += total(sixteen);
    }
    let (words, tail) = rest.as_chunks::<8>();
    let words: u64 = words.iter().map(|word| u64::from(u64::from_ne_bytes(*word).count_ones())).sum();
    let tail = tail.iter().fold(0, |word: u64, byte| word << 8 | u64::from(*byte));
    let words = words + u64::from(tail.count_ones());
    if blocks.is_empty() {
        return words;
    }
    16 * sixteens + 8 * total(eight) + 4 * total(four) + 2 * total(two) + total(one) + words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Rng;

    #[test]
    fn counts_every_length() {
        let mut rng = Rng::new(3);
        let bytes: Vec<u8> = (0..3 * BLOCK + 17).map(|_| rng.next_u64().to_le_bytes()[0]).collect();
        for bytes in [bytes, vec![0xff; 3 * BLOCK + 17], vec![0; 3 * BLOCK + 17]] {
            let mut naive = 0;
            for len in 0..bytes.len() {
                assert_eq!(ones(&bytes[..len]), naive, "{len}");
                naive += u64::from(bytes[len].count_ones());
            }
            assert_eq!(
                ones(&bytes[5..]),
                naive - bytes[..5].iter().map(|b| u64::from(b.count_ones())).sum::<u64>()
            );
        }
    }
}
