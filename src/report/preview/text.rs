//! A preview for people.

use std::time::Duration;

use crate::model::{Conclusion, Method, Outage};
use crate::preview::{Landing, LostBy, Phase, Preview, Range, Weakness};
use crate::report::Ink;
use crate::report::explanation::decisions;
use crate::report::words::{block, span};

use super::cells::{self, Labels};
use super::{Asked, Foreseen, Outlook, SIMULATION};

/// How many reasons are told where not all are asked for.
const SHORT: usize = 3;

/// Now and then for each target and POP, what it costs, how it goes on, and why: the first reasons, or all of
/// them and what they rest on. Nothing where the DNS failed the engine, so that there is no tree.
pub fn preview_text(asked: &Asked<'_>, foreseen: &Foreseen, explain: bool, ink: Ink) -> String {
    let Some(outlook) = &foreseen.outlook else { return String::new() };
    let Outlook { before, after, registration } = outlook;
    let labels = Labels::of(after.landings.iter().map(|landing| landing.target.to_string()));
    let mut text = head(asked, &whose(foreseen), ink);
    text.push_str(&block(&targets(before, after)));
    if after.pops().len() < after.landings.len() {
        text.push_str(&block(&pops(before, after)));
    }
    text.push_str(&format!("callers   {}\n", waiting(after)));
    for line in lost(after) {
        text.push_str(&format!("lost      {line}\n"));
    }
    text.push_str(&last_resort(foreseen, after));
    text.push_str(&block(&over_time(after, &labels)));
    if after.lost_range.is_some() || after.wait_range.is_some() {
        text.push_str("          as is likeliest; what is not known of the engine is in the ranges above\n");
    }
    text.push_str(&format!("register  {}\n", registration.said()));
    if let Conclusion::Nowhere(why) = &foreseen.resolution.conclusion {
        text.push_str(&format!("why       {} [{}]\n", why.why, why.rule.clause));
    }
    let told = if explain { after.why.len() } else { SHORT };
    for why in after.why.iter().take(told) {
        text.push_str(&format!("why       {why}\n"));
    }
    match after.why.len().saturating_sub(told) {
        0 if explain => text.push_str(&rested(foreseen, ink)),
        0 => {}
        more => text.push_str(&format!("          {more} more: --explain\n")),
    }
    text
}

/// As which engine, how sure we are of it, and over what it is taken to send.
fn whose(foreseen: &Foreseen) -> String {
    let (engine, dial) = (&foreseen.engine, &foreseen.resolution.dial);
    format!("as {} ({}) over {}", engine.name(), engine.profile().sure, dial.transports)
}

/// What a preview is of.
pub(super) fn head(asked: &Asked<'_>, whose: &str, ink: Ink) -> String {
    let failed: Vec<String> = asked.failed.iter().map(|Outage { what, how }| format!("{what} {how}")).collect();
    let what = if failed.is_empty() { "nothing fails".to_owned() } else { format!("fails: {}", failed.join(", ")) };
    let method = if asked.method == Method::Register { ", REGISTER" } else { "" };
    format!("{}  {whose}{method}  {what}  {}\n", ink.strong(&asked.uri.shown()), ink.bad(SIMULATION))
}

fn targets(before: &Preview, after: &Preview) -> Vec<Vec<String>> {
    let mut rows = vec![["TARGET", "OVER", "POP", "NOW", "THEN", "LOAD", "WAITS"].map(str::to_owned).to_vec()];
    let share = |of: &Landing, preview: &Preview| Range::said(of.odds.landing, of.range, preview.exact);
    for (now, then) in before.landings.iter().zip(&after.landings) {
        rows.push(vec![
            now.target.to_string(),
            now.transport.to_string(),
            now.pop.to_string(),
            share(now, before),
            share(then, after),
            cells::load_said(now.odds.landing, then.odds.landing),
            waits(then.odds.mean, then.odds.max),
        ]);
    }
    let lost = |preview: &Preview| Range::said(preview.lost, preview.lost_range, preview.exact);
    rows.push(vec!["lost".into(), String::new(), String::new(), lost(before), lost(after)]);
    rows
}

/// Targets that live and die together, together.
fn pops(before: &Preview, after: &Preview) -> Vec<Vec<String>> {
    let mut rows = vec![["POP", "NOW", "THEN", "LOAD"].map(str::to_owned).to_vec()];
    for (now, then) in before.pops().into_iter().zip(after.pops()) {
        rows.push(vec![
            now.pop.to_string(),
            Range::said(now.landing, now.range, before.exact),
            Range::said(then.landing, then.range, after.exact),
            cells::load_said(now.landing, then.landing),
        ]);
    }
    rows
}

fn waits(mean: Duration, max: Duration) -> String {
    if max.is_zero() { String::new() } else { format!("{} on average, at most {}", span(mean), span(max)) }
}

