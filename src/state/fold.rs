//! The fold itself.

mod failing;
mod side;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::locate::{self, Walk};
use crate::model::{
    Answer, Carrier, CarrierName, Conclusion, Defaults, Dial, Drill, Event, EventKind, Fact, FactKind, Failure,
    HealthState, Host, Method, Moment, OperatorAct, Outage, PinMove, ProbeReport, Question, Reading, Revision,
};

use super::carrier::{CarrierState, Published, Slept, labels_of};
use super::changes;
use super::findings;
use super::health::{Health, Thresholds};
use super::ours::{Held, Life, Ours, is_silence};
use super::verdict::{Context, Level};

/// How long a target that left DNS is kept, and probed on.
pub const GRACE: Duration = Duration::from_secs(300);

/// What the fold goes by.
#[derive(Clone, Debug)]
pub struct Options {
    /// What holds for carriers that do not say otherwise.
    pub defaults: Defaults,
    /// How many probes in a row change a state.
    pub thresholds: Thresholds,
    /// Whether targets are probed at all.
    pub probing: bool,
    /// Where the clock that people read stands.
    pub zone: TimeZone,
    /// After how long callers hang up, as previews count it; they never do, without one.
    pub patience: Option<Duration>,
}

impl Default for Options {
    /// Probing, with the usual thresholds, in UTC; callers wait for ever.
    fn default() -> Self {
        Self {
            defaults: Defaults::default(),
            thresholds: Thresholds::default(),
            probing: true,
            zone: TimeZone::UTC,
            patience: None,
        }
    }
}

/// All that is known.
#[derive(Clone, Debug)]
pub struct State {
    /// What it goes by.
    pub options: Options,
    /// The time of the last fact.
    pub now: Option<Moment>,
    /// The drills that are saved, in the order of the file.
    pub drills: Vec<Arc<Drill>>,
    carriers: BTreeMap<CarrierName, CarrierState>,
    life: Life,
    ours: Vec<Ours>,
    our_events: VecDeque<Event>,
    /// What is not told yet.
    held: Vec<Held>,
}

impl State {
    /// Nothing known yet.
    pub fn new(options: Options) -> Self {
        let (carriers, drills) = (BTreeMap::new(), Vec::new());
        let (life, ours, our_events, held) = (Life::default(), Vec::new(), VecDeque::new(), Vec::new());
        Self { options, now: None, drills, carriers, life, ours, our_events, held }
    }

    /// Takes in a fact, and says what follows from it.
    pub fn apply(&mut self, fact: &Fact) -> Vec<Event> {
        self.now = Some(fact.at);
        let touched = match &fact.kind {
            FactKind::Settings(carriers) => {
                self.settings(carriers);
                Touched::All
            }
            FactKind::Answers { carrier, answers, next } => self.answers(carrier, answers, fact.at, *next),
            FactKind::Probe { carrier, report, next } => self.probe(carrier, report, fact.at, *next),
            FactKind::Binding { carrier, report, next } => self.registered(carrier, fact.at, |known| {
                known.registration.binding(report, *next, &known.carrier, fact.at)
            }),
            FactKind::Account { carrier, news, next } => {
                self.registered(carrier, fact.at, |known| known.registration.news(news, *next, &known.carrier, fact.at))
            }
            FactKind::PinReport { carrier, report, next } => {
                let mut turn = None;
                let touched = self.registered(carrier, fact.at, |known| {
                    let (moves, words) = known.registration.report(report, *next, &known.carrier, fact.at);
                    turn = words;
                    moves
                });
                match (touched, turn) {
                    (Touched::Carrier(name, mut kinds), Some(words)) => {
                        kinds.push(EventKind::Ours(words));
                        Touched::Carrier(name, kinds)
                    }
                    (touched, _) => touched,
                }
            }
            FactKind::Act(act) => self.act(act, fact.at),
            FactKind::Drills(drills) => {
                self.drills.clone_from(drills);
                Touched::Nothing
            }
            FactKind::ClockGap(gap) => {
                for carrier in self.carriers.values_mut() {
                    carrier.slept = Some(Slept { gap: *gap, woke: fact.at });
                    carrier.woke = Some(fact.at);
                    carrier.registration.sleep(fact.at);
                }
                Touched::All
            }
            FactKind::Tick => Touched::Time,
        };
        self.settle(touched, fact.at)
    }

    /// One carrier.
    pub fn carrier(&self, name: &CarrierName) -> Option<&CarrierState> {
        self.carriers.get(name)
    }

