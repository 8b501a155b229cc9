//! Reading the files of a manifest back, in order, one command at a time.
//!
//! The last file may end in the middle of a record, or of a transaction: that is what a crash leaves, and
//! everything before it is kept. Anything else that is not a record is damage, and an error.
//!
//! A transaction is kept in memory until its EXEC; how long it may be is not bounded, because nothing bounds
//! it when it is written. A damaged EXEC does not turn what follows into one: it is a command nobody knows.

use std::io;
use std::path::Path;

use smallvec::SmallVec;

use super::Cut;
use super::record::{Bad, Parser, Step};
use super::unit::{self, Head};
use crate::base::error::{Error, ErrorKind, Result};
use crate::persist::storage::{Storage, StorageFile};
use crate::rdb;

/// What one file held.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FileReplay {
    /// How many commands were handed over.
    pub(crate) commands: u64,
    /// Its length in bytes.
    pub(crate) len: u64,
    /// The torn tail to cut off before anything is appended.
    pub(crate) torn: Option<Cut>,
    /// Some annotation told a time.
    pub(crate) dated: bool,
    /// What is later than [`Place::until`]; nothing of it was read.
    pub(crate) later: Option<Cut>,
}

/// Where a file stands in the manifest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// A base file may be, or begin with, an RDB file.
    pub(crate) base: bool,
    /// Only the last file may end in a torn write.
    pub(crate) last: bool,
    /// An increment that we began, which begins with a unit: zeros at its beginning are a hole.
    pub(crate) ours: bool,
    /// `aof-load-truncated`: whether a torn tail is accepted at all.
    pub(crate) load_truncated: bool,
    /// `aof-load-until`: the Unix time in seconds up to which effects are wanted.
    pub(crate) until: Option<i64>,
}

/// Takes one command.
pub(crate) type Apply<'a> = &'a mut dyn FnMut(&[&[u8]]) -> Result<()>;

/// Whether there is a command of this name. A transaction is checked while it is collected: without that, one
/// damaged EXEC would make everything after it the inside of a transaction that has no end.
pub(crate) type Known<'a> = &'a dyn Fn(&[u8]) -> bool;

/// What is known of an RDB file whose keys were loaded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct BaseLoaded {
    /// Where it ends.
    pub(crate) end: u64,
    /// When it was made, in Unix seconds, if it says so.
    pub(crate) made_s: Option<i64>,
}

/// Loads the keys of an RDB file.
pub(crate) type Base<'a> = &'a mut dyn FnMut(&Path) -> Result<BaseLoaded>;

/// Hands every whole command of the file to `apply`, transactions without their MULTI and EXEC; a base that is an RDB
/// file, or begins with one, to `base`.
pub(crate) fn replay_file(
    storage: &dyn Storage,
    path: &Path,
    place: Place,
    known: Known<'_>,
    apply: Apply<'_>,
    base: Base<'_>,
) -> Result<FileReplay> {
    let failed = |e: io::Error| Error::io("cannot read", path, &e);
    let len = match storage.metadata(path).map_err(failed)? {
        Some(m) if !m.is_dir => m.len,
        _ => return Err(Error::new(ErrorKind::Corrupt, format!("{}: not a file", path.display()))),
    };
    let mut source = Source::new(storage.open_read(path).map_err(failed)?, len);
    let mut reader =
        Reader { path, place, known, tx: None, commands: 0, dated: false, later: None, unit: None };
    if place.base {
        reader.load_rdb(&mut source, base)?;
    }
    let torn = reader.run(&mut source, apply)?;
    if place.base && reader.later.is_some() {
        return Err(reader.too_late());
    }
    Ok(FileReplay { commands: reader.commands, len, torn, dated: reader.dated, later: reader.later })
}

/// Where a unit lies in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unit {
    /// Its annotation.
    pub(crate) start: u64,
    /// What belongs to it.
    pub(crate) bytes: u64,
    end: u64,
    /// The file ends before it does.
    short: bool,
}

/// The commands of a MULTI that has not met its EXEC; nothing of it counts before.
struct Transaction {
    offset: u64,
    /// Where it began.
    unit: Option<Unit>,
    bytes: Vec<u8>,
    /// The length of each argument, and how many of them each command has.
    args: Vec<usize>,
    commands: Vec<(u64, usize)>,
}

struct Reader<'a> {
    path: &'a Path,
    place: Place,
    known: Known<'a>,
    tx: Option<Transaction>,
    commands: u64,
    dated: bool,
    later: Option<Cut>,
    /// The last unit that was met.
    unit: Option<Unit>,
}

