//! RFC 3263 4.2: the SRV records of a transport choose the targets.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Host, Name, Outcome, Question, Rdata, RecordType, Rule, Scheme, Share, Srv, Target, Tier, Transport,
};

use super::{Ended, Found, Path, Stop, Walker, judge, judged, kept, rules};

/// What a domain says of one transport.
pub(super) enum Service {
    /// It has targets.
    Here(Vec<Tier>),
    /// It has no SRV records.
    Absent,
    /// It has SRV records, and none that can be tried: by this rule, in words.
    Refused(&'static Rule, String),
    /// The answer is still to be asked for.
    Wanted,
}

/// What led to the SRV records of a transport.
#[derive(Clone, Copy)]
pub(super) enum Way {
    /// A NAPTR record of this order and preference.
    Naptr(u16, u16),
    /// By this rule each transport is asked for.
    Each(&'static Rule),
    /// There is no other transport.
    Only,
}

impl Walker<'_, '_> {
    /// Where no NAPTR helps: SRV for each transport, the first that exists is used; where none does, the
    /// domain's own addresses.
    pub(super) fn without_naptr(&mut self, name: &Name, transports: &[Transport]) -> Ended<Vec<Tier>> {
        let strict = self.uri.scheme == Scheme::Sip && !self.engine.ask_sips;
        // Who speaks nothing but TLS, or names it, wants it.
        let only_sip = strict && transports.iter().any(|transport| !transport.is_secure());
        let rule = if strict { &rules::SRV_RFC } else { &rules::SRV_EACH };
        let mut owners = Vec::new();
        for &transport in transports {
            let labels = transport.srv_labels();
            let question = match name.under(labels) {
                Ok(owner) => Question::new(owner, RecordType::Srv),
                Err(why) => {
                    let why = format!("there is no {labels} under {name}: {why}");
                    self.book.given(&rules::NAME_LENGTH, why);
                    continue;
                }
            };
            if only_sip && transport.is_secure() {
                self.book.skip(question, rule, "a sip: URI asks for _sip alone");
                continue;
            }
            // Asked for all at once: that costs a round trip less where the first does not exist.
            self.book.read(&question);
            owners.push((question.name, transport));
        }
        let way = if transports.len() > 1 { Way::Each(rule) } else { Way::Only };
        let mut refused = BTreeMap::new();
        for (at, (owner, transport)) in owners.iter().enumerate() {
            match self.service(owner, *transport, way, Path::default())? {
                Service::Wanted => {
                    self.foresee_addresses(name);
                    return Ok(Vec::new());
                }
                Service::Here(tiers) => {
                    for (later, _) in &owners[at + 1..] {
                        let question = Question::new(later.clone(), RecordType::Srv);
                        let why = format!("not used: {} was usable, and is preferred", transport.srv_labels());
                        self.book.step(&question, Vec::new(), &[rule], why, false);
                    }
                    return Ok(tiers);
                }
                Service::Refused(rule, why) => {
                    refused.insert(*transport, (rule, why));
                }
                Service::Absent => {}
            }
        }
        let transport = match self.uri.wanted_transport() {
            Some(wanted) => wanted,
            None => self.default_transport(),
        };
        // What a domain says of one transport it does not say of another.
        if let Some((rule, why)) = refused.remove(&transport) {
            return Err(self.nowhere(rule, why));
        }
        self.by_address(name, transport, &rules::DOMAIN_ADDRESS, Path::default())
    }

