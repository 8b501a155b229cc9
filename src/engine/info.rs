//! The text of INFO. Only what is really known has a line.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Engine;
use super::config::percent_text;
use super::save::Work;
use crate::base::clock::monotonic_us;
use crate::base::num::human_bytes;
use crate::cmd::calls;
use crate::cmd::host::Host as _;
use crate::cmd::server::REDIS_VERSION;
use crate::cmd::session::Card;
use crate::keyspace::space::View;
use crate::sys::memory;

type Section = (&'static str, fn(&Engine, &View<'_>, &mut String));

/// Sections in their order.
const SECTIONS: &[Section] = &[
    ("Server", Engine::info_server),
    ("Clients", Engine::info_clients),
    ("Memory", Engine::info_memory),
    ("Persistence", Engine::info_persistence),
    ("Stats", Engine::info_stats),
    ("Replication", Engine::info_replication),
    ("CPU", Engine::info_cpu),
    ("Commandstats", Engine::info_commandstats),
    ("Errorstats", Engine::info_errorstats),
    ("Latencystats", Engine::info_latencystats),
    ("Cluster", Engine::info_cluster),
    ("Keyspace", Engine::info_keyspace),
];

macro_rules! line {
    ($out:expr, $($part:tt)*) => {
        // Writing to a String cannot fail.
        let _ = write!($out, $($part)*);
        $out.push_str("\r\n");
    };
}

fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}

impl Engine {
    /// See [`crate::cmd::host::Host::info`].
    pub(super) fn info_text(&self, sections: &[String], view: &View<'_>) -> String {
        let default = sections.is_empty() || sections.iter().any(|s| s == "default");
        let all = sections.iter().any(|s| matches!(s.as_str(), "all" | "everything"));
        let mut out = String::new();
        for (name, fill) in SECTIONS {
            let meant = all || (default && !matches!(*name, "Commandstats" | "Latencystats"));
            if !meant && !sections.iter().any(|s| s.eq_ignore_ascii_case(name)) {
                continue;
            }
            if !out.is_empty() {
                out.push_str("\r\n");
            }
            line!(out, "# {name}");
            fill(self, view, &mut out);
        }
        out
    }

    fn info_server(&self, _: &View<'_>, out: &mut String) {
        let seconds = self.uptime() / 1_000_000;
        let settings = self.settings.read();
        line!(out, "redis_version:{REDIS_VERSION}");
        line!(out, "lodger_version:{}", env!("CARGO_PKG_VERSION"));
        line!(out, "redis_mode:standalone");
        line!(out, "os:{} {}", std::env::consts::OS, std::env::consts::ARCH);
        line!(out, "arch_bits:{}", usize::BITS);
        line!(out, "process_id:{}", std::process::id());
        line!(out, "run_id:{}", self.run_id);
        line!(out, "tcp_port:0");
        line!(out, "server_time_usec:{}", self.clock.now_us());
        line!(out, "uptime_in_seconds:{seconds}");
        line!(out, "uptime_in_days:{}", seconds / 86_400);
        line!(out, "hz:{}", settings.hz);
        line!(out, "configured_hz:{}", settings.hz);
        line!(out, "lru_clock:{}", self.usage.lru_clock());
        line!(out, "shards:{}", settings.shards);
    }

    fn info_clients(&self, _: &View<'_>, out: &mut String) {
        line!(out, "connected_clients:{}", self.clients().len());
        line!(out, "blocked_clients:{}", self.observers.waiting() + self.pause.standing());
        line!(out, "tracking_clients:{}", self.trackers.clients());
    }

