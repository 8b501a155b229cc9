//! One record of an AOF file: `*2\r\n$3\r\nDEL\r\n$1\r\nk\r\n`, or an annotation `#TS:1700000000\r\n`.
//!
//! The parser is strict: only what a writer of AOF files writes is a record. That makes "these bytes are the
//! beginning of a record, the rest is missing" (a torn write) different from "no record begins like this"
//! (damage).

use std::ops::Range;

/// What memory can hold at all. `proto-max-bulk-len` is no limit here: what was written under a higher one must
/// be read under any. A length that no file of this size holds shows as a record cut off by its end.
const MAX_ARG: usize = isize::MAX.unsigned_abs();
/// Redis's limit for the number of arguments.
const MAX_ARGS: usize = i32::MAX as usize;
/// No annotation that a server writes is nearly as long.
const MAX_ANNOTATION: usize = 1024;

/// How far a look at the bytes came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The bytes are the beginning of a record, which has at least this many bytes in all.
    Partial(usize),
    /// A whole command of this many bytes; its arguments are in [`Parser::args`].
    Command(usize),
    /// A whole annotation of this many bytes.
    Annotation(usize),
}

/// No record has this byte at this place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Bad {
    /// Where, counted from the first byte of the record.
    pub(crate) at: usize,
    /// What must stand there instead.
    pub(crate) why: &'static str,
}

/// Reads one record out of a buffer that grows at its end; what was seen once is not read again.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    /// Where each argument lies, counted from the first byte of the record.
    args: Vec<Range<usize>>,
    /// How many there are in all; 0 until known.
    argc: usize,
    /// Everything before is valid and done with.
    pos: usize,
}

impl Parser {
    /// Where the arguments lie; complete after [`Step::Command`].
    pub(crate) fn args(&self) -> &[Range<usize>] {
        &self.args
    }

    /// Starts over at the next record.
    pub(crate) fn reset(&mut self) {
        self.args.clear();
        self.argc = 0;
        self.pos = 0;
    }

    /// Looks at `buf`, which begins with the record.
    pub(crate) fn step(&mut self, buf: &[u8]) -> Result<Step, Bad> {
        if self.argc == 0 {
            if buf.first() == Some(&b'#') {
                return annotation(buf);
            }
            match number(buf, 0, b'*', MAX_ARGS, "a command (`*`)")? {
                None => return Ok(Step::Partial(buf.len().saturating_add(1))),
                Some((0, _)) => return Err(Bad { at: 1, why: "a positive number of arguments" }),
                Some((n, next)) => (self.argc, self.pos) = (n, next),
            }
        }
        while self.args.len() < self.argc {
            let Some((len, start)) = number(buf, self.pos, b'$', MAX_ARG, "an argument (`$`)")? else {
                return Ok(Step::Partial(buf.len().saturating_add(1)));
            };
            let end = start.saturating_add(len);
            let next = end.saturating_add(2);
            match (buf.get(end), buf.get(end.saturating_add(1))) {
                (Some(b'\r'), Some(b'\n')) => {}
                (Some(b'\r') | None, None) => return Ok(Step::Partial(next)),
                (Some(b'\r'), _) => return Err(Bad { at: end.saturating_add(1), why: CRLF }),
                _ => return Err(Bad { at: end, why: CRLF }),
            }
            self.args.push(start..end);
            self.pos = next;
        }
        Ok(Step::Command(self.pos))
    }

    /// Tells a damaged length from a torn write, at the end of the last file: `buf` is the beginning of a
    /// record that the end of the file cuts off inside an argument. If that argument seems to go on past the
    /// end only because its length is wrong, then what it swallowed is still there to be seen: the missing
    /// arguments of its own record, or a whole record after it. Returns the offset of the `$`.
    ///
    /// A value that holds RESP itself looks the same when a torn write cuts it; then the file is refused
    /// though nothing is wrong with it but its tail. Refusing can be mended by hand, a loss cannot.
    pub(crate) fn swallowed_records(&self, buf: &[u8]) -> Option<usize> {
        let missing = self.argc.checked_sub(self.args.len())?.checked_sub(1)?;
        let (_, start) = number(buf, self.pos, b'$', MAX_ARG, "").ok()??;
        let content = buf.get(start..)?;
        // Bytes made to look like a great many half records must not cost a great deal more than their number.
        let mut budget: usize = 1 << 20;
        for end in memchr::memmem::find_iter(content, b"\r\n") {
            let rest = content.get(end.saturating_add(2)..).unwrap_or_default();
            let seen = match (missing, rest.first()) {
                (0, Some(b'*')) => {
                    let mut next = Self::default();
                    let whole = matches!(next.step(rest), Ok(Step::Command(_)));
                    budget = budget.checked_sub(next.args.len())?;
                    whole
                }
                (1.., Some(b'$')) => {
                    let mut own = Self { argc: missing, ..Self::default() };
                    let whole = own.step(rest);
                    budget = budget.checked_sub(own.args.len())?;
                    let follows = |n| matches!(rest.get(n), None | Some(b'*' | b'#'));
                    matches!(whole, Ok(Step::Command(n)) if follows(n))
                }
                _ => false,
            };
            if seen {
                return Some(self.pos);
            }
        }
        None
    }
}

const CRLF: &str = "the end of the line (CRLF)";

