//! What the table says of one command, in the form of COMMAND INFO: flags, ACL categories, the old
//! first/last/step triple, key specifications, subcommands.

use crate::cmd::spec::{
    self, ACCESS, ADMIN, ALLOW_BUSY, ASKING, BLOCKING, Begin, CommandSpec, DELETE, DENYOOM, FAST, Find,
    Flags, INCOMPLETE, INSERT, KeySpec, KeyUse, LOADING, MAY_REPLICATE, MOVABLEKEYS, NO_ASYNC_LOADING,
    NO_AUTH, NO_MULTI, NOSCRIPT, NOT_KEY, OW, PUBSUB, READONLY, RM, RO, RW, SKIP_SLOWLOG, STALE, UPDATE,
    VARIABLE_FLAGS, WRITE,
};
use crate::reply::sink::ReplySink;

/// Flags in the order in which they are told.
const FLAGS: &[(Flags, &str)] = &[
    (WRITE, "write"),
    (READONLY, "readonly"),
    (DENYOOM, "denyoom"),
    (ADMIN, "admin"),
    (PUBSUB, "pubsub"),
    (NOSCRIPT, "noscript"),
    (BLOCKING, "blocking"),
    (LOADING, "loading"),
    (STALE, "stale"),
    (ASKING, "asking"),
    (FAST, "fast"),
    (NO_AUTH, "no_auth"),
    (MAY_REPLICATE, "may_replicate"),
    (NO_ASYNC_LOADING, "no_async_loading"),
    (NO_MULTI, "no_multi"),
    (SKIP_SLOWLOG, "skip_slowlog"),
    (MOVABLEKEYS, "movablekeys"),
    (ALLOW_BUSY, "allow_busy"),
];

/// Uses of a key in the order in which they are told.
const USES: &[(KeyUse, &str)] = &[
    (RO, "RO"),
    (RW, "RW"),
    (OW, "OW"),
    (RM, "RM"),
    (ACCESS, "access"),
    (UPDATE, "update"),
    (INSERT, "insert"),
    (DELETE, "delete"),
    (INCOMPLETE, "incomplete"),
    (VARIABLE_FLAGS, "variable_flags"),
    (NOT_KEY, "not_key"),
];

/// ACL categories in the order in which they are told.
const CATEGORIES: &[&str] = &[
    "@keyspace",
    "@read",
    "@write",
    "@set",
    "@sortedset",
    "@list",
    "@hash",
    "@string",
    "@bitmap",
    "@hyperloglog",
    "@geo",
    "@stream",
    "@pubsub",
    "@admin",
    "@fast",
    "@slow",
    "@blocking",
    "@dangerous",
    "@connection",
    "@transaction",
    "@scripting",
];

/// Whether a command is in an ACL category, which is written with its at-sign.
pub(super) fn in_category(spec: &CommandSpec, category: &str) -> bool {
    if spec.acl.contains(&category) {
        return true;
    }
    if spec.acl.iter().any(|told| told.strip_prefix('-') == Some(category)) {
        return false;
    }
    match category {
        "@read" => spec.has(READONLY),
        "@write" => spec.has(WRITE),
        "@admin" | "@dangerous" => spec.has(ADMIN),
        "@blocking" => spec.has(BLOCKING),
        "@fast" => spec.has(FAST),
        "@slow" => !spec.has(FAST),
        // A container is of no family's category; its subcommands are.
        _ => spec.subcommands.is_empty() && spec.group.category() == Some(category),
    }
}

/// The name of a row; a subcommand's with its container.
pub(super) fn full_name(container: Option<&CommandSpec>, spec: &CommandSpec) -> String {
    container.map_or_else(|| spec.name.to_owned(), |c| format!("{}|{}", c.name, spec.name))
}

/// Answers a set of words.
fn words(out: &mut dyn ReplySink, words: &[&str]) {
    out.set(words.len());
    words.iter().for_each(|word| out.status(word));
}

/// Answers how a key is used.
pub(super) fn uses(out: &mut dyn ReplySink, uses: KeyUse) {
    let told: Vec<&str> = USES.iter().filter(|(bit, _)| uses & bit != 0).map(|(_, name)| *name).collect();
    words(out, &told);
}

