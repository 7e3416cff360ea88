//! The carrier's weak spot: everything that can fail, failed in turn.

use std::cmp::Ordering;

use crate::model::{Carrier, Failure, Outage, Resolution, What};

use super::{Preview, what_can_fail};

/// Something that can fail alone, and what that does.
#[derive(Clone, Debug, PartialEq)]
pub struct Weakness {
    /// What.
    pub what: What,
    /// What comes of it.
    pub preview: Preview,
}

impl Weakness {
    /// The worse first: what loses more, then what makes wait longer on average, then what makes more wait.
    pub fn worse_first(&self, other: &Self) -> Ordering {
        let parts = |share: f64| (share * 1e9).round();
        let badness = |p: &Preview| [parts(p.lost.0), p.wait.mean.as_secs_f64(), parts(p.wait.share.0)];
        badness(&other.preview).partial_cmp(&badness(&self.preview)).unwrap_or(Ordering::Equal)
    }
}

/// Everything that can fail, failed in turn in this way, the worst first. `of` is the preview with an outage.
pub fn worst(
    resolution: &Resolution,
    carrier: &Carrier,
    how: Failure,
    of: impl Fn(&[Outage]) -> Preview,
) -> Vec<Weakness> {
    // A transport or a priority that is the only one is no single failure: it is everything.
    let is_all = |what: &What| {
        matches!(what, What::Transport(_) | What::Tier(_) | What::All)
            && resolution.candidates().all(|c| what.covers(carrier, &c))
    };
    let mut each: Vec<Weakness> = what_can_fail(resolution, carrier)
        .into_iter()
        .filter(|what| !is_all(what))
        .map(|what| {
            let preview = of(&[Outage { what: what.clone(), how }]);
            Weakness { what, preview }
        })
        .collect();
    each.sort_by(Weakness::worse_first);
    each
}
