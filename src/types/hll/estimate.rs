//! The estimator of Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017): from how many
//! registers have which value, over the whole range without tables.

use super::{COUNTED_BITS, REGISTERS};

/// Values that 6 bits can have.
const VALUES: usize = 64;
/// The largest value that adding an element gives.
const LAST: usize = COUNTED_BITS as usize + 1;
/// The constant of the estimator for many registers: half of the inverse of the logarithm of 2.
const ALPHA: f64 = 0.721_347_520_444_481_7;

/// How many registers have each value.
pub(super) struct Histogram {
    /// Four, so that equal neighbours do not wait for each other; their sum counts.
    counts: [[u32; VALUES]; 4],
    turn: usize,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: [[0; VALUES]; 4], turn: 0 }
    }
}

impl Histogram {
    /// Counts `len` registers of a value.
    #[inline(always)]
    pub(super) fn add(&mut self, value: u8, len: usize) {
        #[expect(clippy::cast_possible_truncation, reason = "at most all registers")]
        let len = len as u32;
        self.turn = (self.turn + 1) % 4;
        self.counts[self.turn][usize::from(value) % VALUES] += len;
    }

    /// The estimate. Values that no element gives, as corrupt registers may have, are left out as in Redis.
    pub(super) fn estimate(&self) -> u64 {
        let m = REGISTERS as f64;
        let registers = |value: usize| f64::from(self.counts.iter().map(|counts| counts[value]).sum::<u32>());
        let mut z = m * tau((m - registers(LAST)) / m);
        for value in (1..LAST).rev() {
            z = (z + registers(value)) * 0.5;
        }
        z += m * sigma(registers(0) / m);
        let estimate = (ALPHA * m * m / z).round();
        // Without a usable register it is infinite; the processor makes this number of it.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and saturates"
        )]
        if estimate.is_finite() { estimate as u64 } else { 1 << 63 }
    }
}

/// The sum of x^(2^k) * 2^(k-1) over k, from 0 on, with x itself for the first.
fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z == before {
            return z;
        }
    }
}

/// A third of 1 - x - the sum of (1 - x^(2^-k))^2 * 2^-k over k, from 1 on.
fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x) * (1.0 - x) * y;
        if z == before {
            return z / 3.0;
        }
    }
}
