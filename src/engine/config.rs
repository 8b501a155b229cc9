//! Directives: one vocabulary for `open`, CONFIG GET and CONFIG SET. A directive stands in one row of
//! [`DIRECTIVES`], and only directives that do something have one.

use std::path::PathBuf;

use super::Engine;
use super::server_config::{self, OutputLimits, WITHOUT_MEANING};
use crate::base::error::{Error, ErrorKind};
use crate::base::glob::glob_match;
use crate::base::log::Level;
use crate::base::num;
use crate::cmd::error::{CmdError, quotable};
use crate::cmd::event::Class;
use crate::keyspace::evict::Policy;
use crate::persist::aof::FsyncPolicy;

/// The values of all directives.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Settings {
    pub(crate) active_expire_effort: i64,
    pub(crate) aof_incremental_fsync: bool,
    pub(crate) aof_load_truncated: bool,
    /// Unix seconds; 0 for all there is.
    pub(crate) aof_load_until: i64,
    pub(crate) aof_timestamps: bool,
    pub(crate) appenddirname: String,
    pub(crate) appendfilename: String,
    pub(crate) appendfsync: FsyncPolicy,
    /// `None` until said: the location decides.
    pub(crate) appendonly: Option<bool>,
    pub(crate) auto_rewrite_min_size: i64,
    pub(crate) auto_rewrite_percentage: i64,
    /// Addresses; a `-` before one that need not be there.
    pub(crate) bind: String,
    pub(crate) client_output: OutputLimits,
    pub(crate) client_query_buffer_limit: i64,
    pub(crate) databases: i64,
    pub(crate) dbfilename: String,
    pub(crate) dir: PathBuf,
    pub(crate) hash_max_listpack_entries: i64,
    pub(crate) hash_max_listpack_value: i64,
    pub(crate) hll_sparse_max_bytes: i64,
    pub(crate) hz: i64,
    pub(crate) io_threads: i64,
    pub(crate) latency_monitor_threshold: i64,
    pub(crate) latency_tracking: bool,
    /// Which percentiles INFO latencystats tells.
    pub(crate) latency_percentiles: Vec<f64>,
    pub(crate) lazyfree_eviction: bool,
    pub(crate) lazyfree_expire: bool,
    pub(crate) lazyfree_server_del: bool,
    pub(crate) lazyfree_user_del: bool,
    pub(crate) lazyfree_user_flush: bool,
    pub(crate) lfu_decay_time: i64,
    pub(crate) lfu_log_factor: i64,
    pub(crate) list_max_listpack_size: i64,
    pub(crate) loglevel: Level,
    pub(crate) maxclients: i64,
    pub(crate) maxmemory: u64,
    pub(crate) maxmemory_eviction_tenacity: i64,
    pub(crate) maxmemory_policy: Policy,
    pub(crate) maxmemory_samples: i64,
    /// Which events of keys are published.
    pub(crate) notify: Class,
    pub(crate) port: i64,
    pub(crate) protected_mode: bool,
    pub(crate) proto_max_bulk_len: i64,
    pub(crate) tracking_table_max_keys: i64,
    pub(crate) rdb_del_sync_files: bool,
    pub(crate) rdb_incremental_fsync: bool,
    pub(crate) rdbchecksum: bool,
    pub(crate) rdbcompression: bool,
    pub(crate) requirepass: String,
    pub(crate) sanitize: Sanitize,
    /// Seconds, and the changes after which a snapshot is due then.
    pub(crate) save: Vec<(i64, u64)>,
    pub(crate) set_max_intset_entries: i64,
    pub(crate) shards: i64,
    pub(crate) slowlog_log_slower_than: i64,
    pub(crate) slowlog_max_len: i64,
    pub(crate) stop_writes: bool,
    pub(crate) stream_node_max_bytes: i64,
    pub(crate) stream_node_max_entries: i64,
    pub(crate) tcp_backlog: i64,
    pub(crate) tcp_keepalive: i64,
    pub(crate) timeout: i64,
    pub(crate) unixsocket: String,
    pub(crate) unixsocketperm: u32,
    pub(crate) zset_max_listpack_entries: i64,
    pub(crate) zset_max_listpack_value: i64,
    /// Directives of Redis that were set and mean nothing here.
    pub(crate) without_meaning: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            active_expire_effort: 1,
            aof_incremental_fsync: true,
            aof_load_truncated: true,
            aof_load_until: 0,
            aof_timestamps: false,
            appenddirname: "appendonlydir".to_owned(),
            appendfilename: "appendonly.aof".to_owned(),
            appendfsync: FsyncPolicy::EverySec,
            appendonly: None,
            auto_rewrite_min_size: 64 << 20,
            auto_rewrite_percentage: 100,
            bind: "127.0.0.1 -::1".to_owned(),
            client_output: OutputLimits::default(),
            client_query_buffer_limit: 1 << 30,
            databases: 16,
            dbfilename: "dump.rdb".to_owned(),
            dir: PathBuf::new(),
            hash_max_listpack_entries: 512,
            hash_max_listpack_value: 64,
            hll_sparse_max_bytes: 3000,
            hz: 10,
            io_threads: std::thread::available_parallelism()
                .map_or(1, |n| i64::try_from(n.get().min(16)).unwrap_or(1)),
            latency_monitor_threshold: 0,
            latency_tracking: true,
            latency_percentiles: vec![50.0, 99.0, 99.9],
            lazyfree_eviction: false,
            lazyfree_expire: false,
            lazyfree_server_del: false,
            lazyfree_user_del: false,
            lazyfree_user_flush: false,
            lfu_decay_time: 1,
            lfu_log_factor: 10,
            list_max_listpack_size: -2,
            loglevel: Level::Notice,
            maxclients: 10_000,
            maxmemory: 0,
            maxmemory_eviction_tenacity: 10,
            maxmemory_policy: Policy::NoEviction,
            maxmemory_samples: 5,
            notify: Class::default(),
            port: 6379,
            protected_mode: true,
            proto_max_bulk_len: 512 << 20,
            tracking_table_max_keys: 1_000_000,
            rdb_del_sync_files: false,
            rdb_incremental_fsync: true,
            rdbchecksum: true,
            rdbcompression: true,
            requirepass: String::new(),
            sanitize: Sanitize::No,
            save: Vec::new(),
            set_max_intset_entries: 512,
            shards: 64,
            slowlog_log_slower_than: 10_000,
            slowlog_max_len: 128,
            stop_writes: true,
            stream_node_max_bytes: 4096,
            stream_node_max_entries: 100,
            tcp_backlog: 511,
            tcp_keepalive: 300,
            timeout: 0,
            unixsocket: String::new(),
            unixsocketperm: 0,
            zset_max_listpack_entries: 128,
            zset_max_listpack_value: 64,
            without_meaning: Vec::new(),
        }
    }
}

