//! Keeps a registration of our own: at the target that the carrier's engine would choose, and there until it is lost.
//!
//! It harms nobody: bindings are fetched before one is made, and where somebody else's is there none is; none but our
//! own are removed; credentials that were not taken are not sent again. The life of a pin is that of PJSIP's server
//! affinity: set on 2xx, refreshed at the same target, cleared when its connection is lost, its target has left DNS, its
//! refresh fails, or an operator wants it; then the engine chooses anew.

mod binding;

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::{mpsc, oneshot};

use crate::model::{
    AccountId, AccountNews, Expires, Moment, Noted, Purpose, Refusal, RegisterOutcome, RegisterReport, Stop, Text, Why,
};
use crate::monitor::{Hold, NotTaken};

use super::{Credentials, Desk, Farewell, Left, Order, Spot, Ways, way};

use binding::Attempted;

/// Between two looks whether another process has let go of the account.
const TURN: Duration = Duration::from_secs(1);

/// How long a removal may take while something else waits for it.
const REMOVING: Duration = Duration::from_secs(2);

type Orders = mpsc::UnboundedReceiver<Order>;

/// Holds until it is to end, and then removes what it has bound.
pub(super) async fn run(desk: Desk, mut ways: Ways, mut orders: Orders, end: oneshot::Receiver<Farewell>) {
    let mut holder = Holder { desk, with: Credentials::default(), turn: None, held: None, bound: Vec::new(), fails: 0 };
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
    bound: Vec<(Spot, Moment)>,
    /// How many attempts in a row came to nothing.
    fails: u32,
}

