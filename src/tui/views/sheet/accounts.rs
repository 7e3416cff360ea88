//! Dialogs about registrations: what is done with an account, and what would be lost.

use unicode_width::UnicodeWidthStr;

use crate::model::{AccountId, AccountMode, CarrierName};
use crate::tui::canvas::{Canvas, Piece, wrap};
use crate::tui::{registrations, words};

use super::Scene;

/// What quitting ends, and whether to.
pub(super) fn quitting(scene: Scene<'_>) -> String {
    let held: Vec<String> = registrations::held(scene.state)
        .map(|(carrier, pin)| format!("{} ({})", carrier.label(&pin.target), carrier.carrier.name))
        .collect();
    let mut words = match held.as_slice() {
        [] => String::new(),
        [only] => format!("A registration is held at {only}: quitting removes it. "),
        several => format!("Registrations are held at {}: quitting removes them. ", several.join(", ")),
    };
    if scene.state.carriers().any(|carrier| !carrier.forced.is_empty()) {
        words.push_str("The failures that you forced are not kept. ");
    }
    words + "Quit?"
}

/// What letting go of what is held for a carrier does, and whether to.
pub(super) fn letting_go(scene: Scene<'_>, name: &CarrierName) -> String {
    let Some(carrier) = scene.state.carrier(name) else { return format!("{name} is no longer there") };
    let held = registrations::own(carrier).map_or_else(|| "it".to_owned(), |pin| carrier.label(&pin.target));
    let engine = words::engine(&carrier.engine().name());
    format!("Lets go of {held} and registers anew as {engine} would: calls to it miss until that is done. Do it?")
}

/// The rows of a question with its answers.
pub(super) fn rows(scene: Scene<'_>, question: &str) -> u16 {
    let width = usize::from(scene.ui.size.0).saturating_sub(2);
    u16::try_from(wrap(&format!("{question}{ANSWERS}"), width, 4).len()).unwrap_or(1)
}

/// How a question is answered.
const ANSWERS: &str = "  y / n";

pub(super) fn ask(canvas: &mut Canvas<'_>, scene: Scene<'_>, question: &str) {
    let theme = canvas.theme;
    canvas.rule(0);
    let rows = rows(scene, question);
    let taken = canvas.wrapped(1, rows, 1, question, theme.warning);
    let end = canvas.columns().saturating_sub(1);
    let width = usize::from(canvas.columns()).saturating_sub(2);
    let last = wrap(question, width, rows.into()).last().map_or(0, |line| line.width());
    if taken < rows {
        canvas.put(taken + 1, 1, end, ANSWERS.trim_start(), theme.key);
    } else {
        canvas.put(taken, u16::try_from(last + 1).unwrap_or(1), end, ANSWERS, theme.key);
    }
}

/// What each mode does to the carrier, in rows.
fn modes(scene: Scene<'_>) -> Vec<Vec<String>> {
    let width = usize::from(scene.ui.size.0).saturating_sub(2 + MODE);
    AccountMode::ALL.iter().map(|mode| wrap(mode.does(), width.max(8), 4)).collect()
}

/// How many rows it takes to choose one.
pub(super) fn choosing_rows(scene: Scene<'_>) -> u16 {
    let rows: usize = modes(scene).iter().map(Vec::len).sum();
    u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(2)
}

/// How wide the word of a mode stands.
const MODE: usize = 9;

pub(super) fn choosing(canvas: &mut Canvas<'_>, scene: Scene<'_>, name: &CarrierName, selected: AccountMode) {
    let theme = canvas.theme;
    let end = canvas.columns().saturating_sub(1);
    canvas.rule(0);
    let account = scene.state.carrier(name).and_then(|known| {
        let account = known.carrier.account.as_ref()?;
        Some((AccountId::of(account, &known.carrier.uri).to_string(), account.mode))
    });
    let (whose, now) = account.unwrap_or_else(|| (name.to_string(), AccountMode::Off));
    let stopped = if registrations::is_stopped(scene.state, name, now) { ", stopped: r tries again" } else { "" };
    let words = format!("{whose} (now {now}{stopped}), until trunktop ends:");
    canvas.pieces(1, 1, end, &[Piece::new("ACCOUNT  ", theme.title), Piece::new(words, theme.text)]);
    let mut row = 2;
    for (mode, rows) in AccountMode::ALL.iter().zip(modes(scene)) {
        canvas.put(row, 1, end, mode.word(), theme.key);
        for line in rows {
            canvas.put(row, u16::try_from(1 + MODE).unwrap_or(1), end, &line, theme.text);
            if *mode == selected {
                canvas.lay(row, theme.selection);
            }
            row += 1;
        }
    }
}
