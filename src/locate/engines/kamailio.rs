//! Kamailio as a relay: as it comes it never fails over, and sends all to the highest weight.

use std::time::Duration;

use crate::model::{Failure, Method, Transport};

use crate::locate::engine::{Aside, Limits, Recall, Refresh, Registering};
use crate::locate::ledger::Caching;
use crate::locate::profile::{Profile, Setting, Sure, decides, facts};
use crate::locate::settings::Chosen;
use crate::locate::stack::{
    Absent, Course, Draw, Families, Flag, Manner, Named, Naptr, NaptrOrder, NaptrTaken, Reactions, SrvAsked, Stack,
    Stand, Unspoken, Unusable,
};

facts! {
    PORT: "a port in the URI", Source, "core/resolve.c", "A and AAAA only";
    TRANSPORT: "a transport in the URI", Source, "core/resolve.c", "its SRV alone, and no NAPTR";
    NAPTR: "NAPTR", Measured, "core/cfg_core.c:75, core/resolve.c:1316", "asked for only with dns_try_naptr=1; then its own preference of transports (UDP, TCP, TLS) comes before the order, unless dns_naptr_ignore_rfc=0; a flag 'a' ends the request (478)";
    SRV: "without NAPTR", Source, "core/resolve.c:1611", "UDP alone (TLS for sips:); with use_dns_failover each transport by dns_udp_pref, dns_tcp_pref, dns_sctp_pref and dns_tls_pref until one has records";
    DRAW: "within a priority", Measured, "core/dns_cache.c:2278, 3087", "the highest weight always, of equal ones the first of the answer; with dns_srv_lb and use_dns_failover a weight w in w of S";
    ZERO: "weight 0 beside others", Measured, "core/dns_cache.c:72", "last; with dns_srv_lb 1 in 1001 S";
    DEAD_END: "SRV records that lead nowhere", Measured, "measured on 5.6.3", "the request ends (477 for '.')";
    DOMAIN: "without SRV", Measured, "core/resolve.c", "A of the domain; the same where a NAPTR record has no SRV";
    ADDRESSES: "addresses of a target", Measured, "core/dns_cache.c", "the first of the answer alone, IPv4 before IPv6";
    FAILED: "a question that fails", Assumed, "core/dns_cache.c", "kept answers are used until their TTL ends; then as if there were no such records";
    GOES_ON: "goes on at", Measured, "modules/tm/t_reply.c:2761, modules/tm/timer.c:432", "nothing, as it comes; with use_dns_failover silence, 503 and send errors";
    SILENT: "a silent UDP target", Measured, "modules/tm/timer.c:432", "30 s: fr_timer; a UDP port that refuses is the same, since ICMP is not heard";
    LIFETIME: "gives up", Source, "modules/tm/config.c", "180 s after an INVITE began (max_inv_lifetime), 32 s after any other request (max_noninv_lifetime)";
    REMEMBERS: "remembers", Measured, "core/cfg_core.c:68", "nothing; with use_dst_blocklist an INVITE's silent target for 60 s";
    REGISTER: "REGISTER and INVITE", Source, "core/forward.c:570", "what it relays is located request by request";
}

decides!();

/// A switch of its configuration, off or on.
const fn switch(name: &'static str, default: &'static str, does: &'static str) -> Setting {
    Setting { name, values: &["0", "1"], default, does }
}

const FAILOVER: Setting =
    switch("use_dns_failover", "0", "1: at silence, 503 or a send error the next target is tried, by a new branch");
const BALANCE: Setting = switch(
    "dns_srv_lb",
    "0",
    "1: targets of a priority are drawn by weight; it has no effect without use_dns_failover",
);
const TRY_NAPTR: Setting = switch("dns_try_naptr", "0", "1: NAPTR is asked for");
const IGNORE_RFC: Setting =
    switch("dns_naptr_ignore_rfc", "1", "0: the order of NAPTR records comes before the own preference of transports");
const BLOCKLIST: Setting =
    switch("use_dst_blocklist", "0", "1: a target that was silent to an INVITE is passed over for 60 s");
/// How much a transport is preferred.
const fn preference(name: &'static str, default: &'static str) -> Setting {
    let values = &["10", "20", "30", "40", "50"];
    Setting { name, values, default, does: "how much the transport is preferred: the higher, the earlier" }
}
const UDP_PREF: Setting = preference("dns_udp_pref", "30");
const TCP_PREF: Setting = preference("dns_tcp_pref", "20");
const TLS_PREF: Setting = preference("dns_tls_pref", "10");
const SCTP_PREF: Setting = preference("dns_sctp_pref", "20");

pub(super) const PROFILE: Profile = Profile {
    name: "kamailio",
    title: "Kamailio, relaying to the domain",
    version: "read at 38711a3e78 (2026); measured on 5.6.3",
    sure: Sure::Measured,
    traits: TRAITS,
    settings: &[FAILOVER, BALANCE, TRY_NAPTR, IGNORE_RFC, BLOCKLIST, UDP_PREF, TCP_PREF, TLS_PREF, SCTP_PREF],
};

