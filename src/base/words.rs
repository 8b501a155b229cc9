//! Lines of words as Redis splits them: inline commands and configuration. Quotes keep spaces together.

/// A quote without its partner, or one that something else than a space follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unbalanced;

/// All words of a line.
pub(crate) fn split(mut line: &[u8]) -> Result<Vec<Vec<u8>>, Unbalanced> {
    let mut words = Vec::new();
    loop {
        line = skip_spaces(line);
        if line.is_empty() {
            return Ok(words);
        }
        let mut text = Vec::new();
        line = word(line, &mut text)?;
        words.push(text);
    }
}

/// The line from its first byte on that is no space.
pub(crate) fn skip_spaces(mut line: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = line
        && is_space(*first)
    {
        line = rest;
    }
    line
}

/// Reads one word of a line into `out`, and returns what follows it.
pub(crate) fn word<'a>(mut line: &'a [u8], out: &mut Vec<u8>) -> Result<&'a [u8], Unbalanced> {
    loop {
        match line {
            [] | [b' ' | b'\t' | b'\r', ..] => return Ok(line),
            [b'"', rest @ ..] => return closed(double_quoted(rest, out)?),
            [b'\'', rest @ ..] => return closed(single_quoted(rest, out)?),
            [byte, rest @ ..] => {
                out.push(*byte);
                line = rest;
            }
        }
    }
}

/// Reads up to the closing `"`: `\n`, `\x41` and the like are escapes, `\` makes any other byte plain.
fn double_quoted<'a>(mut line: &'a [u8], out: &mut Vec<u8>) -> Result<&'a [u8], Unbalanced> {
    loop {
        let (byte, rest) = match line {
            [] => return Err(Unbalanced),
            [b'"', rest @ ..] => return Ok(rest),
            [b'\\', b'x', high, low, rest @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                (hex(*high) << 4 | hex(*low), rest)
            }
            [b'\\', byte, rest @ ..] => match byte {
                b'n' => (b'\n', rest),
                b'r' => (b'\r', rest),
                b't' => (b'\t', rest),
                b'b' => (8, rest),
                b'a' => (7, rest),
                _ => (*byte, rest),
            },
            [byte, rest @ ..] => (*byte, rest),
        };
        out.push(byte);
        line = rest;
    }
}

/// Reads up to the closing `'`; `\'` is the only escape.
fn single_quoted<'a>(mut line: &'a [u8], out: &mut Vec<u8>) -> Result<&'a [u8], Unbalanced> {
    loop {
        let (byte, rest) = match line {
            [] => return Err(Unbalanced),
            [b'\'', rest @ ..] => return Ok(rest),
            [b'\\', b'\'', rest @ ..] => (b'\'', rest),
            [byte, rest @ ..] => (*byte, rest),
        };
        out.push(byte);
        line = rest;
    }
}

/// A closing quote ends its word: a space or nothing must follow.
fn closed(line: &[u8]) -> Result<&[u8], Unbalanced> {
    match line.first() {
        Some(&b) if !is_space(b) => Err(Unbalanced),
        _ => Ok(line),
    }
}

/// What C's `isspace` knows: the spaces between words.
fn is_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t'..=b'\r')
}

/// The value of a hexadecimal digit.
fn hex(digit: u8) -> u8 {
    let value = char::from(digit).to_digit(16).unwrap_or_default();
    u8::try_from(value).unwrap_or_default()
}

/// Appends a word in quotes, as [`word`] reads it back: `"a\x00\n"`.
pub(crate) fn push_quoted(out: &mut Vec<u8>, word: &[u8]) {
    out.push(b'"');
    for &byte in word {
        match byte {
            b'\\' | b'"' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            7 => out.extend_from_slice(b"\\a"),
            8 => out.extend_from_slice(b"\\b"),
            b' '..=b'~' => out.push(byte),
            _ => out.extend_from_slice(format!("\\x{byte:02x}").as_bytes()),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_escapes() {
        let words = split(br#" save "a b"  'it\'s' "\x41\n" "" "#).unwrap();
        assert_eq!(words, [&b"save"[..], b"a b", b"it's", b"A\n", b""]);
        assert_eq!(split(b"\"a"), Err(Unbalanced));
        assert_eq!(split(b"\"a\"b"), Err(Unbalanced));
        assert_eq!(split(b"").unwrap().len(), 0);
    }

    #[test]
    fn quoted_words_are_read_back() {
        let every: Vec<u8> = (0..=255).collect();
        let mut quoted = Vec::new();
        push_quoted(&mut quoted, &every);
        assert!(quoted.iter().all(|byte| (b' '..=b'~').contains(byte)));
        assert_eq!(split(&quoted).unwrap(), [every]);
    }
}
