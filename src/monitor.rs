//! Watches carriers: asks the DNS, probes targets, and emits facts.
//!
//! One task a carrier keeps its survey fresh, one task a target probes it; both reach the outside through
//! [ports](Ask) only, and tell what they saw as [`Fact`]s into one channel. Nothing here judges: that is
//! the state's business. Commands come in through a [`Monitor`].
//!
//! - `watch` is one carrier: what is due when. `round` drives the walks for it, `flights` are its questions
//!   under way, `foresight` says which are asked ahead; `gate` is what all carriers' questions pass.
//! - `probing` is one target; `pace` is what all probes have in common, `storm` what all of a carrier have.
//! - `accounts` is one carrier's account, observed or held; `witness` asks a PBX where it is registered.
//! - `resolve` is a round of its own, for those who ask once; for several engines at once, too.

mod accounts;
mod clock;
mod flights;
mod foresight;
mod gate;
mod jitter;
mod pace;
mod ports;
mod probing;
mod resolve;
mod round;
mod storm;
mod watch;
mod witness;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::MissedTickBehavior;

use crate::locate;
use crate::model::{Carrier, CarrierName, Defaults, Drill, Fact, FactKind, Moment, OperatorAct};
use crate::state::{GRACE, Thresholds};

pub use accounts::Left;
pub use clock::SystemClock;
pub use foresight::Prefetch;
pub use ports::{Ask, Clock, Hold, Holds, NotTaken, Probe, Register, Secrets, Witness};
pub use resolve::{Resolved, Surveyed, resolve, survey};

use accounts::{Ending, Order as AccountOrder};
use gate::{Allowance, Gate};
use watch::Watch;

/// What the monitor reaches the outside through.
#[derive(Clone)]
pub struct Ports {
    /// The DNS.
    pub ask: Arc<dyn Ask>,
    /// The targets; none: nothing is probed.
    pub probe: Option<Arc<dyn Probe>>,
    /// Accounts; none: nothing is registered or fetched.
    pub accounts: Option<Accounts>,
    /// Sources that tell where PBXs of ours are registered; none: none is asked.
    pub witness: Option<Arc<dyn Witness>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// What it takes to register.
#[derive(Clone)]
pub struct Accounts {
    /// The registrars.
    pub register: Arc<dyn Register>,
    /// The passwords.
    pub secrets: Arc<dyn Secrets>,
    /// Who holds what on this machine.
    pub holds: Arc<dyn Holds>,
}

/// How it watches.
#[derive(Clone, Debug, PartialEq)]
pub struct Habits {
    /// What holds for carriers that do not say otherwise.
    pub defaults: Defaults,
    /// How long a probe waits for its answer.
    pub patience: Duration,
    /// Misses in a row that make an outage; until then a target that missed is probed again at once.
    pub fall: u32,
    /// The most probes per second over all carriers.
    pub probes_per_second: u32,
    /// Whether questions that a walk may need are asked ahead.
    pub prefetch: Prefetch,
    /// The most DNS questions over all carriers that go out at once after a time of rest, so that a fleet
    /// starts without a queue.
    pub questions_at_once: u32,
    /// The most DNS questions per second over all carriers, when that many have gone out at once.
    pub questions_per_second: u32,
    /// An answer is not asked for again before this, however short its TTL.
    pub refresh_floor: Duration,
    /// An answer is asked for again after this, however long its TTL.
    pub refresh_ceiling: Duration,
    /// How long a revision may wait for answers; what has not come by then has timed out in it, and makes the
    /// next one when it comes.
    pub revision: Duration,
    /// How long a target that left DNS is probed on.
    pub grace: Duration,
}

impl Default for Habits {
    /// 5 s of patience, 3 misses, 500 probes per second; answers are refreshed after 5 s to 5 min; a
    /// target that left DNS is probed on for 5 min; a revision waits for 5 s.
    ///
    /// A carrier takes 6 to 20 questions, so 4,000 at once let 200 carriers start together. 500 per second are
    /// 10,000 RRsets that end every 20 s; public resolvers bear more (Google Public DNS throttles a client above
    /// 1,000 to 1,500 a second, but for short bursts), and one of our own has others to serve.
    fn default() -> Self {
        Self {
            defaults: Defaults::default(),
            patience: Duration::from_secs(5),
            fall: Thresholds::default().fall,
            probes_per_second: 500,
            prefetch: Prefetch::default(),
            questions_at_once: 4000,
            questions_per_second: 500,
            refresh_floor: Duration::from_secs(5),
            refresh_ceiling: Duration::from_secs(300),
            revision: Duration::from_secs(5),
            grace: GRACE,
        }
    }
}

/// A running monitor; it ends when this is dropped.
#[derive(Debug)]
pub struct Monitor {
    orders: mpsc::UnboundedSender<Order>,
    task: AbortHandle,
}

enum Order {
    Watch(Vec<Arc<Carrier>>),
    Refresh(Option<CarrierName>),
    Act(OperatorAct),
    Drills(Vec<Arc<Drill>>),
    LetGo(CarrierName),
    End(Duration, oneshot::Sender<Vec<Left>>),
}

impl Monitor {
    /// Starts to watch; facts go into the channel, beginning with the carriers themselves.
    pub fn start(ports: Ports, habits: Habits, carriers: Vec<Arc<Carrier>>, facts: mpsc::Sender<Fact>) -> Self {
        let (orders, inbox) = mpsc::unbounded_channel();
        let allowance = Allowance { burst: habits.questions_at_once, per_second: habits.questions_per_second };
        let gate = Arc::new(Gate::new(ports.ask.clone(), ports.clock.clone(), allowance));
        let (habits, pace) = (Arc::new(habits), Arc::default());
        let keeper = Keeper { ports, habits, facts, gate, pace, watches: BTreeMap::new(), retiring: JoinSet::new() };
        let task = tokio::spawn(keeper.run(carriers, inbox)).abort_handle();
        Self { orders, task }
    }

