//! The monitor over the lab: real questions and OPTIONS over loopback sockets, folded into the state, and
//! no terminal. What a test does to the lab, the state has to find out by itself.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use trunktop::dns::{Patience, Resolvers};
use trunktop::lab::{Behaviour, Certificate, DnsFault, Lab, Scenario};
use trunktop::model::{
    Carrier, CarrierName, Endpoint, Event, EventKind, Fact, Failure, HealthState, Moment, OperatorAct, Outage, Pop,
    ProbeResult, Question, RecordType, What,
};
use trunktop::monitor::{Clock, Habits, Monitor, Ports};
use trunktop::preview::Preview;
use trunktop::sip::{Prober, RegisterClient, Roots};
use trunktop::state::{CarrierState, Health, Level, Options, State};

mod loss;
mod registering;
mod registrars;
mod registrations;
mod scenarios;
mod traffic;
mod ways;

use traffic::Said;
use traffic::client::Client;
use traffic::stacks::{Balancing, Calls, Stack as _};

/// How long anything may take before it counts as never.
const DEADLINE: Duration = Duration::from_secs(40);

/// The hour has struck when it starts, so that no test sees one minute become the next.
struct WholeHour {
    started: Instant,
    wall: Timestamp,
}

impl WholeHour {
    #[expect(clippy::disallowed_methods, reason = "certificates of the lab are valid today")]
    fn strikes() -> Arc<Self> {
        let second = Timestamp::now().as_second();
        let wall = Timestamp::from_second(second - second % 3600).unwrap();
        Arc::new(Self { started: Instant::now(), wall })
    }
}

impl Clock for WholeHour {
    fn now(&self) -> Moment {
        let mono = self.started.elapsed();
        Moment { mono, wall: self.wall + mono }
    }
}

/// The carriers of the lab, watched.
pub(crate) struct Watching {
    pub(crate) lab: Lab,
    monitor: Monitor,
    facts: mpsc::Receiver<Fact>,
    state: State,
    events: Vec<Event>,
}

impl Watching {
    /// The lab in which nothing happens, until every carrier is well.
    async fn steady() -> Self {
        Self::of(Scenario::Steady).await.settled().await
    }

    /// The same, when every carrier is well.
    async fn settled(mut self) -> Self {
        let well = |c: &&CarrierState| {
            let targets = c.published.as_ref().map_or(0, |published| published.drawn.candidates().count());
            let up = c.health.values().filter(|health| health.state == HealthState::Up).count();
            c.verdict.level == Level::Up && up == targets
        };
        let count = self.lab.carriers().len();
        self.until("every carrier is up", |state, _| state.ranked().iter().filter(|c| well(c)).count() == count).await;
        self
    }

    /// The lab from the beginning of a scenario.
    async fn of(scenario: Scenario) -> Self {
        Self::over(Lab::start(scenario).await.unwrap())
    }

    /// Such a lab.
    fn over(lab: Lab) -> Self {
        Self::with(lab, |_| {})
    }

    /// Such a lab, its carriers otherwise than it has them.
    pub(crate) fn with(lab: Lab, otherwise: impl Fn(&mut Carrier)) -> Self {
        let clock = WholeHour::strikes();
        let ask = Resolvers::new(clock.clone(), Patience::default()).unwrap();
        let probe = Prober::new(clock.clone(), Roots::system_and([lab.root()]));
        let register = RegisterClient::new(clock.clone(), Roots::system_and([lab.root()]));
        let accounts = Some(registrations::Alone::accounts(register));
        let ports = Ports { ask: Arc::new(ask), probe: Some(Arc::new(probe)), accounts, witness: None, clock };
        let habits = Habits { patience: Duration::from_secs(1), ..Habits::default() };
        let (sender, facts) = mpsc::channel(1024);
        let mut carriers = lab.carriers();
        carriers.iter_mut().for_each(otherwise);
        let monitor = Monitor::start(ports, habits, carriers.into_iter().map(Arc::new).collect(), sender);
        Self { lab, monitor, facts, state: State::new(Options::default()), events: Vec::new() }
    }

