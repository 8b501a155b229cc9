//! The reply as an immutable tree, for C and Rust callers.
//!
//! A [`Reply`] is its own node: elements are `Reply`s as well, so a plain `&Reply` answers everything about
//! itself and stays where it is as long as its root. Integers, doubles and text of up to 28 bytes live in the
//! 32 bytes of the node; longer text costs one allocation, as does the element list of an aggregate.

use std::fmt;

use super::sink::{Block, Protocol, ReplySink};
use crate::base::error::{Error, ErrorKind};
use crate::base::place::overwrite;

/// Blocks from this size on are kept by reference instead of being copied.
pub(crate) const PIN_FROM: usize = 64 * 1024;
/// Room for inline text, its NUL included; makes a node 32 bytes.
const INLINE: usize = 29;
/// Elements reserved at once; longer aggregates grow as their elements really arrive.
const RESERVE: usize = 64 * 1024;

const OK: (u8, u8) = (b'O', b'K');

/// What a [`Reply`] holds. The numbers are those of the C constants `LODGER_REPLY_*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(i32)]
pub enum ReplyKind {
    /// A string of bytes.
    String = 1,
    /// A short fixed text such as `OK`.
    Status = 2,
    /// An error that the command answered; its text begins with a code such as `WRONGTYPE`.
    Error = 3,
    /// A signed 64-bit integer.
    Integer = 4,
    /// Absent.
    Nil = 5,
    /// A list of replies.
    Array = 6,
    /// Keys and values, alternately.
    Map = 7,
    /// A list of distinct replies in no order.
    Set = 8,
    /// A double.
    Double = 9,
    /// True or false.
    Bool = 10,
    /// An integer of any size, as decimal text.
    BigNumber = 11,
    /// Text with a format such as `txt`.
    Verbatim = 12,
    /// An out-of-band message, laid out as an array.
    Push = 13,
}

/// What a command answered: an immutable tree in RESP3 shapes.
#[derive(Clone)]
pub struct Reply(Node);

/// Text nodes keep a NUL behind the text, except pinned blocks.
#[derive(Clone)]
enum Node {
    Nil,
    Integer(i64),
    Double(f64),
    Bool(bool),
    Short { kind: TextKind, len: u8, text: [u8; INLINE] },
    Long { kind: TextKind, text: Box<[u8]> },
    Verbatim { format: [u8; 3], text: Box<[u8]> },
    Pinned(Block),
    List { kind: ListKind, items: Vec<Reply> },
}

/// The kinds of text, in one byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum TextKind {
    String,
    Status,
    Error,
    BigNumber,
}

/// The kinds of aggregates, in one byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum ListKind {
    Array,
    Map,
    Set,
    Push,
}

const _: () = assert!(size_of::<Reply>() == 32, "a node is half a cache line");

impl Reply {
    /// No value.
    pub(crate) const fn nil() -> Self {
        Self(Node::Nil)
    }

    /// An integer.
    pub(crate) const fn integer(value: i64) -> Self {
        Self(Node::Integer(value))
    }

    /// Becomes another reply; this one has no memory of its own.
    pub(crate) const fn become_other(&mut self, other: Self) {
        overwrite(self, other);
    }

    /// The value if this is an integer, no boolean.
    #[inline]
    pub(crate) fn plain_int(&self) -> Option<i64> {
        if let Node::Integer(v) = self.0 { Some(v) } else { None }
    }

    /// The status of two letters that most commands answer.
    pub(crate) const fn ok() -> Self {
        let mut text = [0; INLINE];
        (text[0], text[1]) = OK;
        Self(Node::Short { kind: TextKind::Status, len: 2, text })
    }

    /// Whether this is [`Reply::ok`].
    pub(crate) fn is_ok(&self) -> bool {
        match &self.0 {
            Node::Short { kind: TextKind::Status, len: 2, text } => (text[0], text[1]) == OK,
            _ => false,
        }
    }

