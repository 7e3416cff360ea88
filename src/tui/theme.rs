//! Colours, by what they mean.
//!
//! Views name tokens, themes give them looks. A theme is a TOML file; those that come with the program
//! are embedded. Colour never carries a meaning alone: every state has a word and a glyph as well, so
//! that a theme without colours loses nothing.

use std::str::FromStr;

use ratatui::style::{Color, Modifier, Style};
use serde::{Deserialize, Deserializer, de};
use thiserror::Error;

use crate::model::{HealthState, Text};
use crate::state::Level;

/// The themes that come with the program: name and file.
const EMBEDDED: [(&str, &str); 3] = [
    ("default", include_str!("../../themes/default.toml")),
    ("colorblind", include_str!("../../themes/colorblind.toml")),
    ("mono", include_str!("../../themes/mono.toml")),
];

/// Why a theme cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ThemeError {
    /// No theme of this name comes with the program.
    #[error("there is no theme '{0}'; there are default, colorblind, mono")]
    Unknown(Text),
    /// The file is not a theme: a token is missing, unknown, or has no such look.
    #[error("theme '{name}': {why}")]
    Broken {
        /// Which.
        name: Text,
        /// What is wrong with it.
        why: Text,
    },
}

/// The looks, by what they mean.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Theme {
    /// Ordinary text.
    pub(super) text: Look,
    /// What matters less.
    pub(super) dim: Look,
    /// Heads of columns.
    pub(super) heading: Look,
    /// Names of screens and panes.
    pub(super) title: Look,
    /// The selected row; laid over the row's own looks.
    pub(super) selection: Look,
    /// Lines between panes, and guides of trees.
    pub(super) border: Look,
    /// Names of keys.
    pub(super) key: Look,
    /// A field that takes text.
    pub(super) input: Look,
    /// UP.
    pub(super) up: Look,
    /// DEGRADED.
    pub(super) degraded: Look,
    /// DOWN.
    pub(super) down: Look,
    /// UNKNOWN.
    pub(super) unknown: Look,
    /// WARNING: nothing is lost yet.
    pub(super) warning: Look,
    /// STALE, and answers older than their TTL.
    pub(super) stale: Look,
    /// What changed.
    pub(super) changed: Look,
    /// What an engine does not use.
    pub(super) unused: Look,
    /// A question that failed, or an error of ours.
    pub(super) failed: Look,
    /// What an operator forces to fail.
    pub(super) forced: Look,
    /// The badge of a simulation.
    pub(super) simulated: Look,
    /// The badge of a paused picture.
    pub(super) paused: Look,
    /// Bars of shares.
    pub(super) bar: Look,
    /// Requests that land nowhere.
    pub(super) lost: Look,
}

impl Theme {
    /// A theme that comes with the program.
    ///
    /// # Errors
    /// Where there is none of this name.
    pub fn named(name: &str) -> Result<Self, ThemeError> {
        let (name, file) =
            EMBEDDED.iter().find(|(known, _)| *known == name).ok_or_else(|| ThemeError::Unknown(name.into()))?;
        Self::parse(name, file)
    }

    /// Reads a theme from a file's text; every token has to be there.
    ///
    /// # Errors
    /// Where a token is missing or unknown, or a colour is none.
    pub fn parse(name: &str, file: &str) -> Result<Self, ThemeError> {
        toml::from_str(file).map_err(|error| ThemeError::Broken { name: name.into(), why: error.to_string().into() })
    }

    /// How a carrier's level looks.
    pub(super) fn level(&self, level: Level) -> Style {
        match level {
            Level::Down => self.down.0,
            Level::Dns => self.failed.0,
            Level::Stale => self.stale.0,
            Level::Degraded => self.degraded.0,
            Level::Warning => self.warning.0,
            Level::Unknown => self.unknown.0,
            Level::Up => self.up.0,
        }
    }

    /// How a target's health looks.
    pub(super) fn health(&self, health: HealthState) -> Style {
        match health {
            HealthState::Unknown | HealthState::Maintenance => self.unknown.0,
            HealthState::Up => self.up.0,
            HealthState::Degraded => self.degraded.0,
            HealthState::Down(_) => self.down.0,
        }
    }
}

/// How something looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Look(pub(super) Style);

impl From<Look> for Style {
    fn from(look: Look) -> Self {
        look.0
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "the modifiers of a terminal are independent flags")]
struct Written {
    fg: Option<String>,
    bg: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    reverse: bool,
    crossed: bool,
}

impl<'de> Deserialize<'de> for Look {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer)?;
        let colour = |raw: &Option<String>| match raw.as_deref() {
            None => Ok(Color::Reset),
            Some(raw) => Color::from_str(raw).map_err(|_| de::Error::custom(format!("'{raw}' is no colour"))),
        };
        let mut style = Style::new();
        // What is not set is left as it is beneath, so that looks can be laid over each other.
        if written.fg.is_some() {
            style = style.fg(colour(&written.fg)?);
        }
        if written.bg.is_some() {
            style = style.bg(colour(&written.bg)?);
        }
        for (set, modifier) in [
            (written.bold, Modifier::BOLD),
            (written.dim, Modifier::DIM),
            (written.italic, Modifier::ITALIC),
            (written.underline, Modifier::UNDERLINED),
            (written.reverse, Modifier::REVERSED),
            (written.crossed, Modifier::CROSSED_OUT),
        ] {
            if set {
                style = style.add_modifier(modifier);
            }
        }
        Ok(Self(style))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Failure;

    #[test]
    fn every_theme_has_every_token() {
        for (name, _) in EMBEDDED {
            Theme::named(name).unwrap();
        }
    }

    #[test]
    fn a_broken_theme_says_what_is_wrong() {
        let (_, file) = EMBEDDED[0];
        let missing = file.lines().filter(|line| !line.starts_with("degraded")).collect::<Vec<_>>().join("\n");
        assert!(Theme::parse("mine", &missing).unwrap_err().to_string().contains("degraded"));
        let colour = file.replace("\"green\"", "\"smoke\"");
        assert!(Theme::parse("mine", &colour).unwrap_err().to_string().contains("'smoke' is no colour"));
        assert!(Theme::parse("mine", &format!("{file}\nblink = {{}}\n")).is_err());
        assert!(Theme::named("neon").unwrap_err().to_string().contains("mono"));
    }

    #[test]
    fn states_differ_without_colour() {
        let theme = Theme::named("mono").unwrap();
        let states = [HealthState::Up, HealthState::Degraded, HealthState::Down(Failure::Silent), HealthState::Unknown];
        for (at, state) in states.iter().enumerate() {
            let look = theme.health(*state);
            assert_eq!((look.fg, look.bg), (None, None), "{} has a colour", state.word());
            for other in &states[at + 1..] {
                assert_ne!(look.add_modifier, theme.health(*other).add_modifier, "{}", state.word());
            }
        }
    }

    #[test]
    fn the_default_theme_keeps_to_the_terminals_palette_and_background() {
        let theme = Theme::named("default").unwrap();
        for look in [theme.text, theme.up, theme.degraded, theme.down, theme.unknown, theme.simulated, theme.bar] {
            assert_eq!(look.0.bg, None);
            assert!(!matches!(look.0.fg, Some(Color::Rgb(..) | Color::Indexed(_))));
        }
    }
}
