//! What waits to be written: records encoded into chunks, so that growth never moves what is there, and
//! chunks are used again. Each chunk begins with room for the annotation of a unit.

use super::unit::HEAD;

/// Large enough that a write is worth its system call, small enough to fill one in little time.
const CHUNK: usize = 256 << 10;
/// Spare chunks kept for the next burst: 16 MiB.
const MAX_SPARE: usize = 64;

/// The memory between the appenders and the file.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// Chunks with no room for the record that came next.
    full: Vec<Vec<u8>>,
    /// Where records are written; empty and without capacity when nothing waits.
    current: Vec<u8>,
    spare: Vec<Vec<u8>>,
    /// The end of the last record: bytes since the writer was opened.
    end: u64,
    /// The database that the last record was for.
    db: Option<u32>,
    /// Nothing is taken in any more.
    stopped: bool,
    /// Because the system had no memory for a record.
    starved: bool,
    /// How many of the full chunks stand before the mark, if there is one.
    mark: Option<usize>,
    /// The Unix time in seconds of the last annotation.
    stamped: Option<i64>,
}

impl Queue {
    /// The end offset of everything appended.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// True when nothing is taken in any more.
    pub(super) fn stopped(&self) -> bool {
        self.stopped
    }

    /// True when a record was lost because the system had no memory for it.
    pub(super) fn starved(&self) -> bool {
        self.starved
    }

    /// Appends one command for database `db`.
    pub(super) fn push(&mut self, db: u32, argv: &[&[u8]]) {
        if self.stopped || argv.is_empty() {
            return;
        }
        self.select(db);
        self.record(argv);
    }

    /// Makes `db` the database of what follows.
    pub(super) fn select(&mut self, db: u32) {
        if !self.stopped && self.db != Some(db) {
            self.record(&[b"SELECT", decimal(u64::from(db), &mut [0; 20])]);
            self.db = Some(db);
        }
    }

    /// Appends a command that belongs to no database.
    pub(super) fn record(&mut self, argv: &[&[u8]]) {
        if self.stopped {
            return;
        }
        // 16 bytes are enough for a marker, a length and two line ends.
        let around = argv.len().saturating_add(1).saturating_mul(16);
        let size = argv.iter().fold(around, |n, arg| n.saturating_add(arg.len()));
        let Some(chunk) = self.room(size) else {
            (self.starved, self.stopped) = (true, true);
            return;
        };
        let before = chunk.len();
        chunk.push(b'*');
        chunk.extend_from_slice(decimal(argv.len() as u64, &mut [0; 20]));
        for arg in argv {
            frame(chunk, arg.len());
            chunk.extend_from_slice(arg);
        }
        chunk.extend_from_slice(b"\r\n");
        let added = chunk.len().saturating_sub(before);
        self.end = self.end.saturating_add(added as u64);
    }

    /// Says when what follows is written, in Unix seconds; once a second at most, and never an earlier time.
    pub(super) fn stamp(&mut self, now_s: i64) {
        if self.stopped || self.stamped.is_some_and(|last| now_s <= last) {
            return;
        }
        let text = format!("#TS:{now_s}\r\n");
        let Some(chunk) = self.room(text.len()) else {
            (self.starved, self.stopped) = (true, true);
            return;
        };
        chunk.extend_from_slice(text.as_bytes());
        self.end = self.end.saturating_add(text.len() as u64);
        self.stamped = Some(now_s);
    }

    /// What follows belongs into another file: it says anew which database and time it is for. Replaces an earlier mark
    /// that was not met.
    pub(super) fn mark(&mut self) {
        if !self.current.is_empty() {
            self.full.push(std::mem::take(&mut self.current));
        }
        self.mark = Some(self.full.len());
        (self.db, self.stamped) = (None, None);
    }

    /// What follows says anew which database it is for: somebody begins to read here.
    pub(super) fn forget_db(&mut self) {
        self.db = None;
    }