/// As it comes: whatever happens at the one target is the end.
const NO_FAILOVER: Reactions = Reactions {
    silent: Course::ends(30, "fr_timer; without use_dns_failover there is no other target"),
    silent_stream: Course::ends(30, "fr_timer; without use_dns_failover there is no other target"),
    refused: Course::ends(
        30,
        "fr_timer: ICMP is not heard, measured; without use_dns_failover there is no other target",
    ),
    refused_stream: Course::ends(0, "a send error; without use_dns_failover there is no other target"),
    unavailable: Course::ends(0, "relayed; without use_dns_failover there is no other target"),
    tls: Course::ends(0, "a send error; without use_dns_failover there is no other target"),
    trying: Course::ends(120, "fr_inv_timer; no failover after a provisional answer"),
    trying_other: Course::ends(30, "fr_timer; no failover after a provisional answer"),
    also: &[],
    source: "without use_dns_failover there is no other target",
};

const FAILOVER_ON: Reactions = Reactions {
    silent: Course::next(30, "fr_timer, modules/tm/timer.c:432; measured"),
    silent_stream: Course::next(30, "fr_timer, modules/tm/timer.c:432"),
    refused: Course::next(30, "fr_timer: a UDP port that refuses is not heard; measured"),
    refused_stream: Course::next(0, "a connect error, modules/tm/t_fwd.c:1602"),
    unavailable: Course::next(0, "modules/tm/t_reply.c:2761; measured"),
    tls: Course::next(0, "a connect error, modules/tm/t_fwd.c:1602"),
    trying: Course::ends(120, "fr_inv_timer; no failover after a provisional answer, modules/tm/timer.c:432"),
    trying_other: Course::ends(30, "fr_timer; no failover after a provisional answer, modules/tm/timer.c:432"),
    also: &[],
    source: "modules/tm/t_reply.c:2761; measured",
};

/// All orders of the transports.
static ORDERS: [[Transport; 4]; 24] = {
    const ALL: [Transport; 4] = [Transport::Udp, Transport::Tcp, Transport::Tls, Transport::Sctp];
    let (mut orders, mut found, mut code) = ([ALL; 24], 0, 0);
    while code < 256 {
        let [a, b, c, d] = [code >> 6, code >> 4 & 3, code >> 2 & 3, code & 3];
        if a != b && a != c && a != d && b != c && b != d && c != d {
            orders[found] = [ALL[a], ALL[b], ALL[c], ALL[d]];
            found += 1;
        }
        code += 1;
    }
    orders
};

/// The transports, the most preferred first; of equal ones UDP, TCP, TLS, SCTP.
fn by_preference(chosen: &Chosen) -> &'static [Transport] {
    let value = |setting: &Setting| chosen.value(setting).parse::<u8>().unwrap_or_default();
    let preferred = |transport: &Transport| match transport {
        Transport::Udp => value(&UDP_PREF),
        Transport::Tcp => value(&TCP_PREF),
        Transport::Tls => value(&TLS_PREF),
        _ => value(&SCTP_PREF),
    };
    let mut order = ORDERS[0];
    order.sort_by_key(|transport| std::cmp::Reverse(preferred(transport)));
    ORDERS.iter().find(|known| **known == order).unwrap_or(&ORDERS[0])
}

pub(super) fn kamailio(chosen: &Chosen) -> Stack {
    let on = |setting: &Setting| chosen.value(setting) == "1";
    let failover = on(&FAILOVER);
    let naptr = Naptr {
        order: if on(&IGNORE_RFC) { NaptrOrder::OwnFirst } else { NaptrOrder::Strict },
        unspoken: Unspoken::PassedOver,
        flag: Flag::EndsRequest,
        taken: if failover { NaptrTaken::All } else { NaptrTaken::First },
        absent: Absent::Domain,
        unusable: Unusable::AsNone,
    };
    let blocklist = Recall {
        span: Duration::from_secs(60),
        aside: Aside::Never,
        of: &[Failure::Silent, Failure::Refused],
        only: Some(Method::Invite),
        why: "use_dst_blocklist: passed over for 60 s (core/cfg_core.c:68)",
    };
    let manner = Manner {
        rules: &DECIDES,
        prefers: Some(by_preference(chosen)),
        named: Named::ByUri,
        naptr: Some(naptr).filter(|_| on(&TRY_NAPTR)),
        srv: if failover { SrvAsked::UntilFound } else { SrvAsked::Default },
        root: Stand::Nothing,
        dead_end: Stand::Nothing,
        last_resort: false,
        families: Families::V4First,
        most_addresses: Some(1),
        draw: if failover && on(&BALANCE) { Draw::Kamailio } else { Draw::Heaviest },
        caching: Caching::UntilExpiry,
        reactions: if failover { FAILOVER_ON } else { NO_FAILOVER },
        limits: |method| Limits {
            lifetime: Some(Duration::from_secs(if method == Method::Invite { 180 } else { 32 })),
            ..Limits::default()
        },
        recall: Some(blocklist).filter(|_| failover && on(&BLOCKLIST)),
        qualify: None,
        registering: Registering {
            expires: Duration::from_secs(3600),
            early: Duration::ZERO,
            refresh: Refresh::Never,
            invites_follow: Some(false),
            why: "a relayed REGISTER is located like any other request; expiry and refresh are the phone's",
        },
    };
    Stack { profile: &PROFILE, name: chosen.name(), manner, readings: Vec::new() }
}
