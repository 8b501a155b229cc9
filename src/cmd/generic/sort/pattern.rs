//! The patterns of BY and GET: a key, or a field of a hash, with the element in the place of the first star.

use crate::cmd::ctx::Ctx;
use crate::cmd::string::{reply_option, with_bytes};
use crate::reply::sink::ReplySink;

/// See the module.
pub(super) enum Pattern<'a> {
    /// `#`: the element itself.
    Element,
    /// Without a star: it names nothing.
    Fixed,
    /// The key has the element between these; `field` is what follows the arrow.
    Key { before: &'a [u8], after: &'a [u8], field: Option<&'a [u8]> },
}

impl<'a> Pattern<'a> {
    /// Takes a pattern apart. As in Redis, stars and arrows are looked for up to the first NUL.
    pub(super) fn new(text: &'a [u8]) -> Self {
        let seen = memchr::memchr(0, text).map_or(text, |end| &text[..end]);
        if seen == b"#" {
            return Self::Element;
        }
        let Some(star) = memchr::memchr(b'*', seen) else { return Self::Fixed };
        let (before, rest) = (&text[..star], &text[star + 1..]);
        let arrow = memchr::memmem::find(&seen[star + 1..], b"->");
        // An arrow at the very end is part of the key.
        match arrow.filter(|at| star + 1 + at + 2 < seen.len()) {
            Some(at) => Self::Key { before, after: &rest[..at], field: Some(&rest[at + 2..]) },
            None => Self::Key { before, after: rest, field: None },
        }
    }

    /// Whether it names another key for each element.
    pub(super) fn has_star(&self) -> bool {
        matches!(self, Self::Key { .. })
    }

    /// Whether it names a field.
    pub(super) fn has_field(&self) -> bool {
        matches!(self, Self::Key { field: Some(_), .. })
    }

    /// Hands the value for an element to `take`; what is not there, or no string, is `None`. `key` is room to work in.
    pub(super) fn value(
        &self,
        ctx: &mut Ctx<'_>,
        element: &[u8],
        key: &mut Vec<u8>,
        take: &mut dyn FnMut(Option<&[u8]>),
    ) {
        let field = match *self {
            Self::Element => return take(Some(element)),
            Self::Fixed => return take(None),
            Self::Key { before, after, field } => {
                key.clear();
                [before, element, after].iter().for_each(|part| key.extend_from_slice(part));
                field
            }
        };
        if let Some(field) = field {
            let hash = ctx.read_hash(key).ok().flatten();
            match hash.and_then(|(hash, now)| hash.get(field, now)) {
                Some(found) => found.value.with_bytes(|text| take(Some(text))),
                None => take(None),
            }
            return;
        }
        match ctx.find_str(key).ok().flatten() {
            Some(value) => with_bytes(value, |text| take(Some(text))),
            None => take(None),
        }
    }

    /// Answers the value for an element.
    pub(super) fn reply(
        &self,
        ctx: &mut Ctx<'_>,
        element: &[u8],
        key: &mut Vec<u8>,
        out: &mut dyn ReplySink,
    ) {
        if let Self::Key { before, after, field: None } = *self {
            // A large value is shared with the reply.
            key.clear();
            [before, element, after].iter().for_each(|part| key.extend_from_slice(part));
            return reply_option(out, ctx.find_str(key).ok().flatten());
        }
        self.value(ctx, element, key, &mut |value| match value {
            Some(text) => out.bulk(text),
            None => out.null(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        let parts = |text: &'static [u8]| match Pattern::new(text) {
            Pattern::Key { before, after, field } => Some((before, after, field)),
            Pattern::Element | Pattern::Fixed => None,
        };
        assert_eq!(parts(b"w_*"), Some((&b"w_"[..], &b""[..], None)));
        assert_eq!(parts(b"w_*x*"), Some((&b"w_"[..], &b"x*"[..], None)));
        assert_eq!(parts(b"h_*->f"), Some((&b"h_"[..], &b""[..], Some(&b"f"[..]))));
        assert_eq!(parts(b"h_*->"), Some((&b"h_"[..], &b"->"[..], None)));
        assert_eq!(parts(b"h_*:->f->g"), Some((&b"h_"[..], &b":"[..], Some(&b"f->g"[..]))));
        assert_eq!(parts(b"q->*->x"), Some((&b"q->"[..], &b""[..], Some(&b"x"[..]))));
        assert_eq!(parts(b"*"), Some((&b""[..], &b""[..], None)));
        assert_eq!(parts(b"*-\0>f"), Some((&b""[..], &b"-\0>f"[..], None)));
        assert!(matches!(Pattern::new(b"#"), Pattern::Element));
        for fixed in [&b""[..], b"nosort", b"##", b"#->f", b"a\0*"] {
            assert!(matches!(Pattern::new(fixed), Pattern::Fixed));
        }
    }
}