fn annotation(buf: &[u8]) -> Result<Step, Bad> {
    for (i, &b) in buf.iter().enumerate().skip(1) {
        match b {
            b'\n' => return Ok(Step::Annotation(i.saturating_add(1))),
            b'\r' | b'\t' | b' '..=b'~' if i < MAX_ANNOTATION => {}
            _ => return Err(Bad { at: i, why: "the text of an annotation" }),
        }
    }
    Ok(Step::Partial(buf.len().saturating_add(1)))
}

/// Reads `marker`, a number without leading zeros, CRLF. `None`: the bytes end before it does.
fn number(
    buf: &[u8],
    at: usize,
    marker: u8,
    max: usize,
    what: &'static str,
) -> Result<Option<(usize, usize)>, Bad> {
    let Some(&first) = buf.get(at) else { return Ok(None) };
    if first != marker {
        return Err(Bad { at, why: what });
    }
    let digits = at.saturating_add(1);
    let (mut n, mut pos) = (0usize, digits);
    loop {
        match buf.get(pos) {
            None => return Ok(None),
            Some(&d @ b'0'..=b'9') if pos == digits || n > 0 => {
                n = n.saturating_mul(10).saturating_add(usize::from(d.wrapping_sub(b'0')));
                if n > max {
                    return Err(Bad { at: digits, why: "a length within the limits" });
                }
            }
            Some(b'\r') if pos > digits => break,
            Some(_) => return Err(Bad { at: pos, why: "a length" }),
        }
        pos = pos.saturating_add(1);
    }
    let lf = pos.saturating_add(1);
    match buf.get(lf) {
        None => Ok(None),
        Some(b'\n') => Ok(Some((n, lf.saturating_add(1)))),
        Some(_) => Err(Bad { at: lf, why: CRLF }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(buf: &[u8]) -> Result<Step, Bad> {
        Parser::default().step(buf)
    }

    #[test]
    fn a_record_is_found_byte_by_byte_as_at_once() {
        let text = b"*3\r\n$3\r\nSET\r\n$0\r\n\r\n$11\r\nhello\r\nworl\r\n";
        let mut p = Parser::default();
        for end in 0..text.len() {
            assert_eq!(whole(&text[..end]), p.step(&text[..end]), "{end}");
            assert!(matches!(p.step(&text[..end]), Ok(Step::Partial(n)) if n > end && n <= text.len()));
        }
        assert_eq!(p.step(text), Ok(Step::Command(text.len())));
        let args: Vec<_> = p.args().iter().map(|r| &text[r.clone()]).collect();
        assert_eq!(args, [&b"SET"[..], b"", b"hello\r\nworl"]);
        assert_eq!(whole(b"#TS:1\r\n*"), Ok(Step::Annotation(7)));
        assert_eq!(whole(b"#TS:1"), Ok(Step::Partial(6)));
        assert_eq!(whole(b"*1\r\n$1000\r\nabc"), Ok(Step::Partial(4 + 7 + 1002)));
    }

    #[test]
    fn what_no_record_begins_with_is_bad_at_its_first_wrong_byte() {
        for (text, at) in [
            (&b"PING\r\n"[..], 0),
            (b"\r\n", 0),
            (b"*x\r\n", 1),
            (b"*\r\n", 1),
            (b"*-1\r\n", 1),
            (b"*0\r\n", 1),
            (b"*01\r\n", 2),
            (b"*1\n", 2),
            (b"*1\rx", 3),
            (b"*9999999999", 1),
            (b"*1\r\n*", 4),
            (b"*1\r\n$-1\r\n", 5),
            (b"*1\r\n$9223372036854775808\r\n", 5),
            (b"*1\r\n$99999999999999999999", 5),
            (b"*1\r\n$4\r\npingX", 12),
            (b"*1\r\n$4\r\nping\rX", 13),
            (b"#TS\x00", 3),
        ] {
            assert_eq!(whole(text).unwrap_err().at, at, "{text:?}");
        }
        assert_eq!(whole(b"*1\r\n$536870913\r\n"), Ok(Step::Partial(4 + 12 + (512 << 20) + 1 + 2)));
    }

    #[test]
    fn a_wrong_length_gives_itself_away_by_what_it_swallowed() {
        let damaged = |text: &[u8]| {
            let mut p = Parser::default();
            assert!(matches!(p.step(text), Ok(Step::Partial(_))), "{text:?}");
            p.swallowed_records(text)
        };
        // A value, a key, the last argument of the last record, and honest torn writes.
        let next = b"*2\r\n$3\r\nDEL\r\n$1\r\nk\r\n";
        let value = [&b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$500\r\nv\r\n"[..], next].concat();
        assert_eq!(damaged(&value), Some(20));
        let key = b"*3\r\n$3\r\nSET\r\n$900\r\nk\r\n$1\r\nv\r\n";
        assert_eq!(damaged(key), Some(13));
        assert_eq!(damaged(&[&key[..], b"*2\r\n$3"].concat()), Some(13));
        assert_eq!(damaged(b"*3\r\n$3\r\nSET\r\n$900\r\nk\r\n$1\r\nv"), None);
        assert_eq!(damaged(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$500\r\nv\r\n"), None);
        assert_eq!(damaged(b"*2\r\n$3\r\nGET\r\n$500\r\nsome text\r\n* a list\r\n$5\r\n"), None);
        assert_eq!(damaged(b"*2\r\n$3\r\nGET\r\n"), None);
    }
}
