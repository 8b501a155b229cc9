//! Values out of bytes: every form that Redis 2.6 to 8.0 and Valkey 8 write.

use super::error::{Error, Problem};
use super::source::{FromSlice, Source};
use super::{Value, kind, legacy, stream};
use crate::base::num::{parse_f64, parse_i64};
use crate::types::hash::{Hash, Ttl};
use crate::types::limits::Limits;
use crate::types::list::{End, Fill, List};
use crate::types::listpack::{Item, Listpack};
use crate::types::object::{Kind, Object};
use crate::types::set::Set;
use crate::types::zset::Zset;
use crate::types::zset::saved::Loader;

/// Up to so many items are compared each with each other to find two of the same text.
const FEW: usize = 24;

/// Listpacks up to this size stay listpacks if they have no more elements than they may, however long these are: so does
/// Redis, but there larger ones do too.
const MOST_BYTES: usize = 1 << 20;

/// Room is made for so many elements at most before they are there; their number was held against what is left.
const MOST_EXPECTED: usize = 1 << 20;

/// The same where the elements may have been compressed, so that their number says little.
const MOST_UNSEEN: usize = 1 << 14;

/// The value of a form (see [`kind`]), built as `limits` say. Fields of a hash that have expired are there.
pub(crate) fn value(src: &mut impl Source, form: u8, limits: &Limits) -> Result<Value, Error> {
    let at = src.offset();
    let object = match form {
        kind::STRING => {
            let mut text = Vec::new();
            src.string(&mut text)?;
            return Ok(parse_i64(&text).map_or_else(|| Value::Text(text), Value::Int));
        }
        kind::LIST => list(src, limits)?.into_object(),
        kind::LIST_ZIPLIST => {
            let mut list = List::new();
            list.push_pack(ziplist(src)?, Fill::of(limits));
            list.into_object()
        }
        kind::LIST_QUICKLIST | kind::LIST_QUICKLIST_2 => chunks(src, form, limits)?.into_object(),
        kind::SET => set(src, limits)?.into_object(),
        kind::SET_INTSET | kind::SET_LISTPACK => packed_set(src, form, limits)?.into_object(),
        kind::ZSET | kind::ZSET_2 => zset(src, form, limits)?.into_object(),
        kind::ZSET_LISTPACK => packed_zset(at, listpack(src)?, limits)?.into_object(),
        kind::ZSET_ZIPLIST => packed_zset(at, ziplist(src)?, limits)?.into_object(),
        kind::HASH => hash(src, limits)?.into_object(),
        kind::HASH_LISTPACK => packed_hash(at, listpack(src)?, usize::MAX, limits)?.into_object(),
        kind::HASH_ZIPLIST => packed_hash(at, ziplist(src)?, usize::MAX, limits)?.into_object(),
        kind::HASH_ZIPMAP => {
            let pack = blob(src, "a damaged zipmap", legacy::zipmap)?;
            packed_hash(at, pack, limits.hash_max_listpack_value(), limits)?.into_object()
        }
        kind::HASH_METADATA | kind::HASH_METADATA_PRE_GA => expiring_hash(src, form, limits)?.into_object(),
        kind::HASH_LISTPACK_EX | kind::HASH_LISTPACK_EX_PRE_GA => {
            if form == kind::HASH_LISTPACK_EX {
                // When the first field expires: the listpack says that too.
                src.array::<8>()?;
            }
            packed_expiring_hash(at, listpack(src)?, limits)?.into_object()
        }
        kind::STREAM | kind::STREAM_2 | kind::STREAM_3 => stream::decode(src, form)?.into_object(),
        kind::MODULE | kind::MODULE_2 => {
            let id = src.number()?;
            return Err(Error::new(at, Problem::Module(module_name(id))));
        }
        _ => return Err(Error::new(at, Problem::UnknownType(form))),
    };
    let empty = !matches!(object, Object::Stream(_)) && object.len() == 0;
    if empty { Err(Error::new(at, Problem::Empty)) } else { Ok(Value::Object(object)) }
}

/// The name of a module: nine letters of six bits, before ten bits of its version.
pub(super) fn module_name(id: u64) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let letter = |shift: u32| LETTERS.get(usize::try_from(id.wrapping_shr(shift) & 63).unwrap_or(0)).copied();
    (0..9u32).filter_map(|i| letter(58u32.saturating_sub(i.saturating_mul(6)))).map(char::from).collect()
}

