//! Whatever is told of registrations, in whatever order: no pin that nobody told, and nothing inferred beside what
//! somebody told.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use trunktop::locate::{self, Walk};
use trunktop::model::{
    Account, AccountMode, AccountNews, Answer, Binding, Carrier, CarrierName, CommandLine, Confidence, Defaults,
    Endpoint, EventKind, Expires, Fact, FactKind, Failure, Granted, Host, Moment, Noted, PinReport, PinSource, PopRule,
    ProbeReport, ProbeResult, Purpose, Reading, Refusal, RefusalMeans, RegisterOutcome, RegisterReport, Sighting, Stop,
    Survey, Transport, Whereabouts, Why,
};
use trunktop::model::{OperatorAct, Outage, Pattern, What};
use trunktop::state::{By, CarrierState, Options, Pin, Placement, Standing, State};

use crate::zone::Zone;

const TARGETS: [(&str, &str); 3] =
    [("a.acme.example", "192.0.2.1"), ("b.acme.example", "192.0.2.2"), ("c.acme.example", "192.0.2.3")];

/// Something that can be told, at a target by its place.
#[derive(Clone, Debug)]
enum Told {
    Bind(usize, Outcome, Option<u64>),
    Fetch(usize, Outcome, Option<u64>),
    Remove(usize, bool),
    Round,
    Lost(usize),
    LetGo(Why),
    Stopped(Stop),
    Elsewhere(Option<(usize, i64)>),
    Source(Vec<(usize, bool, bool, Option<u64>)>),
    SourceFails,
    /// The tier of each target in DNS; none: it is not listed.
    Dns([Option<u16>; 3]),
    DnsFails,
    Probe(usize, bool),
    Fail(usize),
    Slept(u64),
    Mode(AccountMode, bool, bool),
    Tick,
}

#[derive(Clone, Debug)]
enum Outcome {
    /// Ours with what was granted, and so many of others.
    Done(Option<u32>, usize),
    Refused(u16),
    Silent,
}

fn outcome() -> impl Strategy<Value = Outcome> {
    let granted = option::of(select(vec![0, 1, 30, 300, u32::MAX]));
    prop_oneof![
        4 => (granted, 0..3_usize).prop_map(|(ours, others)| Outcome::Done(ours, others)),
        1 => select(vec![302, 403, 423, 503]).prop_map(Outcome::Refused),
        1 => Just(Outcome::Silent),
    ]
}

fn told() -> impl Strategy<Value = Told> {
    let next = || option::of(0..400_u64);
    let mode = select(AccountMode::ALL.to_vec());
    prop_oneof![
        6 => (0..3_usize, outcome(), next()).prop_map(|(at, came, next)| Told::Bind(at, came, next)),
        6 => (0..3_usize, outcome(), next()).prop_map(|(at, came, next)| Told::Fetch(at, came, next)),
        1 => (0..3_usize, any::<bool>()).prop_map(|(at, done)| Told::Remove(at, done)),
        3 => Just(Told::Round),
        2 => (0..3_usize).prop_map(Told::Lost),
        1 => select(vec![Why::LeftDns, Why::ByHand]).prop_map(Told::LetGo),
        1 => select(vec![Stop::Credentials, Stop::Others(vec!["sip:x@192.0.2.9".into()])]).prop_map(Told::Stopped),
        1 => option::of((0..3_usize, -100..400_i64)).prop_map(Told::Elsewhere),
        3 => vec((0..4_usize, any::<bool>(), any::<bool>(), option::of(0..400_u64)), 0..4).prop_map(Told::Source),
        1 => Just(Told::SourceFails),
        2 => [option::of(1..3_u16), option::of(1..3_u16), option::of(1..3_u16)].prop_map(Told::Dns),
        1 => Just(Told::DnsFails),
        2 => (0..3_usize, any::<bool>()).prop_map(|(at, up)| Told::Probe(at, up)),
        1 => (0..3_usize).prop_map(Told::Fail),
        1 => (0..2000_u64).prop_map(Told::Slept),
        2 => (mode, any::<bool>(), any::<bool>()).prop_map(|(mode, named, source)| Told::Mode(mode, named, source)),
        3 => Just(Told::Tick),
    ]
}

