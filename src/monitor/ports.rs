//! What the monitor needs of the outside. `dns` and `sip` implement these over sockets, tests over tables.

use async_trait::async_trait;

use crate::model::{Answers, Moment, ProbeReport, ProbeRequest, Question, ResolverSpec};

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

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now, on both clocks.
    fn now(&self) -> Moment;
}