/// A string that holds a whole structure, which `read` understands.
fn blob<T>(
    src: &mut impl Source,
    wrong: &'static str,
    read: impl Fn(&[u8]) -> Option<T>,
) -> Result<T, Error> {
    let at = src.offset();
    let mut bytes = Vec::new();
    src.string(&mut bytes)?;
    read(&bytes).ok_or(Error::bad(at, wrong))
}

/// A string that is a listpack.
pub(super) fn listpack(src: &mut impl Source) -> Result<Listpack, Error> {
    let at = src.offset();
    let mut bytes = Vec::new();
    src.string(&mut bytes)?;
    Listpack::from_bytes(bytes).ok_or(Error::bad(at, "a damaged listpack"))
}

/// A string that is a ziplist.
fn ziplist(src: &mut impl Source) -> Result<Listpack, Error> {
    blob(src, "a damaged ziplist", legacy::ziplist)
}

fn list(src: &mut impl Source, limits: &Limits) -> Result<List, Error> {
    let (count, fill) = (src.count(1)?, Fill::of(limits));
    let (mut list, mut text) = (List::new(), Vec::new());
    for _ in 0..count {
        src.string(&mut text)?;
        list.push(End::Right, &text, fill);
    }
    Ok(list)
}

/// A list of ziplists, or of listpacks and single elements.
fn chunks(src: &mut impl Source, form: u8, limits: &Limits) -> Result<List, Error> {
    const PLAIN: u64 = 1;
    const PACKED: u64 = 2;
    let (count, fill) = (src.count(1)?, Fill::of(limits));
    let mut list = List::new();
    for _ in 0..count {
        let at = src.offset();
        let container = if form == kind::LIST_QUICKLIST_2 { Some(src.number()?) } else { None };
        match container {
            None => list.push_pack(ziplist(src)?, fill),
            Some(PACKED) => list.push_pack(listpack(src)?, fill),
            Some(PLAIN) => {
                let mut text = Vec::new();
                src.string(&mut text)?;
                list.push_plain(text, fill);
            }
            Some(_) => return Err(Error::bad(at, "unknown form of a list's node")),
        }
    }
    Ok(list)
}

fn set(src: &mut impl Source, limits: &Limits) -> Result<Set, Error> {
    let count = src.count(1)?;
    let mut set = if count > limits.set_max_intset_entries() {
        Set::large(limits, count.min(MOST_EXPECTED))
    } else {
        Set::new()
    };
    let mut text = Vec::new();
    for _ in 0..count {
        let at = src.offset();
        src.string(&mut text)?;
        if !set.add(&text, limits) {
            return Err(Error::bad(at, "a member of a set for the second time"));
        }
    }
    Ok(set)
}

/// A set that is one intset or listpack.
fn packed_set(src: &mut impl Source, form: u8, limits: &Limits) -> Result<Set, Error> {
    let at = src.offset();
    let mut set = Set::new();
    if form == kind::SET_INTSET {
        for member in blob(src, "a damaged intset", legacy::intset)? {
            Item::Int(member).with_bytes(|text| set.add(text, limits));
        }
        return Ok(set);
    }
    for item in listpack(src)?.iter() {
        if !item.with_bytes(|text| set.add(text, limits)) {
            return Err(Error::bad(at, "a member of a set for the second time"));
        }
    }
    Ok(set)
}

/// A score as text: a length and so many bytes, or one of three lengths that say it all.
fn old_score(src: &mut impl Source) -> Result<f64, Error> {
    let at = src.offset();
    match src.byte()? {
        253 => Ok(f64::NAN),
        254 => Ok(f64::INFINITY),
        255 => Ok(f64::NEG_INFINITY),
        n => {
            let text = src.take(usize::from(n))?.trim_ascii();
            parse_f64(text).ok_or(Error::bad(at, "a score that is no number"))
        }
    }
}

fn zset(src: &mut impl Source, form: u8, limits: &Limits) -> Result<Zset, Error> {
    let count = src.count(if form == kind::ZSET { 2 } else { 9 })?;
    let (mut loader, mut text) = (Loader::new(limits, count.min(MOST_EXPECTED)), Vec::new());
    for _ in 0..count {
        let at = src.offset();
        src.string(&mut text)?;
        let score = if form == kind::ZSET { old_score(src)? } else { f64::from_le_bytes(src.array()?) };
        if score.is_nan() {
            return Err(Error::bad(at, "a score that is no number"));
        }
        if !loader.add(&text, score) {
            return Err(Error::bad(at, "a member of a sorted set for the second time"));
        }
    }
    Ok(loader.finish(limits))
}

