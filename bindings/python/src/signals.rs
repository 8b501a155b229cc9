//! Ctrl-C while a call waits: the main thread looks every now and then whether Python has a signal to handle.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use lodger::Client;
use pyo3::prelude::*;

/// How often it looks; in between it sleeps.
pub(crate) const EVERY: Duration = Duration::from_millis(50);

thread_local! {
    static IS_MAIN: Cell<Option<bool>> = const { Cell::new(None) };
    static RAISED: RefCell<Option<PyErr>> = const { RefCell::new(None) };
}

/// Whether this is the thread that handles signals.
pub(crate) fn is_main(py: Python<'_>) -> bool {
    if let Some(known) = IS_MAIN.get() {
        return known;
    }
    let ask = || -> PyResult<bool> {
        let threading = py.import("threading")?;
        let main = threading.call_method0("main_thread")?.getattr("ident")?;
        main.eq(threading.call_method0("get_ident")?)
    };
    // Without an answer nobody waits for signals here.
    let is_main = ask().unwrap_or(false);
    IS_MAIN.set(Some(is_main));
    is_main
}

/// The thread whose call runs signal handlers at this moment.
static IN_HANDLER: AtomicUsize = AtomicUsize::new(0);

/// Something that each thread has at a place of its own.
pub(crate) fn this_thread() -> usize {
    thread_local!(static PLACE: u8 = const { 0 });
    PLACE.with(|place| std::ptr::from_ref(place).addr())
}

/// The thread that is in a signal handler inside of a call; 0 if none is.
pub(crate) fn in_handler() -> usize {
    IN_HANDLER.load(Ordering::Relaxed)
}

/// Runs the handlers of what signals came, in the middle of a call.
pub(crate) fn check(py: Python<'_>) -> PyResult<()> {
    let before = IN_HANDLER.swap(this_thread(), Ordering::Relaxed);
    let done = py.check_signals();
    IN_HANDLER.store(before, Ordering::Relaxed);
    done
}

/// Handles what signals came; false if a handler raised.
pub(crate) fn look() -> bool {
    // While the interpreter ends there is nobody to tell.
    match Python::try_attach(check) {
        Some(Ok(())) | None => true,
        Some(Err(error)) => {
            RAISED.set(Some(error));
            false
        }
    }
}

/// What a handler raised while a call of this thread waited.
pub(crate) fn take_raised() -> Option<PyErr> {
    RAISED.take()
}

type Look = Arc<dyn Fn() -> bool + Send + Sync>;
static LOOK: OnceLock<Look> = OnceLock::new();

/// Has a client look while it waits, or not any more.
pub(crate) fn arm(client: &Client, on: bool) {
    let look = || Arc::clone(LOOK.get_or_init(|| Arc::new(look)));
    client.while_waiting(on.then(|| (EVERY, look())));
}

/// Has a client look while it waits, and give up after a time; the answer says whether it did.
pub(crate) fn arm_for(client: &Client, time: Duration, main: bool) -> Arc<AtomicBool> {
    let over = Arc::new(AtomicBool::new(false));
    let (seen, began) = (Arc::clone(&over), Instant::now());
    let look = move || {
        if began.elapsed() >= time {
            seen.store(true, Ordering::Relaxed);
            return false;
        }
        !main || look()
    };
    let every = (time / 10).clamp(Duration::from_millis(1), EVERY);
    client.while_waiting(Some((every, Arc::new(look))));
    over
}
