//! The command table's row. Arity, flags, keys, documentation and ACL categories of a command are told once,
//! in its `CommandSpec`, and everything else (dispatch, locking, COMMAND, COMPAT.md) reads them from there.

use smallvec::SmallVec;

use super::args::Args;
use super::ctx::Ctx;
use super::effect::CmdResult;
use super::keys::KeyAt;
use crate::reply::sink::ReplySink;

/// Runs a command: parse everything, apply, reply, and tell what changed.
pub(crate) type Handler = fn(&mut Ctx<'_>, Args<'_>, &mut dyn ReplySink) -> CmdResult;

/// Flags of a command, as COMMAND INFO tells them.
pub(crate) type Flags = u32;

/// May change data.
pub(crate) const WRITE: Flags = 1 << 0;
/// Only reads data.
pub(crate) const READONLY: Flags = 1 << 1;
/// Refused when memory is full.
pub(crate) const DENYOOM: Flags = 1 << 2;
/// Administrative.
pub(crate) const ADMIN: Flags = 1 << 3;
/// Not from scripts.
pub(crate) const NOSCRIPT: Flags = 1 << 4;
/// Allowed while a file is loaded.
pub(crate) const LOADING: Flags = 1 << 5;
/// Allowed on a stale replica.
pub(crate) const STALE: Flags = 1 << 6;
/// In constant or logarithmic time.
pub(crate) const FAST: Flags = 1 << 7;
/// Needs no authentication.
pub(crate) const NO_AUTH: Flags = 1 << 8;
/// Keys cannot be told from the first/last/step triple alone.
pub(crate) const MOVABLEKEYS: Flags = 1 << 9;
/// Allowed while another command is busy.
pub(crate) const ALLOW_BUSY: Flags = 1 << 10;
/// May wait for data.
pub(crate) const BLOCKING: Flags = 1 << 11;
/// Not while a replica loads in the background.
pub(crate) const NO_ASYNC_LOADING: Flags = 1 << 14;
/// Not inside of MULTI.
pub(crate) const NO_MULTI: Flags = 1 << 15;
/// Not in the slow log.
pub(crate) const SKIP_SLOWLOG: Flags = 1 << 16;
/// About channels.
pub(crate) const PUBSUB: Flags = 1 << 17;
/// Reads, but may be replicated.
pub(crate) const MAY_REPLICATE: Flags = 1 << 12;

/// In a cluster, taken for a slot that is being moved here.
pub(crate) const ASKING: Flags = 1 << 13;

/// The family a command belongs to, as COMMAND DOCS names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    /// Strings.
    String,
    /// Strings as arrays of bits.
    Bitmap,
    /// Strings that estimate how many different elements were added.
    Hyperloglog,
    /// Lists.
    List,
    /// Sets.
    Set,
    /// Hashes.
    Hash,
    /// Sorted sets.
    SortedSet,
    /// Sorted sets of places.
    Geo,
    /// Streams.
    Stream,
    /// Keys of any type.
    Generic,
    /// Channels and their messages.
    Pubsub,
    /// MULTI and EXEC.
    Transactions,
    /// Clients and connections.
    Connection,
    /// The server itself.
    Server,
}

impl Group {
    /// As COMMAND DOCS names it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Bitmap => "bitmap",
            Self::Hyperloglog => "hyperloglog",
            Self::List => "list",
            Self::Set => "set",
            Self::Hash => "hash",
            Self::SortedSet => "sorted-set",
            Self::Geo => "geo",
            Self::Stream => "stream",
            Self::Generic => "generic",
            Self::Pubsub => "pubsub",
            Self::Transactions => "transactions",
            Self::Connection => "connection",
            Self::Server => "server",
        }
    }

    /// The ACL category of its commands.
    pub(crate) const fn category(self) -> Option<&'static str> {
        match self {
            Self::String => Some("@string"),
            Self::Bitmap => Some("@bitmap"),
            Self::Hyperloglog => Some("@hyperloglog"),
            Self::List => Some("@list"),
            Self::Set => Some("@set"),
            Self::Hash => Some("@hash"),
            Self::SortedSet => Some("@sortedset"),
            Self::Geo => Some("@geo"),
            Self::Stream => Some("@stream"),
            Self::Generic => Some("@keyspace"),
            Self::Pubsub => Some("@pubsub"),
            Self::Transactions => Some("@transaction"),
            Self::Connection => Some("@connection"),
            Self::Server => None,
        }
    }
}

