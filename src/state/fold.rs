//! The fold itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::locate::{self, Walk};
use crate::model::{
    Answer, Carrier, CarrierName, Defaults, Event, EventKind, Fact, FactKind, Moment, OperatorAct, Outcome,
    ProbeReport, Question, Reading, Resolution, Revision,
};

use super::carrier::{CarrierState, Published};
use super::changes;
use super::findings;
use super::health::{Health, Thresholds};
use super::verdict::{Context, Level, Uplink};

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
}

impl Default for Options {
    /// Probing, with the usual thresholds, in UTC.
    fn default() -> Self {
        Self { defaults: Defaults::default(), thresholds: Thresholds::default(), probing: true, zone: TimeZone::UTC }
    }
}

/// All that is known.
#[derive(Clone, Debug)]
pub struct State {
    /// What it goes by.
    pub options: Options,
    /// The time of the last fact.
    pub now: Option<Moment>,
    carriers: BTreeMap<CarrierName, CarrierState>,
    uplink: Option<Uplink>,
}

impl State {
    /// Nothing known yet.
    pub fn new(options: Options) -> Self {
        Self { options, now: None, carriers: BTreeMap::new(), uplink: None }
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
            FactKind::Probe { carrier, report, next } => self.probe(carrier, report, *next),
            FactKind::Act(act) => self.act(act),
            FactKind::ClockGap(gap) => {
                for carrier in self.carriers.values_mut() {
                    carrier.slept = Some(*gap);
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

    /// How many carriers are at each level.
    pub fn count(&self, level: Level) -> usize {
        self.carriers.values().filter(|carrier| carrier.verdict.level == level).count()
    }

    fn settings(&mut self, carriers: &[Arc<Carrier>]) {
        let mut before = std::mem::take(&mut self.carriers);
        for carrier in carriers {
            let kept = before.remove(&carrier.name).filter(|known| known.carrier == *carrier);
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
        carrier.slept = None;
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
        let asked: BTreeSet<Question> = walks.into_iter().flat_map(basis).collect();
        let revision = carrier.published.as_ref().map_or(Revision(1), |before| before.revision.next());
        let mut events: Vec<EventKind> = dns_trouble(carrier, &drawn, at).map(EventKind::Dns).into_iter().collect();
        let labels = carrier.labels_of(&drawn);
        if let Some(before) = &carrier.published {
            let (old, new) = ((&*before.drawn, &carrier.labels), (&drawn, &labels));
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
        // Where nothing fails, both readings are the same.
        let resolution = if resolution == *drawn { drawn.clone() } else { Arc::new(resolution) };
        carrier.published = Some(Published { revision, at, next, resolution, drawn });
        Touched::Carrier(name.clone(), events)
    }

    fn probe(&mut self, name: &CarrierName, report: &ProbeReport, next: Moment) -> Touched {
        let thresholds = self.options.thresholds;
        let Some(carrier) = self.carriers.get_mut(name) else { return Touched::Nothing };
        if !carrier.knows(report.endpoint) {
            // A probe that was under way when its target was forgotten, or its carrier changed.
            return Touched::Nothing;
        }
        carrier.heard = Some(report.at);
        let health = carrier.health.entry(report.endpoint).or_insert_with(|| Health::new(report.at));
        let changed = health.take(report, next, thresholds);
        let to = health.state;
        let event = changed.map(|from| EventKind::Health {
            target: carrier.target_of(report.endpoint),
            endpoint: report.endpoint,
            from,
            to,
            result: report.result,
            why: report.said().into(),
        });
        Touched::Carrier(name.clone(), event.into_iter().collect())
    }

    fn act(&mut self, act: &OperatorAct) -> Touched {
        let (OperatorAct::Fail(name, _) | OperatorAct::Undo(name) | OperatorAct::Clear(name)) = act;
        let Some(carrier) = self.carriers.get_mut(name) else { return Touched::Nothing };
        let words = match act {
            OperatorAct::Fail(_, outage) => {
                carrier.forced.retain(|known| known.what != outage.what);
                carrier.forced.push(outage.clone());
                format!("simulated: {} {}", outage.what, outage.how)
            }
            OperatorAct::Undo(_) => match carrier.forced.pop() {
                Some(outage) => format!("simulation of {} taken back", outage.what),
                None => return Touched::Nothing,
            },
            OperatorAct::Clear(_) if carrier.forced.is_empty() => return Touched::Nothing,
            OperatorAct::Clear(_) => {
                carrier.forced.clear();
                "all simulations taken back".to_owned()
            }
        };
        Touched::Carrier(name.clone(), vec![EventKind::Simulation(words)])
    }

    /// Computes anew what hangs on what was touched, and hands out the events.
    fn settle(&mut self, touched: Touched, at: Moment) -> Vec<Event> {
        let before = self.uplink;
        if matches!(touched, Touched::Time) {
            self.uplink = Uplink::suspect(self.carriers.values());
        }
        let context = Context {
            now: at,
            thresholds: self.options.thresholds,
            probing: self.options.probing,
            zone: &self.options.zone,
            uplink: self.uplink,
            interval: self.options.defaults.interval,
        };
        match touched {
            Touched::Nothing => Vec::new(),
            Touched::All => {
                self.carriers.values_mut().for_each(|carrier| carrier.derive(&context));
                Vec::new()
            }
            Touched::Time => {
                let all = before != self.uplink;
                for carrier in self.carriers.values_mut() {
                    carrier.forget_gone(at, GRACE);
                    if all || carrier.tells_time(at) {
                        carrier.judge(&context);
                    }
                }
                Vec::new()
            }
            Touched::Carrier(name, kinds) => {
                let Some(carrier) = self.carriers.get_mut(&name) else { return Vec::new() };
                carrier.derive(&context);
                let events: Vec<Event> =
                    kinds.into_iter().map(|kind| Event { at, carrier: name.clone(), kind }).collect();
                carrier.note(&events);
                events
            }
        }
    }
}

/// What a fact has touched.
enum Touched {
    Nothing,
    Time,
    Carrier(CarrierName, Vec<EventKind>),
    All,
}

/// Notes since when questions fail, and how; says so when that begins and when it ends. That more of them fail
/// in the same way is no news.
fn dns_trouble(carrier: &mut CarrierState, drawn: &Resolution, at: Moment) -> Option<String> {
    let failed: Vec<&Answer> = drawn
        .steps
        .iter()
        .filter_map(|step| step.now().map(AsRef::as_ref).filter(|answer| !answer.outcome.is_answer()))
        .collect();
    let before = std::mem::take(&mut carrier.failing);
    for answer in &failed {
        let word = answer.outcome.word();
        carrier.failing.insert(word, before.get(word).copied().unwrap_or(at));
    }
    carrier.dns_failing = carrier.failing.values().copied().max();
    if let Some(answer) = failed.iter().find(|answer| !before.contains_key(answer.outcome.word())) {
        return Some(match &answer.outcome {
            // These words name the server already.
            Outcome::Other(what) => format!("{what}, for {}", answer.question),
            outcome => format!("{} from {} for {}", outcome.said(), answer.resolver, answer.question),
        });
    }
    let over = before.iter().filter(|(word, _)| !carrier.failing.contains_key(*word));
    let since = over.map(|(_, since)| *since).max()?;
    let seconds = at.since(since).as_secs();
    Some(match carrier.failing.keys().next() {
        None => format!("the resolver answers again, after {seconds} s"),
        Some(word) => format!("the resolver answers again, after {seconds} s; still: {word}"),
    })
}
