//! Each test runs its threads in many orders: some at random, some with few switches, which finds other mistakes. A failure
//! prints a schedule, which `shuttle::replay` takes.

use std::sync::Arc;

use shuttle::sync::Mutex;
use shuttle::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use shuttle::thread;

use crate::base::clock::NOW;
use crate::seat::{Seat, Unblock, Woken};
use crate::signal::{self, Signal};

fn orders(test: impl Fn() + Send + Sync + Clone + 'static) {
    let many = std::env::var("ORDERS").ok().and_then(|n| n.parse().ok()).unwrap_or(1500);
    shuttle::check_random(test.clone(), many);
    shuttle::check_pct(test, many, 3);
}

/// A queue, who waits for it, and how others serve him: as the engine does under the lock of a key.
struct Queue {
    items: Mutex<(usize, Vec<(usize, u64)>)>,
    seats: Vec<Seat<usize>>,
    lost: AtomicUsize,
    over: AtomicBool,
}

impl Queue {
    fn new(seats: usize) -> Self {
        Self {
            items: Mutex::new((0, Vec::new())),
            seats: (0..seats).map(|_| Seat::new(None)).collect(),
            lost: AtomicUsize::new(0),
            over: AtomicBool::new(false),
        }
    }

    /// Puts an item there, and hands it to the first who waits.
    fn push(&self) {
        let mut items = self.items.lock().unwrap();
        items.0 += 1;
        for (who, ticket) in items.1.clone() {
            let seat = &self.seats[who];
            if items.0 == 0 || !seat.claim(ticket) {
                continue;
            }
            items.0 -= 1;
            items.1.retain(|one| *one != (who, ticket));
            seat.serve(1);
            seat.release();
        }
    }

    /// Looks at who waits, and has nothing for him after all.
    fn tease(&self) {
        let items = self.items.lock().unwrap();
        for (who, ticket) in items.1.clone() {
            if self.seats[who].claim(ticket) {
                self.seats[who].release();
            }
        }
    }

    /// Takes an item, or waits for one.
    fn pop(&self, who: usize, end_us: u64) -> Woken<usize> {
        let ticket = {
            let mut items = self.items.lock().unwrap();
            if items.0 > 0 {
                items.0 -= 1;
                return Woken::Served(Box::new(1));
            }
            let ticket = self.seats[who].begin();
            items.1.push((who, ticket));
            ticket
        };
        let woken = self.seats[who].sleep(end_us, || self.over.load(Ordering::SeqCst));
        if !matches!(woken, Woken::Served(_)) {
            self.items.lock().unwrap().1.retain(|one| *one != (who, ticket));
        }
        woken
    }

    fn end(&self) {
        self.over.store(true, Ordering::SeqCst);
        for seat in &self.seats {
            // As `Engine::wake_all`: a call between its look and its sleep is not missed.
            drop(seat.wait.lock());
            seat.rouse();
        }
    }
}

/// Whatever ends a wait, an item is taken by one or still there, and nobody is left in the line.
fn nothing_is_lost(disturb: impl Fn(&Queue) + Send + Sync + Copy + 'static) {
    orders(move || {
        NOW.store(0, Ordering::SeqCst);
        let queue = Arc::new(Queue::new(2));
        let pops: Vec<_> = (0..2)
            .map(|who| {
                let queue = Arc::clone(&queue);
                thread::spawn(move || {
                    let first = queue.pop(who, 10);
                    let second =
                        if matches!(first, Woken::Served(_)) { Some(queue.pop(who, 10)) } else { None };
                    [Some(first), second].iter().filter(|w| matches!(w, Some(Woken::Served(_)))).count()
                })
            })
            .collect();
        let pushes = thread::spawn({
            let queue = Arc::clone(&queue);
            move || (0..3).for_each(|_| queue.push())
        });
        let disturbs = thread::spawn({
            let queue = Arc::clone(&queue);
            move || disturb(&queue)
        });
        pushes.join().unwrap();
        disturbs.join().unwrap();
        queue.end();
        let taken: usize = pops.into_iter().map(|pop| pop.join().unwrap()).sum();
        let items = queue.items.lock().unwrap();
        assert_eq!(taken + items.0, 3, "taken, and still there");
        assert!(items.1.is_empty(), "somebody is left in the line");
        assert!(queue.seats.iter().all(|seat| !seat.wait.lock().is_held_up()));
    });
}

#[test]
fn an_interrupt_loses_nothing() {
    nothing_is_lost(|queue| queue.seats[0].interrupt());
}

#[test]
fn unblock_loses_nothing() {
    nothing_is_lost(|queue| {
        queue.seats[0].unblock(Unblock::Error);
        queue.seats[1].unblock(Unblock::Timeout);
    });
}

#[test]
fn the_end_of_the_time_loses_nothing() {
    nothing_is_lost(|queue| {
        NOW.store(20, Ordering::SeqCst);
        // What the system's clock does to a condition variable.
        queue.seats.iter().for_each(Seat::rouse);
    });
}

#[test]
fn a_look_in_vain_loses_nothing() {
    nothing_is_lost(Queue::tease);
}

/// Two who serve at once: the one who waits gets one answer, and the other one is told that there is nobody.
#[test]
fn one_of_two_serves() {
    orders(|| {
        let seat: Arc<Seat<usize>> = Arc::new(Seat::new(None));
        let ticket = seat.begin();
        let serves: Vec<_> = [1, 2]
            .map(|n| {
                let seat = Arc::clone(&seat);
                thread::spawn(move || {
                    let claimed = seat.claim(ticket);
                    if claimed {
                        seat.serve(n);
                        seat.release();
                    }
                    claimed
                })
            })
            .into();
        let woken = seat.sleep(u64::MAX, || false);
        assert!(matches!(woken, Woken::Served(_)));
        let claims = serves.into_iter().filter_map(|serve| serve.join().unwrap().then_some(())).count();
        assert_eq!(claims, 1);
    });
}

/// A reader of changes: sleeps until there are some, takes all, and misses none; its descriptor says the same.
#[test]
fn a_signal_misses_nothing() {
    orders(|| {
        let signal = Arc::new(Signal::new().unwrap());
        let written = Arc::new(AtomicUsize::new(0));
        let writers: Vec<_> = (0..2)
            .map(|_| {
                let (signal, written) = (Arc::clone(&signal), Arc::clone(&written));
                thread::spawn(move || {
                    for _ in 0..2 {
                        written.fetch_add(1, Ordering::SeqCst);
                        signal.set();
                    }
                })
            })
            .collect();
        let mut seen = 0;
        while seen < 4 {
            signal.begin();
            assert_eq!(signal.wait(u64::MAX), signal::Woken::Set);
            signal.clear();
            seen = written.load(Ordering::SeqCst);
        }
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        let readable = signal.wait(0) == signal::Woken::Set;
        assert_eq!(readable, signal.fd() == 1);
    });
}

/// Its end, and an interruption, find one who sleeps.
#[test]
fn a_signal_ends() {
    orders(|| {
        let signal = Arc::new(Signal::new().unwrap());
        let closes = thread::spawn({
            let signal = Arc::clone(&signal);
            move || {
                signal.interrupt();
                signal.close();
            }
        });
        signal.begin();
        let woken = signal.wait(u64::MAX);
        assert!(matches!(woken, signal::Woken::Interrupted | signal::Woken::Closed), "{woken:?}");
        assert_eq!(signal.wait(u64::MAX), signal::Woken::Closed);
        closes.join().unwrap();
    });
}
