//! What each command was called for: INFO commandstats.
//!
//! A client counts for itself, so that no two write to one cache line; who wants to know adds them up. Calls are counted
//! exactly. Their time is exact where the clock may be read for each, that is for clients whose thread serves others; of
//! clients in the process it is read for the first calls of a command, and then for one in [`SAMPLE`], which stands for all of
//! them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use super::Number;
use super::histogram::{Histogram, Histograms};
use super::session::Card;

/// Of so many calls one is timed.
const SAMPLE: u64 = 64;

/// What one client has called one command for.
pub(crate) struct Counter {
    number: Number,
    calls: AtomicU64,
    rejected: AtomicU64,
    failed: AtomicU64,
    /// Microseconds, and how many calls they stand for.
    us: AtomicU64,
    timed: AtomicU64,
    /// The command's, of all clients.
    histogram: Arc<Histogram>,
}

impl Counter {
    fn new(number: Number, histogram: Arc<Histogram>) -> Self {
        let zero = || AtomicU64::new(0);
        Self { number, calls: zero(), rejected: zero(), failed: zero(), us: zero(), timed: zero(), histogram }
    }
}

/// How a call ended, if not well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Outcome {
    #[default]
    Done,
    /// It answered an error.
    Failed,
    /// It was refused before it ran.
    Rejected,
}

/// Sums over clients.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sums {
    pub(crate) calls: u64,
    pub(crate) rejected: u64,
    pub(crate) failed: u64,
    us: u64,
    timed: u64,
}

impl Sums {
    /// Microseconds of a call.
    pub(crate) fn us_per_call(&self) -> f64 {
        if self.timed == 0 { 0.0 } else { self.us as f64 / self.timed as f64 }
    }

    /// Microseconds of all calls; of those that were not timed, as long as the others took.
    pub(crate) fn us(&self) -> u64 {
        let all = u128::from(self.us) * u128::from(self.calls);
        all.checked_div(u128::from(self.timed)).and_then(|us| u64::try_from(us).ok()).unwrap_or(0)
    }

    pub(crate) fn add_calls(&mut self, calls: u64) {
        self.calls += calls;
    }

    fn add(&mut self, counter: &Counter) {
        let load = |from: &AtomicU64| from.load(Ordering::Relaxed);
        self.calls += load(&counter.calls);
        self.rejected += load(&counter.rejected);
        self.failed += load(&counter.failed);
        self.us += load(&counter.us);
        self.timed += load(&counter.timed);
    }
}

/// The counters of one client, in its own hands. The card has them, too.
pub(crate) struct Counters {
    /// That of the command that was called last; none was if its number is 0.
    front: Arc<Counter>,
    others: Vec<Arc<Counter>>,
    histograms: Arc<Histograms>,
}

impl Counters {
    /// Nothing was called yet. Times are counted in these histograms, too.
    pub(crate) fn new(histograms: Arc<Histograms>) -> Self {
        static NONE: LazyLock<Arc<Counter>> = LazyLock::new(|| Arc::new(Counter::new(0, Arc::default())));
        Self { front: Arc::clone(&NONE), others: Vec::new(), histograms }
    }

    /// A call begins: the one look-up of its counter. Answers how many calls it stands for if it is to be timed, otherwise 0.
    #[inline]
    pub(crate) fn begin(&mut self, card: &Card, number: Number, exact: bool) -> u64 {
        self.of(card, number);
        if exact {
            return 1;
        }
        let before = self.front.calls.load(Ordering::Relaxed);
        if before < SAMPLE {
            1
        } else if before.is_multiple_of(SAMPLE) {
            SAMPLE
        } else {
            0
        }
    }

    /// The call that began last has ended: who asks for the counters is not in them yet. If it was timed, it took so long,
    /// and stands for so many.
    #[inline]
    pub(crate) fn end(&self, took: Option<u64>, weight: u64) {
        Card::count(&self.front.calls);
        if let Some(us) = took
            && weight > 0
        {
            self.took(us, weight);
        }
    }

    #[inline(never)]
    fn took(&self, us: u64, weight: u64) {
        let counter = &*self.front;
        Card::add(&counter.us, us.saturating_mul(weight));
        Card::add(&counter.timed, weight);
        if self.histograms.tracking() {
            counter.histogram.add(us, weight);
        }
    }

    /// The call that was counted last ended so.
    #[cold]
    pub(crate) fn ended(&mut self, card: &Card, number: Number, outcome: Outcome) {
        let counter = self.of(card, number);
        match outcome {
            Outcome::Done => {}
            Outcome::Failed => Card::count(&counter.failed),
            Outcome::Rejected => {
                Card::count(&counter.rejected);
                Card::add(&counter.calls, u64::MAX);
            }
        }
    }

    /// A call was refused that was not counted.
    #[cold]
    pub(crate) fn rejected(&mut self, card: &Card, number: Number) {
        Card::count(&self.of(card, number).rejected);
    }

    #[inline]
    fn of(&mut self, card: &Card, number: Number) -> &Counter {
        if self.front.number != number {
            self.bring(card, number);
        }
        &self.front
    }

    /// Brings a counter to the front.
    #[inline(never)]
    fn bring(&mut self, card: &Card, number: Number) {
        if let Some(found) = self.others.iter_mut().find(|counter| counter.number == number) {
            return std::mem::swap(&mut self.front, found);
        }
        let counter = Arc::new(Counter::new(number, self.histograms.of(number)));
        card.counters.lock().push(Arc::clone(&counter));
        let before = std::mem::replace(&mut self.front, counter);
        if before.number != 0 {
            self.others.push(before);
        }
    }
}

/// Adds up what a client has called.
pub(crate) fn sum(of: &Card, into: &mut BTreeMap<Number, Sums>) {
    for counter in &*of.counters.lock() {
        into.entry(counter.number).or_default().add(counter);
    }
    for (name, calls) in super::session::TYPED.iter().zip(&of.typed_calls) {
        let calls = calls.load(Ordering::Relaxed);
        if calls > 0
            && let Some((number, _)) = super::find_numbered(name.as_bytes())
        {
            into.entry(number).or_default().add_calls(calls);
        }
    }
}

/// Forgets what a client has called.
pub(crate) fn reset(of: &Card) {
    for counter in &*of.counters.lock() {
        for number in [&counter.calls, &counter.rejected, &counter.failed, &counter.us, &counter.timed] {
            number.store(0, Ordering::Relaxed);
        }
    }
    of.typed_calls.iter().for_each(|calls| calls.store(0, Ordering::Relaxed));
}
