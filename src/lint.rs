//! What is wrong with a carrier's setup.
//!
//! A rule is a function from what a walk saw to the places where it is broken, and a line of one table:
//! number, severity, the clause that it rests on, and what the carrier can do. A rule that is worse in one
//! case than in another has a line for each.
//!
//! A rule judges answers alone. The walk asks for what it needs and no more, so a rule says nothing where
//! its records were not asked for, and nothing where the question failed: what was not seen is not wrong.

mod look;
mod naptr;
mod srv;
mod whole;

use crate::model::{Finding, Resolution, Severity, Subject};

use look::Look;
use naptr::{l05, l06_broken, l06_unusable, l07, l08, l09, l11, l14};
use srv::{l01, l02, l03_alone, l03_mixed, l04, l15_srv, l16_odd, l16_zero, l19, l20, l25};
use whole::{
    l15_uri, l17, l18_elsewhere, l18_missing, l18_nothing, l21_few, l21_single, l22_addresses, l22_tiers, l26_long,
    l26_short, l26_shown_short, l40,
};

/// A line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Such as `L04`; the same for all lines of one rule.
    pub number: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What it rests on.
    pub clause: &'static str,
    /// What to do.
    pub advice: &'static str,
    /// Whether it is about the URI that is dialled, and not about the carrier's records.
    pub ours: bool,
    look: fn(&Look<'_>) -> Vec<Hit>,
}

/// A place where a rule is broken, and what was seen there.
struct Hit {
    subject: Subject,
    what: String,
}

impl Hit {
    fn new(subject: Subject, what: impl Into<String>) -> Self {
        Self { subject, what: what.into() }
    }
}

/// Several things in a row, `a, b and c`; of more than four the first three and how many there are.
fn listed(things: &[String]) -> String {
    match things.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, first)) if first.len() < 4 => format!("{} and {last}", first.join(", ")),
        Some(_) => {
            let first: Vec<&str> = things.iter().take(3).map(String::as_str).collect();
            format!("{} and {} more", first.join(", "), things.len() - first.len())
        }
    }
}

