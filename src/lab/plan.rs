//! What a lab is built from: carriers, their hosts, their zones.

use std::time::Duration;

use super::{Certificate, RegistrarPlan};
use crate::model::{AccountMode, Expires, Transport, Ttl};

/// TTL of a host's addresses where its plan says nothing else, in seconds.
const ADDRESS_TTL: u32 = 30;

/// Days that a certificate is valid where its plan says nothing else.
const CERTIFICATE_DAYS: i64 = 90;

/// A carrier of the lab.
///
/// ```no_run
/// # use trunktop::lab::{CarrierPlan, HostPlan, Lab};
/// # use trunktop::model::Transport;
/// # async fn start() -> Result<Lab, trunktop::lab::LabError> {
/// let acme = CarrierPlan::new("acme", "sip:acme.example")
///     .host(HostPlan::new("pop1.acme.example").speaks([Transport::Udp]))
///     .zone("$ORIGIN acme.example.\n_sip._udp 60 SRV 10 50 udp pop1");
/// Lab::with([acme]).await
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct CarrierPlan {
    pub(super) name: String,
    pub(super) uri: String,
    pub(super) more_uris: Vec<String>,
    pub(super) engine: Option<String>,
    pub(super) port_of: Option<Transport>,
    pub(super) pops: Vec<(String, String)>,
    pub(super) hosts: Vec<HostPlan>,
    pub(super) registrar: Option<RegistrarPlan>,
    pub(super) account: Option<(AccountMode, Expires)>,
    pub(super) zone: String,
}

impl CarrierPlan {
    /// A carrier with a name and a URI, without hosts and records.
    pub fn new(name: &str, uri: &str) -> Self {
        Self {
            name: name.to_owned(),
            uri: uri.to_owned(),
            more_uris: Vec::new(),
            engine: None,
            port_of: None,
            pops: Vec::new(),
            hosts: Vec::new(),
            registrar: None,
            account: None,
            zone: String::new(),
        }
    }

    /// One more URI, which is tried after those before it.
    #[must_use]
    pub fn then(mut self, uri: &str) -> Self {
        self.more_uris.push(uri.to_owned());
        self
    }

    /// As which engine it is walked: a name, and settings after a colon; as the reference, where nothing is said.
    #[must_use]
    pub fn engine(mut self, engine: &str) -> Self {
        self.engine = Some(engine.to_owned());
        self
    }

    /// Each URI gets the port on which its host listens for `transport`: the hosts of the URIs must be of
    /// the lab.
    #[must_use]
    pub const fn with_port_for(mut self, transport: Transport) -> Self {
        self.port_of = Some(transport);
        self
    }

    /// The targets that match `pattern` are a POP.
    #[must_use]
    pub fn pop(mut self, name: &str, pattern: &str) -> Self {
        self.pops.push((name.to_owned(), pattern.to_owned()));
        self
    }

    /// One more host.
    #[must_use]
    pub fn host(mut self, host: HostPlan) -> Self {
        self.hosts.push(host);
        self
    }

    /// Its hosts are registrars, set up like this; without, a REGISTER gets 405.
    #[must_use]
    pub fn registrar(mut self, registrar: RegistrarPlan) -> Self {
        self.registrar = Some(registrar);
        self
    }

    /// The first user of its registrar is an account of ours, with which this is done; bindings are asked for that
    /// long.
    #[must_use]
    pub const fn account(mut self, mode: AccountMode, expires: Expires) -> Self {
        self.account = Some((mode, expires));
        self
    }

    /// More zone text: `owner TTL TYPE rdata`, one record per line. `$ORIGIN` is understood; the port of an
    /// SRV record may be `udp`, `tcp`, `tls`, `ws` or `wss`, the address of an A or AAAA record the name of a host, and
    /// `$ROTATE name` makes the records of a name come in another order each time. The addresses of hosts are
    /// published without being asked for.
    #[must_use]
    pub fn zone(mut self, text: &str) -> Self {
        self.zone.push_str(text);
        self.zone.push('\n');
        self
    }
}

/// A SIP host of the lab: what an SRV record points at.
#[derive(Clone, Debug)]
pub struct HostPlan {
    pub(super) name: String,
    pub(super) speaks: Vec<Transport>,
    pub(super) addresses: u8,
    pub(super) dual: bool,
    pub(super) ttl: Ttl,
    pub(super) latency: Duration,
    pub(super) certificate: Certificate,
}

impl HostPlan {
    /// A host that speaks UDP and TCP at one address, at once, and whose certificate (if it speaks TLS) names
    /// it and the domain above it.
    pub fn new(name: &str) -> Self {
        let domain = name.split_once('.').map_or(name, |(_, domain)| domain);
        Self {
            name: name.to_owned(),
            speaks: vec![Transport::Udp, Transport::Tcp],
            addresses: 1,
            dual: false,
            ttl: Ttl::new(ADDRESS_TTL),
            latency: Duration::ZERO,
            certificate: Certificate::new(&[domain, name], CERTIFICATE_DAYS),
        }
    }

    /// What it speaks, out of UDP, TCP, TLS, WS and WSS. UDP and TCP share a port.
    #[must_use]
    pub fn speaks(mut self, transports: impl IntoIterator<Item = Transport>) -> Self {
        self.speaks = transports.into_iter().collect();
        self
    }

    /// How many IPv4 addresses it has, 1 to 25, where the loopback of the machine has them; else one.
    #[must_use]
    pub fn addresses(mut self, count: u8) -> Self {
        self.addresses = count.clamp(1, 25);
        self
    }

    /// It has `::1` as well, where the machine has it.
    #[must_use]
    pub const fn dual_stack(mut self) -> Self {
        self.dual = true;
        self
    }

    /// TTL of its addresses, in seconds.
    #[must_use]
    pub const fn ttl(mut self, seconds: u32) -> Self {
        self.ttl = Ttl::new(seconds);
        self
    }

    /// How far away it pretends to be: so long, give or take a tenth, between a request and its answer.
    #[must_use]
    pub const fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// The names in its certificate, and the days until that ends (negative: it has ended).
    #[must_use]
    pub fn certificate(mut self, names: &[&str], days: i64) -> Self {
        self.certificate = Certificate::new(names, days);
        self
    }
}
