use std::sync::mpsc;

use super::raw::Heap;
use super::raw::held::Held;
use super::*;
use crate::base::rng::Rng;

fn size(rng: &mut Rng) -> usize {
    let most = match rng.below(10) {
        0 => LARGEST as u64 * 2,
        1..4 => LARGEST as u64,
        _ => FINE as u64,
    };
    usize::try_from(rng.below(most)).unwrap()
}

/// What is left when every block was freed: the spare chunks.
fn assert_returned(heap: &Heap) {
    assert_eq!(heap.live(), 0);
    assert!(heap.reserved() <= 16 * CHUNK, "{} bytes", heap.reserved());
}

#[test]
fn classes_are_close_to_what_is_asked_for() {
    assert_eq!(usable(88), 88);
    for size in 0..=LARGEST {
        let class = class_of(size).unwrap();
        let room = usize::from(SIZES[class]);
        assert!(room >= size && (class == 0 || usize::from(SIZES[class - 1]) < size), "{size}");
        assert!(room <= FINE || room.is_multiple_of(2 * STEP));
        assert!(size < 16 || room - size < STEP || (room - size) * 6 < room, "{size} in {room}");
        assert!(size < FINE || CHUNK % room < room / 4 + 16 * (CHUNK / room), "{room} does not fit a chunk");
        assert_eq!(cost(size), room);
    }
    assert_eq!(class_of(LARGEST + 1), None);
    for size in LARGEST + 1..LARGEST + 100 {
        assert!((size..size + 16).contains(&usable(size)) && cost(size) == usable(size) + 16);
    }
}

#[test]
fn blocks_keep_apart_and_come_back() {
    let rounds = if cfg!(miri) { 300 } else { 60_000 };
    let heap = Heap::new();
    let mut rng = Rng::new(5);
    let mut held: Vec<Held> = Vec::new();
    for phase in 0..4 {
        for round in 0..rounds {
            let grow = rng.below(10) < if phase % 2 == 0 { 7 } else { 3 };
            if grow || held.is_empty() {
                let fill = u8::try_from(rng.below(256)).unwrap();
                held.push(Held::new(heap.place(round % 20), size(&mut rng), fill));
            } else {
                let i = usize::try_from(rng.below(held.len() as u64)).unwrap();
                if rng.below(4) == 0 {
                    held[i] = held[i].again(size(&mut rng));
                } else {
                    held.swap_remove(i);
                }
            }
        }
        assert_eq!(heap.live(), held.len());
        held.iter().for_each(Held::check);
        let mut ranges: Vec<_> = held.iter().map(Held::range).collect();
        ranges.sort_unstable();
        assert!(ranges.windows(2).all(|w| w[0].1 <= w[1].0), "two blocks overlap");
    }
    held.clear();
    assert_returned(&heap);
}

#[test]
fn a_heap_uses_little_more_than_its_blocks() {
    let count = if cfg!(miri) { 600 } else { 200_000 };
    let heap = Heap::new();
    let mut held: Vec<Held> = (0..count).map(|_| Held::new(heap.place(1), 88, 1)).collect();
    let used = count * 88;
    assert!(heap.reserved() < used + used / 80 + CHUNK, "{} for {used}", heap.reserved());
    // The last ones fill whole chunks, so removing them gives those back.
    held.truncate(count / 4);
    assert!(heap.reserved() < used / 4 + used / 80 + 2 * CHUNK, "{} for {}", heap.reserved(), used / 4);
    drop(held);
    assert_returned(&heap);
}

#[test]
fn memory_is_found_again_after_it_went_back() {
    let count = if cfg!(miri) { 300 } else { 100_000 };
    let heap = Heap::new();
    for round in 0..3 {
        let held: Vec<Held> = (0..count).map(|i| Held::new(heap.place(i), 40, round)).collect();
        drop(held);
        assert_returned(&heap);
    }
}

