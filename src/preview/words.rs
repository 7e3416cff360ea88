//! A preview's reasons, in words.
//!
//! What a failure costs is the engine's to say ([`Engine::reaction`]); here it is put together: which
//! addresses of a target are tried, what comes of each, and the sum.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use crate::locate::{Asked, Attempt, Engine, Fates, Memory, Reaction, rounds};
use crate::model::{Failure, Method, Resolution, Share, Target, Transport};

use super::WaitRange;

/// What is told of an attempt.
pub(super) struct Told {
    /// One line for each target that fails on the way, and some for the end.
    pub why: Vec<String>,
    /// What is waited for on the way, each timer once.
    pub timers: Vec<String>,
}

/// Tells it.
pub(super) fn told(
    engine: &dyn Engine,
    resolution: &Resolution,
    fates: &Fates,
    attempt: &Attempt,
    patience: Option<Duration>,
) -> Told {
    let mut lines = Vec::new();
    let mut timers: Vec<String> = Vec::new();
    let mut before = Duration::ZERO;
    let mut ends_in = None;
    let limits = engine.limits(resolution.dial.method);
    for round in rounds(engine, resolution, &Memory::default()) {
        if ends_in.is_some() || patience.is_some_and(|patience| before > patience) {
            break;
        }
        for place in round {
            let tier = &resolution.tiers[place.tier];
            let target = &tier.targets[place.target];
            let over = (tier.transport, resolution.dial.method);
            let way = Way::through(target, fates.target(place.tier, place.target), engine, over);
            timers.extend(way.timers());
            lines.extend(way.said(target, attempt.odds[place.tier][place.target].first));
            before += way.wait();
            if way.ends() || limits.one_target {
                ends_in = Some(place.tier);
            }
        }
    }
    if let Some(tier) = ends_in.filter(|&tier| tier > 0) {
        lines.push(format!(
            "every target before tier {} passes the request on (RFC 2782: lowest priority first)",
            tier + 1
        ));
    }
    lines.extend(last_resort(resolution, ends_in));
    if let Some(qualify) = engine.qualify().filter(|_| attempt.unsent.is_some()) {
        lines.push(format!("{} of the time no call is sent at all: {}", attempt.unsent, qualify.why));
    }
    let lifetime = limits.lifetime.filter(|&most| before > most);
    if resolution.tiers.is_empty() {
        lines.push("there is no candidate to send to".to_owned());
    } else if let Some(patience) = patience.filter(|_| attempt.hung_up.is_some()) {
        lines.push(format!("{} of the callers hang up after {}", attempt.hung_up, seconds(patience)));
    } else if let Some(most) = lifetime.filter(|_| attempt.lost.is_some()) {
        lines.push(format!("the engine gives up after {}", seconds(most)));
    } else if ends_in.is_none() {
        lines.push("no target is left to try".to_owned());
    }
    if let Some(recall) = engine.recall().filter(|_| !attempt.learned.is_empty()) {
        lines.push(format!("remembered: {}", recall.why));
    }
    if let Some(qualify) = engine.qualify()
        && let Asked::Each(out) = qualify.asks
        && out.of(fates, fates) != *fates
    {
        lines.push(format!("out within {}: {}", seconds(qualify.every + qualify.within), qualify.why));
    }
    if !attempt.exact {
        lines.push("so many different targets fail that the shares are rounded (~)".to_owned());
    }
    let mut seen = BTreeSet::new();
    timers.retain(|timer| seen.insert(timer.clone()));
    Told { why: lines, timers }
}

/// That the domain's own addresses come after its SRV targets, where all of these fail; some engines do so.
fn last_resort(resolution: &Resolution, ends_in: Option<usize>) -> Option<String> {
    let (at, last) = resolution.tiers.iter().enumerate().next_back()?;
    let before = resolution.tiers.iter().take(at).any(|tier| tier.uri == last.uri && tier.priority.is_some());
    let host = &last.targets.first()?.host;
    match ends_in {
        _ if last.priority.is_some() || !before => None,
        Some(ends) if ends == at => Some(format!("{host} itself is the engine's last resort, after its SRV targets")),
        None => Some(format!("{host} itself, the engine's last resort, fails too")),
        Some(_) => None,
    }
}

