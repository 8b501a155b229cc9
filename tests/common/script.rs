//! The conformance scripts: `tests/conformance/*.t`, run against lodger and against real servers.
//!
//! ```text
//! # a comment; blank lines are free
//! @case GETEX keeps the value        a new case: empty database, default config, no clients
//! @since 7.2                         the case needs what Redis 7.2 brought (7.0 if it does not say)
//! @resp3                             the case runs under this protocol only (@resp2 likewise)
//! > SET k "v\x00\n" EX 10            a command, split as redis-cli does; "\{45*x}" is 45 times x
//! < +OK                              its reply
//! a> CLIENT ID                       the same from a second client, named a
//! a< :?
//! >> "PING\r\n"                      bytes sent as they are; expects as many replies as are written
//! @advance 1500                      moves the clock by 1500 ms
//! @close a                           client a hangs up; its name is free for a new one
//! @begin a BLPOP q 0                 client a sends a command that waits
//! @waits a                           it still does
//! @end a                             it waits no longer; its reply follows
//! a< nil*
//! <2 *2 "a" ,3.5                     expected under RESP2 only
//! <3 *1 *2 "a" ,3.5                  expected under RESP3 only
//! ```
//!
//! A case under neither `@resp2` nor `@resp3` runs under both. The lines `<` after a command are one list of
//! tokens (indent as you like) that describes one reply, elements following their aggregate:
//!
//! | token | matches |
//! |---|---|
//! | `+OK` `+"two words"` `+?"glob*"` | a status, one that matches |
//! | `:1` `:1..5` `:?` | an integer, one within the range, any |
//! | `"text"` or `$"text"` | a bulk string |
//! | `?"id=* name=?"` | a bulk string (or verbatim) that matches the glob |
//! | `=txt:"text"` `=txt:?"glob"` | a verbatim string; a bulk string under RESP2 |
//! | `nil` `nil*` | the null of a bulk string and of an array; one and the same under RESP3 |
//! | `*2 .. ..` `*?` | an array, an array of any length |
//! | `*u2 .. ..` | an array whose elements come in any order |
//! | `%1 .. ..` `%?` | a map, its pairs in any order; flat array under RESP2 |
//! | `~2 .. ..` | a set, in any order; array under RESP2 |
//! | `>2 .. ..` | a push; array under RESP2 |
//! | `,3.5` | a double; a bulk string under RESP2 |
//! | `#t` `#f` | a boolean; `:1` `:0` under RESP2 |
//! | `(123` | a big number; a bulk string under RESP2 |
//! | `\|1 k v value` | a value with an attribute; the bare value under RESP2 |
//! | `!"ERR text"` `!WRONGTYPE` `!` | this error, an error beginning so, any error |
//! | `?` | anything but an error |
//! | `(none)` | no reply at all |
//!
//! The protocol follows a client's own HELLO and RESET. A real server cannot be told the time, so there
//! `@advance` waits as long; such cases keep their times short and may be tried again.

use std::collections::HashMap;
use std::io;

use super::resp::{RespValue, command_line, quoted};

/// Something that answers commands: a real server or one of lodger's own doors.
pub(crate) trait Door {
    /// Sends a command as the named client (opened at its first use) and returns the reply.
    fn send(&mut self, client: &str, argv: &[Vec<u8>]) -> io::Result<RespValue>;
    /// Sends a command that must have no reply.
    fn post(&mut self, client: &str, argv: &[Vec<u8>]) -> io::Result<()>;
    /// Sends bytes as they are and returns this many replies; `None` if the door has no such entrance.
    fn raw(&mut self, client: &str, bytes: &[u8], replies: usize) -> io::Result<Option<Vec<RespValue>>>;
    /// Sends a command that waits, and returns when it does, or when it is done already.
    fn begin(&mut self, client: &str, argv: &[Vec<u8>]) -> io::Result<()>;
    /// Whether it still waits.
    fn waits(&mut self, client: &str) -> io::Result<bool>;
    /// Returns its reply.
    fn end(&mut self, client: &str) -> io::Result<RespValue>;
    /// The named client hangs up.
    fn close(&mut self, client: &str);
    /// An empty database with the default config and no clients.
    fn reset(&mut self) -> io::Result<()>;
    /// Moves the clock.
    fn advance(&mut self, ms: u64) -> io::Result<()>;
    /// Whether the clock is the real one, so that a slow machine may spoil a case that waits.
    fn is_realtime(&self) -> bool;
    /// Which cases to run, by the version in which what they show appeared.
    fn covers(&self, since: (u32, u32)) -> bool;
    /// The shapes in which a client that speaks `protocol` gets its replies here.
    fn shapes(&self, protocol: Protocol) -> Protocol {
        protocol
    }
}

