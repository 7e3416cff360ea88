//! Each carrier in one sentence.
//!
//! The order of blame: our own side before the carrier, DNS before the network, the network before TLS,
//! TLS before SIP. One cause, not its fifty symptoms. A sentence says what was seen, since when, and
//! what it means for calls by the rules of the carrier's engine; what was not seen it does not claim.

mod dns;
mod registration;
mod targets;
mod words;

use std::time::Duration;

use jiff::tz::TimeZone;

use crate::model::{Moment, TlsReport};

use super::carrier::{CarrierState, Slept};
use super::ours::Ours;
use super::pins::Attention;
use super::sight::Previews;
use targets::{Known, Target};

/// How bad it is, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Nothing can be sent.
    Down,
    /// The DNS fails.
    Dns,
    /// Nothing is heard any more, by us.
    Stale,
    /// Some calls wait or are lost.
    Degraded,
    /// Nothing is lost yet.
    Warning,
    /// Nothing to judge by.
    Unknown,
    /// All is well.
    Up,
}

impl Level {
    /// All of them, the worst first.
    pub const ALL: [Self; 7] =
        [Self::Down, Self::Dns, Self::Stale, Self::Degraded, Self::Warning, Self::Unknown, Self::Up];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Down => "DOWN",
            Self::Dns => "DNS",
            Self::Stale => "STALE",
            Self::Degraded => "DEGRADED",
            Self::Warning => "WARNING",
            Self::Unknown => "UNKNOWN",
            Self::Up => "UP",
        }
    }

    /// Whether an operator has to look.
    pub const fn is_problem(self) -> bool {
        matches!(self, Self::Down | Self::Dns | Self::Stale | Self::Degraded | Self::Warning)
    }
}

/// A carrier in one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How bad it is.
    pub level: Level,
    /// What a tired operator can read aloud on the bridge call.
    pub sentence: String,
}

impl Verdict {
    /// Before the first answer.
    pub(super) fn waiting() -> Self {
        Self::new(Level::Unknown, "waiting for the first answer of the DNS")
    }

    fn new(level: Level, sentence: impl Into<String>) -> Self {
        Self { level, sentence: sentence.into() }
    }
}

/// What a verdict needs to know beside the carrier.
pub(super) struct Context<'c> {
    pub now: Moment,
    pub probing: bool,
    pub zone: &'c TimeZone,
    pub ours: &'c [Ours],
    pub interval: Duration,
    /// After this callers hang up.
    pub patience: Option<Duration>,
}

impl Context<'_> {
    /// As a clock on the wall shows it: `14:02`, with the day where it was not today.
    fn clock(&self, at: Moment) -> String {
        clock(at, self.now, self.zone)
    }

    /// The same of what is not later than that: to the second where it is not the whole minute, and never too early.
    fn deadline(&self, at: Moment) -> String {
        let part = u64::try_from(at.wall.subsec_nanosecond()).unwrap_or_default();
        let at = if part == 0 { at } else { at + Duration::from_nanos(1_000_000_000 - part) };
        let seconds = at.wall.to_zoned(self.zone.clone()).second();
        let to_minute = self.clock(at);
        if seconds == 0 { to_minute } else { format!("{to_minute}:{seconds:02}") }
    }
}

/// As a clock on the wall shows it.
pub(super) fn clock(at: Moment, now: Moment, zone: &TimeZone) -> String {
    let (then, now) = (at.wall.to_zoned(zone.clone()), now.wall.to_zoned(zone.clone()));
    let format = if then.date() == now.date() { "%H:%M" } else { "%-d %b %H:%M" };
    then.strftime(format).to_string()
}

/// A carrier as it is judged.
pub(super) struct Judged {
    pub verdict: Verdict,
    /// What of its registrations needs attention most, and that in a sentence.
    pub attention: Attention,
    pub said: Option<String>,
}

/// Judges a carrier.
pub(super) fn judge(carrier: &CarrierState, context: &Context<'_>) -> Judged {
    let trouble = registration::trouble(carrier, context);
    let verdict = ours(carrier, context).unwrap_or_else(|| {
        let calls = dns::verdict(carrier, context).unwrap_or_else(|| resolved(carrier, context));
        match &trouble {
            Some(trouble) => trouble.beside(calls),
            None => calls,
        }
    });
    let attention = trouble.as_ref().map_or(Attention::None, |trouble| trouble.attention);
    Judged { verdict, attention, said: trouble.map(|trouble| trouble.said) }
}

