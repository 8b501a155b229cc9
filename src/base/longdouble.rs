//! The x87 extended double in software: INCRBYFLOAT and HINCRBYFLOAT add and print in it, so that 0.1 + 0.2
//! is 0.3. A 64-bit mantissa without a hidden bit and a 15-bit exponent, as in the hardware.
//!
//! Which error comes from what: [`LongDouble::parse`] answers `None` for "ERR value is not a valid float"
//! (argument or stored value alike); a sum that is not [`LongDouble::is_finite`] is "ERR increment would
//! produce NaN or Infinity".

use super::num::{names_infinity, names_zero, push_u64, split_sign};
use std::cmp::Ordering;

/// Text of this length or more is not a number.
const MAX_TEXT: usize = 5 * 1024;
/// Exponent of the mantissa's lowest bit in the smallest numbers, and in the largest.
const MIN_EXPONENT: i64 = -16445;
const MAX_EXPONENT: i64 = 16383 - 63;
/// Digits after the point in the printed form.
const DECIMALS: usize = 17;
const TEN_TO_DECIMALS: u64 = 10u64.pow(17);
/// Exponents in texts are cut off here, far outside the range and far from overflowing an `i64`.
const EXPONENT_CAP: i64 = 1 << 40;

/// An extended double.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LongDouble {
    negative: bool,
    size: Size,
}

/// The magnitude of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Size {
    /// `mantissa * 2^exponent`: the top bit is set unless the exponent is the least.
    Finite {
        mantissa: u64,
        exponent: i64,
    },
    Infinite,
    Nan,
}

impl LongDouble {
    /// Parses a whole text as INCRBYFLOAT takes it: decimal or hexadecimal, `inf` and `infinity` in any case.
    /// Refused: NaN, space, overlong text, a finite text that overflows, and one other than zero that
    /// becomes zero. Rounds to nearest, ties to even.
    pub(crate) fn parse(b: &[u8]) -> Option<Self> {
        if b.len() >= MAX_TEXT {
            return None;
        }
        let (negative, body) = split_sign(b);
        let size = match body {
            [b'0', b'x' | b'X', hex @ ..] => {
                let hex = HexFloat::scan(hex)?;
                Size::round(hex.mantissa, hex.exponent, hex.sticky)
            }
            [b'i' | b'I', ..] if names_infinity_fully(body) => Size::Infinite,
            _ => Decimal::scan(body)?.to_size(),
        };
        let lost = match size {
            Size::Infinite => !names_infinity(b),
            Size::Finite { mantissa: 0, .. } => !names_zero(b),
            _ => false,
        };
        (!lost).then_some(Self { negative, size })
    }

    /// The same number; every `i64` fits.
    pub(crate) fn from_i64(v: i64) -> Self {
        Self { negative: v < 0, size: Size::round(u128::from(v.unsigned_abs()), 0, false) }
    }

    /// Whether this is neither an infinity nor NaN.
    pub(crate) fn is_finite(&self) -> bool {
        matches!(self.size, Size::Finite { .. })
    }

    /// The sum, rounded to nearest, ties to even.
    pub(crate) fn add(self, other: Self) -> Self {
        let ((big, big_e), (small, small_e), big_is_self) = match (self.size, other.size) {
            (Size::Nan, _) | (_, Size::Nan) => return Self { negative: false, size: Size::Nan },
            (Size::Infinite, Size::Infinite) if self.negative != other.negative => {
                return Self { negative: true, size: Size::Nan };
            }
            (Size::Infinite, _) => return self,
            (_, Size::Infinite) => return other,
            (Size::Finite { mantissa: m, exponent: e }, Size::Finite { mantissa: n, exponent: f }) => {
                if (e, m) >= (f, n) { ((m, e), (n, f), true) } else { ((n, f), (m, e), false) }
            }
        };
        // One bit above for the carry and 63 below, of which the lowest also stands for all that fell off.
        let big = u128::from(big) << 63;
        let small = u128::from(small) << 63;
        let small = match u32::try_from(big_e - small_e) {
            Ok(gap @ 0..=126) => small >> gap | u128::from(small & ((1 << gap) - 1) != 0),
            _ => u128::from(small != 0),
        };
        let sign = if big_is_self { self.negative } else { other.negative };
        if self.negative == other.negative {
            return Self { negative: sign, size: Size::round(big + small, big_e - 63, false) };
        }
        let rest = big - small;
        Self { negative: sign && rest != 0, size: Size::round(rest, big_e - 63, false) }
    }