/// `sanitize-dump-payload`. Whatever it says, everything that comes in is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sanitize {
    No,
    Yes,
    Clients,
}

/// A name and the value it stands for.
type Choice<T> = (&'static str, T);

const LEVELS: &[Choice<Level>] = &[
    ("debug", Level::Debug),
    ("verbose", Level::Verbose),
    ("notice", Level::Notice),
    ("warning", Level::Warning),
];
const FSYNCS: &[Choice<FsyncPolicy>] =
    &[("everysec", FsyncPolicy::EverySec), ("always", FsyncPolicy::Always), ("no", FsyncPolicy::No)];

const SANITIZES: &[Choice<Sanitize>] =
    &[("no", Sanitize::No), ("yes", Sanitize::Yes), ("clients", Sanitize::Clients)];

/// How a directive's text becomes a setting and back.
pub(super) struct Directive {
    pub(super) name: &'static str,
    /// CONFIG SET may change it.
    pub(super) mutable: bool,
    pub(super) get: fn(&Settings) -> String,
    pub(super) set: fn(&mut Settings, &str) -> Result<(), String>,
}

pub(super) fn yes_no(on: bool) -> String {
    if on { "yes" } else { "no" }.to_owned()
}

pub(super) fn boolean(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("argument must be 'yes' or 'no'".to_owned()),
    }
}

pub(super) fn integer(text: &str, low: i64, high: i64) -> Result<i64, String> {
    let n = num::parse_i64(text.as_bytes()).ok_or("argument couldn't be parsed into an integer")?;
    if (low..=high).contains(&n) {
        return Ok(n);
    }
    Err(format!("argument must be between {low} and {high} inclusive"))
}

/// A number of bytes, perhaps with a unit.
pub(super) fn bytes(text: &str, low: i64) -> Result<i64, String> {
    let bytes = num::parse_memory(text.as_bytes()).ok_or("argument must be a memory value")?;
    let bytes = i64::try_from(bytes).ok().filter(|n| *n >= low);
    bytes.ok_or_else(|| format!("argument must be between {low} and {} inclusive", i64::MAX))
}

