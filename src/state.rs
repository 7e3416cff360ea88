//! The state: a fold over facts.
//!
//! The outside tells what happened ([`Fact`](crate::model::Fact)); [`State::apply`] takes it in and says what follows
//! ([`Event`](crate::model::Event)). Nothing here asks for the time or draws a random number, so a replay of recorded facts
//! gives the same state and the same events.
//!
//! What a screen needs is computed here, once, when it changes (resolution, previews, verdict), and
//! never in a draw.

mod carrier;
mod changes;
mod findings;
mod fold;
mod health;
mod ours;
mod pins;
mod sight;
mod verdict;

pub use carrier::{CarrierState, Published};
pub use fold::{GRACE, Options, State};
pub use health::{BEATS, Beat, Figures, Health, Series, Spread, Thresholds, Window, leave_alone};
pub use ours::{Lost, Ours, Reach};
pub use pins::{
    Attention, By, Denied, Drain, Evidence, Listing, Moved, Pin, Placement, RegistrationState, Side, Standing, Told,
    in_steps,
};
pub use sight::{Previews, Sight, Weak, Weighed};
pub use verdict::{Level, Verdict};
