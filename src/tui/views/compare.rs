//! One carrier as all engines have it, under the same outage: who gets what, what callers wait, what is lost.

use unicode_width::UnicodeWidthStr;

use crate::locate::Refresh;
use crate::model::{Conclusion, Resolution};
use crate::preview::{Compared, Outcome, Preview, Range};
use crate::state::CarrierState;
use crate::tui::canvas::{Align, Canvas, Column, Piece, columns};
use crate::tui::known::Doubts;
use crate::tui::{engines, foretold, words};

use super::{Scene, carrier, first_row, preview};

/// From how many columns on what an engine remembers, and how it registers, have columns.
const WIDE: u16 = 110;
/// The rows below the list: a rule, and what there is to say of the selected engine.
const BELOW: u16 = 6;
/// The least rows of the list; below it the selected engine is told less of.
const LEAST: u16 = 6;

struct Layout {
    engine: Column,
    lands: Column,
    wait: Column,
    lost: Column,
    remembers: Option<Column>,
    register: Option<Column>,
    sure: Column,
}

impl Layout {
    fn new(total: u16, rows: &[&Compared]) -> Self {
        use Align::{Left, Right};
        let longest = rows.iter().map(|row| words::engine(&row.engine.name()).width()).max().unwrap_or(0);
        let name = u16::try_from(longest.clamp(9, 22)).unwrap_or(22) + 2;
        let (wait, lost, sure) = (16, 7, 8);
        if total >= WIDE {
            let [engine, lands, wait, lost, remembers, register, sure] = columns(
                total,
                [(name, Left), (0, Left), (30, Left), (lost, Right), (10, Left), (11, Left), (sure, Left)],
            );
            return Self { engine, lands, wait, lost, remembers: Some(remembers), register: Some(register), sure };
        }
        let [engine, lands, wait, lost, sure] =
            columns(total, [(name.min(total / 4), Left), (0, Left), (wait, Left), (lost, Right), (sure, Left)]);
        Self { engine, lands, wait, lost, remembers: None, register: None, sure }
    }

    const fn is_wide(&self) -> bool {
        self.register.is_some()
    }

    fn heads(&self, canvas: &mut Canvas<'_>, row: u16, forced: bool) {
        let lands = if forced { "CALLS LAND (%), NOW TO THEN" } else { "CALLS LAND (%)" };
        let wait = if self.is_wide() { "WAIT: SHARE, MEAN, WORST" } else { "WAIT, WORST" };
        let heads = [
            (Some(self.engine), "ENGINE"),
            (Some(self.lands), lands),
            (Some(self.wait), wait),
            (Some(self.lost), "LOST"),
            (self.remembers, "REMEMBERS"),
            (self.register, "REGISTER"),
            (Some(self.sure), "KNOWN"),
        ];
        for (column, head) in heads {
            if let Some(column) = column {
                canvas.cell(row, column, head, canvas.theme.heading);
            }
        }
    }

