//! The list against a vector, with chunks of every size.

use super::*;
use crate::base::rng::Rng;
use crate::types::test_seed;

fn below(rng: &mut Rng, n: usize) -> usize {
    usize::try_from(rng.below(n as u64)).unwrap()
}

/// What the texts of a list begin with, so that chunks have something in common, or not.
const BEGINNINGS: [&[u8]; 4] = [b"", b"job:", b"a longer beginning:", b"abc"];

/// Few different texts, so that searches find some; integers, texts, now and then a large one; hardly one without the
/// beginning.
fn text(rng: &mut Rng, beginning: &[u8]) -> Vec<u8> {
    let rest = match rng.below(40) {
        0..15 => rng.below(20).to_string().into_bytes(),
        15..20 => (rng.next_u64() as i64 >> rng.below(64)).to_string().into_bytes(),
        20..38 => vec![b'a' + u8::try_from(rng.below(4)).unwrap(); below(rng, 40)],
        38 => vec![b'x'; below(rng, 5000)],
        _ => vec![b'y'; 3000 + below(rng, 8000)],
    };
    if rng.below(200) == 0 { rest } else { [beginning, &rest].concat() }
}

fn compare(list: &List, twin: &[Vec<u8>]) {
    assert_eq!(list.len(), twin.len());
    assert_eq!(list.is_empty(), twin.is_empty());
    let forward: Vec<_> = list.iter().map(Element::to_vec).collect();
    assert!(forward == twin, "{:?} {:?}", forward.len(), twin.len());
    let mut back: Vec<_> = list.iter_back().map(Element::to_vec).collect();
    back.reverse();
    assert!(back == twin);
    assert_eq!(list.peek(End::Left).map(Element::to_vec), twin.first().cloned());
    assert_eq!(list.peek(End::Right).map(Element::to_vec), twin.last().cloned());
    let loose = Fill::new(-5, 1 << 30);
    match &list.0 {
        Repr::One(chunk) => chunk.check(loose),
        Repr::Many(many) => {
            assert!(!many.head.is_empty() && !many.tail.is_empty());
            many.head.check(loose);
            many.middle.check(loose);
            many.tail.check(loose);
            assert_eq!(many.len, many.head.len() + many.middle.len() + many.tail.len());
        }
    }
}

fn edit(
    rng: &mut Rng,
    list: &mut List,
    twin: &mut Vec<Vec<u8>>,
    fill: Fill,
    beginning: &[u8],
    growing: bool,
) {
    let end = if rng.below(2) == 0 { End::Left } else { End::Right };
    let at = below(rng, twin.len() + 1);
    let there = at < twin.len();
    match rng.below(16) {
        0..5 => {
            for _ in 0..below(rng, if growing { 30 } else { 5 }) {
                let text = text(rng, beginning);
                let (bytes, had) = (list.heap_bytes(), !list.is_empty());
                if rng.below(2) == 0 || !list.push_in_place(end, &text, fill) {
                    list.push(end, &text, fill);
                } else {
                    assert!(had && list.heap_bytes() == bytes);
                }
                twin.insert(if end == End::Left { 0 } else { twin.len() }, text);
            }
        }
        5..8 => {
            let text = text(rng, beginning);
            list.insert(at, &text, fill);
            twin.insert(at, text);
        }
        8..10 => {
            let text = text(rng, beginning);
            assert_eq!(list.set(at, &text, fill), there);
            if there {
                twin[at] = text;
            }
        }
        10 | 11 => {
            let n = below(rng, if growing { 10 } else { 60 });
            let mut got = vec![];
            let bytes = list.heap_bytes();
            if list.pop_in_place(end, &mut |element| got.push(element.to_vec())) {
                assert!(!list.is_empty() && list.heap_bytes() == bytes);
                let last = if end == End::Left { Some(twin.remove(0)) } else { twin.pop() };
                assert_eq!(got.pop(), last);
            }
            let count = if rng.below(2) == 0 {
                list.take(end, n, &mut |element| got.push(element.to_vec()))
            } else {
                list.cut(end, n)
            };
            let n = n.min(twin.len());
            assert_eq!(count, n);
            let want: Vec<_> = if end == End::Left {
                twin.drain(..n).collect()
            } else {
                twin.drain(twin.len() - n..).rev().collect()
            };
            assert!(got.is_empty() || got == want);
        }
        12 => {
            let needle = if there { twin[at].clone() } else { text(rng, beginning) };
            let limit = if rng.below(3) == 0 { usize::MAX } else { below(rng, 8) };
            let limit = if growing { limit.min(3) } else { limit };
            let mut left = limit;
            let keep = |text: &Vec<u8>| {
                let hit = *text == needle && left > 0;
                left -= usize::from(hit);
                !hit
            };
            if end == End::Left {
                twin.retain(keep);
            } else {
                twin.reverse();
                twin.retain(keep);
                twin.reverse();
            }
            assert_eq!(list.remove(end, Needle::new(&needle), limit, fill), limit - left);
        }
        13 => {
            assert_eq!(list.get(at).map(Element::to_vec), twin.get(at).cloned());
            let rest: Vec<_> = list.iter_from(at).map(Element::to_vec).collect();
            assert!(rest == twin[at..]);
        }
        14 => *list = list.clone(),
        _ => assert_eq!(list.get(usize::MAX).map(Element::to_vec), None),
    }
}

