//! Replies: one sink writes RESP2 or RESP3, as the client selected.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use crate::base::num;
use crate::reply::sink::{Block, Protocol, ReplySink};

/// Blocks from this size on are copied when the reply is taken, not while it is written.
const PIN_FROM: usize = 64 * 1024;

/// Writes replies as RESP. One sink serves a client for its whole life: its buffer is used again.
///
/// Replies are written under the locks of the keys they come from, so large shared strings are only
/// referred to at first; [`RespSink::finish_into`] copies them, when the locks are gone.
pub(crate) struct RespSink {
    out: Vec<u8>,
    protocol: Protocol,
    /// Elements still to be left out, because they belong to an attribute that RESP2 does not have.
    dropping: usize,
    /// Where in `out` a block belongs; places never fall.
    blocks: Vec<(usize, Block)>,
    /// The system had no memory for something: what was written is lost.
    failed: bool,
}

impl RespSink {
    /// An empty sink for a client that speaks `protocol`.
    pub(crate) fn new(protocol: Protocol) -> Self {
        Self { out: Vec::new(), protocol, dropping: 0, blocks: Vec::new(), failed: false }
    }

    /// Forgets what was written since the last [`RespSink::finish_into`].
    pub(crate) fn clear(&mut self) {
        self.out.clear();
        self.blocks.clear();
        self.dropping = 0;
        self.failed = false;
    }

    /// Bytes that were written.
    pub(crate) fn len(&self) -> usize {
        self.blocks.iter().fold(self.out.len(), |sum, (_, block)| sum.saturating_add(block.len()))
    }

    /// Bytes of memory behind its buffers.
    pub(crate) fn held_bytes(&self) -> usize {
        self.out.capacity().saturating_add(self.blocks.capacity().saturating_mul(size_of::<(usize, Block)>()))
    }

    /// Gives an empty sink's buffer back if it is larger than `keep`.
    pub(crate) fn shrink(&mut self, keep: usize) {
        if self.out.capacity() > keep {
            self.out.shrink_to(keep);
        }
        if self.blocks.capacity().saturating_mul(size_of::<(usize, Block)>()) > keep {
            self.blocks.shrink_to(0);
        }
    }

    /// Appends what was written to `answer` and empties the sink. An empty `answer` trades its buffer for the
    /// sink's, so two buffers go round without being copied or allocated again. False: the system has no memory for
    /// it, and what was written is lost.
    #[must_use]
    pub(crate) fn finish_into(&mut self, answer: &mut Vec<u8>) -> bool {
        if self.failed {
            self.clear();
            return false;
        }
        if self.blocks.is_empty() && answer.is_empty() {
            std::mem::swap(&mut self.out, answer);
        } else {
            let pinned = self.blocks.iter().fold(0, |sum: usize, (_, b)| sum.saturating_add(b.len()));
            if answer.try_reserve(self.out.len().saturating_add(pinned)).is_err() {
                self.clear();
                return false;
            }
            let mut from = 0;
            for (at, block) in self.blocks.drain(..) {
                answer.extend_from_slice(self.out.get(from..at).unwrap_or_default());
                answer.extend_from_slice(&block);
                from = at;
            }
            answer.extend_from_slice(self.out.get(from..).unwrap_or_default());
        }
        self.clear();
        true
    }

    fn resp3(&self) -> bool {
        self.protocol == Protocol::Resp3
    }

    /// Whether this element is left out; it has `elements` of its own.
    fn drops(&mut self, elements: usize) -> bool {
        if self.dropping == 0 {
            return false;
        }
        self.dropping = self.dropping.saturating_sub(1).saturating_add(elements);
        true
    }

    /// Makes room for `len` bytes and a line around them. What `Vec` does by itself would end the process; here the
    /// answer is given up instead.
    #[inline]
    fn room(&mut self, len: usize) {
        const AROUND: usize = 64;
        let wanted = len.saturating_add(AROUND);
        if self.out.capacity().saturating_sub(self.out.len()) < wanted
            && self.out.try_reserve(wanted).is_err()
        {
            self.failed = true;
            self.out = Vec::new();
            self.blocks = Vec::new();
        }
    }

    /// A type byte, a length, and the end of the line.
    fn header(&mut self, kind: u8, len: usize) {
        self.room(0);
        self.out.push(kind);
        num::push_u64(&mut self.out, len as u64);
        self.out.extend_from_slice(b"\r\n");
    }

