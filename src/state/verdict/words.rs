//! How things are said.

use std::time::Duration;

use crate::locate;
use crate::model::{EngineName, Failure, Share};
use crate::preview::{Landing, Preview, Range, When};
use crate::state::carrier::CarrierState;
use crate::state::sight::Previews;

use super::Context;
use super::targets::{Known, Target};

/// The rules by which calls go.
pub(super) fn engine(carrier: &CarrierState) -> String {
    engine_name(&carrier.engine().name())
}

/// An engine as people say it: what is set in it stands beside the carrier's name, and would be read aloud by nobody.
pub(super) fn engine_name(name: &EngineName) -> String {
    let bare = name.as_str().split(':').next().unwrap_or_default();
    if bare == locate::DEFAULT_ENGINE { "RFC 3263".to_owned() } else { bare.to_owned() }
}

/// Who is hurt, how, since when; those that are hurt alike together, at most two such groups.
pub(super) fn causes(carrier: &CarrierState, hurt: &[&Target<'_>], context: &Context<'_>) -> String {
    let mut groups: Vec<(String, Vec<&Target<'_>>)> = Vec::new();
    for target in hurt {
        let since = target.since().map_or_else(String::new, |at| format!(" since {}", context.clock(at)));
        let how = format!("{}{since}", target.how());
        match groups.iter_mut().find(|(known, _)| *known == how) {
            Some((_, group)) => group.push(target),
            None => groups.push((how, vec![target])),
        }
    }
    let more: usize = groups.iter().skip(2).map(|(_, group)| group.len()).sum();
    let mut said: Vec<String> = Vec::new();
    for (how, group) in groups.iter().take(2) {
        let labels: Vec<String> = group.iter().map(|target| carrier.label(target.host)).collect();
        let who = list(&labels).unwrap_or_default();
        said.push(format!("{who} {how}{}", proof(group, context)));
    }
    if more > 0 {
        said.push(format!("{more} more in trouble"));
    }
    said.join(", ")
}

/// What the claim rests on, where it is the same for all of them.
fn proof(group: &[&Target<'_>], context: &Context<'_>) -> String {
    let mut proofs = group.iter().map(|target| target.proof(context));
    let first = proofs.next().flatten();
    match first {
        Some(first) if proofs.all(|other| other.as_ref() == Some(&first)) => {
            let each = if group.len() > 1 && first.ends_with("lost") { " each" } else { "" };
            format!(" ({first}{each})")
        }
        _ => String::new(),
    }
}

/// What it costs the callers; none where it costs them nothing.
pub(super) fn cost(carrier: &CarrierState, previews: &Previews, hurt: &[&Target<'_>]) -> Option<String> {
    let now = &previews.now;
    let lost = if now.lost.is_some() { format!("{} are lost; ", calls(now.lost)) } else { String::new() };
    if now.wait.share.is_some() {
        let then = landing(carrier, now, |max| !max.is_zero());
        let known = known(now);
        return Some(format!("{lost}{} hang {} first{known}, then {then}", calls(now.wait.share), span(now.wait.max)));
    }
    if hurt.iter().any(|target| target.is_dead()) {
        let rest = if now.lost.is_some() { "the others" } else { "all calls" };
        return Some(format!("{lost}{rest} go to {} at once", landing(carrier, now, |_| true)));
    }
    let there: Share = now
        .landings
        .iter()
        .filter(|landing| hurt.iter().any(|target| target.is_troubled() && *target.host == landing.target))
        .map(|landing| landing.odds.landing)
        .sum();
    there.is_some().then(|| format!("{lost}{} still go there", calls(there)))
}

/// Whether calls go to none of these even while all is well.
pub(super) fn idle(previews: &Previews, hurt: &[&Target<'_>]) -> bool {
    let gets_calls = |landing: &Landing| landing.odds.landing.is_some() || landing.range.is_some();
    let mut taking = previews.clean.landings.iter().filter(|landing| gets_calls(landing));
    !taking.any(|landing| hurt.iter().any(|target| *target.host == landing.target))
}

/// Until when calls fare so, where the engine remembers who failed; nothing where it does not.
fn known(now: &Preview) -> String {
    let of = |when: When| now.phases.iter().find(|phase| phase.when == when);
    let (Some(first), Some(then)) = (of(When::AtOnce), of(When::Known)) else { return String::new() };
    if then.wait.share.0 >= now.wait.share.0 {
        return String::new();
    }
    let begins = first.lasts.map_or_else(String::new, |lasts| format!(" of the first {}", span(lasts)));
    match then.lasts {
        Some(lasts) => format!(" (only those{begins}, and again every {})", span(lasts)),
        None => format!(" (only those{begins})"),
    }
}

/// Where others answer, and the engine takes no call there.
pub(super) fn stuck(carrier: &CarrierState, causes: &str, alive: &[String]) -> String {
    let others = list(alive).map_or_else(String::new, |alive| format!(", though {alive} would take them"));
    format!("{causes}. As {}: all calls are lost{others}", engine(carrier))
}

/// What is to be known of an engine that tries no second target; nothing of others.
pub(super) fn no_failover(carrier: &CarrierState) -> Option<String> {
    let published = carrier.published.as_ref()?;
    let several = published.drawn.tiers.iter().map(|tier| tier.targets.len()).sum::<usize>() > 1;
    let first = published.drawn.tiers.first().filter(|_| several)?;
    let method = published.drawn.dial.method;
    let fails = [Failure::Silent, Failure::Refused, Failure::Unavailable];
    let goes_on = fails.iter().any(|&how| carrier.engine().reaction(first.transport, how, method).goes_on);
    (!goes_on).then(|| format!("as {} nothing fails over: the other targets are no backup", engine(carrier)))
}

/// Those who get calls, of those whose calls wait at most so long.
fn landing(carrier: &CarrierState, now: &Preview, waits: impl Fn(Duration) -> bool) -> String {
    let landing = now.landings.iter().filter(|landing| landing.odds.landing.is_some() && waits(landing.odds.max));
    let labels: Vec<String> = landing.map(|landing| carrier.label(&landing.target)).collect();
    match labels.as_slice() {
        [] => "nowhere".to_owned(),
        few if few.len() <= 3 => few.join(" or "),
        many => format!("{} or {} others", many[..2].join(", "), many.len() - 2),
    }
}

fn calls(share: Share) -> String {
    let words = [
        (1.0, "all calls"),
        (0.5, "half of the calls"),
        (1.0 / 3.0, "a third of the calls"),
        (2.0 / 3.0, "two thirds of the calls"),
        (0.25, "a quarter of the calls"),
        (0.75, "three quarters of the calls"),
    ];
    let near = words.iter().find(|(part, _)| (share.0 - part).abs() < 0.004);
    near.map_or_else(|| format!("{share} of the calls"), |(_, words)| (*words).to_owned())
}

/// Where the next call goes, and with which chance.
pub(super) fn next_calls(carrier: &CarrierState, now: &Preview) -> String {
    let landing: Vec<String> = now
        .landings
        .iter()
        .filter(|landing| landing.odds.landing.is_some() || landing.range.is_some_and(|range| range.most.is_some()))
        .map(|landing| {
            format!("{} {}", carrier.label(&landing.target), Range::said(landing.odds.landing, landing.range, true))
        })
        .collect();
    match landing.as_slice() {
        [] => "next calls: nowhere".to_owned(),
        few if few.len() <= 4 => format!("next calls: {}", few.join(", ")),
        many => format!("next calls: {} and {} more", many[..3].join(", "), many.len() - 3),
    }
}

/// How the backups are; none where there are none.
pub(super) fn backup(carrier: &CarrierState, backup: &[&Target<'_>]) -> Option<String> {
    let alive = backup.iter().filter(|target| target.answers()).count();
    match backup {
        [] => None,
        [only] if alive == 1 => Some(format!("backup {} is alive", carrier.label(only.host))),
        [only] => Some(format!("backup {} is {}", carrier.label(only.host), only.how())),
        all if all.iter().all(|target| target.known == Known::Waiting) => {
            Some(format!("{} backups are not known yet", all.len()))
        }
        both if alive == 2 && both.len() == 2 => Some("both backups are alive".to_owned()),
        all if alive == all.len() => Some(format!("all {alive} backups are alive")),
        all => Some(format!("{alive} of {} backups are known to be alive", all.len())),
    }
}

/// Until what nothing is lost.
pub(super) fn until(carrier: &CarrierState, primaries: &[&Target<'_>]) -> String {
    match primaries {
        [only] => format!("{} fails", carrier.label(only.host)),
        [one, other] => format!("both {} and {} fail", carrier.label(one.host), carrier.label(other.host)),
        all => format!("all {} primaries fail", all.len()),
    }
}

/// `a`, `a and b`, `a, b and 3 more`; none where there is nobody.
pub(super) fn list(names: &[String]) -> Option<String> {
    match names {
        [] => None,
        [one] => Some(one.clone()),
        [one, other] => Some(format!("{one} and {other}")),
        [one, other, third] => Some(format!("{one}, {other} and {third}")),
        [one, other, rest @ ..] => Some(format!("{one}, {other} and {} more", rest.len())),
    }
}

/// Whose certificate ends, and in how many days.
pub(super) fn ending(who: &[String], days: i64) -> String {
    let (noun, ends) = if who.len() > 1 { ("certificates", "end") } else { ("certificate", "ends") };
    let of = list(who).unwrap_or_default();
    match days {
        ..=0 => format!("{noun} of {of} {ends} within a day"),
        1 => format!("{noun} of {of} {ends} in 1 day"),
        days => format!("{noun} of {of} {ends} in {days} days"),
    }
}

/// A span of time as people say it: `32 s`, `4 min`, `2 h`.
pub(super) fn span(span: Duration) -> String {
    match span.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds @ 7200..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} days", seconds / 86_400),
    }
}
