//! What a stack makes of NAPTR records.

use crate::model::{Name, Naptr as Record, Question, Rdata, RecordType, Taken, Tier, Transport};

use super::srv::Service;
use super::{
    Absent, Ended, Flag, Found, Naptr, NaptrOrder, NaptrTaken, Path, Stand, Unspoken, Unusable, Walker, judge, judged,
    kept, rfc,
};
use crate::locate::judge::not_taken;

impl Walker<'_, '_> {
    pub(super) fn with_naptr(&mut self, name: &Name, manner: &Naptr) -> Ended<Vec<Tier>> {
        let rule = self.manner.rules.naptr;
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
                    self.failed(&question, answer)?;
                    self.without_naptr(name)
                }
                Found::Answer(answer) => {
                    let why = format!("{}: no NAPTR", answer.outcome.said());
                    self.note(&question, &answer, Vec::new(), rule, why, false);
                    self.without_naptr(name)
                }
            };
        };
        let path = Path::default().by(answer);
        let (picks, taken) = self.picks(records, manner);
        let other_flag =
            |rdata: &Rdata| rdata.naptr().is_some_and(|naptr| !naptr.flags.as_str().eq_ignore_ascii_case("s"));
        if manner.flag == Flag::EndsRequest && picks.is_empty() && records.iter().any(|r| other_flag(&r.rdata)) {
            self.note(&question, answer, taken, rule, "a flag other than 's': the request ends here", false);
            return Err(self.nowhere(rule, format!("{name} has a NAPTR record of another flag than 's'")));
        }
        if picks.is_empty() {
            if manner.unusable == Unusable::EndsRequest {
                self.note(&question, answer, taken, rule, "none of these records can be used: the end", false);
                return Err(self.nowhere(rule, format!("{name} has NAPTR records, and none can be used")));
            }
            self.note(
                &question,
                answer,
                taken,
                rule,
                "none of these records can be used, as if there were none",
                false,
            );
            return self.without_naptr(name);
        }
        let why = match manner.order {
            NaptrOrder::OwnFirst => "by its own preference of transports, then by order",
            NaptrOrder::UdpOfEqual => "by order and preference; of equal preferences UDP",
            NaptrOrder::Strict | NaptrOrder::StrictReversed => "by order, then by preference",
        };
        self.note(&question, answer, taken, rule, why, true);
        self.by_picks(name, manner, &picks, path)
    }

    /// The records that can be used, in the order they are considered, and for each of the answer whether it is
    /// among them.
    fn picks(&self, records: &[crate::model::Record], manner: &Naptr) -> (Vec<(Record, Transport)>, Vec<Taken>) {
        let (spoken, scheme) = (self.spoken(), self.uri.scheme);
        let mut taken = judged(records, |rdata| match manner.unspoken {
            Unspoken::PassedOver => judge::naptr_spoken(rdata, &spoken, scheme),
            Unspoken::EndsRequest => judge::naptr(rdata, scheme),
        });
        let mut picks: Vec<(Record, Transport)> = kept(records, &taken).filter_map(judge::spoken).collect();
        let own = |transport: &Transport| spoken.iter().position(|spoken| spoken == transport);
        match manner.order {
            NaptrOrder::Strict => picks.sort_by_key(|(naptr, _)| (naptr.order, naptr.preference)),
            NaptrOrder::StrictReversed => {
                picks.reverse();
                picks.sort_by_key(|(naptr, _)| (naptr.order, naptr.preference));
            }
            NaptrOrder::OwnFirst => {
                picks.sort_by_key(|(naptr, transport)| (own(transport), naptr.order, naptr.preference));
            }
            NaptrOrder::UdpOfEqual => {
                let equal = picks.windows(2).all(|pair| pair[0].0.preference == pair[1].0.preference);
                let after_udp = |transport: Transport| equal && transport != Transport::Udp;
                picks.sort_by_key(|(naptr, transport)| (after_udp(*transport), naptr.order, naptr.preference));
            }
        }
        let until = match (manner.taken, picks.first()) {
            (NaptrTaken::FirstOrder, Some((first, _))) => {
                let order = first.order;
                picks.iter().position(|(naptr, _)| naptr.order != order)
            }
            (NaptrTaken::UpToTls, _) => {
                picks.iter().position(|(_, transport)| *transport == Transport::Tls).map(|tls| tls + 1)
            }
            _ => None,
        };
        let dropped = picks.split_off(until.unwrap_or(picks.len()));
        for (taken, record) in taken.iter_mut().zip(records).filter(|(taken, _)| **taken == Taken::Yes) {
            if record.rdata.naptr().is_some_and(|naptr| dropped.iter().any(|(dropped, _)| dropped == naptr)) {
                *taken = not_taken(self.manner.rules.naptr, "what comes before it was usable");
            }
        }
        (picks, taken)
    }

    /// The records in the order they are considered: those that have SRV records, as many as the stack takes.
    fn by_picks(&mut self, name: &Name, manner: &Naptr, picks: &[(Record, Transport)], path: Path) -> Ended<Vec<Tier>> {
        let rule = self.manner.rules.naptr;
        let mut tiers = Vec::new();
        let mut wanted = false;
        for (at, (naptr, transport)) in picks.iter().enumerate() {
            if !self.dial.transports.contains(*transport) {
                let question = Question::new(naptr.replacement.clone(), RecordType::Srv);
                let why = format!("{transport} is chosen though it is not spoken here: the request ends");
                self.book.skip(question, rule, why.clone());
                return if tiers.is_empty() { Err(self.nowhere(rule, why)) } else { Ok(tiers) };
            }
            let led_by = Some((naptr.order, naptr.preference));
            match self.service(&naptr.replacement, *transport, led_by, path)? {
                Service::Wanted => {
                    wanted = true;
                    if manner.taken == NaptrTaken::First {
                        break;
                    }
                }
                Service::Here(mut found) => {
                    tiers.append(&mut found);
                    if manner.taken == NaptrTaken::First {
                        for (later, _) in &picks[at + 1..] {
                            let question = Question::new(later.replacement.clone(), RecordType::Srv);
                            if !self.book.has(&question) {
                                let why = format!("preference {} was usable: one transport results", naptr.preference);
                                self.book.skip(question, rule, why);
                            }
                        }
                        break;
                    }
                }
                Service::Absent | Service::Refused(..) if manner.absent == Absent::Domain && tiers.is_empty() => {
                    return self.by_address(name, *transport, self.manner.rules.domain, path);
                }
                Service::Absent | Service::Refused(..) => {}
            }
        }
        if wanted {
            for (later, _) in picks {
                self.book.foresee(Question::new(later.replacement.clone(), RecordType::Srv));
            }
            self.foresee_addresses(name);
            return Ok(tiers);
        }
        match (tiers.is_empty(), manner.absent, picks.first()) {
            (true, Absent::Next(Stand::Domain), Some((_, first))) => {
                self.by_address(name, *first, self.manner.rules.domain, path)
            }
            (true, ..) => Err(self.nowhere(
                self.manner.rules.dead_end,
                "NAPTR records exist, and none of them leads to a target: nothing is sent",
            )),
            (false, ..) => Ok(tiers),
        }
    }

    /// The questions that come next where the domain has no NAPTR records, or the usual ones.
    fn foresee_services(&mut self, name: &Name) {
        for transport in self.spoken() {
            if let Ok(owner) = name.under(transport.srv_labels()) {
                self.book.foresee(Question::new(owner, RecordType::Srv));
            }
        }
    }

    /// Where no NAPTR helps.
    pub(super) fn without_naptr(&mut self, name: &Name) -> Ended<Vec<Tier>> {
        let spoken = self.spoken();
        let transports = match self.manner.srv {
            super::SrvAsked::Never => Vec::new(),
            super::SrvAsked::Default => vec![self.default_transport()],
            super::SrvAsked::FirstSpoken => spoken.into_iter().take(1).collect(),
            super::SrvAsked::UntilFound | super::SrvAsked::DespitePort | super::SrvAsked::Each => spoken,
        };
        if transports.is_empty() {
            if let Ok(owner) = name.under(Transport::Udp.srv_labels()) {
                let question = Question::new(owner, RecordType::Srv);
                self.book.skip(question, self.manner.rules.srv, "no SRV is asked for");
            }
            let transport = self.transport_or_default(None);
            return self.by_address(name, transport, self.manner.rules.domain, Path::default());
        }
        self.by_services(name, &transports)
    }

    /// A name that cannot have records below it.
    pub(super) fn too_long(&mut self, labels: &str, name: &Name, why: &impl std::fmt::Display) {
        self.book.given(&rfc::NAME_LENGTH, format!("there is no {labels} under {name}: {why}"));
    }
}