    /// A thousand times this, rounded as the hardware does and then up; `None` if no `i64` holds it.
    pub(crate) fn thousandfold(self) -> Option<i64> {
        let Size::Finite { mantissa, exponent } = self.size else { return None };
        let Size::Finite { mantissa, exponent } = Size::round(u128::from(mantissa) * 1000, exponent, false)
        else {
            return None;
        };
        if mantissa == 0 {
            return Some(0);
        }
        // Its top bit is set: a number of 2^64 and more does not fit.
        let (whole, exact) = match u32::try_from(-exponent).ok()? {
            down @ 0..64 => (mantissa >> down, mantissa << (64 - down).min(63) == 0 || down == 0),
            _ => (0, false),
        };
        if self.negative {
            return 0i64.checked_sub_unsigned(whole);
        }
        i64::try_from(whole).ok()?.checked_add(i64::from(!exact))
    }

    /// Prints with 17 decimals, trailing zeros (and the point) dropped, never an exponent, never "-0".
    pub(crate) fn to_text(self) -> Vec<u8> {
        let mut out = Vec::new();
        match self.size {
            Size::Nan => return b"nan".to_vec(),
            Size::Infinite if self.negative => return b"-inf".to_vec(),
            Size::Infinite => return b"inf".to_vec(),
            Size::Finite { mantissa, exponent } => {
                if self.negative {
                    out.push(b'-');
                }
                match u32::try_from(-exponent) {
                    Ok(drop) => push_fraction(&mut out, mantissa, drop),
                    Err(_) => Big::from_u64(mantissa).shifted_left(exponent).push_decimal(&mut out),
                }
            }
        }
        if out == b"-0" {
            out.remove(0);
        }
        out
    }
}

impl Size {
    /// Rounds `m * 2^e`, and a little more if `sticky`, to the format.
    fn round(m: u128, e: i64, sticky: bool) -> Self {
        let (mantissa, exponent) = round_to(m, e, sticky, 64, MIN_EXPONENT);
        match mantissa {
            0 => Self::Finite { mantissa: 0, exponent: MIN_EXPONENT },
            _ if exponent > MAX_EXPONENT => Self::Infinite,
            _ => Self::Finite { mantissa, exponent },
        }
    }
}

/// Appends `mantissa / 2^drop` to 17 decimals.
#[expect(clippy::cast_possible_truncation, reason = "the whole part is at most the mantissa")]
fn push_fraction(out: &mut Vec<u8>, mantissa: u64, drop: u32) {
    // Below 2^121, so from a shift of 128 on even the rounded value is 0.
    let scaled = u128::from(mantissa) * u128::from(TEN_TO_DECIMALS);
    let scaled = if drop < 128 { shift_to_even(scaled, drop, false) } else { 0 };
    push_u64(out, (scaled / u128::from(TEN_TO_DECIMALS)) as u64);
    let fraction = (scaled % u128::from(TEN_TO_DECIMALS)) as u64;
    if fraction != 0 {
        let at = out.len();
        push_u64(out, TEN_TO_DECIMALS + fraction); // the leading 1 keeps the zeros and becomes the point
        out[at] = b'.';
        let used = out.iter().rposition(|c| *c != b'0').map_or(out.len(), |n| n + 1);
        out.truncate(used);
        debug_assert!(out.len() <= at + 1 + DECIMALS);
    }
}

/// Rounds `m * 2^e`, and a little more if `sticky`, to `precision` bits (at most 64) and an exponent of at
/// least `min`; returns the new mantissa and exponent. With `sticky`, `m` must have more than `precision` bits.
pub(super) fn round_to(m: u128, e: i64, sticky: bool, precision: u32, min: i64) -> (u64, i64) {
    let bits = 128 - m.leading_zeros();
    if bits == 0 {
        return (0, min);
    }
    let drop = (i64::from(bits) - i64::from(precision)).max(min - e);
    let mut q = match drop {
        ..0 => m << drop.unsigned_abs(),
        0..128 => shift_to_even(m, u32::try_from(drop).unwrap_or(0), sticky),
        128 => u128::from(m > 1 << 127 || m == 1 << 127 && sticky),
        _ => return (0, min),
    };
    let mut e = e + drop;
    if q >> precision != 0 {
        q >>= 1;
        e += 1;
    }
    (u64::try_from(q).unwrap_or(u64::MAX), e)
}

