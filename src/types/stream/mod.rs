//! Streams: entries in the order of their IDs, and groups that consume them.
//!
//! `log.rs` has the entries, in nodes (`node.rs`) that end where Redis's listpacks end, `nodes.rs` their index;
//! `group.rs` the consumer groups. Nothing here knows the time: it comes with each call.

mod group;
mod id;
mod log;
mod node;
mod nodes;
mod saved;
#[cfg(test)]
mod tests;

pub(crate) use group::{ConsumerId, Group, GroupMut, Groups, Pending};
pub(crate) use id::Id;
pub(crate) use log::{Keep, Log, NodeLimits};
pub(crate) use node::Entry;

use super::arena::malloc_cost;

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stream(Box<Body>);

#[derive(Debug, Clone, Default)]
struct Body {
    log: Log,
    groups: Groups,
}

impl Stream {
    /// One without entries.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Its entries.
    #[inline]
    pub(crate) fn log(&self) -> &Log {
        &self.0.log
    }

    /// The same, to change them.
    #[inline]
    pub(crate) fn log_mut(&mut self) -> &mut Log {
        &mut self.0.log
    }

    /// Its groups.
    pub(crate) fn groups(&self) -> &Groups {
        &self.0.groups
    }

    /// The same, to change them.
    pub(crate) fn groups_mut(&mut self) -> &mut Groups {
        &mut self.0.groups
    }

    /// Entries, and a group to change.
    pub(crate) fn with_group(&mut self, name: &[u8]) -> Option<(&Log, GroupMut<'_>)> {
        let Body { log, groups } = &mut *self.0;
        Some((log, groups.get_mut(name)?))
    }

    /// Elements.
    pub(crate) fn len(&self) -> usize {
        usize::try_from(self.0.log.len()).unwrap_or(usize::MAX)
    }

    /// Bytes that it has on the heap, besides itself. In constant time.
    pub(crate) fn heap_bytes(&self) -> usize {
        malloc_cost(size_of::<Body>()) + self.0.log.heap_bytes() + self.0.groups.heap_bytes()
    }

    /// The name of its encoding, as OBJECT ENCODING tells it.
    pub(crate) fn encoding(&self) -> &'static str {
        "stream"
    }
}
