//! Polycom and Poly phones with UCS: what a failover costs is documented, how they draw is not.

use std::time::Duration;

use crate::model::Transport;

use super::documented::{self, AS_RFC, BY_WEIGHT, DEAD};
use crate::locate::engine::{Aside, Recall, Refresh, Registering};
use crate::locate::profile::{Profile, Setting, Sure, decides, facts};
use crate::locate::settings::Chosen;
use crate::locate::stack::{Course, Draw, Manner, Named, Reactions, SrvAsked, Stack};

facts! {
    PORT: "a port", Vendor, "UCS administrator guide 4.1.6, reg.x.server.y.port", "A and AAAA only, over UDP; with 0 or none NAPTR, then SRV, then A";
    TRANSPORT: "a fixed transport", Vendor, "UCS administrator guide 4.1.6, reg.x.server.y.transport", "neither NAPTR nor SRV";
    NAPTR: "NAPTR", Vendor, "UCS administrator guide 4.1.6, transport=DNSnaptr", "asked for as it comes";
    WHICH: "which NAPTR record", Assumed, "no document says", "unknown: by order, then by preference, is assumed";
    SRV: "without NAPTR", Assumed, "no document says", "unknown for which transports SRV is asked: those of the trunk are assumed, in its order, until one has records";
    DRAW: "within a priority", Assumed, "no document says", "unknown: a weight w in w of S is assumed; it may as well be the highest weight, or the order of the answer";
    DEAD_END: "SRV records that lead nowhere", Assumed, "no document says", "unknown: the end is assumed";
    DOMAIN: "without SRV", Vendor, "UCS administrator guide 4.1.6", "A and AAAA of the server's name";
    ADDRESSES: "addresses of a target", Assumed, "no document says", "unknown: all, in the order of the answer, is assumed";
    FAILED: "a question that fails", Assumed, "no document says", "unknown: as if there were no such records is assumed; answers are kept for their TTL";
    GOES_ON: "goes on at", Vendor, "UCS administrator guide 4.1.6, retryMaxCount, retryTimeOut", "silence after 3 retries, ICMP and a failed TCP connection at once; the last server gets the full 32 s, which is not reckoned here";
    UNAVAILABLE: "503", Assumed, "no document says", "unknown whether it counts: that it leads on is assumed, and that it is final is reckoned, too";
    SILENT: "a silent UDP server", Assumed, "retryMaxCount 3 by the timers of RFC 3261", "the third retry goes out after 3.5 s, the fourth would after 7.5 s: 4 to 8 s";
    REMEMBERS: "returns", Vendor, "UCS administrator guide 4.1.6, failBack.mode", "newRequests: the primary is tried first by every request; else it stays with the server that worked until the records expire, it registers again, or an hour has passed";
    REGISTER: "REGISTER and INVITE", Vendor, "UCS administrator guide 4.1.6, reRegisterOn", "0: an INVITE may go to the next server without a registration there; 1: it registers there, too, and whether calls keep to it is optional (onlySignalWithRegistered, failRegistrationOn)";
}

decides!();

const TRANSPORT_FIELD: Setting = Setting {
    name: "transport",
    values: &["DNSnaptr", "UDPOnly", "TCPOnly", "TLS"],
    default: "DNSnaptr",
    does: "other than DNSnaptr: neither NAPTR nor SRV",
};

const FAIL_BACK: Setting = Setting {
    name: "failBack.mode",
    values: &["newRequests", "DNSTTL", "registration", "duration"],
    default: "newRequests",
    does: "when it returns to the primary: with every request, as the records expire, as it registers again, after an hour",
};

const RE_REGISTER: Setting = Setting {
    name: "reRegisterOn",
    values: &["0", "1"],
    default: "0",
    does: "1: it registers with the server that it fails over to",
};

pub(super) const PROFILE: Profile = Profile {
    name: "polycom",
    title: "Polycom and Poly phones, UCS",
    version: "UCS administrator guide 4.1.6",
    sure: Sure::Vendor,
    traits: TRAITS,
    settings: &[TRANSPORT_FIELD, FAIL_BACK, RE_REGISTER],
};

const RETRIES: &str = "retryMaxCount 3 (UCS guide); the time is assumed by RFC 3261's timers";

const SLOW: Reactions = Reactions {
    silent: Course::next(8, RETRIES),
    silent_stream: Course::next(8, RETRIES),
    refused: Course::next(0, "ICMP, UCS guide"),
    refused_stream: Course::next(0, "TCP fails, UCS guide"),
    ..AS_RFC
};

/// What else the documents leave possible.
const FAST: Reactions = Reactions {
    silent: Course::next(4, RETRIES),
    silent_stream: Course::next(4, RETRIES),
    unavailable: Course::ends(0, "no document says that 503 counts"),
    ..SLOW
};

pub(super) fn polycom(chosen: &Chosen) -> Stack {
    let stays = |aside, seconds, why| Recall { span: Duration::from_secs(seconds), aside, of: DEAD, only: None, why };
    let recall = match chosen.value(&FAIL_BACK) {
        "DNSTTL" => {
            Some(stays(Aside::LeftForTtl, 0, "failBack.mode=DNSTTL: it stays where it is until the records expire"))
        }
        "registration" => {
            Some(stays(Aside::Last, 3540, "failBack.mode=registration: it stays where it is until it registers again"))
        }
        "duration" => Some(stays(Aside::Last, 3600, "failBack.mode=duration: it stays where it is for an hour")),
        _ => None,
    };
    let follows = if chosen.value(&RE_REGISTER) == "1" { None } else { Some(false) };
    let registering = Registering {
        expires: Duration::from_secs(3600),
        early: Duration::from_secs(60),
        refresh: if recall.is_some() { Refresh::Same } else { Refresh::Drawn },
        invites_follow: follows,
        why: match follows {
            None => "reRegisterOn=1: it registers at the next server, too; whether calls keep to it is optional",
            Some(_) => "reRegisterOn=0: calls go to the next server without a registration there",
        },
    };
    let named = match chosen.value(&TRANSPORT_FIELD) {
        "UDPOnly" => Named::Only(Transport::Udp),
        "TCPOnly" => Named::Only(Transport::Tcp),
        "TLS" => Named::Only(Transport::Tls),
        _ => Named::Fixed,
    };
    let srv = if named == Named::Fixed { SrvAsked::UntilFound } else { SrvAsked::Never };
    let manner = Manner { named, srv, recall, ..documented::manner(&DECIDES, &SLOW, registering) };
    documented::stack(&PROFILE, chosen, &manner, &[BY_WEIGHT, Draw::Heaviest, Draw::Listed], &[SLOW, FAST])
}
