//! How a thread that serves many clients is told that something came for one of them.

use std::sync::Arc;

/// Rung from any thread, perhaps with locks held: it only makes a note and wakes its owner.
pub(crate) type Bell = Arc<dyn Fn() + Send + Sync>;
