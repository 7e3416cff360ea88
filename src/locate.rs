//! The walks: how a SIP URI becomes candidates.
//!
//! A *survey* is all that one resolver said about a carrier. An [`Engine`] is a pure procedure that
//! walks a survey: it says which questions it still needs, or it has a resolution: the targets in the
//! order it would try them, and a step with its reason for each decision. Driving a walk is a small
//! loop: walk, ask what is needed, walk again. The same answers so serve every engine, and a walk is
//! tested with a table of records, without a socket or a clock.
//!
//! Read [`rfc3263`](self) to learn how SIP finds its servers: `rfc3263.rs` is RFC 3263 section 4 in the
//! order of its clauses, `draw.rs` is the weighted draw of RFC 2782, and `tree.rs` is how to look at it.

mod draw;
mod engine;
mod index;
mod ledger;
mod profile;
mod rfc3263;
mod tree;

pub use engine::{Attempt, Engine, Fates, Memory, Odds, Reaction, Walk};
pub use index::Index;
pub use profile::{Profile, Sure, Trait};
pub use tree::{Item, Row, tree};

/// The engine that carriers are walked as where they name none.
pub const DEFAULT_ENGINE: &str = "rfc3263";

/// All engines, the reference first.
pub fn engines() -> &'static [&'static dyn Engine] {
    &[&rfc3263::Rfc3263]
}

/// The engine of this name; case does not matter.
pub fn engine(name: &str) -> Option<&'static dyn Engine> {
    engines().iter().copied().find(|engine| engine.profile().name.eq_ignore_ascii_case(name))
}

/// The reference: RFC 3263 as it is written.
pub fn reference() -> &'static dyn Engine {
    &rfc3263::Rfc3263
}
