//! What the fold makes of trouble of our own: it is told once, and nobody else's is told for it.

use std::net::SocketAddr;

use crate::model::{CarrierName, Event, EventKind, HealthState, Moment, ResolverSpec};
use crate::state::ours::{self, Held, Ours, is_silence};
use crate::state::verdict::clock;

use super::State;

impl State {
    /// What is wrong with our own side, the worst first.
    pub fn ours(&self) -> &[Ours] {
        &self.ours
    }

    /// The first of it in one sentence.
    pub fn our_trouble(&self) -> Option<String> {
        let now = self.now?;
        Some(self.ours.first()?.said(|at| clock(at, now, &self.options.zone)))
    }

    /// What happened to our own side, oldest first.
    pub fn our_events(&self) -> impl DoubleEndedIterator<Item = &Event> + ExactSizeIterator {
        self.our_events.iter()
    }

    /// Looks whether something is wrong with our own side. Returns what is told now, and whether that has changed.
    pub(super) fn look_at_ourselves(&mut self, at: Moment) -> (Vec<Event>, bool) {
        let before = std::mem::take(&mut self.ours);
        self.ours = ours::suspect(self.carriers.values(), &self.options.defaults, self.life, &before);
        let (now, zone) = (&self.ours, &self.options.zone);
        let turns = ours::turns(&before, now, at, |then| clock(then, at, zone));
        let mut events: Vec<Event> =
            turns.into_iter().map(|words| Event { at, carrier: None, kind: EventKind::Ours(words) }).collect();
        self.our_events.extend(events.iter().cloned());
        let over = self.our_events.len().saturating_sub(super::super::carrier::EVENTS);
        self.our_events.drain(..over);
        if !self.ours.is_empty() {
            self.excuse(at);
        }
        events.extend(self.release(at));
        (events, before != self.ours)
    }

    /// Those that went with us are not known any more, and were not told to be out.
    fn excuse(&mut self, at: Moment) {
        let ours = &self.ours;
        for carrier in self.carriers.values_mut() {
            for (endpoint, health) in &mut carrier.health {
                let silent = health.last.as_ref().is_some_and(is_silence);
                if !silent || !ours.iter().any(|one| one.excuses(endpoint.at)) {
                    continue;
                }
                let name = carrier.carrier.name.as_str();
                let held = self.held.iter().find_map(|held| held.from(name, *endpoint));
                // Who has been out for longer than all others is so by himself.
                if held.is_some() || !matches!(health.state, HealthState::Down(_)) {
                    health.excuse(held.unwrap_or(health.state), at);
                }
            }
        }
        let carriers = &mut self.carriers;
        let defaults = &self.options.defaults;
        self.held.retain(|held| {
            let carrier = held.event.carrier.as_ref().and_then(|name| carriers.get_mut(name));
            let Some(carrier) = carrier else { return false };
            let laid = match &held.event.kind {
                EventKind::Health { endpoint, .. } => ours.iter().any(|one| one.excuses(endpoint.at)),
                _ => ours.iter().any(|one| one.silences(defaults.resolver(&carrier.carrier))),
            };
            carrier.dns_untold |= laid && held.is_dns();
            !laid
        });
    }

    /// What was held back, and is told now.
    fn release(&mut self, at: Moment) -> Vec<Event> {
        let held = std::mem::take(&mut self.held);
        let (due, rest) = held.into_iter().partition(|held| held.is_due(at, self.heard_of(held)));
        self.held = rest;
        let due: Vec<Held> = due;
        for held in &due {
            if let Some(carrier) = held.event.carrier.as_ref().and_then(|name| self.carriers.get_mut(name)) {
                carrier.note(std::slice::from_ref(&held.event));
            }
        }
        due.into_iter().map(|held| held.event).collect()
    }

    /// When a sign of life last showed that it was not us.
    fn heard_of(&self, held: &Held) -> Option<Moment> {
        if let EventKind::Health { endpoint, .. } = &held.event.kind {
            return self.life.like(endpoint.at);
        }
        let name = held.event.carrier.as_ref()?;
        self.answered_by(self.options.defaults.resolver(&self.carriers.get(name)?.carrier))
    }

    fn answered_by(&self, resolver: &ResolverSpec) -> Option<Moment> {
        let own = self.carriers.values().filter(|known| self.options.defaults.resolver(&known.carrier) == resolver);
        own.filter_map(|carrier| carrier.asked.answered).max()
    }

    /// Whether that a carrier's questions are not answered is laid to our own side.
    fn is_silenced(&self, name: &CarrierName) -> bool {
        let resolver = self.carriers.get(name).map(|known| self.options.defaults.resolver(&known.carrier));
        resolver.is_some_and(|resolver| self.ours.iter().any(|ours| ours.silences(resolver)))
    }

    /// Holds an event back where it may be our own fault and that shows in a moment; gives it back where not.
    pub(super) fn hold(&mut self, name: &CarrierName, kind: EventKind, at: Moment, asked: Moment) -> Vec<EventKind> {
        let event = Event { at, carrier: Some(name.clone()), kind };
        if matches!(event.kind, EventKind::Dns(_)) && self.is_silenced(name) {
            if let Some(carrier) = self.carriers.get_mut(name) {
                carrier.dns_untold = true;
            }
            return Vec::new();
        }
        if self.others_tell(&event) {
            self.held.push(Held { event, asked });
            return Vec::new();
        }
        vec![event.kind]
    }

    /// Whether there is another carrier at which it would soon show that it is us.
    fn others_tell(&self, event: &Event) -> bool {
        let mut waiting = self.held.iter().filter(|held| held.event.carrier != event.carrier);
        if waiting.any(|held| std::mem::discriminant(&held.event.kind) == std::mem::discriminant(&event.kind)) {
            return true;
        }
        let mut others = self.carriers.values().filter(|known| Some(&known.carrier.name) != event.carrier.as_ref());
        match &event.kind {
            EventKind::Health { endpoint, .. } => others.any(|other| {
                let alive = |state| matches!(state, HealthState::Up | HealthState::Degraded);
                let like = |at: SocketAddr| at.is_ipv4() == endpoint.at.is_ipv4();
                other.health.iter().any(|(of, health)| like(of.at) && alive(health.state))
            }),
            EventKind::Dns(_) => {
                let own = event.carrier.as_ref().and_then(|name| self.carriers.get(name));
                let Some(own) = own.map(|own| self.options.defaults.resolver(&own.carrier)) else { return false };
                others.any(|other| self.options.defaults.resolver(&other.carrier) == own)
            }
            _ => false,
        }
    }
}
