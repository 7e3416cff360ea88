//! What is kept from one probe to the next: connections, and sockets over UDP.
//!
//! None gets older than [`OLDEST`], since it hides what a new one would show: a certificate that was renewed, a
//! route or an address of ours that changed. Those that nobody asks for any more, because their target is gone, are
//! closed then, too.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long a thing is used.
pub(super) const OLDEST: Duration = Duration::from_secs(600);

/// How often it is looked for what got old.
const SWEEP: Duration = Duration::from_secs(1);

/// What gets old.
pub(super) trait Made {
    /// When it was made.
    fn made(&self) -> Instant;

    /// Whether it is still to be used.
    fn is_fresh(&self) -> bool {
        self.made().elapsed() < OLDEST
    }
}

/// Things that wait for the next probe, each under the key of those who can use it.
///
/// Where there are too many, those that are kept stay, and what is beyond them is made anew each time: probes go
/// round the targets, so making room for the next would always give away what is needed soonest.
pub(super) struct Kept<K, T> {
    most: usize,
    waiting: Mutex<Shelf<K, T>>,
}

struct Shelf<K, T> {
    things: HashMap<K, T>,
    swept: Instant,
}

impl<K: Eq + Hash, T: Made> Kept<K, T> {
    /// None yet, and never more than this.
    pub(super) fn new(most: usize) -> Self {
        Self { most, waiting: Mutex::new(Shelf { things: HashMap::new(), swept: Instant::now() }) }
    }

    /// The one for this key, if there is any that is not too old.
    pub(super) fn take(&self, key: &K) -> Option<T> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.things.remove(key).filter(Made::is_fresh)
    }

    /// Keeps one; gives back what cannot be kept, and what was kept under this key before.
    pub(super) fn put(&self, key: K, thing: T) -> Option<T> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.swept.elapsed() >= SWEEP {
            waiting.things.retain(|_, thing| thing.is_fresh());
            waiting.swept = Instant::now();
        }
        if waiting.things.len() >= self.most || !thing.is_fresh() {
            return Some(thing);
        }
        waiting.things.insert(key, thing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Thing(Instant);

    impl Made for Thing {
        fn made(&self) -> Instant {
            self.0
        }
    }

    const MOST: usize = 8;

    #[tokio::test(start_paused = true)]
    async fn none_gets_old_and_they_are_not_many() {
        let kept = Kept::new(MOST);
        let thing = || Thing(Instant::now());
        for key in 0..MOST {
            assert!(kept.put(key, thing()).is_none());
        }
        assert!(kept.put(MOST, thing()).is_some(), "what is too much is given back");
        assert!(kept.take(&1).is_some());
        assert!(kept.take(&1).is_none(), "it is used by one at a time");
        let old = thing();
        tokio::time::advance(OLDEST).await;
        assert!(kept.take(&2).is_none());
        assert!(kept.put(2, old).is_some());
        for key in MOST..2 * MOST {
            assert!(kept.put(key, thing()).is_none(), "those that got old make room");
        }
    }
}
