//! The dense encoding: registers of 6 bits, the first in the lowest bits of the first byte.

use super::{HEADER, REGISTERS};

/// Bytes of a whole value.
pub(crate) const LEN: usize = HEADER + REGISTERS * BITS / 8;
const BITS: usize = 6;
const MASK: u8 = (1 << BITS) - 1;
/// Bytes that hold eight registers.
const GROUP: usize = BITS;

/// The byte where a register begins, and the bit in it.
fn locate(index: usize) -> (usize, usize) {
    let bit = index * BITS;
    (HEADER + bit / 8, bit % 8)
}

/// A register. `value` is dense, `index` one of the registers.
pub(crate) fn get(value: &[u8], index: usize) -> u8 {
    let (at, bit) = locate(index);
    let two = u16::from_le_bytes([value[at], value.get(at + 1).copied().unwrap_or(0)]);
    (two >> bit).to_le_bytes()[0] & MASK
}

/// Raises a register to `count`, if it is less; whether it was. As for [`get`].
pub(crate) fn raise(value: &mut [u8], index: usize, count: u8) -> bool {
    if get(value, index) >= count {
        return false;
    }
    let (at, bit) = locate(index);
    let [low, high] = (u16::from(count) << bit).to_le_bytes();
    let [low_mask, high_mask] = (u16::from(MASK) << bit).to_le_bytes();
    value[at] = value[at] & !low_mask | low;
    if let Some(next) = value.get_mut(at + 1) {
        *next = *next & !high_mask | high;
    }
    true
}

/// Eight registers.
#[inline(always)]
fn unpack(group: &[u8; GROUP]) -> [u8; 8] {
    let mut word = [0; 8];
    word[..GROUP].copy_from_slice(group);
    let word = u64::from_le_bytes(word);
    std::array::from_fn(|i| (word >> (BITS * i)).to_le_bytes()[0] & MASK)
}

/// The registers of a dense value by eights.
fn groups(value: &[u8]) -> &[[u8; GROUP]] {
    value.get(HEADER..).unwrap_or(&[]).as_chunks::<GROUP>().0
}

/// Hands each register to `take`.
#[inline(always)]
pub(super) fn for_each(value: &[u8], mut take: impl FnMut(u8)) {
    for group in groups(value) {
        unpack(group).into_iter().for_each(&mut take);
    }
}

/// Raises registers to those of a value.
pub(super) fn merge(value: &[u8], registers: &mut [u8; REGISTERS]) {
    let (eights, _) = registers.as_chunks_mut::<8>();
    for (eight, group) in eights.iter_mut().zip(groups(value)) {
        for (register, count) in eight.iter_mut().zip(unpack(group)) {
            *register = count.max(*register);
        }
    }
}

/// Writes all registers into a value that is long enough.
pub(super) fn pack(value: &mut [u8], registers: &[u8; REGISTERS]) {
    let (groups, _) = value[HEADER..].as_chunks_mut::<GROUP>();
    for (group, eight) in groups.iter_mut().zip(registers.as_chunks::<8>().0) {
        let word = eight.iter().rev().fold(0, |word, count| word << BITS | u64::from(count & MASK));
        group.copy_from_slice(&word.to_le_bytes()[..GROUP]);
    }
}
