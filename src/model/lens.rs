//! How an operator looks at a carrier, and what he rehearses.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::{CarrierName, EngineName, Outage, Text};

/// How an operator looks at a carrier. What is drawn and previewed follows it; health and verdict stay the
/// carrier's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lens {
    /// As which engine; as the carrier's own, without one.
    pub engine: Option<EngineName>,
    /// Whether all engines are compared.
    pub compares: bool,
    /// Whether a preview counts what probes show.
    pub real: bool,
}

impl Default for Lens {
    /// As the carrier's own engine, with what probes show.
    fn default() -> Self {
        Self { engine: None, compares: false, real: true }
    }
}

/// Failures that were forced together, under a name, to be forced again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drill {
    /// Its name; a carrier has one of this name.
    pub name: DrillName,
    /// At which carrier.
    pub carrier: CarrierName,
    /// What fails, in the order it was forced.
    pub outages: Vec<Outage>,
}

/// The name of a drill: one line of up to 64 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DrillName(Text);

/// A name that is none for a drill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DrillNameError {
    /// There is nothing in it.
    #[error("a drill needs a name")]
    Empty,
    /// It is too long.
    #[error("the name of a drill has at most 64 characters")]
    Long,
    /// It holds what steers a terminal.
    #[error("the name of a drill holds no control characters")]
    Control,
}

impl FromStr for DrillName {
    type Err = DrillNameError;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        let name = raw.trim();
        if name.is_empty() {
            return Err(DrillNameError::Empty);
        }
        if name.chars().count() > 64 {
            return Err(DrillNameError::Long);
        }
        if name.chars().any(char::is_control) {
            return Err(DrillNameError::Control);
        }
        Ok(Self(name.into()))
    }
}

impl DrillName {
    /// The name.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for DrillName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drill_has_a_name_of_one_line() {
        assert_eq!("  east dies ".parse::<DrillName>().unwrap().as_str(), "east dies");
        for (raw, why) in [
            (" ", DrillNameError::Empty),
            ("a\u{1b}[2J", DrillNameError::Control),
            (&*"x".repeat(65), DrillNameError::Long),
        ] {
            assert_eq!(raw.parse::<DrillName>(), Err(why));
        }
    }
}
