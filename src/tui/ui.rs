//! What the operator looks at: the part of the picture that is not the world's.

use crate::model::{AccountMode, CarrierName, Confidence, EngineName, Failure, Text, What};
use crate::state::{CarrierState, State, Weak, Window};

use tui_input::Input as Field;

use super::Mode;
use super::dialog::{Add, Naming};
use super::findings;
use super::keymap::Place;
use super::lines::{self, Line};
use super::listing::Listing;
use super::pick::Pick;
use super::registrations;
use super::theme::{Look, Theme};

/// What the operator looks at.
#[derive(Debug)]
pub(super) struct Ui {
    /// Columns and rows of the terminal.
    pub(super) size: (u16, u16),
    /// The screen.
    pub(super) view: View,
    /// The carrier under the cursor, which is also the one that is open.
    pub(super) carrier: Option<CarrierName>,
    /// Where the cursor was in the list, should its carrier go.
    pub(super) at: usize,
    /// The line of the open carrier's tree under the cursor.
    pub(super) line: Option<String>,
    /// Where that line was, should it go.
    pub(super) line_at: usize,
    /// Which pane of the carrier the keys move in.
    pub(super) pane: Pane,
    /// Whether the operator has moved on the wall: until then its first page is in sight.
    pub(super) turned: bool,
    /// How many pages of the target were turned.
    pub(super) page: usize,
    /// How far back its figures and its chart look.
    pub(super) span: Window,
    /// How many events are scrolled past.
    pub(super) events_past: usize,
    /// Which events are listed.
    pub(super) listing: Listing,
    /// In which order the list is.
    pub(super) sort: Sort,
    /// Where it is among the engines that are compared.
    pub(super) engine: Spot<EngineName>,
    /// Where it is among what can fail alone.
    pub(super) weak: Spot<What>,
    /// In which way that fails.
    pub(super) how: Failure,
    /// The screen that these two were opened from.
    pub(super) from: View,
    /// Where it is among the findings.
    pub(super) findings: findings::Cursor,
    /// Where it is among the registrations.
    pub(super) registrations: registrations::Cursor,
    /// What the list is filtered by; empty: nothing.
    pub(super) filter: Field,
    /// What is asked or shown before anything else.
    pub(super) over: Over,
    /// What was said last; the next key wipes it.
    pub(super) said: Option<Said>,
    /// What has to be read, until it is.
    pub(super) notices: Vec<Text>,
    /// Why no carrier can be added or deleted, where none can.
    pub(super) fixed: Option<Fixed>,
}

/// Why no carrier can be added or deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fixed {
    /// The lab has the carriers that it has.
    Lab,
    /// The file has an error, this one, and is not written while it has.
    Broken(Text),
}

/// A screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum View {
    #[default]
    Fleet,
    Carrier,
    Target,
    Registrations,
    Changes,
    Findings,
    /// One carrier, as all engines have it.
    Compare,
    /// Everything of one carrier, failed in turn.
    Worst,
    Wall,
}

/// An order of the list of carriers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sort {
    /// The worst state first.
    #[default]
    State,
    Name,
    /// The worst single failure first.
    Worst,
}

impl Sort {
    /// The one after it, and round.
    pub(super) const fn next(self) -> Self {
        match self {
            Self::State => Self::Name,
            Self::Name => Self::Worst,
            Self::Worst => Self::State,
        }
    }

    /// What is said of it.
    pub(super) const fn said(self) -> &'static str {
        match self {
            Self::State => "by state",
            Self::Name => "by name",
            Self::Worst => "by worst single failure",
        }
    }
}

/// A place in a list: on an entry, as long as that is there.
#[derive(Clone, Debug)]
pub(super) struct Spot<T> {
    on: Option<T>,
    at: usize,
}

impl<T> Default for Spot<T> {
    /// On the first, whatever that is.
    fn default() -> Self {
        Self { on: None, at: 0 }
    }
}

