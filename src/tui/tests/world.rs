//! A world to look at, built from facts as the monitor sends them: zones written as in a zone file, and
//! probes that were answered or not.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::locate::{self, Walk};
use crate::model::{
    Answer, Carrier, CarrierName, Cname, Command, Connection, Dial, Endpoint, Fact, FactKind, Link, Method, Moment,
    Name, Naptr, OperatorAct, Outcome, Pattern, PopRule, ProbeReport, ProbeResult, Question, Raw, Rdata, Reading,
    Record, ResolverSpec, Response, Srv, Survey, TlsReport, Transport, Ttl, Wire,
};
use crate::state::{Options, State};
use crate::tui::glyphs::Glyphs;
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;
use crate::tui::views::{self, Scene};
use crate::tui::{Input, Mode};

/// The carrier of the mission: two POPs in the east share the calls, one in the west stands by.
pub(super) const ACME: &str = "
acme.example 3600 NAPTR 10 50 s SIPS+D2T _sips._tcp.acme.example
acme.example 3600 NAPTR 20 50 s SIP+D2U _sip._udp.acme.example
_sips._tcp.acme.example 300 SRV 10 50 5061 pop-us-east-1.acme.example
_sips._tcp.acme.example 300 SRV 10 50 5061 pop-us-east-2.acme.example
_sips._tcp.acme.example 300 SRV 20 100 5061 pop-us-west-1.acme.example
pop-us-east-1.acme.example 60 A 192.0.2.10
pop-us-east-2.acme.example 60 A 192.0.2.20
pop-us-west-1.acme.example 60 A 198.51.100.7
pop-us-west-1.acme.example 60 AAAA 2001:db8::7
";

/// A carrier without NAPTR and over UDP only.
pub(super) const FLOW: &str = "
_sip._udp.flow.example 300 SRV 10 45 5060 ep1.flow.example
_sip._udp.flow.example 300 SRV 10 95 5060 ep2.flow.example
ep1.flow.example 300 A 192.0.2.31
ep2.flow.example 300 A 192.0.2.32
";

/// Addresses only.
pub(super) const CLOUD: &str = "
cloud.example 30 A 203.0.113.1
cloud.example 30 A 203.0.113.2
cloud.example 30 A 203.0.113.3
";

pub(super) struct World {
    pub(super) state: State,
    pub(super) ui: Ui,
    pub(super) mode: Mode,
    pub(super) theme: Theme,
    pub(super) glyphs: Glyphs,
    carriers: Vec<Arc<Carrier>>,
    secs: u64,
}

pub(super) fn name(raw: &str) -> CarrierName {
    CarrierName::new(raw).unwrap()
}

pub(super) fn fact(secs: u64, kind: FactKind) -> Fact {
    Fact { at: moment(secs), kind }
}

/// 2026-11-22 13:00:00 UTC, and seconds after it.
pub(super) fn moment(secs: u64) -> Moment {
    let start: Timestamp = "2026-11-22T13:00:00Z".parse().unwrap();
    Moment { mono: Duration::from_secs(secs), wall: start + Duration::from_secs(secs) }
}

impl World {
    /// Nothing is saved.
    pub(super) fn empty(size: (u16, u16)) -> Self {
        let mode = Mode { file: Some("~/.config/trunktop/carriers.toml".into()), ..Mode::default() };
        let mut world = Self {
            state: State::new(Options::default()),
            ui: Ui::new(size, &mode),
            mode,
            theme: Theme::named("default").unwrap(),
            glyphs: Glyphs::UTF8,
            carriers: Vec::new(),
            secs: 0,
        };
        world.tell(FactKind::Settings(Vec::new()));
        world
    }

    /// Three carriers, all well, five minutes after the first look.
    pub(super) fn steady(size: (u16, u16)) -> Self {
        let mut world = Self::empty(size);
        world.carrier("acme.example").carrier("flow.example").carrier("cloud.example");
        world.dns("acme.example", ACME).dns("flow.example", FLOW).dns("cloud.example", CLOUD);
        world.all_answer(12);
        world
    }

    pub(super) fn carrier(&mut self, raw: &str) -> &mut Self {
        self.save(Carrier::new(name(raw), raw.parse().unwrap()))
    }

