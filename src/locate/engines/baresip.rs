//! baresip on libre: an account has its target, by a hash of its URI, and weights hardly matter.

use std::time::Duration;

use crate::model::Transport;

use crate::locate::engine::{Limits, Refresh, Registering};
use crate::locate::ledger::Caching;
use crate::locate::profile::{Profile, Sure, decides, facts};
use crate::locate::settings::Chosen;
use crate::locate::stack::{
    Absent, Course, Draw, Families, Flag, Manner, Named, Naptr, NaptrOrder, NaptrTaken, Reactions, SrvAsked, Stack,
    Stand, Unspoken, Unusable,
};

facts! {
    PORT: "a port in the URI", Source, "re src/sip/request.c:740", "A and AAAA only";
    TRANSPORT: "a transport in the URI", Source, "re src/sip/request.c:640, 745", "its SRV alone, and no NAPTR; a sips: URI is not sent at all (ENOSYS)";
    NAPTR: "NAPTR", Source, "re src/sip/request.c:418", "asked for without port and transport; the first supported service by order and preference, whatever its flag; without SRV behind it the domain's A on its transport";
    SRV: "without NAPTR", Source, "re src/sip/request.c:347, transp.c:1735", "TLS, then TCP, then UDP, until one has records";
    DRAW: "within a priority", Source, "re src/dns/rrlist.c:26, sip/dialog.c:96", "by hash, no draw: the highest of (hash of the target's name, 12 bits, xor hash of the account's URI) + weight; an account always has the same target, and the shares are those over accounts of which nothing is known";
    ZERO: "weight 0 beside others", Source, "re src/dns/rrlist.c:41", "like any other: against hashes of up to 4095 small weights hardly matter";
    DEAD_END: "SRV records that lead nowhere", Source, "re src/sip/request.c:579", "nothing is sent, for '.' too";
    DOMAIN: "without SRV", Source, "re src/sip/request.c:527", "A and AAAA of the domain, over UDP where that is supported";
    ADDRESSES: "addresses of a target", Source, "re src/dns/rrlist.c:32", "by the account's hash, too; reckoned in the order received";
    FAILED: "a question that fails", Source, "re src/sip/request.c:458, 512", "as if there were no such records; an answer is kept until its TTL ends, at most 1800 s";
    GOES_ON: "goes on at", Source, "re src/sip/request.c:151", "any error, timeout or 503; other answers are final; a request other than INVITE goes on after a 100 and silence, too";
    SILENT: "a silent target", Source, "re src/sip/ctrans.c", "32 s: timer B or F";
    REFUSED: "a refused UDP port", Assumed, "re src/udp/udp.c", "as silence, since the socket is not connected; or noticed at once: both are reckoned";
    TRYING: "a 100, and then silence", Source, "re src/sip/ctrans.c", "an INVITE waits without a timer until the caller hangs up; 180 s is assumed";
    REMEMBERS: "remembers", Source, "re src/sip/request.c", "nothing: the next request has the same order";
    REGISTER: "REGISTER and INVITE", Source, "re src/sip/dialog.c:96, sipreg/reg.c:213", "to the same target, since both have the account's hash; a refresh when 90 % of the expiry is over";
}

decides!();

pub(super) const PROFILE: Profile = Profile {
    name: "baresip",
    title: "baresip, and what is built on libre; shares are over accounts, each of which has one target",
    version: "libre read at 848ed0b6 (2026); not measured",
    sure: Sure::Source,
    traits: TRAITS,
    settings: &[],
};

const REACTIONS: Reactions = Reactions {
    silent: Course::next(32, "timer B or F, re src/sip/request.c:151"),
    silent_stream: Course::next(32, "timer B or F, re src/sip/request.c:151"),
    refused: Course::next(32, "timer B or F: that ICMP is not heard is assumed"),
    refused_stream: Course::next(0, "a transport error, re src/sip/request.c:151"),
    unavailable: Course::next(0, "re src/sip/request.c:151"),
    tls: Course::next(0, "a transport error, re src/sip/request.c:151"),
    trying: Course::ends(180, "no timer runs after a provisional answer, re src/sip/ctrans.c; 180 s are assumed"),
    trying_other: Course::next(32, "timer F runs on, and its end is an error like any other, re src/sip/ctrans.c"),
    also: &[],
    source: "re src/sip/request.c:151",
};

/// Where ICMP is heard.
const REFUSED_AT_ONCE: Reactions =
    Reactions { refused: Course::next(0, "a transport error: that ICMP is heard is assumed"), ..REACTIONS };

pub(super) fn baresip(chosen: &Chosen) -> Stack {
    let manner = Manner {
        rules: &DECIDES,
        prefers: Some(&[Transport::Tls, Transport::Tcp, Transport::Udp]),
        named: Named::SipAlone,
        naptr: Some(Naptr {
            order: NaptrOrder::Strict,
            unspoken: Unspoken::PassedOver,
            flag: Flag::Ignored,
            taken: NaptrTaken::First,
            absent: Absent::Domain,
            unusable: Unusable::AsNone,
        }),
        srv: SrvAsked::UntilFound,
        root: Stand::Nothing,
        dead_end: Stand::Nothing,
        last_resort: false,
        families: Families::AsHost,
        most_addresses: None,
        draw: Draw::Hashed,
        caching: Caching::UntilExpiry,
        reactions: REACTIONS,
        limits: |_| Limits::default(),
        recall: None,
        qualify: None,
        registering: Registering {
            expires: Duration::from_secs(3600),
            early: Duration::from_secs(360),
            refresh: Refresh::Same,
            invites_follow: Some(true),
            why: "the account's hash decides for both (re src/sip/dialog.c:96)",
        },
    };
    let readings = vec![Manner { reactions: REFUSED_AT_ONCE, ..manner.clone() }];
    Stack { profile: &PROFILE, name: chosen.name(), manner, readings }
}
