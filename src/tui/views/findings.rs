//! What is wrong with a carrier's setup: a line each, and the selected one with what to do about it.

use unicode_width::UnicodeWidthStr;

use crate::model::Finding;
use crate::report;
use crate::state::CarrierState;
use crate::tui::canvas::{Align, Canvas, columns};
use crate::tui::findings;

use super::{Scene, carrier, first_row};

/// Rows that one is told in: a rule, where, what in two rows, the advice in two, the clause.
const TOLD: u16 = 7;
/// The least rows of the list beside that.
const LIST: u16 = 3;

pub(super) fn draw(canvas: &mut Canvas<'_>, scene: Scene<'_>) {
    let Some(known) = scene.ui.current(scene.state) else { return };
    carrier::head(canvas, scene, known);
    let top = 1 + super::verdict(canvas, scene, known, 1, (canvas.rows() / 7).clamp(2, 4));
    let all: Vec<Finding> = known.findings.iter().map(|finding| (**finding).clone()).collect();
    let end = canvas.columns().saturating_sub(1);
    canvas.rule(top);
    if all.is_empty() {
        canvas.put(top, 0, end, " FINDINGS    none ", canvas.theme.title);
        canvas.wrapped(top + 1, 3, 1, nothing(known), canvas.theme.dim);
        return;
    }
    canvas.put(top, 0, end, &format!(" FINDINGS    {} ", report::counted(&all)), canvas.theme.title);
    let cursor = scene.ui.findings.place(&known.findings);
    let below = canvas.rows().saturating_sub(top + 2);
    let told = if scene.ui.findings.told { TOLD.min(below.saturating_sub(LIST)) } else { 0 };
    list(&mut canvas.part(top + 1, 1 + below - told), &all, cursor);
    if let Some(finding) = all.get(cursor).filter(|_| told > 0) {
        tell(&mut canvas.part(top + 2 + below - told, told), finding);
    }
}

/// Why there is nothing.
fn nothing(carrier: &CarrierState) -> &'static str {
    if carrier.published.is_none() {
        "no answer yet"
    } else if carrier.dns_failing.is_some() {
        "the resolver fails: what was not answered cannot be judged"
    } else {
        "no rule is broken by the records that were asked for"
    }
}

fn list(canvas: &mut Canvas<'_>, all: &[Finding], cursor: usize) {
    let theme = canvas.theme;
    let longest = all.iter().map(|finding| finding.subject.to_string().width()).max().unwrap_or(0);
    let wide = u16::try_from(longest).unwrap_or(u16::MAX).clamp(5, (canvas.columns() / 3).max(5));
    let [severity, rule, place, what] =
        columns(canvas.columns(), [(8, Align::Left), (4, Align::Left), (wide, Align::Left), (0, Align::Left)]);
    for (column, head) in [(severity, "SEVERITY"), (rule, "RULE"), (place, "WHERE"), (what, "WHAT")] {
        canvas.cell(0, column, head, theme.heading);
    }
    let rows = canvas.rows().saturating_sub(1);
    let first = first_row(cursor, all.len(), usize::from(rows));
    for (row, (at, finding)) in (1..=rows).zip(all.iter().enumerate().skip(first)) {
        canvas.cell(row, severity, finding.severity.word(), findings::look(theme, finding.severity));
        canvas.cell(row, rule, finding.rule, theme.text);
        canvas.cell(row, place, &finding.subject.to_string(), theme.text);
        canvas.cell(row, what, &finding.what, theme.text);
        if at == cursor {
            canvas.lay(row, theme.selection);
        }
    }
}

/// One in full, and what to do about it.
fn tell(canvas: &mut Canvas<'_>, finding: &Finding) {
    let theme = canvas.theme;
    let end = canvas.columns().saturating_sub(1);
    canvas.rule(0);
    canvas.put(0, 0, end, &format!(" {} ", finding.rule), theme.title);
    canvas.put(1, 1, end, &finding.subject.to_string(), theme.title);
    let mut row = 2;
    row += canvas.wrapped(row, 2, 1, &finding.what, theme.text);
    row += canvas.wrapped(row, 2, 1, finding.advice, theme.changed);
    canvas.put(row, 1, end, finding.clause, theme.dim);
}
