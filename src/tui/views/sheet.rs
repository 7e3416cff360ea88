//! Dialogs and notices: rows above the foot, which the view gives up.

mod accounts;

use tui_input::Input as Field;
use unicode_width::UnicodeWidthStr;

use crate::report::Tone;
use crate::tui::canvas::{Canvas, Piece, wrap};
use crate::tui::dialog::{Add, AddField};
use crate::tui::pick::Pick;
use crate::tui::theme::Look;
use crate::tui::ui::{Over, View};
use crate::tui::update::whatif::drills;
use crate::tui::{lines, registrations, unfold, why, words};

use super::{Scene, first_row, foot, tree};

/// The most rows that what was said takes.
const SAID: usize = 8;

/// The rows that a list to choose from leaves to the view.
const KEPT: u16 = 12;

/// How many rows are needed.
pub(super) fn height(scene: Scene<'_>) -> u16 {
    asking(scene) + u16::try_from(said(scene).len()).unwrap_or(0)
}

/// What was said, where the foot has not the room for it.
fn said(scene: Scene<'_>) -> Vec<String> {
    let width = usize::from(scene.ui.size.0).saturating_sub(2);
    foot::unfit(scene).map_or_else(Vec::new, |said| wrap(said.text(), width, SAID))
}

fn asking(scene: Scene<'_>) -> u16 {
    match &scene.ui.over {
        Over::Add(_) => 5,
        Over::Filter | Over::Remove(_) => 2,
        Over::Quit => 1 + accounts::rows(scene, &accounts::quitting(scene)),
        Over::LetGo(name) => 1 + accounts::rows(scene, &accounts::letting_go(scene, name)),
        Over::Mode(..) => accounts::choosing_rows(scene),
        Over::Help(_) => 0,
        Over::Save(_) => 3,
        Over::Pick(pick) => {
            let listed = u16::try_from(pick.listed().len().max(1)).unwrap_or(u16::MAX);
            listed.min(scene.ui.size.1.saturating_sub(KEPT)) + 3
        }
        Over::Drills(_) => {
            let drills = scene.ui.current(scene.state).map_or(0, |carrier| drills(scene.state, carrier).len());
            u16::try_from(drills).unwrap_or(u16::MAX).min(scene.ui.size.1.saturating_sub(KEPT)) + 2
        }
        Over::Why(_) | Over::Unfolded(_) => {
            let told = u16::try_from(told(scene).1.len()).unwrap_or(u16::MAX);
            why::height(scene.ui.size.1).min(told.saturating_add(2))
        }
        Over::Nothing => u16::try_from(scene.ui.notices.len()).unwrap_or(u16::MAX).min(3) * 2,
    }
}

pub(super) fn draw(canvas: &mut Canvas<'_>, scene: Scene<'_>) {
    let theme = canvas.theme;
    let end = canvas.columns().saturating_sub(1);
    if canvas.rows() == 0 {
        return;
    }
    let below = asking(scene);
    for (row, line) in (below..).zip(said(scene)) {
        let look = scene.ui.said.as_ref().map_or(theme.text, |said| said.look(theme));
        canvas.put(row, 1, end, &line, look);
    }
    let canvas = &mut canvas.part(0, below);
    match &scene.ui.over {
        Over::Help(_) => {}
        Over::Why(past) | Over::Unfolded(past) => explaining(canvas, scene, *past),
        Over::Pick(pick) => picking(canvas, scene, pick),
        Over::Drills(at) => choosing(canvas, scene, *at),
        Over::Save(naming) => {
            canvas.rule(0);
            let from = canvas.put(1, 1, end, "name of the drill  ", theme.title);
            let look = canvas.theme.input;
            field(canvas, 1, from, end, &naming.name, true, look);
            let forced = scene.ui.current(scene.state).map_or(0, |carrier| carrier.forced.len());
            let words =
                format!("{} that you forced; a drill of this name is replaced", words::count(forced, "failure"));
            match &naming.refused {
                Some(why) => canvas.put(2, 1, end, why, theme.failed),
                None => canvas.put(2, 1, end, &words, theme.dim),
            };
        }
        Over::Nothing => {
            let mut row = 0;
            for notice in &scene.ui.notices {
                row += canvas.wrapped(row, 2, 1, &format!("! {notice}  (Esc: read)"), theme.warning);
            }
        }
        Over::Filter => {
            canvas.rule(0);
            let from = canvas.put(1, 1, end, "show only  ", theme.title);
            let look = canvas.theme.input;
            field(canvas, 1, from, end, &scene.ui.filter, true, look);
        }
        Over::Add(add) => adding(canvas, scene, add),
        Over::Remove(name) => {
            canvas.rule(0);
            let words = format!("Delete {name} from the carriers file? Its comments there go with it.");
            canvas.pieces(1, 1, end, &[Piece::new(words, theme.warning), Piece::new("  y / n", theme.key)]);
        }
        Over::Mode(name, mode) => accounts::choosing(canvas, scene, name, *mode),
        Over::LetGo(name) => accounts::ask(canvas, scene, &accounts::letting_go(scene, name)),
        Over::Quit => accounts::ask(canvas, scene, &accounts::quitting(scene)),
    }
}

