//! Exit codes, on which scripts and monitoring rely.

use std::fmt;
use std::process::ExitCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Exit(u8);

impl Exit {
    /// All is well.
    pub(super) const OK: Self = Self(0);
    /// No candidates; something is lost; a warning.
    pub(super) const WARNING: Self = Self(1);
    /// The primary tier is dead.
    pub(super) const CRITICAL: Self = Self(2);
    /// The DNS failed, so that nobody knows.
    pub(super) const DNS_FAILED: Self = Self(3);
    /// Bad usage (`EX_USAGE` of sysexits).
    pub(super) const USAGE: Self = Self(64);
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.0)
    }
}

/// One line that says what, where, and what to do.
#[derive(Debug)]
pub(super) struct Failure {
    line: String,
    exit: Exit,
}

impl Failure {
    /// The user can mend it.
    pub(super) fn usage(line: impl Into<String>) -> Self {
        Self { line: line.into(), exit: Exit::USAGE }
    }

    /// The DNS failed.
    pub(super) fn dns(line: impl Into<String>) -> Self {
        Self { line: line.into(), exit: Exit::DNS_FAILED }
    }

    pub(super) const fn exit(&self) -> Exit {
        self.exit
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}
