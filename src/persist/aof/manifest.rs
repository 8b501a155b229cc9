//! The manifest: which files make up the append-only file, one `file NAME seq N type T` per line.
//!
//! Names with special characters are quoted as in redis.conf. We read every manifest a Redis 7 writes, and
//! what we print it reads; beyond that we are stricter (no `seq 1x`, no name twice), because a manifest that
//! nobody would write is a damaged one.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use crate::base::error::{Error, ErrorKind, Result};

/// What a file is to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileType {
    /// The state at the last rewrite.
    Base,
    /// Replaced by a rewrite, not yet removed.
    History,
    /// The changes since the base.
    Incr,
}

/// One line of the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AofFile {
    /// A name in the directory of the manifest, never a path.
    pub(crate) name: OsString,
    /// Rises with every file of the same type.
    pub(crate) seq: u64,
    /// What the file is.
    pub(crate) kind: FileType,
    /// Of an increment that we began: the offset of the change feed at which it goes on, where the one before it ended. A
    /// word of our own, which Redis passes over.
    pub(crate) follows: Option<u64>,
}

/// The parsed manifest, grouped by type; within a type in the order of the lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// The base file; there is none before the first rewrite.
    pub(crate) base: Option<AofFile>,
    /// Files that wait to be removed.
    pub(crate) history: Vec<AofFile>,
    /// Increments, by rising sequence number.
    pub(crate) incr: Vec<AofFile>,
}

impl Manifest {
    /// Reads a manifest; `path` is for messages. Every malformed line is an error that names it.
    pub(crate) fn parse(path: &Path, text: &[u8]) -> Result<Self> {
        let bad = |line: usize, why: &str| {
            let text = format!("{}: line {line}: {why}", path.display());
            Error::new(ErrorKind::Corrupt, text)
        };
        let Some(body) = text.strip_suffix(b"\n") else {
            return Err(match text.is_empty() {
                true => Error::new(ErrorKind::Corrupt, format!("{}: the manifest is empty", path.display())),
                false => bad(text.split(|&b| b == b'\n').count(), "the last line is cut off"),
            });
        };
        let mut out = Self::default();
        for (i, line) in body.split(|&b| b == b'\n').enumerate() {
            let n = i.saturating_add(1);
            if !line.starts_with(b"#") {
                let file = parse_line(line).map_err(|why| bad(n, why))?;
                out.add(file).map_err(|why| bad(n, why))?;
            }
        }
        // Without a file in use there is nothing that could have replaced them, whatever their names are.
        let alone = out.data_files().next().is_none();
        match out.history.iter().find(|f| alone || !out.replaced(f)) {
            None => Ok(out),
            Some(f) => {
                let (path, name) = (path.display(), f.name.display());
                let why = "is marked as history, but nothing newer stands in its place";
                Err(Error::new(ErrorKind::Corrupt, format!("{path}: {name} {why}")))
            }
        }
    }

    /// Whether a file of type history can be one: a rewrite replaced it by a newer one. History is removed, so
    /// one damaged letter must not turn data into it. Only Redis's own names tell what a file was.
    fn replaced(&self, file: &AofFile) -> bool {
        let name = file.name.as_encoded_bytes();
        let named = |part: &[u8]| name.windows(part.len()).any(|w| w == part);
        let newer = |now: Option<&AofFile>| now.is_some_and(|now| now.seq > file.seq);
        let base = named(b".base.") && !newer(self.base.as_ref());
        let incr = named(b".incr.") && !newer(self.incr.first());
        !base && !incr
    }

    fn add(&mut self, file: AofFile) -> std::result::Result<(), &'static str> {
        if self.files().any(|f| f.name == file.name) {
            return Err("the same file a second time");
        }
        match file.kind {
            FileType::Base if self.base.is_some() => return Err("a second base file"),
            FileType::Base => self.base = Some(file),
            FileType::History => self.history.push(file),
            FileType::Incr if self.incr.last().is_some_and(|f| f.seq >= file.seq) => {
                return Err("the sequence number does not rise");
            }
            FileType::Incr => self.incr.push(file),
        }
        Ok(())
    }

    /// Every file, of any type.
    pub(crate) fn files(&self) -> impl Iterator<Item = &AofFile> {
        self.base.iter().chain(&self.history).chain(&self.incr)
    }

    /// The files that hold the data, in the order in which they are replayed.
    pub(crate) fn data_files(&self) -> impl Iterator<Item = &AofFile> {
        self.base.iter().chain(&self.incr)
    }

    /// The text, in Redis's order: base, history, increments.
    pub(crate) fn print(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for f in self.files() {
            out.extend_from_slice(b"file ");
            print_name(&mut out, f.name.as_bytes());
            let kind = match f.kind {
                FileType::Base => 'b',
                FileType::History => 'h',
                FileType::Incr => 'i',
            };
            out.extend_from_slice(format!(" seq {} type {kind}", f.seq).as_bytes());
            if let Some(follows) = f.follows {
                out.extend_from_slice(format!(" follows {follows}").as_bytes());
            }
            out.push(b'\n');
        }
        out
    }
}

