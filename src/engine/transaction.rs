//! MULTI and EXEC: commands are queued, then run as one step under the locks that all of them need.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use smallvec::SmallVec;

use super::dispatch::{Found, OOM, look_up, number};
use super::save::MISCONF;
use super::{Engine, LOADING_REPLY};
use crate::base::error::Result;
use crate::cmd::args::Args;
use crate::cmd::calls::Outcome;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{Command, Effect, copied};
use crate::cmd::error::CmdError;
use crate::cmd::session::{Queue, Session, Waits, Watched};
use crate::cmd::spec::{DENYOOM, Group, LOADING, NO_MULTI, Plan, WRITE};
use crate::cmd::{keys, transaction};
use crate::keyspace::space::View;
use crate::reply::sink::ReplySink;

/// Commands that are not queued.
const AT_ONCE: &[&str] = &["exec", "discard", "multi", "watch", "quit", "reset"];

const ABORTED: CmdError = CmdError::Text("EXECABORT Transaction discarded because of previous errors.");

/// One queued command.
struct Queued<'q> {
    found: Found,
    argv: SmallVec<[&'q [u8]; 8]>,
}

impl Engine {
    /// After MULTI: queues a command, unless it is one of those that are not. Whether it was dealt with.
    pub(super) fn queue(
        &self,
        session: &mut Session,
        found: &std::result::Result<Found, CmdError>,
        argv: &[&[u8]],
        out: &mut dyn ReplySink,
    ) -> bool {
        let refusal = match found {
            // EXEC itself, with too many words: that is the end of it.
            Err(CmdError::Arity(name)) if name == "exec" => return false,
            Err(error) => Some(error.clone()),
            Ok(found) if found.container.is_none() && AT_ONCE.contains(&found.spec.name) => return false,
            Ok(found) if found.spec.has(NO_MULTI) => {
                Some(CmdError::Text("ERR Command not allowed inside a transaction"))
            }
            Ok(found) if self.reloading() && !found.spec.has(LOADING) => Some(CmdError::Text(LOADING_REPLY)),
            Ok(found) if found.spec.has(DENYOOM) && self.make_room().is_err() => Some(OOM),
            Ok(found) if found.spec.has(WRITE) && self.saves.stops_writes() => Some(MISCONF),
            Ok(_) => None,
        };
        let Some(queue) = &mut session.queue else { return false };
        if let Some(error) = refusal {
            queue.refused = true;
            session.outcome = Outcome::Rejected;
            self.answer_error(&error, out);
            return true;
        }
        queue.commands.push(argv.iter().map(|word| copied(word)).collect());
        session.card.multi.store(i64::try_from(queue.commands.len()).unwrap_or(i64::MAX), Ordering::Relaxed);
        out.status("QUEUED");
        true
    }

    /// EXEC, in a client that has called MULTI.
    pub(super) fn exec(&self, session: &mut Session, queue: &Queue, out: &mut dyn ReplySink) -> Result<u64> {
        transaction::forget(session);
        // Kept until the locks are held, so that no change is missed.
        let watched = session
            .watched
            .as_deref()
            .map(|w| Watched { changed: Arc::clone(&w.changed), keys: w.keys.clone() });
        let done = self.exec_watching(session, queue, watched.as_ref(), out);
        self.unwatch_keys(session);
        done
    }

    fn exec_watching(
        &self,
        session: &mut Session,
        queue: &Queue,
        watched: Option<&Watched>,
        out: &mut dyn ReplySink,
    ) -> Result<u64> {
        if queue.refused {
            session.outcome = Outcome::Failed;
            self.answer_error(&ABORTED, out);
            return Ok(0);
        }
        let mut refuse = |error: &CmdError, out: &mut dyn ReplySink| {
            session.outcome = Outcome::Rejected;
            self.answer_error(error, out);
            Ok(0)
        };
        let mut commands = Vec::with_capacity(queue.commands.len());
        for command in &queue.commands {
            let argv: SmallVec<[&[u8]; 8]> = command.iter().map(Vec::as_slice).collect();
            // Queued only if it was found.
            match look_up(&argv) {
                Ok(found) => commands.push(Queued { found, argv }),
                Err(error) => return refuse(&error, out),
            }
        }
        if self.reloading() && commands.iter().any(|queued| !queued.found.spec.has(LOADING)) {
            return refuse(&because(&CmdError::Text(LOADING_REPLY)), out);
        }
        let has = |flag| commands.iter().any(|queued| queued.found.spec.has(flag));
        if has(WRITE) {
            self.may_write()?;
            self.pace();
            if self.saves.stops_writes() {
                return refuse(&because(&MISCONF), out);
            }
            if has(DENYOOM) && self.make_room().is_err() {
                return refuse(&because(&OOM), out);
            }
        }
        let view = self.lock_together(&commands, watched);
        self.check_poison()?;
        let ctx = Ctx::new(view, session, self);
        let done = self.with(ctx, None, |ctx| {
            let changed = watched.is_some_and(|watched| is_changed(ctx, watched));
            if changed {
                out.null_array();
                return Ok(((), Effect::None));
            }
            out.array(commands.len());
            ctx.session.waits = Waits::No;
            ctx.session.effects = Some(Vec::new());
            commands.iter().for_each(|queued| self.run_queued(ctx, queued, out));
            ctx.session.waits = Waits::Yes;
            let effects = ctx.session.effects.take().unwrap_or_default();
            Ok(((), Effect::Journaled(self.journal_together(&effects))))
        });
        match done {
            Ok(((), lsn)) => Ok(lsn),
            Err((error, lsn)) => {
                self.answer_error(&error, out);
                Ok(lsn)
            }
        }
    }

