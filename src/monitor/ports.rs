//! What the monitor needs of the outside. `dns` and `sip` implement these over sockets, tests over tables.

use async_trait::async_trait;

use crate::model::{
    AccountId, Answers, CarrierName, Endpoint, Instance, Moment, Noted, PasswordSource, PinReport, PinSource,
    ProbeReport, ProbeRequest, Question, RegisterReport, RegisterRequest, ResolverSpec, Secret, Text,
};

/// Asks the DNS.
#[async_trait]
pub trait Ask: Send + Sync {
    /// Asks one question of one resolver. Whatever goes wrong is an [`Outcome`](crate::model::Outcome)
    /// of the answer; it returns within the time that a question may take (2 s, twice, by default).
    async fn ask(&self, resolver: &ResolverSpec, question: &Question) -> Answers;
}

/// Probes SIP targets.
#[async_trait]
pub trait Probe: Send + Sync {
    /// Sends one OPTIONS and waits for its final answer, at most for the request's patience. Whatever
    /// goes wrong is a [`ProbeResult`](crate::model::ProbeResult) of the report.
    async fn probe(&self, request: &ProbeRequest) -> ProbeReport;
}

/// Registers an account at SIP targets.
#[async_trait]
pub trait Register: Send + Sync {
    /// Sends one REGISTER and waits for its final answer; meets a challenge once, and once more where only the
    /// nonce was stale. Whatever goes wrong is a [`RegisterOutcome`](crate::model::RegisterOutcome) of the report.
    /// A connection is kept for the next request of this carrier to the same endpoint, and is kept alive
    /// (RFC 5626 4.4); what comes in over it or over the socket is answered: 200 to OPTIONS, 480 to INVITE.
    async fn register(&self, carrier: &CarrierName, request: &RegisterRequest) -> RegisterReport;

    /// Waits until the flow to this endpoint is lost: the connection is closed, or no longer answers when it is
    /// kept alive. Says how. It never returns over UDP, and at once where there is no such flow over a connection.
    async fn lost(&self, carrier: &CarrierName, endpoint: Endpoint) -> Text;

    /// Closes the flow to this endpoint, where there is one.
    async fn close(&self, carrier: &CarrierName, endpoint: Endpoint);
}

/// Knows passwords.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// The password, or why it cannot be had: in one line that holds nothing of it.
    async fn password(&self, source: &PasswordSource) -> Result<Secret, Text>;
}

/// Sees to it that an account is held once on this machine.
#[async_trait]
pub trait Holds: Send + Sync {
    /// Takes an account, for as long as what is returned lives.
    async fn take(&self, account: &AccountId) -> Result<Box<dyn Hold>, NotTaken>;
}

/// An account that is held by nobody else on this machine.
pub trait Hold: Send + Sync {
    /// Who we are to the registrar: the same from run to run.
    fn instance(&self) -> Instance;

    /// Writes down where it is registered, for others to read; nowhere, where none.
    fn note(&self, noted: Option<&Noted>);
}

/// Why an account could not be taken.
#[derive(Clone, Debug, PartialEq)]
pub enum NotTaken {
    /// Another process has it; what that wrote down.
    Elsewhere(Option<Noted>),
    /// This process has it already, for another carrier.
    Ours,
    /// There can be no lock; in words.
    Unusable(Text),
}

/// Asks a source where a PBX of ours is registered.
#[async_trait]
pub trait Witness: Send + Sync {
    /// Asks once, within the source's patience. Whatever goes wrong is part of the report.
    async fn look(&self, source: &PinSource) -> PinReport;
}

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now, on both clocks.
    fn now(&self) -> Moment;
}
