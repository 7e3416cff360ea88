//! Real stacks, each as what it does differently.
//!
//! All of them make their way from a URI to targets in the same few steps: is there a port, is a transport
//! named, is there NAPTR, which SRV records, whose addresses. What they do at each step is their [`Manner`]:
//! the parameters of `engines.md`'s simulator, one value an engine, with the rule and the source it is known
//! from. The files beside this one (`asterisk.rs`, `kamailio.rs`, ...) hold nothing else; the procedure is here,
//! once.
//!
//! The reference is not one of them: it is written out clause by clause in `rfc3263.rs`.

mod addresses;
mod manner;
mod naptr;
mod order;
mod srv;

use std::sync::Arc;

use crate::model::{
    Address, Answer, Dial, EngineName, Failure, Host, Method, Moment, Name, Question, Reading, RecordType, Rule,
    Scheme, SipUri, Survey, Taken, Target, Tier, Transport,
};

use super::engine::{Engine, Limits, Qualify, Reaction, Recall, Registering, Round, Walk};
use super::judge::{self, judged, kept};
use super::ledger::{Found, Ledger, Path};
use super::profile::Profile;
use super::rfc3263::rules as rfc;
use super::trunk::{self, Ended, Stop};

pub(super) use manner::{
    Absent, Course, Draw, Families, Flag, Manner, Named, Naptr, NaptrOrder, NaptrTaken, Reactions, Rules, SrvAsked,
    Stand, Unspoken, Unusable, Zeros,
};

/// A stack that goes its way in this manner.
#[derive(Debug)]
pub(super) struct Stack {
    pub profile: &'static Profile,
    pub name: EngineName,
    pub manner: Manner,
    /// What it may do otherwise, for what is not known of it.
    pub readings: Vec<Manner>,
}

impl Engine for Stack {
    fn profile(&self) -> &'static Profile {
        self.profile
    }

    fn name(&self) -> EngineName {
        self.name.clone()
    }

    fn rules(&self) -> &'static [&'static Rule] {
        self.manner.rules.all
    }

    fn walk(&self, dial: &Dial, survey: &Survey, reading: Reading, at: Moment) -> Walk {
        let book = Ledger::new(survey, reading, at, self.manner.caching);
        trunk::walk(self, dial, book, |uri, book| Walker { manner: &self.manner, dial, uri, book }.locate())
    }

    fn rounds(&self, targets: &[&Target]) -> Vec<Round> {
        self.manner.draw.rounds(targets)
    }

    fn reaction(&self, over: Transport, failure: Failure, method: Method) -> Reaction {
        self.manner.reactions.reaction(over, failure, method)
    }

    fn limits(&self, method: Method) -> Limits {
        (self.manner.limits)(method)
    }

    fn recall(&self) -> Option<Recall> {
        self.manner.recall
    }

    fn qualify(&self) -> Option<Qualify> {
        self.manner.qualify
    }

    fn registering(&self) -> Registering {
        self.manner.registering
    }

    fn registers_apart(&self) -> bool {
        matches!(self.manner.named, Named::ToRegister(_))
    }

    fn readings(&self) -> Vec<Arc<dyn Engine>> {
        let reading = |manner: &Manner| -> Arc<dyn Engine> {
            let (profile, name, manner) = (self.profile, self.name.clone(), manner.clone());
            Arc::new(Self { profile, name, manner, readings: Vec::new() })
        };
        self.readings.iter().map(reading).collect()
    }
}

/// The walk of one URI.
struct Walker<'w, 's> {
    manner: &'w Manner,
    dial: &'w Dial,
    uri: &'w SipUri,
    book: &'w mut Ledger<'s>,
}

impl Walker<'_, '_> {
    fn locate(&mut self) -> Ended<Vec<Tier>> {
        let (uri, rules) = (self.uri, self.manner.rules);
        let wanted = self.wanted();
        if let Some(transport) = wanted.filter(|&transport| !self.dial.transports.contains(transport)) {
            let why = format!("{transport} is asked for, and only {} is spoken here", self.dial.transports);
            return Err(self.nowhere(rules.transport, why));
        }
        if uri.scheme == Scheme::Sips && self.manner.named == Named::SipAlone {
            return Err(self.nowhere(rules.transport, "a sips: URI is not sent at all"));
        }
        if let Some(transport) = wanted.filter(|transport| uri.scheme == Scheme::Sips && !transport.is_secure()) {
            let why = format!("the request is sips:, and {transport} is not encrypted");
            return Err(self.nowhere(&rfc::URI_SIPS, why));
        }
        if self.spoken().is_empty() {
            let why = format!("a sips: URI needs tls, and only {} is spoken here", self.dial.transports);
            return Err(self.nowhere(&rfc::URI_UNSPOKEN, why));
        }
        let name = match uri.target() {
            Host::Ip(ip) => {
                self.book.given(&rfc::URI_LITERAL, format!("{ip} is an address: nothing is asked"));
                let transport = self.transport_or_default(wanted);
                let address = Address { ip: *ip, ttl: None, until: None };
                return Ok(vec![self.plain(Host::Ip(*ip), transport, vec![address])]);
            }
            Host::Name(name) => name.clone(),
        };
        if let Some(port) = uri.port.filter(|_| self.manner.srv != SrvAsked::DespitePort) {
            let why = format!("port {port} is given: neither NAPTR nor SRV is asked for");
            self.book.skip(Question::new(name.clone(), RecordType::Naptr), rules.port, why);
            let transport = self.transport_or_default(wanted);
            return self.by_address(&name, transport, rules.port, Path::default());
        }
        match (wanted, self.manner.naptr) {
            (Some(transport), _) if self.manner.srv == SrvAsked::Never || self.manner.named == Named::Fixed => {
                let why = format!("transport {transport} is fixed: neither NAPTR nor SRV is asked for");
                self.book.skip(Question::new(name.clone(), RecordType::Naptr), rules.transport, why);
                self.by_address(&name, transport, rules.domain, Path::default())
            }
            (Some(transport), _) => {
                let why = format!("transport {transport} is given: no NAPTR is asked for");
                self.book.skip(Question::new(name.clone(), RecordType::Naptr), rules.transport, why);
                if self.manner.srv == SrvAsked::Never {
                    return self.without_srv(&name, transport);
                }
                self.by_services(&name, &[transport])
            }
            (None, None) => {
                self.book.skip(Question::new(name.clone(), RecordType::Naptr), rules.naptr, "no NAPTR is asked for");
                self.without_naptr(&name)
            }
            (None, Some(naptr)) => self.with_naptr(&name, naptr),
        }
    }

