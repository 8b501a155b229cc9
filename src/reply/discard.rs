//! Sinks that drop the reply: replay of a file, CLIENT REPLY OFF.

use super::sink::{Block, Protocol, ReplySink};

/// Drops everything but remembers the first error line.
#[derive(Debug, Default)]
pub(crate) struct Discard {
    /// The first error line written, if any.
    pub(crate) error: Option<Vec<u8>>,
}

impl ReplySink for Discard {
    fn status(&mut self, _: &str) {}
    fn error(&mut self, text: &[u8]) {
        self.error.get_or_insert_with(|| text.to_vec());
    }
    fn int(&mut self, _: i64) {}
    fn bulk(&mut self, _: &[u8]) {}
    fn null(&mut self) {}
    fn null_array(&mut self) {}
    fn array(&mut self, _: usize) {}
    fn map(&mut self, _: usize) {}
    fn set(&mut self, _: usize) {}
    fn push(&mut self, _: usize) {}
    fn attribute(&mut self, _: usize) {}
    fn double(&mut self, _: f64) {}
    fn double_as(&mut self, _: f64, _: &[u8]) {}
    fn boolean(&mut self, _: bool) {}
    fn big_number(&mut self, _: &[u8]) {}
    fn verbatim(&mut self, _: &[u8; 3], _: &[u8]) {}
    fn protocol(&self) -> Protocol {
        Protocol::Resp2
    }
    fn set_protocol(&mut self, _: Protocol) {}
}

/// CLIENT REPLY OFF and SKIP: drops the reply, unless the command itself ends the silence.
pub(crate) struct Muted<'a> {
    out: &'a mut dyn ReplySink,
    heard: bool,
}

impl<'a> Muted<'a> {
    /// Silence before `out`.
    pub(crate) fn new(out: &'a mut dyn ReplySink) -> Self {
        Self { out, heard: false }
    }
}

/// Methods that reach the sink behind only when the silence is over.
macro_rules! forward {
    ($($name:ident($($arg:ident: $kind:ty),*);)*) => {
        $(fn $name(&mut self $(, $arg: $kind)*) {
            if self.heard {
                self.out.$name($($arg),*);
            }
        })*
    };
}

impl ReplySink for Muted<'_> {
    forward! {
        status(text: &str);
        error(text: &[u8]);
        int(value: i64);
        bulk(bytes: &[u8]);
        bulk_shared(block: &Block);
        null();
        null_array();
        array(len: usize);
        map(pairs: usize);
        set(len: usize);
        push(len: usize);
        attribute(pairs: usize);
        double(value: f64);
        double_as(value: f64, digits: &[u8]);
        boolean(value: bool);
        big_number(digits: &[u8]);
        verbatim(format: &[u8; 3], text: &[u8]);
    }
    fn protocol(&self) -> Protocol {
        self.out.protocol()
    }
    fn unmute(&mut self) {
        self.heard = true;
    }
    fn mute(&mut self) {
        self.heard = false;
    }
    fn is_muted(&self) -> bool {
        !self.heard
    }
    fn set_protocol(&mut self, protocol: Protocol) {
        self.out.set_protocol(protocol);
    }
}
