//! DEBUG RELOAD and LOADAOF: all keys anew from a file.
//!
//! The keys are loaded beside those in use, which nobody can reach meanwhile, and take their place when the file is whole:
//! a file that is damaged changes nothing. For that time the data is twice in memory.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use parking_lot::MutexGuard;

use super::load::Target;
use super::open::{Options, open};
use super::save::refusal;
use super::{CLOSED, Engine, LOADING, LOADING_REPLY};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::log::Level;
use crate::cmd::error::CmdError;
use crate::cmd::host::Reload;
use crate::cmd::session::Waits;
use crate::persist::storage::Storage;

/// What Redis answers when there is no file.
const NOT_LOADED: &str = "ERR Error trying to load the RDB dump";

/// While it lives, commands are refused that do not say that they may run during loading.
struct Refusing<'e>(&'e Engine);

impl Drop for Refusing<'_> {
    fn drop(&mut self) {
        self.0.space.set_loading(false);
        self.0.state.fetch_and(!LOADING, Ordering::AcqRel);
    }
}

/// A file that goes when it was read.
struct Temporary<'e>(&'e Engine, PathBuf);

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        // What is left of it names nothing.
        let _ = self.0.saves.storage.remove(&self.1);
    }
}

impl Engine {
    fn refuse_others(&self) -> std::result::Result<Refusing<'_>, CmdError> {
        if self.state.fetch_or(LOADING, Ordering::AcqRel) & LOADING != 0 {
            return Err(CmdError::Text(LOADING_REPLY));
        }
        self.space.set_loading(true);
        Ok(Refusing(self))
    }

    /// The turn to walk, in a database that is not being closed: close waits for who has it, see [`Engine::await_reload`].
    fn turn_to_reload(&self) -> std::result::Result<MutexGuard<'_, ()>, CmdError> {
        let turn = self.turn_to_walk(&mut || true).map_err(|e| refusal(&e))?;
        if self.state.load(Ordering::Acquire) & CLOSED != 0 {
            return Err(CmdError::Interrupted);
        }
        Ok(turn)
    }

    /// Waits until a reload that began before the database was closed has ended: it writes files.
    pub(super) fn await_reload(&self) {
        if self.reloading() {
            drop(self.saves.running.lock());
        }
    }

    /// A place for a file of a moment: beside the snapshot file, or where the system keeps such files.
    fn temporary(&self) -> Temporary<'_> {
        let unique = self.rng.lock().next_u64();
        let name = format!("temp-{unique:016x}-reload.rdb");
        let dir = self.target().ok().and_then(|path| path.parent().map(Path::to_path_buf));
        Temporary(self, dir.unwrap_or_else(std::env::temp_dir).join(name))
    }

    /// DEBUG RELOAD.
    pub(super) fn reload(&self, how: Reload) -> std::result::Result<(), CmdError> {
        let told = !how.save || how.merge || !how.flush;
        if told && let Err(e) = self.may_write() {
            // The append-only file could not be told.
            let text = format!("MISCONF Errors writing to the AOF file: {}", e.message());
            return Err(CmdError::Bytes(text.into_bytes()));
        }
        let refusing = self.refuse_others()?;
        let turn = self.turn_to_reload()?;
        // A database in memory has no snapshot file; what is saved for the moment goes again.
        let (path, _gone) = match self.target() {
            Ok(path) => (path, None),
            Err(_) if how.save => {
                let temporary = self.temporary();
                (temporary.1.clone(), Some(temporary))
            }
            Err(_) => return Err(CmdError::Text(NOT_LOADED)),
        };
        let view = loop {
            let evicted = self.stats.evicted_keys.load(Ordering::Relaxed);
            let saved = if how.save {
                let (written, changes) =
                    self.snapshot(&path, None, &mut |_, _| true).map_err(|e| refusal(&e))?;
                if self.target().is_ok() {
                    self.saved(&path, written, changes);
                }
                Some(changes)
            } else {
                None
            };
            let view = self.space.lock_all(true);
            // A call that was let in before the others were refused may have changed something since.
            let still = evicted == self.stats.evicted_keys.load(Ordering::Relaxed);
            if saved.is_none_or(|changes| still && changes == self.changes()) {
                break view;
            }
        };
        let storage = &*self.saves.storage;
        if matches!(storage.metadata(&path), Ok(None)) {
            return Err(CmdError::Text(NOT_LOADED));
        }
        let now = self.clock.now_ms();
        let old = self.replace_all(view, storage, &path, Some(now), how);
        let old = old.map_err(|e| {
            self.log_line(Level::Warning, &format!("not reloaded: {}", e.message()));
            CmdError::Bytes(format!("{NOT_LOADED}: {}", e.message()).into_bytes())
        })?;
        drop(old);
        let told = if told {
            let told = self.tell_file();
            self.feeds.break_off("DEBUG RELOAD has replaced keys, which no change tells");
            told
        } else {
            Ok(())
        };
        drop((turn, refusing));
        told
    }

    /// The append-only file knows nothing of what came: it is rewritten before anybody may change a key, because later commands
    /// in the old file would be commands on other keys. Whoever calls has the turn to walk.
    fn tell_file(&self) -> std::result::Result<(), CmdError> {
        let Some(aof) = &self.aof else { return Ok(()) };
        match self.rewrite_in_turn() {
            Ok(lines) => {
                lines.iter().for_each(|line| self.log_line(Level::Warning, line));
                Ok(())
            }
            Err(e) => {
                let text =
                    format!("rewriting the append-only file after DEBUG RELOAD failed: {}", e.message());
                self.log_line(Level::Warning, &text);
                aof.fail(Error::new(ErrorKind::Io, text.clone()));
                Err(CmdError::Bytes(format!("MISCONF {text}").into_bytes()))
            }
        }
    }

    /// Loads a file in place of what `view` holds; that is the answer, to be freed without it.
    fn replace_all(
        &self,
        mut view: crate::keyspace::space::View<'_>,
        storage: &dyn Storage,
        path: &Path,
        now: Option<i64>,
        how: Reload,
    ) -> Result<Vec<crate::keyspace::table::Table>> {
        let aside = self.space.aside(&mut view);
        let loaded = self.load_snapshot(storage, path, now, &Target::Aside(&aside, how.merge))?;
        if !how.flush {
            aside.absorb(&view, how.merge).map_err(|name| {
                let name = String::from_utf8_lossy(&name);
                Error::new(
                    ErrorKind::Corrupt,
                    format!("{}: the key '{name}' is there already", path.display()),
                )
            })?;
        }
        self.tell_present(&view);
        let old = aside.adopt(&mut view);
        self.tell_present(&view);
        self.invalidate_all();
        drop(view);
        let line = format!("DB reloaded: {} keys, {} expired", loaded.keys, loaded.expired);
        self.log_line(Level::Notice, &line);
        Ok(old)
    }

    /// DEBUG LOADAOF. The commands of the file run in a database of their own, whose keys then come here by way of a snapshot:
    /// so nobody sees, or writes to, half of them.
    pub(super) fn load_aof(&self) -> std::result::Result<(), CmdError> {
        let Some(aof) = &self.aof else {
            return Err(CmdError::Text("ERR there is no append-only file to load"));
        };
        let failed = |e: Error| CmdError::Bytes(format!("ERR {}", e.message()).into_bytes());
        let refusing = self.refuse_others()?;
        let turn = self.turn_to_reload()?;
        let view = self.space.lock_all(true);
        let temporary = self.temporary();
        let storage = &*self.saves.storage;
        let other = open(self.options_of_a_copy(), Path::new("")).map_err(failed)?;
        let commands = other.take_in(aof, storage).and_then(|commands| {
            other.snapshot(&temporary.1, None, &mut |_, _| true)?;
            Ok(commands)
        });
        let closed = other.close();
        drop(other);
        let commands = commands.and_then(|commands| closed.map(|()| commands)).map_err(failed)?;
        let how = Reload { merge: false, flush: true, save: false };
        let old = self.replace_all(view, storage, &temporary.1, None, how).map_err(failed)?;
        self.log_line(Level::Notice, &format!("DB loaded from append only file: {commands} commands"));
        drop((turn, refusing, old));
        Ok(())
    }

    /// A database in memory that builds values as this one does.
    fn options_of_a_copy(&self) -> Options {
        let names: [&[u8]; 8] =
            [b"databases", b"shards", b"hash-*", b"list-*", b"set-*", b"zset-*", b"hll-*", b"stream-*"];
        let lines = self.directives(&names).into_iter().map(|(name, value)| format!("{name} {value}\n"));
        let text = lines.collect::<String>();
        Options::new().config(text).clock(self.clock.clone()).storage(self.saves.storage.clone())
    }

    /// Runs what is in the files of an append-only file. Nothing expires meanwhile: the file tells what did.
    fn take_in(&self, aof: &crate::persist::aof::AofWriter, storage: &dyn Storage) -> Result<u64> {
        self.stats.cron_paused.store(true, Ordering::Relaxed);
        let mut session = self.enter();
        session.replaying = true;
        session.waits = Waits::No;
        let known = |name: &[u8]| crate::cmd::find(name).is_some();
        let mut replay = |argv: &[&[u8]]| self.replay(&mut session, argv);
        let mut base = |path: &Path| {
            let loaded = self.load_snapshot(storage, path, None, &Target::Live)?;
            Ok(crate::persist::aof::BaseLoaded { end: loaded.end, made_s: loaded.made_s })
        };
        aof.replay(&known, &mut replay, &mut base)
    }
}