    /// Takes in facts until the state is so.
    async fn until(&mut self, what: &str, is: impl Fn(&State, &Lab) -> bool) {
        self.until_within(DEADLINE, what, is).await;
    }

    /// The same, where it is known how long that may take.
    async fn until_within(&mut self, patience: Duration, what: &str, is: impl Fn(&State, &Lab) -> bool) {
        let waited = timeout(patience, async {
            while !is(&self.state, &self.lab) {
                let fact = self.facts.recv().await.unwrap();
                self.events.extend(self.state.apply(&fact));
            }
        });
        if waited.await.is_err() {
            let said = self.state.ranked().into_iter().map(|c| format!("{} {:?}\n", c.carrier.name, c.verdict));
            panic!("not in time: {what}\n{}", said.collect::<String>());
        }
    }

    /// Takes in facts until one carrier is so.
    pub(crate) async fn until_carrier(&mut self, carrier: &str, what: &str, is: impl Fn(&CarrierState) -> bool) {
        self.until(what, |state, _| state.carrier(&name(carrier)).is_some_and(&is)).await;
    }

    pub(crate) fn carrier(&self, carrier: &str) -> &CarrierState {
        self.state.carrier(&name(carrier)).unwrap()
    }

    /// What the events said of a carrier's DNS.
    fn changes(&self, carrier: &str) -> Vec<String> {
        let own = self.events.iter().filter(|event| event.carrier == Some(name(carrier)));
        own.filter_map(|event| match &event.kind {
            EventKind::Change(change) => Some(format!("{}: {}", change.what, change.means)),
            EventKind::Dns(words) => Some(words.clone()),
            _ => None,
        })
        .collect()
    }
}

fn name(raw: &str) -> CarrierName {
    CarrierName::new(raw).unwrap()
}

/// The health of a host at every address and over every transport that is probed.
fn health_of<'s>(carrier: &'s CarrierState, lab: &Lab, host: &str) -> Vec<&'s Health> {
    let own = lab.host(host);
    assert!(!own.is_empty(), "{host}");
    let is_own = |at: &Endpoint| own.iter().any(|responder| responder.at(at.transport) == Some(at.at));
    carrier.health.iter().filter(|(at, _)| is_own(at)).map(|(_, health)| health).collect()
}

/// What calls get: who, how many, after which wait; and how many are lost.
fn traffic(preview: &Preview) -> (Vec<(String, String, Duration)>, String) {
    let landings = preview.landings.iter();
    let shares = landings.map(|l| (l.target.to_string(), l.odds.landing.to_string(), l.odds.max)).collect();
    (shares, preview.lost.to_string())
}