const fn rule(
    number: &'static str,
    severity: Severity,
    clause: &'static str,
    advice: &'static str,
    look: fn(&Look<'_>) -> Vec<Hit>,
) -> Rule {
    Rule { number, severity, clause, advice, ours: false, look }
}

/// A rule about what is dialled.
const fn ours(rule: Rule) -> Rule {
    Rule { ours: true, ..rule }
}

use Severity::{Error, Info, Warning};

/// The table.
pub const RULES: &[Rule] = &[
    rule(
        "L01",
        Error,
        "RFC 2782 (Target: must not be an alias), RFC 2181 10.3",
        "Let the SRV record name the host that has the addresses itself.",
        l01,
    ),
    rule(
        "L02",
        Error,
        "RFC 2782 (Target: a domain name)",
        "Give the host a name with an A or AAAA record, and let the SRV record point to that.",
        l02,
    ),
    rule(
        "L03",
        Warning,
        "RFC 2782 (Target: '.' means that there is no service)",
        "Remove the record with target '.', or all others.",
        l03_mixed,
    ),
    rule(
        "L03",
        Info,
        "RFC 2782 (Target: '.' means that there is no service)",
        "Nothing, if the service is off on purpose.",
        l03_alone,
    ),
    rule(
        "L04",
        Error,
        "RFC 2782 (Target: there must be one or more address records)",
        "Add an A or AAAA record for the target, or remove the SRV record.",
        l04,
    ),
    rule(
        "L05",
        Error,
        "RFC 3263 4.1, 4.2 (the replacement is looked up as SRV)",
        "Add SRV records at the replacement, or remove the NAPTR record.",
        l05,
    ),
    rule(
        "L06",
        Error,
        "RFC 3403 4.1 (regexp and replacement exclude each other, and one must be there)",
        "Keep the replacement, and leave the regexp empty.",
        l06_broken,
    ),
    rule(
        "L06",
        Warning,
        "RFC 3263 4.1 (flag 's', an empty regexp, a replacement)",
        "Use flag \"s\" with an empty regexp and the SRV name as replacement; many stacks skip other forms.",
        l06_unusable,
    ),
    rule(
        "L07",
        Warning,
        "RFC 3403 4.1 (order and preference say which comes first)",
        "Give each service an order or a preference of its own.",
        l07,
    ),
    rule("L08", Warning, "RFC 3263 4.1", "Give the SIPS services a lower order than the SIP services.", l08),
    rule(
        "L09",
        Warning,
        "RFC 3263 4.1 (there is no TLS over UDP)",
        "Remove it: a sips: URI cannot be served over UDP.",
        l09,
    ),
    rule(
        "L11",
        Error,
        "RFC 3263 4.1, 4.2 (the SRV name says protocol and transport)",
        "Let the replacement name the SRV records of the same protocol and transport as the service.",
        l11,
    ),
    rule(
        "L14",
        Warning,
        "RFC 3263 4.1, 4.2 (SIP+D2U, SIP+D2T, SIPS+D2T; _sip._udp, _sip._tcp, _sips._tcp), RFC 4168 5, RFC 7118 5",
        "TLS over TCP is service SIPS+D2T at _sips._tcp; use a service that the standards name.",
        l14,
    ),
    rule(
        "L15",
        Warning,
        "RFC 3261 19.1.2 (5060, and 5061 for TLS)",
        "Check whether the port speaks TLS or not: what is expected there by custom is the opposite.",
        l15_srv,
    ),
    ours(rule(
        "L15",
        Warning,
        "RFC 3263 4.1 (a port without a transport is UDP for sip:, TLS for sips:), RFC 3261 19.1.2",
        "Say which transport is meant: sips:, or a transport= parameter, or leave out the port.",
        l15_uri,
    )),
    rule("L16", Warning, "RFC 2782 (Port)", "Give the port that the service listens on.", l16_zero),
    rule(
        "L16",
        Info,
        "RFC 3261 19.1.2 (5060, 5061), RFC 7118 5 (80, 443)",
        "Nothing, if it is meant; firewalls must let this port through.",
        l16_odd,
    ),
    ours(rule(
        "L17",
        Warning,
        "RFC 3263 4.1, 4.2 (with a port or an address there is no NAPTR and no SRV)",
        "Dial the bare domain, if the carrier publishes SRV records: else none of its failover is used.",
        l17,
    )),
    rule(
        "L18",
        Error,
        "RFC 3263 4.2",
        "Publish SRV records for the domain, or an A or AAAA record; or dial the right domain.",
        l18_nothing,
    ),
    rule(
        "L18",
        Warning,
        "RFC 3263 4.2 (clients without SRV use the domain's own addresses)",
        "Let the domain's addresses lead to the same servers as its SRV records, or remove them.",
        l18_elsewhere,
    ),
    rule(
        "L18",
        Info,
        "RFC 3263 4.2 (clients without SRV use the domain's own addresses)",
        "Add an A or AAAA record for the domain, if clients without SRV are to be served.",
        l18_missing,
    ),
    rule(
        "L19",
        Warning,
        "RFC 2782 (Weight: 0 has a very small chance, not none)",
        "To keep calls away from a target, give it a higher priority number or remove it.",
        l19,
    ),
    rule(
        "L20",
        Info,
        "RFC 2782 (Weight)",
        "Nothing, if it is meant: weights only decide among records of one priority.",
        l20,
    ),
    rule(
        "L21",
        Warning,
        "RFC 2782 (Priority), RFC 3263 4.3",
        "Publish a second target at another site: when this one dies there is nowhere to go.",
        l21_single,
    ),
    rule(
        "L21",
        Info,
        "RFC 2782 (Priority), RFC 3263 4.3",
        "Consider a backup tier: records of a higher priority number, at another site.",
        l21_few,
    ),
    rule(
        "L22",
        Warning,
        "RFC 2782 (Priority), RFC 3263 4.3",
        "Give each target an address of its own: what shares one dies together.",
        l22_addresses,
    ),
    rule(
        "L22",
        Warning,
        "RFC 2782 (Priority), RFC 3263 4.3",
        "Let the backup priority lead to other servers than those that it is the backup of.",
        l22_tiers,
    ),
    rule("L25", Warning, "RFC 2181 5", "Keep one record for each target and port.", l25),
    rule(
        "L26",
        Warning,
        "RFC 1035 3.2.1 (TTL), RFC 2308",
        "Raise the TTL to 60 s or more: now each call may have to wait for the DNS.",
        l26_short,
    ),
    rule(
        "L26",
        Info,
        "RFC 1035 3.2.1 (a cache counts a TTL down)",
        "Ask the zone's own server (auth://HOST) for the full TTL; if it is as low there, raise it to 60 s or more.",
        l26_shown_short,
    ),
    rule(
        "L26",
        Warning,
        "RFC 1035 3.2.1 (TTL)",
        "Lower the TTL to an hour or less: until it ends, no change reaches those who have the old answer.",
        l26_long,
    ),
    rule(
        "L40",
        Error,
        "RFC 1034 3.6.2 (a loop of aliases is an error)",
        "Break the chain of CNAME or DNAME records: it comes back to itself, or is too long to be followed.",
        l40,
    ),
];

/// What is wrong with what a walk saw: the worst first, then by rule and place.
pub fn lint(resolution: &Resolution) -> Vec<Finding> {
    let look = Look::of(resolution);
    let mut findings: Vec<Finding> = Vec::new();
    for rule in RULES {
        findings.extend((rule.look)(&look).into_iter().map(|Hit { subject, what }| Finding {
            severity: rule.severity,
            rule: rule.number,
            subject,
            what,
            ours: rule.ours,
            clause: rule.clause,
            advice: rule.advice,
        }));
    }
    findings.sort();
    findings.dedup();
    findings
}