    /// All carriers, by name.
    pub fn carriers(&self) -> impl Iterator<Item = &CarrierState> {
        self.carriers.values()
    }

    /// All carriers, the worst first, then by name.
    pub fn ranked(&self) -> Vec<&CarrierState> {
        let mut all: Vec<&CarrierState> = self.carriers.values().collect();
        all.sort_by_key(|carrier| carrier.verdict.level);
        all
    }

    /// Fails everything of a carrier, as it is looked at, in turn, in this way; where none is named, of all, as they
    /// are. What is known is not computed again; of the rest at most so many carriers, so that the caller can look
    /// up meanwhile. Whether some may be left.
    ///
    /// No fact tells to do this: it changes nothing that was known.
    pub fn weigh(&mut self, name: Option<&CarrierName>, how: Failure, most: usize) -> bool {
        let (patience, mut left) = (self.options.patience, most);
        for (known, carrier) in &mut self.carriers {
            if left == 0 {
                return true;
            }
            if name.is_none_or(|name| name == known) && carrier.weigh(how, name.is_some(), patience) {
                left -= 1;
            }
        }
        false
    }

    /// How many carriers are at each level.
    pub fn count(&self, level: Level) -> usize {
        self.carriers.values().filter(|carrier| carrier.verdict.level == level).count()
    }

    fn settings(&mut self, carriers: &[Arc<Carrier>]) {
        let mut before = std::mem::take(&mut self.carriers);
        for carrier in carriers {
            let kept = before.remove(&carrier.name);
            let kept = kept.and_then(|mut known| known.goes_by(carrier).then_some(known));
            let known = kept.unwrap_or_else(|| CarrierState::new(carrier.clone()));
            self.carriers.insert(carrier.name.clone(), known);
        }
    }

    fn answers(&mut self, name: &CarrierName, answers: &[Arc<Answer>], at: Moment, next: Moment) -> Touched {
        let Some(carrier) = self.carriers.get_mut(name) else { return Touched::Nothing };
        for answer in answers {
            carrier.survey.insert(answer.clone());
        }
        carrier.heard = Some(at);
        let dial = self.options.defaults.dial(&carrier.carrier);
        let walk = |engine: &dyn locate::Engine, reading| match engine.walk(&dial, &carrier.survey, reading, at) {
            Walk::Done(resolution) => Some(*resolution),
            Walk::Need(_) => None,
        };
        let (engine, reference) = (carrier.engine(), locate::reference());
        let walks = [(engine, Reading::Engine), (engine, Reading::Drawn), (&*reference, Reading::Drawn)];
        // One picture is one moment: what is not complete is not published.
        let [Some(resolution), Some(drawn), Some(_)] = walks.map(|(engine, reading)| walk(engine, reading)) else {
            return Touched::Nothing;
        };
        // The walks of the next answers need all that these needed, be it shown or not.
        let basis = |(engine, reading)| locate::basis(engine, &dial, &carrier.survey, reading, at);
        let looked_as =
            carrier.beside.iter().flat_map(|engine| [Reading::Engine, Reading::Drawn].map(|r| (&**engine, r)));
        let mut asked: BTreeSet<Question> = walks.into_iter().chain(looked_as).flat_map(basis).collect();
        let register = Dial { method: Method::Register, ..dial.clone() };
        let engines = carrier.beside.iter().map(|engine| &**engine).chain([engine]);
        for engine in engines.filter(|engine| engine.registers_apart()) {
            for reading in [Reading::Engine, Reading::Drawn] {
                asked.extend(locate::basis(engine, &register, &carrier.survey, reading, at));
            }
        }
        let revision = carrier.published.as_ref().map_or(Revision(1), |before| before.revision.next());
        if answers.iter().any(|answer| answer.outcome.is_answer()) && !failing::is_mute(&drawn) {
            carrier.slept = None;
        }
        // Right after a sleep, the network that fails is ours.
        let asleep = carrier.slept.is_some_and(|slept| slept.excuses(at));
        let nothing = !answers.is_empty() && answers.iter().all(|answer| failing::is_nothing(answer));
        match (nothing, asleep) {
            (true, true) => {}
            (true, false) => carrier.asked.failed = Some(at),
            (false, _) if answers.is_empty() => {}
            (false, _) => carrier.asked.answered = Some(at),
        }
        let trouble = if asleep { None } else { failing::trouble(carrier, &drawn, at) };
        let trouble = trouble.filter(|trouble| !trouble.ends() || !std::mem::take(&mut carrier.dns_untold));
        let mut events: Vec<EventKind> = Vec::new();
        let labels = labels_of(&carrier.carrier, &drawn);
        if let Some(published) = &carrier.published {
            // Where nobody knew for a while where calls go, the news is against what was known before.
            let unknown = matches!(published.drawn.conclusion, Conclusion::DnsFailed { .. });
            let known = carrier.last_found.as_ref().filter(|_| unknown && drawn.conclusion == Conclusion::Found);
            let before = known.unwrap_or(&published.drawn);
            let (old, new) = ((&**before, &carrier.labels), (&drawn, &labels));
            let changes = changes::changes(&carrier.carrier, old, new, revision);
            events.extend(changes.into_iter().map(|change| EventKind::Change(Box::new(change))));
        }
        let found = findings::found(&carrier.findings, &drawn);
        if carrier.published.is_some() {
            events.extend(findings::changed(&carrier.findings, &found));
        }
        carrier.findings = found;
        carrier.labels = labels;
        carrier.watched = carrier.watched.or(Some(at));
        carrier.survey.retain(|question| asked.contains(question));
        carrier.mark_targets(&drawn, at);
        let drawn = Arc::new(drawn);
        if drawn.conclusion == Conclusion::Found {
            carrier.last_found = Some(drawn.clone());
        }
        // Where nothing fails, both readings are the same.
        let resolution = if resolution == *drawn { drawn.clone() } else { Arc::new(resolution) };
        carrier.published = Some(Published { revision, at, next, resolution, drawn });
        events.extend(carrier.list_for_register().into_iter().map(|moved| EventKind::Pin(Box::new(moved))));
        if let Some(trouble) = trouble {
            let doubtful = nothing && !trouble.ends();
            let kind = EventKind::Dns(trouble.said());
            let told = if doubtful { self.hold(name, kind, at, at) } else { vec![kind] };
            events.splice(0..0, told);
        }
        Touched::Carrier(name.clone(), events)
    }

