//! Streams and their consumer groups. What files share is here: how IDs are read, and how entries are answered.

mod add;
mod basic;
mod claim;
mod group;
mod info;
mod pending;
mod range;
mod read;

use super::ctx::Ctx;
use super::error::{CmdError, quotable};
use super::spec::CommandSpec;
use crate::reply::sink::ReplySink;
use crate::types::stream::{Entry, Id, NodeLimits};

/// The rows of this family, one slice a file.
pub(crate) const SPECS: &[&[CommandSpec]] = &[
    add::SPECS,
    basic::SPECS,
    claim::SPECS,
    group::SPECS,
    info::SPECS,
    pending::SPECS,
    range::SPECS,
    read::SPECS,
];

const BAD_ID: CmdError = CmdError::Text("ERR Invalid stream ID specified as stream command argument");

/// A plain ID; a missing number is `missing`.
fn parse_id(text: &[u8], missing: u64) -> Result<Id, CmdError> {
    Id::parse(text, missing).ok_or(BAD_ID)
}

/// The first ID of a range; `(` excludes the one it stands before.
fn parse_start(text: &[u8]) -> Result<Id, CmdError> {
    match text {
        [b'(', id @ ..] => {
            parse_id(id, 0)?.next().ok_or(CmdError::Text("ERR invalid start ID for the interval"))
        }
        _ => Id::parse_end(text, 0).ok_or(BAD_ID),
    }
}

/// The last ID of a range; `(` excludes the one it stands before.
fn parse_stop(text: &[u8]) -> Result<Id, CmdError> {
    match text {
        [b'(', id @ ..] => {
            parse_id(id, u64::MAX)?.prev().ok_or(CmdError::Text("ERR invalid end ID for the interval"))
        }
        _ => Id::parse_end(text, u64::MAX).ok_or(BAD_ID),
    }
}

/// When nodes are full.
fn node_limits(ctx: &Ctx<'_>) -> NodeLimits {
    let limits = ctx.limits();
    NodeLimits { bytes: limits.stream_node_max_bytes(), entries: limits.stream_node_max_entries() }
}

/// A key or its group is missing.
fn no_key_or_group(key: &[u8], group: &[u8], tail: &[u8]) -> CmdError {
    let (key, group) = (quotable(key), quotable(group));
    CmdError::Bytes([b"NOGROUP No such key '", key, b"' or consumer group '", group, b"'", tail].concat())
}

/// A group is missing in a key that is there.
fn no_group(key: &[u8], group: &[u8]) -> CmdError {
    let (key, group) = (quotable(key), quotable(group));
    CmdError::Bytes([b"NOGROUP No such consumer group '", group, b"' for key name '", key, b"'"].concat())
}

/// A count as a length.
fn length(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// Answers an ID.
#[inline]
fn put_id(out: &mut dyn ReplySink, id: Id) {
    out.bulk(&id.text());
}

/// Answers an entry.
#[inline]
fn put_entry(out: &mut dyn ReplySink, entry: &Entry<'_>) {
    out.array(2);
    put_id(out, entry.id);
    out.array(2 * entry.len);
    for (field, value) in entry.pairs() {
        field.with_bytes(|text| out.bulk(text));
        value.with_bytes(|text| out.bulk(text));
    }
}