    /// The transport that the URI names, or that the engine puts there.
    fn wanted(&self) -> Option<Transport> {
        let named = match self.manner.named {
            Named::Only(transport) => return Some(transport),
            Named::ByUri | Named::Fixed | Named::SipAlone => None,
            Named::Always(transport) => Some(transport),
            Named::ToRegister(transport) => Some(transport).filter(|_| self.dial.method == Method::Register),
        };
        let allowed = |transport: &Transport| self.uri.scheme == Scheme::Sip || transport.is_secure();
        self.uri.wanted_transport().or(named.filter(allowed))
    }

    /// What is spoken of what the scheme allows, in the engine's preference.
    fn spoken(&self) -> Vec<Transport> {
        let secure_only = self.uri.scheme == Scheme::Sips;
        let allowed = |transport: &Transport| {
            self.dial.transports.contains(*transport) && (!secure_only || transport.is_secure())
        };
        match self.manner.prefers {
            Some(prefers) => prefers.iter().copied().filter(allowed).collect(),
            None => self.dial.transports.iter().filter(allowed).collect(),
        }
    }

    /// UDP for sip:, TLS for sips:; where that is not spoken, the first that is.
    fn default_transport(&self) -> Transport {
        let default = if self.uri.scheme == Scheme::Sips { Transport::Tls } else { Transport::Udp };
        let spoken = self.spoken();
        if spoken.contains(&default) { default } else { spoken.first().copied().unwrap_or(default) }
    }

    fn transport_or_default(&mut self, wanted: Option<Transport>) -> Transport {
        if let Some(transport) = wanted {
            self.book.given(self.manner.rules.transport, format!("transport {transport} is given"));
            return transport;
        }
        let default = self.default_transport();
        self.book.given(&rfc::URI_DEFAULT, format!("no transport is named: {default}"));
        default
    }

    /// The one target where no SRV led.
    fn plain(&self, host: Host, transport: Transport, addresses: Vec<Address>) -> Tier {
        trunk::plain(self.uri, self.book.uri(), host, transport, addresses)
    }

    fn nowhere(&self, rule: &'static Rule, why: impl Into<String>) -> Stop {
        Stop::Nowhere(self.book.reason(rule, why))
    }

    /// Notes a decision on an answer, by this rule.
    fn note(
        &mut self,
        question: &Question,
        answer: &Answer,
        taken: Vec<Taken>,
        rule: &'static Rule,
        why: impl Into<String>,
        used: bool,
    ) {
        self.note_by(question, answer, taken, &[Some(rule)], why, used);
    }

    /// Notes a decision on an answer, with what its chain and its age add to the rules.
    fn note_by(
        &mut self,
        question: &Question,
        answer: &Answer,
        taken: Vec<Taken>,
        rules: &[Option<&'static Rule>],
        why: impl Into<String>,
        used: bool,
    ) {
        let mut rules: Vec<&'static Rule> = rules.iter().copied().flatten().collect();
        if !answer.chain.is_empty() {
            rules.push(&rfc::ALIAS);
        }
        if self.book.is_cached(question) {
            rules.push(&rfc::CACHED);
        }
        self.book.step(question, taken, &rules, why, used);
    }

    /// A question that failed: every stack goes on as if there were no records.
    fn failed(&mut self, question: &Question, answer: &Answer) {
        let why = format!("{}: it goes on as if there were no records", answer.outcome.said());
        self.book.step(question, Vec::new(), &[self.manner.rules.failed], why, false);
    }

    /// What may be needed where neither NAPTR nor SRV leads anywhere.
    fn foresee_addresses(&mut self, name: &Name) {
        for rtype in [RecordType::Aaaa, RecordType::A] {
            self.book.foresee(Question::new(name.clone(), rtype));
        }
    }
}
