//! A value that is more than a string: one of the types with a structure of its own. An entry holds it in a box.

use super::hash::Hash;
use super::list::List;
use super::set::Set;
use super::stream::Stream;
use super::zset::Zset;

/// A value with a structure of its own.
#[derive(Debug, Clone)]
pub(crate) enum Object {
    /// A list.
    List(List),
    /// A set.
    Set(Set),
    /// A hash.
    Hash(Hash),
    /// A sorted set.
    Zset(Zset),
    /// A stream.
    Stream(Stream),
}

/// What is asked of every type.
macro_rules! each {
    ($object:expr, $value:ident => $do:expr) => {
        match $object {
            Object::List($value) => $do,
            Object::Set($value) => $do,
            Object::Hash($value) => $do,
            Object::Zset($value) => $do,
            Object::Stream($value) => $do,
        }
    };
}

impl Object {
    /// The name of its type, as TYPE tells it.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::List(_) => "list",
            Self::Set(_) => "set",
            Self::Hash(_) => "hash",
            Self::Zset(_) => "zset",
            Self::Stream(_) => "stream",
        }
    }

    /// The name of its encoding, as OBJECT ENCODING tells it.
    pub(crate) fn encoding(&self) -> &'static str {
        each!(self, value => value.encoding())
    }

    /// Bytes that it has on the heap, besides itself. In constant time.
    pub(crate) fn heap_bytes(&self) -> usize {
        each!(self, value => value.heap_bytes())
    }

    /// Elements.
    pub(crate) fn len(&self) -> usize {
        each!(self, value => value.len())
    }

    /// When the first part of it expires that has an expiry of its own: a field of a hash.
    #[inline]
    pub(crate) fn earliest(&self) -> Option<i64> {
        if let Self::Hash(hash) = self { hash.earliest() } else { None }
    }

    /// Removes up to `most` of its parts that have expired, and answers their names.
    pub(crate) fn take_gone(&mut self, now: i64, most: usize) -> Vec<Vec<u8>> {
        if let Self::Hash(hash) = self { hash.take_gone(now, most) } else { Vec::new() }
    }

    /// Whether its key has to go: an empty value is no value. A stream stays.
    pub(crate) fn is_spent(&self) -> bool {
        match self {
            Self::Stream(_) => false,
            Self::List(value) => value.is_empty(),
            Self::Set(value) => value.is_empty(),
            Self::Hash(value) => value.is_empty(),
            Self::Zset(value) => value.is_empty(),
        }
    }
}

/// A type of value that an [`Object`] can be.
pub(crate) trait Kind: Sized {
    /// The object as this type, if it is one.
    fn of(object: &Object) -> Option<&Self>;
    /// The same, to change it.
    fn of_mut(object: &mut Object) -> Option<&mut Self>;
    /// As an object.
    fn into_object(self) -> Object;
}

macro_rules! kinds {
    ($($kind:ident)*) => {
        $(impl Kind for $kind {
            fn of(object: &Object) -> Option<&Self> {
                if let Object::$kind(value) = object { Some(value) } else { None }
            }
            fn of_mut(object: &mut Object) -> Option<&mut Self> {
                if let Object::$kind(value) = object { Some(value) } else { None }
            }
            fn into_object(self) -> Object {
                Object::$kind(self)
            }
        })*
    };
}

kinds!(List Set Hash Zset Stream);
