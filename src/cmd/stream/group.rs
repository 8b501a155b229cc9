//! XGROUP: groups and their consumers come and go.

use super::{BAD_ID, no_group, parse_id};
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::{Ctx, ValueGuard};
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{
    CommandSpec, DELETE, DENYOOM, Group, INSERT, KeySpec, LOADING, RW, STALE, UPDATE, WRITE,
};
use crate::reply::sink::ReplySink;
use crate::types::stream::{Id, Stream};

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("xgroup", xgroup)
    .arity_at_least(2)
    .group(Group::Stream)
    .since("5.0.0")
    .summary("Commands that make and change consumer groups.", "Depends on the subcommand.")
    .subcommands(&[
        CommandSpec::new("create", create)
            .arity_at_least(5)
            .flags(WRITE | DENYOOM)
            .keys(&[KeySpec::one(2, RW | INSERT)])
            .group(Group::Stream)
            .since("5.0.0")
            .summary("Makes a consumer group.", "O(log N) for N groups")
            .syntax("key groupname (id: id | new_id=$) [MKSTREAM] [entries_read=ENTRIESREAD entries_read:integer]")
            .history(&[("7.0.0", "Added the `entries_read` named argument.")]),
        CommandSpec::new("createconsumer", create_consumer)
            .arity(5)
            .flags(WRITE | DENYOOM)
            .keys(&[KeySpec::one(2, RW | INSERT)])
            .group(Group::Stream)
            .since("6.2.0")
            .summary("Makes a consumer in a group.", "O(log N) for N consumers")
            .syntax("key groupname consumername"),
        CommandSpec::new("delconsumer", delete_consumer)
            .arity(5)
            .flags(WRITE)
            .keys(&[KeySpec::one(2, RW | DELETE)])
            .group(Group::Stream)
            .since("5.0.0")
            .summary("Removes a consumer with what it has pending.", "O(N log M) for N entries pending")
            .syntax("key groupname consumername"),
        CommandSpec::new("destroy", destroy)
            .arity(4)
            .flags(WRITE)
            .keys(&[KeySpec::one(2, RW | DELETE)])
            .group(Group::Stream)
            .since("5.0.0")
            .summary("Removes a group.", "O(N) for N entries pending")
            .syntax("key groupname"),
        CommandSpec::new("help", help)
            .arity(2)
            .flags(LOADING | STALE)
            .group(Group::Stream)
            .since("5.0.0")
            .summary("Describes the subcommands.", "O(1)"),
        CommandSpec::new("setid", set_id)
            .arity_at_least(5)
            .flags(WRITE)
            .keys(&[KeySpec::one(2, RW | UPDATE)])
            .group(Group::Stream)
            .since("5.0.0")
            .summary("Sets the last entry that a group was given.", "O(log N) for N groups")
            .syntax("key groupname (id: id | new_id=$) [entries_read=ENTRIESREAD entries_read:integer]")
            .history(&[("7.0.0", "Added the optional `entries_read` argument.")]),
    ])];

const HELP: &[&str] = &[
    "XGROUP <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
    "CREATE <key> <groupname> <id|$> [option]",
    "    Create a new consumer group. Options are:",
    "    * MKSTREAM",
    "      Create the empty stream if it does not exist.",
    "    * ENTRIESREAD entries_read",
    "      Set the group's entries_read counter (internal use).",
    "CREATECONSUMER <key> <groupname> <consumer>",
    "    Create a new consumer in the specified group.",
    "DELCONSUMER <key> <groupname> <consumer>",
    "    Remove the specified consumer.",
    "DESTROY <key> <groupname>",
    "    Remove the specified group.",
    "SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
    "    Set the current group ID and entries_read counter.",
    "HELP",
    "    Prints this help.",
];

const NO_KEY: CmdError = CmdError::Text(
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM \
     option to create an empty stream automatically.",
);

fn xgroup(_: &mut Ctx<'_>, _: Args<'_>, _: &mut dyn ReplySink) -> CmdResult {
    Err(CmdError::Arity("xgroup".to_owned()))
}

fn help(_: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    out.array(HELP.len());
    HELP.iter().for_each(|line| out.status(line));
    Ok(Effect::None)
}

/// Where a group stands.
struct Place<'a> {
    key: &'a [u8],
    group: &'a [u8],
    id: &'a [u8],
    make_stream: bool,
    read: Option<i64>,
}

