//! `settings.toml`.

use std::path::Path;

use serde::Deserialize;

use toml::de::DeTable;

use super::read::{Reading, line_in};
use super::{Trouble, keys};
use crate::model::Text;

/// What holds for the whole program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The name of the theme.
    pub theme: Text,
}

impl Default for Settings {
    fn default() -> Self {
        Self { theme: "default".into() }
    }
}

#[derive(Deserialize)]
struct Written {
    theme: Option<String>,
}

pub(super) fn load(file: &Path) -> (Settings, Vec<Trouble>) {
    let mut reading = Reading::of(file);
    let text = reading.text();
    let mut settings = Settings::default();
    match toml::from_str::<Written>(&text) {
        Ok(written) => settings.theme = written.theme.map_or(settings.theme, Text::from),
        Err(why) => reading.say_toml(&text, "", &why),
    }
    if let Ok(table) = DeTable::parse(&text) {
        for slip in keys::unknown::<Written>(table.get_ref(), &[]) {
            reading.say_slip(line_in(&text, &slip.span), slip);
        }
    }
    let (mut trouble, slips) = reading.into_trouble();
    trouble.extend(slips);
    (settings, trouble)
}
