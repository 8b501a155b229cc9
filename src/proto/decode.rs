//! Requests: RESP arrays of bulk strings and inline commands.
//!
//! The bytes are a stranger's: no number in them reserves memory or moves a position unchecked.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use memchr::memchr2;
use smallvec::SmallVec;

use crate::base::{num, words};

/// How long a line may grow without its end coming into sight: an inline command, a count, a length.
const MAX_LINE: usize = 64 * 1024;
/// Words of a request, and bytes of a word, that are taken from a client that has not said the password.
const STRANGER_WORDS: usize = 10;
const STRANGER_BULK: usize = 16 * 1024;
/// What Redis allows a bulk string by default (`proto-max-bulk-len`).
#[cfg(test)]
pub(crate) const DEFAULT_MAX_BULK: usize = 512 * 1024 * 1024;

/// The arguments of one request, never empty; those of a RESP array lie in the input itself.
pub(crate) type Request<'a> = SmallVec<[&'a [u8]; 8]>;

/// Bytes that are no request. The connection is of no use after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProtocolError {
    /// The number after `*` is none, or too large.
    MultibulkLength,
    /// The number after `$` is none, negative or above the limit.
    BulkLength,
    /// This byte stands where a `$` must be.
    ExpectedDollar(u8),
    /// An inline command that does not end.
    InlineTooBig,
    /// The line after `*` does not end.
    MultibulkCountTooBig,
    /// The line after `$` does not end.
    BulkCountTooBig,
    /// Too many words for a client that has not said the password.
    StrangerMultibulk,
    /// Too long a word for one.
    StrangerBulk,
    /// A quote of an inline command is not closed, or something touches its closing quote.
    UnbalancedQuotes,
}

impl ProtocolError {
    /// The error line that Redis answers before it closes the connection.
    pub(crate) fn message(self) -> Vec<u8> {
        let text: &[u8] = match self {
            Self::MultibulkLength => b"invalid multibulk length",
            Self::BulkLength => b"invalid bulk length",
            Self::ExpectedDollar(_) => b"expected '$', got '",
            Self::InlineTooBig => b"too big inline request",
            Self::MultibulkCountTooBig => b"too big mbulk count string",
            Self::BulkCountTooBig => b"too big bulk count string",
            Self::StrangerMultibulk => b"unauthenticated multibulk length",
            Self::StrangerBulk => b"unauthenticated bulk length",
            Self::UnbalancedQuotes => b"unbalanced quotes in request",
        };
        let mut message = [b"ERR Protocol error: ", text].concat();
        if let Self::ExpectedDollar(byte) = self {
            message.extend_from_slice(&[byte, b'\'']);
        }
        message
    }
}

/// What a look at the input brought.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Step<'a> {
    /// How many bytes are done with; the next look begins behind them.
    pub(crate) consumed: usize,
    /// A whole request, or `None` when more bytes are needed.
    pub(crate) request: Option<Request<'a>>,
}

/// Reads requests. It remembers how far it came in an incomplete one, so that a request which arrives in
/// many pieces is not read from its beginning each time.
#[derive(Debug)]
pub(crate) struct Decoder {
    max_bulk: usize,
    /// Of a stranger who has not said the password: little is taken.
    stranger: bool,
    /// Arguments that the request begun still lacks; 0 between requests.
    missing: usize,
    /// How many bytes of the request begun are read.
    pos: usize,
    /// Its arguments so far: where they begin and how long they are.
    spans: SmallVec<[(usize, usize); 8]>,
    /// The arguments of an inline command, one after the other, unquoted.
    line: Vec<u8>,
}

/// Where to read on in `Decoder::next_request`.
enum Begin {
    Multibulk,
    Inline,
    Nothing,
}

impl Decoder {
    /// A decoder that accepts strings of up to `max_bulk` bytes.
    pub(crate) fn new(max_bulk: usize) -> Self {
        Self { max_bulk, stranger: false, missing: 0, pos: 0, spans: SmallVec::new(), line: Vec::new() }
    }

