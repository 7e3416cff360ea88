//! One attempt to register, as the engine would make it, and one refresh.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::locate::{Memory, Place, Pursuit, Refresh};
use crate::model::{
    Expires, Method, Moment, Purpose, RefreshPolicy, Refusal, RefusalMeans, RegisterOutcome, RegisterReport,
    Resolution, Stop, Text,
};
use crate::monitor::accounts::{LEAST_PATIENCE, MOST_PATIENCE, Spot, is_lasting, stop};
use crate::monitor::jitter::{dice, jittered};

use super::{Held, Holder};

/// RFC 5626 4.5: after a failed registration one waits this long, twice as long after each further one, and half of
/// it to all of it by chance.
const FIRST_RETRY: Duration = Duration::from_secs(30);
const SLOWEST_RETRY: Duration = Duration::from_secs(1800);

/// How long it is taken for so that nobody else is bound where nobody was.
const LOOK_HOLDS: Duration = Duration::from_secs(10);

impl Holder {
    /// Fetches the bindings at a POP, and refuses to go on where there are others'.
    pub(super) async fn look_first(&mut self, spots: &[Spot]) -> Result<(), Stop> {
        for spot in spots {
            if self.alone.asks(spot, self.desk.clock.now()).is_some() {
                continue;
            }
            let looked = self.look(spot, self.desk.patience(spot).min(LEAST_PATIENCE)).await?;
            if self.held.as_ref().is_none_or(|held| held.spot.endpoint != spot.endpoint) {
                self.desk.close(spot).await;
            }
            let Some(report) = looked else { break };
            let silent = matches!(report.outcome, RegisterOutcome::Failed { .. });
            let again = self.desk.clock.now();
            self.desk.tell_report(report, Some(again)).await;
            // Another address of the POP would say the same.
            if !silent {
                break;
            }
        }
        Ok(())
    }

    /// Fetches the bindings at a spot, and tells them. Where they cannot be seen, what came instead is not told yet,
    /// unless it is the end of everything.
    async fn look(&mut self, spot: &Spot, patience: Duration) -> Result<Option<RegisterReport>, Stop> {
        let report = self.desk.send(spot, Purpose::Fetch, &self.with, patience).await;
        self.alone.note(&report);
        if let Some(wrong) = stop(&report).filter(is_lasting) {
            self.desk.tell_report(report, None).await;
            return Err(wrong);
        }
        if !matches!(report.outcome, RegisterOutcome::Done(_)) {
            return Ok(Some(report));
        }
        let others = self.others(&report);
        let next = others.is_none().then(|| self.desk.clock.now());
        if others.is_none() {
            self.looked.insert(spot.endpoint, report.at);
        }
        self.desk.tell_report(report, next).await;
        let Some(others) = others else { return Ok(None) };
        self.make_way().await;
        Err(others)
    }

    /// It is held no longer, wherever that is; what is bound there still is removed.
    async fn make_way(&mut self) {
        if let Some(Held { spot, .. }) = self.held.clone() {
            if self.bound.contains_key(&spot.endpoint) {
                self.remove(&spot).await;
            }
            self.leave(&spot).await;
        }
    }

    /// That somebody else is registered, where that matters.
    fn others(&self, report: &RegisterReport) -> Option<Stop> {
        let RegisterOutcome::Done(granted) = &report.outcome else { return None };
        let others: Vec<Text> = granted.others().map(|binding| binding.contact.clone()).collect();
        // A list that is longer than what is kept of it holds others for certain.
        let hidden = granted.listed > granted.bindings.len();
        (!self.desk.account.beside_others && (hidden || !others.is_empty())).then_some(Stop::Others(others))
    }

    /// Registers as the engine would, past what was tried just now. Whether it is held then; if not, it is known when
    /// the next attempt may be made.
    pub(super) async fn attempt(&mut self, way: &Arc<Resolution>, skip: &BTreeSet<Place>) -> Result<bool, Stop> {
        let engine = self.desk.engine.clone();
        let limits = engine.limits(Method::Register);
        let began = self.desk.clock.now();
        let (skip, ready) = self.left_alone(way, skip);
        let mut pursuit = Pursuit::begin(&*engine, way, &Memory::default(), &skip);
        let mut tries = 0;
        let mut next = pursuit.next(dice());
        while let Some(place) = next {
            next = if limits.one_target { None } else { pursuit.next(dice()) };
            let mut of_target = Spot::of_place(&self.desk.carrier, way, place);
            of_target.retain(|spot| self.alone.asks(spot, began).is_none());
            for (at, spot) in of_target.iter().enumerate() {
                let last = at + 1 == of_target.len() && next.is_none();
                tries += 1;
                let Some((spot, report)) = self.bind(spot, way).await? else { return Ok(true) };
                let over = limits.lifetime.is_some_and(|most| self.desk.clock.now().since(began) >= most)
                    || limits.tries.is_some_and(|most| tries >= most);
                if self.desk.goes_on(&report) && !over && !last {
                    let again = self.desk.clock.now();
                    self.desk.tell_report(report, Some(again)).await;
                } else {
                    self.failed(&spot, report).await;
                    return Ok(false);
                }
            }
        }
        // There is no target, or each wants to be left alone.
        let wait = self.retry();
        self.not_before = Some(ready.unwrap_or(began + wait));
        Ok(false)
    }

