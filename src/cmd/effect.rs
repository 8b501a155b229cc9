//! What a handler tells the engine about what it did. Only the engine counts changes and journals them.

use super::error::CmdError;

/// A handler's outcome: what changed, or the error to answer.
pub(crate) type CmdResult = Result<Effect, CmdError>;

/// A command as it goes to the journal.
pub(crate) type Command = Vec<Vec<u8>>;

/// A copy of a word, for the journal. By now the keyspace has changed, so that without memory there is only the end
/// of this database: a panic is caught, what `Vec` does by itself would end the process.
pub(crate) fn copied(word: &[u8]) -> Vec<u8> {
    let mut copy = Vec::new();
    let room = copy.try_reserve_exact(word.len());
    assert!(room.is_ok(), "the system is out of memory");
    copy.extend_from_slice(word);
    copy
}

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
