//! A case of the table as a zone of its own: all its names are below an apex that no other case has, so that all
//! cases fit on one server, and NXDOMAIN, NODATA and aliases are what that server makes of them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use trunktop::locate::{self, Engine};
use trunktop::model::{AddressOrder, Dial, Host, Moment, Name, Outcome, Question, Resolution, SipUri};

use super::Skip;
use crate::walks::{self, Ahead, Case, Expected};
use crate::zone::{self, Zone, above};

/// The zone above those of all cases.
pub(crate) const ABOVE: &str = "walks.example";

/// How long "there is none" may be believed: as long as in the table, in seconds.
const SOA: &str = "@ 60 SOA ns hostmaster 1 3600 600 86400 60\n@ 60 NS ns\nns 60 A 127.0.0.1\n";

/// When the table is asked.
const BEGAN: Moment = Moment { mono: Duration::ZERO, wall: Timestamp::UNIX_EPOCH };

/// A case, below its apex.
pub(crate) struct World {
    pub(crate) apex: Name,
    /// The records, each with its owner, as lines of a zone file that hold below any origin.
    records: Vec<(Name, String)>,
    /// The questions that fail.
    failures: BTreeMap<Question, Outcome>,
    pub(crate) calls: Vec<Call>,
}

/// A dial of a case, and what the table makes of it.
pub(crate) struct Call {
    /// The case, and the dial as it is written there.
    pub(crate) title: String,
    /// Below the apex; none where there is no room for that in a name.
    pub(crate) dial: Option<Dial>,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) resolution: Resolution,
    /// The same where a server says SERVFAIL instead of giving aliases that lead in a circle.
    pub(crate) unseen: Resolution,
    /// All that it asked, and what came of that, by the table's own names.
    asked: BTreeMap<Question, Outcome>,
    later: bool,
}

/// How a server fails that is to fail for a whole name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failing {
    ServFail,
    Refused,
    Silent,
}

/// All cases.
pub(crate) fn all() -> Vec<World> {
    (1..).zip(walks::cases()).map(|(number, case)| World::new(number, case)).collect()
}

impl World {
    fn new(number: u32, case: Case) -> Self {
        let apex = Name::parse(&format!("c{number}.{ABOVE}")).unwrap();
        let calls = case.dials.iter().map(|expected| Call::new(&case, expected, &apex)).collect();
        let records = case.lines.iter().filter_map(|line| record(line));
        let records = records.filter(|(owner, _)| apex.under(owner.as_str()).is_ok()).collect();
        Self { apex, records, failures: case.zone.broken, calls }
    }

    /// A name of the table, below the apex.
    fn place(&self, name: &Name) -> Option<Name> {
        self.apex.under(name.as_str()).ok()
    }

    /// The records of the case alone, as zone text.
    pub(crate) fn records(&self) -> String {
        let lines = self.records.iter().map(|(_, line)| format!("{line}\n"));
        let outside = self.outside().into_iter().map(|top| format!("ns.{top}. 60 A 127.0.0.1\n"));
        format!("$ORIGIN {}.\n{}", self.apex, lines.chain(outside).collect::<String>())
    }

    /// The top-level domains of targets that are no names but addresses, which they would not be below an apex.
    fn outside(&self) -> BTreeSet<Name> {
        let last = self.records.iter().filter_map(|(_, line)| line.rsplit(' ').next());
        let literals = last.filter_map(|last| last.strip_suffix('.')).filter(|last| !last.is_empty());
        literals.filter_map(|literal| above(&Name::parse(literal).ok()?).last()).collect()
    }

    /// All questions that fail, and how.
    pub(crate) fn failures(&self) -> Vec<(Question, Outcome)> {
        let asked = self.calls.iter().flat_map(|call| &call.asked).filter(|(_, outcome)| is_failure(outcome));
        asked.filter_map(|(q, o)| Some((Question::new(self.place(&q.name)?, q.rtype), o.clone()))).collect()
    }

