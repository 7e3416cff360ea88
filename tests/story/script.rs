//! Reads stories.

use std::sync::Arc;
use std::time::Duration;

use trunktop::model::{
    Carrier, CarrierName, Codes, CommandLine, DrillName, EngineName, Host, Outage, Pattern, PinSource, PopRule,
    RecordType,
};
use trunktop::state::Options;

use super::account::{self, Holds, Registers};
use crate::zone;

/// A story.
pub(super) struct Case {
    pub(super) title: String,
    pub(super) options: Options,
    pub(super) carriers: Vec<Arc<Carrier>>,
    pub(super) zone: Vec<String>,
    pub(super) lines: Vec<Line>,
}

/// A line of it.
pub(super) struct Line {
    pub(super) number: usize,
    pub(super) text: String,
    pub(super) does: Does,
}

/// What a line does, or wants.
pub(super) enum Does {
    /// At this second of the day.
    At(u64, Happens),
    Wants(Wants),
}

/// What happens.
pub(super) enum Happens {
    Dns {
        carrier: Option<String>,
        rtype: Option<RecordType>,
        again: bool,
    },
    Come(String),
    Go(String),
    Probe {
        targets: Vec<String>,
        saw: String,
        detail: Option<String>,
        times: u32,
    },
    Fail(Outage),
    Undo,
    Maintain(Host, bool),
    Clear,
    Rehearse(DrillName, Vec<Outage>),
    View(Option<EngineName>),
    Compare(bool),
    Overlay(bool),
    Slept(u64),
    Sleeps(u64),
    Tick,
    /// Something of a registration.
    Register(Registers),
}

/// What must hold.
pub(super) enum Wants {
    Verdict {
        carrier: Option<String>,
        exact: bool,
        words: String,
    },
    Event(String),
    NoEvent,
    Changes(usize),
    State(String, String),
    Revision(u64),
    Events(usize),
    /// How many events were told since that was looked last.
    Told(usize),
    /// What is wrong with our own side; none: nothing.
    Us(Option<String>),
    Known(String, bool),
    Left(String),
    Lands {
        which: String,
        target: String,
        share: String,
    },
    /// As which engine it is looked at.
    Shown(String),
    /// What that engine needs that nobody has asked for.
    Asks(String),
    /// What comes of an engine in the comparison: `sends`, `ends`, `asks`; in which place it is among all.
    Compared(String, String),
    NotCompared,
    Register(String),
    /// Something of a registration.
    Registration(Holds),
}

/// All stories of a file; on an error its line number, and what is wrong.
pub(super) fn read(text: &str) -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        take(&mut cases, number, line.trim()).map_err(|why| format!("{number}: {why}: {line}"))?;
    }
    match cases.iter().find(|case| !case.lines.iter().any(|line| matches!(line.does, Does::Wants(_)))) {
        Some(case) => Err(format!("'{}' wants nothing", case.title)),
        None => Ok(cases),
    }
}

fn take(cases: &mut Vec<Case>, number: usize, line: &str) -> Result<(), String> {
    if let Some(title) = line.strip_prefix("== ") {
        let (carriers, zone, lines) = (Vec::new(), Vec::new(), Vec::new());
        cases.push(Case { title: title.to_owned(), options: Options::default(), carriers, zone, lines });
        return Ok(());
    }
    let case = cases.last_mut().ok_or("a case begins with '== title'")?;
    let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
    let does = if first == "carrier" {
        case.carriers.push(Arc::new(carrier(rest)?));
        return Ok(());
    } else if line == "not probed" {
        case.options.probing = false;
        return Ok(());
    } else if let Some(wants) = wants(first, rest)? {
        Does::Wants(wants)
    } else if let Some(second) = time(first) {
        Does::At(second, happens(rest)?)
    } else if case.lines.is_empty() {
        case.zone.push(line.to_owned());
        return Ok(());
    } else {
        return Err("neither a time nor something wanted".to_owned());
    };
    case.lines.push(Line { number, text: line.to_owned(), does });
    Ok(())
}

