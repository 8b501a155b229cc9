//! How busy a thread is, and when connections should move: to one thread more when it has more than it can do and the system
//! has an idle processor, to one fewer when the last has little to do.
//!
//! A request that finds its thread awake costs no wake-up, and threads that take processors from the clients on the same
//! machine help nobody: so as few threads as can do the work have connections.

/// How long a look is.
const WINDOW_US: u64 = 100_000;
/// Windows, one after the other, that say the same before connections move.
const FULL: u32 = 3;
const CROWDED: u32 = 5;
/// Calm time before they move back.
const CALM_US: u64 = 2_000_000;

/// What to do with connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Advice {
    Stay,
    /// Half of them to a thread more.
    Spread,
    /// All of them back, if this is the last thread that has some.
    Gather,
}

/// What the system has.
#[derive(Debug, Clone, Copy)]
pub(super) struct System {
    pub(super) processors: u64,
    /// Microseconds that they were idle since it started, if it tells.
    pub(super) idle_us: fn() -> Option<u64>,
}

/// How much of the processors was idle in a window, in thousandths of one.
#[derive(Debug, Clone, Copy)]
enum Idle {
    /// There was no look at its beginning, or at its end.
    Unseen,
    /// The system does not tell.
    Untold,
    Share(u64),
}

/// See the module.
pub(super) struct Load {
    system: System,
    from_us: u64,
    slept_us: u64,
    /// Of the window before, if there was a look: what the system told.
    idle_then: Option<Option<u64>>,
    full: u32,
    crowded: u32,
    calm_us: u64,
}

impl Load {
    pub(super) fn new(now_us: u64, system: System) -> Self {
        Self { system, from_us: now_us, slept_us: 0, idle_then: None, full: 0, crowded: 0, calm_us: 0 }
    }

    /// It waited for so long.
    pub(super) fn slept(&mut self, us: u64) {
        self.slept_us = self.slept_us.saturating_add(us);
    }

    /// What its last window says, if that is over; `gathers` of a thread that may give its connections back. `total` takes how busy this thread was, and answers how busy all of them
    /// are, both in thousandths of a processor.
    pub(super) fn advice(&mut self, now_us: u64, gathers: bool, total: impl FnOnce(u64) -> u64) -> Advice {
        let took = now_us.saturating_sub(self.from_us);
        if took < WINDOW_US {
            return Advice::Stay;
        }
        let share = |us: u64| us.saturating_mul(1000) / took;
        let busy = share(took.saturating_sub(self.slept_us));
        let total = total(busy);
        (self.from_us, self.slept_us) = (now_us, 0);
        // The look costs a system call or more: only where it is needed.
        let look = (busy > 900 || gathers).then(self.system.idle_us);
        let idle = match (std::mem::replace(&mut self.idle_then, look), look) {
            (Some(before), Some(now)) => {
                let idle = before.zip(now).map(|(before, now)| share(now.saturating_sub(before)));
                idle.map_or(Idle::Untold, Idle::Share)
            }
            _ => Idle::Unseen,
        };
        let count = |counter: &mut u32, more: bool, enough: u32| {
            *counter = if more { *counter + 1 } else { 0 };
            let reached = *counter >= enough;
            if reached {
                *counter = 0;
            }
            reached
        };
        // A processor is there for one more, or the system does not tell.
        let room = match idle {
            Idle::Unseen => false,
            Idle::Untold => true,
            Idle::Share(idle) => idle > 750,
        };
        if count(&mut self.full, busy > 900 && room, FULL) {
            return Advice::Spread;
        }
        // No processor is idle, and it is not the server that uses them.
        let others = matches!(idle, Idle::Share(idle) if idle < 250)
            && total < self.system.processors.saturating_mul(750);
        if count(&mut self.crowded, others, CROWDED) {
            return Advice::Gather;
        }
        self.calm_us = if busy < 250 { self.calm_us.saturating_add(took) } else { 0 };
        if self.calm_us >= CALM_US {
            self.calm_us = 0;
            return Advice::Gather;
        }
        Advice::Stay
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        static IDLE: Cell<Option<u64>> = const { Cell::new(None) };
    }

    /// Windows in which so many microseconds were slept, and processors idle; all threads together do `total`.
    fn windows(load: &mut Load, count: usize, slept: u64, idle: u64, total: u64) -> Vec<Advice> {
        let window = |_| {
            IDLE.set(IDLE.get().map(|us| us + idle));
            load.slept(slept);
            let from = load.from_us;
            load.advice(from + WINDOW_US, true, |_| total)
        };
        (0..count).map(window).collect()
    }

    #[test]
    fn connections_spread_to_idle_processors_and_come_back_from_crowded_ones() {
        use Advice::{Gather, Spread, Stay};
        let mut load = Load::new(0, System { processors: 4, idle_us: || IDLE.get() });
        IDLE.set(Some(0));
        assert_eq!(load.advice(WINDOW_US / 2, true, |_| panic!("its window is not over")), Stay);
        // The first one has nothing to compare with.
        assert_eq!(windows(&mut load, 4, 5_000, 80_000, 1000), [Stay, Stay, Stay, Spread]);
        assert_eq!(
            windows(&mut load, 7, 5_000, 80_000, 2000),
            [Stay, Stay, Spread, Stay, Stay, Spread, Stay]
        );
        // The server fills the processors by itself.
        assert_eq!(windows(&mut load, 9, 5_000, 10_000, 3600), [Stay; 9]);
        // Others do.
        assert_eq!(windows(&mut load, 5, 5_000, 10_000, 2000), [Stay, Stay, Stay, Stay, Gather]);
        // Half of the time.
        assert_eq!(windows(&mut load, 30, 50_000, 80_000, 1000), [Stay; 30]);
        let calm = windows(&mut load, 20, 90_000, 80_000, 1000);
        assert_eq!((&calm[..19], calm[19]), (&[Stay; 19][..], Gather));
        // Where the system does not tell, whoever is full spreads.
        IDLE.set(None);
        assert_eq!(windows(&mut load, 3, 0, 0, 1000), [Stay, Stay, Spread]);
    }

    #[test]
    fn the_system_is_asked_only_by_a_full_thread_and_one_that_may_gather() {
        thread_local! {
            static ASKED: Cell<u32> = const { Cell::new(0) };
        }
        let idle_us = || {
            ASKED.set(ASKED.get() + 1);
            Some(u64::from(ASKED.get()) * 80_000)
        };
        let mut load = Load::new(0, System { processors: 4, idle_us });
        let mut window = |gathers, slept| {
            load.slept(slept);
            let from = load.from_us;
            (load.advice(from + WINDOW_US, gathers, |busy| busy), ASKED.get())
        };
        assert_eq!([false; 3].map(|gathers| window(gathers, 50_000)), [(Advice::Stay, 0); 3]);
        assert_eq!(window(true, 50_000), (Advice::Stay, 1));
        // Full, at last: after the first window there is something to compare with.
        assert_eq!(window(false, 50_000), (Advice::Stay, 1));
        let full = [0; 4].map(|slept| window(false, slept));
        assert_eq!(full, [(Advice::Stay, 2), (Advice::Stay, 3), (Advice::Stay, 4), (Advice::Spread, 5)]);
    }
}