/// `m / 2^n` for `n` below 128, to nearest, ties to even; `sticky` says that a little more than `m` is meant.
fn shift_to_even(m: u128, n: u32, sticky: bool) -> u128 {
    if n == 0 {
        return m;
    }
    let q = m >> n;
    let half = 1u128 << (n - 1);
    let rest = m & (half | (half - 1));
    q + u128::from(rest > half || rest == half && (sticky || q & 1 == 1))
}

/// Whether the text is "inf" or "infinity".
fn names_infinity_fully(body: &[u8]) -> bool {
    body.eq_ignore_ascii_case(b"inf") || body.eq_ignore_ascii_case(b"infinity")
}

/// A hexadecimal float as written: `mantissa * 2^exponent`, and a little more if `sticky`.
#[derive(Clone, Copy)]
pub(super) struct HexFloat {
    pub(super) mantissa: u128,
    pub(super) exponent: i64,
    pub(super) sticky: bool,
}

impl HexFloat {
    /// Reads what follows "0x": digits with at most one point among them, then perhaps `p` and an exponent.
    pub(super) fn scan(b: &[u8]) -> Option<Self> {
        let mut v = Self { mantissa: 0, exponent: 0, sticky: false };
        let (mut any, mut point) = (false, false);
        let mut at = 0;
        while let Some(c) = b.get(at) {
            if let Some(d) = char::from(*c).to_digit(16) {
                any = true;
                if v.mantissa >> 120 == 0 {
                    v.mantissa = v.mantissa << 4 | u128::from(d);
                    v.exponent -= if point { 4 } else { 0 };
                } else {
                    v.sticky |= d != 0;
                    v.exponent += if point { 0 } else { 4 };
                }
            } else if *c == b'.' && !point {
                point = true;
            } else {
                break;
            }
            at += 1;
        }
        if !any {
            return None;
        }
        match &b[at..] {
            [] => {}
            [b'p' | b'P', rest @ ..] => v.exponent += scan_exponent(rest)?,
            _ => return None,
        }
        Some(v)
    }
}

/// Reads a signed exponent up to the end of the text; cut off where it no longer matters.
fn scan_exponent(b: &[u8]) -> Option<i64> {
    let (negative, digits) = split_sign(b);
    if digits.is_empty() {
        return None;
    }
    let mut v = 0i64;
    for d in digits {
        if !d.is_ascii_digit() {
            return None;
        }
        v = (v * 10 + i64::from(d - b'0')).min(EXPONENT_CAP);
    }
    Some(if negative { -v } else { v })
}

/// A decimal number as written: `digits * 10^exponent`, without zeros at either end of the digits.
struct Decimal {
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    /// Reads digits with at most one point among them, then perhaps `e` and an exponent.
    fn scan(b: &[u8]) -> Option<Self> {
        let mut v = Self { digits: Vec::new(), exponent: 0 };
        let (mut any, mut point) = (false, false);
        let mut at = 0;
        while let Some(c) = b.get(at) {
            if c.is_ascii_digit() {
                any = true;
                v.exponent -= i64::from(point);
                if *c != b'0' || !v.digits.is_empty() {
                    v.digits.push(c - b'0');
                }
            } else if *c == b'.' && !point {
                point = true;
            } else {
                break;
            }
            at += 1;
        }
        if !any {
            return None;
        }
        match &b[at..] {
            [] => {}
            [b'e' | b'E', rest @ ..] => v.exponent += scan_exponent(rest)?,
            _ => return None,
        }
        while v.digits.last() == Some(&0) {
            v.digits.pop();
            v.exponent += 1;
        }
        Some(v)
    }

    fn to_size(&self) -> Size {
        let count = i64::try_from(self.digits.len()).unwrap_or(EXPONENT_CAP);
        // The value is in [10^(top-1), 10^top): refuse the hopeless before making numbers of that size.
        let top = count + self.exponent;
        if count == 0 || top < -4960 {
            return Size::Finite { mantissa: 0, exponent: MIN_EXPONENT };
        }
        if top > 4940 {
            return Size::Infinite;
        }
        let power = self.exponent.unsigned_abs();
        if count <= 19 && power <= 27 {
            let m = self.digits.iter().fold(0u64, |v, d| v * 10 + u64::from(*d));
            return small_decimal(m, self.exponent < 0, u32::try_from(power).unwrap_or(0));
        }
        self.big_size(power)
    }

