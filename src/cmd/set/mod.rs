//! Sets. The structure is in `types/set`; here are the commands, one file an argument grammar. Start reading at
//! `member.rs`.

pub(crate) mod chance;
pub(crate) mod combine;
pub(crate) mod member;
pub(crate) mod movement;
pub(crate) mod scan;

use super::spec::CommandSpec;
use crate::base::num;
use crate::reply::sink::ReplySink;
use crate::types::listpack::Item;

/// The rows of this family, one slice a file.
pub(crate) const SPECS: &[&[CommandSpec]] =
    &[member::SPECS, movement::SPECS, chance::SPECS, combine::SPECS, scan::SPECS];

/// Answers a member.
#[inline]
fn reply_item(out: &mut dyn ReplySink, member: Item<'_>) {
    match member {
        Item::Int(value) => out.bulk(num::write_i64(&mut [0; 20], value)),
        Item::Bytes(text) => out.bulk(text),
    }
}
