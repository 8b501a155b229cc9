//! Replies: the RESP2 and RESP3 sinks.
