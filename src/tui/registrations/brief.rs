//! A registration in few words, as all screens say it.

use unicode_width::UnicodeWidthStr;

use crate::model::{Confidence, Endpoint, Host, Moment};
use crate::state::{Attention, CarrierState, Evidence, Listing, Pin, Placement, Standing, Told};
use crate::tui::glyphs::Glyphs;
use crate::tui::theme::{Look, Theme};
use crate::tui::{foretold, words};

use super::{Row, Shows};

/// How wide a countdown is: `119 min`, `1:02:05`.
const COUNTDOWN: usize = 7;

/// Before what is only inferred: whatever a terminal can draw, it is not read as seen.
const INFERRED: &str = "~";

/// Where a pin is: `us-east-1`, `us-east-1 x3`; `~us-east-1 50` where it is only likely.
pub(in crate::tui) fn label(carrier: &CarrierState, pin: &Pin) -> String {
    let label = carrier.label(&pin.target);
    let many = if pin.many > 1 { format!(" x{}", pin.many) } else { String::new() };
    match pin.confidence {
        Confidence::Inferred if pin.chance.0 < 1.0 - 1e-9 => {
            format!("{INFERRED}{label} {}", foretold::bare(pin.chance))
        }
        Confidence::Inferred => format!("{INFERRED}{label}"),
        Confidence::Observed | Confidence::Reported => format!("{label}{many}"),
    }
}

/// Whether it is at a target that has these addresses.
pub(in crate::tui) fn is_at(pin: &Pin, endpoints: &[Endpoint], host: &Host) -> bool {
    pin.endpoint.map_or_else(|| pin.target == *host, |at| endpoints.contains(&at))
}

/// How sure it is, in a word; that of old news with that.
pub(in crate::tui) fn sure(pin: &Pin) -> String {
    let seen = match pin.evidence {
        Evidence::Registration => pin.confidence.word(),
        Evidence::Connection | Evidence::Connections => "connected",
    };
    if pin.old { format!("{seen}, old") } else { seen.to_owned() }
}

/// The same in three letters.
pub(in crate::tui) const fn sure_in_short(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Observed => "obs",
        Confidence::Reported => "rep",
        Confidence::Inferred => "inf",
    }
}

/// How that looks.
pub(in crate::tui) const fn look(theme: &Theme, pin: &Pin) -> Look {
    match pin.confidence {
        _ if pin.old => theme.stale,
        Confidence::Inferred => theme.dim,
        Confidence::Observed | Confidence::Reported => theme.text,
    }
}

/// What is left of it: `4 min`, of what is selected to the second; none where nobody knows.
pub(in crate::tui) fn left(pin: &Pin, now: Option<Moment>, selected: bool) -> Option<String> {
    let (until, now) = pin.until.zip(now)?;
    Some(if until <= now { "over".to_owned() } else { words::left(until.since(now), selected) })
}

/// Where a line is, with the mark of how sure that is, and how it looks.
pub(in crate::tui) fn whereabouts(row: &Row<'_>, glyphs: &Glyphs, theme: &Theme) -> (String, Look) {
    match row.shows {
        Shows::Pin(pin) => {
            let mark = glyphs.confidence(pin.confidence);
            (format!("{mark} {} {}", label(row.carrier, pin), sure(pin)), look(theme, pin))
        }
        Shows::Likely(pins) => (format!("{} inferred", likely(row.carrier, pins)), theme.dim),
        Shows::Nothing => {
            let (said, look) = unknown(row.carrier, theme);
            (format!("- {said}"), look)
        }
    }
}

/// Where it would be registered: the likeliest two, `~us-east-1 50, us-east-2 50`.
fn likely(carrier: &CarrierState, pins: &[Pin]) -> String {
    let named: Vec<String> = pins.iter().take(2).map(|pin| label(carrier, pin)).collect();
    let more = if pins.len() > 2 { ", ..." } else { "" };
    format!("{INFERRED}{}{more}", named.join(", ").replace(INFERRED, ""))
}

/// Why it is not known where it is.
fn unknown(carrier: &CarrierState, theme: &Theme) -> (String, Look) {
    let plain = |said: &str| (said.to_owned(), theme.dim);
    match carrier.registration.standing() {
        Standing::NoAccount => match carrier.registration.told() {
            None => plain("not known yet"),
            Some(Told { said: Ok(_), .. }) => plain("none is seen"),
            Some(Told { said: Err(_), .. }) => ("source fails".to_owned(), theme.warning),
        },
        Standing::Observed(Placement::Nowhere) => ("no binding".to_owned(), theme.warning),
        Standing::Observed(Placement::Shared(_)) => ("shared location".to_owned(), theme.unknown),
        Standing::Observed(Placement::At(_) | Placement::Each(_) | Placement::Open { .. }) => {
            ("cannot be told".to_owned(), theme.unknown)
        }
        standing @ (Standing::Unregistered { .. } | Standing::Refused { .. } | Standing::Stopped(_)) => {
            (standing.word().to_owned(), theme.failed)
        }
        Standing::Elsewhere(_) => plain("another trunktop"),
        standing => plain(standing.word()),
    }
}

