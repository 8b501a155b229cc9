//! Panics stop at the border.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `f`; a panic becomes `on_panic`. What a panic leaves behind inside of a database is dealt with where
/// the database is known: its state is poisoned and every later call refuses.
pub(super) fn guard<R>(on_panic: R, f: impl FnOnce() -> R) -> R {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or(on_panic)
}