#[test]
fn behaves_like_a_vector() {
    let mut rng = Rng::new(test_seed(41));
    for round in 0..60 {
        let fills = [-1, -2, -5, 1, 2, 5, 128, 0].map(|size| Fill::new(size, 1 << 30));
        let (mut fill, beginning) = (fills[round % fills.len()], BEGINNINGS[round % 3 + round / 30]);
        let (mut list, mut twin) = (List::new(), vec![]);
        for step in 0..400 {
            if rng.below(40) == 0 {
                fill = fills[below(&mut rng, fills.len())];
            }
            edit(&mut rng, &mut list, &mut twin, fill, beginning, step % 200 < 150);
            if step % 8 == 0 {
                compare(&list, &twin);
            }
        }
        compare(&list, &twin);
        list.cut(End::Left, usize::MAX);
        assert!(list.is_empty() && list.iter().next().is_none());
        assert_eq!(list.heap_bytes(), List::new().heap_bytes());
    }
}

#[test]
fn a_tree_of_several_levels() {
    let mut rng = Rng::new(test_seed(42));
    let fill = Fill::new(1, 1 << 30);
    let (mut list, mut twin) = (List::new(), vec![]);
    for n in 0..5000 {
        let end = if n % 3 == 0 { End::Left } else { End::Right };
        let text = format!("{}", n % 7).into_bytes();
        list.push(end, &text, fill);
        twin.insert(if end == End::Left { 0 } else { twin.len() }, text);
    }
    compare(&list, &twin);
    for n in 0..2000 {
        let at = below(&mut rng, twin.len());
        let text = format!("{}", n % 7).into_bytes();
        list.insert(at, &text, fill);
        twin.insert(at, text);
        assert!(list.get(at).unwrap().to_vec() == twin[at]);
    }
    compare(&list, &twin);
    for (needle, end, limit) in [("3", End::Left, 400), ("5", End::Right, 300), ("1", End::Left, usize::MAX)]
    {
        let removed = list.remove(end, Needle::new(needle.as_bytes()), limit, fill);
        let mut left = limit;
        let mut keep = |text: &Vec<u8>| {
            let hit = text == needle.as_bytes() && left > 0;
            left -= usize::from(hit);
            !hit
        };
        if end == End::Left {
            twin.retain(&mut keep);
        } else {
            twin.reverse();
            twin.retain(&mut keep);
            twin.reverse();
        }
        assert_eq!(removed, limit - left);
        compare(&list, &twin);
    }
    while !twin.is_empty() {
        let n = 1 + below(&mut rng, 300);
        let n = n.min(twin.len());
        list.cut(End::Right, n);
        twin.truncate(twin.len() - n);
        list.cut(End::Left, 7);
        twin.drain(..twin.len().min(7));
        compare(&list, &twin);
    }
}

#[test]
fn memory_is_close_to_the_bytes() {
    let fill = Fill::new(-2, 1 << 30);
    for end in [End::Left, End::Right] {
        let mut list = List::new();
        for n in 0..50_000 {
            list.push(end, format!("element:{n:08}").as_bytes(), fill);
        }
        let per = list.heap_bytes() as f64 / 50_000.0;
        assert!(per < 5.5, "{per}");
    }
    let mut different = List::new();
    let mut rng = Rng::new(43);
    for _ in 0..50_000 {
        different.push(End::Right, format!("{:016x}", rng.next_u64()).as_bytes(), fill);
    }
    let per = different.heap_bytes() as f64 / 50_000.0;
    assert!(per < 18.5, "{per}");
    let mut small = List::new();
    small.push(End::Left, b"a", fill);
    assert_eq!((small.heap_bytes(), size_of::<List>()), (32, 24));
}

#[test]
fn large_elements_stand_alone() {
    let fill = Fill::new(-2, 100);
    let mut list = List::new();
    for text in ["a", "b", "c"] {
        list.push(End::Right, text.as_bytes(), fill);
    }
    let large = [b'x'; 100];
    list.insert(1, &large, fill);
    list.set(3, &large, fill);
    let plain: Vec<_> = list.iter().map(|e| matches!(e, Element::Plain(_))).collect();
    assert_eq!(plain, [false, true, false, true]);
    assert!(list.set(1, b"small", fill) && list.get(1).unwrap().to_vec() == b"small");
}

#[test]
fn chunks_that_begin_alike_change_when_they_must() {
    let fill = Fill::new(50, 1 << 30);
    let mut list = List::new();
    let mut twin: Vec<Vec<u8>> = (0..500).map(|n| format!("job:{n}").into_bytes()).collect();
    twin.iter().for_each(|text| list.push(End::Right, text, fill));
    let prefixed = |list: &List| list.iter().filter(|e| matches!(e, Element::Prefixed(..))).count();
    assert_eq!(prefixed(&list), 400);
    assert_eq!(list.remove(End::Left, Needle::new(b"job:07"), 1, fill), 0);
    assert_eq!(prefixed(&list), 400);
    assert_eq!(list.remove(End::Right, Needle::new(b"job:120"), 1, fill), 1);
    twin.remove(120);
    list.set(200, b"other", fill);
    twin[200] = b"other".to_vec();
    list.insert(300, b"job:", fill);
    twin.insert(300, b"job:".to_vec());
    assert_eq!(prefixed(&list), 250);
    compare(&list, &twin);
    list.cut(End::Left, 60);
    list.push(End::Left, b"new", fill);
    twin.drain(..60);
    twin.insert(0, b"new".to_vec());
    compare(&list, &twin);
}
