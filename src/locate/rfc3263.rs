//! The reference: RFC 3263 section 4, in the order of its clauses.
//!
//! `rules.rs` lists what it decides by. Where the RFCs leave a choice, the reading taken is the strict one:
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

use crate::model::{
    Address, Answer, Dial, EngineName, Failure, Host, Method, Moment, Name, Outcome, Question, Reading, RecordType,
    Rule, Scheme, SipUri, Survey, Taken, Target, Tier, Transport,
};

use super::draw;
use super::engine::{Engine, Reaction, Registering, Round, Walk};
use super::judge::{self, judged, kept, not_taken};
use super::ledger::{Caching, Found, Ledger, Path};
use super::profile::Profile;
use super::settings::Chosen;
use super::trunk::{self, Ended, Stop};

mod addresses;
mod naptr;
mod profile;
mod reaction;
pub(super) mod rules;
mod srv;

/// RFC 3263 as it is written.
#[derive(Debug)]
pub(super) struct Rfc3263 {
    name: EngineName,
    /// Whether a NAPTR order without SRV records gives way to the next order.
    all_orders: bool,
    /// Whether a sip: URI without NAPTR asks for `_sips`, too.
    ask_sips: bool,
}

impl Rfc3263 {
    pub(super) const PROFILE: &'static Profile = &profile::PROFILE;

    pub(super) fn with(chosen: &Chosen) -> Self {
        Self {
            name: chosen.name(),
            all_orders: chosen.value(&profile::NAPTR_ORDERS) == profile::ALL,
            ask_sips: chosen.value(&profile::ASK_SIPS) == profile::YES,
        }
    }
}

impl Default for Rfc3263 {
    fn default() -> Self {
        Self { name: Self::PROFILE.name.into(), all_orders: false, ask_sips: true }
    }
}

impl Engine for Rfc3263 {
    fn profile(&self) -> &'static Profile {
        Self::PROFILE
    }

    fn name(&self) -> EngineName {
        self.name.clone()
    }

    fn rules(&self) -> &'static [&'static Rule] {
        rules::ALL
    }

    fn walk(&self, dial: &Dial, survey: &Survey, reading: Reading, at: Moment) -> Walk {
        let book = Ledger::new(survey, reading, at, Caching::UntilExpiry);
        trunk::walk(self, dial, book, |uri, book| Walker { engine: self, dial, uri, book }.locate())
    }

    fn rounds(&self, targets: &[&Target]) -> Vec<Round> {
        vec![Round { rule: draw::Rule::Averaged, targets: (0..targets.len()).collect() }]
    }

    fn reaction(&self, _: Transport, failure: Failure, _: Method) -> Reaction {
        reaction::reaction(failure)
    }

    fn registering(&self) -> Registering {
        profile::REGISTERING
    }
}

/// The walk of one URI.
struct Walker<'w, 's> {
    engine: &'w Rfc3263,
    dial: &'w Dial,
    uri: &'w SipUri,
    book: &'w mut Ledger<'s>,
}

impl Walker<'_, '_> {
    /// RFC 3263 4.1 and 4.2.
    fn locate(&mut self) -> Ended<Vec<Tier>> {
        let uri = self.uri;
        if let Some(maddr) = &uri.maddr {
            self.book.given(&rules::URI_MADDR, format!("maddr={maddr} is looked up in place of {}", uri.host));
        }
        if uri.scheme == Scheme::Sips {
            self.book.given(&rules::URI_SIPS, "sips: nothing unencrypted is considered");
        }
        let wanted = uri.wanted_transport();
        if let Some(transport) = wanted.filter(|transport| uri.scheme == Scheme::Sips && !transport.is_secure()) {
            let why = format!("the request is sips:, and {transport} is not encrypted");
            return Err(self.nowhere(&rules::URI_SIPS, why));
        }
        if let Some(transport) = wanted.filter(|&transport| !self.dial.transports.contains(transport)) {
            let why = format!("the URI asks for {transport}, and only {} is spoken here", self.dial.transports);
            return Err(self.nowhere(&rules::URI_UNSPOKEN, why));
        }
        if self.allowed().is_empty() {
            let why = format!("a sips: URI needs tls, and only {} is spoken here", self.dial.transports);
            return Err(self.nowhere(&rules::URI_UNSPOKEN, why));
        }
        let name = match uri.target() {
            Host::Ip(ip) => {
                self.book.given(&rules::URI_LITERAL, format!("{ip} is an address: nothing is asked"));
                let transport = self.given_or_default(wanted);
                let address = Address { ip: *ip, ttl: None, until: None };
                return Ok(vec![self.plain(Host::Ip(*ip), transport, vec![address])]);
            }
            Host::Name(name) => name.clone(),
        };
        if let Some(port) = uri.port {
            let why = format!("port {port} is given: neither NAPTR nor SRV is asked for");
            self.book.skip(Question::new(name.clone(), RecordType::Naptr), &rules::URI_PORT, why);
            let transport = self.given_or_default(wanted);
            return self.by_address(&name, transport, &rules::URI_PORT, Path::default());
        }
        if let Some(transport) = wanted {
            let why = format!("transport {transport} is given: no NAPTR is asked for");
            self.book.skip(Question::new(name.clone(), RecordType::Naptr), &rules::URI_TRANSPORT, why);
            return self.without_naptr(&name, &[transport]);
        }
        self.with_naptr(&name)
    }

