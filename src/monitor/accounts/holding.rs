//! Keeps a registration of our own: at the target that the carrier's engine would choose, and there until it is lost.
//!
//! It harms nobody: bindings are fetched before one is made, and where somebody else's is there none is; none but our
//! own are removed; credentials that were not taken are not sent again; who asks to be left alone is. The life of a pin
//! is that of PJSIP's server affinity: set on 2xx, refreshed at the same target, cleared when its connection is lost,
//! its target has left DNS, its refresh fails, or an operator wants it; then the engine chooses anew.

mod binding;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::oneshot;

use crate::model::{
    AccountId, AccountNews, Endpoint, Expires, Moment, Noted, Purpose, Refusal, RegisterOutcome, RegisterReport, Stop,
    Text, Why,
};
use crate::monitor::{Hold, NotTaken};

use super::{Alone, Credentials, Desk, Farewell, Left, Order, Orders, Spot, Ways, drained, way};

/// Between two looks whether another process has let go of the account.
const TURN: Duration = Duration::from_secs(1);

/// How long a removal may take while something else waits for it.
const REMOVING: Duration = Duration::from_secs(2);

/// A connection that is lost sooner than this after the binding counts as a failure (RFC 5626 4.5 has two minutes).
const LASTING: Duration = Duration::from_secs(120);

/// Holds until it is to end, and then removes what it has bound.
pub(super) async fn run(desk: Desk, mut ways: Ways, mut orders: Orders, end: oneshot::Receiver<Farewell>) {
    let mut holder = Holder::new(desk);
    let mut end = std::pin::pin!(end);
    let farewell = tokio::select! {
        biased;
        farewell = &mut end => farewell,
        // Nothing is to be done any more but that.
        () = holder.live(&mut ways, &mut orders) => end.await,
    };
    if let Ok((within, reply)) = farewell {
        // Who no longer waits need not know.
        let _ = reply.send(holder.end(within).await);
    }
}

struct Holder {
    desk: Desk,
    with: Credentials,
    /// The account is ours as long as this is here.
    turn: Option<Box<dyn Hold>>,
    held: Option<Held>,
    /// Where a binding of ours may be, and how long at most.
    bound: BTreeMap<Endpoint, (Spot, Moment)>,
    /// Where it was fetched, and when, that nobody else is bound.
    looked: BTreeMap<Endpoint, Moment>,
    /// Who asked to be left alone.
    alone: Alone,
    /// How many attempts in a row came to nothing.
    fails: u32,
    /// No attempt is made before this.
    not_before: Option<Moment>,
}

/// A registration.
#[derive(Clone)]
struct Held {
    spot: Spot,
    granted: Expires,
    /// When it ends unless it is refreshed.
    until: Moment,
    /// When it is refreshed.
    refresh: Moment,
    /// Since when DNS does not list it.
    unlisted: Option<Moment>,
    /// When it came to be there.
    since: Moment,
}

/// Why a registration is no longer just waited with.
enum Woken {
    Refresh,
    Lost(Text),
    LeftDns,
    ByHand,
    Over,
}

impl Holder {
    fn new(desk: Desk) -> Self {
        Self {
            desk,
            with: Credentials::default(),
            turn: None,
            held: None,
            bound: BTreeMap::new(),
            looked: BTreeMap::new(),
            alone: Alone::default(),
            fails: 0,
            not_before: None,
        }
    }

    /// Goes on until nobody can want anything any more.
    async fn live(&mut self, ways: &mut Ways, orders: &mut Orders) {
        loop {
            let Err(why) = self.keep(ways, orders).await else { return };
            self.desk.tell_news(AccountNews::Stopped(why), None).await;
            if !self.stopped(orders).await {
                return;
            }
        }
    }

