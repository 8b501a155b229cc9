//! The bare map: what a Rust program would use that needs nothing of what lodger does, not even a second
//! thread. The same hash function as lodger's, so that the comparison is about everything else.

use hashbrown::HashMap;

use crate::keys::{Key, Value};

/// Key and value in blocks of their own, as any map of byte strings has them.
pub(crate) struct Map {
    map: HashMap<Box<[u8]>, Box<[u8]>, ahash::RandomState>,
}

impl Map {
    /// Empty.
    pub(crate) fn new() -> Self {
        Self { map: HashMap::with_hasher(ahash::RandomState::with_seeds(1, 2, 3, 4)) }
    }

    /// GET: copies the value out, as a caller needs who goes on after the call.
    #[inline]
    pub(crate) fn get(&self, key: &[u8], out: &mut Vec<u8>) -> bool {
        let Some(value) = self.map.get(key) else { return false };
        out.clear();
        out.extend_from_slice(value);
        true
    }

    /// SET: copies the value in; over the old one if it has the same length.
    #[inline]
    pub(crate) fn set(&mut self, key: &[u8], value: &[u8]) {
        match self.map.get_mut(key) {
            Some(old) if old.len() == value.len() => old.copy_from_slice(value),
            Some(old) => *old = value.into(),
            None => drop(self.map.insert(key.into(), value.into())),
        }
    }

    /// Stores many keys with one value.
    pub(crate) fn load(&mut self, keys: &[Key], value: &Value) {
        keys.iter().for_each(|key| self.set(key, value));
    }
}
