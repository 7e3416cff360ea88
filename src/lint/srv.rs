//! Rules on SRV records and their targets.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::model::{Name, RecordType, Srv};

use super::look::{Look, SrvSet, host};
use super::{Hit, listed};

/// The hosts that SRV records name, each once.
fn hosts<'r>(look: &Look<'r>) -> BTreeSet<&'r Name> {
    look.targets().map(|(_, srv)| &srv.target).collect()
}

/// A set's records by priority.
fn tiers<'r>(set: &SrvSet<'r>) -> BTreeMap<u16, Vec<&'r Srv>> {
    let mut tiers: BTreeMap<u16, Vec<&Srv>> = BTreeMap::new();
    for srv in set.records.iter().filter(|srv| !srv.target.is_root()) {
        tiers.entry(srv.priority).or_default().push(srv);
    }
    tiers
}

/// A target is an alias.
pub(super) fn l01(look: &Look<'_>) -> Vec<Hit> {
    let hits = hosts(look).into_iter().filter_map(|name| {
        let mut answers = [RecordType::A, RecordType::Aaaa].into_iter().filter_map(|rtype| look.answer(name, rtype));
        let alias = answers.find_map(|answer| answer.chain.first().filter(|alias| alias.owner == *name))?;
        Some(Hit::new(host(name), format!("an SRV record names it, and it is an alias of {}", alias.target)))
    });
    hits.collect()
}

/// Whether a name is an address written as a name: no top-level domain is a number (RFC 3696 2).
fn is_literal(name: &Name) -> bool {
    let last = name.as_str().rsplit('.').next().unwrap_or_default();
    name.as_str().parse::<IpAddr>().is_ok() || !last.is_empty() && last.bytes().all(|octet| octet.is_ascii_digit())
}

/// A target is an address.
pub(super) fn l02(look: &Look<'_>) -> Vec<Hit> {
    let literals = look.targets().filter(|(_, srv)| is_literal(&srv.target));
    literals
        .map(|(set, srv)| Hit::new(set.subject(), format!("target {} is an address, not a name", srv.target)))
        .collect()
}

fn refusals(set: &SrvSet<'_>) -> usize {
    set.records.iter().filter(|srv| srv.target.is_root()).count()
}

/// `.` beside other targets.
pub(super) fn l03_mixed(look: &Look<'_>) -> Vec<Hit> {
    let mixed = look.srvs.iter().filter(|set| (1..set.records.len()).contains(&refusals(set)));
    mixed.map(|set| Hit::new(set.subject(), "target '.' (no service) stands beside real targets")).collect()
}

/// `.` and nothing else.
pub(super) fn l03_alone(look: &Look<'_>) -> Vec<Hit> {
    let refused = look.srvs.iter().filter(|set| refusals(set) == set.records.len());
    refused
        .map(|set| Hit::new(set.subject(), "the only target is '.': the domain says that there is no such service"))
        .collect()
}

/// A target has no address.
pub(super) fn l04(look: &Look<'_>) -> Vec<Hit> {
    let named = hosts(look).into_iter().filter(|name| !is_literal(name));
    let hits = named.filter_map(|name| {
        let [a, aaaa] = look.addresses(name)?;
        let none = a.outcome.records().is_empty() && aaaa.outcome.records().is_empty();
        let what = || {
            format!(
                "an SRV record names it, and it has no address (A: {}, AAAA: {})",
                a.outcome.said(),
                aaaa.outcome.said()
            )
        };
        none.then(|| Hit::new(host(name), what()))
    });
    hits.collect()
}

/// The port by custom is that of the other kind.
pub(super) fn l15_srv(look: &Look<'_>) -> Vec<Hit> {
    let hits = look.targets().filter_map(|(set, srv)| {
        let (custom, is) = match (set.protocol(), srv.port) {
            ("_sips", 5060) => ("TLS", "unencrypted SIP"),
            ("_sip", 5061) => ("unencrypted SIP", "TLS"),
            _ => return None,
        };
        let what = format!("{} is for {custom} on port {}, which is {is}'s by custom", srv.target, srv.port);
        Some(Hit::new(set.subject(), what))
    });
    hits.collect()
}

/// Port 0.
pub(super) fn l16_zero(look: &Look<'_>) -> Vec<Hit> {
    let zero = look.targets().filter(|(_, srv)| srv.port == 0);
    zero.map(|(set, srv)| Hit::new(set.subject(), format!("{} has port 0, where nothing can listen", srv.target)))
        .collect()
}

/// Ports that SIP does not use by custom.
pub(super) fn l16_odd(look: &Look<'_>) -> Vec<Hit> {
    let hits = look.srvs.iter().filter_map(|set| {
        let web = set.question.name.as_str().split('.').nth(1) == Some("_ws");
        let custom = |port| matches!(port, 0 | 5060 | 5061) || web && matches!(port, 80 | 443);
        let odd = set.records.iter().filter(|srv| !srv.target.is_root() && !custom(srv.port));
        let odd: Vec<String> = odd.map(|srv| format!("{} has port {}", srv.target, srv.port)).collect();
        (!odd.is_empty()).then(|| Hit::new(set.subject(), listed(&odd)))
    });
    hits.collect()
}

/// Weight 0 beside others.
pub(super) fn l19(look: &Look<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for set in &look.srvs {
        for (priority, tier) in tiers(set) {
            let zeros: Vec<&Srv> = tier.iter().copied().filter(|srv| srv.weight == 0).collect();
            if zeros.len() < tier.len() {
                hits.extend(zeros.iter().map(|srv| {
                    let what = format!("{} has weight 0 in priority {priority}, beside others with more", srv.target);
                    Hit::new(set.subject(), what)
                }));
            }
        }
    }
    hits
}

/// Weights that decide nothing.
pub(super) fn l20(look: &Look<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for set in &look.srvs {
        for (priority, tier) in tiers(set) {
            let what = match tier.as_slice() {
                [only] if only.weight > 0 => {
                    format!("weight {} decides nothing: {} is alone in priority {priority}", only.weight, only.target)
                }
                [_] => continue,
                all if all.iter().all(|srv| srv.weight == 0) => {
                    format!("all {} weights of priority {priority} are 0: engines differ in how they share", all.len())
                }
                _ => continue,
            };
            hits.push(Hit::new(set.subject(), what));
        }
    }
    hits
}

/// The same target and port more than once.
pub(super) fn l25(look: &Look<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for set in &look.srvs {
        let mut times: BTreeMap<(&Name, u16), usize> = BTreeMap::new();
        for srv in set.records.iter().filter(|srv| !srv.target.is_root()) {
            *times.entry((&srv.target, srv.port)).or_default() += 1;
        }
        let twice = times.into_iter().filter(|(_, times)| *times > 1);
        hits.extend(twice.map(|((target, port), times)| {
            Hit::new(set.subject(), format!("{target} port {port} is listed {times} times"))
        }));
    }
    hits
}
