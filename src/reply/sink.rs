//! The one interface through which every command answers.

use std::sync::Arc;

/// A string value of some size, shared by reference count so that a reader keeps it without a copy.
pub(crate) type Block = Arc<Vec<u8>>;

/// The protocol version a client speaks; it decides the shape of a few replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Protocol {
    /// RESP2: no maps, sets, doubles or booleans.
    #[default]
    Resp2,
    /// RESP3.
    Resp3,
}

/// Receives one reply, in RESP3 shapes. An aggregate is announced with its length, then its elements follow.
///
/// A RESP2 encoder flattens maps, turns sets into arrays and doubles into bulk strings; no handler does.
pub(crate) trait ReplySink {
    /// A simple string such as `OK`; must not contain CR or LF.
    fn status(&mut self, text: &str);
    /// A whole error line with its code, such as `ERR syntax error`; CR and LF become spaces.
    fn error(&mut self, text: &[u8]);
    /// A signed integer.
    fn int(&mut self, value: i64);
    /// A string of bytes.
    fn bulk(&mut self, bytes: &[u8]);
    /// A shared string: a sink that can keep a reference does so instead of copying.
    fn bulk_shared(&mut self, block: &Block) {
        self.bulk(block);
    }
    /// The absent value.
    fn null(&mut self);
    /// The absent array: `*-1` in RESP2, the same as [`ReplySink::null`] in RESP3.
    #[cfg_attr(not(test), allow(dead_code, reason = "no command of strings and keys answers one"))]
    fn null_array(&mut self);
    /// An array of `len` elements, which follow.
    fn array(&mut self, len: usize);
    /// A map of `pairs` keys and values, which follow alternately.
    fn map(&mut self, pairs: usize);
    /// A set of `len` elements, which follow.
    fn set(&mut self, len: usize);
    /// An out-of-band message of `len` elements, which follow.
    fn push(&mut self, len: usize);
    /// Attributes of the reply that follows them: `pairs` keys and values. Left out in RESP2, with what follows.
    fn attribute(&mut self, pairs: usize);
    /// A double.
    fn double(&mut self, value: f64);
    /// A double with digits of its own, where Redis prints one in another way than all others.
    fn double_as(&mut self, value: f64, digits: &[u8]);
    /// A boolean; 1 or 0 in RESP2.
    fn boolean(&mut self, value: bool);
    /// An integer of any size, in decimal.
    fn big_number(&mut self, digits: &[u8]);
    /// Text with a three-letter format such as `txt`; a plain bulk string in RESP2.
    fn verbatim(&mut self, format: &[u8; 3], text: &[u8]);
    /// The protocol the reply is for. The tree keeps RESP3 shapes but answers what its client selected.
    fn protocol(&self) -> Protocol;
    /// The protocol in whose shapes the reply goes out, for the few that differ by more than what encoders do. The tree
    /// keeps RESP3's, whatever its client selected.
    fn shapes(&self) -> Protocol {
        self.protocol()
    }
    /// CLIENT REPLY ON and RESET: what follows is heard although the client had asked for silence.
    fn unmute(&mut self) {}
    /// The opposite, after it.
    fn mute(&mut self) {}
    /// Nothing of what is written is heard.
    fn is_muted(&self) -> bool {
        false
    }
    /// HELLO: the reply itself is in the newly selected protocol.
    fn set_protocol(&mut self, protocol: Protocol);
}