/// How a command uses the value of a key.
pub(crate) type KeyUse = u16;

/// Reads the value.
pub(crate) const RO: KeyUse = 1 << 0;
/// Reads and changes the value.
pub(crate) const RW: KeyUse = 1 << 1;
/// Overwrites the value whatever it was.
pub(crate) const OW: KeyUse = 1 << 2;
/// Removes the key.
pub(crate) const RM: KeyUse = 1 << 3;
/// The value's data is returned, copied or used.
pub(crate) const ACCESS: KeyUse = 1 << 4;
/// Data depends on what was there.
pub(crate) const UPDATE: KeyUse = 1 << 5;
/// Data is added.
pub(crate) const INSERT: KeyUse = 1 << 6;
/// Data is removed.
pub(crate) const DELETE: KeyUse = 1 << 7;
/// Some arguments change the use, so that the spec tells the widest.
pub(crate) const VARIABLE_FLAGS: KeyUse = 1 << 8;

/// Some keys may be missing from the spec: they depend on values.
pub(crate) const INCOMPLETE: KeyUse = 1 << 9;
/// No key, but stands where cluster clients look for one.
pub(crate) const NOT_KEY: KeyUse = 1 << 10;

/// Where the search for a run of keys begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begin {
    /// At this argument.
    Index(usize),
    /// Behind a word.
    Keyword {
        /// The word, in any case.
        word: &'static str,
        /// The argument at which the search for it begins; negative counts from the end and searches backwards.
        from: i32,
    },
    /// It cannot be told without knowing the command.
    Unknown,
}

/// Where in the arguments a run of keys stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Find {
    /// From the start position to `last` (relative to it; negative counts from the end), every `step`.
    Range {
        /// Last argument, relative to the start; -1 is the command's last argument.
        last: i32,
        /// Distance between keys.
        step: i32,
        /// With a negative `last`: only the first 1/`limit` of the arguments from the start on; 0 and 1 mean all.
        limit: i32,
    },
    /// A count at the start position, the keys from the argument after it, every `step`.
    KeyNum {
        /// Distance between keys.
        step: i32,
    },
    /// It cannot be told without knowing the command.
    Unknown,
}

/// One run of keys of a command: where its search begins (the name is argument 0), shape, and use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeySpec {
    /// Where the search begins.
    pub(crate) begin: Begin,
    /// The shape of the run.
    pub(crate) find: Find,
    /// What happens to the values.
    pub(crate) uses: KeyUse,
    /// A note for COMMAND INFO, if the flags need one.
    pub(crate) notes: Option<&'static str>,
}

impl KeySpec {
    const fn new(begin: Begin, find: Find, uses: KeyUse) -> Self {
        Self { begin, find, uses, notes: None }
    }

    /// One key at argument `start`.
    pub(crate) const fn one(start: usize, uses: KeyUse) -> Self {
        Self::new(Begin::Index(start), Find::Range { last: 0, step: 1, limit: 0 }, uses)
    }

    /// Keys from `start` to the last argument, every `step`.
    pub(crate) const fn all(start: usize, step: i32, uses: KeyUse) -> Self {
        Self::range(start, -1, step, uses)
    }

    /// Keys from `start` to `last` (relative to it; negative counts from the end), every `step`.
    pub(crate) const fn range(start: usize, last: i32, step: i32, uses: KeyUse) -> Self {
        Self::new(Begin::Index(start), Find::Range { last, step, limit: 0 }, uses)
    }

    /// A count at `start`, then that many keys, every `step`.
    pub(crate) const fn counted(start: usize, step: i32, uses: KeyUse) -> Self {
        Self::new(Begin::Index(start), Find::KeyNum { step }, uses)
    }

