//! Which events are listed, and which one is selected, as keys and picture share them.

use crate::model::{CarrierName, Event, EventKind, Field, HealthState, Host, Moment, RecordType};
use crate::state::{CarrierState, State};

use super::ui::{View, fits};

/// How many events are listed at most.
pub(super) const MOST: usize = 1000;

/// What is listed, and where the cursor is.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Only those of this carrier.
    pub(super) only: Option<CarrierName>,
    /// Only those of carriers that fit this filter.
    pub(super) wanted: Option<String>,
    /// Only those of this kind.
    pub(super) kind: Kind,
    /// The screen that it was opened from.
    pub(super) from: View,
    /// The selected event; none: the newest, whatever comes.
    selected: Option<Mark>,
    /// Where that was, should it go.
    at: usize,
}

/// Kinds of events that are looked for together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    #[default]
    All,
    /// What changed in the DNS, and whether it answers.
    Dns,
    Health,
    /// Where registrations went.
    Pins,
}

/// An event, whatever comes before and after it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mark {
    at: Moment,
    carrier: Option<CarrierName>,
    /// Place among the carrier's events of that moment.
    nth: usize,
}

/// An event that is listed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'s> {
    /// Whose; none: it is about us.
    pub(super) carrier: Option<&'s CarrierState>,
    pub(super) event: &'s Event,
    nth: usize,
}

impl Kind {
    /// The one after it, and round.
    pub(super) const fn next(self) -> Self {
        match self {
            Self::All => Self::Dns,
            Self::Dns => Self::Health,
            Self::Health => Self::Pins,
            Self::Pins => Self::All,
        }
    }

    fn holds(self, event: &Event) -> bool {
        match event.kind {
            EventKind::Change(_) | EventKind::Dns(_) | EventKind::Findings { .. } => {
                matches!(self, Self::All | Self::Dns)
            }
            EventKind::Health { .. } => matches!(self, Self::All | Self::Health),
            EventKind::Pin(_) => matches!(self, Self::All | Self::Pins),
            EventKind::Maintenance(_) | EventKind::Simulation(_) => self == Self::All,
            // It hides all of them.
            EventKind::Ours(_) => true,
        }
    }
}

impl Listing {
    /// Opens it anew.
    pub(super) fn open(only: Option<CarrierName>, wanted: Option<String>, from: View) -> Self {
        Self { only, wanted, from, ..Self::default() }
    }

    /// Whether a carrier's are listed; one that was named is, whatever the filter.
    pub(super) fn holds(&self, carrier: &CarrierState) -> bool {
        match (&self.only, &self.wanted) {
            (Some(only), _) => *only == carrier.carrier.name,
            (None, Some(wanted)) => fits(carrier, wanted),
            (None, None) => true,
        }
    }

    /// What is listed: newest first, what came of one fact in its own order.
    pub(super) fn rows<'s>(&self, state: &'s State) -> Vec<Row<'s>> {
        let mut rows: Vec<Row<'_>> = Vec::new();
        for carrier in state.carriers().filter(|carrier| self.holds(carrier)) {
            let (mut last, mut nth) = (None, 0);
            for event in carrier.newest_first() {
                nth = if last == Some(event.at) { nth + 1 } else { 0 };
                last = Some(event.at);
                if self.kind.holds(event) && !is_first_look(carrier, event) {
                    rows.push(Row { carrier: Some(carrier), event, nth });
                }
            }
        }
        // They are nobody's alone, and so everybody's.
        rows.extend(state.our_events().enumerate().rev().map(|(nth, event)| Row { carrier: None, event, nth }));
        rows.sort_by_key(|row| std::cmp::Reverse(row.event.at));
        rows.truncate(MOST);
        rows
    }

    /// The place of the cursor.
    pub(super) fn cursor(&self, rows: &[Row<'_>]) -> usize {
        let Some(selected) = &self.selected else { return 0 };
        let here = rows.iter().position(|row| row.mark() == *selected);
        here.unwrap_or(self.at).min(rows.len().saturating_sub(1))
    }

    /// Puts the cursor on a row; on the first it stays with the newest.
    pub(super) fn go_to(&mut self, rows: &[Row<'_>], at: usize) {
        self.selected = rows.get(at).filter(|_| at > 0).map(Row::mark);
        self.at = at;
    }

    /// Lists something else; the cursor stays on its event where that is still listed.
    pub(super) fn change(&mut self, state: &State, change: impl FnOnce(&mut Self)) {
        let rows = self.rows(state);
        let selected = rows.get(self.cursor(&rows)).map(Row::mark);
        change(self);
        let rows = self.rows(state);
        let at = selected.and_then(|mark| rows.iter().position(|row| row.mark() == mark));
        self.go_to(&rows, at.unwrap_or(0));
    }
}

impl Row<'_> {
    /// The target that it is about, where it is about one.
    pub(super) fn target(&self) -> Option<Host> {
        match &self.event.kind {
            EventKind::Health { target, .. } => Some(target.clone()),
            EventKind::Change(change) => match change.rrset.rtype {
                RecordType::A | RecordType::Aaaa => Some(Host::Name(change.rrset.name.clone())),
                RecordType::Srv => {
                    // Where the target itself was edited, the new one is looked for.
                    let moved = Some(&change.edit).filter(|edit| edit.field == Field::Target);
                    let named = moved.and_then(|edit| edit.to.first()).or(change.record.as_ref());
                    named.and_then(|name| name.as_str().parse().ok())
                }
                RecordType::Naptr => None,
            },
            EventKind::Pin(moved) => moved.to.clone().or_else(|| moved.from.clone()),
            EventKind::Findings { .. }
            | EventKind::Dns(_)
            | EventKind::Ours(_)
            | EventKind::Maintenance(_)
            | EventKind::Simulation(_) => None,
        }
    }

    fn mark(&self) -> Mark {
        Mark { at: self.event.at, carrier: self.event.carrier.clone(), nth: self.nth }
    }
}

/// Whether a target was found well when it was first looked at: nothing has changed by that.
fn is_first_look(carrier: &CarrierState, event: &Event) -> bool {
    let EventKind::Health { endpoint, from: HealthState::Unknown, to: HealthState::Up, .. } = &event.kind else {
        return false;
    };
    let earlier = carrier.events.iter().take_while(|known| !std::ptr::eq(*known, event));
    !earlier.into_iter().any(|known| matches!(&known.kind, EventKind::Health { endpoint: at, .. } if at == endpoint))
}
