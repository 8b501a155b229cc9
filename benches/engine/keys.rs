//! Keys, values and orders: the same for everyone, and made before the clock runs.

/// 16 bytes, as the comparison wants.
pub(crate) type Key = [u8; 16];
/// 64 bytes.
pub(crate) type Value = [u8; 64];

/// splitmix64 (Steele, Lea and Flood, 2014): one to one, so that different numbers give different keys.
fn mix(n: u64) -> u64 {
    let mut z = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The `n`th key: 16 hexadecimal digits.
pub(crate) fn key(n: usize) -> Key {
    let bits = mix(n as u64);
    std::array::from_fn(|i| b"0123456789abcdef"[(bits >> (4 * i)) as usize & 15])
}

/// A value to store; `n` makes it differ.
pub(crate) fn value(n: usize) -> Value {
    std::array::from_fn(|i| b'A' + ((n + i) % 50) as u8)
}

/// Keys `from..to`, in order.
pub(crate) fn range(from: usize, to: usize) -> Vec<Key> {
    (from..to).map(key).collect()
}

/// Numbers below a bound, in a random order that `seed` fixes.
pub(crate) struct Random(u64);

impl Random {
    /// A sequence.
    pub(crate) fn new(seed: u64) -> Self {
        Self(mix(seed))
    }

    /// The next number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(1);
        ((u128::from(mix(self.0)) * n as u128) >> 64) as usize
    }

    /// `count` keys of the first `n`, with repetitions.
    pub(crate) fn keys(&mut self, count: usize, n: usize) -> Vec<Key> {
        (0..count).map(|_| key(self.below(n))).collect()
    }
}
