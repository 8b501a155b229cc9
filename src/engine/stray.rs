//! HTTP that comes to a server: a page in a browser can send it to any port of the same machine, with commands in its body.

use std::sync::atomic::Ordering;

use super::Engine;
use crate::base::clock::monotonic_us;
use crate::base::log::Level;
use crate::cmd::session::Session;

impl Engine {
    /// What an HTTP client sends, perhaps a browser that a foreign page told to: its connection is ended before what follows
    /// is taken for commands.
    #[cold]
    #[inline(never)]
    pub(super) fn leaves_stray(&self, session: &mut Session, argv: &[&[u8]]) -> bool {
        const EVERY_US: u64 = 60_000_000;
        let is = |name: &str| argv.first().is_some_and(|word| word.eq_ignore_ascii_case(name.as_bytes()));
        if session.card.peer.is_none() || !(is("post") || is("host:")) {
            return false;
        }
        session.leaving = true;
        let (now, last) = (monotonic_us(), self.stray_us.load(Ordering::Relaxed));
        if last == 0 || now.saturating_sub(last) > EVERY_US {
            self.stray_us.store(now.max(1), Ordering::Relaxed);
            self.log_line(
                Level::Warning,
                "Possible SECURITY ATTACK: a client sent POST or Host:, as a browser does that is made to send commands; its \
                 connection is ended",
            );
        }
        true
    }
}
