//! Layer 2: the commands. One folder a family, one file an argument grammar. Handlers parse everything, apply,
//! reply, and tell what changed; they never lock, journal or read files.
//!
//! Start reading at `spec.rs` (the only table of commands), `ctx.rs` (what a handler sees) and
//! `string/get.rs` (a short family file).

pub(crate) mod args;
pub(crate) mod bitmap;
pub(crate) mod connection;
pub(crate) mod ctx;
pub(crate) mod effect;
pub(crate) mod error;
pub(crate) mod event;
pub(crate) mod generic;
pub(crate) mod geo;
pub(crate) mod hash;
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

/// Where a name is looked for first: FNV-1a (Fowler, Noll, Vo) over the lower-cased name. The table is fixed, so no
/// seed is needed.
#[expect(clippy::cast_possible_truncation, reason = "the low bits are what is wanted")]
const fn place(name: &[u8]) -> usize {
    let (mut hash, mut i) = (0xcbf2_9ce4_8422_2325_u64, 0);
    while i < name.len() {
        hash = (hash ^ name[i].to_ascii_lowercase() as u64).wrapping_mul(0x0000_0100_0000_01b3);
        i += 1;
    }
    (hash ^ (hash >> 32)) as usize % PLACES
}

/// The commands by name, made by the compiler: nothing to initialise and nothing on the heap.
static TABLE: [Option<&CommandSpec>; PLACES] = {
    let mut table: [Option<&CommandSpec>; PLACES] = [None; PLACES];
    let (mut family, mut count) = (0, 0);
    while family < FAMILIES.len() {
        let mut file = 0;
        while file < FAMILIES[family].len() {
            let specs: &'static [CommandSpec] = FAMILIES[family][file];
            let mut i = 0;
            while i < specs.len() {
                let mut at = place(specs[i].name.as_bytes());
                while table[at].is_some() {
                    at = (at + 1) % PLACES;
                }
                table[at] = Some(&specs[i]);
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
pub(crate) fn find_numbered(name: &[u8]) -> Option<(Number, &'static CommandSpec)> {
    let mut at = place(name);
    while let Some(spec) = TABLE[at] {
        if spec.name.as_bytes().eq_ignore_ascii_case(name) {
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
    let Some(spec) = place.and_then(|at| TABLE.get(at).copied().flatten()) else { return ("NULL", "") };
    let sub = usize::try_from(number & 0xff).ok().and_then(|n| n.checked_sub(1));
    (spec.name, sub.and_then(|n| spec.subcommands.get(n)).map_or("", |sub| sub.name))
}
