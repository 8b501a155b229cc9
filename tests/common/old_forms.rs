//! The forms that servers before Redis 7.0 saved values in, built byte by byte from the public description of the RDB
//! format; `tests/dump.rs` has real servers read them. Nothing here is shared with the code under test.

#![allow(dead_code, reason = "each test program uses its own part")]

/// A length.
pub(crate) fn length(n: usize) -> Vec<u8> {
    match n {
        0..64 => vec![u8::try_from(n).unwrap()],
        64..0x4000 => (u16::try_from(n).unwrap() | 0x4000).to_be_bytes().to_vec(),
        _ => [&[0x80], u32::try_from(n).unwrap().to_be_bytes().as_slice()].concat(),
    }
}

/// A plain string.
pub(crate) fn string(text: &[u8]) -> Vec<u8> {
    [length(text.len()), text.to_vec()].concat()
}

/// Several strings, with their number in front.
pub(crate) fn strings(texts: &[&[u8]]) -> Vec<u8> {
    [length(texts.len()), texts.iter().flat_map(|text| string(text)).collect()].concat()
}

/// The integer of a text in canonical form.
fn int(text: &[u8]) -> Option<i64> {
    let v: i64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    (v.to_string().as_bytes() == text).then_some(v)
}

/// A ziplist.
pub(crate) fn ziplist(texts: &[&[u8]]) -> Vec<u8> {
    let mut entries = Vec::new();
    let (mut before, mut tail) = (0usize, 10usize);
    for text in texts {
        let start = entries.len();
        tail = 10 + start;
        match u8::try_from(before) {
            Ok(n @ 0..254) => entries.push(n),
            _ => {
                entries.push(254);
                entries.extend_from_slice(&u32::try_from(before).unwrap().to_le_bytes());
            }
        }
        match int(text) {
            Some(v @ 0..=12) => entries.push(0xf1 + u8::try_from(v).unwrap()),
            Some(v) => {
                let bytes = v.to_le_bytes();
                let (head, width) = match v {
                    -0x80..=0x7f => (0xfe, 1),
                    -0x8000..=0x7fff => (0xc0, 2),
                    -0x80_0000..=0x7f_ffff => (0xf0, 3),
                    -0x8000_0000..=0x7fff_ffff => (0xd0, 4),
                    _ => (0xe0, 8),
                };
                entries.push(head);
                entries.extend_from_slice(&bytes[..width]);
            }
            None => {
                match text.len() {
                    n @ 0..64 => entries.push(u8::try_from(n).unwrap()),
                    n @ 64..0x4000 => {
                        entries.extend_from_slice(&(u16::try_from(n).unwrap() | 0x4000).to_be_bytes());
                    }
                    n => {
                        entries.push(0x80);
                        entries.extend_from_slice(&u32::try_from(n).unwrap().to_be_bytes());
                    }
                }
                entries.extend_from_slice(text);
            }
        }
        before = entries.len() - start;
    }
    let size = u32::try_from(entries.len() + 11).unwrap();
    let count = u16::try_from(texts.len()).unwrap_or(u16::MAX);
    let mut all = size.to_le_bytes().to_vec();
    all.extend_from_slice(&u32::try_from(tail).unwrap().to_le_bytes());
    all.extend_from_slice(&count.to_le_bytes());
    all.extend_from_slice(&entries);
    all.push(0xff);
    all
}

/// A zipmap; `free` is the unused space behind each value.
pub(crate) fn zipmap(pairs: &[(&[u8], &[u8])], free: u8) -> Vec<u8> {
    let size = |n: usize| match u8::try_from(n) {
        Ok(n @ 0..254) => vec![n],
        _ => [&[254], u32::try_from(n).unwrap().to_le_bytes().as_slice()].concat(),
    };
    let mut all = vec![u8::try_from(pairs.len().min(254)).unwrap()];
    for (name, value) in pairs {
        all.extend(size(name.len()));
        all.extend_from_slice(name);
        all.extend(size(value.len()));
        all.push(free);
        all.extend_from_slice(value);
        all.extend(std::iter::repeat_n(0, usize::from(free)));
    }
    all.push(0xff);
    all
}

/// An intset of members in rising order.
pub(crate) fn intset(members: &[i64]) -> Vec<u8> {
    let fits = |bound: i64| members.iter().all(|v| (-bound - 1..=bound).contains(v));
    let width: u8 = if fits(0x7fff) {
        2
    } else if fits(0x7fff_ffff) {
        4
    } else {
        8
    };
    let mut all = u32::from(width).to_le_bytes().to_vec();
    all.extend_from_slice(&u32::try_from(members.len()).unwrap().to_le_bytes());
    members.iter().for_each(|v| all.extend_from_slice(&v.to_le_bytes()[..usize::from(width)]));
    all
}

