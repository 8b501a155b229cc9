//! Geo: places as the scores of a sorted set, and what is near to a place.
//!
//! A value is a sorted set; what any of its commands does to it is allowed. Start reading at `add.rs`, then `query.rs`.

mod add;
mod place;
mod query;
mod radius;
mod search;

use super::args::Args;
use super::error::CmdError;
use super::spec::CommandSpec;
use crate::base::num;
use crate::reply::sink::ReplySink;
use crate::types::geo::Point;

/// The rows of this family, one slice a file.
pub(crate) const SPECS: &[&[CommandSpec]] = &[add::SPECS, place::SPECS, search::SPECS, radius::SPECS];

/// A unit of length in metres.
fn metres(unit: &[u8]) -> Result<f64, CmdError> {
    Ok(match unit.to_ascii_lowercase().as_slice() {
        b"m" => 1.0,
        b"km" => 1000.0,
        b"ft" => 0.3048,
        b"mi" => 1609.34,
        _ => return Err(CmdError::Text("ERR unsupported unit provided. please use M, KM, FT, MI")),
    })
}

/// The next two arguments as a place.
fn point(args: &mut Args<'_>) -> Result<Point, CmdError> {
    let (lon, lat) = (num::parse_f64(args.next()), num::parse_f64(args.next()));
    let (lon, lat) = lon.zip(lat).ok_or(CmdError::NotFloat)?;
    Point::new(lon, lat).ok_or_else(|| {
        let mut text = b"ERR invalid longitude,latitude pair ".to_vec();
        num::push_fixed(&mut text, lon, 6);
        text.push(b',');
        num::push_fixed(&mut text, lat, 6);
        CmdError::Bytes(text)
    })
}

/// Answers the longitude and latitude of a score.
fn reply_position(out: &mut dyn ReplySink, score: f64) {
    let place = Point::of_score(score);
    let mut digits = Vec::with_capacity(24);
    out.array(2);
    for coordinate in [place.lon, place.lat] {
        digits.clear();
        num::push_human(&mut digits, coordinate);
        out.double_as(coordinate, &digits);
    }
}

/// Answers a distance, which is a text in both protocols.
fn reply_distance(out: &mut dyn ReplySink, distance: f64) {
    let mut digits = Vec::with_capacity(24);
    num::push_fixed(&mut digits, distance, 4);
    out.bulk(&digits);
}
