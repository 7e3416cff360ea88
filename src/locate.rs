//! The walks: how a SIP URI becomes candidates.
//!
//! A *survey* is all that one resolver said about a carrier. An [`Engine`] is a pure procedure that
//! walks a survey: it says which questions it still needs, or it has a resolution: the targets in the
//! order it would try them, and a step with its reason for each decision. Driving a walk is a small
//! loop: walk, ask what is needed, walk again. The same answers so serve every engine, and a walk is
//! tested with a table of records, without a socket or a clock.
//!
//! Read [`rfc3263`](self) to learn how SIP finds its servers: `rfc3263.rs` is RFC 3263 section 4 in the
//! order of its clauses, `rfc3263/rules.rs` is each rule that it decides by, `draw.rs` is the weighted draw
//! of RFC 2782, and `tree.rs` is how to look at it.
//!
//! Read `engines/` to learn what real stacks do otherwise, one a file; `stack.rs` is the procedure that they
//! share, and `attempt.rs` what becomes of a request when targets fail.

mod attempt;
mod basis;
mod draw;
mod engine;
mod engines;
mod index;
mod judge;
mod ledger;
mod profile;
mod pursuit;
mod register;
mod rfc3263;
mod settings;
mod stack;
mod tree;
mod trunk;

pub use attempt::{attempt, rounds};
pub use basis::basis;
pub use draw::Rule as DrawRule;
pub use engine::{
    Aside, Asked, Attempt, Engine, Fates, Limits, Memory, Need, Odds, Out, Place, Qualify, Reaction, Recall, Refresh,
    Registering, Round, Walk,
};
pub use index::Index;
pub use profile::{Profile, Setting, Sure, Trait};
pub use pursuit::Pursuit;
pub use register::for_register;
pub use settings::{DEFAULT_ENGINE, EngineError, beside, engine, engines, reference};
pub use tree::{Item, Row, tree};
