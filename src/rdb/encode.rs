//! Values to bytes, in the forms that redis-server 7.0 reads; only for hashes whose fields expire there is none, and
//! those of Redis 7.4 are taken.

use std::io::{self, Write};

use super::stream::{self, Parts};
use super::{NEWEST_VERSION, VERSION, ValueRef, kind};
use crate::base::lzf::Compressor;
use crate::base::num::{parse_i64, write_i64};
use crate::types::hash::Hash;
use crate::types::hash::saved::Form as HashForm;
use crate::types::list::List;
use crate::types::list::saved::Saved;
use crate::types::listpack::{Item, Listpack};
use crate::types::object::Object;
use crate::types::set::Set;
use crate::types::zset::Zset;

/// Shorter strings are not compressed.
const COMPRESS_FROM: usize = 21;
/// Longer strings are no integers.
const MOST_INT: usize = 11;

/// Writes values. It is worth keeping: what compresses keeps its table.
pub(crate) struct Encoder<W> {
    out: W,
    compress: bool,
    compressor: Compressor,
    packed: Vec<u8>,
}

/// The byte in front of a value.
pub(super) fn kind_of(value: ValueRef<'_>) -> u8 {
    match value {
        ValueRef::Int(_) | ValueRef::Text(_) => kind::STRING,
        ValueRef::Object(Object::List(_)) => kind::LIST_QUICKLIST_2,
        ValueRef::Object(Object::Set(set)) => {
            if set.ints().is_some() {
                kind::SET_INTSET
            } else {
                kind::SET
            }
        }
        ValueRef::Object(Object::Zset(zset)) => {
            if zset.listpack().is_some() {
                kind::ZSET_LISTPACK
            } else {
                kind::ZSET_2
            }
        }
        ValueRef::Object(Object::Hash(hash)) => match (hash.form(), hash.earliest()) {
            (HashForm::Triples(_), Some(_)) => kind::HASH_LISTPACK_EX,
            (HashForm::Fields, Some(_)) => kind::HASH_METADATA,
            (HashForm::Fields, None) => kind::HASH,
            _ => kind::HASH_LISTPACK,
        },
        ValueRef::Object(Object::Stream(_)) => kind::STREAM_2,
    }
}

/// The version of the format that has a value's form.
pub(super) fn version_of(value: ValueRef<'_>) -> u16 {
    match kind_of(value) {
        kind::HASH_LISTPACK_EX | kind::HASH_METADATA => NEWEST_VERSION,
        _ => VERSION,
    }
}

impl<W: Write> Encoder<W> {
    /// Writes to `out`; `compress` is the setting `rdbcompression`.
    pub(crate) fn new(out: W, compress: bool) -> Self {
        Self { out, compress, compressor: Compressor::default(), packed: Vec::new() }
    }

    /// What it writes to.
    pub(crate) fn get_mut(&mut self) -> &mut W {
        &mut self.out
    }

    /// What it wrote to.
    pub(crate) fn into_inner(self) -> W {
        self.out
    }

    /// A byte: the kind of a value, or an opcode of a file.
    pub(crate) fn byte(&mut self, byte: u8) -> io::Result<()> {
        self.out.write_all(&[byte])
    }

