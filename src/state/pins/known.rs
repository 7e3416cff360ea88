//! What facts told of a carrier's registrations, and what moved by it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::model::{
    Account, AccountId, AccountMode, AccountNews, Binding, Carrier, Confidence, Endpoint, Host, Moment, Noted, PinMove,
    PinReport, PinSource, Pop, Purpose, RegisterOutcome, RegisterReport, Resolution, Sighting, Stop, Text, Why,
};

use super::own::{Own, after_sleep};
use super::round::Round;
use super::seen::Seen;
use super::tree::Tree;
use super::{By, Denied, Moved, Pin, Placement, RegistrationState, Told, witness};

/// Moves are kept for so long, and so many.
const KEPT: (Duration, usize) = (Duration::from_secs(86_400), 1000);

/// What was told.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    pub(super) own: Own,
    pub(super) tree: Tree,
    /// Another instance that holds the account: what that noted.
    pub(super) elsewhere: Option<Elsewhere>,
    pub(super) holder: Seen,
    round: Round,
    pub(super) fetched: Seen,
    pub(super) placement: Option<Placement>,
    /// That all POPs refuse to say: since when, and by which answer.
    pub(super) refused: Option<(Moment, Text)>,
    pub(super) stopped: Option<Stop>,
    pub(super) source: Seen,
    /// Who that was, as it named itself.
    pub(super) teller: Option<Text>,
    /// What it says that is not registered.
    pub(super) denied: Vec<Denied>,
    /// Whether what it told is too long ago to count.
    pub(super) unheard: bool,
    /// Since when it fails, and how often in a row.
    failing: Option<(Moment, u32)>,
    /// What the source saw last, and when.
    sightings: Option<(Moment, Vec<Sighting>)>,
    /// What each POP listed last beside what is ours or looked for.
    pub(super) beside: BTreeMap<Pop, (Host, Moment, Vec<Binding>)>,
}

/// Another instance, and what it wrote down.
#[derive(Clone, Debug)]
pub(super) struct Elsewhere {
    pub(super) noted: Option<Noted>,
}

impl RegistrationState {
    /// Takes what came of a REGISTER.
    pub(in crate::state) fn binding(
        &mut self,
        report: &RegisterReport,
        next: Option<Moment>,
        carrier: &Carrier,
        at: Moment,
    ) -> Vec<PinMove> {
        let account = carrier.account.as_deref();
        let last = Arc::new(report.clone());
        self.due = next;
        if let RegisterOutcome::Done(granted) = &report.outcome {
            self.granted = Some(last.clone());
            let others = granted.others().filter(|binding| !binding.is_gone());
            let others: Vec<Binding> = others.filter(|_| !is_any_looked_for(account)).cloned().collect();
            self.facts.beside.insert(carrier.pop_of(&report.target), (report.target.clone(), report.at, others));
        }
        self.last = Some(last);
        let facts = &mut self.facts;
        let mut moves = Vec::new();
        if report.purpose != Purpose::Remove {
            (facts.stopped, facts.elsewhere) = (None, None);
            moves = std::mem::take(&mut facts.holder).ended(at, "the other trunktop let go of it");
        }
        let mode = account.map(|account| account.mode).filter(|_| report.purpose == Purpose::Fetch);
        match mode {
            Some(AccountMode::Observe) => facts.round.take(carrier.pop_of(&report.target), report),
            // Before it binds it looks who is there; what it goes on from at once is not the end of an attempt.
            Some(AccountMode::Hold) if next.is_none_or(|next| next > at) => facts.own.fail_to_look(report),
            _ => {}
        }
        moves.extend(facts.own.take(report, account));
        self.note(moves, at)
    }

    /// Takes what else happened to the account.
    pub(in crate::state) fn news(
        &mut self,
        news: &AccountNews,
        next: Option<Moment>,
        carrier: &Carrier,
        at: Moment,
    ) -> Vec<PinMove> {
        self.due = next;
        let facts = &mut self.facts;
        let moves = match news {
            AccountNews::Round => facts.end_round(carrier, at),
            AccountNews::Lost(endpoint, how) => facts.own.lose(*endpoint, at, how),
            AccountNews::LetGo(Why::LeftDns) => facts.own.let_go(at, "DNS no longer lists its target"),
            AccountNews::LetGo(Why::ByHand) => facts.own.let_go(at, "let go of by hand"),
            AccountNews::Stopped(stop) => {
                facts.round = Round::default();
                facts.stopped = Some(stop.clone());
                Vec::new()
            }
            AccountNews::Elsewhere(noted) => {
                facts.elsewhere = Some(Elsewhere { noted: noted.clone() });
                let pins = noted.iter().map(|noted| held_elsewhere(noted, carrier, at)).collect();
                facts.holder.take(pins, at, |_| "another trunktop says so, which holds it".to_owned())
            }
        };
        self.note(moves, at)
    }

