//! DEBUG DIGEST and DIGEST-VALUE: what Redis answers for the same data, so that two databases can be compared.
//!
//! A digest is 20 bytes. Mixing data in makes it the SHA-1 of itself xor the SHA-1 of the data, so that the order
//! counts; adding data only does the xor, so that it does not. Lists and streams are mixed, sets added, and of hashes
//! and sorted sets the digest of each element is added.

use sha1_smol::Sha1;

use crate::base::num;
use crate::cmd::ctx::Ctx;
use crate::keyspace::raw::{Entry, StrRef, ValueRef};
use crate::reply::sink::ReplySink;
use crate::types::listpack::Item;
use crate::types::object::Object;
use crate::types::stream::Id;

/// What is added for a key with an expiry, and for such a field of a hash.
const EXPIRES: &[u8] = b"!!expire!!";
const FIELD_EXPIRES: &[u8] = b"!!hexpire!!";

/// See the module.
#[derive(Default)]
struct Digest([u8; 20]);

impl Digest {
    fn add(&mut self, data: &[u8]) {
        let other = Sha1::from(data).digest().bytes();
        self.0.iter_mut().zip(other).for_each(|(byte, other)| *byte ^= other);
    }

    fn mix(&mut self, data: &[u8]) {
        self.add(data);
        self.0 = Sha1::from(self.0).digest().bytes();
    }

    fn mix_item(&mut self, item: Item<'_>) {
        item.with_bytes(|text| self.mix(text));
    }

    /// The number that Redis has for a type, or that of a database.
    fn mix_number(&mut self, number: u32) {
        self.mix(&number.to_be_bytes());
    }

    fn hex(&self) -> String {
        self.0
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .map(|n| char::from(b"0123456789abcdef"[usize::from(n)]))
            .collect()
    }

    /// The value of a key and whether it expires.
    fn mix_entry(&mut self, entry: &Entry) {
        match entry.value() {
            ValueRef::Str(text) => {
                self.mix_number(0);
                match text {
                    StrRef::Int(value) => self.mix(num::write_i64(&mut [0; 20], value)),
                    StrRef::Bytes(bytes) => self.mix(bytes),
                    StrRef::Block(block) => self.mix(block),
                }
            }
            ValueRef::Object(object) => self.mix_object(object),
        }
        if entry.expire_at().is_some() {
            self.add(EXPIRES);
        }
    }

    fn mix_object(&mut self, object: &Object) {
        match object {
            Object::List(list) => {
                self.mix_number(1);
                list.iter().for_each(|element| element.with_bytes(|text| self.mix(text)));
            }
            Object::Set(set) => {
                self.mix_number(2);
                set.iter().for_each(|member| member.with_bytes(|text| self.add(text)));
            }
            Object::Zset(zset) => {
                self.mix_number(3);
                let mut score = Vec::new();
                for element in zset.iter(false) {
                    score.clear();
                    num::push_f64(&mut score, element.score);
                    let mut one = Self::default();
                    one.mix_item(element.member);
                    one.mix(&score);
                    self.add(&one.0);
                }
            }
            Object::Hash(hash) => {
                self.mix_number(4);
                for field in hash.iter() {
                    let mut one = Self::default();
                    one.mix_item(field.name);
                    one.mix_item(field.value);
                    if field.expiry.is_some() {
                        one.add(FIELD_EXPIRES);
                    }
                    self.add(&one.0);
                }
            }
            Object::Stream(stream) => {
                self.mix_number(6);
                for entry in stream.log().range(Id::MIN, Id::MAX) {
                    let mut id = Vec::new();
                    num::push_u64(&mut id, entry.id.ms);
                    id.push(b'.');
                    num::push_u64(&mut id, entry.id.seq);
                    self.mix(&id);
                    for (name, value) in entry.pairs() {
                        self.mix_item(name);
                        self.mix_item(value);
                    }
                }
            }
        }
    }
}

/// DEBUG DIGEST: all databases, under all locks, so that it is a state that there was. Keys whose time has come and
/// that are still there count.
pub(super) fn whole(ctx: &mut Ctx<'_>, out: &mut dyn ReplySink) {
    let space = ctx.host.space();
    // Inside of a transaction they are held already.
    let own = if ctx.view().holds_all() { None } else { Some(space.lock_all(false)) };
    let view = own.as_ref().unwrap_or(ctx.view());
    let mut all = Digest::default();
    for db in (0..space.databases()).filter(|db| view.len(*db) > 0) {
        all.mix_number(u32::try_from(db).unwrap_or(u32::MAX));
        for entry in view.iter(db) {
            let mut one = Digest::default();
            one.mix(entry.key());
            one.mix_entry(entry);
            all.add(&one.0);
        }
    }
    out.status(&all.hex());
}

/// DEBUG DIGEST-VALUE: of each key; zeros if it is absent. A key whose time has come counts if it is still there.
pub(super) fn values(ctx: &mut Ctx<'_>, keys: &[&[u8]], out: &mut dyn ReplySink) {
    let (space, db) = (ctx.host.space(), ctx.db());
    out.array(keys.len());
    for key in keys {
        let hash = space.hasher.hash(key);
        let mut digest = Digest::default();
        if let Some(entry) =
            ctx.view().look(space.hasher.shard(hash)).tables[db].get::<false>(hash, key, &space.hasher)
        {
            digest.mix_entry(entry);
        }
        out.status(&digest.hex());
    }
}