/// Pairs of seconds and changes; nothing means none.
fn save_points(text: &str) -> Result<Vec<(i64, u64)>, String> {
    let numbers: Vec<&str> = text.split_ascii_whitespace().collect();
    let (pairs, odd) = numbers.as_chunks::<2>();
    let pair = |[seconds, changes]: &[&str; 2]| {
        let seconds = num::parse_i64(seconds.as_bytes()).filter(|n| *n >= 1)?;
        let changes = num::parse_i64(changes.as_bytes()).filter(|n| *n >= 0)?;
        Some((seconds, u64::try_from(changes).ok()?))
    };
    let points = pairs.iter().map(pair).collect::<Option<Vec<_>>>().filter(|_| odd.is_empty());
    points.ok_or_else(|| "Invalid save parameters".to_owned())
}

/// Percentages with a blank between; nothing means none.
fn percentiles(text: &str) -> Result<Vec<f64>, String> {
    let name = "latency-tracking-info-percentiles";
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let percents = text.split(' ').map(|word| num::parse_f64(word.as_bytes()));
    let percents = percents.collect::<Option<Vec<f64>>>();
    let percents = percents.ok_or_else(|| format!("Invalid {name} parameters"))?;
    if percents.iter().all(|p| (0.0..=100.0).contains(p)) {
        return Ok(percents);
    }
    Err(format!("{name} parameters should sit between [0.0,100.0]"))
}

