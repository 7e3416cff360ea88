//! Teams Direct Routing: a list of names in their order, TLS alone, no SRV.

use std::time::Duration;

use crate::model::{Failure, Transport};

use super::documented::{self, AS_RFC, NOT_REGISTERING, noticing_at_once};
use crate::locate::engine::{Asked, Out, Qualify};
use crate::locate::profile::{Profile, Sure, facts};
use crate::locate::settings::Chosen;
use crate::locate::stack::{Course, Draw, Families, Manner, Named, Reactions, Rules, SrvAsked, Stack};

facts! {
    PORT: "a port in the URI", Vendor, "Microsoft, plan Direct Routing", "that port; 5061 without one";
    TRANSPORT: "transport", Vendor, "Microsoft, plan Direct Routing", "TLS, whatever the URI says; neither NAPTR nor SRV is asked for";
    NAPTR: "NAPTR and SRV", Vendor, "Microsoft, plan Direct Routing", "none: the names of the route, in its order, are the URIs of the trunk";
    DRAW: "within a name", Assumed, "no document says", "unknown: the addresses in the order of the answer is assumed";
    DEAD_END: "a name without an address", Assumed, "no document says", "the next name of the route";
    ADDRESSES: "addresses of a name", Assumed, "no document says", "unknown: A alone, all of them in the order of the answer, is assumed";
    FAILED: "a question that fails", Assumed, "no document says", "unknown: the next name of the route is assumed; answers are kept for their TTL";
    GOES_ON: "goes on at", Vendor, "Microsoft, trunk failover on outbound calls", "408, 503 and 504; what cannot be connected is tried again from another datacentre, then the next name. Other codes can be set, and end the call here";
    SILENT: "a silent SBC", Assumed, "no document says", "unknown how long it takes: from nothing to 32 s (timer B) is reckoned";
    HEALTH: "OPTIONS", Vendor, "Microsoft, monitor and troubleshoot Direct Routing", "an SBC whose own OPTIONS did not come for 3 minutes is demoted: tried after all others, not removed";
    REGISTER: "REGISTER", Vendor, "Microsoft, plan Direct Routing", "none";
}

static DECIDES: Rules = Rules {
    port: &PORT,
    transport: &TRANSPORT,
    naptr: &NAPTR,
    srv: &NAPTR,
    draw: &DRAW,
    dead_end: &DEAD_END,
    domain: &ADDRESSES,
    addresses: &ADDRESSES,
    failed: &FAILED,
    all: RULES,
};

pub(super) const PROFILE: Profile = Profile {
    name: "teams",
    title: "Teams Direct Routing, from Teams to the SBCs",
    version: "Microsoft Learn as of November 2026",
    sure: Sure::Vendor,
    traits: TRAITS,
    settings: &[],
};

const REACTIONS: Reactions = Reactions {
    refused_stream: Course::next(0, "tried again from another datacentre, then the next; at once is assumed"),
    unavailable: Course::next(0, "Microsoft, trunk failover on outbound calls"),
    tls: Course::next(0, "tried again from another datacentre, then the next; at once is assumed"),
    also: &[408, 504],
    source: "Microsoft, trunk failover on outbound calls",
    ..AS_RFC
};

/// One OPTIONS a minute; after 3 without, it is demoted.
const HEALTH_CHECK: Qualify = Qualify {
    within: Duration::from_secs(120),
    every: Duration::from_secs(60),
    asks: Asked::Each(Out {
        at: &[Failure::Silent, Failure::Refused, Failure::Tls],
        again: Duration::from_secs(60),
        even_all: true,
    }),
    why: "an SBC that sent no OPTIONS for 3 minutes is demoted, not removed (Microsoft); that a dead one sends none is assumed",
};

pub(super) fn teams(chosen: &Chosen) -> Stack {
    let manner = Manner {
        named: Named::Only(Transport::Tls),
        naptr: None,
        srv: SrvAsked::Never,
        families: Families::V4,
        qualify: Some(HEALTH_CHECK),
        ..documented::manner(&DECIDES, &REACTIONS, NOT_REGISTERING)
    };
    documented::stack(&PROFILE, chosen, &manner, &[Draw::Listed], &[REACTIONS, noticing_at_once(&REACTIONS)])
}
