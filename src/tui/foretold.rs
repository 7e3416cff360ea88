//! What a preview says, in words, as all screens say it.

use std::time::Duration;

use crate::locate::{Aside, Asked, Engine, Refresh};
use crate::model::{Share, What};
use crate::preview::{Landing, Phase, PopShare, Preview, Range, Registration, Wait, When};
use crate::state::{CarrierState, Previews, Weak};

use super::words;

/// A share without its sign: many stand side by side.
pub(super) fn bare(share: Share) -> String {
    share.to_string().trim_end_matches(" %").to_owned()
}

/// What it costs the callers, in one line.
pub(super) fn callers(preview: &Preview) -> String {
    let mut said = Vec::new();
    if preview.wait.share.is_some() {
        said.push(format!(
            "{} wait up to {} first (mean over all {})",
            Range::said(preview.wait.share, None, preview.exact),
            words::wait(preview.wait.max),
            words::wait(preview.wait.mean)
        ));
    }
    if preview.lost.is_some() || preview.lost_range.is_some() {
        let after = if preview.lost_after.is_zero() {
            "at once".to_owned()
        } else {
            format!("after {} at worst", words::wait(preview.lost_after))
        };
        said.push(format!("{} land nowhere, {after}", Range::said(preview.lost, preview.lost_range, preview.exact)));
    }
    if said.is_empty() { "nobody waits, nothing is lost".to_owned() } else { said.join("; ") }
}

/// The same in few words: `50 % wait 32 s, 50 % lost`.
pub(super) fn cost(wait: Wait, lost: Share) -> String {
    let mut said = Vec::new();
    if wait.share.is_some() {
        said.push(format!("{} wait {}", wait.share, words::wait(wait.max)));
    }
    if lost.is_some() {
        said.push(format!("{lost} lost"));
    }
    if said.is_empty() { "nobody waits".to_owned() } else { said.join(", ") }
}

/// Who gets what, the largest first: `east-1 50, east-2 50`.
pub(super) fn who(carrier: &CarrierState, pops: &[PopShare]) -> String {
    let mut lands: Vec<&PopShare> = pops.iter().filter(|pop| pop.landing.is_some()).collect();
    lands.sort_by(|a, b| b.landing.0.total_cmp(&a.landing.0));
    let said: Vec<String> =
        lands.iter().map(|pop| format!("{} {}", words::pop(carrier, &pop.pop), bare(pop.landing))).collect();
    match said.as_slice() {
        [] => "nowhere".to_owned(),
        few if few.len() <= 4 => few.join(", "),
        all => format!("{} and {} more", all[..3].join(", "), all.len() - 3),
    }
}

/// What an outage does as it goes on, one line a phase: when, and what.
pub(super) fn over_time(carrier: &CarrierState, preview: &Preview) -> Vec<String> {
    let then: Vec<Share> = preview.landings.iter().map(|landing| landing.odds.landing).collect();
    let memory = preview.phases.iter().any(|phase| phase.when == When::Known);
    preview.phases.iter().map(|phase| in_time(carrier, preview, phase, &then, memory)).collect()
}

fn in_time(carrier: &CarrierState, preview: &Preview, phase: &Phase, then: &[Share], memory: bool) -> String {
    let span = phase.lasts.filter(|lasts| !lasts.is_zero()).map(brief);
    let for_so_long = span.as_ref().map_or_else(String::new, |span| format!(" for {span}"));
    let lands = || {
        let alike = phase.landings.iter().zip(then).all(|(one, other)| (one.0 - other.0).abs() < 1e-9);
        let who = who(carrier, &pops_of(&preview.landings, &phase.landings));
        if alike { String::new() } else { format!("{who}; ") }
    };
    match phase.when {
        // Who remembers nothing is not heard twice.
        When::AtOnce if !memory => "every call fares so while it lasts: nothing is remembered".to_owned(),
        When::Returned if !memory => "when it returns, the next call finds it".to_owned(),
        When::AtOnce if span.is_none() => format!("at once, the first call: {}", cost(phase.wait, phase.lost)),
        When::AtOnce => format!("at once{for_so_long}: {}", cost(phase.wait, phase.lost)),
        When::Known => format!("then{for_so_long}: {}{}", lands(), cost(phase.wait, phase.lost)),
        When::Expired => match span {
            Some(span) => format!("then all of it anew, at first for {span}"),
            None => "then all of it anew".to_owned(),
        },
        When::Returned => format!("when it returns: {}", phase.said),
    }
}

/// What each POP gets of shares that are those of these landings.
fn pops_of(landings: &[Landing], shares: &[Share]) -> Vec<PopShare> {
    let mut pops: Vec<PopShare> = Vec::new();
    for (landing, &share) in landings.iter().zip(shares) {
        match pops.iter_mut().find(|known| known.pop == landing.pop) {
            Some(known) => known.landing += share,
            None => {
                pops.push(PopShare {
                    pop: landing.pop.clone(),
                    first: landing.odds.first,
                    landing: share,
                    range: None,
                });
            }
        }
    }
    pops
}