    async fn keep(&mut self, ways: &mut Ways, orders: &mut Orders) -> Result<(), Stop> {
        if self.turn.is_none() && !self.take(orders).await? {
            return Ok(());
        }
        self.with.secret = self.desk.password().await?;
        let Some(mut now) = way(ways).await else { return Ok(()) };
        // Before anything is bound: who else is registered, at any POP?
        for (_, spots) in Spot::by_pop(&self.desk.carrier, &now) {
            self.look_first(&spots).await?;
        }
        loop {
            let woken = match &self.held {
                None => {
                    if !self.rest(orders).await {
                        return Ok(());
                    }
                    Woken::Refresh
                }
                Some(_) => self.wait(ways, orders).await,
            };
            if let Some(way) = way(ways).await {
                now = way;
            }
            let held = self.held.clone();
            match (woken, held) {
                (Woken::Over, _) => return Ok(()),
                (Woken::Lost(how), Some(held)) => self.lose(&held, how).await,
                (Woken::LeftDns, Some(held)) => self.let_go(&held.spot, Why::LeftDns).await,
                (Woken::ByHand, Some(held)) => self.let_go(&held.spot, Why::ByHand).await,
                // It has run out while it was to be left alone.
                (Woken::Refresh, Some(held)) if self.desk.clock.now() >= held.until => self.leave(&held.spot).await,
                (Woken::Refresh, Some(held)) => self.refresh(&now, held).await?,
                (_, None) => {
                    self.attempt(&now, &BTreeSet::new()).await?;
                }
            }
        }
    }

    /// Nothing is sent any more until an operator wants it. What is held runs out meanwhile, or is lost.
    async fn stopped(&mut self, orders: &mut Orders) -> bool {
        // What was wanted before it stopped was wanted of something else.
        drained(orders);
        loop {
            let Some(held) = self.held.clone() else {
                match orders.recv().await {
                    None => return false,
                    Some(Order::Woke) => continue,
                    Some(Order::Now | Order::LetGo) => return true,
                }
            };
            let lost = self.desk.ports.register.lost(&self.desk.carrier.name, held.spot.endpoint);
            tokio::select! {
                biased;
                how = lost => {
                    self.leave(&held.spot).await;
                    self.desk.tell_news(AccountNews::Lost(held.spot.endpoint, how), None).await;
                }
                order = orders.recv() => match order {
                    None => return false,
                    Some(Order::Woke) => {}
                    Some(Order::Now) => return true,
                    Some(Order::LetGo) => {
                        self.let_go(&held.spot, Why::ByHand).await;
                        return true;
                    }
                },
                () = self.desk.until(held.until) => self.leave(&held.spot).await,
            }
        }
    }

    /// Takes the account among all processes of this machine; while another has it, says so. Whether it was taken.
    async fn take(&mut self, orders: &mut Orders) -> Result<bool, Stop> {
        let id = AccountId::of(&self.desk.account, &self.desk.carrier.uri);
        let (mut told, mut ours) = (None, false);
        loop {
            match self.desk.ports.holds.take(&id).await {
                Ok(turn) => {
                    self.with.instance = turn.instance();
                    self.turn = Some(turn);
                    return Ok(true);
                }
                Err(NotTaken::Unusable(why)) => return Err(Stop::NoLock(why)),
                // It may be on its way to let go of it: a carrier that was renamed.
                Err(NotTaken::Ours) if !ours => {
                    ours = true;
                    let why = Stop::NoLock("another carrier here holds this account".into());
                    self.desk.tell_news(AccountNews::Stopped(why), Some(self.desk.clock.now() + TURN)).await;
                }
                Err(NotTaken::Elsewhere(noted)) if told.as_ref() != Some(&noted) => {
                    let next = self.desk.clock.now() + TURN;
                    self.desk.tell_news(AccountNews::Elsewhere(noted.clone()), Some(next)).await;
                    told = Some(noted);
                }
                Err(NotTaken::Elsewhere(_) | NotTaken::Ours) => {}
            }
            tokio::select! {
                () = tokio::time::sleep(TURN) => {}
                order = orders.recv() => if order.is_none() { return Ok(false) },
            }
        }
    }

    /// Waits until an attempt may be made, or somebody wants one now. Whether anybody can want anything still.
    async fn rest(&mut self, orders: &mut Orders) -> bool {
        // What was wanted while the last one was made has been done by that.
        drained(orders);
        let Some(moment) = self.not_before.take() else { return !orders.is_closed() };
        tokio::select! {
            () = self.desk.until(moment) => true,
            order = orders.recv() => order.is_some(),
        }
    }