fn host(at: usize) -> Host {
    TARGETS[at].0.parse().unwrap()
}

fn ip(at: usize) -> IpAddr {
    TARGETS.get(at).map_or("203.0.113.9", |(_, ip)| ip).parse().unwrap()
}

fn endpoint(at: usize) -> Endpoint {
    Endpoint { transport: Transport::Udp, at: (ip(at), 5060).into() }
}

fn carrier(mode: AccountMode, named: bool, source: bool) -> Arc<Carrier> {
    let mut carrier =
        Carrier::new(CarrierName::new("acme").unwrap(), "sip:acme.example;transport=udp".parse().unwrap());
    let contact = named.then(|| "sip:pbx@192.0.2.9".parse().unwrap());
    carrier.account = Some(Arc::new(Account { mode, contact, ..Account::new("alice".parse().unwrap()) }));
    let command = CommandLine { program: "source".to_owned(), arguments: Vec::new() };
    carrier.pin = source.then_some(PinSource { command, every: PinSource::EVERY, patience: PinSource::PATIENCE });
    carrier.pops = vec![PopRule { name: "ab".into(), pattern: Pattern::new("a*") }];
    Arc::new(carrier)
}

/// What a source saw: at which target, by name or not, as a registration or not, and what is left of it.
fn sighting(&(at, named, is_registration, left): &(usize, bool, bool, Option<u64>)) -> Sighting {
    Sighting {
        confidence: if is_registration { Confidence::Reported } else { Confidence::Observed },
        by: "source".into(),
        at: if named && at < 3 {
            Whereabouts::Target(host(at))
        } else {
            Whereabouts::Address { ip: ip(at), port: Some(5060), transport: None }
        },
        left: left.map(Duration::from_secs),
        state: None,
        is_registration,
    }
}

/// The world that tells it, and what of it can make a pin.
struct World {
    state: State,
    now: Moment,
    carrier: Arc<Carrier>,
    /// Where our own registration is, as far as anything told: set by a 2xx, and ended by what ends it.
    own: Option<(usize, Moment)>,
    listed: Vec<usize>,
    seen: Vec<usize>,
    elsewhere: Option<usize>,
}

impl World {
    fn new() -> Self {
        let now = Moment { mono: Duration::ZERO, wall: Timestamp::from_second(1_800_000_000).unwrap() };
        let carrier = carrier(AccountMode::Hold, false, true);
        let state = State::new(Options::default());
        let (own, listed, seen, elsewhere) = (None, Vec::new(), Vec::new(), None);
        let mut world = Self { state, now, carrier, own, listed, seen, elsewhere };
        world.tell(FactKind::Settings(vec![world.carrier.clone()]));
        world
    }

    fn tell(&mut self, kind: FactKind) -> Vec<EventKind> {
        let events = self.state.apply(&Fact { at: self.now, kind });
        events.into_iter().map(|event| event.kind).collect()
    }

    fn known(&self) -> &CarrierState {
        self.state.carrier(&self.carrier.name).unwrap()
    }

    fn report(&self, at: usize, purpose: Purpose, came: &Outcome) -> Box<RegisterReport> {
        let binding = |contact: &str, left, ours| Binding {
            contact: contact.into(),
            expires: Some(Expires::new(left)),
            ours,
            instance: None,
            gruu: None,
        };
        let outcome = match came {
            Outcome::Done(ours, others) => {
                let mut bindings: Vec<Binding> =
                    ours.iter().map(|left| binding("sip:ours@192.0.2.9", *left, true)).collect();
                bindings.extend((0..*others).map(|n| binding(&format!("sip:pbx{n}@192.0.2.8"), 60, false)));
                RegisterOutcome::Done(Granted { listed: bindings.len(), bindings, ..Granted::default() })
            }
            Outcome::Refused(code) => RegisterOutcome::Refused(Refusal {
                code: *code,
                reason: "No".into(),
                retry_after: None,
                means: RefusalMeans::Plain,
            }),
            Outcome::Silent => {
                RegisterOutcome::Failed { result: ProbeResult::Timeout, ours: false, detail: "silent".into() }
            }
        };
        Box::new(RegisterReport {
            endpoint: endpoint(at),
            target: host(at),
            purpose,
            at: self.now,
            took: Duration::from_secs(1),
            outcome,
            challenge: None,
            sent: None,
            heard: None,
        })
    }

