//! What the reference does, field by field.

use std::time::Duration;

use crate::locate::engine::{Refresh, Registering};
use crate::locate::profile::{Profile, Setting, Sure, Trait};

const fn rfc(what: &'static str, does: &'static str, source: &'static str) -> Trait {
    Trait { what, does, sure: Sure::Source, source }
}

pub(super) const ALL: &str = "all";
pub(super) const YES: &str = "yes";

/// Whether records of later NAPTR orders are fallbacks.
pub(super) const NAPTR_ORDERS: Setting = Setting {
    name: "naptr_orders",
    values: &["first", ALL],
    default: "first",
    does: "all: where no record of an order has SRV records, the next order is considered (some stacks do; RFC 3403 4.1 forbids it)",
};

/// Whether `_sips._tcp` is asked for a sip: URI.
pub(super) const ASK_SIPS: Setting = Setting {
    name: "ask_sips",
    values: &[YES, "no"],
    default: YES,
    does: "no: without NAPTR, a sip: URI asks for _sip alone, as RFC 3263 4.1 has it, and a failure of _sips stops nothing",
};

pub(super) const PROFILE: Profile = Profile {
    name: "rfc3263",
    title: "the reference: RFC 3263 as it is written",
    version: "RFC 3263, 2782, 3403, 3261, 7984",
    sure: Sure::Source,
    traits: &[
        rfc(
            "NAPTR",
            "asked for a sip: or sips: domain without port and transport; lowest usable order only",
            "RFC 3263 4.1, RFC 3403 4.1",
        ),
        rfc(
            "without NAPTR",
            "SRV for each transport spoken, _sips too, in preference; the first that exists is used",
            "RFC 3263 4.1",
        ),
        rfc("without SRV", "A and AAAA of the domain, on the default port of the transport", "RFC 3263 4.2"),
        rfc("a port in the URI", "A and AAAA only", "RFC 3263 4.2"),
        rfc(
            "within a priority",
            "a draw from 0 to the sum of weights inclusive, averaged over the orders of the list",
            "RFC 2782",
        ),
        rfc("weight 0 beside others", "1 in z (S + 1) each, of z zeros and a sum of S", "RFC 2782"),
        rfc("it chooses", "anew for each request outside a dialog", "RFC 3263 4"),
        rfc(
            "goes on at",
            "503, a transport error, silence; another final answer is final, and so is silence after a 100",
            "RFC 3263 4.3",
        ),
        rfc("a silent UDP target", "32 s: timer B or F", "RFC 3261 17.1"),
        Trait {
            what: "a silent TCP or TLS target",
            does: "32 s: timer B or F runs from before the connection is made",
            sure: Sure::Assumed,
            source: "RFC 3261 17.1 names no connect timeout",
        },
        rfc("remembers", "nothing: the next request draws again with the same chances", "RFC 3263 4.3"),
        rfc("REGISTER and INVITE", "choose independently", "RFC 3263 4"),
        rfc("a lookup that fails", "an answer is used until its TTL ends; then the request fails", "RFC 1035 3.2.1"),
    ],
    settings: &[NAPTR_ORDERS, ASK_SIPS],
};

/// RFC 3261 10.2.4 has the client refresh before the end, and leaves open how long before; 3600 s is what its
/// examples ask for. A refresh is a request of its own (RFC 3263 4).
pub(super) const REGISTERING: Registering = Registering {
    expires: Duration::from_secs(3600),
    early: Duration::ZERO,
    refresh: Refresh::Drawn,
    invites_follow: Some(false),
    why: "each REGISTER and each INVITE is located on its own (RFC 3263 4)",
};
