//! A small RESP2/RESP3 client for the tests, on nothing but the standard library.
//!
//! [`RespValue`] keeps everything that was on the wire (the three nulls apart, doubles and big numbers as
//! their text), and [`parse`] accepts canonical encodings only, so two equal values had equal bytes.

use std::fmt;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// How long a server may think before the test is declared stuck.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// One reply of either protocol, losslessly.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RespValue {
    /// `+OK`
    Status(Vec<u8>),
    /// `-ERR text`, without the sign
    Error(Vec<u8>),
    /// `:1`
    Int(i64),
    /// `$3`
    Bulk(Vec<u8>),
    /// `$-1`
    NullBulk,
    /// `*-1`
    NullArray,
    /// `_`
    Null,
    /// `*2`
    Array(Vec<RespValue>),
    /// `%1`
    Map(Vec<(RespValue, RespValue)>),
    /// `~2`
    Set(Vec<RespValue>),
    /// `>2`
    Push(Vec<RespValue>),
    /// `,3.5` as text: how it is printed is part of what is compared
    Double(Vec<u8>),
    /// `#t`
    Bool(bool),
    /// `(123`
    BigNumber(Vec<u8>),
    /// `=7` with its three-letter format
    Verbatim([u8; 3], Vec<u8>),
    /// `|1` and the value that it describes
    Attribute(Vec<(RespValue, RespValue)>, Box<RespValue>),
}

impl RespValue {
    /// A bulk string.
    pub(crate) fn bulk(text: &str) -> Self {
        Self::Bulk(text.as_bytes().to_vec())
    }

    /// Whether this is an error reply.
    pub(crate) fn is_error(&self) -> bool {
        matches!(self, Self::Error(_))
    }

    /// The bytes of a string-like reply.
    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Status(b) | Self::Error(b) | Self::Bulk(b) | Self::Verbatim(_, b) => Some(b),
            _ => None,
        }
    }

    /// The elements of an array, set or push, or a map's keys and values in a row.
    pub(crate) fn into_items(self) -> Option<Vec<RespValue>> {
        match self {
            Self::Array(v) | Self::Set(v) | Self::Push(v) => Some(v),
            Self::Map(pairs) => Some(pairs.into_iter().flat_map(|(k, v)| [k, v]).collect()),
            _ => None,
        }
    }

    /// The same value with the elements of every set, and of the outermost array, in sorted order.
    pub(crate) fn sorted(self) -> Self {
        match self {
            Self::Array(mut v) => {
                v.sort();
                Self::Array(v)
            }
            Self::Set(mut v) => {
                v.sort();
                Self::Set(v)
            }
            Self::Map(mut pairs) => {
                pairs.sort();
                Self::Map(pairs)
            }
            other => other,
        }
    }
}

/// Bytes as a double-quoted literal that the scripts' reader takes back.
pub(crate) fn quoted(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for &b in bytes {
        match b {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x20..=0x7e => out.push(char::from(b)),
            _ => out.push_str(&format!("\\x{b:02x}")),
        }
    }
    out.push('"');
    out
}

/// A command line as a script would write it.
pub(crate) fn command_line(argv: &[Vec<u8>]) -> String {
    let plain = |a: &[u8]| {
        !a.is_empty() && a.iter().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'\\' | b'#'))
    };
    let word = |a: &Vec<u8>| if plain(a) { String::from_utf8_lossy(a).into_owned() } else { quoted(a) };
    argv.iter().map(word).collect::<Vec<_>>().join(" ")
}

impl fmt::Display for RespValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn all<'a>(
            f: &mut fmt::Formatter<'_>,
            head: char,
            n: usize,
            items: impl Iterator<Item = &'a RespValue>,
        ) -> fmt::Result {
            write!(f, "{head}{n}")?;
            for item in items {
                write!(f, " {item}")?;
            }
            Ok(())
        }
        match self {
            Self::Status(t) => write!(f, "+{}", quoted(t)),
            Self::Error(t) => write!(f, "!{}", quoted(t)),
            Self::Int(i) => write!(f, ":{i}"),
            Self::Bulk(b) => f.write_str(&quoted(b)),
            Self::NullBulk => f.write_str("nil"),
            Self::NullArray => f.write_str("nil*"),
            Self::Null => f.write_str("_"),
            Self::Array(v) => all(f, '*', v.len(), v.iter()),
            Self::Set(v) => all(f, '~', v.len(), v.iter()),
            Self::Push(v) => all(f, '>', v.len(), v.iter()),
            Self::Map(p) => all(f, '%', p.len(), p.iter().flat_map(|(k, v)| [k, v])),
            Self::Double(t) => write!(f, ",{}", String::from_utf8_lossy(t)),
            Self::Bool(b) => f.write_str(if *b { "#t" } else { "#f" }),
            Self::BigNumber(t) => write!(f, "({}", String::from_utf8_lossy(t)),
            Self::Verbatim(kind, t) => write!(f, "={}:{}", String::from_utf8_lossy(kind), quoted(t)),
            Self::Attribute(p, v) => {
                all(f, '|', p.len(), p.iter().flat_map(|(k, v)| [k, v]))?;
                write!(f, " {v}")
            }
        }
    }
}

