//! All that a preview says: what the sheet tells when it is unfolded, row by row.

use crate::model::{Outage, Share};
use crate::preview::{Landing, Range};
use crate::report::{HEAD, Tone};
use crate::state::{CarrierState, Previews};

use super::ui::Ui;
use super::why::Row;
use super::{canvas, foretold, words};

/// The rows, none wider than the screen.
pub(super) fn rows(ui: &Ui, carrier: &CarrierState) -> Vec<Row> {
    let width = usize::from(ui.size.0).saturating_sub(HEAD + 4).max(8);
    let mut rows = Vec::new();
    for (head, said, tone) in told(carrier) {
        for (at, said) in canvas::wrap(&said, width, usize::MAX).into_iter().enumerate() {
            rows.push(Row { head: if at == 0 { head } else { "" }, said, tone });
        }
    }
    rows
}

/// What is told of the preview under its title.
pub(super) fn title(carrier: &CarrierState) -> String {
    format!("as {}", words::engine(&carrier.shown_as().name()))
}

type Told = (&'static str, String, Tone);

fn told(carrier: &CarrierState) -> Vec<Told> {
    let Some(previews) = carrier.foreseen() else { return Vec::new() };
    let preview = previews.then.as_ref().unwrap_or(&previews.now);
    let mut told: Vec<Told> = Vec::new();
    for Outage { what, how } in &carrier.forced {
        told.push(("you fail", format!("{what}: {how}"), Tone::Failed));
    }
    told.push(("callers", foretold::callers(preview), Tone::Decided));
    for landing in &preview.landings {
        let tone = if landing.fails { Tone::Failed } else { Tone::Plain };
        told.push(("target", target(carrier, previews, landing), tone));
    }
    let mut head = "over time";
    for phase in foretold::over_time(carrier, preview) {
        told.push((head, phase, Tone::Plain));
        head = "";
    }
    told.push(("register", foretold::register(carrier, previews, carrier.shown_as()), Tone::Plain));
    for reason in &preview.why {
        told.push(("why", reason.clone(), Tone::Plain));
    }
    told.extend(engine(carrier));
    told
}

/// What a target gets: now, and of what is forced.
fn target(carrier: &CarrierState, previews: &Previews, landing: &Landing) -> String {
    let same = |known: &&Landing| {
        (known.tier, &known.target, known.port, known.transport)
            == (landing.tier, &landing.target, landing.port, landing.transport)
    };
    let of = |landings: &[Landing]| landings.iter().find(same).map_or(Share::NONE, |known| known.odds.landing);
    let exact = previews.then.as_ref().unwrap_or(&previews.now).exact;
    let share = Range::said(landing.odds.landing, landing.range, exact);
    let shares = match &previews.then {
        Some(_) => format!("now {}, then {share}", of(&previews.now.landings)),
        None => share,
    };
    let usual = of(&previews.clean.landings);
    let load = if usual.is_some() && landing.odds.landing.0 / usual.0 > 1.04 {
        format!(" (x{:.1} its usual load)", landing.odds.landing.0 / usual.0)
    } else {
        String::new()
    };
    let waits = if landing.odds.max.is_zero() {
        String::new()
    } else {
        format!(
            "; its calls wait {} on average, {} at worst",
            words::wait(landing.odds.mean),
            words::wait(landing.odds.max)
        )
    };
    let fails = if landing.fails { "; fails" } else { "" };
    let first = format!("; tried first by {}", landing.odds.first);
    let name = carrier.label(&landing.target);
    format!("{name} :{} {}: {shares}{load}{first}{waits}{fails}", landing.port, landing.transport)
}

/// What is known of the engine, and from where.
fn engine(carrier: &CarrierState) -> Vec<Told> {
    let engine = carrier.shown_as();
    let profile = engine.profile();
    let mut told =
        vec![("engine", format!("{} ({}), known: {}", profile.title, profile.version, profile.sure), Tone::Decided)];
    if let Some(recall) = engine.recall() {
        told.push(("", format!("remembers: {}", recall.why), Tone::Plain));
    }
    if let Some(qualify) = engine.qualify() {
        told.push(("", format!("its own OPTIONS: {}", qualify.why), Tone::Plain));
    }
    told.push(("", format!("registers: {}", engine.registering().why), Tone::Plain));
    for fact in profile.traits {
        told.push(("", format!("{}: {} ({}: {})", fact.what, fact.does, fact.sure, fact.source), Tone::Unused));
    }
    told
}
