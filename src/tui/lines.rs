//! The lines of a carrier's tree, as cursor and picture share them.
//!
//! A line has an identity that outlives TTLs, weights of others and the order of an answer, so that the
//! cursor stays where it is while the DNS moves under it.

use std::net::IpAddr;

use crate::locate::{self, Item, Row};
use crate::model::{
    Candidate, Endpoint, Host, Outage, Pop, Question, RecordType, Resolution, Share, Step, Target, What,
};
use crate::state::{CarrierState, Health, Listing, Pin};

/// A line of the tree.
#[derive(Debug)]
pub(super) struct Line<'s> {
    /// What it is, whatever happens around it.
    pub(super) id: String,
    /// What it shows.
    pub(super) shows: Shows<'s>,
    /// The step that it was read in; none where it is not from an answer.
    pub(super) step: Option<&'s Step>,
}

/// What a line shows.
#[derive(Debug)]
pub(super) enum Shows<'s> {
    /// Something that the walk saw.
    Walk(Row<'s>),
    /// A target that left the DNS and is still probed.
    Gone(Endpoint, &'s Health),
    /// A registration at a target that left the DNS, and is no longer probed.
    Pinned(&'s Pin),
}

/// A target that a line is about, and one of its addresses where the line is about that.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aim<'s> {
    resolution: &'s Resolution,
    tier: usize,
    pub(super) target: &'s Target,
    pub(super) address: Option<IpAddr>,
}

/// All lines of a carrier's tree; none before the first answer.
pub(super) fn lines(carrier: &CarrierState) -> Vec<Line<'_>> {
    let Some(published) = carrier.shown() else { return Vec::new() };
    let mut lines = Vec::new();
    // The name of each level above.
    let mut above: Vec<String> = Vec::new();
    for row in locate::tree(&published.drawn) {
        above.truncate(row.guides.len());
        let (name, step) = match row.item {
            Item::Question(step) => (step.question.to_string(), Some(step)),
            Item::Cname(cname, step) => (format!("CNAME {}", cname.owner), Some(step)),
            Item::Naptr { naptr, step, .. } => (format!("{} {}", naptr.service, naptr.replacement), Some(step)),
            Item::Srv { srv, step, .. } => (format!("{}:{} {}", srv.target, srv.port, srv.priority), Some(step)),
            Item::Host(_, target) => (target.host.to_string(), None),
            Item::Address { ip, step, .. } => (ip.to_string(), step),
            Item::Nowhere(_) => ("nowhere".to_owned(), None),
            Item::Uri(at, uri) => (format!("{at} {uri}"), None),
        };
        let mut id = String::new();
        for part in &above {
            id.push_str(part);
            id.push('/');
        }
        id.push_str(&name);
        above.push(name);
        lines.push(Line { id, shows: Shows::Walk(row), step });
    }
    let gone = carrier.health.iter().filter(|(_, health)| health.left_dns.is_some());
    lines.extend(gone.map(|(endpoint, health)| Line {
        id: format!("gone {endpoint}"),
        shows: Shows::Gone(*endpoint, health),
        step: None,
    }));
    let left = carrier.registration.pins().iter().filter(|pin| matches!(pin.listing, Listing::Gone { .. }));
    let unseen = left.filter(|pin| {
        let known = |at| carrier.health.get(&at).is_some_and(|health| health.left_dns.is_some());
        !pin.endpoint.is_some_and(known)
    });
    lines.extend(unseen.map(|pin| Line {
        id: format!("pin {} {}", pin.target, pin.by.said()),
        shows: Shows::Pinned(pin),
        step: None,
    }));
    lines
}