/// A percentage with as many of six digits as it has.
pub(super) fn percent_text(percent: f64) -> String {
    let text = format!("{percent:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn choice<T: Copy>(text: &str, choices: &[Choice<T>]) -> Result<T, String> {
    choices.iter().find(|c| c.0.eq_ignore_ascii_case(text)).map(|c| c.1).ok_or_else(|| {
        let names = choices.iter().map(|c| c.0).collect::<Vec<_>>().join(", ");
        format!("argument(s) must be one of the following: {names}")
    })
}

fn choice_name<T: Copy + PartialEq>(value: T, choices: &[Choice<T>]) -> String {
    choices.iter().find(|c| c.1 == value).map_or_else(String::new, |c| c.0.to_owned())
}

fn file_name(text: &str) -> Result<String, String> {
    if text.is_empty() || text.contains('/') {
        return Err("argument must be a file name, not a path".to_owned());
    }
    Ok(text.to_owned())
}

pub(super) const INT_MAX: i64 = i32::MAX as i64;

/// Rows of the common shapes.
macro_rules! row {
    (int $name:literal $mutable:literal $field:ident $low:expr, $high:expr) => {
        Directive {
            name: $name,
            mutable: $mutable,
            get: |s| s.$field.to_string(),
            set: |s, t| integer(t, $low, $high).map(|n| s.$field = n),
        }
    };
    (bytes $name:literal $field:ident $low:expr) => {
        Directive {
            name: $name,
            mutable: true,
            get: |s| s.$field.to_string(),
            set: |s, t| bytes(t, $low).map(|n| s.$field = n),
        }
    };
    (bool $name:literal $mutable:literal $field:ident) => {
        Directive {
            name: $name,
            mutable: $mutable,
            get: |s| yes_no(s.$field),
            set: |s, t| boolean(t).map(|b| s.$field = b),
        }
    };
    (choice $name:literal $field:ident $choices:expr) => {
        Directive {
            name: $name,
            mutable: true,
            get: |s| choice_name(s.$field, $choices),
            set: |s, t| choice(t, $choices).map(|c| s.$field = c),
        }
    };
    (file $name:literal $field:ident) => {
        Directive {
            name: $name,
            mutable: false,
            get: |s| s.$field.clone(),
            set: |s, t| file_name(t).map(|n| s.$field = n),
        }
    };
}

pub(super) use row;

/// Every directive of a database, by name; those of listpacks also by the name they had when these were ziplists.
const DIRECTIVES: &[Directive] = &[
    row!(int "active-expire-effort" true active_expire_effort 1, 10),
    row!(bool "aof-load-truncated" true aof_load_truncated),
    row!(int "aof-load-until" false aof_load_until 0, i64::MAX),
    row!(bool "aof-rewrite-incremental-fsync" true aof_incremental_fsync),
    row!(bool "aof-timestamp-enabled" true aof_timestamps),
    Directive {
        name: "aof-use-rdb-preamble",
        mutable: true,
        get: |_| yes_no(true),
        set: |_, t| match boolean(t)? {
            true => Ok(()),
            false => Err("the base of the append-only file is always an RDB file".to_owned()),
        },
    },
    row!(file "appenddirname" appenddirname),
    row!(file "appendfilename" appendfilename),
    row!(choice "appendfsync" appendfsync FSYNCS),
    Directive {
        name: "appendonly",
        mutable: false,
        get: |s| yes_no(s.appendonly.unwrap_or(false)),
        set: |s, t| boolean(t).map(|b| s.appendonly = Some(b)),
    },
    row!(bytes "auto-aof-rewrite-min-size" auto_rewrite_min_size 0),
    row!(int "auto-aof-rewrite-percentage" true auto_rewrite_percentage 0, INT_MAX),
    row!(int "databases" false databases 1, 1 << 14),
    row!(file "dbfilename" dbfilename),
    Directive {
        name: "dir",
        mutable: false,
        get: |s| s.dir.display().to_string(),
        set: |_, _| Err("the location given to open is the directory".to_owned()),
    },
    row!(int "hash-max-listpack-entries" true hash_max_listpack_entries 0, i64::MAX),
    row!(bytes "hash-max-listpack-value" hash_max_listpack_value 0),
    row!(int "hash-max-ziplist-entries" true hash_max_listpack_entries 0, i64::MAX),
    row!(bytes "hash-max-ziplist-value" hash_max_listpack_value 0),
    row!(bytes "hll-sparse-max-bytes" hll_sparse_max_bytes 0),
    Directive {
        name: "hz",
        mutable: true,
        get: |s| s.hz.to_string(),
        // Redis takes any number and keeps it between these.
        set: |s, t| integer(t, i64::from(i32::MIN), INT_MAX).map(|n| s.hz = n.clamp(1, 500)),
    },
    row!(int "latency-monitor-threshold" true latency_monitor_threshold 0, i64::MAX),
    row!(bool "latency-tracking" true latency_tracking),
    Directive {
        name: "latency-tracking-info-percentiles",
        mutable: true,
        get: |s| s.latency_percentiles.iter().map(|p| percent_text(*p)).collect::<Vec<_>>().join(" "),
        set: |s, t| percentiles(t).map(|percents| s.latency_percentiles = percents),
    },
    row!(bool "lazyfree-lazy-eviction" true lazyfree_eviction),
    row!(bool "lazyfree-lazy-expire" true lazyfree_expire),
    row!(bool "lazyfree-lazy-server-del" true lazyfree_server_del),
    row!(bool "lazyfree-lazy-user-del" true lazyfree_user_del),
    row!(bool "lazyfree-lazy-user-flush" true lazyfree_user_flush),
    row!(int "lfu-decay-time" true lfu_decay_time 0, INT_MAX),
    row!(int "lfu-log-factor" true lfu_log_factor 0, INT_MAX),
    row!(int "list-max-listpack-size" true list_max_listpack_size i64::from(i32::MIN), INT_MAX),
    row!(int "list-max-ziplist-size" true list_max_listpack_size i64::from(i32::MIN), INT_MAX),
    row!(choice "loglevel" loglevel LEVELS),
    Directive {
        name: "maxmemory",
        mutable: true,
        get: |s| s.maxmemory.to_string(),
        set: |s, t| {
            let bytes = num::parse_memory(t.as_bytes()).ok_or("argument must be a memory value")?;
            s.maxmemory = bytes;
            Ok(())
        },
    },
    row!(int "maxmemory-eviction-tenacity" true maxmemory_eviction_tenacity 0, 100),
    row!(choice "maxmemory-policy" maxmemory_policy Policy::NAMES),
    row!(int "maxmemory-samples" true maxmemory_samples 1, INT_MAX),
    Directive {
        name: "notify-keyspace-events",
        mutable: true,
        get: |s| s.notify.letters(),
        set: |s, t| {
            s.notify = Class::parse(t).ok_or("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")?;
            Ok(())
        },
    },
    row!(bytes "proto-max-bulk-len" proto_max_bulk_len 1 << 20),
    row!(bool "rdb-del-sync-files" true rdb_del_sync_files),
    row!(bool "rdb-save-incremental-fsync" true rdb_incremental_fsync),
    row!(bool "rdbchecksum" false rdbchecksum),
    row!(bool "rdbcompression" true rdbcompression),
    row!(choice "sanitize-dump-payload" sanitize SANITIZES),
    Directive {
        name: "save",
        mutable: true,
        get: |s| {
            let points = s.save.iter().map(|(seconds, changes)| format!("{seconds} {changes}"));
            points.collect::<Vec<_>>().join(" ")
        },
        set: |s, t| save_points(t).map(|points| s.save = points),
    },
    row!(int "set-max-intset-entries" true set_max_intset_entries 0, i64::MAX),
    Directive {
        name: "shards",
        mutable: false,
        get: |s| s.shards.to_string(),
        set: |s, t| {
            let n = integer(t, 1, 1024)?;
            if n & (n - 1) != 0 {
                return Err("argument must be a power of two".to_owned());
            }
            s.shards = n;
            Ok(())
        },
    },
    row!(int "slowlog-log-slower-than" true slowlog_log_slower_than -1, i64::MAX),
    row!(int "slowlog-max-len" true slowlog_max_len 0, i64::MAX),
    row!(bool "stop-writes-on-bgsave-error" true stop_writes),
    row!(bytes "stream-node-max-bytes" stream_node_max_bytes 0),
    row!(int "stream-node-max-entries" true stream_node_max_entries 0, i64::MAX),
    row!(int "tracking-table-max-keys" true tracking_table_max_keys 0, i64::MAX),
    row!(int "zset-max-listpack-entries" true zset_max_listpack_entries 0, i64::MAX),
    row!(bytes "zset-max-listpack-value" zset_max_listpack_value 0),
    row!(int "zset-max-ziplist-entries" true zset_max_listpack_entries 0, i64::MAX),
    row!(bytes "zset-max-ziplist-value" zset_max_listpack_value 0),
];

fn all() -> impl Iterator<Item = &'static Directive> {
    DIRECTIVES.iter().chain(server_config::DIRECTIVES)
}