/// A sorted set that is one listpack of members, each followed by its score.
fn packed_zset(at: u64, pack: Listpack, limits: &Limits) -> Result<Zset, Error> {
    let count = pack.len() / 2;
    if count <= limits.zset_max_listpack_entries() && pack.byte_len() <= MOST_BYTES {
        let all: Vec<(Item<'_>, f64)> = scored(at, &pack).collect::<Result<_, Error>>()?;
        if are_in_order(&all) && are_different(all.iter().map(|(member, _)| *member)) {
            drop(all);
            return Ok(Zset::from_listpack(pack));
        }
    }
    let mut loader = Loader::new(limits, count.min(MOST_UNSEEN));
    for pair in scored(at, &pack) {
        let (member, score) = pair?;
        if !member.with_bytes(|text| loader.add(text, score)) {
            return Err(Error::bad(at, "a member of a sorted set for the second time"));
        }
    }
    Ok(loader.finish(limits))
}

/// The members of a listpack with their scores.
fn scored(at: u64, pack: &Listpack) -> impl Iterator<Item = Result<(Item<'_>, f64), Error>> {
    pairs(at, pack).map(move |pair| {
        let (member, score) = pair?;
        let score = match score {
            Item::Int(v) => Some(v as f64),
            Item::Bytes(text) => parse_f64(text).filter(|score| !score.is_nan()),
        };
        Ok((member, score.ok_or(Error::bad(at, "a score that is no number"))?))
    })
}

/// Whether members with their scores are in the order of a sorted set.
fn are_in_order(scored: &[(Item<'_>, f64)]) -> bool {
    scored.is_sorted_by(|(a, x), (b, y)| x < y || x == y && a.with_bytes(|a| b.with_bytes(|b| a < b)))
}

/// The items of a listpack by two.
fn pairs(at: u64, pack: &Listpack) -> impl Iterator<Item = Result<(Item<'_>, Item<'_>), Error>> {
    let mut items = pack.iter();
    std::iter::from_fn(move || {
        let first = items.next()?;
        let odd = || Error::bad(at, "a listpack of pairs with an odd number of entries");
        Some(items.next().ok_or_else(odd).map(|second| (first, second)))
    })
}

/// Whether no two items have the same text.
fn are_different<'i>(items: impl Iterator<Item = Item<'i>> + Clone) -> bool {
    let canonical = |item: Item<'i>| match item {
        Item::Bytes(text) => Item::parse(text),
        int => int,
    };
    let mut all: Vec<Item<'i>> = items.map(canonical).collect();
    if all.len() <= FEW {
        let mut rest = all.as_slice();
        while let Some((first, others)) = rest.split_first() {
            if others.contains(first) {
                return false;
            }
            rest = others;
        }
        return true;
    }
    let key = |item: &Item<'i>| match item {
        Item::Int(v) => (Some(*v), None),
        Item::Bytes(text) => (None, Some(*text)),
    };
    all.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
    all.is_sorted_by(|a, b| key(a) < key(b))
}

/// Takes the fields of a hash.
struct Fields<'l> {
    hash: Hash,
    limits: &'l Limits,
}

impl<'l> Fields<'l> {
    fn new(limits: &'l Limits, expected: usize) -> Self {
        let hash = if expected > limits.hash_max_listpack_entries() {
            Hash::large(limits, expected.min(MOST_EXPECTED))
        } else {
            Hash::default()
        };
        Self { hash, limits }
    }

    fn add(&mut self, at: u64, name: &[u8], value: &[u8], expiry: Option<i64>) -> Result<(), Error> {
        let ttl = expiry.map_or(Ttl::Clear, Ttl::At);
        let new = self.hash.set(name, value, ttl, self.limits);
        if new { Ok(()) } else { Err(Error::bad(at, "a field of a hash for the second time")) }
    }
}

fn hash(src: &mut impl Source, limits: &Limits) -> Result<Hash, Error> {
    let count = src.count(2)?;
    let mut fields = Fields::new(limits, count);
    let (mut name, mut value) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let at = src.offset();
        src.string(&mut name)?;
        src.string(&mut value)?;
        fields.add(at, &name, &value, None)?;
    }
    Ok(fields.hash)
}

