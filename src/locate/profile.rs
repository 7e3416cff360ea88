//! What is known about an engine, and how sure we are.

use std::fmt;

/// An engine, as `trunktop engines` lists it.
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    /// The word to choose it by.
    pub name: &'static str,
    /// What it is.
    pub title: &'static str,
    /// Which version the knowledge is of.
    pub version: &'static str,
    /// How sure we are of what a preview rests on; single fields may be less sure.
    pub sure: Sure,
    /// What it does, field by field.
    pub traits: &'static [Trait],
    /// What can be set in it, by its own names.
    pub settings: &'static [Setting],
}

/// Something that can be set in an engine.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// By the engine's own name.
    pub name: &'static str,
    /// What it can be.
    pub values: &'static [&'static str],
    /// What it is where nobody says.
    pub default: &'static str,
    /// What it does.
    pub does: &'static str,
}

/// One thing that an engine does.
#[derive(Clone, Copy, Debug)]
pub struct Trait {
    /// What is meant.
    pub what: &'static str,
    /// What it does.
    pub does: &'static str,
    /// How sure we are.
    pub sure: Sure,
    /// Where we know it from.
    pub source: &'static str,
}

/// What is known of a stack: one line for each thing, with how sure we are and the source. Each is a rule that its
/// walk can name, and a trait of its profile.
macro_rules! facts {
    ($($item:ident: $what:literal, $sure:ident, $source:literal, $does:literal;)*) => {
        $(static $item: $crate::model::Rule =
            $crate::model::Rule { name: $what, clause: $source, says: $does, others: None };)*

        /// All of it, to decide by.
        static RULES: &[&$crate::model::Rule] = &[$(&$item),*];

        /// All of it, to be told.
        const TRAITS: &[$crate::locate::profile::Trait] = &[$($crate::locate::profile::Trait {
            what: $what,
            does: $does,
            sure: $crate::locate::profile::Sure::$sure,
            source: $source,
        }),*];
    };
}

/// The facts that a walk decides by, where each goes by its usual name.
macro_rules! decides {
    () => {
        static DECIDES: $crate::locate::stack::Rules = $crate::locate::stack::Rules {
            port: &PORT,
            transport: &TRANSPORT,
            naptr: &NAPTR,
            srv: &SRV,
            draw: &DRAW,
            dead_end: &DEAD_END,
            domain: &DOMAIN,
            addresses: &ADDRESSES,
            failed: &FAILED,
            all: RULES,
        };
    };
}

pub(super) use {decides, facts};

/// How sure we are, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sure {
    /// Seen on the real thing.
    Measured,
    /// Read in its source, or in the standard that it is.
    Source,
    /// Its vendor says so.
    Vendor,
    /// Nobody says; the likeliest is taken.
    Assumed,
}

impl fmt::Display for Sure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Measured => "measured",
            Self::Source => "source",
            Self::Vendor => "vendor",
            Self::Assumed => "assumed",
        })
    }
}
