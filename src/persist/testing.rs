//! The simulated disk of `tests/crash.rs`, for the unit tests here.

use super::storage::{Metadata, Storage, StorageFile, StorageLock};

#[path = "../../tests/common/sim.rs"]
pub(super) mod sim;