/// A mean, as exactly as anybody wants it.
fn tenths(span: Duration) -> Duration {
    Duration::from_millis(u64::try_from((span.as_millis() + 50) / 100 * 100).unwrap_or(u64::MAX))
}

/// What is not known of the waits.
pub(super) fn not_known(range: &WaitRange) -> String {
    let between = |least: Duration, most: Duration| {
        if least == most { seconds(least) } else { format!("{} to {}", seconds(least), seconds(most)) }
    };
    format!(
        "not known of this engine: it waits {} at worst, {} on average",
        between(range.least.max, range.most.max),
        between(tenths(range.least.mean), tenths(range.most.mean))
    )
}

/// A request's way through the addresses of one target.
struct Way {
    /// The addresses that fail, with how, and what the engine does there.
    failing: Vec<(IpAddr, Failure, Reaction)>,
    /// The address where it lands, if it does.
    lands: Option<IpAddr>,
}

impl Way {
    fn through(
        target: &Target,
        fates: &[Option<Failure>],
        engine: &dyn Engine,
        (over, method): (Transport, Method),
    ) -> Self {
        let mut way = Self { failing: Vec::new(), lands: None };
        for (address, fate) in target.addresses.iter().zip(fates) {
            let Some(failure) = *fate else {
                way.lands = Some(address.ip);
                break;
            };
            let reaction = engine.reaction(over, failure, method);
            let goes_on = reaction.goes_on;
            way.failing.push((address.ip, failure, reaction));
            if !goes_on {
                break;
            }
        }
        way
    }

    fn ends(&self) -> bool {
        self.lands.is_some() || self.failing.iter().any(|(_, _, reaction)| !reaction.goes_on)
    }

    fn wait(&self) -> Duration {
        self.failing.iter().map(|(_, _, reaction)| reaction.after).sum()
    }

    /// What is waited for.
    fn timers(&self) -> impl Iterator<Item = String> {
        let slow = self.failing.iter().filter(|(_, _, reaction)| !reaction.after.is_zero());
        slow.map(|(_, _, reaction)| reaction.why.clone())
    }

    /// What happens at the target; nothing to tell where its first address does not fail.
    fn said(&self, target: &Target, first: Share) -> Option<String> {
        if self.failing.is_empty() {
            return None;
        }
        let tries = if first.is_some() { format!(" ({first} of first tries)") } else { String::new() };
        let slow = self.failing.iter().filter(|(_, _, reaction)| !reaction.after.is_zero()).count();
        // The sum comes first: a narrow screen cuts what is long.
        let mut parts: Vec<String> = match self.lands {
            Some(ip) if slow > 0 => vec![format!("{ip} gets it after {}", seconds(self.wait()))],
            Some(ip) => vec![format!("{ip} gets it at once")],
            None if slow > 1 => vec![format!("{} in all", seconds(self.wait()))],
            None => Vec::new(),
        };
        let alike = self.failing.chunk_by(|(_, one, _), (_, other, _)| one == other);
        parts.extend(alike.filter_map(|group| {
            let (_, _, reaction) = group.first()?;
            Some(format!("{}{}", at(group, target), reaction.why))
        }));
        Some(format!("{}{tries}: {}", target.host, parts.join("; ")))
    }
}

/// Which of a target's addresses are meant, where it has several.
fn at(group: &[(IpAddr, Failure, Reaction)], target: &Target) -> String {
    match group {
        _ if target.addresses.len() == 1 => String::new(),
        all if all.len() == target.addresses.len() => format!("at each of {} addresses: ", all.len()),
        [(one, ..)] => format!("at {one}: "),
        [(one, ..), (other, ..)] => format!("at {one} and {other}: "),
        [(one, ..), rest @ ..] => format!("at {one} and {} more: ", rest.len()),
        [] => String::new(),
    }
}

/// A span of time, as long as it is.
fn seconds(span: Duration) -> String {
    format!("{} s", span.as_secs_f64())
}