    /// The names that fail for whatever is asked of them, for servers that cannot do so for one type.
    fn failing(&self) -> BTreeMap<&Name, Option<Failing>> {
        let mut failing = BTreeMap::new();
        for (question, outcome) in &self.failures {
            let how = match outcome {
                Outcome::ServFail => Some(Failing::ServFail),
                Outcome::Refused => Some(Failing::Refused),
                Outcome::Timeout => Some(Failing::Silent),
                _ => None,
            };
            let known = failing.entry(&question.name).or_insert(how);
            *known = known.filter(|known| Some(*known) == how);
        }
        failing
    }

    /// The names that fail, below the apex, and how.
    pub(crate) fn broken(&self) -> Vec<(Name, Failing)> {
        self.failing().into_iter().filter_map(|(name, how)| Some((self.place(name)?, how?))).collect()
    }

    /// The names below one that fails which have records: each has to be a zone of its own to be spared.
    fn spared(&self) -> BTreeSet<&Name> {
        let failing = self.failing();
        let owners = self.records.iter().map(|(owner, _)| owner);
        owners
            .filter(|owner| !failing.contains_key(owner) && above(owner).any(|up| failing.contains_key(&up)))
            .collect()
    }

    /// Whether a server that minds RFC 1034 3.6.2 takes the records: nothing stands beside a CNAME.
    fn loads(&self) -> bool {
        let alone = |owner: &Name| self.records.iter().filter(|(other, _)| other == owner).count() == 1;
        self.records.iter().filter(|(_, line)| line.split(' ').nth(2) == Some("CNAME")).all(|(owner, _)| alone(owner))
    }

    /// The zones of the case with their SOA, as zone files; none where no server would load them.
    pub(crate) fn zones(&self) -> Vec<(Name, String)> {
        if !self.loads() {
            return Vec::new();
        }
        let (spared, failing) = (self.spared(), self.failing());
        let mut rest = String::new();
        let mut own: BTreeMap<&Name, String> = BTreeMap::new();
        for (owner, line) in &self.records {
            if spared.contains(owner) {
                own.entry(owner).or_default().push_str(&format!("{line}\n"));
            } else if !failing.contains_key(owner) {
                rest.push_str(&format!("{line}\n"));
            }
        }
        let file = |apex: &Name, records: &str| format!("$ORIGIN {apex}.\n{SOA}$ORIGIN {}.\n{records}", self.apex);
        let own = own.into_iter().filter_map(|(name, records)| {
            let apex = self.place(name)?;
            let text = file(&apex, &records);
            Some((apex, text))
        });
        let outside = self.outside().into_iter().map(|top| {
            let text = format!("$ORIGIN {top}.\n{SOA}");
            (top, text)
        });
        std::iter::once((self.apex.clone(), file(&self.apex, &rest))).chain(own).chain(outside).collect()
    }

    /// Whether a dial asks only what a server answers as the table does if it fails for whole names.
    fn fails_for_names(&self, call: &Call, can: &[Failing]) -> bool {
        let (spared, failing) = (self.spared(), self.failing());
        call.asked.iter().all(|(question, outcome)| {
            let nearest = std::iter::once(question.name.clone())
                .chain(above(&question.name))
                .find(|name| spared.contains(name) || failing.contains_key(name));
            let how = nearest.and_then(|name| failing.get(&name).copied());
            match (how, outcome) {
                (None, outcome) => !is_failure(outcome),
                (Some(how), Outcome::ServFail) => how == Some(Failing::ServFail) && can.contains(&Failing::ServFail),
                (Some(how), Outcome::Refused) => how == Some(Failing::Refused) && can.contains(&Failing::Refused),
                (Some(how), Outcome::Timeout) => how == Some(Failing::Silent) && can.contains(&Failing::Silent),
                _ => false,
            }
        })
    }
}

