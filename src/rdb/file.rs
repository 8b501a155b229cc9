//! What stands around values in an RDB file: `REDIS` and four digits of a version, parts that begin with an opcode each,
//! the end and a checksum of everything before it.
//!
//! A reader is asked for one event after the other. After [`Event::Key`] the value has to be taken: built at once, as its
//! bytes for another thread to build, or passed over. A writer is told the same parts.

use std::io::{self, Read, Write};

use super::decode::{self, module_name};
use super::encode::{Encoder, kind_of};
use super::error::{Error, Problem};
use super::skip::skip;
use super::source::{FromReader, FromSlice, Prefix, Source};
use super::{NEWEST_VERSION, VERSION, Value, ValueRef};
use crate::base::crc64::Crc64;
use crate::types::limits::Limits;

/// What a file begins with.
pub(crate) const MAGIC: &[u8; 5] = b"REDIS";
/// The bytes of magic and version.
pub(crate) const HEADER: usize = 9;
/// Files from this version on end with a checksum.
const CHECKSUM_FROM: u32 = 5;

/// What begins with which byte, besides values ([`super::kind`]).
pub(crate) mod opcode {
    /// Keys of a slot of a cluster: the slot, their number, how many of them expire.
    pub(crate) const SLOT_INFO: u8 = 244;
    /// A library of functions: its code.
    pub(crate) const FUNCTION: u8 = 245;
    /// A library of functions, as a release candidate of Redis 7.0 wrote it.
    pub(crate) const FUNCTION_PRE_GA: u8 = 246;
    /// Data of a module that belongs to no key.
    pub(crate) const MODULE_AUX: u8 = 247;
    /// How many seconds the next key was not used.
    pub(crate) const IDLE: u8 = 248;
    /// How often the next key was used, as LFU counts.
    pub(crate) const FREQ: u8 = 249;
    /// A name and a text.
    pub(crate) const AUX: u8 = 250;
    /// How many keys a database has, and how many of them expire.
    pub(crate) const RESIZE_DB: u8 = 251;
    /// When the next key expires, in milliseconds.
    pub(crate) const EXPIRE_MS: u8 = 252;
    /// The same in seconds.
    pub(crate) const EXPIRE_SECONDS: u8 = 253;
    /// The database of the keys that follow.
    pub(crate) const SELECT_DB: u8 = 254;
    /// The end.
    pub(crate) const END: u8 = 255;
}

/// A key, and what is said of it before its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    /// Its name.
    pub(crate) name: Vec<u8>,
    /// The form of its value.
    pub(crate) form: u8,
    /// When it expires, in Unix milliseconds.
    pub(crate) expire_at: Option<i64>,
    /// How many seconds it was not used.
    pub(crate) idle: Option<u64>,
    /// How often it was used, as LFU counts.
    pub(crate) freq: Option<u8>,
}

/// A part of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// A name and a text; which ones there are is not fixed.
    Aux(Vec<u8>, Vec<u8>),
    /// The database of the keys that follow.
    SelectDb(u64),
    /// How many keys the database has, and how many of them expire: to make room, not to be trusted.
    Resize(u64, u64),
    /// A slot of a cluster, its keys, and how many of them expire.
    SlotInfo(u64, u64, u64),
    /// The code of a library of functions.
    Function(Vec<u8>),
    /// A key, whose value has to be taken next.
    Key(Key),
    /// The end; the checksum was right.
    End,
}

/// Reads a file.
pub(crate) struct Reader<R> {
    src: FromReader<R>,
    version: u32,
    verify: bool,
    /// Memory for the next name.
    spare: Vec<u8>,
}

