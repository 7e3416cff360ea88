//! 3CX: it goes where it is registered, and comes back only when that fails.

use std::time::Duration;

use crate::model::Transport;

use super::documented::{self, AS_RFC, NAPTR_AS_RFC, UNANSWERED, noticing_at_once};
use crate::locate::engine::{Aside, Recall, Refresh, Registering};
use crate::locate::profile::{Profile, Setting, Sure, decides, facts};
use crate::locate::settings::Chosen;
use crate::locate::stack::{Course, Draw, Manner, Named, Reactions, Rules, SrvAsked, Stack};

facts! {
    PORT: "a port", Vendor, "3CX, SIP trunk DNS record resolution", "Auto Discovery off is a port: A and AAAA only";
    TRANSPORT: "a fixed transport", Vendor, "3CX, SIP trunk DNS record resolution", "NAPTR is not used, and the SRV of that transport alone";
    NAPTR: "NAPTR", Vendor, "3CX, SIP trunk DNS record resolution", "asked for with transport Any";
    WHICH: "which NAPTR record", Assumed, "no document says", "unknown: by order, then by preference, is assumed";
    SRV: "without NAPTR", Assumed, "no document says", "unknown in which order transports are taken: that of the trunk is assumed, until one has records";
    DRAW: "within a priority", Vendor, "3CX, SIP trunk DNS record resolution", "sorted by weight, no balancing";
    ZERO: "weight 0, and equal weights", Assumed, "no document says", "unknown: the highest weight first, of equal ones the first of the answer, is assumed; the order of the answer is reckoned, too";
    DEAD_END: "SRV records that lead nowhere", Assumed, "no document says", "unknown: the end is assumed";
    DOMAIN: "without SRV", Vendor, "3CX, SIP trunk DNS record resolution", "A of the domain";
    ADDRESSES: "addresses of a target", Vendor, "3CX, SIP trunk failover", "a name with A records alone gets no failover";
    FIRST: "several addresses of an SRV target", Assumed, "no document says", "unknown: the first alone is assumed, as for a name with A records";
    FAILED: "a question that fails", Assumed, "no document says", "unknown: as if there were no such records is assumed; answers are kept for their TTL";
    GOES_ON: "goes on at", Vendor, "3CX, SIP trunk failover", "what does not respond";
    UNAVAILABLE: "503", Assumed, "no document says", "unknown whether it counts: that it is final is assumed, and that it leads on is reckoned, too";
    SILENT: "a silent target", Assumed, "no document says", "unknown how long it takes to notice: from nothing to 32 s (timer B) is reckoned";
    REMEMBERS: "returns", Vendor, "3CX, SIP trunk failover", "it stays on the backup until that fails; there is no timed failback";
    REGISTER: "REGISTER and INVITE", Vendor, "3CX, SIP trunk failover", "the first that responds is registered with, and INVITEs follow it";
}

decides!();

/// The same with Auto Discovery off.
static PORT_SET: Rules = Rules { transport: &PORT, naptr: &PORT, srv: &PORT, domain: &PORT, ..DECIDES };

const AUTO_DISCOVERY: Setting = Setting {
    name: "auto_discovery",
    values: &["on", "off"],
    default: "on",
    does: "off: a port is set: A and AAAA only",
};

const TRANSPORT_FIELD: Setting = Setting {
    name: "transport",
    values: &["any", "udp", "tcp", "tls"],
    default: "any",
    does: "any: NAPTR, SRV, A; else the SRV of that transport, and no NAPTR",
};

pub(super) const PROFILE: Profile = Profile {
    name: "3cx",
    title: "3CX, a SIP trunk",
    version: "3CX documents on SIP trunk DNS record resolution and failover; no version of it was tried",
    sure: Sure::Vendor,
    traits: TRAITS,
    settings: &[AUTO_DISCOVERY, TRANSPORT_FIELD],
};

const REACTIONS: Reactions = Reactions {
    refused: Course::next(0, "it does not respond (3CX, SIP trunk failover); at once is assumed"),
    refused_stream: Course::next(0, "it does not respond (3CX, SIP trunk failover); at once is assumed"),
    unavailable: Course::ends(0, "no document says that 503 counts: the end is assumed"),
    ..AS_RFC
};

/// What else the documents leave possible.
const ELSE: Reactions = Reactions { unavailable: AS_RFC.unavailable, ..noticing_at_once(&REACTIONS) };

pub(super) fn threecx(chosen: &Chosen) -> Stack {
    let registering = Registering {
        expires: Duration::from_secs(3600),
        early: Duration::ZERO,
        refresh: Refresh::Same,
        invites_follow: Some(true),
        why: "INVITEs go where it is registered (3CX, SIP trunk failover); expiry and refresh are assumed",
    };
    let sticky = Recall {
        span: Duration::ZERO,
        aside: Aside::Left,
        of: UNANSWERED,
        only: None,
        why: "it stays on the backup until that fails (3CX, SIP trunk failover)",
    };
    let named = match chosen.value(&TRANSPORT_FIELD) {
        "udp" => Named::Only(Transport::Udp),
        "tcp" => Named::Only(Transport::Tcp),
        "tls" => Named::Only(Transport::Tls),
        _ => Named::ByUri,
    };
    let discovers = chosen.value(&AUTO_DISCOVERY) == "on";
    let manner = Manner {
        rules: if discovers { &DECIDES } else { &PORT_SET },
        named,
        naptr: Some(NAPTR_AS_RFC).filter(|_| discovers),
        srv: if discovers { SrvAsked::UntilFound } else { SrvAsked::Never },
        most_addresses: Some(1),
        recall: Some(sticky),
        ..documented::manner(&DECIDES, &REACTIONS, registering)
    };
    documented::stack(&PROFILE, chosen, &manner, &[Draw::Heaviest, Draw::Listed], &[REACTIONS, ELSE])
}
