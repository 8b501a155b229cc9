//! COMMAND: what the command table says, for clients and people.

use super::{docs, help, row};
use crate::base::glob;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::keys::{self, KeyAt};
use crate::cmd::spec::{CommandSpec, Group, Handler, LOADING, NOT_KEY, STALE, VARIABLE_FLAGS};
use crate::cmd::{all, find, find_subcommand};
use crate::reply::sink::ReplySink;

const ORDER: &[&str] = &["nondeterministic_output_order"];

const fn sub(name: &'static str, handler: Handler) -> CommandSpec {
    CommandSpec::new(name, handler).flags(LOADING | STALE).group(Group::Server).acl(&["@connection"])
}

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("command", every)
    .arity_at_least(1)
    .flags(LOADING | STALE)
    .group(Group::Server)
    .acl(&["@connection"])
    .tips(ORDER)
    .since("2.8.13")
    .summary("Tells about all commands.", "O(N) where N is the number of commands")
    .subcommands(&[
        sub("count", count).arity(2).since("2.8.13").summary("Answers the number of commands.", "O(1)"),
        sub("docs", docs_of)
            .arity_at_least(2)
            .tips(ORDER)
            .since("7.0.0")
            .summary("Documents commands.", "O(N) where N is the number of commands to look up")
            .syntax("[command-name ...]"),
        sub("getkeys", get_keys)
            .arity_at_least(4)
            .since("2.8.13")
            .summary("Answers the keys of a call.", "O(N) where N is the number of arguments of the call"),
        sub("getkeysandflags", get_keys_and_flags).arity_at_least(4).since("7.0.0").summary(
            "Answers the keys of a call, and how it uses them.",
            "O(N) where N is the number of arguments of the call",
        ),
        sub("help", show_help).arity(2).since("5.0.0").summary("Tells about the subcommands.", "O(1)"),
        sub("info", info_of)
            .arity_at_least(2)
            .tips(ORDER)
            .since("2.8.13")
            .summary(
                "Tells about commands; about all if none is named.",
                "O(N) where N is the number of commands to look up",
            )
            .syntax("[command-name ...]")
            .history(&[("7.0.0", "Naming no command tells about all.")]),
        sub("list", list)
            .arity_at_least(2)
            .tips(ORDER)
            .since("7.0.0")
            .summary("Answers the names of commands.", "O(N) where N is the number of commands")
            .syntax("[FILTERBY (filterby: MODULE module-name | ACLCAT category | PATTERN pattern)]"),
    ])];

/// A row with its container, if it is a subcommand.
type Row = (Option<&'static CommandSpec>, &'static CommandSpec);

/// Every row, subcommands after their container.
fn rows() -> impl Iterator<Item = Row> {
    all().flat_map(|spec| {
        std::iter::once((None, spec)).chain(spec.subcommands.iter().map(move |sub| (Some(spec), sub)))
    })
}

/// The row of a name such as `get` or `client|id`.
fn named(name: &[u8]) -> Option<Row> {
    let mut parts = name.split(|&b| b == b'|');
    let spec = find(parts.next()?)?;
    match (parts.next(), parts.next()) {
        (None, _) => Some((None, spec)),
        (Some(sub), None) => find_subcommand(spec, sub).map(|sub| (Some(spec), sub)),
        _ => None,
    }
}

fn every(_: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    out.array(all().count());
    all().for_each(|spec| row::info(out, None, spec));
    Ok(Effect::None)
}

fn count(_: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    out.int(i64::try_from(all().count()).unwrap_or(i64::MAX));
    Ok(Effect::None)
}

fn info_of(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    if args.is_empty() {
        return every(ctx, args, out);
    }
    let names = args.rest();
    out.array(names.len());
    for name in names {
        match named(name) {
            Some((container, spec)) => row::info(out, container, spec),
            None => out.null(),
        }
    }
    Ok(Effect::None)
}

fn docs_of(_: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let rows: Vec<Row> = if args.is_empty() {
        all().map(|spec| (None, spec)).collect()
    } else {
        args.rest().iter().filter_map(|name| named(name)).collect()
    };
    out.map(rows.len());
    rows.into_iter().for_each(|(container, spec)| docs::docs(out, container, spec));
    Ok(Effect::None)
}

