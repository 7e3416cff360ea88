//! The story that the demo tells: one trouble of each kind, calm between them.

use std::time::Duration;

use super::{Act, Script, beat};
use crate::lab::Behaviour;

pub(super) const SCRIPT: Script = Script {
    // Nobody calls the backup while the primary lives, so nobody but a probe sees this.
    before: &[Act::Certify("sip-edge2.us-dc2.edge.example", "sip-edge2.staging.edge.example", 19)],
    round: &[
        beat(12, Act::Behave("pop-us-east-2.acme.example", Behaviour::Silent)),
        beat(
            18,
            Act::Publish(
                "
                $ORIGIN anycast.example.
                _sips._tcp 15 SRV 1 70 tls sip-anycast1
                _sips._tcp 15 SRV 1 70 tls sip-anycast2
                _sip._udp  15 SRV 1 70 udp sip-anycast1
                _sip._udp  15 SRV 1 70 udp sip-anycast2
                ",
            ),
        ),
        beat(24, Act::Behave("ep-us-west-02.flow.example", Behaviour::Status(503, "Service Unavailable"))),
        beat(50, Act::Behave("pop-us-east-2.acme.example", Behaviour::Answer)),
        beat(66, Act::Behave("ep-us-west-02.flow.example", Behaviour::Answer)),
        beat(72, Act::Behave("l01-mav-rt-001.edns.telco.example", Behaviour::Refuse)),
        beat(96, Act::Behave("l01-mav-rt-001.edns.telco.example", Behaviour::Answer)),
        beat(
            102,
            Act::Publish(
                "
                $ORIGIN anycast.example.
                _sips._tcp 15 SRV 1 45 tls sip-anycast1
                _sips._tcp 15 SRV 1 95 tls sip-anycast2
                _sip._udp  15 SRV 1 45 udp sip-anycast1
                _sip._udp  15 SRV 1 95 udp sip-anycast2
                ",
            ),
        ),
    ],
    lasts: Duration::from_secs(120),
};