impl Call {
    fn new(case: &Case, expected: &Expected, apex: &Name) -> Self {
        let title = format!("== {}\n{}", case.title, expected.line);
        let walk = |zone: &Zone| walks::walk(zone, expected, Ahead::No).unwrap_or_else(|why| panic!("{title}: {why}"));
        let walked = walk(&case.zone);
        let answered = |question: Question| {
            let outcome = case.zone.answer(&question, BEGAN).outcome;
            (question, outcome)
        };
        let asked: BTreeMap<_, _> = walked.asked.into_iter().map(answered).collect();
        let dial = placed(&expected.dial, apex);
        let mut unseen = case.zone.clone();
        let loops = asked.iter().filter(|(_, outcome)| **outcome == Outcome::Loop);
        unseen.broken.extend(loops.map(|(question, _)| (question.clone(), Outcome::ServFail)));
        Self {
            dial: asked.keys().all(|question| apex.under(question.name.as_str()).is_ok()).then_some(dial).flatten(),
            engine: expected.engine.clone(),
            resolution: walked.resolution,
            unseen: walk(&unseen).resolution,
            asked,
            later: expected.then.is_some(),
            title,
        }
    }

    /// Why no server at all can be asked this, if so.
    pub(crate) fn is_beyond_any(&self, world: &World) -> Option<Skip> {
        let twice = |outcome: &Outcome| {
            let mut seen = BTreeSet::new();
            outcome.records().iter().any(|record| !seen.insert(&record.rdata))
        };
        if self.later {
            Some(Skip::Later)
        } else if self.dial.is_none() {
            Some(Skip::NoRoom)
        } else if !world.loads() {
            Some(Skip::Unloadable)
        } else {
            self.asked.values().any(twice).then_some(Skip::Twice)
        }
    }

    /// Why a server cannot be asked this that loads zone files, fails for whole names, as far as it `can`, and has
    /// an order of its own for the records of an answer; if so.
    pub(crate) fn is_beyond_files(&self, world: &World, can: &[Failing]) -> Option<Skip> {
        let several = |outcome: &Outcome| outcome.records().len() > 1;
        // The reference makes the same of every order; stacks do not.
        let by_order = self.engine.profile().name != locate::DEFAULT_ENGINE
            || self.resolution.dial.addresses == AddressOrder::AsReceived;
        if by_order && self.asked.values().any(several) {
            Some(Skip::Order)
        } else {
            (!world.fails_for_names(self, can)).then_some(Skip::Failing)
        }
    }
}

const fn is_failure(outcome: &Outcome) -> bool {
    !outcome.is_answer() && !matches!(outcome, Outcome::Loop)
}

/// The same dial below an apex.
fn placed(dial: &Dial, apex: &Name) -> Option<Dial> {
    let host = |host: &Host| match host {
        Host::Ip(ip) => Some(Host::Ip(*ip)),
        Host::Name(name) => apex.under(name.as_str()).ok().map(Host::Name),
    };
    let uri = |uri: &SipUri| {
        let maddr = match &uri.maddr {
            Some(maddr) => Some(host(maddr)?),
            None => None,
        };
        Some(SipUri { host: host(&uri.host)?, maddr, ..uri.clone() })
    };
    let more_uris = dial.more_uris.iter().map(uri).collect::<Option<_>>()?;
    Some(Dial { uri: uri(&dial.uri)?, more_uris, ..dial.clone() })
}

/// A line of the table as a zone file has it (RFC 1035 5.1) under whatever origin: all names in it are relative, but
/// for the root and for addresses in the place of names. None where it is no record, but a question that fails.
fn record(line: &str) -> Option<(Name, String)> {
    let words = zone::words(line);
    let [owner, ttl, rtype, rdata @ ..] = words.as_slice() else { return None };
    let undotted = |name: &str| match name.trim_end_matches('.') {
        "" => ".".to_owned(),
        address if rtype != "A" && address.parse::<Ipv4Addr>().is_ok() => format!("{address}."),
        name => name.to_owned(),
    };
    let quoted = |word: &String| format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""));
    let rdata: Vec<String> = match rdata {
        [order, preference, texts @ .., replacement] if rtype == "NAPTR" => {
            let fields = [order, preference].into_iter().cloned();
            fields.chain(texts.iter().map(quoted)).chain([undotted(replacement)]).collect()
        }
        [before @ .., last] => before.iter().cloned().chain([undotted(last)]).collect(),
        [] => return None,
    };
    let line = format!("{} {ttl} {rtype} {}", undotted(owner), rdata.join(" "));
    Some((zone::name(owner).unwrap(), line))
}