/// The two protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// RESP2
    Two,
    /// RESP3
    Three,
}

/// What a run did.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Count {
    /// Cases run.
    pub(crate) cases: usize,
    /// Cases not run because this door does not have that version, or that entrance.
    pub(crate) left_out: usize,
    /// Replies compared.
    pub(crate) replies: usize,
}

/// A reply that is not what the script says.
#[derive(Debug)]
pub(crate) struct Mismatch {
    file: String,
    line: usize,
    case: String,
    command: String,
    expected: String,
    got: String,
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { file, line, case, command, expected, got } = self;
        write!(f, "{file}:{line}: [{case}]\n   command  {command}\n   expected {expected}\n   got      {got}")
    }
}

/// One case of a script.
struct Case {
    title: String,
    line: usize,
    since: (u32, u32),
    only: Option<Protocol>,
    waits: bool,
    steps: Vec<Step>,
}

struct Step {
    line: usize,
    client: String,
    action: Action,
    /// For RESP2 and RESP3.
    expected: [String; 2],
}

enum Action {
    Command(Vec<Vec<u8>>),
    Raw(Vec<u8>),
    Advance(u64),
    Close,
    Begin(Vec<Vec<u8>>),
    Waits,
    End,
}

/// Runs a script under one protocol. Every case is run; the mismatches come back, one per case at most.
pub(crate) fn run_script(
    file: &str,
    text: &str,
    door: &mut dyn Door,
    protocol: Protocol,
) -> (Count, Vec<Mismatch>) {
    let mut count = Count::default();
    let mut wrong = Vec::new();
    for case in read(file, text) {
        if case.only.is_some_and(|p| p != protocol) {
            continue;
        }
        if !door.covers(case.since) {
            count.left_out += 1;
            continue;
        }
        let tries = if case.waits && door.is_realtime() { 5 } else { 1 };
        let mut last = Ok(None);
        for _ in 0..tries {
            last = run_case(file, &case, door, protocol);
            if last.is_ok() {
                break;
            }
        }
        match last {
            Ok(Some(replies)) => {
                count.cases += 1;
                count.replies += replies;
            }
            Ok(None) => count.left_out += 1,
            Err(mismatch) => wrong.push(*mismatch),
        }
    }
    (count, wrong)
}

/// The number of replies compared, or `None` when the door cannot run this case.
fn run_case(
    file: &str,
    case: &Case,
    door: &mut dyn Door,
    protocol: Protocol,
) -> Result<Option<usize>, Box<Mismatch>> {
    let wrong = |step: &Step, expected: String, got: String| {
        Box::new(Mismatch {
            file: file.to_string(),
            line: step.line,
            case: case.title.clone(),
            command: match &step.action {
                Action::Command(argv) => command_line(argv),
                Action::Raw(bytes) => quoted(bytes),
                Action::Advance(ms) => format!("@advance {ms}"),
                Action::Close => format!("@close {}", step.client),
                Action::Begin(argv) => format!("@begin {} {}", step.client, command_line(argv)),
                Action::Waits => format!("@waits {}", step.client),
                Action::End => format!("@end {}", step.client),
            },
            expected: format!("{expected} (RESP{})", if protocol == Protocol::Two { 2 } else { 3 }),
            got,
        })
    };
    let mut speaks: HashMap<&str, Protocol> = HashMap::new();
    let mut replies = 0;
    if let Err(e) = door.reset() {
        panic!("{file}:{}: the door does not reset: {e}", case.line);
    }
    for step in &case.steps {
        let text = &step.expected[usize::from(door.shapes(protocol) == Protocol::Three)];
        let expected = Pattern::all(text).unwrap_or_else(|e| panic!("{file}:{}: {e}", step.line));
        let client = step.client.as_str();
        let fail = |e: io::Error| wrong(step, text.clone(), format!("{e}"));
        if matches!(step.action, Action::Command(_) | Action::Raw(_) | Action::Begin(_))
            && protocol == Protocol::Three
            && !speaks.contains_key(client)
        {
            door.send(client, &[b"HELLO".to_vec(), b"3".to_vec()]).map_err(fail)?;
        }
        let now = *speaks.entry(client).or_insert(protocol);
        match &step.action {
            Action::Advance(ms) => door.advance(*ms).map_err(fail)?,
            Action::Close => {
                door.close(client);
                speaks.remove(client);
            }
            Action::Begin(argv) => door.begin(client, argv).map_err(fail)?,
            Action::Waits => {
                if !door.waits(client).map_err(fail)? {
                    return Err(wrong(step, "to wait".to_owned(), "it does not".to_owned()));
                }
            }
            Action::End => {
                let got = door.end(client).map_err(fail)?;
                let [one] = expected.as_slice() else { panic!("{file}:{}: one reply is due", step.line) };
                if !one.matches(&got, door.shapes(now)) {
                    return Err(wrong(step, text.clone(), got.to_string()));
                }
                replies += 1;
            }
            Action::Command(argv) => match expected.as_slice() {
                [Pattern::Nothing] => door.post(client, argv).map_err(fail)?,
                [one] => {
                    let got = door.send(client, argv).map_err(fail)?;
                    let after = spoken(argv, &got).unwrap_or(now);
                    speaks.insert(client, after);
                    if !one.matches(&got, door.shapes(after)) {
                        return Err(wrong(step, text.clone(), got.to_string()));
                    }
                    replies += 1;
                }
                _ => panic!("{file}:{}: a command has one reply, not {}", step.line, expected.len()),
            },
            Action::Raw(bytes) => {
                let Some(got) = door.raw(client, bytes, expected.len()).map_err(fail)? else {
                    return Ok(None);
                };
                if got.len() != expected.len()
                    || !expected.iter().zip(&got).all(|(e, g)| e.matches(g, door.shapes(now)))
                {
                    let got = got.iter().map(ToString::to_string).collect::<Vec<_>>().join("  ");
                    return Err(wrong(step, text.clone(), got));
                }
                replies += got.len();
            }
        }
    }
    Ok(Some(replies))
}

