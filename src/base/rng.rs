//! Randomness: a seed from the system, and a small fast generator (xoshiro256++, Blackman and Vigna 2019).

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

/// A generator of pseudo-random numbers; not for secrets.
#[derive(Clone, Debug)]
pub(crate) struct Rng {
    s: [u64; 4],
}

/// 64 unpredictable bits: the standard library seeds its `RandomState` from the system.
pub(crate) fn system_seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

impl Rng {
    /// A generator whose whole sequence follows from `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        // splitmix64 spreads the seed over the state, as the authors recommend.
        let mut x = seed;
        let mut next = || {
            x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = x;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        Self { s: [next(), next(), next(), next()] }
    }

    /// The next 64 bits.
    pub(crate) fn next_u64(&mut self) -> u64 {
        let [s0, s1, s2, s3] = self.s;
        let out = s0.wrapping_add(s3).rotate_left(23).wrapping_add(s0);
        let (mut t2, mut t3) = (s2 ^ s0, s3 ^ s1);
        let (t1, t0) = (s1 ^ t2, s0 ^ t3);
        t2 ^= s1 << 17;
        t3 = t3.rotate_left(45);
        self.s = [t0, t1, t2, t3];
        out
    }

    /// A number in `0..n`, uniform (Lemire's multiply-shift with rejection). `n` must not be 0.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        debug_assert!(n > 0);
        loop {
            let wide = u128::from(self.next_u64()) * u128::from(n);
            #[expect(clippy::cast_possible_truncation, reason = "the low half is what the method looks at")]
            let low = wide as u64;
            if low >= n || low >= n.wrapping_neg() % n {
                return (wide >> 64) as u64;
            }
        }
    }
}
