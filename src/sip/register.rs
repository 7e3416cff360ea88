//! Registers an account at a target: one REGISTER, the challenge met, and what came of it (RFC 3261 10.2).
//!
//! A flow is kept for each carrier and endpoint, since that is where a binding lives: calls come over it, and over a
//! connection the binding is worth nothing once that is gone (RFC 5626).

mod alive;
mod answer;
mod draft;
mod flow;
mod incoming;
mod met;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::Mutex as Turn;
use tokio::time::Instant;

use alive::{Terms, UNUSED};
use draft::{Draft, without_secrets};
use flow::{Answered, End, Flow};
use met::{Known, Met};

use super::connection::Key;
use super::outgoing::token;
use super::tls::{Clients, Roots};
use super::transaction::Fault;
use crate::model::{
    CarrierName, Challenged, Connections, Endpoint, Expires, Granted, ProbeRequest, ProbeResult, ProbeSettings,
    Purpose, Raw, RegisterOutcome, RegisterReport, RegisterRequest, SipUri, Text, Transport,
};
use crate::monitor::{Clock, Register};

/// The end of any patience: a clock cannot count for ever.
const MOST_PATIENCE: Duration = Duration::from_secs(3600);

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
    number: AtomicU32,
}

/// What there is between a carrier and an endpoint.
#[derive(Default)]
struct Slot {
    flow: Mutex<Option<Arc<Flow>>>,
    /// One REGISTER at a time (RFC 3261 10.2).
    turn: Turn<Past>,
}

/// What earlier REGISTERs left.
#[derive(Default)]
struct Past {
    known: Known,
    /// The contact that is bound, and to which address of record.
    bound: Option<(SipUri, String)>,
    /// The way has no outbound (439, RFC 5626 11.6).
    without_outbound: bool,
}

/// What a REGISTER came to.
struct Ran {
    outcome: RegisterOutcome,
    challenge: Option<Challenged>,
    sent: Option<Raw>,
    heard: Option<Raw>,
}

/// What an answer leads to.
enum Next {
    /// Another sending.
    Again,
    /// Nothing more.
    Done(RegisterOutcome),
}

/// When to give up one sending.
#[derive(Clone, Copy)]
struct Limit {
    deadline: Instant,
    patience: Duration,
}