impl<R: Read> Reader<R> {
    /// Reads what `reader` gives, at most `len` bytes. `verify` says whether the checksum counts.
    pub(crate) fn new(reader: R, len: u64, verify: bool) -> Result<Self, Error> {
        let mut src = FromReader::new(reader, len);
        let head: [u8; HEADER] = src.array().map_err(|e| match e.problem {
            Problem::Truncated => Error::new(0, Problem::NoRdb),
            _ => e,
        })?;
        let digits = head.strip_prefix(MAGIC).and_then(|digits| std::str::from_utf8(digits).ok());
        let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()));
        let version = digits.and_then(|digits| digits.parse().ok()).filter(|version| *version > 0);
        let version: u32 = version.ok_or(Error::new(0, Problem::NoRdb))?;
        if version > NEWEST_VERSION.into() {
            return Err(Error::new(0, Problem::Version(version)));
        }
        Ok(Self { src, version, verify, spare: Vec::new() })
    }

    /// The version of the format that the file names.
    pub(crate) fn version(&self) -> u32 {
        self.version
    }

    /// The offset of the next byte.
    pub(crate) fn offset(&self) -> u64 {
        self.src.offset()
    }

    /// Bytes to the file's end.
    pub(crate) fn left(&self) -> u64 {
        self.src.left()
    }

    fn text(&mut self) -> Result<Vec<u8>, Error> {
        let mut text = std::mem::take(&mut self.spare);
        self.src.string(&mut text)?;
        Ok(text)
    }

    /// Takes the memory of a name back for the next one.
    pub(crate) fn reuse(&mut self, name: Vec<u8>) {
        self.spare = name;
    }

    /// Whether the value that comes is a plain string of at least so many bytes: not one to hold twice.
    pub(crate) fn is_long(&mut self, form: u8, from: u64) -> bool {
        if form != super::kind::STRING {
            return false;
        }
        let mut head = FromSlice::new(self.src.peek(HEADER), 0);
        match head.prefix() {
            Ok(Prefix::Len(n)) => n >= from,
            Ok(Prefix::Packed) => head.number().is_ok_and(|n| n >= from),
            _ => false,
        }
    }

    /// The next part.
    pub(crate) fn next(&mut self) -> Result<Event, Error> {
        let (mut expire_at, mut idle, mut freq) = (None, None, None);
        loop {
            let at = self.src.offset();
            match self.src.byte()? {
                opcode::EXPIRE_MS => expire_at = Some(i64::from_le_bytes(self.src.array()?)),
                opcode::EXPIRE_SECONDS => {
                    let seconds = i64::from(i32::from_le_bytes(self.src.array()?));
                    expire_at = Some(seconds.saturating_mul(1000));
                }
                opcode::IDLE => idle = Some(self.src.number()?),
                opcode::FREQ => freq = Some(self.src.byte()?),
                opcode::AUX => return Ok(Event::Aux(self.text()?, self.text()?)),
                opcode::SELECT_DB => return Ok(Event::SelectDb(self.src.number()?)),
                opcode::RESIZE_DB => return Ok(Event::Resize(self.src.number()?, self.src.number()?)),
                opcode::SLOT_INFO => {
                    let (slot, keys) = (self.src.number()?, self.src.number()?);
                    return Ok(Event::SlotInfo(slot, keys, self.src.number()?));
                }
                opcode::FUNCTION => return Ok(Event::Function(self.text()?)),
                opcode::FUNCTION_PRE_GA => {
                    return Err(Error::bad(at, "functions in the form of a release candidate of Redis 7.0"));
                }
                opcode::MODULE_AUX => {
                    let name = module_name(self.src.number()?);
                    return Err(Error::new(at, Problem::Module(name)));
                }
                opcode::END => {
                    self.end()?;
                    return Ok(Event::End);
                }
                form => return Ok(Event::Key(Key { name: self.text()?, form, expire_at, idle, freq })),
            }
        }
    }

    /// Checks the checksum.
    fn end(&mut self) -> Result<(), Error> {
        if self.version < CHECKSUM_FROM {
            return Ok(());
        }
        let should = self.src.checksum();
        let at = self.src.offset();
        let is = u64::from_le_bytes(self.src.array()?);
        // 0 is written by a server that was told not to compute it.
        if self.verify && is != 0 && is != should {
            return Err(Error::new(at, Problem::Checksum(is, should)));
        }
        Ok(())
    }

    /// The value of a key, built as `limits` say.
    pub(crate) fn value(&mut self, form: u8, limits: &Limits) -> Result<Value, Error> {
        decode::value(&mut self.src, form, limits)
    }

    /// Passes over the value of a key.
    pub(crate) fn skip(&mut self, form: u8) -> Result<(), Error> {
        skip(&mut self.src, form)
    }

    /// Appends the bytes of a key's value to `out`, for [`build`]. Answers the offset of the first one.
    pub(crate) fn capture(&mut self, form: u8, out: &mut Vec<u8>) -> Result<u64, Error> {
        let at = self.src.offset();
        skip(&mut Capture { src: &mut self.src, out }, form)?;
        Ok(at)
    }

    /// What the file has behind its end: the bytes that were read already, and the rest.
    pub(crate) fn into_rest(self) -> (Vec<u8>, R) {
        self.src.into_rest()
    }
}

/// Builds a value from the bytes that [`Reader::capture`] found, all of them.
pub(crate) fn build(bytes: &[u8], at: u64, form: u8, limits: &Limits) -> Result<Value, Error> {
    decode::from_slice(bytes, at, form, limits)
}

/// A source that keeps what is taken from it.
struct Capture<'s, S> {
    src: &'s mut S,
    out: &'s mut Vec<u8>,
}

impl<S: Source> Source for Capture<'_, S> {
    fn take(&mut self, n: usize) -> Result<&[u8], Error> {
        let from = self.out.len();
        self.src.take_into(n, self.out)?;
        Ok(self.out.get(from..).unwrap_or_default())
    }

    fn take_into(&mut self, n: usize, out: &mut Vec<u8>) -> Result<(), Error> {
        out.extend_from_slice(self.take(n)?);
        Ok(())
    }

    fn pass(&mut self, n: u64) -> Result<(), Error> {
        let at = self.src.offset();
        let n = self.src.within(at, n)?;
        self.src.take_into(n, self.out)
    }

    fn offset(&self) -> u64 {
        self.src.offset()
    }

    fn left(&self) -> u64 {
        self.src.left()
    }
}

