//! PJSIP with its own resolver: pjsua and the softphones on it. It goes on where no connection is made, and nowhere
//! else.

use std::time::Duration;

use crate::locate::engine::{Limits, Refresh, Registering};
use crate::locate::ledger::Caching;
use crate::locate::profile::{Profile, Setting, Sure, decides, facts};
use crate::locate::settings::Chosen;
use crate::locate::stack::{Course, Draw, Families, Manner, Named, Reactions, SrvAsked, Stack, Stand};

facts! {
    PORT: "a port in the URI", Source, "pjsip/sip_resolve.c:524", "A and AAAA only";
    TRANSPORT: "a transport in the URI", Source, "pjsip/sip_resolve.c:319", "its SRV alone";
    NAPTR: "NAPTR", Measured, "pjsip/sip_resolve.c:493", "never asked for";
    SRV: "SRV", Source, "pjsip/sip_resolve.c:319, 358", "for UDP alone (TLS for sips:), of the answer the first 8; without a nameserver none at all";
    DRAW: "within a priority", Measured, "pjlib-util/srv_resolver.c:417", "a draw from 0 to the sum inclusive over the list of the answer: its head has one chance more than its weight; anew for each resolution";
    ZERO: "weight 0 beside others", Measured, "pjlib-util/srv_resolver.c:450", "1 in S + 1 at the head of the list, never elsewhere; of zeros alone the first";
    DEAD_END: "SRV records that lead nowhere", Measured, "pjsip/sip_resolve.c:566", "'.': the domain's A; where no target has an address, nothing is sent";
    DOMAIN: "without SRV", Source, "pjsip/sip_resolve.c:566", "A and AAAA of the domain";
    ADDRESSES: "addresses of a target", Source, "pjlib-util/config.h", "the first 8 of the answer";
    FAILED: "a question that fails", Source, "pjsip/sip_resolve.c:566, pjlib-util/resolver.c:1687", "as if there were no such records; an answer is kept until its TTL ends, at most 300 s, and an empty or failed one for 60 s";
    GOES_ON: "goes on at", Measured, "docs.pjsip.org, dns_failover", "a connection that cannot be made; silence, a refused UDP port, 503 and any other answer end the request";
    SILENT: "a silent UDP target", Measured, "pjsip/sip_transaction.c", "the request ends, after timer B or F: 32 s";
    STREAM: "a silent TCP or TLS target", Assumed, "no connect timeout was read or measured", "timer B or F comes first, and ends the request: 32 s";
    REMEMBERS: "remembers", Source, "issue 4964", "nothing: records are kept, the draw is not; server_affinity pins an account to where it is";
    REGISTER: "REGISTER and INVITE", Source, "pjsua.h:3977, sip_config.h:1311", "independent; a refresh 5 s before the end draws anew; with server_affinity they stay together, until a REGISTER fails";
}

decides!();

const NAMESERVER: Setting = Setting {
    name: "nameserver",
    values: &["yes", "no"],
    default: "yes",
    does: "no: none is configured, so names go to getaddrinfo, and SRV is not asked for",
};
const AFFINITY: Setting = Setting {
    name: "server_affinity",
    values: &["no", "yes"],
    default: "no",
    does: "yes: an account stays with the address that it was resolved to, until a REGISTER fails there",
};

pub(super) const PROFILE: Profile = Profile {
    name: "pjsip",
    title: "PJSIP with its own resolver: pjsua, softphones",
    version: "read at b7317ffca (2026); measured on 2.17-dev",
    sure: Sure::Measured,
    traits: TRAITS,
    settings: &[NAMESERVER, AFFINITY],
};

const REACTIONS: Reactions = Reactions {
    silent: Course::ends(32, "timer B or F; a UDP target is never left, docs.pjsip.org dns_failover"),
    silent_stream: Course::ends(32, "timer B or F comes before the connection fails: assumed"),
    refused: Course::ends(32, "timer B or F: a UDP port that refuses is not heard; measured that it is not left"),
    refused_stream: Course::next(0, "a connect failure, docs.pjsip.org dns_failover"),
    unavailable: Course::ends(0, "503 is an answer like any other, docs.pjsip.org dns_failover"),
    tls: Course::next(0, "a connect failure, docs.pjsip.org dns_failover"),
    trying: Course::ends(180, "no failover after any answer; how long it waits is assumed to be timer C"),
    trying_other: Course::ends(32, "no failover after any answer; timer F"),
    also: &[],
    source: "docs.pjsip.org dns_failover",
};

pub(super) fn pjsip(chosen: &Chosen) -> Stack {
    let nameserver = chosen.value(&NAMESERVER) == "yes";
    let affinity = chosen.value(&AFFINITY) == "yes";
    let manner = Manner {
        rules: &DECIDES,
        prefers: None,
        named: Named::ByUri,
        naptr: None,
        srv: if nameserver { SrvAsked::Default } else { SrvAsked::Never },
        root: Stand::Domain,
        dead_end: Stand::Nothing,
        last_resort: false,
        families: Families::AsHost,
        most_addresses: Some(8),
        draw: Draw::Pjsip,
        caching: Caching::UntilExpiry,
        reactions: REACTIONS,
        limits: |_| Limits::default(),
        recall: None,
        qualify: None,
        registering: Registering {
            expires: Duration::from_secs(300),
            early: Duration::from_secs(5),
            refresh: if affinity { Refresh::Same } else { Refresh::Drawn },
            invites_follow: Some(affinity),
            why: if affinity {
                "server_affinity: an account stays where it is until a REGISTER fails (pjsua.h:4918)"
            } else {
                "each request draws on its own; a refresh 5 s before the end (sip_config.h:1311)"
            },
        },
    };
    Stack { profile: &PROFILE, name: chosen.name(), manner, readings: Vec::new() }
}
