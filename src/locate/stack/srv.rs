//! What a stack makes of SRV records.

use crate::model::{Host, Name, Question, Rdata, RecordType, Rule, Share, Srv, Target, Tier, Transport};

use super::{Ended, Found, Path, SrvAsked, Stand, Walker, judge, judged, kept};

/// What a domain says of one transport.
pub(super) enum Service {
    /// It has targets, though their addresses may still have to be asked for.
    Here(Vec<Tier>),
    /// It has no SRV records.
    Absent,
    /// It has SRV records, none of which can be tried; what then stands in, and why.
    Refused(Stand, &'static Rule, String),
    /// The answer is still to be asked for.
    Wanted,
}

impl Walker<'_, '_> {
    /// SRV for these transports; where none has records, the domain's own addresses.
    pub(super) fn by_services(&mut self, name: &Name, transports: &[Transport]) -> Ended<Vec<Tier>> {
        let rules = self.manner.rules;
        let mut owners = Vec::new();
        for &transport in transports {
            let labels = transport.srv_labels();
            match name.under(labels) {
                Ok(owner) => {
                    let question = Question::new(owner.clone(), RecordType::Srv);
                    // Asked for all at once: that costs a round trip less where the first does not exist.
                    self.book.read(&question);
                    owners.push((owner, transport));
                }
                Err(why) => self.too_long(labels, name, &why),
            }
        }
        let (mut tiers, mut here, mut refused, mut wanted) = (Vec::new(), false, None, false);
        for (at, (owner, transport)) in owners.iter().enumerate() {
            match self.service(owner, *transport, None, Path::default())? {
                Service::Wanted => wanted = true,
                Service::Here(mut found) => {
                    here = true;
                    tiers.append(&mut found);
                    if self.manner.srv != SrvAsked::Each && !wanted {
                        for (later, _) in &owners[at + 1..] {
                            let question = Question::new(later.clone(), RecordType::Srv);
                            let why = format!("not used: {} was usable, and is preferred", transport.srv_labels());
                            self.book.step(&question, Vec::new(), &[rules.srv], why, false);
                        }
                        break;
                    }
                }
                Service::Refused(stand, rule, why) => {
                    refused.get_or_insert((stand, rule, why, *transport));
                }
                Service::Absent => {}
            }
        }
        if wanted {
            self.foresee_addresses(name);
            return Ok(tiers);
        }
        let transport = match transports {
            [only] => *only,
            _ => self.default_transport(),
        };
        match refused {
            _ if here => {
                if self.manner.last_resort {
                    // What is not there does no harm: the SRV targets are.
                    let after = self.by_address(name, transport, rules.domain, Path::default());
                    tiers.extend(after.into_iter().flatten());
                }
                Ok(tiers)
            }
            Some((Stand::Nothing, rule, why, _)) => Err(self.nowhere(rule, why)),
            Some((Stand::Domain, _, _, transport)) => self.by_address(name, transport, rules.dead_end, Path::default()),
            None => self.by_address(name, transport, rules.domain, Path::default()),
        }
    }

    /// The SRV records of one transport, and the addresses of their targets; `naptr` is order and preference
    /// of the record that led here.
    pub(super) fn service(
        &mut self,
        owner: &Name,
        transport: Transport,
        naptr: Option<(u16, u16)>,
        path: Path,
    ) -> Ended<Service> {
        let (manner, rules) = (self.manner, self.manner.rules);
        let question = Question::new(owner.clone(), RecordType::Srv);
        let found = self.book.read(&question);
        let Some((answer, records)) = found.records() else {
            return match found {
                Found::Wanted => Ok(Service::Wanted),
                Found::Failed(answer) => {
                    self.failed(&question, &answer);
                    Ok(Service::Absent)
                }
                Found::Answer(answer) => {
                    let why = format!("{}: no SRV for {transport}", answer.outcome.said());
                    self.note(&question, &answer, Vec::new(), rules.srv, why, false);
                    Ok(Service::Absent)
                }
            };
        };
        let denied = records.iter().filter_map(|record| record.rdata.srv()).all(|srv| srv.target.is_root());
        let taken = judged(records, |rdata| judge::srv(rdata, denied));
        let mut kept: Vec<Srv> = kept(records, &taken).filter_map(Rdata::srv).cloned().collect();
        if kept.is_empty() {
            let (stand, why) = if denied {
                (manner.root, format!("the only target is '.': there is no {transport} service"))
            } else {
                (manner.dead_end, "SRV records exist, and none has a port that can be sent to".to_owned())
            };
            self.note(&question, answer, taken, rules.dead_end, why.clone(), false);
            return Ok(Service::Refused(stand, rules.dead_end, why));
        }
        // Within a priority the list is as received, but for PJSIP: what the stack makes of it is its draw.
        manner.draw.sort(&mut kept);
        let why = match kept.len() {
            1 => "one record: there is nothing to choose",
            _ => "lowest priority first; within one, as the engine draws",
        };
        let by_itself = naptr.is_none() && self.wanted().is_none();
        self.note_by(&question, answer, taken, &[Some(rules.draw), Some(rules.srv).filter(|_| by_itself)], why, true);
        let path = path.by(answer);
        let mut wanted = false;
        let mut tiers: Vec<Tier> = Vec::new();
        for srv in kept {
            let addresses = self.addresses(&srv.target, path, rules.addresses)?;
            wanted |= addresses.wanted;
            if addresses.found.is_empty() {
                continue;
            }
            let target = Target {
                host: Host::Name(srv.target),
                port: srv.port,
                weight: Some(srv.weight),
                first: Share::NONE,
                addresses: addresses.found,
            };
            let priority = Some(srv.priority);
            if let Some(tier) = tiers.last_mut().filter(|tier| tier.priority == priority) {
                tier.targets.push(target);
            } else {
                let (uri, owner) = (self.book.uri(), Some(owner.clone()));
                tiers.push(Tier { uri, owner, transport, naptr, priority, targets: vec![target] });
            }
        }
        if tiers.is_empty() && !wanted {
            let why = "SRV records exist, and none of their targets has an address".to_owned();
            return Ok(Service::Refused(manner.dead_end, rules.dead_end, why));
        }
        Ok(Service::Here(tiers))
    }
}