/// Bytes are handed on in pieces of this size.
const PIECE: usize = 64 << 10;

/// Collects pieces and sums them up.
struct Pieces<W> {
    out: W,
    buf: Vec<u8>,
    crc: Option<Crc64>,
    written: u64,
}

impl<W: Write> Pieces<W> {
    fn hand_on(&mut self) -> io::Result<()> {
        let Self { out, buf, crc, written } = self;
        if let Some(crc) = crc {
            crc.update(buf);
        }
        out.write_all(buf)?;
        *written = written.saturating_add(buf.len() as u64);
        buf.clear();
        Ok(())
    }
}

impl<W: Write> Write for Pieces<W> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buf.len().saturating_add(bytes.len()) > PIECE {
            self.hand_on()?;
        }
        if bytes.len() < PIECE {
            self.buf.extend_from_slice(bytes);
        } else {
            // A long string does not pass through the buffer.
            if let Some(crc) = &mut self.crc {
                crc.update(bytes);
            }
            self.out.write_all(bytes)?;
            self.written = self.written.saturating_add(bytes.len() as u64);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.hand_on()?;
        self.out.flush()
    }
}

/// Writes a file. After an error there is nothing to go on with.
pub(crate) struct Writer<W> {
    encoder: Encoder<Pieces<W>>,
}

impl<W: Write> Writer<W> {
    /// Writes to `out`; `compress` and `checksum` are the settings `rdbcompression` and `rdbchecksum`.
    pub(crate) fn new(out: W, compress: bool, checksum: bool) -> io::Result<Self> {
        let crc = checksum.then(Crc64::new);
        let pieces = Pieces { out, buf: Vec::with_capacity(PIECE), crc, written: 0 };
        let mut encoder = Encoder::new(pieces, compress);
        encoder.raw(MAGIC)?;
        encoder.raw(format!("{VERSION:04}").as_bytes())?;
        Ok(Self { encoder })
    }

    /// A name and a text.
    pub(crate) fn aux(&mut self, name: &[u8], text: &[u8]) -> io::Result<()> {
        self.encoder.byte(opcode::AUX)?;
        self.encoder.string(name)?;
        self.encoder.string(text)
    }

    /// The code of a library of functions.
    pub(crate) fn function(&mut self, code: &[u8]) -> io::Result<()> {
        self.encoder.byte(opcode::FUNCTION)?;
        self.encoder.string(code)
    }

    /// The database of the keys that follow.
    pub(crate) fn select_db(&mut self, db: u64) -> io::Result<()> {
        self.encoder.byte(opcode::SELECT_DB)?;
        self.encoder.number(db)
    }

    /// How many keys the database has, and how many of them expire.
    pub(crate) fn resize(&mut self, keys: u64, expiring: u64) -> io::Result<()> {
        self.encoder.byte(opcode::RESIZE_DB)?;
        self.encoder.number(keys)?;
        self.encoder.number(expiring)
    }

    /// A key with its value. `idle` or `freq` is told where the policy of `maxmemory` needs it.
    pub(crate) fn key(
        &mut self,
        name: &[u8],
        value: ValueRef<'_>,
        expire_at: Option<i64>,
        idle: Option<u64>,
        freq: Option<u8>,
    ) -> io::Result<()> {
        if let Some(at) = expire_at {
            self.encoder.byte(opcode::EXPIRE_MS)?;
            self.encoder.raw(&at.to_le_bytes())?;
        }
        if let Some(seconds) = idle {
            self.encoder.byte(opcode::IDLE)?;
            self.encoder.number(seconds)?;
        }
        if let Some(freq) = freq {
            self.encoder.raw(&[opcode::FREQ, freq])?;
        }
        self.encoder.byte(kind_of(value))?;
        self.encoder.string(name)?;
        self.encoder.value(value)
    }

    /// What it writes to; up to a piece may not have come there yet.
    pub(crate) fn out_mut(&mut self) -> &mut W {
        &mut self.encoder.get_mut().out
    }

    /// Bytes given so far.
    pub(crate) fn len(&mut self) -> u64 {
        let pieces = self.encoder.get_mut();
        pieces.written.saturating_add(pieces.buf.len() as u64)
    }

    /// The end and the checksum. Answers what was written to.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        self.encoder.byte(opcode::END)?;
        let mut pieces = self.encoder.into_inner();
        pieces.hand_on()?;
        let crc = pieces.crc.take().map_or(0, |crc| crc.value());
        pieces.write_all(&crc.to_le_bytes())?;
        pieces.flush()?;
        Ok(pieces.out)
    }
}
