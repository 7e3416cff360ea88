//! A flow to a registrar: a socket or a connection that stays, and a task that reads all that comes over it.
//!
//! Answers go to whoever waits for them, requests are answered at once, and the flow is kept alive. When it ends, it is
//! known how.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use tokio::net::UdpSocket;
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio::time::{Instant, timeout_at};

use super::alive::Terms;
use super::task::{End, Event, Order, Task};
use crate::model::{ProbeRequest, ProbeResult, Transport};
use crate::sip::Message;
use crate::sip::connection::{self, Key};
use crate::sip::exchange::broken;
use crate::sip::limit::Limit;
use crate::sip::outgoing::Outgoing;
use crate::sip::socket::{no_route, no_source, source, unreachable, words};
use crate::sip::tls::{Clients, Shown};
use crate::sip::transaction::{Fault, Heard, Outcome, Transaction};

/// How many messages wait for whoever asked. There is one answer to a request, and what it is sent before that.
const WAITING: usize = 32;

/// A flow that stays.
pub(super) struct Flow {
    /// Who can use it.
    key: Key,
    pub(super) here: SocketAddr,
    pub(super) tls: Option<Shown>,
    over_connection: bool,
    orders: mpsc::Sender<Order>,
    events: Mutex<mpsc::Receiver<Event>>,
    end: watch::Receiver<Option<End>>,
    /// It is not used again, although it has not ended.
    distrusted: AtomicBool,
}

/// Why there is no flow, and what TLS showed before that.
pub(super) type NotOpen = connection::NotConnected;

/// A final answer with all of its message, or none; and what there was of it.
pub(super) struct Answered {
    pub(super) outcome: Outcome,
    pub(super) message: Option<Message>,
}

impl Flow {
    /// Opens one. It must be called from within tokio.
    pub(super) async fn open(
        clients: &Arc<Clients>,
        request: &ProbeRequest,
        key: Key,
        limit: Limit,
        now: Timestamp,
    ) -> Result<Self, NotOpen> {
        let (orders, receives) = mpsc::channel(4);
        let (tells, events) = mpsc::channel(WAITING);
        let (ends, end) = watch::channel(None);
        let over_connection = request.endpoint.transport != Transport::Udp;
        let task = Task::new(receives, tells, ends, over_connection);
        let (here, tls) = if over_connection {
            let made = connection::connect(clients, request, limit.deadline, limit.patience, now).await?;
            let line = made.line;
            tokio::spawn(task.over_line(line));
            (made.here, made.tls)
        } else {
            let (socket, here) = connected(request).await?;
            tokio::spawn(task.over_datagrams(socket));
            (here, None)
        };
        let (events, distrusted) = (Mutex::new(events), AtomicBool::new(false));
        Ok(Self { key, here, tls, over_connection, orders, events, end, distrusted })
    }

    /// Whether it is as good as a new one for those who would make the same.
    pub(super) fn serves(&self, key: &Key) -> bool {
        self.key == *key && !self.has_ended() && !self.distrusted.load(Ordering::Relaxed)
    }

    pub(super) fn has_ended(&self) -> bool {
        self.end.borrow().is_some()
    }

    /// It has brought no answer: the next one goes over a new one.
    pub(super) fn distrust(&self) {
        self.distrusted.store(true, Ordering::Relaxed);
    }

    /// Tells how it ends.
    pub(super) fn end(&self) -> watch::Receiver<Option<End>> {
        self.end.clone()
    }

    /// Keeps it so from now on.
    pub(super) async fn keep(&self, terms: Terms) {
        // One that has ended needs no keeping.
        drop(self.orders.send(Order::Keep(terms)).await);
    }