/// The line to begin at: the target of the next calls, else the first line.
pub(super) fn first_aim(carrier: &CarrierState, lines: &[Line<'_>]) -> usize {
    let share = |line: &Line<'_>| line.aim(carrier).filter(|aim| aim.address.is_none()).map(|aim| aim.first(carrier));
    let mut best: Option<(usize, Share)> = None;
    for (at, line) in lines.iter().enumerate() {
        if let Some(share) = share(line)
            && best.is_none_or(|(_, known)| share.0 > known.0 + 1e-9)
        {
            best = Some((at, share));
        }
    }
    best.map_or(0, |(at, _)| at)
}

impl<'s> Line<'s> {
    /// What the line is about, where that can fail.
    pub(super) fn aim(&self, carrier: &'s CarrierState) -> Option<Aim<'s>> {
        let resolution: &Resolution = &carrier.shown()?.drawn;
        let Shows::Walk(row) = &self.shows else { return None };
        match row.item {
            Item::Srv { target: Some((tier, target)), .. } | Item::Host(tier, target) => {
                Some(Aim { resolution, tier, target, address: None })
            }
            Item::Address { ip, target: (tier, target), .. } => {
                Some(Aim { resolution, tier, target, address: Some(ip) })
            }
            _ => None,
        }
    }

    /// The step that decides here: where a line is not from an answer, the one that its target's addresses
    /// came in, or that its URI was looked up by first, or last where that led nowhere.
    pub(super) fn decided_by(&self, carrier: &'s CarrierState) -> Option<&'s Step> {
        let resolution: &Resolution = &carrier.shown()?.drawn;
        let Shows::Walk(row) = &self.shows else { return None };
        let mut of = resolution.steps.iter();
        match row.item {
            _ if self.step.is_some() => self.step,
            Item::Host(tier, target) => {
                let uri = resolution.tiers.get(tier)?.uri;
                let rtype = if target.addresses.first()?.ip.is_ipv4() { RecordType::A } else { RecordType::Aaaa };
                let question = Question::new(target.host.name()?.clone(), rtype);
                of.find(|step| step.uri == uri && step.question == question)
            }
            Item::Uri(at, _) => of.find(|step| step.uri == at),
            Item::Nowhere(reason) => of.rfind(|step| step.uri == reason.uri),
            _ => None,
        }
    }

    /// What fails where this line does: the target or one address of it, the transport that a record or a question
    /// is about, and at a root everything.
    pub(super) fn fails(&self, carrier: &'s CarrierState) -> Option<What> {
        let Shows::Walk(row) = &self.shows else { return None };
        let resolution: &Resolution = &carrier.shown()?.drawn;
        match row.item {
            Item::Naptr { naptr, .. } => naptr.sip_service().map(|service| What::Transport(service.transport)),
            Item::Question(step) if step.question.rtype == RecordType::Srv => {
                let asked = |tier: &&crate::model::Tier| tier.owner.as_ref() == Some(&step.question.name);
                resolution.tiers.iter().find(asked).map(|tier| What::Transport(tier.transport))
            }
            Item::Question(_) | Item::Cname(..) | Item::Uri(..) if !resolution.tiers.is_empty() => Some(What::All),
            _ => self.aim(carrier).map(|aim| aim.what()),
        }
    }

    /// Whether something is wrong here.
    pub(super) fn troubled(&self, carrier: &'s CarrierState) -> bool {
        let failed_question = match &self.shows {
            Shows::Walk(Row { item: Item::Question(step), .. }) => {
                step.now().is_some_and(|answer| !answer.outcome.is_answer())
            }
            Shows::Walk(Row { item: Item::Nowhere(_), .. }) | Shows::Pinned(_) => true,
            _ => false,
        };
        failed_question
            || self.aim(carrier).filter(Aim::whole).is_some_and(|aim| {
                aim.endpoints().any(|endpoint| {
                    use crate::model::HealthState::{Degraded, Down};
                    carrier.health.get(&endpoint).is_some_and(|health| matches!(health.state, Down(_) | Degraded))
                })
            })
    }
}

impl<'s> Aim<'s> {
    /// The first target of a carrier, where it has one.
    pub(super) fn any(carrier: &'s CarrierState) -> Option<Self> {
        let resolution: &Resolution = &carrier.shown()?.drawn;
        let tiers = resolution.tiers.iter().enumerate();
        tiers
            .flat_map(|(tier, of)| {
                of.targets.iter().map(move |target| Self { resolution, tier, target, address: None })
            })
            .next()
    }

    /// Whether the whole target is meant, or its only address.
    pub(super) fn whole(&self) -> bool {
        self.address.is_none()
    }

    /// Where its requests would go.
    pub(super) fn endpoints(&self) -> impl Iterator<Item = Endpoint> + use<'s> {
        self.candidates().map(|candidate| candidate.endpoint())
    }

    /// Its candidates.
    pub(super) fn candidates(&self) -> impl Iterator<Item = Candidate<'s>> + use<'s> {
        let (target, address) = (self.target, self.address);
        self.resolution.candidates().filter(move |candidate| {
            std::ptr::eq(candidate.target, target) && address.is_none_or(|ip| candidate.address.ip == ip)
        })
    }

    /// What a forced failure of it names: the target, or one address of several.
    pub(super) fn what(&self) -> What {
        match self.address {
            Some(ip) if self.target.addresses.len() > 1 => What::Address(ip),
            _ => What::Target(self.target.host.clone()),
        }
    }

    /// The SRV priority that it is of; none where it is from no SRV record.
    pub(super) fn priority(&self) -> Option<u16> {
        self.resolution.tiers.get(self.tier)?.priority
    }

    /// The POP that it belongs to.
    pub(super) fn pop(&self, carrier: &CarrierState) -> Pop {
        carrier.carrier.pop_of(&self.target.host)
    }

    /// What an operator forces on all of it; the last word counts.
    pub(super) fn forced(&self, carrier: &'s CarrierState) -> Option<&'s Outage> {
        let mut found = None;
        for candidate in self.candidates() {
            let outage = carrier.forced.iter().rev().find(|outage| outage.what.covers(&carrier.carrier, &candidate))?;
            found = found.or(Some(outage));
        }
        found
    }

    /// Its chance to be tried first, real outages not counted.
    pub(super) fn first(&self, carrier: &CarrierState) -> Share {
        let landing = carrier.foreseen().and_then(|previews| {
            previews
                .now
                .landings
                .iter()
                .find(|l| l.tier == self.tier && l.target == self.target.host && l.port == self.target.port)
        });
        landing.map_or(self.target.first, |landing| landing.odds.first)
    }

    /// Its chance that a request lands there now, outages that were seen counted.
    pub(super) fn landing(&self, carrier: &CarrierState) -> Option<Share> {
        let previews = carrier.foreseen()?;
        let mine = |l: &&crate::preview::Landing| {
            l.tier == self.tier && l.target == self.target.host && l.port == self.target.port
        };
        previews.now.landings.iter().find(mine).map(|landing| landing.odds.landing)
    }

    /// The line for a shell that sends the last probe of it again: of the first of its addresses that was
    /// sent one.
    pub(super) fn again(&self, carrier: &CarrierState) -> Option<crate::report::Again> {
        let uri = carrier.carrier.request_uri(self.resolution, &self.resolution.tiers[self.tier]);
        self.endpoints().find_map(|endpoint| {
            let sent = carrier.health.get(&endpoint)?.last.as_ref()?.sent.as_ref();
            crate::report::again(&carrier.carrier, uri, endpoint, sent)
        })
    }

    /// Where its tier stands among all: `tier 1 of 2`.
    pub(super) fn place(&self) -> String {
        format!("tier {} of {}", self.tier + 1, self.resolution.tiers.len())
    }

    /// Over what.
    pub(super) fn transport(&self) -> crate::model::Transport {
        self.resolution.tiers[self.tier].transport
    }

    /// Its name.
    pub(super) fn host(&self) -> &'s Host {
        &self.target.host
    }
}
