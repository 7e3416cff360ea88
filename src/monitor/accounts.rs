//! One carrier's account: what is sent for it, to whom, and when.
//!
//! `observing` fetches bindings from each POP in turn; `holding` keeps a registration of our own where the carrier's
//! engine would have it. Both send by the port [`Register`](super::Register) and tell what came of it; where the pin is
//! then, and what that means, is the state's business.

mod holding;
mod observing;
mod spot;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::AbortHandle;

use crate::locate::Engine;
use crate::model::{
    Account, AccountMode, AccountNews, Carrier, CarrierName, Endpoint, Expires, Fact, FactKind, Failure, Host,
    Instance, Method, Moment, Purpose, Refusal, RefusalMeans, RegisterOutcome, RegisterReport, RegisterRequest,
    Resolution, Secret, Stop, Text,
};

use spot::Spot;

use super::pace::Pace;
use super::{Accounts, Clock, Habits};

/// What DNS says of where a REGISTER goes; none as long as nobody knows.
pub(super) type Ways = watch::Receiver<Option<Arc<Resolution>>>;

/// What is wanted of an account beside what its settings say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Ask again now, whatever had stopped it: an operator wants it.
    Now,
    /// Ask again now, unless it was stopped: the machine slept, or everything is asked again.
    Woke,
    /// Let go of where it is registered, and register anew.
    LetGo,
}

/// Orders, as they come.
type Orders = mpsc::UnboundedReceiver<Order>;

/// Takes what was ordered while something else was done, which has done it; whether that was to let go.
fn drained(orders: &mut Orders) -> bool {
    let mut lets_go = false;
    while let Ok(order) = orders.try_recv() {
        lets_go |= order == Order::LetGo;
    }
    lets_go
}

/// A binding of ours that could not be removed.
#[derive(Clone, Debug, PartialEq)]
pub struct Left {
    /// Whose.
    pub carrier: CarrierName,
    /// Where.
    pub target: Host,
    /// When it ends by itself.
    pub until: Moment,
    /// Why it is still there.
    pub why: Text,
}

/// Who wants an account to end, and what of it is left.
type Farewell = (Duration, oneshot::Sender<Vec<Left>>);

/// Comes when what was done with an account before its settings changed has ended.
pub(super) type Ending = oneshot::Receiver<()>;

/// An account that is seen to. It ends when this is dropped; a binding that is held then stays until it expires.
pub(super) struct Attended {
    orders: mpsc::UnboundedSender<Order>,
    farewell: Option<oneshot::Sender<Farewell>>,
    task: AbortHandle,
}

impl Attended {
    /// Begins, where the account is one that something is done with, and when what was done with it before has ended.
    pub(super) fn start(desk: Desk, ways: Ways, ending: Option<Ending>) -> Option<Self> {
        let (orders, inbox) = mpsc::unbounded_channel();
        let (farewell, end) = oneshot::channel();
        let mode = desk.account.mode;
        if mode == AccountMode::Off {
            return None;
        }
        let task = tokio::spawn(async move {
            if let Some(ending) = ending {
                // However it ended.
                drop(ending.await);
            }
            if mode == AccountMode::Hold {
                holding::run(desk, ways, inbox, end).await;
            } else {
                observing::run(desk, ways, inbox, end).await;
            }
        });
        Some(Self { orders, farewell: Some(farewell), task: task.abort_handle() })
    }

    /// For orders that come later.
    pub(super) fn orders(&self) -> mpsc::UnboundedSender<Order> {
        self.orders.clone()
    }

    pub(super) fn order(&self, order: Order) {
        // It ends only when this does.
        let _ = self.orders.send(order);
    }

    /// Ends it within this time, and removes what it has bound; what could not be is returned.
    pub(super) async fn end(mut self, within: Duration) -> Vec<Left> {
        let (reply, left) = oneshot::channel();
        let Some(Ok(())) = self.farewell.take().map(|farewell| farewell.send((within, reply))) else {
            return Vec::new();
        };
        left.await.unwrap_or_default()
    }
}

impl Drop for Attended {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What it takes to see to an account.
pub(super) struct Desk {
    pub carrier: Arc<Carrier>,
    pub account: Arc<Account>,
    pub engine: Arc<dyn Engine>,
    pub ports: Accounts,
    pub clock: Arc<dyn Clock>,
    pub habits: Arc<Habits>,
    pub pace: Arc<Pace>,
    pub facts: mpsc::Sender<Fact>,
}

impl Desk {
    /// Sends one REGISTER. Nothing is told of it yet.
    async fn send(&self, spot: &Spot, purpose: Purpose, with: &Credentials, patience: Duration) -> RegisterReport {
        self.pace.wait(&*self.clock, self.habits.probes_per_second).await;
        let (account, uri) = (self.account.clone(), spot.uri.clone());
        let plain = RegisterRequest::new(&self.carrier, account, uri, spot.endpoint, spot.target.clone());
        let secret = with.secret.clone();
        let request = RegisterRequest { secret, purpose, instance: with.instance, patience, ..plain };
        self.ports.register.register(&self.carrier.name, &request).await
    }

    async fn close(&self, spot: &Spot) {
        self.ports.register.close(&self.carrier.name, spot.endpoint).await;
    }

    /// How long an engine waits for an answer to a REGISTER at a spot: as long as it would itself.
    fn patience(&self, spot: &Spot) -> Duration {
        let silent = self.engine.reaction(spot.endpoint.transport, Failure::Silent, Method::Register).after;
        silent.clamp(LEAST_PATIENCE, MOST_PATIENCE)
    }