    fn row(&self, canvas: &mut Canvas<'_>, scene: Scene<'_>, row: u16, of: &CarrierState, compared: &Compared) {
        let theme = canvas.theme;
        let engine = &*compared.engine;
        let own = engine.name() == of.engine().name();
        let at = self.engine.from;
        let end = at + self.engine.width;
        let mark = if own { scene.glyphs.arrow } else { " " };
        canvas.put(row, at, end, mark, theme.changed);
        let look = if own { theme.title } else { theme.text };
        canvas.put(row, at + 2, end, &words::engine(&engine.name()), look);
        canvas.cell(row, self.sure, &engine.profile().sure.to_string(), theme.dim);
        if let Some(column) = self.remembers {
            canvas.cell(row, column, &foretold::remembers(engine), theme.text);
        }
        if let Some(column) = self.register {
            let how = engine.registering();
            let said = match how.refresh {
                Refresh::Drawn => format!("drawn, {}", foretold::brief(how.expires)),
                Refresh::Same => format!("stays, {}", foretold::brief(how.expires)),
                Refresh::Never => "never".to_owned(),
            };
            canvas.cell(row, column, &said, theme.text);
        }
        let rest = (self.lands.from, self.lost.from + self.lost.width);
        match &compared.outcome {
            Outcome::Sends { resolution, before, after } => {
                let moved = (!of.forced.is_empty()).then_some(&**after);
                let end = self.lands.from + self.lands.width;
                canvas.pieces(row, self.lands.from, end, &lands(scene, of, before, moved));
                let shown = moved.unwrap_or(before);
                canvas.cell(row, self.wait, &self.wait(shown), theme.text);
                let mut lost = Range::said(shown.lost, shown.lost_range, shown.exact);
                let loses = shown.lost.is_some() || shown.lost_range.is_some();
                let mut look = if loses { theme.lost } else { theme.dim };
                // Who goes where nobody has looked may lose more than is seen.
                if !Doubts::of(scene.state, of, resolution, shown).is_empty() {
                    lost.push('?');
                    look = theme.unknown;
                }
                canvas.cell(row, self.lost, &lost, look);
            }
            Outcome::Ends(resolution) => {
                canvas.put(row, rest.0, rest.1, &ends(resolution), theme.failed);
            }
            Outcome::Wants(questions) => {
                let asked = words::questions(questions.iter());
                canvas.put(row, rest.0, rest.1, &format!("asks {asked} .."), theme.warning);
            }
        }
    }

    fn wait(&self, preview: &Preview) -> String {
        let wait = preview.wait;
        if !wait.share.is_some() {
            return "-".to_owned();
        }
        let share = Range::said(wait.share, None, preview.exact);
        if self.is_wide() {
            format!("{share}, {}, {}", words::wait(wait.mean), words::wait(wait.max))
        } else {
            format!("{share}, {}", words::wait(wait.max))
        }
    }
}

/// Who gets what: `east-1 50 -> 100`; alone, where nothing is forced.
fn lands(scene: Scene<'_>, carrier: &CarrierState, before: &Preview, after: Option<&Preview>) -> Vec<Piece> {
    let theme = scene.theme;
    let after_pops = after.map(Preview::pops).unwrap_or_default();
    let mut pieces = Vec::new();
    for pop in before.pops() {
        let then = after_pops.iter().find(|known| known.pop == pop.pop);
        let gets = pop.landing.is_some() || then.is_some_and(|then| then.landing.is_some());
        if !gets && pop.range.is_none() {
            continue;
        }
        let said = |share, range, exact| Range::said(share, range, exact).trim_end_matches(" %").to_owned();
        let was = said(pop.landing, pop.range, before.exact);
        let name = words::pop(carrier, &pop.pop);
        if !pieces.is_empty() {
            pieces.push(Piece::new("  ", theme.text));
        }
        match then.zip(after) {
            Some((then, after)) => {
                let moved = (then.landing.0 - pop.landing.0).abs() > 1e-9;
                let is = said(then.landing, then.range, after.exact);
                let look = if moved { theme.changed } else { theme.text };
                let words =
                    if moved { format!("{name} {was}{}{is}", scene.glyphs.arrow) } else { format!("{name} {is}") };
                pieces.push(Piece::new(words, look));
            }
            None => pieces.push(Piece::new(format!("{name} {was}"), theme.text)),
        }
    }
    if pieces.is_empty() { vec![Piece::new("nowhere", theme.lost)] } else { pieces }
}

/// Why an engine sends calls nowhere.
fn ends(resolution: &Resolution) -> String {
    match &resolution.conclusion {
        Conclusion::DnsFailed { question, answer } => format!("calls fail: {} for {question}", answer.outcome.said()),
        Conclusion::Nowhere(why) => format!("nowhere: {why}"),
        Conclusion::Found => "nowhere: no address".to_owned(),
    }
}

