//! The simulated disk of `tests/crash.rs`, for the unit tests here.

use super::storage::{Metadata, Storage, StorageFile, StorageLock};

#[expect(unreachable_pub, reason = "public for the integration tests that include it")]
#[path = "../../tests/common/sim.rs"]
pub(super) mod sim;