/// What is due may be late by this much before somebody must be told.
const LATE: Duration = Duration::from_secs(60);

/// Our own side.
fn ours(carrier: &CarrierState, context: &Context<'_>) -> Option<Verdict> {
    if let Some(Slept { gap, .. }) = carrier.slept {
        let said = format!(
            "this machine slept, or its clock was set, by {}; everything is being asked again",
            words::span(gap)
        );
        return Some(Verdict::new(Level::Stale, said));
    }
    let heard = carrier.heard?;
    let patience = Duration::from_secs(120).max(3 * carrier.carrier.interval.unwrap_or(context.interval));
    let silence = context.now.since(heard);
    // A domain without a target is asked for as rarely as its TTL allows, and is not stale meanwhile.
    let late = carrier.due().is_some_and(|due| context.now.since(due) > LATE);
    if silence > patience && late {
        let said = format!("nothing heard for {}: is trunktop itself held up?", words::span(silence));
        return Some(Verdict::new(Level::Stale, said));
    }
    let lost = context.ours.iter().find(|ours| takes(ours, carrier))?;
    Some(Verdict::new(Level::Stale, lost.said(|at| context.clock(at))))
}

/// Whether all that was known of a carrier went with our own side.
fn takes(ours: &Ours, carrier: &CarrierState) -> bool {
    let mut known = carrier.health.iter().filter(|(_, health)| health.last.is_some()).peekable();
    matches!(ours, Ours::Lost(_)) && known.peek().is_some() && known.all(|(endpoint, _)| ours.excuses(endpoint.at))
}

/// The targets.
fn resolved(carrier: &CarrierState, context: &Context<'_>) -> Verdict {
    let Some(previews) = &carrier.previews else { return Verdict::waiting() };
    if !context.probing {
        let said = format!("not probed; by DNS alone, {}", words::next_calls(carrier, &previews.now));
        return Verdict::new(Level::Unknown, said);
    }
    if carrier.forbidden() > 0 {
        let said = format!(
            "probing has stopped, {} addresses answer 403 to OPTIONS: may our address ask? r tries again; by DNS alone, {}",
            carrier.forbidden(),
            words::next_calls(carrier, &previews.now)
        );
        return Verdict::new(Level::Warning, said);
    }
    let mut targets = targets::of(carrier);
    let maintained = words::list(&labels(carrier, &targets, |target| target.known == Known::Maintenance));
    if targets.iter().all(|target| target.known == Known::Maintenance) {
        let who = maintained.unwrap_or_default();
        return Verdict::new(Level::Warning, format!("no target is left to take calls: {who} in maintenance"));
    }
    // Nothing is said about them but that.
    targets.retain(|target| target.known != Known::Maintenance);
    let lands = previews.now.landings.iter().any(|landing| landing.odds.landing.is_some());
    let open = targets.iter().any(|target| target.known == Known::Waiting);
    let mut judged = match (targets.iter().any(Target::answers), targets.iter().any(Target::is_out)) {
        (true, _) => answering(carrier, &targets, previews, context),
        (false, true) if lands && open => answering(carrier, &targets, previews, context),
        (false, true) if lands => untold(carrier, &targets, context),
        (false, true) => down(carrier, &targets, context),
        (false, false) => unknown(carrier, &targets, previews, context),
    };
    if let Some(who) = maintained {
        judged.sentence.push_str(&format!("; {who} in maintenance"));
    }
    if let Some(ip) = targets::only_left(carrier) {
        judged.level = judged.level.min(Level::Warning);
        judged.sentence.push_str(&format!("; the only address left is {ip}"));
    }
    // While calls are hurt, what may hurt some in weeks is not said.
    let most = if judged.level < Level::Warning { TlsReport::VERY_SOON } else { TlsReport::SOON };
    let verified = carrier.carrier.tls.verify && judged.level > Level::Down;
    let ending = targets::ending(&targets, context.now).filter(|(_, days)| verified && *days < most);
    if let Some((hosts, days)) = ending {
        if days < TlsReport::VERY_SOON {
            judged.level = judged.level.min(Level::Warning);
        }
        let who: Vec<String> = hosts.into_iter().map(|host| carrier.label(host)).collect();
        judged.sentence.push_str(&format!("; {}", words::ending(&who, days)));
    }
    if let Some(note) = dns::note(carrier) {
        judged.level = judged.level.min(Level::Warning);
        judged.sentence.push_str("; ");
        judged.sentence.push_str(&note);
    }
    judged
}

