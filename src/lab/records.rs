//! The records of the lab, and what an authoritative server says about them: RFC 1034 4.3.2 and RFC 2308, with
//! DNAMEs (RFC 6672) and wildcards (RFC 4592).
//!
//! The lab is authoritative for every top-level domain in which it has a name (`example`), and has one SOA
//! for each. That keeps a CNAME at a carrier's own domain legal, and gives negative answers their TTL.

use std::collections::{BTreeMap, HashSet};

use hickory_server::proto::op::ResponseCode;
use hickory_server::proto::rr::rdata::{CNAME, SOA};
use hickory_server::proto::rr::{LowerName, Name as DnsName, RData, Record, RecordType, RrKey};

use super::zone::{Zone, dname_target};

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
            let source = self.source(&owner);
            if let Some(found) = self.sets.get(&RrKey::new(source.clone(), rtype)) {
                let mut found: Vec<Record> = found.iter().map(|record| renamed(record, &owner)).collect();
                if self.rotating.contains(&source) && !found.is_empty() {
                    self.turn = self.turn.wrapping_add(1);
                    let by = self.turn % found.len();
                    found.rotate_left(by);
                }
                said.additionals = self.addresses_of_targets(&found);
                said.answers.extend(found);
                return said;
            }
            let Some((dname, target)) = self.redirection(&owner) else {
                match self.alias(&source) {
                    Some((record, target)) => {
                        said.answers.push(renamed(&record, &owner));
                        owner = target;
                    }
                    None => return self.negative(said, &owner, &source),
                }
                continue;
            };
            said.answers.push(dname.clone());
            let Some(target) = target else {
                said.code = ResponseCode::YXDomain;
                return said;
            };
            let cname = RData::CNAME(CNAME(target.clone()));
            said.answers.push(Record::from_rdata(DnsName::from(&owner), dname.ttl, cname));
            owner = LowerName::new(&target);
        }
        said
    }

    fn alias(&self, owner: &LowerName) -> Option<(Record, LowerName)> {
        let record = self.sets.get(&RrKey::new(owner.clone(), RecordType::CNAME))?.first()?;
        let RData::CNAME(target) = &record.data else { return None };
        Some((record.clone(), LowerName::new(&target.0)))
    }

    /// The DNAME above a name, and the name that it makes of that; none where that would be too long.
    fn redirection(&self, owner: &LowerName) -> Option<(&Record, Option<DnsName>)> {
        let record = above(owner).find_map(|up| self.sets.get(&RrKey::new(up, RecordType::DNAME))?.first())?;
        let target = dname_target(record)?;
        let name = DnsName::from(owner);
        let kept = name.iter().count().saturating_sub(record.name.iter().count());
        let made = DnsName::from_labels(name.iter().take(kept).chain(target.iter()));
        Some((record, made.ok()))
    }

    /// The name whose records are given for this one: itself where it exists, else the wildcard right below the
    /// nearest name above it that does (RFC 4592 3.3.1), if there is one.
    fn source(&self, owner: &LowerName) -> LowerName {
        if self.exists(owner) {
            return owner.clone();
        }
        let encloser = above(owner).find(|up| self.exists(up));
        let wildcard = encloser.and_then(|encloser| DnsName::from(encloser).prepend_label("*").ok());
        wildcard.map(LowerName::from).filter(|wildcard| self.exists(wildcard)).unwrap_or_else(|| owner.clone())
    }

    /// Whether the name, or one below it, has records (RFC 8020).
    fn exists(&self, owner: &LowerName) -> bool {
        self.sets.keys().any(|key| owner.zone_of(&key.name))
    }

    /// NODATA where the name exists or is covered by one that does, else NXDOMAIN; REFUSED where the lab is not
    /// authoritative. A chain that leads out of the lab ends there.
    fn negative(&self, mut said: Said, owner: &LowerName, source: &LowerName) -> Said {
        let top = DnsName::from(owner).trim_to(1);
        if owner.is_root() || !self.exists(&LowerName::new(&top)) {
            if said.answers.is_empty() {
                said.code = ResponseCode::Refused;
            }
            return said;
        }
        if !self.exists(source) {
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

/// The names above one, the nearest first, without the root.
fn above(name: &LowerName) -> impl Iterator<Item = LowerName> {
    let up = |name: &LowerName| Some(name.base_name()).filter(|up| !up.is_root());
    std::iter::successors(up(name), up)
}

/// The same data under another name.
fn renamed(record: &Record, owner: &LowerName) -> Record {
    let mut record = record.clone();
    record.name = DnsName::from(owner);
    record
}

fn soa(top: DnsName) -> Record {
    let under = |label: &str| top.prepend_label(label).unwrap_or_else(|_| top.clone());
    let data = SOA::new(under("ns"), under("hostmaster"), 1, 3600, 600, 86400, NEGATIVE_TTL);
    Record::from_rdata(top, NEGATIVE_TTL, RData::SOA(data))
}