fn carrier(rest: &str) -> Result<Carrier, String> {
    let mut words = rest.split_whitespace();
    let name = CarrierName::new(words.next().unwrap_or_default()).map_err(|why| why.to_string())?;
    let uri = words.next().unwrap_or_default().parse().map_err(|why| format!("{why}"))?;
    let mut carrier = Carrier::new(name, uri);
    for option in words {
        if let Some(uri) = option.strip_prefix("then=") {
            carrier.more_uris.push(uri.parse().map_err(|why| format!("{why}"))?);
            continue;
        }
        if let Some((range, meaning)) = option.strip_prefix("code=").and_then(|rule| rule.split_once(':')) {
            let rule =
                (range.parse().map_err(|why| format!("{why}"))?, meaning.parse().map_err(|why| format!("{why}"))?);
            carrier.codes = Codes::new(vec![rule]).map_err(|why| why.to_string())?;
            continue;
        }
        if let Some((fall, rise)) = option.strip_prefix("fall-rise=").and_then(|pair| pair.split_once('-')) {
            (carrier.fall, carrier.rise) = (fall.parse().ok(), rise.parse().ok());
            continue;
        }
        if let Some(engine) = option.strip_prefix("engine=") {
            carrier.engine = Some(engine.into());
            continue;
        }
        if let Some(list) = option.strip_prefix("transports=") {
            carrier.transports = Some(list.parse().map_err(|why| format!("{why}"))?);
            continue;
        }
        if let Some(words) = option.strip_prefix("account=") {
            carrier.account = Some(Arc::new(account::account(words)?));
            continue;
        }
        if let Some(seconds) = option.strip_prefix("source=") {
            let every = Duration::from_secs(seconds.parse().map_err(|why| format!("{why}"))?);
            let command = CommandLine { program: "source".to_owned(), arguments: Vec::new() };
            carrier.pin = Some(PinSource { command, every, patience: PinSource::PATIENCE });
            continue;
        }
        let (name, pattern) = option
            .strip_prefix("pops=")
            .and_then(|rule| rule.split_once(':'))
            .ok_or("pops=NAME:PATTERN, engine=NAME or transports=LIST")?;
        carrier.pops.push(PopRule { name: name.into(), pattern: Pattern::new(pattern) });
    }
    Ok(carrier)
}

/// `14:02` or `14:02:05`; `tomorrow/14:02` the day after.
fn time(word: &str) -> Option<u64> {
    let (days, clock) = word.strip_prefix("tomorrow/").map_or((0, word), |clock| (1, clock));
    let mut seconds = 0;
    let mut parts = 0;
    for part in clock.split(':') {
        seconds = seconds * 60 + part.parse::<u64>().ok()?;
        parts += 1;
    }
    let seconds = match parts {
        2 => seconds * 60,
        3 => seconds,
        _ => return None,
    };
    Some(days * 86_400 + seconds)
}

fn happens(rest: &str) -> Result<Happens, String> {
    if let Some((targets, saw)) = rest.split_once(": ")
        && !rest.starts_with(['+', '-'])
        && !rest.starts_with("fail ")
        && !rest.starts_with("drill ")
        && !rest.starts_with("stopped ")
    {
        return probe(targets, saw);
    }
    let (first, after) = rest.split_once(' ').unwrap_or((rest, ""));
    Ok(match first {
        "dns" => {
            let rtype = zone::record_type(after).ok();
            let again = after == "again";
            let carrier = (!after.is_empty() && rtype.is_none() && !again).then(|| after.to_owned());
            Happens::Dns { carrier, rtype, again }
        }
        "+" => Happens::Come(after.to_owned()),
        "-" => Happens::Go(after.to_owned()),
        "fail" => Happens::Fail(after.parse().map_err(|why| format!("{why}"))?),
        "maintain" | "resume" => Happens::Maintain(after.parse().map_err(|why| format!("{why}"))?, first == "maintain"),
        "undo" => Happens::Undo,
        "clear" => Happens::Clear,
        "drill" => {
            let (name, what) = after.split_once(": ").ok_or("drill NAME: WHAT=KIND ...")?;
            let outages = what.split_whitespace().map(|word| word.parse().map_err(|why| format!("{why}")));
            Happens::Rehearse(name.parse().map_err(|why| format!("{why}"))?, outages.collect::<Result<_, _>>()?)
        }
        "view" => Happens::View(Some(after).filter(|engine| *engine != "own").map(Into::into)),
        "compare" => Happens::Compare(after != "no more"),
        "overlay" => Happens::Overlay(after == "on"),
        "slept" => Happens::Slept(after.parse().map_err(|why| format!("{why}"))?),
        "sleeps" => Happens::Sleeps(after.parse().map_err(|why| format!("{why}"))?),
        "tick" => Happens::Tick,
        _ => Happens::Register(account::registers(first, after)?),
    })
}

