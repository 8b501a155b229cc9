//! The argument notation of the specs, and the tree that COMMAND DOCS shows of it.
//!
//! | written | means |
//! |---|---|
//! | `key` | a value with a name; its type follows from well-known names, or is told: `min:double` |
//! | `LIMIT offset count` | a word, which introduces the values up to the next word or bracket |
//! | `[NX]` | optional |
//! | `(ON \| OFF)` | one of several |
//! | `key [key ...]`, `key ...` | one or more; `[GET pattern [GET pattern ...]]` repeats the word, too |
//! | `(pair: a b)`, `[condition: NX \| XX]` | a group with a name; without one, its parts' names are joined |
//! | `sorting=ALPHA` | a word whose name is not the word itself |
//! | `[GET]@6.2.0`, `EX@2.6.12 seconds` | since a version |
//! | `ip:port!2.8.12` | deprecated since a version |
//! | `pattern#1` | belongs to the key specification of that number |

use crate::cmd::spec::CommandSpec;

/// What an argument is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Double,
    /// The name of a key.
    Key,
    /// A glob pattern.
    Pattern,
    /// A time since 1970.
    UnixTime,
    /// A word that is its own meaning.
    PureToken,
    /// One of the children.
    OneOf,
    /// All of the children.
    Block,
}

impl Kind {
    /// As COMMAND DOCS names it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Double => "double",
            Self::Key => "key",
            Self::Pattern => "pattern",
            Self::UnixTime => "unix-time",
            Self::PureToken => "pure-token",
            Self::OneOf => "oneof",
            Self::Block => "block",
        }
    }

    fn told(name: &str) -> Option<Self> {
        let all = [Self::String, Self::Integer, Self::Double, Self::Key, Self::Pattern, Self::UnixTime];
        all.into_iter().find(|kind| kind.name() == name)
    }

    /// The type of an argument that does not tell it.
    fn usual(name: &str) -> Self {
        match name {
            "key" | "key1" | "key2" | "newkey" | "source" | "destination" | "destkey" | "sourcekey"
            | "src" | "dst" => Self::Key,
            "bits" | "client-id" | "count" | "cursor" | "db" | "decrement" | "destination-db" | "end"
            | "frequency" | "increment" | "index" | "index1" | "index2" | "len" | "limit"
            | "milliseconds" | "numkeys" | "numreplicas" | "offset" | "port" | "protover" | "rank"
            | "seconds" | "slot" | "start" | "stop" | "ttl" | "version" | "weight" => Self::Integer,
            "height" | "latitude" | "longitude" | "radius" | "score" | "timeout" | "width" => Self::Double,
            "pattern" => Self::Pattern,
            "unix-time-seconds" | "unix-time-milliseconds" => Self::UnixTime,
            _ => Self::String,
        }
    }
}

/// One argument of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Arg {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) key_spec: Option<usize>,
    pub(super) token: Option<String>,
    pub(super) since: Option<String>,
    pub(super) deprecated: Option<String>,
    pub(super) optional: bool,
    pub(super) multiple: bool,
    pub(super) multiple_token: bool,
    pub(super) children: Vec<Arg>,
}

impl Arg {
    fn new(name: String, kind: Kind) -> Self {
        Self {
            name,
            kind,
            key_spec: None,
            token: None,
            since: None,
            deprecated: None,
            optional: false,
            multiple: false,
            multiple_token: false,
            children: Vec::new(),
        }
    }

    fn group(name: Option<String>, kind: Kind, children: Vec<Arg>) -> Self {
        let joined = || children.iter().map(|child| child.name.as_str()).collect::<Vec<_>>().join("_");
        let mut group = Self::new(name.unwrap_or_else(joined), kind);
        group.children = children;
        group
    }
}

/// A piece of the notation before words are tied to what they introduce.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Word { label: Option<String>, text: String },
    Value(Arg),
    Group { optional: bool, label: Option<String>, choices: Vec<Vec<Item>> },
}

/// A piece with its marks.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Item {
    piece: Piece,
    since: Option<String>,
    multiple: bool,
}

impl Item {
    fn new(piece: Piece, since: Option<String>) -> Self {
        Self { piece, since, multiple: false }
    }