    fn answers(&self, tiers: &[Option<u16>; 3], fails: bool) -> Vec<Arc<Answer>> {
        let mut lines: Vec<String> = TARGETS.iter().map(|(name, ip)| format!("{name} 60 A {ip}")).collect();
        for (tier, (name, _)) in tiers.iter().zip(TARGETS) {
            lines.extend(tier.map(|tier| format!("_sip._udp.acme.example 60 SRV {tier} 50 5060 {name}")));
        }
        if fails {
            lines.push("_sip._udp.acme.example SRV SERVFAIL".to_owned());
        }
        let zone = Zone::of(&lines.join("\n"));
        let (dial, mut survey) = (Defaults::default().dial(&self.carrier), Survey::default());
        let mut answers = Vec::new();
        while let Walk::Need(need) = locate::reference().walk(&dial, &survey, Reading::Drawn, self.now) {
            for question in need.must {
                let answer = Arc::new(zone.answer(&question, self.now));
                survey.insert(answer.clone());
                answers.push(answer);
            }
        }
        answers
    }

    /// Tells it, and keeps account of what of it can make a pin.
    fn take(&mut self, told: &Told) -> Vec<EventKind> {
        let carrier = self.carrier.name.clone();
        let due = |next: &Option<u64>, now: Moment| next.map(|next| now + Duration::from_secs(next));
        let news = |news| FactKind::Account { carrier: self.carrier.name.clone(), news, next: None };
        let kind = match told {
            Told::Bind(at, came, next) => {
                if let Outcome::Done(ours, others) = came {
                    // Who lists others alone has not bound us.
                    let granted = ours.unwrap_or(if *others == 0 { 300 } else { 0 });
                    self.own = match granted {
                        0 => self.own.filter(|(held, _)| held != at),
                        _ => Some((*at, self.now + Duration::from_secs(granted.into()))),
                    };
                }
                self.elsewhere = None;
                let report = self.report(*at, Purpose::Bind(Expires::USUAL), came);
                FactKind::Binding { carrier, report, next: due(next, self.now) }
            }
            Told::Fetch(at, came, next) => {
                if matches!(came, Outcome::Done(..)) {
                    self.listed.push(*at);
                }
                self.elsewhere = None;
                let report = self.report(*at, Purpose::Fetch, came);
                FactKind::Binding { carrier, report, next: due(next, self.now) }
            }
            Told::Remove(at, done) => {
                if *done {
                    self.own = self.own.filter(|(held, _)| held != at);
                }
                let came = if *done { Outcome::Done(None, 0) } else { Outcome::Silent };
                FactKind::Binding { carrier, report: self.report(*at, Purpose::Remove, &came), next: None }
            }
            Told::Round => news(AccountNews::Round),
            Told::Lost(at) => {
                self.own = self.own.filter(|(held, _)| held != at);
                news(AccountNews::Lost(endpoint(*at), "closed".into()))
            }
            Told::LetGo(why) => {
                self.own = None;
                news(AccountNews::LetGo(*why))
            }
            Told::Stopped(stop) => news(AccountNews::Stopped(stop.clone())),
            Told::Elsewhere(noted) => {
                self.elsewhere = noted.map(|(at, _)| at);
                let noted = noted.map(|(at, left)| Noted {
                    target: host(at),
                    endpoint: endpoint(at),
                    since: Timestamp::UNIX_EPOCH,
                    until: self.now.wall.saturating_add(jiff::SignedDuration::from_secs(left)).unwrap(),
                    granted: Expires::USUAL,
                });
                news(AccountNews::Elsewhere(noted))
            }
            Told::Source(seen) => {
                self.seen = seen.iter().map(|(at, ..)| *at).collect();
                let report = Box::new(PinReport { at: self.now, told: Ok(seen.iter().map(sighting).collect()) });
                FactKind::PinReport { carrier, report, next: self.now + PinSource::EVERY }
            }
            Told::SourceFails => {
                let report = Box::new(PinReport { at: self.now, told: Err("it failed".into()) });
                FactKind::PinReport { carrier, report, next: self.now + PinSource::EVERY }
            }
            Told::Dns(tiers) => {
                let next = self.now + Duration::from_secs(60);
                FactKind::Answers { carrier, answers: self.answers(tiers, false), next }
            }
            Told::DnsFails => {
                let next = self.now + Duration::from_secs(60);
                FactKind::Answers { carrier, answers: self.answers(&[None; 3], true), next }
            }
            Told::Probe(at, up) => {
                let result = if *up { ProbeResult::Ok } else { ProbeResult::Refused };
                let report = Box::new(ProbeReport::new(endpoint(*at), self.now, result));
                FactKind::Probe { carrier, report, next: None }
            }
            Told::Fail(at) => {
                let outage = Outage { what: What::Target(host(*at)), how: Failure::Silent };
                FactKind::Act(OperatorAct::Fail(carrier, outage))
            }
            Told::Slept(gap) => {
                let gap = Duration::from_secs(*gap);
                self.now = Moment { wall: (self.now + gap).wall, ..self.now };
                FactKind::ClockGap(gap)
            }
            Told::Mode(mode, named, source) => {
                self.carrier = self::carrier(*mode, *named, *source);
                FactKind::Settings(vec![self.carrier.clone()])
            }
            Told::Tick => FactKind::Tick,
        };
        self.tell(kind)
    }

