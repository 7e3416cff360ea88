//! The draw where running sums do not fit: OpenSIPS keeps them in 16 bits, and weights may add up to more.
//!
//! Then a record's chance depends on every record before it, and no closed form helps: each set of dead targets
//! that can have been met is gone through.

use std::time::Duration;

use crate::model::Share;

use super::{End, Prize, Rule, Ticket};

/// The most dead targets of which each set is gone through.
const MOST_DEAD: u32 = 10;

/// Whether sums of these weights are cut.
pub(super) fn wraps(rule: Rule, weights: impl Iterator<Item = u16>) -> bool {
    rule == Rule::Sixteen && weights.map(u32::from).sum::<u32>() > u32::from(u16::MAX)
}

/// The chance of each record of a list to be drawn.
pub(super) fn shares(weights: &[u16]) -> Vec<f64> {
    let running: Vec<u16> = weights
        .iter()
        .scan(0_u16, |sum, &weight| {
            *sum = sum.wrapping_add(weight);
            Some(*sum)
        })
        .collect();
    let numbers = running.last().copied().unwrap_or(0).max(1);
    let mut below = 0;
    let mut chances = Vec::with_capacity(weights.len());
    for (at, &sum) in running.iter().enumerate() {
        // The numbers up to this sum that no earlier record has taken.
        let up_to = if at + 1 == running.len() { numbers } else { sum.saturating_add(1).min(numbers) };
        let taken = up_to.saturating_sub(below);
        below = below.max(up_to);
        chances.push(f64::from(taken) / f64::from(numbers));
    }
    chances
}

/// Goes through the sets of dead targets. Whether all of them were; past the bound only the first are.
pub(super) fn draw(tickets: &[Ticket], patience: Duration, prizes: &mut [Prize]) -> bool {
    let dead: Vec<usize> = (0..tickets.len()).filter(|&at| tickets[at].end == End::GoesOn).collect();
    let exact = dead.len() <= MOST_DEAD as usize;
    // Who is past the bound counts as met.
    let (gone_through, met_anyway) = dead.split_at(dead.len().min(MOST_DEAD as usize));
    let mut bits = vec![0_usize; tickets.len()];
    gone_through.iter().enumerate().for_each(|(bit, &at)| bits[at] = 1 << bit);
    let among: Vec<usize> = (0..tickets.len()).filter(|at| exact || !met_anyway.contains(at)).collect();
    let mut reach = vec![0.0; 1 << gone_through.len()];
    let mut waited = vec![0.0; prizes.len()];
    reach[0] = 1.0;
    let (mut left, mut weights) = (Vec::new(), Vec::new());
    for met in 0..reach.len() {
        left.clear();
        left.extend(among.iter().copied().filter(|&at| met & bits[at] == 0));
        weights.clear();
        weights.extend(left.iter().map(|&at| tickets[at].lot.weight));
        let before: Duration = gone_through.iter().filter(|&&at| met & bits[at] != 0).map(|&at| tickets[at].wait).sum();
        for (&at, chance) in left.iter().zip(shares(&weights)) {
            let chance = chance * reach[met];
            if bits[at] != 0 {
                reach[met | bits[at]] += chance;
                continue;
            }
            let (wait, prize) = (before + tickets[at].wait, &mut prizes[at]);
            if chance <= 0.0 {
                continue;
            }
            prize.add(Share(chance), wait, patience);
            if wait <= patience {
                waited[at] += chance * wait.as_secs_f64();
            }
        }
    }
    for (prize, waited) in prizes.iter_mut().zip(waited).filter(|(prize, _)| prize.ends.is_some()) {
        prize.mean = Duration::from_secs_f64(waited / prize.ends.0).min(prize.max);
    }
    exact
}