/// What the selected line is, and all that is told of it.
fn told(scene: Scene<'_>) -> (String, Vec<why::Row>) {
    if scene.ui.view == View::Registrations {
        let Some(row) = registrations::selected(scene.ui, scene.state) else { return Default::default() };
        let rows = registrations::told(scene.ui, scene.state, &row);
        return (row.carrier.carrier.name.to_string(), rows);
    }
    let Some(carrier) = scene.ui.current(scene.state) else { return Default::default() };
    if let Over::Unfolded(_) = scene.ui.over {
        return (unfold::title(carrier), unfold::rows(scene.ui, carrier));
    }
    let lines = lines::lines(carrier);
    let Some(line) = lines.get(scene.ui.line_cursor(carrier, &lines)) else { return Default::default() };
    (tree::title(scene, line), why::rows(scene.ui, scene.state, carrier, line))
}

fn explaining(canvas: &mut Canvas<'_>, scene: Scene<'_>, past: usize) {
    let theme = canvas.theme;
    let end = canvas.columns().saturating_sub(1);
    let (title, told) = told(scene);
    let head = match scene.ui.over {
        _ if scene.ui.view == View::Registrations => "REGISTRATION",
        Over::Unfolded(_) => "PREVIEW",
        _ => "WHY",
    };
    canvas.rule(0);
    let rows = usize::from(canvas.rows().saturating_sub(2));
    let past = past.min(told.len().saturating_sub(rows));
    let below = told.len().saturating_sub(past + rows);
    let place = if below > 0 { format!("{below} more rows: j") } else { String::new() };
    let room = canvas.pieces_right(1, 0, end, &[Piece::new(place, theme.changed)]).saturating_sub(1);
    canvas.pieces(
        1,
        1,
        room,
        &[Piece::new(head, theme.heading), Piece::new("  ", theme.text), Piece::new(title, theme.title)],
    );
    for (row, told) in (2..).zip(told.iter().skip(past).take(rows)) {
        told_row(canvas, row, told);
    }
}

/// Draws a row of what is told.
pub(super) fn told_row(canvas: &mut Canvas<'_>, row: u16, told: &why::Row) {
    let theme = canvas.theme;
    let look = match told.tone {
        Tone::Plain => theme.text,
        Tone::Unused => theme.unused,
        Tone::Failed => theme.failed,
        Tone::Decided => theme.title,
        Tone::Others => theme.warning,
    };
    let end = canvas.columns().saturating_sub(1);
    canvas.pieces(row, 1, end, &[Piece::new(why::head(told), theme.dim), Piece::new(told.said.clone(), look)]);
}

