//! Damage to binary files.

#![allow(dead_code, reason = "each test program uses its own part")]

use super::kit::Rng;

/// Bytes that mean something in one of the formats: types, opcodes, encodings, ends.
const TELLING: &[u8] = &[
    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x07, 0x08, 0x0b, 0x0c, 0x0e, 0x0f, 0x10, 0x14, 0x15, 0x17, 0x18,
    0x3f, 0x40, 0x7f, 0x80, 0x81, 0xbf, 0xc0, 0xc1, 0xc2, 0xc3, 0xdf, 0xe0, 0xf0, 0xf1, 0xf2, 0xf3, 0xf4,
    0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff,
];

/// Numbers at the edges.
const EDGES: &[u64] = &[
    0,
    1,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0x8000,
    0xffff,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    u64::MAX - 7,
    u64::MAX,
];

/// Damages bytes in one place: flips, cuts, repeats, inserts, numbers of another size, a piece of `other`.
pub(crate) fn once(rng: &mut Rng, bytes: &mut Vec<u8>, other: &[u8]) {
    if bytes.is_empty() {
        bytes.push(0);
    }
    let at = rng.below(bytes.len());
    match rng.below(12) {
        0 | 1 => bytes[at] ^= 1 << rng.below(8),
        2 => bytes[at] = rng.next().to_le_bytes()[0],
        3 | 4 => bytes[at] = rng.pick(TELLING),
        5 => bytes[at] = bytes[at].wrapping_add(rng.pick(&[1, 0xff, 2, 0xfe])),
        6 => bytes.truncate(at),
        7 => drop(bytes.drain(at..at + rng.below((bytes.len() - at).min(40) + 1))),
        8 => {
            let piece = bytes[at..at + rng.below((bytes.len() - at).min(100) + 1)].to_vec();
            let to = rng.below(bytes.len());
            bytes.splice(to..to, piece);
        }
        9 => {
            let edge = rng.pick(EDGES);
            let edge = if rng.one_in(2) { edge.to_le_bytes() } else { edge.to_be_bytes() };
            let width = rng.pick(&[2, 4, 8]).min(bytes.len() - at);
            let from = if rng.one_in(2) { 0 } else { 8 - width };
            bytes[at..at + width].copy_from_slice(&edge[from..from + width]);
        }
        10 => {
            let junk = rng.bytes(12);
            bytes.splice(at..at, junk);
        }
        _ => {
            let from = rng.below(other.len().max(1)).min(other.len());
            let piece = &other[from..from + rng.below((other.len() - from).min(200) + 1)];
            let end = if rng.one_in(2) { at } else { (at + piece.len()).min(bytes.len()) };
            bytes.splice(at..end, piece.iter().copied());
        }
    }
}

/// Damages bytes in some places.
pub(crate) fn some(rng: &mut Rng, bytes: &mut Vec<u8>, other: &[u8]) {
    for _ in 0..rng.pick(&[1, 1, 1, 2, 3, 6]) {
        once(rng, bytes, other);
    }
}
