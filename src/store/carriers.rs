//! `carriers.toml`, read.
//!
//! A carrier with anything wrong in it is left out, since a carrier that is watched otherwise than it is
//! written would be a lie; the others are used. Where the file is no TOML, its blocks are tried one by one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, de};
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::read::{Reading, line_in, span};
use super::{Trouble, account, keys};
use crate::model::{
    Carrier, CarrierName, Codes, CodesError, Name, Pattern, PopRule, ProbeSettings, SipUri, Text, TlsSettings,
    Transport, Transports,
};

/// The saved carriers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Carriers {
    /// Those that can be used, in the order of the file.
    pub good: Vec<Carrier>,
    /// What is wrong with the others; while there is any, the file is not written.
    pub trouble: Vec<Trouble>,
    /// What is written and does nothing: keys that nobody knows. The carriers that have them are used.
    pub slips: Vec<Trouble>,
}

/// The whole file. Carriers are read one by one, so that one that is wrong spoils no other.
#[derive(Deserialize)]
struct Document {
    #[serde(rename = "carrier")]
    _carrier: de::IgnoredAny,
}

/// Keys of a carrier that are kept in the file, and not read yet.
const LATER: &[&str] = &["allow", "contact"];

/// A carrier as it is written. What is not known here is named, and let through.
#[derive(Deserialize)]
struct Written {
    name: Option<Spanned<String>>,
    uri: Option<Spanned<String>>,
    uris: Option<Spanned<Vec<Spanned<String>>>>,
    proxy: Option<Spanned<String>>,
    engine: Option<String>,
    transports: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    resolvers: Vec<Spanned<String>>,
    local: Option<Spanned<String>>,
    interval: Option<Spanned<String>>,
    connection: Option<Spanned<String>>,
    from_user: Option<Spanned<String>>,
    request_user: Option<Spanned<String>>,
    max_forwards: Option<Spanned<i64>>,
    ws_path: Option<Spanned<String>>,
    #[serde(default)]
    codes: BTreeMap<String, Spanned<String>>,
    fall: Option<Spanned<i64>>,
    rise: Option<Spanned<i64>>,
    #[serde(default)]
    pops: Vec<WrittenPop>,
    #[serde(default)]
    tls: WrittenTls,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(rename = "account")]
    _account: Option<de::IgnoredAny>,
    #[serde(rename = "pin")]
    _pin: Option<de::IgnoredAny>,
}

#[derive(Deserialize)]
struct WrittenPop {
    name: String,
    #[serde(rename = "match")]
    pattern: String,
}

#[derive(Default, Deserialize)]
struct WrittenTls {
    ca: Option<PathBuf>,
    cert: Option<Spanned<PathBuf>>,
    key: Option<Spanned<PathBuf>>,
    sni: Option<Spanned<String>>,
    #[serde(default)]
    alpn: Vec<Spanned<String>>,
    verify: Option<bool>,
}

/// Reads the file.
pub(super) fn load(file: &Path) -> Carriers {
    let mut reading = Reading::of(file);
    let text = reading.text();
    read(reading, &text)
}

/// Reads octets as if they were in the file.
pub(super) fn parse(file: &Path, octets: &[u8]) -> Carriers {
    let mut reading = Reading::of(file);
    let text = reading.decode(octets);
    read(reading, &text)
}

fn read(reading: Reading<'_>, text: &str) -> Carriers {
    let mut gathering = Gathering { reading, names: BTreeSet::new(), good: Vec::new() };
    if let Err(why) = gathering.document(text) {
        let broken = blocks(text).iter().filter(|block| gathering.block(block)).count();
        if broken == 0 {
            gathering.reading.say_toml(text, "", &why);
        }
    }
    let (trouble, slips) = gathering.reading.into_trouble();
    Carriers { good: gathering.good, trouble, slips }
}

/// The pieces of a text between headers, each with as many empty lines before it as it takes to keep the
/// line numbers. Tables inside a carrier stay with it.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks = vec![String::new()];
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let start = line.trim_start();
        let inside = start.strip_prefix('[').is_some_and(|rest| rest.trim_start().starts_with("carrier."));
        if start.starts_with('[') && !inside {
            blocks.push("\n".repeat(number));
        }
        if let Some(block) = blocks.last_mut() {
            block.push_str(line);
        }
    }
    blocks
}