/// The protocol that a successful HELLO or RESET leaves the client with.
fn spoken(argv: &[Vec<u8>], got: &RespValue) -> Option<Protocol> {
    let name = argv.first()?.to_ascii_lowercase();
    match (name.as_slice(), argv.get(1).map(Vec::as_slice)) {
        (b"reset", _) if !got.is_error() => Some(Protocol::Two),
        (b"hello", Some(b"2")) if !got.is_error() => Some(Protocol::Two),
        (b"hello", Some(b"3")) if !got.is_error() => Some(Protocol::Three),
        _ => None,
    }
}

/// Reads a script. A script that breaks the form stops the test: it is our own text.
fn read(file: &str, text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for (n, full) in text.lines().enumerate() {
        let at = n + 1;
        let line = full.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let bad = |why: &str| -> ! { panic!("{file}:{at}: {why}: {line}") };
        if let Some(title) = line.strip_prefix("@case ") {
            cases.push(Case {
                title: title.trim().to_string(),
                line: at,
                since: (7, 0),
                only: None,
                waits: false,
                steps: Vec::new(),
            });
            continue;
        }
        let Some(case) = cases.last_mut() else { bad("nothing comes before the first @case") };
        let step = |client: &str, action| Step {
            line: at,
            client: client.to_string(),
            action,
            expected: [String::new(), String::new()],
        };
        if let Some(directive) = line.strip_prefix('@') {
            let mut words = directive.split_whitespace();
            match (words.next().unwrap_or_default(), words.next()) {
                ("resp2", None) => case.only = Some(Protocol::Two),
                ("resp3", None) => case.only = Some(Protocol::Three),
                ("since", Some(version)) => {
                    let parsed =
                        version.split_once('.').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
                    case.since = parsed.unwrap_or_else(|| bad("not a version"));
                }
                ("advance", Some(ms)) => {
                    let ms = ms.parse().unwrap_or_else(|_| bad("not a number of milliseconds"));
                    case.waits = true;
                    case.steps.push(step("", Action::Advance(ms)));
                }
                ("close", Some(client)) => case.steps.push(step(client, Action::Close)),
                ("close", None) => case.steps.push(step("", Action::Close)),
                ("begin", Some(client)) => {
                    let rest = directive.splitn(3, ' ').nth(2).unwrap_or_default();
                    match split_words(rest) {
                        Ok(argv) => case.steps.push(step(client, Action::Begin(argv))),
                        Err(e) => bad(&e),
                    }
                }
                ("waits", Some(client)) => case.steps.push(step(client, Action::Waits)),
                ("end", Some(client)) => case.steps.push(step(client, Action::End)),
                _ => bad("unknown directive"),
            }
            continue;
        }
        let mark = line.find(['>', '<']).unwrap_or_else(|| bad("neither a command nor a reply"));
        let (client, rest) = line.split_at(mark);
        if !client.bytes().all(|b| b.is_ascii_alphanumeric()) {
            bad("not the name of a client");
        }
        if let Some(raw) = rest.strip_prefix(">>") {
            match split_words(raw) {
                Ok(words) if words.len() == 1 => case.steps.push(step(client, Action::Raw(words[0].clone()))),
                _ => bad("one quoted string expected"),
            }
        } else if let Some(command) = rest.strip_prefix('>') {
            match split_words(command) {
                Ok(argv) => case.steps.push(step(client, Action::Command(argv))),
                Err(e) => bad(&e),
            }
        } else {
            let Some(last) = case.steps.last_mut().filter(|s| s.client == client) else {
                bad("a reply without its command")
            };
            let (both, tokens) = match rest.as_bytes().get(1) {
                Some(b'2') => ([true, false], &rest[2..]),
                Some(b'3') => ([false, true], &rest[2..]),
                _ => ([true, true], &rest[1..]),
            };
            for (text, wanted) in last.expected.iter_mut().zip(both) {
                if wanted {
                    text.push_str(if text.is_empty() { "" } else { " " });
                    text.push_str(tokens.trim());
                }
            }
        }
    }
    cases
}

