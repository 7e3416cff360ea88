//! The characters of the picture: a set for terminals that speak UTF-8, and one in ASCII.
//!
//! The UTF-8 set keeps to what the fonts of old terminals have (WGL4): no braille, no emoji, nothing
//! from private areas.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

use crate::model::{Confidence, HealthState};
use crate::state::{Beat, Level};

/// A set of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyphs {
    pub(super) up: &'static str,
    pub(super) degraded: &'static str,
    pub(super) down: &'static str,
    pub(super) unknown: &'static str,
    pub(super) warning: &'static str,
    pub(super) dns: &'static str,
    pub(super) stale: &'static str,
    pub(super) rule: &'static str,
    pub(super) pipe: &'static str,
    pub(super) tee: &'static str,
    pub(super) corner: &'static str,
    pub(super) arrow: &'static str,
    pub(super) full: &'static str,
    pub(super) empty: &'static str,
    /// Half as high as full.
    pub(super) half: &'static str,
    pub(super) cut: &'static str,
    pub(super) alive: &'static str,
    pub(super) missed: &'static str,
    /// Other stacks decide otherwise here.
    pub(super) differs: &'static str,
    /// A registration that was seen where it is.
    pub(super) observed: &'static str,
    /// One that a PBX told of.
    pub(super) reported: &'static str,
    /// One that nobody told of: where it would be.
    pub(super) inferred: &'static str,
}

impl Glyphs {
    /// For terminals that speak UTF-8.
    pub const UTF8: Self = Self {
        up: "●",
        degraded: "▲",
        down: "×",
        unknown: "?",
        warning: "!",
        dns: "≠",
        stale: "○",
        rule: "─",
        pipe: "│",
        tee: "├",
        corner: "└",
        arrow: "→",
        full: "█",
        empty: "░",
        half: "▄",
        cut: "…",
        alive: "·",
        missed: "×",
        differs: "‡",
        observed: "■",
        reported: "□",
        inferred: "~",
    };

    /// For all others.
    pub const ASCII: Self = Self {
        up: "+",
        degraded: "~",
        down: "x",
        unknown: "?",
        warning: "!",
        dns: "#",
        stale: "-",
        rule: "-",
        pipe: "|",
        tee: "|",
        corner: "`",
        arrow: "->",
        full: "#",
        empty: ".",
        half: "_",
        cut: ">",
        alive: ".",
        missed: "x",
        differs: "*",
        observed: "@",
        reported: "o",
        inferred: "~",
    };

    /// The set for a locale, given the values of `LC_ALL`, `LC_CTYPE` and `LANG`: the first that is set
    /// and not empty decides (POSIX 8.2).
    pub fn for_locale<'v>(values: impl IntoIterator<Item = Option<&'v str>>) -> Self {
        let locale = values.into_iter().flatten().find(|value| !value.is_empty()).unwrap_or_default();
        let locale = locale.to_ascii_lowercase();
        if locale.contains("utf-8") || locale.contains("utf8") { Self::UTF8 } else { Self::ASCII }
    }

    /// Text as the terminal can write it: where that is ASCII alone, what is not becomes question marks.
    pub(super) fn writable<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !self.cut.is_ascii() || text.is_ascii() {
            return Cow::Borrowed(text);
        }
        // As wide as before, so that columns stay where they were laid.
        let cells = |c: char| if c.is_ascii() { c.to_string() } else { "?".repeat(c.width().unwrap_or(0)) };
        Cow::Owned(text.chars().map(cells).collect())
    }

    pub(super) const fn level(&self, level: Level) -> &'static str {
        match level {
            Level::Down => self.down,
            Level::Dns => self.dns,
            Level::Stale => self.stale,
            Level::Degraded => self.degraded,
            Level::Warning => self.warning,
            Level::Unknown => self.unknown,
            Level::Up => self.up,
        }
    }

    pub(super) const fn health(&self, health: HealthState) -> &'static str {
        match health {
            HealthState::Up => self.up,
            HealthState::Degraded => self.degraded,
            HealthState::Down(_) => self.down,
            HealthState::Unknown | HealthState::Maintenance => self.unknown,
        }
    }

    pub(super) const fn confidence(&self, confidence: Confidence) -> &'static str {
        match confidence {
            Confidence::Observed => self.observed,
            Confidence::Reported => self.reported,
            Confidence::Inferred => self.inferred,
        }
    }

    pub(super) const fn beat(&self, beat: Beat) -> &'static str {
        match beat {
            Beat::Alive => self.alive,
            Beat::Troubled => "!",
            Beat::Missed(_) => self.missed,
            Beat::Ours => "-",
        }
    }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    #[test]
    fn the_first_locale_that_is_set_decides() {
        for (values, set) in [
            ([None, None, Some("en_US.UTF-8")], Glyphs::UTF8),
            ([Some("C"), None, Some("en_US.UTF-8")], Glyphs::ASCII),
            ([Some(""), Some("de_DE.utf8"), Some("C")], Glyphs::UTF8),
            ([None, None, None], Glyphs::ASCII),
        ] {
            assert_eq!(Glyphs::for_locale(values), set, "{values:?}");
        }
    }

    #[test]
    fn a_terminal_without_utf8_is_sent_none() {
        assert_eq!(Glyphs::ASCII.writable("café, 混雑"), "caf?, ????");
        assert_eq!(Glyphs::UTF8.writable("café, 混雑"), "café, 混雑");
    }

    #[test]
    fn levels_and_states_have_glyphs_of_their_own_one_cell_wide() {
        let levels =
            [Level::Down, Level::Dns, Level::Stale, Level::Degraded, Level::Warning, Level::Unknown, Level::Up];
        for set in [Glyphs::UTF8, Glyphs::ASCII] {
            let mut glyphs: Vec<&str> = levels.iter().map(|&level| set.level(level)).collect();
            assert!(glyphs.iter().all(|glyph| glyph.width() == 1));
            glyphs.sort_unstable();
            glyphs.dedup();
            assert_eq!(glyphs.len(), levels.len());
        }
        assert!(Glyphs::ASCII.arrow.is_ascii() && Glyphs::ASCII.pipe.is_ascii());
    }
}
