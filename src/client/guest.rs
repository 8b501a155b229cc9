//! For bindings to languages that have a lock or signals of their own: whether a call may wait, what is looked at while it does,
//! and answers in RESP to commands given as words.

use std::os::fd::RawFd;
use std::sync::Arc;
use std::time::Duration;

use super::{Client, Db, KEEP, Session, answer_failure, room_for};
use crate::base::error::{Error, ErrorKind, Result};
use crate::cmd;
use crate::cmd::spec::{BLOCKING, FAST};
use crate::reply::sink::ReplySink as _;

/// Words in all, and their bytes, up to which a call that is quick with few of them is quick.
const FEW: usize = 64;
const SMALL: usize = 16 << 10;

impl Db {
    /// A client that is to commands what a connection is: it has an address, `local:` and its id, and after CLIENT KILL or QUIT, or when
    /// it left more messages unread than `client-output-buffer-limit` allows, its calls of [`Client::resp`] and [`Client::answer`] fail
    /// with [`ErrorKind::Closed`].
    pub fn connection(&self) -> Result<Client> {
        self.engine().check_command()?;
        let engine = Arc::clone(&self.owner.engine);
        let session = engine.enter_connected();
        Ok(Client::new(engine, session))
    }

    /// Whether this process is a child of the one that opened the database. There its handles are neither used nor dropped.
    pub fn crossed_fork(&self) -> bool {
        self.engine().crossed_fork()
    }

    /// After a panic that went through a call: nothing but closing is safe any more, and other calls are refused.
    pub fn poison(&self) {
        self.engine().poison();
    }

    /// Whether a typed call may have to wait: for the disk under `appendfsync always`, or because of CLIENT PAUSE.
    #[inline]
    pub fn may_wait(&self, writes: bool) -> bool {
        self.engine().may_wait(writes)
    }
}

/// What a call of a connection answers that was killed.
pub(super) fn ended() -> Error {
    Error::new(ErrorKind::Closed, "the connection was ended")
}

impl Client {
    /// [`Db::may_wait`].
    #[inline]
    pub fn may_wait(&self, writes: bool) -> bool {
        self.engine.may_wait(writes)
    }

    /// Whether a call with these words is sure to be short: its command takes a time that does not grow with the value, waits
    /// neither for data nor for the disk, and there are few words.
    pub fn is_quick<A: AsRef<[u8]>>(&self, argv: &[A]) -> bool {
        let bytes = argv.iter().fold(0_usize, |sum, word| sum.saturating_add(word.as_ref().len()));
        if argv.len() > FEW || bytes > SMALL || self.engine.may_wait(true) {
            return false;
        }
        argv.first().is_some_and(|name| is_quick(name.as_ref(), argv.len()))
    }

    /// Has `look` called about every `every` by the thread that waits in a call of this client; when it answers false the call ends
    /// with [`ErrorKind::Interrupted`]. No lock is held meanwhile. `None` ends that.
    pub fn while_waiting(&self, look: Option<(Duration, Arc<dyn Fn() -> bool + Send + Sync>)>) {
        self.session.card.seat.be_patient(look);
    }

    /// Whether it is a connection that CLIENT KILL has ended.
    pub(super) fn is_killed(&self) -> bool {
        let card = &self.session.card;
        card.peer.is_some() && card.is_killed()
    }

    /// Refuses a call when the database is closed, and when the client is a connection that was ended.
    pub(super) fn check_connected(&self) -> Result<()> {
        self.engine.check_command()?;
        let Session { card, leaving, .. } = &self.session;
        if card.peer.is_none() {
            return Ok(());
        }
        if *leaving || self.is_killed() {
            return Err(ended());
        }
        if card.mailbox.get().is_some_and(|mailbox| mailbox.dropped() > 0) {
            return Err(Error::new(
                ErrorKind::Closed,
                "the connection was ended: it left too many messages unread",
            ));
        }
        Ok(())
    }

    /// The RESP answer to a command given as words, with the messages that came before it; otherwise as [`Client::resp`].
    pub fn answer<A: AsRef<[u8]>>(&mut self, argv: &[A]) -> Result<&[u8]> {
        self.check_connected()?;
        if self.held {
            self.release_values();
        }
        if argv.is_empty() {
            return Err(Error::new(ErrorKind::Arg, "a command needs at least its name"));
        }
        let words: smallvec::SmallVec<[&[u8]; 8]> = argv.iter().map(AsRef::as_ref).collect();
        self.answer.clear();
        self.sink.clear();
        self.session.streams = true;
        self.sink.set_protocol(self.session.protocol);
        let run = |()| self.engine.execute(&mut self.session, &words, &mut self.sink);
        match room_for(&self.engine, &words, 3).and_then(run) {
            Ok(lsn) => self.engine.commit(lsn)?,
            Err(error) => answer_failure(&mut self.sink, error)?,
        }
        if let Some(mailbox) = self.session.card.mailbox.get() {
            mailbox.drain(usize::MAX, &mut self.sink);
        }
        self.finish_answer()
    }

    /// What was written to the sink, and a NUL behind it; borrowed until the next call.
    pub(super) fn finish_answer(&mut self) -> Result<&[u8]> {
        if !self.sink.finish_into(&mut self.answer) || self.answer.try_reserve_exact(1).is_err() {
            self.answer = Vec::new();
            return Err(Error::new(ErrorKind::NoMemory, "the system has no memory for the answer"));
        }
        let len = self.answer.len();
        // A NUL behind the answer, as behind all text that C sees.
        self.answer.push(0);
        if self.answer.len() <= KEEP {
            // A large answer's buffer goes when a small one follows, not between two large ones.
            self.answer.shrink_to(KEEP);
            self.sink.shrink(KEEP);
        }
        self.held = self.answer.capacity() > KEEP;
        Ok(self.answer.get(..len).unwrap_or_default())
    }

    /// While this client listens to channels, or is told which keys are out of date: a descriptor that is readable when [`Client::message`] has something to give or the
    /// database was closed. It is the client's: neither read nor closed by others, and another one after it listened to nothing.
    pub fn message_fd(&self) -> Result<Option<RawFd>> {
        let Some(mailbox) = self.session.card.mailbox.get().filter(|_| self.expects()) else {
            return Ok(None);
        };
        let failed = |e| Error::new(ErrorKind::Io, format!("cannot make a descriptor: {e}"));
        mailbox.fd().map(Some).map_err(failed)
    }
}

/// Commands that are not said to be fast because of rare calls, and are.
const QUICK: &[&str] = &[
    "set",
    "setex",
    "psetex",
    "getset",
    "subscribe",
    "psubscribe",
    "ssubscribe",
    "unsubscribe",
    "punsubscribe",
    "sunsubscribe",
];
/// Those that are fast only without a number of elements.
const POPS: &[&str] = &["lpop", "rpop", "spop", "zpopmin", "zpopmax"];

fn is_quick(name: &[u8], words: usize) -> bool {
    cmd::find(name).is_some_and(|spec| {
        let fast = spec.has(FAST) && !spec.has(BLOCKING) && (words <= 2 || !POPS.contains(&spec.name));
        fast || QUICK.contains(&spec.name)
    })
}
