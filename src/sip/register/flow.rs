//! A flow to a registrar: a socket or a connection that stays, and a task that reads all that comes over it.
//!
//! Answers go to whoever waits for them, requests are answered at once, and the flow is kept alive. When it ends, it is
//! known how.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::net::UdpSocket;
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use super::alive::{Alive, Due, Terms};
use super::incoming::Incoming;
use crate::model::{ProbeRequest, ProbeResult, Text, Transport};
use crate::sip::Message;
use crate::sip::connection::{self, Key};
use crate::sip::exchange::broken;
use crate::sip::frame::{FrameError, datagram};
use crate::sip::line::{Line, Lost, Taken};
use crate::sip::outgoing::Outgoing;
use crate::sip::socket::{no_route, no_source, source, unreachable, words};
use crate::sip::stamp;
use crate::sip::tls::{Clients, Shown};
use crate::sip::transaction::{Fault, Heard, Outcome, Transaction};
use crate::sip::udp::with_buffer;

/// How many messages wait for whoever asked. There is one answer to a request, and what it is sent before that.
const WAITING: usize = 32;
/// How long a connection may take to accept an answer of ours, or a sign of life.
const WRITE: Duration = Duration::from_secs(10);

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

/// How a flow ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// We closed it.
    Closed,
    /// It was lost, in this way.
    Lost(Text),
}

/// What its task is told.
enum Order {
    /// Send this, and say when, or why not.
    Send(Vec<u8>, oneshot::Sender<io::Result<Instant>>),
    /// Keep it so.
    Keep(Terms),
    /// Close it, and say that it is closed.
    Close(oneshot::Sender<()>),
}