    /// A carrier as it is saved; those of acme have POPs.
    pub(super) fn save(&mut self, mut carrier: Carrier) -> &mut Self {
        let raw = carrier.name.to_string();
        if raw.starts_with("acme") {
            for (pop, pattern) in
                [("us-east-1", "pop-us-east-1*"), ("us-east-2", "pop-us-east-2*"), ("us-west-1", "pop-us-west-*")]
            {
                carrier.pops.push(PopRule { name: pop.into(), pattern: Pattern::new(pattern) });
            }
        }
        self.carriers.push(Arc::new(carrier));
        let all = self.carriers.clone();
        self.tell(FactKind::Settings(all))
    }

    pub(super) fn tell(&mut self, kind: FactKind) -> &mut Self {
        self.state.apply(&fact(self.secs, kind));
        self
    }

    /// Time passes.
    pub(super) fn later(&mut self, secs: u64) -> &mut Self {
        self.secs += secs;
        self.tell(FactKind::Tick)
    }

    pub(super) fn now(&self) -> Moment {
        moment(self.secs)
    }

    /// The DNS answers all that is asked about a carrier from a zone; what is not in it is not in the DNS.
    pub(super) fn dns(&mut self, carrier: &str, zone: &str) -> &mut Self {
        self.asked(carrier, |question, at| {
            let (chain, end) = aliases(zone, question);
            Answer { chain, ..answer(question, zone_outcome(zone, &end), at) }
        })
    }

    /// The DNS fails for everything about a carrier.
    pub(super) fn dns_fails(&mut self, carrier: &str, outcome: &Outcome) -> &mut Self {
        self.asked(carrier, |question, at| answer(question, outcome.clone(), at))
    }

    fn asked(&mut self, carrier: &str, ask: impl Fn(&Question, Moment) -> Answer) -> &mut Self {
        let carrier = self.carriers.iter().find(|c| c.name == name(carrier)).unwrap().clone();
        let dial = self.state.options.defaults.dial(&carrier);
        let register = Dial { method: Method::Register, ..dial.clone() };
        let own = carrier.engine.as_ref().map(|engine| locate::engine(engine.as_str()).unwrap());
        let (mut survey, mut answers) = (Survey::default(), Vec::new());
        // Where questions fail, what hung on the earlier answers is asked as well.
        let drawn = self.state.carrier(&carrier.name).and_then(|c| c.published.as_ref()).map(|p| p.drawn.clone());
        let known = drawn.iter().flat_map(|drawn| drawn.steps.iter().filter(|s| s.now().is_some()));
        let mut wanted: Vec<Question> = known.map(|step| step.question.clone()).collect();
        loop {
            for question in wanted.drain(..) {
                let answer = Arc::new(ask(&question, self.now()));
                survey.insert(answer.clone());
                answers.push(answer);
            }
            let beside = self.state.carrier(&carrier.name).into_iter().flat_map(|known| locate::beside(&known.lens));
            for engine in std::iter::once(locate::reference()).chain(own.clone()).chain(beside) {
                for dial in [Some(&dial), Some(&register).filter(|_| engine.registers_apart())].into_iter().flatten() {
                    if let Walk::Need(need) = engine.walk(dial, &survey, Reading::Drawn, self.now()) {
                        wanted.extend(need.must);
                    }
                }
            }
            if wanted.is_empty() {
                break;
            }
        }
        let next = self.now() + Duration::from_secs(60);
        self.tell(FactKind::Answers { carrier: carrier.name.clone(), answers, next })
    }

    /// Every candidate of every carrier answers some probes, 30 seconds apart.
    pub(super) fn all_answer(&mut self, times: usize) -> &mut Self {
        for _ in 0..times {
            self.secs += 10;
            for (carrier, endpoint) in self.endpoints() {
                let millis = 15 + u64::from(endpoint.at.port() % 10) + u64::from(endpoint.at.is_ipv6()) * 50;
                self.probe(&carrier, answered(endpoint, 200, "OK", millis, self.now()));
            }
        }
        self
    }

    /// One target does not answer some probes; all others do.
    pub(super) fn silent(&mut self, address: &str, times: usize) -> &mut Self {
        for _ in 0..times {
            self.secs += 10;
            for (carrier, endpoint) in self.endpoints() {
                let silent = endpoint.at.ip().to_string() == address;
                let report = if silent {
                    missed(endpoint, ProbeResult::Timeout, self.now())
                } else {
                    answered(endpoint, 200, "OK", 18, self.now())
                };
                self.probe(&carrier, report);
            }
            self.tell(FactKind::Tick);
        }
        self
    }

