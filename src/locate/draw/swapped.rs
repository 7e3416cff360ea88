//! The draw where what is drawn changes places with the head of the list, as PJSIP has it.
//!
//! Which record is the head then depends on the order in which others were drawn, so each order of the dead targets
//! is gone through. PJSIP keeps eight records of an answer: these are few.

use std::time::Duration;

use crate::model::Share;

use super::{End, Prize, Ticket};

/// The most dead targets of which each order is gone through.
const MOST_DEAD: usize = 7;

/// Goes through the orders of the dead targets, unless there are too many; whether it did.
pub(super) fn draw(tickets: &[Ticket], patience: Duration, prizes: &mut [Prize]) -> bool {
    let dead = tickets.iter().filter(|ticket| ticket.end == End::GoesOn).count();
    // Longer lists, which PJSIP never has, are gone through where there is nothing to swap.
    if dead > 1 && tickets.len() > MOST_DEAD + 1 {
        return false;
    }
    let mut waited = vec![0.0; tickets.len()];
    let mut walk = Walk { tickets, patience, prizes, waited: &mut waited };
    walk.from(&(0..tickets.len()).collect::<Vec<_>>(), 1.0, Duration::ZERO);
    for (prize, waited) in prizes.iter_mut().zip(waited).filter(|(prize, _)| prize.ends.is_some()) {
        prize.mean = Duration::from_secs_f64(waited / prize.ends.0).min(prize.max);
    }
    true
}

struct Walk<'w> {
    tickets: &'w [Ticket],
    patience: Duration,
    prizes: &'w mut [Prize],
    /// Chance times wait, in seconds.
    waited: &'w mut [f64],
}

impl Walk<'_> {
    /// Draws from this list, which is reached with this chance after this wait.
    fn from(&mut self, list: &[usize], reached: f64, before: Duration) {
        let sum: f64 = list.iter().map(|&at| f64::from(self.tickets[at].lot.weight)).sum();
        for (place, &at) in list.iter().enumerate() {
            let ticket = self.tickets[at];
            let numbers = f64::from(ticket.lot.weight) + if place == 0 { 1.0 } else { 0.0 };
            let chance = reached * numbers / (sum + 1.0);
            if chance <= 0.0 {
                continue;
            }
            let wait = before + ticket.wait;
            if ticket.end == End::GoesOn {
                let mut rest = list.to_vec();
                rest.swap(0, place);
                self.from(&rest[1..], chance, wait);
                continue;
            }
            self.prizes[at].add(Share(chance), wait, self.patience);
            if wait <= self.patience {
                self.waited[at] += chance * wait.as_secs_f64();
            }
        }
    }
}
