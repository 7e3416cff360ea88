//! Snom phones: a list drawn for every request, and a host that failed is dirty for a while.

use std::time::Duration;

use super::documented::{self, AS_RFC, BY_WEIGHT, UNANSWERED};
use crate::locate::engine::{Aside, Recall, Refresh, Registering};
use crate::locate::profile::{Profile, Setting, Sure, decides, facts};
use crate::locate::settings::Chosen;
use crate::locate::stack::{Course, Draw, Manner, Reactions, Stack};

facts! {
    PORT: "a port in the URI", Assumed, "no document says", "unknown: A and AAAA only is assumed, as in every stack that was read";
    TRANSPORT: "a transport in the URI", Assumed, "no document says", "unknown: its SRV alone is assumed";
    NAPTR: "NAPTR", Vendor, "Snom service hub, DNS SRV and failover", "asked for";
    WHICH: "which NAPTR record", Assumed, "no document says", "unknown: by order, then by preference, is assumed";
    SRV: "without NAPTR", Assumed, "no document says", "unknown for which transports SRV is asked: those of the trunk are assumed, in its order, until one has records";
    DRAW: "within a priority", Vendor, "Snom service hub, DNS SRV and failover", "at random by weight, a list for each request";
    ZERO: "weight 0 beside others", Assumed, "no document says", "unknown: last is assumed; RFC 2782's small chance for the head of the list is reckoned, too";
    DEAD_END: "SRV records that lead nowhere", Assumed, "no document says", "unknown: the end is assumed";
    DOMAIN: "without SRV", Assumed, "no document says", "A and AAAA of the domain";
    ADDRESSES: "addresses of a target", Assumed, "no document says", "unknown: all, in the order of the answer, is assumed";
    FAILED: "a question that fails", Assumed, "no document says", "unknown: as if there were no such records is assumed; answers are kept for their TTL";
    GOES_ON: "goes on at", Vendor, "Snom service hub, DNS SRV and failover", "a refusal, and 32 s of silence (less with a smaller sip_retry_t1)";
    UNAVAILABLE: "503", Assumed, "no document says", "unknown whether it counts: that it is final is assumed, and that it leads on is reckoned, too";
    REMEMBERS: "remembers", Vendor, "Snom user manual, Dirty Host TTL", "a host that could not be reached is not tried again for the Dirty Host TTL";
    DIRTY: "Dirty Host TTL", Assumed, "sip_failover_response of its kin (Gigaset, VTech) falls back to 5 min", "unknown what it is by default: 300 s is assumed";
    REGISTER: "REGISTER and INVITE", Vendor, "Snom service hub, DNS SRV and failover", "independent: registered at one, it may call by another";
}

decides!();

const DIRTY_HOST_TTL: Setting = Setting {
    name: "dirty_host_ttl",
    values: &["0", "60", "300", "600", "3600"],
    default: "300",
    does: "for so many seconds a host that failed is not tried; 0: it is tried by the next request. The default is assumed",
};

pub(super) const PROFILE: Profile = Profile {
    name: "snom",
    title: "Snom phones",
    version: "Snom user manual and service hub; no firmware of them was tried",
    sure: Sure::Vendor,
    traits: TRAITS,
    settings: &[DIRTY_HOST_TTL],
};

const REACTIONS: Reactions = Reactions {
    silent: Course::next(32, "Snom service hub; less with a smaller sip_retry_t1"),
    silent_stream: Course::next(32, "Snom service hub; that of a connection that is not made is assumed"),
    refused: Course::next(0, "Snom service hub"),
    refused_stream: Course::next(0, "Snom service hub"),
    unavailable: Course::ends(0, "no document says that 503 counts: the end is assumed"),
    ..AS_RFC
};

/// What else the documents leave possible.
const ON_503: Reactions = Reactions { unavailable: AS_RFC.unavailable, ..REACTIONS };

pub(super) fn snom(chosen: &Chosen) -> Stack {
    let seconds = match chosen.value(&DIRTY_HOST_TTL) {
        "0" => 0,
        "60" => 60,
        "600" => 600,
        "3600" => 3600,
        _ => 300,
    };
    let dirty = Recall {
        span: Duration::from_secs(seconds),
        aside: Aside::Never,
        of: UNANSWERED,
        only: None,
        why: "Dirty Host TTL: a host that failed is not tried again before (Snom user manual)",
    };
    let registering = Registering {
        expires: Duration::from_secs(3600),
        early: Duration::ZERO,
        refresh: Refresh::Drawn,
        invites_follow: Some(false),
        why: "each request has its own list (Snom service hub); expiry and refresh are assumed",
    };
    let manner =
        Manner { recall: Some(dirty).filter(|_| seconds > 0), ..documented::manner(&DECIDES, &REACTIONS, registering) };
    documented::stack(&PROFILE, chosen, &manner, &[BY_WEIGHT, Draw::Rfc2782], &[REACTIONS, ON_503])
}
