//! Lists as they are saved: chunk by chunk.

use std::borrow::Cow;
use std::sync::Arc;

use super::chunk::{Chunk, Fill, MOST_ELEMENTS};
use super::tree::Walk;
use super::{End, List, Repr};
use crate::types::listpack::Listpack;

/// Listpacks up to this size become chunks as they are, whatever the setting is now.
const MOST_BYTES: usize = 64 << 10;

/// A chunk.
#[derive(Debug, Clone)]
pub(crate) enum Saved<'a> {
    /// Elements.
    Pack(Cow<'a, Listpack>),
    /// One large element.
    Plain(&'a [u8]),
}

/// See [`List::chunks`].
pub(crate) struct Chunks<'a> {
    first: Option<&'a Chunk>,
    middle: Option<Walk<'a>>,
    last: Option<&'a Chunk>,
}

impl<'a> Chunks<'a> {
    fn step(&mut self) -> Option<&'a Chunk> {
        let first = self.first.take();
        first.or_else(|| self.middle.as_mut().and_then(Walk::next)).or_else(|| self.last.take())
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Saved<'a>;

    fn next(&mut self) -> Option<Saved<'a>> {
        Some(match self.step()? {
            Chunk::Packed(pack) => Saved::Pack(Cow::Borrowed(pack)),
            Chunk::Prefixed(prefixed) => Saved::Pack(Cow::Owned(prefixed.unpacked())),
            Chunk::Plain(block) => Saved::Plain(block),
        })
    }

    /// Without making packs of chunks that are kept otherwise.
    fn count(mut self) -> usize {
        std::iter::from_fn(|| self.step()).count()
    }
}

impl List {
    /// Its chunks from first to last.
    pub(crate) fn chunks(&self) -> Chunks<'_> {
        match &self.0 {
            Repr::One(chunk) => Chunks { first: Some(chunk), middle: None, last: None },
            Repr::Many(many) => Chunks {
                first: Some(&many.head),
                middle: Some(many.middle.walk_from(0)),
                last: Some(&many.tail),
            },
        }
    }

    /// Adds the elements of a listpack at the end: as a chunk unless it is too large or too small for one.
    pub(crate) fn push_pack(&mut self, pack: Listpack, fill: Fill) {
        let small = matches!(&self.0, Repr::Many(_)) && pack.len() <= 2 && pack.byte_len() <= 64;
        if small || pack.byte_len() > MOST_BYTES || pack.len() > MOST_ELEMENTS {
            return pack.iter().for_each(|item| item.with_bytes(|text| self.push(End::Right, text, fill)));
        }
        if !pack.is_empty() {
            self.push_chunk(false, Chunk::Packed(pack));
        }
    }

    /// Adds a large element at the end, without a copy.
    pub(crate) fn push_plain(&mut self, text: Vec<u8>, fill: Fill) {
        if fill.is_alone(&text) {
            self.push_chunk(false, Chunk::Plain(Arc::new(text)));
        } else {
            self.push(End::Right, &text, fill);
        }
    }
}
