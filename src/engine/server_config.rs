//! Directives of those who serve clients over sockets, and those of Redis that mean nothing here.

use super::config::{Directive, INT_MAX, boolean, bytes, integer, row, yes_no};
use crate::base::num;

/// How much may wait for a client that does not read: at once, and for how many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OutputLimit {
    /// Bytes above which it is left at once; 0 for no limit.
    pub(crate) hard: i64,
    /// Bytes above which it is left after some seconds.
    pub(crate) soft: i64,
    /// How many.
    pub(crate) seconds: i64,
}

/// `client-output-buffer-limit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OutputLimits {
    pub(crate) normal: OutputLimit,
    pub(crate) replica: OutputLimit,
    pub(crate) pubsub: OutputLimit,
}

impl Default for OutputLimits {
    fn default() -> Self {
        Self {
            normal: OutputLimit { hard: 0, soft: 0, seconds: 0 },
            replica: OutputLimit { hard: 256 << 20, soft: 64 << 20, seconds: 60 },
            pubsub: OutputLimit { hard: 32 << 20, soft: 8 << 20, seconds: 60 },
        }
    }
}

impl OutputLimits {
    fn text(&self) -> String {
        let one = |name: &str, limit: &OutputLimit| {
            format!("{name} {} {} {}", limit.hard, limit.soft, limit.seconds)
        };
        [one("normal", &self.normal), one("slave", &self.replica), one("pubsub", &self.pubsub)].join(" ")
    }

    /// One class or several, each with its three numbers; the others stay.
    fn change(&mut self, text: &str) -> Result<(), String> {
        let mut fresh = *self;
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let (classes, rest) = words.as_chunks::<4>();
        if classes.is_empty() || !rest.is_empty() {
            return Err("Wrong number of arguments in buffer limit configuration.".to_owned());
        }
        for [class, hard, soft, seconds] in classes {
            let memory = |text: &str| {
                let bytes = num::parse_memory(text.as_bytes()).and_then(|bytes| i64::try_from(bytes).ok());
                bytes.ok_or_else(|| {
                    "Error in hard, soft or soft_seconds setting in buffer limit configuration.".to_owned()
                })
            };
            let limit = OutputLimit {
                hard: memory(hard)?,
                soft: memory(soft)?,
                seconds: integer(seconds, 0, INT_MAX).map_err(|_| {
                    "Error in hard, soft or soft_seconds setting in buffer limit configuration.".to_owned()
                })?,
            };
            match class.to_ascii_lowercase().as_str() {
                "normal" => fresh.normal = limit,
                "replica" | "slave" => fresh.replica = limit,
                "pubsub" => fresh.pubsub = limit,
                _ => return Err("Invalid client class specified in buffer limit configuration.".to_owned()),
            }
        }
        *self = fresh;
        Ok(())
    }
}

/// Of sockets, by name. Who listens reads them when a client comes, or at each look.
pub(super) const DIRECTIVES: &[Directive] = &[
    Directive {
        name: "bind",
        mutable: false,
        get: |s| s.bind.clone(),
        set: |s, t| {
            s.bind = t.trim().to_owned();
            Ok(())
        },
    },
    Directive {
        name: "client-output-buffer-limit",
        mutable: true,
        get: |s| s.client_output.text(),
        set: |s, t| s.client_output.change(t),
    },
    row!(bytes "client-query-buffer-limit" client_query_buffer_limit 1 << 20),
    row!(int "io-threads" false io_threads 1, 128),
    row!(int "maxclients" true maxclients 1, INT_MAX),
    row!(int "port" false port 0, 65535),
    row!(bool "protected-mode" true protected_mode),
    Directive {
        name: "requirepass",
        mutable: true,
        get: |s| s.requirepass.clone(),
        set: |s, t| {
            t.clone_into(&mut s.requirepass);
            Ok(())
        },
    },
    row!(int "tcp-backlog" false tcp_backlog 0, INT_MAX),
    row!(int "tcp-keepalive" true tcp_keepalive 0, INT_MAX),
    row!(int "timeout" true timeout 0, INT_MAX),
    Directive {
        name: "unixsocket",
        mutable: false,
        get: |s| s.unixsocket.clone(),
        set: |s, t| {
            t.clone_into(&mut s.unixsocket);
            Ok(())
        },
    },
    Directive {
        name: "unixsocketperm",
        mutable: false,
        get: |s| format!("{:o}", s.unixsocketperm),
        set: |s, t| {
            let mode = u32::from_str_radix(t, 8).ok().filter(|mode| *mode <= 0o777);
            s.unixsocketperm = mode.ok_or("argument must be an octal number of file permissions")?;
            Ok(())
        },
    },
];

