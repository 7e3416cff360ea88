//! What follows from all that was told: how it stands with the account, and which pins there are.

use std::time::Duration;

use crate::model::{Account, AccountMode, Binding, Carrier, Confidence, Endpoint, Host, Moment};
use crate::preview::{Held, Landing};

use super::known::Known;
use super::{Attention, By, Denied, Evidence, Pin, Placement, RegistrationState, Standing};

impl RegistrationState {
    /// Puts together what is known: how it stands, and which pins follow from what was told.
    pub(in crate::state) fn settle(&mut self, carrier: &Carrier) {
        let facts = &self.facts;
        let holds = carrier.account.as_ref().is_some_and(|account| account.mode == AccountMode::Hold);
        let own = facts.own.bound.as_ref().map(|bound| {
            let pop = carrier.pop_of(&bound.target);
            Pin {
                endpoint: Some(bound.endpoint),
                since: Some(bound.since),
                until: Some(bound.until),
                renewed: Some(bound.renewed),
                granted: Some(bound.granted),
                contact: bound.contact.clone(),
                // What nobody keeps any more is on its way out.
                old: !holds,
                ..Pin::of(bound.target.clone(), pop, Confidence::Observed, By::OwnRegister)
            }
        });
        let told = [&facts.holder, &facts.fetched, &facts.source].into_iter().flat_map(|seen| &seen.pins);
        let mut pins: Vec<Pin> = own.into_iter().chain(told.cloned()).collect();
        for pin in &mut pins {
            pin.listing = facts.tree.listing(&pin.target, pin.endpoint);
        }
        pins.sort_by(|one, other| {
            (one.confidence, &one.by, &one.target).cmp(&(other.confidence, &other.by, &other.target))
        });
        let mut others: Vec<(Host, Binding)> = Vec::new();
        for (host, _, bindings) in facts.beside.values() {
            let new = bindings.iter().filter(|new| others.iter().all(|(_, known)| known.contact != new.contact));
            let new: Vec<(Host, Binding)> = new.map(|binding| (host.clone(), binding.clone())).collect();
            others.extend(new);
        }
        (self.standing, self.pins, self.others) = (facts.standing(carrier.account.as_deref()), pins, others);
    }

    /// Whether where the engine would register may stand for what nobody has told.
    pub(in crate::state) fn may_infer(&self, carrier: &Carrier) -> bool {
        // Of an account that is not let in it is known that it is nowhere.
        let ended = matches!(self.standing, Standing::Stopped(_) | Standing::Refused { .. } | Standing::Elsewhere(_));
        if ended || !self.is_source_open() {
            return false;
        }
        let mode = carrier.account.as_ref().map(|account| account.mode);
        let of_others = match (mode, &self.facts.placement) {
            (Some(AccountMode::Off), _) | (Some(AccountMode::Observe), None) => true,
            (Some(AccountMode::Observe), Some(Placement::Open { listed, .. })) => listed.is_empty(),
            // What POPs say counts for more, be it that it cannot be told.
            (Some(AccountMode::Observe), Some(_)) => false,
            // Of our own it is known that it is nowhere.
            (Some(AccountMode::Hold) | None, _) => carrier.pin.is_some(),
        };
        of_others && self.pins.is_empty()
    }

    /// Whether the source of pins said nothing that counts: not yet, or not for so long that nothing is known of it.
    fn is_source_open(&self) -> bool {
        match &self.told {
            None => true,
            Some(told) => told.said.is_err() && (told.well.is_none() || self.facts.unheard),
        }
    }

    /// What the source says that is not registered.
    pub fn denied(&self) -> &[Denied] {
        &self.facts.denied
    }

    /// Who looked where it is registered, and saw none of this carrier.
    pub(in crate::state) fn sees_none(&self, carrier: &Carrier) -> Option<String> {
        let known = self.facts.tree.is_known() && !self.is_source_open() && self.facts.source.pins.is_empty();
        let source = carrier.pin.as_ref().filter(|_| known && self.told.is_some())?;
        let program = source.command.to_string();
        let program = program.rsplit('/').next().unwrap_or(&program).to_owned();
        Some(self.facts.teller.as_ref().map_or(program, ToString::to_string))
    }