fn labels(carrier: &CarrierState, targets: &[Target<'_>], which: impl Fn(&Target<'_>) -> bool) -> Vec<String> {
    targets.iter().filter(|target| which(target)).map(|target| carrier.label(target.host)).collect()
}

/// Some are known to be out, and of those that would take the calls nobody knows whether they live.
fn untold(carrier: &CarrierState, targets: &[Target<'_>], context: &Context<'_>) -> Verdict {
    let out: Vec<&Target<'_>> = targets.iter().filter(|target| target.is_out()).collect();
    let causes = words::causes(carrier, &out, context);
    let said = format!("{causes}; whether calls get through cannot be told from here{}", unseen(carrier, targets));
    Verdict::new(Level::Warning, said)
}

/// No target answers, and none is known to be out.
fn unknown(carrier: &CarrierState, targets: &[Target<'_>], previews: &Previews, context: &Context<'_>) -> Verdict {
    let lost = targets.iter().filter(|target| target.known == Known::Ours).filter_map(Target::ever_answered).max();
    if let Some(last) = lost {
        let since = context.clock(last);
        let said = format!("no target can be reached from here since {since}: our own side? {}", ours_words(targets));
        return Verdict::new(Level::Stale, said);
    }
    let count = |known: Known| targets.iter().filter(|target| target.known == known).count();
    let (silent_here, waiting) = (count(Known::SilentHere), count(Known::Waiting));
    let lost = targets.iter().any(|target| target.known == Known::Waiting && target.is_lost());
    let said = if lost {
        format!("asked again after trouble of our own; by DNS alone, {}", words::next_calls(carrier, &previews.now))
    } else if waiting > 0 {
        format!("waiting for the first probes; by DNS alone, {}", words::next_calls(carrier, &previews.now))
    } else if silent_here > 0 {
        let who = match targets.len() {
            1 => "the target is".to_owned(),
            all if all == silent_here => format!("all {all} targets are"),
            all => format!("{silent_here} of {all} targets are"),
        };
        let mut said = format!("{who} silent here and never answered: is our address on the carrier's allow-list?");
        if silent_here < targets.len() {
            said.push_str(&format!(" The rest cannot be reached from here: {}", ours_words(targets)));
        }
        said
    } else {
        format!("no target can be reached from here: {}", ours_words(targets))
    };
    Verdict::new(Level::Unknown, said)
}

fn ours_words(targets: &[Target<'_>]) -> String {
    let ours = targets.iter().filter(|target| target.known == Known::Ours);
    ours.map(Target::obstacle).next().unwrap_or_else(|| "no route".to_owned())
}

/// No target takes a call.
fn down(carrier: &CarrierState, targets: &[Target<'_>], context: &Context<'_>) -> Verdict {
    let out: Vec<&Target<'_>> = targets.iter().filter(|target| target.is_out()).collect();
    let since = out.iter().filter_map(|target| target.since()).max();
    let since = since.map_or_else(String::new, |at| format!(" since {}", context.clock(at)));
    let mut kinds: Vec<String> = targets::tally(&out);
    let here = targets.iter().filter(|target| target.known == Known::SilentHere).count();
    if here > 0 {
        kinds.push(format!("{here} silent here, which never answered"));
    }
    let out_of_reach = targets.iter().filter(|target| target.known == Known::Ours).count();
    if out_of_reach > 0 {
        kinds.push(format!("{out_of_reach} out of our reach"));
    }
    let what = if targets.iter().any(Target::is_there) { "no target takes calls" } else { "no target answers" };
    // What is wrong with our own side may be what keeps us from hearing of the DNS.
    let fine = if dns::note(carrier).is_none() && context.ours.is_empty() { "; DNS is fine" } else { "" };
    Verdict::new(Level::Down, format!("{what}{since}{fine}. {}", kinds.join(", ")))
}

/// At least one target answers, or may.
fn answering(carrier: &CarrierState, targets: &[Target<'_>], previews: &Previews, context: &Context<'_>) -> Verdict {
    let now = &previews.now;
    if now.landings.iter().all(|landing| !landing.odds.landing.is_some()) {
        let alive = labels(carrier, targets, |target| target.answers() && !target.is_hurt());
        if alive.is_empty() {
            return down(carrier, targets, context);
        }
        let out: Vec<&Target<'_>> = targets.iter().filter(|target| target.is_dead()).collect();
        return Verdict::new(Level::Down, words::stuck(carrier, &words::causes(carrier, &out, context), &alive));
    }
    let primary = |target: &&Target<'_>| target.tier == 0;
    let hurt: Vec<&Target<'_>> = targets.iter().filter(primary).filter(|target| target.is_hurt()).collect();
    if !hurt.is_empty() {
        let cost = words::cost(carrier, previews, &hurt);
        let open = hurt.iter().any(|target| target.limps() && target.is_out());
        let idle = words::idle(previews, &hurt);
        let untouched = idle || cost.is_none() && !open && hurt.iter().all(|target| target.limps());
        let mut said = words::causes(carrier, &hurt, context);
        match cost {
            Some(_) if idle => said.push_str(&format!(". As {}: no call goes there anyway", words::engine(carrier))),
            Some(cost) => said.push_str(&format!(". As {}: {cost}", words::engine(carrier))),
            None if open => said.push_str("; whether calls get through cannot be told from here"),
            None => said.push_str("; no call waits for it"),
        }
        if now.landings.iter().filter(|landing| landing.odds.landing.is_some()).all(|landing| landing.tier > 0) {
            said.insert_str(0, "primary tier is dead: ");
            said.push_str("; backup tier only");
        }
        said.push_str(&unseen(carrier, targets));
        return Verdict::new(if untouched { Level::Warning } else { Level::Degraded }, said);
    }
    let backup: Vec<&Target<'_>> = targets.iter().filter(|target| target.tier > 0).collect();
    let hurt: Vec<&Target<'_>> = backup.iter().copied().filter(|target| target.is_hurt()).collect();
    if !hurt.is_empty() {
        let primaries: Vec<&Target<'_>> = targets.iter().filter(primary).collect();
        let all = hurt.len() == backup.len() && hurt.iter().all(|target| target.is_dead());
        let causes = words::causes(carrier, &hurt, context);
        let said = if all {
            format!("backup tier is dead: {causes}. Nothing is lost until {}", words::until(carrier, &primaries))
        } else {
            format!("backup {causes}; {}", words::next_calls(carrier, now))
        };
        return Verdict::new(Level::Warning, format!("{said}{}", unseen(carrier, targets)));
    }
    let mut said = words::next_calls(carrier, now);
    if let Some(words) = words::no_failover(carrier).or_else(|| words::backup(carrier, &backup)) {
        said.push_str(&format!("; {words}"));
    }
    said.push_str(&unseen(carrier, targets));
    let mute = targets.iter().find_map(|target| Some((target, target.mute_address()?)));
    if let Some((target, ip)) = mute {
        said.push_str(&format!("; {} never answered at {ip} from here", carrier.label(target.host)));
    }
    // Where others of the carrier answer, our address is allowed, and silence is a bad sign.
    let silent_here = targets.iter().filter(primary).any(|target| target.known == Known::SilentHere);
    Verdict::new(if silent_here || mute.is_some() { Level::Warning } else { Level::Up }, said)
}

/// Primaries of which nobody knows whether they live: nothing is claimed of them.
fn unseen(carrier: &CarrierState, targets: &[Target<'_>]) -> String {
    let unseen = |known: Known| {
        let labels: Vec<String> = targets
            .iter()
            .filter(|target| target.tier == 0 && target.known == known)
            .map(|target| carrier.label(target.host))
            .collect();
        words::list(&labels)
    };
    let mut said = String::new();
    for (known, words) in [
        (Known::SilentHere, "never answered from here"),
        (Known::Waiting, "not known yet"),
        (Known::Ours, "out of our reach"),
    ] {
        if let Some(who) = unseen(known) {
            said.push_str(&format!("; {who} {words}"));
        }
    }
    said
}
