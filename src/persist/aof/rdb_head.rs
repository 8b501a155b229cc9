//! An RDB file without keys, the base file that a Redis server makes with an empty database.

/// An empty RDB file has about 90 bytes; this leaves room for servers that tell more about themselves.
pub(crate) const MAX_HEAD: usize = 64 << 10;

/// The length of the RDB file at the start of `buf`, if it holds nothing but its own description: no keys,
/// no functions, nothing this module does not know.
pub(crate) fn empty_rdb_len(buf: &[u8]) -> Option<usize> {
    let version = buf.strip_prefix(b"REDIS")?.get(..4)?;
    let version: u32 = std::str::from_utf8(version).ok()?.parse().ok()?;
    let mut rest = buf.get(9..)?;
    loop {
        let (op, tail) = rest.split_first()?;
        rest = match op {
            0xFA => skip_string(skip_string(tail)?)?,
            0xFE => length(tail)?.1,
            0xFB => length(length(tail)?.1)?.1,
            0xFF => {
                let end = tail.get(if version >= 5 { 8 } else { 0 }..)?;
                return buf.len().checked_sub(end.len());
            }
            _ => return None,
        };
    }
}

/// A plain length: 6 bits, 14 bits, 32 bits or 64 bits.
fn length(buf: &[u8]) -> Option<(u64, &[u8])> {
    let (&first, rest) = buf.split_first()?;
    match (first >> 6, first) {
        (0, n) => Some((u64::from(n), rest)),
        (1, n) => {
            let (&low, rest) = rest.split_first()?;
            Some((u64::from(u16::from_be_bytes([n & 0x3f, low])), rest))
        }
        (_, 0x80) => rest.split_first_chunk().map(|(n, rest)| (u64::from(u32::from_be_bytes(*n)), rest)),
        (_, 0x81) => rest.split_first_chunk().map(|(n, rest)| (u64::from_be_bytes(*n), rest)),
        _ => None,
    }
}

fn skip_string(buf: &[u8]) -> Option<&[u8]> {
    match buf.first()? {
        0xC0 => buf.get(2..),
        0xC1 => buf.get(3..),
        0xC2 => buf.get(5..),
        0xC3 => {
            let (packed, rest) = length(buf.get(1..)?)?;
            let (_, rest) = length(rest)?;
            rest.get(usize::try_from(packed).ok()?..)
        }
        _ => {
            let (n, rest) = length(buf)?;
            rest.get(usize::try_from(n).ok()?..)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What redis-server 7.0.15 writes when it starts with `--appendonly yes` and no data.
    const REDIS_7: &[u8] = b"REDIS0010\xfa\x09redis-ver\x067.0.15\xfa\x0aredis-bits\xc0\x40\
        \xfa\x05ctime\xc2\xda\xe1\x02k\xfa\x08used-mem\xc2\xc8\x60\x0d\x00\xfa\x08aof-base\xc0\x01\
        \xff\xc5\x8c\x5d\x4c\x1a\x28\x10\x0b";

    #[test]
    fn an_empty_base_of_redis_is_recognised_whatever_follows() {
        assert_eq!(empty_rdb_len(REDIS_7), Some(REDIS_7.len()));
        let more = [REDIS_7, b"*1\r\n"].concat();
        assert_eq!(empty_rdb_len(&more), Some(REDIS_7.len()));
        assert_eq!(empty_rdb_len(b"REDIS0011\xfe\x00\xfb\x00\x00\xff12345678"), Some(23));
    }

    #[test]
    fn keys_functions_unknown_opcodes_and_cut_files_are_not() {
        for end in 0..REDIS_7.len() {
            assert_eq!(empty_rdb_len(&REDIS_7[..end]), None);
        }
        assert_eq!(empty_rdb_len(b"REDIS0010\xfe\x00\x00\x01k\x01v\xff12345678"), None);
        assert_eq!(empty_rdb_len(b"REDIS0010\xf5\x01x\xff12345678"), None);
        assert_eq!(empty_rdb_len(b"REDIS0010\xfa\x81\xff\xff\xff\xff\xff\xff\xff\xff"), None);
        assert_eq!(empty_rdb_len(b"REDISxxxx\xff12345678"), None);
    }
}