    /// Strings of up to `max_bulk` bytes; of a stranger, a few short ones.
    pub(crate) fn set_limits(&mut self, max_bulk: usize, stranger: bool) {
        self.max_bulk = max_bulk;
        self.stranger = stranger;
    }

    /// Looks for the next request at the start of `input`, and passes over empty lines and empty arrays on the
    /// way. Without a request, call again with what follows the consumed bytes and more behind it.
    pub(crate) fn next_request<'a>(&'a mut self, input: &'a [u8]) -> Result<Step<'a>, ProtocolError> {
        let (skipped, begin) = if self.missing > 0 { (0, Begin::Multibulk) } else { self.begin(input)? };
        let rest = input.get(skipped..).unwrap_or_default();
        let whole = match begin {
            Begin::Nothing => None,
            Begin::Inline => Some(self.line.as_slice()),
            Begin::Multibulk => self.multibulk(rest)?.then_some(rest),
        };
        let Some(bytes) = whole else { return Ok(Step { consumed: skipped, request: None }) };
        let args = self.spans.iter().map(|&(at, len)| slice(bytes, at, len)).collect();
        Ok(Step { consumed: skipped.saturating_add(self.pos), request: Some(args) })
    }

    /// Finds the start of a request: what to pass over before it, and its kind. An inline command is read.
    fn begin(&mut self, input: &[u8]) -> Result<(usize, Begin), ProtocolError> {
        let mut skipped: usize = 0;
        loop {
            self.restart();
            let rest = input.get(skipped..).unwrap_or_default();
            let kind = match rest.first() {
                None => Begin::Nothing,
                Some(b'*') => self.count(rest)?,
                Some(_) => self.inline(rest)?,
            };
            match kind {
                Begin::Multibulk if self.missing == 0 => {}
                Begin::Inline if self.spans.is_empty() => {}
                _ => return Ok((skipped, kind)),
            }
            skipped = skipped.saturating_add(self.pos);
        }
    }

    /// Forgets the request before. What a giant one left is given back.
    fn restart(&mut self) {
        const KEEP: usize = 1024;
        self.pos = 0;
        self.spans.clear();
        self.line.clear();
        if self.spans.capacity() > KEEP {
            self.spans = SmallVec::new();
        }
        if self.line.capacity() > MAX_LINE {
            self.line = Vec::new();
        }
    }

    /// Bytes of memory behind what it remembers.
    pub(crate) fn held_bytes(&self) -> usize {
        let spans = if self.spans.spilled() { self.spans.capacity() } else { 0 };
        spans.saturating_mul(size_of::<(usize, usize)>()).saturating_add(self.line.capacity())
    }

    /// Between requests: gives back what the last one needed.
    pub(crate) fn rest(&mut self) {
        if self.missing == 0 {
            self.spans = SmallVec::new();
            self.line = Vec::new();
        }
    }

    /// Reads `*3`: a count of 0 or less stands for no request at all.
    fn count(&mut self, rest: &[u8]) -> Result<Begin, ProtocolError> {
        let Some((number, used)) = header(rest, ProtocolError::MultibulkCountTooBig)? else {
            return Ok(Begin::Nothing);
        };
        let count = number.and_then(|n| i32::try_from(n.max(0)).ok());
        let count = count.ok_or(ProtocolError::MultibulkLength)?;
        self.missing = usize::try_from(count).unwrap_or_default();
        if self.stranger && self.missing > STRANGER_WORDS {
            return Err(ProtocolError::StrangerMultibulk);
        }
        self.pos = used;
        Ok(Begin::Multibulk)
    }

