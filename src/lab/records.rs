//! The records of the lab, and what an authoritative server says about them (RFC 1034 4.3.2, RFC 2308).
//!
//! The lab is authoritative for every top-level domain in which it has a name (`example`), and has one SOA
//! for each. That keeps a CNAME at a carrier's own domain legal, and gives negative answers their TTL.

use std::collections::{BTreeMap, HashSet};

use hickory_server::proto::op::ResponseCode;
use hickory_server::proto::rr::rdata::SOA;
use hickory_server::proto::rr::{LowerName, Name as DnsName, RData, Record, RecordType, RrKey};

use super::zone::Zone;

/// How long "there is none" may be believed, in seconds: short, for the lab's zones change while one looks.
const NEGATIVE_TTL: u32 = 10;

/// The longest CNAME chain that is followed within one answer.
const MAX_CHAIN: usize = 8;

/// What is published.
#[derive(Debug, Default)]
pub(super) struct Records {
    sets: BTreeMap<RrKey, Vec<Record>>,
    rotating: HashSet<LowerName>,
    turn: usize,
}

/// What to say to a question.
#[derive(Debug, PartialEq)]
pub(super) struct Said {
    pub(super) code: ResponseCode,
    pub(super) answers: Vec<Record>,
    pub(super) soa: Option<Record>,
    pub(super) additionals: Vec<Record>,
}

impl Records {
    /// Publishes a zone: each RRset in it replaces the one that is there.
    pub(super) fn publish(&mut self, zone: Zone) {
        self.sets.extend(zone.sets);
        self.rotating.extend(zone.rotating);
    }

    /// Withdraws an RRset; whether there was one.
    pub(super) fn withdraw(&mut self, key: &RrKey) -> bool {
        self.sets.remove(key).is_some()
    }

    #[cfg(test)]
    pub(super) const fn sets(&self) -> &BTreeMap<RrKey, Vec<Record>> {
        &self.sets
    }

    /// Answers a question.
    pub(super) fn answer(&mut self, name: &LowerName, rtype: RecordType) -> Said {
        let mut said = Said { code: ResponseCode::NoError, answers: Vec::new(), soa: None, additionals: Vec::new() };
        let mut owner = name.clone();
        for _ in 0..MAX_CHAIN {
            if let Some(found) = self.sets.get(&RrKey::new(owner.clone(), rtype)) {
                let mut found = found.clone();
                if self.rotating.contains(&owner) && !found.is_empty() {
                    self.turn = self.turn.wrapping_add(1);
                    let by = self.turn % found.len();
                    found.rotate_left(by);
                }
                said.additionals = self.addresses_of_targets(&found);
                said.answers.extend(found);
                return said;
            }
            match self.alias(&owner) {
                Some((record, target)) => {
                    said.answers.push(record);
                    owner = target;
                }
                None => return self.negative(said, &owner),
            }
        }
        said
    }

    fn alias(&self, owner: &LowerName) -> Option<(Record, LowerName)> {
        let record = self.sets.get(&RrKey::new(owner.clone(), RecordType::CNAME))?.first()?;
        let RData::CNAME(target) = &record.data else { return None };
        Some((record.clone(), LowerName::new(&target.0)))
    }

    /// NODATA where the name, or one below it, exists (RFC 8020), else NXDOMAIN; REFUSED where the lab is not
    /// authoritative. A chain that leads out of the lab ends there.
    fn negative(&self, mut said: Said, owner: &LowerName) -> Said {
        let top = DnsName::from(owner).trim_to(1);
        let mut owners = self.sets.keys().map(|key| &key.name);
        if owner.is_root() || !owners.any(|known| LowerName::new(&top).zone_of(known)) {
            if said.answers.is_empty() {
                said.code = ResponseCode::Refused;
            }
            return said;
        }
        if !self.sets.keys().any(|key| owner.zone_of(&key.name)) {
            said.code = ResponseCode::NXDomain;
        }
        said.soa = Some(soa(top));
        said
    }

    /// For the additional section of SRV records (RFC 2782).
    fn addresses_of_targets(&self, records: &[Record]) -> Vec<Record> {
        let mut targets: Vec<LowerName> = Vec::new();
        for record in records {
            if let RData::SRV(srv) = &record.data {
                let target = LowerName::new(&srv.target);
                if !targets.contains(&target) {
                    targets.push(target);
                }
            }
        }
        let keys = targets
            .into_iter()
            .flat_map(|target| [RecordType::A, RecordType::AAAA].map(|rtype| RrKey::new(target.clone(), rtype)));
        keys.filter_map(|key| self.sets.get(&key)).flatten().cloned().collect()
    }
}

fn soa(top: DnsName) -> Record {
    let under = |label: &str| top.prepend_label(label).unwrap_or_else(|_| top.clone());
    let data = SOA::new(under("ns"), under("hostmaster"), 1, 3600, 600, 86400, NEGATIVE_TTL);
    Record::from_rdata(top, NEGATIVE_TTL, RData::SOA(data))
}
