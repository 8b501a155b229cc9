//! One lock's worth of keys: a table per logical database and the bytes they cost.

use std::sync::Arc;

use super::save::Saving;
use super::table::Table;

/// What all changes of a shard look at: bytes not yet told to the keyspace's total, and the snapshot.
#[derive(Default)]
pub(crate) struct Account {
    /// What has changed since the last report.
    pub(crate) delta: i64,
    /// The phase of new entries: see `save.rs`.
    pub(crate) phase: bool,
    /// The snapshot that is being taken.
    pub(crate) saving: Option<Arc<Saving>>,
}

/// Sizes are far below 2^63; a cast that wraps would need more memory than any machine has.
fn signed(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

impl Account {
    /// More bytes.
    pub(crate) fn add(&mut self, bytes: usize) {
        self.delta += signed(bytes);
    }

    /// Fewer bytes.
    pub(crate) fn sub(&mut self, bytes: usize) {
        self.delta -= signed(bytes);
    }

    /// Something that cost `before` costs `after` now.
    pub(crate) fn change(&mut self, before: usize, after: usize) {
        self.delta += signed(after) - signed(before);
    }
}

/// What one lock protects.
pub(crate) struct Shard {
    /// A table per logical database.
    pub(crate) tables: Box<[Table]>,
    /// Bytes not yet reported.
    pub(crate) account: Account,
}

impl Shard {
    /// An empty shard for `databases` logical databases.
    pub(crate) fn new(databases: usize) -> Self {
        Self { tables: (0..databases).map(|_| Table::default()).collect(), account: Account::default() }
    }
}
