//! Embedded carriers, for the demo and for tests.
//!
//! A [`Lab`] is an authoritative name server and a set of SIP hosts on loopback sockets, in this process; a host
//! may be a registrar. It has no private door into the state of the program: whatever is seen of it has travelled over
//! a socket, so what works against it works on a network. It can be told to misbehave: hosts (silent, refusing, 503,
//! ...), the name server (SERVFAIL, silence, truncation, ...), certificates; and a [`Scenario`] does that in time.
//!
//! It sends nothing but answers, to the loopback, and ends when it is dropped.

mod authority;
mod carriers;
mod dns;
mod floor;
mod plan;
mod records;
mod registrar;
mod reply;
mod responder;
mod scenario;
mod zone;

#[cfg(test)]
mod tests;

use std::io;
use std::ops::Add as _;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use thiserror::Error;
use tokio::task::JoinSet;

use crate::model::{
    Carrier, CarrierName, CarrierNameError, Name, NameError, Pop, Question, ResolverSpec, Text, UriError, UserPartError,
};

pub use authority::{Certificate, CertificateError, Signer};
pub use dns::{Dns, DnsFault};
pub use plan::{CarrierPlan, HostPlan};
pub use registrar::{Algorithm, Located, Location, Nonces, Qop, Registers, RegistrarError, RegistrarPlan};
pub use responder::{Behaviour, Responder};
pub use scenario::{Scenario, UnknownScenario};
pub use zone::ZoneError;

use floor::Floor;
use responder::Loopback;

