//! The engine as commands see it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Engine;
use super::save::refusal;
use crate::base::clock::Clock;
use crate::base::latency::Monitor;
use crate::base::log::Level;
use crate::cmd::error::CmdError;
use crate::cmd::histogram::Histograms;
use crate::cmd::host::{Begun, Host, MemoryUse, Reload, Stats};
use crate::cmd::server::slowlog::SlowLog;
use crate::cmd::session::{Card, Paused, Session, Tracking, Unblock};
use crate::cmd::waiting::Waiting;
use crate::keyspace::raw::Entry;
use crate::keyspace::space::{Keyspace, View};
use crate::keyspace::table::Table;
use crate::keyspace::usage::Usage;
use crate::pubsub::hub::Hub;
use crate::pubsub::mailbox::Mailbox;
use crate::sys::memory;
use crate::types::limits::Limits;

/// What a client costs: its state and card, and the list's share.
const CLIENT_BYTES: u64 = 512;

impl Engine {
    /// All bytes that are counted: keys, tables, the journal's buffers, clients.
    pub(super) fn used_memory(&self) -> u64 {
        self.space.used_bytes()
            + self.aof_buffer()
            + self.client_bytes()
            + self.startup_bytes.load(Ordering::Relaxed)
    }

    fn aof_buffer(&self) -> u64 {
        self.aof.as_ref().map_or(0, |aof| aof.info().pending_bytes)
    }

    fn client_bytes(&self) -> u64 {
        self.cards.lock().len() as u64 * CLIENT_BYTES + self.buffer_bytes()
    }

    /// Memory behind the buffers of connections.
    pub(super) fn buffer_bytes(&self) -> u64 {
        self.buffers.load(Ordering::Relaxed) as u64
    }

    /// That of one connection changed.
    pub(crate) fn note_buffers(&self, before: usize, now: usize) {
        self.buffers.fetch_add(now.wrapping_sub(before), Ordering::Relaxed);
    }
}

impl Host for Engine {
    fn clock(&self) -> &Clock {
        &self.clock
    }

    fn space(&self) -> &Keyspace {
        &self.space
    }

    fn usage(&self) -> &Usage {
        &self.usage
    }

    fn limits(&self) -> &Limits {
        &self.limits
    }

    fn stats(&self) -> &Stats {
        &self.stats
    }

    fn journaling(&self) -> bool {
        self.to_journal().is_some()
    }

    fn max_bulk(&self) -> usize {
        self.hot.max_bulk.load(Ordering::Relaxed)
    }

    fn lazy_user_del(&self) -> bool {
        self.hot.lazy_user_del.load(Ordering::Relaxed)
    }

    fn lazy_user_flush(&self) -> bool {
        self.hot.lazy_user_flush.load(Ordering::Relaxed)
    }

    fn info(&self, sections: &[String], view: &View<'_>) -> String {
        self.info_text(sections, view)
    }

    fn config_get(&self, patterns: &[&[u8]]) -> Vec<(&'static str, String)> {
        self.directives(patterns)
    }

    fn config_set(&self, pairs: &[(&[u8], &[u8])], locked: bool) -> Result<(), CmdError> {
        self.set_directives(pairs)?;
        if locked {
            // In a transaction: the background thread evicts when the shards are free.
            self.cron.nudge();
        } else {
            self.evict_now();
        }
        Ok(())
    }

    fn config_rewrite(&self) -> Result<(), CmdError> {
        Err(CmdError::Text("ERR The server is running without a config file"))
    }

    fn reset_stats(&self) {
        let retired = &self.retired;
        let stats = &self.stats;
        for counter in [
            &retired.clients,
            &retired.commands,
            &retired.hits,
            &retired.misses,
            &stats.expired_keys,
            &stats.expired_fields,
            &stats.evicted_keys,
            &stats.lazyfreed,
        ] {
            counter.store(0, Ordering::Relaxed);
        }
        stats.errors.lock().clear();
        retired.calls.lock().clear();
        self.histograms.reset();
        self.cards.lock().values().for_each(|card| crate::cmd::calls::reset(card));
        stats.peak_memory.store(self.used_memory(), Ordering::Relaxed);
        for card in self.cards.lock().values() {
            // The client's own thread may count on at this moment; one count more or less is no harm.
            for counter in [&card.commands, &card.hits, &card.misses] {
                counter.store(0, Ordering::Relaxed);
            }
        }
    }

    fn clients(&self) -> Vec<Arc<Card>> {
        self.cards.lock().values().filter(|card| !card.is_killed()).cloned().collect()
    }

    fn memory(&self) -> MemoryUse {
        MemoryUse {
            total: self.used_memory(),
            aof_buffer: self.aof_buffer(),
            clients: self.client_bytes(),
            startup: self.startup_bytes.load(Ordering::Relaxed),
            rss: memory::resident(),
        }
    }

