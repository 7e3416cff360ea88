//! FreeSWITCH on sofia-sip: it avoids a target that failed for ten minutes, and a gateway's REGISTER and INVITE
//! go different ways.

use std::time::Duration;

use crate::model::{Failure, Transport};

use crate::locate::engine::{Aside, Asked, Limits, Qualify, Recall, Refresh, Registering};
use crate::locate::ledger::Caching;
use crate::locate::profile::{Profile, Setting, Sure, decides, facts};
use crate::locate::settings::Chosen;
use crate::locate::stack::{
    Absent, Course, Draw, Families, Flag, Manner, Named, Naptr, NaptrOrder, NaptrTaken, Reactions, SrvAsked, Stack,
    Stand, Unspoken, Unusable, Zeros,
};

facts! {
    PORT: "a port in the URI", Source, "nta.c:10187", "A and AAAA only";
    TRANSPORT: "a transport in the URI", Source, "nta.c:10194, mod_sofia sofia.c:4100, sofia_glue.c:866", "its SRV alone, and no NAPTR; a gateway puts its own there, but not into the INVITE where it is UDP";
    NAPTR: "NAPTR", Measured, "nta.c:10640, 10758", "asked for without port and transport; one transport results: UDP, unless another has no higher order and a lower preference; of it the lowest order, by preference; without SRV behind it, or without a usable record, the request ends in 503";
    SRV: "without NAPTR", Source, "nta.c:10486", "for the first bound transport alone, UDP; with disable-naptr for each";
    DRAW: "within a priority", Measured, "nta.c:10849", "a weight w is first in w of S draws, anew for each transaction";
    ZERO: "weight 0 beside others", Measured, "nta.c:10849, sres.c:1675", "never before any other; several by name";
    DEAD_END: "SRV records that lead nowhere", Measured, "nta.c:10303", "the domain's A, for '.' too, unless NAPTR led there";
    DOMAIN: "without SRV, and after it", Measured, "nta.c:10303, 10320", "A and AAAA of the domain, after the last SRV target, too, unless NAPTR led there";
    ADDRESSES: "addresses of a target", Source, "nta.c:11084, 7972", "AAAA before A, in the order of the answer; A alone on a profile of IPv4";
    FAILED: "a question that fails", Source, "nta.c:10590, 10800", "as if there were no such records; an answer is used until its TTL ends";
    GOES_ON: "goes on at", Measured, "nta.c:9213, 3466, 8625", "silence, a refusal or another transport error at once, 503 (not with disable-srv503); any other answer is final, and so is silence after a 100";
    SILENT: "a silent UDP target", Measured, "nta.c:919", "32 s: timer B or F; a port that refuses is noticed at once";
    STREAM: "a silent TCP or TLS target", Assumed, "no connect timeout was read or measured", "32 s: timer B or F";
    REMEMBERS: "remembers", Measured, "nta.c:10352, sres_cache.c:601", "an SRV target that was silent, refused or 503 comes after all others of its records for 600 s, whatever their TTL; a failed REGISTER steers INVITE, too";
    REGISTER: "REGISTER and INVITE", Source, "sofia_reg.c:508, sofia_glue.c:866", "independent; a refresh 15 s before the end draws anew; a UDP gateway registers by _sip._udp, and its INVITE asks for NAPTR";
    PING: "its own OPTIONS", Source, "mod_sofia.c:4837", "off unless ping is set; while a gateway is down, calls fail at once; they walk all targets, so only the loss of all takes it down (assumed)";
}

decides!();

const TRUNK: Setting = Setting {
    name: "trunk",
    values: &["gateway-udp", "gateway-tcp", "gateway-tls", "uri"],
    default: "gateway-udp",
    does: "a gateway with this register-transport, or a URI that is dialled without one",
};
const fn switch(name: &'static str, does: &'static str) -> Setting {
    Setting { name, values: &["false", "true"], default: "false", does }
}
const NO_NAPTR: Setting = switch("disable-naptr", "true: NAPTR is not asked for, and SRV for each bound transport");
const NO_SRV: Setting = switch("disable-srv", "true: SRV is not asked for, unless NAPTR leads to it");
const NO_503: Setting = switch("disable-srv503", "true: 503 is final");
const PINGS: Setting = Setting {
    name: "ping",
    values: &["0", "30"],
    default: "0",
    does: "30: OPTIONS to the gateway every 30 s; while none is answered, no call is sent",
};

