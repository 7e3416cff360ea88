//! Asterisk with `chan_pjsip`: it draws again for every request, and remembers nothing.

use std::time::Duration;

use crate::model::Transport;

use crate::locate::engine::{Asked, Limits, Qualify, Refresh, Registering};
use crate::locate::ledger::Caching;
use crate::locate::profile::{Profile, Setting, Sure, decides, facts};
use crate::locate::settings::Chosen;
use crate::locate::stack::{
    Absent, Course, Draw, Families, Flag, Manner, Named, Naptr, NaptrOrder, NaptrTaken, Reactions, SrvAsked, Stack,
    Stand, Unspoken, Unusable, Zeros,
};

facts! {
    PORT: "a port in the URI", Measured, "res_pjsip/pjsip_resolver.c:548", "A and AAAA only";
    TRANSPORT: "a transport in the URI", Source, "res_pjsip/pjsip_resolver.c:564", "its SRV alone, and no NAPTR";
    NAPTR: "NAPTR", Measured, "res_pjsip/pjsip_resolver.c:366", "asked for without port and transport; order, then preference; later records stay as fallbacks, unless a SIPS+D2T came before them";
    SRV: "without NAPTR", Measured, "res_pjsip/pjsip_resolver.c:564", "_sips._tcp, _sip._tcp and _sip._udp, of the transports that are bound: TLS targets first, then TCP, then UDP";
    DRAW: "within a priority", Measured, "main/dns_srv.c:113", "a weight w is first in w of S draws, anew for each request";
    ZERO: "weight 0 beside others", Measured, "main/dns_srv.c:113", "never before any other; of several the last of the answer first";
    DEAD_END: "SRV records that lead nowhere", Measured, "res_pjsip/pjsip_resolver.c", "nothing is sent: the domain's own addresses are used only where there is neither SRV nor a usable NAPTR";
    DOMAIN: "without SRV", Measured, "res_pjsip/pjsip_resolver.c:548", "A and AAAA of the domain, over UDP (TLS for sips:)";
    ADDRESSES: "addresses of a target", Source, "res_pjsip/pjsip_resolver.c:348", "AAAA first where an IPv6 transport is bound, in the order of the answer; at most 32 in all";
    FAILED: "a question that fails", Assumed, "not read in its source", "as if there were no such records; the core keeps no answers";
    GOES_ON: "goes on at", Measured, "res_pjsip_session.c:4624, res_pjsip.c:1814", "503, 408 and silence, by a new branch to the next; a refused TCP or TLS connection at once";
    SILENT: "a silent UDP target", Measured, "res_pjsip/config_system.c:32", "32 s: timer B; a UDP port that refuses is the same, since ICMP is not heard";
    REMEMBERS: "remembers", Measured, "res_pjsip_session.c", "nothing: the dead target is drawn again by the next request with the same chance";
    REGISTER: "REGISTER and INVITE", Measured, "res_pjsip_outbound_registration.c:1430", "independent; a refresh 10 s before the end draws anew";
    QUALIFY: "its own OPTIONS", Measured, "res_pjsip/pjsip_options.c:786", "off unless qualify_frequency is set; then one drawn target decides within 3 s whether any call is sent at all; with the fix of PR 2041 every target is asked";
}

decides!();

const QUALIFY_FREQUENCY: Setting = Setting {
    name: "qualify_frequency",
    values: &["0", "60"],
    default: "0",
    does: "60: OPTIONS to the contact each minute; while it is unreachable, no call is sent",
};

const QUALIFY_ALL: Setting = Setting {
    name: "pr2041",
    values: &["no", "yes"],
    default: "no",
    does: "yes: with the qualify fix (20, 22, 23 and 24 after it): every resolved target is asked, and one that answers will do",
};

pub(super) const PROFILE: Profile = Profile {
    name: "asterisk",
    title: "Asterisk, chan_pjsip with its own resolver",
    version: "14 and later; read and measured at master of August 2026",
    sure: Sure::Measured,
    traits: TRAITS,
    settings: &[QUALIFY_FREQUENCY, QUALIFY_ALL],
};

/// Silence costs timer B, whatever the transport once a connection is there; ICMP is not heard.
const REACTIONS: Reactions = Reactions {
    silent: Course::next(32, "timer B, res_pjsip/config_system.c:32; measured"),
    silent_stream: Course::next(32, "timer B; that of a connection that is not made is assumed to be the same"),
    refused: Course::next(32, "timer B: a UDP port that refuses is not heard; measured"),
    refused_stream: Course::next(0, "sip_transaction.c:2349; measured"),
    unavailable: Course::next(0, "res_pjsip_session.c:4624; measured"),
    tls: Course::next(0, "a transport error, sip_transaction.c:2349"),
    trying: Course::ends(
        180,
        "no failover after a provisional answer, measured; how long it waits is assumed to be timer C",
    ),
    trying_other: Course::ends(32, "no failover after a provisional answer, measured; timer F"),
    also: &[408],
    source: "res_pjsip_session.c:4624; measured",
};

pub(super) fn asterisk(chosen: &Chosen) -> Stack {
    let qualify = qualify(chosen.value(&QUALIFY_ALL) == "yes");
    let manner = Manner { qualify: Some(qualify).filter(|_| chosen.value(&QUALIFY_FREQUENCY) != "0"), ..manner() };
    Stack { profile: &PROFILE, name: chosen.name(), manner, readings: Vec::new() }
}

/// Its own OPTIONS, without and with the fix.
pub(super) const fn qualify(fixed: bool) -> Qualify {
    let (asks, why) = if fixed {
        (Asked::Every, "qualify asks every target; one that answers will do (PR 2041)")
    } else {
        (Asked::Drawn, "qualify asks one drawn target and gives it 3 s (pjsip_options.c:786; measured)")
    };
    Qualify { within: Duration::from_secs(3), every: Duration::from_secs(60), asks, why }
}

/// Without qualify.
pub(super) fn manner() -> Manner {
    Manner {
        rules: &DECIDES,
        prefers: Some(&[Transport::Tls, Transport::Tcp, Transport::Udp]),
        named: Named::ByUri,
        naptr: Some(Naptr {
            order: NaptrOrder::Strict,
            unspoken: Unspoken::PassedOver,
            flag: Flag::PassedOver,
            taken: NaptrTaken::UpToTls,
            absent: Absent::Next(Stand::Nothing),
            unusable: Unusable::AsNone,
        }),
        srv: SrvAsked::Each,
        root: Stand::Nothing,
        dead_end: Stand::Nothing,
        last_resort: false,
        families: Families::AsHost,
        most_addresses: None,
        draw: Draw::ByWeight(Zeros::Reversed),
        caching: Caching::Never,
        reactions: REACTIONS,
        limits: |_| Limits { tries: Some(32), ..Limits::default() },
        recall: None,
        qualify: None,
        registering: Registering {
            expires: Duration::from_secs(3600),
            early: Duration::from_secs(10),
            refresh: Refresh::Drawn,
            invites_follow: Some(false),
            why: "each request draws on its own; a refresh 10 s before the end (measured)",
        },
    }
}