    /// Watches these carriers from now on; those that did not change are watched on undisturbed.
    pub fn watch(&self, carriers: Vec<Arc<Carrier>>) {
        self.order(Order::Watch(carriers));
    }

    /// Asks all questions of a carrier (of all, where none is named) again, and probes its targets now.
    pub fn refresh(&self, carrier: Option<CarrierName>) {
        self.order(Order::Refresh(carrier));
    }

    /// Puts what an operator did among the facts. What the engines need that he looks at a carrier as is asked
    /// for from then on.
    pub fn act(&self, act: OperatorAct) {
        self.order(Order::Act(act));
    }

    /// Puts the drills that are saved among the facts.
    pub fn drills(&self, drills: Vec<Arc<Drill>>) {
        self.order(Order::Drills(drills));
    }

    /// Lets go of the registration that is held for a carrier; then it is registered anew, as its engine would.
    pub fn let_go(&self, carrier: CarrierName) {
        self.order(Order::LetGo(carrier));
    }

    /// Ends: removes the bindings that were made, within this time, and says which are left.
    pub async fn end(self, within: Duration) -> Vec<Left> {
        let (reply, left) = oneshot::channel();
        self.order(Order::End(within, reply));
        left.await.unwrap_or_default()
    }

    fn order(&self, order: Order) {
        // The keeper ends only when this does, or with the whole program.
        let _ = self.orders.send(order);
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Owns the watches, and keeps time.
struct Keeper {
    ports: Ports,
    habits: Arc<Habits>,
    facts: mpsc::Sender<Fact>,
    gate: Arc<Gate>,
    pace: Arc<pace::Pace>,
    watches: BTreeMap<CarrierName, Watch>,
    /// On their way to the end.
    retiring: JoinSet<Vec<Left>>,
}

/// After a sleep everything is asked again, spread over this time.
const WAKING: Duration = Duration::from_secs(3);

/// How long the removal of a binding may take when a carrier is watched no longer.
const REMOVING: Duration = Duration::from_secs(2);

/// How far apart the two clocks may drift between two ticks before the machine must have slept.
const GAP: Duration = Duration::from_secs(5);

/// Between two ticks.
const TICK: Duration = Duration::from_secs(1);

impl Keeper {
    async fn run(mut self, carriers: Vec<Arc<Carrier>>, mut inbox: mpsc::UnboundedReceiver<Order>) {
        self.watch(carriers).await;
        let mut last = self.ports.clock.now();
        // Orders must not put the tick off: a late one would look like a sleep of the machine.
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.tick().await;
        loop {
            tokio::select! {
                biased;
                order = inbox.recv() => match order {
                    None => return,
                    Some(Order::Watch(carriers)) => self.watch(carriers).await,
                    Some(Order::Refresh(name)) => self.refresh(name.as_ref()),
                    Some(Order::Act(act)) => {
                        self.look(&act);
                        self.tell(FactKind::Act(act)).await;
                    }
                    Some(Order::Drills(drills)) => self.tell(FactKind::Drills(drills)).await,
                    Some(Order::LetGo(name)) => self.watches.get(&name).into_iter().for_each(Watch::let_go),
                    Some(Order::End(within, reply)) => {
                        // Who no longer waits need not know.
                        let _ = reply.send(self.end(within).await);
                        return;
                    }
                },
                _ = ticks.tick() => {
                    let now = self.ports.clock.now();
                    if let Some(gap) = gap(last, now) {
                        self.tell(FactKind::ClockGap(gap)).await;
                        self.watches.values().for_each(|watch| watch.refresh_within(WAKING));
                    }
                    last = now;
                    self.tell(FactKind::Tick).await;
                }
            }
        }
    }

    async fn watch(&mut self, carriers: Vec<Arc<Carrier>>) {
        self.tell(FactKind::Settings(carriers.clone())).await;
        let mut before = std::mem::take(&mut self.watches);
        for carrier in carriers {
            let old = before.remove(&carrier.name);
            let watch = match old {
                Some(watch) if *watch.carrier() == carrier => watch,
                old => {
                    let ending = old.map(|watch| self.retire(watch));
                    let (ports, habits, facts) = (self.ports.clone(), self.habits.clone(), self.facts.clone());
                    Watch::start(carrier.clone(), ports, habits, self.gate.clone(), self.pace.clone(), facts, ending)
                }
            };
            self.watches.insert(carrier.name.clone(), watch);
        }
        for watch in before.into_values() {
            self.retire(watch);
        }
    }

    /// Ends a watch, which removes what it has bound; says when that is done.
    fn retire(&mut self, watch: Watch) -> Ending {
        let (done, ending) = oneshot::channel();
        self.retiring.spawn(async move {
            let left = watch.end(REMOVING).await;
            // Nobody waits where no other follows.
            let _ = done.send(());
            left
        });
        ending
    }

    /// Ends all watches; what they have bound and could not remove.
    async fn end(&mut self, within: Duration) -> Vec<Left> {
        let watches = std::mem::take(&mut self.watches);
        let left = join_all(watches.into_values().map(|watch| watch.end(within))).await;
        let mut left: Vec<Left> = left.into_iter().flatten().collect();
        let retired = async {
            while let Some(ended) = self.retiring.join_next().await {
                left.extend(ended.unwrap_or_default());
            }
        };
        // What takes longer was to take no longer than this either.
        let _ = tokio::time::timeout(within.max(REMOVING) + TICK, retired).await;
        let now = self.ports.clock.now();
        left.retain(|left| left.until > now);
        left
    }

    fn refresh(&self, name: Option<&CarrierName>) {
        // What had stopped an account goes for it still, unless it is this one that somebody wants.
        let only = name.is_some();
        self.watches
            .iter()
            .filter(|(known, _)| name.is_none_or(|name| name == *known))
            .for_each(|(_, watch)| watch.refresh(if only { AccountOrder::Now } else { AccountOrder::Woke }));
    }

    /// What an operator looks at is asked for, and no longer.
    fn look(&self, act: &OperatorAct) {
        if let OperatorAct::Look(name, lens) = act
            && let Some(watch) = self.watches.get(name)
        {
            watch.walk_beside(locate::beside(lens));
        }
    }

    async fn tell(&self, kind: FactKind) {
        let fact = Fact { at: self.ports.clock.now(), kind };
        // Nobody listens any more when the program ends.
        let _ = self.facts.send(fact).await;
    }
}

/// The monotonic clock stops while the machine sleeps, the wall clock does not; and a process that was
/// stopped misses its ticks.
fn gap(last: Moment, now: Moment) -> Option<Duration> {
    let ticked = now.since(last);
    let wall = Duration::try_from(now.wall.duration_since(last.wall)).unwrap_or_default();
    let slept = wall.saturating_sub(ticked).max(ticked.saturating_sub(TICK));
    (slept > GAP).then_some(slept)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn moment(mono: u64, wall: i64) -> Moment {
        Moment { mono: Duration::from_secs(mono), wall: Timestamp::from_second(wall).unwrap() }
    }

    #[test]
    fn only_a_sleep_is_a_gap() {
        let last = moment(10, 1000);
        assert_eq!(gap(last, moment(11, 1001)), None);
        assert_eq!(gap(last, moment(11, 1004)), None, "the clock was set by 3 s");
        assert_eq!(gap(last, moment(11, 900)), None, "the clock was set back");
        assert_eq!(gap(last, moment(11, 1301)), Some(Duration::from_secs(300)), "suspended");
        assert_eq!(gap(last, moment(41, 1031)), Some(Duration::from_secs(30)), "stopped");
    }
}
