//! `AudioCodes`: a proxy set by A records, unless its DNS query type says otherwise.

use std::time::Duration;

use super::documented::{self, AS_RFC, BY_WEIGHT, NAPTR_AS_RFC, NOT_REGISTERING, UNANSWERED, noticing_at_once};
use crate::locate::engine::{Aside, Asked, Out, Qualify, Recall};
use crate::locate::profile::{Profile, Setting, Sure, decides, facts};
use crate::locate::settings::Chosen;
use crate::locate::stack::{Course, Draw, Manner, Reactions, SrvAsked, Stack};

facts! {
    PORT: "a port", Vendor, "AudioCodes user manual, Proxy Set, DNS Resolve Method", "A and AAAA only";
    TRANSPORT: "transport", Assumed, "that of the proxy address", "its SRV alone, where SRV is asked for at all";
    NAPTR: "NAPTR", Vendor, "AudioCodes user manual, ProxyDNSQueryType", "only with NAPTR";
    WHICH: "which NAPTR record", Assumed, "no document says", "unknown: by order, then by preference, is assumed";
    SRV: "SRV", Vendor, "AudioCodes user manual, ProxyDNSQueryType", "only with SRV or NAPTR: A is what it asks for as it comes";
    OVER: "the transport of SRV", Assumed, "set in the proxy address", "unknown here: the first of the trunk that has records is assumed";
    DRAW: "among the proxies", Vendor, "AudioCodes user manual, ProxyLoadBalancingMethod", "the first that is online, as it comes; RoundRobin: one after the other; RandomWeights: by the weights of SRV";
    FIRST: "which is the first", Assumed, "no document says", "unknown how weights order the list without balancing: the order of the answer is assumed, and the highest weight reckoned, too";
    TURN: "RoundRobin", Assumed, "all addresses are one list (AudioCodes user manual)", "reckoned here within a priority, by targets: each as likely as any";
    WEIGHTS: "RandomWeights", Vendor, "AudioCodes user manual, ProxyLoadBalancingMethod", "each a part of the requests by its weight";
    ZERO: "weight 0 beside others", Assumed, "no document says", "unknown: last is assumed; RFC 2782's small chance for the head of the list is reckoned, too";
    DEAD_END: "SRV records that lead nowhere", Assumed, "no document says", "unknown: the end is assumed";
    DOMAIN: "without SRV", Vendor, "AudioCodes user manual, ProxyDNSQueryType", "A of the name";
    ADDRESSES: "addresses of a target", Assumed, "the list of the proxy set", "each is a proxy of the set, in the order of the answer; that order is assumed";
    FAILED: "a question that fails", Assumed, "no document says", "unknown: as if there were no such records is assumed; answers are kept for their TTL";
    GOES_ON: "goes on at", Vendor, "AudioCodes user manual, IsProxyHotSwap", "silence, with IsProxyHotSwap; without it, and that is how it comes, a call stays with its proxy";
    UNAVAILABLE: "503", Assumed, "which answers lead on is a table of its own", "unknown here: that it is final is assumed; with IsProxyHotSwap that it leads on is reckoned, too";
    SILENT: "a silent proxy", Assumed, "no document says", "unknown how long it takes: from nothing to 32 s (timer B) is reckoned";
    KEEP_ALIVE: "its own OPTIONS", Vendor, "AudioCodes user manual, EnableProxyKeepAlive, ProxyKeepAliveTime", "off as they come; every 60 s, and a proxy that does not answer is offline; any answer is one";
    REDUNDANCY: "returns", Vendor, "AudioCodes user manual, ProxyRedundancyMode", "Homing: to the first, as soon as it is online; Parking: it stays where it is until that fails";
    REGISTER: "REGISTER", Assumed, "accounts may register by a proxy set", "not reckoned: trunks are taken not to register";
}

decides!();

const QUERY_TYPE: Setting = Setting {
    name: "ProxyDNSQueryType",
    values: &["A-Record", "SRV", "NAPTR"],
    default: "A-Record",
    does: "SRV: SRV, then A; NAPTR: NAPTR, SRV, then A",
};

const BALANCING: Setting = Setting {
    name: "ProxyLoadBalancingMethod",
    values: &["Disable", "RoundRobin", "RandomWeights"],
    default: "Disable",
    does: "among the proxies that are online: the first, one after the other, or by the weights of SRV",
};

