//! What happens in the lab, and when.
//!
//! A scenario is a table: what is so before anybody looks, and what happens in each round. To add one, write
//! its file beside `story.rs`, and name it in [`Scenario`].

mod broken;
mod outage;
mod story;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::time::{Instant, sleep_until};

use super::{Behaviour, Certificate, Floor, LabError};
use crate::model::{Name, Text};

/// What happens in the lab.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scenario {
    /// Nothing.
    Steady,
    /// A POP goes silent and returns, another says 503 for a while, weights change in DNS, and a backup shows
    /// the wrong certificate. After two minutes it begins anew.
    #[default]
    Story,
    /// A carrier dies in steps: one target, its POP, the backup, and what stands behind that; then all of it
    /// recovers. Of another one the POP dies that holds a registration of ours, which moves to the backup, and back when
    /// that dies. After two minutes it begins anew.
    Outage,
    /// Each carrier is set up wrong in its own way, and nothing happens.
    Broken,
}

/// A word that names no scenario.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the lab has no scenario '{0}'; there are {all}", all = Scenario::ALL.map(Scenario::as_str).join(", "))]
pub struct UnknownScenario(Text);

impl Scenario {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::Steady, Self::Story, Self::Outage, Self::Broken];

    /// Its name on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Steady => "steady",
            Self::Story => "story",
            Self::Outage => "outage",
            Self::Broken => "broken",
        }
    }

    const fn script(self) -> Option<&'static Script> {
        match self {
            Self::Steady => None,
            Self::Story => Some(&story::SCRIPT),
            Self::Outage => Some(&outage::SCRIPT),
            Self::Broken => Some(&broken::SCRIPT),
        }
    }

    /// Brings about what is so before anybody looks.
    pub(super) async fn prepare(self, floor: &Floor) -> Result<(), LabError> {
        for act in self.script().map_or(&[][..], |script| script.before) {
            act.play(floor).await?;
        }
        Ok(())
    }

    /// Brings about at once what is so at this moment of a round.
    pub(super) async fn jump(self, floor: &Floor, moment: Duration) -> Result<(), LabError> {
        self.prepare(floor).await?;
        for beat in self.script().map_or(&[][..], |script| script.round) {
            if beat.at <= moment {
                beat.act.play(floor).await?;
            }
        }
        Ok(())
    }

    /// Plays for ever; for a scenario in which nothing happens it returns at once.
    pub(super) async fn play(self, floor: Arc<Floor>) {
        let Some(script) = self.script().filter(|script| !script.round.is_empty()) else { return };
        let mut begin = Instant::now();
        loop {
            for beat in script.round {
                sleep_until(begin + beat.at).await;
                if let Err(why) = beat.act.play(&floor).await {
                    tracing::warn!(%why, "an act of the lab's scenario failed");
                }
            }
            begin += script.lasts;
            sleep_until(begin).await;
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Scenario {
    type Err = UnknownScenario;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|scenario| scenario.as_str().eq_ignore_ascii_case(raw));
        known.ok_or_else(|| UnknownScenario(raw.into()))
    }
}

/// Days that a certificate is valid that a host has signed itself.
const SELF_SIGNED_DAYS: i64 = 3650;

struct Script {
    before: &'static [Act],
    /// In the order of their times, all before it has lasted so long; none where nothing happens.
    round: &'static [Beat],
    lasts: Duration,
}

struct Beat {
    /// Since the begin of the round.
    at: Duration,
    act: Act,
}

enum Act {
    /// A host behaves like this from now on.
    Behave(&'static str, Behaviour),
    /// These RRsets are published in place of those that are there.
    Publish(&'static str),
    /// A host shows a certificate with this name, for so many days.
    Certify(&'static str, &'static str, i64),
    /// A host shows a certificate with this name that it has signed itself.
    SelfSign(&'static str, &'static str),
}

const fn beat(second: u64, act: Act) -> Beat {
    Beat { at: Duration::from_secs(second), act }
}

impl Act {
    async fn play(&self, floor: &Floor) -> Result<(), LabError> {
        let host = |raw: &str| Name::parse(raw).map_err(|why| LabError::Name(raw.into(), why));
        match *self {
            Self::Behave(name, behaviour) => floor.behave(&host(name)?, behaviour).await,
            Self::Publish(text) => floor.publish(text),
            Self::Certify(name, named, days) => floor.certify(&host(name)?, &Certificate::new(&[named], days)),
            Self::SelfSign(name, named) => {
                floor.certify(&host(name)?, &Certificate::new(&[named], SELF_SIGNED_DAYS).self_signed())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Lab;
    use super::*;

    #[test]
    fn names_are_read_and_the_unknown_learns_what_there_is() {
        for scenario in Scenario::ALL {
            assert_eq!(scenario.to_string().parse(), Ok(scenario));
        }
        let said = "boom".parse::<Scenario>().unwrap_err().to_string();
        assert_eq!(said, "the lab has no scenario 'boom'; there are steady, story, outage, broken");
    }

    #[tokio::test]
    async fn every_act_can_be_played_and_a_round_is_in_order() {
        let lab = Lab::start(Scenario::Steady).await.unwrap();
        for script in Scenario::ALL.into_iter().filter_map(Scenario::script) {
            for act in script.before.iter().chain(script.round.iter().map(|beat| &beat.act)) {
                act.play(&lab.floor).await.unwrap();
            }
            assert!(!script.before.is_empty() || !script.round.is_empty());
            assert!(script.round.iter().map(|beat| beat.at).is_sorted());
            assert!(script.round.iter().all(|beat| beat.at < script.lasts));
        }
    }

    #[tokio::test]
    async fn a_round_ends_as_it_began() {
        let lab = Lab::start(Scenario::Steady).await.unwrap();
        let everyone = |lab: &Lab| lab.responders().map(super::super::Responder::behaviour).collect::<Vec<_>>();
        let published = lab.floor.dns.published();
        for script in Scenario::ALL.into_iter().filter_map(Scenario::script) {
            let mut changed = script.round.is_empty();
            for beat in script.round {
                beat.act.play(&lab.floor).await.unwrap();
                changed |= everyone(&lab).iter().any(|behaviour| *behaviour != Behaviour::Answer);
            }
            assert!(changed);
            assert!(everyone(&lab).iter().all(|behaviour| *behaviour == Behaviour::Answer));
            assert_eq!(lab.floor.dns.published(), published);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_story_is_told_in_time_and_again() {
        let lab = Lab::start(Scenario::Story).await.unwrap();
        let begin = Instant::now();
        let acme = lab.host("pop-us-east-2.acme.example")[0];
        let flow = lab.host("ep-us-west-02.flow.example")[0];
        let busy = Behaviour::Status(503, "Service Unavailable");
        for (second, east, west) in [
            (10, Behaviour::Answer, Behaviour::Answer),
            (30, Behaviour::Silent, busy),
            (60, Behaviour::Answer, busy),
            (119, Behaviour::Answer, Behaviour::Answer),
            (150, Behaviour::Silent, busy),
        ] {
            sleep_until(begin + Duration::from_secs(second)).await;
            assert_eq!((acme.behaviour(), flow.behaviour()), (east, west), "after {second} s");
        }
    }
}