struct Gathering<'a> {
    reading: Reading<'a>,
    names: BTreeSet<CarrierName>,
    good: Vec<Carrier>,
}

impl Gathering<'_> {
    /// Takes the carriers of a document, unless it is no TOML.
    fn document(&mut self, text: &str) -> Result<(), toml::de::Error> {
        let mut document = DeTable::parse(text)?.into_inner();
        self.slips::<Document>(text, "", &document, &[]);
        let Some(entries) = document.remove("carrier") else { return Ok(()) };
        let line = line_in(text, &entries.span());
        match entries.into_inner() {
            DeValue::Array(entries) => entries.into_iter().for_each(|entry| self.carrier(text, entry)),
            _ => self.reading.say(Some(line), "a carrier begins with [[carrier]], in two brackets"),
        }
        Ok(())
    }

    /// Takes the carrier of one block; says whether it is broken.
    fn block(&mut self, text: &str) -> bool {
        self.document(text).inspect_err(|why| self.reading.say_toml(text, "", why)).is_err()
    }

    /// Names the keys of a carrier, its POPs and its TLS settings that nobody knows.
    fn keys(&mut self, text: &str, label: &str, carrier: &DeValue<'_>) {
        let DeValue::Table(carrier) = carrier else { return };
        self.slips::<Written>(text, label, carrier, LATER);
        if let Some(DeValue::Table(tls)) = carrier.get("tls").map(Spanned::get_ref) {
            self.slips::<WrittenTls>(text, &format!("{label}tls: "), tls, &[]);
        }
        for (section, known) in [("account", account::ACCOUNT), ("pin", account::PIN)] {
            let Some(DeValue::Table(table)) = carrier.get(section).map(Spanned::get_ref) else { continue };
            for slip in keys::not_among(table, known) {
                self.reading.say_slip(line_in(text, &slip.span), format_args!("{label}{section}: {slip}"));
            }
        }
        if let Some(DeValue::Array(pops)) = carrier.get("pops").map(Spanned::get_ref) {
            for pop in pops.iter().filter_map(|pop| pop.get_ref().as_table()) {
                self.slips::<WrittenPop>(text, &format!("{label}pops: "), pop, &[]);
            }
        }
    }

    fn slips<'t, T: Deserialize<'t>>(&mut self, text: &str, label: &str, table: &DeTable<'_>, later: &[&str]) {
        for slip in keys::unknown::<T>(table, later) {
            self.reading.say_slip(line_in(text, &slip.span), format_args!("{label}{slip}"));
        }
    }

    fn carrier(&mut self, text: &str, entry: Spanned<DeValue<'_>>) {
        let line = line_in(text, &entry.span());
        let label = match entry.get_ref().get("name").and_then(|name| name.get_ref().as_str()) {
            Some(name) => format!("carrier '{name}': "),
            None => "carrier: ".to_owned(),
        };
        self.keys(text, &label, entry.get_ref());
        let section = |name: &str| entry.get_ref().get(name).cloned();
        let (account, pin) = (section("account"), section("pin"));
        let written = match Written::deserialize(ValueDeserializer::from(entry)) {
            Ok(written) => written,
            Err(why) => return self.reading.say_toml(text, &label, &why),
        };
        let mut fields = Fields { reading: &mut self.reading, text, label, line, sound: true };
        let name = fields.name(written.name.as_ref(), &mut self.names);
        let account = account.and_then(|raw| account::account(&mut fields, &raw)).map(Arc::new);
        let pin = pin.and_then(|raw| account::pin(&mut fields, &raw));
        if let (Some(carrier), true) = (fields.all(name, &written), fields.sound) {
            self.good.push(Carrier { account, pin, ..carrier });
        }
    }
}

/// Reads the fields of one carrier, all of them, so that each error in it is named at once.
pub(super) struct Fields<'r, 'a> {
    reading: &'r mut Reading<'a>,
    text: &'r str,
    label: String,
    line: usize,
    sound: bool,
}

