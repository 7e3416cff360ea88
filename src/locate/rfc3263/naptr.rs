//! RFC 3263 4.1: the NAPTR records of the domain choose the transport.

use crate::model::{Name, Naptr, Question, Rdata, Record, RecordType, Rule, Taken, Tier, Transport};

use super::srv::{Service, Way};
use super::{Ended, Found, Path, Walker, judge, judged, kept, not_taken, rules};

/// The records of an answer that can be used, in the order they are.
struct Usable {
    picks: Vec<(Naptr, Transport)>,
    /// For each record of the answer whether it is among them.
    taken: Vec<Taken>,
    /// What decided.
    rules: Vec<&'static Rule>,
}

impl Walker<'_, '_> {
    pub(super) fn with_naptr(&mut self, name: &Name) -> Ended<Vec<Tier>> {
        let question = Question::new(name.clone(), RecordType::Naptr);
        let found = self.book.read(&question);
        let Some((answer, records)) = found.records() else {
            return match found {
                Found::Wanted => {
                    self.foresee_services(name);
                    self.foresee_addresses(name);
                    Ok(Vec::new())
                }
                Found::Failed(answer) => {
                    let consequence = "whether the domain has NAPTR records is unknown, so no transport can be chosen";
                    Err(self.failed(question, answer, &rules::FAILED_NAPTR, consequence))
                }
                Found::Answer(answer) => {
                    let why = format!("{}: no NAPTR, so SRV for each transport", answer.outcome.said());
                    self.note(&question, &answer, Vec::new(), vec![&rules::NAPTR_NONE], why, false);
                    let allowed = self.allowed();
                    self.without_naptr(name, &allowed)
                }
            };
        };
        let path = Path::default().by(answer);
        let usable = self.usable(name, records);
        let Some((first, first_transport)) = usable.picks.first() else {
            let why = "none of these records can be used, as if there were none: SRV for each transport";
            self.note(&question, answer, usable.taken, usable.rules, why, false);
            let allowed = self.allowed();
            return self.without_naptr(name, &allowed);
        };
        let why = if self.engine.all_orders {
            format!("order {} is the first that is spoken here; then by preference, then the next order", first.order)
        } else {
            format!("order {} is the first that is spoken here; then by preference", first.order)
        };
        self.note(&question, answer, usable.taken, usable.rules, why, true);
        self.by_services(name, &usable.picks, *first_transport, path)
    }

    /// The first record in order that has SRV records; where none has, the domain's own addresses.
    fn by_services(
        &mut self,
        name: &Name,
        picks: &[(Naptr, Transport)],
        first: Transport,
        path: Path,
    ) -> Ended<Vec<Tier>> {
        let mut refused = None;
        for (at, (naptr, transport)) in picks.iter().enumerate() {
            let later = &picks[at + 1..];
            let way = Way::Naptr(naptr.order, naptr.preference);
            match self.service(&naptr.replacement, *transport, way, path)? {
                Service::Wanted => {
                    for (later, _) in later {
                        self.book.foresee(Question::new(later.replacement.clone(), RecordType::Srv));
                    }
                    self.foresee_addresses(name);
                    return Ok(Vec::new());
                }
                Service::Here(tiers) => {
                    for (later, _) in later {
                        let why = format!("preference {} was usable: one transport results", naptr.preference);
                        let question = Question::new(later.replacement.clone(), RecordType::Srv);
                        if !self.book.has(&question) {
                            self.book.skip(question, &rules::NAPTR_ONE, why);
                        }
                    }
                    return Ok(tiers);
                }
                Service::Refused(rule, why) if *transport == first => refused = Some((rule, why)),
                Service::Refused(..) | Service::Absent => {}
            }
        }
        if let Some((rule, why)) = refused {
            return Err(self.nowhere(rule, why));
        }
        self.by_address(name, first, &rules::SRV_ABSENT, path)
    }

    /// Which records can be used: those of the first order that has a service which is spoken here.
    fn usable(&self, name: &Name, records: &[Record]) -> Usable {
        let allowed = self.allowed();
        let mut taken = judged(records, |rdata| judge::naptr_spoken(rdata, &allowed, self.uri.scheme));
        let mut picks: Vec<(Naptr, Transport)> = kept(records, &taken).filter_map(judge::spoken).collect();
        // Of equal preference: our own preference decides, then the name, never the order of the answer.
        picks.sort_by_key(|(naptr, transport)| {
            let ours = allowed.iter().position(|t| t == transport);
            (naptr.order, naptr.preference, ours, naptr.replacement.clone())
        });
        if let Some(first) = picks.first().map(|(naptr, _)| naptr.order).filter(|_| !self.engine.all_orders) {
            let later = |rdata: &Rdata| rdata.naptr().is_some_and(|naptr| naptr.order > first);
            for (taken, _) in taken.iter_mut().zip(records).filter(|(t, r)| **t == Taken::Yes && later(&r.rdata)) {
                *taken = not_taken(&rules::NAPTR_ORDER, format!("NAPTR order {first} was usable"));
            }
            picks.retain(|(naptr, _)| naptr.order == first);
        }
        let rules = self.rules_of(name, &picks);
        Usable { picks, taken, rules }
    }

    /// What decided among the records that can be used.
    fn rules_of(&self, name: &Name, picks: &[(Naptr, Transport)]) -> Vec<&'static Rule> {
        if picks.is_empty() {
            return vec![&rules::NAPTR_UNUSABLE];
        }
        let mut applied = vec![if self.engine.all_orders { &rules::NAPTR_ALL_ORDERS } else { &rules::NAPTR_ORDER }];
        let pairs = || picks.iter().zip(&picks[1..]).map(|((a, _), (b, _))| (a, b)).filter(|(a, b)| a.order == b.order);
        if pairs().any(|(a, b)| a.preference != b.preference) {
            applied.push(&rules::NAPTR_PREFERENCE);
        }
        if pairs().any(|(a, b)| a.preference == b.preference) {
            applied.push(&rules::NAPTR_TIE);
        }
        if picks.iter().any(|(naptr, _)| !naptr.replacement.is_within(name)) {
            applied.push(&rules::NAPTR_ELSEWHERE);
        }
        if picks.iter().any(|(naptr, transport)| mislabelled(naptr, *transport)) {
            applied.push(&rules::NAPTR_LABELS);
        }
        applied
    }

    /// The questions that come next where the domain has no NAPTR records, or the usual ones.
    fn foresee_services(&mut self, name: &Name) {
        for transport in self.allowed() {
            if let Ok(owner) = name.under(transport.srv_labels()) {
                self.book.foresee(Question::new(owner, RecordType::Srv));
            }
        }
    }
}

/// Whether the replacement's labels are those of another transport.
fn mislabelled(naptr: &Naptr, transport: Transport) -> bool {
    let labels = |transport: Transport| format!("{}.", transport.srv_labels());
    Transport::ALL
        .iter()
        .any(|&other| labels(other) != labels(transport) && naptr.replacement.as_str().starts_with(&labels(other)))
}