/// The engines to choose from, each with how sure we are of it.
fn picking(canvas: &mut Canvas<'_>, scene: Scene<'_>, pick: &Pick) {
    let theme = canvas.theme;
    let end = canvas.columns().saturating_sub(1);
    canvas.rule(0);
    let from = canvas.put(1, 1, end, "VIEW AS  ", theme.title);
    field(canvas, 1, from, end, &pick.typed, true, theme.input);
    let listed = pick.listed();
    let own = scene.ui.current(scene.state).map(|carrier| carrier.engine().name());
    let cursor = pick.place(listed.len());
    let rows = canvas.rows().saturating_sub(3);
    let first = first_row(cursor, listed.len(), usize::from(rows));
    let name = listed.iter().map(|engine| engine.profile().name.width()).max().unwrap_or(0).max(9);
    for (row, (at, engine)) in (2..2 + rows).zip(listed.iter().enumerate().skip(first)) {
        let profile = engine.profile();
        let is_own = if own.as_ref() == Some(&engine.name()) { ", its own" } else { "" };
        let words = format!("{:<name$}  {:<8}  ", profile.name, profile.sure);
        let from = canvas.put(row, 1, end, &words, theme.text);
        canvas.put(row, from, end, &format!("{} ({}){is_own}", profile.title, profile.version), theme.dim);
        if at == cursor {
            canvas.lay(row, theme.selection);
        }
    }
    let more = listed.len().saturating_sub(first + usize::from(rows));
    let hint = "arrows choose, letters narrow; with settings as kamailio:use_dns_failover=1";
    let last = canvas.rows().saturating_sub(1);
    match (&pick.refused, listed.is_empty(), more) {
        (Some(why), ..) => canvas.put(last, 1, end, why, theme.failed),
        (None, true, _) => canvas.put(last, 1, end, "no engine has this in its name", theme.warning),
        (None, false, 0) => canvas.put(last, 1, end, hint, theme.dim),
        (None, false, more) => canvas.put(last, 1, end, &format!("{more} more below; {hint}"), theme.dim),
    };
}

/// The drills to choose from, each with what fails in it.
fn choosing(canvas: &mut Canvas<'_>, scene: Scene<'_>, at: usize) {
    let theme = canvas.theme;
    let end = canvas.columns().saturating_sub(1);
    let Some(carrier) = scene.ui.current(scene.state) else { return };
    let all = drills(scene.state, carrier);
    canvas.rule(0);
    canvas.put(1, 1, end, "DRILLS: failures that are forced together", theme.title);
    let rows = canvas.rows().saturating_sub(2);
    let cursor = at.min(all.len().saturating_sub(1));
    let first = first_row(cursor, all.len(), usize::from(rows));
    for (row, (at, drill)) in (2..2 + rows).zip(all.iter().enumerate().skip(first)) {
        let fails: Vec<String> =
            drill.outages.iter().map(|outage| format!("{} ({})", outage.what, outage.how)).collect();
        let from = canvas.put(row, 1, end, &format!("{}  ", drill.name), theme.text);
        canvas.put(row, from, end, &fails.join(", "), theme.dim);
        if at == cursor {
            canvas.lay(row, theme.selection);
        }
    }
}

fn adding(canvas: &mut Canvas<'_>, _scene: Scene<'_>, add: &Add) {
    let theme = canvas.theme;
    let end = canvas.columns().saturating_sub(1);
    canvas.rule(0);
    canvas.put(1, 1, end, "ADD A CARRIER", theme.title);
    for (row, label, value, which) in
        [(2, "domain or URI ", &add.uri, AddField::Uri), (3, "name          ", &add.name, AddField::Name)]
    {
        let from = canvas.put(row, 1, end, label, theme.dim);
        let derived = which == AddField::Name && add.is_name_derived();
        let look = if derived { theme.dim } else { theme.input };
        field(canvas, row, from, end, value, add.field == which, look);
    }
    match (&add.refused, add.sent) {
        (Some(why), _) => canvas.put(4, 1, end, why, theme.failed),
        (None, true) => canvas.put(4, 1, end, "saving", theme.dim),
        (None, false) => canvas.put(
            4,
            1,
            end,
            "acme.example, sip:acme.example:5060;transport=tcp, sips:acme.example, 192.0.2.1",
            theme.dim,
        ),
    };
}

/// A field of text; the cursor is a reversed cell, so that the terminal's own can stay hidden.
fn field(canvas: &mut Canvas<'_>, row: u16, from: u16, to: u16, value: &Field, active: bool, look: Look) {
    let width = usize::from(to.saturating_sub(from)).saturating_sub(1);
    let past = value.visual_scroll(width);
    let shown: String = value.value().chars().skip(past).collect();
    canvas.put(row, from, to, &" ".repeat(width), canvas.theme.input);
    canvas.put(row, from, to, &shown, look);
    if active {
        let before: String = shown.chars().take(value.cursor().saturating_sub(past)).collect();
        let at = from + u16::try_from(before.width()).unwrap_or(0);
        let under: String = shown.chars().nth(value.cursor().saturating_sub(past)).unwrap_or(' ').into();
        canvas.put(row, at, to, &under, canvas.theme.selection);
    }
}
