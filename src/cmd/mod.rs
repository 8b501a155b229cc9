//! Layer 2: the commands. One folder a family, one file an argument grammar. Handlers parse everything, apply,
//! reply, and tell what changed; they never lock, journal or read files.
//!
//! Start reading at `spec.rs` (the only table of commands), `ctx.rs` (what a handler sees) and
//! `string/get.rs` (a short family file).

pub(crate) mod args;
pub(crate) mod bitmap;
pub(crate) mod calls;
pub(crate) mod connection;
pub(crate) mod ctx;
pub(crate) mod effect;
pub(crate) mod error;
pub(crate) mod event;
pub(crate) mod generic;
pub(crate) mod geo;
pub(crate) mod hash;
pub(crate) mod histogram;
pub(crate) mod host;
pub(crate) mod hyperloglog;
pub(crate) mod keys;
pub(crate) mod list;
pub(crate) mod pubsub;
pub(crate) mod server;
pub(crate) mod session;
pub(crate) mod set;
pub(crate) mod spec;
pub(crate) mod stream;
pub(crate) mod string;
pub(crate) mod transaction;
pub(crate) mod waiting;
pub(crate) mod walk;
pub(crate) mod zset;

use spec::CommandSpec;

/// Every family, by hand: registration at link time is dropped silently by static libraries.
const FAMILIES: &[&[&[CommandSpec]]] = &[
    string::SPECS,
    bitmap::SPECS,
    hyperloglog::SPECS,
    list::SPECS,
    set::SPECS,
    hash::SPECS,
    zset::SPECS,
    geo::SPECS,
    stream::SPECS,
    generic::SPECS,
    pubsub::SPECS,
    transaction::SPECS,
    connection::SPECS,
    server::SPECS,
];

/// Every command, in the order of the families.
pub(crate) fn all() -> impl Iterator<Item = &'static CommandSpec> {
    FAMILIES.iter().flat_map(|family| family.iter()).flat_map(|file| file.iter())
}

/// Places in the table of names: a power of two, and more than twice the commands.
const PLACES: usize = 1024;

/// A name without regard to case: its length and two words, of which the second overlaps the first. Names of up to 16
/// bytes are equal if these are; of longer ones the middle is left to be compared.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Name {
    len: usize,
    words: [u64; 2],
}

impl Name {
    /// Names longer than this are more than their words.
    const WHOLE: usize = 16;

    #[inline(always)]
    const fn new(name: &[u8]) -> Self {
        let words = match (name.first_chunk(), name.last_chunk()) {
            (Some(first), Some(last)) => [u64::from_le_bytes(*first), u64::from_le_bytes(*last)],
            _ => match (name.first_chunk(), name.last_chunk()) {
                (Some(first), Some(last)) => {
                    [u32::from_le_bytes(*first) as u64, u32::from_le_bytes(*last) as u64]
                }
                _ => match name {
                    [] => [0, 0],
                    [a] => [*a as u64, 0],
                    [a, .., b] => [*a as u64 | (*b as u64) << 8, name[1] as u64],
                },
            },
        };
        Self { len: name.len(), words: [lower(words[0]), lower(words[1])] }
    }

    /// Where it is looked for first. The table is fixed, so no seed is needed.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "the high bits are what is wanted")]
    const fn place(self) -> usize {
        let mixed = (self.words[0] ^ self.words[1].rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> (u64::BITS - PLACES.trailing_zeros())) as usize
    }
}

/// Eight bytes with ASCII's capital letters made small.
#[inline(always)]
const fn lower(word: u64) -> u64 {
    const EACH: u64 = u64::MAX / 0xff;
    const HIGH: u64 = EACH * 0x80;
    let low = word & !HIGH;
    // The high bit of a byte tells of a carry out of the seven below it.
    let from_a = low + EACH * (0x80 - b'A' as u64);
    let past_z = low + EACH * (0x7f - b'Z' as u64);
    word | ((from_a & !past_z & !word & HIGH) >> 2)
}

/// A command in the table of names.
#[derive(Clone, Copy)]
struct Row {
    name: Name,
    spec: Option<&'static CommandSpec>,
}