    /// The SRV records of one transport, and the addresses of their targets.
    pub(super) fn service(&mut self, owner: &Name, transport: Transport, way: Way, path: Path) -> Ended<Service> {
        let question = Question::new(owner.clone(), RecordType::Srv);
        let found = self.book.read(&question);
        let Some((answer, records)) = found.records() else {
            return match found {
                Found::Wanted => Ok(Service::Wanted),
                Found::Failed(answer) => {
                    let consequence =
                        format!("whether there is a {transport} service is unknown, so no lesser one may be taken");
                    Err(self.failed(question, answer, &rules::FAILED_SRV, &consequence))
                }
                Found::Answer(answer) => {
                    let rule = match way {
                        Way::Naptr(..) => &rules::SRV_ABSENT,
                        Way::Each(_) | Way::Only => &rules::SRV_NEXT,
                    };
                    let why = absence(&answer.outcome, transport);
                    self.note(&question, &answer, Vec::new(), vec![rule], why, false);
                    Ok(Service::Absent)
                }
            };
        };
        let denied = records.iter().filter_map(|record| record.rdata.srv()).all(|srv| srv.target.is_root());
        let taken = judged(records, |rdata| judge::srv(rdata, denied));
        let mut kept: Vec<&Srv> = kept(records, &taken).filter_map(Rdata::srv).collect();
        if kept.is_empty() {
            let (rule, why) = if denied {
                (&rules::SRV_ROOT, format!("the only target is '.': there is no {transport} service"))
            } else {
                (&rules::SRV_UNUSABLE, "SRV records exist, and none has a port that can be sent to".to_owned())
            };
            self.note(&question, answer, taken, vec![rule], why.clone(), false);
            return Ok(Service::Refused(rule, why));
        }
        // Within a priority the draw decides, so any order will do: one that does not rotate.
        kept.sort_by(|a, b| (a.priority, b.weight, &a.target, a.port).cmp(&(b.priority, a.weight, &b.target, b.port)));
        let mut applied = rules_of(&kept);
        if let Way::Each(rule) = way {
            applied.push(rule);
        }
        let why = match kept.len() {
            1 => "one record: there is nothing to choose",
            _ => "lowest priority first, weight decides within one",
        };
        self.note(&question, answer, taken, applied, why, true);
        let path = path.by(answer);
        let naptr = match way {
            Way::Naptr(order, preference) => Some((order, preference)),
            Way::Each(_) | Way::Only => None,
        };
        self.tiers(owner, &kept, transport, naptr, path)
    }

    fn tiers(
        &mut self,
        owner: &Name,
        srvs: &[&Srv],
        transport: Transport,
        naptr: Option<(u16, u16)>,
        path: Path,
    ) -> Ended<Service> {
        let uri = self.book.uri();
        let mut tiers: Vec<Tier> = Vec::new();
        let mut failed = None;
        let mut wanted = false;
        for srv in srvs {
            let addresses = self.addresses(&srv.target, path, &[&rules::ADDRESS_BOTH]);
            failed = failed.or(addresses.failed);
            wanted |= addresses.wanted;
            if addresses.found.is_empty() {
                continue;
            }
            let target = Target {
                host: Host::Name(srv.target.clone()),
                port: srv.port,
                weight: Some(srv.weight),
                first: Share::NONE,
                addresses: addresses.found,
            };
            let priority = Some(srv.priority);
            match tiers.last_mut().filter(|tier| tier.priority == priority) {
                Some(tier) => tier.targets.push(target),
                None => {
                    tiers.push(Tier {
                        uri,
                        owner: Some(owner.clone()),
                        transport,
                        naptr,
                        priority,
                        targets: vec![target],
                    });
                }
            }
        }
        match failed {
            _ if !tiers.is_empty() || wanted => Ok(Service::Here(tiers)),
            Some((question, answer)) => Err(Stop::Failed(question, answer)),
            None => {
                Err(self.nowhere(&rules::SRV_DEAD_END, "SRV records exist, and none of their targets has an address"))
            }
        }
    }
}

/// What decides among the records that can be tried, in the order of trying.
fn rules_of(kept: &[&Srv]) -> Vec<&'static Rule> {
    let mut applied = vec![&rules::SRV_PRIORITY];
    let mut tiers = kept.chunk_by(|a, b| a.priority == b.priority).filter(|tier| tier.len() > 1).peekable();
    if tiers.peek().is_some() {
        applied.push(&rules::SRV_WEIGHT);
    }
    // The heaviest of a tier comes first, the lightest last.
    if tiers.any(|tier| matches!(tier, [first, .., last] if first.weight > 0 && last.weight == 0)) {
        applied.push(&rules::SRV_ZERO);
    }
    let places: BTreeSet<(&Name, u16)> = kept.iter().map(|srv| (&srv.target, srv.port)).collect();
    if places.len() < kept.len() {
        applied.push(&rules::SRV_SAME_TARGET);
    }
    applied
}

fn absence(outcome: &Outcome, transport: Transport) -> String {
    format!("{}: no SRV for {transport}", outcome.said())
}