impl<'a> Place<'a> {
    fn parse(ctx: &Ctx<'_>, mut args: Args<'a>, creates: bool) -> Result<Self, CmdError> {
        let name = args.argv().get(1).copied().unwrap_or_default();
        let (key, group, id) = (args.next(), args.next(), args.next());
        let mut place = Self { key, group, id, make_stream: false, read: None };
        while !args.is_empty() {
            if creates && args.eat("MKSTREAM") {
                place.make_stream = true;
            } else if args.left() > 1 && args.eat("ENTRIESREAD") {
                let n = num::parse_i64(args.next()).ok_or(CmdError::NotInteger)?;
                // A counter that wrapped around is journaled as it is.
                if n < -1 && !ctx.session.replaying {
                    return Err(CmdError::Text("ERR value for ENTRIESREAD must be positive or -1"));
                }
                place.read = Some(n).filter(|n| *n != -1);
            } else {
                return Err(CmdError::subcommand("XGROUP", name));
            }
        }
        Ok(place)
    }

    /// The ID; `$` is the last one of the stream. To set it the ends of ranges do, too.
    fn id(&self, stream: Option<&Stream>, creates: bool) -> Result<Id, CmdError> {
        match self.id {
            b"$" => Ok(stream.map_or(Id::MIN, |stream| stream.log().last_id)),
            id if creates => parse_id(id, 0),
            id => Id::parse_end(id, 0).ok_or(BAD_ID),
        }
    }
}

/// The stream of a key, which must be there.
fn stream_at<'c>(ctx: &'c mut Ctx<'_>, key: &[u8]) -> Result<ValueGuard<'c, Stream>, CmdError> {
    ctx.write::<Stream>(key)?.ok_or(NO_KEY)
}

fn create(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let place = Place::parse(ctx, args, true)?;
    let found = ctx.write::<Stream>(place.key)?;
    if found.is_none() && !place.make_stream {
        return Err(NO_KEY);
    }
    let id = place.id(found.as_deref(), true)?;
    let is_new = found.is_none();
    drop(found);
    let mut stream = ctx.write_or_create(place.key, Stream::new)?;
    if !stream.groups_mut().create(place.group, id, place.read) {
        return Err(CmdError::Text("BUSYGROUP Consumer Group name already exists"));
    }
    drop(stream);
    if !is_new {
        ctx.quieten();
    }
    ctx.event(Class::STREAM, "xgroup-create", place.key);
    out.status("OK");
    Ok(Effect::Changed(1))
}

fn set_id(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let place = Place::parse(ctx, args, false)?;
    let mut stream = stream_at(ctx, place.key)?;
    if stream.groups().get(place.group).is_none() {
        return Err(no_group(place.key, place.group));
    }
    let id = place.id(Some(&stream), false)?;
    if let Some(mut group) = stream.groups_mut().get_mut(place.group) {
        group.last_id = id;
        group.read = place.read;
    }
    drop(stream);
    ctx.quieten();
    ctx.event(Class::STREAM, "xgroup-setid", place.key);
    out.status("OK");
    Ok(Effect::Changed(1))
}

fn create_consumer(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, group_name, name) = (args.next(), args.next(), args.next());
    args.finish()?;
    let now = ctx.now();
    let mut stream = stream_at(ctx, key)?;
    let mut group = stream.groups_mut().get_mut(group_name).ok_or_else(|| no_group(key, group_name))?;
    let is_new = group.find(name).is_none();
    if is_new {
        group.add_consumer(name, now);
    }
    drop(group);
    drop(stream);
    ctx.quieten();
    if is_new {
        ctx.event(Class::STREAM, "xgroup-createconsumer", key);
    }
    out.int(i64::from(is_new));
    Ok(if is_new { Effect::Changed(1) } else { Effect::None })
}

fn delete_consumer(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, group_name, name) = (args.next(), args.next(), args.next());
    args.finish()?;
    let mut stream = stream_at(ctx, key)?;
    let mut group = stream.groups_mut().get_mut(group_name).ok_or_else(|| no_group(key, group_name))?;
    let pending = group.remove_consumer(name);
    drop(group);
    drop(stream);
    ctx.quieten();
    if pending.is_some() {
        ctx.event(Class::STREAM, "xgroup-delconsumer", key);
    }
    out.int(pending.map_or(0, |n| i64::try_from(n).unwrap_or(i64::MAX)));
    Ok(if pending.is_some() { Effect::Changed(1) } else { Effect::None })
}

fn destroy(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, name) = (args.next(), args.next());
    args.finish()?;
    let mut stream = stream_at(ctx, key)?;
    let gone = stream.groups_mut().remove(name);
    drop(stream);
    ctx.quieten();
    if gone.is_some() {
        ctx.event(Class::STREAM, "xgroup-destroy", key);
    }
    out.int(i64::from(gone.is_some()));
    Ok(if gone.is_some() { Effect::Changed(1) } else { Effect::None })
}