    fn purge(&self) {
        memory::trim();
    }

    fn free_tables(&self, tables: Vec<Table>) {
        self.cron.free_tables(tables, &self.stats);
    }

    fn free_entries(&self, entries: Vec<Entry>) {
        self.cron.free_entries(entries, &self.stats);
    }

    fn pause(&self, which: Paused, ms: u64) {
        self.pause_clients(which, ms);
    }

    fn unpause(&self) {
        self.unpause_clients();
    }

    fn sleep(&self, session: &Session, duration: Duration) -> Result<(), CmdError> {
        self.sleep_for(session, duration)
    }

    fn watch(&self, session: &mut Session, key: &[u8], gone: bool) {
        self.watch_key(session, key, gone);
    }

    fn mailbox(&self, card: &Card) -> Arc<Mailbox> {
        Arc::clone(card.mailbox.get_or_init(|| self.hub.mailbox_of_client(card.bell())))
    }

    fn track(&self, session: &mut Session, how: Tracking, redirect: u64, noloop: bool) {
        self.begin_tracking(session, how, redirect, noloop);
    }

    fn end_tracking(&self, session: &mut Session) {
        Engine::end_tracking(self, session);
    }

    fn is_client(&self, id: u64) -> bool {
        self.cards.lock().contains_key(&id)
    }

    fn flushed(&self) {
        self.invalidate_all();
    }

    fn admits(&self, user: &[u8], password: &[u8]) -> Option<bool> {
        let settings = self.settings.read();
        let wanted = settings.requirepass.as_bytes();
        if wanted.is_empty() {
            return None;
        }
        // Looks at every byte, so that the time it takes tells nothing of where they differ.
        let differ = password.iter().zip(wanted.iter().cycle()).fold(0, |sum, (a, b)| sum | (a ^ b));
        Some(user == b"default" && password.len() == wanted.len() && differ == 0)
    }

    fn shut_down(&self, save: Option<bool>, force: bool) -> Result<(), CmdError> {
        self.end_server(save, force)
    }

    fn slowlog(&self) -> &SlowLog {
        &self.slowlog
    }

    fn latency(&self) -> &Monitor {
        &self.latency
    }

    fn histograms(&self) -> &Histograms {
        &self.histograms
    }

    fn monitor(&self, id: u64, mailbox: &Arc<Mailbox>) {
        let mut monitors = self.monitors.write();
        monitors.push((id, Arc::clone(mailbox)));
        self.monitored.store(true, Ordering::Relaxed);
    }

    fn end_monitor(&self, id: u64) {
        let mut monitors = self.monitors.write();
        monitors.retain(|(other, _)| *other != id);
        self.monitored.store(!monitors.is_empty(), Ordering::Relaxed);
    }

    fn hub(&self) -> &Hub {
        &self.hub
    }

    fn unwatch(&self, session: &mut Session) {
        self.unwatch_keys(session);
    }

    fn observed(&self, db: usize) -> Vec<Vec<u8>> {
        self.observed_keys(db)
    }

    fn enlist(&self, session: &mut Session, waiting: Waiting) {
        self.wait_in_line(session, waiting);
    }

    fn unblock(&self, id: u64, how: Unblock) -> bool {
        self.unblock_client(id, how)
    }

    fn call(&self, session: &mut Session, argv: &[&[u8]]) -> Result<u64, CmdError> {
        self.nested(session, argv)
    }

    fn save(&self) -> Result<(), CmdError> {
        Engine::save(self).map_err(|e| refusal(&e))
    }

    fn save_in_background(&self, schedule: bool) -> Result<Begun, CmdError> {
        Engine::save_in_background(self, schedule).map_err(|e| refusal(&e))
    }

    fn reload(&self, how: Reload) -> Result<(), CmdError> {
        Engine::reload(self, how)
    }

    fn load_aof(&self) -> Result<(), CmdError> {
        Engine::load_aof(self)
    }

    fn skip_checksum(&self, skip: bool) {
        self.loading.skip_checksum.store(skip, Ordering::Relaxed);
    }

    fn rewrite_in_background(&self) -> Result<Begun, CmdError> {
        Engine::rewrite_in_background(self)
            .map_err(|e| CmdError::Bytes(format!("ERR {}", e.message()).into()))
    }

    fn sync(&self) -> Result<bool, CmdError> {
        match &self.aof {
            None => Ok(false),
            Some(aof) => match aof.sync() {
                Ok(()) => Ok(true),
                Err(e) => Err(CmdError::Bytes(format!("ERR {}", e.message()).into())),
            },
        }
    }

    fn last_save(&self) -> i64 {
        self.saves.last_save.load(Ordering::Relaxed)
    }

    fn log(&self, line: &str) {
        self.log_line(Level::Notice, line);
    }
}
