//! One REGISTER under way: what is sent, and what each answer leads to.

use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::Run;
use super::alive::{Terms, UNUSED};
use super::answer;
use super::draft::{Draft, without_secrets};
use super::flow::{Answered, Flow};
use super::met::{Known, Met};
use crate::model::{
    Challenged, Expires, Granted, ProbeResult, Purpose, Raw, RegisterOutcome, RegisterRequest, SipUri, Text, Transport,
};
use crate::sip::transaction::Fault;

/// The end of any patience: a clock cannot count for ever.
const MOST_PATIENCE: Duration = Duration::from_secs(3600);

/// What earlier REGISTERs left.
#[derive(Default)]
pub(super) struct Past {
    pub(super) known: Known,
    /// The contact that is bound, and to which address of record.
    pub(super) bound: Option<(SipUri, String)>,
    /// The way has no outbound (439, RFC 5626 11.6).
    pub(super) without_outbound: bool,
}

/// What a REGISTER came to.
pub(super) struct Ran {
    pub(super) outcome: RegisterOutcome,
    pub(super) challenge: Option<Challenged>,
    pub(super) sent: Option<Raw>,
    pub(super) heard: Option<Raw>,
}

/// What an answer leads to.
pub(super) enum Next {
    /// Another sending.
    Again,
    /// Nothing more.
    Done(RegisterOutcome),
}

/// When to give up one sending.
#[derive(Clone, Copy)]
pub(super) struct Limit {
    pub(super) deadline: Instant,
    pub(super) patience: Duration,
}

impl Limit {
    /// From now on.
    pub(super) fn of(request: &RegisterRequest) -> Self {
        let patience = request.patience.min(MOST_PATIENCE);
        Self { deadline: Instant::now() + patience, patience }
    }
}

/// One REGISTER under way, over several requests.
pub(super) struct Job<'a> {
    request: &'a RegisterRequest,
    met: Met<'a>,
    expires: Expires,
    raised: Option<Expires>,
    past: &'a mut Past,
    sent: Option<Raw>,
    heard: Option<Raw>,
}

impl<'a> Job<'a> {
    /// One that is to come, after what there was before.
    pub(super) fn new(request: &'a RegisterRequest, known: Known, past: &'a mut Past) -> Self {
        let met = Met::new(&request.account, request.secret.as_ref(), known);
        let expires = if let Purpose::Bind(expires) = request.purpose { expires } else { request.account.expires };
        Self { request, met, expires, raised: None, past, sent: None, heard: None }
    }

    /// Whether nothing has come in answer yet.
    pub(super) const fn is_unheard(&self) -> bool {
        self.heard.is_none()
    }

    pub(super) async fn ask(&mut self, flow: &Flow, run: &Run, limit: Limit, now: Timestamp) -> Answered {
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
    pub(super) async fn take(&mut self, flow: &Flow, answered: Answered, now: Timestamp) -> Result<Next, Fault> {
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
                let left = granted.for_us(self.expires).unwrap_or(Expires::new(0));
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

    pub(super) fn end(self, outcome: RegisterOutcome) -> Ran {
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

pub(super) fn failed(fault: Fault) -> RegisterOutcome {
    RegisterOutcome::Failed { result: fault.result, ours: fault.ours, detail: fault.detail }
}
