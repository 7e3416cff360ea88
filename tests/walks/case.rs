//! Reads a walk table.

use std::sync::Arc;
use std::time::Duration;

use trunktop::locate::{self, Engine};
use trunktop::model::{
    AddressOrder, Carrier, CarrierName, Defaults, Dial, Method, Outcome, Question, Reading, RecordType, SipUri,
    Transports,
};

use crate::zone::{self, Zone};

/// A case of the table.
pub(crate) struct Case {
    pub(crate) title: String,
    pub(super) clause: String,
    /// The rules that some dial of it must have been decided by.
    pub(super) rules: Vec<String>,
    pub(crate) zone: Zone,
    /// What the zone was read from.
    pub(crate) lines: Vec<String>,
    /// Whether no server could load it as a zone file, as the table says of it.
    pub(crate) not_a_zone: bool,
    pub(crate) dials: Vec<Expected>,
}

/// A dial, and what must come of it.
pub(crate) struct Expected {
    pub(crate) line: String,
    pub(crate) dial: Dial,
    pub(crate) engine: Arc<dyn Engine>,
    pub(super) reading: Reading,
    pub(super) after: Duration,
    /// The type that is asked again then (each, where none is named), and how that fails.
    pub(crate) then: Option<(Option<RecordType>, Outcome)>,
    pub(super) outcome: Vec<String>,
    pub(super) reasons: Vec<Reason>,
    /// Words of what the URI decides.
    pub(super) given: Vec<String>,
    /// What is said of stacks that do otherwise.
    pub(super) others: Vec<Others>,
    pub(super) asks: Option<Vec<Question>>,
    /// How many times it waits, asking nothing ahead, and asking all that it may need.
    pub(super) trips: Option<(usize, Option<usize>)>,
}

/// A step that must be there.
pub(super) struct Reason {
    pub(super) line: String,
    pub(super) kind: Kind,
    pub(super) question: Question,
    pub(super) words: String,
}

/// What must be said of stacks that do otherwise.
pub(super) struct Others {
    pub(super) line: String,
    /// Where; none: at the end, where the walk leads nowhere.
    pub(super) at: Option<Question>,
    pub(super) words: String,
}

/// What is said of a step.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Used,
    Unused,
    Skipped,
    /// The record at this place is not taken.
    Dropped(usize),
}

/// All cases of a table; on an error its line number, and what is wrong.
pub(super) fn read(text: &str) -> Result<Vec<Case>, String> {
    let mut cases: Vec<Case> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if let (true, Some(case)) = (line.starts_with("# not a zone: "), cases.last_mut()) {
            case.not_a_zone = true;
        }
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        take(&mut cases, line).map_err(|why| format!("{number}: {why}: {line}"))?;
    }
    let nothing = |case: &Case| case.dials.is_empty() || case.dials.iter().any(|dial| dial.outcome.is_empty());
    match cases.iter().find(|case| case.clause.is_empty() || case.rules.is_empty() || nothing(case)) {
        Some(case) => Err(format!("'{}' names no clause, or no rule, or expects nothing", case.title)),
        None => Ok(cases),
    }
}

fn take(cases: &mut Vec<Case>, line: &str) -> Result<(), String> {
    if let Some(title) = line.strip_prefix("== ") {
        let (title, clause, rules) = (title.trim().to_owned(), String::new(), Vec::new());
        cases.push(Case {
            title,
            clause,
            rules,
            zone: Zone::default(),
            lines: Vec::new(),
            not_a_zone: false,
            dials: Vec::new(),
        });
        return Ok(());
    }
    let case = cases.last_mut().ok_or("a case begins with '== title'")?;
    if let Some(clause) = line.strip_prefix("clause ") {
        let (clause, rules) = clause.split_once('[').unwrap_or((clause, "]"));
        clause.trim().clone_into(&mut case.clause);
        let rules = rules.trim().strip_suffix(']').ok_or("rules stand in brackets")?;
        case.rules = rules.split_whitespace().map(str::to_owned).collect();
        Ok(())
    } else if line.starts_with("dial ") {
        case.dials.push(dial(line)?);
        Ok(())
    } else if line.starts_with(' ') {
        expect(case.dials.last_mut().ok_or("an expectation follows a dial")?, line.trim())
    } else if case.dials.is_empty() {
        case.lines.push(line.to_owned());
        case.zone.line(line)
    } else {
        Err("records come before the dials".to_owned())
    }
}

