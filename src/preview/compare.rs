//! What other engines make of the same survey, under the same outage.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::locate::{self, Engine, Walk};
use crate::model::{
    Carrier, Conclusion, Dial, Endpoint, Failure, Moment, Outage, Question, Reading, Resolution, Survey,
};

use super::{Preview, preview};

/// An engine, and what it makes of the survey.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Which.
    pub engine: Arc<dyn Engine>,
    /// What came of it.
    pub outcome: Outcome,
}

/// What an engine makes of a survey.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It sends calls somewhere.
    Sends {
        /// By this.
        resolution: Arc<Resolution>,
        /// Without what is forced.
        before: Box<Preview>,
        /// With it.
        after: Box<Preview>,
    },
    /// It finds nowhere to send to, or the DNS fails it.
    Ends(Arc<Resolution>),
    /// It needs what nobody has asked for.
    Wants(BTreeSet<Question>),
}

/// Walks a survey as each of these engines, and previews what comes of it.
#[expect(clippy::too_many_arguments, reason = "a survey, who reads it, and an outage: each is one thing")]
pub fn compare(
    engines: &[Arc<dyn Engine>],
    dial: &Dial,
    survey: &Survey,
    at: Moment,
    carrier: &Carrier,
    forced: &[Outage],
    seen: impl Fn(Endpoint) -> Option<Failure>,
    patience: Option<Duration>,
) -> Vec<Compared> {
    let of = |engine: &Arc<dyn Engine>| match engine.walk(dial, survey, Reading::Drawn, at) {
        Walk::Need(need) => Outcome::Wants(need.must),
        Walk::Done(resolution) => {
            let resolution = Arc::<Resolution>::from(resolution);
            if resolution.tiers.is_empty() || resolution.conclusion != Conclusion::Found {
                return Outcome::Ends(resolution);
            }
            let preview = |forced| Box::new(preview(&**engine, &resolution, carrier, forced, &seen, patience));
            let (before, after) = (preview(&[]), preview(forced));
            Outcome::Sends { resolution, before, after }
        }
    };
    engines.iter().map(|engine| Compared { engine: engine.clone(), outcome: of(engine) }).collect()
}

/// What an engine rests on that another did not need: the questions that are asked because of it.
pub fn beyond(engine: &dyn Engine, other: &dyn Engine, dial: &Dial, survey: &Survey, at: Moment) -> BTreeSet<Question> {
    let basis = |engine: &dyn Engine| locate::basis(engine, dial, survey, Reading::Drawn, at);
    basis(engine).difference(&basis(other)).cloned().collect()
}