    /// What this reply holds.
    pub fn kind(&self) -> ReplyKind {
        match &self.0 {
            Node::Nil => ReplyKind::Nil,
            Node::Integer(_) => ReplyKind::Integer,
            Node::Double(_) => ReplyKind::Double,
            Node::Bool(_) => ReplyKind::Bool,
            Node::Verbatim { .. } => ReplyKind::Verbatim,
            Node::Pinned(_) => ReplyKind::String,
            Node::Short { kind, .. } | Node::Long { kind, .. } => match kind {
                TextKind::String => ReplyKind::String,
                TextKind::Status => ReplyKind::Status,
                TextKind::Error => ReplyKind::Error,
                TextKind::BigNumber => ReplyKind::BigNumber,
            },
            Node::List { kind, .. } => match kind {
                ListKind::Array => ReplyKind::Array,
                ListKind::Map => ReplyKind::Map,
                ListKind::Set => ReplyKind::Set,
                ListKind::Push => ReplyKind::Push,
            },
        }
    }

    /// Whether the value is absent.
    pub fn is_nil(&self) -> bool {
        matches!(self.0, Node::Nil)
    }

    /// The value of an integer, or 1 and 0 for a boolean.
    pub fn as_int(&self) -> Option<i64> {
        match self.0 {
            Node::Integer(v) => Some(v),
            Node::Bool(v) => Some(i64::from(v)),
            _ => None,
        }
    }

    /// The value of a double; an integer is converted.
    pub fn as_f64(&self) -> Option<f64> {
        match self.0 {
            Node::Double(v) => Some(v),
            Node::Integer(v) => Some(v as f64),
            _ => None,
        }
    }

    /// The value of a boolean; an integer is true unless it is 0.
    pub fn as_bool(&self) -> Option<bool> {
        self.as_int().map(|v| v != 0)
    }

    /// The bytes of a string, status, error, big number or verbatim text (without its format).
    pub fn as_bytes(&self) -> Option<&[u8]> {
        self.text().map(|(bytes, len)| bytes.get(..len).unwrap_or_default())
    }

    /// [`Reply::as_bytes`] when they are UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(self.as_bytes()?).ok()
    }

    /// The text of an error that the command answered.
    pub fn as_error(&self) -> Option<&[u8]> {
        if self.kind() == ReplyKind::Error { self.as_bytes() } else { None }
    }

    /// The three letters before verbatim text, such as `txt`.
    pub fn verbatim_format(&self) -> Option<&[u8; 3]> {
        if let Node::Verbatim { format, .. } = &self.0 { Some(format) } else { None }
    }

    /// How many elements an aggregate has: a map twice its pairs. 0 for everything else.
    pub fn len(&self) -> usize {
        self.elements().len()
    }

    /// Whether there are no elements: an empty aggregate, or no aggregate at all.
    pub fn is_empty(&self) -> bool {
        self.elements().is_empty()
    }

    /// The `i`th element of an aggregate; a map has its keys at even and its values at odd places.
    pub fn at(&self, i: usize) -> Option<&Reply> {
        self.elements().get(i)
    }

    /// The elements of an aggregate; none for everything else.
    pub fn elements(&self) -> &[Reply] {
        if let Node::List { items, .. } = &self.0 { items } else { &[] }
    }

    /// Walks [`Reply::elements`].
    pub fn iter(&self) -> std::slice::Iter<'_, Reply> {
        self.elements().iter()
    }

    /// The elements two by two: the keys and values of a map.
    pub fn pairs(&self) -> impl ExactSizeIterator<Item = (&Reply, &Reply)> {
        self.elements().as_chunks::<2>().0.iter().map(|[key, value]| (key, value))
    }

    /// The bytes of [`Reply::as_bytes`] as an owned vector.
    pub fn into_bytes(self) -> Option<Vec<u8>> {
        match self.0 {
            Node::Long { text, .. } | Node::Verbatim { text, .. } => {
                let mut bytes = text.into_vec();
                bytes.pop();
                Some(bytes)
            }
            Node::Pinned(block) => Some(Block::unwrap_or_clone(block)),
            _ => self.as_bytes().map(<[u8]>::to_vec),
        }
    }

    /// Turns an error that the command answered into an [`Error`] of kind [`ErrorKind::Command`].
    pub fn into_result(self) -> Result<Reply, Error> {
        match self.as_error() {
            Some(text) => Err(Error::new(ErrorKind::Command, String::from_utf8_lossy(text))),
            None => Ok(self),
        }
    }

    /// The text for C: where it begins, with its NUL when it has one, and its length without the NUL. Only
    /// strings of 64 KiB and more, which are shared with the database, have none.
    pub(crate) fn text(&self) -> Option<(&[u8], usize)> {
        match &self.0 {
            Node::Short { len, text, .. } => Some((text, usize::from(*len))),
            Node::Long { text, .. } | Node::Verbatim { text, .. } => {
                Some((text, text.len().saturating_sub(1)))
            }
            Node::Pinned(block) => Some((block, block.len())),
            _ => None,
        }
    }
}

