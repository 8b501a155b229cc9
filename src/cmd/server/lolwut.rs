//! LOLWUT: a street of lodging houses at night, another one with every call.

use super::REDIS_VERSION;
use crate::base::rng::Rng;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::spec::{CommandSpec, FAST, Group, READONLY};
use crate::reply::sink::ReplySink;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("lolwut", lolwut)
    .arity_at_least(1)
    .flags(READONLY | FAST)
    .group(Group::Server)
    .acl(&["@read"])
    .since("5.0.0")
    .summary("Draws a picture and tells the version.", "")
    .syntax("[VERSION version]")];

/// Columns of the picture.
const WIDTH: usize = 66;
/// Lines of the picture: the sky and the tallest house.
const HEIGHT: usize = 9;

fn pick(rng: &mut Rng, n: u64) -> usize {
    usize::try_from(rng.below(n)).unwrap_or(0)
}

/// A picture; it follows from the state of `rng`.
fn street(rng: &mut Rng) -> String {
    let mut canvas = vec![vec![b' '; WIDTH]; HEIGHT];
    for _ in 0..12 {
        let (row, column) = (pick(rng, 4), pick(rng, WIDTH as u64));
        canvas[row][column] = b'.';
    }
    let mut left = 0;
    loop {
        // Walls, then windows two columns apart.
        let windows = 1 + pick(rng, 4);
        let width = 2 * windows + 3;
        if left + width > WIDTH {
            break;
        }
        let roof = 2 + pick(rng, 5);
        let right = left + width - 1;
        canvas[roof][left..=right].fill(b'_');
        canvas[roof][left] = b' ';
        canvas[roof][right] = b' ';
        for (row, line) in canvas.iter_mut().enumerate().skip(roof + 1) {
            let fill = if row == HEIGHT - 1 { b'_' } else { b' ' };
            line[left..=right].fill(fill);
            (line[left], line[right]) = (b'|', b'|');
            if row < HEIGHT - 1 {
                for window in 0..windows {
                    // One window in three is lit: somebody is in.
                    line[left + 2 + 2 * window] = if pick(rng, 3) == 0 { b'#' } else { b':' };
                }
            }
        }
        left = right + 1 + pick(rng, 3);
    }
    let lines = canvas.iter().map(|line| String::from_utf8_lossy(line).trim_end().to_owned() + "\n");
    lines.collect()
}

fn lolwut(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    // Any version draws the same street; other arguments belong to other pictures.
    if args.left() > 1 && args.eat("VERSION") {
        args.int();
        args.check()?;
    }
    let picture = street(&mut ctx.session.rng);
    let lodger = env!("CARGO_PKG_VERSION");
    let text = format!("{picture}\nlodger ver. {lodger}, with the commands of Redis ver. {REDIS_VERSION}\n");
    out.verbatim(b"txt", text.as_bytes());
    Ok(Effect::None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streets_differ_and_fit() {
        let picture = |seed| street(&mut Rng::new(seed));
        assert_eq!(picture(1), picture(1));
        assert_ne!(picture(1), picture(2));
        for seed in 0..200 {
            let picture = picture(seed);
            assert_eq!(picture.lines().count(), HEIGHT);
            assert!(picture.lines().all(|line| line.len() <= WIDTH), "{picture}");
            assert!(picture.contains(':') || picture.contains('#'), "{picture}");
        }
    }
}
