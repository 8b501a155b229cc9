//! GEOSEARCH, GEOSEARCHSTORE: what is inside of a circle or a box.

use super::query::{Grammar, Query, run};
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::CmdResult;
use crate::cmd::spec::{ACCESS, CommandSpec, DENYOOM, Group, KeySpec, OW, READONLY, RO, UPDATE, WRITE};
use crate::reply::sink::ReplySink;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("geosearch", geosearch)
        .arity_at_least(7)
        .flags(READONLY)
        .keys(&[KeySpec::one(1, RO | ACCESS)])
        .group(Group::Geo)
        .since("6.2.0")
        .summary("Returns the places inside of a circle or a box.", COMPLEXITY)
        .syntax(
            "key (from: FROMMEMBER member | FROMLONLAT longitude latitude) (by: (circle: (BYRADIUS radius) \
             (unit: M | KM | FT | MI)) | (box: (BYBOX width) height (unit: M | KM | FT | MI))) \
             [order: ASC | DESC] [count: COUNT count [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]",
        )
        .history(UPPERCASE),
    CommandSpec::new("geosearchstore", geosearchstore)
        .arity_at_least(8)
        .flags(WRITE | DENYOOM)
        .keys(&[KeySpec::one(1, OW | UPDATE), KeySpec::one(2, RO | ACCESS)])
        .group(Group::Geo)
        .since("6.2.0")
        .summary("Stores the places inside of a circle or a box.", COMPLEXITY)
        .syntax(
            "destination source (from: FROMMEMBER member | FROMLONLAT longitude latitude) (by: (circle: \
             (BYRADIUS radius) (unit: M | KM | FT | MI)) | (box: (BYBOX width) height \
             (unit: M | KM | FT | MI))) [order: ASC | DESC] [count: COUNT count [ANY]] [STOREDIST]",
        )
        .history(UPPERCASE),
];

const COMPLEXITY: &str =
    "O(N+log(M)) where N is the number of places in the cells around the shape and M the size of the set";
const UPPERCASE: &[(&str, &str)] = &[("7.0.0", "Added support for uppercase unit names.")];

fn geosearch(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    run(ctx, key, "geosearchstore", out, |set| {
        let mut query = Query::default();
        query.options(&mut args, Grammar::Search { stores: false }, set)?;
        Ok(query)
    })
}

fn geosearchstore(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (target, key) = (args.next(), args.next());
    run(ctx, key, "geosearchstore", out, |set| {
        let mut query = Query::default();
        query.target = Some(target);
        query.options(&mut args, Grammar::Search { stores: true }, set)?;
        Ok(query)
    })
}
