//! Yealink phones: the highest weight first, and when they return is a setting.

use std::time::Duration;

use crate::model::Transport;

use super::documented::{self, AS_RFC, DEAD, NAPTR_AS_RFC};
use crate::locate::engine::{Aside, Recall, Refresh, Registering};
use crate::locate::profile::{Profile, Setting, Sure, decides, facts};
use crate::locate::settings::Chosen;
use crate::locate::stack::{Course, Draw, Manner, Named, Reactions, SrvAsked, Stack};

facts! {
    PORT: "a port", Vendor, "Yealink administrator guide, account.X.sip_server.Y.port", "A and AAAA only";
    TRANSPORT: "a fixed transport", Vendor, "Yealink administrator guide, account.X.sip_server.Y.transport_type", "neither NAPTR nor SRV: these are asked for only with transport DNS-NAPTR and port 0";
    NAPTR: "NAPTR", Vendor, "Yealink administrator guide, transport_type 3", "asked for with transport DNS-NAPTR alone";
    WHICH: "which NAPTR record", Assumed, "no document says", "unknown: by order, then by preference, is assumed";
    SRV: "without NAPTR", Vendor, "Yealink administrator guide, account.X.naptr_build", "0: SRV for UDP; 1: for UDP, TCP and TLS";
    SEVERAL: "SRV of several transports", Assumed, "no document says", "unknown which comes first: UDP, TCP, TLS, until one has records, is assumed";
    DRAW: "within a priority", Vendor, "Yealink administrator guide, DNS SRV", "the highest weight first; no draw";
    ZERO: "weight 0 beside others", Assumed, "implied by the highest weight first", "last; of equal weights the first of the answer is assumed";
    DEAD_END: "SRV records that lead nowhere", Assumed, "no document says", "unknown: the end is assumed";
    DOMAIN: "without SRV", Vendor, "Yealink administrator guide", "A and AAAA of the server's name";
    ADDRESSES: "addresses of a target", Assumed, "no document says", "unknown: all, in the order of the answer, is assumed";
    FAILED: "a question that fails", Assumed, "dns_cache_type 1: answers are kept for their TTL", "unknown: as if there were no such records is assumed";
    GOES_ON: "goes on at", Vendor, "Yealink administrator guide, retry_counts, invite_retry_counts", "silence after 3 retries; ICMP and a failed TCP connection at once";
    UNAVAILABLE: "503", Assumed, "no document says", "unknown whether it counts: that it leads on is assumed, and that it is final is reckoned, too";
    SILENT: "a silent UDP server", Assumed, "3 retries by the timers of RFC 3261", "4 to 8 s";
    REMEMBERS: "returns", Vendor, "Yealink administrator guide, failback_mode", "0: the primary is tried first by every request; 1, 2, 3: it stays with the server that it last registered with until the records expire, the registration ends, or an hour has passed";
    REGISTER: "REGISTER and INVITE", Vendor, "Yealink administrator guide, failback_mode, register_on_enable", "failback_mode 0: calls go to the primary first, wherever it is registered; 1, 2, 3: to the server that it last registered with";
}

decides!();

const TRANSPORT_TYPE: Setting = Setting {
    name: "transport_type",
    values: &["UDP", "TCP", "TLS", "DNS-NAPTR"],
    default: "UDP",
    does: "DNS-NAPTR: NAPTR and SRV are asked for, where no port is set",
};

const NAPTR_BUILD: Setting = Setting {
    name: "naptr_build",
    values: &["0", "1"],
    default: "0",
    does: "1: without NAPTR, SRV for TCP and TLS, too",
};

const FAILBACK: Setting = Setting {
    name: "failback_mode",
    values: &["0", "1", "2", "3"],
    default: "0",
    does: "when it returns to the primary: 0 newRequests, 1 DNSTTL, 2 registration, 3 duration (3600 s)",
};

pub(super) const PROFILE: Profile = Profile {
    name: "yealink",
    title: "Yealink phones",
    version: "administrator guides of the T4x series; no firmware of them was tried",
    sure: Sure::Vendor,
    traits: TRAITS,
    settings: &[TRANSPORT_TYPE, NAPTR_BUILD, FAILBACK],
};

const RETRIES: &str = "3 retries (Yealink guide); the time is assumed by RFC 3261's timers";

const SLOW: Reactions = Reactions {
    silent: Course::next(8, RETRIES),
    silent_stream: Course::next(8, RETRIES),
    refused: Course::next(0, "ICMP, Yealink guide"),
    refused_stream: Course::next(0, "TCP fails, Yealink guide"),
    ..AS_RFC
};

/// What else the documents leave possible.
const FAST: Reactions = Reactions {
    silent: Course::next(4, RETRIES),
    silent_stream: Course::next(4, RETRIES),
    unavailable: Course::ends(0, "no document says that 503 counts"),
    ..SLOW
};

pub(super) fn yealink(chosen: &Chosen) -> Stack {
    let stays = |aside, seconds, why| Recall { span: Duration::from_secs(seconds), aside, of: DEAD, only: None, why };
    let recall = match chosen.value(&FAILBACK) {
        "1" => Some(stays(
            Aside::LeftForTtl,
            0,
            "failback_mode 1: it stays where it is registered until the records expire",
        )),
        "2" => Some(stays(Aside::Last, 3600, "failback_mode 2: it stays where it is registered until that ends")),
        "3" => Some(stays(Aside::Last, 3600, "failback_mode 3: it stays where it is registered for an hour")),
        _ => None,
    };
    let registering = Registering {
        expires: Duration::from_secs(3600),
        early: Duration::ZERO,
        refresh: if recall.is_some() { Refresh::Same } else { Refresh::Drawn },
        invites_follow: Some(recall.is_some()),
        why: if recall.is_some() {
            "failback_mode 1 to 3: calls go to the server that it last registered with (Yealink guide)"
        } else {
            "failback_mode 0: every request goes to the primary first (Yealink guide)"
        },
    };
    let (named, srv) = match chosen.value(&TRANSPORT_TYPE) {
        "DNS-NAPTR" if chosen.value(&NAPTR_BUILD) == "1" => (Named::Fixed, SrvAsked::UntilFound),
        "DNS-NAPTR" => (Named::Fixed, SrvAsked::Default),
        "TCP" => (Named::Only(Transport::Tcp), SrvAsked::Never),
        "TLS" => (Named::Only(Transport::Tls), SrvAsked::Never),
        _ => (Named::Only(Transport::Udp), SrvAsked::Never),
    };
    let manner = Manner {
        named,
        srv,
        prefers: Some(&[Transport::Udp, Transport::Tcp, Transport::Tls]),
        naptr: Some(NAPTR_AS_RFC),
        recall,
        ..documented::manner(&DECIDES, &SLOW, registering)
    };
    documented::stack(&PROFILE, chosen, &manner, &[Draw::Heaviest], &[SLOW, FAST])
}