/// A listpack.
pub(crate) fn listpack(texts: &[&[u8]]) -> Vec<u8> {
    let mut entries = Vec::new();
    for text in texts {
        let start = entries.len();
        match int(text) {
            Some(v @ 0..=127) => entries.push(u8::try_from(v).unwrap()),
            Some(v @ -4096..=4095) => {
                entries.extend_from_slice(
                    &(v.to_be_bytes()[6..].first_chunk().map_or(0, |b| u16::from_be_bytes(*b)) & 0x1fff
                        | 0xc000)
                        .to_be_bytes(),
                );
            }
            Some(v) => {
                let (head, width) = match v {
                    -0x8000..=0x7fff => (0xf1, 2),
                    -0x80_0000..=0x7f_ffff => (0xf2, 3),
                    -0x8000_0000..=0x7fff_ffff => (0xf3, 4),
                    _ => (0xf4, 8),
                };
                entries.push(head);
                entries.extend_from_slice(&v.to_le_bytes()[..width]);
            }
            None => {
                match text.len() {
                    n @ 0..64 => entries.push(0x80 | u8::try_from(n).unwrap()),
                    n @ 64..4096 => {
                        entries.extend_from_slice(&(u16::try_from(n).unwrap() | 0xe000).to_be_bytes())
                    }
                    n => {
                        entries.push(0xf0);
                        entries.extend_from_slice(&u32::try_from(n).unwrap().to_le_bytes());
                    }
                }
                entries.extend_from_slice(text);
            }
        }
        let n = entries.len() - start;
        let width = match n {
            0..=127 => 1,
            128..16383 => 2,
            16383..2_097_151 => 3,
            _ => 4,
        };
        for i in (0..width).rev() {
            let seven = u8::try_from(n >> (7 * i) & 0x7f).unwrap();
            entries.push(if i + 1 == width { seven } else { seven | 0x80 });
        }
    }
    let mut all = u32::try_from(entries.len() + 7).unwrap().to_le_bytes().to_vec();
    all.extend_from_slice(&u16::try_from(texts.len()).unwrap_or(u16::MAX).to_le_bytes());
    all.extend_from_slice(&entries);
    all.push(0xff);
    all
}

/// The checksum behind a dump.
pub(crate) fn crc64(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ u64::from(*byte), |crc, _| {
            if crc & 1 == 1 { crc >> 1 ^ 0x95ac_9329_ac4b_c9b5 } else { crc >> 1 }
        })
    })
}

/// A dump of a value: the number of its form, its bytes, a version, a checksum.
pub(crate) fn dump(form: u8, value: &[u8], version: u16) -> Vec<u8> {
    let mut all = vec![form];
    all.extend_from_slice(value);
    all.extend_from_slice(&version.to_le_bytes());
    let crc = crc64(&all);
    all.extend_from_slice(&crc.to_le_bytes());
    all
}