pub(super) const PROFILE: Profile = Profile {
    name: "freeswitch",
    title: "FreeSWITCH, mod_sofia",
    version: "FreeSWITCH read at cc93a683ca; sofia-sip read at 7333682, measured on 1.13.17",
    sure: Sure::Measured,
    traits: TRAITS,
    settings: &[TRUNK, NO_NAPTR, NO_SRV, NO_503, PINGS],
};

const REACTIONS: Reactions = Reactions {
    silent: Course::next(32, "timer B or F, nta.c:9213; measured"),
    silent_stream: Course::next(32, "timer B or F; that of a connection that is not made is assumed to be the same"),
    refused: Course::next(0, "a transport error: ICMP is heard, nta.c:8625; measured"),
    refused_stream: Course::next(0, "a transport error, nta.c:8625"),
    unavailable: Course::next(0, "nta.c:3466; measured on 1.13.17"),
    tls: Course::next(0, "a transport error, nta.c:8625"),
    trying: Course::ends(217, "no failover after a provisional answer, 408 then; measured"),
    trying_other: Course::ends(32, "no failover after a provisional answer, nta.c:9213; timer F"),
    also: &[],
    source: "nta.c:3466; measured",
};

/// With `disable-srv503`.
const REACTIONS_503: Reactions =
    Reactions { unavailable: Course::ends(0, "disable-srv503: 503 is final, sofia.c:5417"), ..REACTIONS };

pub(super) fn freeswitch(chosen: &Chosen) -> Stack {
    let on = |setting: &Setting| chosen.value(setting) == "true";
    let named = match chosen.value(&TRUNK) {
        "gateway-tcp" => Named::Always(Transport::Tcp),
        "gateway-tls" => Named::Always(Transport::Tls),
        "uri" => Named::ByUri,
        _ => Named::ToRegister(Transport::Udp),
    };
    let (no_naptr, no_503) = (on(&NO_NAPTR), on(&NO_503));
    let naptr = Naptr {
        order: NaptrOrder::OneTransport,
        unspoken: Unspoken::PassedOver,
        flag: Flag::PassedOver,
        taken: NaptrTaken::FirstOrder,
        absent: Absent::Next(Stand::Nothing),
        unusable: Unusable::EndsRequest,
    };
    let recall = Recall {
        span: Duration::from_secs(600),
        aside: Aside::Behind,
        of: if no_503 {
            &[Failure::Silent, Failure::Refused, Failure::Tls]
        } else {
            &[Failure::Silent, Failure::Refused, Failure::Unavailable, Failure::Tls]
        },
        why: "a target that failed comes after all others of its SRV records for 600 s (nta.c:10352; measured)",
        only: None,
    };
    // They walk the targets like any other request, so only when all are dead is there no answer.
    let ping = Qualify {
        within: Duration::MAX,
        every: Duration::from_secs(30),
        asks: Asked::Every,
        why: "ping has no answer from any target, so the gateway is down (mod_sofia.c:4837)",
    };
    let manner = Manner {
        rules: &DECIDES,
        prefers: Some(&[Transport::Udp, Transport::Tcp, Transport::Tls, Transport::Ws, Transport::Wss]),
        named,
        naptr: Some(naptr).filter(|_| !no_naptr),
        srv: match (on(&NO_SRV), no_naptr) {
            (true, _) => SrvAsked::Never,
            (false, true) => SrvAsked::Each,
            (false, false) => SrvAsked::FirstSpoken,
        },
        root: Stand::Domain,
        dead_end: Stand::Domain,
        last_resort: true,
        families: Families::AsHost,
        most_addresses: None,
        draw: Draw::ByWeight(Zeros::ByName),
        caching: Caching::UntilExpiry,
        reactions: if no_503 { REACTIONS_503 } else { REACTIONS },
        limits: |_| Limits::default(),
        recall: Some(recall),
        qualify: Some(ping).filter(|_| named != Named::ByUri && chosen.value(&PINGS) != "0"),
        registering: Registering {
            expires: Duration::from_secs(3600),
            early: Duration::from_secs(15),
            refresh: Refresh::Drawn,
            invites_follow: Some(false),
            why: "each request draws on its own; a refresh 15 s before the end (sofia_reg.c)",
        },
    };
    Stack { profile: &PROFILE, name: chosen.name(), manner, readings: Vec::new() }
}
