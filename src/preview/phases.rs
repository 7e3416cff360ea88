//! How an outage goes on: what an engine that remembers does once it knows, and when the target is back.

use std::time::Duration;

use crate::locate::{Aside, Asked, Attempt, Engine, Fates, Memory, Out, Qualify, Recall, attempt};
use crate::model::{Resolution, Share, Ttl};

use super::Wait;

/// A time in which requests fare alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    /// Which.
    pub when: When,
    /// How long it lasts at most; until something else changes, without one.
    pub lasts: Option<Duration>,
    /// What each target gets, in the order of the preview's landings.
    pub landings: Vec<Share>,
    /// Chance that a request lands nowhere.
    pub lost: Share,
    /// What those wait that land.
    pub wait: Wait,
    /// The same in words.
    pub said: String,
}

/// The times of an outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// From its beginning, until the engine knows of it; for an engine without a memory, as long as it lasts.
    AtOnce,
    /// While the engine remembers.
    Known,
    /// What it remembers has expired: it finds out anew.
    Expired,
    /// The targets are back.
    Returned,
}

impl When {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::AtOnce => "at once",
            Self::Known => "once known",
            Self::Expired => "after expiry",
            Self::Returned => "when it returns",
        }
    }
}

/// The phases of an outage, from the attempt that begins it; `back` is what still fails when what is forced is over.
pub(super) fn phases(
    engine: &dyn Engine,
    resolution: &Resolution,
    (fates, now): (&Fates, &Attempt),
    back: Option<&Fates>,
    patience: Option<Duration>,
) -> Vec<Phase> {
    if fates.all_well() {
        return Vec::new();
    }
    let with = |fates: &Fates, memory: &Memory| attempt(engine, resolution, fates, memory, patience);
    if let Some((qualify, out)) = takes_out(engine, fates) {
        let with = |those: &Fates| with(&out.of(those, fates), &Memory::default());
        let notices = qualify.every + qualify.within;
        let first = format!("until its own OPTIONS fail, {} s at the latest", notices.as_secs());
        let mut phases = vec![
            Phase::of(When::AtOnce, Some(notices), now, first),
            Phase::of(When::Known, None, &with(fates), qualify.why.to_owned()),
        ];
        phases.extend(back.map(|back| {
            let said =
                format!("it gets calls again once its OPTIONS are answered, in {} s at most", out.again.as_secs());
            Phase::of(When::Returned, Some(out.again), &with(back), said)
        }));
        return phases;
    }
    let Some(recall) = engine.recall().filter(|_| !now.learned.is_empty()) else {
        let said = match engine.qualify().filter(|_| now.unsent.is_some()) {
            Some(qualify) => format!(
                "its own OPTIONS decide each {} s anew whether any call is sent: all of them for so long, or none",
                qualify.every.as_secs()
            ),
            None => {
                "every request fares so, until the target is back or its record goes: nothing is remembered".to_owned()
            }
        };
        let mut phases = vec![Phase::of(When::AtOnce, None, now, said)];
        phases.extend(back.map(|back| {
            let said = "the next request finds it";
            Phase::of(When::Returned, None, &with(back, &Memory::default()), said.to_owned())
        }));
        return phases;
    };
    let mut memory = Memory { avoided: now.learned.clone() };
    let mut known = with(fates, &memory);
    // Who avoids one may meet the next, and then knows of it, too.
    while !known.learned.is_subset(&memory.avoided) {
        memory.avoided.extend(known.learned.iter().copied());
        known = with(fates, &memory);
    }
    let span = span(&recall, resolution);
    let found_out = now.known_after;
    let first = if found_out.is_zero() {
        "the first request that fails tells".to_owned()
    } else {
        format!("every request of the first {} s, until the first failure is known", found_out.as_secs())
    };
    let mut phases = vec![Phase::of(When::AtOnce, Some(found_out), now, first)];
    phases.push(Phase::of(When::Known, span, &known, recall.why.to_owned()));
    if let Some(span) = span {
        let said = format!("every {} s the target is tried again, and it begins anew", span.as_secs());
        phases.push(Phase::of(When::Expired, Some(found_out), now, said));
    }
    phases.extend(back.map(|back| {
        let said = match span {
            Some(span) => format!("it gets calls again after at most {} s", span.as_secs()),
            None => "who has left it stays away, until the other fails".to_owned(),
        };
        Phase::of(When::Returned, span, &with(back, &memory), said)
    }));
    phases
}

/// How an engine's own OPTIONS take out some of what fails, where they do.
fn takes_out(engine: &dyn Engine, fates: &Fates) -> Option<(Qualify, Out)> {
    let qualify = engine.qualify()?;
    let Asked::Each(out) = qualify.asks else { return None };
    Some((qualify, out)).filter(|_| out.of(fates, fates) != *fates)
}

/// How long a failure is remembered; until something else fails, without one.
fn span(recall: &Recall, resolution: &Resolution) -> Option<Duration> {
    match recall.aside {
        Aside::Left => None,
        Aside::LeftForTtl => resolution.candidates().filter_map(|c| c.address.ttl).min().map(Ttl::span),
        _ => Some(recall.span),
    }
}

impl Phase {
    fn of(when: When, lasts: Option<Duration>, attempt: &Attempt, said: String) -> Self {
        let landings = attempt.odds.iter().flatten().map(|odds| odds.landing).collect();
        Self { when, lasts, landings, lost: attempt.lost, wait: Wait::of(attempt), said }
    }
}
