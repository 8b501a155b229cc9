//! Layer 1: RESP, as bytes. `decode.rs` reads requests, `encode.rs` holds the RESP2 and RESP3 sinks.

pub(crate) mod decode;
pub(crate) mod encode;
