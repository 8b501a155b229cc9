//! What a handler tells the engine about what it did. Only the engine counts changes and journals them.

use super::error::CmdError;

/// A handler's outcome: what changed, or the error to answer.
pub(crate) type CmdResult = Result<Effect, CmdError>;

/// A command as it goes to the journal.
pub(crate) type Command = Vec<Vec<u8>>;

/// What a handler changed, for the journal and for `rdb_changes_since_last_save`.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Nothing.
    None,
    /// The command as it was called, counted as so many changes.
    Changed(u64),
    /// So many changes that replay as these commands instead: the call itself is not deterministic
    /// (relative times, random choices, floats) or does more than what happened.
    Rewritten(u64, Vec<Command>),
    /// What happened was counted and journaled by commands of its own, up to this journal position.
    Journaled(u64),
}
