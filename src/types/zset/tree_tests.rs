//! The tree against a sorted vector; here the order is that of score, then handle.

use super::*;
use crate::base::rng::Rng;

type Twin = Vec<(u64, Handle)>;

fn entry((score, handle): (u64, Handle)) -> Entry {
    Entry { score: score as f64, handle }
}

fn pair(e: &Entry) -> (u64, Handle) {
    (e.score as u64, e.handle)
}

/// Checks counts, first entries and fill, and answers the entries and the depth.
fn walk(node: &Node, root: bool, shape: &mut Shape, out: &mut Twin) -> usize {
    shape.count(node);
    assert!(node.len() < FULL && (root || node.len() >= MIN), "{} in a node", node.len());
    match node {
        Node::Leaf(entries) => {
            assert_eq!(entries.capacity(), FULL);
            out.extend(entries.iter().map(pair));
            0
        }
        Node::Inner(inner) => {
            assert_eq!(
                (inner.firsts.capacity(), inner.counts.capacity(), inner.nodes.capacity()),
                (FULL, FULL, FULL)
            );
            assert!(inner.nodes.len() >= 2);
            assert_eq!((inner.firsts.len(), inner.counts.len()), (inner.nodes.len(), inner.nodes.len()));
            let mut depths = inner.nodes.iter().enumerate().map(|(i, child)| {
                let from = out.len();
                let depth = walk(child, false, shape, out);
                assert_eq!(inner.counts[i] as usize, out.len() - from);
                assert_eq!(pair(&inner.firsts[i]), out[from]);
                depth
            });
            let depth = depths.next().unwrap();
            assert!(depths.all(|d| d == depth));
            depth + 1
        }
    }
}

fn check(tree: &Tree, twin: &Twin) {
    let (mut out, mut shape) = (Vec::new(), Shape::default());
    walk(&tree.root, true, &mut shape, &mut out);
    assert_eq!((shape.leaves, shape.inners), (tree.shape.leaves, tree.shape.inners));
    assert_eq!(tree.len(), twin.len());
    assert_eq!(out, *twin);
}

fn draw(rng: &mut Rng, n: usize) -> usize {
    usize::try_from(rng.below(n as u64)).unwrap()
}

#[test]
fn agrees_with_a_sorted_vector() {
    let mut rng = Rng::new(crate::types::test_seed(41));
    let (mut tree, mut twin) = (Tree::new(), Twin::new());
    let mut next = 0;
    for phase in 0..12 {
        for step in 0..3_000 {
            let grow = draw(&mut rng, 10) < if phase % 3 == 2 { 2 } else { 7 };
            if grow || twin.is_empty() {
                // Phases of random places, of ends, and of equal scores.
                let top = [1_000_000, 50, 1][phase % 3];
                let score = match phase % 4 {
                    1 => u64::from(next) + 1_000_000,
                    2 => 2_000_000_000u64.saturating_sub(u64::from(next)),
                    _ => rng.below(top),
                };
                let new = (score, next);
                next += 1;
                tree.insert(entry(new), |e| pair(e) < new);
                twin.insert(twin.partition_point(|p| *p < new), new);
            } else if step % 3 == 0 {
                let start = draw(&mut rng, twin.len());
                let top = [3, 10, 200, 3_000][draw(&mut rng, 4)];
                let end = (start + draw(&mut rng, top)).min(twin.len());
                if draw(&mut rng, 4) == 0 || end - start < 20 {
                    tree.remove_ranks(start..end);
                    twin.drain(start..end);
                }
            } else if step % 3 == 1 {
                let at = draw(&mut rng, twin.len());
                let gone = twin.remove(at);
                tree.remove(|e| pair(e) <= gone);
            } else {
                let at = draw(&mut rng, twin.len());
                let (old, score) = (twin[at], twin[at].0 + rng.below(40));
                let new = (score, old.1);
                let done =
                    tree.rescore(score as f64, |e| pair(e) <= old, |a, b| pair(a) < new && new < pair(b));
                if done {
                    twin[at] = new;
                }
            }
            if !twin.is_empty() {
                let (a, b) = (draw(&mut rng, twin.len()), draw(&mut rng, twin.len() + 1));
                let probe = twin[a];
                assert_eq!(tree.rank(|e| pair(e) < probe), a);
                assert_eq!(tree.rank(|e| pair(e) <= probe), a + 1);
                assert_eq!(tree.get(a).map(|e| pair(&e)), Some(probe));
                if step % 50 == 0 {
                    let forth: Twin = tree.iter(a..b, false).map(|e| pair(&e)).collect();
                    let mut back: Twin = tree.iter(a..b, true).map(|e| pair(&e)).collect();
                    back.reverse();
                    assert_eq!(forth, twin.get(a..b).unwrap_or_default());
                    assert_eq!(back, forth);
                }
            }
            if step % 100 == 0 {
                check(&tree, &twin);
            }
        }
        check(&tree, &twin);
        check(&tree.clone(), &twin);
    }
    assert!(tree.get(twin.len()).is_none());
    tree.remove_ranks(0..usize::MAX);
    check(&tree, &Twin::new());
    assert_eq!(tree.heap_bytes(), LEAF_COST);
}

#[test]
fn built_trees_are_whole() {
    for n in (0..300).chain([3_000, 3_136, 3_137, 60_000, 200_000]) {
        let mut twin: Twin = (0..n).map(|i| (u64::from(i) * 2, i)).collect();
        let mut tree = Tree::build(twin.len(), twin.iter().map(|p| entry(*p)));
        check(&tree, &twin);
        let middle = (u64::from(n), n);
        tree.insert(entry(middle), |e| pair(e) < middle);
        twin.insert(twin.partition_point(|p| *p < middle), middle);
        check(&tree, &twin);
        assert_eq!(tree.iter(0..usize::MAX, false).len(), twin.len());
        let half = twin.len() / 2;
        tree.remove_ranks(half..usize::MAX);
        twin.truncate(half);
        check(&tree, &twin);
    }
}

#[test]
fn what_grows_at_an_end_fills_its_leaves() {
    let mut tree = Tree::new();
    for i in 0..100_000 {
        tree.insert(entry((u64::from(i), i)), |_| true);
    }
    assert!(tree.heap_bytes() < 100_000 * 15, "{} bytes an entry", tree.heap_bytes() / 100_000);
}