    /// Closes it.
    pub(super) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.orders.send(Order::Close(done)).await.is_ok() {
            drop(closed.await);
        }
    }

    /// Sends a request and waits for its final answer; over UDP it is sent again as long as there is none.
    pub(super) async fn ask(&self, outgoing: &Outgoing, limit: Limit) -> Answered {
        let mut events = self.events.lock().await;
        let mut transaction = Transaction::new(outgoing, Instant::now());
        let answer = self.run(&mut events, &mut transaction, outgoing, limit).await;
        let (answer, message) = match answer {
            Ok((heard, message)) => (Ok(heard), Some(message)),
            Err(fault) => (Err(fault), None),
        };
        Answered { outcome: transaction.end(answer), message }
    }

    async fn run(
        &self,
        events: &mut mpsc::Receiver<Event>,
        transaction: &mut Transaction<'_>,
        outgoing: &Outgoing,
        limit: Limit,
    ) -> Result<(Heard, Message), Fault> {
        // What came late is nobody's any more.
        while let Ok(event) = events.try_recv() {
            if let Event::Lost(amid, lost) = event {
                return Err(broken(transaction, amid, lost));
            }
        }
        let mut sent = self.send(events, transaction, outgoing, limit).await?;
        loop {
            let again = if self.over_connection { limit.deadline } else { transaction.again(sent).min(limit.deadline) };
            let event = match timeout_at(again, events.recv()).await {
                Err(_) if again >= limit.deadline => return Err(transaction.expired(limit.patience)),
                Err(_) => {
                    sent = self.send(events, transaction, outgoing, limit).await?;
                    transaction.resent();
                    continue;
                }
                Ok(event) => event,
            };
            match event {
                Some(Event::Message(taken)) => {
                    if let Some(heard) = transaction.hear(&taken.message, &taken.raw, taken.at) {
                        return Ok((heard, taken.message));
                    }
                }
                Some(Event::Garbage(why, raw)) => transaction.stumble(why, &raw),
                Some(Event::Trouble(why)) => return Err(unreachable(&why)),
                Some(Event::Lost(amid, lost)) => return Err(broken(transaction, amid, lost)),
                None => return Err(self.ended()),
            }
            // A peer that never stops talking cannot hold us longer than one that never starts.
            if Instant::now() >= limit.deadline {
                return Err(transaction.expired(limit.patience));
            }
        }
    }

    async fn send(
        &self,
        events: &mut mpsc::Receiver<Event>,
        transaction: &mut Transaction<'_>,
        outgoing: &Outgoing,
        limit: Limit,
    ) -> Result<Instant, Fault> {
        let (done, sent) = oneshot::channel();
        let order = Order::Send(outgoing.bytes().to_vec(), done);
        let sending = async {
            self.orders.send(order).await.ok()?;
            sent.await.ok()
        };
        match timeout_at(limit.deadline, sending).await {
            Err(_) => Err(transaction.expired(limit.patience)),
            Ok(Some(sent)) => sent.map_err(|why| unreachable(&why)),
            // Its task has ended, and has said why.
            Ok(None) => {
                while let Some(event) = events.recv().await {
                    if let Event::Lost(amid, lost) = event {
                        return Err(broken(transaction, amid, lost));
                    }
                }
                Err(self.ended())
            }
        }
    }

    fn ended(&self) -> Fault {
        match &*self.end.borrow() {
            Some(End::Lost(how)) => Fault::theirs(ProbeResult::Reset, how.as_str()),
            _ => Fault::ours(ProbeResult::Reset, "the flow was closed by trunktop before there was an answer"),
        }
    }
}

/// Connected, so that an ICMP error comes through and strangers are kept out.
async fn connected(request: &ProbeRequest) -> Result<(UdpSocket, SocketAddr), Fault> {
    let at = request.endpoint.at;
    let source = source(at, request.local)?;
    let socket = UdpSocket::bind(source).await.map_err(|why| no_source(source, &why))?;
    socket.connect(at).await.map_err(|why| no_route(at, &why))?;
    let here = socket.local_addr().map_err(|why| Fault::ours(ProbeResult::Unreachable, words(&why)))?;
    Ok((socket, here))
}
