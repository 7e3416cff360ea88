//! Where calls go if something fails.

use std::time::Duration;

use serde::Serialize;

use crate::locate::Engine;
use crate::model::{Method, Outage, ResolverSpec, Share, SipUri};
use crate::preview::{Landing, Preview, Weakness};

use super::Ink;
use super::json;
use super::words::{block, span};

/// What is known of the targets' health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HealthUsed {
    /// Nothing: DNS only.
    None,
    /// Each was probed once, just now.
    Probed,
    /// They are probed all the time.
    Live,
}

impl HealthUsed {
    const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Probed => "probed",
            Self::Live => "live",
        }
    }
}

/// A preview, and what it is of.
#[derive(Clone, Copy)]
pub struct Foreseen<'p> {
    /// What is dialled.
    pub uri: &'p SipUri,
    /// Who was asked.
    pub resolver: &'p ResolverSpec,
    /// By whose rules.
    pub engine: &'p dyn Engine,
    /// For which requests.
    pub method: Method,
    /// What is known of the targets' health.
    pub health: HealthUsed,
    /// What is forced to fail.
    pub failed: &'p [Outage],
    /// Without it.
    pub before: &'p Preview,
    /// With it.
    pub after: &'p Preview,
}

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    uri: String,
    resolver: String,
    engine: String,
    confidence: String,
    method: &'static str,
    health: &'static str,
    exact: bool,
    failed: Vec<FailedDoc>,
    before: Vec<BeforeDoc>,
    lost_before: f64,
    after: Vec<AfterDoc>,
    lost: f64,
    lost_after: f64,
    wait: WaitDoc,
    timeline: [(); 0],
    register: RegisterDoc,
    why: Vec<String>,
}

#[derive(Serialize)]
struct FailedDoc {
    what: String,
    kind: String,
}

#[derive(Serialize)]
struct BeforeDoc {
    target: String,
    pop: String,
    transport: &'static str,
    share: f64,
}

#[derive(Serialize)]
struct AfterDoc {
    #[serde(flatten)]
    landing: BeforeDoc,
    delay: DelayDoc,
}

#[derive(Serialize)]
struct DelayDoc {
    mean: f64,
    max: f64,
}

#[derive(Serialize)]
struct WaitDoc {
    mean: f64,
    max: f64,
    share_waiting: f64,
}

/// Filled once registrations are watched; until then nothing is known of a pin, and it says so.
#[derive(Default, Serialize)]
struct RegisterDoc {
    pin: Option<String>,
    moves_to: [(); 0],
    when: Option<String>,
}

impl From<&Landing> for BeforeDoc {
    fn from(landing: &Landing) -> Self {
        Self {
            target: landing.target.to_string(),
            pop: landing.pop.to_string(),
            transport: landing.transport.as_str(),
            share: landing.odds.landing.0,
        }
    }
}

impl From<&Landing> for AfterDoc {
    fn from(landing: &Landing) -> Self {
        let delay = DelayDoc { mean: json::seconds(landing.odds.mean), max: json::seconds(landing.odds.max) };
        Self { landing: landing.into(), delay }
    }
}

/// As `trunktop.preview/1`, in one line.
pub fn preview_json(foreseen: &Foreseen<'_>) -> String {
    let (before, after) = (foreseen.before, foreseen.after);
    json::line(&Document {
        schema: "trunktop.preview/1",
        uri: foreseen.uri.to_string(),
        resolver: foreseen.resolver.to_string(),
        engine: foreseen.engine.name().to_string(),
        confidence: foreseen.engine.profile().sure.to_string(),
        method: match foreseen.method {
            Method::Invite => "invite",
            Method::Register => "register",
        },
        health: foreseen.health.word(),
        exact: before.exact && after.exact,
        failed: foreseen
            .failed
            .iter()
            .map(|o| FailedDoc { what: o.what.to_string(), kind: o.how.to_string() })
            .collect(),
        before: before.landings.iter().map(Into::into).collect(),
        lost_before: before.lost.0,
        after: after.landings.iter().map(Into::into).collect(),
        lost: after.lost.0,
        lost_after: json::seconds(after.lost_after),
        wait: WaitDoc {
            mean: json::seconds(after.wait.mean),
            max: json::seconds(after.wait.max),
            share_waiting: after.wait.share.0,
        },
        timeline: [],
        register: RegisterDoc::default(),
        why: after.why.clone(),
    })
}