#[tokio::test]
async fn the_preview_made_before_comes_true() {
    let mut watching = Watching::steady().await;
    let (acme, pop) = (name("acme"), Pop("us-east-2".into()));
    let well = traffic(&watching.carrier("acme").previews.as_ref().unwrap().now);
    let outage = Outage { what: What::Pop(pop.clone()), how: Failure::Silent };
    watching.monitor.act(OperatorAct::Fail(acme.clone(), outage));
    watching.until_carrier("acme", "a preview", |c| c.previews.as_ref().unwrap().then.is_some()).await;
    let previews = watching.carrier("acme").previews.clone().unwrap();
    let foreseen = traffic(&previews.then.unwrap());
    assert_eq!(traffic(&previews.now), well, "a simulation changes nothing now");
    assert_ne!(foreseen, well);
    watching.monitor.act(OperatorAct::Clear(acme.clone()));
    watching.until_carrier("acme", "no preview", |c| c.previews.as_ref().unwrap().then.is_none()).await;
    assert_eq!(watching.carrier("acme").verdict.level, Level::Up);

    watching.lab.toggle(&acme, &pop).unwrap();
    let down = |c: &CarrierState| c.verdict.level == Level::Degraded;
    watching.until_carrier("acme", "a POP is down", down).await;
    let acme_now = watching.carrier("acme");
    assert_eq!(traffic(&acme_now.previews.as_ref().unwrap().now), foreseen);
    let health = health_of(acme_now, &watching.lab, "pop-us-east-2.acme.example");
    assert!(health.iter().all(|health| health.state == HealthState::Down(Failure::Silent)), "{health:?}");
    assert!(acme_now.verdict.sentence.contains("us-east-2 silent since"), "{}", acme_now.verdict.sentence);
    assert_eq!(watching.state.count(Level::Up), watching.lab.carriers().len() - 1, "the others are well");

    watching.lab.toggle(&acme, &pop).unwrap();
    watching.until_carrier("acme", "the POP is back", |c| c.verdict.level == Level::Up).await;
    assert_eq!(traffic(&watching.carrier("acme").previews.as_ref().unwrap().now), well);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_calls_of_its_engine_arrive_where_the_preview_said() {
    let mut watching = Watching::steady().await;
    let (flow, pop) = (name("flow"), Pop("us-west".into()));
    assert_eq!(watching.carrier("flow").engine().name().as_str(), Balancing.name());
    let outage = Outage { what: What::Pop(pop.clone()), how: Failure::Silent };
    watching.monitor.act(OperatorAct::Fail(flow.clone(), outage));
    watching.until_carrier("flow", "a preview", |c| c.previews.as_ref().unwrap().then.is_some()).await;
    let foreseen = watching.carrier("flow").previews.clone().unwrap();
    watching.monitor.act(OperatorAct::Clear(flow.clone()));

    let ask = Resolvers::new(WholeHour::strikes(), Patience::default()).unwrap();
    let mut client = Client::new(&Balancing, "flow.example", &ask, &watching.lab.resolver()).await;
    let well = client.call(Calls::Invite, 400, 1).await;
    Said::now("flow as it is".to_owned(), &foreseen.now).holds_for(&well);

    watching.lab.toggle(&flow, &pop).unwrap();
    let then = client.call(Calls::Invite, 200, 2).await;
    Said::now("flow without us-west".to_owned(), &foreseen.then.unwrap()).holds_for(&then);
}

#[tokio::test]
async fn a_change_in_the_dns_is_told_in_words() {
    let mut watching = Watching::steady().await;
    let zone = "$ORIGIN acme.example.
        _sips._tcp 60 SRV 10  75 tls pop-us-east-1
        _sips._tcp 60 SRV 10  25 tls pop-us-east-2
        _sips._tcp 60 SRV 20 100 tls pop-us-west-1";
    watching.lab.publish(zone).unwrap();
    watching.monitor.refresh(Some(name("acme")));
    let moved = |c: &CarrierState| c.verdict.sentence.contains("us-east-1 75 %");
    watching.until_carrier("acme", "the shares moved", moved).await;
    assert_eq!(
        watching.changes("acme"),
        ["us-east-2 weight 50 -> 25: first share 50 % -> 25 %", "us-east-1 weight 50 -> 75: first share 50 % -> 75 %",]
    );
    assert_eq!(watching.events.iter().filter(|e| matches!(e.kind, EventKind::Change(_))).count(), 2);
}

#[tokio::test]
async fn a_name_server_that_fails_is_no_change_and_recovers() {
    let mut watching = Watching::steady().await;
    let known = watching.carrier("acme").published.clone().unwrap();
    watching.lab.dns().set_fault(DnsFault::ServFail);
    watching.monitor.refresh(Some(name("acme")));
    watching.until_carrier("acme", "DNS fails", |c| c.verdict.level == Level::Dns).await;
    let acme = watching.carrier("acme");
    let said = &acme.verdict.sentence;
    assert!(said.contains("SERVFAIL from 127.0.0.1:") && said.contains("; showing answers"), "{said}");
    assert!(said.ends_with("targets still UP"), "{said}");
    let drawn = &acme.published.as_ref().unwrap().drawn;
    assert_eq!(drawn.tiers, known.drawn.tiers, "the last good answers are drawn");
    assert_eq!(acme.previews.as_ref().unwrap().clean.landings.len(), 3);

    watching.lab.dns().set_fault(DnsFault::None);
    watching.monitor.refresh(Some(name("acme")));
    watching.until_carrier("acme", "DNS is back", |c| c.verdict.level == Level::Up).await;
    let changes = watching.changes("acme");
    assert!(changes[0].starts_with("SERVFAIL from "), "{changes:?}");
    assert!(changes[1].starts_with("the resolver answers again"), "{changes:?}");
    assert_eq!(changes.len(), 2, "{changes:?}");
}

#[tokio::test]
async fn a_question_that_fails_spoils_its_own_carrier_alone() {
    let mut watching = Watching::steady().await;
    let question = Question::new(trunktop::model::Name::parse("_sip._tcp.telco.example").unwrap(), RecordType::Srv);
    watching.lab.dns().set_fault_at(&question, DnsFault::Refused);
    watching.monitor.refresh(None);
    watching.until_carrier("telco", "REFUSED", |c| c.verdict.level == Level::Dns).await;
    assert!(watching.carrier("telco").verdict.sentence.starts_with("REFUSED"));
    assert_eq!(watching.state.count(Level::Up), watching.lab.carriers().len() - 1);
}

#[tokio::test]
async fn a_host_that_answers_garbage_disturbs_nobody_else() {
    let mut watching = Watching::steady().await;
    let host = "ep-us-west-01.flow.example";
    watching.lab.behave(host, Behaviour::Garbage).await.unwrap();
    watching.until_carrier("flow", "garbage is seen", |c| c.verdict.level == Level::Degraded).await;
    let flow = watching.carrier("flow");
    for health in health_of(flow, &watching.lab, host) {
        assert_eq!(health.last.as_ref().unwrap().result, ProbeResult::Malformed);
    }
    assert!(flow.verdict.sentence.contains("garbage"), "{}", flow.verdict.sentence);
    let up = flow.health.values().filter(|health| health.state == HealthState::Up).count();
    assert_eq!(up, flow.health.len() - 1);
    assert_eq!(watching.state.count(Level::Up), watching.lab.carriers().len() - 1);
}

#[tokio::test]
async fn ways_to_fail_are_told_apart() {
    // A registration that is refused is another matter.
    let lab = Lab::start(Scenario::Steady).await.unwrap();
    let mut watching = Watching::with(lab, |carrier| carrier.account = None).settled().await;
    let wrong = Certificate::new(&["elsewhere.example"], 30);
    watching.lab.certify("sip-edge2.us-dc2.edge.example", &wrong).unwrap();
    watching.lab.behave("l01-mav-rt-001.edns.telco.example", Behaviour::Refuse).await.unwrap();
    watching.lab.behave("nyc.us.out.meta.example", Behaviour::Status(503, "Draining")).await.unwrap();
    watching.lab.behave("sip-anycast1.anycast.example", Behaviour::Trying).await.unwrap();
    watching.lab.behave("pop-us-east-1.acme.example", Behaviour::Status(401, "Unauthorized")).await.unwrap();
    for (carrier, host, result, state) in [
        ("edge", "sip-edge2.us-dc2.edge.example", ProbeResult::TlsName, HealthState::Down(Failure::Tls)),
        ("telco", "l01-mav-rt-001.edns.telco.example", ProbeResult::Refused, HealthState::Down(Failure::Refused)),
        ("meta", "nyc.us.out.meta.example", ProbeResult::ErrorResponse, HealthState::Degraded),
        ("anycast", "sip-anycast1.anycast.example", ProbeResult::Timeout, HealthState::Down(Failure::Silent)),
        ("acme", "pop-us-east-1.acme.example", ProbeResult::AuthRequired, HealthState::Up),
    ] {
        let what = format!("{host} is {result:?}, {state:?}");
        let so = |h: &&Health| h.state == state && h.last.as_ref().is_some_and(|last| last.result == result);
        watching
            .until(&what, |known, lab| health_of(known.carrier(&name(carrier)).unwrap(), lab, host).iter().all(so))
            .await;
    }
    assert_eq!(watching.carrier("edge").verdict.level, Level::Warning, "a backup is dead, nothing is lost");
    assert_eq!(watching.carrier("acme").verdict.level, Level::Up, "who asks for a password is alive");
}
