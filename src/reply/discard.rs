//! A sink that drops the reply: replay of a file, CLIENT REPLY OFF.

use super::sink::{Protocol, ReplySink};

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
    fn boolean(&mut self, _: bool) {}
    fn big_number(&mut self, _: &[u8]) {}
    fn verbatim(&mut self, _: &[u8; 3], _: &[u8]) {}
    fn protocol(&self) -> Protocol {
        Protocol::Resp2
    }
    fn set_protocol(&mut self, _: Protocol) {}
}