/// A hash that is one listpack of fields, each followed by its value. If one is longer than `most` it becomes a large one.
fn packed_hash(at: u64, pack: Listpack, most: usize, limits: &Limits) -> Result<Hash, Error> {
    let count = pack.len() / 2;
    if count <= limits.hash_max_listpack_entries() && pack.byte_len() <= MOST_BYTES {
        let all: Vec<(Item<'_>, Item<'_>)> = pairs(at, &pack).collect::<Result<_, Error>>()?;
        if all.iter().all(|(name, value)| name.len() <= most && value.len() <= most)
            && are_different(all.iter().map(|(name, _)| *name))
        {
            drop(all);
            return Ok(Hash::from_pairs(pack));
        }
    }
    let mut fields = Fields::new(limits, count.min(MOST_UNSEEN));
    for pair in pairs(at, &pack) {
        let (name, value) = pair?;
        name.with_bytes(|name| value.with_bytes(|value| fields.add(at, name, value, None)))?;
    }
    Ok(fields.hash)
}

/// An expiry that is written as an unsigned number. In a hash 0 says that there is none.
fn expiry(at: u64, ms: Option<u64>) -> Result<i64, Error> {
    let expiry = ms.and_then(|ms| i64::try_from(ms).ok()).map(|ms| ms.max(1));
    expiry.ok_or(Error::bad(at, "a field of a hash whose expiry is out of range"))
}

/// A hash, field by field; in front of each when it expires: 0 for never, otherwise one more than the milliseconds after
/// the first one to expire. Before the first release that was an absolute time.
fn expiring_hash(src: &mut impl Source, form: u8, limits: &Limits) -> Result<Hash, Error> {
    let absolute = form == kind::HASH_METADATA_PRE_GA;
    let first = if absolute { 0 } else { u64::from_le_bytes(src.array()?) };
    let count = src.count(3)?;
    let mut fields = Fields::new(limits, count);
    let (mut name, mut value) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let at = src.offset();
        let expires = match src.number()? {
            0 => None,
            ms if absolute => Some(expiry(at, Some(ms))?),
            ms => Some(expiry(at, first.checked_add(ms).and_then(|sum| sum.checked_sub(1)))?),
        };
        src.string(&mut name)?;
        src.string(&mut value)?;
        fields.add(at, &name, &value, expires)?;
    }
    Ok(fields.hash)
}

/// A hash that is one listpack of fields, each followed by its value and when it expires, 0 for never.
fn packed_expiring_hash(at: u64, pack: Listpack, limits: &Limits) -> Result<Hash, Error> {
    let count = pack.len() / 3;
    if count <= limits.hash_max_listpack_entries() && pack.byte_len() <= MOST_BYTES {
        let fields: Vec<Triple<'_>> = triples(at, &pack).collect::<Result<_, Error>>()?;
        // None is last.
        if fields.is_sorted_by_key(|(_, _, expires)| expires.unwrap_or(i64::MAX))
            && are_different(fields.iter().map(|(name, _, _)| *name))
        {
            drop(fields);
            return Ok(Hash::from_triples(pack));
        }
    }
    let mut fields = Fields::new(limits, count.min(MOST_UNSEEN));
    for triple in triples(at, &pack) {
        let (name, value, expires) = triple?;
        name.with_bytes(|name| value.with_bytes(|value| fields.add(at, name, value, expires)))?;
    }
    Ok(fields.hash)
}

/// A field, its value, and when it expires.
type Triple<'i> = (Item<'i>, Item<'i>, Option<i64>);

/// The items of a listpack by three.
fn triples(at: u64, pack: &Listpack) -> impl Iterator<Item = Result<Triple<'_>, Error>> {
    let mut items = pack.iter();
    std::iter::from_fn(move || {
        let name = items.next()?;
        let (Some(value), Some(expires)) = (items.next(), items.next()) else {
            return Some(Err(Error::bad(at, "a listpack of triples with other entries")));
        };
        let expires = match expires {
            Item::Int(0) => Ok(None),
            Item::Int(ms) => expiry(at, u64::try_from(ms).ok()).map(Some),
            Item::Bytes(_) => expiry(at, None).map(Some),
        };
        Some(expires.map(|expires| (name, value, expires)))
    })
}

/// The value of a form in bytes that are there as a whole; `offset` is what errors call the first one. What is behind
/// the value is not looked at.
pub(super) fn from_slice(bytes: &[u8], offset: u64, form: u8, limits: &Limits) -> Result<Value, Error> {
    value(&mut FromSlice::new(bytes, offset), form, limits)
}
