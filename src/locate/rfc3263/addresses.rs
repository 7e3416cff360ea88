//! RFC 3263 4.2 and RFC 7984: the addresses of a host.

use std::net::IpAddr;
use std::sync::Arc;

use crate::model::{
    Address, AddressOrder, Answer, Host, Name, Outcome, Question, Rdata, RecordType, Rule, Tier, Transport,
};

use super::{Ended, Found, Path, Stop, Walker, judge, judged, kept, rules};

/// The addresses of a host.
pub(super) struct Addresses {
    /// In the order they are tried.
    pub found: Vec<Address>,
    /// A question that failed, so that there may be more.
    pub failed: Option<(Question, Arc<Answer>)>,
    /// Whether there may be more because a question is still to be asked.
    pub wanted: bool,
}

impl Walker<'_, '_> {
    /// The domain's own addresses, on the given port or the transport's default, by this rule.
    pub(super) fn by_address(
        &mut self,
        name: &Name,
        transport: Transport,
        rule: &'static Rule,
        path: Path,
    ) -> Ended<Vec<Tier>> {
        let mut applied = vec![rule, &rules::ADDRESS_BOTH];
        if rule == &rules::SRV_ABSENT {
            applied.insert(0, &rules::DOMAIN_ADDRESS);
        }
        let addresses = self.addresses(name, path, &applied);
        match (addresses.found.is_empty(), addresses.failed) {
            (false, _) => Ok(vec![self.plain(Host::Name(name.clone()), transport, addresses.found)]),
            (true, _) if addresses.wanted => Ok(Vec::new()),
            (true, Some((question, answer))) => Err(Stop::Failed(question, answer)),
            (true, None) if rule == &rules::URI_PORT => {
                Err(self.nowhere(&rules::NO_RECORDS, format!("{name} has no address")))
            }
            (true, None) => {
                Err(self.nowhere(&rules::NO_RECORDS, format!("{name} has neither SRV records nor an address")))
            }
        }
    }

    /// The addresses of a host: A and AAAA both, in the host's order of families.
    pub(super) fn addresses(&mut self, host: &Name, path: Path, applied: &[&'static Rule]) -> Addresses {
        let order = self.dial.addresses;
        let families = match order {
            AddressOrder::V6First | AddressOrder::AsReceived => [RecordType::Aaaa, RecordType::A],
            AddressOrder::V4First => [RecordType::A, RecordType::Aaaa],
        };
        let questions = families.map(|rtype| Question::new(host.clone(), rtype));
        let read = questions.each_ref().map(|question| self.book.read(question));
        let both = read.iter().all(|found| found.records().is_some());
        let none = read.iter().all(|found| matches!(found, Found::Answer(_)) && found.records().is_none());
        let mut addresses = Addresses { found: Vec::new(), failed: None, wanted: false };
        for (question, found) in questions.into_iter().zip(read) {
            // Two records of one priority may share a target; the question is read twice, noted once.
            let noted = self.book.has(&question);
            match found {
                Found::Wanted => addresses.wanted = true,
                Found::Failed(answer) => {
                    if !noted {
                        let consequence = "nobody knows whether the host has such addresses";
                        self.note_failed(&question, &answer, &rules::FAILED_ADDRESS, consequence);
                    }
                    addresses.failed = Some((question, answer));
                }
                Found::Answer(answer) => {
                    let path = path.by(&answer);
                    let records = answer.outcome.records();
                    let taken = judged(records, judge::address);
                    let mut ips: Vec<IpAddr> = kept(records, &taken).filter_map(Rdata::ip).collect();
                    // One canonical order, so that an answer that rotates does not move the picture.
                    if order != AddressOrder::AsReceived {
                        ips.sort_unstable();
                    }
                    if !noted {
                        let why = said(&answer.outcome, question.rtype, ips.len());
                        let rules = rules_of(applied, host, &answer, (ips.len(), both, none));
                        self.note(&question, &answer, taken, rules, why, !ips.is_empty());
                    }
                    addresses.found.extend(ips.into_iter().map(|ip| path.to(ip)));
                }
            }
        }
        addresses
    }
}

fn said(outcome: &Outcome, rtype: RecordType, count: usize) -> String {
    match count {
        0 => format!("{}: the host has no {rtype} address", outcome.said()),
        1 => "1 address".to_owned(),
        n => format!("{n} addresses, tried one after the other"),
    }
}

/// What decides about one family of a host: how many addresses it has, whether both families have some, or
/// none has.
fn rules_of(
    applied: &[&'static Rule],
    host: &Name,
    answer: &Answer,
    (count, both, none): (usize, bool, bool),
) -> Vec<&'static Rule> {
    let mut rules = applied.to_vec();
    let of_srv = applied == [&rules::ADDRESS_BOTH];
    if of_srv && none {
        rules.insert(0, &rules::SRV_TARGET_MISSING);
    }
    if of_srv && !answer.chain.is_empty() {
        rules.push(&rules::SRV_TARGET_ALIAS);
    }
    if of_srv && looks_like_an_address(host) {
        rules.push(&rules::SRV_TARGET_LITERAL);
    }
    if both {
        rules.push(&rules::ADDRESS_FAMILY);
    }
    if count > 1 {
        rules.push(&rules::ADDRESS_EACH);
    }
    rules
}

/// Whether a name is written like an IPv4 address: all of its labels are numbers.
fn looks_like_an_address(host: &Name) -> bool {
    host.as_str().parse::<std::net::Ipv4Addr>().is_ok()
}
