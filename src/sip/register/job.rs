//! One REGISTER under way: what is sent, and what each answer leads to.

use std::net::SocketAddr;
use std::sync::atomic::Ordering;

use jiff::Timestamp;
use tokio::time::Instant;

use super::alive::{Terms, UNUSED};
use super::answer;
use super::draft::{Draft, without_secrets};
use super::flow::{Answered, Flow};
use super::met::{Answer, Login, Met};
use super::{Bound, Run};
use crate::model::{
    Binding, Challenged, Expires, Granted, ProbeResult, Purpose, Raw, RefusalMeans, RegisterOutcome, RegisterRequest,
    SipUri, Text, Transport,
};
use crate::sip::contact::Sought;
use crate::sip::limit::Limit;
use crate::sip::transaction::Fault;

/// What earlier REGISTERs left.
#[derive(Default)]
pub(super) struct Past {
    /// Challenges that were met well, to be met so again.
    pub(super) known: Vec<Answer>,
    /// Whose credentials were accepted.
    accepted: Option<Login>,
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

/// One REGISTER under way, over several requests.
pub(super) struct Job<'a> {
    request: &'a RegisterRequest,
    run: &'a Run,
    record: SipUri,
    login: Option<Login>,
    met: Met<'a>,
    expires: Expires,
    raised: Option<Expires>,
    past: &'a mut Past,
    sent: Option<Raw>,
    heard: Option<Raw>,
}

impl<'a> Job<'a> {
    /// One that is to come, after what there was before.
    pub(super) fn new(request: &'a RegisterRequest, run: &'a Run, known: Vec<Answer>, past: &'a mut Past) -> Self {
        let login = Login::of(request);
        // What was accepted from one is not known of another.
        let known = if login.is_some() && login == past.accepted { known } else { Vec::new() };
        let met = Met::new(&request.account, request.secret.as_ref(), known);
        let record = request.account.record(&request.uri);
        let expires = if let Purpose::Bind(expires) = request.purpose { expires } else { request.account.expires };
        Self { request, run, record, login, met, expires, raised: None, past, sent: None, heard: None }
    }

    /// Whether nothing has come in answer yet.
    pub(super) const fn is_unheard(&self) -> bool {
        self.heard.is_none()
    }

    pub(super) async fn ask(&mut self, flow: &Flow, limit: Limit, now: Timestamp) -> Answered {
        if self.kept_back(flow, now).is_some() {
            self.met.keep_back();
        }
        let credentials = self.met.credentials("REGISTER", &Draft::uri(self.request).to_string());
        let bound = self.bound();
        let draft = Draft {
            request: self.request,
            here: flow.here,
            call_id: &self.run.call_id,
            tag: &self.run.tag,
            expires: self.expires,
            bound: bound.as_deref(),
            outbound: !self.past.without_outbound,
        };
        let outgoing = draft.outgoing(self.run.number.fetch_add(1, Ordering::Relaxed), &credentials);
        self.sent = Some(Raw::new(&without_secrets(outgoing.bytes())));
        let answered = flow.ask(&outgoing, limit).await;
        self.heard = answered.outcome.heard.clone().map(|raw| {
            let kept = without_secrets(raw.bytes());
            if kept == raw.bytes() { raw } else { Raw::new(&kept) }
        });
        let binds = matches!(self.request.purpose, Purpose::Bind(_)) && self.request.account.contact.is_none();
        if binds && bound.is_none() && answered.outcome.answer.is_err() {
            // It may lie in a queue, and bind us later.
            let contact = Draft::contact(self.request, flow.here);
            let until = Instant::now() + self.expires.span();
            let bound = Bound { record: self.record.clone(), contact, until };
            self.run.put(self.request.endpoint, Some(bound));
        }
        answered
    }

    /// What we bound there.
    fn bound(&self) -> Option<String> {
        self.run.bound(self.request.endpoint, &self.record)
    }

