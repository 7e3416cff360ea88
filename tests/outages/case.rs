//! Reads a table of outages.

use std::collections::BTreeMap;
use std::time::Duration;

use trunktop::model::{Confidence, Outage, SipUri, Transports};
use trunktop::preview::Held;

use crate::zone::Zone;

/// A zone, and engines that walk it.
pub(super) struct Case {
    pub title: String,
    pub zone: Zone,
    pub engines: Vec<AsEngine>,
}

/// An engine, and what it makes of outages.
pub(super) struct AsEngine {
    pub line: String,
    pub engine: String,
    pub uris: Vec<SipUri>,
    pub transports: Transports,
    pub rows: Vec<Row>,
}

/// An outage, and what comes of it.
pub(super) struct Row {
    pub line: String,
    pub forced: Vec<Outage>,
    pub patience: Option<u64>,
    pub expected: Expected,
}

pub(super) enum Expected {
    Lands(Figures, Vec<Phase>),
    Registers { pin: Option<Held>, moves: f64, to: BTreeMap<String, f64>, within: u64, invites: String },
}

/// What is said of a request.
pub(super) struct Figures {
    pub shares: BTreeMap<String, Between>,
    pub wait: Between,
    pub lost: Between,
    pub unsent: bool,
}

pub(super) struct Phase {
    pub line: String,
    pub when: String,
    pub lasts: Option<u64>,
    pub figures: Figures,
}

/// A figure, and between what it lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Between {
    pub likeliest: f64,
    pub least: f64,
    pub most: f64,
}

impl Between {
    pub(super) const fn only(figure: f64) -> Self {
        Self { likeliest: figure, least: figure, most: figure }
    }

    pub(super) fn is_near(self, other: Self) -> bool {
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        near(self.likeliest, other.likeliest) && near(self.least, other.least) && near(self.most, other.most)
    }
}

impl std::fmt::Display for Between {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { likeliest, least, most } = self;
        if (most - least).abs() < 1e-12 {
            write!(f, "{likeliest:.4}")
        } else {
            write!(f, "{likeliest:.4}[{least:.4}..{most:.4}]")
        }
    }
}

/// All cases of a table; on an error its line number, and what is wrong.
pub(super) fn read(text: &str) -> Result<Vec<Case>, String> {
    let mut cases: Vec<Case> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if !line.trim().is_empty() && !line.starts_with('#') {
            take(&mut cases, line).map_err(|why| format!("{number}: {why}: {line}"))?;
        }
    }
    Ok(cases)
}

fn take(cases: &mut Vec<Case>, line: &str) -> Result<(), String> {
    if let Some(title) = line.strip_prefix("== ") {
        cases.push(Case { title: title.to_owned(), zone: Zone::default(), engines: Vec::new() });
        return Ok(());
    }
    let case = cases.last_mut().ok_or("a case begins with '== title'")?;
    if line.starts_with("as ") {
        case.engines.push(as_engine(line)?);
        return Ok(());
    }
    match (line.starts_with("    "), line.starts_with("  "), case.engines.last_mut()) {
        (true, _, Some(of)) => match of.rows.last_mut().map(|row| &mut row.expected) {
            Some(Expected::Lands(_, phases)) => {
                phases.push(phase(line)?);
                Ok(())
            }
            _ => Err("a phase follows a row".to_owned()),
        },
        (_, true, Some(of)) => {
            of.rows.push(row(line)?);
            Ok(())
        }
        (false, false, None) => case.zone.line(line),
        _ => Err("records come before engines, rows after them".to_owned()),
    }
}

fn as_engine(line: &str) -> Result<AsEngine, String> {
    let mut words = line.split_whitespace().skip(1);
    let engine = words.next().ok_or("as which engine?")?.to_owned();
    let mut of = AsEngine {
        line: line.to_owned(),
        engine,
        uris: Vec::new(),
        transports: Transports::default(),
        rows: Vec::new(),
    };
    for word in words {
        match word.strip_prefix("transports=") {
            Some(list) => of.transports = list.parse().map_err(|why| format!("{why}"))?,
            None => of.uris.push(word.parse().map_err(|why| format!("{why}"))?),
        }
    }
    if of.uris.is_empty() {
        of.uris.push("sip:acme.example".parse().map_err(|why| format!("{why}"))?);
    }
    Ok(of)
}

fn row(line: &str) -> Result<Row, String> {
    let (fails, rest) = line.trim().split_once('|').ok_or("what fails | what comes of it")?;
    let (mut forced, mut patience, mut pin, mut registers) = (Vec::new(), None, None, false);
    for word in fails.split_whitespace().filter(|word| *word != "-") {
        if let Some(seconds) = word.strip_prefix("patience=") {
            patience = Some(number(seconds)?);
        } else if let Some(host) = word.strip_prefix("pin=") {
            pin = Some(held(host)?);
        } else if word == "register" {
            registers = true;
        } else {
            let what = word.split('=').next().unwrap_or_default();
            let word = if what.contains([':', '.', '@']) { word.to_owned() } else { full(word) };
            forced.push(word.parse().map_err(|why| format!("{why}"))?);
        }
    }
    let expected = if registers { registration(pin, rest)? } else { Expected::Lands(figures(rest)?, Vec::new()) };
    Ok(Row { line: line.trim().to_owned(), forced, patience, expected })
}

