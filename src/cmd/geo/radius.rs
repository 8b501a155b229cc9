//! GEORADIUS, GEORADIUSBYMEMBER and the variants that only read: GEOSEARCH's predecessors.

use super::point;
use super::query::{Grammar, Query, run};
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::CmdResult;
use crate::cmd::spec::{
    ACCESS, CommandSpec, DENYOOM, Find, Group, KeySpec, MOVABLEKEYS, OW, Plan, READONLY, RO, UPDATE, WRITE,
};
use crate::reply::sink::ReplySink;

/// One key behind a word.
const NEXT: Find = Find::Range { last: 0, step: 1, limit: 0 };

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("georadius", georadius)
        .arity_at_least(6)
        .flags(WRITE | DENYOOM | MOVABLEKEYS)
        .keys(&[
            KeySpec::one(1, RO | ACCESS),
            KeySpec::keyword("STORE", 6, NEXT, OW | UPDATE),
            KeySpec::keyword("STOREDIST", 6, NEXT, OW | UPDATE),
        ])
        .plan_of(locks)
        .group(Group::Geo)
        .since("3.2.0")
        .summary("Returns or stores the places within a distance of a point.", COMPLEXITY)
        .syntax(
            "key longitude latitude radius (unit: M | KM | FT | MI) [WITHCOORD] [WITHDIST] [WITHHASH] \
             [count: COUNT count [ANY]@6.2.0] [order: ASC | DESC] [STORE key] [STOREDIST key]",
        )
        .history(&[
            ("6.2.0", "Added the `ANY` option for `COUNT`."),
            ("7.0.0", "Added support for uppercase unit names."),
        ])
        .deprecated("6.2.0", "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument"),
    CommandSpec::new("georadiusbymember", georadiusbymember)
        .arity_at_least(5)
        .flags(WRITE | DENYOOM | MOVABLEKEYS)
        .keys(&[
            KeySpec::one(1, RO | ACCESS),
            KeySpec::keyword("STORE", 5, NEXT, OW | UPDATE),
            KeySpec::keyword("STOREDIST", 5, NEXT, OW | UPDATE),
        ])
        .plan_of(locks)
        .group(Group::Geo)
        .since("3.2.0")
        .summary("Returns or stores the places within a distance of a member.", COMPLEXITY)
        .syntax(
            "key member radius (unit: M | KM | FT | MI) [WITHCOORD] [WITHDIST] [WITHHASH] \
             [count: COUNT count [ANY]] [order: ASC | DESC] [STORE key] [STOREDIST key]",
        )
        .history(&[("7.0.0", "Added support for uppercase unit names.")])
        .deprecated(
            "6.2.0",
            "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments",
        ),
    CommandSpec::new("georadiusbymember_ro", georadiusbymember_ro)
        .arity_at_least(5)
        .flags(READONLY)
        .keys(&[KeySpec::one(1, RO | ACCESS)])
        .group(Group::Geo)
        .since("3.2.10")
        .summary("Returns the places within a distance of a member.", COMPLEXITY)
        .syntax(
            "key member radius (unit: M | KM | FT | MI) [WITHCOORD] [WITHDIST] [WITHHASH] \
             [count: COUNT count [ANY]] [order: ASC | DESC]",
        )
        .deprecated("6.2.0", "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments"),
    CommandSpec::new("georadius_ro", georadius_ro)
        .arity_at_least(6)
        .flags(READONLY)
        .keys(&[KeySpec::one(1, RO | ACCESS)])
        .group(Group::Geo)
        .since("3.2.10")
        .summary("Returns the places within a distance of a point.", COMPLEXITY)
        .syntax(
            "key longitude latitude radius (unit: M | KM | FT | MI) [WITHCOORD] [WITHDIST] [WITHHASH] \
             [count: COUNT count [ANY]@6.2.0] [order: ASC | DESC]",
        )
        .history(&[("6.2.0", "Added the `ANY` option for `COUNT`.")])
        .deprecated("6.2.0", "`GEOSEARCH` with the `BYRADIUS` argument"),
];

const COMPLEXITY: &str =
    "O(N+log(M)) where N is the number of places in the cells around the circle and M the size of the set";

/// The locks of a call. The key specs find the first STORE and the first STOREDIST, and what is stored goes where the
/// last of either says: with more than one of these words, which may be keys too, that can be anywhere.
fn locks(argv: &[&[u8]]) -> Plan {
    let stores =
        |word: &&&[u8]| word.eq_ignore_ascii_case(b"STORE") || word.eq_ignore_ascii_case(b"STOREDIST");
    let options = argv.get(5..).unwrap_or_default();
    if options.iter().filter(stores).count() > 1 { Plan::AllWrite } else { Plan::Keys }
}

fn georadius(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    around_point(ctx, args, out, true)
}

fn georadius_ro(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    around_point(ctx, args, out, false)
}

fn georadiusbymember(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    around_member(ctx, args, out, true)
}

fn georadiusbymember_ro(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    around_member(ctx, args, out, false)
}

fn around_point(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink, stores: bool) -> CmdResult {
    let key = args.next();
    run(ctx, key, "georadiusstore", out, |set| {
        let mut query = Query::default();
        query.centre = Some(point(&mut args)?);
        query.radius(&mut args)?;
        query.options(&mut args, Grammar::Radius { stores }, set)?;
        Ok(query)
    })
}

fn around_member(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink, stores: bool) -> CmdResult {
    let (key, member) = (args.next(), args.next());
    run(ctx, key, "georadiusstore", out, |set| {
        let mut query = Query::default();
        if let Some(set) = set {
            query.around(set, member)?;
            query.radius(&mut args)?;
        } else {
            // Of an absent key the radius is not even read, as in Redis.
            args.take(2);
        }
        query.options(&mut args, Grammar::Radius { stores }, set)?;
        Ok(query)
    })
}