impl<T: Clone + PartialEq> Spot<T> {
    /// The place among these.
    pub(super) fn place(&self, among: &[T]) -> usize {
        let here = self.on.as_ref().and_then(|on| among.iter().position(|one| one == on));
        here.unwrap_or(self.at).min(among.len().saturating_sub(1))
    }

    /// Goes to a place among these.
    pub(super) fn go(&mut self, among: &[T], at: usize) {
        *self = Self { on: among.get(at).cloned(), at };
    }
}

/// A pane of the carrier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Pane {
    #[default]
    Tree,
    Events,
}

/// What takes the keys before the screen does.
#[derive(Clone, Debug, Default)]
pub(super) enum Over {
    #[default]
    Nothing,
    /// All keys; how many pages were turned.
    Help(i32),
    /// Why the selected line is as it is; how many rows are scrolled past.
    Why(usize),
    /// All that the preview says; how many rows are scrolled past.
    Unfolded(usize),
    /// As which engine to view the carrier.
    Pick(Box<Pick>),
    /// The name of the drill to save.
    Save(Box<Naming>),
    /// The drills of the carrier; which is selected.
    Drills(usize),
    Filter,
    Add(Box<Add>),
    Remove(CarrierName),
    /// What is done with a carrier's account; which mode is selected.
    Mode(CarrierName, AccountMode),
    /// Whether to let go of what is held for a carrier.
    LetGo(CarrierName),
    Quit,
}

/// A line that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Well(Text),
    Ill(Text),
}

impl Said {
    pub(super) fn text(&self) -> &str {
        let (Self::Well(text) | Self::Ill(text)) = self;
        text.as_str()
    }

    pub(super) const fn look(&self, theme: &Theme) -> Look {
        match self {
            Self::Well(_) => theme.changed,
            Self::Ill(_) => theme.failed,
        }
    }
}

impl Ui {
    pub(super) fn new(size: (u16, u16), mode: &Mode) -> Self {
        let fixed = match &mode.lab {
            Some(_) => Some(Fixed::Lab),
            None => mode.notices.iter().find_map(|notice| mode.about_carriers(notice)).map(Fixed::Broken),
        };
        Self {
            size,
            view: View::default(),
            carrier: None,
            at: 0,
            line: None,
            line_at: 0,
            pane: Pane::default(),
            turned: false,
            page: 0,
            span: Window::Quarter,
            events_past: 0,
            listing: Listing::default(),
            sort: Sort::default(),
            engine: Spot::default(),
            weak: Spot::default(),
            how: Failure::default(),
            from: View::default(),
            findings: findings::Cursor::default(),
            registrations: registrations::Cursor::default(),
            filter: Field::default(),
            over: Over::default(),
            said: None,
            notices: mode.notices.iter().chain(&mode.slips).cloned().collect(),
            fixed,
        }
    }

    /// What came of reading the carriers file again: all is well, or why it is not.
    pub(super) fn read_again(&mut self, mode: &Mode, trouble: Option<&Text>) {
        if mode.lab.is_some() {
            return;
        }
        self.notices.retain(|notice| mode.about_carriers(notice).is_none());
        self.notices.extend(trouble.cloned());
        self.fixed = trouble.and_then(|why| mode.about_carriers(why)).map(Fixed::Broken);
    }

    /// What the list is filtered by, where it is.
    pub(super) fn filtered(&self) -> Option<&str> {
        Some(self.filter.value().trim()).filter(|wanted| !wanted.is_empty())
    }

    /// Where keys are pressed.
    pub(super) fn place(&self, state: &State) -> Place {
        if state.carriers().next().is_none() {
            return Place::Empty;
        }
        match self.view {
            View::Fleet => Place::Fleet,
            View::Carrier => Place::Carrier,
            View::Target => Place::Target,
            View::Registrations => Place::Registrations,
            View::Changes => Place::Changes,
            View::Findings => Place::Findings,
            View::Compare => Place::Compare,
            View::Worst => Place::Worst,
            View::Wall => Place::Wall,
        }
    }

