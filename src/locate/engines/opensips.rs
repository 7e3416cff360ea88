//! OpenSIPS as a relay: its draw gives weights of 1 and 1 all to one target.

use std::time::Duration;

use crate::model::{Failure, Method};

use crate::locate::engine::{Aside, Limits, Recall, Refresh, Registering};
use crate::locate::ledger::Caching;
use crate::locate::profile::{Profile, Setting, Sure, decides, facts};
use crate::locate::settings::Chosen;
use crate::locate::stack::{
    Absent, Course, Draw, Families, Flag, Manner, Named, Naptr, NaptrOrder, NaptrTaken, Reactions, SrvAsked, Stack,
    Stand, Unspoken, Unusable,
};

facts! {
    PORT: "a port in the URI", Source, "resolve.c:1798", "A and AAAA only";
    TRANSPORT: "a transport in the URI", Source, "resolve.c:1798", "its SRV alone, and no NAPTR";
    NAPTR: "NAPTR", Measured, "resolve.c:70, 1798", "asked for without port and transport (dns_try_naptr); strict order, then preference, of equal ones the last of the answer first; other flags than 's' are passed over; a record without SRV gives way to the next; a transport without a socket is chosen all the same, and the call ends in 500; a third record is lost after two with several SRV records each";
    SRV: "without NAPTR", Measured, "resolve.c:1798", "_sip._udp alone (_sips._tcp for sips:)";
    DRAW: "within a priority", Measured, "resolve.c:1461", "a draw from 0 to the sum exclusive over the list in the reverse of the answer: the last of the answer has one chance more than its weight, the first one less";
    ZERO: "weight 0 beside others", Measured, "resolve.c:1246", "the last zero of the answer has 1 in S, other zeros none; sums are kept in 16 bits";
    DEAD_END: "SRV records that lead nowhere", Measured, "resolve.c:1556", "the domain's A, for '.' too";
    DOMAIN: "without SRV", Source, "resolve.c:1798", "A of the domain, over UDP (TLS for sips:)";
    ADDRESSES: "addresses of a target", Measured, "resolve.c:519", "A alone, in the order of the answer, all of a target before the next; with dns_try_ipv6 AAAA alone where there is any";
    FAILED: "a question that fails", Source, "resolve.c:1798", "as if there were no such records; the core keeps no answers";
    GOES_ON: "goes on at", Measured, "modules/tm/t_reply.c:702, t_fwd.c:918", "no reply at all, 503 at once (Retry-After is ignored), a local send error; any other answer is final, and so is silence after a 100";
    SILENT: "a silent UDP target", Measured, "fr_timeout of the module tm", "30 s; a UDP port that refuses is the same";
    STREAM: "a silent TCP or TLS target", Assumed, "no connect timeout was read or measured", "30 s: fr_timeout";
    REFUSED: "a refused TCP connection", Measured, "3.6.8 and 4.1-dev", "0 s in 3.6, fr_timeout in 4.1-dev";
    REMEMBERS: "remembers", Measured, "resolve.c:76, 2062", "nothing; with disable_dns_blacklist=no and use_blacklist(\"dns\") a silent, closed or 503 target is avoided for 240 s, also when it is the only one (473 meanwhile)";
    REGISTER: "REGISTER and INVITE", Source, "resolve.c:1798", "what it relays is located request by request";
}

decides!();

const NO_FAILOVER: Setting = Setting {
    name: "disable_dns_failover",
    values: &["no", "yes"],
    default: "no",
    does: "yes: one target is drawn, and no other is tried; its further addresses are",
};
const RELAY: Setting = Setting {
    name: "t_relay",
    values: &["default", "no-dns-failover"],
    default: "default",
    does: "no-dns-failover: neither another target nor another address is tried",
};
const TRY_NAPTR: Setting =
    Setting { name: "dns_try_naptr", values: &["1", "0"], default: "1", does: "0: NAPTR is not asked for" };
