//! What a final code says of the target that gave it.
//!
//! 404 from one carrier is how it greets whoever sends OPTIONS, and from another it means that the trunk
//! is not provisioned any more. So a carrier's settings may say it: `codes = { "404" = "down" }`.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use thiserror::Error;

use crate::model::Text;

/// What a code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The target lives.
    Alive,
    /// It lives, and is in trouble.
    Degraded,
    /// It is as good as dead: calls that it takes come to nothing.
    Down,
}

impl Meaning {
    /// All of them, the best first.
    const ALL: [Self; 3] = [Self::Alive, Self::Degraded, Self::Down];

    /// The word for it in the settings.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Alive => "alive",
            Self::Degraded => "degraded",
            Self::Down => "down",
        }
    }
}

impl FromStr for Meaning {
    type Err = CodesError;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|known| known.word() == raw);
        known.ok_or_else(|| CodesError::Meaning(raw.into()))
    }
}

/// Codes that one rule is for: `404`, `480-489`, `5xx`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeRange(RangeInclusive<u16>);

impl CodeRange {
    fn holds(&self, other: &Self) -> bool {
        self.0.start() <= other.0.start() && other.0.end() <= self.0.end()
    }

    fn meets(&self, other: &Self) -> bool {
        self.0.start() <= other.0.end() && other.0.start() <= self.0.end()
    }
}

impl FromStr for CodeRange {
    type Err = CodesError;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        let code = |digits: &str| {
            let plain = digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit());
            digits.parse::<u16>().ok().filter(|code| plain && (200..700).contains(code))
        };
        let range = match (raw.strip_suffix("xx"), raw.split_once('-')) {
            (Some(class), _) => code(&format!("{class}00")).map(|first| first..=first + 99),
            (None, Some((first, last))) => code(first).zip(code(last)).map(|(first, last)| first..=last),
            (None, None) => code(raw).map(|code| code..=code),
        };
        range.filter(|range| !range.is_empty()).map(Self).ok_or_else(|| CodesError::Range(raw.into()))
    }
}

impl fmt::Display for CodeRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = (self.0.start(), self.0.end());
        if first == last { write!(f, "{first}") } else { write!(f, "{first}-{last}") }
    }
}

/// Why a table of codes cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CodesError {
    /// No code, range or class.
    #[error("'{0}' is no final code; write 404, 480-489 or 5xx, from 200 to 699")]
    Range(Text),
    /// No meaning.
    #[error("'{0}' is nothing that a code can mean; there are alive, degraded, down")]
    Meaning(Text),
    /// Two rules of which neither is the narrower one.
    #[error("{0} and {1} overlap, and neither lies within the other: it is not clear which of them counts")]
    Overlap(CodeRange, CodeRange),
}

/// The table: what a carrier's settings say, and for all other codes what is usual.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Codes(Vec<(CodeRange, Meaning)>);

impl Codes {
    /// From rules in any order: the narrowest that a code is in counts.
    ///
    /// # Errors
    /// Where two rules overlap and neither lies within the other, or both are for the same codes.
    pub fn new(rules: Vec<(CodeRange, Meaning)>) -> Result<Self, CodesError> {
        for (at, (one, _)) in rules.iter().enumerate() {
            let clash = rules[..at]
                .iter()
                .find(|(other, _)| one == other || (one.meets(other) && !one.holds(other) && !other.holds(one)));
            if let Some((other, _)) = clash {
                return Err(CodesError::Overlap(other.clone(), one.clone()));
            }
        }
        Ok(Self(rules))
    }

    /// What a final code says. Where no rule is for it: 5xx and 6xx mean trouble, but for 501, which is how
    /// those answer who do not know OPTIONS; all others mean that somebody is at home.
    pub fn meaning(&self, code: u16) -> Meaning {
        let rules = self.0.iter().filter(|(range, _)| range.0.contains(&code));
        match rules.min_by_key(|(range, _)| range.0.len()) {
            Some((_, meaning)) => *meaning,
            None if code >= 500 && code != 501 => Meaning::Degraded,
            None => Meaning::Alive,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(rules: &[(&str, &str)]) -> Result<Codes, CodesError> {
        let rules: Result<Vec<_>, _> =
            rules.iter().map(|(range, meaning)| Ok((range.parse()?, meaning.parse()?))).collect();
        Codes::new(rules?)
    }

    #[test]
    fn without_rules_5xx_and_6xx_mean_trouble_but_for_501() {
        let usual = Codes::default();
        for (code, meaning) in [
            (200, Meaning::Alive),
            (302, Meaning::Alive),
            (404, Meaning::Alive),
            (499, Meaning::Alive),
            (500, Meaning::Degraded),
            (501, Meaning::Alive),
            (503, Meaning::Degraded),
            (603, Meaning::Degraded),
        ] {
            assert_eq!(usual.meaning(code), meaning, "{code}");
        }
    }

    #[test]
    fn the_narrowest_rule_counts_in_whatever_order() {
        for rules in [
            [("4xx", "degraded"), ("480-489", "alive"), ("484", "down")],
            [("484", "down"), ("480-489", "alive"), ("4xx", "degraded")],
        ] {
            let codes = codes(&rules).unwrap();
            assert_eq!(
                [404, 480, 489, 484, 490].map(|code| codes.meaning(code).word()),
                ["degraded", "alive", "alive", "down", "degraded"]
            );
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (rules, said) in [
            (vec![("40", "alive")], "'40' is no final code; write 404, 480-489 or 5xx, from 200 to 699"),
            (vec![("100", "alive")], "'100' is no final code; write 404, 480-489 or 5xx, from 200 to 699"),
            (vec![("7xx", "alive")], "'7xx' is no final code; write 404, 480-489 or 5xx, from 200 to 699"),
            (vec![("+40", "alive")], "'+40' is no final code; write 404, 480-489 or 5xx, from 200 to 699"),
            (vec![("489-480", "alive")], "'489-480' is no final code; write 404, 480-489 or 5xx, from 200 to 699"),
            (vec![("404", "dead")], "'dead' is nothing that a code can mean; there are alive, degraded, down"),
            (
                vec![("480-489", "alive"), ("485-494", "down")],
                "480-489 and 485-494 overlap, and neither lies within the other: it is not clear which of them counts",
            ),
            (
                vec![("4xx", "alive"), ("400-499", "down")],
                "400-499 and 400-499 overlap, and neither lies within the other: it is not clear which of them counts",
            ),
        ] {
            assert_eq!(codes(&rules).unwrap_err().to_string(), said);
        }
    }
}
