//! All keys of the place, from the one table.

use unicode_width::UnicodeWidthStr;

use crate::tui::canvas::{Canvas, Piece};
use crate::tui::keymap::{self, Binding, Group, Place};

use super::Scene;

pub(super) fn draw(canvas: &mut Canvas<'_>, scene: Scene<'_>, place: Place) {
    let theme = canvas.theme;
    let mut top = 0;
    if let Some(carrier) = scene.ui.current(scene.state) {
        canvas.put(top, 1, canvas.columns(), carrier.carrier.name.as_str(), theme.title);
        top += 1 + super::verdict(canvas, scene, carrier, 1, 2);
        canvas.rule(top);
        top += 1;
    }
    let mut lines: Vec<Option<&Binding>> = Vec::new();
    let mut titles: Vec<(usize, Group)> = Vec::new();
    for group in [Group::Move, Group::WhatIf, Group::Watch, Group::Program] {
        let of_group: Vec<&Binding> =
            keymap::bindings(place, scene.mode.lab.is_some()).filter(|b| b.group == group).collect();
        if !of_group.is_empty() {
            titles.push((lines.len(), group));
            lines.push(None);
            lines.extend(of_group.into_iter().map(Some));
        }
    }
    let rows = usize::from(canvas.rows().saturating_sub(top)).max(1);
    // One column where it is enough, else two.
    let width = if lines.len() > rows { canvas.columns() / 2 } else { canvas.columns() };
    let keys_width: usize = 10;
    for (at, line) in lines.iter().enumerate() {
        let column = at / rows;
        let from = u16::try_from(column).unwrap_or(u16::MAX).saturating_mul(width) + 1;
        let end = (from + width).saturating_sub(2);
        let row = top + u16::try_from(at % rows).unwrap_or(u16::MAX);
        match line {
            None => {
                let title = titles.iter().find(|(first, _)| *first == at).map_or("", |(_, group)| group.title());
                canvas.put(row, from, end, title, theme.heading);
            }
            Some(binding) => {
                let keys = keymap::keys(binding);
                let pad = " ".repeat(keys_width.saturating_sub(keys.width()).max(1));
                canvas.pieces(
                    row,
                    from,
                    end,
                    &[Piece::new(keys, theme.key), Piece::new(pad, theme.text), Piece::new(binding.help, theme.text)],
                );
            }
        }
    }
}
