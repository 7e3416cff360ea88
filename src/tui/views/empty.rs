//! What is shown where there is nothing to show.

use crate::tui::canvas::{Canvas, Piece};

use crate::tui::ui::Fixed;

use super::{LEAST, Scene};

/// A terminal that is too small says what it needs.
pub(super) fn too_small(canvas: &mut Canvas<'_>) {
    let (columns, rows) = (canvas.columns(), canvas.rows());
    let said = format!("needs {}x{}, has {columns}x{rows}", LEAST.0, LEAST.1);
    canvas.put(0, 0, columns, &said, canvas.theme.warning);
}

/// No carrier is saved.
pub(super) fn draw(canvas: &mut Canvas<'_>, scene: Scene<'_>) {
    let theme = canvas.theme;
    let end = canvas.columns();
    canvas.put(1, 2, end, concat!("trunktop ", env!("CARGO_PKG_VERSION")), theme.title);
    let lines = [
        "Shows where a SIP carrier's DNS sends your calls (RFC 3263: NAPTR, SRV, A and AAAA),",
        "whether each target answers OPTIONS, and who gets the calls when one dies.",
    ];
    let mut row = 3;
    for line in lines {
        row += canvas.wrapped(row, 3, 2, line, theme.text);
    }
    row += 1;
    let lab = ("d", "look at the lab: trunktop demo");
    let keys = if let Some(Fixed::Broken(why)) = &scene.ui.fixed {
        canvas.put(row, 2, end, "The carriers file cannot be read:", theme.text);
        row += 1 + canvas.wrapped(row + 1, 3, 2, why.as_str(), theme.failed);
        [("R", "read it again, once it is mended"), lab]
    } else {
        canvas.put(row, 2, end, "No carriers are saved.", theme.text);
        row += 1;
        [("a", "add a carrier: a domain, or a sip: or sips: URI"), lab]
    };
    row += 1;
    for (key, does) in keys {
        canvas.pieces(row, 4, end, &[Piece::new(format!("{key}  "), theme.key), Piece::new(does, theme.text)]);
        row += 1;
    }
    if let Some(file) = &scene.mode.file {
        canvas.put(row + 1, 2, end, &format!("They are kept in {file}"), theme.dim);
    }
}
