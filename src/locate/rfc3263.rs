//! The reference: RFC 3263 section 4, in the order of its clauses.
//!
//! Where the RFCs leave a choice, the reading taken is the strict one and the step says so:
//!
//! - One transport results (4.1). Records of other NAPTR orders are not considered once one of an order
//!   can be used (RFC 3403 4.1), and without NAPTR the first transport in preference that has SRV
//!   records is taken.
//! - A record whose SRV is absent gives way to the next of the same order; after the last, the domain's
//!   own addresses are tried on the chosen transport (4.2). SRV records whose targets do not resolve are
//!   the end: the domain's addresses are no stand-in for them.
//! - A question that failed is not one that was answered with "none". The walk stops there, since
//!   going on to a lesser transport would let a broken resolver decide.

use std::sync::Arc;
use std::time::Duration;

use crate::model::{
    Address, Answer, Conclusion, Dial, Failure, Host, Moment, Name, Outcome, Question, Rdata, Reading, Record,
    RecordType, Resolution, Scheme, Share, Srv, Survey, Taken, Target, Tier, Transport,
};

use super::draw::{self, End, Ticket};
use super::engine::{Attempt, Engine, Fates, Memory, Odds, Reaction, Walk};
use super::ledger::{Found, Ledger, Path};
use super::profile::Profile;

mod attempt;
mod naptr;
mod profile;

/// RFC 3263 as it is written.
pub(super) struct Rfc3263;

impl Engine for Rfc3263 {
    fn profile(&self) -> &'static Profile {
        &profile::PROFILE
    }

    fn walk(&self, dial: &Dial, survey: &Survey, reading: Reading, at: Moment) -> Walk {
        let mut walker = Walker { dial, book: Ledger::new(survey, reading, at) };
        let end = walker.locate();
        match walker.book.close() {
            Err(needed) => Walk::Need(needed),
            Ok(steps) => {
                let (tiers, conclusion) = match end {
                    Ok(tiers) => (tiers, Conclusion::Found),
                    Err(Stop::Nowhere(why)) => (Vec::new(), Conclusion::Nowhere(why)),
                    Err(Stop::Failed(question, answer)) => (Vec::new(), Conclusion::DnsFailed { question, answer }),
                };
                let engine = self.profile().name;
                Walk::Done(Box::new(Resolution { dial: dial.clone(), engine, steps, tiers, conclusion }))
            }
        }
    }

    fn attempt(&self, resolution: &Resolution, fates: &Fates, _: &Memory, patience: Option<Duration>) -> Attempt {
        attempt::attempt(resolution, fates, patience)
    }

    fn reaction(&self, _: Transport, failure: Failure) -> Reaction {
        attempt::reaction(failure)
    }
}

/// Why a walk ends without candidates.
enum Stop {
    /// There is nowhere to send to.
    Nowhere(String),
    /// A question that decides was not answered.
    Failed(Question, Arc<Answer>),
}

/// What a domain says of one transport.
enum Service {
    /// It has targets.
    Here(Vec<Tier>),
    /// It has no SRV records.
    Absent,
    /// It says that there is none: the only target is the root (RFC 2782).
    Refused,
    /// The answer is still to be asked for.
    Wanted,
}

struct Walker<'w> {
    dial: &'w Dial,
    book: Ledger<'w>,
}

type Ended<T> = Result<T, Stop>;

