//! One attempt to register, as the engine would make it, and one refresh.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::locate::{Memory, Place, Pursuit, Refresh};
use crate::model::{
    Expires, Failure, Granted, Method, Purpose, RefreshPolicy, Refusal, RefusalMeans, RegisterOutcome, RegisterReport,
    Resolution, Stop, Text,
};
use crate::monitor::accounts::{LEAST_PATIENCE, Spot, failure, is_lasting, stop};
use crate::monitor::jitter::{dice, jittered};

use super::{Held, Holder, REMOVING};

/// RFC 5626 4.5: after a failed registration one waits this long, twice as long after each further one, and half of
/// it to all of it by chance.
const FIRST_RETRY: Duration = Duration::from_secs(30);
const SLOWEST_RETRY: Duration = Duration::from_secs(1800);

/// What came of an attempt.
pub(super) enum Attempted {
    /// It is held.
    Held,
    /// Nothing came of it, and this long nothing is to be tried.
    Failed(Duration),
}

impl Holder {
    /// Fetches the bindings at a POP, and refuses to go on where there are others'.
    pub(super) async fn look_first(&mut self, spots: &[Spot]) -> Result<(), Stop> {
        for spot in spots {
            let patience = self.desk.patience(spot).min(LEAST_PATIENCE);
            let report = self.desk.send(spot, Purpose::Fetch, &self.with, patience).await;
            let others = self.others(&report);
            let wrong = stop(&report).filter(is_lasting);
            let silent = matches!(report.outcome, RegisterOutcome::Failed { .. });
            let again = self.desk.clock.now();
            self.desk.tell_report(report, Some(again)).await;
            if let Some(why) = others.or(wrong) {
                return Err(why);
            }
            if !silent {
                break;
            }
        }
        Ok(())
    }

    /// Fetches the bindings where one is to be made next, as patiently as the engine would register there. Where
    /// nobody answers, that is all that is to be known of it.
    async fn look_at(&mut self, spot: &Spot) -> Result<Option<RegisterReport>, Stop> {
        let report = self.desk.send(spot, Purpose::Fetch, &self.with, self.desk.patience(spot)).await;
        if matches!(report.outcome, RegisterOutcome::Failed { .. }) {
            return Ok(Some(report));
        }
        let why = self.others(&report).or_else(|| stop(&report).filter(is_lasting));
        let again = self.desk.clock.now();
        self.desk.tell_report(report, Some(again)).await;
        why.map_or(Ok(None), Err)
    }

    /// That somebody else is registered, where that matters.
    fn others(&self, report: &RegisterReport) -> Option<Stop> {
        let RegisterOutcome::Done(granted) = &report.outcome else { return None };
        let others: Vec<Text> = granted.others().map(|binding| binding.contact.clone()).collect();
        // A list that is longer than what is kept of it holds others for certain.
        let hidden = granted.listed > granted.bindings.len();
        (!self.desk.account.beside_others && (hidden || !others.is_empty())).then_some(Stop::Others(others))
    }

    /// Registers as the engine would, past what was tried just now; `looks` where the POPs are not fetched from yet.
    pub(super) async fn attempt(
        &mut self,
        way: &Arc<Resolution>,
        skip: BTreeSet<Place>,
        looks: bool,
    ) -> Result<Attempted, Stop> {
        let engine = self.desk.engine.clone();
        let limits = engine.limits(Method::Register);
        let began = self.desk.clock.now();
        let mut pursuit = Pursuit::begin(&*engine, way, &Memory::default(), &skip);
        let (mut tries, mut alone) = (0, Duration::ZERO);
        let mut next = pursuit.next(dice());
        while let Some(place) = next {
            next = if limits.one_target { None } else { pursuit.next(dice()) };
            let of_target = Spot::of_place(&self.desk.carrier, way, place);
            for (at, spot) in of_target.iter().enumerate() {
                tries += 1;
                let silent = if looks { self.look_at(spot).await? } else { None };
                let (spot, report) = match silent {
                    Some(report) => (spot.clone(), report),
                    None => self.bind(spot, way).await?,
                };
                if let Some(came) = self.take_in(&spot, &report).await? {
                    return Ok(came);
                }
                let failed = failure(&report.outcome).unwrap_or(Failure::Silent);
                let goes_on = engine.reaction(spot.endpoint.transport, failed, Method::Register).goes_on;
                let over = limits.lifetime.is_some_and(|most| self.desk.clock.now().since(began) >= most)
                    || limits.tries.is_some_and(|most| tries >= most);
                let more = goes_on && !over && (at + 1 < of_target.len() || next.is_some());
                alone = alone.max(alone_for(&report));
                if more {
                    let again = self.desk.clock.now();
                    self.desk.tell_report(report, Some(again)).await;
                } else {
                    return Ok(Attempted::Failed(self.failed(report, alone).await));
                }
            }
        }
        // There is no target at all.
        Ok(Attempted::Failed(self.retry(Duration::ZERO)))
    }

