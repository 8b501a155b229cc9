//! Streams as they are saved: node by node, each as Redis's listpack.

use super::Log;
use super::id::Id;
use super::node::Node;
use crate::types::listpack::{Item, Iter, Listpack};

/// The flags of an entry.
const DELETED: i64 = 1;
const SAME_FIELDS: i64 = 2;

impl Log {
    /// The nodes: the ID that the entries of each are counted from, and its listpack.
    pub(crate) fn listpacks(&self) -> impl Iterator<Item = (Id, Listpack)> + '_ {
        let mut pos = self.nodes.first();
        std::iter::from_fn(move || {
            let here = pos?;
            pos = self.nodes.next(here);
            self.nodes.get(here).map(|node| (node.master, node.to_listpack()))
        })
    }

    /// Adds the entries of a node behind all others, the last of which was `last`. Answers the last one now; `None` if
    /// the listpack is none of a stream or IDs do not rise. Deleted entries do not count: XSETID may have gone back
    /// behind them.
    pub(crate) fn push_listpack(
        &mut self,
        master: Id,
        pack: &Listpack,
        last: Option<Id>,
    ) -> Option<Option<Id>> {
        let mut items = pack.iter();
        let (live, deleted) = (count(&mut items)?, count(&mut items)?);
        if last.is_some_and(|last| last >= master) {
            return None;
        }
        let fields = count(&mut items)?;
        let mut names = Texts::default();
        for _ in 0..fields {
            names.push(items.next()?);
            names.push(Item::Bytes(&[]));
        }
        if count(&mut items)? != 0 {
            return None;
        }
        let mut node = names.with(|pairs| Node::new(master, pairs, pack.byte_len()));
        let (mut last, mut own) = (last, Texts::default());
        for _ in 0..live.checked_add(deleted)? {
            let flags = int(&mut items)?;
            let ms = master.ms.wrapping_add(int(&mut items)?.cast_unsigned());
            let id = Id::new(ms, master.seq.wrapping_add(int(&mut items)?.cast_unsigned()));
            let (gone, rises) = (flags & DELETED != 0, last.is_none_or(|last| last < id));
            if flags & !(DELETED | SAME_FIELDS) != 0 || !gone && !rises || id < master {
                return None;
            }
            let same = flags & SAME_FIELDS != 0;
            let len = if same { fields } else { count(&mut items)? };
            if len == 0 {
                return None;
            }
            own.clear();
            for _ in 0..len {
                own.push(if same { Item::Bytes(&[]) } else { items.next()? });
                own.push(items.next()?);
            }
            let told = count(&mut items)?;
            if Some(told) != if same { len.checked_add(3) } else { len.checked_mul(2)?.checked_add(4) } {
                return None;
            }
            let at = node.end();
            own.with(|pairs| node.put(id, pairs, same));
            if gone {
                node.delete(at);
            } else {
                last = Some(id);
            }
        }
        if items.next().is_some() || node.live() != live {
            return None;
        }
        if live > 0 {
            node.seal();
            self.nodes.push(node);
            self.len += live as u64;
        }
        Some(last)
    }
}

/// The next item if it is an integer.
fn int(items: &mut Iter<'_>) -> Option<i64> {
    match items.next()? {
        Item::Int(v) => Some(v),
        Item::Bytes(_) => None,
    }
}

/// The next item if it is a number of things.
fn count(items: &mut Iter<'_>) -> Option<usize> {
    usize::try_from(int(items)?).ok()
}

/// Texts one behind the other.
#[derive(Default)]
struct Texts {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Texts {
    fn push(&mut self, item: Item<'_>) {
        item.with_bytes(|text| self.bytes.extend_from_slice(text));
        self.ends.push(self.bytes.len());
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    fn get(&self, index: usize) -> Option<&[u8]> {
        let start = index.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.bytes.get(start..*self.ends.get(index)?)
    }

    /// Hands all of them to `f`.
    fn with<R>(&self, f: impl FnOnce(&[&[u8]]) -> R) -> R {
        let texts: Vec<&[u8]> = (0..self.ends.len()).map(|i| self.get(i).unwrap_or_default()).collect();
        f(&texts)
    }
}
