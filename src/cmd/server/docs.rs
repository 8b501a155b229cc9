//! COMMAND DOCS: what the table tells people about a command.

use super::row;
use super::syntax::{self, Arg};
use crate::cmd::spec::CommandSpec;
use crate::reply::sink::ReplySink;

fn text(out: &mut dyn ReplySink, name: &str, value: &str) {
    out.bulk(name.as_bytes());
    out.bulk(value.as_bytes());
}

fn words(out: &mut dyn ReplySink, name: &str, words: &[&str]) {
    out.bulk(name.as_bytes());
    out.set(words.len());
    words.iter().for_each(|word| out.status(word));
}

fn argument(out: &mut dyn ReplySink, arg: &Arg) {
    let flags: Vec<&str> =
        [(arg.optional, "optional"), (arg.multiple, "multiple"), (arg.multiple_token, "multiple_token")]
            .iter()
            .filter(|(set, _)| *set)
            .map(|(_, name)| *name)
            .collect();
    let optional = [
        arg.key_spec.is_some(),
        arg.token.is_some(),
        arg.since.is_some(),
        arg.deprecated.is_some(),
        !flags.is_empty(),
        !arg.children.is_empty(),
    ];
    out.map(2 + optional.iter().filter(|there| **there).count());
    text(out, "name", &arg.name);
    text(out, "type", arg.kind.name());
    if let Some(number) = arg.key_spec {
        out.bulk(b"key_spec_index");
        out.int(i64::try_from(number).unwrap_or(i64::MAX));
    }
    if let Some(token) = &arg.token {
        text(out, "token", token);
    }
    if let Some(since) = &arg.since {
        text(out, "since", since);
    }
    if let Some(since) = &arg.deprecated {
        text(out, "deprecated_since", since);
    }
    if !flags.is_empty() {
        words(out, "flags", &flags);
    }
    if !arg.children.is_empty() {
        arguments(out, &arg.children);
    }
}

fn arguments(out: &mut dyn ReplySink, args: &[Arg]) {
    out.bulk(b"arguments");
    out.array(args.len());
    args.iter().for_each(|arg| argument(out, arg));
}

/// Answers a row's name and what is told of it: one pair of COMMAND DOCS's map.
pub(super) fn docs(out: &mut dyn ReplySink, container: Option<&CommandSpec>, spec: &CommandSpec) {
    let args = syntax::arguments(spec);
    let mut flags = Vec::new();
    if spec.deprecated.is_some() {
        flags.push("deprecated");
    }
    if spec.internal {
        flags.push("syscmd");
    }
    let optional = [
        !spec.complexity.is_empty(),
        !flags.is_empty(),
        spec.deprecated.is_some(),
        spec.deprecated.is_some(),
        !spec.history.is_empty(),
        !args.is_empty(),
        !spec.subcommands.is_empty(),
    ];
    out.bulk(row::full_name(container, spec).as_bytes());
    out.map(3 + optional.iter().filter(|there| **there).count());
    text(out, "summary", spec.summary);
    text(out, "since", spec.since);
    text(out, "group", spec.group.name());
    if !spec.complexity.is_empty() {
        text(out, "complexity", spec.complexity);
    }
    if !flags.is_empty() {
        words(out, "doc_flags", &flags);
    }
    if let Some((since, instead)) = spec.deprecated {
        text(out, "deprecated_since", since);
        text(out, "replaced_by", instead);
    }
    if !spec.history.is_empty() {
        out.bulk(b"history");
        out.set(spec.history.len());
        for (version, change) in spec.history {
            out.array(2);
            out.bulk(version.as_bytes());
            out.bulk(change.as_bytes());
        }
    }
    if !args.is_empty() {
        arguments(out, &args);
    }
    if !spec.subcommands.is_empty() {
        out.bulk(b"subcommands");
        out.map(spec.subcommands.len());
        spec.subcommands.iter().for_each(|sub| docs(out, Some(spec), sub));
    }
}
