//! Layer 1: who listens to which channel, and the messages on their way.
//!
//! What lives here: channels, patterns, shard channels and the queues of those who listen. What does not: commands, replies
//! to them, sockets. Start reading at [`hub::Hub::publish`].

pub(crate) mod hub;
pub(crate) mod mailbox;