/// Splits a line into arguments as redis-cli does, with `\{45*x}` on top.
pub(crate) fn split_words(line: &str) -> Result<Vec<Vec<u8>>, String> {
    let mut scan = Scan { rest: line.as_bytes() };
    let mut out = Vec::new();
    while scan.skip_blanks() {
        out.push(scan.word()?);
    }
    Ok(out)
}

/// A reader of words and quoted strings.
struct Scan<'a> {
    rest: &'a [u8],
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn take(&mut self) -> Option<u8> {
        let (&b, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(b)
    }

    fn eat(&mut self, b: u8) -> bool {
        let there = self.peek() == Some(b);
        if there {
            self.rest = &self.rest[1..];
        }
        there
    }

    /// Whether anything follows the blanks.
    fn skip_blanks(&mut self) -> bool {
        while self.peek().is_some_and(|b| b.is_ascii_whitespace()) {
            self.take();
        }
        self.peek().is_some()
    }

    fn word(&mut self) -> Result<Vec<u8>, String> {
        match self.peek() {
            Some(b'"') => self.double_quoted(),
            Some(b'\'') => self.single_quoted(),
            _ => {
                let mut out = Vec::new();
                while let Some(b) = self.peek().filter(|b| !b.is_ascii_whitespace()) {
                    out.push(b);
                    self.take();
                }
                Ok(out)
            }
        }
    }

    fn single_quoted(&mut self) -> Result<Vec<u8>, String> {
        self.take();
        let mut out = Vec::new();
        loop {
            match self.take().ok_or("a quote is not closed")? {
                b'\'' => break,
                b'\\' if self.eat(b'\'') => out.push(b'\''),
                b => out.push(b),
            }
        }
        self.at_blank().map(|()| out)
    }

    fn double_quoted(&mut self) -> Result<Vec<u8>, String> {
        self.take();
        let mut out = Vec::new();
        loop {
            let b = self.take().ok_or("a quote is not closed")?;
            match b {
                b'"' => break,
                b'\\' => match self.take().ok_or("a quote is not closed")? {
                    b'n' => out.push(b'\n'),
                    b'r' => out.push(b'\r'),
                    b't' => out.push(b'\t'),
                    b'a' => out.push(7),
                    b'b' => out.push(8),
                    b'x' => {
                        let hex = |b: Option<u8>| {
                            b.and_then(|b| char::from(b).to_digit(16)).ok_or("\\x needs two digits")
                        };
                        let (hi, lo) = (hex(self.take())?, hex(self.take())?);
                        out.push(u8::try_from(hi * 16 + lo).unwrap());
                    }
                    b'{' => {
                        let end = self.rest.iter().position(|&b| b == b'}').ok_or("\\{ is not closed")?;
                        let (body, rest) = self.rest.split_at(end);
                        self.rest = &rest[1..];
                        let star = body.iter().position(|&b| b == b'*').ok_or("\\{n*text} has no star")?;
                        let times = std::str::from_utf8(&body[..star]).ok().and_then(|n| n.parse().ok());
                        out.extend(body[star + 1..].repeat(times.ok_or("\\{n*text} has no number")?));
                    }
                    other => out.push(other),
                },
                b => out.push(b),
            }
        }
        self.at_blank().map(|()| out)
    }

    fn at_blank(&self) -> Result<(), String> {
        match self.peek() {
            Some(b) if !b.is_ascii_whitespace() => Err("text follows a closing quote".to_string()),
            _ => Ok(()),
        }
    }
}