fn probe(targets: &str, saw: &str) -> Result<Happens, String> {
    let (saw, times) = match saw.rsplit_once(" x") {
        Some((saw, times)) => (saw, times.parse().map_err(|why| format!("{why}"))?),
        None => (saw, 1),
    };
    let (saw, detail) = match saw.split_once(' ') {
        Some((saw, detail)) => (saw, Some(detail.trim_matches('"').to_owned())),
        None => (saw, None),
    };
    let targets = targets.split_whitespace().map(str::to_owned).collect();
    Ok(Happens::Probe { targets, saw: saw.to_owned(), detail, times })
}

fn wants(first: &str, rest: &str) -> Result<Option<Wants>, String> {
    let owned = rest.to_owned();
    let pair = |what: &str| rest.split_once(' ').ok_or_else(|| what.to_owned());
    Ok(Some(match first {
        "=" | "~" => {
            let (carrier, words) = match rest.split_once(' ') {
                Some((carrier, words)) if carrier.ends_with(':') => {
                    (Some(carrier.trim_end_matches(':').to_owned()), words.to_owned())
                }
                _ => (None, owned),
            };
            Wants::Verdict { carrier, exact: first == "=", words }
        }
        "!" if rest == "nothing" => Wants::NoEvent,
        "!" => Wants::Event(owned),
        "changes" => Wants::Changes(rest.parse().map_err(|why| format!("{why}"))?),
        "state" => {
            let (target, word) = pair("state TARGET WORD")?;
            Wants::State(target.to_owned(), word.to_owned())
        }
        "revision" => Wants::Revision(rest.parse().map_err(|why| format!("{why}"))?),
        "told" => Wants::Told(rest.parse().map_err(|why| format!("{why}"))?),
        "us" => Wants::Us((rest != "nothing").then_some(owned)),
        "events" => Wants::Events(rest.parse().map_err(|why| format!("{why}"))?),
        "known" => Wants::Known(owned, true),
        "gone" => Wants::Known(owned, false),
        "left" => Wants::Left(owned),
        "shown" => Wants::Shown(owned),
        "asks" => Wants::Asks(owned),
        "compared" if rest == "no more" => Wants::NotCompared,
        "compared" => {
            let (engine, what) = pair("compared ENGINE sends|ends|asks")?;
            Wants::Compared(engine.to_owned(), what.to_owned())
        }
        "register" => Wants::Register(owned),
        "pins" => Wants::Registration(Holds::Pins(owned)),
        "standing" => Wants::Registration(Holds::Standing(owned)),
        "attention" => Wants::Registration(Holds::Attention(owned)),
        "moves" => Wants::Registration(Holds::Moves(rest.parse().map_err(|why| format!("{why}"))?)),
        "dies" => Wants::Registration(Holds::Dies(owned)),
        "drain" => Wants::Registration(Holds::Drain(owned)),
        "lands" => match rest.split_whitespace().collect::<Vec<_>>().as_slice() {
            [which, target, share] => {
                let owned = |word: &str| word.to_owned();
                Wants::Lands { which: owned(which), target: owned(target), share: owned(share) }
            }
            _ => return Err("lands clean|now|then|shown-now|shown-then TARGET SHARE".to_owned()),
        },
        _ => return Ok(None),
    }))
}
