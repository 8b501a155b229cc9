//! Places on the globe as scores of a sorted set: longitude and latitude as fractions of their ranges, 26 bits each,
//! woven into one number, so that places near to each other mostly have numbers near to each other.
//!
//! All arithmetic is Redis's, step by step: positions, distances and hashes agree with it to the last digit. Start
//! reading here, then `search.rs`.

pub(crate) mod search;

/// A place in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    /// Longitude, -180 to 180.
    pub(crate) lon: f64,
    /// Latitude, positive in the north.
    pub(crate) lat: f64,
}

/// The longitudes that there are.
const LON: Range = Range { min: -180.0, max: 180.0 };
/// The latitudes that a square map of the world has (EPSG:3857).
const LAT: Range = Range { min: -85.051_128_78, max: 85.051_128_78 };
/// The latitudes of the usual geohash texts.
const ALL_LAT: Range = Range { min: -90.0, max: 90.0 };
/// Bits of each coordinate.
const STEPS: u32 = 26;
/// The radius of the earth in metres.
const EARTH: f64 = 6_372_797.560_856;

#[derive(Debug, Clone, Copy)]
struct Range {
    min: f64,
    max: f64,
}

impl Range {
    /// Which of `2^steps` equal parts of the range a value lies in; the upper end gives one too many.
    fn part(self, value: f64, steps: u32) -> u32 {
        let fraction = (value - self.min) / (self.max - self.min);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 2^26, and saturates"
        )]
        let part = (fraction * (1u64 << steps) as f64) as u32;
        part
    }

    /// Where a part begins and ends.
    fn bounds(self, part: u32, steps: u32) -> Self {
        let (scale, parts) = (self.max - self.min, (1u64 << steps) as f64);
        let at = |part: f64| self.min + part / parts * scale;
        Self { min: at(f64::from(part)), max: at(f64::from(part) + 1.0) }
    }

    fn middle(self) -> f64 {
        (self.min + self.max) / 2.0
    }
}

/// Part of the globe: parts of both ranges, which both have `2^steps` of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cell {
    lon: u32,
    lat: u32,
    steps: u32,
}

impl Cell {
    fn of(point: Point, steps: u32, lat: Range) -> Self {
        Self { lon: LON.part(point.lon, steps), lat: lat.part(point.lat, steps), steps }
    }

    /// The bits of both parts, taken in turns, the first of the longitude in front.
    fn woven(self) -> u64 {
        spread(self.lat) | spread(self.lon) << 1
    }

    fn bounds(self) -> (Range, Range) {
        (LON.bounds(self.lon, self.steps), LAT.bounds(self.lat, self.steps))
    }
}

/// Puts a zero before each bit.
fn spread(bits: u32) -> u64 {
    let mut wide = u64::from(bits);
    for (shift, mask) in [
        (16, 0x0000_ffff_0000_ffff),
        (8, 0x00ff_00ff_00ff_00ff),
        (4, 0x0f0f_0f0f_0f0f_0f0f),
        (2, 0x3333_3333_3333_3333),
        (1, 0x5555_5555_5555_5555),
    ] {
        wide = (wide | wide << shift) & mask;
    }
    wide
}

/// Takes every other bit, from the lowest on.
fn squeeze(wide: u64) -> u32 {
    let mut bits = wide & 0x5555_5555_5555_5555;
    for (shift, mask) in [
        (1, 0x3333_3333_3333_3333),
        (2, 0x0f0f_0f0f_0f0f_0f0f),
        (4, 0x00ff_00ff_00ff_00ff),
        (8, 0x0000_ffff_0000_ffff),
        (16, 0x0000_0000_ffff_ffff),
    ] {
        bits = (bits | bits >> shift) & mask;
    }
    #[expect(clippy::cast_possible_truncation, reason = "masked to 32 bits")]
    let bits = bits as u32;
    bits
}

impl Point {
    /// A place, if there is one on the map.
    pub(crate) fn new(lon: f64, lat: f64) -> Option<Self> {
        let on_map = (LON.min..=LON.max).contains(&lon) && (LAT.min..=LAT.max).contains(&lat);
        on_map.then_some(Self { lon, lat })
    }

    /// Its number, which is exact as a score.
    pub(crate) fn score(self) -> f64 {
        Cell::of(self, STEPS, LAT).woven() as f64
    }

    /// The middle of the place that a score stands for. Any score stands for one, such as the processor makes a number
    /// of it.
    pub(crate) fn of_score(score: f64) -> Self {
        let woven = bits_of(score);
        let cell = Cell { lon: squeeze(woven >> 1), lat: squeeze(woven), steps: STEPS };
        let (lon, lat) = cell.bounds();
        Self { lon: lon.middle().clamp(LON.min, LON.max), lat: lat.middle().clamp(LAT.min, LAT.max) }
    }

    /// The usual geohash text, of which the last letter is always `0`: 52 bits are ten letters and two bits more.
    pub(crate) fn geohash(self) -> [u8; 11] {
        const LETTERS: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";
        let woven = Cell::of(self, STEPS, ALL_LAT).woven();
        std::array::from_fn(|i| {
            let shift = (2 * STEPS).checked_sub(5 * (i + 1).to_le_bytes()[0] as u32);
            let letter = shift.map_or(0, |shift| (woven >> shift).to_le_bytes()[0] & 31);
            LETTERS[usize::from(letter)]
        })
    }

    /// Metres between two places along the surface (haversine).
    pub(crate) fn distance(self, other: Self) -> f64 {
        let (lon, other_lon) = (radians(self.lon), radians(other.lon));
        let v = ((other_lon - lon) / 2.0).sin();
        if v == 0.0 {
            return lat_distance(self.lat, other.lat);
        }
        let (lat, other_lat) = (radians(self.lat), radians(other.lat));
        let u = ((other_lat - lat) / 2.0).sin();
        let a = u * u + lat.cos() * other_lat.cos() * v * v;
        // Of opposite points the square is above 1 now and then; an arc sine of more than 1 would be no number, and no
        // score.
        2.0 * EARTH * a.sqrt().min(1.0).asin()
    }
}

/// Metres between two latitudes.
fn lat_distance(a: f64, b: f64) -> f64 {
    EARTH * (radians(b) - radians(a)).abs()
}

fn radians(degrees: f64) -> f64 {
    degrees * (std::f64::consts::PI / 180.0)
}

fn degrees(radians: f64) -> f64 {
    radians / (std::f64::consts::PI / 180.0)
}

/// A score as a number of 64 bits without sign, where C does not say how: as x86-64 does it.
fn bits_of(score: f64) -> u64 {
    const HALF: f64 = (1u64 << 63) as f64;
    let signed = |value: f64| {
        #[expect(clippy::cast_possible_truncation, reason = "what does not fit is told apart")]
        if (-HALF..HALF).contains(&value) { value as i64 } else { i64::MIN }
    };
    if score >= HALF { signed(score - HALF).cast_unsigned() ^ 1 << 63 } else { signed(score).cast_unsigned() }
}

/// A score as WITHHASH shows it.
pub(crate) fn shown_hash(score: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "scores that are found are below 2^53")]
    let hash = score as i64;
    hash
}

#[cfg(test)]
mod tests;
