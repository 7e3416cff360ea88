//! What is wrong with carriers for years, until somebody looks: each one has its own misconfiguration. Nothing
//! happens here.

use std::time::Duration;

use super::{Act, Script};
use crate::lab::Behaviour;

pub(super) const SCRIPT: Script = Script {
    before: &[
        // One of two primaries was forgotten when certificates were renewed, and the other is next.
        Act::Certify("pop-us-east-2.acme.example", "acme.example", -3),
        Act::Certify("pop-us-east-1.acme.example", "acme.example", 5),
        // The domain says that it offers no SIP (RFC 2782, "target").
        Act::Publish("_sip._udp.flow.example. 60 SRV 0 0 0 ."),
        // A laboratory's certificate went live.
        Act::SelfSign("sip-anycast1.anycast.example", "anycast.example"),
        Act::SelfSign("sip-anycast2.anycast.example", "anycast.example"),
        // A certificate for the target alone, which is not the name that was dialled (RFC 5922 7.1); and one of
        // somebody else.
        Act::Certify("sip-edge1.us-dc1.edge.example", "sip-edge1.us-dc1.edge.example", 200),
        Act::Certify("sip-edge2.us-dc2.edge.example", "www.hoster.example", 200),
        // The NAPTR record still leads to where the SRV records were before a move.
        Act::Publish(r#"telco.example. 3600 NAPTR 10 50 "s" "SIP+D2T" "" _sip._tcp.old.telco.example."#),
        // Our address is not on the allow-list.
        Act::Behave("cloud.example", Behaviour::Silent),
        // Mixed: one is drained, which OPTIONS cannot see; one is behind a firewall that opens with the first
        // packet, and loses it; the backup answers from behind an address translation.
        Act::Behave("nyc.us.out.meta.example", Behaviour::Drain),
        Act::Behave("lac.us.out.meta.example", Behaviour::Again),
        Act::Behave("mia.us.out.meta.example", Behaviour::Elsewhere),
        // TLS was switched off at the first name; the second lets nobody in without a password, which is fine.
        Act::Behave("sip.trio.example", Behaviour::Clear),
        Act::Behave("sip2.trio.example", Behaviour::Status(401, "Unauthorized")),
    ],
    round: &[],
    lasts: Duration::ZERO,
};