/// `a`, `a:left:40` where it holds for 40 s still, `a:refresh:25` where it is refreshed in 25 s; `a:own:25` where that is
/// of our own, and goes to the same target first.
fn held(word: &str) -> Result<Held, String> {
    let mut parts = word.split(':');
    let host = full(parts.next().unwrap_or_default()).parse().map_err(|why| format!("{why}"))?;
    let mut held = Held::at(host, Confidence::Observed);
    match (parts.next(), parts.next()) {
        (None, _) => {}
        (Some("left"), Some(seconds)) => held.left = Some(Duration::from_secs(number(seconds)?)),
        (Some("refresh"), Some(seconds)) => held.refresh = Some(Duration::from_secs(number(seconds)?)),
        (Some("own"), Some(seconds)) => {
            (held.refresh, held.stays) = (Some(Duration::from_secs(number(seconds)?)), true);
        }
        (Some("reported"), None) => held.confidence = Confidence::Reported,
        _ => {
            return Err(
                "pin=HOST, pin=HOST:left:SECONDS, pin=HOST:refresh:SECONDS, pin=HOST:own:SECONDS or pin=HOST:reported"
                    .to_owned(),
            );
        }
    }
    Ok(held)
}

/// `a=silent` as it is under the carrier's name.
fn full(word: &str) -> String {
    match word.split_once('=') {
        Some((host, how)) => format!("{host}.acme.example={how}"),
        None => format!("{word}.acme.example"),
    }
}

fn phase(line: &str) -> Result<Phase, String> {
    let (begin, rest) = line.trim().split_once('|').ok_or("when and how long | what comes of it")?;
    let (when, lasts) = begin.trim().rsplit_once(' ').ok_or("when, and how long")?;
    let lasts = if lasts == "-" { None } else { Some(number(lasts)?) };
    Ok(Phase { line: line.trim().to_owned(), when: when.trim().to_owned(), lasts, figures: figures(rest)? })
}

fn figures(text: &str) -> Result<Figures, String> {
    let parts: Vec<&str> = text.split('|').map(str::trim).collect();
    let [gets, wait, lost] = parts.as_slice() else { return Err("shares | wait | lost".to_owned()) };
    let unsent = lost.starts_with("unsent ");
    let lost = lost.strip_prefix("lost ").or_else(|| lost.strip_prefix("unsent ")).ok_or("lost, or unsent")?;
    let wait = between(wait.strip_prefix("wait ").ok_or("wait")?)?;
    Ok(Figures { shares: shares(gets)?, wait, lost: between(lost)?, unsent })
}

fn shares(text: &str) -> Result<BTreeMap<String, Between>, String> {
    let each = text.split(',').map(str::trim).filter(|part| *part != "-");
    each.map(|part| {
        let (host, share) = part.split_once(' ').ok_or("a target and its share")?;
        Ok((host.to_owned(), between(share)?))
    })
    .collect()
}

fn registration(pin: Option<Held>, text: &str) -> Result<Expected, String> {
    let parts: Vec<&str> = text.split('|').map(str::trim).collect();
    let [moves, to, within, invites] = parts.as_slice() else { return Err("moves | to | within | invites".to_owned()) };
    let after =
        |part: &str, word: &str| part.strip_prefix(word).map(str::trim).map(str::to_owned).ok_or(word.to_owned());
    let to = shares(&after(to, "to")?)?.into_iter().map(|(host, share)| (host, share.likeliest)).collect();
    Ok(Expected::Registers {
        pin,
        moves: fraction(&after(moves, "moves")?)?,
        to,
        within: number(&after(within, "within")?)?,
        invites: (*invites).to_owned(),
    })
}

fn between(text: &str) -> Result<Between, String> {
    match text.split_once('[') {
        None => fraction(text).map(Between::only),
        Some((likeliest, range)) => {
            let (least, most) = range.trim_end_matches(']').split_once("..").ok_or("[least..most]")?;
            Ok(Between { likeliest: fraction(likeliest)?, least: fraction(least)?, most: fraction(most)? })
        }
    }
}

fn fraction(text: &str) -> Result<f64, String> {
    let (above, below) = text.trim().split_once('/').unwrap_or((text.trim(), "1"));
    let read = |text: &str| text.parse::<f64>().map_err(|why| format!("{why}"));
    Ok(read(above)? / read(below)?)
}

fn number(text: &str) -> Result<u64, String> {
    text.trim().parse().map_err(|why| format!("{why}"))
}
