//! The engine profiles.

use std::sync::Arc;

use serde::Serialize;

use crate::locate::{Aside, Engine, Setting};
use crate::model::{Failure, Method, Transport};

use super::Ink;
use super::json;
use super::preview::{follow, remembers};
use super::words::{block, span};

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    name: &'static str,
    set: String,
    title: &'static str,
    version: &'static str,
    confidence: String,
    settings: Vec<SettingDoc>,
    traits: Vec<TraitDoc>,
    reactions: Vec<ReactionDoc>,
    remembers: Option<RecallDoc>,
    qualify: Option<&'static str>,
    register: RegisterDoc,
    readings: usize,
}

#[derive(Serialize)]
struct SettingDoc {
    name: &'static str,
    values: &'static [&'static str],
    default: &'static str,
    does: &'static str,
}

impl From<&Setting> for SettingDoc {
    fn from(setting: &Setting) -> Self {
        Self { name: setting.name, values: setting.values, default: setting.default, does: setting.does }
    }
}

#[derive(Serialize)]
struct TraitDoc {
    what: &'static str,
    does: &'static str,
    confidence: String,
    source: &'static str,
}

#[derive(Serialize)]
struct ReactionDoc {
    failure: String,
    transport: &'static str,
    after: f64,
    goes_on: bool,
    why: String,
}

#[derive(Serialize)]
struct RecallDoc {
    span: Option<f64>,
    aside: &'static str,
    of: Vec<String>,
    why: &'static str,
}

#[derive(Serialize)]
struct RegisterDoc {
    expires: f64,
    early: f64,
    refresh: &'static str,
    invites_follow: Option<bool>,
    why: &'static str,
}

/// What a call meets, over what, as far as it makes a difference.
const MEETS: &[(Failure, Transport)] = &[
    (Failure::Silent, Transport::Udp),
    (Failure::Silent, Transport::Tcp),
    (Failure::Refused, Transport::Udp),
    (Failure::Refused, Transport::Tcp),
    (Failure::Unavailable, Transport::Udp),
    (Failure::Error(408), Transport::Udp),
    (Failure::Error(486), Transport::Udp),
    (Failure::Error(500), Transport::Udp),
    (Failure::Trying, Transport::Udp),
    (Failure::Tls, Transport::Tls),
];

/// A document for each of these engines, one a line.
pub fn engines_json(engines: &[Arc<dyn Engine>]) -> String {
    engines.iter().map(|engine| document(&**engine) + "\n").collect()
}

fn document(engine: &dyn Engine) -> String {
    let profile = engine.profile();
    let traits = profile.traits.iter().map(|t| TraitDoc {
        what: t.what,
        does: t.does,
        confidence: t.sure.to_string(),
        source: t.source,
    });
    let reactions = MEETS.iter().map(|&(failure, over)| {
        let reaction = engine.reaction(over, failure, Method::Invite);
        ReactionDoc {
            failure: failure.to_string(),
            transport: over.as_str(),
            after: json::seconds(reaction.after),
            goes_on: reaction.goes_on,
            why: reaction.why,
        }
    });
    let recall = engine.recall().map(|recall| RecallDoc {
        span: Some(json::seconds(recall.span)).filter(|_| !matches!(recall.aside, Aside::Left | Aside::LeftForTtl)),
        aside: match recall.aside {
            Aside::Last => "last",
            Aside::Behind => "behind",
            Aside::Never => "never",
            Aside::Left => "left",
            Aside::LeftForTtl => "left_for_ttl",
        },
        of: recall.of.iter().map(Failure::to_string).collect(),
        why: recall.why,
    });
    let how = engine.registering();
    json::line(&Document {
        schema: "trunktop.engine/1",
        name: profile.name,
        set: engine.name().to_string(),
        title: profile.title,
        version: profile.version,
        confidence: profile.sure.to_string(),
        settings: profile.settings.iter().map(Into::into).collect(),
        traits: traits.collect(),
        reactions: reactions.collect(),
        remembers: recall,
        qualify: engine.qualify().map(|qualify| qualify.why),
        register: RegisterDoc {
            expires: json::seconds(how.expires),
            early: json::seconds(how.early),
            refresh: how.refresh.word(),
            invites_follow: how.invites_follow,
            why: how.why,
        },
        readings: engine.readings().len(),
    })
}

/// One line for each engine: how sure we are, and what decides where its calls go.
pub fn engines_text(engines: &[Arc<dyn Engine>], ink: Ink) -> String {
    let heads = ["ENGINE", "SURE", "SILENT UDP", "503", "REMEMBERS", "CALLS FOLLOW", "SETTINGS", "WHAT"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    for engine in engines {
        let profile = engine.profile();
        rows.push(vec![
            profile.name.to_owned(),
            profile.sure.to_string(),
            course(&**engine, Failure::Silent),
            course(&**engine, Failure::Unavailable),
            remembers(&**engine),
            follow(engine.registering().invites_follow).to_owned(),
            profile.settings.len().to_string(),
            profile.title.to_owned(),
        ]);
    }
    let more = "`trunktop engines NAME` says where each thing is known from, and what can be set.";
    format!("{}{}\n", block(&rows), ink.dim(more))
}

/// `32 s, next`
fn course(engine: &dyn Engine, failure: Failure) -> String {
    let reaction = engine.reaction(Transport::Udp, failure, Method::Invite);
    let then = if reaction.goes_on { "next" } else { "lost" };
    if reaction.after.is_zero() { then.to_owned() } else { format!("{}, {then}", span(reaction.after)) }
}

/// An engine with what it does, how sure we are of each thing and where it is known from, and what can be set.
pub fn engine_text(engine: &dyn Engine, ink: Ink) -> String {
    let profile = engine.profile();
    let name = engine.name().to_string();
    let mut text = format!("{}  {} ({}; {})\n", ink.strong(&name), profile.title, profile.version, profile.sure);
    let traits: Vec<Vec<String>> = profile
        .traits
        .iter()
        .map(|t| vec![format!("  {}", t.what), t.sure.to_string(), format!("{} [{}]", t.does, t.source)])
        .collect();
    text.push_str(&block(&traits));
    text.push_str("at a target that fails, over UDP and TCP, or TLS\n");
    let met: Vec<Vec<String>> = MEETS
        .iter()
        .map(|&(failure, over)| {
            let reaction = engine.reaction(over, failure, Method::Invite);
            vec![format!("  {failure}"), over.to_string(), reaction.why]
        })
        .collect();
    text.push_str(&block(&met));
    let how = engine.registering();
    text.push_str(&format!("registers  asks for {} s; {}\n", how.expires.as_secs(), how.why));
    if let Some(recall) = engine.recall() {
        text.push_str(&format!("remembers  {}\n", recall.why));
    }
    if let Some(qualify) = engine.qualify() {
        text.push_str(&format!("qualify    {}\n", qualify.why));
    }
    match engine.readings().len() {
        0 => {}
        more => text.push_str(&format!(
            "not known  {more} other readings of what is documented; previews show the range over all of them\n"
        )),
    }
    if profile.settings.is_empty() {
        text.push_str("nothing can be set\n");
    } else {
        text.push_str(&format!("to be set, as {}:NAME=VALUE,..\n", profile.name));
    }
    let set = |s: &Setting| {
        let default = format!("default {}", s.default);
        vec![format!("  {}={}", s.name, s.values.join("|")), default, s.does.to_owned()]
    };
    let settings: Vec<Vec<String>> = profile.settings.iter().map(set).collect();
    text + &block(&settings)
}