fn waiting(preview: &Preview) -> String {
    let [part, longest] = cells::waits(preview);
    let some = preview.wait.share.is_some() || preview.wait_range.is_some();
    match (some, preview.lost.is_some()) {
        (true, _) => {
            format!("{part} wait, at most {longest}; on average over those that land {}", span(preview.wait.mean))
        }
        (false, true) => "none waits".to_owned(),
        (false, false) => "none waits, none is lost".to_owned(),
    }
}

/// A line for each reason why requests are lost.
fn lost(preview: &Preview) -> Vec<String> {
    let after = span(preview.lost_after);
    let line = |&(by, share): &(LostBy, _)| {
        let part = Range::said(share, None, preview.exact);
        match by {
            LostBy::Unsent => format!("{part} are lost, at once: {}", by.said()),
            _ if preview.lost_after.is_zero() => format!("{part} are lost, at once: {}", by.said()),
            _ => format!("{part} are lost, after at most {after}: {}", by.said()),
        }
    };
    let mut lines: Vec<String> = preview.lost_by.iter().map(line).collect();
    if let Some(range) = preview.lost_range {
        lines.push(format!(
            "{} in all, for what is not known of the engine",
            Range::said(preview.lost, Some(range), true)
        ));
    }
    lines
}

/// Where all fails, an engine may have something left, or not.
fn last_resort(foreseen: &Foreseen, after: &Preview) -> String {
    let tiers = &foreseen.resolution.tiers;
    let domain = tiers.len() > 1 && tiers.last().is_some_and(|tier| tier.priority.is_none());
    let all_fail = !after.landings.is_empty() && after.landings.iter().all(|landing| landing.fails);
    if all_fail && !domain {
        format!("all fail  {} has no last resort in this domain\n", foreseen.engine.profile().name)
    } else {
        String::new()
    }
}

fn over_time(preview: &Preview, labels: &Labels) -> Vec<Vec<String>> {
    let row = |(at, phase): (usize, &Phase)| {
        let gets = preview.landings.iter().zip(&phase.landings).map(|(landing, &share)| {
            let name = landing.target.to_string();
            (labels.label(&name).to_owned(), share, None)
        });
        let lasts = phase.lasts.filter(|lasts| !lasts.is_zero());
        let wait = if phase.wait.share.is_some() {
            format!("{} wait, at most {}", Range::said(phase.wait.share, None, preview.exact), span(phase.wait.max))
        } else {
            "none waits".to_owned()
        };
        vec![
            if at == 0 { "in time".to_owned() } else { String::new() },
            format!("{}{}", phase.when.word(), lasts.map_or_else(String::new, |lasts| format!(", {}", span(lasts)))),
            cells::gets(gets, preview.exact),
            wait,
            format!("{} lost", Range::said(phase.lost, None, preview.exact)),
            phase.said.clone(),
        ]
    };
    let mut rows: Vec<Vec<String>> = preview.phases.iter().enumerate().map(row).collect();
    for row in &mut rows {
        if let Some(head) = row.first_mut() {
            *head = format!("{head:8}");
        }
    }
    rows
}

/// What the reasons rest on: the decisions of the walk, and what is known of the engine.
fn rested(foreseen: &Foreseen, ink: Ink) -> String {
    let profile = foreseen.engine.profile();
    let mut text = format!("\n{}\n", ink.strong(&format!("how {} finds them", profile.name)));
    text.push_str(&decisions(&foreseen.resolution, ink));
    text.push_str(&format!("{}\n", ink.strong(&format!("what {} does: {}", profile.name, profile.version))));
    let rows: Vec<Vec<String>> = profile
        .traits
        .iter()
        .map(|t| vec![format!("  {}", t.what), format!("{} [{}; {}]", t.does, t.sure, t.source)])
        .collect();
    text + &block(&rows)
}

/// A line for each thing that can fail alone, the worst first.
pub fn worst_text(asked: &Asked<'_>, foreseen: &Foreseen, each: &[Weakness], ink: Ink) -> String {
    let mut rows = vec![["IF THIS FAILS", "LOST", "WAIT", "AT MOST", "THEN"].map(str::to_owned).to_vec()];
    let labels = Labels::of_pops(each.iter().map(|weakness| &weakness.preview));
    rows.extend(each.iter().map(|weakness| worst_cells(weakness, &labels).to_vec()));
    head(asked, &whose(foreseen), ink) + &block(&rows)
}

/// What fails, what is lost, who waits and how long, who gets it.
pub(super) fn worst_cells(Weakness { what, preview }: &Weakness, labels: &Labels) -> [String; 5] {
    let [part, longest] = cells::waits(preview);
    let lost = Range::said(preview.lost, preview.lost_range, preview.exact);
    [what.to_string(), lost, part, longest, cells::pops(preview, labels)]
}
