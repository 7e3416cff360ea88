//! The DNS as a table: lines of a zone file, and the answers that a resolver would give from them.

use std::collections::BTreeMap;
use std::time::Duration;

use trunktop::model::{
    Answer, Cname, Moment, Name, Naptr, Outcome, Question, Rdata, Record, RecordType, ResolverSpec, Srv, Ttl, Wire,
};

/// The aliases that are followed before they are called a loop, as by the program.
const MOST_ALIASES: usize = 16;

/// How long the zones here let a negative answer be believed, in seconds.
const NEGATIVE: u32 = 60;

/// Every type that a walk asks for.
const TYPES: [RecordType; 4] = [RecordType::Naptr, RecordType::Srv, RecordType::A, RecordType::Aaaa];

/// Records, and questions that fail.
#[derive(Clone, Debug, Default)]
pub(crate) struct Zone {
    records: BTreeMap<Name, Vec<Record>>,
    aliases: BTreeMap<Name, (Ttl, Name)>,
    dnames: BTreeMap<Name, (Ttl, Name)>,
    pub(crate) broken: BTreeMap<Question, Outcome>,
}

impl Zone {
    /// From lines as [`Zone::line`] reads them.
    pub(crate) fn of(text: &str) -> Self {
        let mut zone = Self::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            zone.line(line).unwrap_or_else(|why| panic!("{why}: {line}"));
        }
        zone
    }

    /// Reads `owner ttl TYPE rdata`, or `owner TYPE FAILURE` for a question that fails (`*` for each type).
    pub(crate) fn line(&mut self, line: &str) -> Result<(), String> {
        let words = words(line);
        match words.as_slice() {
            [owner, rtype, failure] if rtype == "*" => {
                TYPES.into_iter().try_for_each(|rtype| self.fail(owner, rtype, failure))
            }
            [owner, rtype, failure] => self.fail(owner, record_type(rtype)?, failure),
            [owner, ttl, rtype, rdata @ ..] => {
                let (owner, ttl) = (name(owner)?, Ttl::new(number(ttl)?));
                match (rtype.as_str(), rdata) {
                    ("CNAME", [target]) => {
                        self.aliases.insert(owner, (ttl, name(target)?));
                    }
                    ("DNAME", [target]) => {
                        self.dnames.insert(owner, (ttl, name(target)?));
                    }
                    _ => self.records.entry(owner).or_default().push(Record { ttl, rdata: data(rtype, rdata)? }),
                }
                Ok(())
            }
            _ => Err("neither a record nor a failure".to_owned()),
        }
    }

    fn fail(&mut self, owner: &str, rtype: RecordType, failure: &str) -> Result<(), String> {
        self.broken.insert(Question::new(name(owner)?, rtype), outcome(failure)?);
        Ok(())
    }

    /// What a resolver would answer.
    pub(crate) fn answer(&self, question: &Question, at: Moment) -> Answer {
        let mut chain: Vec<Cname> = Vec::new();
        let mut owner = question.name.clone();
        let outcome = loop {
            if let Some(outcome) = self.broken.get(&Question::new(owner.clone(), question.rtype)) {
                break outcome.clone();
            }
            let Some(alias) = self.alias(&owner) else { break self.at(&owner, question.rtype) };
            if chain.len() == MOST_ALIASES {
                break Outcome::Loop;
            }
            owner = alias.target.clone();
            chain.push(alias);
        };
        let elapsed = Duration::from_millis(10);
        let resolver = ResolverSpec::Plain(([192, 0, 2, 53], 53).into());
        Answer { question: question.clone(), outcome, chain, resolver, wire: Wire::Udp, at, elapsed, queries: 1 }
    }

    /// Where a name leads that is an alias: below a DNAME (RFC 6672), or by a CNAME.
    fn alias(&self, owner: &Name) -> Option<Cname> {
        if let Some((up, (ttl, target))) = above(owner).find_map(|up| Some((up.clone(), self.dnames.get(&up)?))) {
            let kept = owner.as_str().strip_suffix(&format!(".{up}"))?;
            let target = target.under(kept).ok()?;
            return Some(Cname { owner: owner.clone(), target, ttl: *ttl, dname: Some(up) });
        }
        let (ttl, target) = self.aliases.get(&self.source(owner))?;
        Some(Cname { owner: owner.clone(), target: target.clone(), ttl: *ttl, dname: None })
    }

    fn at(&self, owner: &Name, rtype: RecordType) -> Outcome {
        let source = self.source(owner);
        let here: Vec<Record> =
            self.records.get(&source).into_iter().flatten().filter(|r| kind(&r.rdata) == rtype).cloned().collect();
        if !here.is_empty() {
            return Outcome::Records(here);
        }
        let ttl = Some(Ttl::new(NEGATIVE));
        if self.exists(&source) { Outcome::NoData(ttl) } else { Outcome::NxDomain(ttl) }
    }

    /// The name whose records are given for this one: itself, or the wildcard right below the nearest name above it
    /// that exists (RFC 4592 3.3.1).
    fn source(&self, owner: &Name) -> Name {
        let encloser = if self.exists(owner) { None } else { above(owner).find(|up| self.exists(up)) };
        let wildcard = encloser.and_then(|encloser| encloser.under("*").ok()).filter(|wildcard| self.exists(wildcard));
        wildcard.unwrap_or_else(|| owner.clone())
    }

    /// RFC 2308: a name that has records, or names below it, exists.
    fn exists(&self, owner: &Name) -> bool {
        let below = format!(".{owner}");
        let mut names = self.records.keys().chain(self.aliases.keys()).chain(self.dnames.keys());
        names.any(|name| name == owner || name.as_str().ends_with(&below))
    }
}

