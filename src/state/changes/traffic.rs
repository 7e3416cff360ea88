//! What an edit of the DNS means for the traffic: two resolutions, compared.

use std::collections::{BTreeMap, BTreeSet};

use crate::locate::Index;
use crate::model::{Address, Conclusion, Host, Pop, Resolution, Share, Srv, Step};

use super::names::{Names, list};

/// How it begins where nothing follows.
pub(super) const NOTHING: &str = "no change for the traffic";

/// A resolution before, and one after.
pub(super) struct Traffic<'r> {
    old: View<'r>,
    new: View<'r>,
    names: &'r Names<'r>,
}

/// A resolution, to be looked up in.
struct View<'r> {
    index: Index<'r>,
    resolution: &'r Resolution,
    hosts: BTreeMap<&'r Host, Standing<'r>>,
    /// Those of the primaries first.
    pops: Vec<Pop>,
    places: BTreeMap<Pop, Place>,
}

/// How a host stands in a resolution.
#[derive(Clone, Copy)]
struct Standing<'r> {
    /// The first tier that it is in, from 0: the primaries.
    tier: usize,
    /// Its chance to be tried first.
    first: Share,
    addresses: &'r [Address],
}

/// How a POP stands in a resolution.
struct Place {
    label: String,
    /// The first tier that it is in, from 0.
    tier: usize,
    /// Its chance to be tried first.
    first: Share,
}

impl<'r> View<'r> {
    fn of(resolution: &'r Resolution, names: &Names<'_>) -> Self {
        let (mut hosts, mut pops, mut places) = (BTreeMap::new(), Vec::new(), BTreeMap::new());
        for (tier, of) in resolution.tiers.iter().enumerate() {
            for target in &of.targets {
                let (host, addresses) = (&target.host, target.addresses.as_slice());
                let known = hosts.entry(host).or_insert(Standing { tier, first: Share::NONE, addresses });
                known.first += target.first;
                let pop = names.pop_of(host);
                let place = places.entry(pop.clone()).or_insert_with(|| {
                    pops.push(pop);
                    Place { label: names.pop(host), tier, first: Share::NONE }
                });
                place.first += target.first;
            }
        }
        Self { index: Index::of(resolution), resolution, hosts, pops, places }
    }

    /// Who gets the next calls.
    fn next(&self) -> String {
        let mut places: Vec<&Place> = self.pops.iter().filter_map(|pop| self.places.get(pop)).collect();
        places.retain(|place| place.first.is_some());
        places.sort_by(|a, b| b.first.0.total_cmp(&a.first.0));
        let more = places.len().saturating_sub(3);
        let mut said: Vec<String> =
            places.iter().take(3).map(|place| format!("{} {}", place.label, place.first)).collect();
        said.extend((more > 0).then(|| format!("{more} more")));
        said.join(", ")
    }

    /// The names of the POPs that another resolution does not have.
    fn beyond(&self, other: &Self) -> Vec<String> {
        let alone = self.pops.iter().filter(|pop| !other.places.contains_key(pop));
        alone.filter_map(|pop| Some(self.places.get(pop)?.label.clone())).collect()
    }

    /// What requests are sent to, in the order of trying, whatever led there.
    fn route(&self) -> Vec<(usize, crate::model::Endpoint, Share)> {
        let mut route: Vec<_> = self.resolution.candidates().map(|c| (c.rank, c.endpoint(), c.first())).collect();
        route.sort_by_key(|(rank, endpoint, _)| (*rank, *endpoint));
        route
    }
}

/// A share that is not the same any more.
fn moved(from: Share, to: Share) -> bool {
    (from.0 - to.0).abs() > 1e-9
}

impl<'r> Traffic<'r> {
    pub(super) fn between(old: &'r Resolution, new: &'r Resolution, names: &'r Names<'r>) -> Self {
        Self { old: View::of(old, names), new: View::of(new, names), names }
    }

