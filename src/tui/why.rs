//! Why a line of the tree is as it is: what the sheet below the tree tells, row by row.
//!
//! The rows are made here, and not where they are drawn, since the keys that scroll have to know how many
//! there are.

use unicode_width::UnicodeWidthStr;

use crate::locate::{Item, Row as TreeRow};
use crate::model::{Reason, Resolution, Rule, Step, Taken};
use crate::report::{self, HEAD, Remark, Seen, Tone};
use crate::state::{CarrierState, State};

use super::canvas;
use super::lines::{Line, Shows};
use super::ui::Ui;

/// A row of the sheet: a head, where one begins here, and what is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) head: &'static str,
    pub(super) said: String,
    pub(super) tone: Tone,
}

/// How many rows of a screen are the sheet's: the rest is for the verdict and the line that it is about.
pub(super) const fn height(rows: u16) -> u16 {
    let kept = if rows / 3 > 6 { rows / 3 } else { 6 };
    rows.saturating_sub(kept + 1)
}

/// How many rows of the explanation are in sight at a time: the sheet has a rule and a title as well.
pub(super) const fn in_sight(ui: &Ui) -> usize {
    height(ui.size.1).saturating_sub(2) as usize
}

/// What is told about a line, in rows that are not wider than the screen.
pub(super) fn rows<'s>(ui: &Ui, state: &State, carrier: &'s CarrierState, line: &Line<'s>) -> Vec<Row> {
    let seen = state.now.map(|now| Seen { now, zone: &state.options.zone });
    let width = usize::from(ui.size.0).saturating_sub(HEAD + 4).max(8);
    let mut rows = Vec::new();
    for Remark { head, said, tone } in told(carrier, line, seen) {
        for (at, said) in canvas::wrap(&said, width, usize::MAX).into_iter().enumerate() {
            rows.push(Row { head: if at == 0 { head } else { "" }, said, tone });
        }
    }
    rows
}

fn told<'s>(carrier: &'s CarrierState, line: &Line<'s>, seen: Option<Seen<'_>>) -> Vec<Remark> {
    let walked = match &line.shows {
        Shows::Walk(walked) => walked,
        Shows::Gone(..) => {
            let why =
                "the DNS no longer leads here; it is probed on for a while, since calls that hold to it may go on";
            return vec![Remark::new("why", why, Tone::Decided)];
        }
        Shows::Pinned(_) => {
            let why = "the DNS no longer leads here, and a registration stays here until it ends or moves: key 4 tells";
            return vec![Remark::new("why", why, Tone::Decided)];
        }
    };
    let Some(published) = carrier.shown() else { return Vec::new() };
    let mut told = Vec::new();
    if let Some((this, rule)) = record(walked) {
        told.push(this);
        told.extend(rule.into_iter().flat_map(report::rested));
    }
    // What the URI decided stands at the root of its tree.
    if let Some(uri) = root_of(&published.drawn, walked, line.decided_by(carrier)) {
        let given = published.drawn.given.iter().filter(|reason| reason.uri == uri);
        told.extend(given.flat_map(|given| report::reason("given", given)));
    }
    if let Item::Nowhere(reason) = walked.item {
        told.extend(report::reason("why", reason));
    }
    for (place, step) in steps(walked, line.decided_by(carrier)).enumerate() {
        // Where there are two, an empty row is between them.
        if place > 0 {
            told.push(Remark::new("", "", Tone::Plain));
        }
        // A rule that was told above need not be told again.
        let new: Vec<Remark> = report::decision(step, seen).into_iter().filter(|new| !told.contains(new)).collect();
        told.extend(new);
    }
    told
}

/// What was decided on the record that a line is about, and by which rule it is not taken.
fn record(walked: &TreeRow<'_>) -> Option<(Remark, Option<&'static Rule>)> {
    let (Item::Naptr { step, at, .. } | Item::Srv { step, at, .. }) = walked.item else { return None };
    Some(match step.taken.get(at) {
        Some(Taken::No { why, rule }) => (
            Remark::new(
                "this one",
                format!("is not taken: {}", why.strip_prefix("not used: ").unwrap_or(why)),
                Tone::Failed,
            ),
            Some(*rule),
        ),
        _ if walked.used => (Remark::new("this one", format!("is taken{}", first(walked)), Tone::Decided), None),
        _ => (Remark::new("this one", "leads nowhere that is used", Tone::Unused), None),
    })
}

/// How often a target is tried first.
fn first(walked: &TreeRow<'_>) -> String {
    match walked.item {
        Item::Srv { target: Some((_, target)), .. } => format!("; tried first by {} of requests", target.first),
        _ => String::new(),
    }
}

/// The decisions that a line stands for: its own, and that on the question which has no line of its own
/// because it stands at the record that leads to it.
fn steps<'r>(walked: &TreeRow<'r>, own: Option<&'r Step>) -> impl Iterator<Item = &'r Step> {
    own.into_iter().chain(folded(walked))
}

/// The question that a NAPTR record leads to, where its records stand right below it.
fn folded<'r>(walked: &TreeRow<'r>) -> Option<&'r Step> {
    let Item::Naptr { leads_to, unused: None, .. } = walked.item else { return None };
    leads_to.filter(|next| next.answer().is_some_and(|a| !a.outcome.records().is_empty() && a.chain.is_empty()))
}

/// The URI whose tree begins with this line.
fn root_of(resolution: &Resolution, walked: &TreeRow<'_>, step: Option<&Step>) -> Option<usize> {
    match walked.item {
        Item::Uri(at, _) => Some(at),
        Item::Nowhere(Reason { uri, .. }) => Some(*uri),
        _ if !walked.guides.is_empty() => None,
        Item::Host(tier, _) => resolution.tiers.get(tier).map(|tier| tier.uri),
        _ => step.map(|step| step.uri),
    }
}

/// Whether other stacks decide otherwise than was decided at this line.
pub(super) fn others_differ<'s>(carrier: &'s CarrierState, line: &Line<'s>) -> bool {
    let differ = |rule: &&Rule| rule.others.is_some();
    let Shows::Walk(walked) = &line.shows else { return false };
    let of_step = |step: Option<&Step>| step.is_some_and(|step| report::rules(step).iter().any(differ));
    match walked.item {
        Item::Naptr { step, at, .. } | Item::Srv { step, at, .. } => {
            let of_record = matches!(step.taken.get(at), Some(Taken::No { rule, .. }) if differ(&&**rule));
            of_record || of_step(folded(walked))
        }
        Item::Question(step) => of_step(Some(step)),
        Item::Host(..) => of_step(line.decided_by(carrier)),
        Item::Nowhere(reason) => differ(&reason.rule),
        Item::Uri(at, _) => carrier
            .shown()
            .is_some_and(|published| published.drawn.given.iter().any(|given| given.uri == at && differ(&given.rule))),
        Item::Cname(..) | Item::Address { .. } => false,
    }
}

/// What a row of rows begins with, as wide as all heads.
pub(super) fn head(row: &Row) -> String {
    format!("{}{} ", row.head, " ".repeat(HEAD.saturating_sub(row.head.width())))
}