    /// An aggregate's header in RESP3, an array's in RESP2.
    fn aggregate(&mut self, kind: u8, len: usize, elements: usize) {
        if self.drops(elements) {
        } else if self.resp3() {
            self.header(kind, len);
        } else {
            self.header(b'*', elements);
        }
    }

    /// One line; a CR or LF in it would end it early, so they become spaces.
    fn line(&mut self, kind: u8, text: &[u8]) {
        self.room(text.len());
        self.out.push(kind);
        if memchr::memchr2(b'\r', b'\n', text).is_none() {
            self.out.extend_from_slice(text);
        } else {
            self.out.extend(text.iter().map(|&b| if b == b'\r' || b == b'\n' { b' ' } else { b }));
        }
        self.out.extend_from_slice(b"\r\n");
    }

    fn string(&mut self, bytes: &[u8]) {
        // Where the allocator's own failure, which would end the process, is not out of the question.
        if bytes.len() >= PIN_FROM && self.out.try_reserve(bytes.len().saturating_add(64)).is_err() {
            return self.line(b'-', b"ERR insufficient memory");
        }
        self.room(bytes.len());
        self.header(b'$', bytes.len());
        self.out.extend_from_slice(bytes);
        self.out.extend_from_slice(b"\r\n");
    }
}

impl ReplySink for RespSink {
    fn status(&mut self, text: &str) {
        if !self.drops(0) {
            self.line(b'+', text.as_bytes());
        }
    }

    fn error(&mut self, text: &[u8]) {
        if !self.drops(0) {
            self.line(b'-', text);
        }
    }

    fn int(&mut self, value: i64) {
        if !self.drops(0) {
            self.room(0);
            self.out.push(b':');
            num::push_i64(&mut self.out, value);
            self.out.extend_from_slice(b"\r\n");
        }
    }

    fn bulk(&mut self, bytes: &[u8]) {
        if !self.drops(0) {
            self.string(bytes);
        }
    }

    fn bulk_shared(&mut self, block: &Block) {
        if self.drops(0) {
        } else if block.len() < PIN_FROM {
            self.string(block);
        } else {
            self.header(b'$', block.len());
            self.blocks.push((self.out.len(), Block::clone(block)));
            self.out.extend_from_slice(b"\r\n");
        }
    }

    fn null(&mut self) {
        if !self.drops(0) {
            self.out.extend_from_slice(if self.resp3() { b"_\r\n" } else { b"$-1\r\n" });
        }
    }

    fn null_array(&mut self) {
        if !self.drops(0) {
            self.out.extend_from_slice(if self.resp3() { b"_\r\n" } else { b"*-1\r\n" });
        }
    }

    fn array(&mut self, len: usize) {
        self.aggregate(b'*', len, len);
    }

    fn map(&mut self, pairs: usize) {
        self.aggregate(b'%', pairs, pairs.saturating_mul(2));
    }

    fn set(&mut self, len: usize) {
        self.aggregate(b'~', len, len);
    }

    fn push(&mut self, len: usize) {
        self.aggregate(b'>', len, len);
    }

    fn attribute(&mut self, pairs: usize) {
        let elements = pairs.saturating_mul(2);
        if self.dropping == 0 && self.resp3() {
            self.header(b'|', pairs);
        } else {
            self.dropping = self.dropping.saturating_add(elements);
        }
    }

    fn double(&mut self, value: f64) {
        if self.drops(0) {
        } else if self.resp3() {
            self.out.push(b',');
            num::push_f64(&mut self.out, value);
            self.out.extend_from_slice(b"\r\n");
        } else {
            let mut digits = Vec::with_capacity(32);
            num::push_f64(&mut digits, value);
            self.string(&digits);
        }
    }

    fn double_as(&mut self, _: f64, digits: &[u8]) {
        if self.drops(0) {
        } else if self.resp3() {
            self.out.push(b',');
            self.out.extend_from_slice(digits);
            self.out.extend_from_slice(b"\r\n");
        } else {
            self.string(digits);
        }
    }

    fn boolean(&mut self, value: bool) {
        if !self.drops(0) {
            self.out.extend_from_slice(match (self.resp3(), value) {
                (true, true) => b"#t\r\n",
                (true, false) => b"#f\r\n",
                (false, true) => b":1\r\n",
                (false, false) => b":0\r\n",
            });
        }
    }

    fn big_number(&mut self, digits: &[u8]) {
        if self.drops(0) {
        } else if self.resp3() {
            self.line(b'(', digits);
        } else {
            self.string(digits);
        }
    }