impl Reader<'_> {
    fn run(&mut self, source: &mut Source, apply: Apply<'_>) -> Result<Option<Cut>> {
        let mut parser = Parser::default();
        loop {
            match parser.step(source.bytes()) {
                Ok(Step::Partial(need)) => {
                    if source.fill(need).map_err(|e| Error::io("cannot read", self.path, &e))? {
                        continue;
                    }
                    return self.end(source, &parser);
                }
                Ok(Step::Annotation(n)) => {
                    let line = source.bytes().get(..n).unwrap_or_default();
                    if self.is_later(line) {
                        self.later = Some(self.cut(source.offset, source.len));
                        return Ok(None);
                    }
                    if line.starts_with(unit::MARK)
                        && let Some(cut) = self.enter(source, Head::parse(line))?
                    {
                        return Ok(Some(cut));
                    }
                    source.consume(n);
                }
                Ok(Step::Command(n)) => {
                    let bytes = source.bytes();
                    let argv: SmallVec<[&[u8]; 16]> =
                        parser.args().iter().map(|r| bytes.get(r.clone()).unwrap_or_default()).collect();
                    self.command(source.offset, &argv, apply)?;
                    drop(argv);
                    source.consume(n);
                }
                Err(bad) => return self.damage(source, &bad),
            }
            parser.reset();
        }
    }

    /// Whether an annotation says that what follows is later than what is wanted.
    fn is_later(&mut self, annotation: &[u8]) -> bool {
        let digits = annotation.strip_prefix(b"#TS:").map(<[u8]>::trim_ascii_end);
        let Some(at) = digits.and_then(crate::base::num::parse_i64) else { return false };
        self.dated = true;
        self.place.until.is_some_and(|until| at > until)
    }

    /// A unit begins: looks whether it is whole. What is to be cut off, if it is what a crash left.
    fn enter(&mut self, source: &mut Source, head: Option<Head>) -> Result<Option<Cut>> {
        let start = source.offset;
        let Some(head) = head else {
            source.fill_all().map_err(|e| Error::io("cannot read", self.path, &e))?;
            self.must_have_hole(start, source.bytes())?;
            return self.unwritten(source, start, "in a unit that is not whole").map(Some);
        };
        let bytes = start.saturating_add(unit::HEAD as u64);
        let end = bytes.saturating_add(head.len);
        let len = usize::try_from(head.len).unwrap_or(usize::MAX);
        let whole = unit::HEAD.saturating_add(len);
        while source.bytes().len() < whole {
            if !source.fill(whole).map_err(|e| Error::io("cannot read", self.path, &e))? {
                break;
            }
        }
        let (line, behind) = source.bytes().split_at_checked(unit::HEAD).unwrap_or_default();
        let fits = behind.get(..len).map(|bytes| head.fits(line, bytes));
        let short = fits.is_none();
        // No other unit can begin inside of one.
        let odd = unit::has_hole(bytes, behind) || memchr::memmem::find(behind, unit::MARK).is_some();
        if fits == Some(false) {
            self.must_have_hole(start, source.bytes().get(..whole).unwrap_or_default())?;
        }
        if fits == Some(false) || short && odd {
            return self.unwritten(source, start, "in a unit that is not whole").map(Some);
        }
        self.unit = Some(Unit { start, bytes, end, short });
        Ok(None)
    }

    /// A power cut leaves zeros where nothing came to the disk. Other bytes than were written are damage.
    fn must_have_hole(&self, start: u64, bytes: &[u8]) -> Result<()> {
        if unit::has_hole(start, bytes) {
            return Ok(());
        }
        Err(self.corrupt(start, "its checksum says otherwise"))
    }

    /// What was never written, or is damaged, from an offset on: later units know.
    fn unwritten(&self, source: &mut Source, from: u64, how: &str) -> Result<Cut> {
        if !self.place.last {
            return Err(self.corrupt(from, "its checksum says otherwise"));
        }
        source.fill_all().map_err(|e| Error::io("cannot read", self.path, &e))?;
        if unit::was_durable(from, source.bytes().get(1..).unwrap_or_default()) {
            return Err(self.corrupt(from, "its checksum says otherwise, and it had been on disk"));
        }
        self.torn(from, source.len, how)
    }

    /// What lies behind an offset, or behind the beginning of the transaction around it.
    fn cut(&self, offset: u64, len: u64) -> Cut {
        let (offset, unit) = self.tx.as_ref().map_or((offset, self.unit), |tx| (tx.offset, tx.unit));
        let unit = unit.filter(|unit| unit.start < offset && offset < unit.end);
        let unit = unit.map(|unit| (unit.start, unit.bytes));
        Cut { path: self.path.to_path_buf(), offset, bytes: len.saturating_sub(offset), unit }
    }

    fn too_late(&self) -> Error {
        let text = format!("{}: aof-load-until: this base is of a later time", self.path.display());
        Error::new(ErrorKind::Arg, text)
    }

    fn command(&mut self, offset: u64, argv: &[&[u8]], apply: Apply<'_>) -> Result<()> {
        let is = |name: &[u8]| matches!(argv, [only] if only.eq_ignore_ascii_case(name));
        match &mut self.tx {
            None if is(b"MULTI") => {
                let unit = self.unit;
                self.tx = Some(Transaction { offset, unit, bytes: vec![], args: vec![], commands: vec![] });
            }
            Some(_) if is(b"MULTI") => return Err(self.corrupt(offset, "MULTI inside of MULTI")),
            None if is(b"EXEC") => return Err(self.corrupt(offset, "EXEC without MULTI")),
            Some(_) if is(b"EXEC") => return self.exec(apply),
            Some(_) if !argv.first().is_some_and(|name| (self.known)(name)) => {
                return Err(self.corrupt(offset, "an unknown command inside of a transaction"));
            }
            Some(tx) => {
                for arg in argv {
                    tx.bytes.extend_from_slice(arg);
                    tx.args.push(arg.len());
                }
                tx.commands.push((offset, argv.len()));
            }
            None => self.hand_over(offset, argv, apply)?,
        }
        Ok(())
    }

    fn exec(&mut self, apply: Apply<'_>) -> Result<()> {
        let Some(tx) = self.tx.take() else { return Ok(()) };
        let (mut bytes, mut lens) = (tx.bytes.as_slice(), tx.args.iter());
        for (offset, argc) in tx.commands {
            let mut argv: SmallVec<[&[u8]; 16]> = SmallVec::new();
            for len in lens.by_ref().take(argc) {
                let (arg, rest) = bytes.split_at_checked(*len).unwrap_or_default();
                argv.push(arg);
                bytes = rest;
            }
            self.hand_over(offset, &argv, apply)?;
        }
        Ok(())
    }

    fn hand_over(&mut self, offset: u64, argv: &[&[u8]], apply: Apply<'_>) -> Result<()> {
        self.commands = self.commands.saturating_add(1);
        apply(argv).map_err(|e| {
            let text = format!("{}: the command at offset {offset}: {}", self.path.display(), e.message());
            Error::new(e.kind(), text)
        })
    }

    /// The file ends, and what is left of it is the beginning of a record.
    fn end(&self, source: &Source, parser: &Parser) -> Result<Option<Cut>> {
        let left = source.bytes();
        if let Some(at) = parser.swallowed_records(left) {
            let at = source.offset.saturating_add(at as u64);
            let why = "an argument that ends after the file, though whole records follow inside it; \
                       its length is damaged, or it is a torn write of a value made of records";
            return Err(self.corrupt(at, why));
        }
        let short = self.unit.is_some_and(|unit| unit.short);
        match &self.tx {
            Some(tx) => self.torn(tx.offset, source.len, "inside of a transaction").map(Some),
            // Nothing to cut off, but nothing can follow a unit that promises more than there is.
            None if left.is_empty() && short => {
                self.torn(source.offset, source.len, "inside of a unit").map(Some)
            }
            None if left.is_empty() => Ok(None),
            None => self.torn(source.offset, source.len, "in the middle of a record").map(Some),
        }
    }

    /// No record has this byte here. A crashed file system may leave zeros where data was to come.
    fn damage(&self, source: &mut Source, bad: &Bad) -> Result<Option<Cut>> {
        let record = source.offset;
        let at = record.saturating_add(bad.at as u64);
        if self.place.last {
            source.consume(bad.at);
            if source.bytes().first() == Some(&0) && self.is_ours(record, source)? {
                // A sector that did not come to the disk, with something that did behind it.
                return self.unwritten(source, record, "in zeros, as after a crash of the system").map(Some);
            }
            if source.only_zeros_left().map_err(|e| Error::io("cannot read", self.path, &e))? {
                return self.torn(record, source.len, "in zeros, as after a crash of the system").map(Some);
            }
        }
        Err(self.corrupt(at, &format!("expected {}", bad.why)))
    }

    /// Whether a unit began before, begins behind, or must have begun at `record`.
    fn is_ours(&self, record: u64, source: &mut Source) -> Result<bool> {
        if self.unit.is_some() || self.place.ours && record == 0 {
            return Ok(true);
        }
        source.fill_all().map_err(|e| Error::io("cannot read", self.path, &e))?;
        Ok(memchr::memmem::find(source.bytes(), unit::MARK).is_some())
    }

    fn torn(&self, offset: u64, len: u64, how: &str) -> Result<Cut> {
        if !self.place.last {
            return Err(self.corrupt(offset, &format!("the file ends {how}, and it is not the last one")));
        }
        if !self.place.load_truncated {
            return Err(self.corrupt(offset, &format!("the file ends {how}, and aof-load-truncated is no")));
        }
        Ok(self.cut(offset, len))
    }

    fn corrupt(&self, offset: u64, why: &str) -> Error {
        Error::new(ErrorKind::Corrupt, format!("{}: damaged at offset {offset}: {why}", self.path.display()))
    }

    /// A base file may be an RDB file; RESP may follow it.
    fn load_rdb(&mut self, source: &mut Source, base: Base<'_>) -> Result<()> {
        let failed = |e: io::Error| Error::io("cannot read", self.path, &e);
        while source.bytes().len() < rdb::file::MAGIC.len() {
            let want = source.bytes().len().saturating_add(1);
            if !source.fill(want).map_err(failed)? {
                break;
            }
        }
        if !source.bytes().starts_with(rdb::file::MAGIC) {
            return Ok(());
        }
        let BaseLoaded { end: mut left, made_s } = base(self.path)?;
        self.dated |= made_s.is_some();
        if self.place.until.is_some_and(|until| made_s.is_some_and(|at| at > until)) {
            return Err(self.too_late());
        }
        while left > 0 {
            if source.bytes().is_empty() && !source.fill(1).map_err(failed)? {
                break;
            }
            let n = usize::try_from(left).unwrap_or(usize::MAX).min(source.bytes().len());
            source.consume(n);
            left = left.saturating_sub(n as u64);
        }
        Ok(())
    }
}