/// Why the lab cannot start, or cannot do what it is told.
#[derive(Debug, Error)]
pub enum LabError {
    /// No socket for the name server.
    #[error("the lab's name server cannot listen on 127.0.0.1: {0}")]
    Dns(#[source] io::Error),
    /// No socket for a host.
    #[error("{0} of the lab cannot listen on the loopback: {1}")]
    Bind(Name, #[source] io::Error),
    /// Zone text that cannot be published.
    #[error(transparent)]
    Zone(#[from] ZoneError),
    /// A host's name that is none.
    #[error("'{0}' is no name for a host of the lab: {1}")]
    Name(Text, #[source] NameError),
    /// A carrier's name that is none.
    #[error("'{0}' cannot name a carrier of the lab: {1}")]
    CarrierName(Text, #[source] CarrierNameError),
    /// A carrier's URI that is none.
    #[error("'{0}' is no URI for a carrier of the lab: {1}")]
    Uri(Text, #[source] UriError),
    /// A URI whose port was to be filled in.
    #[error("the host of '{0}' is none of the lab, or does not listen for that")]
    NoPort(Text),
    /// No certificate for a host.
    #[error("{0} of the lab has no certificate: {1}")]
    Certificate(Name, #[source] CertificateError),
    /// No root to sign with.
    #[error("the lab has no certificate authority: {0}")]
    Authority(#[source] CertificateError),
    /// A host that is not there.
    #[error("the lab has no host {0}")]
    UnknownHost(Name),
    /// A user that is none.
    #[error("'{0}' is no user of the lab: {1}")]
    User(Text, #[source] UserPartError),
    /// A host without a registrar.
    #[error("{0} of the lab is no registrar")]
    NoRegistrar(Name),
    /// What a registrar cannot be or do.
    #[error(transparent)]
    Registrar(#[from] RegistrarError),
    /// A carrier that is not there.
    #[error("the lab has no carrier '{0}'; only its own carriers can be killed and revived")]
    UnknownCarrier(CarrierName),
    /// A POP that is not there.
    #[error("carrier '{0}' of the lab has no POP '{1}'; there are {2}")]
    UnknownPop(CarrierName, Pop, Text),
}

/// What [`Lab::toggle`] has done to a POP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toggled {
    /// It is silent now.
    Killed,
    /// It answers again.
    Revived,
}

/// A running lab. Dropping it closes all its sockets.
pub struct Lab {
    floor: Arc<Floor>,
    /// Ends them when it is dropped.
    tasks: JoinSet<()>,
}

impl Lab {
    /// Starts the embedded carriers, and lets `scenario` play.
    ///
    /// # Errors
    /// Where the loopback cannot be listened on.
    pub async fn start(scenario: Scenario) -> Result<Self, LabError> {
        let mut lab = Self::with(carriers::all()).await?;
        scenario.prepare(&lab.floor).await?;
        lab.tasks.spawn(scenario.play(lab.floor.clone()));
        Ok(lab)
    }

    /// Starts carriers of one's own, for tests.
    ///
    /// # Errors
    /// Where a plan cannot be read, or the loopback not be listened on.
    pub async fn with(plans: impl IntoIterator<Item = CarrierPlan>) -> Result<Self, LabError> {
        Self::on(Loopback::detect().await, plans.into_iter().collect()).await
    }

    async fn on(loopback: Loopback, plans: Vec<CarrierPlan>) -> Result<Self, LabError> {
        let mut tasks = JoinSet::new();
        let floor = Floor::build(loopback, &plans, &mut tasks).await?;
        Ok(Self { floor: Arc::new(floor), tasks })
    }

    /// The carriers as a dashboard watches them: through the lab's name server, each second.
    pub fn carriers(&self) -> Vec<Carrier> {
        self.floor.carriers().cloned().collect()
    }

    /// The lab's name server, as a resolver.
    pub fn resolver(&self) -> ResolverSpec {
        self.floor.resolver()
    }

    /// The root of the lab's certificates. It must be trusted by whoever probes over TLS.
    pub fn root(&self) -> CertificateDer<'static> {
        self.floor.authority.root().clone()
    }

    /// The lab's name server, to make it fail and to count questions.
    pub fn dns(&self) -> &Dns {
        &self.floor.dns
    }

    /// Every host at every address.
    pub fn responders(&self) -> impl Iterator<Item = &Responder> {
        self.floor.responders()
    }

    /// A host at each of its addresses, in the order of their records; nothing where it is unknown.
    pub fn host(&self, host: &str) -> Vec<&Responder> {
        Name::parse(host).map(|name| self.floor.responders_of(&name)).unwrap_or_default()
    }

    /// Makes a host behave at all its addresses; returns when its sockets are as they have to be for that.
    ///
    /// # Errors
    /// Where there is no such host.
    pub async fn behave(&self, host: &str, behaviour: Behaviour) -> Result<(), LabError> {
        self.floor.behave(&parse(host)?, behaviour).await
    }

    /// Lets a host show another certificate. Its connections over TLS are closed, so that it is seen.
    ///
    /// # Errors
    /// Where there is no such host, or the certificate cannot be made.
    pub fn certify(&self, host: &str, certificate: &Certificate) -> Result<(), LabError> {
        self.floor.certify(&parse(host)?, certificate)
    }

    /// Brings about at once what is so in a scenario this long after its round began: every act until then, in
    /// its order. It does not go on from there.
    ///
    /// # Errors
    /// Where the lab has not the hosts that the scenario is about.
    pub async fn jump(&self, scenario: Scenario, moment: Duration) -> Result<(), LabError> {
        scenario.jump(&self.floor, moment).await
    }

    /// Publishes records, written as in [`CarrierPlan::zone`]. Each RRset (owner and type) that occurs in the
    /// text replaces the one that is there.
    ///
    /// # Errors
    /// Where the text cannot be read; then nothing is changed.
    pub fn publish(&self, text: &str) -> Result<(), LabError> {
        self.floor.publish(text)
    }

    /// Withdraws an RRset; whether there was one.
    pub fn withdraw(&self, question: &Question) -> bool {
        self.floor.dns.withdraw(question)
    }

    /// The bindings that the hosts of a carrier list, host by host: with a database for all of them, each lists all.
    pub fn bindings(&self, carrier: &str) -> Vec<Located> {
        self.floor.registrars(carrier).flat_map(registrar::Registrar::located).collect()
    }

    /// What the registrars of a carrier were sent.
    pub fn registers(&self, carrier: &str) -> Registers {
        self.floor.registrars(carrier).map(registrar::Registrar::registers).fold(Registers::default(), Registers::add)
    }

    /// Binds a contact at a host for so many seconds, as somebody else would with the first account of its carrier.
    ///
    /// # Errors
    /// Where the host is no registrar or nobody may register there, and where the contact is none.
    pub fn bind_foreign(&self, host: &str, contact: &str, seconds: u32) -> Result<(), LabError> {
        let registrar = self.floor.registrar(&parse(host)?)?;
        Ok(registrar.bind_foreign(contact, Duration::from_secs(seconds.into()))?)
    }

    /// Lets a host forget all bindings, as one does that keeps them in memory and starts anew; with a database for
    /// all of them, all hosts forget.
    ///
    /// # Errors
    /// Where the host is no registrar.
    pub fn forget(&self, host: &str) -> Result<(), LabError> {
        self.floor.registrar(&parse(host)?)?.forget();
        Ok(())
    }

    /// Kills a POP, or revives it if all of it is out: every host of the carrier that belongs to it goes
    /// silent, or answers again, on real sockets.
    ///
    /// # Errors
    /// Where the lab has no such carrier, or the carrier no such POP.
    pub fn toggle(&self, carrier: &CarrierName, pop: &Pop) -> Result<Toggled, LabError> {
        self.floor.toggle(carrier, pop)
    }
}

fn parse(host: &str) -> Result<Name, LabError> {
    Name::parse(host).map_err(|why| LabError::Name(host.into(), why))
}