    /// Refreshes where it is held, or where the engine would; past a target that fails the engine goes on, if it does.
    pub(super) async fn refresh(&mut self, way: &Arc<Resolution>) -> Result<(), Stop> {
        let Some(held) = &self.held else { return Ok(()) };
        let (spot, until) = (held.spot.clone(), held.until);
        let anew = self.desk.account.refresh == RefreshPolicy::Engine
            && self.desk.engine.registering().refresh == Refresh::Drawn;
        let wait = if anew {
            match self.attempt(way, BTreeSet::new(), false).await? {
                Attempted::Held => return Ok(()),
                Attempted::Failed(wait) => wait,
            }
        } else {
            let (spot, report) = self.bind(&spot, way).await?;
            if self.take_in(&spot, &report).await?.is_some() {
                return Ok(());
            }
            let failed = failure(&report.outcome).unwrap_or(Failure::Silent);
            let goes_on = self.desk.engine.reaction(spot.endpoint.transport, failed, Method::Register).goes_on;
            let skip = spot.places(way);
            let others = !Pursuit::begin(&*self.desk.engine, way, &Memory::default(), &skip).is_over();
            if goes_on && others {
                let again = self.desk.clock.now();
                self.desk.tell_report(report, Some(again)).await;
                match self.attempt(way, skip, true).await? {
                    Attempted::Held => return Ok(()),
                    Attempted::Failed(wait) => wait,
                }
            } else {
                let alone = alone_for(&report);
                self.failed(report, alone).await
            }
        };
        // It holds on for what is left of it.
        let again = self.desk.clock.now() + wait;
        match &mut self.held {
            Some(held) if again < until => held.refresh = again,
            Some(held) if self.desk.clock.now() < until => held.refresh = until,
            _ => self.held = None,
        }
        self.note();
        Ok(())
    }

    /// Asks for a binding, and once more where it is sent on to another target of the tree (RFC 3261 8.1.3.4). Who
    /// sends us out of the tree is not followed.
    async fn bind(&mut self, spot: &Spot, way: &Resolution) -> Result<(Spot, RegisterReport), Stop> {
        let report = self.bind_at(spot).await;
        let RegisterOutcome::Refused(Refusal { code, reason, means: RefusalMeans::Elsewhere(to), .. }) =
            &report.outcome
        else {
            return Ok((spot.clone(), report));
        };
        let inside = to.iter().filter(|_| *code != 305).find_map(|uri| Spot::of_uri(&self.desk.carrier, way, uri));
        let Some(onward) = inside.filter(|onward| onward.endpoint != spot.endpoint) else {
            let to: Vec<String> = to.iter().map(ToString::to_string).collect();
            let to = if to.is_empty() { "nowhere".to_owned() } else { to.join(", ") };
            let said = format!("{code} {reason}: it sends us to {to}, which is none of the targets: not followed");
            self.bound.retain(|(known, _)| known.endpoint != spot.endpoint);
            self.desk.tell_report(report, None).await;
            return Err(Stop::Refused(Text::new(&said)));
        };
        self.bound.retain(|(known, _)| known.endpoint != spot.endpoint);
        let again = self.desk.clock.now();
        self.desk.tell_report(report, Some(again)).await;
        let report = self.bind_at(&onward).await;
        Ok((onward, report))
    }