    pub(super) fn probe(&mut self, carrier: &CarrierName, report: ProbeReport) -> &mut Self {
        let next = report.at + Duration::from_secs(30);
        self.tell(FactKind::Probe { carrier: carrier.clone(), report: Box::new(report), next: Some(next) })
    }

    pub(super) fn endpoints(&self) -> Vec<(CarrierName, Endpoint)> {
        let of = |carrier: &Arc<Carrier>| {
            let known = self.state.carrier(&carrier.name).unwrap();
            let drawn = known.published.iter().flat_map(|p| p.drawn.candidates().map(|c| c.endpoint()));
            drawn.map(|endpoint| (carrier.name.clone(), endpoint)).collect::<Vec<_>>()
        };
        self.carriers.iter().flat_map(of).collect()
    }

    pub(super) fn force(&mut self, carrier: &str, what: &str) -> &mut Self {
        self.tell(FactKind::Act(OperatorAct::Fail(name(carrier), what.parse().unwrap())))
    }

    pub(super) fn scene(&self) -> Scene<'_> {
        let Self { state, ui, mode, theme, glyphs, .. } = self;
        Scene { state, ui, mode, theme, glyphs, paused: None }
    }

    pub(super) fn buffer(&self) -> Buffer {
        let (columns, rows) = self.ui.size;
        let mut buffer = Buffer::empty(Rect::new(0, 0, columns, rows));
        views::draw(&mut buffer, self.scene());
        buffer
    }

    /// The screen as text, without blanks at the ends of lines.
    pub(super) fn text(&self) -> String {
        let buffer = self.buffer();
        let rows = (0..buffer.area.height).map(|y| {
            let line: String = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
            line.trim_end().to_owned()
        });
        rows.collect::<Vec<_>>().join("\n")
    }

    /// Presses keys, and does what they ask of the outside as the program does.
    pub(super) fn does(&mut self, keys: &str) -> &mut Self {
        for effect in self.press(keys) {
            match effect {
                crate::tui::update::Effect::Send(Command::Act(act)) => self.tell(FactKind::Act(act)),
                crate::tui::update::Effect::Send(Command::Save(drill)) => {
                    self.tell(FactKind::Drills(vec![Arc::new(drill)]))
                }
                other => panic!("{other:?}"),
            };
        }
        if let Some((name, how)) = crate::tui::update::weighs(&self.ui) {
            assert!(!self.state.weigh(name, how, 1000));
        }
        self
    }

    /// Presses keys; returns what they ask of the outside.
    pub(super) fn press(&mut self, keys: &str) -> Vec<crate::tui::update::Effect> {
        let lab = self.mode.lab.is_some();
        let mut effects = Vec::new();
        for key in read_keys(keys) {
            effects.extend(crate::tui::update::key(&mut self.ui, &self.state, lab, key));
        }
        effects
    }
}

/// Keys as `jj<Enter>f`.
pub(super) fn read_keys(keys: &str) -> Vec<crate::tui::Key> {
    use crate::tui::{Code, Key};
    let mut read = Vec::new();
    let mut rest = keys;
    while let Some(c) = rest.chars().next() {
        let named = [
            ("<Enter>", Code::Enter),
            ("<Esc>", Code::Esc),
            ("<Tab>", Code::Tab),
            ("<End>", Code::End),
            ("<PgDn>", Code::PageDown),
            ("<PgUp>", Code::PageUp),
        ];
        let (key, used) = named
            .iter()
            .find(|(name, _)| rest.starts_with(name))
            .map_or_else(|| (Key::char(c), c.len_utf8()), |(name, code)| (Key::plain(*code), name.len()));
        read.push(key);
        rest = &rest[used..];
    }
    read
}

pub(super) fn inputs(keys: &str) -> Vec<Input> {
    read_keys(keys).into_iter().map(Input::Key).collect()
}

