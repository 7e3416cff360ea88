//! Each carrier in one sentence.
//!
//! The order of blame: our own side before the carrier, DNS before the network, the network before TLS,
//! TLS before SIP. One cause, not its fifty symptoms. A sentence says what was seen, since when, and
//! what it means for calls by the rules of the carrier's engine; what was not seen it does not claim.

mod targets;
mod uplink;

use std::time::Duration;

use jiff::tz::TimeZone;

use crate::locate;
use crate::model::{Answer, Conclusion, Moment, Read, Share};
use crate::preview::Preview;

use super::carrier::{CarrierState, Published};
use super::health::Thresholds;
use targets::{Known, Target};

pub(super) use uplink::Uplink;

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
    pub thresholds: Thresholds,
    pub probing: bool,
    pub zone: &'c TimeZone,
    pub uplink: Option<Uplink>,
    pub interval: Duration,
}

impl Context<'_> {
    /// As a clock on the wall shows it: `14:02`, with the day where it was not today.
    fn clock(&self, at: Moment) -> String {
        let (then, now) = (at.wall.to_zoned(self.zone.clone()), self.now.wall.to_zoned(self.zone.clone()));
        let format = if then.date() == now.date() { "%H:%M" } else { "%-d %b %H:%M" };
        then.strftime(format).to_string()
    }
}

/// Judges a carrier.
pub(super) fn verdict(carrier: &CarrierState, context: &Context<'_>) -> Verdict {
    ours(carrier, context).or_else(|| unresolved(carrier, context)).unwrap_or_else(|| resolved(carrier, context))
}

/// Our own side.
fn ours(carrier: &CarrierState, context: &Context<'_>) -> Option<Verdict> {
    if let Some(gap) = carrier.slept {
        let said = format!("this machine slept for {}: everything is asked again", span(gap));
        return Some(Verdict::new(Level::Stale, said));
    }
    let heard = carrier.heard?;
    let patience = Duration::from_secs(120).max(3 * carrier.carrier.interval.unwrap_or(context.interval));
    let silence = context.now.since(heard);
    if context.probing && silence > patience {
        return Some(Verdict::new(Level::Stale, format!("nothing heard for {}: is trunktop held up?", span(silence))));
    }
    let uplink = context.uplink?;
    Some(Verdict::new(
        Level::Stale,
        format!(
            "nothing answers any more since {}: our own uplink? All {} targets of {} carriers stopped within {}",
            context.clock(uplink.since),
            uplink.targets,
            uplink.carriers,
            span(uplink.within)
        ),
    ))
}

/// The DNS: questions that fail, or answers that lead nowhere.
fn unresolved(carrier: &CarrierState, context: &Context<'_>) -> Option<Verdict> {
    let Some(published) = &carrier.published else { return Some(Verdict::waiting()) };
    let failing = published.drawn.steps.iter().find_map(|step| match &step.read {
        Read::LastGood { answer, failed } => Some((failed, Some(answer))),
        _ => None,
    });
    let failing = match (failing, &published.drawn.conclusion) {
        (None, Conclusion::DnsFailed { answer, .. }) => Some((answer, None)),
        (failing, _) => failing,
    };
    if let Some((failed, shown)) = failing {
        return Some(Verdict::new(
            Level::Dns,
            dns_sentence(carrier, published, failed, shown.map(AsRef::as_ref), context),
        ));
    }
    match &published.drawn.conclusion {
        Conclusion::Nowhere(why) => Some(Verdict::new(Level::Down, format!("DNS leads nowhere: {why}"))),
        _ => None,
    }
}

fn dns_sentence(
    carrier: &CarrierState,
    published: &Published,
    failed: &Answer,
    shown: Option<&Answer>,
    context: &Context<'_>,
) -> String {
    let since = context.clock(carrier.dns_failing.unwrap_or(failed.at));
    let mut said = format!("{} from {} since {since}", failed.outcome.said(), failed.resolver);
    let Some(shown) = shown else {
        said.push_str(&format!(" for {}, and no earlier answer to go by", failed.question));
        return said;
    };
    said.push_str(&format!("; showing answers {} old", span(context.now.since(shown.at))));
    match (&published.resolution.conclusion, shown.expires()) {
        (Conclusion::Found, Some(end)) => said.push_str(&format!(", valid until {}", context.clock(end))),
        _ => said.push_str(&format!(", no longer valid: as {}, calls fail now", published.resolution.engine)),
    }
    let alive = targets::of(carrier, context.thresholds).iter().any(Target::answers);
    if alive {
        said.push_str("; targets still UP");
    }
    said
}

