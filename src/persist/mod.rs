//! Layer 2: the files of a database. Knows nothing of commands: replay hands argument vectors to a closure.

pub(crate) mod aof;
pub(crate) mod storage;