    fn info_memory(&self, view: &View<'_>, out: &mut String) {
        let used = self.memory();
        let peak = self.stats.peak_memory.fetch_max(used.total, Ordering::Relaxed).max(used.total);
        let databases = self.space.databases();
        // Who loads holds all keys.
        let databases = if self.reloading() { 0 } else { databases };
        let tables: usize = (0..databases).map(|db| view.overhead(db)).sum();
        let overhead = tables as u64 + used.aof_buffer + used.clients + used.startup;
        let dataset = used.total.saturating_sub(overhead);
        let net = used.total.saturating_sub(used.startup);
        let machine = memory::machine_total();
        let (limit, policy) = {
            let settings = self.settings.read();
            (settings.maxmemory, settings.maxmemory_policy)
        };
        line!(out, "used_memory:{}", used.total);
        line!(out, "used_memory_human:{}", human_bytes(used.total));
        line!(out, "used_memory_rss:{}", used.rss);
        line!(out, "used_memory_rss_human:{}", human_bytes(used.rss));
        line!(out, "used_memory_peak:{peak}");
        line!(out, "used_memory_peak_human:{}", human_bytes(peak));
        line!(out, "used_memory_peak_perc:{:.2}%", percent(used.total, peak));
        line!(out, "used_memory_overhead:{overhead}");
        line!(out, "used_memory_startup:{}", used.startup);
        line!(out, "used_memory_dataset:{dataset}");
        line!(out, "used_memory_dataset_perc:{:.2}%", percent(dataset, net));
        line!(out, "total_system_memory:{machine}");
        line!(out, "total_system_memory_human:{}", human_bytes(machine));
        line!(out, "maxmemory:{limit}");
        line!(out, "maxmemory_human:{}", human_bytes(limit));
        line!(out, "maxmemory_policy:{}", policy.name());
        line!(out, "mem_clients_normal:{}", used.clients);
        line!(out, "mem_aof_buffer:{}", used.aof_buffer);
        line!(out, "lazyfree_pending_objects:{}", self.stats.lazyfree_pending.load(Ordering::Relaxed));
        line!(out, "lazyfreed_objects:{}", self.stats.lazyfreed.load(Ordering::Relaxed));
    }

    fn info_persistence(&self, _: &View<'_>, out: &mut String) {
        self.info_loading(out);
        let saves = &self.saves;
        let running = saves.at_work(Work::Save);
        let seconds = |us: u64| i64::try_from(us / 1_000_000).unwrap_or(i64::MAX);
        let took = saves.last_took_us.load(Ordering::Relaxed);
        let began = saves.began_us.load(Ordering::Relaxed);
        let current = if running { seconds(monotonic_us().saturating_sub(began)) } else { -1 };
        let (done, all, waiting) = self.save_progress();
        line!(out, "current_cow_size:{waiting}");
        line!(out, "current_save_keys_processed:{done}");
        line!(out, "current_save_keys_total:{all}");
        line!(out, "rdb_changes_since_last_save:{}", self.changes_unsaved());
        line!(out, "rdb_bgsave_in_progress:{}", u8::from(running));
        line!(out, "rdb_last_save_time:{}", saves.last_save.load(Ordering::Relaxed));
        let last = if saves.last_ok.load(Ordering::Relaxed) { "ok" } else { "err" };
        line!(out, "rdb_last_bgsave_status:{last}");
        line!(out, "rdb_last_bgsave_time_sec:{}", u64::try_from(took).map_or(-1, seconds));
        line!(out, "rdb_current_bgsave_time_sec:{current}");
        line!(out, "rdb_saves:{}", saves.count.load(Ordering::Relaxed));
        line!(out, "rdb_last_cow_size:{}", saves.last_peak.load(Ordering::Relaxed));
        let (loaded, expired) = self.loading.last();
        line!(out, "rdb_last_load_keys_expired:{expired}");
        line!(out, "rdb_last_load_keys_loaded:{loaded}");
        line!(out, "aof_enabled:{}", u8::from(self.aof.is_some()));
        self.info_rewrite(out);
        let ok = self.aof.as_ref().is_none_or(|aof| !aof.refuses());
        line!(out, "aof_last_write_status:{}", if ok { "ok" } else { "err" });
        if let Some(progress) = self.loading.progress() {
            line!(out, "loading_start_time:{}", progress.start_time);
            line!(out, "loading_total_bytes:{}", progress.total);
            line!(out, "loading_rdb_used_mem:{}", progress.rdb_used_mem);
            line!(out, "loading_loaded_bytes:{}", progress.loaded);
            line!(out, "loading_loaded_perc:{:.2}", progress.percent);
            line!(out, "loading_eta_seconds:{}", progress.eta_seconds);
        }
        if let Some(aof) = &self.aof {
            let info = aof.info();
            line!(out, "aof_current_size:{}", info.current_size);
            line!(out, "aof_base_size:{}", info.base_size);
            line!(out, "aof_buffer_length:{}", info.pending_bytes);
            line!(out, "aof_delayed_fsync:{}", info.delayed_fsync);
        }
    }

    fn info_loading(&self, out: &mut String) {
        line!(out, "loading:{}", u8::from(self.reloading() || self.loading.progress().is_some()));
        line!(out, "async_loading:0");
    }

