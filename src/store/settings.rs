//! `settings.toml`.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use toml::de::{DeTable, DeValue};

use super::read::{Reading, line_in, span};
use super::{Trouble, keys};
use crate::model::Text;

/// What holds for the whole program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The name of the theme.
    pub theme: Text,
    /// `[dns] refresh_floor`: no RRset is asked for again sooner, however short its TTL; 1 s to 24 h.
    pub refresh_floor: Duration,
    /// `[dns] refresh_ceiling`: each RRset is asked for again after this, however long its TTL; 1 s to 24 h, and
    /// never less than the floor.
    pub refresh_ceiling: Duration,
    /// `[preview] patience`: after so long callers hang up, 1 s to 24 h; they wait for ever, without one.
    pub patience: Option<Duration>,
}

impl Default for Settings {
    /// The default theme; answers are refreshed after 5 s to 5 min; callers wait for ever.
    fn default() -> Self {
        Self {
            theme: "default".into(),
            refresh_floor: Duration::from_secs(5),
            refresh_ceiling: Duration::from_secs(300),
            patience: None,
        }
    }
}

#[derive(Deserialize)]
struct Written {
    theme: Option<String>,
    #[serde(default)]
    dns: WrittenDns,
    #[serde(default)]
    preview: WrittenPreview,
}

#[derive(Default, Deserialize)]
struct WrittenPreview {
    patience: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
struct WrittenDns {
    refresh_floor: Option<Spanned<String>>,
    refresh_ceiling: Option<Spanned<String>>,
}

pub(super) fn load(file: &Path) -> (Settings, Vec<Trouble>) {
    let mut reading = Reading::of(file);
    let text = reading.text();
    let mut settings = Settings::default();
    match toml::from_str::<Written>(&text) {
        Ok(written) => {
            settings.theme = written.theme.map_or(settings.theme, Text::from);
            written.dns.read(&mut settings, &mut reading, &text);
            if let Some(raw) = written.preview.patience {
                match span(raw.get_ref()) {
                    Ok(patience) => settings.patience = Some(patience),
                    Err(why) => {
                        let line = line_in(&text, &raw.span());
                        reading.say(Some(line), format_args!("preview: patience: {why}"));
                    }
                }
            }
        }
        Err(why) => reading.say_toml(&text, "", &why),
    }
    if let Ok(table) = DeTable::parse(&text) {
        let table = table.get_ref();
        for slip in keys::unknown::<Written>(table, &[]) {
            reading.say_slip(line_in(&text, &slip.span), slip);
        }
        if let Some(DeValue::Table(preview)) = table.get("preview").map(Spanned::get_ref) {
            for slip in keys::unknown::<WrittenPreview>(preview, &[]) {
                reading.say_slip(line_in(&text, &slip.span), format_args!("preview: {slip}"));
            }
        }
        if let Some(DeValue::Table(dns)) = table.get("dns").map(Spanned::get_ref) {
            for slip in keys::unknown::<WrittenDns>(dns, &[]) {
                reading.say_slip(line_in(&text, &slip.span), format_args!("dns: {slip}"));
            }
        }
    }
    let (mut trouble, slips) = reading.into_trouble();
    trouble.extend(slips);
    (settings, trouble)
}

impl WrittenDns {
    /// What is wrong stays as it is without the file.
    fn read(&self, settings: &mut Settings, reading: &mut Reading<'_>, text: &str) {
        let mut read = |name: &str, raw: &Option<Spanned<String>>, otherwise| {
            let Some(raw) = raw else { return otherwise };
            span(raw.get_ref()).unwrap_or_else(|why| {
                reading.say(Some(line_in(text, &raw.span())), format_args!("dns: {name}: {why}"));
                otherwise
            })
        };
        let floor = read("refresh_floor", &self.refresh_floor, settings.refresh_floor);
        let ceiling = read("refresh_ceiling", &self.refresh_ceiling, settings.refresh_ceiling);
        if floor <= ceiling {
            (settings.refresh_floor, settings.refresh_ceiling) = (floor, ceiling);
        } else {
            let line = self.refresh_floor.as_ref().or(self.refresh_ceiling.as_ref());
            let line = line.map(|raw| line_in(text, &raw.span()));
            let what = format_args!("dns: refresh_floor ({floor:?}) is above refresh_ceiling ({ceiling:?})");
            reading.say(line, what);
        }
    }
}
