//! The nonces that a registrar has given out.

use std::collections::VecDeque;

use super::plan::{Algorithm, Nonces};

/// How many it knows again.
const KNOWN: usize = 1024;

/// What it knows of them, the latest at the end.
#[derive(Default)]
pub(super) struct Book(VecDeque<Entry>);

struct Entry {
    nonce: String,
    algorithm: Algorithm,
    uses: u32,
    /// The count that came last (RFC 7616 3.4).
    count: u32,
}

/// What a nonce is worth that came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Worth {
    /// It is taken.
    Good,
    /// It was good once, or another registrar's.
    Stale,
    /// It belongs to another challenge.
    Other,
}

impl Book {
    /// One that nobody has seen before.
    pub(super) fn give(&mut self, algorithm: Algorithm) -> String {
        if self.0.len() == KNOWN {
            self.0.pop_front();
        }
        let nonce = format!("{:032x}", rand::random::<u128>());
        self.0.push_back(Entry { nonce: nonce.clone(), algorithm, uses: 0, count: 0 });
        nonce
    }

    /// Uses one up, with the count that came with it, if one did.
    pub(super) fn take(&mut self, nonce: &str, algorithm: Algorithm, count: Option<u32>, kind: Nonces) -> Worth {
        let Some(at) = self.0.iter().position(|entry| entry.nonce == nonce) else { return Worth::Stale };
        let entry = &mut self.0[at];
        if entry.algorithm != algorithm {
            return Worth::Other;
        }
        let uses = match kind {
            Nonces::Fresh => u32::MAX,
            Nonces::Stale(uses) => uses,
            Nonces::Rotating => 1,
        };
        // A count that does not grow is one that was used before.
        if entry.uses >= uses || count.is_some_and(|count| count <= entry.count) {
            return Worth::Stale;
        }
        entry.uses += 1;
        entry.count = count.unwrap_or_default();
        Worth::Good
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_good_as_long_as_it_is_said() {
        let mut book = Book::default();
        let md5 = Algorithm::Md5;
        let mut worth = |kind, counts: &[u32]| {
            let nonce = book.give(md5);
            counts.iter().map(|count| book.take(&nonce, md5, Some(*count), kind) == Worth::Good).collect::<Vec<_>>()
        };
        assert_eq!(worth(Nonces::Fresh, &[1, 2, 2, 9, 10]), [true, true, false, true, true]);
        assert_eq!(worth(Nonces::Stale(2), &[1, 2, 3]), [true, true, false]);
        assert_eq!(worth(Nonces::Rotating, &[1, 2]), [true, false]);
        let nonce = book.give(md5);
        assert_eq!(book.take(&nonce, Algorithm::Sha256, None, Nonces::Fresh), Worth::Other);
        assert_eq!(book.take("of another", md5, None, Nonces::Fresh), Worth::Stale);
        for _ in 0..=KNOWN {
            book.give(md5);
        }
        assert_eq!((book.take(&nonce, md5, None, Nonces::Fresh), book.0.len()), (Worth::Stale, KNOWN));
    }
}
