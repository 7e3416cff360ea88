//! Keeps one carrier's survey fresh, and its targets probed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};
use tokio::task::AbortHandle;

use crate::locate::{self, Engine, Walk};
use crate::model::{
    Answer, Carrier, Conclusion, Dial, Endpoint, Fact, FactKind, Method, Moment, Question, Reading, Resolution, Survey,
};

use super::accounts::{Attended, Desk, Ending, Order};
use super::flights::{Flights, Landed};
use super::foresight::Foresight;
use super::gate::Gate;
use super::jitter::jittered;
use super::pace::Pace;
use super::probing::{Prober, Probing};
use super::round::{Bound, Round, Settled};
use super::storm::Storm;
use super::witness;
use super::{Clock, Habits, Left, Ports};

/// A failed question is asked again after this, then after twice as long, up to [`SLOWEST_RETRY`].
const FIRST_RETRY: Duration = Duration::from_secs(5);
const SLOWEST_RETRY: Duration = Duration::from_secs(30);

/// A negative answer without an SOA says nothing of how long it holds.
const UNDATED: Duration = Duration::from_secs(60);

/// After the first question has fallen due, this long is waited for others, to ask them together: a little
/// late, and never before a cache on the way has let go.
const TOGETHER: Duration = Duration::from_millis(500);

/// A carrier that is watched; the watch ends when this is dropped.
pub(super) struct Watch {
    carrier: Arc<Carrier>,
    refresh: Arc<Notify>,
    beside: watch::Sender<Beside>,
    account: Option<Attended>,
    tasks: Vec<AbortHandle>,
}

/// The engines that a carrier is walked as beside the reference and its own.
type Beside = Vec<Arc<dyn Engine>>;

impl Watch {
    pub(super) fn start(
        carrier: Arc<Carrier>,
        ports: Ports,
        habits: Arc<Habits>,
        gate: Arc<Gate>,
        pace: Arc<Pace>,
        facts: mpsc::Sender<Fact>,
        ending: Option<Ending>,
    ) -> Self {
        let refresh = Arc::new(Notify::new());
        let prober = ports.probe.clone().map(|probe| {
            Arc::new(Prober {
                carrier: carrier.clone(),
                probe,
                clock: ports.clock.clone(),
                habits: habits.clone(),
                pace: pace.clone(),
                storm: Storm::default(),
                facts: facts.clone(),
            })
        });
        let own = carrier.engine.as_ref().and_then(|name| locate::engine(name.as_str()).ok());
        let own = own.unwrap_or_else(locate::reference);
        let (beside, besides) = watch::channel(Beside::default());
        let (way, ways) = watch::channel(None);
        let account = carrier.account.clone().zip(ports.accounts.clone()).and_then(|(account, accounts)| {
            let desk = Desk {
                carrier: carrier.clone(),
                account,
                engine: own.clone(),
                ports: accounts,
                clock: ports.clock.clone(),
                habits: habits.clone(),
                pace,
                facts: facts.clone(),
            };
            Attended::start(desk, ways, ending)
        });
        let witnessed = carrier.pin.clone().zip(ports.witness.clone()).map(|(source, port)| {
            let told = witness::run(carrier.name.clone(), source, port, ports.clock.clone(), facts.clone());
            tokio::spawn(told).abort_handle()
        });
        let watcher = Watcher {
            carrier: carrier.clone(),
            gate,
            clock: ports.clock,
            habits,
            facts,
            own,
            way,
            prober,
            probing: BTreeMap::new(),
            due: BTreeMap::new(),
            failures: BTreeMap::new(),
        };
        let task = tokio::spawn(watcher.run(refresh.clone(), besides)).abort_handle();
        let tasks = witnessed.into_iter().chain([task]).collect();
        Self { carrier, refresh, beside, account, tasks }
    }

    pub(super) fn carrier(&self) -> &Arc<Carrier> {
        &self.carrier
    }

    /// Asks and probes everything now, and has the account know.
    pub(super) fn refresh(&self, account: Order) {
        self.refresh.notify_one();
        if let Some(attended) = &self.account {
            attended.order(account);
        }
    }

    /// Lets go of where it is registered.
    pub(super) fn let_go(&self) {
        if let Some(account) = &self.account {
            account.order(Order::LetGo);
        }
    }

    /// Ends, and removes what was bound; what is left of it.
    pub(super) async fn end(mut self, within: Duration) -> Vec<Left> {
        self.tasks.iter().for_each(AbortHandle::abort);
        match self.account.take() {
            Some(account) => account.end(within).await,
            None => Vec::new(),
        }
    }