/// In which tier it is.
pub(in crate::tui) fn tier(listing: Listing) -> String {
    match listing {
        Listing::First => "1".to_owned(),
        Listing::Backup { behind, .. } => format!("{} backup", behind + 1),
        Listing::Gone { left: Some(_) } => "left DNS".to_owned(),
        Listing::Gone { left: None } => "not in DNS".to_owned(),
        Listing::Unknown => "-".to_owned(),
    }
}

/// A carrier's registrations in one cell of a list: the surest, how long it holds, and how many more there are.
pub(in crate::tui) fn cell(
    carrier: &CarrierState,
    now: Option<Moment>,
    theme: &Theme,
    selected: bool,
) -> (String, Look) {
    let rows = super::of(carrier);
    let Some(row) = rows.first().filter(|_| carrier.is_registering()) else { return ("-".to_owned(), theme.dim) };
    let (said, look) = match row.shows {
        Shows::Pin(pin) => {
            let left = left(pin, now, selected).map_or_else(String::new, |left| format!(" {left}"));
            let look =
                if row.attention() == Attention::None { look(theme, pin) } else { urgent(theme, row.attention()) };
            (format!("{}{left}", label(carrier, pin)), look)
        }
        // The likeliest: that its chance is said tells that there are others.
        Shows::Likely(pins) => {
            let said = pins.first().map(|pin| label(carrier, pin)).unwrap_or_default();
            (if pins.len() > 1 { said + " %" } else { said }, theme.dim)
        }
        Shows::Nothing => ended(carrier).map_or_else(|| unknown(carrier, theme), |said| (said, theme.failed)),
    };
    let more = if rows.len() > 1 { format!(" +{}", rows.len() - 1) } else { String::new() };
    (format!("{said}{more}"), look)
}

/// What is registered where a line of the tree is: `PIN 2:51 obs`, `PIN rep`, `~inf 50 %`; none where nothing is.
pub(in crate::tui) fn of_line(
    carrier: &CarrierState,
    now: Option<Moment>,
    theme: &Theme,
    selected: bool,
    here: impl Fn(&Pin) -> bool,
) -> Option<(String, Look)> {
    let inferred = |pin: &&Pin| pin.confidence == Confidence::Inferred && here(pin);
    if let Some(pin) = carrier.registration.pins().iter().find(inferred) {
        let word = sure_in_short(pin.confidence);
        return Some((format!("{INFERRED}{word} {}", pin.chance), theme.dim));
    }
    let rows = super::of(carrier);
    let mut rows = rows.iter().filter_map(|row| Some((row, row.pin()?))).filter(|(_, pin)| here(pin));
    let (row, pin) = rows.next()?;
    let left = left(pin, now, selected).map_or_else(String::new, |left| format!(" {left}"));
    let many = pin.many + rows.map(|(_, pin)| pin.many).sum::<usize>();
    let many = if many > 1 && left.is_empty() { format!(" x{many}") } else { String::new() };
    let urgent = row.attention();
    let look = if urgent == Attention::None { look(theme, pin) } else { self::urgent(theme, urgent) };
    Some((format!("PIN{many}{left} {}", if pin.old { "old" } else { sure_in_short(pin.confidence) }), look))
}

/// How wide the cell of a carrier may become while a registration runs out.
pub(in crate::tui) fn cell_width(carrier: &CarrierState, theme: &Theme) -> usize {
    let rows = super::of(carrier);
    let counts = rows.first().and_then(Row::pin).is_some_and(|pin| pin.until.is_some());
    // Without a clock nothing is left to be said.
    cell(carrier, None, theme, false).0.width() + if counts { 1 + COUNTDOWN } else { 0 }
}

/// Where it was registered, while it is nowhere: `mav-001 EXPIRED`.
fn ended(carrier: &CarrierState) -> Option<String> {
    let Standing::Unregistered { .. } = carrier.registration.standing() else { return None };
    let last = carrier.registration.moves().next().filter(|moved| moved.what.to.is_none())?;
    let how = if last.what.why.as_str().starts_with("expired") { "EXPIRED" } else { "LOST" };
    Some(format!("{} {how}", carrier.label(last.what.from.as_ref()?)))
}

/// How what needs attention looks.
pub(in crate::tui) const fn urgent(theme: &Theme, attention: Attention) -> Look {
    match attention {
        Attention::None => theme.text,
        trouble if trouble.is_trouble() => theme.failed,
        _ => theme.warning,
    }
}