#[test]
fn others_may_free() {
    let count = if cfg!(miri) { 60 } else { 40_000 };
    let heap = Heap::new();
    std::thread::scope(|scope| {
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..3).map(|_| mpsc::channel::<Held>()).unzip();
        for (seed, receiver) in receivers.into_iter().enumerate() {
            // Each allocates, hands half to the others, and frees what it gets, in another order.
            let (senders, heap) = (senders.clone(), &heap);
            scope.spawn(move || {
                let mut rng = Rng::new(seed as u64);
                let mut kept = Vec::new();
                for i in 0..count {
                    let one = Held::new(heap.place(i % 3), size(&mut rng), u8::try_from(seed).unwrap());
                    match rng.below(4) {
                        to @ 0..3 if usize::try_from(to).unwrap() != seed => {
                            // The other one may have ended.
                            let _ = senders[usize::try_from(to).unwrap()].send(one);
                        }
                        _ => kept.push(one),
                    }
                    if i % 16 == 0 {
                        kept.extend(receiver.try_iter());
                        let keep = usize::try_from(rng.below(200)).unwrap();
                        if kept.len() > keep {
                            kept.drain(keep / 2..);
                        }
                    }
                }
            });
        }
        drop(senders);
    });
    assert_returned(&heap);
}

#[test]
fn sparse_chunks_are_emptied_by_moving_what_is_in_them() {
    let count = if cfg!(miri) { 600 } else { 100_000 };
    let heap = Heap::new();
    let mut rng = Rng::new(8);
    let sizes = [24, 88, 300, LARGEST * 2];
    let mut held: Vec<Held> = (0..count)
        .map(|i| {
            let one = usize::try_from(rng.below(200)).unwrap();
            Held::new(
                heap.place(i % 3),
                sizes[if one == 0 { 3 } else { one % 3 }],
                u8::try_from(i % 256).unwrap(),
            )
        })
        .collect();
    let full = heap.reserved();
    let (idle, chunks) = heap.idle_chunks();
    assert!(idle * 20 <= chunks, "{idle} of {chunks}");
    held.retain(|_| rng.below(10) == 0);
    let live = heap.live();
    assert_eq!(live, held.len());
    let (idle, chunks) = heap.idle_chunks();
    assert!(cfg!(miri) || idle * 10 > chunks * 8, "{idle} of {chunks}");
    let moved = held.iter_mut().filter_map(|one| one.relocate().then_some(())).count();
    assert!(moved <= live && (cfg!(miri) || moved > live / 2), "{moved} of {live}");
    assert_eq!(heap.live(), live);
    heap.release_emptied();
    // A class of a stripe has one chunk that is being filled; the others are full to three quarters.
    assert!(cfg!(miri) || heap.reserved() < full / 5, "{} of {full}", heap.reserved());
    held.iter().for_each(Held::check);
    let mut ranges: Vec<_> = held.iter().map(Held::range).collect();
    ranges.sort_unstable();
    assert!(ranges.windows(2).all(|w| w[0].1 <= w[1].0), "two blocks overlap");
    // Once is enough.
    let again = held.iter_mut().filter_map(|one| one.relocate().then_some(())).count();
    assert!(again * 20 <= live.max(20), "{again} of {live} moved again");
    // New blocks use what was emptied and not given back.
    held.extend((0..count).map(|i| Held::new(heap.place(i), 88, 3)));
    held.clear();
    heap.release_emptied();
    assert_returned(&heap);
}

#[test]
fn regions_are_made_ready_while_the_heap_grows() {
    if cfg!(miri) {
        return;
    }
    let heap = Heap::new();
    heap.prepare();
    let mut held = Vec::new();
    for round in 0..6 {
        heap.set_eager(round == 3);
        held.extend((0..30_000).map(|i| Held::new(heap.place(i), 400, round)));
        heap.prepare();
    }
    assert!(heap.ready() > 0);
    held.iter().for_each(Held::check);
    let mut ranges: Vec<_> = held.iter().map(Held::range).collect();
    ranges.sort_unstable();
    assert!(ranges.windows(2).all(|w| w[0].1 <= w[1].0), "two blocks overlap");
    // Nobody needs them after all.
    while heap.prepare() {}
    (0..100).for_each(|_| assert!(!heap.prepare()));
    assert_eq!(heap.ready(), 0);
    held.extend((0..90_000).map(|i| Held::new(heap.place(i), 400, 9)));
    heap.prepare();
    assert!(heap.ready() > 0);
    held.clear();
    assert_returned(&heap);
}
