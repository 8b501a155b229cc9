//! How long the calls of a command took: LATENCY HISTOGRAM and INFO latencystats.
//!
//! Times fall into the places of a histogram of nanoseconds with two digits, as Redis's do: below 132 us each microsecond
//! has its own, above there are 128 to a doubling. Redis's takes 24 KiB a command; here a place is made, with its
//! neighbours, when a call falls into it. A command's histogram is one for all clients, in as many parts as there are
//! threads, so that no two count in one cache line.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use super::Number;

/// Parts; more threads share them.
const STRIPES: usize = 8;
/// Microseconds below this have places of their own.
const EXACT: u64 = PLACES as u64;
/// Places of a chunk.
const PLACES: usize = 132;
/// Of longer times, the one that makes no difference any more.
const MOST_US: u64 = 1_000_000;
/// The binary logarithm of the places to a doubling.
const DIGITS: u32 = 7;
/// The binary logarithm of `EXACT`'s nanoseconds, rounded down.
const FIRST: u32 = 17;
/// One for what is exact, one for each doubling.
const CHUNKS: usize = 14;

type Chunk = [AtomicU64; PLACES];

/// What one thread, or several, have counted.
#[derive(Default)]
struct Stripe([OnceLock<Box<Chunk>>; CHUNKS]);

/// Times of one command.
#[derive(Default)]
pub(crate) struct Histogram([OnceLock<Box<Stripe>>; STRIPES]);

/// Where a time is counted: the chunk, and the place in it.
#[expect(clippy::cast_possible_truncation, reason = "below PLACES of a chunk")]
fn place_of(us: u64) -> (usize, usize) {
    if us < EXACT {
        return (0, us as usize);
    }
    let ns = us.min(MOST_US) * 1000;
    let log = ns.ilog2();
    ((log - FIRST + 1) as usize, (ns >> (log - DIGITS)) as usize & ((1 << DIGITS) - 1))
}

/// The least and the greatest number of nanoseconds that are counted in the same place as this number.
fn equal_to(ns: u64) -> (u64, u64) {
    let ns = ns.max(1);
    let width = 1_u64 << ns.ilog2().saturating_sub(DIGITS);
    (ns & !(width - 1), ns | (width - 1))
}

/// The least and the greatest number of nanoseconds of a place.
fn bounds(chunk: usize, place: usize) -> (u64, u64) {
    if chunk == 0 {
        return equal_to(place as u64 * 1000);
    }
    equal_to(((1 << DIGITS) + place as u64) << (FIRST - DIGITS) << (chunk - 1))
}

/// The part that the calling thread counts in.
fn stripe() -> usize {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static MINE: usize = THREADS.fetch_add(1, Ordering::Relaxed) % STRIPES);
    MINE.try_with(|mine| *mine).unwrap_or(0)
}

impl Histogram {
    /// So many calls took so long.
    pub(crate) fn add(&self, us: u64, calls: u64) {
        let (chunk, place) = place_of(us);
        let stripe = self.0[stripe()].get_or_init(Box::default);
        let chunk = stripe.0[chunk].get_or_init(|| Box::new([const { AtomicU64::new(0) }; PLACES]));
        chunk[place].fetch_add(calls, Ordering::Relaxed);
    }

    /// Every chunk there is, with its number.
    fn chunks(&self) -> impl Iterator<Item = (usize, &Chunk)> {
        let stripes = self.0.iter().filter_map(OnceLock::get);
        stripes.flat_map(|stripe| {
            stripe.0.iter().enumerate().filter_map(|(at, chunk)| Some((at, &**chunk.get()?)))
        })
    }

    /// What it holds now.
    pub(crate) fn times(&self) -> Times {
        let mut places = BTreeMap::<(usize, usize), u64>::new();
        for (at, chunk) in self.chunks() {
            for (place, count) in chunk.iter().enumerate() {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    *places.entry((at, place)).or_default() += count;
                }
            }
        }
        let places: Vec<_> = places
            .into_iter()
            .map(|((chunk, place), count)| {
                let (low, high) = bounds(chunk, place);
                Place { low, high, count }
            })
            .collect();
        Times { calls: places.iter().map(|place| place.count).sum(), places }
    }

    fn reset(&self) {
        self.chunks().flat_map(|(_, chunk)| chunk).for_each(|count| count.store(0, Ordering::Relaxed));
    }
}

/// Calls that took equally long, as far as is known, in nanoseconds.
struct Place {
    low: u64,
    high: u64,
    count: u64,
}

/// How long the calls of a command took, by rising times.
pub(crate) struct Times {
    /// How many there were.
    pub(crate) calls: u64,
    places: Vec<Place>,
}

