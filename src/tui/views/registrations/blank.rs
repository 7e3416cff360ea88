//! What is shown where no carrier has an account.

use crate::model::AccountMode;
use crate::tui::canvas::{Canvas, Piece};

use super::Scene;

/// What to put into the carriers file.
const EXAMPLE: [&str; 6] = [
    "[carrier.account]",
    "user = \"+4930123\"",
    "password_command = [\"pass\", \"show\", \"acme\"]",
    "mode = \"observe\"",
    "[carrier.pin]                  # or what your PBX shows",
    "command = [\"ssh\", \"pbx\", \"ss\", \"-tn\"]",
];

pub(super) fn draw(canvas: &mut Canvas<'_>, scene: Scene<'_>) {
    let theme = canvas.theme;
    let end = canvas.columns().saturating_sub(1);
    let mut row = 0;
    if let Some(wanted) = scene.ui.filtered() {
        canvas.put(row, 1, end, &format!("of those of filter \"{wanted}\":"), theme.warning);
        row += 1;
    }
    for line in [
        "No carrier has an account, and nobody tells where a PBX is registered.",
        "A registration stays where it landed: calls to you miss with its POP, while OPTIONS elsewhere look well.",
    ] {
        row += canvas.wrapped(row, 2, 1, line, theme.text);
    }
    row += 1;
    let file = scene.mode.file.as_ref().map_or("carriers.toml", |file| file.as_str());
    canvas.put(row, 1, end, &format!("Below a [[carrier]] in {file}, then R:"), theme.text);
    row += 1;
    for line in EXAMPLE {
        canvas.put(row, 3, end, line, theme.key);
        row += 1;
    }
    row += 1;
    for mode in AccountMode::ALL {
        let from = canvas.pieces(row, 1, end, &[Piece::new(format!("{mode:<8} "), theme.heading)]);
        row += canvas.wrapped(row, 4, from, mode.does(), theme.text);
    }
}