fn find(name: &[u8]) -> Option<&'static Directive> {
    all().find(|d| d.name.as_bytes().eq_ignore_ascii_case(name))
}

/// Directives whose value may be several words.
const WORDS: &[&str] = &["bind", "client-output-buffer-limit"];

/// Whether it is a directive of Redis that changes nothing here.
fn is_without_meaning(name: &str) -> bool {
    WITHOUT_MEANING.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Splits a line of a configuration file into words; quotes and escapes as Redis takes them.
fn words(line: &str) -> Option<Vec<String>> {
    let words = crate::base::words::split(line.as_bytes()).ok()?;
    words.into_iter().map(|w| String::from_utf8(w).ok()).collect()
}

/// The lines of configuration text that say something, as numbers and words: a `redis.conf` with its comments, quotes and
/// escapes. For programs that have directives of their own.
pub fn config_lines(text: &str) -> crate::base::error::Result<Vec<(usize, Vec<String>)>> {
    lines(text).map_err(|why| Error::new(ErrorKind::Arg, why))
}

fn lines(text: &str) -> Result<Vec<(usize, Vec<String>)>, String> {
    let says = |line: &str| !line.is_empty() && !line.starts_with('#');
    let all = text.lines().map(str::trim).enumerate().filter(|(_, line)| says(line));
    let split = |(i, line): (usize, &str)| {
        let at = i + 1;
        words(line)
            .map(|words| (at, words))
            .ok_or_else(|| format!("line {at}: unbalanced quotes in '{line}'"))
    };
    all.map(split).collect()
}

impl Settings {
    /// Settings from configuration text, one directive a line, `#` for comments. The error names line and
    /// directive.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut settings = Self::default();
        for (at, parts) in lines(text)? {
            let line = parts.join(" ");
            let Some((name, values)) = parts.split_first() else { continue };
            let Some(directive) = find(name.as_bytes()) else {
                if is_without_meaning(name) {
                    settings.without_meaning.push(name.clone());
                    continue;
                }
                return Err(format!("line {at}: unknown directive '{name}' in '{line}'"));
            };
            // Save points are pairs of numbers, on as many lines as one likes; an empty text takes those before away.
            let joined;
            let value = match values {
                [value] if directive.name != "save" => value,
                [_, _, ..] if WORDS.contains(&directive.name) => {
                    joined = values.join(" ");
                    &joined
                }
                [_, ..] if directive.name == "save" => {
                    let added = values.join(" ");
                    let before = (directive.get)(&settings);
                    joined = if added.is_empty() { added } else { format!("{before} {added}") };
                    &joined
                }
                _ => {
                    return Err(format!(
                        "line {at}: '{name}' takes one value, got {}: '{line}'",
                        values.len()
                    ));
                }
            };
            (directive.set)(&mut settings, value).map_err(|why| format!("line {at}: '{line}': {why}"))?;
        }
        Ok(settings)
    }
}

