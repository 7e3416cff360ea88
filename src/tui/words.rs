//! Times and names as the screen says them.
//!
//! A terminal far away is paid for by the byte, and a figure that ticks is read by nobody: ages and TTLs
//! go by minutes above two minutes and by ten seconds below. Only the selected row counts seconds.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::model::{EngineName, Finding, Host, Moment, Pop, Question};
use crate::state::CarrierState;

/// A span in few steps: `<10 s`, `50 s`, `4 min`, `3 h`, `2 d`.
pub(super) fn span(span: Duration) -> String {
    match span.as_secs() {
        0..10 => "<10 s".to_owned(),
        secs @ 10..120 => format!("{} s", secs / 10 * 10),
        secs @ 120..7_200 => format!("{} min", secs / 60),
        secs @ 7_200..172_800 => format!("{} h", secs / 3_600),
        secs => format!("{} d", secs / 86_400),
    }
}

/// A span to the second: `0:07`, `4:41`, `1:02:05`.
pub(super) fn exact(span: Duration) -> String {
    let secs = span.as_secs();
    let (hours, minutes, seconds) = (secs / 3_600, secs / 60 % 60, secs % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// What is left of a span; of what is selected, to the second.
pub(super) fn left(rest: Duration, selected: bool) -> String {
    if selected { exact(rest) } else { span(rest) }
}

/// A round trip: `<1 ms`, `18 ms`, `1.2 s`.
pub(super) fn rtt(rtt: Duration) -> String {
    match rtt.as_millis() {
        0 => "<1 ms".to_owned(),
        millis @ 1..1000 => format!("{millis} ms"),
        _ => format!("{:.1} s", rtt.as_secs_f64()),
    }
}

/// A wait: `32 s`, `1 min 4 s`; `at once` where there is none.
pub(super) fn wait(wait: Duration) -> String {
    match wait.as_secs_f64().round() {
        secs if secs < 1.0 && wait.is_zero() => "at once".to_owned(),
        secs if secs < 1.0 => "<1 s".to_owned(),
        secs if secs < 60.0 => format!("{secs:.0} s"),
        _ => format!("{} min {} s", wait.as_secs() / 60, wait.as_secs() % 60),
    }
}

/// Findings that came and went, in one line: `findings +L04 a.acme.example; -L22 192.0.2.1`.
pub(super) fn findings(raised: &[Arc<Finding>], cleared: &[Arc<Finding>]) -> String {
    /// As many are named.
    const NAMED: usize = 2;
    let side = |sign: char, these: &[Arc<Finding>]| {
        let named = these.iter().take(NAMED).map(|finding| format!("{sign}{} {}", finding.rule, finding.subject));
        let more = these.len().saturating_sub(NAMED);
        let more = (more > 0).then(|| format!("{sign}{more} more"));
        named.chain(more).collect::<Vec<_>>().join(", ")
    };
    let sides = [side('+', raised), side('-', cleared)];
    format!("findings {}", sides.iter().filter(|side| !side.is_empty()).cloned().collect::<Vec<_>>().join("; "))
}

/// The wall clock to the minute.
pub(super) fn clock(at: Timestamp, zone: &TimeZone) -> String {
    let zoned = at.to_zoned(zone.clone());
    format!("{:02}:{:02}", zoned.hour(), zoned.minute())
}

/// The wall clock to the second.
pub(super) fn time(at: Timestamp, zone: &TimeZone) -> String {
    let zoned = at.to_zoned(zone.clone());
    format!("{:02}:{:02}:{:02}", zoned.hour(), zoned.minute(), zoned.second())
}

/// When something was, or will be: the time of today, of another day with its date.
pub(super) fn when(at: Moment, now: Option<Moment>, zone: &TimeZone) -> String {
    let time = time(at.wall, zone);
    let day = |at: Moment| at.wall.to_zoned(zone.clone()).date();
    match now {
        Some(now) if day(now) != day(at) => format!("{} {time}", day(at).strftime("%m-%d")),
        _ => time,
    }
}

/// The short name of a POP: of its target, where it is one target's own.
pub(super) fn pop(carrier: &CarrierState, pop: &Pop) -> String {
    let is_own = |host: &Host| match host {
        Host::Name(name) => name.as_str() == pop.0.as_str(),
        Host::Ip(ip) => pop.0.as_str().parse() == Ok(*ip),
    };
    let drawn = carrier.shown().into_iter().chain(&carrier.published).map(|published| &published.drawn);
    let mut targets = drawn.flat_map(|drawn| drawn.tiers.iter().flat_map(|tier| &tier.targets));
    let own = targets.find(|target| is_own(&target.host)).map(|target| carrier.label(&target.host));
    own.unwrap_or_else(|| pop.to_string())
}

/// An engine with those of its settings that are not its defaults.
pub(super) fn engine(name: &EngineName) -> String {
    let (name, settings) = name.as_str().split_once(':').unwrap_or((name.as_str(), ""));
    let name = if name == crate::locate::DEFAULT_ENGINE { "RFC 3263" } else { name };
    if settings.is_empty() { name.to_owned() } else { format!("{name} ({})", settings.replace(',', ", ")) }
}

/// What the engine that a carrier is viewed as needs, while nobody has asked for it.
pub(super) fn wanted(carrier: &CarrierState) -> Option<String> {
    let asked = questions(carrier.wants());
    (!asked.is_empty()).then(|| format!("{} asks {asked}: not answered yet", engine(&carrier.shown_as().name())))
}

/// The first of some questions, and how many more there are.
pub(super) fn questions<'q>(of: impl Iterator<Item = &'q Question>) -> String {
    let all: Vec<String> = of.map(ToString::to_string).collect();
    match all.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [one, other] => format!("{one}, {other}"),
        [one, other, rest @ ..] => format!("{one}, {other} and {} more", rest.len()),
    }
}

/// `1 target`, `2 targets`.
pub(super) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_go_in_few_steps() {
        for (secs, said) in [
            (0, "<10 s"),
            (9, "<10 s"),
            (19, "10 s"),
            (119, "110 s"),
            (120, "2 min"),
            (7_199, "119 min"),
            (7_200, "2 h"),
            (172_800, "2 d"),
        ] {
            assert_eq!(span(Duration::from_secs(secs)), said);
        }
        assert_eq!(exact(Duration::from_secs(3_725)), "1:02:05");
        assert_eq!(exact(Duration::from_secs(7)), "0:07");
    }
}