    /// Asks for a binding. It may be there from now on, whatever is heard of it.
    async fn bind_at(&mut self, spot: &Spot) -> RegisterReport {
        let expires = self.desk.account.expires;
        let until = self.desk.clock.now() + expires.span();
        self.bound.retain(|(known, _)| known.endpoint != spot.endpoint);
        self.bound.push((spot.clone(), until));
        self.desk.send(spot, Purpose::Bind(expires), &self.with, self.desk.patience(spot)).await
    }

    /// Takes in what a REGISTER that was to bind came to, and tells it where that is the end of it: it is held, it
    /// was sent on to another target of the tree, or there is no use in going on. None where it failed.
    async fn take_in(&mut self, spot: &Spot, report: &RegisterReport) -> Result<Option<Attempted>, Stop> {
        if let RegisterOutcome::Done(granted) = &report.outcome {
            let expires = granted_to_us(granted, self.desk.account.expires);
            if expires.seconds() == 0 {
                return Ok(None);
            }
            if let Some(others) = self.others(report) {
                self.desk.tell_report(report.clone(), None).await;
                self.remove(spot, REMOVING).await;
                self.leave(spot).await;
                return Err(others);
            }
            self.hold(spot, report, expires).await;
            return Ok(Some(Attempted::Held));
        }
        if matches!(report.outcome, RegisterOutcome::Refused(_) | RegisterOutcome::KeptBack(_)) {
            // What is refused is not bound; of an earlier binding there nobody knows.
            let kept = self.held.as_ref().is_some_and(|held| held.spot.endpoint == spot.endpoint);
            self.bound.retain(|(known, _)| kept || known.endpoint != spot.endpoint);
        }
        if let Some(why) = stop(report) {
            self.desk.tell_report(report.clone(), None).await;
            return Err(why);
        }
        Ok(None)
    }

    /// It is registered there from now on.
    async fn hold(&mut self, spot: &Spot, report: &RegisterReport, granted: Expires) {
        self.fails = 0;
        let early = self.desk.engine.registering().early;
        let span = granted.span().min(Expires::MOST.span());
        let (until, refresh) = (report.at + span, report.at + refresh_after(span, early));
        let before = self.held.take();
        let same = before.as_ref().filter(|held| held.spot == *spot);
        let (since, unlisted) = same.map_or((report.at, None), |held| (held.since, held.unlisted));
        if let Some((_, known)) = self.bound.iter_mut().find(|(known, _)| known.endpoint == spot.endpoint) {
            *known = until;
        }
        self.held = Some(Held { spot: spot.clone(), until, refresh, unlisted, since });
        self.note();
        self.desk.tell_report(report.clone(), Some(refresh)).await;
        if let Some(before) = before.filter(|before| before.spot != *spot) {
            self.desk.close(&before.spot).await;
        }
    }

    /// An attempt came to nothing: tells its last report, and how long nothing is tried.
    async fn failed(&mut self, report: RegisterReport, alone: Duration) -> Duration {
        let wait = self.retry(alone);
        let next = self.desk.clock.now() + wait;
        self.desk.tell_report(report, Some(next)).await;
        wait
    }

    fn retry(&mut self, alone: Duration) -> Duration {
        let base = FIRST_RETRY.saturating_mul(1 << self.fails.min(6)).min(SLOWEST_RETRY);
        self.fails = self.fails.saturating_add(1);
        jittered(base, 0.5, 1.0).max(alone)
    }
}

/// How long our binding holds: as it is listed, else as it was asked for in the end.
fn granted_to_us(granted: &Granted, wanted: Expires) -> Expires {
    granted.ours().and_then(|ours| ours.expires).or(granted.raised).unwrap_or(wanted)
}

/// When a binding is refreshed: as long before its end as the engine does it, but not before half of its time is
/// over, nor in its last tenth.
fn refresh_after(span: Duration, early: Duration) -> Duration {
    span.saturating_sub(early.clamp(span / 10, span / 2))
}

/// How long a registrar asked to be left alone.
fn alone_for(report: &RegisterReport) -> Duration {
    match &report.outcome {
        RegisterOutcome::Refused(refusal) => refusal.retry_after.unwrap_or_default().min(Expires::MOST.span()),
        _ => Duration::ZERO,
    }
}
