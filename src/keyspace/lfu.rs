//! The 24 bits of an entry that tell how it was used: an LRU clock in seconds, or under an LFU policy a
//! logarithmic counter (Morris, 1978) with the minute of its last decay.

use crate::base::rng::Rng;

/// The counter a new key starts with, so that it is not evicted at once.
const INITIAL: u32 = 5;
const CLOCK_MASK: u32 = 0xff_ffff;
const MINUTE_MASK: u32 = 0xffff;

/// Seconds of Unix time as a 24-bit clock; wraps after 194 days.
pub(crate) fn lru_clock(now_ms: i64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "masked to 24 bits")]
    let clock = (now_ms / 1000) as u32;
    clock & CLOCK_MASK
}

/// Seconds between the clock in an entry and now.
pub(crate) fn idle_seconds(lru: u32, clock: u32) -> u32 {
    clock.wrapping_sub(lru) & CLOCK_MASK
}

fn minute(now_ms: i64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "masked to 16 bits")]
    let minute = (now_ms / 60_000) as u32;
    minute & MINUTE_MASK
}

/// The bits of a new key under an LFU policy.
pub(crate) fn lfu_new(now_ms: i64) -> u32 {
    (minute(now_ms) << 8) | INITIAL
}

/// The bits of a key whose counter is known.
pub(crate) fn with_count(now_ms: i64, counter: u8) -> u32 {
    (minute(now_ms) << 8) | u32::from(counter)
}

/// The clock of an entry that was not used for so many seconds.
pub(crate) fn clock_before(clock: u32, seconds: u32) -> u32 {
    clock.wrapping_sub(seconds) & CLOCK_MASK
}

/// The counter after the decay that the time since its last use asks for.
pub(crate) fn lfu_decayed(lru: u32, now_ms: i64, decay_minutes: u32) -> u32 {
    let counter = lru & 0xff;
    let passed = minute(now_ms).wrapping_sub(lru >> 8) & MINUTE_MASK;
    match passed.checked_div(decay_minutes) {
        Some(periods) => counter.saturating_sub(periods),
        None => counter,
    }
}

/// The bits after one more use: incremented with a probability that falls with the counter.
pub(crate) fn lfu_used(lru: u32, now_ms: i64, decay_minutes: u32, log_factor: u32, rng: &mut Rng) -> u32 {
    let mut counter = lfu_decayed(lru, now_ms, decay_minutes);
    if counter < 255 {
        let odds = u64::from(counter.saturating_sub(INITIAL)) * u64::from(log_factor) + 1;
        counter += u32::from(rng.below(odds) == 0);
    }
    (minute(now_ms) << 8) | counter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_wraps() {
        assert_eq!(idle_seconds(CLOCK_MASK, 4), 5);
        assert_eq!(lru_clock(5_000), 5);
    }

    #[test]
    fn the_counter_grows_slowly_and_decays() {
        let mut rng = Rng::new(1);
        let mut lru = lfu_new(0);
        for _ in 0..1_000 {
            lru = lfu_used(lru, 0, 1, 10, &mut rng);
        }
        let after = lfu_decayed(lru, 0, 1);
        assert!((10..40).contains(&after), "{after}");
        assert_eq!(lfu_decayed(lru, 3 * 60_000, 1), after - 3);
        assert_eq!(lfu_decayed(lru, 3 * 60_000, 0), after);
        assert_eq!(lfu_decayed(lru, 4 * 3_600_000, 1), 0);
    }
}