    /// Where the engine would register now stands for what nobody has told.
    pub(in crate::state) fn infer(&mut self, landings: &[Landing]) {
        let mut pins: Vec<Pin> = Vec::new();
        for landing in landings.iter().filter(|landing| landing.odds.landing.is_some()) {
            if let Some(known) = pins.iter_mut().find(|pin| pin.target == landing.target) {
                known.chance += landing.odds.landing;
                continue;
            }
            let (target, pop) = (landing.target.clone(), landing.pop.clone());
            pins.push(Pin {
                listing: self.facts.tree.listing(&landing.target, None),
                chance: landing.odds.landing,
                ..Pin::of(target, pop, Confidence::Inferred, By::Engine)
            });
        }
        pins.sort_by(|one, other| other.chance.0.total_cmp(&one.chance.0));
        self.pins.extend(pins);
    }

    /// What a preview goes by: the surest pin that somebody told. One of our own is refreshed where it is, where that
    /// is `kept` to.
    pub(in crate::state) fn held(&self, now: Moment, kept: bool) -> Option<Held> {
        let tells = |pin: &&Pin| pin.confidence != Confidence::Inferred && pin.evidence != Evidence::Connections;
        let pin = self.pins.iter().find(tells)?;
        let left = |until: Moment| in_steps(until.since(now));
        Some(Held {
            target: pin.target.clone(),
            confidence: pin.confidence,
            left: pin.until.map(left),
            // Until the grace is over its refreshes go to where DNS no longer leads.
            refresh: pin.leaves().or(self.due).filter(|_| pin.by == By::OwnRegister).map(left),
            granted: pin.granted,
            stays: kept && pin.by == By::OwnRegister,
        })
    }

    /// Sets what needs attention.
    pub(in crate::state) fn attend(&mut self, attention: Attention, said: Option<String>) {
        (self.attention, self.said) = (attention, said);
    }

    /// The targets of the first tier, each address of them.
    pub(in crate::state) fn first_tier(&self) -> impl Iterator<Item = (Endpoint, &Host)> {
        self.facts.tree.first()
    }

    /// The addresses that a pin may be at.
    pub(in crate::state) fn addresses<'s>(&'s self, pin: &'s Pin) -> impl Iterator<Item = Endpoint> + 's {
        let named = pin.endpoint.is_none().then(|| self.facts.tree.of(&pin.target));
        pin.endpoint.into_iter().chain(named.into_iter().flatten())
    }
}

impl Known {
    fn standing(&self, account: Option<&Account>) -> Standing {
        let mode = account.map(|account| account.mode);
        let watched = mode.is_some_and(|mode| mode != AccountMode::Off);
        if let Some(stop) = self.stopped.as_ref().filter(|_| watched) {
            return Standing::Stopped(stop.clone());
        }
        if self.own.bound.is_some() && mode == Some(AccountMode::Hold) {
            return Standing::Held;
        }
        if let Some(elsewhere) = self.elsewhere.as_ref().filter(|_| watched) {
            return Standing::Elsewhere(elsewhere.noted.clone());
        }
        match mode {
            None => Standing::NoAccount,
            Some(AccountMode::Off) => Standing::Off,
            Some(AccountMode::Hold) => match self.own.without() {
                Some(without) if without.refused => Standing::Refused { since: without.since, why: without.why },
                Some(without) => Standing::Unregistered { since: without.since, why: without.why },
                None => Standing::Starting,
            },
            Some(AccountMode::Observe) => match (&self.refused, &self.placement) {
                (Some((since, why)), _) => Standing::Refused { since: *since, why: why.clone() },
                (None, Some(placement)) => Standing::Observed(placement.clone()),
                (None, None) => Standing::Starting,
            },
        }
    }
}

/// Rounded up, to minutes above two and to 10 s below, as it is shown: what hangs on it is computed anew only when that
/// changes.
pub fn in_steps(span: Duration) -> Duration {
    let step = if span > Duration::from_secs(120) { 60 } else { 10 };
    let seconds = span.as_secs() + u64::from(span.subsec_nanos() > 0);
    Duration::from_secs(seconds.div_ceil(step).saturating_mul(step))
}
