//! A state to measure on, made of facts as the monitor sends them.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use trunktop::locate::{Engine, Walk, reference};
use trunktop::model::{
    Carrier, CarrierName, Dial, Endpoint, Fact, FactKind, Moment, ProbeReport, ProbeResult, Reading, Resolution,
    Response, SipUri, Survey,
};
use trunktop::state::{Options, State};

use crate::zone::Zone;

/// Carriers, and all that was seen of them.
pub(crate) struct World {
    pub(crate) state: State,
    carriers: Vec<Arc<Carrier>>,
    zones: Vec<Zone>,
}

impl Default for World {
    fn default() -> Self {
        Self { state: State::new(Options::default()), carriers: Vec::new(), zones: Vec::new() }
    }
}

/// A carrier's name.
pub(crate) fn name(raw: &str) -> CarrierName {
    CarrierName::new(raw).unwrap_or_else(|error| unreachable!("{error}"))
}

const NOW: Moment = Moment { mono: Duration::from_secs(60), wall: Timestamp::UNIX_EPOCH };

impl World {
    /// A carrier with so many targets in each of its tiers, weighted by their places.
    pub(crate) fn carrier(&mut self, domain: &str, tiers: &[u32], weight: impl Fn(u32) -> u32) {
        let mut zone = String::new();
        for (priority, &targets) in tiers.iter().enumerate() {
            for place in 0..targets {
                let host = format!("sbc{place}.pop{priority}.{domain}");
                let weight = weight(place);
                zone.push_str(&format!("_sip._udp.{domain} 60 SRV {priority} {weight} 5060 {host}\n"));
                zone.push_str(&format!("{host} 60 A 10.{priority}.{}.{}\n", place / 250, place % 250));
            }
        }
        let uri: SipUri = format!("sip:{domain}").parse().unwrap_or_else(|error| unreachable!("{error}"));
        self.carriers.push(Arc::new(Carrier::new(name(domain), uri)));
        self.zones.push(Zone::of(&zone));
        self.tell(FactKind::Settings(self.carriers.clone()));
        let (answers, _) = self.asked(domain);
        self.tell(FactKind::Answers { carrier: name(domain), answers, next: NOW + Duration::from_secs(60) });
    }

    fn tell(&mut self, kind: FactKind) {
        self.state.apply(&Fact { at: NOW, kind });
    }

    /// All that is asked about a carrier, and a survey of it.
    fn asked(&self, domain: &str) -> (Vec<Arc<trunktop::model::Answer>>, Survey) {
        let (dial, zone) = self.known(domain);
        let (mut survey, mut answers) = (Survey::default(), Vec::new());
        while let Walk::Need(need) = reference().walk(&dial, &survey, Reading::Engine, NOW) {
            for question in &need.must {
                let answer = Arc::new(zone.answer(question, NOW));
                survey.insert(answer.clone());
                answers.push(answer);
            }
        }
        (answers, survey)
    }

    fn known(&self, domain: &str) -> (Dial, &Zone) {
        let at = self.carriers.iter().position(|carrier| carrier.name == name(domain));
        let at = at.unwrap_or_else(|| unreachable!("{domain} is no carrier"));
        (self.state.options.defaults.dial(&self.carriers[at]), &self.zones[at])
    }

    /// What an engine makes of it, with all that it asks for.
    pub(crate) fn walked(&self, domain: &str, engine: &dyn Engine) -> Box<Resolution> {
        let (dial, zone) = self.known(domain);
        let mut survey = Survey::default();
        loop {
            match engine.walk(&dial, &survey, Reading::Engine, NOW) {
                Walk::Done(resolution) => return resolution,
                Walk::Need(need) => {
                    for question in &need.must {
                        survey.insert(Arc::new(zone.answer(question, NOW)));
                    }
                }
            }
        }
    }

    /// What a walk needs.
    pub(crate) fn surveyed(&self, domain: &str) -> (Dial, Survey, Moment) {
        (self.known(domain).0, self.asked(domain).1, NOW)
    }

    /// What the reference makes of it.
    pub(crate) fn resolution(&self, domain: &str) -> Arc<Resolution> {
        let published = self.state.carrier(&name(domain)).and_then(|carrier| carrier.published.as_ref());
        published.unwrap_or_else(|| unreachable!("{domain} is not resolved")).resolution.clone()
    }

    /// A good answer of each target of a carrier.
    pub(crate) fn probes(&self, domain: &str) -> Vec<Fact> {
        let endpoints: Vec<Endpoint> = self.resolution(domain).candidates().map(|c| c.endpoint()).collect();
        let fact = |endpoint| {
            let response = Response::new(200, "OK".into(), Duration::from_millis(18));
            let report = ProbeReport {
                detail: Some("200 OK".into()),
                response: Some(response),
                ..ProbeReport::new(endpoint, NOW, ProbeResult::Ok)
            };
            let next = NOW + Duration::from_secs(30);
            Fact {
                at: NOW,
                kind: FactKind::Probe { carrier: name(domain), report: Box::new(report), next: Some(next) },
            }
        };
        endpoints.into_iter().map(fact).collect()
    }

    /// Every target of a carrier answers.
    pub(crate) fn all_answer(&mut self, domain: &str) {
        for fact in self.probes(domain) {
            self.state.apply(&fact);
        }
    }
}
