//! Whether a carrier forbids us to ask.
//!
//! 403 to OPTIONS from one address may be that host's fault. From several, and no other answer from any, it
//! is the carrier's word: who goes on asking ends on a block list, and his calls with him.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::model::{Endpoint, ProbeReport};

/// So many addresses forbid it.
const SEVERAL: usize = 2;

/// Each of them so many times in a row.
const IN_A_ROW: u32 = 2;

/// What the targets of one carrier answered last.
#[derive(Debug, Default)]
pub(super) struct Storm {
    /// How often in a row 403 came; nothing where something else did.
    last: Mutex<BTreeMap<Endpoint, Option<u32>>>,
}

impl Storm {
    /// Takes in what came of a probe. Silence says nothing, and ends no row.
    pub(super) fn note(&self, report: &ProbeReport) {
        let Some(response) = &report.response else { return };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let row = last.get(&report.endpoint).copied().flatten().unwrap_or(0);
        last.insert(report.endpoint, (response.code == 403).then_some(row.saturating_add(1)));
    }

    /// Whether nothing may be asked any more.
    pub(super) fn rages(&self) -> bool {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let forbid = last.values().flatten().filter(|row| **row >= IN_A_ROW).count();
        forbid >= SEVERAL && last.values().all(Option::is_some)
    }

    /// An operator wants it tried again.
    pub(super) fn forget(&self) {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;
    use crate::model::{Moment, ProbeResult, Response, Transport};

    /// What targets answered, 0 for silence, and whether that is a storm.
    fn rages(answers: &[(u8, u16)]) -> bool {
        let storm = Storm::default();
        for (target, code) in answers {
            let endpoint = Endpoint { transport: Transport::Udp, at: ([192, 0, 2, *target], 5060).into() };
            let at = Moment { mono: Duration::ZERO, wall: Timestamp::UNIX_EPOCH };
            let response = (*code > 0).then(|| Response::new(*code, "said".into(), Duration::ZERO));
            let report = ProbeReport::new(endpoint, at, ProbeResult::ErrorResponse);
            storm.note(&ProbeReport { response, ..report });
        }
        storm.rages()
    }

    #[test]
    fn several_that_forbid_it_and_none_that_does_not() {
        assert!(rages(&[(1, 403), (2, 403), (1, 403), (2, 403)]));
        assert!(rages(&[(1, 403), (2, 403), (3, 0), (1, 403), (2, 0), (2, 403)]), "silence says nothing");
        assert!(!rages(&[(1, 403), (2, 403), (1, 403)]), "once is a slip");
        assert!(!rages(&[(1, 403), (1, 403), (1, 403)]), "one target is not several");
        assert!(!rages(&[(1, 403), (2, 403), (1, 403), (2, 403), (3, 200)]), "one answers");
        assert!(!rages(&[(1, 403), (2, 403), (1, 403), (2, 200), (2, 403)]), "not in a row");
    }
}
