//! What a decision rests on.

/// A rule that a walk decides by, with its source, and what others make of the same records.
///
/// Each engine has its own, in one table, so that a reader can learn from it what is decided where, and a
/// test can tell which of them nothing shows.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    /// Unique in its engine, as in `naptr-order`.
    pub name: &'static str,
    /// Where it is written: RFC and section, or file and line of an engine's source.
    pub clause: &'static str,
    /// What is written there, as far as it decides.
    pub says: &'static str,
    /// Which stacks do otherwise here, and what; none where no difference is known.
    pub others: Option<&'static str>,
}
