//! A client whose requests come as a stream of bytes, and whose thread has other clients to serve: nothing here waits.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{answer_failure, room_for};
use crate::base::bell::Bell;
use crate::base::error::{ErrorKind, Result};
use crate::cmd::host::Host as _;
pub(crate) use crate::cmd::session::Peer;
use crate::cmd::session::Session;
use crate::engine::Engine;
use crate::proto::decode::Decoder;
use crate::proto::encode::RespSink;
use crate::reply::sink::ReplySink as _;

/// Messages to a listening client that are written out between two looks at how much waits to be sent.
const MESSAGES: usize = 256;

/// Bytes of requests that run before other clients have their turn.
const TURN: usize = 64 << 10;

/// What a door does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It takes requests.
    Open,
    /// A call waits, until this time of the monotonic clock in microseconds.
    Waiting(u64),
    /// It is done: what is written is sent, and nothing more comes.
    Closing,
}

/// See the module.
pub(crate) struct Door {
    engine: Arc<Engine>,
    session: Session,
    sink: RespSink,
    decoder: Decoder,
    state: State,
    lsn: u64,
}

impl Door {
    /// A new client's. `bell` is rung when [`Door::look`] may have something to tell; `known`: it needs no password.
    pub(crate) fn new(engine: Arc<Engine>, bell: Bell, peer: Peer, known: bool) -> Self {
        let mut session = engine.enter_as(Some(bell), Some(peer));
        session.parks = true;
        session.streams = true;
        session.known = known;
        let sink = RespSink::new(session.protocol);
        let decoder = Decoder::new(engine.max_bulk());
        Self { engine, session, sink, decoder, state: State::Open, lsn: 0 }
    }

    /// CLIENT ID.
    pub(crate) fn id(&self) -> u64 {
        self.session.card.id
    }

    /// CLIENT KILL.
    pub(crate) fn is_killed(&self) -> bool {
        self.session.card.is_killed()
    }

    /// Whether it needs no password, or has said it.
    pub(crate) fn is_known(&self) -> bool {
        self.session.known
    }

    /// Lets others know what the connection keeps: memory behind its buffers, what is in them to be run, and to be sent.
    pub(crate) fn note_buffers(&self, memory: usize, unread: usize, unsent: usize) {
        let buffers = &self.session.card.buffers;
        let now = memory.saturating_add(self.sink.held_bytes()).saturating_add(self.decoder.held_bytes());
        let before = buffers.memory.swap(now, Ordering::Relaxed);
        if now != before {
            self.engine.note_buffers(before, now);
        }
        buffers.unread.store(unread, Ordering::Relaxed);
        buffers.unsent.store(unsent, Ordering::Relaxed);
    }

    /// Gives buffers back that are empty.
    pub(crate) fn rest(&mut self) {
        self.sink.shrink(0);
        self.decoder.rest();
    }

    /// What it does next.
    pub(crate) fn state(&self) -> State {
        self.state
    }

    /// The position of the journal to wait for before anything that is written is sent. Asking makes it 0.
    pub(crate) fn take_lsn(&mut self) -> u64 {
        std::mem::take(&mut self.lsn)
    }

    /// Whether it listens to channels.
    pub(crate) fn listens(&self) -> bool {
        self.session.listening.is_some()
    }

    /// Bytes of messages that were not written out yet, and how many messages were lost because there were too many.
    pub(crate) fn queued(&self) -> (usize, u64) {
        self.session.card.mailbox.get().map_or((0, 0), |mailbox| (mailbox.bytes(), mailbox.dropped()))
    }

    /// Runs the requests at the start of `input` and appends what they answer to `out`, until a call waits, `out` has
    /// more than `most` bytes, or others have their turn. Answers how many bytes are done with, and whether there may be whole
    /// requests in the rest, which, with more behind it, is for the next call.
    pub(crate) fn feed(&mut self, input: &[u8], out: &mut Vec<u8>, most: usize) -> (usize, bool) {
        let mut at: usize = 0;
        self.decoder.set_limits(self.engine.max_bulk(), !self.session.known);
        let mut held = true;
        while self.state == State::Open && at < TURN && out.len().saturating_add(self.sink.len()) <= most {
            let rest = input.get(at..).unwrap_or_default();
            let (consumed, done) = self.next(rest);
            at = at.saturating_add(consumed);
            let Some(done) = done else {
                held = false;
                break;
            };
            let known = self.session.known;
            self.settle(done);
            if known != self.session.known {
                self.decoder.set_limits(self.engine.max_bulk(), known);
            }
        }
        self.flush(out);
        (at, held)
    }

    /// Runs the request at the start of `input`. Answers how many bytes are done with, and what came of it; nothing if it is
    /// not whole, or no request at all.
    fn next(&mut self, input: &[u8]) -> (usize, Option<Result<u64>>) {
        let step = match self.decoder.next_request(input) {
            Ok(step) => step,
            Err(error) => {
                self.sink.error(error.message().as_ref());
                self.state = State::Closing;
                return (0, None);
            }
        };
        let Some(argv) = step.request else { return (step.consumed, None) };
        let run = |()| self.engine.execute(&mut self.session, &argv, &mut self.sink);
        let ready = self.engine.check_command().and_then(|()| room_for(&self.engine, &argv, 3));
        (step.consumed, Some(ready.and_then(run)))
    }

    /// After the bell rang or the time came: the answer of a call that waits, messages of channels.
    pub(crate) fn look(&mut self, out: &mut Vec<u8>, most: usize) {
        if self.is_killed() {
            self.state = State::Closing;
            return;
        }
        if self.session.postponed.is_some() {
            self.state = State::Open;
            let done = self.engine.run_postponed(&mut self.session, &mut self.sink);
            self.settle(done.unwrap_or(Ok(0)));
        } else if matches!(self.state, State::Waiting(_))
            && let Some(done) = self.engine.answer_parked(&mut self.session, &mut self.sink)
        {
            self.state = State::Open;
            self.settle(done);
        }
        self.flush(out);
        while self.state != State::Closing && out.len() <= most {
            let Some(mailbox) = self.session.card.mailbox.get() else { break };
            let all = mailbox.drain(MESSAGES, &mut self.sink);
            self.flush(out);
            if all {
                break;
            }
        }
    }

    /// After a call: what it means for the client.
    fn settle(&mut self, done: Result<u64>) {
        match done {
            Ok(lsn) => self.lsn = self.lsn.max(lsn),
            Err(error)
                if matches!(error.kind(), ErrorKind::Closed | ErrorKind::Panic | ErrorKind::Forked) =>
            {
                self.state = State::Closing;
            }
            Err(error) => {
                if let Err(error) = answer_failure(&mut self.sink, error) {
                    self.sink.error(format!("ERR {}", error.message()).as_bytes());
                    self.state = State::Closing;
                }
            }
        }
        if self.session.leaving {
            self.state = State::Closing;
        }
        if let Some(waiter) = &self.session.waiter {
            self.state = State::Waiting(waiter.end_us);
        }
        if let Some(postponed) = &self.session.postponed {
            self.state = State::Waiting(postponed.end_us);
        }
        self.sink.set_protocol(self.session.protocol);
    }

    fn flush(&mut self, out: &mut Vec<u8>) {
        if !self.sink.finish_into(out) {
            // The system has no memory for the answer, and what was written is lost.
            self.state = State::Closing;
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        if !self.engine.crossed_fork() {
            self.engine.note_buffers(self.session.card.buffers.memory.load(Ordering::Relaxed), 0);
            self.engine.depart(&mut self.session);
        }
    }
}