/// Writes a request as an array of bulk strings.
pub(crate) fn encode_request(argv: &[Vec<u8>], out: &mut Vec<u8>) {
    out.extend_from_slice(format!("*{}\r\n", argv.len()).as_bytes());
    for a in argv {
        out.extend_from_slice(format!("${}\r\n", a.len()).as_bytes());
        out.extend_from_slice(a);
        out.extend_from_slice(b"\r\n");
    }
}

/// Reads one value from the front of `bytes`: the value and its length, `None` when more bytes are needed.
pub(crate) fn parse(bytes: &[u8]) -> Result<Option<(RespValue, usize)>, String> {
    let mut at = 0;
    Ok(value(bytes, &mut at)?.map(|v| (v, at)))
}

/// Reads exactly the values that `bytes` holds.
pub(crate) fn parse_all(mut bytes: &[u8]) -> Result<Vec<RespValue>, String> {
    let mut out = Vec::new();
    while !bytes.is_empty() {
        let (v, n) =
            parse(bytes)?.ok_or_else(|| format!("the answer stops in the middle of {}", quoted(bytes)))?;
        out.push(v);
        bytes = &bytes[n..];
    }
    Ok(out)
}

fn line<'a>(bytes: &'a [u8], at: &mut usize) -> Option<&'a [u8]> {
    let rest = &bytes[*at..];
    let end = rest.windows(2).position(|w| w == b"\r\n")?;
    *at += end + 2;
    Some(&rest[..end])
}

fn number(text: &[u8]) -> Result<i64, String> {
    let bad = || format!("{} is not a canonical integer", quoted(text));
    let n: i64 = std::str::from_utf8(text).map_err(|_| bad())?.parse().map_err(|_| bad())?;
    if n.to_string().as_bytes() == text { Ok(n) } else { Err(bad()) }
}

/// A length, or `None` for the -1 that RESP2's nulls carry.
fn length(text: &[u8]) -> Result<Option<usize>, String> {
    match number(text)? {
        -1 => Ok(None),
        n => usize::try_from(n).map(Some).map_err(|_| format!("length {n}")),
    }
}

fn blob(bytes: &[u8], at: &mut usize, n: usize) -> Result<Option<Vec<u8>>, String> {
    if bytes.len() < *at + n + 2 {
        return Ok(None);
    }
    if &bytes[*at + n..*at + n + 2] != b"\r\n" {
        return Err(format!("a string of {n} bytes is not closed by CRLF"));
    }
    let out = bytes[*at..*at + n].to_vec();
    *at += n + 2;
    Ok(Some(out))
}

fn items(bytes: &[u8], at: &mut usize, n: usize) -> Result<Option<Vec<RespValue>>, String> {
    let mut out = Vec::with_capacity(n.min(1024));
    for _ in 0..n {
        match value(bytes, at)? {
            Some(v) => out.push(v),
            None => return Ok(None),
        }
    }
    Ok(Some(out))
}

fn pairs(bytes: &[u8], at: &mut usize, n: usize) -> Result<Option<Vec<(RespValue, RespValue)>>, String> {
    let Some(flat) = items(bytes, at, 2 * n)? else { return Ok(None) };
    let mut flat = flat.into_iter();
    let mut out = Vec::with_capacity(n);
    while let (Some(k), Some(v)) = (flat.next(), flat.next()) {
        out.push((k, v));
    }
    Ok(Some(out))
}

