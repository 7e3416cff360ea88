//! A resolution as a tree: how DNS leads from the domain to the addresses, taken or not.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::model::{
    Cname, Conclusion, Endpoint, Host, Name, Naptr, Rdata, Reason, RecordType, Resolution, SipUri, Srv, Step, Taken,
    Target, Tier, Ttl,
};

use super::Index;

/// One line of the tree.
#[derive(Clone, Debug)]
pub struct Row<'r> {
    /// For each level above this one, whether more of it follows below; the length is the depth.
    pub guides: Vec<bool>,
    /// Whether more lines of the same parent follow.
    pub more: bool,
    /// What it shows.
    pub item: Item<'r>,
    /// Whether the walk goes through it.
    pub used: bool,
}

/// What a line of the tree shows.
#[derive(Clone, Copy, Debug)]
pub enum Item<'r> {
    /// A question, and what was made of the answer.
    Question(&'r Step),
    /// An alias on the way, and the step whose answer it came in.
    Cname(&'r Cname, &'r Step),
    /// A NAPTR record.
    Naptr {
        /// The step that it was read in.
        step: &'r Step,
        /// Its place in that answer.
        at: usize,
        /// The record.
        naptr: &'r Naptr,
        /// Its TTL as received.
        ttl: Ttl,
        /// Why it is not used; none where it is.
        unused: Option<&'r str>,
        /// The question that it leads to.
        leads_to: Option<&'r Step>,
    },
    /// An SRV record.
    Srv {
        /// The step that it was read in.
        step: &'r Step,
        /// Its place in that answer.
        at: usize,
        /// The record.
        srv: &'r Srv,
        /// Its TTL as received.
        ttl: Ttl,
        /// Why it is not used; none where it is.
        unused: Option<&'r str>,
        /// The target, where it is one.
        target: Option<(usize, &'r Target)>,
    },
    /// A host without SRV: the domain itself, or a literal.
    Host(usize, &'r Target),
    /// An address of the target above.
    Address {
        /// The address.
        ip: IpAddr,
        /// Its own TTL as received; none for a literal.
        ttl: Option<Ttl>,
        /// Where a request would go.
        endpoint: Endpoint,
        /// The step that it is of; none for a literal.
        step: Option<&'r Step>,
        /// Its target, with the place of the tier.
        target: (usize, &'r Target),
    },
    /// Why there is nowhere to send to.
    Nowhere(&'r Reason),
    /// One of several URIs, with what it decides itself.
    Uri(usize, &'r SipUri),
}

struct Node<'r> {
    item: Item<'r>,
    used: bool,
    below: Vec<Node<'r>>,
}

impl<'r> Node<'r> {
    fn leaf(item: Item<'r>, used: bool) -> Self {
        Self { item, used, below: Vec::new() }
    }
}

/// The tree of a resolution, line by line from the top.
pub fn tree(resolution: &Resolution) -> Vec<Row<'_>> {
    let forest = Forest { resolution, index: Index::of(resolution) };
    let mut rows = Vec::new();
    lay(forest.roots(), &mut Vec::new(), &mut rows);
    rows
}

fn lay<'r>(nodes: Vec<Node<'r>>, guides: &mut Vec<bool>, rows: &mut Vec<Row<'r>>) {
    let count = nodes.len();
    for (at, node) in nodes.into_iter().enumerate() {
        let more = at + 1 < count;
        rows.push(Row { guides: guides.clone(), more, item: node.item, used: node.used });
        guides.push(more);
        lay(node.below, guides, rows);
        guides.pop();
    }
}

struct Forest<'r> {
    resolution: &'r Resolution,
    index: Index<'r>,
}

impl<'r> Forest<'r> {
    /// The tree of each URI; where there are several, below a line of its own.
    fn roots(&self) -> Vec<Node<'r>> {
        let dial = &self.resolution.dial;
        let mut roots = if dial.more_uris.is_empty() {
            self.of_uri(0, &dial.uri)
        } else {
            let each = dial.uris().enumerate().map(|(at, uri)| Node {
                item: Item::Uri(at, uri),
                used: self.resolution.tiers.iter().any(|tier| tier.uri == at),
                below: self.of_uri(at, uri),
            });
            each.collect()
        };
        if let Conclusion::Nowhere(why) = &self.resolution.conclusion {
            roots.push(Node::leaf(Item::Nowhere(why), false));
        }
        roots
    }

    fn of_uri(&self, at: usize, uri: &'r SipUri) -> Vec<Node<'r>> {
        let steps = || self.resolution.steps.iter().filter(|step| step.uri == at);
        let mut roots: Vec<Node<'r>> = Vec::new();
        let mut led_to: BTreeSet<&Name> = BTreeSet::new();
        for step in steps().filter(|step| step.question.rtype == RecordType::Naptr) {
            led_to.extend(replacements(step));
            roots.push(Node { item: Item::Question(step), used: step.used, below: self.below_naptr(step) });
        }
        for step in steps().filter(|step| step.question.rtype == RecordType::Srv) {
            if !led_to.contains(&step.question.name) {
                roots.push(Node { item: Item::Question(step), used: step.used, below: self.below_srv(step) });
            }
        }
        let tiers = self.resolution.tiers.iter().enumerate().filter(|(_, tier)| tier.uri == at);
        for (place, tier) in tiers.filter(|(_, tier)| tier.priority.is_none()) {
            for target in &tier.targets {
                let below = self.below_target(place, target);
                roots.push(Node { item: Item::Host(place, target), used: true, below });
            }
        }
        if self.resolution.tiers.iter().all(|tier| tier.uri != at)
            && let Host::Name(name) = uri.target()
        {
            roots.extend(self.addresses_missing(at, name));
        }
        roots
    }

    fn below_naptr(&self, step: &'r Step) -> Vec<Node<'r>> {
        let Some(answer) = step.answer() else { return Vec::new() };
        let mut below: Vec<Node<'r>> = answer.chain.iter().map(|c| Node::leaf(Item::Cname(c, step), true)).collect();
        let mut records: Vec<_> = (0..).zip(answer.outcome.records()).collect();
        records.sort_by(|(_, a), (_, b)| a.rdata.cmp(&b.rdata));
        for (at, record) in records {
            let Some(naptr) = record.rdata.naptr() else { continue };
            let leads_to = self.index.step_of(step.uri, &naptr.replacement, RecordType::Srv);
            let unused = unused(step, at).or(match leads_to {
                Some(next) if next.answer().is_none() => Some(next.why.as_str()),
                _ => None,
            });
            let under = leads_to.filter(|_| unused.is_none()).map_or_else(Vec::new, |next| match next.answer() {
                Some(answer) if !answer.outcome.records().is_empty() && answer.chain.is_empty() => self.below_srv(next),
                _ => vec![Node { item: Item::Question(next), used: next.used, below: self.below_srv(next) }],
            });
            let used = unused.is_none() && leads_to.is_some_and(|next| next.used);
            let item = Item::Naptr { step, at, naptr, ttl: record.ttl, unused, leads_to };
            below.push(Node { item, used, below: under });
        }
        below
    }

    fn below_srv(&self, step: &'r Step) -> Vec<Node<'r>> {
        let Some(answer) = step.answer() else { return Vec::new() };
        let mut below: Vec<Node<'r>> =
            answer.chain.iter().map(|c| Node::leaf(Item::Cname(c, step), step.used)).collect();
        let mut records: Vec<_> = (0..).zip(answer.outcome.records()).collect();
        records.sort_by(|(_, a), (_, b)| srv_order(&a.rdata).cmp(&srv_order(&b.rdata)));
        for (at, record) in records {
            let Some(srv) = record.rdata.srv() else { continue };
            let unused = unused(step, at);
            let target = self.index.target_of(step, srv);
            let under = match target {
                Some((tier, target)) => self.below_target(tier, target),
                None if step.used && unused.is_none() => self.addresses_missing(step.uri, &srv.target),
                None => Vec::new(),
            };
            let item = Item::Srv { step, at, srv, ttl: record.ttl, unused, target };
            below.push(Node { item, used: target.is_some(), below: under });
        }
        below
    }

    fn below_target(&self, tier: usize, target: &'r Target) -> Vec<Node<'r>> {
        let Tier { transport, uri, .. } = self.resolution.tiers[tier];
        let mut below = Vec::new();
        if let Some(name) = target.host.name() {
            let families = [RecordType::Aaaa, RecordType::A];
            let steps = families.into_iter().filter_map(|rtype| self.index.step_of(uri, name, rtype));
            for step in steps {
                let chain = step.answer().map_or(&[][..], |answer| &answer.chain);
                for cname in chain.iter().filter(|_| step.used) {
                    let twice = below
                        .iter()
                        .any(|node: &Node<'_>| matches!(node.item, Item::Cname(c, _) if c.owner == cname.owner));
                    if !twice {
                        below.push(Node::leaf(Item::Cname(cname, step), true));
                    }
                }
                // That a host has only one kind of address is nothing to tell; that a question failed is.
                if step.now().is_some_and(|answer| !answer.outcome.is_answer()) {
                    below.push(Node::leaf(Item::Question(step), false));
                }
            }
        }
        for address in &target.addresses {
            let rtype = if address.ip.is_ipv4() { RecordType::A } else { RecordType::Aaaa };
            let step = target.host.name().and_then(|name| self.index.step_of(uri, name, rtype));
            let ttl = step.and_then(Step::answer).and_then(|answer| answer.ttl());
            let endpoint = Endpoint { transport, at: (address.ip, target.port).into() };
            below.push(Node::leaf(Item::Address { ip: address.ip, ttl, endpoint, step, target: (tier, target) }, true));
        }
        below
    }

    /// The questions for the addresses of a host that has none.
    fn addresses_missing(&self, uri: usize, name: &Name) -> Vec<Node<'r>> {
        let families = [RecordType::Aaaa, RecordType::A].into_iter();
        let steps = families.filter_map(|rtype| self.index.step_of(uri, name, rtype));
        steps.map(|step| Node::leaf(Item::Question(step), false)).collect()
    }
}

/// Where the records that are gone by lead; what others name may be asked for all the same, on its own.
fn replacements(step: &Step) -> impl Iterator<Item = &Name> {
    let records = step.answer().map_or(&[][..], |answer| answer.outcome.records());
    let gone_by = (0..).zip(records).filter(|(at, _)| unused(step, *at).is_none());
    gone_by.filter_map(|(_, record)| Some(&record.rdata.naptr()?.replacement))
}

fn unused(step: &Step, record: usize) -> Option<&str> {
    match step.taken.get(record) {
        Some(Taken::No { why, .. }) => Some(why),
        Some(Taken::Yes) => None,
        None if step.used => None,
        None => Some(&step.why),
    }
}

fn srv_order(rdata: &Rdata) -> Option<(u16, std::cmp::Reverse<u16>, &Name, u16)> {
    let srv = rdata.srv()?;
    Some((srv.priority, std::cmp::Reverse(srv.weight), &srv.target, srv.port))
}