impl Limit {
    /// From now on.
    fn of(request: &RegisterRequest) -> Self {
        let patience = request.patience.min(MOST_PATIENCE);
        Self { deadline: Instant::now() + patience, patience }
    }
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
        let new = || Run { call_id: String::from_utf8_lossy(&token()).into_owned(), number: AtomicU32::new(1) };
        Arc::clone(runs.entry(carrier.clone()).or_insert_with(|| Arc::new(new())))
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
        let opened = Flow::open(&self.clients, &dialled, key, limit.deadline, limit.patience, now).await;
        let flow = Arc::new(opened.map_err(|why| why.fault)?);
        // Only now, so that whoever waits for the loss of the old one finds the new one in its place.
        drop(slot.put(Some(Arc::clone(&flow))));
        Ok((flow, false))
    }

    async fn send(&self, carrier: &CarrierName, request: &RegisterRequest, slot: &Slot, past: &mut Past) -> Ran {
        let mut job = Job {
            request,
            met: Met::new(&request.account, request.secret.as_ref(), &past.known),
            expires: if let Purpose::Bind(expires) = request.purpose { expires } else { request.account.expires },
            raised: None,
            past,
            sent: None,
            heard: None,
        };
        let run = self.run(carrier);
        let mut reopened = false;
        for _ in 0..SENDINGS {
            let now = self.clock.now().wall;
            let limit = Limit::of(request);
            let (flow, was_kept) = match self.flow(slot, request, limit, now).await {
                Ok(flow) => flow,
                Err(fault) => return job.end(failed(fault)),
            };
            let answered = job.ask(&flow, &run, limit, now).await;
            match job.take(&flow, answered, now).await {
                Ok(Next::Again) => {}
                Ok(Next::Done(outcome)) => return job.end(outcome),
                // A flow that was kept and is gone says nothing about the target.
                Err(_) if was_kept && !reopened && flow.has_ended() && job.heard.is_none() => reopened = true,
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

/// One REGISTER under way, over several requests.
struct Job<'a> {
    request: &'a RegisterRequest,
    met: Met<'a>,
    expires: Expires,
    raised: Option<Expires>,
    past: &'a mut Past,
    sent: Option<Raw>,
    heard: Option<Raw>,
}

impl Job<'_> {
    async fn ask(&mut self, flow: &Flow, run: &Run, limit: Limit, now: Timestamp) -> Answered {
        if self.kept_back(flow, now).is_some() {
            self.met.keep_back();
        }
        let credentials = self.met.credentials("REGISTER", &Draft::uri(self.request));
        let draft = Draft {
            request: self.request,
            here: flow.here,
            call_id: &run.call_id,
            expires: self.expires,
            bound: self.bound(),
            outbound: !self.past.without_outbound,
        };
        let outgoing = draft.outgoing(run.number.fetch_add(1, Ordering::Relaxed), &credentials);
        self.sent = Some(Raw::new(&without_secrets(outgoing.bytes())));
        let answered = flow.ask(&outgoing, limit.deadline, limit.patience).await;
        self.heard = answered.outcome.heard.clone().map(|raw| {
            let kept = without_secrets(raw.bytes());
            if kept == raw.bytes() { raw } else { Raw::new(&kept) }
        });
        answered
    }

    /// What is bound to this account.
    fn bound(&self) -> Option<&str> {
        let (record, contact) = self.past.bound.as_ref()?;
        (*record == self.request.account.record(&self.request.uri)).then_some(contact)
    }

    /// Why nothing secret goes over this flow.
    fn kept_back(&self, flow: &Flow, now: Timestamp) -> Option<Text> {
        let shown = flow.tls.as_ref().filter(|_| self.request.tls.verify)?.again(now);
        let (result, _, why) = shown.distrust(&self.request.uri.host)?;
        let is_misnamed = result == ProbeResult::TlsName;
        let why = if is_misnamed { why.to_string() } else { format!("the certificate is not trusted: {why}") };
        Some(Text::new(&format!("{why}; tls.verify = false lets it")))
    }

    /// What comes next; an error where there was no final answer.
    async fn take(&mut self, flow: &Flow, answered: Answered, now: Timestamp) -> Result<Next, Fault> {
        let heard = answered.outcome.answer?;
        let (code, reason) = (heard.response.code, heard.response.reason);
        let Some(message) = answered.message else {
            return Err(Fault::ours(ProbeResult::Malformed, "the answer is not there"));
        };
        let refused = |means| RegisterOutcome::Refused(answer::refusal(&message, code, reason, means));
        Ok(match code {
            200..=299 => {
                let granted = answer::granted(&message, self.request, self.raised);
                self.granted(flow, &granted).await;
                Next::Done(RegisterOutcome::Done(granted))
            }
            401 | 407 => match (self.kept_back(flow, now), self.request.secret.is_some()) {
                (Some(why), true) => Next::Done(RegisterOutcome::KeptBack(why)),
                _ => match self.met.meet(&message, &self.request.uri.host.to_string()) {
                    Ok(()) => Next::Again,
                    Err(means) => Next::Done(refused(means)),
                },
            },
            423 if self.can_ask_for(answer::least(&message)) => Next::Again,
            // First Hop Lacks Outbound Support.
            439 if !self.past.without_outbound => {
                self.past.without_outbound = true;
                Next::Again
            }
            _ => Next::Done(refused(answer::means(&message, code))),
        })
    }

    /// RFC 3261 10.2.8, once.
    fn can_ask_for(&mut self, least: Option<Expires>) -> bool {
        let is_bind = matches!(self.request.purpose, Purpose::Bind(_));
        let more = least.filter(|&least| least > self.expires && least <= Expires::MOST);
        let Some(more) = more.filter(|_| is_bind && self.raised.is_none()) else { return false };
        (self.expires, self.raised) = (more, Some(more));
        true
    }

    /// Remembers what is bound, and keeps the flow for as long.
    async fn granted(&mut self, flow: &Flow, granted: &Granted) {
        let over_connection = self.request.endpoint.transport != Transport::Udp;
        let serves = match self.request.purpose {
            Purpose::Fetch if self.bound().is_some() => return,
            Purpose::Fetch => UNUSED,
            Purpose::Bind(_) => {
                let record = self.request.account.record(&self.request.uri);
                self.past.bound = Some((record, Draft::contact(self.request, flow.here)));
                let left = granted.ours().and_then(|ours| ours.expires).unwrap_or(self.expires);
                UNUSED + left.min(Expires::MOST).span()
            }
            Purpose::Remove => {
                self.past.bound = None;
                UNUSED
            }
        };
        let terms = Terms {
            speaks: over_connection || self.past.bound.is_some(),
            timer: granted.flow_timer.filter(|_| over_connection),
            demands: over_connection && granted.outbound,
            serves,
        };
        flow.keep(terms).await;
    }

    fn end(self, outcome: RegisterOutcome) -> Ran {
        let accepted = match &outcome {
            RegisterOutcome::Done(_) => Some(true),
            RegisterOutcome::Refused(refusal) => Some(!matches!(refusal.code, 401 | 407)),
            RegisterOutcome::KeptBack(_) => Some(false),
            RegisterOutcome::Failed { .. } => None,
        };
        let (challenge, known) = self.met.end(accepted);
        self.past.known = known;
        Ran { outcome, challenge, sent: self.sent, heard: self.heard }
    }
}

fn failed(fault: Fault) -> RegisterOutcome {
    RegisterOutcome::Failed { result: fault.result, ours: fault.ours, detail: fault.detail }
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
        let slot = self.slots.lock().unwrap_or_else(PoisonError::into_inner).remove(&(carrier.clone(), endpoint));
        if let Some(flow) = slot.and_then(|slot| slot.put(None)) {
            flow.close().await;
        }
    }
}
