//! The engine profiles.

use serde::Serialize;

use crate::locate::{self, Setting};

use super::Ink;
use super::json;
use super::words::block;

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    name: &'static str,
    title: &'static str,
    version: &'static str,
    confidence: String,
    settings: Vec<SettingDoc>,
    traits: Vec<TraitDoc>,
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

/// A document for each engine, one a line.
pub fn engines_json() -> String {
    let documents = locate::engines().into_iter().map(|engine| {
        let profile = engine.profile();
        let traits = profile.traits.iter().map(|t| TraitDoc {
            what: t.what,
            does: t.does,
            confidence: t.sure.to_string(),
            source: t.source,
        });
        json::line(&Document {
            schema: "trunktop.engine/1",
            name: profile.name,
            title: profile.title,
            version: profile.version,
            confidence: profile.sure.to_string(),
            settings: profile.settings.iter().map(Into::into).collect(),
            traits: traits.collect(),
        })
    });
    documents.map(|line| line + "\n").collect()
}

/// Each engine with what it does, how sure we are, and where we know it from.
pub fn engines_text(ink: Ink) -> String {
    let mut text = String::new();
    for engine in locate::engines() {
        let profile = engine.profile();
        text.push_str(&format!(
            "{}  {} ({}; {})\n",
            ink.strong(profile.name),
            profile.title,
            profile.version,
            profile.sure
        ));
        let rows: Vec<Vec<String>> = profile
            .traits
            .iter()
            .map(|t| vec![format!("  {}", t.what), t.sure.to_string(), t.source.to_owned(), t.does.to_owned()])
            .collect();
        text.push_str(&block(&rows));
        let set = |s: &Setting| {
            vec![format!("  set {}={}", s.name, s.values.join("|")), s.default.to_owned(), s.does.to_owned()]
        };
        let settings: Vec<Vec<String>> = profile.settings.iter().map(set).collect();
        text.push_str(&block(&settings));
    }
    text
}
