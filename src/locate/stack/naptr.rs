//! What a stack makes of NAPTR records.

use crate::model::{Name, Naptr as Record, Question, Rdata, RecordType, Taken, Tier, Transport};

use super::srv::Service;
use super::{
    Absent, Ended, Flag, Found, Naptr, NaptrOrder, NaptrTaken, Path, Stand, Unspoken, Unusable, Walker, judge, judged,
    kept, rfc,
};
use crate::locate::judge::not_taken;

/// What a stack chooses that does not look whether it can send so.
const MAY_BE_CHOSEN: [Transport; 4] = [Transport::Udp, Transport::Tcp, Transport::Tls, Transport::Sctp];

/// A record as a stack reads it that does not look at the flag.
fn flagged(rdata: &Rdata) -> Rdata {
    match rdata.naptr() {
        Some(naptr) => Rdata::Naptr(Record { flags: "s".into(), ..naptr.clone() }),
        None => rdata.clone(),
    }
}

/// The transport that is chosen of sorted records: the first that is spoken, unless a later one has an order that is
/// not higher and a preference that is lower (sofia-sip: `nta.c:10758`).
fn one_transport(spoken: &[Transport], picks: &[(Record, Transport)]) -> Option<Transport> {
    let of = |transport: Transport| {
        let record = picks.iter().find(|(_, of)| *of == transport);
        let none = u32::from(u16::MAX) + 1;
        record.map_or((none, none), |(naptr, _)| (u32::from(naptr.order), u32::from(naptr.preference)))
    };
    spoken.iter().copied().reduce(|chosen, later| {
        let ((order, preference), (later_order, later_preference)) = (of(chosen), of(later));
        if later_order <= order && later_preference < preference { later } else { chosen }
    })
}

impl Walker<'_, '_> {
    pub(super) fn with_naptr(&mut self, name: &Name, manner: Naptr) -> Ended<Vec<Tier>> {
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
                    self.failed(&question, &answer);
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
            NaptrOrder::OneTransport => "one transport of these, then its lowest order by preference",
            NaptrOrder::Strict | NaptrOrder::StrictReversed | NaptrOrder::StrictThenOwn => {
                "by order, then by preference"
            }
        };
        self.note(&question, answer, taken, rule, why, true);
        self.by_picks(name, manner, &picks, path)
    }

    /// The records that can be used, in the order they are considered, and for each of the answer whether it is
    /// among them.
    fn picks(&self, records: &[crate::model::Record], manner: Naptr) -> (Vec<(Record, Transport)>, Vec<Taken>) {
        let (spoken, scheme) = (self.spoken(), self.uri.scheme);
        let mut taken = judged(records, |rdata| match (manner.unspoken, manner.flag) {
            (Unspoken::EndsRequest, _) => judge::naptr_spoken(rdata, &MAY_BE_CHOSEN, scheme),
            (Unspoken::PassedOver, Flag::Ignored) => judge::naptr_spoken(&flagged(rdata), &spoken, scheme),
            (Unspoken::PassedOver, _) => judge::naptr_spoken(rdata, &spoken, scheme),
        });
        let mut picks: Vec<(Record, Transport)> = kept(records, &taken).filter_map(judge::spoken).collect();
        let mut dropped = Vec::new();
        let own = |transport: &Transport| spoken.iter().position(|spoken| spoken == transport);
        match manner.order {
            NaptrOrder::Strict => picks.sort_by_key(|(naptr, _)| (naptr.order, naptr.preference)),
            NaptrOrder::StrictReversed => {
                picks.reverse();
                picks.sort_by_key(|(naptr, _)| (naptr.order, naptr.preference));
            }
            NaptrOrder::StrictThenOwn => {
                picks.sort_by_key(|(naptr, transport)| (naptr.order, naptr.preference, own(transport)));
            }
            NaptrOrder::OwnFirst => {
                picks.sort_by_key(|(naptr, transport)| (own(transport), naptr.order, naptr.preference));
            }
            NaptrOrder::OneTransport => {
                picks.sort_by_key(|(naptr, _)| (naptr.order, naptr.preference));
                let chosen = one_transport(&spoken, &picks);
                (picks, dropped) = picks.into_iter().partition(|(_, transport)| Some(*transport) == chosen);
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
        dropped.extend(picks.split_off(until.unwrap_or(picks.len())));
        for (taken, record) in taken.iter_mut().zip(records).filter(|(taken, _)| **taken == Taken::Yes) {
            if record.rdata.naptr().is_some_and(|naptr| dropped.iter().any(|(dropped, _)| dropped == naptr)) {
                *taken = not_taken(self.manner.rules.naptr, "another record is chosen before it");
            }
        }
        (picks, taken)
    }

    /// The records in the order they are considered: those that have SRV records, as many as the stack takes.
    fn by_picks(&mut self, name: &Name, manner: Naptr, picks: &[(Record, Transport)], path: Path) -> Ended<Vec<Tier>> {
        let rule = self.manner.rules.naptr;
        let (mut tiers, mut several) = (Vec::new(), Vec::new());
        let (mut here, mut wanted) = (false, false);
        for (at, (naptr, transport)) in picks.iter().enumerate() {
            if manner.taken == NaptrTaken::AllButThird && several.len() == 2 && several.iter().all(|several| *several) {
                let question = Question::new(naptr.replacement.clone(), RecordType::Srv);
                self.book.skip(question, rule, "the third is lost after two with several SRV records each");
                several.push(false);
                continue;
            }
            let led_by = Some((naptr.order, naptr.preference));
            match self.service(&naptr.replacement, *transport, led_by, path)? {
                Service::Wanted => {
                    wanted = true;
                    if manner.taken == NaptrTaken::First {
                        break;
                    }
                }
                Service::Here(_) if !self.dial.transports.contains(*transport) => {
                    let why = format!("{transport} is chosen though it is not spoken here: the request ends");
                    return if tiers.is_empty() { Err(self.nowhere(rule, why)) } else { Ok(tiers) };
                }
                Service::Here(mut found) => {
                    here = true;
                    several.push(found.iter().map(|tier| tier.targets.len()).sum::<usize>() > 1);
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
                Service::Absent | Service::Refused(..) if manner.absent == Absent::Domain && !here => {
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
        match (!here, manner.absent, picks.first()) {
            (true, Absent::Next(Stand::Domain), Some((_, first))) => {
                self.by_address(name, *first, self.manner.rules.domain, path)
            }
            (true, Absent::NextOrAsNone, _) => self.without_naptr(name),
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
            let transport = self.transport_or_default(None);
            return self.without_srv(name, transport);
        }
        self.by_services(name, &transports)
    }

    /// Where no SRV is asked for: the domain's own addresses.
    pub(super) fn without_srv(&mut self, name: &Name, transport: Transport) -> Ended<Vec<Tier>> {
        if let Ok(owner) = name.under(transport.srv_labels()) {
            let question = Question::new(owner, RecordType::Srv);
            self.book.skip(question, self.manner.rules.srv, "no SRV is asked for");
        }
        self.by_address(name, transport, self.manner.rules.domain, Path::default())
    }

    /// A name that cannot have records below it.
    pub(super) fn too_long(&mut self, labels: &str, name: &Name, why: &impl std::fmt::Display) {
        self.book.given(&rfc::NAME_LENGTH, format!("there is no {labels} under {name}: {why}"));
    }
}