impl Walker<'_> {
    /// RFC 3263 4.1 and 4.2.
    fn locate(&mut self) -> Ended<Vec<Tier>> {
        let uri = &self.dial.uri;
        let wanted = uri.wanted_transport();
        if let Some(transport) = wanted.filter(|&t| !self.dial.transports.contains(t)) {
            return Err(Stop::Nowhere(format!(
                "the URI asks for {transport}, and only {} is spoken here",
                self.dial.transports
            )));
        }
        let name = match uri.target() {
            Host::Ip(ip) => {
                let transport = wanted.map_or_else(|| self.unspoken_default(), Ok)?;
                let address = Address { ip: *ip, ttl: None, until: None };
                return Ok(vec![self.plain(Host::Ip(*ip), transport, vec![address])]);
            }
            Host::Name(name) => name.clone(),
        };
        if let Some(port) = uri.port {
            let why = format!("port {port} is given: no NAPTR and no SRV are asked for (RFC 3263 4.1, 4.2)");
            self.book.skip(Question::new(name.clone(), RecordType::Naptr), why);
            let transport = wanted.map_or_else(|| self.unspoken_default(), Ok)?;
            return self.by_address(&name, transport);
        }
        if let Some(transport) = wanted {
            let why = format!("transport {transport} is given: no NAPTR is asked for (RFC 3263 4.1)");
            self.book.skip(Question::new(name.clone(), RecordType::Naptr), why);
            return self.without_naptr(&name, &[transport]);
        }
        self.with_naptr(&name)
    }

    /// What we speak of what the scheme allows, in preference.
    fn allowed(&self) -> Vec<Transport> {
        let secure_only = self.dial.uri.scheme == Scheme::Sips;
        self.dial.transports.iter().filter(|t| !secure_only || t.is_secure()).collect()
    }

    /// UDP for sip:, TLS for sips: (RFC 3263 4.1); where that is not spoken, the first that is.
    fn unspoken_default(&self) -> Ended<Transport> {
        let default = if self.dial.uri.scheme == Scheme::Sips { Transport::Tls } else { Transport::Udp };
        let allowed = self.allowed();
        let chosen = allowed.iter().copied().find(|&t| t == default).or_else(|| allowed.first().copied());
        chosen.ok_or_else(|| {
            Stop::Nowhere(format!("a sips: URI needs tls, and only {} is spoken here", self.dial.transports))
        })
    }

    /// RFC 3263 4.1: the NAPTR records of the domain choose the transport.
    fn with_naptr(&mut self, name: &Name) -> Ended<Vec<Tier>> {
        let question = Question::new(name.clone(), RecordType::Naptr);
        let found = self.book.read(&question);
        let Some((answer, records)) = found.records() else {
            match found {
                Found::Wanted => return Ok(Vec::new()),
                Found::Failed(answer) => {
                    let consequence = "whether the domain has NAPTR records is unknown, so no transport can be chosen";
                    self.book.fail(&question, &answer.outcome, consequence);
                    return Err(Stop::Failed(question, answer));
                }
                Found::Answer(answer) => {
                    let why = format!("{}: no NAPTR, so SRV for each transport (RFC 3263 4.1)", answer.outcome.said());
                    self.book.step(&question, Vec::new(), why, false);
                }
            }
            let allowed = self.allowed();
            return self.without_naptr(name, &allowed);
        };
        let path = Path::default().by(answer);
        let (usable, taken) = naptr::usable(records, &self.allowed(), self.dial.uri.scheme);
        let Some(first) = usable.first() else {
            let why = "no record offers a service that is spoken here, as if there were none: SRV for each transport (RFC 3263 4.1)";
            self.book.step(&question, taken, why, false);
            let allowed = self.allowed();
            return self.without_naptr(name, &allowed);
        };
        let why =
            format!("order {} is the first that is spoken here; then by preference (RFC 3403 4.1)", first.0.order);
        self.book.step(&question, taken, why, true);
        let mut refused = false;
        for (at, (naptr, transport)) in usable.iter().enumerate() {
            let place = Some((naptr.order, naptr.preference));
            match self.service(&naptr.replacement, *transport, place, path)? {
                Service::Wanted => return Ok(Vec::new()),
                Service::Here(tiers) => {
                    for (later, _) in &usable[at + 1..] {
                        let why =
                            format!("preference {} was usable: one transport results (RFC 3263 4.1)", naptr.preference);
                        self.book.skip(Question::new(later.replacement.clone(), RecordType::Srv), why);
                    }
                    return Ok(tiers);
                }
                Service::Refused => refused = true,
                Service::Absent => {}
            }
        }
        if refused {
            return Err(Stop::Nowhere(
                "the domain says that the service is not available (RFC 2782, target '.')".into(),
            ));
        }
        self.by_address(name, first.1)
    }

    /// RFC 3263 4.1 and 4.2 where no NAPTR helps: SRV for each transport, the first that exists is used;
    /// where none does, the domain's own addresses.
    fn without_naptr(&mut self, name: &Name, transports: &[Transport]) -> Ended<Vec<Tier>> {
        let mut owners = Vec::new();
        for &transport in transports {
            let owner = name.under(transport.srv_labels()).map_err(|why| {
                Stop::Nowhere(format!("{} under {name} cannot be asked for: {why}", transport.srv_labels()))
            })?;
            // Asked for all at once: that costs a round trip less where the first does not exist.
            self.book.read(&Question::new(owner.clone(), RecordType::Srv));
            owners.push((owner, transport));
        }
        let mut refused = None;
        for (at, (owner, transport)) in owners.iter().enumerate() {
            match self.service(owner, *transport, None, Path::default())? {
                Service::Wanted => return Ok(Vec::new()),
                Service::Here(tiers) => {
                    for (later, _) in &owners[at + 1..] {
                        let why = format!("not used: {} was usable", transport.srv_labels());
                        self.book.step(&Question::new(later.clone(), RecordType::Srv), Vec::new(), why, false);
                    }
                    return Ok(tiers);
                }
                Service::Refused => refused = Some(*transport),
                Service::Absent => {}
            }
        }
        if let Some(transport) = refused {
            let why = format!(
                "the domain says that there is no {transport} service (RFC 2782, target '.'), and has no other"
            );
            return Err(Stop::Nowhere(why));
        }
        let transport = match transports {
            [only] => *only,
            _ => self.unspoken_default()?,
        };
        self.by_address(name, transport)
    }

    /// RFC 3263 4.2: the SRV records of one transport, and the addresses of their targets.
    fn service(&mut self, owner: &Name, transport: Transport, naptr: Option<(u16, u16)>, path: Path) -> Ended<Service> {
        let question = Question::new(owner.clone(), RecordType::Srv);
        let found = self.book.read(&question);
        let Some((answer, records)) = found.records() else {
            return match found {
                Found::Wanted => Ok(Service::Wanted),
                Found::Failed(answer) => {
                    let consequence =
                        format!("whether there is a {transport} service is unknown, so no lesser one may be taken");
                    self.book.fail(&question, &answer.outcome, &consequence);
                    Err(Stop::Failed(question, answer))
                }
                Found::Answer(answer) => {
                    self.book.step(&question, Vec::new(), absence(&answer.outcome, transport), false);
                    Ok(Service::Absent)
                }
            };
        };
        let path = path.by(answer);
        let srvs: Vec<&Srv> = records.iter().filter_map(srv).collect();
        let taken: Vec<Taken> = srvs
            .iter()
            .map(|srv| {
                if srv.target.is_root() {
                    Taken::No("target '.': no service here (RFC 2782)".into())
                } else {
                    Taken::Yes
                }
            })
            .collect();
        if taken.iter().all(|taken| *taken != Taken::Yes) {
            self.book.step(&question, taken, "the only target is '.': the service is not available (RFC 2782)", false);
            return Ok(Service::Refused);
        }
        self.book.step(&question, taken, "lowest priority first, weight decides within one (RFC 2782)", true);
        self.tiers(&srvs, transport, naptr, path)
    }

    fn tiers(&mut self, srvs: &[&Srv], transport: Transport, naptr: Option<(u16, u16)>, path: Path) -> Ended<Service> {
        let mut srvs: Vec<&Srv> = srvs.iter().copied().filter(|srv| !srv.target.is_root()).collect();
        // Within a priority the draw decides, so any order will do: one that does not rotate.
        srvs.sort_by(|a, b| (a.priority, b.weight, &a.target, a.port).cmp(&(b.priority, a.weight, &b.target, b.port)));
        let mut tiers: Vec<Tier> = Vec::new();
        let mut failed = None;
        for srv in srvs {
            let addresses = self.book.addresses(&srv.target, self.dial.addresses, path);
            failed = failed.or(addresses.failed);
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
            match tiers.last_mut().filter(|tier| tier.priority == Some(srv.priority)) {
                Some(tier) => tier.targets.push(target),
                None => tiers.push(Tier { transport, naptr, priority: Some(srv.priority), targets: vec![target] }),
            }
        }
        if let Some(tier) = tiers.first_mut() {
            let weights: Vec<u16> = tier.targets.iter().filter_map(|t| t.weight).collect();
            for (target, share) in tier.targets.iter_mut().zip(draw::first_shares(&weights)) {
                target.first = share;
            }
            return Ok(Service::Here(tiers));
        }
        match failed {
            Some((question, answer)) => Err(Stop::Failed(question, answer)),
            None => Err(Stop::Nowhere("SRV records exist, and none of their targets has an address".into())),
        }
    }

    /// RFC 3263 4.2: the domain's own addresses, on the given port or the transport's default.
    fn by_address(&mut self, name: &Name, transport: Transport) -> Ended<Vec<Tier>> {
        let addresses = self.book.addresses(name, self.dial.addresses, Path::default());
        match (addresses.found.is_empty(), addresses.failed) {
            (false, _) => Ok(vec![self.plain(Host::Name(name.clone()), transport, addresses.found)]),
            (true, Some((question, answer))) => Err(Stop::Failed(question, answer)),
            (true, None) => Err(Stop::Nowhere(format!("{name} has neither SRV records nor an address"))),
        }
    }

    /// The one target where no SRV led.
    fn plain(&self, host: Host, transport: Transport, addresses: Vec<Address>) -> Tier {
        let port = self.dial.uri.port.unwrap_or(transport.default_port());
        let target = Target { host, port, weight: None, first: Share::ALL, addresses };
        Tier { transport, naptr: None, priority: None, targets: vec![target] }
    }
}

fn srv(record: &Record) -> Option<&Srv> {
    match &record.rdata {
        Rdata::Srv(srv) => Some(srv),
        _ => None,
    }
}

fn absence(outcome: &Outcome, transport: Transport) -> String {
    format!("{}: no SRV for {transport}", outcome.said())
}