const TRY_IPV6: Setting = Setting {
    name: "dns_try_ipv6",
    values: &["0", "1"],
    default: "0",
    does: "1: AAAA is asked for, and A only where there is none",
};
const NO_BLACKLIST: Setting = Setting {
    name: "disable_dns_blacklist",
    values: &["yes", "no"],
    default: "yes",
    does: "no: failed targets are noted; it has no effect without use_blacklist",
};
const BLACKLIST: Setting = Setting {
    name: "use_blacklist",
    values: &["none", "dns"],
    default: "none",
    does: "dns: the route calls use_blacklist(\"dns\"), so that noted targets are avoided for 240 s",
};
const VERSION: Setting = Setting {
    name: "version",
    values: &["3.6", "4.1-dev"],
    default: "3.6",
    does: "4.1-dev: a refused TCP connection is noticed at fr_timeout only",
};

pub(super) const PROFILE: Profile = Profile {
    name: "opensips",
    title: "OpenSIPS, relaying to the domain",
    version: "read at 8f4f1e1b40; measured on 3.6.8 and 4.1-dev",
    sure: Sure::Measured,
    traits: TRAITS,
    settings: &[NO_FAILOVER, RELAY, TRY_NAPTR, TRY_IPV6, NO_BLACKLIST, BLACKLIST, VERSION],
};

const REACTIONS: Reactions = Reactions {
    silent: Course::next(30, "fr_timeout; measured"),
    silent_stream: Course::next(30, "fr_timeout; that of a connection that is not made is assumed to be the same"),
    refused: Course::next(30, "fr_timeout: a UDP port that refuses is not heard; measured"),
    refused_stream: Course::next(0, "a local send error, modules/tm/t_fwd.c:918; measured on 3.6.8"),
    unavailable: Course::next(0, "modules/tm/t_reply.c:702; measured"),
    tls: Course::next(0, "a local send error, modules/tm/t_fwd.c:918"),
    trying: Course::ends(120, "fr_inv_timeout; no failover after a provisional answer, measured"),
    trying_other: Course::ends(30, "fr_timeout; no failover after a provisional answer, measured"),
    also: &[],
    source: "modules/tm/t_reply.c:702; measured",
};

/// A connection is made beside the request, so that its failure is not told to it.
const REACTIONS_4_1: Reactions = Reactions {
    refused_stream: Course::next(30, "fr_timeout: a refused connection is not heard; measured on 4.1-dev"),
    tls: Course::next(30, "fr_timeout: assumed to be as for a refused connection"),
    ..REACTIONS
};

pub(super) fn opensips(chosen: &Chosen) -> Stack {
    let is = |setting: &Setting, value: &str| chosen.value(setting) == value;
    let reactions = if is(&VERSION, "4.1-dev") { REACTIONS_4_1 } else { REACTIONS };
    let one_address = is(&RELAY, "no-dns-failover");
    let limits: fn(Method) -> Limits = if one_address || is(&NO_FAILOVER, "yes") {
        |_| Limits { one_target: true, ..Limits::default() }
    } else {
        |_| Limits::default()
    };
    let blacklist = Recall {
        span: Duration::from_secs(240),
        aside: Aside::Never,
        of: &[Failure::Silent, Failure::Refused, Failure::Unavailable],
        only: None,
        why: "use_blacklist(\"dns\"): avoided for 240 s, with 473 where nothing else is left (resolve.c:76; measured)",
    };
    let manner = Manner {
        rules: &DECIDES,
        prefers: None,
        named: Named::ByUri,
        naptr: Some(Naptr {
            order: NaptrOrder::StrictReversed,
            unspoken: Unspoken::EndsRequest,
            flag: Flag::PassedOver,
            taken: NaptrTaken::AllButThird,
            absent: Absent::NextOrAsNone,
            unusable: Unusable::AsNone,
        })
        .filter(|_| is(&TRY_NAPTR, "1")),
        srv: SrvAsked::Default,
        root: Stand::Domain,
        dead_end: Stand::Domain,
        last_resort: false,
        families: if is(&TRY_IPV6, "1") { Families::V6ElseV4 } else { Families::V4 },
        most_addresses: Some(1).filter(|_| one_address),
        draw: Draw::OpenSips,
        caching: Caching::Never,
        reactions,
        limits,
        recall: Some(blacklist).filter(|_| is(&NO_BLACKLIST, "no") && is(&BLACKLIST, "dns")),
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
