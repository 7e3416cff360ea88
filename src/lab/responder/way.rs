//! What gets lost on the way to a host, over UDP.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::Behaviour;
use crate::sip::Message;

/// How many requests it knows again when they are sent again.
const KNOWN: usize = 256;

/// The way to a host.
pub(super) struct Way(Mutex<State>);

struct State {
    dice: StdRng,
    /// The requests that came last, by branch, the latest at the end.
    known: VecDeque<Vec<u8>>,
}

impl Way {
    /// The way to this address: it loses the same requests in every run.
    pub(super) fn to(address: IpAddr) -> Self {
        let mut hasher = DefaultHasher::new();
        address.hash(&mut hasher);
        Self(Mutex::new(State { dice: StdRng::seed_from_u64(hasher.finish()), known: VecDeque::new() }))
    }

    /// Whether the host, as it behaves, does not get this request.
    pub(super) fn loses(&self, request: &Message, behaviour: Behaviour) -> bool {
        match behaviour {
            Behaviour::Lossy(percent) => self.open().dice.random_range(0..100) < percent,
            Behaviour::Again => self.open().is_new(request.branch().unwrap_or_default()),
            _ => false,
        }
    }

    fn open(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_new(&mut self, branch: &[u8]) -> bool {
        if self.known.iter().any(|known| known == branch) {
            return false;
        }
        if self.known.len() == KNOWN {
            self.known.pop_front();
        }
        self.known.push_back(branch.to_vec());
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::frame::datagram;

    fn way(last: u8) -> Way {
        Way::to([127, 64, 1, last].into())
    }

    fn request(branch: usize) -> Message {
        let text = format!("OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK{branch}\r\n\r\n");
        datagram(text.as_bytes()).unwrap().unwrap()
    }

    #[test]
    fn a_lossy_way_loses_its_part_and_the_same_in_every_run() {
        let lost = |last, percent| -> Vec<usize> {
            let way = way(last);
            (0..10_000).filter(|&number| way.loses(&request(number), Behaviour::Lossy(percent))).collect()
        };
        let five = lost(10, 5);
        assert!((400..600).contains(&five.len()), "{}", five.len());
        assert_eq!(five, lost(10, 5));
        assert_ne!(five, lost(20, 5), "each way has its own");
        assert_eq!((lost(10, 0).len(), lost(10, 100).len()), (0, 10_000));
    }

    #[test]
    fn what_is_sent_again_gets_through() {
        let way = way(10);
        let loses = |number| way.loses(&request(number), Behaviour::Again);
        assert_eq!([1, 1, 1, 2, 2].map(loses), [true, false, false, true, false]);
        for number in 0..KNOWN + 10 {
            assert_eq!((loses(1000 + number), loses(1000 + number)), (true, false));
        }
        assert!(way.open().known.len() <= KNOWN);
        assert!(!way.loses(&request(7), Behaviour::Answer));
    }
}
