//! The elements of a list in order, and in reverse order.

use std::sync::Arc;

use super::chunk::{Chunk, Element};
use super::tree::{Tree, Walk, WalkBack};
use super::{List, Repr};
use crate::types::listpack::{self, Listpack};

/// What is left of the chunk that an iterator is in.
#[derive(Debug, Clone)]
enum Rest<'a> {
    Packed(listpack::Iter<'a>),
    Prefixed(&'a [u8], listpack::Iter<'a>),
    Plain(&'a Arc<Vec<u8>>),
    Nothing,
}

/// The items of a pack from the one at `at` on.
fn items(pack: &Listpack, at: usize) -> listpack::Iter<'_> {
    if at == 0 {
        return pack.iter();
    }
    let pos = i64::try_from(at).ok().and_then(|at| pack.seek(at));
    pack.iter_from(pos.unwrap_or(pack.end()))
}

impl<'a> Rest<'a> {
    /// The elements of a chunk from the one at `at` on.
    fn new(chunk: &'a Chunk, at: usize) -> Self {
        match chunk {
            Chunk::Packed(pack) => Self::Packed(items(pack, at)),
            Chunk::Prefixed(prefixed) => Self::Prefixed(&prefixed.prefix, items(&prefixed.rests, at)),
            Chunk::Plain(block) if at == 0 => Self::Plain(block),
            Chunk::Plain(_) => Self::Nothing,
        }
    }

    /// The next element from one end.
    #[inline]
    fn next(&mut self, front: bool) -> Option<Element<'a>> {
        match self {
            Self::Packed(items) => {
                let item = if front { items.next() } else { items.next_back() };
                item.map(Element::Packed)
            }
            Self::Prefixed(prefix, rests) => {
                let rest = if front { rests.next() } else { rests.next_back() };
                rest.map(|rest| Element::Prefixed(prefix, rest))
            }
            Self::Plain(block) => {
                let element = Element::Plain(block);
                *self = Self::Nothing;
                Some(element)
            }
            Self::Nothing => None,
        }
    }
}

/// See [`List::iter_from`].
#[derive(Debug, Clone)]
pub(crate) struct Iter<'a> {
    rest: Rest<'a>,
    middle: Option<Walk<'a>>,
    tail: Option<&'a Chunk>,
}

impl<'a> Iter<'a> {
    pub(super) fn new(list: &'a List, index: usize) -> Self {
        let many = match &list.0 {
            Repr::One(chunk) => return Self { rest: Rest::new(chunk, index), middle: None, tail: None },
            Repr::Many(many) => many,
        };
        let (middle, tail) = (&many.middle, &many.tail);
        let Some(inner) = index.checked_sub(many.head.len()) else {
            return Self {
                rest: Rest::new(&many.head, index),
                middle: Some(middle.walk_from(0)),
                tail: Some(tail),
            };
        };
        match inner.checked_sub(middle.len()) {
            Some(at) => Self { rest: Rest::new(tail, at), middle: None, tail: None },
            None => Self::in_middle(middle, inner, tail),
        }
    }

    fn in_middle(middle: &'a Tree, index: usize, tail: &'a Chunk) -> Self {
        let mut walk = middle.walk_from(index);
        walk.next();
        let rest = middle.find(index).map_or(Rest::Nothing, |(chunk, at)| Rest::new(chunk, at));
        Self { rest, middle: Some(walk), tail: Some(tail) }
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = Element<'a>;

    #[inline]
    fn next(&mut self) -> Option<Element<'a>> {
        loop {
            if let Some(element) = self.rest.next(true) {
                return Some(element);
            }
            let chunk = self.middle.as_mut().and_then(Walk::next).or_else(|| self.tail.take())?;
            self.rest = Rest::new(chunk, 0);
        }
    }
}

/// See [`List::iter_back`].
#[derive(Debug, Clone)]
pub(crate) struct IterBack<'a> {
    rest: Rest<'a>,
    middle: Option<WalkBack<'a>>,
    head: Option<&'a Chunk>,
}

impl<'a> IterBack<'a> {
    pub(super) fn new(list: &'a List) -> Self {
        match &list.0 {
            Repr::One(chunk) => Self { rest: Rest::new(chunk, 0), middle: None, head: None },
            Repr::Many(many) => Self {
                rest: Rest::new(&many.tail, 0),
                middle: Some(many.middle.walk_back()),
                head: Some(&many.head),
            },
        }
    }
}

impl<'a> Iterator for IterBack<'a> {
    type Item = Element<'a>;

    #[inline]
    fn next(&mut self) -> Option<Element<'a>> {
        loop {
            if let Some(element) = self.rest.next(false) {
                return Some(element);
            }
            let chunk = self.middle.as_mut().and_then(WalkBack::next).or_else(|| self.head.take())?;
            self.rest = Rest::new(chunk, 0);
        }
    }
}
