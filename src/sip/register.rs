//! Registers an account at a target: one REGISTER, the challenge met, and what came of it (RFC 3261 10.2).
//!
//! A flow is kept for each carrier and endpoint, since that is where a binding lives: calls come over it, and over a
//! connection the binding is worth nothing once that is gone (RFC 5626).

mod alive;
mod answer;
mod draft;
mod flow;
mod incoming;
mod job;
mod met;
mod task;

use std::collections::HashMap;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::Mutex as Turn;
use tokio::time::Instant;

use flow::Flow;
use job::{Job, Next, Past, Ran, failed};
use task::End;

use super::connection::Key;
use super::limit::Limit;
use super::outgoing::token;
use super::tls::{Clients, Roots};
use super::transaction::Fault;
use crate::model::{
    CarrierName, Connections, Endpoint, ProbeRequest, ProbeResult, ProbeSettings, RegisterReport, RegisterRequest,
    SipUri, Text, Transport,
};
use crate::monitor::{Clock, Register};

/// How many requests one REGISTER may take: without credentials, with those of a proxy, of the registrar, each with a
/// newer nonce, for longer, without outbound, and over a new connection.
const SENDINGS: usize = 8;

/// How many endpoints are remembered that there is no flow to.
const REMEMBERED: usize = 1024;

/// Sends REGISTER over UDP, TCP, TLS, WS and WSS.
///
/// A challenge is met once, and once more where the nonce was too old: a wrong password is sent once. What was accepted
/// is used again, with its nonce. Nothing that is made of a password goes over TLS that did not verify, unless the
/// request says that it need not.
///
/// The fixed source port that a request may name is that of the probes: a flow leaves from its address, and from a port
/// of its own.
pub struct RegisterClient {
    clock: Arc<dyn Clock>,
    clients: Arc<Clients>,
    slots: Mutex<HashMap<(CarrierName, Endpoint), Arc<Slot>>>,
    runs: Mutex<HashMap<CarrierName, Arc<Run>>>,
}

/// What all REGISTERs of a carrier share (RFC 3261 10.2).
struct Run {
    call_id: String,
    /// Of From, which a request that meets a challenge has in common with the one before it (RFC 3261 8.1.3.5).
    tag: String,
    number: AtomicU32,
    /// What we bound, and where: it is bound still when its flow is closed.
    bound: Mutex<HashMap<Endpoint, Bound>>,
}

/// What is bound at an endpoint.
#[derive(Clone, Debug, PartialEq)]
struct Bound {
    /// The address of record.
    record: SipUri,
    contact: String,
    /// When it ends, unless it is bound anew.
    until: Instant,
}

impl Run {
    fn new() -> Self {
        let [call_id, tag] = [(); 2].map(|()| String::from_utf8_lossy(&token()).into_owned());
        Self { call_id, tag, number: AtomicU32::new(1), bound: Mutex::default() }
    }

    /// What is bound to this address of record.
    fn bound(&self, endpoint: Endpoint, record: &SipUri) -> Option<String> {
        let all = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&endpoint).filter(|bound| bound.record == *record).map(|bound| bound.contact.clone())
    }

    /// Whether we bound this, be it elsewhere: a POP may list what another one was told.
    fn has_bound(&self, record: &SipUri, contact: &str) -> bool {
        let all = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
        all.values().any(|bound| bound.record == *record && bound.contact == contact)
    }

    /// This is bound there from now on, or nothing any more.
    fn put(&self, endpoint: Endpoint, bound: Option<Bound>) {
        let mut all = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(bound) = bound else {
            all.remove(&endpoint);
            return;
        };
        if all.len() >= REMEMBERED {
            let now = Instant::now();
            all.retain(|_, bound| bound.until > now);
        }
        all.insert(endpoint, bound);
    }
}

/// What there is between a carrier and an endpoint.
#[derive(Default)]
struct Slot {
    flow: Mutex<Option<Arc<Flow>>>,
    /// One REGISTER at a time (RFC 3261 10.2).
    turn: Turn<Past>,
}

impl Slot {
    fn flow(&self) -> Option<Arc<Flow>> {
        self.flow.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn put(&self, flow: Option<Arc<Flow>>) -> Option<Arc<Flow>> {
        std::mem::replace(&mut *self.flow.lock().unwrap_or_else(PoisonError::into_inner), flow)
    }
}

impl RegisterClient {
    /// One that trusts `roots` where a carrier's settings do not say otherwise.
    pub fn new(clock: Arc<dyn Clock>, roots: Roots) -> Self {
        Self { clock, clients: Arc::new(Clients::new(roots)), slots: Mutex::default(), runs: Mutex::default() }
    }

    fn known(&self, carrier: &CarrierName, endpoint: Endpoint) -> Option<Arc<Slot>> {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.get(&(carrier.clone(), endpoint)).cloned()
    }

    fn slot(&self, carrier: &CarrierName, endpoint: Endpoint) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= REMEMBERED {
            slots.retain(|_, slot| slot.flow().is_some_and(|flow| !flow.has_ended()));
        }
        Arc::clone(slots.entry((carrier.clone(), endpoint)).or_default())
    }

