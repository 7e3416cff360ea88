//! Registrations of others, as they are told: where they are now, and where they were.

use std::time::Duration;

use crate::model::{Confidence, Host, Moment, PinMove, Text};

use super::{Evidence, Pin};

/// What is told by one that is asked again and again.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) pins: Vec<Pin>,
    /// Where it was when nobody could be asked any more: that it is gone was not seen.
    faded: Vec<Place>,
    /// Since when it is registered nowhere, and where it was before.
    nowhere: Option<(Moment, Vec<Host>)>,
}

/// A place where a pin was, how sure that was, and whether that was a connection alone.
type Place = (Host, Confidence, bool);

fn place(pin: &Pin) -> Place {
    (pin.target.clone(), pin.confidence, pin.evidence != Evidence::Registration)
}

/// An expiry that grew by more than this was refreshed: what is left is told in whole seconds.
const GREW: Duration = Duration::from_secs(5);

impl Seen {
    /// Takes what is told now in place of what was told before. What follows are the moves, each with its `why`.
    pub(super) fn take(&mut self, mut now: Vec<Pin>, at: Moment, why: impl Fn(&PinMove) -> String) -> Vec<PinMove> {
        for pin in &mut now {
            let same = |before: &&Pin| before.target == pin.target && before.endpoint == pin.endpoint;
            let known = self.pins.iter().find(same);
            let Some(before) = known.or_else(|| self.pins.iter().find(|before| before.target == pin.target)) else {
                continue;
            };
            pin.since = before.since;
            let grew = known.and_then(|known| known.until).zip(pin.until).is_some_and(|(was, is)| is > was + GREW);
            pin.renewed = if grew { Some(at) } else { before.renewed };
        }
        let known =
            |host: &Host| self.pins.iter().any(|pin| pin.target == *host) || self.faded.iter().any(|(f, ..)| f == host);
        let mut come: Vec<Place> = Vec::new();
        for pin in now.iter().filter(|pin| !known(&pin.target)) {
            if !come.iter().any(|(host, ..)| *host == pin.target) {
                come.push(place(pin));
            }
        }
        let mut gone: Vec<Place> = Vec::new();
        let before = self.pins.iter().map(place).chain(self.faded.iter().cloned());
        for (host, confidence, connection) in before {
            if !now.iter().any(|pin| pin.target == host) && !gone.iter().any(|(known, ..)| *known == host) {
                gone.push((host, confidence, connection));
            }
        }
        let a_move = |from, to, (confidence, connection), unregistered| {
            let unsaid = PinMove { from, to, confidence, why: Text::new(""), unregistered, connection };
            PinMove { why: why(&unsaid).into(), ..unsaid }
        };
        let mut moves = Vec::new();
        let (mut left, mut away) = (gone.iter(), self.nowhere.iter().flat_map(|(_, hosts)| hosts));
        let unregistered = self.nowhere.as_ref().map(|(since, _)| at.since(*since));
        for (to, confidence, connection) in come {
            let from = left.next().map(|(host, ..)| host).or_else(|| away.next()).filter(|from| **from != to).cloned();
            moves.push(a_move(from, Some(to), (confidence, connection), unregistered));
        }
        moves.extend(
            left.map(|(from, confidence, connection)| {
                a_move(Some(from.clone()), None, (*confidence, *connection), None)
            }),
        );
        self.nowhere = match (now.is_empty(), self.nowhere.take()) {
            (false, _) => None,
            (true, known @ Some(_)) => known,
            (true, None) => Some((at, gone.into_iter().map(|(host, ..)| host).collect())),
        };
        self.faded.clear();
        self.pins = now;
        moves
    }

    /// It is told by nobody any more, since it is over.
    pub(super) fn ended(mut self, at: Moment, why: &str) -> Vec<PinMove> {
        self.take(Vec::new(), at, |_| why.to_owned())
    }

    /// Lets go of those pins of which nothing is known any more; that is no move. Whether there were any.
    pub(super) fn fade(&mut self, is_over: impl Fn(&Pin) -> bool) -> bool {
        let (over, kept): (Vec<Pin>, Vec<Pin>) = std::mem::take(&mut self.pins).into_iter().partition(is_over);
        self.pins = kept;
        self.faded.extend(over.iter().map(place));
        !over.is_empty()
    }

    /// Takes what is told as the same in other words, in which nothing moved.
    pub(super) fn rename(&mut self, now: Vec<Pin>) {
        let (since, first) = (self.pins.iter().filter_map(|pin| pin.since).min(), self.pins.clone());
        self.pins = now;
        for pin in &mut self.pins {
            let before = first.iter().find(|before| before.target == pin.target);
            pin.since = before.map_or(since, |before| before.since).or(pin.since);
        }
    }
}