    /// Takes what the source of `[carrier.pin]` told; and that it fails, or works again, in words.
    pub(in crate::state) fn report(
        &mut self,
        report: &PinReport,
        next: Moment,
        carrier: &Carrier,
        at: Moment,
    ) -> (Vec<PinMove>, Option<String>) {
        let facts = &mut self.facts;
        let before = self.told.take();
        let well = before.as_ref().and_then(|told| told.well);
        let failed = before.and_then(|told| told.fails);
        let (told, moves) = match &report.told {
            Ok(sightings) => {
                let sightings = &sightings[..sightings.len().min(KEPT.1)];
                let pins = witness::pins(sightings, &facts.tree, carrier, report.at);
                facts.denied = witness::denied(sightings, &facts.tree);
                facts.sightings = Some((report.at, sightings.to_vec()));
                facts.teller = sightings.first().map(|seen| seen.by.clone()).or(facts.teller.take());
                (facts.failing, facts.unheard) = (None, false);
                let many = pins.iter().map(|pin| pin.many).sum();
                let who = witness::teller(if pins.is_empty() { &facts.source.pins } else { &pins });
                let why = |moved: &PinMove| witness::why(&who, moved);
                let moves = facts.source.take(pins, at, why);
                (Told { at: report.at, said: Ok(many), well: Some(report.at), next, fails: None }, moves)
            }
            Err(why) => {
                facts.source.pins.iter_mut().for_each(|pin| pin.old = true);
                let (since, times) = facts.failing.map_or((report.at, 1), |(since, times)| (since, times + 1));
                facts.failing = Some((since, times));
                let every = carrier.pin.as_ref().map_or(PinSource::EVERY, |source| source.every);
                let lasts = well.map_or(times >= 2, |well| report.at.since(well) >= 3 * every);
                let fails = failed.or(Some(since).filter(|_| lasts));
                (Told { at: report.at, said: Err(why.clone()), well, next, fails }, Vec::new())
            }
        };
        let turn = match (failed, told.fails, &told.said) {
            (None, Some(_), Err(why)) if well.is_none() => Some(format!("the source of pins has never worked: {why}")),
            (None, Some(_), Err(why)) => Some(format!("the source of pins fails: {why}")),
            (Some(_), None, _) => Some("the source of pins works again".to_owned()),
            _ => None,
        };
        self.told = Some(told);
        (self.note(moves, at), turn)
    }

    /// Takes what DNS lists now, for REGISTER and beside it for calls.
    pub(in crate::state) fn list(&mut self, walks: &[&Resolution], carrier: &Carrier, at: Moment) -> Vec<PinMove> {
        let facts = &mut self.facts;
        if !facts.tree.list(walks, at) {
            return Vec::new();
        }
        let well = self.told.as_ref().is_some_and(|told| told.said.is_ok());
        let Some((seen, sightings)) = facts.sightings.as_ref().filter(|_| well) else { return Vec::new() };
        // The same that was seen, by the names that it has now.
        let pins = witness::pins(sightings, &facts.tree, carrier, *seen);
        if let Some(told) = &mut self.told {
            told.said = Ok(pins.iter().map(|pin| pin.many).sum());
        }
        facts.denied = witness::denied(sightings, &facts.tree);
        if !facts.source.pins.is_empty() {
            facts.source.rename(pins);
            return Vec::new();
        }
        let who = witness::teller(&pins);
        let moves = facts.source.take(pins, at, |moved| witness::why(&who, moved));
        self.note(moves, at)
    }

    /// Time has passed. What follows, and whether anything else has changed by it.
    pub(in crate::state) fn tick(
        &mut self,
        now: Moment,
        woke: Option<Moment>,
        carrier: &Carrier,
        grace: Duration,
    ) -> (Vec<PinMove>, bool) {
        let moves = self.facts.own.tick(now, woke);
        let over = |until: Option<Moment>, more: Duration| until.is_some_and(|until| until + more <= now);
        let round = carrier.account.as_ref().map_or(Account::EVERY, |account| account.every);
        let facts = &mut self.facts;
        let mut faded = facts.holder.fade(|pin| over(pin.until, Duration::ZERO));
        faded |= facts.fetched.fade(|pin| over(pin.until, if pin.old { Duration::ZERO } else { 2 * round }));
        if let (Some(told), Some(source)) = (&self.told, &carrier.pin) {
            let unheard = told.said.is_err() && told.well.is_some_and(|well| now.since(well) > 3 * source.every);
            faded |= facts.source.fade(|pin| unheard || pin.old && over(pin.until, Duration::ZERO));
            if unheard && !facts.unheard {
                (facts.unheard, faded) = (true, true);
                facts.denied.clear();
            }
        }
        for (_, at, bindings) in facts.beside.values_mut() {
            let before = bindings.len();
            bindings.retain(|binding| !over(binding.expires.map(|left| *at + left.span()), 2 * round));
            faded |= bindings.len() != before;
        }
        facts.beside.retain(|_, (_, _, bindings)| !bindings.is_empty());
        let pinned: BTreeSet<Endpoint> = self.pins.iter().filter_map(|pin| pin.endpoint).collect();
        facts.tree.forget(now, grace, &pinned);
        while self.moves.front().is_some_and(|moved| now.since(moved.at) > KEPT.0) {
            self.moves.pop_front();
        }
        let changed = faded || !moves.is_empty();
        (self.note(moves, now), changed)
    }