    fn info_stats(&self, _: &View<'_>, out: &mut String) {
        let cards: Vec<Arc<Card>> = self.cards.lock().values().cloned().collect();
        let sum = |of: fn(&Card) -> u64| cards.iter().map(|c| of(c)).sum::<u64>();
        let retired = &self.retired;
        let total = cards.len() as u64 + retired.clients.load(Ordering::Relaxed);
        let commands = sum(|c| c.commands.load(Ordering::Relaxed)) + retired.commands.load(Ordering::Relaxed);
        let hits = sum(|c| c.hits.load(Ordering::Relaxed)) + retired.hits.load(Ordering::Relaxed);
        let misses = sum(|c| c.misses.load(Ordering::Relaxed)) + retired.misses.load(Ordering::Relaxed);
        line!(out, "total_connections_received:{total}");
        line!(out, "total_commands_processed:{commands}");
        line!(out, "expired_keys:{}", self.stats.expired_keys.load(Ordering::Relaxed));
        line!(out, "expired_subkeys:{}", self.stats.expired_fields.load(Ordering::Relaxed));
        line!(out, "evicted_keys:{}", self.stats.evicted_keys.load(Ordering::Relaxed));
        line!(out, "keyspace_hits:{hits}");
        line!(out, "keyspace_misses:{misses}");
        let [keys, items, prefixes] = self.trackers.totals();
        line!(out, "tracking_total_keys:{keys}");
        line!(out, "tracking_total_items:{items}");
        line!(out, "tracking_total_prefixes:{prefixes}");
        line!(out, "total_error_replies:{}", self.stats.errors.lock().values().sum::<u64>());
    }

    fn info_replication(&self, _: &View<'_>, out: &mut String) {
        line!(out, "role:master");
        line!(out, "connected_slaves:0");
    }

    fn info_cpu(&self, _: &View<'_>, out: &mut String) {
        let (system, user) = memory::cpu_seconds();
        line!(out, "used_cpu_sys:{system:.6}");
        line!(out, "used_cpu_user:{user:.6}");
    }

    fn info_commandstats(&self, _: &View<'_>, out: &mut String) {
        let cards: Vec<Arc<Card>> = self.cards.lock().values().cloned().collect();
        let mut sums = self.retired.calls.lock().clone();
        cards.iter().for_each(|card| calls::sum(card, &mut sums));
        for (number, sums) in sums {
            if sums.calls + sums.rejected + sums.failed == 0 {
                continue;
            }
            line!(
                out,
                "cmdstat_{}:calls={},usec={},usec_per_call={:.2},rejected_calls={},failed_calls={}",
                crate::cmd::full_name_of(number),
                sums.calls,
                sums.us(),
                sums.us_per_call(),
                sums.rejected,
                sums.failed
            );
        }
    }

    fn info_errorstats(&self, _: &View<'_>, out: &mut String) {
        for (code, count) in &*self.stats.errors.lock() {
            line!(out, "errorstat_{code}:count={count}");
        }
    }

    fn info_latencystats(&self, _: &View<'_>, out: &mut String) {
        if !self.histograms.tracking() {
            return;
        }
        let percents = self.settings.read().latency_percentiles.clone();
        for (number, times) in self.histograms.called() {
            let told = percents.iter().map(|p| format!("p{}={:.3}", percent_text(*p), times.percentile(*p)));
            let told = told.collect::<Vec<_>>().join(",");
            line!(out, "latency_percentiles_usec_{}:{told}", crate::cmd::full_name_of(number));
        }
    }

    fn info_cluster(&self, _: &View<'_>, out: &mut String) {
        line!(out, "cluster_enabled:0");
    }

    fn info_keyspace(&self, view: &View<'_>, out: &mut String) {
        let databases = if self.reloading() { 0 } else { self.space.databases() };
        for db in 0..databases {
            let (keys, expires) = view.count(db);
            if keys > 0 {
                let ttl = self.average_ttl(view, db, expires);
                line!(out, "db{db}:keys={keys},expires={expires},avg_ttl={ttl}");
            }
        }
    }

    /// Mean milliseconds to live of a sample of the keys with an expiry.
    fn average_ttl(&self, view: &View<'_>, db: usize, expires: usize) -> i64 {
        if expires == 0 {
            return 0;
        }
        let now = self.clock.now_ms();
        let mut rng = crate::base::rng::Rng::new(self.rng.lock().next_u64());
        let (mut sum, mut seen) = (0_i64, 0_i64);
        for _ in 0..64 {
            view.sample(db, true, &mut rng, &mut |entry| {
                sum = sum.saturating_add(entry.expire_at().map_or(0, |at| (at - now).max(0)));
                seen += 1;
                seen % 16 != 0
            });
        }
        sum.checked_div(seen).unwrap_or(0)
    }
}
