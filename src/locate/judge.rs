//! Which records of an answer can be used, and why others cannot.

use std::collections::BTreeSet;

use crate::model::{Naptr, Rdata, Record, Rule, Scheme, Taken, Transport};

use super::rfc3263::rules;

/// Judges the records of an answer one by one. A set holds each of them once, so the same again is not taken.
pub(super) fn judged(records: &[Record], mut judge: impl FnMut(&Rdata) -> Taken) -> Vec<Taken> {
    let mut seen = BTreeSet::new();
    let again = || not_taken(&rules::DUPLICATE, "the same record again: a set holds it once");
    records.iter().map(|record| if seen.insert(&record.rdata) { judge(&record.rdata) } else { again() }).collect()
}

/// The records that are taken.
pub(super) fn kept<'r>(records: &'r [Record], taken: &[Taken]) -> impl Iterator<Item = &'r Rdata> {
    records.iter().zip(taken).filter(|(_, taken)| **taken == Taken::Yes).map(|(record, _)| &record.rdata)
}

pub(super) fn not_taken(rule: &'static Rule, why: impl Into<String>) -> Taken {
    Taken::No { why: why.into(), rule }
}

/// A NAPTR record with the transport that its service names.
pub(super) fn spoken(rdata: &Rdata) -> Option<(Naptr, Transport)> {
    let naptr = rdata.naptr()?;
    Some((naptr.clone(), naptr.sip_service()?.transport))
}

/// Whether a NAPTR record is one of SIP's that leads to SRV records, whatever its transport.
pub(super) fn naptr(rdata: &Rdata, scheme: Scheme) -> Taken {
    let Some(naptr) = rdata.naptr() else {
        return not_taken(&rules::NAPTR_SERVICE, "not a NAPTR record");
    };
    let Some(service) = naptr.sip_service() else {
        return not_taken(&rules::NAPTR_SERVICE, format!("service '{}' is not SIP", naptr.service));
    };
    if !naptr.flags.as_str().eq_ignore_ascii_case("s") {
        return not_taken(&rules::NAPTR_FLAG, format!("flag '{}' is not 's'", naptr.flags));
    }
    if !naptr.regexp.is_empty() {
        return not_taken(&rules::NAPTR_REGEXP, "it has a regexp, and SIP uses replacements");
    }
    if naptr.replacement.is_root() {
        return not_taken(&rules::NAPTR_REPLACEMENT, "it has no replacement");
    }
    if scheme == Scheme::Sips && !service.secure {
        return not_taken(&rules::NAPTR_SIPS, "a sips: URI needs an encrypted transport");
    }
    Taken::Yes
}

/// The same, where its transport is one of these.
pub(super) fn naptr_spoken(rdata: &Rdata, allowed: &[Transport], scheme: Scheme) -> Taken {
    match (naptr(rdata, scheme), spoken(rdata)) {
        (Taken::Yes, Some((_, transport))) if !allowed.contains(&transport) => {
            not_taken(&rules::NAPTR_UNSPOKEN, format!("{transport} is not spoken here"))
        }
        (judged, _) => judged,
    }
}

/// Whether an SRV record can be tried; `denied` where '.' is all that its set says.
pub(super) fn srv(rdata: &Rdata, denied: bool) -> Taken {
    match rdata.srv() {
        None => not_taken(&rules::SRV_UNUSABLE, "not an SRV record"),
        Some(srv) if srv.target.is_root() => {
            let rule = if denied { &rules::SRV_ROOT } else { &rules::SRV_ROOT_MIXED };
            not_taken(rule, "target '.': no service here")
        }
        Some(srv) if srv.port == 0 => not_taken(&rules::SRV_PORT_ZERO, "port 0: nothing can be sent there"),
        Some(_) => Taken::Yes,
    }
}

/// Whether an address record is one.
pub(super) fn address(rdata: &Rdata) -> Taken {
    rdata.ip().map_or_else(|| not_taken(&rules::ADDRESS_BOTH, "not an address"), |_| Taken::Yes)
}