/// Directives of Redis that nothing here depends on: a configuration that sets them is taken, with a warning.
pub(crate) const WITHOUT_MEANING: &[&str] = &[
    "acl-pubsub-default",
    "acllog-max-len",
    "active-defrag-cycle-max",
    "active-defrag-cycle-min",
    "active-defrag-ignore-bytes",
    "active-defrag-max-scan-fields",
    "active-defrag-threshold-lower",
    "active-defrag-threshold-upper",
    "activedefrag",
    "activerehashing",
    "always-show-logo",
    "aof-disable-auto-gc",
    "aof-rewrite-cpulist",
    "aof_rewrite_cpulist",
    "bgsave-cpulist",
    "bgsave_cpulist",
    "bio-cpulist",
    "bio_cpulist",
    "busy-reply-threshold",
    "crash-log-enabled",
    "crash-memcheck-enabled",
    "disable-thp",
    "dynamic-hz",
    "enable-debug-command",
    "enable-module-command",
    "enable-protected-configs",
    "hide-user-data-from-log",
    "ignore-warnings",
    "io-threads-do-reads",
    "jemalloc-bg-thread",
    "list-compress-depth",
    "locale-collate",
    "lua-time-limit",
    "max-new-connections-per-cycle",
    "max-new-tls-connections-per-cycle",
    "maxmemory-clients",
    "min-replicas-max-lag",
    "min-slaves-max-lag",
    "no-appendfsync-on-rewrite",
    "oom-score-adj",
    "oom-score-adj-values",
    "proc-title-template",
    "propagation-error-behavior",
    "repl-backlog-size",
    "repl-backlog-ttl",
    "repl-disable-tcp-nodelay",
    "repl-diskless-load",
    "repl-diskless-sync",
    "repl-diskless-sync-delay",
    "repl-diskless-sync-max-replicas",
    "repl-diskless-sync-period",
    "repl-ping-replica-period",
    "repl-ping-slave-period",
    "repl-timeout",
    "replica-announced",
    "replica-ignore-disk-write-errors",
    "replica-ignore-maxmemory",
    "replica-lazy-flush",
    "replica-priority",
    "replica-read-only",
    "replica-serve-stale-data",
    "server-cpulist",
    "server_cpulist",
    "set-max-listpack-entries",
    "set-max-listpack-value",
    "set-proc-title",
    "shutdown-on-sigint",
    "shutdown-on-sigterm",
    "shutdown-timeout",
    "slave-ignore-maxmemory",
    "slave-lazy-flush",
    "slave-priority",
    "slave-read-only",
    "slave-serve-stale-data",
    "socket-mark-id",
    "supervised",
    "syslog-enabled",
    "syslog-facility",
    "syslog-ident",
    "watchdog-period",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_limits_are_changed_by_class() {
        let mut limits = OutputLimits::default();
        assert_eq!(limits.text(), "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60");
        limits.change("pubsub 1mb 1kb 5 replica 0 0 0").unwrap();
        assert_eq!(limits.text(), "normal 0 0 0 slave 0 0 0 pubsub 1048576 1024 5");
        assert!(limits.change("pubsub 1 2").is_err() && limits.change("other 1 2 3").is_err());
        assert!(limits.change("pubsub 1 2 -3").is_err() && limits.change("").is_err());
        assert_eq!(limits.text(), "normal 0 0 0 slave 0 0 0 pubsub 1048576 1024 5");
    }

    #[test]
    fn rows_are_in_order() {
        assert!(DIRECTIVES.windows(2).all(|w| w[0].name < w[1].name));
        assert!(WITHOUT_MEANING.is_sorted());
    }
}