    fn probe(&mut self, name: &CarrierName, report: &ProbeReport, at: Moment, next: Option<Moment>) -> Touched {
        let Some(carrier) = self.carriers.get_mut(name) else { return Touched::Nothing };
        let thresholds = self.options.thresholds.of(&carrier.carrier);
        if !carrier.knows(report.endpoint) {
            // A probe that was under way when its target was forgotten, or its carrier changed.
            return Touched::Nothing;
        }
        carrier.heard = Some(report.at);
        self.life.note(report);
        if report.response.is_some() {
            // The network is there again; a question that failed meanwhile is asked again in its own time.
            carrier.slept = carrier
                .slept
                .filter(|_| carrier.published.as_ref().is_some_and(|published| failing::is_mute(&published.drawn)));
        } else if carrier.slept.is_some_and(|slept| slept.excuses(report.at)) {
            return Touched::Carrier(name.clone(), Vec::new());
        }
        let target = carrier.target_of(report.endpoint);
        let maintained = carrier.maintained.contains(&target);
        let health = carrier.health.entry(report.endpoint).or_insert_with(|| Health::of(report.at, maintained));
        let was = health.state;
        let changed = health.take(report, next, &carrier.carrier.codes, thresholds);
        if is_silence(report)
            && !matches!(was, HealthState::Down(_))
            && self.ours.iter().any(|ours| ours.excuses(report.endpoint.at))
        {
            health.excuse(was, report.at);
            return Touched::Carrier(name.clone(), Vec::new());
        }
        let to = health.state;
        let from = match health.known_again() {
            // As if it had never been lost sight of.
            Some(before) => Some(before).filter(|before| std::mem::discriminant(before) != std::mem::discriminant(&to)),
            None if health.is_excused() => None,
            None => changed,
        };
        let held = health.flaps().map(|flaps| format!("; {flaps}, the worse state is held"));
        let said = report.said() + &held.unwrap_or_default();
        let Some(from) = from else { return Touched::Carrier(name.clone(), Vec::new()) };
        let kind = EventKind::Health {
            target,
            endpoint: report.endpoint,
            from,
            to,
            result: report.result,
            why: said.as_str().into(),
        };
        let doubtful = is_silence(report)
            && matches!(to, HealthState::Down(_) | HealthState::Unknown)
            && !matches!(from, HealthState::Down(_));
        let kinds = if doubtful { self.hold(name, kind, at, report.at) } else { vec![kind] };
        Touched::Carrier(name.clone(), kinds)
    }

