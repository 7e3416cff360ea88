//! Rules on the URI, on the domain, and on all candidates together.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::model::{
    Answer, Conclusion, Host, Name, Outcome, Rdata, Record, ResolverSpec, Scheme, Subject, Target, Tier, Transport, Ttl,
};

use super::look::{Look, host, uri};
use super::{Hit, listed};

/// Below this a cache hardly helps, in seconds.
const SHORT: u32 = 30;

/// Above this a change takes more than a day, in seconds.
const LONG: u32 = 86_400;

/// The port by custom is that of the other kind.
pub(super) fn l15_uri(look: &Look<'_>) -> Vec<Hit> {
    let hits = look.uris().filter_map(|(_, dialled)| {
        let wanted = dialled.wanted_transport();
        let secure = wanted.map_or(dialled.scheme == Scheme::Sips, Transport::is_secure);
        let what = match (dialled.port, secure, wanted) {
            (Some(5061), false, None) => "port 5061 without a transport: it goes out as UDP, not as TLS".to_owned(),
            (Some(5061), false, Some(over)) => format!("port 5061 is TLS's by custom, and this goes out over {over}"),
            (Some(5060), true, _) => "port 5060 is unencrypted SIP's by custom, and this goes out over TLS".to_owned(),
            _ => return None,
        };
        Some(Hit::new(uri(dialled), what))
    });
    hits.collect()
}

/// A port or an address in the URI: its failover is not used.
pub(super) fn l17(look: &Look<'_>) -> Vec<Hit> {
    let hits = look.uris().filter_map(|(_, dialled)| {
        let what = match (dialled.target(), dialled.port) {
            (Host::Ip(ip), _) => format!("{ip} is an address: the DNS is not asked at all"),
            (Host::Name(name), Some(port)) => format!("port {port} is given: {name} is not asked for NAPTR and SRV"),
            (Host::Name(_), None) => return None,
        };
        Some(Hit::new(uri(dialled), what))
    });
    hits.collect()
}

/// Each domain with its own addresses, where both types were answered: the place of its URI, the name, the
/// addresses, and what was said.
fn owns<'r>(look: &Look<'r>) -> impl Iterator<Item = (usize, &'r Name, Vec<IpAddr>, String)> {
    look.domains().filter_map(|(at, name)| {
        let answers = look.addresses(name)?;
        let mut addresses: Vec<IpAddr> =
            answers.iter().flat_map(|answer| answer.outcome.records()).filter_map(ip).collect();
        addresses.sort_unstable();
        let [a, aaaa] = answers.map(|answer| answer.outcome.said());
        Some((at, name, addresses, format!("A: {a}, AAAA: {aaaa}")))
    })
}

/// The tiers that a URI leads to.
fn tiers_of<'r>(look: &Look<'r>, uri: usize) -> impl Iterator<Item = &'r Tier> {
    look.resolution.tiers.iter().filter(move |tier| tier.uri == uri)
}

/// Neither SRV records nor an address.
pub(super) fn l18_nothing(look: &Look<'_>) -> Vec<Hit> {
    let nowhere = owns(look).filter(|(at, _, addresses, _)| {
        addresses.is_empty() && look.srvs.iter().all(|set| set.uri != *at) && tiers_of(look, *at).next().is_none()
    });
    let what = |said| format!("it has no address ({said}), and no SRV record leads elsewhere");
    nowhere.map(|(_, name, _, said)| Hit::new(host(name), what(said))).collect()
}

/// SRV records, and no address for those who do not ask for them.
pub(super) fn l18_missing(look: &Look<'_>) -> Vec<Hit> {
    let missing = owns(look)
        .filter(|(at, _, addresses, _)| addresses.is_empty() && look.targets().any(|(set, _)| set.uri == *at));
    let what = |said| format!("it has SRV records and no address of its own ({said})");
    missing.map(|(_, name, _, said)| Hit::new(host(name), what(said))).collect()
}

