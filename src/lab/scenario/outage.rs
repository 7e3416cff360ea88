//! How a carrier goes down, as it mostly does: not at once. First one target of the primary POP, then the rest
//! of it; the backup does not bear the load; what stands behind it is full. It recovers from the far end on,
//! and calls come home last.
//!
//! Meanwhile a POP of another carrier dies that holds a registration of ours, over a connection that goes mute: it is
//! missed at the next refresh, moves to the backup, and comes back when that dies in turn. Its expiry is 20 s, so
//! that there is time for all of it.

use std::time::Duration;

use super::{Act, Script, beat};
use crate::lab::Behaviour;

pub(super) const SCRIPT: Script = Script {
    before: &[],
    round: &[
        beat(10, Act::Behave("ep-us-west-01.flow.example", Behaviour::Silent)),
        beat(14, Act::Behave("l01-mav-rt-001.edns.telco.example", Behaviour::Silent)),
        beat(26, Act::Behave("ep-us-west-02.flow.example", Behaviour::Silent)),
        // Somebody restarts what has been overrun: the ports are closed meanwhile.
        beat(42, Act::Behave("ep-us-east-01.flow.example", Behaviour::Refuse)),
        beat(42, Act::Behave("ep-us-east-02.flow.example", Behaviour::Refuse)),
        beat(58, Act::Behave("ep-eu-01.flow.example", Behaviour::Busy(30))),
        beat(58, Act::Behave("ep-eu-02.flow.example", Behaviour::Busy(30))),
        beat(62, Act::Behave("l01-mav-rt-001.edns.telco.example", Behaviour::Answer)),
        beat(66, Act::Behave("l01-mav-rt-002.edns.telco.example", Behaviour::Silent)),
        beat(74, Act::Behave("ep-eu-01.flow.example", Behaviour::Answer)),
        beat(74, Act::Behave("ep-eu-02.flow.example", Behaviour::Answer)),
        beat(86, Act::Behave("ep-us-east-01.flow.example", Behaviour::Answer)),
        beat(86, Act::Behave("ep-us-east-02.flow.example", Behaviour::Answer)),
        beat(96, Act::Behave("l01-mav-rt-002.edns.telco.example", Behaviour::Answer)),
        beat(98, Act::Behave("ep-us-west-01.flow.example", Behaviour::Answer)),
        beat(98, Act::Behave("ep-us-west-02.flow.example", Behaviour::Answer)),
    ],
    lasts: Duration::from_secs(120),
};
