//! Cisco Unified CM: SRV where it is ticked, and OPTIONS that take a destination out.

use std::time::Duration;

use crate::model::Failure;

use super::documented::{self, AS_RFC, BY_WEIGHT, NOT_REGISTERING, noticing_at_once};
use crate::locate::engine::{Asked, Out, Qualify};
use crate::locate::profile::{Profile, Setting, Sure, decides, facts};
use crate::locate::settings::Chosen;
use crate::locate::stack::{Course, Draw, Manner, Reactions, SrvAsked, Stack};

facts! {
    PORT: "a port", Assumed, "the name of the field; not tried", "with SRV ticked it is not looked at; else it is used";
    TRANSPORT: "a transport in the URI", Assumed, "no document says", "that of the trunk's security profile; its SRV, where SRV is ticked";
    NAPTR: "NAPTR", Assumed, "no document says", "unknown: not asked for is assumed";
    SRV: "SRV", Vendor, "Destination Address is an SRV (SIP trunk settings)", "asked for only where it is ticked, and it is not as it comes";
    PROFILE_TRANSPORT: "the transport of SRV", Assumed, "set in the trunk's security profile", "unknown here: the first of the trunk that has records is assumed";
    DRAW: "within a priority", Assumed, "no document says", "unknown: a weight w in w of S is assumed; the highest weight and the order of the answer are reckoned, too";
    DEAD_END: "SRV records that lead nowhere", Assumed, "no document says", "unknown: the end is assumed";
    DOMAIN: "without SRV", Assumed, "no document says", "A and AAAA of the name";
    ADDRESSES: "addresses of a target", Assumed, "no document says", "unknown: all, in the order of the answer, is assumed";
    FAILED: "a question that fails", Assumed, "no document says", "unknown: as if there were no such records is assumed; answers are kept for their TTL";
    GOES_ON: "goes on at", Vendor, "community.cisco.com TAC note on OPTIONS ping, BE3000 guide", "a timeout and 503";
    SILENT: "a silent target", Assumed, "no document says", "unknown how long it takes: from nothing to 32 s (timer B) is reckoned";
    PING: "its own OPTIONS", Vendor, "community.cisco.com TAC note on OPTIONS ping, BE3000 guide", "off as they come; from 8.5 on each address is asked every 60 s (5 to 600): no answer, 408, 503 and a failed TCP connection take it out, and new INVITEs go only to those in service";
    BACK: "back in service", Assumed, "the interval while out of service is not quoted", "unknown: asked every 120 s while it is out is assumed";
    REGISTER: "REGISTER", Vendor, "SIP trunk settings", "none: trunks do not register";
}

decides!();

const IS_AN_SRV: Setting = Setting {
    name: "destination_is_srv",
    values: &["no", "yes"],
    default: "no",
    does: "yes: Destination Address is an SRV is ticked: SRV, and no port",
};

const OPTIONS_PING: Setting = Setting {
    name: "options_ping",
    values: &["no", "yes"],
    default: "no",
    does: "yes: Enable OPTIONS Ping is ticked: what does not answer gets no new calls",
};

pub(super) const PROFILE: Profile = Profile {
    name: "cucm",
    title: "Cisco Unified Communications Manager, a SIP trunk",
    version: "8.5 and later, by a TAC note and the BE3000 guide; no version of it was tried",
    sure: Sure::Assumed,
    traits: TRAITS,
    settings: &[IS_AN_SRV, OPTIONS_PING],
};

const REACTIONS: Reactions = Reactions {
    unavailable: Course::next(0, "TAC note on OPTIONS ping"),
    also: &[408],
    source: "TAC note on OPTIONS ping; assumed for other codes",
    ..AS_RFC
};

const PINGS: Qualify = Qualify {
    // How long it waits is not documented: timer F.
    within: Duration::from_secs(32),
    every: Duration::from_secs(60),
    asks: Asked::Each(Out {
        at: &[Failure::Silent, Failure::Refused, Failure::Tls, Failure::Unavailable, Failure::Error(408)],
        again: Duration::from_secs(120),
        even_all: false,
    }),
    why: "OPTIONS ping: new INVITEs go only to addresses in service (TAC note); how long it waits for an answer is assumed",
};

pub(super) fn cucm(chosen: &Chosen) -> Stack {
    let manner = Manner {
        naptr: None,
        srv: if chosen.value(&IS_AN_SRV) == "yes" { SrvAsked::DespitePort } else { SrvAsked::Never },
        qualify: Some(PINGS).filter(|_| chosen.value(&OPTIONS_PING) == "yes"),
        ..documented::manner(&DECIDES, &REACTIONS, NOT_REGISTERING)
    };
    let draws = [BY_WEIGHT, Draw::Heaviest, Draw::Listed];
    documented::stack(&PROFILE, chosen, &manner, &draws, &[REACTIONS, noticing_at_once(&REACTIONS)])
}
