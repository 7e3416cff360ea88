//! Rules on NAPTR records.

use std::collections::BTreeMap;

use crate::model::{Name, Naptr, RecordType, Subject};

use super::Hit;
use super::look::{Look, SeenNaptr};

fn hit(seen: &SeenNaptr<'_>, what: String) -> Hit {
    Hit::new(Subject::Records(seen.question.clone()), what)
}

/// How a record is named among others.
fn named(naptr: &Naptr) -> String {
    format!("{} {} {}", naptr.order, naptr.preference, naptr.service)
}

/// The records whose service is one of SIP's.
fn of_sip<'l, 'r>(look: &'l Look<'r>) -> impl Iterator<Item = &'l SeenNaptr<'r>> {
    look.naptrs.iter().filter(|seen| seen.naptr.sip_service().is_some())
}

/// Protocol and transport of an SRV owner name, such as `_sips` and `_tcp`.
fn labels(name: &Name) -> Option<(&str, &str)> {
    let mut labels = name.as_str().split('.');
    let both = (labels.next()?, labels.next()?);
    (both.0.starts_with('_') && both.1.starts_with('_')).then_some(both)
}

/// A record leads to an SRV name that does not exist, or has no SRV records.
pub(super) fn l05(look: &Look<'_>) -> Vec<Hit> {
    let leads = look.naptrs.iter().filter(|seen| seen.taken);
    let hits = leads.filter_map(|seen| {
        let answer = look.answer(&seen.naptr.replacement, RecordType::Srv)?;
        let (said, naptr) = (answer.outcome.said(), seen.naptr);
        let what = || format!("{} leads to {}, which has no SRV record ({said})", named(naptr), naptr.replacement);
        answer.outcome.records().is_empty().then(|| hit(seen, what()))
    });
    hits.collect()
}

/// Both a regexp and a replacement, or neither.
pub(super) fn l06_broken(look: &Look<'_>) -> Vec<Hit> {
    let hits = of_sip(look).filter_map(|seen| {
        let what = match (seen.naptr.regexp.is_empty(), seen.naptr.replacement.is_root()) {
            (false, false) => "has both a regexp and a replacement",
            (true, true) => "has neither a regexp nor a replacement",
            _ => return None,
        };
        Some(hit(seen, format!("{} {what}", named(seen.naptr))))
    });
    hits.collect()
}

/// A flag other than `s`, or a regexp in place of the replacement.
pub(super) fn l06_unusable(look: &Look<'_>) -> Vec<Hit> {
    let hits = of_sip(look).filter_map(|seen| {
        let naptr = seen.naptr;
        if !naptr.flags.as_str().eq_ignore_ascii_case("s") {
            return Some(hit(seen, format!("{} has flag \"{}\", not \"s\"", named(naptr), naptr.flags)));
        }
        let by_regexp = !naptr.regexp.is_empty() && naptr.replacement.is_root();
        by_regexp.then(|| hit(seen, format!("{} has a regexp in place of a replacement", named(naptr))))
    });
    hits.collect()
}

/// Two services with the same order and preference.
pub(super) fn l07(look: &Look<'_>) -> Vec<Hit> {
    let mut places: BTreeMap<_, (&SeenNaptr<'_>, Vec<String>)> = BTreeMap::new();
    for seen in of_sip(look) {
        let place = (seen.question, seen.naptr.order, seen.naptr.preference);
        let services = &mut places.entry(place).or_insert_with(|| (seen, Vec::new())).1;
        let service = seen.naptr.service.as_str().to_ascii_uppercase();
        if !services.contains(&service) {
            services.push(service);
        }
    }
    let shared = places.into_iter().filter(|(_, (_, services))| services.len() > 1);
    let hits = shared.map(|((_, order, preference), (seen, mut services))| {
        services.sort();
        hit(seen, format!("{} share order {order} and preference {preference}", services.join(" and ")))
    });
    hits.collect()
}

/// An unencrypted service comes before the encrypted ones.
pub(super) fn l08(look: &Look<'_>) -> Vec<Hit> {
    let first = |secure: bool| {
        let of_kind = of_sip(look).filter(|seen| seen.naptr.sip_service().is_some_and(|s| s.secure == secure));
        of_kind.min_by_key(|seen| seen.naptr)
    };
    let (Some(secure), Some(plain)) = (first(true), first(false)) else { return Vec::new() };
    let place = |seen: &SeenNaptr<'_>| (seen.naptr.order, seen.naptr.preference);
    if place(plain) >= place(secure) {
        return Vec::new();
    }
    vec![hit(plain, format!("{} comes before {}", named(plain.naptr), named(secure.naptr)))]
}

/// SIPS over UDP.
pub(super) fn l09(look: &Look<'_>) -> Vec<Hit> {
    let over_udp = look.naptrs.iter().filter(|seen| {
        seen.naptr.service.as_str().eq_ignore_ascii_case("SIPS+D2U")
            || labels(&seen.naptr.replacement) == Some(("_sips", "_udp"))
    });
    over_udp
        .map(|seen| hit(seen, format!("{} -> {} is SIPS over UDP", named(seen.naptr), seen.naptr.replacement)))
        .collect()
}

/// The replacement names another protocol or transport than the service.
pub(super) fn l11(look: &Look<'_>) -> Vec<Hit> {
    let hits = of_sip(look).filter_map(|seen| {
        let home = seen.naptr.sip_service()?.transport.srv_labels();
        let (protocol, over) = labels(&seen.naptr.replacement).filter(|&(_, over)| over != "_tls")?;
        let there = format!("{protocol}.{over}");
        (there != home).then(|| hit(seen, format!("{} leads to {there}, not {home}", named(seen.naptr))))
    });
    hits.collect()
}

/// A service that looks like one of SIP's and is none, or an SRV name for TLS that no standard knows.
pub(super) fn l14(look: &Look<'_>) -> Vec<Hit> {
    let hits = look.naptrs.iter().filter_map(|seen| {
        let service = seen.naptr.service.as_str().to_ascii_uppercase();
        let like_sip =
            service == "SIP" || service == "SIPS" || service.starts_with("SIP+") || service.starts_with("SIPS+");
        if like_sip && seen.naptr.sip_service().is_none() && service != "SIPS+D2U" {
            return Some(hit(seen, format!("{}: no standard knows this service", named(seen.naptr))));
        }
        let (protocol, over) = labels(&seen.naptr.replacement)?;
        let unknown = matches!((protocol, over), ("_sip" | "_sips", "_tls"));
        unknown.then(|| {
            hit(seen, format!("{} leads to {protocol}.{over}, which no client asks for by itself", named(seen.naptr)))
        })
    });
    hits.collect()
}
