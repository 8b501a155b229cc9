//! Glob patterns as KEYS, SCAN, PSUBSCRIBE and CONFIG GET take them.
//!
//! `*` is any run of bytes, `?` one byte, `[a-c]` and `[^x]` one byte in or out of a set, and `\` takes the
//! next byte as it is. Every piece but the star takes exactly one byte, so on a mismatch only the last star
//! needs another try, one byte further on: the time is at most pattern times text, whatever the pattern.

/// Whether `pattern` matches the whole of `text`; with `nocase`, ASCII letters of either case are the same.
///
/// An empty text matches only the empty pattern, not even `*` (PSUBSCRIBE `*` does not hear the channel "").
pub(crate) fn glob_match(pattern: &[u8], text: &[u8], nocase: bool) -> bool {
    if text.is_empty() {
        return pattern.is_empty();
    }
    let (mut p, mut t) = (0, 0);
    // Where the pattern goes on after the last star, and where in the text that was last tried.
    let mut retry = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            p += 1;
            if p == pattern.len() {
                return true;
            }
            retry = Some((p, t));
        } else if let Some(next) = take_one(pattern, p, text[t], nocase) {
            p = next;
            t += 1;
        } else if let Some((after_star, tried)) = retry {
            let Some(at) = next_try(pattern[after_star], text, tried + 1, nocase) else { return false };
            (p, t) = (after_star, at);
            retry = Some((p, t));
        } else {
            return false;
        }
    }
    // Trying a star again could only leave less text for what is left of the pattern.
    pattern[p..].iter().all(|c| *c == b'*')
}

/// Whether KEYS or one of the SCAN family shows a key or element: with exactly `*`, even an empty one.
pub(crate) fn key_match(pattern: &[u8], key: &[u8]) -> bool {
    pattern == b"*" || glob_match(pattern, key, false)
}

/// The first place from `from` on where a pattern that begins with `first` can match.
fn next_try(first: u8, text: &[u8], from: usize, nocase: bool) -> Option<usize> {
    if nocase || matches!(first, b'*' | b'?' | b'[' | b'\\') {
        return (from < text.len()).then_some(from);
    }
    memchr::memchr(first, text.get(from..)?).map(|n| from + n)
}

/// Matches `c` with the piece of the pattern at `p`, not a star; the place of the next piece if it matches.
#[inline]
fn take_one(pattern: &[u8], p: usize, c: u8, nocase: bool) -> Option<usize> {
    match *pattern.get(p)? {
        b'?' => Some(p + 1),
        b'[' => {
            let (found, next) = in_set(pattern, p + 1, c, nocase);
            found.then_some(next)
        }
        b'\\' if p + 1 < pattern.len() => same(pattern[p + 1], c, nocase).then_some(p + 2),
        literal => same(literal, c, nocase).then_some(p + 1),
    }
}

/// Whether `c` is in the set that begins after the bracket, at `p`, and the place after it. The end of the
/// pattern closes a set too, and the ends of a range may come in either order.
fn in_set(pattern: &[u8], mut p: usize, c: u8, nocase: bool) -> (bool, usize) {
    let negated = pattern.get(p) == Some(&b'^');
    p += usize::from(negated);
    let mut found = false;
    loop {
        p += match pattern.get(p..).unwrap_or(&[]) {
            [] => return (found != negated, p),
            [b']', ..] => return (found != negated, p + 1),
            [b'\\', literal, ..] => {
                found |= same(*literal, c, nocase);
                2
            }
            [from, b'-', to, ..] => {
                // The ends are put in order before case is dropped, so [Z-a] is the empty z-a with `nocase`.
                let (low, high) = (fold(*from.min(to), nocase), fold(*from.max(to), nocase));
                found |= (low..=high).contains(&fold(c, nocase));
                3
            }
            [literal, ..] => {
                found |= same(*literal, c, nocase);
                1
            }
        };
    }
}

fn same(a: u8, b: u8, nocase: bool) -> bool {
    a == b || nocase && a.eq_ignore_ascii_case(&b)
}

fn fold(c: u8, nocase: bool) -> u8 {
    if nocase { c.to_ascii_lowercase() } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pattern and text, one pair to a line.
    fn pairs(table: &str) -> impl Iterator<Item = (&[u8], &[u8])> {
        table.split_whitespace().map(|pair| {
            let (p, t) = pair.split_once('~').unwrap();
            (p.as_bytes(), t.as_bytes())
        })
    }

    #[test]
    fn matches_as_redis_does() {
        let yes = r"
            *~abc *~* a*c~abbbc a*~a a**~ab *b*~abc *ab*ab~abxabab *[ab]?~xxby ?*~a
            h?llo~hello h[ae]llo~hallo h[^e]llo~hbllo h[a-b]llo~hbllo [c-a]~b
            [a~a x[ab~xb [^~a [^]~a [a-~- [\~\ [-a]~- [a-]~^ [a-\]~] [\]]~] [a\-z]~- [^^]~a [a^]~^
            \~\ a\~a\ \*~* \a~a";
        for (p, t) in pairs(yes) {
            assert!(glob_match(p, t, false), "{p:?} {t:?}");
        }
        let no = r"~a ?~ab a*?~a a~ab []~a []a]~a [~a [^a]~a a*c~abcd A~a *[~x \a~\a [a-]~- [a-c]~B *a*b~ba";
        for (p, t) in pairs(no) {
            assert!(!glob_match(p, t, false), "{p:?} {t:?}");
        }
    }

    #[test]
    fn case_can_be_ignored() {
        for (p, t) in pairs(r"MAX*~maxmemory *[A-C]~xb *MEM*~maxmemory \M~m [^a]~B [z-a]~M") {
            assert!(glob_match(p, t, true), "{p:?} {t:?}");
        }
        // Ranges across the cases are put in order as they are written, and are empty or odd after that.
        for (p, t) in pairs(r"[M-a]~n [a-Z]~b [_-Z]~a [^a]~A") {
            assert!(!glob_match(p, t, true), "{p:?} {t:?}");
        }
    }

    #[test]
    fn the_empty_text() {
        assert!(glob_match(b"", b"", false) && key_match(b"", b"") && key_match(b"*", b""));
        assert!(!glob_match(b"*", b"", false) && !key_match(b"**", b"") && !key_match(b"?", b""));
    }

    #[test]
    fn many_stars_take_no_longer_than_one() {
        let pattern = format!("{}b", "a*".repeat(200));
        assert!(!glob_match(pattern.as_bytes(), &[b'a'; 20_000], false));
        let pattern = "*".repeat(10_000) + "[b]";
        assert!(!glob_match(pattern.as_bytes(), &[b'a'; 10_000], false));
    }
}
