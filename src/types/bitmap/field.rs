//! Integers of 1 to 64 bits at any bit of a string, the highest bit first, and what becomes of values that do not
//! fit.

/// Width and kind of an integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field {
    /// Two's complement, otherwise unsigned.
    pub(crate) signed: bool,
    /// 1 to 64 bits, 63 if unsigned.
    pub(crate) bits: u32,
}

/// What a value that does not fit becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Overflow {
    /// Its lowest bits.
    #[default]
    Wrap,
    /// The nearest value that fits.
    Saturate,
    /// Nothing: it is not stored.
    Fail,
}

/// Bytes that an integer of 64 bits can touch, and more than it.
const WINDOW: usize = 16;

impl Field {
    /// The value that these lowest bits mean.
    fn value(self, raw: u64) -> i64 {
        let unused = 64 - self.bits;
        let top = raw << unused;
        if self.signed { top.cast_signed() >> unused } else { (top >> unused).cast_signed() }
    }

    /// The smallest and largest value.
    fn limits(self) -> (i128, i128) {
        if self.signed {
            let half = 1i128 << (self.bits - 1);
            (-half, half - 1)
        } else {
            (0, (1 << self.bits) - 1)
        }
    }

    /// What is stored for `exact`, if anything is.
    fn fit(self, exact: i128, overflow: Overflow) -> Option<i64> {
        let (low, high) = self.limits();
        let clamped = exact.clamp(low, high);
        if exact == clamped || overflow == Overflow::Saturate {
            return i64::try_from(clamped).ok();
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the low bits are what is wanted"
        )]
        let wrapped = || self.value(exact as u64);
        (overflow == Overflow::Wrap).then(wrapped)
    }

    /// What SET stores for a value. Unsigned fields take it for an unsigned one, so that -1 is the largest. As in
    /// Redis a signed value so low that its distance from the largest one is none of 64 bits is too high instead.
    pub(crate) fn set(self, value: i64, overflow: Overflow) -> Option<i64> {
        if !self.signed {
            return self.fit(value.cast_unsigned().into(), overflow);
        }
        let high = i64::MAX >> (64 - self.bits);
        if overflow == Overflow::Saturate && high.checked_sub(value).is_none() {
            return Some(if self.bits < 64 { high } else { value });
        }
        self.fit(value.into(), overflow)
    }

    /// What an increment makes of a value.
    pub(crate) fn add(self, value: i64, increment: i64, overflow: Overflow) -> Option<i64> {
        self.fit(i128::from(value) + i128::from(increment), overflow)
    }

    /// The value at a bit; bits behind the end read as zeros.
    pub(crate) fn read(self, bytes: &[u8], bit: u64) -> i64 {
        let mut window = [0; WINDOW];
        let from = usize::try_from(bit >> 3).ok().and_then(|at| bytes.get(at..)).unwrap_or(&[]);
        let len = from.len().min(WINDOW);
        window[..len].copy_from_slice(&from[..len]);
        let below = 128 - self.shift(bit);
        #[expect(clippy::cast_possible_truncation, reason = "the low bits are what is wanted")]
        self.value((u128::from_be_bytes(window) >> below) as u64)
    }

    /// Writes a value at a bit of a string that reaches as far.
    pub(crate) fn write(self, bytes: &mut [u8], bit: u64, value: i64) {
        let Some(from) = usize::try_from(bit >> 3).ok().and_then(|at| bytes.get_mut(at..)) else { return };
        let mut window = [0; WINDOW];
        let len = from.len().min(WINDOW);
        window[..len].copy_from_slice(&from[..len]);
        let below = 128 - self.shift(bit);
        let mask = (u128::MAX >> (128 - self.bits)) << below;
        let old = u128::from_be_bytes(window);
        let new = old & !mask | (u128::from(value.cast_unsigned()) << below) & mask;
        from[..len].copy_from_slice(&new.to_be_bytes()[..len]);
    }

    /// Where the integer ends, in bits from the first byte it touches: 1 to 71.
    fn shift(self, bit: u64) -> u32 {
        let before = (bit & 7) as u32;
        before + self.bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Rng;

    fn naive_read(field: Field, bits: &[bool], at: usize) -> i64 {
        let mut raw = 0u64;
        for i in 0..usize::try_from(field.bits).unwrap() {
            raw = raw << 1 | u64::from(bits.get(at + i).copied().unwrap_or(false));
        }
        if field.signed && field.bits < 64 && raw >> (field.bits - 1) == 1 {
            raw |= u64::MAX << field.bits;
        }
        raw.cast_signed()
    }

    #[test]
    fn reads_and_writes_as_a_naive_twin_does() {
        let mut rng = Rng::new(21);
        for _ in 0..20_000 {
            let mut bytes: Vec<u8> = (0..rng.below(24)).map(|_| rng.next_u64().to_le_bytes()[0]).collect();
            let mut bits: Vec<bool> =
                bytes.iter().flat_map(|b| (0..8).map(move |i| b >> (7 - i) & 1 == 1)).collect();
            let signed = rng.below(2) == 0;
            let field =
                Field { signed, bits: 1 + u32::try_from(rng.below(if signed { 64 } else { 63 })).unwrap() };
            let at = usize::try_from(rng.below(200)).unwrap();
            assert_eq!(field.read(&bytes, at as u64), naive_read(field, &bits, at));
            let end = at + usize::try_from(field.bits).unwrap();
            if end.div_ceil(8) > bytes.len() {
                bytes.resize(end.div_ceil(8), 0);
                bits.resize(bytes.len() * 8, false);
            }
            let value = field.value(rng.next_u64());
            field.write(&mut bytes, at as u64, value);
            for i in 0..usize::try_from(field.bits).unwrap() {
                bits[at + i] = value.cast_unsigned() >> (field.bits - 1 - u32::try_from(i).unwrap()) & 1 == 1;
            }
            let after: Vec<bool> =
                bytes.iter().flat_map(|b| (0..8).map(move |i| b >> (7 - i) & 1 == 1)).collect();
            assert_eq!(after, bits);
            assert_eq!(field.read(&bytes, at as u64), value);
        }
    }

    #[test]
    fn what_does_not_fit() {
        use Overflow::{Fail, Saturate, Wrap};
        let (u8, i8) = (Field { signed: false, bits: 8 }, Field { signed: true, bits: 8 });
        let (u63, i64) = (Field { signed: false, bits: 63 }, Field { signed: true, bits: 64 });
        assert_eq!([Wrap, Saturate, Fail].map(|o| u8.set(256, o)), [Some(0), Some(255), None]);
        assert_eq!([Wrap, Saturate, Fail].map(|o| u8.set(-1, o)), [Some(255), Some(255), None]);
        assert_eq!([Wrap, Saturate, Fail].map(|o| u8.add(3, -4, o)), [Some(255), Some(0), None]);
        assert_eq!([Wrap, Saturate, Fail].map(|o| i8.set(128, o)), [Some(-128), Some(127), None]);
        assert_eq!([Wrap, Saturate, Fail].map(|o| i8.set(-129, o)), [Some(127), Some(-128), None]);
        assert_eq!([Wrap, Saturate, Fail].map(|o| i8.set(i64::MIN, o)), [Some(0), Some(127), None]);
        assert_eq!([Wrap, Saturate, Fail].map(|o| i64.set(i64::MIN, o)), [Some(i64::MIN); 3]);
        assert_eq!([Wrap, Saturate, Fail].map(|o| i8.add(-128, -1, o)), [Some(127), Some(-128), None]);
        assert_eq!(
            [Wrap, Saturate, Fail].map(|o| i64.add(i64::MAX, 1, o)),
            [Some(i64::MIN), Some(i64::MAX), None]
        );
        assert_eq!([Wrap, Saturate, Fail].map(|o| u63.add(0, i64::MIN, o)), [Some(0), Some(0), None]);
        assert_eq!([Wrap, Saturate, Fail].map(|o| u63.set(-1, o)), [Some(i64::MAX), Some(i64::MAX), None]);
        assert_eq!(Field { signed: true, bits: 1 }.add(0, 1, Wrap), Some(-1));
    }

    #[test]
    fn far_away() {
        let field = Field { signed: false, bits: 8 };
        assert_eq!(field.read(b"abc", u64::MAX), 0);
        field.write(&mut [1, 2], u64::MAX, 7);
    }
}