    /// The machine slept: what is left of each binding counts by the wall clock.
    pub(in crate::state) fn sleep(&mut self, now: Moment) {
        let facts = &mut self.facts;
        facts.own.sleep(now);
        let seen = [&mut facts.holder, &mut facts.fetched, &mut facts.source];
        for pin in seen.into_iter().flat_map(|seen| &mut seen.pins) {
            pin.until = pin.until.map(|until| after_sleep(until, now));
        }
    }

    /// Goes by other settings from now on.
    pub(in crate::state) fn set(&mut self, before: &Carrier, now: &Carrier) {
        let id = |carrier: &Carrier| carrier.account.as_ref().map(|account| AccountId::of(account, &carrier.uri));
        if id(before) != id(now) {
            let (moves, tree) = (std::mem::take(&mut self.moves), std::mem::take(&mut self.facts.tree));
            *self = Self { moves, facts: Known { tree, ..Known::default() }, ..Self::default() };
            return;
        }
        let facts = &mut self.facts;
        if before.account != now.account {
            (facts.stopped, facts.refused, facts.placement) = (None, None, None);
            (facts.round, facts.fetched) = (Round::default(), Seen::default());
            facts.own.forget_attempts();
            self.due = None;
            facts.elsewhere = None;
            facts.holder = Seen::default();
        }
        if before.pin != now.pin {
            (self.told, facts.sightings, facts.source) = (None, None, Seen::default());
            (facts.teller, facts.failing, facts.unheard) = (None, None, false);
            facts.denied.clear();
        }
    }

    fn note(&mut self, moves: Vec<PinMove>, at: Moment) -> Vec<PinMove> {
        self.moves.extend(moves.iter().map(|what| Moved { at, what: what.clone() }));
        let over = self.moves.len().saturating_sub(KEPT.1);
        self.moves.drain(..over);
        moves
    }
}

impl Known {
    fn end_round(&mut self, carrier: &Carrier, at: Moment) -> Vec<PinMove> {
        let round = std::mem::take(&mut self.round);
        let Some(account) = carrier.account.as_deref().filter(|account| account.mode == AccountMode::Observe) else {
            return Vec::new();
        };
        let Some(found) = round.end(account, &self.fetched.pins) else { return Vec::new() };
        let since = self.refused.take().map_or(at, |(since, _)| since);
        self.refused = found.refused.map(|why| (since, why));
        self.placement = Some(found.placement);
        if !found.sure {
            self.fetched.fade(|_| true);
            return Vec::new();
        }
        let lists = |host: &Host| found.pins.iter().find(|pin| pin.target == *host).and_then(|pin| pin.contact.clone());
        let lists: BTreeMap<Host, Text> =
            found.pins.iter().filter_map(|pin| Some((pin.target.clone(), lists(&pin.target)?))).collect();
        let why = |moved: &PinMove| match moved.to.as_ref().and_then(|to| lists.get(to)) {
            Some(contact) => format!("it lists {contact}"),
            None => "it is listed there no longer".to_owned(),
        };
        self.fetched.take(found.pins, at, why)
    }
}

/// Whether any binding of the account is looked for.
fn is_any_looked_for(account: Option<&Account>) -> bool {
    account.is_none_or(|account| account.mode == AccountMode::Observe && account.contact.is_none())
}

/// Where another instance says that it is registered.
fn held_elsewhere(noted: &Noted, carrier: &Carrier, now: Moment) -> Pin {
    let moment = |at: Timestamp| {
        let ahead = Duration::try_from(at.duration_since(now.wall)).unwrap_or_default();
        let behind = Duration::try_from(now.wall.duration_since(at)).unwrap_or_default();
        Moment { mono: now.mono.saturating_add(ahead).saturating_sub(behind), wall: at }
    };
    let (target, pop) = (noted.target.clone(), carrier.pop_of(&noted.target));
    Pin {
        endpoint: Some(noted.endpoint),
        since: Some(moment(noted.since)),
        until: Some(moment(noted.until)),
        granted: Some(noted.granted),
        ..Pin::of(target, pop, Confidence::Observed, By::OtherInstance)
    }
}