    /// Something was told of a carrier's registrations.
    fn registered(
        &mut self,
        name: &CarrierName,
        at: Moment,
        take: impl FnOnce(&mut CarrierState) -> Vec<PinMove>,
    ) -> Touched {
        let Some(carrier) = self.carriers.get_mut(name) else { return Touched::Nothing };
        carrier.heard = carrier.heard.max(Some(at));
        let moves = take(carrier);
        Touched::Carrier(name.clone(), moves.into_iter().map(|moved| EventKind::Pin(Box::new(moved))).collect())
    }

    fn act(&mut self, act: &OperatorAct, at: Moment) -> Touched {
        let Some(carrier) = self.carriers.get_mut(act.carrier()) else { return Touched::Nothing };
        let kind = match act {
            OperatorAct::Fail(_, outage) => {
                carrier.forced.retain(|known| known.what != outage.what);
                carrier.forced.push(outage.clone());
                Some(EventKind::Simulation(format!("simulated: {} {}", outage.what, outage.how)))
            }
            OperatorAct::Undo(_) => {
                let words = |outage: Outage| format!("simulation of {} taken back", outage.what);
                carrier.forced.pop().map(words).map(EventKind::Simulation)
            }
            OperatorAct::Clear(_) => {
                let any = !carrier.forced.is_empty();
                carrier.forced.clear();
                any.then(|| EventKind::Simulation("all simulations taken back".to_owned()))
            }
            OperatorAct::Rehearse(drill) => {
                carrier.forced.clone_from(&drill.outages);
                Some(EventKind::Simulation(format!("simulated: drill {}", drill.name)))
            }
            // To look is no event.
            OperatorAct::Look(_, lens) => {
                return if carrier.look(lens) {
                    Touched::Carrier(act.carrier().clone(), Vec::new())
                } else {
                    Touched::Nothing
                };
            }
            OperatorAct::Maintain(_, host) => {
                carrier.maintain(host, true, at).then(|| maintenance(carrier, host, "in maintenance"))
            }
            OperatorAct::Resume(_, host) => {
                carrier.maintain(host, false, at).then(|| maintenance(carrier, host, "no longer in maintenance"))
            }
        };
        kind.map_or(Touched::Nothing, |kind| Touched::Carrier(act.carrier().clone(), vec![kind]))
    }

    /// Computes anew what hangs on what was touched, and hands out the events.
    fn settle(&mut self, touched: Touched, at: Moment) -> Vec<Event> {
        let (mut told, turned) = match touched {
            Touched::Time => self.look_at_ourselves(at),
            _ => (Vec::new(), false),
        };
        let context = Context {
            now: at,
            probing: self.options.probing,
            zone: &self.options.zone,
            ours: &self.ours,
            interval: self.options.defaults.interval,
            patience: self.options.patience,
        };
        match touched {
            Touched::Nothing => Vec::new(),
            Touched::All => {
                self.carriers.values_mut().for_each(|carrier| carrier.derive(&context));
                Vec::new()
            }
            Touched::Time => {
                for (name, carrier) in &mut self.carriers {
                    carrier.forget_gone(at, GRACE);
                    let woken = carrier.slept.take_if(|slept| !slept.excuses(at)).is_some();
                    let (moves, changed) = carrier.registration.tick(at, carrier.woke, &carrier.carrier, GRACE);
                    let event =
                        |moved| Event { at, carrier: Some(name.clone()), kind: EventKind::Pin(Box::new(moved)) };
                    let moves: Vec<Event> = moves.into_iter().map(event).collect();
                    carrier.note(&moves);
                    told.extend(moves);
                    if turned || changed || carrier.foresees_otherwise(at) {
                        carrier.derive(&context);
                    } else if woken || carrier.tells_time(at) {
                        carrier.judge(&context);
                    }
                }
                told
            }
            Touched::Carrier(name, kinds) => {
                let Some(carrier) = self.carriers.get_mut(&name) else { return Vec::new() };
                carrier.derive(&context);
                told.extend(kinds.into_iter().map(|kind| Event { at, carrier: Some(name.clone()), kind }));
                carrier.note(&told);
                told
            }
        }
    }
}

fn maintenance(carrier: &CarrierState, host: &Host, said: &str) -> EventKind {
    EventKind::Maintenance(format!("{} is {said}, you say", carrier.label(host)))
}

/// What a fact has touched.
enum Touched {
    Nothing,
    Time,
    Carrier(CarrierName, Vec<EventKind>),
    All,
}
