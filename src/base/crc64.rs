//! The checksum of RDB files and DUMP payloads: CRC-64 with Jones's polynomial, reflected, from 0 on.

use crc_fast::{CrcAlgorithm, Digest};

/// A checksum in the making.
#[derive(Clone)]
pub(crate) struct Crc64(Digest);

impl Crc64 {
    /// Of nothing yet.
    pub(crate) fn new() -> Self {
        Self(Digest::new(CrcAlgorithm::Crc64Redis))
    }

    /// Goes on with these bytes.
    #[inline]
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The checksum of all bytes so far.
    pub(crate) fn value(&self) -> u64 {
        self.0.finalize()
    }
}

/// The checksum of `bytes`.
#[inline]
pub(crate) fn crc64(bytes: &[u8]) -> u64 {
    crc_fast::checksum(CrcAlgorithm::Crc64Redis, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bit by bit.
    fn naive(bytes: &[u8]) -> u64 {
        bytes.iter().fold(0, |crc, byte| {
            (0..8).fold(crc ^ u64::from(*byte), |crc, _| {
                if crc & 1 == 1 { crc >> 1 ^ 0x95ac_9329_ac4b_c9b5 } else { crc >> 1 }
            })
        })
    }

    #[test]
    fn is_the_checksum_that_redis_writes() {
        assert_eq!(crc64(b"123456789"), 0xe9c6_d914_c4b8_d9ca);
        assert_eq!(crc64(b""), 0);
        // DUMP of the string "hello" by redis-server 7.0.15.
        let dump = b"\x00\x05hello\x0a\x00";
        assert_eq!(crc64(dump), naive(dump));
    }

    #[test]
    fn any_length_in_any_pieces() {
        let bytes: Vec<u8> = (0..5000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for len in (0..300).chain([1023, 1024, 1025, 4096, 5000]) {
            assert_eq!(crc64(&bytes[..len]), naive(&bytes[..len]), "{len}");
        }
        for step in [1, 7, 64, 1000] {
            let mut crc = Crc64::new();
            bytes.chunks(step).for_each(|piece| crc.update(piece));
            assert_eq!(crc.value(), naive(&bytes), "{step}");
        }
    }
}
