//! Layer 2: the commands. One folder a family, one file an argument grammar. Handlers parse everything, apply,
//! reply, and tell what changed; they never lock, journal or read files.
//!
//! Start reading at `spec.rs` (the only table of commands), `ctx.rs` (what a handler sees) and
//! `string/get.rs` (a short family file).

pub(crate) mod args;
pub(crate) mod connection;
pub(crate) mod ctx;
pub(crate) mod effect;
pub(crate) mod error;
pub(crate) mod generic;
pub(crate) mod host;
pub(crate) mod keys;
pub(crate) mod server;
pub(crate) mod session;
pub(crate) mod spec;
pub(crate) mod string;

use std::sync::OnceLock;

use hashbrown::HashTable;

use spec::CommandSpec;

/// Every family, by hand: registration at link time is dropped silently by static libraries.
const FAMILIES: &[&[&[CommandSpec]]] = &[string::SPECS, generic::SPECS, connection::SPECS, server::SPECS];

/// Every command, in the order of the families.
pub(crate) fn all() -> impl Iterator<Item = &'static CommandSpec> {
    FAMILIES.iter().flat_map(|family| family.iter()).flat_map(|file| file.iter())
}

fn name_hash(name: &[u8]) -> u64 {
    // FNV-1a (Fowler, Noll, Vo) over the lower-cased name; the table is fixed, so no seed is needed.
    name.iter().fold(0xcbf2_9ce4_8422_2325, |h, b| {
        (h ^ u64::from(b.to_ascii_lowercase())).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The command of a name, in any case.
pub(crate) fn find(name: &[u8]) -> Option<&'static CommandSpec> {
    static TABLE: OnceLock<HashTable<&'static CommandSpec>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let mut table = HashTable::new();
        for spec in all() {
            table.insert_unique(name_hash(spec.name.as_bytes()), spec, |s: &&CommandSpec| {
                name_hash(s.name.as_bytes())
            });
        }
        table
    });
    table.find(name_hash(name), |s| s.name.as_bytes().eq_ignore_ascii_case(name)).copied()
}

/// The subcommand of a container, in any case.
pub(crate) fn find_subcommand(spec: &CommandSpec, name: &[u8]) -> Option<&'static CommandSpec> {
    spec.subcommands.iter().find(|s| s.name.as_bytes().eq_ignore_ascii_case(name))
}
