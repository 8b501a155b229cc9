//! CLIENT TRACKING, TRACKINGINFO, CACHING, GETREDIR: a client that caches what it reads.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::atomic::Ordering;

use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::session::Tracking;
use crate::reply::sink::ReplySink;

/// What stands behind ON or OFF.
#[derive(Default)]
struct Options<'a> {
    redirect: u64,
    bcast: bool,
    optin: bool,
    optout: bool,
    noloop: bool,
    prefixes: Vec<&'a [u8]>,
}

fn options<'a>(ctx: &Ctx<'_>, args: &mut Args<'a>) -> Result<Options<'a>, CmdError> {
    let mut options = Options::default();
    while !args.is_empty() {
        if args.left() > 1 && args.eat("REDIRECT") {
            if options.redirect > 0 {
                return Err(CmdError::Text("ERR A client can only redirect to a single other client"));
            }
            let id = num::parse_i64(args.next()).ok_or(CmdError::NotInteger)?;
            let id = u64::try_from(id).ok().filter(|id| *id > 0 && ctx.host.is_client(*id));
            options.redirect =
                id.ok_or(CmdError::Text("ERR The client ID you want redirect to does not exist"))?;
        } else if args.left() > 1 && args.eat("PREFIX") {
            options.prefixes.push(args.next());
        } else {
            let flag = [
                ("BCAST", &mut options.bcast),
                ("OPTIN", &mut options.optin),
                ("OPTOUT", &mut options.optout),
                ("NOLOOP", &mut options.noloop),
            ];
            let found = flag.into_iter().find(|(name, _)| args.eat(name));
            *found.ok_or(CmdError::Syntax)?.1 = true;
        }
    }
    Ok(options)
}

/// Whether a key could begin with both.
fn overlap(a: &[u8], b: &[u8]) -> bool {
    a.starts_with(b) || b.starts_with(a)
}

/// Which of them overlaps with a prefix. None of them begins with another but the empty one, so it is next to that in order.
fn overlapping<'a>(all: &'a BTreeSet<Vec<u8>>, prefix: &[u8]) -> Option<&'a Vec<u8>> {
    if let Some(empty) = all.get::<[u8]>(b"") {
        return Some(empty);
    }
    let before = all.range::<[u8], _>((Bound::Unbounded, Bound::Included(prefix))).next_back();
    let after = all.range::<[u8], _>((Bound::Excluded(prefix), Bound::Unbounded)).next();
    before.into_iter().chain(after).find(|other| overlap(prefix, other))
}

fn overlaps(prefix: &[u8], which: &str, other: &[u8]) -> CmdError {
    let tail = "Prefixes for a single client must not overlap.";
    let parts: [&[u8]; 6] =
        [b"ERR Prefix '", prefix, b"' overlaps with ", which.as_bytes(), b" prefix '", other];
    CmdError::Bytes([&parts.concat(), b"'. ".as_slice(), tail.as_bytes()].concat())
}

