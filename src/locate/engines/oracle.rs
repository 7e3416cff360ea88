//! Oracle SBC: the first address alone, unless all of them are pinged or balanced.

use std::time::Duration;

use super::documented::{self, AS_RFC, BY_WEIGHT, NOT_REGISTERING, UNANSWERED};
use crate::locate::engine::{Asked, Limits, Out, Qualify};
use crate::locate::profile::{Profile, Setting, Sure, decides, facts};
use crate::locate::settings::Chosen;
use crate::locate::stack::{Course, Draw, Manner, Reactions, SrvAsked, Stack};

facts! {
    PORT: "a port", Assumed, "no document says", "unknown: A and AAAA only is assumed, as in every stack that was read";
    TRANSPORT: "transport", Assumed, "that of the session agent and the sip-interface", "set there: the first of the trunk that has records is assumed";
    NAPTR: "NAPTR", Assumed, "set by the sip-interface", "unknown what is set there: not asked for is assumed";
    SRV: "SRV", Vendor, "Oracle SBC ACLI guide, session agent DNS-SRV load balancing", "a session agent with a name is resolved by SRV";
    DRAW: "within a priority", Vendor, "Oracle SBC ACLI guide, session agent DNS-SRV load balancing", "the first that is resolved, as it comes; with ping-all-addresses or dns-load-balance by weight after RFC 2782";
    FIRST: "which is the first", Assumed, "no document says", "unknown: the highest weight is assumed, and the order of the answer is reckoned, too; how zeros are drawn by weight is not documented either";
    DEAD_END: "SRV records that lead nowhere", Assumed, "no document says", "unknown: the end is assumed";
    DOMAIN: "without SRV", Assumed, "no document says", "A and AAAA of the name";
    ADDRESSES: "addresses of a target", Vendor, "Oracle SBC ACLI guide, ping-all-addresses", "only the first one that is resolved is used, as it comes; all of them with ping-all-addresses or dns-load-balance";
    FAILED: "a question that fails", Assumed, "no document says", "unknown: as if there were no such records is assumed; answers are kept for their TTL";
    GOES_ON: "goes on at", Vendor, "Oracle SBC ACLI guide, DNS-SRV session agent recursion error handling", "503 and a transport failure; with recurse-on-all-failures at every 4xx and 5xx; as it comes there is no next address";
    SILENT: "a silent target", Assumed, "no document says", "unknown: the end after 32 s is assumed, going on after them reckoned, too";
    PING: "its own OPTIONS", Vendor, "Oracle SBC ACLI guide, ping-method, ping-interval", "off as they come; an address that does not answer is out of service";
    REGISTER: "REGISTER", Assumed, "what it relays is the phone's", "none of its own";
}

decides!();

const PING_ALL: Setting = Setting {
    name: "ping-all-addresses",
    values: &["disabled", "enabled"],
    default: "disabled",
    does: "enabled: all addresses are used, by weight after RFC 2782, and pinged where ping-interval is set",
};

const BALANCE: Setting = Setting {
    name: "dns-load-balance",
    values: &["disabled", "enabled"],
    default: "disabled",
    does: "enabled: all addresses are used, by weight after RFC 2782",
};

const ON_ALL_FAILURES: Setting = Setting {
    name: "recurse-on-all-failures",
    values: &["no", "yes"],
    default: "no",
    does: "yes: every 4xx and 5xx leads to the next address",
};

const PING_INTERVAL: Setting = Setting {
    name: "ping-interval",
    values: &["0", "30", "60"],
    default: "0",
    does: "OPTIONS so often: an address that does not answer is out of service; 0: none",
};

pub(super) const PROFILE: Profile = Profile {
    name: "oracle-sbc",
    title: "Oracle SBC, a session agent with a name",
    version: "ACLI configuration guides 8.1 to 9.3; no version of it was tried",
    sure: Sure::Vendor,
    traits: TRAITS,
    settings: &[PING_ALL, BALANCE, ON_ALL_FAILURES, PING_INTERVAL],
};

const RECURSES: &str = "recursion, Oracle SBC ACLI guide";

const REACTIONS: Reactions = Reactions {
    silent: Course::ends(32, "no document says that silence counts: timer B and the end are assumed"),
    silent_stream: Course::ends(32, "no document says that silence counts: timer B and the end are assumed"),
    refused: Course::next(0, "a transport failure, Oracle SBC ACLI guide; that ICMP is heard is assumed"),
    refused_stream: Course::next(0, "a transport failure, Oracle SBC ACLI guide"),
    unavailable: Course::next(0, RECURSES),
    tls: Course::next(0, "a transport failure, Oracle SBC ACLI guide"),
    source: "recursion on 503 alone, Oracle SBC ACLI guide",
    ..AS_RFC
};

/// 400 to 599.
const ALL_FAILURES: [u16; 200] = {
    let (mut codes, mut code) = ([0; 200], 400);
    while code < 600 {
        codes[code as usize - 400] = code;
        code += 1;
    }
    codes
};

pub(super) fn oracle(chosen: &Chosen) -> Stack {
    let on = |setting: &Setting| chosen.value(setting) == "enabled";
    let all = on(&PING_ALL) || on(&BALANCE);
    let every = match chosen.value(&PING_INTERVAL) {
        "30" => Some(Duration::from_secs(30)),
        "60" => Some(Duration::from_secs(60)),
        _ => None,
    };
    let pings = |every| Qualify {
        within: Duration::from_secs(32),
        every,
        asks: Asked::Each(Out { at: UNANSWERED, again: every, even_all: false }),
        why: "an address that does not answer OPTIONS is out of service (Oracle); how long it waits is assumed",
    };
    let reactions = if chosen.value(&ON_ALL_FAILURES) == "yes" {
        Reactions { also: &ALL_FAILURES, source: "recurse-on-all-failures, Oracle SBC ACLI guide", ..REACTIONS }
    } else {
        REACTIONS
    };
    // Silence leads on as well, where a transaction that times out counts as a failure.
    let also_silent = Reactions { silent: AS_RFC.silent, silent_stream: AS_RFC.silent_stream, ..reactions };
    let manner = Manner {
        naptr: None,
        srv: SrvAsked::UntilFound,
        most_addresses: if all { None } else { Some(1) },
        limits: if all { |_| Limits::default() } else { |_| Limits { tries: Some(1), ..Limits::default() } },
        // All are pinged with ping-all-addresses; else the first, which is the only one that is used.
        qualify: every.map(pings).filter(|_| !on(&BALANCE) || on(&PING_ALL)),
        ..documented::manner(&DECIDES, &reactions, NOT_REGISTERING)
    };
    let draws = if all { [BY_WEIGHT, Draw::Rfc2782] } else { [Draw::Heaviest, Draw::Listed] };
    documented::stack(&PROFILE, chosen, &manner, &draws, &[reactions, also_silent])
}
