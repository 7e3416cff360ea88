//! reSIProcate, on which repro is built: it stays with the last good target, and a silent one costs the caller the
//! call.

use std::time::Duration;

use crate::model::{Failure, Transport};

use crate::locate::engine::{Aside, Limits, Recall, Refresh, Registering};
use crate::locate::ledger::Caching;
use crate::locate::profile::{Profile, Setting, Sure, decides, facts};
use crate::locate::settings::Chosen;
use crate::locate::stack::{
    Absent, Course, Draw, Families, Flag, Manner, Named, Naptr, NaptrOrder, NaptrTaken, Reactions, SrvAsked, Stack,
    Stand, Unspoken, Unusable, Zeros,
};

facts! {
    PORT: "a port in the URI", Source, "resip/stack/DnsResult.cxx:450", "A and AAAA only";
    TRANSPORT: "a transport in the URI", Source, "resip/stack/DnsResult.cxx:450", "its SRV alone, and no NAPTR";
    NAPTR: "NAPTR", Source, "resip/stack/DnsResult.cxx:1327", "asked for without port and transport; all supported records of the lowest order, by preference, then TLS, TCP, UDP";
    SRV: "without NAPTR", Source, "resip/stack/DnsResult.cxx:1395", "for each supported transport; all TLS targets, then TCP, then UDP";
    DRAW: "within a priority", Source, "resip/stack/DnsResult.cxx:717", "a weight w is first in w of S draws, until one works: then it stays there";
    ZERO: "weight 0 beside others", Source, "resip/stack/DnsResult.cxx:740, 851", "never before any other; several by name";
    DEAD_END: "SRV records that lead nowhere", Source, "resip/stack/DnsResult.cxx:704", "nothing is sent; for '.' assumed to be the same";
    DOMAIN: "without SRV", Source, "resip/stack/DnsResult.cxx:1195", "A and AAAA of the domain, over UDP (TLS for sips:), after NAPTR records without SRV, too";
    ADDRESSES: "addresses of a target", Assumed, "not read in its source", "AAAA before A, in the order of the answer";
    FAILED: "a question that fails", Source, "resip/stack/DnsResult.cxx:1367", "as if there were no such records; an answer is kept until its TTL ends, at least 10 s";
    GOES_ON: "goes on at", Source, "resip/stack/TransactionState.cxx:2273", "a connection that cannot be made; silence ends in 408 to the caller, and any answer, 503 too, is handed on";
    SILENT: "a silent UDP target", Source, "resip/stack/TransactionState.cxx:2765", "the request ends after timer B or F: 32 s";
    STREAM: "a silent TCP or TLS target", Source, "repro/ReproRunner.cxx:614, resip/stack/TransactionState.cxx:2428", "the next after TCPConnectTimeout, 10 s in repro, if the connection is not made; on one that is there as over UDP";
    REFUSED: "a refused UDP port", Assumed, "not read in its source", "as silence, since the socket is not connected; or noticed at once: both are reckoned";
    REMEMBERS: "remembers", Source, "resip/stack/DnsResult.cxx:241, 697, TransactionState.cxx:48", "a target that was silent comes after all others for 32 s, and who has found another stays there; 503 without Retry-After is not remembered";
    REGISTER: "REGISTER and INVITE", Source, "rutil/dns/RRVip.cxx", "go to the last good target alike";
}

decides!();

const CONNECT_TIMEOUT: Setting = Setting {
    name: "TCPConnectTimeout",
    values: &["10000", "0"],
    default: "10000",
    does: "ms until a connection that is not made is given up, and the next target tried; 0: never, as in the library without repro",
};

pub(super) const PROFILE: Profile = Profile {
    name: "resiprocate",
    title: "reSIProcate: repro, sipX and what is built on it",
    version: "read at 68c54f299; not measured",
    sure: Sure::Source,
    traits: TRAITS,
    settings: &[CONNECT_TIMEOUT],
};

const REACTIONS: Reactions = Reactions {
    silent: Course::ends(32, "timer B or F, then 408 to the caller, TransactionState.cxx:2765"),
    silent_stream: Course::next(10, "TCPConnectTimeout, ReproRunner.cxx:614"),
    refused: Course::ends(32, "timer B or F: that ICMP is not heard is assumed"),
    refused_stream: Course::next(0, "a transport failure, TransactionState.cxx:2273"),
    unavailable: Course::ends(0, "503 is handed to the caller, TransactionState.cxx:2749"),
    tls: Course::next(0, "a transport failure, TransactionState.cxx:2273"),
    trying: Course::ends(180, "no failover after a provisional answer; how long it waits is assumed to be timer C"),
    trying_other: Course::ends(32, "no failover after a provisional answer; timer F"),
    also: &[],
    source: "TransactionState.cxx:2273",
};

/// Where ICMP is heard.
const HEARD: Course = Course::next(0, "a transport failure: that ICMP is heard is assumed");

/// Without a timer for the connection.
const NO_TIMEOUT: Course = Course::ends(32, "timer B or F, then 408 to the caller, TransactionState.cxx:2765");

pub(super) fn resiprocate(chosen: &Chosen) -> Stack {
    let reactions = match chosen.value(&CONNECT_TIMEOUT) {
        "0" => Reactions { silent_stream: NO_TIMEOUT, ..REACTIONS },
        _ => REACTIONS,
    };
    let manner = Manner {
        rules: &DECIDES,
        prefers: Some(&[
            Transport::Tls,
            Transport::Tcp,
            Transport::Udp,
            Transport::Sctp,
            Transport::Ws,
            Transport::Wss,
        ]),
        named: Named::ByUri,
        naptr: Some(Naptr {
            order: NaptrOrder::StrictThenOwn,
            unspoken: Unspoken::PassedOver,
            flag: Flag::Ignored,
            taken: NaptrTaken::FirstOrder,
            absent: Absent::Next(Stand::Domain),
            unusable: Unusable::AsNone,
        }),
        srv: SrvAsked::Each,
        root: Stand::Nothing,
        dead_end: Stand::Nothing,
        last_resort: false,
        families: Families::AsHost,
        most_addresses: None,
        draw: Draw::ByWeight(Zeros::ByName),
        caching: Caching::UntilExpiry,
        reactions,
        limits: |_| Limits::default(),
        recall: Some(Recall {
            span: Duration::from_secs(32),
            aside: Aside::Left,
            of: &[Failure::Silent, Failure::Refused, Failure::Tls],
            only: None,
            why: "grey for 32 s, and whoever has found another stays there (TransactionState.cxx:48, RRVip.cxx)",
        }),
        qualify: None,
        registering: Registering {
            expires: Duration::from_secs(3600),
            early: Duration::ZERO,
            refresh: Refresh::Same,
            invites_follow: Some(true),
            why: "whatever answers becomes the first choice of all later requests (RRVip.cxx)",
        },
    };
    let readings = vec![Manner { reactions: Reactions { refused: HEARD, ..reactions }, ..manner.clone() }];
    Stack { profile: &PROFILE, name: chosen.name(), manner, readings }
}