impl PartialEq for Reply {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Node::Double(a), Node::Double(b)) => a == b,
            _ => {
                self.kind() == other.kind()
                    && self.as_int() == other.as_int()
                    && self.as_bytes() == other.as_bytes()
                    && self.verbatim_format() == other.verbatim_format()
                    && self.elements() == other.elements()
            }
        }
    }
}

impl<'a> IntoIterator for &'a Reply {
    type Item = &'a Reply;
    type IntoIter = std::slice::Iter<'a, Reply>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Readable: `"bytes"`, `OK`, `(error) ERR ..`, `42`, `nil`, `[..]`, `{..}`, `~[..]`, `>[..]`.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Node::Nil => return f.write_str("nil"),
            Node::Integer(v) => return v.fmt(f),
            Node::Double(v) => return v.fmt(f),
            Node::Bool(v) => return v.fmt(f),
            Node::List { kind: ListKind::Map, .. } => return f.debug_map().entries(self.pairs()).finish(),
            Node::List { kind, items } => {
                f.write_str(match kind {
                    ListKind::Set => "~",
                    ListKind::Push => ">",
                    _ => "",
                })?;
                return f.debug_list().entries(items).finish();
            }
            _ => {}
        }
        let text = self.as_bytes().unwrap_or_default().escape_ascii();
        match self.kind() {
            ReplyKind::Status | ReplyKind::BigNumber => write!(f, "{text}"),
            ReplyKind::Error => write!(f, "(error) {text}"),
            _ => write!(f, "\"{text}\""),
        }
    }
}

/// Builds a [`Reply`]. Attributes are dropped together with their elements.
///
/// One reply is kept: the first that is no push message, else the last push message. It is written where it stays, as
/// every text is: to read a node of 32 bytes at once whose parts were just written means to wait for the writes.
pub(crate) struct TreeSink<'r> {
    protocol: Protocol,
    /// Elements still to be dropped, because they belong to an attribute.
    dropping: usize,
    root: &'r mut Reply,
    /// There is a reply.
    kept: bool,
    /// The innermost aggregate that is being filled.
    inner: Option<Open>,
    /// The aggregates around it, the outermost first. Most replies have none, and pay for no more than a pointer.
    outer: Option<Box<Around>>,
    /// The system had no memory for all elements.
    short: bool,
}

/// See [`TreeSink::outer`].
#[derive(Default)]
struct Around(Vec<Open>);

/// An aggregate that waits for `missing` more elements; never 0.
struct Open {
    kind: ListKind,
    missing: usize,
    items: Vec<Reply>,
}

impl<'r> TreeSink<'r> {
    /// A sink for one reply to a client that speaks `protocol`. `root`, which is nil, becomes the reply.
    #[inline]
    pub(crate) fn new(protocol: Protocol, root: &'r mut Reply) -> Self {
        debug_assert!(root.is_nil(), "nothing was written yet");
        Self { protocol, dropping: 0, root, kept: false, inner: None, outer: None, short: false }
    }

    /// The reply is whole: an aggregate that was announced longer keeps what it has.
    #[inline]
    pub(crate) fn finish(mut self) {
        if self.inner.is_some() || self.short {
            self.close_all();
        }
    }

    #[cold]
    fn close_all(&mut self) {
        while let Some(open) = self.inner.take() {
            self.close(open);
        }
        if self.short {
            *self.root = Reply(no_memory());
        }
    }

    /// Counts an element down that belongs to an attribute, with `elements` of its own. False: keep it.
    #[inline]
    fn drops(&mut self, elements: usize) -> bool {
        if self.dropping == 0 {
            return false;
        }
        self.dropping = (self.dropping - 1).saturating_add(elements);
        true
    }

    /// Where a reply goes that is a scalar alone: nothing was written yet.
    #[inline]
    fn alone(&mut self) -> Option<&mut Node> {
        if self.kept || self.inner.is_some() || self.dropping > 0 || !self.root.is_nil() {
            return None;
        }
        self.kept = true;
        Some(&mut self.root.0)
    }

