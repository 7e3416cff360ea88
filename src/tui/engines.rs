//! The engines that are compared, as cursor, keys and picture share them.

use std::cmp::Ordering;

use crate::model::{EngineName, Share};
use crate::preview::{Compared, Outcome};
use crate::state::CarrierState;

/// The engines in the order of the list: the carrier's own; then those that send calls somewhere, the worst off
/// first; then those that send none; then those that still need to know something.
pub(super) fn rows(carrier: &CarrierState) -> Vec<&Compared> {
    let Some(compared) = carrier.compared() else { return Vec::new() };
    let mut rows: Vec<&Compared> = compared.iter().collect();
    let own = carrier.engine().name();
    rows.sort_by(|one, other| {
        let first = |compared: &Compared| compared.engine.name() != own;
        first(one).cmp(&first(other)).then_with(|| worse(one, other)).then_with(|| name(one).cmp(&name(other)))
    });
    rows
}

/// Their names, in the same order.
pub(super) fn names(rows: &[&Compared]) -> Vec<EngineName> {
    rows.iter().map(|row| name(row)).collect()
}

fn name(compared: &Compared) -> EngineName {
    compared.engine.name()
}

fn worse(one: &Compared, other: &Compared) -> Ordering {
    let badness = |compared: &Compared| {
        let parts = |share: Share| (share.0 * 1e9).round();
        match &compared.outcome {
            Outcome::Sends { after, .. } => {
                [0.0, -parts(after.lost), -after.wait.mean.as_secs_f64(), -parts(after.wait.share)]
            }
            Outcome::Ends(_) => [1.0, 0.0, 0.0, 0.0],
            Outcome::Wants(_) => [2.0, 0.0, 0.0, 0.0],
        }
    };
    badness(one).partial_cmp(&badness(other)).unwrap_or(Ordering::Equal)
}