    /// What is to be skipped, those targets among it that want to be left alone; and when the first of these no longer
    /// does.
    fn left_alone(&self, way: &Resolution, skip: &BTreeSet<Place>) -> (BTreeSet<Place>, Option<Moment>) {
        let (now, mut all, mut first) = (self.desk.clock.now(), skip.clone(), None::<Moment>);
        for (tier, found) in way.tiers.iter().enumerate() {
            for target in 0..found.targets.len() {
                let spots = Spot::of_place(&self.desk.carrier, way, Place { tier, target });
                let until: Option<Vec<Moment>> = spots.iter().map(|spot| self.alone.asks(spot, now)).collect();
                if let Some(ready) = until.and_then(|until| until.into_iter().min()) {
                    all.insert(Place { tier, target });
                    first = Some(first.map_or(ready, |first| first.min(ready)));
                }
            }
        }
        (all, first)
    }

    /// Refreshes where it is held, or where the engine would; past a target that fails the engine goes on, if it does.
    pub(super) async fn refresh(&mut self, way: &Arc<Resolution>, held: Held) -> Result<(), Stop> {
        let anew = self.desk.account.refresh == RefreshPolicy::Engine
            && self.desk.engine.registering().refresh == Refresh::Drawn;
        let done = if anew { self.attempt(way, &BTreeSet::new()).await? } else { self.again(way, &held.spot).await? };
        if !done && let Some(held) = &mut self.held {
            // It holds on for what is left of it.
            held.refresh = self.not_before.map_or(held.until, |moment| moment.min(held.until));
        }
        Ok(())
    }

    /// Refreshes where it is held. Whether it is held then.
    async fn again(&mut self, way: &Arc<Resolution>, spot: &Spot) -> Result<bool, Stop> {
        if let Some(moment) = self.alone.asks(spot, self.desk.clock.now()) {
            self.not_before = Some(moment);
            return Ok(false);
        }
        let Some((spot, report)) = self.bind(spot, way).await? else { return Ok(true) };
        let skip = spot.places(way);
        let others = !Pursuit::begin(&*self.desk.engine, way, &Memory::default(), &skip).is_over();
        if self.desk.goes_on(&report) && others {
            let again = self.desk.clock.now();
            self.desk.tell_report(report, Some(again)).await;
            return self.attempt(way, &skip).await;
        }
        self.failed(&spot, report).await;
        Ok(false)
    }

    /// Registers at a spot, or where that sends us within the tree (RFC 3261 8.1.3.4); who sends us out of it is not
    /// followed. None where it is held then; else where that failed, and by what, which is not told yet.
    async fn bind(&mut self, spot: &Spot, way: &Resolution) -> Result<Option<(Spot, RegisterReport)>, Stop> {
        let Some(report) = self.bind_at(spot).await? else { return Ok(None) };
        let RegisterOutcome::Refused(Refusal { code, reason, means: RefusalMeans::Elsewhere(to), .. }) =
            &report.outcome
        else {
            return Ok(Some((spot.clone(), report)));
        };
        let inside = to.iter().filter(|_| *code != 305).find_map(|uri| Spot::of_uri(&self.desk.carrier, way, uri));
        if let Some(onward) = inside.filter(|onward| onward.endpoint != spot.endpoint) {
            let again = self.desk.clock.now();
            self.desk.tell_report(report, Some(again)).await;
            return Ok(self.bind_at(&onward).await?.map(|report| (onward, report)));
        }
        let to: Vec<String> = to.iter().map(ToString::to_string).collect();
        let to = if to.is_empty() { "nowhere".to_owned() } else { to.join(", ") };
        let said = format!("{code} {reason}: it sends us to {to}, which is none of the targets: not followed");
        self.desk.tell_report(report, None).await;
        Err(Stop::Refused(Text::new(&said)))
    }

