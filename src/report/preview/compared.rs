//! All engines before the same outage.

use std::collections::BTreeMap;

use crate::locate::{self, Aside, Engine, Refresh};
use crate::model::{Conclusion, Question, SipUri};
use crate::preview::Range;
use crate::report::Ink;
use crate::report::words::{block, span};

use super::cells::{self, Labels};
use super::text::{head, worst_cells};
use super::{Asked, Foreseen, Outlook, SIMULATION, WorstOf};

/// One table: who gets what, waits, what is lost, what is remembered, where the registration goes, how sure we are.
pub fn compared_text(asked: &Asked<'_>, all: &[Foreseen], ink: Ink) -> String {
    let heads = ["ENGINE", "NOW", "THEN", "WAIT", "AT MOST", "LOST", "REMEMBERS", "REGISTER", "CALLS FOLLOW", "SURE"];
    let outlooks = || all.iter().filter_map(|foreseen| foreseen.outlook.as_ref());
    let labels = Labels::of_pops(outlooks().map(|outlook| &outlook.after));
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    rows.extend(all.iter().map(|foreseen| row(foreseen, &labels)));
    let mut text = head(asked, &format!("as {} engines", all.len()), ink);
    text.push_str(&block(&rows));
    if all.iter().any(|foreseen| foreseen.own) {
        text.push_str("* the carrier's own engine\n");
    }
    for foreseen in all {
        if let Some(why) = nowhere(foreseen) {
            text.push_str(&format!("{}: {why}\n", foreseen.engine.name()));
        }
    }
    text + &beyond(all)
}

fn row(foreseen: &Foreseen, labels: &Labels) -> Vec<String> {
    let engine = &*foreseen.engine;
    let name = name(foreseen);
    let sure = engine.profile().sure.to_string();
    let Some(Outlook { before, after, registration }) = &foreseen.outlook else {
        return vec![name, "no tree".to_owned()];
    };
    let [waiting, longest] = cells::waits(after);
    let within = span(registration.within);
    let moves = match registration.moves {
        _ if registration.how.refresh == Refresh::Never => "never".to_owned(),
        _ if registration.before.is_empty() => "nowhere".to_owned(),
        none if !none.is_some() => "stays".to_owned(),
        _ => {
            let parts = [(registration.moved(), "moves"), (registration.lost, "ends")];
            let some = parts.iter().filter(|(part, _)| part.is_some());
            let said: Vec<String> = some.map(|(part, what)| format!("{part} {what}")).collect();
            format!("{}, within {within}", said.join(", "))
        }
    };
    let lost = Range::said(after.lost, after.lost_range, after.exact);
    vec![
        name,
        cells::pops(before, labels),
        cells::pops(after, labels),
        waiting,
        longest,
        if after.lost_after.is_zero() { lost } else { format!("{lost}, after {}", span(after.lost_after)) },
        remembers(engine),
        moves,
        match registration.how.refresh {
            Refresh::Never => "-".to_owned(),
            Refresh::Drawn | Refresh::Same => follow(registration.how.invites_follow).to_owned(),
        },
        sure,
    ]
}

fn name(foreseen: &Foreseen) -> String {
    format!("{}{}", foreseen.engine.name(), if foreseen.own { " *" } else { "" })
}

/// Why it sends nothing anywhere, if so.
fn nowhere(foreseen: &Foreseen) -> Option<String> {
    match &foreseen.resolution.conclusion {
        Conclusion::DnsFailed { question, answer } => {
            Some(format!("{} for {question}: there is no tree to preview", answer.outcome.said()))
        }
        Conclusion::Nowhere(why) => Some(why.why.clone()),
        Conclusion::Found => None,
    }
}

/// What it does with a target that has failed, and how long.
pub(in crate::report) fn remembers(engine: &dyn Engine) -> String {
    let by_options = engine.qualify().is_some_and(|qualify| matches!(qualify.asks, locate::Asked::Each(_)));
    match engine.recall() {
        None if by_options => "by its OPTIONS".to_owned(),
        None => "nothing".to_owned(),
        Some(recall) => match recall.aside {
            Aside::Last | Aside::Behind => format!("tried last {}", span(recall.span)),
            Aside::Never => format!("shut out {}", span(recall.span)),
            Aside::Left => "stays away".to_owned(),
            Aside::LeftForTtl => "stays away for the TTL".to_owned(),
        },
    }
}

/// Whether new calls go where it is registered.
pub(in crate::report) const fn follow(invites: Option<bool>) -> &'static str {
    match invites {
        Some(true) => "yes",
        Some(false) => "no",
        None => "?",
    }
}

/// What was asked because of engines, beyond what the reference needed; what the same engines need, in one line.
fn beyond(all: &[Foreseen]) -> String {
    let mut by_question: BTreeMap<&Question, Vec<String>> = BTreeMap::new();
    for foreseen in all {
        for question in foreseen.beyond.iter().flatten() {
            by_question.entry(question).or_default().push(foreseen.engine.name().to_string());
        }
    }
    let mut by_engines: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (question, engines) in by_question {
        by_engines.entry(engines.join(", ")).or_default().push(question.to_string());
    }
    let line = |(engines, questions): (String, Vec<String>)| {
        format!("asked beyond the reference: {} (for {engines})\n", questions.join(", "))
    };
    by_engines.into_iter().map(line).collect()
}

/// What is worst for each engine, one a line.
pub fn worst_of_each_text(uri: &SipUri, all: &[WorstOf<'_>], ink: Ink) -> String {
    let heads = ["ENGINE", "WORST IF THIS FAILS", "LOST", "WAIT", "AT MOST", "THEN", "SURE"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    let labels = Labels::of_pops(all.iter().filter_map(|one| Some(&one.worst?.preview)));
    for WorstOf { foreseen, worst } in all {
        let mut row = vec![name(foreseen)];
        match worst {
            Some(worst) => row.extend(worst_cells(worst, &labels)),
            None => row.extend(nowhere(foreseen)),
        }
        row.resize(heads.len() - 1, String::new());
        row.push(foreseen.engine.profile().sure.to_string());
        rows.push(row);
    }
    format!("{}  {}\n{}", ink.strong(&uri.shown()), ink.bad(SIMULATION), block(&rows))
}