/// What the client asks for, with what it asked for before.
fn merged(options: &Options<'_>, old: Option<&Tracking>) -> Result<Tracking, CmdError> {
    let Options { bcast, optin, optout, ref prefixes, .. } = *options;
    if !bcast && !prefixes.is_empty() {
        return Err(CmdError::Text("ERR PREFIX option requires BCAST mode to be enabled"));
    }
    if old.is_some_and(|old| old.bcast != bcast) {
        return Err(CmdError::Text(
            "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then \
             re-enabling it with a different mode.",
        ));
    }
    if bcast && (optin || optout) {
        return Err(CmdError::Text("ERR OPTIN and OPTOUT are not compatible with BCAST"));
    }
    if optin && optout {
        return Err(CmdError::Text("ERR You can't specify both OPTIN mode and OPTOUT mode"));
    }
    if old.is_some_and(|old| optin && old.optout || optout && old.optin) {
        return Err(CmdError::Text(
            "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then \
             re-enabling it with a different mode.",
        ));
    }
    let mut all: BTreeSet<Vec<u8>> = old.map(|old| old.prefixes.clone()).unwrap_or_default();
    // Whether any two do is found at once; which ones, only for the error.
    let mut given = BTreeSet::new();
    let clash =
        prefixes.iter().any(|prefix| overlapping(&given, prefix).is_some() || !given.insert(prefix.to_vec()));
    for (i, prefix) in prefixes.iter().enumerate() {
        if let Some(other) = overlapping(&all, prefix) {
            return Err(overlaps(prefix, "an existing", other));
        }
        if clash && let Some(other) = prefixes[i + 1..].iter().find(|other| overlap(prefix, other)) {
            return Err(overlaps(prefix, "another provided", other));
        }
    }
    all.extend(prefixes.iter().map(|prefix| prefix.to_vec()));
    if bcast && prefixes.is_empty() {
        all.insert(Vec::new());
    }
    let caching = old.is_some_and(|old| old.caching);
    Ok(Tracking { bcast, optin, optout, caching, prefixes: all })
}

pub(super) fn tracking(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let word = args.next();
    let options = options(ctx, &mut args)?;
    if word.eq_ignore_ascii_case(b"on") {
        let how = merged(&options, ctx.session.tracking.as_deref())?;
        ctx.host.track(ctx.session, how, options.redirect, options.noloop);
    } else if word.eq_ignore_ascii_case(b"off") {
        ctx.host.end_tracking(ctx.session);
    } else {
        return Err(CmdError::Syntax);
    }
    out.status("OK");
    Ok(Effect::None)
}

pub(super) fn caching(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let Some(how) = &mut ctx.session.tracking else {
        return Err(CmdError::Text(
            "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode \
             enabled",
        ));
    };
    if args.eat("YES") {
        if !how.optin {
            return Err(CmdError::Text(
                "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.",
            ));
        }
    } else if args.eat("NO") {
        if !how.optout {
            return Err(CmdError::Text(
                "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.",
            ));
        }
    } else {
        return Err(CmdError::Syntax);
    }
    how.caching = true;
    out.status("OK");
    Ok(Effect::None)
}

/// The client that is told instead: -1 if none is told at all, 0 if this one is.
fn redirect(ctx: &Ctx<'_>) -> i64 {
    let redirect = ctx.session.card.tracks.redirect.load(Ordering::Relaxed);
    ctx.session.tracking.as_ref().map_or(-1, |_| i64::try_from(redirect).unwrap_or(i64::MAX))
}

pub(super) fn get_redir(ctx: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    out.int(redirect(ctx));
    Ok(Effect::None)
}

pub(super) fn tracking_info(ctx: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let tracks = &ctx.session.card.tracks;
    let none = Tracking::default();
    let how = ctx.session.tracking.as_deref();
    let (on, how) = (how.is_some(), how.unwrap_or(&none));
    let noloop = on && tracks.noloop.load(Ordering::Relaxed);
    let broken = on && tracks.broken.load(Ordering::Relaxed);
    let flags: Vec<&str> = [
        (!on, "off"),
        (on, "on"),
        (how.bcast, "bcast"),
        (how.optin, "optin"),
        (how.optin && how.caching, "caching-yes"),
        (how.optout, "optout"),
        (how.optout && how.caching, "caching-no"),
        (noloop, "noloop"),
        (broken, "broken_redirect"),
    ]
    .into_iter()
    .filter_map(|(set, name)| set.then_some(name))
    .collect();
    out.map(3);
    out.bulk(b"flags");
    out.set(flags.len());
    flags.iter().for_each(|flag| out.bulk(flag.as_bytes()));
    out.bulk(b"redirect");
    out.int(redirect(ctx));
    out.bulk(b"prefixes");
    out.array(how.prefixes.len());
    how.prefixes.iter().for_each(|prefix| out.bulk(prefix));
    Ok(Effect::None)
}
