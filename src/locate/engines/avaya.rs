//! Avaya Aura Session Manager: the next address of an entity after its timer, and monitoring by OPTIONS.

use std::time::Duration;

use super::documented::{self, AS_RFC, BY_WEIGHT, NOT_REGISTERING, UNANSWERED};
use crate::locate::engine::{Asked, Out, Qualify};
use crate::locate::profile::{Profile, Setting, Sure, decides, facts};
use crate::locate::settings::Chosen;
use crate::locate::stack::{Course, Draw, Manner, Reactions, SrvAsked, Stack};

facts! {
    PORT: "a port in the URI", Assumed, "no document says", "unknown: A and AAAA only is assumed";
    TRANSPORT: "transport", Assumed, "that of the entity link", "set in the link: the first of the trunk that has records is assumed";
    NAPTR: "NAPTR", Assumed, "no document says", "unknown: not asked for is assumed";
    SRV: "SRV", Vendor, "Aura Session Manager, SIP entities", "an entity with an FQDN is resolved by DNS or the Local Host Name table, by priority and weight";
    LINK: "the transport of SRV", Assumed, "set in the entity link", "unknown here: the first of the trunk that has records is assumed";
    DRAW: "within a priority", Assumed, "no document says", "unknown how it draws: a weight w in w of S is assumed; the highest weight and the order of the answer are reckoned, too";
    DEAD_END: "SRV records that lead nowhere", Assumed, "no document says", "unknown: the end is assumed";
    DOMAIN: "without SRV", Assumed, "no document says", "A and AAAA of the name";
    ADDRESSES: "addresses of a target", Vendor, "Aura Session Manager, SIP entities", "one after the other";
    FAILED: "a question that fails", Assumed, "no document says", "unknown: as if there were no such records is assumed; answers are kept for their TTL";
    GOES_ON: "goes on at", Vendor, "Aura Session Manager, SIP Timer B/F of the entity", "a timer that ends, as a 408: the next address of the entity, then the next routing policy, which is not reckoned";
    UNAVAILABLE: "503", Assumed, "no document says", "unknown whether it counts: that it is final is assumed, and that it leads on is reckoned, too";
    SILENT: "a silent target", Assumed, "SIP Timer B/F is a field of the entity", "unknown what is set there: 32 s is assumed, 4 s reckoned, too";
    MONITORING: "its own OPTIONS", Vendor, "Aura Session Manager, SIP link monitoring", "every 900 s while it answers, every 120 s while it does not";
    OUT: "an entity that is down", Assumed, "no document says", "unknown for one address of several: no calls while it does not answer is assumed";
    REGISTER: "REGISTER", Vendor, "Aura Session Manager, SIP entities", "none: trunks do not register";
}

decides!();

const LINK_MONITORING: Setting = Setting {
    name: "sip_link_monitoring",
    values: &["on", "off"],
    default: "on",
    does: "off: no OPTIONS are sent to the entity",
};

pub(super) const PROFILE: Profile = Profile {
    name: "avaya",
    title: "Avaya Aura Session Manager, a SIP entity",
    version: "Aura Session Manager administration guides; no version of it was tried",
    sure: Sure::Assumed,
    traits: TRAITS,
    settings: &[LINK_MONITORING],
};

const REACTIONS: Reactions = Reactions {
    silent: Course::next(32, "SIP Timer B/F of the entity; what is set there is assumed"),
    silent_stream: Course::next(32, "SIP Timer B/F of the entity; what is set there is assumed"),
    unavailable: Course::ends(0, "no document says that 503 counts: the end is assumed"),
    ..AS_RFC
};

/// What else the documents leave possible.
const ELSE: Reactions = Reactions {
    silent: Course::next(4, "SIP Timer B/F of the entity; what is set there is assumed"),
    silent_stream: Course::next(4, "SIP Timer B/F of the entity; what is set there is assumed"),
    unavailable: AS_RFC.unavailable,
    ..REACTIONS
};

const MONITORS: Qualify = Qualify {
    within: Duration::from_secs(32),
    every: Duration::from_secs(900),
    asks: Asked::Each(Out { at: UNANSWERED, again: Duration::from_secs(120), even_all: false }),
    why: "link monitoring every 900 s, every 120 s while it is down (Avaya); that it then gets no calls is assumed",
};

pub(super) fn avaya(chosen: &Chosen) -> Stack {
    let manner = Manner {
        naptr: None,
        srv: SrvAsked::UntilFound,
        qualify: Some(MONITORS).filter(|_| chosen.value(&LINK_MONITORING) == "on"),
        ..documented::manner(&DECIDES, &REACTIONS, NOT_REGISTERING)
    };
    let draws = [BY_WEIGHT, Draw::Heaviest, Draw::Listed];
    documented::stack(&PROFILE, chosen, &manner, &draws, &[REACTIONS, ELSE])
}