/// The names above one, the nearest first.
pub(crate) fn above(name: &Name) -> impl Iterator<Item = Name> {
    let form = name.as_str().to_owned();
    let dots: Vec<usize> = form.match_indices('.').map(|(at, _)| at).collect();
    dots.into_iter().filter_map(move |dot| self::name(&form[dot + 1..]).ok())
}

/// The failure of this name, as a zone line writes it.
pub(crate) fn outcome(word: &str) -> Result<Outcome, String> {
    match word {
        "SERVFAIL" => Ok(Outcome::ServFail),
        "REFUSED" => Ok(Outcome::Refused),
        "FORMERR" => Ok(Outcome::FormErr),
        "TIMEOUT" => Ok(Outcome::Timeout),
        other => Err(format!("'{other}' is no failure: SERVFAIL, REFUSED, FORMERR, TIMEOUT")),
    }
}

/// The type of this name.
pub(crate) fn record_type(word: &str) -> Result<RecordType, String> {
    TYPES.into_iter().find(|rtype| rtype.as_str() == word).ok_or_else(|| format!("'{word}' is no type asked for here"))
}

/// An absolute name, with or without the final dot; also that of a wildcard.
pub(crate) fn name(word: &str) -> Result<Name, String> {
    let parsed = match word.strip_prefix("*.") {
        Some(rest) => Name::parse(rest).and_then(|rest| rest.under("*")),
        None => Name::parse(word),
    };
    parsed.map_err(|why| format!("{word}: {why}"))
}

fn kind(rdata: &Rdata) -> RecordType {
    match rdata {
        Rdata::Naptr(_) => RecordType::Naptr,
        Rdata::Srv(_) => RecordType::Srv,
        Rdata::A(_) => RecordType::A,
        Rdata::Aaaa(_) => RecordType::Aaaa,
    }
}

fn data(rtype: &str, words: &[String]) -> Result<Rdata, String> {
    Ok(match (record_type(rtype)?, words) {
        (RecordType::Naptr, [order, preference, flags, service, regexp, replacement]) => Rdata::Naptr(Naptr {
            order: number(order)?,
            preference: number(preference)?,
            flags: flags.as_str().into(),
            service: service.as_str().into(),
            regexp: regexp.as_str().into(),
            replacement: name(replacement)?,
        }),
        (RecordType::Srv, [priority, weight, port, target]) => Rdata::Srv(Srv {
            priority: number(priority)?,
            weight: number(weight)?,
            port: number(port)?,
            target: name(target)?,
        }),
        (RecordType::A, [ip]) => Rdata::A(number(ip)?),
        (RecordType::Aaaa, [ip]) => Rdata::Aaaa(number(ip)?),
        (rtype, _) => return Err(format!("wrong number of fields for {rtype}")),
    })
}

fn number<T: std::str::FromStr>(word: &str) -> Result<T, String> {
    word.parse().map_err(|_| format!("'{word}' cannot stand here"))
}

/// Splits at blanks; what stands in quotes is one word, and may be empty.
pub(crate) fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}