    fn verbatim(&mut self, format: &[u8; 3], text: &[u8]) {
        if self.drops(0) {
        } else if self.resp3() {
            self.header(b'=', text.len().saturating_add(4));
            self.out.extend_from_slice(format);
            self.out.push(b':');
            self.out.extend_from_slice(text);
            self.out.extend_from_slice(b"\r\n");
        } else {
            self.string(text);
        }
    }

    fn protocol(&self) -> Protocol {
        self.protocol
    }

    fn set_protocol(&mut self, protocol: Protocol) {
        self.protocol = protocol;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// What `write` looks like in RESP2 and in RESP3.
    fn both(write: fn(&mut dyn ReplySink)) -> (String, String) {
        let [two, three] = [Protocol::Resp2, Protocol::Resp3].map(|p| {
            let mut sink = RespSink::new(p);
            write(&mut sink);
            let mut answer = Vec::new();
            assert!(sink.finish_into(&mut answer));
            assert!(sink.out.is_empty());
            String::from_utf8(answer).unwrap()
        });
        (two, three)
    }

    fn three_ints(s: &mut dyn ReplySink) {
        (0..3).for_each(|i| s.int(i));
    }

    /// The replies of DEBUG PROTOCOL, as Redis 7.0.15 answered them to both kinds of client.
    #[test]
    fn every_type_as_redis_writes_it() {
        type Case = (fn(&mut dyn ReplySink), &'static str, &'static str);
        let cases: &[Case] = &[
            (|s| s.bulk(b"Hello World"), "$11\r\nHello World\r\n", "$11\r\nHello World\r\n"),
            (|s| s.int(12345), ":12345\r\n", ":12345\r\n"),
            (|s| s.double("3.141".parse().unwrap()), "$5\r\n3.141\r\n", ",3.141\r\n"),
            (|s| s.null(), "$-1\r\n", "_\r\n"),
            (|s| s.null_array(), "*-1\r\n", "_\r\n"),
            (
                |s| {
                    s.array(3);
                    three_ints(s);
                },
                "*3\r\n:0\r\n:1\r\n:2\r\n",
                "*3\r\n:0\r\n:1\r\n:2\r\n",
            ),
            (
                |s| {
                    s.set(3);
                    three_ints(s);
                },
                "*3\r\n:0\r\n:1\r\n:2\r\n",
                "~3\r\n:0\r\n:1\r\n:2\r\n",
            ),
            (
                |s| {
                    s.map(3);
                    for i in 0..3 {
                        s.int(i);
                        s.boolean(i == 1);
                    }
                },
                "*6\r\n:0\r\n:0\r\n:1\r\n:1\r\n:2\r\n:0\r\n",
                "%3\r\n:0\r\n#f\r\n:1\r\n#t\r\n:2\r\n#f\r\n",
            ),
            (
                |s| {
                    s.attribute(1);
                    s.bulk(b"key-popularity");
                    s.array(2);
                    s.bulk(b"key:123");
                    s.int(90);
                    s.bulk(b"Some real reply following the attribute");
                },
                "$39\r\nSome real reply following the attribute\r\n",
                "|1\r\n$14\r\nkey-popularity\r\n*2\r\n$7\r\nkey:123\r\n:90\r\n\
                 $39\r\nSome real reply following the attribute\r\n",
            ),
            (
                |s| {
                    s.push(2);
                    s.bulk(b"server-cpu-usage");
                    s.int(42);
                    s.bulk(b"Some real reply following the push reply");
                },
                "*2\r\n$16\r\nserver-cpu-usage\r\n:42\r\n$40\r\nSome real reply following the push reply\r\n",
                ">2\r\n$16\r\nserver-cpu-usage\r\n:42\r\n$40\r\nSome real reply following the push reply\r\n",
            ),
            (
                |s| s.verbatim(b"txt", b"This is a verbatim\nstring"),
                "$25\r\nThis is a verbatim\nstring\r\n",
                "=29\r\ntxt:This is a verbatim\nstring\r\n",
            ),
            (|s| s.boolean(true), ":1\r\n", "#t\r\n"),
            (|s| s.boolean(false), ":0\r\n", "#f\r\n"),
            (
                |s| s.big_number(b"1234567999999999999999999999999999999"),
                "$37\r\n1234567999999999999999999999999999999\r\n",
                "(1234567999999999999999999999999999999\r\n",
            ),
            (|s| s.status("OK"), "+OK\r\n", "+OK\r\n"),
            (|s| s.error(b"ERR a\r\nb"), "-ERR a  b\r\n", "-ERR a  b\r\n"),
            (|s| s.bulk(b""), "$0\r\n\r\n", "$0\r\n\r\n"),
            (|s| s.verbatim(b"txt", b""), "$0\r\n\r\n", "=4\r\ntxt:\r\n"),
            (|s| s.map(0), "*0\r\n", "%0\r\n"),
            (|s| s.set(0), "*0\r\n", "~0\r\n"),
            (|s| s.int(i64::MIN), ":-9223372036854775808\r\n", ":-9223372036854775808\r\n"),
            (|s| s.double(f64::INFINITY), "$3\r\ninf\r\n", ",inf\r\n"),
            (|s| s.double(f64::NEG_INFINITY), "$4\r\n-inf\r\n", ",-inf\r\n"),
            (|s| s.double(-0.0), "$2\r\n-0\r\n", ",-0\r\n"),
            (|s| s.double(0.1), "$19\r\n0.10000000000000001\r\n", ",0.10000000000000001\r\n"),
            (|s| s.double(1e20), "$5\r\n1e+20\r\n", ",1e+20\r\n"),
        ];
        for (write, two, three) in cases {
            assert_eq!(both(*write), (two.to_string(), three.to_string()));
        }
    }

    #[test]
    fn nested_attributes_leave_no_trace_in_resp2() {
        let (two, three) = both(|s| {
            s.array(2);
            s.attribute(2);
            s.bulk(b"a");
            s.map(1);
            s.set(2);
            s.null();
            s.null_array();
            s.attribute(1);
            s.double(1.0);
            s.boolean(true);
            s.verbatim(b"txt", b"x");
            s.big_number(b"1");
            s.push(1);
            s.status("x");
            s.int(1);
            s.attribute(0);
            s.bulk_shared(&Arc::new(vec![b'b'; 2]));
        });
        assert_eq!(two, "*2\r\n:1\r\n$2\r\nbb\r\n");
        assert_eq!(
            three,
            "*2\r\n|2\r\n$1\r\na\r\n%1\r\n~2\r\n_\r\n_\r\n|1\r\n,1\r\n#t\r\n=5\r\ntxt:x\r\n(1\r\n>1\r\n+x\r\n\
             :1\r\n|0\r\n$2\r\nbb\r\n"
        );
    }

    #[test]
    fn large_blocks_are_spliced_in_when_taken() {
        let big: Block = Arc::new(vec![b'x'; PIN_FROM]);
        let small: Block = Arc::new(vec![b'y'; PIN_FROM - 1]);
        let mut want = Vec::new();
        let mut sink = RespSink::new(Protocol::Resp2);
        sink.array(5);
        want.extend_from_slice(b"*5\r\n");
        for block in [&big, &small, &big, &big] {
            sink.bulk_shared(block);
            want.extend_from_slice(format!("${}\r\n", block.len()).as_bytes());
            want.extend_from_slice(block);
            want.extend_from_slice(b"\r\n");
        }
        sink.int(1);
        want.extend_from_slice(b":1\r\n");
        assert_eq!((Arc::strong_count(&big), Arc::strong_count(&small)), (4, 1));
        let mut answer = b"+before\r\n".to_vec();
        assert!(sink.finish_into(&mut answer));
        assert_eq!(answer.strip_prefix(b"+before\r\n").unwrap(), want);
        assert_eq!(Arc::strong_count(&big), 1);
        // The next reply starts afresh.
        answer.clear();
        sink.status("OK");
        assert!(sink.finish_into(&mut answer));
        assert_eq!(answer, b"+OK\r\n");
        sink.bulk_shared(&big);
        sink.clear();
        assert!(sink.out.is_empty());
        assert_eq!(Arc::strong_count(&big), 1);
    }

    #[test]
    fn buffers_go_round() {
        let mut sink = RespSink::new(Protocol::Resp2);
        let mut answer = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for _ in 0..100 {
            answer.clear();
            sink.bulk(&[b'x'; 1000]);
            assert!(sink.finish_into(&mut answer));
            seen.insert(answer.as_ptr());
            assert_eq!(answer.len(), 1009);
        }
        assert_eq!(seen.len(), 2);
    }

    #[test]
    fn the_protocol_can_change_between_replies() {
        let mut sink = RespSink::new(Protocol::Resp2);
        sink.null();
        sink.set_protocol(Protocol::Resp3);
        assert_eq!(sink.protocol(), Protocol::Resp3);
        sink.null();
        let mut answer = Vec::new();
        assert!(sink.finish_into(&mut answer));
        assert_eq!(answer, b"$-1\r\n_\r\n");
    }
}