fn parse_line(line: &[u8]) -> std::result::Result<AofFile, &'static str> {
    let words = split_words(line)?;
    let (mut name, mut seq, mut kind, mut follows) = (None, None, None, None);
    for pair in words.chunks(2) {
        let [key, value] = pair else { return Err("a word without its value") };
        if key.eq_ignore_ascii_case(b"file") {
            if value.is_empty()
                || value.contains(&b'/')
                || value.contains(&0)
                || value == b"."
                || value == b".."
            {
                return Err("not the name of a file in this directory");
            }
            name = Some(OsString::from_vec(value.clone()));
        } else if key.eq_ignore_ascii_case(b"seq") {
            let n = parse_seq(value).ok_or("seq is not a positive number")?;
            seq = Some(n);
        } else if key.eq_ignore_ascii_case(b"type") {
            kind = Some(match value.as_slice() {
                b"b" => FileType::Base,
                b"h" => FileType::History,
                b"i" => FileType::Incr,
                _ => return Err("type is none of b, h and i"),
            });
        }
        if key.eq_ignore_ascii_case(b"follows") {
            follows = Some(parse_seq(value).ok_or("follows is not a positive number")?);
        }
        // Redis skips pairs it does not know: a later version may write them.
    }
    match (name, seq, kind) {
        (Some(name), Some(seq), Some(kind)) => Ok(AofFile { name, seq, kind, follows }),
        _ => Err("not of the form `file NAME seq N type T`"),
    }
}

fn parse_seq(digits: &[u8]) -> Option<u64> {
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let n: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (n > 0 && i64::try_from(n).is_ok()).then_some(n)
}

/// Splits a line into words as redis.conf does: `"..."` with escapes, `'...'` with only `\'`.
fn split_words(line: &[u8]) -> std::result::Result<Vec<Vec<u8>>, &'static str> {
    let mut words = Vec::new();
    let mut rest = line.trim_ascii();
    if rest.contains(&0) {
        return Err("a NUL byte");
    }
    while !rest.is_empty() {
        let mut word = Vec::new();
        rest = match rest {
            [b'"', tail @ ..] => double_quoted(tail, &mut word)?,
            [b'\'', tail @ ..] => single_quoted(tail, &mut word)?,
            _ => {
                let end = rest.iter().position(|&b| b.is_ascii_whitespace() || b == b'"' || b == b'\'');
                let (head, tail) = rest.split_at_checked(end.unwrap_or(rest.len())).unwrap_or((rest, b""));
                word.extend_from_slice(head);
                tail
            }
        };
        if rest.first().is_some_and(|&b| !b.is_ascii_whitespace()) {
            return Err("a quote that touches a word");
        }
        rest = rest.trim_ascii_start();
        words.push(word);
    }
    Ok(words)
}

fn double_quoted<'a>(mut rest: &'a [u8], out: &mut Vec<u8>) -> std::result::Result<&'a [u8], &'static str> {
    loop {
        let (byte, tail) = match rest {
            [] | [b'\\'] => return Err("a quote that is not closed"),
            [b'"', tail @ ..] => return Ok(tail),
            [b'\\', b'x', h, l, tail @ ..] if h.is_ascii_hexdigit() && l.is_ascii_hexdigit() => {
                (hex(*h) << 4 | hex(*l), tail)
            }
            [b'\\', c, tail @ ..] => (unescape(*c), tail),
            [c, tail @ ..] => (*c, tail),
        };
        out.push(byte);
        rest = tail;
    }
}

fn single_quoted<'a>(mut rest: &'a [u8], out: &mut Vec<u8>) -> std::result::Result<&'a [u8], &'static str> {
    loop {
        let (byte, tail) = match rest {
            [] => return Err("a quote that is not closed"),
            [b'\'', tail @ ..] => return Ok(tail),
            [b'\\', b'\'', tail @ ..] => (b'\'', tail),
            [c, tail @ ..] => (*c, tail),
        };
        out.push(byte);
        rest = tail;
    }
}

fn unescape(c: u8) -> u8 {
    match c {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 8,
        b'a' => 7,
        c => c,
    }
}

fn hex(c: u8) -> u8 {
    char::from(c).to_digit(16).and_then(|d| u8::try_from(d).ok()).unwrap_or(0)
}

fn print_name(out: &mut Vec<u8>, name: &[u8]) {
    // Redis leaves a single quote bare and then cannot read its own line; we quote it.
    let plain = |b: &u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'\\');
    if name.iter().all(plain) && !name.starts_with(b"#") {
        out.extend_from_slice(name);
        return;
    }
    out.push(b'"');
    for &b in name {
        match b {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', b]),
            b if b == b' ' || b.is_ascii_graphic() => out.push(b),
            b => out.extend_from_slice(format!("\\x{b:02x}").as_bytes()),
        }
    }
    out.push(b'"');
}

/// The name of a file of the multi-part AOF: `appendonly.aof.7.incr.aof`.
pub(crate) fn file_name(prefix: &OsStr, seq: u64, suffix: &str) -> OsString {
    let mut name = prefix.to_os_string();
    name.push(format!(".{seq}.{suffix}"));
    name
}

#[cfg(test)]
#[path = "manifest_tests.rs"]
mod tests;
