//! How a carrier goes down, as it mostly does: not at once. First one target of the primary POP, then the rest
//! of it; the backup does not bear the load; what stands behind it is full. It recovers from the far end on,
//! and calls come home last.

use std::time::Duration;

use super::{Act, Script, beat};
use crate::lab::Behaviour;

pub(super) const SCRIPT: Script = Script {
    before: &[],
    round: &[
        beat(10, Act::Behave("ep-us-west-01.flow.example", Behaviour::Silent)),
        beat(26, Act::Behave("ep-us-west-02.flow.example", Behaviour::Silent)),
        // Somebody restarts what has been overrun: the ports are closed meanwhile.
        beat(42, Act::Behave("ep-us-east-01.flow.example", Behaviour::Refuse)),
        beat(42, Act::Behave("ep-us-east-02.flow.example", Behaviour::Refuse)),
        beat(58, Act::Behave("ep-eu-01.flow.example", Behaviour::Busy(30))),
        beat(58, Act::Behave("ep-eu-02.flow.example", Behaviour::Busy(30))),
        beat(74, Act::Behave("ep-eu-01.flow.example", Behaviour::Answer)),
        beat(74, Act::Behave("ep-eu-02.flow.example", Behaviour::Answer)),
        beat(86, Act::Behave("ep-us-east-01.flow.example", Behaviour::Answer)),
        beat(86, Act::Behave("ep-us-east-02.flow.example", Behaviour::Answer)),
        beat(98, Act::Behave("ep-us-west-01.flow.example", Behaviour::Answer)),
        beat(98, Act::Behave("ep-us-west-02.flow.example", Behaviour::Answer)),
    ],
    lasts: Duration::from_secs(120),
};
