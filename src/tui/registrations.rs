//! The registrations of all carriers, as cursor, keys and picture share them.

pub(super) mod brief;
mod fate;
mod told;

use crate::model::{AccountId, AccountMode, CarrierName, Confidence, Host};
use crate::state::{Attention, By, CarrierState, Listing, Pin, Standing, State};

use super::ui::{Ui, View, fits};

pub(super) use fate::target;
pub(super) use told::{rows as told, text};

/// A line: an account, or a registration that somebody told of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'s> {
    pub(super) carrier: &'s CarrierState,
    pub(super) shows: Shows<'s>,
    /// Whether it is the first of its carrier.
    pub(super) first: bool,
}

/// What a line shows of where it is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shows<'s> {
    /// Somebody told.
    Pin(&'s Pin),
    /// Nobody told: where the engine would register, with the chance of each.
    Likely(&'s [Pin]),
    /// Nothing is known.
    Nothing,
}

/// A line, whatever becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Id {
    /// The account itself: our own registration, or that there is none.
    Account,
    /// What somebody told of a target.
    Told(By, Host),
    /// Where it is likely.
    Likely,
}

/// Where the operator is among the registrations.
#[derive(Debug, Default)]
pub(super) struct Cursor {
    on: Option<(CarrierName, Id)>,
    /// Where that was, should it go.
    at: usize,
    /// Only those that need attention.
    pub(super) only: bool,
    /// The screen that it was opened from.
    pub(super) from: View,
}

/// The carriers of the filter that have an account or somebody who tells of one, those that need attention first.
pub(super) fn carriers<'s>(ui: &Ui, state: &'s State) -> Vec<&'s CarrierState> {
    let wanted = ui.filtered();
    let listed =
        |carrier: &&CarrierState| carrier.is_registering() && wanted.is_none_or(|wanted| fits(carrier, wanted));
    let mut all: Vec<&CarrierState> = state.carriers().filter(listed).collect();
    all.sort_by_key(|carrier| carrier.registration.attention());
    all
}

/// What is listed.
pub(super) fn rows<'s>(ui: &Ui, state: &'s State) -> Vec<Row<'s>> {
    let all = carriers(ui, state).into_iter().flat_map(of);
    all.filter(|row| !ui.registrations.only || row.attention() != Attention::None).collect()
}

/// Those of one carrier: its account, then what others told.
pub(super) fn of(carrier: &CarrierState) -> Vec<Row<'_>> {
    let pins = carrier.registration.pins();
    let (likely, told) = if pins.first().is_some_and(is_inferred) { (pins, &pins[..0]) } else { (&pins[..0], pins) };
    let mut shows = Vec::new();
    let is_told = told.iter().any(|pin| !matches!(pin.by, By::Source(_)));
    let ends = matches!(
        carrier.registration.standing(),
        Standing::Unregistered { .. } | Standing::Refused { .. } | Standing::Stopped(_)
    );
    // What is known of an account to be nowhere is not likely anywhere; a PBX's own may be all the same.
    if !is_told && (ends || likely.is_empty() && (carrier.carrier.account.is_some() || told.is_empty())) {
        shows.push(Shows::Nothing);
    }
    if !likely.is_empty() {
        shows.push(Shows::Likely(likely));
    }
    shows.extend(told.iter().map(Shows::Pin));
    let rows = shows.into_iter().enumerate();
    rows.map(|(at, shows)| Row { carrier, shows, first: at == 0 }).collect()
}

fn is_inferred(pin: &Pin) -> bool {
    pin.confidence == Confidence::Inferred
}