const KEEP_ALIVE_TYPE: Setting = Setting {
    name: "EnableProxyKeepAlive",
    values: &["0", "1"],
    default: "0",
    does: "1: OPTIONS to each proxy every 60 s; one that does not answer is offline",
};

const HOT_SWAP: Setting = Setting {
    name: "IsProxyHotSwap",
    values: &["0", "1"],
    default: "0",
    does: "1: a call that gets no answer goes to the next proxy",
};

const REDUNDANCY_MODE: Setting = Setting {
    name: "ProxyRedundancyMode",
    values: &["Homing", "Parking"],
    default: "Homing",
    does: "Parking: without balancing, it stays with the proxy that it went to. Which is the default is assumed",
};

pub(super) const PROFILE: Profile = Profile {
    name: "audiocodes",
    title: "AudioCodes Mediant, a proxy set",
    version: "user manuals 6.4 to 7.2; no version of it was tried",
    sure: Sure::Vendor,
    traits: TRAITS,
    settings: &[QUERY_TYPE, BALANCING, KEEP_ALIVE_TYPE, HOT_SWAP, REDUNDANCY_MODE],
};

const STAYS: &str = "without IsProxyHotSwap a call stays with its proxy (AudioCodes user manual)";

/// As it comes: a call stays with its proxy.
const NO_SWAP: Reactions = Reactions {
    silent: Course::ends(32, STAYS),
    silent_stream: Course::ends(32, STAYS),
    refused: Course::ends(0, STAYS),
    refused_stream: Course::ends(0, STAYS),
    unavailable: Course::ends(0, STAYS),
    tls: Course::ends(0, STAYS),
    ..AS_RFC
};

const SWAP: Reactions = Reactions {
    silent: Course::next(32, "IsProxyHotSwap (AudioCodes user manual); how long it takes is assumed"),
    silent_stream: Course::next(32, "IsProxyHotSwap (AudioCodes user manual); how long it takes is assumed"),
    unavailable: Course::ends(0, "no document says that 503 counts: the end is assumed"),
    ..AS_RFC
};

const KEEP_ALIVES: Qualify = Qualify {
    within: Duration::from_secs(32),
    every: Duration::from_secs(60),
    asks: Asked::Each(Out { at: UNANSWERED, again: Duration::from_secs(60), even_all: false }),
    why: "keep-alive every 60 s: a proxy that does not answer is offline (AudioCodes); how long it waits is assumed",
};

const PARKS: Recall = Recall {
    span: Duration::ZERO,
    aside: Aside::Left,
    of: UNANSWERED,
    only: None,
    why: "Parking: it stays with the proxy that it went to (AudioCodes user manual)",
};

pub(super) fn audiocodes(chosen: &Chosen) -> Stack {
    let draws: &[Draw] = match chosen.value(&BALANCING) {
        "RoundRobin" => &[Draw::InTurn],
        "RandomWeights" => &[BY_WEIGHT, Draw::Rfc2782],
        _ => &[Draw::Listed, Draw::Heaviest],
    };
    let on = |setting: &Setting| chosen.value(setting) == "1";
    let else_swap = Reactions { unavailable: AS_RFC.unavailable, ..noticing_at_once(&SWAP) };
    let reactions: &[Reactions] = if on(&HOT_SWAP) { &[SWAP, else_swap] } else { &[NO_SWAP] };
    let parks = chosen.value(&REDUNDANCY_MODE) == "Parking" && chosen.value(&BALANCING) == "Disable" && on(&HOT_SWAP);
    let manner = Manner {
        naptr: Some(NAPTR_AS_RFC).filter(|_| chosen.value(&QUERY_TYPE) == "NAPTR"),
        srv: if chosen.value(&QUERY_TYPE) == "A-Record" { SrvAsked::Never } else { SrvAsked::UntilFound },
        recall: Some(PARKS).filter(|_| parks),
        qualify: Some(KEEP_ALIVES).filter(|_| on(&KEEP_ALIVE_TYPE) && !parks),
        ..documented::manner(&DECIDES, &NO_SWAP, NOT_REGISTERING)
    };
    documented::stack(&PROFILE, chosen, &manner, draws, reactions)
}
