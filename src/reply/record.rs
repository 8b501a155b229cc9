//! A reply that is kept until the one who asked can take it.

use super::sink::{Block, Protocol, ReplySink};

#[derive(Debug)]
enum Part {
    Status(String),
    Error(Vec<u8>),
    Int(i64),
    Bulk(Vec<u8>),
    Shared(Block),
    Null,
    NullArray,
    Array(usize),
    Map(usize),
    Set(usize),
    Push(usize),
    Attribute(usize),
    Double(f64),
    DoubleAs(f64, Vec<u8>),
    Boolean(bool),
    BigNumber(Vec<u8>),
    Verbatim([u8; 3], Vec<u8>),
}

/// See the module. It has the shapes of the sink that it will go to.
#[derive(Debug)]
pub(crate) struct Record {
    parts: Vec<Part>,
    protocol: Protocol,
    shapes: Protocol,
}

impl Record {
    /// Nothing yet; `shapes` are the protocol and the shapes of the sink to come.
    pub(crate) fn new(shapes: (Protocol, Protocol)) -> Self {
        Self { parts: Vec::new(), protocol: shapes.0, shapes: shapes.1 }
    }

    /// Gives it to where it belongs.
    pub(crate) fn play(&self, out: &mut dyn ReplySink) {
        for part in &self.parts {
            match part {
                Part::Status(text) => out.status(text),
                Part::Error(text) => out.error(text),
                Part::Int(value) => out.int(*value),
                Part::Bulk(bytes) => out.bulk(bytes),
                Part::Shared(block) => out.bulk_shared(block),
                Part::Null => out.null(),
                Part::NullArray => out.null_array(),
                Part::Array(len) => out.array(*len),
                Part::Map(pairs) => out.map(*pairs),
                Part::Set(len) => out.set(*len),
                Part::Push(len) => out.push(*len),
                Part::Attribute(pairs) => out.attribute(*pairs),
                Part::Double(value) => out.double(*value),
                Part::DoubleAs(value, digits) => out.double_as(*value, digits),
                Part::Boolean(value) => out.boolean(*value),
                Part::BigNumber(digits) => out.big_number(digits),
                Part::Verbatim(format, text) => out.verbatim(format, text),
            }
        }
    }
}

impl ReplySink for Record {
    fn status(&mut self, text: &str) {
        self.parts.push(Part::Status(text.to_owned()));
    }
    fn error(&mut self, text: &[u8]) {
        self.parts.push(Part::Error(text.to_vec()));
    }
    fn int(&mut self, value: i64) {
        self.parts.push(Part::Int(value));
    }
    fn bulk(&mut self, bytes: &[u8]) {
        self.parts.push(Part::Bulk(bytes.to_vec()));
    }
    fn bulk_shared(&mut self, block: &Block) {
        self.parts.push(Part::Shared(Block::clone(block)));
    }
    fn null(&mut self) {
        self.parts.push(Part::Null);
    }
    fn null_array(&mut self) {
        self.parts.push(Part::NullArray);
    }
    fn array(&mut self, len: usize) {
        self.parts.push(Part::Array(len));
    }
    fn map(&mut self, pairs: usize) {
        self.parts.push(Part::Map(pairs));
    }
    fn set(&mut self, len: usize) {
        self.parts.push(Part::Set(len));
    }
    fn push(&mut self, len: usize) {
        self.parts.push(Part::Push(len));
    }
    fn attribute(&mut self, pairs: usize) {
        self.parts.push(Part::Attribute(pairs));
    }
    fn double(&mut self, value: f64) {
        self.parts.push(Part::Double(value));
    }
    fn double_as(&mut self, value: f64, digits: &[u8]) {
        self.parts.push(Part::DoubleAs(value, digits.to_vec()));
    }
    fn boolean(&mut self, value: bool) {
        self.parts.push(Part::Boolean(value));
    }
    fn big_number(&mut self, digits: &[u8]) {
        self.parts.push(Part::BigNumber(digits.to_vec()));
    }
    fn verbatim(&mut self, format: &[u8; 3], text: &[u8]) {
        self.parts.push(Part::Verbatim(*format, text.to_vec()));
    }
    fn protocol(&self) -> Protocol {
        self.protocol
    }
    fn shapes(&self) -> Protocol {
        self.shapes
    }
    fn set_protocol(&mut self, protocol: Protocol) {
        self.protocol = protocol;
    }
}