impl Fields<'_, '_> {
    fn wrong(&mut self, line: usize, what: impl Display) {
        self.sound = false;
        self.reading.say(Some(line), format!("{}{what}", self.label));
    }

    /// Something is wrong in this place, and the carrier is not used.
    pub(super) fn wrong_at(&mut self, span: &Range<usize>, what: impl Display) {
        self.wrong(line_in(self.text, span), what);
    }

    /// Something in this place does nothing, and the carrier is used.
    pub(super) fn slip_at(&mut self, span: &Range<usize>, what: impl Display) {
        self.reading.say_slip(line_in(self.text, span), format_args!("{}{what}", self.label));
    }

    /// The file that it is written in.
    pub(super) const fn file(&self) -> &Path {
        self.reading.file()
    }

    /// A path as it is meant: relative ones are relative to the file.
    pub(super) fn beside(&self, path: impl AsRef<Path>) -> PathBuf {
        self.file().parent().unwrap_or(Path::new("")).join(path)
    }

    fn parsed<T, E: Display>(
        &mut self,
        raw: &Spanned<String>,
        field: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let line = line_in(self.text, &raw.span());
        parse(raw.get_ref()).map_err(|why| self.wrong(line, format_args!("{field}: {why}"))).ok()
    }

    fn name(&mut self, raw: Option<&Spanned<String>>, taken: &mut BTreeSet<CarrierName>) -> Option<CarrierName> {
        let Some(raw) = raw else {
            self.wrong(self.line, "it has no name");
            return None;
        };
        let name = self.parsed(raw, "name", CarrierName::new)?;
        if !taken.insert(name.clone()) {
            self.wrong(line_in(self.text, &raw.span()), "another carrier has this name already");
        }
        Some(name)
    }

    fn all(&mut self, name: Option<CarrierName>, written: &Written) -> Option<Carrier> {
        let mut uris = self.uris(written).into_iter();
        let proxy = written.proxy.as_ref().and_then(|raw| self.parsed(raw, "proxy", str::parse));
        let transports = written.transports.as_ref().and_then(|raw| self.transports(raw));
        // The domain's own servers are kept in the file, and not asked yet.
        let named = written.resolvers.iter().filter(|raw| raw.get_ref() != "authoritative");
        let resolvers = named.filter_map(|raw| self.parsed(raw, "resolvers", str::parse)).collect();
        let local = written.local.as_ref().and_then(|raw| self.parsed(raw, "local", local));
        let interval = written.interval.as_ref().and_then(|raw| self.parsed(raw, "interval", span));
        let tls = self.tls(&written.tls);
        let probe = self.probe(written);
        let codes = self.codes(&written.codes);
        let fall = written.fall.as_ref().and_then(|raw| self.times(raw, "fall"));
        let rise = written.rise.as_ref().and_then(|raw| self.times(raw, "rise"));
        let mut carrier = Carrier::new(name?, uris.next()?);
        carrier.more_uris = uris.collect();
        carrier.proxy = proxy;
        carrier.engine = written.engine.as_deref().map(Text::new);
        carrier.transports = transports;
        carrier.resolvers = resolvers;
        carrier.local = local;
        carrier.interval = interval;
        carrier.pops = written.pops.iter().map(pop).collect();
        carrier.tls = tls;
        carrier.probe = probe;
        (carrier.codes, carrier.fall, carrier.rise) = (codes, fall, rise);
        carrier.tags = written.tags.iter().map(|tag| Text::new(tag)).collect();
        Some(carrier)
    }

    fn uris(&mut self, written: &Written) -> Vec<SipUri> {
        let (field, raw) = match (&written.uri, &written.uris) {
            (Some(uri), None) => ("uri", std::slice::from_ref(uri)),
            (None, Some(uris)) if !uris.get_ref().is_empty() => ("uris", uris.get_ref().as_slice()),
            (None, _) => {
                self.wrong(self.line, "it has no uri");
                return Vec::new();
            }
            (Some(_), Some(uris)) => {
                self.wrong(line_in(self.text, &uris.span()), "give either uri or uris, not both");
                return Vec::new();
            }
        };
        raw.iter().filter_map(|raw| self.parsed(raw, field, str::parse)).collect()
    }