    /// Adds a scalar, unless it belongs to an attribute.
    #[inline]
    fn scalar(&mut self, node: impl Fn() -> Node) {
        match self.alone() {
            Some(nil) => overwrite(nil, node()),
            None => self.add(node(), |_| ()),
        }
    }

    /// Adds text, unless it belongs to an attribute: in the node when it fits, else a block of its own.
    #[inline]
    fn text(&mut self, kind: TextKind, bytes: &[u8]) {
        match u8::try_from(bytes.len()) {
            Ok(len) if bytes.len() < INLINE => {
                let node = || Node::Short { kind, len, text: [0; INLINE] };
                let complete = |node: &mut Node| {
                    if let Node::Short { text, .. } = node {
                        text[..bytes.len()].copy_from_slice(bytes);
                    }
                };
                match self.alone() {
                    Some(nil) => {
                        overwrite(nil, node());
                        complete(nil);
                    }
                    None => self.add(node(), complete),
                }
            }
            _ => self.scalar(|| terminated(bytes).map_or_else(no_memory, |text| Node::Long { kind, text })),
        }
    }

    /// Opens an aggregate, unless it belongs to an attribute.
    fn list(&mut self, kind: ListKind, len: usize) {
        if self.drops(len) {
        } else if len == 0 {
            self.put(Node::List { kind, items: Vec::new() }, |_| ());
        } else {
            let mut items = Vec::new();
            self.short |= items.try_reserve(len.min(RESERVE)).is_err();
            let open = Open { kind, missing: len, items };
            if let Some(around) = self.inner.replace(open) {
                self.outer.get_or_insert_default().0.push(around);
            }
        }
    }

    /// Puts a node in its place and completes it there, unless it belongs to an attribute.
    fn add(&mut self, node: Node, complete: impl FnOnce(&mut Node)) {
        if self.drops(0) {
            return;
        }
        self.put(node, complete);
    }

    /// [`TreeSink::add`] for what does not belong to an attribute.
    #[inline]
    fn put(&mut self, node: Node, complete: impl FnOnce(&mut Node)) {
        let Some(open) = &mut self.inner else {
            if let Some(root) = self.set_root(node) {
                complete(root);
            }
            return;
        };
        if put(&mut open.items, node) {
            if let Some(Reply(node)) = open.items.last_mut() {
                complete(node);
            }
        } else {
            self.short = true;
        }
        open.missing -= 1;
        if open.missing == 0
            && let Some(open) = self.inner.take()
        {
            self.close(open);
        }
    }

    /// Puts an aggregate that gets no more elements in its place, and each that this completes.
    fn close(&mut self, mut open: Open) {
        loop {
            let node = Node::List { kind: open.kind, items: open.items };
            let around = self.outer.as_mut().and_then(|outer| outer.0.pop());
            let Some(mut around) = around else {
                self.set_root(node);
                return;
            };
            self.short |= !put(&mut around.items, node);
            around.missing -= 1;
            if around.missing > 0 {
                self.inner = Some(around);
                return;
            }
            open = around;
        }
    }

    /// Makes a node the reply, unless there is one that stays. Answers where it is.
    #[inline]
    fn set_root(&mut self, node: Node) -> Option<&mut Node> {
        if self.kept && self.root.kind() != ReplyKind::Push {
            return None;
        }
        self.kept = true;
        self.root.0 = node;
        Some(&mut self.root.0)
    }
}

/// Adds an element. False: the system has no memory for it, and the elements so far are given up.
#[inline]
fn put(items: &mut Vec<Reply>, node: Node) -> bool {
    let room = items.try_reserve(1).is_ok();
    if room {
        items.push(Reply(node));
    } else {
        *items = Vec::new();
    }
    room
}

/// A copy with a NUL behind it; `None` if the system has no memory for it.
fn terminated(bytes: &[u8]) -> Option<Box<[u8]>> {
    let mut text = Vec::new();
    text.try_reserve_exact(bytes.len().saturating_add(1)).ok()?;
    text.extend_from_slice(bytes);
    text.push(0);
    Some(text.into_boxed_slice())
}

