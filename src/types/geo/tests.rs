use super::search::Shape;
use super::*;
use crate::base::rng::Rng;

fn point(lon: f64, lat: f64) -> Point {
    Point::new(lon, lat).unwrap()
}

fn random(rng: &mut Rng) -> Point {
    let mut part = || rng.below(1 << 53) as f64 / (1u64 << 53) as f64;
    point(part() * 360.0 - 180.0, part() * 170.0 - 85.0)
}

#[test]
fn the_numbers_of_redis() {
    let (palermo, catania) = (point(13.361389, 38.115556), point(15.087269, 37.502669));
    assert_eq!(palermo.score(), 3_479_099_956_230_698.0);
    assert_eq!(catania.score(), 3_479_447_370_796_909.0);
    let (palermo, catania) = (Point::of_score(palermo.score()), Point::of_score(catania.score()));
    assert_eq!(
        format!("{:.17} {:.17}", palermo.lon, palermo.lat),
        "13.36138933897018433 38.11555639549629859"
    );
    assert_eq!(format!("{:.4}", palermo.distance(catania)), "166274.1516");
    assert_eq!((&palermo.geohash(), &catania.geohash()), (b"sqc8b49rny0", b"sqdtr74hyu0"));
}

#[test]
fn the_ends_of_the_map() {
    assert_eq!(point(180.0, 85.051_128_78).score(), 13_510_798_882_111_488.0);
    let corner = Point::of_score(13_510_798_882_111_488.0);
    assert_eq!((corner.lon, corner.lat), (180.0, 85.051_128_78));
    for (lon, lat) in [(180.1, 0.0), (0.0, 85.06), (f64::NAN, 0.0), (0.0, f64::NEG_INFINITY)] {
        assert_eq!(Point::new(lon, lat), None);
    }
    // What a processor makes of scores that are no places.
    assert_eq!(
        [-1.0, 1.5, f64::INFINITY, f64::NEG_INFINITY, 1e300].map(bits_of),
        [u64::MAX, 1, 0, 1 << 63, 0]
    );
    for score in [-1.0, f64::INFINITY, f64::NEG_INFINITY, 1e300, -0.0, 9e18, 1.9e19] {
        let place = Point::of_score(score);
        assert!(place.lon.abs() <= 180.0 && place.lat.abs() <= LAT.max && place.distance(corner) >= 0.0);
        let _ = (place.geohash(), shown_hash(score));
    }
}

#[test]
fn weaving_is_undone() {
    let mut rng = Rng::new(4);
    for _ in 0..2000 {
        let (a, b) = (rng.next_u64() >> 38, rng.next_u64() >> 38);
        let (a, b) = (u32::try_from(a).unwrap(), u32::try_from(b).unwrap());
        let woven = spread(a) | spread(b) << 1;
        assert_eq!((squeeze(woven), squeeze(woven >> 1)), (a, b));
    }
    for _ in 0..2000 {
        let place = random(&mut rng);
        let again = Point::of_score(place.score());
        assert!(place.distance(again) < 0.6, "{place:?} {again:?}");
        assert_eq!(again.score(), place.score());
    }
}

/// Every place inside is in one of the ranges, unless the shape reaches around a pole, and none twice.
#[test]
fn ranges_hold_what_is_inside() {
    let mut rng = Rng::new(8);
    for _ in 0..600 {
        let centre = Point { lat: rng.below(100) as f64 - 50.0, ..random(&mut rng) };
        let reach = 10f64.powi(i32::try_from(rng.below(7)).unwrap()) * (1 + rng.below(3)) as f64;
        let shape = if rng.below(2) == 0 { Shape::Circle(reach) } else { Shape::Box(reach, reach * 1.5) };
        let ranges: Vec<(f64, f64)> = shape.ranges(centre).collect();
        assert!(ranges.len() <= 9);
        for _ in 0..300 {
            let spread = reach / 100_000.0;
            let mut near = || (rng.below(2001) as f64 / 1000.0 - 1.0) * spread;
            let Some(place) = Point::new(centre.lon + near(), centre.lat + near()) else { continue };
            let score = place.score();
            let held = ranges.iter().filter(|(from, to)| (*from..*to).contains(&score)).count();
            let inside = shape.distance_inside(centre, Point::of_score(score));
            assert!(inside.is_none() || held == 1, "{place:?} from {centre:?} in {shape:?}: {held}");
            assert!(!inside.is_some_and(|distance| distance > 2.0 * reach));
        }
    }
}

#[test]
fn absurd_shapes() {
    for reach in [0.0, -0.0, 1e-300, 1e300, f64::INFINITY, f64::MAX] {
        for shape in [Shape::Circle(reach), Shape::Box(reach, 0.0), Shape::Box(reach, reach)] {
            for centre in [point(0.0, 0.0), point(180.0, 85.0), point(-180.0, -85.0), Point::of_score(-1.0)] {
                assert!(shape.ranges(centre).count() <= 9);
                let _ = shape.distance_inside(centre, point(1.0, 1.0));
            }
        }
    }
}