    fn transports(&mut self, raw: &Spanned<Vec<String>>) -> Option<Transports> {
        let line = line_in(self.text, &raw.span());
        let words: Result<Vec<Transport>, _> = raw.get_ref().iter().map(|word| word.parse()).collect();
        let transports = match words {
            Ok(words) => Transports::new(words).map_err(|why| why.to_string()),
            Err(why) => Err(why.to_string()),
        };
        transports.map_err(|why| self.wrong(line, format_args!("transports: {why}"))).ok()
    }

    fn probe(&mut self, written: &Written) -> ProbeSettings {
        let mut probe = ProbeSettings::default();
        if let Some(connection) = written.connection.as_ref().and_then(|raw| self.parsed(raw, "connection", str::parse))
        {
            probe.connection = connection;
        }
        if let Some(user) = written.from_user.as_ref().and_then(|raw| self.parsed(raw, "from_user", str::parse)) {
            probe.from_user = user;
        }
        probe.request_user = written.request_user.as_ref().and_then(|raw| self.parsed(raw, "request_user", str::parse));
        if let Some(path) = written.ws_path.as_ref().and_then(|raw| self.parsed(raw, "ws_path", str::parse)) {
            probe.ws_path = path;
        }
        if let Some(raw) = &written.max_forwards {
            match u8::try_from(*raw.get_ref()) {
                Ok(hops) => probe.max_forwards = hops,
                Err(_) => self.wrong(
                    line_in(self.text, &raw.span()),
                    format_args!("max_forwards: {} is no number of hops from 0 to 255", raw.get_ref()),
                ),
            }
        }
        probe
    }

    fn codes(&mut self, written: &BTreeMap<String, Spanned<String>>) -> Codes {
        let mut rules = Vec::new();
        let mut last = self.line;
        for (raw, meaning) in written {
            last = line_in(self.text, &meaning.span());
            let range = raw.parse().map_err(|why: CodesError| self.wrong(last, format_args!("codes: {why}")));
            let meaning = self.parsed(meaning, "codes", str::parse);
            rules.extend(range.ok().zip(meaning));
        }
        Codes::new(rules).map_err(|why| self.wrong(last, format_args!("codes: {why}"))).unwrap_or_default()
    }

    /// How often in a row: 1 to 100.
    fn times(&mut self, raw: &Spanned<i64>, field: &str) -> Option<NonZeroU32> {
        let times = u32::try_from(*raw.get_ref()).ok().filter(|times| *times <= 100).and_then(NonZeroU32::new);
        if times.is_none() {
            let line = line_in(self.text, &raw.span());
            self.wrong(line, format_args!("{field}: {} is no number of probes from 1 to 100", raw.get_ref()));
        }
        times
    }

    fn tls(&mut self, written: &WrittenTls) -> TlsSettings {
        if let (Some(alone), None) | (None, Some(alone)) = (&written.cert, &written.key) {
            self.wrong(line_in(self.text, &alone.span()), "tls: cert and key are given together or not at all");
        }
        let directory = self.beside("");
        let inside = |path: &PathBuf| directory.join(path);
        TlsSettings {
            ca: written.ca.as_ref().map(inside),
            cert: written.cert.as_ref().map(Spanned::get_ref).map(inside),
            key: written.key.as_ref().map(Spanned::get_ref).map(inside),
            sni: written.sni.as_ref().and_then(|raw| self.parsed(raw, "tls: sni", Name::parse)),
            alpn: written.alpn.iter().filter_map(|raw| self.parsed(raw, "tls: alpn", str::parse)).collect(),
            verify: written.verify.unwrap_or(true),
        }
    }
}

fn pop(written: &WrittenPop) -> PopRule {
    PopRule { name: Text::new(&written.name), pattern: Pattern::new(&written.pattern) }
}

/// An address, with or without a port.
fn local(raw: &str) -> Result<SocketAddr, String> {
    let address = raw.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, 0)).or_else(|_| raw.parse());
    address.map_err(|_| format!("'{raw}' is no address; use 192.0.2.5, 192.0.2.5:5060 or [2001:db8::5]:5060"))
}
