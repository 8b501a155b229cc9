//! Streams: nodes (an ID and a listpack), what is known of the whole, groups with what is pending and consumers.

use super::decode::listpack;
use super::error::Error;
use super::kind;
use super::source::Source;
use crate::types::stream::{Id, Pending, Stream};

/// An ID as two numbers.
fn id(src: &mut impl Source) -> Result<Id, Error> {
    Ok(Id::new(src.number()?, src.number()?))
}

/// An ID as 16 bytes.
fn raw_id(src: &mut impl Source) -> Result<Id, Error> {
    let ms = u64::from_be_bytes(src.array()?);
    Ok(Id::new(ms, u64::from_be_bytes(src.array()?)))
}

/// The stream of a form.
pub(super) fn decode(src: &mut impl Source, form: u8) -> Result<Stream, Error> {
    let at = src.offset();
    let mut stream = Stream::new();
    let nodes = src.count(16)?;
    let (mut last, mut key) = (None, Vec::new());
    for _ in 0..nodes {
        let at = src.offset();
        src.string(&mut key)?;
        let (Some(ms), Some(seq), 16) = (key.first_chunk(), key.last_chunk(), key.len()) else {
            return Err(Error::bad(at, "a stream's node without an ID"));
        };
        let master = Id::new(u64::from_be_bytes(*ms), u64::from_be_bytes(*seq));
        let pack = listpack(src)?;
        let pushed = stream.log_mut().push_listpack(master, &pack, last);
        last = pushed.ok_or_else(|| Error::bad(at, "a damaged node of a stream"))?;
    }
    let at_len = src.offset();
    if src.number()? != stream.log().len() {
        return Err(Error::bad(at_len, "a stream of another length than its entries"));
    }
    let last_id = id(src)?;
    if last.is_some_and(|last| last > last_id) {
        return Err(Error::bad(at, "a stream with an entry above its last ID"));
    }
    let log = stream.log_mut();
    log.last_id = last_id;
    log.added = log.len();
    if form != kind::STREAM {
        // The first ID is known from the entries.
        id(src)?;
        log.max_deleted = id(src)?;
        log.added = src.number()?;
    }
    for _ in 0..src.count(4)? {
        group(src, form, &mut stream)?;
    }
    Ok(stream)
}

fn group(src: &mut impl Source, form: u8, stream: &mut Stream) -> Result<(), Error> {
    let at = src.offset();
    let mut name = Vec::new();
    src.string(&mut name)?;
    let last_id = id(src)?;
    let read = if form == kind::STREAM {
        stream.log().rank(last_id)
    } else {
        // -1 if it is not known.
        Some(src.number()?.cast_signed()).filter(|read| *read != -1)
    };
    if !stream.groups_mut().create(&name, last_id, read) {
        return Err(Error::bad(at, "a group of a stream for the second time"));
    }
    let Some(mut group) = stream.groups_mut().get_mut(&name) else { return Ok(()) };
    let at = src.offset();
    let mut pending = Vec::new();
    for _ in 0..src.count(25)? {
        let id = raw_id(src)?;
        let time = i64::from_le_bytes(src.array()?);
        pending.push((id, time, src.number()?));
    }
    if !pending.is_sorted_by(|(a, ..), (b, ..)| a < b) {
        return Err(Error::bad(at, "pending entries of a stream's group out of order"));
    }
    for _ in 0..src.count(10)? {
        let at = src.offset();
        src.string(&mut name)?;
        let seen = i64::from_le_bytes(src.array()?);
        if group.find(&name).is_some() {
            return Err(Error::bad(at, "a consumer of a stream's group for the second time"));
        }
        let consumer = group.add_consumer(&name, seen);
        if form == kind::STREAM_3 {
            src.array::<8>()?;
        }
        for _ in 0..src.count(16)? {
            let at = src.offset();
            let id = raw_id(src)?;
            let found = pending.binary_search_by_key(&id, |(id, ..)| *id).ok().and_then(|at| pending.get(at));
            match found {
                Some(&(_, time, count)) if group.pending(id).is_none() => {
                    group.hand_over(id, Pending { time, count, consumer });
                }
                _ => return Err(Error::bad(at, "a consumer's pending entry that its group does not know")),
            }
        }
    }
    if group.pending_len() != pending.len() {
        return Err(Error::bad(at, "a pending entry of a stream's group without a consumer"));
    }
    Ok(())
}

/// What a stream is written to, part by part.
pub(super) trait Parts {
    /// Why writing fails.
    type Error;
    /// A number in the form of a length.
    fn number(&mut self, n: u64) -> Result<(), Self::Error>;
    /// A string.
    fn string(&mut self, text: &[u8]) -> Result<(), Self::Error>;
    /// Bytes as they are.
    fn raw(&mut self, bytes: &[u8]) -> Result<(), Self::Error>;
}

fn put_id<P: Parts>(out: &mut P, id: Id) -> Result<(), P::Error> {
    out.number(id.ms)?;
    out.number(id.seq)
}

fn raw(id: Id) -> [u8; 16] {
    (u128::from(id.ms) << 64 | u128::from(id.seq)).to_be_bytes()
}

/// Writes a stream as [`kind::STREAM_2`].
pub(super) fn encode<P: Parts>(stream: &Stream, out: &mut P) -> Result<(), P::Error> {
    let log = stream.log();
    out.number(log.node_count() as u64)?;
    for (master, pack) in log.listpacks() {
        out.string(&raw(master))?;
        out.string(pack.as_bytes())?;
    }
    out.number(log.len())?;
    put_id(out, log.last_id)?;
    put_id(out, log.first_id().unwrap_or(Id::MIN))?;
    put_id(out, log.max_deleted)?;
    out.number(log.added)?;
    out.number(stream.groups().len() as u64)?;
    for (name, group) in stream.groups().iter() {
        out.string(name)?;
        put_id(out, group.last_id)?;
        out.number(group.read.unwrap_or(-1).cast_unsigned())?;
        out.number(group.pending_len() as u64)?;
        for (id, pending) in group.pending_range(Id::MIN, Id::MAX) {
            out.raw(&raw(id))?;
            out.raw(&pending.time.to_le_bytes())?;
            out.number(pending.count)?;
        }
        out.number(group.consumer_count() as u64)?;
        for (consumer, known) in group.consumers() {
            out.string(&known.name)?;
            out.raw(&known.seen.to_le_bytes())?;
            out.number(known.pending() as u64)?;
            for (id, _) in group.pending_of(consumer, Id::MIN, Id::MAX) {
                out.raw(&raw(id))?;
            }
        }
    }
    Ok(())
}