/// The targets.
fn resolved(carrier: &CarrierState, context: &Context<'_>) -> Verdict {
    let Some(previews) = &carrier.previews else { return Verdict::waiting() };
    let targets = targets::of(carrier, context.thresholds);
    if !context.probing {
        return Verdict::new(Level::Unknown, format!("not probed; {}", next_calls(carrier, &previews.now)));
    }
    if !targets.iter().any(Target::answers) {
        return silence(carrier, &targets, context);
    }
    let mut judged = answering(carrier, &targets, &previews.now, context);
    if let Some(note) = dns_note(carrier) {
        judged.level = judged.level.min(Level::Warning);
        judged.sentence.push_str("; ");
        judged.sentence.push_str(&note);
    }
    judged
}

/// A question failed that the walk could do without.
fn dns_note(carrier: &CarrierState) -> Option<String> {
    let steps = &carrier.published.as_ref()?.drawn.steps;
    let failed = steps.iter().find_map(|step| step.now().filter(|answer| !answer.outcome.is_answer()))?;
    Some(format!("{} for {}: there may be more targets", failed.outcome.said(), failed.question))
}

/// No target answers.
fn silence(carrier: &CarrierState, targets: &[Target<'_>], context: &Context<'_>) -> Verdict {
    let count = |known: Known| targets.iter().filter(|target| target.known == known).count();
    let (silent_here, ours, waiting) = (count(Known::SilentHere), count(Known::Ours), count(Known::Waiting));
    let dead: Vec<&Target<'_>> = targets.iter().filter(|target| target.is_dead()).collect();
    if dead.is_empty() {
        let said = if waiting > 0 {
            format!(
                "waiting for the first probes; {}",
                carrier.previews.as_ref().map_or_else(String::new, |p| next_calls(carrier, &p.now))
            )
        } else if silent_here > 0 {
            let who =
                if silent_here == 1 { "the target is".to_owned() } else { format!("all {silent_here} targets are") };
            format!("{who} silent here and never answered: is our address on the carrier's allow-list?")
        } else {
            format!("no target can be reached from here: {}", ours_words(targets, ours))
        };
        return Verdict::new(Level::Unknown, said);
    }
    let since = dead
        .iter()
        .filter_map(|target| target.since())
        .max()
        .map_or_else(String::new, |at| format!(" since {}", context.clock(at)));
    let mut kinds: Vec<String> = targets::tally(&dead);
    if silent_here > 0 {
        kinds.push(format!("{silent_here} silent here"));
    }
    Verdict::new(Level::Down, format!("no target answers{since}; DNS is fine. {}", kinds.join(", ")))
}

fn ours_words(targets: &[Target<'_>], ours: usize) -> String {
    let detail = targets.iter().find_map(|target| target.detail());
    match detail {
        Some(detail) => format!("{detail} ({ours} of {})", targets.len()),
        None => "no route".to_owned(),
    }
}

/// At least one target answers.
fn answering(carrier: &CarrierState, targets: &[Target<'_>], now: &Preview, context: &Context<'_>) -> Verdict {
    let first_tier = targets.iter().filter(|target| target.tier == 0);
    let hurt: Vec<&Target<'_>> = first_tier.clone().filter(|target| target.is_hurt()).collect();
    if !hurt.is_empty() {
        let all = hurt.iter().filter(|target| target.is_dead()).count() == first_tier.count();
        let mut said = causes(carrier, &hurt, context);
        said.push_str(&format!(". As {}: {}", engine(carrier), cost(carrier, now)));
        if all {
            said.push_str("; backup tier only");
        }
        return Verdict::new(Level::Degraded, said);
    }
    let backup: Vec<&Target<'_>> = targets.iter().filter(|target| target.tier > 0).collect();
    let dead: Vec<&Target<'_>> = backup.iter().copied().filter(|target| target.is_hurt()).collect();
    if dead.is_empty() {
        let mut said = next_calls(carrier, now);
        if let Some(words) = backup_words(carrier, &backup) {
            said.push_str(&format!("; {words}"));
        }
        return Verdict::new(Level::Up, said);
    }
    let said = if dead.len() == backup.len() && dead.iter().all(|target| target.is_dead()) {
        let primaries = targets.len() - backup.len();
        let until =
            if primaries == 1 { "the primary fails".to_owned() } else { format!("all {primaries} primaries fail") };
        format!("backup tier is dead: {}. Nothing is lost until {until}", causes(carrier, &dead, context))
    } else {
        format!("backup {}; {}", causes(carrier, &dead, context), next_calls(carrier, now))
    };
    Verdict::new(Level::Warning, said)
}

fn engine(carrier: &CarrierState) -> &'static str {
    match carrier.engine().profile().name {
        name if name == locate::DEFAULT_ENGINE => "RFC 3263",
        name => name,
    }
}

/// Who is hurt, how, since when: at most two by name.
fn causes(carrier: &CarrierState, hurt: &[&Target<'_>], context: &Context<'_>) -> String {
    let mut said: Vec<String> = hurt
        .iter()
        .take(2)
        .map(|target| {
            let since = target.since().map_or_else(String::new, |at| format!(" since {}", context.clock(at)));
            format!("{} {}{since}{}", carrier.label(target.host), target.how(), target.proof())
        })
        .collect();
    if hurt.len() > 2 {
        said.push(format!("and {} more", hurt.len() - 2));
    }
    said.join(", ")
}

/// What it costs the callers.
fn cost(carrier: &CarrierState, now: &Preview) -> String {
    let then: Vec<String> = now
        .landings
        .iter()
        .filter(|landing| landing.odds.landing.is_some())
        .take(3)
        .map(|landing| carrier.label(&landing.target))
        .collect();
    let to = if then.is_empty() { "nowhere".to_owned() } else { then.join(" or ") };
    let lost = if now.lost.is_some() { format!("{} are lost; ", calls(now.lost)) } else { String::new() };
    if now.wait.share.is_some() {
        format!("{lost}{} hang {} first, then {to}", calls(now.wait.share), span(now.wait.max))
    } else {
        format!("{lost}calls go to {to} at once")
    }
}

fn calls(share: Share) -> String {
    let words = [
        (1.0, "all calls"),
        (0.5, "half of the calls"),
        (1.0 / 3.0, "a third of the calls"),
        (2.0 / 3.0, "two thirds of the calls"),
        (0.25, "a quarter of the calls"),
    ];
    let near = words.iter().find(|(part, _)| (share.0 - part).abs() < 0.004);
    near.map_or_else(|| format!("{share} of the calls"), |(_, words)| (*words).to_owned())
}

/// Where the next call goes: those who would be tried first.
fn next_calls(carrier: &CarrierState, now: &Preview) -> String {
    let landing: Vec<String> = now
        .landings
        .iter()
        .filter(|landing| landing.odds.landing.is_some())
        .map(|landing| format!("{} {}", carrier.label(&landing.target), landing.odds.landing))
        .collect();
    match landing.as_slice() {
        [] => "next calls: nowhere".to_owned(),
        few if few.len() <= 4 => format!("next calls: {}", few.join(", ")),
        many => format!("next calls: {} and {} more", many[..3].join(", "), many.len() - 3),
    }
}

fn backup_words(carrier: &CarrierState, backup: &[&Target<'_>]) -> Option<String> {
    let alive = backup.iter().filter(|target| target.answers()).count();
    match backup {
        [] => None,
        [only] if alive == 1 => Some(format!("backup {} is alive", carrier.label(only.host))),
        [only] => Some(format!("backup {} is {}", carrier.label(only.host), only.how())),
        all if alive == all.len() => Some(format!("all {alive} backups are alive")),
        all => Some(format!("{alive} of {} backups are known to be alive", all.len())),
    }
}

/// A span of time as people say it: `32 s`, `4 min`, `2 h`.
fn span(span: Duration) -> String {
    match span.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds @ 7200..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} days", seconds / 86_400),
    }
}