    /// The general case, in exact arithmetic. 10^p is 5^p times 2^p, and the 2^p only moves the exponent.
    fn big_size(&self, power: u64) -> Size {
        let mut n = Big::from_digits(&self.digits);
        if self.exponent >= 0 {
            n.multiply_power_of_5(power);
            let (top, shift, sticky) = n.top_bits();
            return Size::round(top, self.exponent + shift, sticky);
        }
        let mut d = Big::from_u64(1);
        d.multiply_power_of_5(power);
        let shift = d.bits() - n.bits();
        if shift > 0 {
            n = n.shifted_left(shift);
        } else {
            d = d.shifted_left(-shift);
        }
        // n/d is now between 1/2 and 2. Take 67 bits of it, two more than the rounding needs.
        let mut q = 0u128;
        for step in 0..67 {
            if step != 0 {
                n.double();
            }
            q <<= 1;
            if n.compare(&d) != Ordering::Less {
                n.subtract(&d);
                q |= 1;
            }
        }
        Size::round(q, self.exponent - shift - 66, !n.is_zero())
    }
}

/// `m * 10^p`, or `m / 10^p` if `divide`, for `p` up to 27, where 5^p fits in 63 bits.
fn small_decimal(m: u64, divide: bool, p: u32) -> Size {
    let five = u128::from(5u64.pow(p));
    if !divide {
        return Size::round(u128::from(m) * five, i64::from(p), false);
    }
    // The dividend has 128 bits, so the quotient has at least 65 and the remainder is the sticky part.
    let shift = m.leading_zeros() + 64;
    let m = u128::from(m) << shift;
    Size::round(m / five, -i64::from(p) - i64::from(shift), !m.is_multiple_of(five))
}

/// A natural number of any size: 32-bit limbs, lowest first, no zeros on top.
struct Big(Vec<u32>);

#[expect(clippy::cast_possible_truncation, reason = "limbs are the low halves of 64-bit sums and products")]
impl Big {
    fn from_u64(v: u64) -> Self {
        let mut n = Self(vec![v as u32, (v >> 32) as u32]);
        n.trim();
        n
    }