/// The commands by name, made by the compiler: nothing to initialise and nothing on the heap.
static TABLE: [Row; PLACES] = {
    let mut table = [Row { name: Name { len: 0, words: [0, 0] }, spec: None }; PLACES];
    let (mut family, mut count) = (0, 0);
    while family < FAMILIES.len() {
        let mut file = 0;
        while file < FAMILIES[family].len() {
            let specs: &'static [CommandSpec] = FAMILIES[family][file];
            let mut i = 0;
            while i < specs.len() {
                let name = Name::new(specs[i].name.as_bytes());
                let mut at = name.place();
                while table[at].spec.is_some() {
                    at = (at + 1) % PLACES;
                }
                table[at] = Row { name, spec: Some(&specs[i]) };
                (i, count) = (i + 1, count + 1);
            }
            file += 1;
        }
        family += 1;
    }
    assert!(count * 2 < PLACES, "PLACES is too small");
    table
};

/// The command of a name, in any case.
pub(crate) fn find(name: &[u8]) -> Option<&'static CommandSpec> {
    find_numbered(name).map(|(_, spec)| spec)
}

/// The subcommand of a container, in any case.
pub(crate) fn find_subcommand(spec: &CommandSpec, name: &[u8]) -> Option<&'static CommandSpec> {
    find_numbered_subcommand(0, spec, name).map(|(_, spec)| spec)
}

/// A number for a command or subcommand, as the clients' cards keep it; 0 is none.
pub(crate) type Number = u32;

/// [`find`], with the command's number.
#[inline]
pub(crate) fn find_numbered(name: &[u8]) -> Option<(Number, &'static CommandSpec)> {
    let wanted = Name::new(name);
    let mut at = wanted.place();
    while let Row { name: here, spec: Some(spec) } = TABLE[at] {
        if here == wanted && (here.len <= Name::WHOLE || spec.name.as_bytes().eq_ignore_ascii_case(name)) {
            #[expect(clippy::cast_possible_truncation, reason = "it is below PLACES")]
            return Some(((at as Number + 1) << 8, spec));
        }
        at = (at + 1) % PLACES;
    }
    None
}

/// [`find_subcommand`], with its number, made from that of the container.
pub(crate) fn find_numbered_subcommand(
    container: Number,
    spec: &CommandSpec,
    name: &[u8],
) -> Option<(Number, &'static CommandSpec)> {
    let numbered = (1..).zip(spec.subcommands);
    let mut found = numbered.filter(|(_, s)| s.name.as_bytes().eq_ignore_ascii_case(name));
    found.next().map(|(n, spec): (Number, _)| (container | n, spec))
}

/// The names that a number stands for: the command, and the subcommand or nothing.
pub(crate) fn names_of(number: Number) -> (&'static str, &'static str) {
    let place = usize::try_from(number >> 8).ok().and_then(|n| n.checked_sub(1));
    let Some(spec) = place.and_then(|at| TABLE.get(at).and_then(|row| row.spec)) else { return ("NULL", "") };
    let sub = usize::try_from(number & 0xff).ok().and_then(|n| n.checked_sub(1));
    (spec.name, sub.and_then(|n| spec.subcommands.get(n)).map_or("", |sub| sub.name))
}

/// The same as COMMAND INFO has it: `client|list`.
pub(crate) fn full_name_of(number: Number) -> String {
    match names_of(number) {
        (name, "") => name.to_owned(),
        (name, sub) => format!("{name}|{sub}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_found_in_any_case_and_nothing_else_is() {
        for spec in all() {
            let lower = spec.name.as_bytes();
            assert!(std::ptr::eq(find(lower).unwrap(), spec));
            assert!(std::ptr::eq(find(&lower.to_ascii_uppercase()).unwrap(), spec));
            let other = |name: &[u8]| find(name).is_none_or(|found| !std::ptr::eq(found, spec));
            assert!(other(&lower[1..]) && other(&[lower, b"x"].concat()));
            for at in 0..lower.len() {
                // Bits 5 and 7: what is no letter must not turn into one.
                for bit in 0..8 {
                    let mut name = lower.to_vec();
                    name[at] ^= 1 << bit;
                    assert_eq!(other(&name), !name.eq_ignore_ascii_case(lower), "{}", name.escape_ascii());
                }
            }
        }
        assert!(find(b"").is_none());
    }

    #[test]
    fn words_become_lower_case_byte_by_byte() {
        for byte in 0..=u8::MAX {
            for at in 0..8 {
                let mut bytes = [b'Q', b'@', b'[', b'z', 0, 0xff, b'A', b'Z'];
                bytes[at] = byte;
                assert_eq!(lower(u64::from_le_bytes(bytes)).to_le_bytes(), bytes.to_ascii_lowercase()[..]);
            }
        }
    }
}