    /// Whether somebody told this pin.
    fn was_told(&self, pin: &Pin) -> bool {
        let here = |at: &usize| Host::Ip(ip(*at)) == pin.target || *at < 3 && host(*at) == pin.target;
        match &pin.by {
            By::OwnRegister => {
                self.own.is_some_and(|(at, until)| here(&at) && pin.until.is_some_and(|said| said.mono <= until.mono))
            }
            By::OtherInstance => self.elsewhere.iter().any(here),
            By::Fetched => self.listed.iter().any(here),
            By::Source(_) => self.seen.iter().any(here),
            By::Engine => pin.confidence == Confidence::Inferred,
        }
    }
}

proptest! {
    #[test]
    fn every_pin_was_told_and_what_is_inferred_stands_alone(story in vec((0..200_u64, told()), 0..60)) {
        let mut world = World::new();
        for (pause, told) in &story {
            world.now = world.now + Duration::from_secs(*pause);
            world.tell(FactKind::Tick);
            let events = world.take(told);
            let registration = &world.known().registration;
            let pins = registration.pins();
            for pin in pins {
                prop_assert!(world.was_told(pin), "{told:?}: {pin:?}");
                prop_assert!(pin.many > 0 && pin.chance.is_some());
            }
            let inferred: Vec<&Pin> = pins.iter().filter(|pin| pin.confidence == Confidence::Inferred).collect();
            prop_assert!(inferred.is_empty() || inferred.len() == pins.len(), "{told:?}: {pins:?}");
            prop_assert!(inferred.iter().map(|pin| pin.chance.0).sum::<f64>() < 1.0 + 1e-9);
            prop_assert!(pins.is_sorted_by_key(|pin| pin.confidence));
            prop_assert!(pins.iter().filter(|pin| pin.by == By::OwnRegister).count() <= 1);
            let held = pins.iter().any(|pin| pin.by == By::OwnRegister && !pin.old);
            prop_assert!(*registration.standing() != Standing::Held || held);
            if matches!(registration.standing(), Standing::Observed(Placement::Shared(_) | Placement::Nowhere)) {
                prop_assert!(!pins.iter().any(|pin| pin.by == By::Fetched), "{told:?}: {pins:?}");
            }
            for event in &events {
                let EventKind::Pin(moved) = event else { continue };
                prop_assert!(moved.from != moved.to && (moved.from.is_some() || moved.to.is_some()));
                prop_assert!(moved.confidence != Confidence::Inferred, "nobody saw that");
            }
            prop_assert!(registration.move_count() <= registration.moves().count());
        }
    }
}