/// What a reply must look like.
enum Pattern {
    Anything,
    Nothing,
    Status(Vec<u8>),
    StatusGlob(Vec<u8>),
    Int(i64, i64),
    Bulk(Vec<u8>),
    Glob(Vec<u8>),
    Verbatim([u8; 3], Box<Pattern>),
    Nil,
    NilArray,
    AnyArray,
    Array(Vec<Pattern>),
    Unordered(Vec<Pattern>),
    AnyMap,
    /// Keys and values in turn.
    Map(Vec<Pattern>),
    Set(Vec<Pattern>),
    Push(Vec<Pattern>),
    Double(Vec<u8>),
    Bool(bool),
    BigNumber(Vec<u8>),
    Attribute(Vec<Pattern>, Box<Pattern>),
    Error(Vec<u8>),
    ErrorPrefix(Vec<u8>),
}

impl Pattern {
    /// Reads all the patterns of a text.
    fn all(text: &str) -> Result<Vec<Self>, String> {
        let mut scan = Scan { rest: text.as_bytes() };
        let mut out = Vec::new();
        while scan.skip_blanks() {
            out.push(Self::one(&mut scan)?);
        }
        Ok(out)
    }

    fn some(scan: &mut Scan<'_>, n: usize) -> Result<Vec<Self>, String> {
        (0..n).map(|_| Self::one(scan)).collect()
    }

    fn one(scan: &mut Scan<'_>) -> Result<Self, String> {
        if !scan.skip_blanks() {
            return Err("the expected reply ends too early".to_string());
        }
        let plain = |word: Vec<u8>| String::from_utf8(word).map_err(|e| e.to_string());
        match scan.peek().unwrap_or_default() {
            b'"' => return scan.double_quoted().map(Self::Bulk),
            b'$' => {
                scan.take();
                return scan.double_quoted().map(Self::Bulk);
            }
            b'+' => {
                scan.take();
                if scan.eat(b'?') {
                    return scan.double_quoted().map(Self::StatusGlob);
                }
                return scan.word().map(Self::Status);
            }
            b'?' => {
                scan.take();
                return if scan.peek() == Some(b'"') {
                    scan.double_quoted().map(Self::Glob)
                } else {
                    Ok(Self::Anything)
                };
            }
            b'!' => {
                scan.take();
                return match scan.peek() {
                    Some(b'"') => scan.double_quoted().map(Self::Error),
                    _ => scan.word().map(Self::ErrorPrefix),
                };
            }
            b'=' => {
                scan.take();
                let head: Vec<u8> = (0..4).filter_map(|_| scan.take()).collect();
                let [a, b, c, b':'] = head[..] else {
                    return Err("a verbatim string is =txt:\"text\"".to_string());
                };
                return Ok(Self::Verbatim([a, b, c], Box::new(Self::one(scan)?)));
            }
            _ => {}
        }
        let word = plain(scan.word()?)?;
        let bad = || format!("{word} is no pattern of a reply");
        let size = |text: &str| text.parse::<usize>().map_err(|_| bad());
        Ok(match word.as_str() {
            "(none)" => Self::Nothing,
            "nil" => Self::Nil,
            "nil*" => Self::NilArray,
            "#t" => Self::Bool(true),
            "#f" => Self::Bool(false),
            ":?" => Self::Int(i64::MIN, i64::MAX),
            "*?" => Self::AnyArray,
            "%?" => Self::AnyMap,
            _ => match (word.as_bytes()[0], &word[1..]) {
                (b':', range) => {
                    let (low, high) = range.split_once("..").unwrap_or((range, range));
                    Self::Int(low.parse().map_err(|_| bad())?, high.parse().map_err(|_| bad())?)
                }
                (b'*', n) if n.starts_with('u') => Self::Unordered(Self::some(scan, size(&n[1..])?)?),
                (b'*', n) => Self::Array(Self::some(scan, size(n)?)?),
                (b'~', n) => Self::Set(Self::some(scan, size(n)?)?),
                (b'>', n) => Self::Push(Self::some(scan, size(n)?)?),
                (b'%', n) => Self::Map(Self::some(scan, 2 * size(n)?)?),
                (b'|', n) => {
                    let pairs = Self::some(scan, 2 * size(n)?)?;
                    Self::Attribute(pairs, Box::new(Self::one(scan)?))
                }
                (b',', text) => Self::Double(text.as_bytes().to_vec()),
                (b'(', text) => Self::BigNumber(text.as_bytes().to_vec()),
                _ => return Err(bad()),
            },
        })
    }

