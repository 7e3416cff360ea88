//! A preview as `trunktop.preview/1`.

use serde::Serialize;

use crate::model::{Method, Share};
use crate::preview::{Landing, Phase, Preview, Range, Registration, Wait, WaitRange, When};
use crate::report::json::{self, QuestionDoc};

use super::cells;
use super::{Asked, Foreseen, Outlook};

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
    lost_before_range: Option<RangeDoc>,
    after: Vec<AfterDoc>,
    pops: Vec<PopDoc>,
    lost: f64,
    lost_range: Option<RangeDoc>,
    lost_after: f64,
    lost_by: Vec<LostByDoc>,
    wait: WaitDoc,
    timers: Vec<String>,
    timeline: Vec<PhaseDoc>,
    register: RegisterDoc,
    why: Vec<String>,
    also_asked: Option<Vec<QuestionDoc>>,
}

#[derive(Serialize)]
struct FailedDoc {
    what: String,
    kind: String,
}

#[derive(Serialize)]
struct RangeDoc {
    least: f64,
    most: f64,
}

impl From<Range> for RangeDoc {
    fn from(range: Range) -> Self {
        Self { least: range.least.0, most: range.most.0 }
    }
}

#[derive(Serialize)]
struct BeforeDoc {
    target: String,
    pop: String,
    transport: &'static str,
    share: f64,
    range: Option<RangeDoc>,
}

#[derive(Serialize)]
struct AfterDoc {
    #[serde(flatten)]
    landing: BeforeDoc,
    delay: DelayDoc,
    load: Option<f64>,
}

#[derive(Serialize)]
struct DelayDoc {
    mean: f64,
    max: f64,
}

#[derive(Serialize)]
struct PopDoc {
    pop: String,
    before: f64,
    before_range: Option<RangeDoc>,
    after: f64,
    after_range: Option<RangeDoc>,
    load: Option<f64>,
}

#[derive(Serialize)]
struct LostByDoc {
    by: &'static str,
    share: f64,
}

#[derive(Serialize)]
struct WaitDoc {
    #[serde(flatten)]
    likeliest: FaresDoc,
    range: Option<WaitRangeDoc>,
}

#[derive(Serialize)]
struct WaitRangeDoc {
    least: FaresDoc,
    most: FaresDoc,
}

#[derive(Serialize)]
struct FaresDoc {
    mean: f64,
    max: f64,
    share_waiting: f64,
}

#[derive(Serialize)]
struct PhaseDoc {
    when: &'static str,
    lasts: Option<f64>,
    landings: Vec<LandsDoc>,
    lost: f64,
    wait: FaresDoc,
    said: String,
}

#[derive(Serialize)]
struct LandsDoc {
    target: String,
    transport: &'static str,
    share: f64,
}

#[derive(Serialize)]
struct RegisterDoc {
    pin: Option<String>,
    moves: f64,
    moves_to: Vec<MovesDoc>,
    lost: f64,
    when: Option<String>,
    misses: f64,
    expires: f64,
    early: f64,
    refresh: &'static str,
    invites_follow: Option<bool>,
    said: String,
    rule: &'static str,
}

#[derive(Serialize)]
struct MovesDoc {
    target: String,
    share: f64,
}

/// As `trunktop.preview/1`, in one line; none where the DNS failed the engine, so that there is no tree.
pub fn preview_json(asked: &Asked<'_>, foreseen: &Foreseen) -> Option<String> {
    let Outlook { before, after, registration } = foreseen.outlook.as_ref()?;
    let range = |range: Option<Range>| range.map(RangeDoc::from);
    Some(json::line(&Document {
        schema: "trunktop.preview/1",
        uri: asked.uri.to_string(),
        resolver: asked.resolver.to_string(),
        engine: foreseen.engine.name().to_string(),
        confidence: foreseen.engine.profile().sure.to_string(),
        method: match asked.method {
            Method::Invite => "invite",
            Method::Register => "register",
        },
        health: asked.health.word(),
        exact: before.exact && after.exact,
        failed: asked.failed.iter().map(|o| FailedDoc { what: o.what.to_string(), kind: o.how.to_string() }).collect(),
        before: before.landings.iter().map(Into::into).collect(),
        lost_before: before.lost.0,
        lost_before_range: range(before.lost_range),
        after: before.landings.iter().zip(&after.landings).map(|(before, after)| AfterDoc::of(before, after)).collect(),
        pops: pops(before, after),
        lost: after.lost.0,
        lost_range: range(after.lost_range),
        lost_after: json::seconds(after.lost_after),
        lost_by: after.lost_by.iter().map(|&(by, share)| LostByDoc { by: by.word(), share: share.0 }).collect(),
        wait: WaitDoc::of(after.wait, after.wait_range),
        timers: after.timers.clone(),
        timeline: after.phases.iter().map(|phase| PhaseDoc::of(phase, &after.landings)).collect(),
        register: registration.into(),
        why: after.why.clone(),
        also_asked: foreseen.beyond.as_ref().map(|asked| asked.iter().map(Into::into).collect()),
    }))
}