impl Times {
    /// Microseconds in which so many of a hundred calls were done.
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "no more than the calls")]
        let wanted = ((percent / 100.0 * self.calls as f64 + 0.5) as u64).max(1);
        let mut seen = 0;
        let found = self.places.iter().find(|place| {
            seen += place.count;
            seen >= wanted
        });
        let ns = found.map_or(0, |place| if percent == 0.0 { place.low } else { place.high });
        ns as f64 / 1000.0
    }

    /// Microseconds, twice as many in each step, and how many calls took no longer; steps in which there are no more
    /// calls are left out.
    pub(crate) fn doublings(&self) -> Vec<(u64, u64)> {
        let mut steps = Vec::new();
        let mut places = self.places.iter().peekable();
        let mut seen = 0;
        for log in 10..=30 {
            // The last one is what the histogram ends with.
            let high = if log == 30 { u64::MAX } else { equal_to(1 << log).1 };
            let before = seen;
            while let Some(place) = places.next_if(|place| place.high <= high) {
                seen += place.count;
            }
            if seen > before {
                steps.push((high.min((1 << 30) - 1) / 1000, seen));
            }
        }
        steps
    }
}

/// The histograms of all commands of a database.
pub(crate) struct Histograms {
    /// `latency-tracking`.
    tracking: AtomicBool,
    all: Mutex<BTreeMap<Number, Arc<Histogram>>>,
}

impl Histograms {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self { tracking: AtomicBool::new(true), all: Mutex::default() }
    }

    /// `latency-tracking`.
    pub(crate) fn set_tracking(&self, on: bool) {
        self.tracking.store(on, Ordering::Relaxed);
    }

    /// Whether calls are counted.
    #[inline]
    pub(crate) fn tracking(&self) -> bool {
        self.tracking.load(Ordering::Relaxed)
    }

    /// A command's own.
    pub(crate) fn of(&self, number: Number) -> Arc<Histogram> {
        Arc::clone(self.all.lock().entry(number).or_default())
    }

    /// The commands that were called, with their times.
    pub(crate) fn called(&self) -> Vec<(Number, Times)> {
        let all: Vec<_> = self.all.lock().iter().map(|(number, of)| (*number, Arc::clone(of))).collect();
        let times = all.into_iter().map(|(number, of)| (number, of.times()));
        times.filter(|(_, times)| times.calls > 0).collect()
    }

    /// Forgets all times.
    pub(crate) fn reset(&self) {
        self.all.lock().values().for_each(|histogram| histogram.reset());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_is_in_a_place_that_holds_it_and_places_do_not_overlap() {
        let mut last = (0, 0);
        for us in 0..=MOST_US + 5 {
            let (chunk, place) = place_of(us);
            let (low, high) = bounds(chunk, place);
            let ns = (us.min(MOST_US) * 1000).max(1);
            assert!(low <= ns && ns <= high, "{us}: {low} {high}");
            assert!((low, high) == last || low > last.1, "{us}");
            assert!((high - low) as f64 <= low as f64 / 127.0);
            last = (low, high);
        }
    }

    // As redis7-server told for calls that took these times.
    #[test]
    fn percentiles_and_doublings_are_redis_ones() {
        let of = |times: &[u64]| {
            let histogram = Histogram::default();
            times.iter().for_each(|us| histogram.add(*us, 1));
            histogram.times()
        };
        for (us, shown) in
            [(0, 0.001), (1, 1.003), (3, 3.007), (4, 4.015), (12, 12.031), (24, 24.063), (103, 103.423)]
        {
            assert_eq!(of(&[us]).percentile(50.0), shown);
        }
        let times = of(&[24, 4, 4, 4]);
        assert_eq!(times.percentile(0.0), 4.000);
        assert_eq!(times.percentile(75.0), 4.015);
        assert_eq!(times.percentile(99.9), 24.063);
        assert_eq!(of(&[24]).percentile(0.0), 23.936);
        let times = of(&[0, 1, 2, 33, 130, 200, 1200, 5120, 20_000, 100_000, 1_300_000]);
        let wanted = [
            (1, 2),
            (2, 3),
            (33, 4),
            (132, 5),
            (264, 6),
            (2113, 7),
            (8454, 8),
            (33_816, 9),
            (135_266, 10),
            (1_073_741, 11),
        ];
        assert_eq!(times.doublings(), wanted);
    }

    #[test]
    fn threads_lose_nothing() {
        let histograms = Histograms::new();
        std::thread::scope(|scope| {
            for _ in 0..12 {
                scope.spawn(|| {
                    let histogram = histograms.of(256);
                    (0..1000).for_each(|us| histogram.add(us, 2));
                });
            }
        });
        let called = histograms.called();
        assert_eq!((called.len(), called[0].0, called[0].1.calls), (1, 256, 24_000));
        histograms.reset();
        assert!(histograms.called().is_empty());
    }
}
