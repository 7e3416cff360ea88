//! What two cases have in common when names, TTLs and the addresses themselves are put aside.
//!
//! A case that only renames another shows nothing new, and a table of such cases is long without being
//! large. So each dial gets a *likeness*: the shape of the zone as seen from the URI, the URI, the options, what
//! came of it, and the rules that decided. Two dials with one likeness show the same.
//!
//! The shape of a zone is found by refinement: a name is first known by nothing, then by its records,
//! then by its records and what the names in them are known by, and so on, as far as a walk can go. Numbers
//! that only order records (order, preference, priority) count by their place among those of their RRset;
//! weights, which make shares, and ports count as they are.

use std::collections::{BTreeMap, BTreeSet};

use trunktop::model::{Conclusion, Host, Resolution, SipUri};

use super::case::{Case, Expected};
use super::run;
use crate::zone;

/// NAPTR, SRV, aliases before and after each, addresses: no name of a case is further from its URI.
const FAR: usize = 8;

/// What a dial shows.
pub(super) fn of(case: &Case, expected: &Expected, resolution: &Resolution) -> String {
    let shape = Shape::of(case);
    let uris: Vec<String> = expected.dial.uris().map(|uri| shape.uri(uri)).collect();
    let options: BTreeSet<&str> = expected.line.split_whitespace().skip(1).filter(|word| is_option(word)).collect();
    let rules = run::rules(resolution);
    format!("{uris:?} {options:?} {rules:?} {}", shape.outcome(expected, resolution))
}

fn is_option(word: &str) -> bool {
    word.split_once('=').is_some_and(|(key, _)| !key.contains([':', '.']) && key != "proxy")
}

/// What each name of a zone is known by.
struct Shape(BTreeMap<String, String>);

impl Shape {
    fn of(case: &Case) -> Self {
        let lines: Vec<Vec<String>> = case.lines.iter().map(|line| zone::words(line)).collect();
        let mut known = Self(BTreeMap::new());
        for _ in 0..FAR {
            known = known.refined(&lines);
        }
        known
    }

    /// One step further: each name by its records, and by what their names were known by.
    fn refined(&self, lines: &[Vec<String>]) -> Self {
        let mut records: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for words in lines {
            let (labels, host) = split(&words[0]);
            let alike = |other: &&Vec<String>| other[0] == words[0] && other.get(2) == words.get(2);
            let set: Vec<&Vec<String>> = lines.iter().filter(alike).collect();
            // A TTL with its top bit set is read as none (RFC 2181 8).
            let ttl = if words[1].parse::<u32>().is_ok_and(|ttl| ttl > i32::MAX.unsigned_abs()) { "none" } else { "" };
            records.entry(host).or_default().push(format!("{labels} {ttl} {}", self.record(words, &set)));
        }
        for known in records.values_mut() {
            known.sort();
        }
        // Long descriptions would grow by a power with each step: a digest stands for them.
        Self(records.into_iter().map(|(host, known)| (host, digest(&known.join("; ")))).collect())
    }

    fn record(&self, words: &[String], set: &[&Vec<String>]) -> String {
        let place = |field: usize| {
            let number = |words: &[String]| words.get(field).and_then(|word| word.parse::<u16>().ok());
            let lower: BTreeSet<_> = set.iter().map(|other| number(other)).filter(|n| *n < number(words)).collect();
            lower.len()
        };
        match words {
            [_, rtype, failure] => format!("{rtype} {failure}"),
            [_, _, rtype, _] if rtype == "A" || rtype == "AAAA" => rtype.clone(),
            [_, _, rtype, target] => format!("{rtype} {}", self.name(target)),
            [_, _, rtype, _, weight, port, target] => {
                format!("{rtype} {} {weight} {port} {}", place(3), self.name(target))
            }
            [owner, _, rtype, _, _, flags, service, regexp, target] => {
                let within = split(target).1.ends_with(&split(owner).1);
                let numbers = (place(3), place(4));
                format!("{rtype} {numbers:?} {flags} {service} {} {within} {}", regexp.is_empty(), self.name(target))
            }
            _ => words.join(" "),
        }
    }

    fn name(&self, name: &str) -> String {
        let (labels, host) = split(name);
        format!("{labels}<{}>", self.0.get(&host).map_or("nothing", String::as_str))
    }

    fn host(&self, host: &Host) -> String {
        match host {
            Host::Ip(ip) if ip.is_ipv6() => "v6".to_owned(),
            Host::Ip(_) => "v4".to_owned(),
            Host::Name(name) => self.name(name.as_str()),
        }
    }

    fn uri(&self, uri: &SipUri) -> String {
        let maddr = uri.maddr.as_ref().map(|host| self.host(host));
        format!("{} {} {:?} {:?} {maddr:?}", uri.scheme, self.host(&uri.host), uri.port, uri.transport)
    }

    fn outcome(&self, expected: &Expected, resolution: &Resolution) -> String {
        let with_ttl = expected.outcome.iter().any(|line| line.contains(" ttl="));
        let steps: Vec<String> = resolution
            .steps
            .iter()
            .map(|step| {
                let came = step.now().map_or("not asked", |answer| answer.outcome.word());
                format!("{} {} {came}", step.question.rtype, self.name(step.question.name.as_str()))
            })
            .collect();
        let candidates: Vec<String> = resolution
            .candidates()
            .map(|candidate| {
                let (at, ttl) = (candidate.endpoint(), candidate.address.ttl.filter(|_| with_ttl));
                let family = if at.at.is_ipv6() { "v6" } else { "v4" };
                let (share, target) = (candidate.first().0, self.host(&candidate.target.host));
                format!("{} {share:.9} {} {family} {} {target} {ttl:?}", candidate.rank, at.transport, at.at.port())
            })
            .collect();
        let end = match &resolution.conclusion {
            Conclusion::Found => "found".to_owned(),
            Conclusion::Nowhere(_) => "nowhere".to_owned(),
            Conclusion::DnsFailed { question, answer } => {
                format!("{} {} {}", question.rtype, self.name(question.name.as_str()), answer.outcome.said())
            }
        };
        format!("{end} {candidates:?} {steps:?}")
    }
}

/// The labels in front that are no host's (`_sip._udp`, `*`), and the host, as it is compared.
fn split(name: &str) -> (String, String) {
    let name = name.to_ascii_lowercase();
    let mut labels: Vec<&str> = name.trim_end_matches('.').split('.').collect();
    let hosts_first = labels.iter().position(|label| !label.starts_with(['_', '*'])).unwrap_or(labels.len());
    let host = labels.split_off(hosts_first).join(".");
    (labels.join("."), host)
}

/// A short name for a long description (FNV-1a, 64 bits).
fn digest(text: &str) -> String {
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}
