//! What a carrier's registrations have to do with the rest of what is known of it.

use std::sync::Arc;

use crate::locate::{Refresh, Walk};
use crate::model::{
    Account, Dial, Endpoint, Failure, HealthState, Method, Moment, PinMove, Reading, RefreshPolicy, Resolution,
    Revision,
};
use crate::preview::{self, Held, Landing};
use crate::state::health::Health;
use crate::state::pins::Pin;

use super::CarrierState;

/// Where the engine would register now.
#[derive(Clone, Debug)]
pub(in crate::state) struct Inferred {
    revision: Revision,
    seen: Vec<(Endpoint, Failure)>,
    landings: Vec<Landing>,
}

impl CarrierState {
    /// Whether anything is known, or asked, of where its registrations are.
    pub fn is_registering(&self) -> bool {
        self.carrier.account.is_some() || self.carrier.pin.is_some()
    }

    /// Whether a registration is at a target that is out, with all addresses that it may be at.
    pub fn is_on_down(&self, pin: &Pin) -> bool {
        let mut addresses = self.registration.addresses(pin).peekable();
        let down = |at| self.health.get(&at).is_some_and(|health| matches!(health.state, HealthState::Down(_)));
        addresses.peek().is_some() && addresses.all(down)
    }

    /// Takes what is published as the targets that registrations can be at.
    pub(in crate::state) fn list_for_register(&mut self) -> Vec<PinMove> {
        if !self.is_registering() {
            return Vec::new();
        }
        let Some(published) = &self.published else { return Vec::new() };
        let walked = self.walk_for_register();
        let walks: Vec<&Resolution> = walked.iter().chain([&*published.drawn]).collect();
        self.registration.list(&walks, &self.carrier, published.at)
    }

    fn walk_for_register(&self) -> Option<Resolution> {
        let published = self.published.as_ref()?;
        let dial = Dial { method: Method::Register, ..published.drawn.dial.clone() };
        match self.engine().walk(&dial, &self.survey, Reading::Drawn, published.at) {
            Walk::Done(walked) => Some(*walked),
            Walk::Need(_) => None,
        }
    }

    /// Puts together which pins there are; where nobody told of any, where the engine would register.
    pub(super) fn settle_pins(&mut self) {
        self.registration.settle(&self.carrier);
        let registers = self.engine().registering().refresh != Refresh::Never;
        if !registers || !self.is_registering() || !self.registration.may_infer(&self.carrier) {
            self.inferred = None;
            return;
        }
        let Some(revision) = self.published.as_ref().map(|published| published.revision) else { return };
        let seen = || self.health.iter().filter_map(|(&at, health)| Some((at, health.failure()?)));
        let known =
            self.inferred.take().filter(|known| known.revision == revision && seen().eq(known.seen.iter().copied()));
        let inferred = known.or_else(|| {
            let walked = self.walk_for_register()?;
            let seen: Vec<(Endpoint, Failure)> = seen().collect();
            let fails = |endpoint| self.health.get(&endpoint).and_then(Health::failure);
            let now = preview::preview(self.engine(), &walked, &self.carrier, &[], fails, None);
            Some(Inferred { revision, seen, landings: now.landings })
        });
        if let Some(inferred) = &inferred {
            self.registration.infer(&inferred.landings);
        }
        self.inferred = inferred;
    }

    /// Whether a refresh of our own goes to the target that it is registered at, before the engine is asked anew.
    pub fn refreshes_stay(&self) -> bool {
        let drawn = |account: &Account| account.refresh == RefreshPolicy::Engine;
        !(self.carrier.account.as_deref().is_some_and(drawn) && self.engine().registering().refresh == Refresh::Drawn)
    }

    /// Whether a preview of the registration says something else by now.
    pub(in crate::state) fn foresees_otherwise(&self, now: Moment) -> bool {
        let held: Option<Held> = self.registration.held(now, self.refreshes_stay());
        self.published.is_some() && self.basis.as_ref().is_some_and(|basis| !basis.holds(held.as_ref()))
    }

    /// Takes other settings of the account and of who tells of pins, where all else is as it was.
    pub(in crate::state) fn goes_by(&mut self, carrier: &Arc<super::Carrier>) -> bool {
        let alike =
            super::Carrier { account: carrier.account.clone(), pin: carrier.pin.clone(), ..(*self.carrier).clone() };
        if alike != **carrier {
            return false;
        }
        if self.carrier != *carrier {
            self.registration.set(&self.carrier, carrier);
            self.carrier = carrier.clone();
            self.list_for_register();
        }
        true
    }
}