/// What stands in the place of text that could not be copied: the allocator's own failure would end the process.
#[cold]
fn no_memory() -> Node {
    const TEXT: [u8; 13] = *b"ERR no memory";
    let mut text = [0; INLINE];
    text[..TEXT.len()].copy_from_slice(&TEXT);
    Node::Short { kind: TextKind::Error, len: 13, text }
}

impl ReplySink for TreeSink<'_> {
    fn status(&mut self, line: &str) {
        self.text(TextKind::Status, line.as_bytes());
    }
    fn error(&mut self, line: &[u8]) {
        if memchr::memchr2(b'\r', b'\n', line).is_none() {
            return self.text(TextKind::Error, line);
        }
        let spaced = |&b: &u8| if b == b'\r' || b == b'\n' { b' ' } else { b };
        self.text(TextKind::Error, &line.iter().map(spaced).collect::<Vec<u8>>());
    }
    fn int(&mut self, value: i64) {
        self.scalar(|| Node::Integer(value));
    }
    fn bulk(&mut self, bytes: &[u8]) {
        self.text(TextKind::String, bytes);
    }
    fn bulk_shared(&mut self, block: &Block) {
        if block.len() < PIN_FROM {
            self.bulk(block);
        } else {
            self.scalar(|| Node::Pinned(Block::clone(block)));
        }
    }
    fn null(&mut self) {
        self.scalar(|| Node::Nil);
    }
    fn null_array(&mut self) {
        self.null();
    }
    fn array(&mut self, len: usize) {
        self.list(ListKind::Array, len);
    }
    fn map(&mut self, pairs: usize) {
        self.list(ListKind::Map, pairs.saturating_mul(2));
    }
    fn set(&mut self, len: usize) {
        self.list(ListKind::Set, len);
    }
    fn push(&mut self, len: usize) {
        self.list(ListKind::Push, len);
    }
    fn attribute(&mut self, pairs: usize) {
        self.dropping = self.dropping.saturating_add(pairs.saturating_mul(2));
    }
    fn double(&mut self, value: f64) {
        self.scalar(|| Node::Double(value));
    }
    fn double_as(&mut self, value: f64, _: &[u8]) {
        self.double(value);
    }
    fn boolean(&mut self, value: bool) {
        self.scalar(|| Node::Bool(value));
    }
    fn big_number(&mut self, digits: &[u8]) {
        self.text(TextKind::BigNumber, digits);
    }
    fn verbatim(&mut self, format: &[u8; 3], bytes: &[u8]) {
        self.scalar(|| {
            terminated(bytes).map_or_else(no_memory, |text| Node::Verbatim { format: *format, text })
        });
    }
    fn protocol(&self) -> Protocol {
        self.protocol
    }
    fn shapes(&self) -> Protocol {
        Protocol::Resp3
    }

    fn set_protocol(&mut self, protocol: Protocol) {
        self.protocol = protocol;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn built(write: impl FnOnce(&mut dyn ReplySink)) -> Reply {
        let mut reply = Reply::nil();
        let mut sink = TreeSink::new(Protocol::Resp3, &mut reply);
        write(&mut sink);
        sink.finish();
        reply
    }

    #[test]
    fn scalars() {
        let r = built(|s| s.int(-7));
        assert_eq!(
            (r.kind(), r.as_int(), r.as_f64(), r.as_bytes()),
            (ReplyKind::Integer, Some(-7), Some(-7.0), None)
        );
        let r = built(|s| s.double(1.5));
        assert_eq!((r.kind(), r.as_f64(), r.as_int()), (ReplyKind::Double, Some(1.5), None));
        let r = built(|s| s.boolean(true));
        assert_eq!((r.kind(), r.as_bool(), r.as_int()), (ReplyKind::Bool, Some(true), Some(1)));
        let r = built(|s| s.status("OK"));
        assert_eq!((r.kind(), r.as_str()), (ReplyKind::Status, Some("OK")));
        let r = built(|s| s.verbatim(b"txt", b"some text"));
        assert_eq!(
            (r.kind(), r.as_str(), r.verbatim_format()),
            (ReplyKind::Verbatim, Some("some text"), Some(b"txt"))
        );
        assert_eq!(built(|s| s.big_number(b"123")).kind(), ReplyKind::BigNumber);
        assert!(built(|s| s.null()).is_nil());
        assert!(built(|s| s.null_array()).is_nil());
        assert!(built(|_| ()).is_nil());
        let r = built(|s| s.error(b"ERR a\r\nb"));
        assert_eq!(r.as_error(), Some(&b"ERR a  b"[..]));
        assert_eq!(r.into_result().unwrap_err().kind(), ErrorKind::Command);
        assert_eq!(built(|s| s.int(1)).into_result().unwrap().as_int(), Some(1));
    }

    #[test]
    fn text_of_every_length_is_whole_and_terminated() {
        for n in (0..200).chain([PIN_FROM - 1]) {
            let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(n).collect();
            let r = built(|s| s.bulk(&bytes));
            assert_eq!(r.as_bytes(), Some(&bytes[..]));
            let (raw, len) = r.text().unwrap();
            assert_eq!((len, raw[len]), (n, 0));
            assert_eq!(r.into_bytes(), Some(bytes));
        }
    }

    #[test]
    fn large_blocks_are_pinned_and_small_ones_copied() {
        for (n, pinned) in [(16, false), (PIN_FROM - 1, false), (PIN_FROM, true), (PIN_FROM * 3, true)] {
            let block: Block = Arc::new(vec![7; n]);
            let r = built(|s| s.bulk_shared(&block));
            assert_eq!(Arc::strong_count(&block), if pinned { 2 } else { 1 });
            assert_eq!((r.kind(), r.as_bytes()), (ReplyKind::String, Some(&block[..])));
            assert_eq!(r, built(|s| s.bulk(&block)));
            assert_eq!(r.into_bytes().as_ref(), Some(&*block));
        }
    }

    fn nested(s: &mut dyn ReplySink) {
        s.array(4);
        s.map(2);
        s.bulk(b"a");
        s.set(2);
        s.int(1);
        s.int(2);
        s.bulk(b"b");
        s.array(0);
        s.null();
        s.push(1);
        s.array(1);
        s.array(1);
        s.status("deep");
        s.boolean(false);
    }

    #[test]
    fn nested_aggregates() {
        let r = built(nested);
        assert_eq!(format!("{r:?}"), r#"[{"a": ~[1, 2], "b": []}, nil, >[[[deep]]], false]"#);
        assert_eq!((r.kind(), r.len()), (ReplyKind::Array, 4));
        let map = r.at(0).unwrap();
        assert_eq!((map.kind(), map.len(), map.pairs().len()), (ReplyKind::Map, 4, 2));
        assert_eq!(map.at(1).unwrap().iter().map(|r| r.as_int().unwrap()).sum::<i64>(), 3);
        assert!(r.at(4).is_none() && r.at(usize::MAX).is_none());
        assert!(r.at(1).unwrap().at(0).is_none());
        let clone = r.clone();
        drop(r);
        assert_eq!(clone, built(nested));
    }

    #[test]
    fn attributes_vanish_with_their_elements() {
        let r = built(|s| {
            s.attribute(2);
            s.bulk(b"popularity");
            nested(s);
            s.attribute(1);
            s.int(1);
            s.int(2);
            s.bulk(b"ttl");
            s.int(9);
            s.array(2);
            s.int(1);
            s.attribute(1);
            s.null();
            s.map(1);
            s.int(5);
            s.int(6);
            s.int(2);
        });
        assert_eq!(format!("{r:?}"), "[1, 2]");
    }

    #[test]
    fn a_push_before_the_reply_gives_way() {
        let r = built(|s| {
            s.push(1);
            s.int(1);
            s.status("OK");
            s.status("late");
        });
        assert_eq!(r.as_str(), Some("OK"));
    }

    #[test]
    fn misuse_is_harmless() {
        let r = built(|s| {
            s.array(usize::MAX);
            s.map(usize::MAX);
            s.int(1);
        });
        assert_eq!(format!("{r:?}"), "[{}]");
        assert_eq!(r.at(0).unwrap().len(), 1);
        let r = built(|s| {
            s.attribute(usize::MAX);
            s.array(usize::MAX);
            s.int(1);
        });
        assert!(r.is_nil());
    }

    #[test]
    fn replies_cross_threads() {
        let r = Arc::new(built(nested));
        let there = Arc::clone(&r);
        let text = std::thread::spawn(move || format!("{there:?}")).join().unwrap();
        assert_eq!(text, format!("{r:?}"));
    }
}
