//! What GEOSEARCH and GEORADIUS share: the options, the search, and what becomes of the result.
//!
//! Options are read with the set at hand, because the first error counts and a member that is absent is one.

use super::{metres, point, reply_distance, reply_position};
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::{CmdError, quotable};
use crate::cmd::event::Class;
use crate::reply::sink::ReplySink;
use crate::types::geo::search::Shape;
use crate::types::geo::{Point, shown_hash};
use crate::types::listpack::Item;
use crate::types::zset::{Builder, ScoreBound, ScoreRange, Zset};

/// What a command of this kind takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Grammar {
    /// GEORADIUS and GEORADIUSBYMEMBER; without STORE if they are the variants that only read.
    Radius { stores: bool },
    /// GEOSEARCH, and GEOSEARCHSTORE.
    Search { stores: bool },
}

/// A search that was asked for.
#[derive(Default)]
pub(super) struct Query<'a> {
    /// Where. Absent with a member of an absent key.
    pub(super) centre: Option<Point>,
    /// How far.
    pub(super) shape: Option<Shape>,
    /// Metres of a unit of distance.
    pub(super) unit: f64,
    /// Where the result goes, instead of to the caller.
    pub(super) target: Option<&'a [u8]>,
    stores_distances: bool,
    with_distance: bool,
    with_hash: bool,
    with_position: bool,
    descending: Option<bool>,
    /// 0 for all.
    count: usize,
    any: bool,
}

/// A place that was found.
struct Hit<'s> {
    member: Item<'s>,
    score: f64,
    distance: f64,
    /// How many were found before: equal ones stay in this order.
    before: usize,
}

/// A number that must not be negative, named if it is none.
fn length(word: &[u8], otherwise: &'static str) -> Result<f64, CmdError> {
    num::parse_f64(word).ok_or(CmdError::Text(otherwise))
}

impl<'a> Query<'a> {
    /// Reads a radius and its unit.
    pub(super) fn radius(&mut self, args: &mut Args<'a>) -> Result<(), CmdError> {
        let radius = length(args.next(), "ERR need numeric radius")?;
        if radius < 0.0 {
            return Err(CmdError::Text("ERR radius cannot be negative"));
        }
        self.unit = metres(args.next())?;
        self.shape = Some(Shape::Circle(radius * self.unit));
        Ok(())
    }

    /// Reads width, height and their unit.
    fn box_(&mut self, args: &mut Args<'a>) -> Result<(), CmdError> {
        let width = length(args.next(), "ERR need numeric width")?;
        let height = length(args.next(), "ERR need numeric height")?;
        if width < 0.0 || height < 0.0 {
            return Err(CmdError::Text("ERR height or width cannot be negative"));
        }
        self.unit = metres(args.next())?;
        self.shape = Some(Shape::Box(width * self.unit, height * self.unit));
        Ok(())
    }

    /// Searches around a member.
    pub(super) fn around(&mut self, set: &Zset, member: &[u8]) -> Result<(), CmdError> {
        let score = set.score(member).ok_or(CmdError::Text("ERR could not decode requested zset member"))?;
        self.centre = Some(Point::of_score(score));
        Ok(())
    }

    /// Reads the options, all that is left, and checks that they go together.
    pub(super) fn options(
        &mut self,
        args: &mut Args<'a>,
        grammar: Grammar,
        set: Option<&Zset>,
    ) -> Result<(), CmdError> {
        let is_search = matches!(grammar, Grammar::Search { .. });
        let (mut from_member, mut from_point, mut by_radius, mut by_box) = (false, false, false, false);
        while !args.is_empty() {
            let left = args.left() - 1;
            if args.eat("WITHDIST") {
                self.with_distance = true;
            } else if args.eat("WITHHASH") {
                self.with_hash = true;
            } else if args.eat("WITHCOORD") {
                self.with_position = true;
            } else if args.eat("ANY") {
                self.any = true;
            } else if args.eat("ASC") {
                self.descending = Some(false);
            } else if args.eat("DESC") {
                self.descending = Some(true);
            } else if left >= 1 && args.eat("COUNT") {
                let count = args.int();
                args.check()?;
                let count = usize::try_from(count).ok().filter(|count| *count > 0);
                self.count = count.ok_or(CmdError::Text("ERR COUNT must be > 0"))?;
            } else if grammar == (Grammar::Radius { stores: true }) && left >= 1 && args.eat("STORE") {
                (self.target, self.stores_distances) = (Some(args.next()), false);
            } else if grammar == (Grammar::Radius { stores: true }) && left >= 1 && args.eat("STOREDIST") {
                (self.target, self.stores_distances) = (Some(args.next()), true);
            } else if is_search && left >= 1 && !from_point && args.eat("FROMMEMBER") {
                let member = args.next();
                if let Some(set) = set {
                    self.around(set, member)?;
                }
                from_member = true;
            } else if is_search && left >= 2 && !from_member && args.eat("FROMLONLAT") {
                self.centre = Some(point(args)?);
                from_point = true;
            } else if is_search && left >= 2 && !by_box && args.eat("BYRADIUS") {
                self.radius(args)?;
                by_radius = true;
            } else if is_search && left >= 3 && !by_radius && args.eat("BYBOX") {
                self.box_(args)?;
                by_box = true;
            } else if grammar == (Grammar::Search { stores: true }) && args.eat("STOREDIST") {
                self.stores_distances = true;
            } else {
                return Err(CmdError::Syntax);
            }
        }
        if self.target.is_some() && (self.with_distance || self.with_hash || self.with_position) {
            return Err(CmdError::Text(if is_search {
                "ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
            } else {
                "ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
            }));
        }
        let name = quotable(args.argv().first().copied().unwrap_or_default());
        let missing = |what: &[u8]| {
            CmdError::Bytes([b"ERR exactly one of ", what, b" can be specified for ", name].concat())
        };
        if is_search && !from_member && !from_point {
            return Err(missing(b"FROMMEMBER or FROMLONLAT"));
        }
        if is_search && !by_radius && !by_box {
            return Err(missing(b"BYRADIUS and BYBOX"));
        }
        if self.any && self.count == 0 {
            return Err(CmdError::Text("ERR the ANY argument requires COUNT argument"));
        }
        Ok(())
    }

