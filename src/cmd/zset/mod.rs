//! Sorted sets. `add.rs` changes scores, `range.rs` reads parts of the order, which `bounds.rs` parses; `combine.rs`
//! has union, intersection and difference, also of sets.

pub(crate) mod add;
mod bounds;
mod combine;
mod count;
mod pop;
mod random;
mod range;
pub(crate) mod rank;
pub(crate) mod remove;
mod scan;
pub(crate) mod score;

use super::ctx::Ctx;
use super::effect::{CmdResult, Effect};
use super::event::Class;
use super::spec::CommandSpec;
use crate::reply::sink::{Protocol, ReplySink};
use crate::types::zset::{Element, Zset};

/// The rows of this family, one slice a file.
pub(crate) const SPECS: &[&[CommandSpec]] = &[
    add::SPECS,
    combine::SPECS,
    count::SPECS,
    pop::SPECS,
    random::SPECS,
    range::SPECS,
    rank::SPECS,
    remove::SPECS,
    scan::SPECS,
    score::SPECS,
];

/// How elements are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Members alone.
    Members,
    /// Members and scores: a flat array under RESP2, an array of pairs under RESP3.
    Scores,
    /// An array of pairs.
    Pairs,
}

impl Shape {
    fn scores(wanted: bool) -> Self {
        if wanted { Self::Scores } else { Self::Members }
    }
}

/// Answers an array of `len` elements, which `elements` has.
fn reply<'e>(out: &mut dyn ReplySink, len: usize, elements: impl Iterator<Item = Element<'e>>, shape: Shape) {
    let paired = shape == Shape::Pairs || shape == Shape::Scores && out.shapes() == Protocol::Resp3;
    out.array(if shape == Shape::Scores && !paired { len.saturating_mul(2) } else { len });
    for Element { member, score } in elements {
        if paired {
            out.array(2);
        }
        member.with_bytes(|member| out.bulk(member));
        if shape != Shape::Members {
            out.double(score);
        }
    }
}

/// Stores a result, whatever was there, and answers how many elements it has. An empty one removes the key.
fn store(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    result: Zset,
    event: &'static str,
    out: &mut dyn ReplySink,
) -> CmdResult {
    let len = result.len();
    let changed = ctx.store(key, result, Class::ZSET, event);
    out.int(i64::try_from(len).unwrap_or(i64::MAX));
    Ok(if changed { Effect::Changed(1) } else { Effect::None })
}