/// What its task tells.
enum Event {
    Message(Taken),
    /// A datagram that is no message.
    Garbage(FrameError, Vec<u8>),
    /// The socket told of trouble.
    Trouble(io::Error),
    /// The connection is lost, within a message or between two.
    Lost(bool, Lost),
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
        deadline: Instant,
        patience: Duration,
        now: Timestamp,
    ) -> Result<Self, NotOpen> {
        let (orders, receives) = mpsc::channel(4);
        let (tells, events) = mpsc::channel(WAITING);
        let (ends, end) = watch::channel(None);
        let over_connection = request.endpoint.transport != Transport::Udp;
        let task =
            Task { orders: receives, events: tells, alive: Alive::new(over_connection), incoming: Incoming::new() };
        let (here, tls) = if over_connection {
            let made = connection::connect(clients, request, deadline, patience, now).await?;
            let line = made.line;
            tokio::spawn(async move { ends.send_replace(Some(task.over_line(line).await)) });
            (made.here, made.tls)
        } else {
            let (socket, here) = connected(request).await?;
            tokio::spawn(async move { ends.send_replace(Some(task.over_datagrams(socket).await)) });
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
    pub(super) async fn ask(&self, outgoing: &Outgoing, deadline: Instant, patience: Duration) -> Answered {
        let mut events = self.events.lock().await;
        let mut transaction = Transaction::new(outgoing, Instant::now());
        let answer = self.run(&mut events, &mut transaction, outgoing, deadline, patience).await;
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
        deadline: Instant,
        patience: Duration,
    ) -> Result<(Heard, Message), Fault> {
        // What came late is nobody's any more.
        while let Ok(event) = events.try_recv() {
            if let Event::Lost(amid, lost) = event {
                return Err(broken(transaction, amid, lost));
            }
        }
        let mut last = self.send(events, transaction, outgoing, deadline, patience).await?;
        loop {
            let again = if self.over_connection { deadline } else { transaction.again(last).min(deadline) };
            let event = match timeout_at(again, events.recv()).await {
                Err(_) if again >= deadline => return Err(transaction.expired(patience)),
                Err(_) => {
                    last = self.send(events, transaction, outgoing, deadline, patience).await?;
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
            if Instant::now() >= deadline {
                return Err(transaction.expired(patience));
            }
        }
    }

    async fn send(
        &self,
        events: &mut mpsc::Receiver<Event>,
        transaction: &mut Transaction<'_>,
        outgoing: &Outgoing,
        deadline: Instant,
        patience: Duration,
    ) -> Result<Instant, Fault> {
        let (done, sent) = oneshot::channel();
        let order = Order::Send(outgoing.bytes().to_vec(), done);
        let sending = async {
            self.orders.send(order).await.ok()?;
            sent.await.ok()
        };
        match timeout_at(deadline, sending).await {
            Err(_) => Err(transaction.expired(patience)),
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

/// Reads all that comes, and sends what it is told.
struct Task {
    orders: mpsc::Receiver<Order>,
    events: mpsc::Sender<Event>,
    alive: Alive,
    incoming: Incoming,
}

/// What woke a task.
enum Woken<T> {
    Order(Option<Order>),
    Came(T),
    Time,
}

impl Task {
    async fn over_line(mut self, mut line: Line) -> End {
        let lost = loop {
            let woken = tokio::select! {
                order = self.orders.recv() => Woken::Order(order),
                came = line.wait() => Woken::Came(came),
                () = sleep_until(self.alive.at()) => Woken::Time,
            };
            let written = match woken {
                Woken::Order(Some(Order::Send(bytes, done))) => {
                    self.alive.used();
                    let at = Instant::now();
                    let written = write(line.send(&bytes)).await;
                    if written.is_ok() {
                        // Whoever wanted it may have gone.
                        drop(done.send(Ok(at)));
                    }
                    written
                }
                Woken::Order(Some(Order::Keep(terms))) => {
                    self.alive.agree(terms);
                    Ok(())
                }
                Woken::Order(Some(Order::Close(done))) => {
                    line.close().await;
                    let _ = done.send(());
                    return End::Closed;
                }
                Woken::Order(None) => {
                    line.close().await;
                    return End::Closed;
                }
                Woken::Came(Ok(taken)) => {
                    self.alive.heard();
                    match taken.and_then(|taken| self.take(taken)) {
                        Some(reply) => write(line.send(&reply)).await,
                        None => Ok(()),
                    }
                }
                Woken::Came(Err(lost)) => Err(lost),
                Woken::Time => match self.alive.due() {
                    Due::Speak => write(line.ping()).await,
                    Due::Mute => return End::Lost("the peer no longer answers when it is kept alive".into()),
                    Due::Served => {
                        line.close().await;
                        return End::Closed;
                    }
                },
            };
            if let Err(lost) = written {
                break lost;
            }
        };
        let end = End::Lost(lost.words());
        // Where nobody reads, nobody asked.
        drop(self.events.try_send(Event::Lost(line.is_amid(), lost)));
        end
    }

    async fn over_datagrams(mut self, socket: UdpSocket) -> End {
        loop {
            let woken = tokio::select! {
                order = self.orders.recv() => Woken::Order(order),
                _ = socket.ready(stamp::ANYTHING) => Woken::Came(()),
                () = sleep_until(self.alive.at()) => Woken::Time,
            };
            match woken {
                Woken::Order(Some(Order::Send(bytes, done))) => {
                    self.alive.used();
                    let at = Instant::now();
                    let sent = socket.send(&bytes).await;
                    drop(done.send(sent.map(|_| at)));
                }
                Woken::Order(Some(Order::Keep(terms))) => self.alive.agree(terms),
                Woken::Order(Some(Order::Close(done))) => {
                    let _ = done.send(());
                    return End::Closed;
                }
                Woken::Order(None) => return End::Closed,
                Woken::Came(()) => {
                    if let Some(reply) = self.receive(&socket) {
                        // What is lost is asked again.
                        drop(socket.try_send(&reply));
                    }
                }
                Woken::Time => match self.alive.due() {
                    // It keeps a NAT's mind, and nobody has to answer it.
                    Due::Speak => drop(socket.try_send(b"\r\n")),
                    Due::Mute | Due::Served => return End::Closed,
                },
            }
        }
    }

    /// Takes a datagram, and gives what is to be answered to it.
    fn receive(&mut self, socket: &UdpSocket) -> Option<Vec<u8>> {
        let received = with_buffer(|buffer| {
            let (length, _) = stamp::receive(socket, buffer)?;
            let bytes = &buffer[..length];
            let taken = datagram(bytes).map_err(|why| (why, bytes.to_vec()));
            Ok(taken.map(|message| message.map(|message| (message, bytes.to_vec()))))
        });
        match received {
            Ok(Ok(Some((message, raw)))) => return self.take(Taken { message, raw, at: Instant::now() }),
            Ok(Ok(None)) => {}
            Ok(Err((why, raw))) => drop(self.events.try_send(Event::Garbage(why, raw))),
            Err(why) if why.kind() == ErrorKind::WouldBlock => {}
            Err(why) => drop(self.events.try_send(Event::Trouble(why))),
        }
        None
    }

    /// Passes an answer on; gives what is to be answered to a request.
    fn take(&self, taken: Taken) -> Option<Vec<u8>> {
        if taken.message.is_response() {
            drop(self.events.try_send(Event::Message(taken)));
            return None;
        }
        self.incoming.reply(&taken.message)
    }
}

async fn write(writing: impl Future<Output = Result<(), Lost>>) -> Result<(), Lost> {
    timeout(WRITE, writing).await.unwrap_or_else(|_| Err(Lost::Io(ErrorKind::TimedOut.into())))
}
