//! Consumer groups: who got which entry, and has not acknowledged it yet.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::id::Id;
use super::log::Log;
use crate::types::arena::malloc_cost;

/// An entry that was delivered and is not acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pending {
    /// When it was delivered last, in Unix milliseconds.
    pub(crate) time: i64,
    /// How often it was delivered.
    pub(crate) count: u64,
    /// To whom.
    pub(crate) consumer: ConsumerId,
}

/// A consumer within its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ConsumerId(u32);

/// A consumer.
#[derive(Debug, Clone)]
pub(crate) struct Consumer {
    /// Its name.
    pub(crate) name: Arc<[u8]>,
    /// When it was heard of last, in Unix milliseconds.
    pub(crate) seen: i64,
    /// What it has not acknowledged.
    pending: BTreeSet<Id>,
}

impl Consumer {
    /// How many entries it has not acknowledged.
    pub(crate) fn pending(&self) -> usize {
        self.pending.len()
    }
}

/// A consumer group.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// The last entry that was delivered.
    pub(crate) last_id: Id,
    /// How many entries were delivered, as far as that is known.
    pub(crate) read: Option<i64>,
    pending: BTreeMap<Id, Pending>,
    by_name: BTreeMap<Arc<[u8]>, ConsumerId>,
    consumers: Vec<Option<Consumer>>,
    free: Vec<ConsumerId>,
    /// Bytes of the names' blocks.
    names: usize,
}

/// What an element of `size` bytes costs in a B-tree: the standard library's nodes have 11 places, of which about 7
/// are taken.
const fn tree_cost(size: usize) -> usize {
    (size + 4) * 11 / 7
}

const PENDING_COST: usize = tree_cost(size_of::<(Id, Pending)>()) + tree_cost(size_of::<Id>());
const NAME_COST: usize = tree_cost(size_of::<(Arc<[u8]>, ConsumerId)>());

fn name_bytes(name: &[u8]) -> usize {
    malloc_cost(name.len() + 2 * size_of::<usize>())
}

impl Group {
    fn new(last_id: Id, read: Option<i64>) -> Self {
        Self {
            last_id,
            read,
            pending: BTreeMap::new(),
            by_name: BTreeMap::new(),
            consumers: Vec::new(),
            free: Vec::new(),
            names: 0,
        }
    }

    /// Bytes on the heap. In constant time.
    fn heap_bytes(&self) -> usize {
        self.pending.len() * PENDING_COST
            + self.by_name.len() * NAME_COST
            + self.names
            + malloc_cost(self.consumers.capacity() * size_of::<Option<Consumer>>())
            + malloc_cost(self.free.capacity() * size_of::<ConsumerId>())
    }

    /// How many entries are pending.
    pub(crate) fn pending_len(&self) -> usize {
        self.pending.len()
    }

    /// What is known of a pending entry.
    pub(crate) fn pending(&self, id: Id) -> Option<Pending> {
        self.pending.get(&id).copied()
    }

    /// The first and the last pending entry.
    pub(crate) fn pending_ends(&self) -> Option<(Id, Id)> {
        Some((*self.pending.first_key_value()?.0, *self.pending.last_key_value()?.0))
    }

    /// Pending entries from an ID to another, both included.
    pub(crate) fn pending_range(&self, from: Id, to: Id) -> impl Iterator<Item = (Id, Pending)> {
        let range = (from <= to).then(|| self.pending.range(from..=to));
        range.into_iter().flatten().map(|(id, pending)| (*id, *pending))
    }

    /// Pending entries of a consumer from an ID to another, both included.
    pub(crate) fn pending_of(
        &self,
        consumer: ConsumerId,
        from: Id,
        to: Id,
    ) -> impl Iterator<Item = (Id, Pending)> {
        let own = self.consumer(consumer).filter(|_| from <= to).map(|c| c.pending.range(from..=to));
        own.into_iter().flatten().filter_map(|id| Some((*id, self.pending(*id)?)))
    }

    /// How many consumers there are.
    pub(crate) fn consumer_count(&self) -> usize {
        self.by_name.len()
    }

    /// All consumers in the order of their names.
    pub(crate) fn consumers(&self) -> impl Iterator<Item = (ConsumerId, &Consumer)> {
        self.by_name.values().filter_map(|id| Some((*id, self.consumer(*id)?)))
    }

    /// The consumer of a name.
    pub(crate) fn find(&self, name: &[u8]) -> Option<ConsumerId> {
        self.by_name.get(name).copied()
    }

    /// A consumer.
    #[inline]
    pub(crate) fn consumer(&self, id: ConsumerId) -> Option<&Consumer> {
        self.consumers.get(id.0 as usize)?.as_ref()
    }

    #[inline]
    fn consumer_mut(&mut self, id: ConsumerId) -> Option<&mut Consumer> {
        self.consumers.get_mut(id.0 as usize)?.as_mut()
    }

    /// The name of a consumer.
    pub(crate) fn name(&self, id: ConsumerId) -> &[u8] {
        self.consumer(id).map_or(&[], |consumer| &consumer.name)
    }

    /// Notes when a consumer was heard of.
    pub(crate) fn seen(&mut self, id: ConsumerId, now: i64) {
        if let Some(consumer) = self.consumer_mut(id) {
            consumer.seen = now;
        }
    }