    /// What an edit of one SRV means, read by these steps.
    pub(super) fn srv(&self, (earlier, before): (&Step, Option<&Srv>), (later, now): (&Step, Option<&Srv>)) -> String {
        if let Some(said) = self.conclusion() {
            return said;
        }
        let old = before.and_then(|srv| Some((self.old.index.target_of(earlier, srv)?, srv)));
        let new = now.and_then(|srv| Some((self.new.index.target_of(later, srv)?, srv)));
        match (old, new) {
            (Some(((was, from), before)), Some(((is, to), now))) => {
                let (share, label) = (to.first, self.names.named(&now.target));
                match (was, is) {
                    (0, 1..) => format!("{label} becomes backup: first share was {}", from.first),
                    (1.., 0) => format!("{label} becomes primary: first share {share}"),
                    (0, 0) if before.target != now.target => format!("{share} of calls move to {label}"),
                    (0, 0) if moved(from.first, share) => format!("first share {} -> {share}", from.first),
                    (0, 0) if before.port != now.port => format!("{share} of calls go to port {}", now.port),
                    (0, 0) => format!("first share stays {share}"),
                    _ if before.target != now.target => format!("{label} is the backup now"),
                    _ if before.port != now.port => format!("the backup is on port {}", now.port),
                    (was, is) if was != is => format!("backup {was} becomes backup {is}"),
                    _ => format!("{NOTHING} while a primary answers"),
                }
            }
            (Some(((tier, _), before)), None) => self.left(&Host::Name(before.target.clone()), tier),
            (None, Some(((tier, target), _))) => self.joined(&target.host, tier, target.first),
            (None, None) => match now.or(before) {
                Some(srv) if !srv.target.is_root() => {
                    format!("{NOTHING}: {} has no address", self.names.named(&srv.target))
                }
                _ => self.all(),
            },
        }
    }

    /// What an edit of the addresses of a host means.
    pub(super) fn addresses(&self, host: &Host) -> String {
        if let Some(said) = self.conclusion() {
            return said;
        }
        let (Some(old), Some(new)) = (self.old.hosts.get(host), self.new.hosts.get(host)) else {
            return match (self.old.hosts.get(host), self.new.hosts.get(host)) {
                (Some(old), None) => self.left(host, old.tier),
                (None, Some(new)) => self.joined(host, new.tier, new.first),
                _ => self.all(),
            };
        };
        let ips = |standing: &Standing<'_>| standing.addresses.iter().map(|address| address.ip).collect::<Vec<_>>();
        if ips(old) == ips(new) {
            return NOTHING.to_owned();
        }
        let first = |standing: &Standing<'_>| standing.addresses.first().map(|address| address.ip);
        match (first(old), first(new)) {
            (Some(was), Some(is)) if was != is => {
                let before = if new.addresses.len() > 1 { " first" } else { "" };
                if new.tier == 0 {
                    format!("{} of calls go to {is}{before}", new.first)
                } else {
                    format!("the backup is at {is}{before}")
                }
            }
            (_, Some(is)) => match new.addresses.len() - 1 {
                0 => format!("{is} is the only address left"),
                1 => format!("still {is} first, and another after it"),
                more => format!("still {is} first, and {more} others after it"),
            },
            _ => self.all(),
        }
    }

    /// What it means that a host is no target any more.
    fn left(&self, host: &Host, tier: usize) -> String {
        let label = self.names.label(host);
        if self.new.hosts.contains_key(host) {
            return self.all();
        }
        let gone = if self.new.places.contains_key(&self.names.pop_of(host)) {
            format!("{label} gone, POP {} stays", self.names.pop(host))
        } else {
            format!("POP {} gone", self.names.pop(host))
        };
        if tier == 0 {
            return format!("{gone}; next calls: {}", self.new.next());
        }
        match self.new.resolution.tiers.iter().skip(1).map(|tier| tier.targets.len()).sum() {
            0 => format!("{gone}: no backup is left"),
            1 => format!("{gone}: 1 backup is left"),
            left => format!("{gone}: {left} backups are left"),
        }
    }