const BUFFER: usize = 1 << 20;

/// A window onto the file that grows to the size of a record, never beyond what the file holds.
pub(super) struct Source {
    file: Box<dyn StorageFile>,
    /// The length of the file when it was opened, or what of it is to be read.
    pub(super) len: u64,
    buf: Vec<u8>,
    start: usize,
    end: usize,
    /// The offset in the file of `buf[start]`.
    pub(super) offset: u64,
}

impl Source {
    pub(super) fn new(file: Box<dyn StorageFile>, len: u64) -> Self {
        Self { file, len, buf: Vec::new(), start: 0, end: 0, offset: 0 }
    }

    /// Begins at an offset instead of at the beginning.
    pub(super) fn begin_at(&mut self, offset: u64) -> io::Result<()> {
        self.offset = offset;
        self.file.skip(offset)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.buf.get(self.start..self.end).unwrap_or_default()
    }

    pub(super) fn consume(&mut self, n: usize) {
        self.start = self.start.saturating_add(n).min(self.end);
        self.offset = self.offset.saturating_add(n as u64);
    }

    /// Reads on, with room for `need` bytes in all. False at the end of the file.
    pub(super) fn fill(&mut self, need: usize) -> io::Result<bool> {
        let have = self.end.saturating_sub(self.start);
        let left = self.len.saturating_sub(self.offset).saturating_sub(have as u64);
        if left == 0 {
            return Ok(false);
        }
        if self.start > 0 {
            self.buf.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, have);
        }
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        // A record of unknown length doubles the buffer, so that a long one is not copied over and over.
        let grown = if need > self.buf.len() { self.buf.len().saturating_mul(2) } else { 0 };
        let room = need.max(grown).max(BUFFER).min(have.saturating_add(left));
        if self.buf.len() < room || self.buf.len() > BUFFER.max(room) {
            self.buf.resize(room, 0);
            self.buf.shrink_to(BUFFER);
        }
        let free = self.buf.get_mut(have..).unwrap_or_default();
        let wanted = free.len().min(left);
        let free = free.get_mut(..wanted).unwrap_or_default();
        loop {
            match self.file.read(free) {
                Ok(n) => {
                    self.end = have.saturating_add(n).min(self.buf.len());
                    if n == 0 {
                        // Shorter than it was a moment ago: what is there is what counts.
                        self.len = self.offset.saturating_add(have as u64);
                    }
                    return Ok(n > 0);
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }

    /// Reads the rest of the file.
    fn fill_all(&mut self) -> io::Result<()> {
        while self.fill(self.end.saturating_sub(self.start).saturating_add(1))? {}
        Ok(())
    }

    /// True when there are bytes left and all are zero; reads them all.
    fn only_zeros_left(&mut self) -> io::Result<bool> {
        let mut any = false;
        loop {
            let bytes = self.bytes();
            if bytes.iter().any(|&b| b != 0) {
                return Ok(false);
            }
            any |= !bytes.is_empty();
            self.consume(bytes.len());
            if !self.fill(1)? {
                return Ok(any);
            }
        }
    }
}

#[cfg(test)]
#[path = "replay_tests.rs"]
mod tests;
