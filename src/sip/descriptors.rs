//! How many sockets may be open at once.
//!
//! Each probe over UDP has a socket that is connected to whom it asks, and one beside it where it gets no answer at
//! once. Where many targets are silent many are open, and a system that has no more to give would make its own
//! trouble look like theirs. So above a bound a probe waits for its turn, and its time runs from then; and no more
//! sockets are kept from probe to probe than leave enough for that.

/// Of everything else: terminal, log, files, DNS.
const OTHERS: usize = 128;

/// Connections that are kept: so many descriptors every system grants.
const CONNECTIONS: usize = 512;

/// The least and the most probes that have sockets at once.
const PROBES: (usize, usize) = (64, 4096);

/// The most sockets that are kept: for a fleet as large as any, and some of its targets moved.
const SOCKETS: usize = 12_000;

/// What a system grants that does not say.
#[cfg(not(unix))]
const UNKNOWN: usize = 1024;

/// The most descriptors that are asked for.
#[cfg(unix)]
const WANTED: u64 = 20_000;

/// Asks the system for as many descriptors as it grants this process, up to 20,000: the usual limit is made for
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

/// What each may have of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Share {
    /// Connections that are kept.
    pub(super) connections: usize,
    /// Probes over UDP that are under way, each with two sockets.
    pub(super) probes: usize,
    /// Sockets over UDP that are kept.
    pub(super) sockets: usize,
}

/// What is granted, shared out.
pub(super) fn share() -> Share {
    of(granted())
}

fn of(granted: usize) -> Share {
    let rest = granted.saturating_sub(CONNECTIONS + OTHERS);
    let probes = (rest / 4).clamp(PROBES.0, PROBES.1);
    let sockets = rest.saturating_sub(2 * probes).min(SOCKETS);
    Share { connections: CONNECTIONS, probes, sockets }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_granted_is_shared_out() {
        for (granted, probes, sockets) in
            [(256, 64, 0), (1024, 96, 192), (4096, 864, 1728), (20_000, 4096, 11_168), (usize::MAX, 4096, 12_000)]
        {
            assert_eq!(of(granted), Share { connections: CONNECTIONS, probes, sockets }, "{granted}");
        }
        assert!(share().probes >= PROBES.0);
    }
}