fn pops(before: &Preview, after: &Preview) -> Vec<PopDoc> {
    let both = before.pops().into_iter().zip(after.pops());
    let document = both.map(|(now, then)| PopDoc {
        pop: now.pop.to_string(),
        before: now.landing.0,
        before_range: now.range.map(Into::into),
        after: then.landing.0,
        after_range: then.range.map(Into::into),
        load: cells::load(now.landing, then.landing),
    });
    document.collect()
}

impl From<&Landing> for BeforeDoc {
    fn from(landing: &Landing) -> Self {
        Self {
            target: landing.target.to_string(),
            pop: landing.pop.to_string(),
            transport: landing.transport.as_str(),
            share: landing.odds.landing.0,
            range: landing.range.map(Into::into),
        }
    }
}

impl AfterDoc {
    fn of(before: &Landing, after: &Landing) -> Self {
        let delay = DelayDoc { mean: json::seconds(after.odds.mean), max: json::seconds(after.odds.max) };
        Self { landing: after.into(), delay, load: cells::load(before.odds.landing, after.odds.landing) }
    }
}

impl WaitDoc {
    fn of(wait: Wait, range: Option<WaitRange>) -> Self {
        let range = range.map(|WaitRange { least, most }| WaitRangeDoc { least: least.into(), most: most.into() });
        Self { likeliest: wait.into(), range }
    }
}

impl From<Wait> for FaresDoc {
    fn from(wait: Wait) -> Self {
        Self { mean: json::seconds(wait.mean), max: json::seconds(wait.max), share_waiting: wait.share.0 }
    }
}

impl PhaseDoc {
    fn of(phase: &Phase, landings: &[Landing]) -> Self {
        let lands = landings.iter().zip(&phase.landings).map(|(landing, share)| LandsDoc {
            target: landing.target.to_string(),
            transport: landing.transport.as_str(),
            share: share.0,
        });
        Self {
            when: match phase.when {
                When::AtOnce => "at_once",
                When::Known => "known",
                When::Expired => "expired",
                When::Returned => "returned",
            },
            lasts: phase.lasts.map(json::seconds),
            landings: lands.collect(),
            lost: phase.lost.0,
            wait: phase.wait.into(),
            said: phase.said.clone(),
        }
    }
}

impl From<&Registration> for RegisterDoc {
    fn from(registration: &Registration) -> Self {
        let how = registration.how;
        let moves = registration.moves.is_some();
        let to = registration.moves_to().into_iter().filter(|_| moves);
        let within = registration.within.as_secs();
        Self {
            pin: registration.pin.as_ref().map(|held| held.target.to_string()),
            moves: registration.moves.0,
            moves_to: to.map(|(host, Share(share))| MovesDoc { target: host.to_string(), share }).collect(),
            lost: registration.lost.0,
            when: moves.then(|| {
                if registration.is_nowhere() {
                    format!("it ends within {within} s, and there is nowhere to register")
                } else {
                    format!("with the next refresh, within {within} s at the latest")
                }
            }),
            misses: json::seconds(registration.within),
            expires: json::seconds(how.expires),
            early: json::seconds(how.early),
            refresh: how.refresh.word(),
            invites_follow: how.invites_follow,
            said: registration.said(),
            rule: how.why,
        }
    }
}