pub(super) fn draw(canvas: &mut Canvas<'_>, scene: Scene<'_>) {
    let Some(of) = scene.ui.current(scene.state) else { return };
    carrier::head(canvas, scene, of);
    let mut top = 1 + super::verdict(canvas, scene, of, 1, 2);
    let rows = engines::rows(of);
    let theme = canvas.theme;
    canvas.rule(top);
    let mut title = vec![Piece::new(" ENGINES ", theme.title)];
    title.extend(preview::outage(scene, of));
    canvas.pieces(top, 0, canvas.columns().saturating_sub(1), &title);
    top += 1;
    if rows.is_empty() {
        canvas.put(top, 1, canvas.columns(), "no answer of the DNS yet: nothing to compare", theme.dim);
        return;
    }
    let names = engines::names(&rows);
    let cursor = scene.ui.engine.place(&names);
    let layout = Layout::new(canvas.columns(), &rows);
    layout.heads(canvas, top, !of.forced.is_empty());
    top += 1;
    let left = canvas.rows().saturating_sub(top);
    let below = BELOW.min(left.saturating_sub(LEAST));
    let room = left - below;
    let first = first_row(cursor, rows.len(), usize::from(room));
    for (row, (at, compared)) in (top..top + room).zip(rows.iter().enumerate().skip(first)) {
        layout.row(canvas, scene, row, of, compared);
        if at == cursor {
            canvas.lay(row, theme.selection);
        }
    }
    if let Some(selected) = rows.get(cursor) {
        let shown = u16::try_from(rows.len()).unwrap_or(u16::MAX).min(room);
        let more = rows.len().saturating_sub(first + usize::from(room));
        let rest = canvas.rows().saturating_sub(top + shown);
        full(&mut canvas.part(top + shown, rest), scene, of, selected, more);
    }
}

/// All that is to be said of the selected engine.
fn full(canvas: &mut Canvas<'_>, scene: Scene<'_>, of: &CarrierState, selected: &Compared, more: usize) {
    let theme = canvas.theme;
    let end = canvas.columns().saturating_sub(1);
    let (engine, profile) = (&*selected.engine, selected.engine.profile());
    canvas.rule(0);
    let own = if engine.name() == of.engine().name() { ": the carrier's own" } else { "" };
    let title = format!(" {}{own} ", words::engine(&engine.name()));
    let at = canvas.put(0, 0, end, &title, theme.title);
    let more = if more > 0 { format!(" {more} more below ") } else { String::new() };
    canvas.pieces_right(0, at, end, &[Piece::new(more, theme.changed)]);
    let mut said: Vec<(&str, String)> = Vec::new();
    match &selected.outcome {
        Outcome::Sends { resolution, before, after } => {
            let shown = if of.forced.is_empty() { before } else { after };
            let callers = match Doubts::of(scene.state, of, resolution, shown).said(of) {
                Some(unknown) => format!("unknown: {unknown}; if that answers, {}", foretold::callers(shown)),
                None => foretold::callers(shown),
            };
            said.push(("callers", callers));
            let time = foretold::over_time(of, shown).join("; ");
            if !time.is_empty() {
                said.push(("over time", time));
            }
        }
        Outcome::Ends(resolution) => said.push(("callers", ends(resolution))),
        Outcome::Wants(questions) => {
            said.push(("asks", format!("{}; the answers are on their way", words::questions(questions.iter()))));
        }
    }
    let remembers = engine.recall().map_or("nothing, from one call to the next", |recall| recall.why);
    said.push(("remembers", remembers.to_owned()));
    let follows = engine.registering().invites_said();
    said.push(("register", format!("{}; {follows}", foretold::refreshes(engine))));
    said.push(("known", format!("{}: {}, {}", profile.sure, profile.title, profile.version)));
    // What is long has the rows that are left.
    let mut spare = canvas.rows().saturating_sub(1).saturating_sub(u16::try_from(said.len()).unwrap_or(u16::MAX));
    let mut row = 1;
    for (head, words) in said {
        let from = canvas.put(row, 1, end, &format!("{head:<10}"), theme.dim);
        let taken = canvas.wrapped(row, 1 + spare.min(2), from, &words, theme.text);
        spare = spare.saturating_sub(taken.saturating_sub(1));
        row += taken;
    }
}