    /// The carriers that the list shows, in its order.
    pub(super) fn listed<'s>(&self, state: &'s State) -> Vec<&'s CarrierState> {
        // The wall has the worst in sight, whatever the list's order.
        let mut all = match self.sort {
            _ if self.view == View::Wall => state.ranked(),
            Sort::State => state.ranked(),
            Sort::Name => state.carriers().collect(),
            Sort::Worst => by_worst(state),
        };
        if let Some(wanted) = self.filtered() {
            all.retain(|carrier| fits(carrier, wanted));
        }
        all
    }

    /// The place of the cursor in the list.
    pub(super) fn cursor(&self, listed: &[&CarrierState]) -> usize {
        let here = |name: &CarrierName| listed.iter().position(|carrier| carrier.carrier.name == *name);
        self.carrier.as_ref().and_then(here).unwrap_or(self.at).min(listed.len().saturating_sub(1))
    }

    /// The carrier under the cursor.
    pub(super) fn current<'s>(&self, state: &'s State) -> Option<&'s CarrierState> {
        if let Some(carrier) = self.carrier.as_ref().and_then(|name| state.carrier(name))
            && (self.view != View::Fleet || self.filtered().is_none())
        {
            return Some(carrier);
        }
        let listed = self.listed(state);
        listed.get(self.cursor(&listed)).copied()
    }

    /// The place of the cursor in the tree.
    pub(super) fn line_cursor(&self, carrier: &CarrierState, lines: &[Line<'_>]) -> usize {
        let Some(id) = &self.line else { return lines::first_aim(carrier, lines) };
        let here = lines.iter().position(|line| line.id == *id);
        here.unwrap_or(self.line_at).min(lines.len().saturating_sub(1))
    }

    /// Moves to a carrier; its tree is entered anew.
    pub(super) fn go_to(&mut self, name: CarrierName, at: usize) {
        if self.carrier.as_ref() != Some(&name) {
            self.line = None;
            self.line_at = 0;
            self.events_past = 0;
            self.findings.enter();
            (self.engine, self.weak) = (Spot::default(), Spot::default());
            self.pane = Pane::Tree;
        }
        self.carrier = Some(name);
        self.at = at;
    }

    /// Says something, until the next key.
    pub(super) fn say(&mut self, what: impl Into<Text>) {
        self.said = Some(Said::Well(what.into()));
    }

    /// Says that something did not work, until the next key.
    pub(super) fn complain(&mut self, what: impl Into<Text>) {
        self.said = Some(Said::Ill(what.into()));
    }
}

/// The carriers whose worst single failure is the worst first; those of whom it is not known last.
fn by_worst(state: &State) -> Vec<&CarrierState> {
    let mut all: Vec<(&CarrierState, Option<[f64; 3]>)> = state
        .carriers()
        .map(|carrier| (carrier, carrier.weighed().and_then(|known| known.each.first()).map(Weak::badness)))
        .collect();
    all.sort_by(|(_, one), (_, other)| other.partial_cmp(one).unwrap_or(std::cmp::Ordering::Equal));
    all.into_iter().map(|(carrier, _)| carrier).collect()
}

/// The spans that a target's figures may look back, one after the other.
pub(super) const fn after(span: Window) -> Window {
    match span {
        Window::Minute | Window::Day => Window::Quarter,
        Window::Quarter => Window::Hour,
        Window::Hour => Window::Day,
    }
}

/// Whether a filter leaves a carrier; small and large letters are one to it.
pub(super) fn fits(carrier: &CarrierState, wanted: &str) -> bool {
    let wanted = wanted.to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(&wanted);
    has(carrier.carrier.name.as_str())
        || has(&carrier.carrier.uri.to_string())
        || carrier.carrier.tags.iter().any(|tag| has(tag.as_str()))
        || has(carrier.verdict.level.word())
        || has(&carrier.verdict.sentence)
        || has(carrier.registration.attention().word())
        || carrier
            .registration
            .pins()
            .iter()
            .any(|pin| pin.confidence != Confidence::Inferred && has(&pin.target.to_string()))
}
