//! The last row: what was said or what keys there are, and the badges that must never be missed.

use crate::tui::canvas::{Canvas, Piece};
use crate::tui::keymap::{self, Action};
use crate::tui::ui::{Over, Said};
use unicode_width::UnicodeWidthStr;

use super::{Scene, is_open};

pub(super) fn draw(canvas: &mut Canvas<'_>, scene: Scene<'_>) {
    let end = canvas.columns().saturating_sub(1);
    let badges = badges(scene);
    let from = canvas.pieces_right(0, 0, end, &badges);
    let room = from.saturating_sub(1);
    match &scene.ui.said {
        Some(said) if unfit(scene).is_none() => {
            canvas.put(0, 1, room, said.text(), said.look(canvas.theme));
        }
        _ => {
            hints(canvas, scene, room);
        }
    }
}

/// What was said, where it does not fit here.
pub(super) fn unfit(scene: Scene<'_>) -> Option<&Said> {
    let badges: usize = badges(scene).iter().map(|Piece(text, _)| text.width()).sum();
    // One column before it, one after it, and one before the edge.
    scene.ui.said.as_ref().filter(|said| said.text().width() + badges + 3 > usize::from(scene.ui.size.0))
}

fn badges(scene: Scene<'_>) -> Vec<Piece> {
    let theme = scene.theme;
    let mut badges = Vec::new();
    let mut badge = |text: String, look: crate::tui::theme::Look| {
        badges.push(Piece::new(" ", theme.text));
        badges.push(Piece::new(text, look));
    };
    if let Some(since) = scene.paused {
        badge(format!(" PAUSED {} ", scene.clock(since)), theme.paused);
    }
    if scene.state.carriers().any(|carrier| !carrier.forced.is_empty()) {
        badge("[SIMULATION]".to_owned(), theme.simulated);
    }
    if let Some(viewed) = scene.ui.current(scene.state).filter(|carrier| is_open(scene.ui.view) && carrier.is_viewed())
    {
        badge(format!("[AS {}]", viewed.shown_as().profile().name), theme.simulated);
    }
    if let Some(scenario) = &scene.mode.lab {
        badge(format!("[LAB {scenario}]"), theme.changed);
    }
    if !scene.state.options.probing {
        badge("[NO PROBES]".to_owned(), theme.warning);
    }
    if let Some(now) = scene.state.now.filter(|_| is_open(scene.ui.view)) {
        badge(scene.clock(now), theme.dim);
    }
    badges
}

fn hints(canvas: &mut Canvas<'_>, scene: Scene<'_>, room: u16) -> u16 {
    let theme = canvas.theme;
    let own: Vec<(String, &str)> = match &scene.ui.over {
        Over::Nothing => {
            let place = scene.ui.place(scene.state);
            let forced = scene.ui.current(scene.state).is_some_and(|carrier| !carrier.forced.is_empty());
            let bindings = keymap::bindings(place, scene.mode.lab.is_some())
                .filter(|binding| binding.action != Action::Undo || forced)
                .filter(|binding| binding.action != Action::Add || scene.ui.fixed.is_none());
            bindings.filter_map(|b| Some((b.keys.first()?.to_string(), b.hint?))).collect()
        }
        Over::Why(_) => {
            vec![("j k".to_owned(), "scroll"), ("y".to_owned(), "copy dig"), ("Esc".to_owned(), "back")]
        }
        Over::Help(_) => vec![("Esc".to_owned(), "back")],
        Over::Unfolded(_) => vec![("j k".to_owned(), "scroll"), ("Esc".to_owned(), "back")],
        Over::Pick(_) => {
            vec![("Enter".to_owned(), "view as"), ("Up Down".to_owned(), "choose"), ("Esc".to_owned(), "give up")]
        }
        Over::Save(_) => vec![("Enter".to_owned(), "save"), ("Esc".to_owned(), "give up")],
        Over::Drills(_) => {
            vec![("Enter".to_owned(), "fail so"), ("j k".to_owned(), "choose"), ("Esc".to_owned(), "give up")]
        }
        Over::Filter => vec![("Enter".to_owned(), "keep"), ("Esc".to_owned(), "show all")],
        Over::Add(_) => {
            vec![("Enter".to_owned(), "save"), ("Tab".to_owned(), "other field"), ("Esc".to_owned(), "give up")]
        }
        Over::Remove(_) => vec![("y".to_owned(), "delete"), ("n".to_owned(), "keep")],
        Over::Mode(..) => {
            vec![("Enter".to_owned(), "do so"), ("j k".to_owned(), "choose"), ("Esc".to_owned(), "give up")]
        }
        Over::LetGo(_) => vec![("y".to_owned(), "let go"), ("n".to_owned(), "keep")],
        Over::Quit => vec![("y".to_owned(), "quit"), ("n".to_owned(), "stay")],
    };
    let width = |(key, does): &(String, &str)| u16::try_from(key.width() + does.width() + 3).unwrap_or(u16::MAX);
    // The last is where all others can be found: it keeps its room.
    let kept = own.last().map_or(0, width);
    let count = own.len();
    let mut at: u16 = 1;
    for (place, hint) in own.into_iter().enumerate() {
        let needed = width(&hint) + if place + 1 < count { kept } else { 0 };
        // Two columns after each hint are air, which the last does without.
        if at.saturating_add(needed) > room + 2 {
            continue;
        }
        let (key, does) = hint;
        at = canvas.pieces(0, at, room, &[Piece::new(key, theme.key), Piece::new(format!(" {does}"), theme.dim)]) + 2;
    }
    at
}
