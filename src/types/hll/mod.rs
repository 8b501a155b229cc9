//! HyperLogLog: strings that estimate how many different elements were added to them (Heule, Nunkesser, Hall 2013).
//! The bytes are Redis's, so that a value moves between the two.
//!
//! ```text
//! 0   "HYLL"
//! 4   0 dense, 1 sparse
//! 5   three bytes without meaning
//! 8   the estimate, little endian; its highest bit says that it is out of date
//! 16  dense: 16384 registers of 6 bits; sparse: runs of equal registers
//! ```
//!
//! A register holds the longest run of zeros, plus one, among the hashes that belong to it. Values come from anywhere,
//! so that each run is checked against the end. Start reading here, then `sparse.rs`.

pub(crate) mod dense;
mod estimate;
mod hash;
pub(crate) mod sparse;

use estimate::Histogram;

/// How many registers there are: two to the power of as many bits of a hash as choose the register.
pub(crate) const REGISTERS: usize = 1 << INDEX_BITS;
const INDEX_BITS: u32 = 14;
/// Bits of a hash that are counted.
const COUNTED_BITS: u32 = 64 - INDEX_BITS;
/// Bytes before the registers.
const HEADER: usize = 16;
const MAGIC: &[u8] = b"HYLL";
const ENCODING_AT: usize = 4;
const ESTIMATE_AT: usize = 8;
const LAST_BYTE_OF_ESTIMATE: usize = 15;
/// In the last byte of the estimate: it is out of date.
const OUTDATED: u8 = 0x80;

/// The runs of a value do not cover exactly all registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Corrupt;

/// How the registers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// 6 bits each.
    Dense,
    /// Runs.
    Sparse,
}

/// The encoding of a value; `None` if the bytes are no HyperLogLog.
pub(crate) fn encoding(value: &[u8]) -> Option<Encoding> {
    if value.len() < HEADER || !value.starts_with(MAGIC) {
        return None;
    }
    match value[ENCODING_AT] {
        0 if value.len() == dense::LEN => Some(Encoding::Dense),
        1 => Some(Encoding::Sparse),
        _ => None,
    }
}

/// A value without elements.
pub(crate) fn empty() -> Vec<u8> {
    let mut value = MAGIC.to_vec();
    value.resize(HEADER, 0);
    value[ENCODING_AT] = 1;
    value[LAST_BYTE_OF_ESTIMATE] = OUTDATED;
    sparse::push_zeros(&mut value, REGISTERS);
    value
}

/// The estimate that a value remembers, unless it is out of date.
pub(crate) fn remembered(value: &[u8]) -> Option<u64> {
    let estimate = u64::from_le_bytes(*value.get(ESTIMATE_AT..)?.first_chunk()?);
    (estimate >> 63 == 0).then_some(estimate)
}

/// Writes down an estimate.
pub(crate) fn remember(value: &mut [u8], estimate: u64) {
    if let Some(place) = value.get_mut(ESTIMATE_AT..HEADER) {
        place.copy_from_slice(&estimate.to_le_bytes());
    }
}

/// Marks the estimate as out of date.
pub(crate) fn forget(value: &mut [u8]) {
    if let Some(byte) = value.get_mut(LAST_BYTE_OF_ESTIMATE) {
        *byte |= OUTDATED;
    }
}

/// The register that an element belongs to, and what it has at least then.
pub(crate) fn place(element: &[u8]) -> (usize, u8) {
    let hash = hash::murmur(element);
    #[expect(clippy::cast_possible_truncation, reason = "the low bits are what is wanted")]
    let index = hash as usize & (REGISTERS - 1);
    // A bit behind those that are counted ends the longest run.
    let zeros = (hash >> INDEX_BITS | 1 << COUNTED_BITS).trailing_zeros();
    #[expect(clippy::cast_possible_truncation, reason = "at most 51")]
    (index, zeros as u8 + 1)
}

/// Raises a register of a value to `count`, if it is less. A sparse value that would grow beyond `sparse_max`
/// bytes becomes dense. Whether anything changed; the estimate is not touched.
pub(crate) fn raise(
    value: &mut Vec<u8>,
    index: usize,
    count: u8,
    sparse_max: usize,
) -> Result<bool, Corrupt> {
    match encoding(value) {
        Some(Encoding::Dense) => Ok(dense::raise(value, index, count)),
        Some(Encoding::Sparse) => sparse::raise(value, index, count, sparse_max),
        None => Err(Corrupt),
    }
}

/// Turns a sparse value into a dense one.
pub(crate) fn make_dense(value: &mut Vec<u8>) -> Result<(), Corrupt> {
    let mut registers = Registers::default();
    registers.merge(value)?;
    registers.store_dense(value);
    Ok(())
}

/// Estimates how many different elements were added to a value.
pub(crate) fn count(value: &[u8]) -> Result<u64, Corrupt> {
    let mut histogram = Histogram::default();
    match encoding(value) {
        Some(Encoding::Dense) => dense::for_each(value, |count| histogram.add(count, 1)),
        Some(Encoding::Sparse) => sparse::for_each(value, |_, len, count| histogram.add(count, len))?,
        None => return Err(Corrupt),
    }
    Ok(histogram.estimate())
}

/// All registers, a byte each: the union of several values.
pub(crate) struct Registers(Box<[u8; REGISTERS]>);

impl Default for Registers {
    fn default() -> Self {
        Self(Box::new([0; REGISTERS]))
    }
}

impl Registers {
    /// Takes in the registers of a value.
    pub(crate) fn merge(&mut self, value: &[u8]) -> Result<(), Corrupt> {
        match encoding(value) {
            Some(Encoding::Dense) => dense::merge(value, &mut self.0),
            Some(Encoding::Sparse) => sparse::for_each(value, |from, len, count| {
                // Most runs of a sparse value are zeros, which raise nothing.
                if count > 0 {
                    for register in &mut self.0[from..from + len] {
                        *register = count.max(*register);
                    }
                }
            })?,
            None => return Err(Corrupt),
        }
        Ok(())
    }

    /// Each register.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u8> {
        self.0.iter().copied()
    }

    /// Estimates how many different elements were added to any of the values.
    pub(crate) fn count(&self) -> u64 {
        let mut histogram = Histogram::default();
        // The union of small values is nearly all zeros.
        for eight in self.0.as_chunks::<8>().0 {
            if u64::from_ne_bytes(*eight) == 0 {
                histogram.add(0, 8);
            } else {
                eight.iter().for_each(|count| histogram.add(*count, 1));
            }
        }
        histogram.estimate()
    }

    /// Makes a value dense, with these registers instead of its own.
    pub(crate) fn store_dense(&self, value: &mut Vec<u8>) {
        value.resize(dense::LEN, 0);
        value[ENCODING_AT] = 0;
        dense::pack(value, &self.0);
    }

    /// Raises the registers of a value to these.
    pub(crate) fn raise(&self, value: &mut Vec<u8>, sparse_max: usize) -> Result<(), Corrupt> {
        for (index, count) in self.iter().enumerate() {
            if count > 0 {
                raise(value, index, count, sparse_max)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
