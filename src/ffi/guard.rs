//! Panics stop at the border, and say nothing on the host's stderr: their text goes to lodger_client_error.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::sync::Once;

/// Runs `f`; a panic becomes `on_panic`. What a panic leaves behind inside of a database is dealt with where
/// the database is known: its state is poisoned and every later call refuses.
#[inline]
pub(super) fn guard<R>(on_panic: R, f: impl FnOnce() -> R) -> R {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or(on_panic)
}

thread_local! {
    /// What the last panic of this thread said, with its place.
    static SAID: RefCell<String> = const { RefCell::new(String::new()) };
}

/// From now on panics in lodger's own source are kept instead of printed. Those of a Rust host, which shares the
/// hook when it links the crate and not the shared library, go on to the hook that was there.
pub(super) fn keep_quiet() {
    static ONCE: Once = Once::new();
    // Unit tests lie in the same source and shall be heard.
    if cfg!(not(test)) {
        ONCE.call_once(|| {
            let before = take_hook();
            set_hook(Box::new(move |info| {
                if info.location().is_some_and(|at| is_ours(at.file())) {
                    keep(info);
                } else {
                    before(info);
                }
            }));
        });
    }
}

/// Whether a file belongs to this crate: this one, as the compiler names it, tells where the others are.
fn is_ours(file: &str) -> bool {
    file!().strip_suffix("ffi/guard.rs").is_some_and(|source| file.starts_with(source))
}

fn keep(info: &PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let said = format!("{place}: {}", text(info.payload()));
    let _ = SAID.try_with(|kept| kept.try_borrow_mut().map(|mut kept| *kept = said));
}

fn text(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

/// What the panic that was just caught on this thread said.
pub(super) fn said(payload: &(dyn Any + Send)) -> String {
    let kept = SAID.try_with(|kept| kept.try_borrow_mut().map(|mut kept| std::mem::take(&mut *kept)));
    match kept {
        Ok(Ok(said)) if !said.is_empty() => said,
        _ => text(payload).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_source_is_kept_quiet() {
        assert!(is_ours(file!()) && is_ours(&file!().replace("ffi/guard", "engine/mod")));
        let tests = file!().replace("src/ffi/guard", "tests/crash");
        assert!(!is_ours(&tests) && !is_ours("/rustc/library/core/src/num.rs"));
    }

    #[test]
    fn the_text_of_a_panic_is_found() {
        for panic in [catch_unwind(|| panic!("plain")), catch_unwind(|| panic!("number {}", 7))] {
            let said = said(&*panic.unwrap_err());
            assert!(["plain", "number 7"].contains(&said.as_str()), "{said}");
        }
        assert_eq!(said(&7), "no message");
    }
}