/// Addresses of the domain that no SRV target has.
pub(super) fn l18_elsewhere(look: &Look<'_>) -> Vec<Hit> {
    if !look.is_whole() {
        return Vec::new();
    }
    let hits = owns(look).filter_map(|(at, name, addresses, _)| {
        let by_srv = tiers_of(look, at).next().is_some() && tiers_of(look, at).all(|tier| tier.priority.is_some());
        let used: BTreeSet<IpAddr> = tiers_of(look, at).flat_map(ips).map(|(ip, _)| ip).collect();
        let others = addresses.iter().filter(|ip| !used.contains(ip)).map(ToString::to_string);
        let others: Vec<String> = others.filter(|_| by_srv).collect();
        let what = || format!("its own address {} is none of its SRV targets'", listed(&others));
        (!others.is_empty()).then(|| Hit::new(host(name), what()))
    });
    hits.collect()
}

fn ip(record: &Record) -> Option<IpAddr> {
    match record.rdata {
        Rdata::A(ip) => Some(ip.into()),
        Rdata::Aaaa(ip) => Some(ip.into()),
        _ => None,
    }
}

/// Targets by host, each with its addresses; none where that is not the whole picture, or addresses were
/// dialled, of which L17 says it.
fn servers<'r>(look: &Look<'r>) -> Option<BTreeMap<&'r Host, BTreeSet<IpAddr>>> {
    look.domains().next().filter(|_| look.is_whole() && look.resolution.conclusion == Conclusion::Found)?;
    let mut servers: BTreeMap<&Host, BTreeSet<IpAddr>> = BTreeMap::new();
    for target in look.resolution.tiers.iter().flat_map(|tier| &tier.targets) {
        servers.entry(&target.host).or_default().extend(target.addresses.iter().map(|address| address.ip));
    }
    Some(servers)
}

/// How many servers there can be at most: as many as there are addresses of the more frequent family.
fn most(addresses: &BTreeSet<IpAddr>) -> usize {
    let v4 = addresses.iter().filter(|ip| ip.is_ipv4()).count();
    v4.max(addresses.len() - v4)
}

/// One server for all calls.
pub(super) fn l21_single(look: &Look<'_>) -> Vec<Hit> {
    let Some(servers) = servers(look) else { return Vec::new() };
    let all: BTreeSet<IpAddr> = servers.values().flatten().copied().collect();
    let what = match (servers.len(), most(&all)) {
        (1, 1) => format!("{} is the only target", servers.keys().next().map_or_else(String::new, ToString::to_string)),
        (targets, 1) => format!("{targets} targets have one address between them"),
        _ => return Vec::new(),
    };
    vec![Hit::new(look.subject(), what)]
}

/// No backup tier.
pub(super) fn l21_few(look: &Look<'_>) -> Vec<Hit> {
    let Some(servers) = servers(look) else { return Vec::new() };
    let all: BTreeSet<IpAddr> = servers.values().flatten().copied().collect();
    let what = match (servers.len(), look.resolution.tiers.as_slice()) {
        _ if most(&all) < 2 => return Vec::new(),
        (1, _) => format!("there is one target, with {} addresses", all.len()),
        (_, [only]) => {
            let targets = only.targets.len();
            let priority = only.priority.map_or_else(String::new, |priority| format!(" {priority}"));
            format!("all {targets} targets are of one priority{priority}: there is no backup tier")
        }
        _ => return Vec::new(),
    };
    vec![Hit::new(look.subject(), what)]
}

fn ips(tier: &Tier) -> impl Iterator<Item = (IpAddr, &Target)> {
    tier.targets.iter().flat_map(|target| target.addresses.iter().map(move |address| (address.ip, target)))
}

