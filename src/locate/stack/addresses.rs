//! The addresses of a host, as the stack tries them.

use std::net::IpAddr;

use crate::model::{AddressOrder, Host, Name, Question, Rdata, RecordType, Rule, Tier, Transport};

use super::{Ended, Families, Found, Path, Stop, Walker, judge, judged, kept, rfc};

/// The addresses of a host.
pub(super) struct Addresses {
    /// In the order they are tried.
    pub found: Vec<crate::model::Address>,
    /// Whether there may be more because a question is still to be asked.
    pub wanted: bool,
}

impl Walker<'_, '_> {
    /// The domain's own addresses, by this rule.
    pub(super) fn by_address(
        &mut self,
        name: &Name,
        transport: Transport,
        rule: &'static Rule,
        path: Path,
    ) -> Ended<Vec<Tier>> {
        let addresses = self.addresses(name, path, rule)?;
        if addresses.found.is_empty() {
            let none = || self.nowhere(rule, format!("{name} has no address that is tried"));
            return if addresses.wanted { Ok(Vec::new()) } else { Err(none()) };
        }
        Ok(vec![self.plain(Host::Name(name.clone()), transport, addresses.found)])
    }

    /// The addresses of a host, in the order received.
    ///
    /// # Errors
    /// Where a question failed, and the stack ends a request there.
    pub(super) fn addresses(&mut self, host: &Name, path: Path, rule: &'static Rule) -> Ended<Addresses> {
        let types: &[RecordType] = match (self.manner.families, self.dial.addresses) {
            (Families::V4, _) => &[RecordType::A],
            (Families::V4First, _) | (Families::AsHost, AddressOrder::V4First) => &[RecordType::A, RecordType::Aaaa],
            (Families::V6ElseV4, _) | (Families::AsHost, AddressOrder::V6First | AddressOrder::AsReceived) => {
                &[RecordType::Aaaa, RecordType::A]
            }
        };
        let questions: Vec<Question> = types.iter().map(|&rtype| Question::new(host.clone(), rtype)).collect();
        let read: Vec<Found> = questions.iter().map(|question| self.book.read(question)).collect();
        let most = self.manner.most_addresses.unwrap_or(usize::MAX);
        let mut addresses = Addresses { found: Vec::new(), wanted: false };
        let mut ended = None;
        for (question, found) in questions.into_iter().zip(read) {
            // Two records of one priority may share a target; the question is read twice, noted once.
            let noted = self.book.has(&question);
            match found {
                Found::Wanted => addresses.wanted = true,
                Found::Failed(answer) => {
                    if !noted {
                        let why =
                            format!("{}: nobody knows whether the host has such addresses", answer.outcome.said());
                        self.book.step(&question, Vec::new(), &[&rfc::FAILED_ADDRESS], why, false);
                    }
                    ended = Some(Stop::Failed(question, answer));
                }
                Found::Answer(answer) => {
                    let path = path.by(&answer);
                    let records = answer.outcome.records();
                    let taken = judged(records, judge::address);
                    let ips: Vec<IpAddr> = kept(records, &taken).filter_map(Rdata::ip).collect();
                    let most = if self.manner.families == Families::V6ElseV4 && !addresses.found.is_empty() {
                        addresses.found.len()
                    } else {
                        most
                    };
                    let room = most.saturating_sub(addresses.found.len());
                    if !noted {
                        let why = match (ips.len(), room) {
                            (0, _) => {
                                format!("{}: the host has no {} address", answer.outcome.said(), question.rtype)
                            }
                            (1, 1..) => "1 address".to_owned(),
                            (n, room) if room < n => format!("{n} addresses, the first {room} of them tried"),
                            (n, _) => format!("{n} addresses, tried one after the other"),
                        };
                        self.note(&question, &answer, taken, rule, why, !ips.is_empty() && room > 0);
                    }
                    addresses.found.extend(ips.into_iter().take(room).map(|ip| path.to(ip)));
                }
            }
        }
        // With an address in hand, that another may be missing ends nothing.
        match ended {
            Some(stop) if addresses.found.is_empty() && !addresses.wanted => Err(stop),
            _ => Ok(addresses),
        }
    }
}