    /// A run behind `word`, which is searched from argument `from` on.
    pub(crate) const fn keyword(word: &'static str, from: i32, find: Find, uses: KeyUse) -> Self {
        Self::new(Begin::Keyword { word, from }, find, uses)
    }

    /// Keys that no spec can tell; the command has [`CommandSpec::find_keys`].
    pub(crate) const fn unknown(uses: KeyUse) -> Self {
        Self::new(Begin::Unknown, Find::Unknown, uses)
    }

    /// With a note for COMMAND INFO.
    pub(crate) const fn notes(mut self, text: &'static str) -> Self {
        self.notes = Some(text);
        self
    }
}

/// Finds the keys of a call where the specs do not tell: `None` if the call makes no sense.
pub(crate) type FindKeys = fn(&[&[u8]]) -> Option<SmallVec<[KeyAt; 8]>>;

/// The locks that one call needs, where they depend on its arguments.
pub(crate) type PlanOf = fn(&[&[u8]]) -> Plan;

/// Which locks a command needs around its handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    /// None: the handler does not touch keys, or goes through `Keyspace`'s own stepping calls (SCAN).
    None,
    /// The shards of the keys that `keys` names; exclusive for WRITE commands, shared otherwise.
    Keys,
    /// The same, exclusive also without WRITE: the command changes what only it can see.
    KeysExclusive,
    /// Every shard, shared.
    AllRead,
    /// Every shard, exclusive.
    AllWrite,
}

/// How a call with [`VARIABLE_FLAGS`] uses its keys.
pub(crate) type Narrow = fn(&[&[u8]]) -> KeyUse;

/// A row of the command table.
#[derive(Clone, Copy)]
pub(crate) struct CommandSpec {
    /// Lower-case name; for a subcommand the part after the bar.
    pub(crate) name: &'static str,
    /// What runs it; a container without a bare form has one that answers the arity error.
    pub(crate) handler: Handler,
    /// As COMMAND INFO tells it: exact if positive, a minimum if negative; the name counts.
    pub(crate) arity: i32,
    /// [`WRITE`] and friends.
    pub(crate) flags: Flags,
    /// Where its keys stand.
    pub(crate) keys: &'static [KeySpec],
    /// Its locks.
    pub(crate) plan: Plan,
    /// The argument that is its only key, and all that it locks; 0 if that depends on the call.
    pub(crate) only_key: u8,
    /// Its family.
    pub(crate) group: Group,
    /// ACL categories beyond those that follow from flags and group, with their at-sign; with a minus before
    /// it, one that does not apply although it follows.
    pub(crate) acl: &'static [&'static str],
    /// Command tips of COMMAND INFO.
    pub(crate) tips: &'static [&'static str],
    /// The first Redis version that has it.
    pub(crate) since: &'static str,
    /// One sentence of what it does.
    pub(crate) summary: &'static str,
    /// Time complexity.
    pub(crate) complexity: &'static str,
    /// The arguments in the usual notation, `key value [NX | XX] [GET]`, with the additions that
    /// `server/syntax.rs` tells about.
    pub(crate) syntax: &'static str,
    /// Versions that changed its behaviour, with what changed.
    pub(crate) history: &'static [(&'static str, &'static str)],
    /// The version that deprecated it and what replaces it.
    pub(crate) deprecated: Option<(&'static str, &'static str)>,
    /// For keys with [`VARIABLE_FLAGS`]: how this call uses them.
    pub(crate) narrow: Option<Narrow>,
    /// Finds the keys where `keys` does not tell, or not which of them count.
    pub(crate) find_keys: Option<FindKeys>,
    /// The locks of one call, where they depend on its arguments; `plan` otherwise.
    pub(crate) plan_of: Option<PlanOf>,
    /// Made for the server's own use, not for applications.
    pub(crate) internal: bool,
    /// Subcommands.
    pub(crate) subcommands: &'static [CommandSpec],
}