    /// Whether a word before it introduces it.
    fn is_introduced(&self) -> bool {
        match &self.piece {
            Piece::Word { .. } => false,
            Piece::Value(_) => true,
            Piece::Group { optional, .. } => !optional,
        }
    }
}

/// Splits the notation into brackets, bars and words; a version sticks to what it follows.
fn split(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let len = match first {
            '[' | '(' | '|' => 1,
            ')' | ']' if !rest[1..].starts_with('@') => 1,
            _ => {
                let end = |c: char| c.is_whitespace() || "[]()|".contains(c);
                rest[1..].find(end).map_or(rest.len(), |at| at + 1)
            }
        };
        let (token, after) = rest.split_at(len);
        tokens.push(token);
        rest = after.trim_start();
    }
    tokens
}

/// A token without its version, and the version.
fn version(token: &str) -> (&str, Option<String>) {
    match token.split_once('@') {
        Some((text, version)) => (text, Some(version.to_owned())),
        None => (token, None),
    }
}

fn word_or_value(token: &str) -> Item {
    let (text, since) = version(token);
    let (label, word) = match text.split_once('=') {
        Some((label, word)) if !label.is_empty() && !word.is_empty() => (Some(label.to_owned()), word),
        _ => (None, text),
    };
    if !word.bytes().any(|b| b.is_ascii_lowercase()) {
        return Item::new(Piece::Word { label, text: word.to_owned() }, since);
    }
    let (text, deprecated) = match text.split_once('!') {
        Some((text, version)) => (text, Some(version.to_owned())),
        None => (text, None),
    };
    let (text, key_spec) = match text.split_once('#') {
        Some((text, number)) => (text, number.parse().ok()),
        None => (text, None),
    };
    let (name, kind) = match text.rsplit_once(':').map(|(name, kind)| (name, Kind::told(kind))) {
        Some((name, Some(kind))) => (name, kind),
        _ => (text, Kind::usual(text)),
    };
    let mut arg = Arg::new(name.to_owned(), kind);
    arg.key_spec = key_spec;
    arg.deprecated = deprecated;
    Item::new(Piece::Value(arg), since)
}

/// Reads up to the closing bracket: the label, the choices, and the version behind the bracket.
fn read(tokens: &mut dyn Iterator<Item = &str>) -> (Option<String>, Vec<Vec<Item>>, Option<String>) {
    let (mut label, mut choices, mut items) = (None, Vec::new(), Vec::new());
    let mut since = None;
    let mut first = true;
    while let Some(token) = tokens.next() {
        match token.as_bytes() {
            [b'[' | b'('] => {
                let (label, inner, since) = read(tokens);
                let optional = token == "[";
                items.push(Item::new(Piece::Group { optional, label, choices: inner }, since));
            }
            [b']' | b')', ..] => {
                since = version(token).1;
                break;
            }
            b"|" => choices.push(std::mem::take(&mut items)),
            b"..." => {
                if let Some(last) = items.last_mut() {
                    last.multiple = true;
                }
            }
            [name @ .., b':'] if first && !name.is_empty() => label = Some(token[..name.len()].to_owned()),
            _ => items.push(word_or_value(token)),
        }
        first = false;
    }
    choices.push(items);
    (label, choices, since)
}

/// The repetition that an optional group may be: its parts without the dots.
fn repetition(item: &Item) -> Option<Vec<Item>> {
    let Piece::Group { optional: true, label: None, choices } = &item.piece else { return None };
    let [parts] = choices.as_slice() else { return None };
    let mut parts = parts.clone();
    let last = parts.last_mut()?;
    std::mem::take(&mut last.multiple).then_some(parts)
}

/// Joins `x [x ...]` into x, one or more.
fn fold(items: Vec<Item>) -> Vec<Item> {
    let mut out: Vec<Item> = Vec::new();
    for item in items {
        let repeated = repetition(&item).filter(|parts| out.ends_with(parts));
        let Some(parts) = repeated else {
            out.push(item);
            continue;
        };
        let mut joined = out.split_off(out.len() - parts.len());
        if joined.len() > 1 {
            let choices = vec![joined];
            joined = vec![Item::new(Piece::Group { optional: false, label: None, choices }, None)];
        }
        joined.iter_mut().for_each(|item| item.multiple = true);
        out.append(&mut joined);
    }
    out
}

