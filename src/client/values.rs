//! Typed calls of hashes, lists, sets and sorted sets; see `typed.rs`. A command's own function does the work.

use super::Client;
use super::typed::{Access, index, keep, run};
use crate::base::error::Result;
use crate::base::num;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::Effect;
use crate::cmd::error::CmdError;
use crate::cmd::zset::add::{AddOpts, Pair};
use crate::cmd::{hash, list, set, zset};
use crate::keyspace::raw::StrRef;
use crate::types::list::Element;
use crate::types::list::End;
use crate::types::listpack::Item;

/// The shortest text of a score, for the journal.
fn text_of(score: f64) -> Vec<u8> {
    let mut text = Vec::new();
    num::push_f64(&mut text, score);
    text
}

fn signed(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// No score is NaN.
fn number(score: f64) -> std::result::Result<f64, CmdError> {
    if score.is_nan() { Err(CmdError::NotFloat) } else { Ok(score) }
}

impl Client {
    /// A call that changes the value of `words[0]`: `words` are the arguments, in the order of the command's.
    #[inline]
    fn change<R, const N: usize>(
        &mut self,
        name: &str,
        place: u8,
        access: Access,
        words: [&[u8]; N],
        apply: impl FnOnce(&mut Ctx<'_>) -> std::result::Result<(R, Effect), CmdError>,
    ) -> Result<R> {
        self.begin_typed()?;
        let Self { engine, session, .. } = self;
        let mut call: smallvec::SmallVec<[&[u8]; 4]> = smallvec::smallvec![name.as_bytes()];
        call.extend_from_slice(&words);
        run(engine, session, place, access, words, Some(&call), apply)
    }

    /// HSET of one field: whether it is new.
    pub fn hset(&mut self, key: &[u8], field: &[u8], value: &[u8]) -> Result<bool> {
        self.change("HSET", const { index("hset") }, Access::Grow, [key, field, value], |ctx| {
            let (added, effect) = hash::set::hset(ctx, key, &[field, value])?;
            Ok((added > 0, effect))
        })
    }

    /// HGET: the value of a field, borrowed until the next call.
    pub fn hget(&mut self, key: &[u8], field: &[u8]) -> Result<Option<&[u8]>> {
        self.begin_typed()?;
        let Self { engine, session, value, pin, held, .. } = self;
        let place = const { index("hget") };
        let found = run(engine, session, place, Access::Read, [key, field], None, |ctx| {
            let found = hash::get::hget(ctx, key, field, |found| {
                found.map(|item| keep_item(item, |text| keep(text, value, pin, held))).is_some()
            })?;
            Ok((found, Effect::None))
        })?;
        Ok(found.then(|| self.kept()))
    }

    /// HDEL of one field: whether it was there.
    pub fn hdel(&mut self, key: &[u8], field: &[u8]) -> Result<bool> {
        self.change("HDEL", const { index("hdel") }, Access::Write, [key, field], |ctx| {
            let (removed, effect) = hash::del::hdel(ctx, key, &[field])?;
            Ok((removed > 0, effect))
        })
    }

    /// HLEN: the number of fields, 0 without a key.
    pub fn hlen(&mut self, key: &[u8]) -> Result<i64> {
        self.typed(const { index("hlen") }, Access::Read, [key], |ctx| {
            Ok((hash::get::hlen(ctx, key)?, Effect::None))
        })
    }

    /// HINCRBY: the value after adding `by`.
    pub fn hincr_by(&mut self, key: &[u8], field: &[u8], by: i64) -> Result<i64> {
        let mut digits = [0; 20];
        let words = [key, field, num::write_i64(&mut digits, by)];
        self.change("HINCRBY", const { index("hincrby") }, Access::Grow, words, |ctx| {
            hash::counter::incr_by(ctx, key, field, by)
        })
    }

    /// LPUSH of one element: the length then.
    pub fn lpush(&mut self, key: &[u8], element: &[u8]) -> Result<i64> {
        self.change("LPUSH", const { index("lpush") }, Access::Grow, [key, element], |ctx| {
            list::push::push(ctx, key, End::Left, &[element], false)
        })
    }

    /// RPUSH of one element: the length then.
    pub fn rpush(&mut self, key: &[u8], element: &[u8]) -> Result<i64> {
        self.change("RPUSH", const { index("rpush") }, Access::Grow, [key, element], |ctx| {
            list::push::push(ctx, key, End::Right, &[element], false)
        })
    }

    /// LPOP: the first element, removed; borrowed until the next call.
    pub fn lpop(&mut self, key: &[u8]) -> Result<Option<&[u8]>> {
        self.pop(key, End::Left, b"LPOP", const { index("lpop") })
    }

    /// RPOP: the last element, removed; borrowed until the next call.
    pub fn rpop(&mut self, key: &[u8]) -> Result<Option<&[u8]>> {
        self.pop(key, End::Right, b"RPOP", const { index("rpop") })
    }

    fn pop(&mut self, key: &[u8], end: End, name: &[u8], place: u8) -> Result<Option<&[u8]>> {
        self.begin_typed()?;
        let Self { engine, session, value, pin, held, .. } = self;
        let found = run(engine, session, place, Access::Write, [key], Some(&[name, key]), |ctx| {
            list::pop::pop(ctx, key, end, &mut |element| match element {
                Element::Packed(item) => keep_item(item, |text| keep(text, value, pin, held)),
                Element::Plain(block) => keep(StrRef::Block(block), value, pin, held),
                element @ Element::Prefixed(..) => {
                    element.with_bytes(|text| keep(StrRef::Bytes(text), value, pin, held));
                }
            })
        })?;
        Ok(found.then(|| self.kept()))
    }

    /// LLEN: the number of elements, 0 without a key.
    pub fn llen(&mut self, key: &[u8]) -> Result<i64> {
        self.typed(const { index("llen") }, Access::Read, [key], |ctx| {
            Ok((list::len(ctx, key)?, Effect::None))
        })
    }

    /// SADD of one member: whether it is new.
    pub fn sadd(&mut self, key: &[u8], member: &[u8]) -> Result<bool> {
        self.change("SADD", const { index("sadd") }, Access::Grow, [key, member], |ctx| {
            let (added, effect) = set::member::add(ctx, key, &[member])?;
            Ok((added > 0, effect))
        })
    }

    /// SREM of one member: whether it was there.
    pub fn srem(&mut self, key: &[u8], member: &[u8]) -> Result<bool> {
        self.change("SREM", const { index("srem") }, Access::Write, [key, member], |ctx| {
            let (removed, effect) = set::member::remove(ctx, key, &[member])?;
            Ok((removed > 0, effect))
        })
    }

    /// SISMEMBER: whether a member is there.
    pub fn sismember(&mut self, key: &[u8], member: &[u8]) -> Result<bool> {
        self.typed(const { index("sismember") }, Access::Read, [key, member], |ctx| {
            Ok((set::member::contains(ctx, key, member)?, Effect::None))
        })
    }

    /// SCARD: the number of members, 0 without a key.
    pub fn scard(&mut self, key: &[u8]) -> Result<i64> {
        self.typed(const { index("scard") }, Access::Read, [key], |ctx| {
            Ok((signed(set::member::len(ctx, key)?), Effect::None))
        })
    }

    /// ZADD of one member: whether it is new. A score that is NaN is an error.
    pub fn zadd(&mut self, key: &[u8], score: f64, member: &[u8]) -> Result<bool> {
        let text = text_of(score);
        self.change("ZADD", const { index("zadd") }, Access::Grow, [key, &text, member], |ctx| {
            let pairs = [Pair { score: number(score)?, member }];
            let done = zset::add::add(ctx, key, &AddOpts::default(), &pairs)?;
            Ok((done.added > 0, done.effect()))
        })
    }

    /// ZREM of one member: whether it was there.
    pub fn zrem(&mut self, key: &[u8], member: &[u8]) -> Result<bool> {
        self.change("ZREM", const { index("zrem") }, Access::Write, [key, member], |ctx| {
            let (removed, effect) = zset::remove::remove(ctx, key, [member])?;
            Ok((removed > 0, effect))
        })
    }

    /// ZSCORE: the score of a member.
    pub fn zscore(&mut self, key: &[u8], member: &[u8]) -> Result<Option<f64>> {
        self.typed(const { index("zscore") }, Access::Read, [key, member], |ctx| {
            Ok((zset::score::score(ctx, key, member)?, Effect::None))
        })
    }

    /// ZINCRBY: the score after adding `by`.
    pub fn zincr_by(&mut self, key: &[u8], by: f64, member: &[u8]) -> Result<f64> {
        let text = text_of(by);
        self.change("ZINCRBY", const { index("zincrby") }, Access::Grow, [key, &text, member], |ctx| {
            zset::add::incr_by(ctx, key, member, number(by)?)
        })
    }

    /// ZCARD: the number of members, 0 without a key.
    pub fn zcard(&mut self, key: &[u8]) -> Result<i64> {
        self.typed(const { index("zcard") }, Access::Read, [key], |ctx| {
            Ok((signed(zset::score::card(ctx, key)?), Effect::None))
        })
    }

    /// ZRANK: the place of a member in the order of scores, the lowest is 0.
    pub fn zrank(&mut self, key: &[u8], member: &[u8]) -> Result<Option<i64>> {
        self.typed(const { index("zrank") }, Access::Read, [key, member], |ctx| {
            let found = zset::rank::rank(ctx, key, member, false)?;
            Ok((found.map(|(rank, _)| signed(rank)), Effect::None))
        })
    }
}

/// Hands a listpack's item to `keep` as a string's value.
fn keep_item(item: Item<'_>, keep: impl FnOnce(StrRef<'_>)) {
    match item {
        Item::Int(i) => keep(StrRef::Int(i)),
        Item::Bytes(bytes) => keep(StrRef::Bytes(bytes)),
    }
}