    /// What it means that a host has become a target.
    fn joined(&self, host: &Host, tier: usize, first: Share) -> String {
        if self.old.hosts.contains_key(host) {
            return self.all();
        }
        let new = if self.old.places.contains_key(&self.names.pop_of(host)) { "one more at POP" } else { "new POP" };
        let place = if tier == 0 { format!("first share {first}") } else { "a backup".to_owned() };
        format!("{new} {}: {place}", self.names.pop(host))
    }

    /// What an edit of NAPTR records means: nothing, as long as they lead to the same sets as before, whatever
    /// became of those at the same time.
    pub(super) fn naptr(&self) -> String {
        let leads = |view: &View<'r>| {
            let tiers = view.resolution.tiers.iter();
            tiers.map(|tier| (tier.uri, tier.transport, tier.owner.as_ref())).collect::<BTreeSet<_>>()
        };
        match self.conclusion() {
            None if leads(&self.old) == leads(&self.new) => NOTHING.to_owned(),
            _ => self.all(),
        }
    }

    /// What all of it means together.
    pub(super) fn all(&self) -> String {
        if let Some(said) = self.conclusion() {
            return said;
        }
        if self.old.route() == self.new.route() {
            return NOTHING.to_owned();
        }
        let over = |view: &View<'_>| view.resolution.tiers.first().map(|tier| tier.transport);
        let mut said = Vec::new();
        if let (Some(was), Some(is)) = (over(&self.old), over(&self.new))
            && was != is
        {
            said.push(format!("now over {is} (was {was})"));
        }
        said.extend(self.shares(said.is_empty()));
        said.join("; ")
    }

    /// Who has come, who is gone, and whose shares have moved; what else it can be, where nothing of the
    /// kind has happened and something must be said.
    fn shares(&self, must: bool) -> Option<String> {
        let primaries = self.old.places.iter().filter(|(_, place)| place.tier == 0);
        if !primaries.into_iter().any(|(pop, _)| self.new.places.contains_key(pop)) {
            return Some(format!("all calls move to {}", self.new.next()));
        }
        let (gone, come) = (self.old.beyond(&self.new), self.new.beyond(&self.old));
        let stays = |(pop, place): (&Pop, &Place)| {
            self.old
                .places
                .get(pop)
                .is_some_and(|was| (was.tier == 0) == (place.tier == 0) && !moved(was.first, place.first))
        };
        let mut said = Vec::new();
        if !gone.is_empty() {
            said.push(format!("POP {} gone", list(&gone, "POP")));
        }
        if !come.is_empty() {
            said.push(format!("new POP {}", list(&come, "POP")));
        }
        if !self.new.places.iter().all(stays) {
            said.push(format!("next calls: {}", self.new.next()));
        }
        if said.is_empty() && must {
            said.push("the same POPs and shares, by other ports, addresses or backups".to_owned());
        }
        (!said.is_empty()).then(|| said.join("; "))
    }

    /// What it means, where either side has no targets at all.
    fn conclusion(&self) -> Option<String> {
        match (&self.old.resolution.conclusion, &self.new.resolution.conclusion) {
            (Conclusion::Found, Conclusion::Found) => None,
            (Conclusion::Found, Conclusion::Nowhere(why)) => Some(format!("no call can be sent any more: {why}")),
            (_, Conclusion::Nowhere(why)) => Some(format!("no call can be sent: {why}")),
            (_, Conclusion::DnsFailed { question, .. }) => {
                Some(format!("nobody knows where calls go: {question} is not answered"))
            }
            (Conclusion::Nowhere(_), Conclusion::Found) => {
                Some(format!("calls can be sent again: {}", self.new.next()))
            }
            (Conclusion::DnsFailed { .. }, Conclusion::Found) => Some(format!("next calls: {}", self.new.next())),
        }
    }
}