/// Two targets with one address, over one transport.
pub(super) fn l22_addresses(look: &Look<'_>) -> Vec<Hit> {
    let mut users: BTreeMap<_, BTreeSet<&Host>> = BTreeMap::new();
    for tier in &look.resolution.tiers {
        for (ip, target) in ips(tier) {
            users.entry((ip, tier.transport)).or_default().insert(&target.host);
        }
    }
    let shared = users.into_iter().filter(|(_, hosts)| hosts.len() > 1);
    let hits = shared.map(|((ip, _), hosts)| {
        let hosts: Vec<String> = hosts.into_iter().map(ToString::to_string).collect();
        Hit::new(Subject::Host(Host::Ip(ip)), format!("it is the address of {}", listed(&hosts)))
    });
    hits.collect()
}

/// A backup priority without an address of its own.
pub(super) fn l22_tiers(look: &Look<'_>) -> Vec<Hit> {
    let mut earlier: BTreeMap<_, BTreeSet<IpAddr>> = BTreeMap::new();
    let mut hits = Vec::new();
    for tier in &look.resolution.tiers {
        let known = earlier.entry((tier.uri, tier.transport)).or_default();
        if let Some(priority) =
            tier.priority.filter(|_| !known.is_empty() && ips(tier).all(|(ip, _)| known.contains(&ip)))
        {
            let what = format!("priority {priority} has no address that the priorities before it have not");
            hits.push(Hit::new(Subject::Uri(look.resolution.uri_of(tier).clone()), what));
        }
        known.extend(ips(tier).map(|(ip, _)| ip));
    }
    hits
}

/// Each `RRset` and each alias that was seen, with its least TTL, and whether the zone's own server said so.
fn ttls<'r>(look: &Look<'r>) -> impl Iterator<Item = (Subject, Ttl, bool)> + use<'r> {
    let answers: Vec<&Answer> = look.answers().collect();
    answers.into_iter().flat_map(|answer| {
        let full = matches!(answer.resolver, ResolverSpec::Authoritative(..));
        let least = answer.outcome.records().iter().map(|record| record.ttl).min();
        let own = least.map(|ttl| (Subject::Records(answer.question.clone()), ttl, full));
        own.into_iter().chain(answer.chain.iter().map(move |alias| (host(&alias.owner), alias.ttl, full)))
    })
}

fn short(look: &Look<'_>, wanted: bool) -> Vec<Hit> {
    let low = ttls(look).filter(|(_, ttl, full)| ttl.seconds() < SHORT && *full == wanted);
    let hits = low.map(|(subject, ttl, full)| {
        let what = match (ttl.seconds(), full) {
            (0, true) => "TTL 0: no cache keeps it".to_owned(),
            (seconds, true) => format!("TTL {seconds} s"),
            (seconds, false) => format!("received with {seconds} s left; a cache may have counted it down"),
        };
        Hit::new(subject, what)
    });
    hits.collect()
}

/// The zone's own server gives a TTL that is too low.
pub(super) fn l26_short(look: &Look<'_>) -> Vec<Hit> {
    short(look, true)
}

/// A resolver gives a low TTL, which may be the rest of a longer one.
pub(super) fn l26_shown_short(look: &Look<'_>) -> Vec<Hit> {
    short(look, false)
}

/// A TTL of more than a day.
pub(super) fn l26_long(look: &Look<'_>) -> Vec<Hit> {
    let long = ttls(look).filter(|(_, ttl, _)| ttl.seconds() > LONG);
    long.map(|(subject, ttl, _)| Hit::new(subject, format!("TTL {ttl} s, more than a day"))).collect()
}

/// Aliases that lead back to themselves, or too far.
pub(super) fn l40(look: &Look<'_>) -> Vec<Hit> {
    let steps = look.resolution.steps.iter().filter_map(|step| step.now());
    let loops = steps.filter(|answer| answer.outcome == Outcome::Loop);
    let hits = loops.map(|answer| {
        let chain: Vec<String> = answer.chain.iter().take(3).map(|alias| alias.target.to_string()).collect();
        let what = format!("its aliases come back to themselves, or are too many: {} ...", chain.join(", "));
        Hit::new(Subject::Records(answer.question.clone()), what)
    });
    hits.collect()
}