    /// Reads the arguments that are there. True when none is missing.
    fn multibulk(&mut self, rest: &[u8]) -> Result<bool, ProtocolError> {
        while self.missing > 0 {
            let tail = rest.get(self.pos..).unwrap_or_default();
            let Some((number, used)) = header(tail, ProtocolError::BulkCountTooBig)? else {
                return Ok(false);
            };
            match tail.first() {
                Some(b'$') | None => {}
                Some(&other) => return Err(ProtocolError::ExpectedDollar(other)),
            }
            let len = number.and_then(|n| usize::try_from(n).ok());
            let len = len.filter(|&n| n <= self.max_bulk).ok_or(ProtocolError::BulkLength)?;
            if self.stranger && len > STRANGER_BULK {
                return Err(ProtocolError::StrangerBulk);
            }
            let at = self.pos.saturating_add(used);
            // Two bytes end the string; as in Redis nobody looks at them.
            let next = at.saturating_add(len).saturating_add(2);
            if next > rest.len() {
                return Ok(false);
            }
            self.spans.push((at, len));
            self.pos = next;
            self.missing = self.missing.saturating_sub(1);
        }
        Ok(true)
    }

    /// Reads an inline command, a line of words. A NUL hides the end of the line, as it does in Redis.
    fn inline(&mut self, rest: &[u8]) -> Result<Begin, ProtocolError> {
        let end = memchr2(b'\n', 0, rest).filter(|&at| rest.get(at) == Some(&b'\n'));
        let Some(end) = end else {
            return if rest.len() > MAX_LINE { Err(ProtocolError::InlineTooBig) } else { Ok(Begin::Nothing) };
        };
        let line = slice(rest, 0, end);
        if line.len() > MAX_LINE && self.line.try_reserve(line.len()).is_err() {
            return Err(ProtocolError::InlineTooBig);
        }
        let mut line = line.strip_suffix(b"\r").unwrap_or(line);
        loop {
            line = words::skip_spaces(line);
            if line.is_empty() {
                break;
            }
            let at = self.line.len();
            line = words::word(line, &mut self.line).map_err(|_| ProtocolError::UnbalancedQuotes)?;
            self.spans.push((at, self.line.len().saturating_sub(at)));
        }
        self.pos = end.saturating_add(1);
        Ok(Begin::Inline)
    }
}

/// `bytes[at..at + len]`; positions that the decoder keeps always lie inside.
fn slice(bytes: &[u8], at: usize, len: usize) -> &[u8] {
    bytes.get(at..at.saturating_add(len)).unwrap_or_default()
}

/// The number on the line at the start of `tail`, behind its first byte, and the length of the line with its
/// end: a CR and whatever byte follows. `None` while the end is not there; an error when it is overdue. What is
/// no number is `None` inside.
#[inline]
fn header(tail: &[u8], overdue: ProtocolError) -> Result<Option<(Option<i64>, usize)>, ProtocolError> {
    let digit = |b: &u8| i64::from(b.wrapping_sub(b'0'));
    match tail {
        // Nearly every line there is.
        [_, a @ b'0'..=b'9', b'\r', _, ..] => Ok(Some((Some(digit(a)), 4))),
        [_, a @ b'1'..=b'9', b @ b'0'..=b'9', b'\r', _, ..] => {
            Ok(Some((Some(digit(a).wrapping_mul(10).wrapping_add(digit(b))), 5)))
        }
        _ => long_header(tail, overdue),
    }
}