fn group(optional: bool, label: Option<String>, choices: Vec<Vec<Item>>) -> Arg {
    let is_choice = choices.len() > 1;
    let mut parts: Vec<Vec<Arg>> = choices.into_iter().map(sequence).collect();
    let mut arg = match (is_choice, parts.as_mut_slice()) {
        (false, [one]) if one.len() == 1 && label.is_none() => one.remove(0),
        (false, [all]) => Arg::group(label, Kind::Block, std::mem::take(all)),
        _ => {
            let alternatives = parts.into_iter().map(|mut alternative| {
                if alternative.len() == 1 {
                    alternative.remove(0)
                } else {
                    Arg::group(None, Kind::Block, alternative)
                }
            });
            Arg::group(label, Kind::OneOf, alternatives.collect())
        }
    };
    arg.optional |= optional;
    arg
}

fn argument(piece: Piece) -> Arg {
    match piece {
        Piece::Value(arg) => arg,
        Piece::Group { optional, label, choices } => group(optional, label, choices),
        Piece::Word { label, text } => {
            let mut arg = Arg::new(label.unwrap_or_else(|| text.to_ascii_lowercase()), Kind::PureToken);
            arg.token = Some(text);
            arg
        }
    }
}

/// Ties words to what they introduce.
fn sequence(items: Vec<Item>) -> Vec<Arg> {
    let mut items = fold(items).into_iter().peekable();
    let mut args = Vec::new();
    while let Some(item) = items.next() {
        let Item { piece, since, multiple } = item;
        let mut introduced = Vec::new();
        if matches!(piece, Piece::Word { .. }) {
            while let Some(next) = items.next_if(Item::is_introduced) {
                introduced.append(&mut sequence(vec![next]));
            }
        }
        let mut arg = match (piece, introduced.len()) {
            (Piece::Word { text, .. }, 1) => {
                let mut arg = introduced.remove(0);
                arg.token = Some(text);
                arg
            }
            (Piece::Word { label, text }, 2..) => {
                let mut arg = Arg::group(label, Kind::Block, introduced);
                arg.token = Some(text);
                arg
            }
            (piece, _) => {
                // A repeated group that begins with a word repeats the word.
                let with_word = matches!(&piece, Piece::Group { optional: false, choices, .. }
                    if matches!(choices.as_slice(), [items]
                        if matches!(items.first().map(|i| &i.piece), Some(Piece::Word { .. }))));
                let mut arg = argument(piece);
                arg.multiple_token |= multiple && with_word && arg.token.is_some();
                arg
            }
        };
        arg.multiple |= multiple;
        arg.since = since.or(arg.since);
        args.push(arg);
    }
    args
}

/// Gives keys the numbers of the key specifications, in order; the last one serves all that follow.
fn number_keys(args: &mut [Arg], specs: usize, next: &mut usize) {
    for arg in args {
        if arg.kind == Kind::Key && arg.key_spec.is_none() && specs > 0 {
            arg.key_spec = Some((*next).min(specs - 1));
            *next += 1;
        }
        number_keys(&mut arg.children, specs, next);
    }
}

