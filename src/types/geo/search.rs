//! Which scores to look at for the places within a circle or a box, and which of those are inside.
//!
//! The globe is cut into cells about as large as what is searched; the one with the centre and its eight neighbours are
//! looked at, as far as they can hold anything. The order of the cells is the order of unsorted results.

use super::{Cell, EARTH, LAT, Point, STEPS, degrees, lat_distance, radians};

/// What is searched, in metres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Shape {
    /// Everything within this distance.
    Circle(f64),
    /// Everything within a box of this width and height.
    Box(f64, f64),
}

/// Half the length of the equator on a square map, in metres.
const HALF_EQUATOR: f64 = 20_037_726.37;

impl Shape {
    /// How far the farthest point is.
    fn reach(self) -> f64 {
        match self {
            Self::Circle(radius) => radius,
            Self::Box(width, height) => (width / 2.0 * (width / 2.0) + height / 2.0 * (height / 2.0)).sqrt(),
        }
    }

    /// How far it reaches to the sides, and up and down.
    fn halves(self) -> (f64, f64) {
        match self {
            Self::Circle(radius) => (radius, radius),
            Self::Box(width, height) => (width / 2.0, height / 2.0),
        }
    }

    /// The distance of a place from the centre, if it is inside.
    pub(crate) fn distance_inside(self, centre: Point, place: Point) -> Option<f64> {
        if let Self::Box(width, height) = self {
            let beside = Point { lon: centre.lon, lat: place.lat };
            if lat_distance(place.lat, centre.lat) > height / 2.0 || place.distance(beside) > width / 2.0 {
                return None;
            }
            return Some(centre.distance(place));
        }
        let distance = centre.distance(place);
        let is_outside = distance > self.reach();
        (!is_outside).then_some(distance)
    }

    /// The scores to look at, from the first of each pair up to but without the second.
    pub(crate) fn ranges(self, centre: Point) -> impl Iterator<Item = (f64, f64)> {
        let mut before = None;
        self.cells(centre).into_iter().flatten().filter_map(move |cell| {
            // All around a small world the neighbours are the same.
            let again = before.replace(cell) == Some(cell);
            (!again).then(|| scores(cell))
        })
    }

    /// The cell in the middle, then its neighbours in the north, south, east, west, north-east, north-west, south-east
    /// and south-west; without those that cannot hold anything.
    fn cells(self, centre: Point) -> [Option<Cell>; 9] {
        let mut steps = steps(self.reach(), centre.lat);
        let (low, high) = self.bounds(centre);
        let mut middle = Cell::of(centre, steps, LAT);
        if steps > 1 && are_narrow(middle, low, high) {
            steps -= 1;
            middle = Cell::of(centre, steps, LAT);
        }
        let mut moves =
            [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1)].map(Some);
        if steps >= 2 {
            let (lon, lat) = middle.bounds();
            let useless = |(x, y): (i32, i32)| {
                y < 0 && lat.min < low.lat
                    || y > 0 && lat.max > high.lat
                    || x < 0 && lon.min < low.lon
                    || x > 0 && lon.max > high.lon
            };
            for step in &mut moves {
                *step = step.filter(|step| !useless(*step));
            }
        }
        moves.map(|step| step.map(|(x, y)| middle.beside(x, y)))
    }

    /// The corners of a box around it all, south-west and north-east.
    fn bounds(self, centre: Point) -> (Point, Point) {
        let (width, height) = self.halves();
        let up = degrees(height / EARTH);
        let aside = |lat: f64| degrees(width / EARTH / radians(lat).cos());
        // The farther from the equator, the more degrees of longitude.
        let aside = if centre.lat < 0.0 { aside(centre.lat - up) } else { aside(centre.lat + up) };
        let low = Point { lon: centre.lon - aside, lat: centre.lat - up };
        (low, Point { lon: centre.lon + aside, lat: centre.lat + up })
    }
}

/// Into how many cells the globe is cut, so that one is at least as large as the reach.
fn steps(mut reach: f64, lat: f64) -> u32 {
    if reach == 0.0 {
        return STEPS;
    }
    let mut steps: u32 = 1;
    while reach < HALF_EQUATOR && steps <= 2 * STEPS {
        reach *= 2.0;
        steps += 1;
    }
    // Cells are smaller than they look near the poles.
    let fewer = 2 + u32::from(lat.abs() > 66.0) + u32::from(lat.abs() > 80.0);
    steps.saturating_sub(fewer).clamp(1, STEPS)
}

/// Whether the neighbours do not reach as far as a box.
fn are_narrow(middle: Cell, low: Point, high: Point) -> bool {
    let bounds = |x: i32, y: i32| middle.beside(x, y).bounds();
    bounds(0, 1).1.max < high.lat
        || bounds(0, -1).1.min > low.lat
        || bounds(1, 0).0.max < high.lon
        || bounds(-1, 0).0.min > low.lon
}

/// The scores of the places in a cell.
fn scores(cell: Cell) -> (f64, f64) {
    let shift = 2 * (STEPS - cell.steps);
    let woven = cell.woven();
    ((woven << shift) as f64, ((woven + 1) << shift) as f64)
}

impl Cell {
    /// The cell so many cells to the east and to the north, around the globe.
    fn beside(self, x: i32, y: i32) -> Self {
        let moved = |part: u32, by: i32| {
            let parts = 1u32 << self.steps;
            if by == 0 { part } else { part.wrapping_add_signed(by) & (parts - 1) }
        };
        Self { lon: moved(self.lon, x), lat: moved(self.lat, y), ..self }
    }
}