    /// Waits while it is held, until something happens that ends that.
    async fn wait(&mut self, ways: &mut Ways, orders: &mut Orders) -> Woken {
        if drained(orders) {
            return Woken::ByHand;
        }
        loop {
            let Some(held) = &mut self.held else { return Woken::Over };
            let now = self.desk.clock.now();
            if let Some(way) = ways.borrow_and_update().clone() {
                let listed = way.candidates().any(|candidate| candidate.endpoint() == held.spot.endpoint);
                held.unlisted = if listed { None } else { held.unlisted.or(Some(now)) };
            }
            let grace = held.unlisted.map(|since| since + self.desk.habits.grace);
            if grace.is_some_and(|end| now >= end) {
                return Woken::LeftDns;
            }
            if now >= held.refresh {
                return Woken::Refresh;
            }
            let first = grace.map_or(held.refresh, |end| end.min(held.refresh));
            let lost = self.desk.ports.register.lost(&self.desk.carrier.name, held.spot.endpoint);
            tokio::select! {
                biased;
                how = lost => return Woken::Lost(how),
                order = orders.recv() => return match order {
                    None => Woken::Over,
                    Some(Order::Now | Order::Woke) => Woken::Refresh,
                    Some(Order::LetGo) => Woken::ByHand,
                },
                changed = ways.changed() => if changed.is_err() { return Woken::Over },
                () = self.desk.until(first) => {}
            }
        }
    }

    /// Its connection is gone, and with it all that the binding is good for. One that goes soon, and again, is not made
    /// anew at once.
    async fn lose(&mut self, held: &Held, how: Text) {
        let now = self.desk.clock.now();
        self.leave(&held.spot).await;
        if now.since(held.since) >= LASTING {
            self.fails = 0;
        }
        let wait = if self.fails == 0 { Duration::ZERO } else { self.retry() };
        self.fails = self.fails.max(1);
        self.not_before = Some(now + wait);
        self.desk.tell_news(AccountNews::Lost(held.spot.endpoint, how), self.not_before).await;
    }

    async fn let_go(&mut self, spot: &Spot, why: Why) {
        self.remove(spot).await;
        self.leave(spot).await;
        let again = self.desk.clock.now();
        self.desk.tell_news(AccountNews::LetGo(why), Some(again)).await;
    }

    async fn leave(&mut self, spot: &Spot) {
        self.held = None;
        self.note();
        self.desk.close(spot).await;
    }

    /// Writes down for others where it is.
    fn note(&self) {
        let noted = self.held.as_ref().map(|held| Noted {
            target: held.spot.target.clone(),
            endpoint: held.spot.endpoint,
            since: held.since.wall,
            until: held.until.wall,
            granted: held.granted,
        });
        if let Some(turn) = &self.turn {
            turn.note(noted.as_ref());
        }
    }

    /// Removes our own binding there.
    async fn remove(&mut self, spot: &Spot) {
        let report = self.desk.send(spot, Purpose::Remove, &self.with, REMOVING).await;
        if trouble(&report).is_none() {
            self.bound.remove(&spot.endpoint);
        }
        self.desk.tell_report(report, None).await;
    }

    /// Removes all that may be bound, at once; what is left of it.
    async fn end(mut self, within: Duration) -> Vec<Left> {
        let now = self.desk.clock.now();
        let bound = std::mem::take(&mut self.bound);
        let (desk, with) = (&self.desk, &self.with);
        let removing = bound.values().filter(|(_, until)| *until > now).map(|(spot, until)| async move {
            let removed = tokio::time::timeout(within, desk.send(spot, Purpose::Remove, with, within)).await;
            let why = match removed {
                Ok(report) => {
                    let trouble = trouble(&report);
                    desk.tell_at_the_end(report);
                    trouble
                }
                Err(_) => Some(Text::new(&format!("no answer in {} s", within.as_secs_f64()))),
            };
            desk.close(spot).await;
            let (carrier, target, until) = (desk.carrier.name.clone(), spot.target.clone(), *until);
            why.map(|why| Left { carrier, target, until, why })
        });
        let left: Vec<Left> = join_all(removing).await.into_iter().flatten().collect();
        self.held = None;
        self.note();
        left
    }
}

/// Why a binding is not removed; none where it is.
fn trouble(report: &RegisterReport) -> Option<Text> {
    match &report.outcome {
        RegisterOutcome::Done(granted) if granted.is_removed() => None,
        RegisterOutcome::Done(_) => Some("the registrar lists it still".into()),
        RegisterOutcome::Refused(Refusal { code, reason, .. }) => Some(Text::new(&format!("{code} {reason}"))),
        RegisterOutcome::Failed { detail, .. } | RegisterOutcome::KeptBack(detail) => Some(detail.clone()),
    }
}