    /// Asks for a binding, where nobody else is bound. None where it is held then; else what came instead, which is
    /// not told yet.
    async fn bind_at(&mut self, spot: &Spot) -> Result<Option<RegisterReport>, Stop> {
        if !self.is_looked_at(spot)
            && let Some(unseen) = self.look(spot, self.desk.patience(spot)).await?
        {
            let Some(Stop::Refused(why)) = stop(&unseen) else { return Ok(Some(unseen)) };
            self.desk.tell_report(unseen, None).await;
            let said =
                format!("{why}, so that nobody sees who is registered; beside_others = true registers all the same");
            return Err(Stop::Refused(Text::new(&said)));
        }
        let expires = self.desk.account.expires;
        let before = self.bound.get(&spot.endpoint).cloned();
        let binds_until = |moment: Moment| (spot.clone(), moment + expires.span());
        // It may be there from now on, also where nobody waits for the answer any more.
        self.bound.insert(spot.endpoint, binds_until(self.desk.clock.now()));
        let report = self.desk.send(spot, Purpose::Bind(expires), &self.with, self.desk.patience(spot)).await;
        self.alone.note(&report);
        let bound = match &report.outcome {
            RegisterOutcome::Refused(_) | RegisterOutcome::KeptBack(_) => None,
            RegisterOutcome::Failed { .. } if report.sent.is_none() => None,
            // What was not answered may lie in a queue, and bind us later.
            RegisterOutcome::Done(_) | RegisterOutcome::Failed { .. } => Some(binds_until(report.at + MOST_PATIENCE)),
        };
        // Where it did not bind, an earlier binding stands as it did.
        match bound.or(before) {
            Some(bound) => self.bound.insert(spot.endpoint, bound),
            None => self.bound.remove(&spot.endpoint),
        };
        if let Some(why) = stop(&report) {
            self.desk.tell_report(report, None).await;
            return Err(why);
        }
        let RegisterOutcome::Done(granted) = &report.outcome else { return Ok(Some(report)) };
        let Some(expires) = granted.for_us(expires) else { return Ok(Some(report)) };
        let others = self.others(&report);
        let brief = (expires < Expires::LEAST).then(|| {
            let said =
                format!("it grants {expires} s, and less than {} s is not asked for again and again", Expires::LEAST);
            Stop::Refused(Text::new(&said))
        });
        if let Some(why) = others.or(brief) {
            self.desk.tell_report(report, None).await;
            self.remove(spot).await;
            self.desk.close(spot).await;
            self.make_way().await;
            return Err(why);
        }
        self.hold(spot, report, expires).await;
        Ok(None)
    }

    /// Whether it is known that nobody else is bound there.
    fn is_looked_at(&self, spot: &Spot) -> bool {
        let now = self.desk.clock.now();
        let held = self.held.as_ref().is_some_and(|held| held.spot.endpoint == spot.endpoint);
        held || self.desk.account.beside_others
            || self.looked.get(&spot.endpoint).is_some_and(|at| now.since(*at) <= LOOK_HOLDS)
    }

    /// It is registered there from now on.
    async fn hold(&mut self, spot: &Spot, report: RegisterReport, granted: Expires) {
        let early = self.desk.engine.registering().early;
        let span = granted.span().min(Expires::MOST.span());
        let (until, refresh) = (report.at + span, report.at + refresh_after(span, early));
        let before = self.held.take();
        let same = before.as_ref().filter(|held| held.spot.endpoint == spot.endpoint);
        let (since, unlisted) = same.map_or((report.at, None), |held| (held.since, held.unlisted));
        if same.is_some() {
            self.fails = 0;
        }
        self.bound.insert(spot.endpoint, (spot.clone(), until));
        self.held = Some(Held { spot: spot.clone(), granted, until, refresh, unlisted, since });
        self.not_before = None;
        self.note();
        self.desk.tell_report(report, Some(refresh)).await;
        if let Some(before) = before.filter(|before| before.spot.endpoint != spot.endpoint) {
            self.desk.close(&before.spot).await;
        }
    }

    /// An attempt came to nothing: tells its last report, and when the next one is made.
    async fn failed(&mut self, spot: &Spot, report: RegisterReport) {
        let now = self.desk.clock.now();
        let next = self.alone.asks(spot, now).unwrap_or(now).max(now + self.retry());
        self.not_before = Some(next);
        self.desk.tell_report(report, Some(next)).await;
    }

    /// How long to wait, which is longer each time.
    pub(super) fn retry(&mut self) -> Duration {
        let base = FIRST_RETRY.saturating_mul(1 << self.fails.min(6)).min(SLOWEST_RETRY);
        self.fails = self.fails.saturating_add(1);
        jittered(base, 0.5, 1.0)
    }
}

/// When a binding is refreshed: as long before its end as the engine does it, but not before half of its time is
/// over, nor in its last tenth.
fn refresh_after(span: Duration, early: Duration) -> Duration {
    span.saturating_sub(early.clamp(span / 10, span / 2))
}
