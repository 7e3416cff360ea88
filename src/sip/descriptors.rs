//! How many sockets may be open at once.
//!
//! Each probe over UDP has sockets of its own, connected to whom it asks: so a refusal comes through on every
//! system, and no stranger is heard. Where many targets are silent at once many are open, and a system that has no
//! more to give would make its own trouble look like theirs. So above this bound a probe waits for its turn, and
//! its time runs from then.

use crate::sip::connection;

/// Of everything else: terminal, log, files, DNS.
const OTHERS: usize = 128;

/// The least and the most probes that have sockets at once.
const PROBES: (usize, usize) = (64, 4096);

/// What a system grants that does not say.
#[cfg(not(unix))]
const UNKNOWN: usize = 1024;

/// The most descriptors that are asked for.
#[cfg(unix)]
const WANTED: u64 = 16_384;

/// Asks the system for as many descriptors as it grants this process, up to 16,384: the usual limit is made for
/// programs with a few. What it does not grant is done without.
pub fn raise_descriptors() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        let most = limit.maximum.unwrap_or(WANTED).min(WANTED);
        if limit.current.is_some_and(|current| current < most) {
            limit.current = Some(most);
            let _ = setrlimit(Resource::Nofile, limit);
        }
    }
}

/// How many descriptors this process may have.
fn granted() -> usize {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit};
        let current = getrlimit(Resource::Nofile).current;
        current.map_or(PROBES.1 * 4, |current| usize::try_from(current).unwrap_or(usize::MAX))
    }
    #[cfg(not(unix))]
    UNKNOWN
}

/// How many probes over UDP may be under way at once: each has two sockets.
pub(super) fn at_once() -> usize {
    of(granted())
}

fn of(granted: usize) -> usize {
    (granted.saturating_sub(connection::MOST + OTHERS) / 2).clamp(PROBES.0, PROBES.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_granted_is_shared_out() {
        for (granted, probes) in [(256, 64), (1024, 192), (4096, 1728), (16_384, 4096), (usize::MAX, 4096)] {
            assert_eq!(of(granted), probes, "{granted}");
        }
        assert!(at_once() >= PROBES.0);
    }
}