/// The arguments of a command.
pub(super) fn arguments(spec: &CommandSpec) -> Vec<Arg> {
    let (_, choices, _) = read(&mut split(spec.syntax).into_iter());
    let mut args = choices.into_iter().flat_map(sequence).collect::<Vec<_>>();
    number_keys(&mut args, spec.keys.len(), &mut 0);
    args
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    /// `name:type 'TOKEN' @since ?*+ #keyspec (children)`, the parts that are there.
    fn show(args: &[Arg]) -> String {
        let mut out = String::new();
        for (i, arg) in args.iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            write!(out, "{comma}{}:{}", arg.name, arg.kind.name()).unwrap();
            if let Some(token) = &arg.token {
                write!(out, " '{token}'").unwrap();
            }
            if let Some(since) = &arg.since {
                write!(out, " @{since}").unwrap();
            }
            let marks = [(arg.optional, '?'), (arg.multiple, '*'), (arg.multiple_token, '+')];
            let marks: String = marks.iter().filter(|(set, _)| *set).map(|(_, c)| *c).collect();
            if !marks.is_empty() {
                write!(out, " {marks}").unwrap();
            }
            if !arg.children.is_empty() {
                write!(out, " ({})", show(&arg.children)).unwrap();
            }
        }
        out
    }

    fn parsed(text: &str) -> String {
        let (_, choices, _) = read(&mut split(text).into_iter());
        show(&choices.into_iter().flat_map(sequence).collect::<Vec<_>>())
    }

    #[test]
    fn values_words_and_choices() {
        assert_eq!(parsed(""), "");
        assert_eq!(parsed("key min:double"), "key:key, min:double");
        assert_eq!(parsed("[NX]"), "nx:pure-token 'NX' ?");
        assert_eq!(parsed("(ON | OFF)"), "on_off:oneof (on:pure-token 'ON', off:pure-token 'OFF')");
        assert_eq!(
            parsed("[condition: NX | XX]@2.6.12"),
            "condition:oneof @2.6.12 ? (nx:pure-token 'NX', xx:pure-token 'XX')"
        );
        assert_eq!(parsed("sorting=ALPHA"), "sorting:pure-token 'ALPHA'");
        assert_eq!(parsed("[= | ~]"), "=_~:oneof ? (=:pure-token '=', ~:pure-token '~')");
        assert_eq!(parsed("ip:port"), "ip:port:string");
    }

    #[test]
    fn a_word_introduces_what_follows() {
        assert_eq!(parsed("[EX@2.6.12 seconds]"), "seconds:integer 'EX' @2.6.12 ?");
        assert_eq!(
            parsed("[LIMIT offset count] [COUNT count]"),
            "offset_count:block 'LIMIT' ? (offset:integer, count:integer), count:integer 'COUNT' ?"
        );
        assert_eq!(
            parsed("[AUTH username password]"),
            "username_password:block 'AUTH' ? (username:string, password:string)"
        );
        assert_eq!(
            parsed("[TYPE@5.0.0 (kinds: NORMAL | MASTER)]"),
            "kinds:oneof 'TYPE' @5.0.0 ? (normal:pure-token 'NORMAL', master:pure-token 'MASTER')"
        );
        assert_eq!(parsed("FULL [COUNT count]"), "full:pure-token 'FULL', count:integer 'COUNT' ?");
    }

    #[test]
    fn repetitions() {
        let key = "key:key *";
        assert_eq!(parsed("key ..."), key);
        assert_eq!(parsed("key [key ...]"), key);
        assert_eq!(parsed("[section ...]"), "section:string ?*");
        assert_eq!(parsed("[section [section ...]]"), "section:string ?*");
        assert_eq!(parsed("key value [key value ...]"), "key_value:block * (key:key, value:string)");
        assert_eq!(
            parsed("[GET pattern [GET pattern ...]] [KEYS key [key ...]]"),
            "pattern:pattern 'GET' ?*+, key:key 'KEYS' ?*"
        );
        assert_eq!(parsed("(parameter: parameter) ..."), "parameter:block * (parameter:string)");
        assert_eq!(parsed("[ID (id: client-id ...)]"), "id:block 'ID' ? (client-id:integer *)");
        assert_eq!(
            parsed("STREAMS (streams: key ... id ...)"),
            "streams:block 'STREAMS' (key:key *, id:string *)"
        );
    }

    #[test]
    fn the_table_is_well_formed() {
        for spec in crate::cmd::all().flat_map(|s| std::iter::once(s).chain(s.subcommands)) {
            let count = |c: char| spec.syntax.matches(c).count();
            assert_eq!((count('['), count('(')), (count(']'), count(')')), "{}", spec.name);
            let keys = |args: &[Arg]| args.iter().any(|a| a.kind == Kind::Key);
            let args = arguments(spec);
            assert!(keys(&args) <= !spec.keys.is_empty(), "{}: keys without a key specification", spec.name);
        }
    }
}