impl<'s> Row<'s> {
    /// The registration that somebody told of.
    pub(super) const fn pin(&self) -> Option<&'s Pin> {
        match self.shows {
            Shows::Pin(pin) => Some(pin),
            Shows::Likely(_) | Shows::Nothing => None,
        }
    }

    /// Whose it is, as far as that is known: of what a PBX tells it is not.
    pub(super) fn account(&self) -> Option<AccountId> {
        let of_others = match self.shows {
            Shows::Pin(pin) => matches!(pin.by, By::Source(_)),
            Shows::Likely(_) => !self.first,
            Shows::Nothing => false,
        };
        let account = self.carrier.carrier.account.as_ref().filter(|_| !of_others)?;
        Some(AccountId::of(account, &self.carrier.carrier.uri))
    }

    /// What of it needs attention: of what its carrier's registrations need, what is about this one.
    pub(super) fn attention(&self) -> Attention {
        let worst = self.carrier.registration.attention();
        let about = |row: &Self| row.pin().is_some_and(|pin| concerns(worst, row.carrier, pin));
        let here = match worst {
            Attention::None => false,
            Attention::OnDown | Attention::LeftDns | Attention::Backup => {
                about(self) || self.first && !of(self.carrier).iter().any(about)
            }
            // The rest is about the account.
            _ => self.first,
        };
        if here { worst } else { Attention::None }
    }

    fn id(&self) -> (CarrierName, Id) {
        let id = match self.shows {
            Shows::Pin(pin) if !matches!(pin.by, By::OwnRegister | By::OtherInstance) => {
                Id::Told(pin.by.clone(), pin.target.clone())
            }
            Shows::Pin(_) | Shows::Nothing => Id::Account,
            Shows::Likely(_) => Id::Likely,
        };
        (self.carrier.carrier.name.clone(), id)
    }
}

/// Whether this needs attention because of a pin.
fn concerns(attention: Attention, carrier: &CarrierState, pin: &Pin) -> bool {
    match attention {
        Attention::OnDown => carrier.is_on_down(pin),
        Attention::LeftDns => matches!(pin.listing, Listing::Gone { .. }),
        Attention::Backup => matches!(pin.listing, Listing::Backup { .. }),
        _ => false,
    }
}

impl Cursor {
    /// The place of the cursor: on its line; where that is gone, on another of its carrier.
    pub(super) fn place(&self, rows: &[Row<'_>]) -> usize {
        let on = self.on.as_ref();
        let same = on.and_then(|on| rows.iter().position(|row| row.id() == *on));
        let near = || on.and_then(|(name, _)| rows.iter().position(|row| row.carrier.carrier.name == *name));
        same.or_else(near).unwrap_or(self.at).min(rows.len().saturating_sub(1))
    }
}

/// Puts the cursor on a line; its carrier is the one that is open.
pub(super) fn go_to(ui: &mut Ui, rows: &[Row<'_>], at: usize) {
    let Some(row) = rows.get(at) else { return };
    ui.go_to(row.carrier.carrier.name.clone(), ui.at);
    ui.registrations.on = Some(row.id());
    ui.registrations.at = at;
}

/// The selected line.
pub(super) fn selected<'s>(ui: &Ui, state: &'s State) -> Option<Row<'s>> {
    let rows = rows(ui, state);
    rows.get(ui.registrations.place(&rows)).copied()
}

/// Opens the list at the carrier that is looked at, where it is listed.
pub(super) fn enter(ui: &mut Ui, state: &State) {
    if ui.view != View::Registrations {
        ui.registrations.from = ui.view;
    }
    let current = ui.current(state).map(|carrier| carrier.carrier.name.clone());
    ui.view = View::Registrations;
    let on = |ui: &Ui| ui.registrations.on.as_ref().map(|(name, _)| name.clone());
    if on(ui) != current {
        ui.registrations.on = current.map(|name| (name, Id::Account));
    }
    let rows = rows(ui, state);
    go_to(ui, &rows, ui.registrations.place(&rows));
}

/// The carriers that a registration of ours is held at, and where.
pub(super) fn held(state: &State) -> impl Iterator<Item = (&CarrierState, &Pin)> {
    let holding = state.carriers().filter(|carrier| *carrier.registration.standing() == Standing::Held);
    holding.filter_map(|carrier| Some((carrier, own(carrier)?)))
}

/// Whether an account is in this mode, and nothing is sent any more.
pub(super) fn is_stopped(state: &State, name: &CarrierName, mode: AccountMode) -> bool {
    state.carrier(name).is_some_and(|carrier| {
        let same = carrier.carrier.account.as_ref().is_some_and(|account| account.mode == mode);
        same && matches!(carrier.registration.standing(), Standing::Stopped(_))
    })
}

/// The registration of our own.
pub(super) fn own(carrier: &CarrierState) -> Option<&Pin> {
    carrier.registration.pins().iter().find(|pin| pin.by == By::OwnRegister)
}