fn dial(line: &str) -> Result<Expected, String> {
    let words = line.split_whitespace().skip(1);
    let uri = |word: &str| word.parse::<SipUri>().map_err(|why| format!("{why}"));
    // URIs hold '=', too; an option begins with its key.
    let is_uri = |word: &&str| word.split_once('=').is_none_or(|(key, _)| key.contains([':', '.']));
    let (uris, options): (Vec<&str>, Vec<&str>) = words.partition(is_uri);
    let mut uris = uris.into_iter().map(uri).collect::<Result<Vec<SipUri>, String>>()?.into_iter();
    let (first, more_uris) = (uris.next().ok_or("what is dialled?")?, uris.collect());
    let (transports, addresses) = (Transports::default(), AddressOrder::default());
    let mut expected = Expected {
        line: line.to_owned(),
        dial: Dial { uri: first, more_uris, transports, addresses, method: Method::Invite },
        engine: locate::reference(),
        reading: Reading::Engine,
        after: Duration::ZERO,
        then: None,
        outcome: Vec::new(),
        reasons: Vec::new(),
        given: Vec::new(),
        others: Vec::new(),
        asks: None,
        trips: None,
    };
    let mut proxy = None;
    for option in options {
        match option.split_once('=').ok_or("an option is key=value")? {
            ("transports", list) => expected.dial.transports = list.parse().map_err(|why| format!("{why}"))?,
            ("engine", name) => expected.engine = locate::engine(name).map_err(|why| why.to_string())?,
            ("method", "register") => expected.dial.method = Method::Register,
            ("addresses", "v4-first") => expected.dial.addresses = AddressOrder::V4First,
            ("addresses", "v6-first") => expected.dial.addresses = AddressOrder::V6First,
            ("addresses", "as-received") => expected.dial.addresses = AddressOrder::AsReceived,
            ("proxy", raw) => proxy = Some(uri(raw)?),
            ("read", "drawn") => expected.reading = Reading::Drawn,
            ("after", seconds) => {
                expected.after = Duration::from_secs(seconds.parse().map_err(|why| format!("{why}"))?);
            }
            ("then", what) => {
                let (rtype, failure) = what.split_once('/').ok_or("then=TYPE/FAILURE")?;
                let rtype = if rtype == "*" { None } else { Some(zone::record_type(rtype)?) };
                expected.then = Some((rtype, zone::outcome(failure)?));
            }
            _ => return Err(format!("no option '{option}'")),
        }
    }
    if proxy.is_some() {
        expected.dial = through(proxy, expected.dial);
    }
    Ok(expected)
}

/// The same for a carrier that has this outbound proxy.
fn through(proxy: Option<SipUri>, dial: Dial) -> Dial {
    let name = CarrierName::new("acme").unwrap();
    let (more_uris, transports) = (dial.more_uris, Some(dial.transports));
    let carrier = Carrier { more_uris, proxy, transports, ..Carrier::new(name, dial.uri) };
    Defaults { addresses: dial.addresses, ..Defaults::default() }.dial(&carrier)
}

fn expect(expected: &mut Expected, line: &str) -> Result<(), String> {
    let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
    match first {
        "used" => reason(expected, line, Kind::Used, rest),
        "unused" => reason(expected, line, Kind::Unused, rest),
        "skipped" => reason(expected, line, Kind::Skipped, rest),
        "dropped" => {
            let (number, rest) = rest.split_once(' ').ok_or("dropped #NUMBER QUESTION: words")?;
            let number: usize = number.trim_start_matches('#').parse().map_err(|why| format!("{why}"))?;
            reason(expected, line, Kind::Dropped(number.checked_sub(1).ok_or("records count from 1")?), rest)
        }
        "given" => {
            expected.given.push(rest.trim().to_owned());
            Ok(())
        }
        "others" => {
            let (at, words) = rest.split_once(": ").ok_or("others QUESTION: words, or others nowhere: words")?;
            let at = if at == "nowhere" { None } else { Some(question(at)?) };
            expected.others.push(Others { line: line.to_owned(), at, words: words.trim().to_owned() });
            Ok(())
        }
        "asks" => {
            expected.asks = Some(rest.split(',').map(question).collect::<Result<_, _>>()?);
            Ok(())
        }
        "trips" => {
            let number = |text: &str| text.trim().parse::<usize>().map_err(|why| format!("{why}"));
            expected.trips = Some(match rest.split_once(" ahead ") {
                Some((trips, ahead)) => (number(trips)?, Some(number(ahead)?)),
                None => (number(rest)?, None),
            });
            Ok(())
        }
        _ => {
            expected.outcome.push(line.split_whitespace().collect::<Vec<_>>().join(" "));
            Ok(())
        }
    }
}

fn reason(expected: &mut Expected, line: &str, kind: Kind, rest: &str) -> Result<(), String> {
    let (asked, words) = rest.split_once(": ").ok_or("QUESTION: words")?;
    let (line, words) = (line.to_owned(), words.trim().to_owned());
    expected.reasons.push(Reason { line, kind, question: question(asked)?, words });
    Ok(())
}

fn question(text: &str) -> Result<Question, String> {
    let (rtype, owner) = text.trim().split_once(' ').ok_or("a question is TYPE name")?;
    Ok(Question::new(zone::name(owner.trim())?, zone::record_type(rtype)?))
}
