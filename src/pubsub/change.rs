//! One command of the journal, as the change feed hands it out.

/// A command that replays one change, in the order in which the changes happened. Several that were one step (MULTI and EXEC, or a
/// command that is more than one change) come one after the other: [`Change::remaining`] tells how many of them are still to
/// come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    offset: u64,
    db: u32,
    remaining: u32,
    bytes: Vec<u8>,
    /// Where each argument ends in `bytes`.
    ends: Vec<usize>,
}

impl Change {
    /// A command for a database, with no place in the journal yet.
    pub(crate) fn new(db: u32, argv: &[&[u8]]) -> Self {
        let mut bytes = Vec::with_capacity(argv.iter().map(|arg| arg.len()).sum());
        let mut ends = Vec::with_capacity(argv.len());
        for arg in argv {
            bytes.extend_from_slice(arg);
            ends.push(bytes.len());
        }
        Self { offset: 0, db, remaining: 0, bytes, ends }
    }

    /// Gives the commands of one step their places: whoever goes on behind any but the last of them gets all of them again.
    pub(crate) fn place(step: &mut [Self], before: u64, after: u64) {
        let mut left = u32::try_from(step.len()).unwrap_or(u32::MAX);
        for change in step {
            left = left.saturating_sub(1);
            change.remaining = left;
            change.offset = if left == 0 { after } else { before };
        }
    }

    /// What it takes in memory.
    pub(crate) fn size(&self) -> usize {
        let ends = self.ends.len().saturating_mul(size_of::<usize>());
        size_of::<Self>().saturating_add(self.bytes.len()).saturating_add(ends)
    }

    /// Where a reader goes on that has dealt with this change: to be stored with what was made of it. Inside of a step that is
    /// where the step begins, so that a reader that ended in the middle of it gets all of it again.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The number of the database that the command is for.
    pub fn db(&self) -> u32 {
        self.db
    }

    /// How many more changes belong to the same step; 0 for the last one, and for one that is alone.
    pub fn remaining(&self) -> u32 {
        self.remaining
    }

    /// The words of the command.
    pub fn args(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let arg = self.bytes.get(start..*end).unwrap_or_default();
            start = *end;
            arg
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back_and_steps_are_told() {
        let mut step = vec![Change::new(3, &[b"SET", b"", b"a\0b"]), Change::new(3, &[b"DEL", b"k"])];
        Change::place(&mut step, 7, 9);
        assert_eq!(step[0].args().collect::<Vec<_>>(), [&b"SET"[..], b"", b"a\0b"]);
        assert_eq!(
            step.iter().map(|c| (c.offset(), c.remaining(), c.db())).collect::<Vec<_>>(),
            [(7, 1, 3), (9, 0, 3)]
        );
        assert!(step[0].size() > 6);
    }
}