/// A dump in each of the old forms, with a name and the version that wrote it.
pub(crate) fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let long = b"long ".repeat(40);
    let longer = b"z".repeat(300);
    let texts: &[&[u8]] = &[
        b"a",
        b"",
        b"0",
        b"12",
        b"13",
        b"-1",
        b"127",
        b"-129",
        b"40000",
        b"-8388608",
        b"2147483647",
        b"9999999999",
        &long,
        b"x",
        &longer,
        b"-9223372036854775808",
        b"01",
    ];
    let names: &[&[u8]] = &[b"f1", b"1", b"f2", &long, b"f3", b"", b"7", b"-70000", &longer, b"y"];
    let pairs: Vec<(&[u8], &[u8])> = names.chunks(2).map(|pair| (pair[0], pair[1])).collect();
    let scored: &[&[u8]] = &[
        b"low", b"-inf", b"a", b"-1.5", b"b", b"-1.5", b"17", b"0", b"c", b"3", b"d", b"3.25", b"e",
        b"1e+300",
    ];
    let quicklist = [length(2), string(&ziplist(texts)), string(&ziplist(&[b"tail", b"5"]))].concat();
    let quicklist_2 = [
        length(3),
        vec![2],
        string(&listpack(texts)),
        vec![1],
        string(&b"plain ".repeat(20)),
        vec![2],
        string(&listpack(&[b"tail", b"5"])),
    ]
    .concat();
    let zset = [
        length(4),
        string(b"one"),
        vec![1, b'1'],
        string(b"half"),
        vec![3, b'0', b'.', b'5'],
        string(b"most"),
        vec![254],
        string(b"least"),
        vec![255],
    ]
    .concat();
    let node = listpack(&[
        // Entries, deleted ones, fields and their names, an end.
        b"2", b"1", b"2", b"f", b"g", b"0",
        // Flags (1 deleted, 2 the fields above), time and number after the node's, values, elements.
        b"2", b"0", b"0", b"v", b"1", b"5", //
        b"3", b"0", b"1", b"w", b"2", b"5", //
        b"0", b"7", b"-3", b"1", b"other", b"text", b"6",
    ]);
    let id = |ms: u64, seq: u64| [ms.to_be_bytes(), seq.to_be_bytes()].concat();
    let pending =
        |ms, seq, count: u8| [id(ms, seq), 1_600_000_000_000u64.to_le_bytes().to_vec(), vec![count]].concat();
    let stream = [
        length(1),
        string(&id(100, 5)),
        string(&node),
        // Entries, the last ID, groups.
        length(2),
        length(107),
        length(2),
        length(1),
        string(b"group"),
        length(107),
        length(2),
        length(2),
        pending(100, 5, 1),
        pending(107, 2, 3),
        length(2),
        string(b"alice"),
        1_600_000_000_000u64.to_le_bytes().to_vec(),
        length(1),
        id(107, 2),
        string(b"bob"),
        1_600_000_000_001u64.to_le_bytes().to_vec(),
        length(1),
        id(100, 5),
    ]
    .concat();
    // Fields with the time at which they expire in front, in 64 bits.
    let far = [&[0x81], 9_999_999_999_999u64.to_be_bytes().as_slice()].concat();
    let expiring =
        [length(2), far, string(b"f"), string(b"v"), length(0), string(b"g"), string(b"w")].concat();
    let triples = listpack(&[b"f", b"v", b"9999999999999", b"g", b"w", b"0"]);
    let double = |v: f64| v.to_le_bytes().to_vec();
    let zset_2 = [length(2), string(b"b"), double(2.5), string(b"a"), double(-0.1)].concat();
    vec![
        ("string", dump(0, &string(b"hello"), 6)),
        ("string-int8", dump(0, &[0xc0, 0x85], 6)),
        ("string-int16", dump(0, &[0xc1, 0x39, 0x30], 6)),
        ("string-int32", dump(0, &[0xc2, 0, 0, 0, 0x80], 6)),
        ("string-lzf", dump(0, &[0xc3, 6, 32, 1, b'a', b'b', 0xe0, 21, 1], 6)),
        ("list", dump(1, &strings(texts), 6)),
        ("set", dump(2, &strings(&[b"a", b"1", b"b", b""]), 6)),
        ("set-of-integers", dump(2, &strings(&[b"3", b"1", b"-7"]), 6)),
        ("zset", dump(3, &zset, 6)),
        ("hash", dump(4, &[length(2), string(b"f"), string(b"v"), string(b"g"), string(&long)].concat(), 6)),
        ("zset-2", dump(5, &zset_2, 8)),
        ("hash-zipmap", dump(9, &string(&zipmap(&pairs, 0)), 6)),
        ("hash-zipmap-with-gaps", dump(9, &string(&zipmap(&pairs, 3)), 6)),
        ("list-ziplist", dump(10, &string(&ziplist(texts)), 6)),
        ("set-intset-16", dump(11, &string(&intset(&[-5, 0, 32767])), 6)),
        ("set-intset-32", dump(11, &string(&intset(&[-5, 0, 32768])), 6)),
        ("set-intset-64", dump(11, &string(&intset(&[i64::MIN, 0, 7, i64::MAX])), 6)),
        ("zset-ziplist", dump(12, &string(&ziplist(scored)), 6)),
        ("hash-ziplist", dump(13, &string(&ziplist(names)), 6)),
        ("list-quicklist", dump(14, &quicklist, 7)),
        ("hash-listpack", dump(16, &string(&listpack(names)), 10)),
        ("zset-listpack", dump(17, &string(&listpack(scored)), 10)),
        ("list-quicklist-2", dump(18, &quicklist_2, 10)),
        ("stream", dump(15, &stream, 9)),
        // A release candidate of Redis 7.4.
        ("hash-metadata-pre-ga", dump(22, &expiring, 12)),
        ("hash-listpack-ex-pre-ga", dump(23, &string(&triples), 12)),
    ]
}