    /// The places inside, sorted and cut as asked for.
    fn hits<'s>(&self, set: &'s Zset) -> Vec<Hit<'s>> {
        let (Some(centre), Some(shape)) = (self.centre, self.shape) else { return Vec::new() };
        let most = if self.any { self.count } else { usize::MAX };
        let mut hits = Vec::new();
        for (from, to) in shape.ranges(centre) {
            let range = ScoreRange {
                min: ScoreBound { value: from, exclusive: false },
                max: ScoreBound { value: to, exclusive: true },
            };
            for element in set.iter_ranks(set.score_ranks(&range), false) {
                let Some(distance) = shape.distance_inside(centre, Point::of_score(element.score)) else {
                    continue;
                };
                hits.push(Hit {
                    member: element.member,
                    score: element.score,
                    distance: distance / self.unit,
                    before: hits.len(),
                });
                if hits.len() >= most {
                    break;
                }
            }
            if hits.len() >= most {
                break;
            }
        }
        // The nearest are wanted, unless any are.
        let ordered = self.descending.or((self.count > 0 && !self.any).then_some(false));
        let count = if self.count > 0 { self.count } else { usize::MAX };
        if let Some(descending) = ordered {
            let order = |a: &Hit<'_>, b: &Hit<'_>| {
                let order = a.distance.total_cmp(&b.distance);
                if descending { order.reverse() } else { order }.then(a.before.cmp(&b.before))
            };
            if count < hits.len() {
                // A few of many: only these are sorted.
                hits.select_nth_unstable_by(count, order);
                hits.truncate(count);
            }
            hits.sort_unstable_by(order);
        }
        hits.truncate(count);
        hits
    }

    /// Answers the places.
    fn reply(&self, out: &mut dyn ReplySink, hits: &[Hit<'_>]) {
        let extras =
            [self.with_distance, self.with_hash, self.with_position].into_iter().filter(|with| *with);
        let extras = extras.count();
        out.array(hits.len());
        for hit in hits {
            if extras > 0 {
                out.array(1 + extras);
            }
            hit.member.with_bytes(|member| out.bulk(member));
            if self.with_distance {
                reply_distance(out, hit.distance);
            }
            if self.with_hash {
                out.int(shown_hash(hit.score));
            }
            if self.with_position {
                reply_position(out, hit.score);
            }
        }
    }
}

/// Runs a search on the set of `key`: `read` reads all that is left of the arguments.
pub(super) fn run<'a>(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    event: &'static str,
    out: &mut dyn ReplySink,
    read: impl FnOnce(Option<&Zset>) -> Result<Query<'a>, CmdError>,
) -> CmdResult {
    let limits = ctx.limits();
    let set = ctx.read::<Zset>(key)?;
    let query = read(set)?;
    let hits = set.map(|set| query.hits(set)).unwrap_or_default();
    let Some(target) = query.target else {
        query.reply(out, &hits);
        return Ok(Effect::None);
    };
    let mut result = Builder::new(limits, hits.len());
    for hit in &hits {
        let score = if query.stores_distances { hit.distance } else { hit.score };
        hit.member.with_bytes(|member| result.add(member, score, |_, new| new));
    }
    let found = hits.len();
    let changed = ctx.store(target, result.finish(limits), Class::ZSET, event);
    out.int(i64::try_from(found).unwrap_or(i64::MAX));
    Ok(if changed { Effect::Changed(found.max(1) as u64) } else { Effect::None })
}
