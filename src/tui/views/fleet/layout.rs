//! The columns of the list of carriers.

use unicode_width::UnicodeWidthStr;

use crate::state::{Attention, CarrierState};
use crate::tui::canvas::{Align, Canvas, Column, Piece, columns};
use crate::tui::registrations::brief;
use crate::tui::ui::Sort;

use super::{Scene, count, dns, next, worst};

/// From how many columns on the verdict is a column.
const WIDE: u16 = 100;
/// The least and the most columns of how the DNS is: what fails there has to be read to its end.
const DNS: (u16, u16) = (13, 18);
/// From how many columns on DNS is a column.
const MIDDLE: u16 = 80;
/// From how many columns on the pin is one, where any carrier has one.
const PINNED: u16 = 132;
/// The least and the most columns of it.
const PIN: (u16, u16) = (10, 22);
/// The least columns of how the DNS is beside a pin.
const DNS_BESIDE: u16 = 4;

/// Where the columns stand.
pub(super) struct Layout {
    state: Column,
    carrier: Column,
    targets: Column,
    next: Column,
    pin: Option<Column>,
    dns: Option<Column>,
    verdict: Option<Column>,
}

impl Layout {
    pub(super) fn new(total: u16, scene: Scene<'_>, listed: &[&CarrierState]) -> Self {
        use Align::{Left, Right};
        let longest = listed.iter().map(|carrier| carrier.carrier.name.as_str().width()).max().unwrap_or(0);
        let name = u16::try_from(longest.clamp(12, 24)).unwrap_or(24);
        let (word, targets) = (10, 7);
        let dns = listed.iter().map(|carrier| dns(scene, carrier).0.width()).max().unwrap_or(0);
        let said = u16::try_from(dns).unwrap_or(DNS.1);
        let dns = said.clamp(DNS.0, DNS.1);
        if total >= PINNED && listed.iter().any(|carrier| carrier.is_registering()) {
            let cells = listed.iter().map(|carrier| brief::cell_width(carrier, scene.theme));
            let pin = u16::try_from(cells.max().unwrap_or(0)).unwrap_or(PIN.1).clamp(PIN.0, PIN.1);
            let next = (total / 4).clamp(26, 44).saturating_sub(4);
            let dns = said.clamp(DNS_BESIDE, DNS.1);
            let [state, carrier, targets, next, pin, dns, verdict] = columns(
                total,
                [(word, Left), (name, Left), (targets, Right), (next, Left), (pin, Left), (dns, Left), (0, Left)],
            );
            return Self { state, carrier, targets, next, pin: Some(pin), dns: Some(dns), verdict: Some(verdict) };
        }
        if total >= WIDE {
            let next = (total / 4).clamp(26, 44);
            let [state, carrier, targets, next, dns, verdict] =
                columns(total, [(word, Left), (name, Left), (targets, Right), (next, Left), (dns, Left), (0, Left)]);
            return Self { state, carrier, targets, next, pin: None, dns: Some(dns), verdict: Some(verdict) };
        }
        if total >= MIDDLE {
            let [state, carrier, targets, next, dns] =
                columns(total, [(word, Left), (name, Left), (targets, Right), (0, Left), (dns, Left)]);
            return Self { state, carrier, targets, next, pin: None, dns: Some(dns), verdict: None };
        }
        let name = name.min(total / 3);
        let [state, carrier, targets, next] = columns(total, [(word, Left), (name, Left), (targets, Right), (0, Left)]);
        Self { state, carrier, targets, next, pin: None, dns: None, verdict: None }
    }

    pub(super) fn heads(&self, canvas: &mut Canvas<'_>, scene: Scene<'_>) {
        let next = if scene.ui.sort == Sort::Worst { "WORST SINGLE FAILURE" } else { "NEXT CALLS" };
        let watched = scene.state.carriers().any(CarrierState::is_registering);
        let heads = [
            (Some(self.state), "STATE"),
            (Some(self.carrier), "CARRIER"),
            (Some(self.targets), "TARGETS"),
            (Some(self.next), next),
            // The key stands with it: in the foot others need the room.
            (self.pin, "PIN (4)"),
            (self.dns, "DNS"),
            (self.verdict, if self.pin.is_none() && watched { "VERDICT (PINS: 4)" } else { "VERDICT" }),
        ];
        for (column, head) in heads {
            if let Some(column) = column {
                canvas.cell(1, column, head, canvas.theme.heading);
            }
        }
    }

    pub(super) fn row(
        &self,
        canvas: &mut Canvas<'_>,
        scene: Scene<'_>,
        row: u16,
        carrier: &CarrierState,
        sentence: &str,
        selected: bool,
    ) {
        let theme = canvas.theme;
        let (Piece(word, look), _) = scene.verdict(carrier);
        canvas.cell(row, self.state, &word, look);
        canvas.cell(row, self.carrier, carrier.carrier.name.as_str(), theme.text);
        let (alive, all) = count(carrier);
        let targets = match &carrier.published {
            None => "-".to_owned(),
            Some(_) if !scene.state.options.probing => all.to_string(),
            Some(_) => format!("{alive}/{all}"),
        };
        canvas.cell(row, self.targets, &targets, theme.text);
        let next = if scene.ui.sort == Sort::Worst { worst(scene, carrier) } else { next(scene, carrier) };
        let urgent = carrier.registration.attention();
        let is_marked = self.pin.is_none() && urgent != Attention::None;
        let mark = [Piece::new("pin!", brief::urgent(theme, urgent))];
        let mut end = self.next.from + self.next.width;
        if is_marked && self.verdict.is_none() {
            end = canvas.pieces_right(row, self.next.from, end, &mark).saturating_sub(1);
        }
        canvas.pieces(row, self.next.from, end, &next);
        if let Some(column) = self.pin {
            let (said, look) = brief::cell(carrier, scene.state.now, theme, selected);
            canvas.cell(row, column, &said, look);
        }
        if let Some(column) = self.dns {
            let (said, failed) = dns(scene, carrier);
            canvas.cell(row, column, &said, if failed { theme.failed } else { theme.text });
        }
        if let Some(column) = self.verdict {
            let (mut from, end) = (column.from, column.from + column.width);
            if !carrier.forced.is_empty() {
                // It stands before what was seen, so it says whose it is.
                let yours = format!("[you fail {}]", carrier.forced.len());
                from = canvas.put(row, from, end, &yours, theme.simulated) + 1;
            }
            if is_marked {
                // The sentence may be cut off before it comes to that.
                from = canvas.pieces(row, from, end, &mark) + 1;
            }
            canvas.put(row, from, end, sentence, theme.text);
        }
    }
}