    /// What we speak of what the scheme allows, in preference.
    fn allowed(&self) -> Vec<Transport> {
        let secure_only = self.uri.scheme == Scheme::Sips;
        self.dial.transports.iter().filter(|t| !secure_only || t.is_secure()).collect()
    }

    /// The transport that the URI names, else the default.
    fn given_or_default(&mut self, wanted: Option<Transport>) -> Transport {
        match wanted {
            Some(transport) => {
                self.book.given(&rules::URI_TRANSPORT, format!("transport {transport} is given"));
                transport
            }
            None => self.default_transport(),
        }
    }

    /// UDP for sip:, TLS for sips: (RFC 3263 4.1); where that is not spoken, the first that is.
    fn default_transport(&mut self) -> Transport {
        let default = if self.uri.scheme == Scheme::Sips { Transport::Tls } else { Transport::Udp };
        let spoken = self.allowed().first().copied().filter(|_| !self.dial.transports.contains(default));
        let why = match spoken {
            None => format!("no transport is named: {default} for {}:", self.uri.scheme),
            Some(chosen) => format!("no transport is named, and {default} is not spoken here: {chosen}"),
        };
        self.book.given(&rules::URI_DEFAULT, why);
        spoken.unwrap_or(default)
    }

    /// The one target where no SRV led.
    fn plain(&self, host: Host, transport: Transport, addresses: Vec<Address>) -> Tier {
        trunk::plain(self.uri, self.book.uri(), host, transport, addresses)
    }

    fn nowhere(&self, rule: &'static Rule, why: impl Into<String>) -> Stop {
        Stop::Nowhere(self.book.reason(rule, why))
    }

    /// Notes that a question failed, and stops there.
    fn failed(&mut self, question: Question, answer: Arc<Answer>, rule: &'static Rule, consequence: &str) -> Stop {
        self.note_failed(&question, &answer, rule, consequence);
        Stop::Failed(question, answer)
    }

    fn note_failed(&mut self, question: &Question, answer: &Answer, rule: &'static Rule, consequence: &str) {
        let mut rules = vec![rule];
        if answer.outcome == Outcome::Loop {
            rules.insert(0, &rules::ALIAS_LOOP);
        }
        let why = format!("{}: {consequence}", answer.outcome.said());
        self.book.step(question, Vec::new(), &rules, why, false);
    }

    /// Notes a decision on an answer, with what its chain and its age add to the rules.
    fn note(
        &mut self,
        question: &Question,
        answer: &Answer,
        taken: Vec<Taken>,
        mut rules: Vec<&'static Rule>,
        why: impl Into<String>,
        used: bool,
    ) {
        if !answer.chain.is_empty() {
            rules.push(&rules::ALIAS);
        }
        if self.book.is_cached(question) {
            rules.push(&rules::CACHED);
        }
        self.book.step(question, taken, &rules, why, used);
    }

    /// What the walk may have to know where neither NAPTR nor SRV leads anywhere.
    fn foresee_addresses(&mut self, name: &Name) {
        for rtype in [RecordType::Aaaa, RecordType::A] {
            self.book.foresee(Question::new(name.clone(), rtype));
        }
    }
}