pub(super) fn answered(endpoint: Endpoint, code: u16, reason: &str, millis: u64, at: Moment) -> ProbeReport {
    let secure = endpoint.transport.is_secure();
    let result = if code == 200 { ProbeResult::Ok } else { ProbeResult::ErrorResponse };
    ProbeReport {
        response: Some(Response {
            server: Some("Kamailio (5.6.3)".into()),
            ..Response::new(code, reason.into(), Duration::from_millis(millis))
        }),
        tls: secure.then(|| TlsReport {
            version: "TLSv1.3".into(),
            cipher: "TLS_AES_128_GCM_SHA256".into(),
            alpn: None,
            sni: Some("acme.example".into()),
            handshake: Duration::from_millis(41),
            chain: vec![
                link("CN=acme.example", "CN=Example Issuing CA 2", "2027-01-10T00:00:00Z"),
                link("CN=Example Issuing CA 2", "CN=Example Root", "2031-01-01T00:00:00Z"),
            ],
            names: vec!["acme.example".into(), "*.acme.example".into()],
            untrusted: None,
            names_domain: true,
            names_target: true,
        }),
        connection: (endpoint.transport != Transport::Udp).then_some(Connection::Kept),
        sent: Some(Raw::new(
            format!("OPTIONS sip:acme.example SIP/2.0\r\nVia: SIP/2.0/{endpoint}{VIA}\r\n\r\n").as_bytes(),
        )),
        heard: Some(Raw::new(format!("SIP/2.0 {code} {reason}\r\nServer: \x1b[31mred\n\r\n").as_bytes())),
        ..ProbeReport::new(endpoint, at, result)
    }
}

fn link(subject: &str, issuer: &str, until: &str) -> Link {
    Link { subject: subject.into(), issuer: issuer.into(), not_after: Some(until.parse().unwrap()) }
}

/// The rest of a Via that is wider than a narrow screen.
const VIA: &str = ";rport;branch=z9hG4bK0123456789abcdef0123456789abcdef";

pub(super) fn missed(endpoint: Endpoint, result: ProbeResult, at: Moment) -> ProbeReport {
    ProbeReport::new(endpoint, at, result)
}

pub(super) fn endpoint(transport: crate::model::Transport, at: &str) -> Endpoint {
    Endpoint { transport, at: at.parse::<SocketAddr>().unwrap() }
}

fn answer(question: &Question, outcome: Outcome, at: Moment) -> Answer {
    Answer {
        question: question.clone(),
        outcome,
        chain: Vec::<Cname>::new(),
        resolver: ResolverSpec::Plain("127.0.0.1:5300".parse().unwrap()),
        wire: Wire::Udp,
        at,
        elapsed: Duration::from_millis(2),
        queries: 1,
    }
}

/// The chain of aliases from a question's name, and the question at its end.
fn aliases(zone: &str, question: &Question) -> (Vec<Cname>, Question) {
    let (mut chain, mut end) = (Vec::new(), question.clone());
    while let Some(fields) = zone
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .find(|fields| fields.first() == Some(&end.name.as_str()) && fields[2] == "CNAME")
    {
        let target = Name::parse(fields[3]).unwrap();
        let ttl = Ttl::new(fields[1].parse().unwrap());
        chain.push(Cname { owner: end.name, target: target.clone(), ttl, dname: None });
        end = Question::new(target, question.rtype);
    }
    (chain, end)
}

fn zone_outcome(zone: &str, question: &Question) -> Outcome {
    let lines = zone.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let owned: Vec<Vec<&str>> = lines.filter(|fields| fields.first() == Some(&question.name.as_str())).collect();
    let records: Vec<Record> =
        owned.iter().filter(|fields| fields[2] == question.rtype.as_str()).map(|fields| record(fields)).collect();
    match (owned.is_empty(), records.is_empty()) {
        (true, _) => Outcome::NxDomain(Some(Ttl::new(60))),
        (false, true) => Outcome::NoData(Some(Ttl::new(60))),
        (false, false) => Outcome::Records(records),
    }
}

fn record(fields: &[&str]) -> Record {
    let number = |at: usize| fields[at].parse::<u16>().unwrap();
    let owner = |at: usize| Name::parse(fields[at]).unwrap();
    let rdata = match fields[2] {
        "NAPTR" => Rdata::Naptr(Naptr {
            order: number(3),
            preference: number(4),
            flags: fields[5].into(),
            service: fields[6].into(),
            regexp: "".into(),
            replacement: owner(7),
        }),
        "SRV" => Rdata::Srv(Srv { priority: number(3), weight: number(4), port: number(5), target: owner(6) }),
        "A" => Rdata::A(fields[3].parse().unwrap()),
        _ => Rdata::Aaaa(fields[3].parse().unwrap()),
    };
    assert!(matches!(fields[2], "NAPTR" | "SRV" | "A" | "AAAA"), "{fields:?}");
    Record { ttl: Ttl::new(fields[1].parse().unwrap()), rdata }
}
