//! Makes what commands need of the outside.

use std::net::UdpSocket;
use std::sync::Arc;
use std::time::Duration;

use crate::dns::{Patience, Resolvers};
use crate::model::{AddressOrder, Carrier, Defaults, ResolverSpec, Text};
use crate::monitor::{Accounts, Clock, Holds, Ports, Probe, SystemClock};
use crate::pbx::Exec;
use crate::sip::{Prober, RegisterClient, Roots};
use crate::store::Places;

use super::accounts::{Commands, Passwords};
use super::args::{self, Options};
use super::exit::Failure;

/// The outside, as the options want it.
pub(super) struct Outside {
    pub clock: Arc<dyn Clock>,
    pub ask: Arc<Resolvers>,
    pub probe: Arc<Prober>,
    register: Arc<RegisterClient>,
    pub defaults: Defaults,
    /// How long a probe waits for its answer.
    pub patience: Duration,
}

impl Outside {
    /// Opens it; `roots` are trusted beside the platform's.
    pub(super) fn open(options: &Options, roots: Roots) -> Result<Self, Failure> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
        let patience =
            options.timeout.map_or_else(Patience::default, |whole| Patience { per_try: whole / 2, tries: 2 });
        let ask = Resolvers::new(clock.clone(), patience).map_err(|why| Failure::usage(why.to_string()))?;
        let probe = Prober::new(clock.clone(), roots.clone());
        let register = Arc::new(RegisterClient::new(clock.clone(), roots));
        let mut defaults = Defaults { addresses: address_order(options.address_order), ..Defaults::default() };
        if let Some(transports) = &options.transports {
            defaults.transports = transports.clone();
        }
        if let Some(resolver) = options.resolvers.first() {
            defaults.resolver = resolver.clone();
        }
        let patience = options.timeout.unwrap_or(Duration::from_secs(5));
        Ok(Self { clock, ask: Arc::new(ask), probe: Arc::new(probe), register, defaults, patience })
    }

    /// What a monitor reaches it through. Where nothing is probed, nothing is registered and no command is run.
    pub(super) fn ports(&self, holds: Arc<dyn Holds>, probing: bool) -> Ports {
        let accounts = || Accounts { register: self.register.clone(), secrets: Arc::new(Passwords), holds };
        Ports {
            ask: self.ask.clone(),
            probe: probing.then(|| self.probe.clone() as Arc<dyn Probe>),
            accounts: probing.then(accounts),
            witness: probing.then(|| Arc::new(Exec::new(Arc::new(Commands), self.clock.clone())) as _),
            clock: self.clock.clone(),
        }
    }
}

/// Where files are.
pub(super) fn places(options: &Options) -> Result<Places, Failure> {
    Places::find(options.config.clone(), options.state.clone()).map_err(|why| Failure::usage(why.to_string()))
}

/// What the command line says of every carrier, in place of what its file says.
pub(super) struct Wanted {
    resolver: bool,
    transports: bool,
    engine: Option<Text>,
}

impl Wanted {
    /// Of saved carriers.
    pub(super) fn of(options: &Options) -> Self {
        let engine = options.engine.as_deref().map(Text::new);
        Self { resolver: !options.resolvers.is_empty(), transports: options.transports.is_some(), engine }
    }

    /// Of the lab's carriers: their names are known to its own name server alone.
    pub(super) fn of_lab(options: &Options) -> Self {
        Self { resolver: false, ..Self::of(options) }
    }

    /// The carrier, as wanted.
    pub(super) fn apply(&self, mut carrier: Carrier) -> Carrier {
        if self.resolver {
            carrier.resolvers.clear();
        }
        if self.transports {
            carrier.transports = None;
        }
        carrier.engine = self.engine.clone().or(carrier.engine);
        carrier
    }
}

/// Whom to ask: those given, else the carrier's, else the system's.
pub(super) fn resolvers(options: &Options, carrier: &[ResolverSpec]) -> Vec<ResolverSpec> {
    let given = if options.resolvers.is_empty() { carrier } else { &options.resolvers };
    if given.is_empty() { vec![ResolverSpec::System] } else { given.to_vec() }
}

fn address_order(wanted: args::AddressOrder) -> AddressOrder {
    match wanted {
        args::AddressOrder::AsReceived => AddressOrder::AsReceived,
        args::AddressOrder::V6First => AddressOrder::V6First,
        args::AddressOrder::Host if has_ipv6_route() => AddressOrder::V6First,
        args::AddressOrder::Host | args::AddressOrder::V4First => AddressOrder::V4First,
    }
}

/// Whether the kernel knows a way to a global IPv6 address. Connecting a UDP socket sends nothing.
fn has_ipv6_route() -> bool {
    UdpSocket::bind("[::]:0").and_then(|socket| socket.connect("[2001:db8::1]:9")).is_ok()
}