    fn run(&self, carrier: &CarrierName) -> Arc<Run> {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(runs.entry(carrier.clone()).or_insert_with(|| Arc::new(Run::new())))
    }

    /// The flow that there is, or a new one; whether there was one.
    async fn flow(
        &self,
        slot: &Slot,
        request: &RegisterRequest,
        limit: Limit,
        now: Timestamp,
    ) -> Result<(Arc<Flow>, bool), Fault> {
        if matches!(request.endpoint.transport, Transport::Sctp | Transport::TlsSctp) {
            let said = "trunktop does not speak SCTP: what this target would say is not known";
            return Err(Fault::ours(ProbeResult::Unreachable, said));
        }
        let dialled = dialled(request);
        let Some(key) = Key::of(&dialled) else {
            return Err(Fault::ours(ProbeResult::Unreachable, "a flow cannot leave from a fixed port"));
        };
        if let Some(flow) = slot.flow().filter(|flow| flow.serves(&key)) {
            return Ok((flow, true));
        }
        let opened = Flow::open(&self.clients, &dialled, key, limit, now).await;
        let flow = Arc::new(opened.map_err(|why| why.fault)?);
        // Only now, so that whoever waits for the loss of the old one finds the new one in its place.
        drop(slot.put(Some(Arc::clone(&flow))));
        Ok((flow, false))
    }

    async fn send(&self, carrier: &CarrierName, request: &RegisterRequest, slot: &Slot, past: &mut Past) -> Ran {
        // Whoever stops waiting takes it along: what was sent with it nobody knows.
        let known = std::mem::take(&mut past.known);
        let run = self.run(carrier);
        let mut job = Job::new(request, &run, known, past);
        let mut reopened = false;
        for _ in 0..SENDINGS {
            let now = self.clock.now().wall;
            let limit = Limit::within(request.patience);
            let (flow, was_kept) = match self.flow(slot, request, limit, now).await {
                Ok(flow) => flow,
                Err(fault) => return job.end(failed(fault)),
            };
            let answered = job.ask(&flow, limit, now).await;
            match job.take(&flow, answered, now).await {
                Ok(Next::Again) => {}
                Ok(Next::Done(outcome)) => return job.end(outcome),
                // A flow that was kept and is gone says nothing about the target.
                Err(_) if was_kept && !reopened && flow.has_ended() && job.is_unheard() => reopened = true,
                Err(fault) => {
                    flow.distrust();
                    return job.end(failed(fault));
                }
            }
        }
        let said = "it does not come to an end: each answer wants something else";
        job.end(failed(Fault::theirs(ProbeResult::ErrorResponse, said)))
    }
}

/// What a flow is made by: the same as a probe's connection, but from any port.
fn dialled(request: &RegisterRequest) -> ProbeRequest {
    let mut local = request.local;
    if let Some(local) = &mut local {
        local.set_port(0);
    }
    ProbeRequest {
        endpoint: request.endpoint,
        target: request.target.clone(),
        uri: request.uri.clone(),
        local,
        tls: request.tls.clone(),
        settings: ProbeSettings {
            connection: Connections::Keep,
            ws_path: request.ws_path.clone(),
            ..ProbeSettings::default()
        },
        patience: request.patience,
    }
}

#[async_trait]
impl Register for RegisterClient {
    async fn register(&self, carrier: &CarrierName, request: &RegisterRequest) -> RegisterReport {
        let slot = self.slot(carrier, request.endpoint);
        let mut past = slot.turn.lock().await;
        let began = Instant::now();
        let ran = Box::pin(self.send(carrier, request, &slot, &mut past)).await;
        RegisterReport {
            endpoint: request.endpoint,
            target: request.target.clone(),
            purpose: request.purpose,
            at: self.clock.now(),
            took: began.elapsed(),
            outcome: ran.outcome,
            challenge: ran.challenge,
            sent: ran.sent,
            heard: ran.heard,
        }
    }

    async fn lost(&self, carrier: &CarrierName, endpoint: Endpoint) -> Text {
        if endpoint.transport == Transport::Udp {
            return std::future::pending().await;
        }
        loop {
            let now = || self.known(carrier, endpoint).and_then(|slot| slot.flow());
            let Some(mut end) = now().map(|flow| flow.end()) else { return "there is no connection".into() };
            // A task that has gone without a word was ended together with all.
            let how = end.wait_for(Option::is_some).await.ok().and_then(|how| how.clone());
            if let Some(End::Lost(how)) = how {
                return how;
            }
            // One that we closed may have made room for another.
            if now().is_none_or(|flow| flow.end().same_channel(&end)) {
                return "trunktop closed the connection".into();
            }
        }
    }

    async fn close(&self, carrier: &CarrierName, endpoint: Endpoint) {
        // What is known of the endpoint stays: its nonces, and what was accepted.
        if let Some(flow) = self.known(carrier, endpoint).and_then(|slot| slot.put(None)) {
            flow.close().await;
        }
    }
}
