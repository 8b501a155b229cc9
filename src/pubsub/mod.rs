//! Layer 1: who listens to which channel, and the messages on their way.
//!
//! What lives here: channels, patterns, shard channels and the queues of those who listen, and what those get who read the
//! journal. What does not: commands, replies to them, sockets, files. Start reading at [`hub::Hub::publish`].

pub(crate) mod change;
pub(crate) mod hub;
pub(crate) mod mailbox;
pub(crate) mod signal;
pub(crate) mod tap;