    /// Runs one command under locks that are held.
    fn run_queued(&self, ctx: &mut Ctx<'_>, queued: &Queued<'_>, out: &mut dyn ReplySink) {
        let db = ctx.db();
        ctx.next_command();
        ctx.session.card.last_command.store(queued.found.number, Ordering::Relaxed);
        if queued.found.spec.group == Group::Pubsub {
            // What it publishes comes behind the events of the commands before it.
            self.publish_events(ctx);
        }
        let args = Args::new(&queued.argv, queued.found.words());
        let number = queued.found.number;
        let session = &mut *ctx.session;
        let weight = session.counters.begin(&session.card, number, session.parks);
        let since = self.slowlog.begin(weight > 0);
        let result = (queued.found.spec.handler)(ctx, args, out);
        let session = &mut *ctx.session;
        let took = self.took(since, session, queued.found.spec, &queued.argv);
        session.counters.end(took, weight);
        self.tell_monitors(ctx.session, queued.found.spec, &queued.argv);
        let (_, gone) = self.journal_expired(ctx);
        ctx.note_gone(gone);
        match result {
            Ok(effect) => {
                if matches!(effect, Effect::None) {
                    ctx.untouch();
                }
                self.journal(db, Some(&queued.argv), &effect, ctx.session);
            }
            Err(error) => {
                ctx.untouch();
                ctx.session.outcome = Outcome::Failed;
                self.note_outcome(ctx.session, number);
                self.answer_error(&error, out);
            }
        }
        ctx.settle();
        if self.space.tracked() {
            // Now: a command behind it may read them again. Prefixes are told at the end.
            ctx.take_untold().iter().for_each(|key| self.invalidate_read(key, ctx.session.card.id));
            if ctx.session.tracking.is_some() {
                self.remember_call(ctx.session, queued.found.spec, &queued.argv);
            }
        }
    }

    /// Journals what a transaction did, as one.
    fn journal_together(&self, effects: &[(usize, Command)]) -> u64 {
        let Some(journal) = self.to_journal() else { return 0 };
        match effects {
            [] => 0,
            [(db, command)] => {
                let words: SmallVec<[&[u8]; 8]> = command.iter().map(Vec::as_slice).collect();
                journal.append(number(*db), &words)
            }
            several => journal.together(several.iter().map(|(db, command)| (number(*db), command))),
        }
    }

    /// Locks what all the commands need, and the keys that are watched.
    fn lock_together<'k>(&'k self, commands: &[Queued<'k>], watched: Option<&Watched>) -> View<'k> {
        // Expired keys that it reads are removed in their turn, so that who listens to events hears of them in order.
        let (mut all, mut exclusive) = (false, self.space.notified() != 0);
        let mut shards: SmallVec<[usize; 8]> = SmallVec::new();
        let shard = |key: &[u8]| self.space.hasher.shard(self.space.hasher.hash(key));
        for Queued { found, argv } in commands {
            let spec = found.spec;
            let plan = spec.plan_of.map_or(spec.plan, |plan_of| plan_of(argv));
            exclusive |= spec.has(WRITE) || matches!(plan, Plan::KeysExclusive | Plan::AllWrite);
            match plan {
                Plan::Keys | Plan::KeysExclusive => {
                    shards.extend(keys::of_call(spec, argv).iter().map(|&(i, _)| shard(argv[i])));
                }
                Plan::AllRead | Plan::AllWrite => all = true,
                // They may walk over all keys, which they do through what is held here.
                Plan::None => all |= !matches!(spec.group, Group::Connection | Group::Pubsub),
            }
        }
        shards.extend(watched.into_iter().flat_map(|watched| &watched.keys).map(|(_, key, _)| shard(key)));
        if !all {
            let view = if shards.is_empty() {
                self.space.view()
            } else {
                self.space.lock_several(&mut shards, exclusive)
            };
            if !exclusive || !self.observers.moving() {
                return view;
            }
            view.release();
        }
        self.space.lock_all(exclusive)
    }
}

/// Whether a watched key was changed, or its time has come since.
fn is_changed(ctx: &mut Ctx<'_>, watched: &Watched) -> bool {
    watched.changed.load(Ordering::Relaxed)
        || watched.keys.iter().any(|(db, key, gone)| !gone && ctx.is_past(*db, key))
}

/// What EXEC with words behind it answers; it ends the transaction, too.
pub(super) fn arity_of_exec() -> CmdError {
    because(&CmdError::Text("wrong number of arguments for 'exec' command"))
}

/// Why nothing of a transaction was done.
fn because(error: &CmdError) -> CmdError {
    CmdError::Bytes([b"EXECABORT Transaction discarded because of: ".as_slice(), &error.text()].concat())
}