    /// Adds a consumer of a new name.
    pub(crate) fn add_consumer(&mut self, name: &[u8], now: i64) -> ConsumerId {
        let name: Arc<[u8]> = name.into();
        self.names += name_bytes(&name);
        let id = self.free.pop().unwrap_or_else(|| {
            self.consumers.push(None);
            ConsumerId(u32::try_from(self.consumers.len() - 1).unwrap_or(u32::MAX))
        });
        self.by_name.insert(Arc::clone(&name), id);
        if let Some(place) = self.consumers.get_mut(id.0 as usize) {
            *place = Some(Consumer { name, seen: now, pending: BTreeSet::new() });
        }
        id
    }

    /// Removes a consumer with what it has pending: how much that is.
    pub(crate) fn remove_consumer(&mut self, name: &[u8]) -> Option<usize> {
        let id = self.by_name.remove(name)?;
        let consumer = self.consumers.get_mut(id.0 as usize)?.take()?;
        self.free.push(id);
        self.names -= name_bytes(name);
        if self.by_name.is_empty() {
            (self.consumers, self.free) = (Vec::new(), Vec::new());
        }
        for entry in &consumer.pending {
            self.pending.remove(entry);
        }
        Some(consumer.pending.len())
    }

    /// An entry is not pending any more; whether it was.
    pub(crate) fn settle(&mut self, id: Id) -> bool {
        let Some(pending) = self.pending.remove(&id) else { return false };
        if let Some(consumer) = self.consumer_mut(pending.consumer) {
            consumer.pending.remove(&id);
        }
        true
    }

    /// An entry is pending from now on, or with another consumer than it was.
    pub(crate) fn hand_over(&mut self, id: Id, to: Pending) {
        let before = self.pending.insert(id, to).map(|pending| pending.consumer);
        if before == Some(to.consumer) {
            return;
        }
        if let Some(consumer) = before.and_then(|before| self.consumer_mut(before)) {
            consumer.pending.remove(&id);
        }
        if let Some(consumer) = self.consumer_mut(to.consumer) {
            consumer.pending.insert(id);
        }
    }

    /// An entry is delivered that lies behind all that were: counts it if that can be known.
    pub(crate) fn advance(&mut self, log: &Log, id: Id) {
        match self.read {
            Some(read) if !log.has_holes(id) => self.read = Some(read.wrapping_add(1)),
            _ if log.added > 0 => self.read = log.rank(id),
            _ => {}
        }
        self.last_id = id;
    }

    /// How many entries wait to be delivered, if that can be known.
    pub(crate) fn lag(&self, log: &Log) -> Option<i64> {
        if log.added == 0 {
            return Some(0);
        }
        let read = self.read.filter(|_| !log.has_holes(self.last_id)).or_else(|| log.rank(self.last_id));
        read.map(|read| log.added.cast_signed().wrapping_sub(read))
    }
}

/// The groups of a stream.
#[derive(Debug, Clone, Default)]
pub(crate) struct Groups {
    map: BTreeMap<Box<[u8]>, Group>,
    /// Bytes of the groups and their names.
    heap: usize,
}

const GROUP_COST: usize = tree_cost(size_of::<(Box<[u8]>, Group)>());

impl Groups {
    /// Bytes on the heap. In constant time.
    pub(super) fn heap_bytes(&self) -> usize {
        self.heap
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.map.len()
    }

    /// All of them in the order of their names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], &Group)> {
        self.map.iter().map(|(name, group)| (&**name, group))
    }

    /// The group of a name.
    pub(crate) fn get(&self, name: &[u8]) -> Option<&Group> {
        self.map.get(name)
    }

    /// The same, to change it.
    pub(crate) fn get_mut(&mut self, name: &[u8]) -> Option<GroupMut<'_>> {
        let group = self.map.get_mut(name)?;
        let before = group.heap_bytes();
        Some(GroupMut { group, total: &mut self.heap, before })
    }

    /// Adds a group; `false` if there is one of that name.
    pub(crate) fn create(&mut self, name: &[u8], last_id: Id, read: Option<i64>) -> bool {
        if self.map.contains_key(name) {
            return false;
        }
        self.heap += GROUP_COST + malloc_cost(name.len());
        self.map.insert(name.into(), Group::new(last_id, read));
        true
    }

    /// Takes a group away.
    pub(crate) fn remove(&mut self, name: &[u8]) -> Option<Group> {
        let group = self.map.remove(name)?;
        self.heap -= GROUP_COST + malloc_cost(name.len()) + group.heap_bytes();
        Some(group)
    }
}

/// A group being changed: when it is dropped its bytes are settled.
pub(crate) struct GroupMut<'a> {
    group: &'a mut Group,
    total: &'a mut usize,
    before: usize,
}

impl Deref for GroupMut<'_> {
    type Target = Group;
    fn deref(&self) -> &Group {
        self.group
    }
}

impl DerefMut for GroupMut<'_> {
    fn deref_mut(&mut self) -> &mut Group {
        self.group
    }
}

impl Drop for GroupMut<'_> {
    fn drop(&mut self) {
        *self.total = *self.total - self.before + self.group.heap_bytes();
    }
}
