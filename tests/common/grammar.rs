//! Calls of every command, made from what COMMAND DOCS tells of its arguments: what is added to the command table
//! is tested without anybody's help.

#![allow(dead_code, reason = "each test program uses a part")]

use lodger::{Client, Reply};

use super::kit::{Rng, call};

/// One argument of a command, as COMMAND DOCS describes it.
#[derive(Debug, Clone)]
pub(crate) struct Arg {
    /// Its name.
    pub(crate) name: String,
    /// `key`, `string`, `integer`, `double`, `pattern`, `unix-time`, `pure-token`, `oneof` or `block`.
    pub(crate) kind: String,
    /// The word before it; empty if a word of its own stands for it.
    pub(crate) token: Option<String>,
    /// Whether it can be left out.
    pub(crate) optional: bool,
    multiple: bool,
    multiple_token: bool,
    /// The parts of a `block`, the choices of a `oneof`.
    pub(crate) children: Vec<Arg>,
}

/// A command or subcommand.
#[derive(Debug, Clone)]
pub(crate) struct Grammar {
    /// Its words.
    pub(crate) name: Vec<String>,
    /// Its group, as in `COMMAND DOCS`.
    pub(crate) group: String,
    /// Its arguments.
    pub(crate) args: Vec<Arg>,
}

fn field<'r>(map: &'r Reply, name: &str) -> Option<&'r Reply> {
    map.pairs().find(|(k, _)| k.as_str() == Some(name)).map(|(_, v)| v)
}

fn arguments(map: &Reply) -> Vec<Arg> {
    let text = |map: &Reply, name| field(map, name).and_then(|v| v.as_str()).map(str::to_owned);
    let one = |map: &Reply| {
        let flag =
            |name| field(map, "flags").is_some_and(|flags| flags.iter().any(|f| f.as_str() == Some(name)));
        Arg {
            name: text(map, "name").unwrap_or_default(),
            kind: text(map, "type").unwrap_or_default(),
            token: text(map, "token"),
            optional: flag("optional"),
            multiple: flag("multiple"),
            multiple_token: flag("multiple_token"),
            children: arguments(map),
        }
    };
    field(map, "arguments").map(|list| list.iter().map(one).collect()).unwrap_or_default()
}

/// Every command and subcommand, but those that end or silence the client, wait for what nobody does, or take ids of
/// clients, which differ.
pub(crate) fn grammars(client: &mut Client) -> Vec<Grammar> {
    let mut all = all_grammars(client);
    all.retain(|g| {
        !["quit", "client|reply", "client|pause", "client|tracking", "debug", "wait", "waitaof"]
            .contains(&g.name.join("|").as_str())
    });
    all
}

/// Every command and subcommand.
pub(crate) fn all_grammars(client: &mut Client) -> Vec<Grammar> {
    let mut all = Vec::new();
    let docs = call(client, "COMMAND DOCS");
    let mut add = |name: &Reply, map: &Reply| {
        let name = name.as_str().unwrap_or_default();
        let group = field(map, "group").and_then(Reply::as_str).unwrap_or_default().to_owned();
        let name = name.split('|').map(str::to_owned).collect();
        all.push(Grammar { name, group, args: arguments(map) });
    };
    for (name, map) in docs.pairs() {
        match field(map, "subcommands") {
            Some(subcommands) => subcommands.pairs().for_each(|(name, map)| add(name, map)),
            None => add(name, map),
        }
    }
    assert!(all.len() > 60, "{} commands", all.len());
    all
}

/// Whether a call may wait for data: inside of a transaction it does not.
pub(crate) fn may_wait(name: &[u8]) -> bool {
    const WAITING: &[&str] = &[
        "blmove",
        "blmpop",
        "blpop",
        "brpop",
        "brpoplpush",
        "bzmpop",
        "bzpopmax",
        "bzpopmin",
        "xread",
        "xreadgroup",
    ];
    WAITING.contains(&String::from_utf8_lossy(name).to_ascii_lowercase().as_str())
}

/// Runs a call; one that may wait does so inside of a transaction of its own.
pub(crate) fn run_at_once(client: &mut Client, argv: &[&[u8]]) -> Reply {
    if !argv.first().is_some_and(|name| may_wait(name)) {
        return super::kit::run(client, argv);
    }
    call(client, "MULTI");
    let reply = super::kit::run(client, argv);
    call(client, "EXEC");
    reply
}

/// Makes the value of an argument of a kind.
pub(crate) type Make<'a> = &'a mut dyn FnMut(&mut Rng, &str) -> Vec<u8>;

impl Grammar {
    /// A random call that follows the grammar, with values from `make`.
    pub(crate) fn call(&self, rng: &mut Rng, make: Make<'_>) -> Vec<Vec<u8>> {
        let mut argv: Vec<Vec<u8>> = self.name.iter().map(|w| w.clone().into_bytes()).collect();
        self.args.iter().for_each(|arg| arg.fill(rng, make, &mut argv));
        argv
    }
}

impl Arg {
    fn fill(&self, rng: &mut Rng, make: Make<'_>, argv: &mut Vec<Vec<u8>>) {
        if self.optional && rng.one_in(2) {
            return;
        }
        let times = if self.multiple { 1 + rng.below(4) } else { 1 };
        for i in 0..times {
            if i == 0 || self.multiple_token {
                argv.extend(self.token.clone().filter(|t| !t.is_empty()).map(String::into_bytes));
            }
            match self.kind.as_str() {
                "pure-token" => {}
                "oneof" if !self.children.is_empty() => {
                    self.children[rng.below(self.children.len())].fill(rng, make, argv);
                }
                "block" => self.children.iter().for_each(|arg| arg.fill(rng, make, argv)),
                kind => argv.push(make(rng, kind)),
            }
        }
    }
}