    /// A chunk with `size` bytes free; a record longer than a chunk gets one of its own. `None`: the system has no
    /// memory for it.
    fn room(&mut self, size: usize) -> Option<&mut Vec<u8>> {
        if self.current.capacity().saturating_sub(self.current.len()) < size {
            let size = size.saturating_add(HEAD);
            let mut next = match self.spare.pop() {
                Some(chunk) if size <= CHUNK => chunk,
                spare => {
                    self.spare.extend(spare);
                    let mut chunk = Vec::new();
                    chunk.try_reserve_exact(size.max(CHUNK)).ok()?;
                    chunk
                }
            };
            next.extend_from_slice(&[b' '; HEAD]);
            let full = std::mem::replace(&mut self.current, next);
            if !full.is_empty() {
                self.full.push(full);
            }
        }
        Some(&mut self.current)
    }

    /// Moves what waits into `batch`, at most `limit` chunks of it and nothing from behind the mark, the oldest first;
    /// what `batch` holds has been written and is used again. True when the mark is met, which is gone then.
    pub(super) fn take(&mut self, batch: &mut Vec<Vec<u8>>, limit: usize) -> bool {
        for mut chunk in batch.drain(..) {
            if chunk.capacity() == CHUNK && self.spare.len() < MAX_SPARE {
                chunk.clear();
                self.spare.push(chunk);
            }
        }
        let limit = self.mark.map_or(limit, |mark| mark.min(limit));
        if let Some(mark) = &mut self.mark {
            batch.extend(self.full.drain(..limit));
            *mark = mark.saturating_sub(limit);
            let met = *mark == 0;
            if met {
                self.mark = None;
            }
            return met;
        }
        if self.full.len() > limit {
            batch.extend(self.full.drain(..limit));
            return false;
        }
        std::mem::swap(&mut self.full, batch);
        if !self.current.is_empty() {
            batch.push(std::mem::take(&mut self.current));
        }
        false
    }

    /// Gives memory back after a burst: called now and then, lets one unused chunk go.
    pub(super) fn trim(&mut self) {
        if self.spare.len() > 1 {
            self.spare.pop();
        }
    }

    /// Takes nothing in any more; what waits can still be written.
    pub(super) fn seal(&mut self) {
        self.stopped = true;
    }

    /// Drops what waits and takes nothing in any more.
    pub(super) fn stop(&mut self) {
        *self = Self { end: self.end, stopped: true, ..Self::default() };
    }
}

/// What stands between two arguments: the end of one line, `$64`, the end of that line. One piece, because
/// appending is counted in nanoseconds.
#[inline]
fn frame(out: &mut Vec<u8>, n: usize) {
    match u8::try_from(n) {
        Ok(n @ 0..=9) => out.extend_from_slice(&[b'\r', b'\n', b'$', b'0' | n, b'\r', b'\n']),
        Ok(n @ 10..=99) => {
            let digits = [b'0' | (n / 10), b'0' | (n % 10)];
            out.extend_from_slice(&[b'\r', b'\n', b'$', digits[0], digits[1], b'\r', b'\n']);
        }
        _ => {
            out.extend_from_slice(b"\r\n$");
            out.extend_from_slice(decimal(n as u64, &mut [0; 20]));
            out.extend_from_slice(b"\r\n");
        }
    }
}