    fn matches(&self, got: &RespValue, protocol: Protocol) -> bool {
        use RespValue as V;
        let three = protocol == Protocol::Three;
        let in_order = |want: &[Self], have: &[V]| {
            want.len() == have.len() && want.iter().zip(have).all(|(w, h)| w.matches(h, protocol))
        };
        // Greedy: patterns that overlap each other are the script's own fault.
        let any_order = |want: &[Self], width: usize, have: &[V]| {
            let mut left: Vec<&[V]> = have.chunks(width).collect();
            want.len() == have.len()
                && want.chunks(width).all(|w| {
                    let found = left.iter().position(|h| in_order(w, h));
                    found.map(|i| left.swap_remove(i)).is_some()
                })
        };
        match (self, got) {
            (Self::Anything, v) => !v.is_error(),
            (Self::Status(w), V::Status(h)) | (Self::Bulk(w), V::Bulk(h)) | (Self::Error(w), V::Error(h)) => {
                w == h
            }
            (Self::ErrorPrefix(w), V::Error(h)) => h.starts_with(w),
            (Self::Int(low, high), V::Int(i)) => (low..=high).contains(&i),
            (Self::StatusGlob(p), V::Status(h)) => glob(p, h),
            (Self::Glob(p), V::Bulk(h) | V::Verbatim(_, h)) => glob(p, h),
            (Self::Verbatim(kind, w), V::Verbatim(k, h)) if three => {
                kind == k && w.matches(&V::Bulk(h.clone()), protocol)
            }
            (Self::Verbatim(_, w), v @ V::Bulk(_)) if !three => w.matches(v, protocol),
            (Self::Nil, V::NullBulk) | (Self::NilArray, V::NullArray) => !three,
            (Self::Nil | Self::NilArray, V::Null) => three,
            (Self::AnyArray, V::Array(_)) => true,
            (Self::Array(w), V::Array(h)) => in_order(w, h),
            (Self::Unordered(w), V::Array(h)) => any_order(w, 1, h),
            (Self::Set(w), V::Set(h)) if three => any_order(w, 1, h),
            (Self::Set(w), V::Array(h)) if !three => any_order(w, 1, h),
            (Self::Push(w), V::Push(h)) if three => in_order(w, h),
            (Self::Push(w), V::Array(h)) if !three => in_order(w, h),
            (Self::AnyMap, V::Map(_)) => three,
            (Self::AnyMap, V::Array(h)) => !three && h.len() % 2 == 0,
            (Self::Map(w), V::Map(h)) if three => any_order(w, 2, &flat(h)),
            (Self::Map(w), V::Array(h)) if !three => any_order(w, 2, h),
            (Self::Double(w), V::Double(h)) => {
                three && (w == h || shortest(w).is_some_and(|w| w.as_bytes() == h))
            }
            (Self::BigNumber(w), V::BigNumber(h)) => three && w == h,
            (Self::Double(w) | Self::BigNumber(w), V::Bulk(h)) => !three && w == h,
            (Self::Bool(w), V::Bool(h)) => three && w == h,
            (Self::Bool(w), V::Int(h)) => !three && i64::from(*w) == *h,
            (Self::Attribute(a, w), V::Attribute(b, h)) if three => {
                any_order(a, 2, &flat(b)) && w.matches(h, protocol)
            }
            (Self::Attribute(_, w), v) if !three => w.matches(v, protocol),
            _ => false,
        }
    }
}

/// A double as reply trees show it: they hold the number, not its digits.
fn shortest(digits: &[u8]) -> Option<String> {
    let value: f64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some(value.to_string())
}

fn flat(pairs: &[(RespValue, RespValue)]) -> Vec<RespValue> {
    pairs.iter().flat_map(|(k, v)| [k.clone(), v.clone()]).collect()
}

/// `*` is any run of bytes, `?` any byte.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, t));
            p += 1;
        } else if pattern.get(p).is_some_and(|&b| b == b'?' || b == text[t]) {
            p += 1;
            t += 1;
        } else if let Some((sp, st)) = star {
            star = Some((sp, st + 1));
            p = sp + 1;
            t = st + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&b| b == b'*')
}