/// A registration.
struct Held {
    spot: Spot,
    /// When it ends unless it is refreshed.
    until: Moment,
    /// When it is refreshed.
    refresh: Moment,
    /// Since when DNS does not list its target.
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
    /// Goes on until nobody can want anything any more.
    async fn live(&mut self, ways: &mut Ways, orders: &mut Orders) {
        loop {
            let why = match self.keep(ways, orders).await {
                Ok(()) => return,
                Err(why) => why,
            };
            self.desk.tell_news(AccountNews::Stopped(why), None).await;
            if orders.recv().await.is_none() {
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
        if self.held.is_none() {
            // Before anything is bound: who else is registered, at any POP?
            for (_, spots) in Spot::by_pop(&self.desk.carrier, &now) {
                self.look_first(&spots).await?;
            }
        }
        let mut fresh = true;
        loop {
            let Some(held) = &self.held else {
                let Attempted::Failed(wait) = self.attempt(&now, BTreeSet::new(), !fresh).await? else { continue };
                fresh = false;
                if !self.rest(wait, orders).await {
                    return Ok(());
                }
                if let Some(way) = way(ways).await {
                    now = way;
                }
                continue;
            };
            fresh = false;
            let spot = held.spot.clone();
            match self.wait(ways, orders).await {
                Woken::Over => return Ok(()),
                Woken::Refresh => {}
                Woken::Lost(how) => {
                    self.held = None;
                    self.note();
                    let again = self.desk.clock.now();
                    self.desk.tell_news(AccountNews::Lost(spot.endpoint, how), Some(again)).await;
                }
                Woken::LeftDns => self.let_go(spot, Why::LeftDns).await,
                Woken::ByHand => self.let_go(spot, Why::ByHand).await,
            }
            if let Some(way) = way(ways).await {
                now = way;
            }
            if self.held.is_some() {
                self.refresh(&now).await?;
            }
        }
    }

    /// Takes the account among all processes of this machine; while another has it, says so. Whether it was taken.
    async fn take(&mut self, orders: &mut Orders) -> Result<bool, Stop> {
        let id = AccountId::of(&self.desk.account, &self.desk.carrier.uri);
        let mut told = None;
        loop {
            match self.desk.ports.holds.take(&id).await {
                Ok(turn) => {
                    self.with.instance = turn.instance();
                    self.turn = Some(turn);
                    return Ok(true);
                }
                Err(NotTaken::Unusable(why)) => return Err(Stop::NoLock(why)),
                Err(NotTaken::Ours) => return Err(Stop::NoLock("another carrier here holds this account".into())),
                Err(NotTaken::Elsewhere(noted)) if told.as_ref() != Some(&noted) => {
                    let next = self.desk.clock.now() + TURN;
                    self.desk.tell_news(AccountNews::Elsewhere(noted.clone()), Some(next)).await;
                    told = Some(noted);
                }
                Err(NotTaken::Elsewhere(_)) => {}
            }
            if !self.rest(TURN, orders).await {
                return Ok(false);
            }
        }
    }

    /// Waits for so long, or until somebody wants it sooner. Whether anybody can want anything still.
    async fn rest(&self, span: Duration, orders: &mut Orders) -> bool {
        tokio::select! {
            () = tokio::time::sleep(span) => true,
            order = orders.recv() => order.is_some(),
        }
    }

    /// Writes down for others where it is.
    fn note(&self) {
        let noted = self.held.as_ref().map(|held| Noted {
            target: held.spot.target.clone(),
            endpoint: held.spot.endpoint,
            since: held.since.wall,
            until: held.until.wall,
            granted: Expires::new(u32::try_from(held.until.since(held.since).as_secs()).unwrap_or(u32::MAX)),
        });
        if let Some(turn) = &self.turn {
            turn.note(noted.as_ref());
        }
    }

    /// Waits while it is held, until something happens that ends that.
    async fn wait(&mut self, ways: &mut Ways, orders: &mut Orders) -> Woken {
        loop {
            let Some(held) = &mut self.held else { return Woken::Over };
            let now = self.desk.clock.now();
            if let Some(way) = ways.borrow_and_update().clone() {
                let listed = way.candidates().any(|candidate| candidate.target.host == held.spot.target);
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
                    Some(Order::Now) => Woken::Refresh,
                    Some(Order::LetGo) => Woken::ByHand,
                },
                changed = ways.changed() => if changed.is_err() { return Woken::Over },
                () = self.desk.until(first) => {}
            }
        }
    }

    async fn let_go(&mut self, spot: Spot, why: Why) {
        self.remove(&spot, REMOVING).await;
        self.leave(&spot).await;
        let again = self.desk.clock.now();
        self.desk.tell_news(AccountNews::LetGo(why), Some(again)).await;
    }

    async fn leave(&mut self, spot: &Spot) {
        self.held = None;
        self.note();
        self.desk.close(spot).await;
    }

    /// Removes our own binding there; says why where that could not be done.
    async fn remove(&mut self, spot: &Spot, within: Duration) -> Option<Text> {
        let report = self.desk.send(spot, Purpose::Remove, &self.with, within).await;
        let trouble = trouble(&report);
        if trouble.is_none() {
            self.bound.retain(|(known, _)| known.endpoint != spot.endpoint);
        }
        self.desk.tell_report(report, None).await;
        trouble
    }

    /// Removes all that may be bound, at once; what is left of it.
    async fn end(mut self, within: Duration) -> Vec<Left> {
        let now = self.desk.clock.now();
        let bound: Vec<(Spot, Moment)> = std::mem::take(&mut self.bound);
        let (desk, with) = (&self.desk, &self.with);
        let removing = bound.iter().filter(|(_, until)| *until > now).map(|(spot, until)| async move {
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
        RegisterOutcome::Done(granted) if granted.ours().is_none_or(|ours| ours.expires == Some(Expires::new(0))) => {
            None
        }
        RegisterOutcome::Done(_) => Some("the registrar lists it still".into()),
        RegisterOutcome::Refused(Refusal { code, reason, .. }) => Some(Text::new(&format!("{code} {reason}"))),
        RegisterOutcome::Failed { detail, .. } | RegisterOutcome::KeptBack(detail) => Some(detail.clone()),
    }
}
