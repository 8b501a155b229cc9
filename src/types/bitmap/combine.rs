//! AND, OR, XOR and NOT of whole strings. The result is made block by block, so that it stays in the first cache
//! while the sources stream past it; the loops are plain enough for the compiler to use vectors.

use crate::types::string::block::NoMemory;

/// A bitwise operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    /// Set in all sources.
    And,
    /// Set in one source at least.
    Or,
    /// Set in an odd number of sources.
    Xor,
    /// Not set in the only source.
    Not,
}

/// Bytes of the result that are made at a time.
const BLOCK: usize = 8 << 10;

/// Combines the sources; all shorter ones are continued by zeros up to the length of the longest.
pub(crate) fn combine(op: Op, sources: &[&[u8]]) -> Result<Vec<u8>, NoMemory> {
    let len = sources.iter().map(|source| source.len()).max().unwrap_or(0);
    let mut result = Vec::new();
    result.try_reserve_exact(len).map_err(|_| NoMemory)?;
    let Some((first, others)) = sources.split_first() else { return Ok(result) };
    while result.len() < len {
        let start = result.len();
        let end = (start + BLOCK).min(len);
        let part = |source: &&[u8]| -> Option<(usize, usize)> {
            let (from, to) = (start.min(source.len()), end.min(source.len()));
            (from < to).then_some((from, to))
        };
        if let Some((from, to)) = part(first) {
            result.extend_from_slice(&first[from..to]);
        }
        result.resize(end, 0);
        let block = &mut result[start..];
        if op == Op::Not {
            block.iter_mut().for_each(|byte| *byte = !*byte);
        }
        for source in others {
            let (from, to) = part(source).unwrap_or((0, 0));
            let source = &source[from..to];
            let (shared, beyond) = block.split_at_mut(source.len());
            match op {
                Op::And => {
                    shared.iter_mut().zip(source).for_each(|(to, from)| *to &= from);
                    beyond.fill(0);
                }
                Op::Or => shared.iter_mut().zip(source).for_each(|(to, from)| *to |= from),
                Op::Xor => shared.iter_mut().zip(source).for_each(|(to, from)| *to ^= from),
                Op::Not => {}
            }
        }
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Rng;

    #[test]
    fn combines_as_a_naive_twin_does() {
        let mut rng = Rng::new(9);
        for round in 0..300 {
            let most = if round % 30 == 0 { 3 * BLOCK as u64 } else { 100 };
            let sources: Vec<Vec<u8>> = (0..=rng.below(5))
                .map(|_| (0..rng.below(most + 1)).map(|_| rng.next_u64().to_le_bytes()[0]).collect())
                .collect();
            let borrowed: Vec<&[u8]> = sources.iter().map(Vec::as_slice).collect();
            let len = sources.iter().map(Vec::len).max().unwrap();
            for op in [Op::And, Op::Or, Op::Xor, Op::Not] {
                let sources = if op == Op::Not { &borrowed[..1] } else { &borrowed[..] };
                let len = if op == Op::Not { borrowed[0].len() } else { len };
                let naive: Vec<u8> = (0..len)
                    .map(|i| {
                        let mut bytes = sources.iter().map(|source| source.get(i).copied().unwrap_or(0));
                        let first = bytes.next().unwrap();
                        match op {
                            Op::And => bytes.fold(first, |a, b| a & b),
                            Op::Or => bytes.fold(first, |a, b| a | b),
                            Op::Xor => bytes.fold(first, |a, b| a ^ b),
                            Op::Not => !first,
                        }
                    })
                    .collect();
                assert_eq!(combine(op, sources).unwrap(), naive, "{op:?}");
            }
        }
        assert_eq!(combine(Op::And, &[]).unwrap(), b"");
    }
}