fn value(bytes: &[u8], at: &mut usize) -> Result<Option<RespValue>, String> {
    let Some(head) = line(bytes, at) else { return Ok(None) };
    let (&kind, rest) = head.split_first().ok_or("an empty line where a reply should begin")?;
    let size = || length(rest)?.ok_or_else(|| format!("no null of kind {}", char::from(kind)));
    Ok(match kind {
        b'+' => Some(RespValue::Status(rest.to_vec())),
        b'-' => Some(RespValue::Error(rest.to_vec())),
        b':' => Some(RespValue::Int(number(rest)?)),
        b'$' => match length(rest)? {
            None => Some(RespValue::NullBulk),
            Some(n) => blob(bytes, at, n)?.map(RespValue::Bulk),
        },
        b'*' => match length(rest)? {
            None => Some(RespValue::NullArray),
            Some(n) => items(bytes, at, n)?.map(RespValue::Array),
        },
        b'_' if rest.is_empty() => Some(RespValue::Null),
        b'~' => items(bytes, at, size()?)?.map(RespValue::Set),
        b'>' => items(bytes, at, size()?)?.map(RespValue::Push),
        b'%' => pairs(bytes, at, size()?)?.map(RespValue::Map),
        b',' => Some(RespValue::Double(rest.to_vec())),
        b'(' => Some(RespValue::BigNumber(rest.to_vec())),
        b'#' if rest == b"t" => Some(RespValue::Bool(true)),
        b'#' if rest == b"f" => Some(RespValue::Bool(false)),
        b'=' => match blob(bytes, at, size()?)? {
            None => None,
            Some(text) if text.len() >= 4 && text[3] == b':' => {
                Some(RespValue::Verbatim([text[0], text[1], text[2]], text[4..].to_vec()))
            }
            Some(text) => return Err(format!("{} is no verbatim string", quoted(&text))),
        },
        b'|' => match pairs(bytes, at, size()?)? {
            None => None,
            Some(p) => value(bytes, at)?.map(|v| RespValue::Attribute(p, Box::new(v))),
        },
        _ => return Err(format!("{} is no reply", quoted(head))),
    })
}

/// A connection to a server's unix socket.
pub(crate) struct Conn {
    stream: UnixStream,
    /// Received and not yet handed out.
    pending: Vec<u8>,
}

impl Conn {
    /// Connects; replies are waited for no longer than a minute.
    pub(crate) fn open(socket: &Path) -> io::Result<Self> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream, pending: Vec::new() })
    }

    /// Sends bytes as they are.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// The next reply.
    pub(crate) fn read(&mut self) -> io::Result<RespValue> {
        Ok(self.read_many(1)?.remove(0))
    }

    /// The next `n` replies.
    pub(crate) fn read_many(&mut self, n: usize) -> io::Result<Vec<RespValue>> {
        let mut out = Vec::with_capacity(n);
        let mut used = 0;
        let mut chunk = vec![0; 1 << 16];
        while out.len() < n {
            match parse(&self.pending[used..]).map_err(io::Error::other)? {
                Some((v, len)) => {
                    out.push(v);
                    used += len;
                }
                None => {
                    let got = self.stream.read(&mut chunk)?;
                    if got == 0 {
                        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "connection closed"));
                    }
                    self.pending.extend_from_slice(&chunk[..got]);
                }
            }
        }
        self.pending.drain(..used);
        Ok(out)
    }

    /// Whether there is a reply to read, or none will come; pushes are no replies.
    pub(crate) fn has_reply(&mut self) -> io::Result<bool> {
        self.stream.set_nonblocking(true)?;
        let mut chunk = vec![0; 1 << 16];
        let is_closed = loop {
            match self.stream.read(&mut chunk) {
                Ok(0) => break true,
                Ok(got) => self.pending.extend_from_slice(&chunk[..got]),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => break false,
                Err(_) => break true,
            }
        };
        self.stream.set_nonblocking(false)?;
        let mut rest = self.pending.as_slice();
        while let Some((value, len)) = parse(rest).map_err(io::Error::other)? {
            if !matches!(value, RespValue::Push(_)) {
                return Ok(true);
            }
            rest = &rest[len..];
        }
        Ok(is_closed)
    }

    /// One command and its reply.
    pub(crate) fn command(&mut self, argv: &[Vec<u8>]) -> io::Result<RespValue> {
        let mut request = Vec::new();
        encode_request(argv, &mut request);
        self.write(&request)?;
        self.read()
    }

    /// One command of plain words and its reply.
    pub(crate) fn call(&mut self, words: &[&str]) -> io::Result<RespValue> {
        let argv: Vec<Vec<u8>> = words.iter().map(|w| w.as_bytes().to_vec()).collect();
        self.command(&argv)
    }
}