impl CommandSpec {
    /// A row with the smallest arity and no flags; the builder calls below fill it.
    pub(crate) const fn new(name: &'static str, handler: Handler) -> Self {
        Self {
            name,
            handler,
            arity: -1,
            flags: 0,
            keys: &[],
            plan: Plan::None,
            only_key: 0,
            group: Group::Generic,
            acl: &[],
            tips: &[],
            since: "1.0.0",
            summary: "",
            complexity: "",
            syntax: "",
            history: &[],
            deprecated: None,
            narrow: None,
            find_keys: None,
            plan_of: None,
            internal: false,
            subcommands: &[],
        }
    }

    /// Exactly `n` arguments, the name (and a subcommand's name) included.
    pub(crate) const fn arity(mut self, n: i32) -> Self {
        self.arity = n;
        self
    }

    /// At least `n` arguments, the name (and a subcommand's name) included.
    pub(crate) const fn arity_at_least(mut self, n: i32) -> Self {
        self.arity = -n;
        self
    }

    /// Sets the flags.
    pub(crate) const fn flags(mut self, flags: Flags) -> Self {
        self.flags = flags;
        self
    }

    /// Its keys; the lock plan becomes [`Plan::Keys`]. Comes before what changes that.
    #[expect(clippy::cast_possible_truncation, reason = "at most 9")]
    pub(crate) const fn keys(mut self, keys: &'static [KeySpec]) -> Self {
        self.keys = keys;
        self.plan = Plan::Keys;
        self.only_key = match keys {
            [KeySpec { begin: Begin::Index(at @ 1..=9), find: Find::Range { last: 0, .. }, uses, .. }]
                if *uses & NOT_KEY == 0 =>
            {
                *at as u8
            }
            _ => 0,
        };
        self
    }

    /// A lock plan other than the one that follows from the keys.
    pub(crate) const fn plan(mut self, plan: Plan) -> Self {
        self.plan = plan;
        self.only_key = 0;
        self
    }

    /// Family.
    pub(crate) const fn group(mut self, group: Group) -> Self {
        self.group = group;
        self
    }

    /// ACL categories that do not follow from flags and group; `-@keyspace` takes one away that does.
    pub(crate) const fn acl(mut self, acl: &'static [&'static str]) -> Self {
        self.acl = acl;
        self
    }

    /// Tips.
    pub(crate) const fn tips(mut self, tips: &'static [&'static str]) -> Self {
        self.tips = tips;
        self
    }

    /// First version.
    pub(crate) const fn since(mut self, version: &'static str) -> Self {
        self.since = version;
        self
    }

    /// Summary and time complexity.
    pub(crate) const fn summary(mut self, text: &'static str, complexity: &'static str) -> Self {
        self.summary = text;
        self.complexity = complexity;
        self
    }

    /// Argument grammar.
    pub(crate) const fn syntax(mut self, text: &'static str) -> Self {
        self.syntax = text;
        self
    }

    /// Changes over the versions.
    pub(crate) const fn history(mut self, rows: &'static [(&'static str, &'static str)]) -> Self {
        self.history = rows;
        self
    }

    /// Deprecated since a version, in favour of something.
    pub(crate) const fn deprecated(mut self, version: &'static str, instead: &'static str) -> Self {
        self.deprecated = Some((version, instead));
        self
    }

    /// How a call uses keys with [`VARIABLE_FLAGS`].
    pub(crate) const fn narrow(mut self, uses: Narrow) -> Self {
        self.narrow = Some(uses);
        self
    }

    /// How the keys of a call are found where the specs do not tell.
    pub(crate) const fn find_keys(mut self, find: FindKeys) -> Self {
        self.find_keys = Some(find);
        self.only_key = 0;
        self
    }

    /// The locks of a call, where they depend on its arguments.
    pub(crate) const fn plan_of(mut self, plan: PlanOf) -> Self {
        self.plan_of = Some(plan);
        self.only_key = 0;
        self
    }

    /// Not for applications.
    pub(crate) const fn internal(mut self) -> Self {
        self.internal = true;
        self
    }

    /// Subcommands.
    pub(crate) const fn subcommands(mut self, rows: &'static [CommandSpec]) -> Self {
        self.subcommands = rows;
        self
    }

    /// Whether `flag` is set.
    pub(crate) const fn has(&self, flag: Flags) -> bool {
        self.flags & flag != 0
    }
}