/// Before and after for each target, what it costs, and why.
pub fn preview_text(foreseen: &Foreseen<'_>, ink: Ink) -> String {
    let profile = foreseen.engine.profile();
    let failed: Vec<String> = foreseen.failed.iter().map(|outage| format!("{} {}", outage.what, outage.how)).collect();
    let what = if failed.is_empty() { "nothing fails".to_owned() } else { format!("fails: {}", failed.join(", ")) };
    let mut text = format!(
        "{}  as {} ({})  {what}  {}\n",
        ink.strong(&foreseen.uri.shown()),
        profile.name,
        profile.sure,
        ink.bad("[SIMULATION: nothing is sent because of it]")
    );
    let mut rows = vec![["TARGET", "OVER", "POP", "NOW", "THEN", "WAITS"].map(str::to_owned).to_vec()];
    let mark = |preview: &Preview, share: Share| if preview.exact { share.to_string() } else { format!("~{share}") };
    for (now, then) in foreseen.before.landings.iter().zip(&foreseen.after.landings) {
        rows.push(vec![
            now.target.to_string(),
            now.transport.to_string(),
            now.pop.to_string(),
            mark(foreseen.before, now.odds.landing),
            mark(foreseen.after, then.odds.landing),
            waits(then.odds.mean, then.odds.max),
        ]);
    }
    rows.push(vec![
        "lost".into(),
        String::new(),
        String::new(),
        mark(foreseen.before, foreseen.before.lost),
        mark(foreseen.after, foreseen.after.lost),
        String::new(),
    ]);
    text.push_str(&block(&rows));
    text.push_str(&format!("callers  {}\n", callers(foreseen.after)));
    for why in &foreseen.after.why {
        text.push_str(&format!("why      {why}\n"));
    }
    text
}

fn waits(mean: Duration, max: Duration) -> String {
    if max.is_zero() { String::new() } else { format!("{} on average, at most {}", span(mean), span(max)) }
}

fn callers(preview: &Preview) -> String {
    let mut said = Vec::new();
    if preview.lost.is_some() {
        said.push(format!("{} are lost, after at most {}", preview.lost, span(preview.lost_after)));
    }
    if preview.wait.share.is_some() {
        said.push(format!(
            "{} wait, at most {}; on average over all {}",
            preview.wait.share,
            span(preview.wait.max),
            span(preview.wait.mean)
        ));
    }
    if said.is_empty() { "none waits, none is lost".to_owned() } else { said.join("; ") }
}

/// A line for each thing that can fail alone, the worst first.
pub fn worst_text(uri: &SipUri, each: &[Weakness], ink: Ink) -> String {
    let mut rows = vec![["IF THIS FAILS", "LOST", "WAIT", "AT MOST", "THEN"].map(str::to_owned).to_vec()];
    for Weakness { what, preview } in each {
        let then: Vec<String> = preview
            .pops()
            .iter()
            .filter(|pop| pop.landing.is_some())
            .take(3)
            .map(|pop| format!("{} {}", pop.pop, pop.landing))
            .collect();
        rows.push(vec![
            what.to_string(),
            preview.lost.to_string(),
            preview.wait.share.to_string(),
            span(preview.wait.max),
            then.join(", "),
        ]);
    }
    format!(
        "{}  {}\n{}",
        ink.strong(&uri.shown()),
        ink.bad("[SIMULATION: nothing is sent because of it]"),
        block(&rows)
    )
}