    /// Whether the engine tries another target after what came of a REGISTER that has not bound. A 2xx that binds nothing
    /// is no more to it than silence.
    fn goes_on(&self, report: &RegisterReport) -> bool {
        let failure = failure(&report.outcome).unwrap_or(Failure::Silent);
        self.engine.reaction(report.endpoint.transport, failure, Method::Register).goes_on
    }

    async fn tell_report(&self, report: RegisterReport, next: Option<Moment>) {
        let carrier = self.carrier.name.clone();
        self.tell(FactKind::Binding { carrier, report: Box::new(report), next }).await;
    }

    /// At the end nobody may be left to read.
    fn tell_at_the_end(&self, report: RegisterReport) {
        let kind = FactKind::Binding { carrier: self.carrier.name.clone(), report: Box::new(report), next: None };
        let _ = self.facts.try_send(Fact { at: self.clock.now(), kind });
    }

    async fn tell_news(&self, news: AccountNews, next: Option<Moment>) {
        self.tell(FactKind::Account { carrier: self.carrier.name.clone(), news, next }).await;
    }

    async fn tell(&self, kind: FactKind) {
        // Nobody listens any more when the program ends.
        let _ = self.facts.send(Fact { at: self.clock.now(), kind }).await;
    }

    /// The password, where the account has one.
    async fn password(&self) -> Result<Option<Secret>, Stop> {
        match &self.account.password {
            None => Ok(None),
            Some(source) => self.ports.secrets.password(source).await.map(Some).map_err(Stop::NoPassword),
        }
    }

    /// Waits until this moment.
    async fn until(&self, moment: Moment) {
        loop {
            let left = moment.since(self.clock.now());
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left).await;
        }
    }
}

/// A registrar is not given less to answer than this, however impatient the engine.
const LEAST_PATIENCE: Duration = Duration::from_secs(5);
/// And no more: timer F of RFC 3261 17.1.2.2.
const MOST_PATIENCE: Duration = Duration::from_secs(32);

/// Who asked to be left alone, and until when (Retry-After, RFC 3261 20.33).
#[derive(Default)]
struct Alone(BTreeMap<Endpoint, Moment>);

impl Alone {
    fn note(&mut self, report: &RegisterReport) {
        let asked = match &report.outcome {
            RegisterOutcome::Refused(refusal) => refusal.retry_after,
            _ => None,
        };
        self.0.retain(|_, until| *until > report.at);
        match asked {
            Some(span) => self.0.insert(report.endpoint, report.at + span.min(Expires::MOST.span())),
            None => self.0.remove(&report.endpoint),
        };
    }

    /// Until when this one is to be left alone, if it is.
    fn asks(&self, spot: &Spot, now: Moment) -> Option<Moment> {
        self.0.get(&spot.endpoint).copied().filter(|until| *until > now)
    }
}

/// How we show who we are.
#[derive(Clone, Default)]
struct Credentials {
    secret: Option<Secret>,
    instance: Instance,
}

/// What DNS says, as soon as somebody knows; none where nobody ever will.
async fn way(ways: &mut Ways) -> Option<Arc<Resolution>> {
    ways.wait_for(Option::is_some).await.ok()?.clone()
}

/// How an engine would see this end; none where it has what it wanted.
fn failure(outcome: &RegisterOutcome) -> Option<Failure> {
    match outcome {
        RegisterOutcome::Done(_) => None,
        RegisterOutcome::Refused(Refusal { code: 503, .. }) => Some(Failure::Unavailable),
        RegisterOutcome::Refused(refusal) => Some(Failure::Error(refusal.code)),
        RegisterOutcome::Failed { result, .. } => result.failure(),
        RegisterOutcome::KeptBack(_) => Some(Failure::Tls),
    }
}

/// Why asking again would be of no use, where it would not be: before somebody has looked at it, it only does harm.
fn stop(report: &RegisterReport) -> Option<Stop> {
    match &report.outcome {
        RegisterOutcome::Refused(Refusal { code, reason, means, .. }) => {
            let said = format!("{code} {reason}");
            match means {
                RefusalMeans::WrongCredentials => Some(Stop::Credentials),
                RefusalMeans::NoPassword => {
                    Some(Stop::NoPassword(Text::new(&format!("{said}: it wants a password, and the account has none"))))
                }
                RefusalMeans::Unanswerable(why) => Some(Stop::Refused(Text::new(&format!("{said}: {why}")))),
                RefusalMeans::TooBrief(least) => {
                    let wants = match least {
                        None => "it wants longer bindings, and does not say how long".to_owned(),
                        Some(least) if *least > Expires::MOST => {
                            format!("it wants bindings of {least} s, and {} s is the most we ask for", Expires::MOST)
                        }
                        Some(least) => format!("it wants longer bindings each time it is asked, of {least} s last"),
                    };
                    Some(Stop::Refused(Text::new(&format!("{said}: {wants}"))))
                }
                RefusalMeans::Elsewhere(_) => None,
                RefusalMeans::Plain => {
                    matches!(code, 400 | 403 | 404 | 405 | 410 | 416 | 420 | 421 | 439 | 494 | 604 | 606)
                        .then(|| Stop::Refused(Text::new(&said)))
                }
            }
        }
        // Where nothing secret may go the engine would go on to the next.
        RegisterOutcome::Done(_) | RegisterOutcome::Failed { .. } | RegisterOutcome::KeptBack(_) => None,
    }
}

/// Whether it is so at each POP: others may allow what one forbids, and a wrong password is tried nowhere else.
const fn is_lasting(why: &Stop) -> bool {
    matches!(why, Stop::Credentials | Stop::NoPassword(_))
}