fn list(_: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let mut names: Vec<String> = Vec::new();
    let mut keep = |take: &dyn Fn(&CommandSpec, &str) -> bool| {
        for (container, spec) in rows() {
            let name = row::full_name(container, spec);
            if take(spec, &name) {
                names.push(name);
            }
        }
    };
    if args.is_empty() {
        keep(&|_, _| true);
    } else if args.left() == 3 && args.eat("FILTERBY") {
        if args.eat("ACLCAT") {
            let category = [b"@", args.next()].concat().to_ascii_lowercase();
            keep(&|spec, _| std::str::from_utf8(&category).is_ok_and(|c| row::in_category(spec, c)));
        } else if args.eat("PATTERN") {
            let pattern = args.next();
            keep(&|_, name| glob::glob_match(pattern, name.as_bytes(), true));
        } else if args.eat("MODULE") {
            // There are no modules, so no command comes from one.
            args.next();
        } else {
            return Err(CmdError::Syntax);
        }
    } else {
        return Err(CmdError::Syntax);
    }
    out.array(names.len());
    names.iter().for_each(|name| out.bulk(name.as_bytes()));
    Ok(Effect::None)
}

/// A call that COMMAND GETKEYS is about: its row, its words, its keys.
type Call<'a> = (&'static CommandSpec, &'a [&'a [u8]], Vec<KeyAt>);

fn call<'a>(args: &mut Args<'a>) -> Result<Call<'a>, CmdError> {
    let argv = args.rest();
    let invalid = CmdError::Text("ERR Invalid command specified");
    let spec = find(argv.first().copied().unwrap_or_default()).ok_or_else(|| invalid.clone())?;
    let spec = match argv.get(1) {
        Some(sub) if !spec.subcommands.is_empty() => find_subcommand(spec, sub).ok_or(invalid)?,
        _ => spec,
    };
    if spec.keys.iter().all(|key| key.uses & NOT_KEY != 0) {
        return Err(CmdError::Text("ERR The command has no key arguments"));
    }
    let (words, arity) = (i64::try_from(argv.len()).unwrap_or(i64::MAX), i64::from(spec.arity));
    if (arity > 0 && words != arity) || words < -arity {
        return Err(CmdError::Text("ERR Invalid number of arguments specified for command"));
    }
    let keys = keys::of_call(spec, argv);
    if keys.is_empty() || !keys::are_complete(spec, argv) {
        return Err(CmdError::Text("ERR Invalid arguments specified for command"));
    }
    Ok((spec, argv, keys.into_vec()))
}

fn get_keys(_: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (_, argv, keys) = call(&mut args)?;
    out.array(keys.len());
    keys.iter().for_each(|(at, _)| out.bulk(argv[*at]));
    Ok(Effect::None)
}

fn get_keys_and_flags(_: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (spec, argv, keys) = call(&mut args)?;
    out.array(keys.len());
    for (at, uses) in keys {
        let uses = match spec.narrow {
            Some(narrow) if uses & VARIABLE_FLAGS != 0 => narrow(argv),
            _ => uses,
        };
        out.array(2);
        out.bulk(argv[at]);
        row::uses(out, uses);
    }
    Ok(Effect::None)
}

fn show_help(_: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    help(
        out,
        "COMMAND",
        &[
            ("(no subcommand)", &["Tell about all commands."]),
            ("COUNT", &["Answer the number of commands."]),
            ("DOCS [<command-name> ...]", &["Document these commands, or all."]),
            ("GETKEYS <full-command>", &["Answer the keys of a call."]),
            ("GETKEYSANDFLAGS <full-command>", &["Answer the keys of a call, and how it uses them."]),
            ("INFO [<command-name> ...]", &["Tell about these commands, or all."]),
            (
                "LIST [FILTERBY (MODULE <module>|ACLCAT <category>|PATTERN <pattern>)]",
                &["Answer the names of commands."],
            ),
        ],
    )
}