    /// Walks as these engines too from now on, and asks what they need; what only others needed is let go of.
    pub(super) fn walk_beside(&self, engines: Beside) {
        self.beside.send_replace(engines);
    }

    /// Asks and probes everything at some moment within this time.
    pub(super) fn refresh_within(&self, span: Duration) {
        let refresh = self.refresh.clone();
        let account = self.account.as_ref().map(Attended::orders);
        tokio::spawn(async move {
            tokio::time::sleep(jittered(span, 0.0, 1.0)).await;
            refresh.notify_one();
            if let Some(account) = account {
                // It may have ended meanwhile.
                let _ = account.send(Order::Woke);
            }
        });
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

struct Watcher {
    carrier: Arc<Carrier>,
    gate: Arc<Gate>,
    clock: Arc<dyn Clock>,
    habits: Arc<Habits>,
    facts: mpsc::Sender<Fact>,
    own: Arc<dyn Engine>,
    /// Where a REGISTER goes.
    way: watch::Sender<Option<Arc<Resolution>>>,
    prober: Option<Arc<Prober>>,
    probing: BTreeMap<Endpoint, Probing>,
    /// When each question is to be asked again; those that are under way have no time yet.
    due: BTreeMap<Question, Moment>,
    /// How many times in a row a question failed.
    failures: BTreeMap<Question, u32>,
}

/// Why a watcher woke.
enum Woken {
    /// A question is due.
    Due,
    /// Everything is to be asked again.
    Refresh,
    /// A resolver that did not answer does again.
    Back,
    /// Answers came to what had been given up.
    Late(Vec<Landed>),
    /// Other engines are to be walked as.
    Beside,
}

impl Watcher {
    /// As whom it is walked: its own is the last, since what that comes to is probed.
    fn engines(&self, beside: &[Arc<dyn Engine>]) -> Vec<Arc<dyn Engine>> {
        let mut all = vec![locate::reference()];
        all.extend(beside.iter().cloned());
        all.retain(|engine| engine.name() != self.own.name());
        all.push(self.own.clone());
        // Where a registration goes is previewed beside the calls.
        all.into_iter().flat_map(|engine| locate::for_register(&engine).into_iter().chain([engine])).collect()
    }

    async fn run(mut self, refresh: Arc<Notify>, mut beside: watch::Receiver<Beside>) {
        let (gate, clock) = (self.gate.clone(), self.clock.clone());
        let dial = self.habits.defaults.dial(&self.carrier);
        let resolver = self.habits.defaults.resolver(&self.carrier).clone();
        let mut survey = Survey::default();
        let mut flights = Flights::new(&*gate, &resolver);
        let mut foresight = Foresight::new(self.habits.prefetch);
        let mut late = Vec::new();
        let mut back = gate.back();
        let mut looked = false;
        loop {
            let engines = self.engines(&beside.borrow_and_update());
            let bound = Bound { within: self.habits.revision, gate: &gate };
            let round = Round { clock: &*clock, dial: &dial, engines: &engines, bound: Some(bound) };
            let began = clock.now();
            let asked = self.due.iter().filter(|(_, at)| **at <= began).map(|(question, _)| question.clone()).collect();
            let settled = round.settle(&mut survey, &mut flights, &mut foresight, &asked, late).await;
            survey.retain(|question| settled.basis.contains(question));
            let now = clock.now();
            self.schedule(&settled, &flights, now);
            // A literal needs no DNS: it is looked at again as rarely as may be.
            let next = self.due.values().copied().min().unwrap_or(now + self.habits.refresh_ceiling);
            let kind = FactKind::Answers { carrier: self.carrier.name.clone(), answers: settled.answers, next };
            // Who looks as an engine that needs nothing new has made nothing fresh.
            let news = !(looked && matches!(&kind, FactKind::Answers { answers, .. } if answers.is_empty()));
            if news && self.facts.send(Fact { at: now, kind }).await.is_err() {
                return;
            }
            if let Some(drawn) = &settled.drawn {
                self.probe(drawn, now);
                self.direct(&dial, &survey, now);
            }
            let woken = self.idle(next + TOGETHER, &refresh, (&mut back, &mut beside), &mut flights).await;
            looked = matches!(woken, Woken::Beside);
            late = match woken {
                Woken::Due | Woken::Beside => Vec::new(),
                Woken::Back => {
                    self.hasten(clock.now(), |_| true);
                    Vec::new()
                }
                Woken::Late(landed) => landed,
                Woken::Refresh => {
                    let now = clock.now();
                    self.due.values_mut().for_each(|at| *at = now);
                    if let Some(prober) = &self.prober {
                        prober.storm.forget();
                    }
                    self.probing.values().for_each(Probing::now);
                    Vec::new()
                }
            };
        }
    }

    /// Notes when to ask what again.
    fn schedule(&mut self, settled: &Settled, flights: &Flights<'_>, now: Moment) {
        let failing = self.failures.len();
        for answer in &settled.answers {
            if flights.is_open(&answer.question) {
                self.due.remove(&answer.question);
            } else {
                let at = self.again(answer);
                self.due.insert(answer.question.clone(), at);
            }
        }
        // The resolver is back: what failed with it need not wait out its own time.
        if self.failures.len() < failing {
            let just: BTreeSet<&Question> = settled.answers.iter().map(|answer| &answer.question).collect();
            self.hasten(now, |question| !just.contains(question));
        }
        self.due.retain(|question, _| settled.basis.contains(question));
        self.failures.retain(|question, _| settled.basis.contains(question));
    }

    /// What failed is asked again now.
    fn hasten(&mut self, now: Moment, which: impl Fn(&Question) -> bool) {
        for question in self.failures.keys().filter(|question| which(question)) {
            self.due.entry(question.clone()).and_modify(|at| *at = now.min(*at));
        }
    }

    /// Waits until a moment, until everything is to be asked again, until a resolver is back, until other engines
    /// are to be walked as, or until a late answer comes; meanwhile lets go of targets whose grace ends.
    async fn idle(
        &mut self,
        until: Moment,
        refresh: &Notify,
        (back, beside): (&mut watch::Receiver<()>, &mut watch::Receiver<Beside>),
        flights: &mut Flights<'_>,
    ) -> Woken {
        let grace = self.habits.grace;
        loop {
            let now = self.clock.now();
            self.probing.retain(|_, probing| probing.end(grace).is_none_or(|end| now < end));
            if now >= until {
                return Woken::Due;
            }
            let first = self.probing.values().filter_map(|probing| probing.end(grace)).fold(until, Moment::min);
            tokio::select! {
                () = tokio::time::sleep(first.since(now)) => {}
                () = refresh.notified() => return Woken::Refresh,
                Ok(()) = beside.changed() => return Woken::Beside,
                Ok(()) = back.changed(), if !self.failures.is_empty() => return Woken::Back,
                landed = flights.landed() => return Woken::Late(landed),
            }
        }
    }

    /// When to ask again.
    fn again(&mut self, answer: &Answer) -> Moment {
        if !answer.outcome.is_answer() {
            let failures = self.failures.entry(answer.question.clone()).or_default();
            *failures += 1;
            let wait = FIRST_RETRY.saturating_mul(1 << (*failures - 1).min(8)).min(SLOWEST_RETRY);
            return answer.at + jittered(wait, 0.9, 1.1);
        }
        self.failures.remove(&answer.question);
        let held = answer.ttl().map_or(UNDATED, crate::model::Ttl::span);
        let held = held.max(self.habits.refresh_floor).min(self.habits.refresh_ceiling);
        // Never before the end, so that a cache on the way has let go too.
        answer.at + jittered(held, 1.0, 1.05)
    }

    /// Says where a REGISTER goes from now on, where somebody knows.
    fn direct(&self, dial: &Dial, survey: &Survey, now: Moment) {
        let dial = Dial { method: Method::Register, ..dial.clone() };
        if let Walk::Done(way) = self.own.walk(&dial, survey, Reading::Drawn, now)
            && !matches!(way.conclusion, Conclusion::DnsFailed { .. })
        {
            self.way.send_if_modified(|known| {
                let news = known.as_ref().is_none_or(|known| known.tiers != way.tiers);
                *known = Some(Arc::from(way));
                news
            });
        }
    }

    /// Probes the targets of a resolution; one that is no longer in it is probed on for the grace time.
    fn probe(&mut self, drawn: &Resolution, now: Moment) {
        let Some(prober) = &self.prober else { return };
        let mut listed = BTreeSet::new();
        for candidate in drawn.candidates() {
            let endpoint = candidate.endpoint();
            listed.insert(endpoint);
            self.probing.entry(endpoint).or_insert_with(|| {
                let uri = self.carrier.request_uri(drawn, candidate.tier).clone();
                Probing::start(prober.clone(), endpoint, candidate.target.host.clone(), uri)
            });
        }
        for (endpoint, probing) in &mut self.probing {
            probing.mark(listed.contains(endpoint), now);
        }
    }
}