impl Engine {
    /// CONFIG GET: every directive that a pattern names, each once.
    pub(super) fn directives(&self, patterns: &[&[u8]]) -> Vec<(&'static str, String)> {
        let settings = self.settings.read();
        all()
            .filter(|d| patterns.iter().any(|p| glob_match(p, d.name.as_bytes(), true)))
            .map(|d| (d.name, (d.get)(&settings)))
            .collect()
    }

    /// CONFIG SET: all pairs or none.
    pub(super) fn set_directives(&self, pairs: &[(&[u8], &[u8])]) -> Result<(), CmdError> {
        let quoted = |before: &str, name: &[u8], after: &str| {
            CmdError::Bytes([before.as_bytes(), quotable(name), after.as_bytes()].concat())
        };
        let failed = |name: &[u8], why: &str| {
            quoted("ERR CONFIG SET failed (possibly related to argument '", name, &format!("') - {why}"))
        };
        for (name, _) in pairs {
            if find(name).is_none() {
                let before = "ERR Unknown option or number of arguments for CONFIG SET - '";
                return Err(quoted(before, name, "'"));
            }
        }
        // Commands read settings while they hold shards, and whoever picks a key to evict holds the pool and
        // waits for a shard: so nothing is waited for while the settings are locked for writing.
        let turn = self.setting.lock();
        let mut fresh = self.settings.read().clone();
        for (i, (name, value)) in pairs.iter().enumerate() {
            let Some(directive) = find(name) else { continue };
            if !directive.mutable {
                let kind = if directive.name == "dir" { "protected" } else { "immutable" };
                return Err(failed(name, &format!("can't set {kind} config")));
            }
            if pairs.iter().take(i).any(|(before, _)| before.eq_ignore_ascii_case(name)) {
                return Err(failed(name, "duplicate parameter"));
            }
            let value = std::str::from_utf8(value).map_err(|_| failed(name, "argument must be UTF-8"))?;
            (directive.set)(&mut fresh, value).map_err(|why| failed(name, &why))?;
        }
        *self.settings.write() = fresh.clone();
        self.apply(&fresh);
        drop(turn);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_settings() {
        let s = Settings::parse(
            "# a comment\n\nappendfsync always\nMaxMemory 1gb\nmaxmemory-policy \"allkeys-lru\"\n",
        );
        let s = s.unwrap();
        assert_eq!((s.appendfsync, s.maxmemory), (FsyncPolicy::Always, 1 << 30));
        assert_eq!(s.maxmemory_policy, Policy::AllKeysLru);
    }

    #[test]
    fn a_bad_line_is_named() {
        let error = |text: &str| Settings::parse(text).unwrap_err();
        assert!(error("hz 10\nnosuch 1").contains("line 2: unknown directive 'nosuch'"));
        assert!(
            error("maxmemory many").contains("line 1: 'maxmemory many': argument must be a memory value")
        );
        assert!(error("hz").contains("takes one value"));
        assert!(error("save 900").contains("Invalid save parameters"));
        let points = Settings::parse("save 900 1 300 10\nsave \"60 5\"\n").unwrap().save;
        assert_eq!(points, [(900, 1), (300, 10), (60, 5)]);
        assert!(Settings::parse("save 900 1\nsave \"\"").unwrap().save.is_empty());
        assert!(error("shards 3").contains("power of two"));
        assert!(error("appendfilename a/b").contains("file name"));
        assert!(error("hz \"1").contains("unbalanced quotes"));
    }

    #[test]
    fn rows_are_in_order_and_give_back_what_they_take() {
        assert!(DIRECTIVES.windows(2).all(|w| w[0].name < w[1].name));
        let settings = Settings::default();
        for d in all().filter(|d| d.name != "dir") {
            let mut copy = settings.clone();
            (d.set)(&mut copy, &(d.get)(&settings)).unwrap();
            copy.appendonly = None;
            assert_eq!(copy, settings, "{}", d.name);
        }
    }
}