/// [`header`] for lines of any length.
fn long_header(tail: &[u8], overdue: ProtocolError) -> Result<Option<(Option<i64>, usize)>, ProtocolError> {
    match memchr2(b'\r', 0, tail).filter(|&at| tail.get(at) == Some(&b'\r')) {
        None if tail.len() > MAX_LINE => Err(overdue),
        None => Ok(None),
        Some(end) => {
            let used = end.saturating_add(2);
            let digits = tail.get(1..end).unwrap_or_default();
            Ok((used <= tail.len()).then(|| (num::parse_i64(digits), used)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Rng;

    /// All requests in `input`, and how it ended: the bytes left over, or the error.
    fn all(input: &[u8]) -> (Vec<Vec<Vec<u8>>>, Result<usize, ProtocolError>) {
        pieces(&mut Decoder::new(DEFAULT_MAX_BULK), input, &[])
    }

    /// The same when the input arrives cut at the places in `cuts`, which rise.
    fn pieces(
        d: &mut Decoder,
        input: &[u8],
        cuts: &[usize],
    ) -> (Vec<Vec<Vec<u8>>>, Result<usize, ProtocolError>) {
        let (mut got, mut from) = (Vec::new(), 0);
        for &end in cuts.iter().chain([&input.len()]) {
            loop {
                match d.next_request(&input[from..end]) {
                    Err(e) => return (got, Err(e)),
                    Ok(step) => {
                        from += step.consumed;
                        let Some(args) = step.request else { break };
                        assert!(!args.is_empty());
                        got.push(args.iter().map(|a| a.to_vec()).collect());
                    }
                }
            }
        }
        (got, Ok(input.len() - from))
    }

    fn words(words: &[&[u8]]) -> Vec<Vec<u8>> {
        words.iter().map(|w| w.to_vec()).collect()
    }

    /// One whole request and nothing behind it.
    fn one(input: &[u8]) -> Vec<Vec<u8>> {
        let (mut got, end) = all(input);
        assert_eq!((got.len(), end), (1, Ok(0)), "{}", input.escape_ascii());
        got.remove(0)
    }

    fn error(input: &[u8]) -> String {
        let (got, end) = all(input);
        assert!(got.is_empty());
        end.unwrap_err().message().escape_ascii().to_string()
    }

    #[test]
    fn arrays_of_bulk_strings() {
        assert_eq!(one(b"*2\r\n$4\r\nECHO\r\n$0\r\n\r\n"), words(&[b"ECHO", b""]));
        assert_eq!(one(b"*1\r\n$3\r\na\0\n\r\n"), words(&[b"a\0\n"]));
        // Whatever byte follows a CR or a string.
        assert_eq!(one(b"*2\r\n$4\rxECHO\r\n$1\rya??"), words(&[b"ECHO", b"a"]));
        let many: Vec<u8> = [b"*1000\r\n".to_vec(), b"$2\r\nab\r\n".repeat(1000)].concat();
        assert_eq!(one(&many), vec![b"ab".to_vec(); 1000]);
    }

    #[test]
    fn arguments_lie_in_the_input() {
        let input = b"*2\r\n$4\r\nECHO\r\n$2\r\nab\r\n";
        let mut d = Decoder::new(DEFAULT_MAX_BULK);
        let args = d.next_request(input).unwrap().request.unwrap();
        assert_eq!(args[1].as_ptr(), input[18..].as_ptr());
    }

    #[test]
    fn a_pipeline_of_both_kinds() {
        let (got, end) =
            all(b"*1\r\n$4\r\nPING\r\nPING\r\n\r\nPING\n*0\r\n*-1\r\n*1\r\n$4\r\nPING\r\nECHO a\n*1\r\n$");
        assert_eq!(end, Ok(5));
        assert_eq!(got[..4], vec![words(&[b"PING"]); 4]);
        assert_eq!(got[4..], [words(&[b"ECHO", b"a"])]);
    }

    #[test]
    fn empty_requests_are_passed_over() {
        for empty in [
            "\r\n",
            "\n",
            "   \r\n",
            "\x0b\r\n",
            " \t\r\n",
            "*0\r\n",
            "*-1\r\n",
            "*-5\r\n",
            "*-9223372036854775808\r\n",
        ] {
            assert_eq!(all(empty.as_bytes()), (vec![], Ok(0)));
            assert_eq!(one(format!("{empty}PING\r\n").as_bytes()), words(&[b"PING"]));
        }
    }

    /// The words that Redis 7.0.15 made of these lines.
    #[test]
    fn inline_words_as_redis_splits_them() {
        let cases: &[(&[u8], &[&[u8]])] = &[
            (b"SET k \"a\\x41\\n\"\r\n", &[b"SET", b"k", b"aA\n"]),
            (b"E \"\\x41\\x4g\\n\\r\\t\\b\\a\\q\\\\\\\"\"\r\n", &[b"E", b"Ax4g\n\r\t\x08\x07q\\\""]),
            (b"E 'a\\'b\\x41\\n\\\\ '\r\n", &[b"E", b"a'b\\x41\\n\\\\ "]),
            (b"E \"\\xAf\\XAF\"\r\n", &[b"E", b"\xafXAF"]),
            (b"E \"\\x4\"\r\n", &[b"E", b"x4"]),
            (b"E '\\x41\"'\r\n", &[b"E", b"\\x41\""]),
            (b"E a\\x41\r\n", &[b"E", b"a\\x41"]),
            (b"E a\\\"b\"\r\n", &[b"E", b"a\\b"]),
            (b"E a'b\"c'\r\n", &[b"E", b"ab\"c"]),
            (b"E a\"b\"\r\n", &[b"E", b"ab"]),
            (b"E \"a\\\"b\" '' \"\"\n", &[b"E", b"a\"b", b"", b""]),
            (b"E \\\r\n", &[b"E", b"\\"]),
            (b"E\ta \x0bb\x0cc\r\n", &[b"E", b"a", b"b\x0cc"]),
            (b"M \"a\"\x0b\"b\"\x0cc\r\n", &[b"M", b"a", b"b", b"c"]),
            (b" E  a  \r\n", &[b"E", b"a"]),
            (b"E a\rb\n", &[b"E", b"a", b"b"]),
            (b"E a\r\r\r\n", &[b"E", b"a"]),
            (b"E \"a\r\"\n", &[b"E", b"a\r"]),
            (b"E \xffa a\xa0b\r\n", &[b"E", b"\xffa", b"a\xa0b"]),
            (b" *1\r\n", &[b"*1"]),
            (b"$4\r\n", &[b"$4"]),
            (b"\"\" a\r\n", &[b"", b"a"]),
        ];
        for (line, want) in cases {
            assert_eq!(one(line), words(want), "{}", line.escape_ascii());
        }
    }

    /// The texts that Redis 7.0.15 answered to these bytes.
    #[test]
    fn errors_as_redis_words_them() {
        let multibulk =
            ["*\r\n", "*x\r\n", "*1x\r\n", "*+1\r\n", "* 1\r\n", "*01\r\n", "*1 \r\n", "*2147483648\r\n"];
        let more =
            ["*99999999999999999999\r\n", "*-99999999999999999999\r\n", "*-0\r\n", "*00\r\n", "*1\n$4\r\n"];
        for input in multibulk.iter().chain(&more) {
            assert_eq!(error(input.as_bytes()), "ERR Protocol error: invalid multibulk length");
        }
        let bulk =
            ["$\r\n", "$x\r\n", "$-1\r\n", "$+4\r\nPING\r\n", "$04\r\nPING\r\n", "$536870913\r\n", "$-0\r\n"];
        let more = ["$99999999999999999999\r\n", "$4 \r\nPING\r\n", "$4\nPING\r\n"];
        for input in bulk.iter().chain(&more) {
            assert_eq!(error(format!("*1\r\n{input}").as_bytes()), "ERR Protocol error: invalid bulk length");
        }
        for (byte, shown) in [(b'x', "x"), (b'*', "*"), (b'\'', "\\'"), (b'\r', "\\r"), (0xff, "\\xff")] {
            let text = error(&[b"*1\r\n", &[byte][..], b"\r\n"].concat());
            assert_eq!(text, format!("ERR Protocol error: expected \\'$\\', got \\'{shown}\\'"));
        }
        for line in
            ["\"a", "'a", "'a'b", "\"a\"b", "a\"b", "a\"b\"c", "\"\\", "'\\", "\"\\x", "\"\\x4", "\"a\" \"b"]
        {
            let text = error(format!("ECHO {line}\r\n").as_bytes());
            assert_eq!(text, "ERR Protocol error: unbalanced quotes in request");
        }
        assert_eq!(error(b"ECHO \"a\nb\"\r\n"), "ERR Protocol error: unbalanced quotes in request");
    }

    #[test]
    fn lines_without_end_are_an_error_from_64_kib_on() {
        let cases: [(&[u8], usize, &str); 3] = [
            (b"*", 1, "ERR Protocol error: too big mbulk count string"),
            (b"*1\r\n$", 1, "ERR Protocol error: too big bulk count string"),
            (b"", 0, "ERR Protocol error: too big inline request"),
        ];
        for (start, of_line, text) in cases {
            for fill in [b'1', 0] {
                let with = |n: usize| [start.to_vec(), vec![fill; n - of_line]].concat();
                assert_eq!(all(&with(MAX_LINE)), (vec![], Ok(start.len() + MAX_LINE - of_line)));
                assert_eq!(error(&with(MAX_LINE + 1)), text);
            }
        }
        // A line that is long but whole is fine.
        let long = vec![b'a'; 3 * MAX_LINE];
        assert_eq!(one(&[b"ECHO ", &long[..], b"\r\n"].concat()), words(&[b"ECHO", &long]));
    }

    #[test]
    fn limits() {
        for input in
            ["*2147483647\r\n", "*1\r\n$536870912\r\n", "*1\r\n\0\r\n", "*1\r\nxyz", "a\0b\r\n", "*1\n"]
        {
            assert_eq!(all(input.as_bytes()), (vec![], Ok(input.len())), "{input}");
        }
        let mut d = Decoder::new(3);
        assert_eq!(d.next_request(b"*1\r\n$4\r\n"), Err(ProtocolError::BulkLength));
        // Claims reserve nothing.
        let mut d = Decoder::new(DEFAULT_MAX_BULK);
        assert_eq!(d.next_request(b"*2147483647\r\n$1\r\na\r\n"), Ok(Step { consumed: 0, request: None }));
        assert!(!d.spans.spilled());
    }

    #[test]
    fn every_prefix_waits_and_every_cut_gives_the_same() {
        let inputs: &[&[u8]] = &[
            b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$12\r\nhello\r\nworld\r\n",
            b"*2\r\n$4\r\nECHO\r\n$0\r\n\r\n",
            b"SET k \"a\\x41\\n b\"\r\n",
            b"PING\n",
        ];
        for input in inputs {
            let want = one(input);
            for end in 0..input.len() {
                assert_eq!(all(&input[..end]), (vec![], Ok(end)));
                let mut d = Decoder::new(DEFAULT_MAX_BULK);
                assert_eq!(pieces(&mut d, input, &[end]), (vec![want.clone()], Ok(0)));
            }
            let every: Vec<usize> = (0..input.len()).collect();
            let mut d = Decoder::new(DEFAULT_MAX_BULK);
            assert_eq!(pieces(&mut d, input, &every), (vec![want], Ok(0)));
        }
    }

    #[test]
    fn random_bytes_end_the_same_whole_and_in_pieces() {
        let seed = std::env::var("SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(20_240_711);
        println!("SEED={seed}");
        let mut rng = Rng::new(seed);
        let mut below = |n: usize| usize::try_from(rng.below(n as u64)).unwrap();
        let parts: &[&[u8]] = &[
            b"*1\r\n",
            b"*2\r\n",
            b"$1\r\na\r\n",
            b"$3\r\nabc\r\n",
            b"$",
            b"*",
            b"\r\n",
            b"\n",
            b"-1\r\n",
            b"\"",
            b"'",
            b"\\x4",
            b"\\",
            b" ",
            b"PING",
            b"0",
            b"9",
            b"\0",
            b"\r",
            b"*0\r\n",
            b"99999999999",
        ];
        for _ in 0..50_000 {
            let mut input = Vec::new();
            for _ in 0..below(12) {
                if below(5) == 0 {
                    input.push(u8::try_from(below(256)).unwrap());
                } else {
                    input.extend_from_slice(parts[below(parts.len())]);
                }
            }
            let mut cuts: Vec<usize> = (0..below(4)).map(|_| below(input.len() + 1)).collect();
            cuts.sort_unstable();
            let whole = all(&input);
            let mut d = Decoder::new(DEFAULT_MAX_BULK);
            assert_eq!(pieces(&mut d, &input, &cuts), whole, "{} cut at {cuts:?}", input.escape_ascii());
            assert!(whole.0.iter().flatten().all(|arg| arg.len() <= input.len()));
        }
    }
}