    fn from_digits(digits: &[u8]) -> Self {
        let mut n = Self(Vec::with_capacity(digits.len() / 9 + 1));
        for group in digits.chunks(9) {
            let (mut factor, mut value) = (1, 0);
            for d in group {
                factor *= 10;
                value = value * 10 + u32::from(*d);
            }
            n.multiply_add(factor, value);
        }
        n
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// The place of the highest bit set, counted from 1.
    fn bits(&self) -> i64 {
        let top = self.0.last().map_or(0, |limb| 32 - i64::from(limb.leading_zeros()));
        top + 32 * (self.0.len().saturating_sub(1) as i64)
    }

    fn multiply_add(&mut self, factor: u32, plus: u32) {
        let mut carry = u64::from(plus);
        for limb in &mut self.0 {
            carry += u64::from(*limb) * u64::from(factor);
            *limb = carry as u32;
            carry >>= 32;
        }
        if carry != 0 {
            self.0.push(carry as u32);
        }
    }

    fn multiply_power_of_5(&mut self, mut power: u64) {
        while power != 0 {
            let step = power.min(13); // 5^13 is the largest in 32 bits
            self.multiply_add(5u32.pow(step as u32), 0);
            power -= step;
        }
    }

    /// The number times 2^n, for `n` from 0 on.
    fn shifted_left(&self, n: i64) -> Self {
        let n = n.unsigned_abs();
        let mut limbs = vec![0; (n / 32) as usize];
        let part = n % 32;
        let mut carry = 0u64;
        for limb in &self.0 {
            carry |= u64::from(*limb) << part;
            limbs.push(carry as u32);
            carry >>= 32;
        }
        limbs.push(carry as u32);
        let mut n = Self(limbs);
        n.trim();
        n
    }

    fn double(&mut self) {
        let mut carry = 0;
        for limb in &mut self.0 {
            let top = *limb >> 31;
            *limb = *limb << 1 | carry;
            carry = top;
        }
        if carry != 0 {
            self.0.push(carry);
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }

    /// Takes away a number that is not larger.
    fn subtract(&mut self, other: &Self) {
        let mut borrow = false;
        for (i, limb) in self.0.iter_mut().enumerate() {
            let (v, first) = limb.overflowing_sub(other.0.get(i).copied().unwrap_or(0));
            let (v, second) = v.overflowing_sub(u32::from(borrow));
            *limb = v;
            borrow = first || second;
        }
        self.trim();
    }

    /// The highest bits (97 to 128 of them if there are that many), how far they are shifted, and whether
    /// anything but zeros lies below them.
    fn top_bits(&self) -> (u128, i64, bool) {
        let below = self.0.len().saturating_sub(4);
        let (low, high) = self.0.split_at(below);
        let top = high.iter().rev().fold(0u128, |v, limb| v << 32 | u128::from(*limb));
        (top, 32 * (below as i64), low.iter().any(|limb| *limb != 0))
    }

    /// Appends the decimal digits; leaves zero behind.
    fn push_decimal(mut self, out: &mut Vec<u8>) {
        const GROUP: u64 = 1_000_000_000;
        let mut groups = Vec::new();
        while !self.is_zero() {
            let mut rest = 0;
            for limb in self.0.iter_mut().rev() {
                let v = rest << 32 | u64::from(*limb);
                *limb = (v / GROUP) as u32;
                rest = v % GROUP;
            }
            groups.push(rest);
            self.trim();
        }
        push_u64(out, groups.pop().unwrap_or(0));
        for group in groups.iter().rev() {
            let at = out.len();
            push_u64(out, GROUP + group); // the leading 1 keeps the zeros
            out.remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousandfold_as_the_hardware() {
        let cases: [(&str, Option<i64>); 17] = [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("1", Some(1000)),
            ("-0.0009", Some(0)),
            ("-0.0011", Some(-1)),
            ("0.5", Some(500)),
            ("0.0015", Some(2)),
            ("1e-400", Some(1)),
            ("9223372036854775.807", Some(i64::MAX)),
            ("9223372036854775.80700000001", Some(i64::MAX)),
            ("9223372036854775.808", None),
            ("-9223372036854775.808", Some(-i64::MAX)),
            ("18446744073709551.616", None),
            ("1e300", None),
            ("-1e300", None),
            ("inf", None),
            ("0x.8", Some(500)),
        ];
        for (text, want) in cases {
            assert_eq!(LongDouble::parse(text.as_bytes()).unwrap().thousandfold(), want, "{text}");
        }
    }

    fn text(s: &str) -> Option<String> {
        LongDouble::parse(s.as_bytes()).map(|v| String::from_utf8(v.to_text()).unwrap())
    }

    fn sum(a: &str, b: &str) -> LongDouble {
        LongDouble::parse(a.as_bytes()).unwrap().add(LongDouble::parse(b.as_bytes()).unwrap())
    }

    #[test]
    fn prints_17_decimals_trimmed() {
        let cases = "10.6=10.6 5.0e3=5000 3.0e3=3000 -0=0 -1e-30=0 5e-18=0 6e-18=0.00000000000000001
            1.5e-17=0.00000000000000002 2.5e-17=0.00000000000000002 -.5=-0.5 0x1.8p-1=0.75 00012=12 1.=1
            1E-5=0.00001 1e-310=0 +Infinity=inf -inf=-inf 3.6e-4951=0 1e-4950=0 0x1.8p-16446=0
            0e9999999999999999=0 0x0p99999999999999999999=0 18446744073709551616=18446744073709551616
            0.30000000000000000002=0.3 123456789.123456789=123456789.12345678899873747
            1e30=1000000000000000000024696061952 0x1p70=1180591620717411303424";
        for case in cases.split_whitespace() {
            let (from, want) = case.split_once('=').unwrap();
            assert_eq!(text(from).as_deref(), Some(want), "{from}");
        }
        let max = text("1.189731495357231765e4932").unwrap();
        assert_eq!(max.len(), 4933);
        assert!(max.starts_with("1189731495357231765021263853030970205169"));
        assert_eq!(text("0x1.fffffffffffffffep16383").unwrap(), max);
        let large = text("1e309").unwrap();
        assert_eq!(large.len(), 309);
        assert!(large.starts_with("999999999999999999986349424581256454766307763249906048699722"));
        assert!(large.ends_with("621446207643423114002432"));
    }

    #[test]
    fn refuses() {
        let bad = ". nan -nan infi infinityx i 1e 1ex 0x 0x. 0x1p e5 +-1 1..2 1e4933 1e-4952
            1.18973149535723176514e4932 0x1p16384 0x1p-16446 0x1.ffffffffffffffffp16383
            1e99999999999999999999 1e-99999999999999999999 0x1p-99999999999999999999";
        for s in bad.split_whitespace().chain(["", " 1", "1 ", "1\0"]) {
            assert_eq!(text(s), None, "{s}");
        }
        assert_eq!(text(&format!("{}1", "0".repeat(5118))).as_deref(), Some("1"));
        assert_eq!(text(&format!("{}1", "0".repeat(5119))), None);
    }

    #[test]
    fn parsing_rounds_to_even_at_any_length() {
        let finite = |mantissa, exponent| Size::Finite { mantissa, exponent };
        let size = |s: &str| LongDouble::parse(s.as_bytes()).unwrap().size;
        // 2^64 + 1 is a tie; one more digit, however far down, is not.
        assert_eq!(size("18446744073709551617"), finite(1 << 63, 1));
        assert_eq!(size(&format!("18446744073709551617.{}1", "0".repeat(4000))), finite((1 << 63) + 1, 1));
        assert_eq!(size("18446744073709551619"), finite((1 << 63) + 2, 1));
        assert_eq!(size(&format!("1{}e-4000", "0".repeat(4000))), finite(1 << 63, -63));
        // The smallest subnormal is 2^-16445; half of it and below is zero, which parse refuses.
        assert_eq!(size("3.6451995318824746025e-4951"), finite(1, MIN_EXPONENT));
        assert_eq!(size("1.83e-4951"), finite(1, MIN_EXPONENT));
        assert_eq!(text("1.82e-4951"), None);
        assert_eq!(size("0x1p-16382"), finite(1 << 63, MIN_EXPONENT));
    }

    #[test]
    fn adds() {
        // The second half: ties to even at the last bit, and what falls far below it.
        let cases = "0.1+0.2=0.3 10.50+0.1=10.6 5.0e3+2.0e2=5200 3+-3=0 1+-1.5=-0.5 -1e4932+1e4932=0
            1e30+1=1000000000000000000024696061952
            18446744073709551616+1=18446744073709551616 18446744073709551618+1=18446744073709551620
            18446744073709551616+1.0000001=18446744073709551618 18446744073709551616+-0.5=18446744073709551616
            18446744073709551616+-0.6=18446744073709551615 9223372036854775808+-1e-300=9223372036854775808
            0x1p200+-0x1p70=1606938044258990275541962092341162602522202993782792835301376";
        for case in cases.split_whitespace() {
            let (sums, want) = case.split_once('=').unwrap();
            let (a, b) = sums.split_once('+').unwrap();
            assert_eq!(String::from_utf8(sum(a, b).to_text()).unwrap(), want, "{a} + {b}");
            assert_eq!(sum(a, b), sum(b, a), "{a} + {b}");
        }
        let min = "0x1p-16445";
        assert_eq!(sum(min, min).size, Size::Finite { mantissa: 2, exponent: MIN_EXPONENT });
        assert_eq!(
            sum("0x1p-16382", "-0x1p-16445").size,
            Size::Finite { mantissa: (1 << 63) - 1, exponent: MIN_EXPONENT }
        );
    }

    #[test]
    fn sums_outside_the_range_are_not_finite() {
        assert!(!sum("1e4932", "1e4932").is_finite());
        assert!(sum("1e4932", "1e4931").is_finite());
        assert!(!sum("inf", "1").is_finite() && !sum("inf", "-inf").is_finite());
        assert_eq!(sum("inf", "-inf").add(LongDouble::from_i64(1)).to_text(), b"nan");
        assert_eq!(sum("-inf", "5").to_text(), b"-inf");
    }

    #[test]
    fn takes_every_i64() {
        for v in [0, 1, -1, i64::MAX, i64::MIN, 1 << 53] {
            assert_eq!(LongDouble::from_i64(v).to_text(), v.to_string().as_bytes());
            assert_eq!(Some(LongDouble::from_i64(v)), LongDouble::parse(v.to_string().as_bytes()));
        }
    }
}