    /// Whether the contact that the account names is bound by us: then a binding of it is ours, and else whose it is
    /// nobody knows.
    fn has_bound(&self, here: SocketAddr) -> bool {
        let is_bind = matches!(self.request.purpose, Purpose::Bind(_));
        is_bind || self.run.has_bound(&self.record, &Draft::contact(self.request, here))
    }

    /// Why nothing secret goes over this flow.
    fn kept_back(&self, flow: &Flow, now: Timestamp) -> Option<Text> {
        let shown = flow.tls.as_ref().filter(|_| self.request.tls.verify)?.again(now);
        let (result, _, why) = shown.distrust(&self.request.uri.host)?;
        let is_misnamed = result == ProbeResult::TlsName;
        let why = if is_misnamed { why.to_string() } else { format!("the certificate is not trusted: {why}") };
        Some(Text::new(&format!("{why}: no credentials are sent there (they would be with tls.verify = false)")))
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
                let sought = Sought::of(self.request, self.has_bound(flow.here));
                let granted = answer::granted(&message, sought, self.raised);
                self.granted(flow, &granted).await;
                self.met.go_on(&message);
                Next::Done(RegisterOutcome::Done(granted))
            }
            401 | 407 => match (self.kept_back(flow, now), self.request.secret.is_some()) {
                (Some(why), true) => Next::Done(RegisterOutcome::KeptBack(why)),
                _ => match self.met.meet(&message, &self.request.uri.host.to_string()) {
                    Ok(()) => Next::Again,
                    Err(means) => Next::Done(refused(means)),
                },
            },
            // Many say so instead of asking again.
            403 if self.met.is_met() && self.login != self.past.accepted => {
                Next::Done(refused(RefusalMeans::WrongCredentials))
            }
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
        let endpoint = self.request.endpoint;
        let serves = match self.request.purpose {
            Purpose::Fetch if self.bound().is_some() => return,
            Purpose::Fetch => UNUSED,
            Purpose::Bind(_) => {
                let left = granted.for_us(self.expires).unwrap_or(Expires::new(0)).min(Expires::MOST).span();
                let contact = Draft::contact(self.request, flow.here);
                let bound = Bound { record: self.record.clone(), contact, until: Instant::now() + left };
                let is_gone = granted.ours().is_some_and(Binding::is_gone);
                self.run.put(endpoint, (!is_gone).then_some(bound));
                UNUSED + left
            }
            Purpose::Remove => {
                if granted.is_removed() {
                    self.run.put(endpoint, None);
                }
                UNUSED
            }
        };
        let terms = Terms {
            speaks: over_connection || self.bound().is_some(),
            timer: granted.flow_timer.filter(|_| over_connection),
            demands: over_connection && granted.outbound,
            serves,
        };
        flow.keep(terms).await;
    }

    pub(super) fn end(self, outcome: RegisterOutcome) -> Ran {
        let accepted = match &outcome {
            RegisterOutcome::Done(_) => Some(true),
            RegisterOutcome::Refused(refusal) if refusal.means == RefusalMeans::WrongCredentials => Some(false),
            RegisterOutcome::Refused(refusal) if matches!(refusal.code, 401 | 407) => Some(false),
            // Whether they were looked at nobody knows.
            RegisterOutcome::Refused(_) | RegisterOutcome::Failed { .. } | RegisterOutcome::KeptBack(_) => None,
        };
        match accepted {
            Some(true) if self.met.is_met() => self.past.accepted = self.login,
            Some(false) => self.past.accepted = None,
            _ => {}
        }
        let (challenge, known) = self.met.end(accepted);
        self.past.known = known;
        Ran { outcome, challenge, sent: self.sent, heard: self.heard }
    }
}

pub(super) fn failed(fault: Fault) -> RegisterOutcome {
    RegisterOutcome::Failed { result: fault.result, ours: fault.ours, detail: fault.detail }
}