/// What becomes of a registration, or how the engine keeps one.
pub(super) fn register(carrier: &CarrierState, previews: &Previews, engine: &dyn Engine) -> String {
    if previews.now.landings.is_empty() {
        return "has nowhere to go".to_owned();
    }
    match (&previews.register, &previews.then) {
        (Some(register), _) => moves(carrier, register),
        (None, Some(_)) => "goes by records that nobody has asked for yet".to_owned(),
        (None, None) => format!("{}; {}", refreshes(engine), engine.registering().invites_said()),
    }
}

fn moves(carrier: &CarrierState, register: &Registration) -> String {
    let follows = register.how.invites_said();
    if register.how.refresh == Refresh::Never {
        return "it does not register of itself".to_owned();
    }
    let held = register.pin.as_ref().map_or_else(String::new, |held| {
        let left = held.left.map_or_else(String::new, |left| format!(", {} left", brief(left)));
        format!("at {} ({}{left}): ", carrier.label(&held.target), held.confidence)
    });
    let to = moves_to(carrier, register);
    if register.astray().is_some() {
        let Some(to) = to else {
            return format!("{held}DNS does not lead there, and there is nowhere to register; {follows}");
        };
        return format!("{held}DNS does not lead there, the next one goes to {to}; {follows}");
    }
    if !register.moves.is_some() {
        return format!("{held}stays where it is; {follows}");
    }
    let within =
        if register.within.is_zero() { "at once".to_owned() } else { format!("within {}", brief(register.within)) };
    let Some(to) = to else {
        let who = if register.pin.is_some() { format!("{held}ends") } else { format!("{} end", register.moves) };
        return format!("{who} {within}: there is nowhere to register, calls miss until a target is back; {follows}");
    };
    let ends = if register.lost.is_some() { format!("; {} end there", register.lost) } else { String::new() };
    if register.pin.is_some() {
        return format!("{held}moves to {to} {within}, and misses calls until then{ends}; {follows}");
    }
    let part = if register.moves.0 < 1.0 - 1e-9 { register.moves.to_string() } else { "all".to_owned() };
    format!("{part} move to {to} {within}, and miss calls until then{ends}; {follows}")
}

/// Where a registration that moves goes: `us-east-2`, `fra 70, ams 30`; none where there is nowhere to go.
pub(super) fn moves_to(carrier: &CarrierState, register: &Registration) -> Option<String> {
    match register.moves_to().as_slice() {
        [] => None,
        [(only, share)] if share.0 > 1.0 - 1e-9 => Some(carrier.label(only)),
        all => {
            let said = all.iter().take(3).map(|(host, share)| format!("{} {}", carrier.label(host), bare(*share)));
            Some(said.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Where a refresh goes, and how soon one is due.
pub(super) fn refreshes(engine: &dyn Engine) -> String {
    let how = engine.registering();
    let refresh = match how.refresh {
        Refresh::Drawn => "each refresh draws anew",
        Refresh::Same => "refreshes stay where it is",
        Refresh::Never => return "it does not register of itself".to_owned(),
    };
    format!("{refresh}, every {}", brief(how.expires.saturating_sub(how.early)))
}

/// How long an engine remembers who failed: `10 min`, `nothing`.
pub(super) fn remembers(engine: &dyn Engine) -> String {
    let by_options = engine.qualify().is_some_and(|qualify| matches!(qualify.asks, Asked::Each(_)));
    match engine.recall() {
        Some(recall) => match recall.aside {
            Aside::Left => "it stays".to_owned(),
            Aside::LeftForTtl => "for a TTL".to_owned(),
            Aside::Last | Aside::Behind | Aside::Never => brief(recall.span),
        },
        None if by_options => "OPTIONS".to_owned(),
        None => "nothing".to_owned(),
    }
}

/// A span in as few characters as may be: `32 s`, `10 min`, `1 h`, `1 h 32 s`.
pub(super) fn brief(span: Duration) -> String {
    match span.as_secs() {
        secs if secs >= 3600 && secs % 3600 == 0 => format!("{} h", secs / 3600),
        secs if secs >= 3600 && secs % 3600 < 60 => format!("{} h {} s", secs / 3600, secs % 60),
        secs if secs >= 60 && secs % 60 == 0 => format!("{} min", secs / 60),
        _ => words::wait(span),
    }
}

/// A reason, with targets by their short names.
pub(super) fn in_short(carrier: &CarrierState, preview: &Preview, reason: &str) -> String {
    let named = preview.landings.iter().find_map(|landing| {
        let rest = reason.strip_prefix(&landing.target.to_string())?;
        rest.starts_with([' ', ':']).then(|| format!("{}{rest}", carrier.label(&landing.target)))
    });
    named.unwrap_or_else(|| reason.to_owned())
}

/// What fails, by its short name.
pub(super) fn short(carrier: &CarrierState, what: &What) -> String {
    match what {
        What::Target(host) => carrier.label(host),
        What::TargetOver(host, transport) => format!("{}@{transport}", carrier.label(host)),
        What::Pop(pop) => format!("pop:{}", words::pop(carrier, pop)),
        What::All => "everything".to_owned(),
        other => other.to_string(),
    }
}

/// The worst single failure in few words.
pub(super) fn worst(carrier: &CarrierState, weak: &Weak) -> String {
    format!("{}: {}", short(carrier, &weak.what), cost(weak.wait, weak.lost))
}