/// First key, last key and step as they were told before key specifications: the first run of keys at fixed
/// places, with the runs that follow it without a gap.
fn triple(keys: &[KeySpec]) -> (i64, i64, i64) {
    let mut triple = None;
    for key in keys {
        let (Find::Range { last, step, .. }, Begin::Index(start)) = (key.find, key.begin) else { continue };
        let start = i64::try_from(start).unwrap_or(i64::MAX);
        let last = if last < 0 { i64::from(last) } else { start + i64::from(last) };
        triple = match triple {
            None => Some((start, last, i64::from(step))),
            Some((first, before, by)) if before >= 0 && before + i64::from(step) == start => {
                Some((first, last, by))
            }
            done => done,
        };
    }
    triple.unwrap_or((0, 0, 0))
}

fn key_spec(out: &mut dyn ReplySink, key: &KeySpec) {
    let text = |out: &mut dyn ReplySink, word: &str| out.bulk(word.as_bytes());
    out.map(3 + usize::from(key.notes.is_some()));
    if let Some(notes) = key.notes {
        text(out, "notes");
        text(out, notes);
    }
    text(out, "flags");
    uses(out, key.uses);
    text(out, "begin_search");
    out.map(2);
    text(out, "type");
    match key.begin {
        Begin::Index(at) => {
            text(out, "index");
            text(out, "spec");
            out.map(1);
            text(out, "index");
            out.int(i64::try_from(at).unwrap_or(i64::MAX));
        }
        Begin::Keyword { word, from } => {
            text(out, "keyword");
            text(out, "spec");
            out.map(2);
            text(out, "keyword");
            text(out, word);
            text(out, "startfrom");
            out.int(i64::from(from));
        }
        Begin::Unknown => {
            text(out, "unknown");
            text(out, "spec");
            out.map(0);
        }
    }
    text(out, "find_keys");
    out.map(2);
    text(out, "type");
    let (kind, numbers): (_, &[_]) = match key.find {
        Find::Range { last, step, limit } => {
            ("range", &[("lastkey", last), ("keystep", step), ("limit", limit)])
        }
        Find::KeyNum { step } => ("keynum", &[("keynumidx", 0), ("firstkey", 1), ("keystep", step)]),
        Find::Unknown => ("unknown", &[]),
    };
    text(out, kind);
    text(out, "spec");
    out.map(numbers.len());
    for (name, number) in numbers {
        text(out, name);
        out.int(i64::from(*number));
    }
}

/// Answers COMMAND INFO's entry of a row.
pub(super) fn info(out: &mut dyn ReplySink, container: Option<&CommandSpec>, row: &spec::CommandSpec) {
    let pick = |bit: Flags| row.has(bit);
    let flags: Vec<&str> = FLAGS.iter().filter(|(bit, _)| pick(*bit)).map(|(_, name)| *name).collect();
    let categories: Vec<&str> =
        CATEGORIES.iter().copied().filter(|category| in_category(row, category)).collect();
    let (first, last, step) = triple(row.keys);
    out.array(10);
    out.bulk(full_name(container, row).as_bytes());
    out.int(i64::from(row.arity));
    words(out, &flags);
    for n in [first, last, step] {
        out.int(n);
    }
    words(out, &categories);
    out.set(row.tips.len());
    row.tips.iter().for_each(|tip| out.bulk(tip.as_bytes()));
    out.set(row.keys.len());
    row.keys.iter().for_each(|key| key_spec(out, key));
    if row.subcommands.is_empty() {
        out.set(0);
    } else {
        out.array(row.subcommands.len());
        row.subcommands.iter().for_each(|sub| info(out, Some(row), sub));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_triple_joins_runs_without_a_gap() {
        assert_eq!(triple(&[]), (0, 0, 0));
        assert_eq!(triple(&[KeySpec::one(1, RO), KeySpec::one(2, OW)]), (1, 2, 1));
        assert_eq!(triple(&[KeySpec::all(1, 2, OW)]), (1, -1, 2));
        assert_eq!(triple(&[KeySpec::counted(1, 1, RO)]), (0, 0, 0));
        assert_eq!(triple(&[KeySpec::one(2, OW), KeySpec::all(3, 1, RO)]), (2, -1, 1));
        assert_eq!(triple(&[KeySpec::one(1, OW), KeySpec::counted(2, 1, RO)]), (1, 1, 1));
        assert_eq!(triple(&[KeySpec::one(1, OW), KeySpec::one(4, RO)]), (1, 1, 1));
    }

    #[test]
    fn every_explicit_category_exists() {
        for spec in crate::cmd::all().flat_map(|s| std::iter::once(s).chain(s.subcommands)) {
            for category in spec.acl {
                let name = category.strip_prefix('-').unwrap_or(category);
                assert!(CATEGORIES.contains(&name), "{category} of {}", spec.name);
            }
        }
    }
}