    /// Bytes as they are.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)
    }

    /// A number in the form of a length.
    #[inline]
    pub(crate) fn number(&mut self, n: u64) -> io::Result<()> {
        match (u8::try_from(n), u16::try_from(n), u32::try_from(n)) {
            (Ok(n @ 0..64), ..) => self.out.write_all(&[n]),
            (_, Ok(n @ 0..0x4000), _) => self.out.write_all(&(n | 0x4000).to_be_bytes()),
            (.., Ok(n)) => {
                let [a, b, c, d] = n.to_be_bytes();
                self.out.write_all(&[0x80, a, b, c, d])
            }
            _ => {
                self.out.write_all(&[0x81])?;
                self.out.write_all(&n.to_be_bytes())
            }
        }
    }

    /// A string: as an integer if it is one of 32 bits, compressed if that makes it shorter.
    pub(crate) fn string(&mut self, text: &[u8]) -> io::Result<()> {
        if text.len() <= MOST_INT
            && let Some(v) = parse_i64(text)
            && let Ok(v) = i32::try_from(v)
        {
            return self.short_int(v);
        }
        if self.compress && text.len() >= COMPRESS_FROM {
            self.packed.clear();
            let most = text.len().saturating_sub(4);
            if self.compressor.compress(text, most, &mut self.packed) {
                self.out.write_all(&[0xc3])?;
                self.number(self.packed.len() as u64)?;
                self.number(text.len() as u64)?;
                return self.out.write_all(&self.packed);
            }
        }
        self.number(text.len() as u64)?;
        self.out.write_all(text)
    }

    /// A string that is an integer.
    fn int(&mut self, v: i64) -> io::Result<()> {
        match i32::try_from(v) {
            Ok(v) => self.short_int(v),
            Err(_) => {
                let mut buf = [0; 20];
                let text = write_i64(&mut buf, v);
                self.number(text.len() as u64)?;
                self.out.write_all(text)
            }
        }
    }

    fn short_int(&mut self, v: i32) -> io::Result<()> {
        let [a, b, c, d] = v.to_le_bytes();
        match v {
            -0x80..=0x7f => self.out.write_all(&[0xc0, a]),
            -0x8000..=0x7fff => self.out.write_all(&[0xc1, a, b]),
            _ => self.out.write_all(&[0xc2, a, b, c, d]),
        }
    }

    /// An item as a string.
    fn item(&mut self, item: Item<'_>) -> io::Result<()> {
        match item {
            Item::Int(v) => self.int(v),
            Item::Bytes(text) => self.string(text),
        }
    }

    /// A value, without the byte that tells its form.
    pub(crate) fn value(&mut self, value: ValueRef<'_>) -> io::Result<()> {
        match value {
            ValueRef::Int(v) => self.int(v),
            ValueRef::Text(text) => self.string(text),
            ValueRef::Object(Object::List(list)) => self.list(list),
            ValueRef::Object(Object::Set(set)) => self.set(set),
            ValueRef::Object(Object::Zset(zset)) => self.zset(zset),
            ValueRef::Object(Object::Hash(hash)) => self.hash(hash),
            ValueRef::Object(Object::Stream(stream)) => stream::encode(stream, self),
        }
    }

    fn list(&mut self, list: &List) -> io::Result<()> {
        self.number(list.chunks().count() as u64)?;
        for chunk in list.chunks() {
            match chunk {
                Saved::Plain(text) => {
                    self.byte(1)?;
                    self.string(text)?;
                }
                Saved::Pack(pack) => {
                    self.byte(2)?;
                    self.string(pack.as_bytes())?;
                }
            }
        }
        Ok(())
    }

    fn set(&mut self, set: &Set) -> io::Result<()> {
        if let Some(members) = set.ints() {
            return self.string(&intset(members, set.len()));
        }
        self.number(set.len() as u64)?;
        set.iter().try_for_each(|member| self.item(member))
    }

    fn zset(&mut self, zset: &Zset) -> io::Result<()> {
        if let Some(pack) = zset.listpack() {
            return self.string(pack.as_bytes());
        }
        self.number(zset.len() as u64)?;
        // From the last to the first: Redis puts each in front of the others, where it is found at once.
        zset.iter(true).try_for_each(|element| {
            self.item(element.member)?;
            self.raw(&element.score.to_le_bytes())
        })
    }

    fn hash(&mut self, hash: &Hash) -> io::Result<()> {
        let first = hash.earliest();
        if let Some(first) = first {
            self.raw(&first.to_le_bytes())?;
        }
        match (hash.form(), first) {
            (HashForm::Pairs(pack), _) | (HashForm::Triples(pack), Some(_)) => self.string(pack.as_bytes()),
            (HashForm::Triples(_), None) => {
                let mut pack = Listpack::new();
                for field in hash.iter() {
                    pack.push_back(field.name);
                    pack.push_back(field.value);
                }
                self.string(pack.as_bytes())
            }
            (HashForm::Fields, first) => {
                self.number(hash.len() as u64)?;
                for field in hash.iter() {
                    if let Some(first) = first {
                        let after = field.expiry.map_or(0, |at| at.saturating_sub(first).saturating_add(1));
                        self.number(after.cast_unsigned())?;
                    }
                    self.item(field.name)?;
                    self.item(field.value)?;
                }
                Ok(())
            }
        }
    }
}

impl<W: Write> Parts for Encoder<W> {
    type Error = io::Error;
    fn number(&mut self, n: u64) -> io::Result<()> {
        Self::number(self, n)
    }
    fn string(&mut self, text: &[u8]) -> io::Result<()> {
        Self::string(self, text)
    }
    fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        Self::raw(self, bytes)
    }
}

/// An intset of these members.
fn intset(members: impl Iterator<Item = i64> + Clone, count: usize) -> Vec<u8> {
    // The widest ones are at the ends.
    let ends = (members.clone().next().unwrap_or(0), members.clone().last().unwrap_or(0));
    let fits = |bound: i64| ends.0 >= !bound && ends.1 <= bound;
    let width: u32 = if fits(0x7fff) {
        2
    } else if fits(0x7fff_ffff) {
        4
    } else {
        8
    };
    let size = count.saturating_mul(8).saturating_add(8);
    let mut out = Vec::with_capacity(size);
    out.extend_from_slice(&width.to_le_bytes());
    out.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
    for member in members {
        let bytes = member.to_le_bytes();
        out.extend(bytes.iter().take(usize::try_from(width).unwrap_or(8)));
    }
    out
}