/// The decimal digits of `n`.
fn decimal(mut n: u64, digits: &mut [u8; 20]) -> &[u8] {
    let mut start = digits.len();
    for (i, d) in digits.iter_mut().enumerate().rev() {
        *d = b'0' | u8::try_from(n % 10).unwrap_or(0);
        n /= 10;
        start = i;
        if n == 0 {
            break;
        }
    }
    digits.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(q: &mut Queue) -> Vec<u8> {
        let mut out = Vec::new();
        q.take(&mut out, usize::MAX);
        joined(&out)
    }

    /// The records of these chunks.
    fn joined(chunks: &[Vec<u8>]) -> Vec<u8> {
        chunks.iter().flat_map(|chunk| &chunk[HEAD..]).copied().collect()
    }

    #[test]
    fn records_are_resp_and_select_comes_only_with_a_change() {
        let mut q = Queue::default();
        q.push(0, &[b"DEL", b"k"]);
        q.push(0, &[b"SET", b"k", b""]);
        q.push(12, &[b"PING"]);
        let text = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*2\r\n$3\r\nDEL\r\n$1\r\nk\r\n\
                    *3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n\
                    *2\r\n$6\r\nSELECT\r\n$2\r\n12\r\n*1\r\n$4\r\nPING\r\n";
        assert_eq!(q.end(), text.len() as u64);
        assert_eq!(taken(&mut q), text.as_bytes());
        q.push(12, &[b"PING"]);
        assert_eq!(taken(&mut q), b"*1\r\n$4\r\nPING\r\n");
    }

    #[test]
    fn lengths_of_every_size_and_records_larger_than_a_chunk() {
        let mut q = Queue::default();
        let mut expected = Vec::new();
        q.select(0);
        expected.extend_from_slice(b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n");
        for n in [0, 9, 10, 99, 100, 101, 12345, CHUNK - HEAD - 40, CHUNK, 3 * CHUNK + 7, 5] {
            let value = vec![b'v'; n];
            q.push(0, &[b"APPEND", b"k", &value]);
            expected.extend_from_slice(format!("*3\r\n$6\r\nAPPEND\r\n$1\r\nk\r\n${n}\r\n").as_bytes());
            expected.extend_from_slice(&value);
            expected.extend_from_slice(b"\r\n");
        }
        assert_eq!(q.end(), expected.len() as u64);
        assert!(taken(&mut q) == expected);
        assert_eq!(decimal(u64::MAX, &mut [0; 20]), u64::MAX.to_string().as_bytes());
    }

    #[test]
    fn a_mark_parts_what_is_before_it_from_what_follows() {
        let mut q = Queue::default();
        let mut out = Vec::new();
        q.mark();
        assert!(q.take(&mut out, 9) && out.is_empty());
        q.stamp(7);
        q.push(0, &[b"A"]);
        q.stamp(7);
        q.push(0, &[b"B"]);
        q.mark();
        q.stamp(7);
        q.push(0, &[b"C"]);
        assert!(q.take(&mut out, usize::MAX));
        let select = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n";
        let before = format!("#TS:7\r\n{select}*1\r\n$1\r\nA\r\n*1\r\n$1\r\nB\r\n");
        assert_eq!(joined(&out), before.as_bytes());
        assert!(!q.take(&mut out, usize::MAX));
        assert_eq!(joined(&out), format!("#TS:7\r\n{select}*1\r\n$1\r\nC\r\n").as_bytes());
        let value = vec![b'v'; CHUNK];
        for _ in 0..3 {
            q.push(0, &[b"SET", b"k", &value]);
        }
        q.mark();
        q.push(0, &[b"D"]);
        assert!(!q.take(&mut out, 2));
        assert!(q.take(&mut out, 2) && out.len() == 1);
        assert!(taken(&mut q).ends_with(b"D\r\n"));
    }

    #[test]
    fn chunks_are_used_again_and_given_back() {
        let mut q = Queue::default();
        let value = [b'v'; 1000];
        let mut written = Vec::new();
        for _ in 0..5 {
            for _ in 0..2000 {
                q.push(0, &[b"SET", b"k", &value]);
            }
            q.take(&mut written, usize::MAX);
            let chunks = written.len();
            assert!((7..10).contains(&chunks), "{chunks}");
            assert!(q.spare.len() <= chunks, "{}", q.spare.len());
        }
        for _ in 0..2000 {
            q.push(0, &[b"SET", b"k", &value]);
        }
        q.take(&mut written, 3);
        assert_eq!((written.len(), joined(&written).len() % 1029), (3, 0));
        q.take(&mut written, usize::MAX);
        assert!(written.len() > 3);
        for _ in 0..100 {
            q.trim();
        }
        assert_eq!(q.spare.len(), 1);
        q.stop();
        let end = q.end();
        q.push(3, &[b"SET", b"k", b"v"]);
        assert_eq!((q.end(), taken(&mut q).len()), (end, 0));
    }
}
