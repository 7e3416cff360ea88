//! The task that owns a socket or a connection, and reads all that comes over it.

use std::io::{self, ErrorKind};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until, timeout};

use super::alive::{Alive, Due, Terms};
use super::incoming::Incoming;
use crate::model::Text;
use crate::sip::frame::{FrameError, datagram};
use crate::sip::line::{Line, Lost, Taken};
use crate::sip::stamp;
use crate::sip::udp::with_buffer;

/// How long a connection may take to accept an answer of ours, or a sign of life.
const WRITE: Duration = Duration::from_secs(10);

/// How a flow ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// We closed it.
    Closed,
    /// It was lost, in this way.
    Lost(Text),
}

/// What its task is told.
pub(super) enum Order {
    /// Send this, and say when, or why not.
    Send(Vec<u8>, oneshot::Sender<io::Result<Instant>>),
    /// Keep it so.
    Keep(Terms),
    /// Close it, and say that it is closed.
    Close(oneshot::Sender<()>),
}

/// What its task tells.
pub(super) enum Event {
    Message(Taken),
    /// A datagram that is no message.
    Garbage(FrameError, Vec<u8>),
    /// The socket told of trouble.
    Trouble(io::Error),
    /// The connection is lost, within a message or between two.
    Lost(bool, Lost),
}

/// Reads all that comes, and sends what it is told.
pub(super) struct Task {
    orders: mpsc::Receiver<Order>,
    events: mpsc::Sender<Event>,
    ends: watch::Sender<Option<End>>,
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
    /// Of a flow that was just made.
    pub(super) fn new(
        orders: mpsc::Receiver<Order>,
        events: mpsc::Sender<Event>,
        ends: watch::Sender<Option<End>>,
        over_connection: bool,
    ) -> Self {
        Self { orders, events, ends, alive: Alive::new(over_connection), incoming: Incoming::new() }
    }

    /// Until it ends.
    pub(super) async fn over_line(mut self, line: Line) {
        let (end, lost) = match self.read_line(line).await {
            Ok(end) => (end, None),
            Err((amid, lost)) => (End::Lost(lost.words()), Some(Event::Lost(amid, lost))),
        };
        // Whoever waits for an answer and hears of it finds that it has ended.
        self.ends.send_replace(Some(end));
        if let Some(lost) = lost {
            // Where nobody reads, nobody asked.
            drop(self.events.try_send(lost));
        }
    }

    /// How it ends; an error where the connection is lost, within a message or between two.
    async fn read_line(&mut self, mut line: Line) -> Result<End, (bool, Lost)> {
        loop {
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
                    return Ok(End::Closed);
                }
                Woken::Order(None) => {
                    line.close().await;
                    return Ok(End::Closed);
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
                    Due::Mute => return Ok(End::Lost("the peer no longer answers when it is kept alive".into())),
                    Due::Served => {
                        line.close().await;
                        return Ok(End::Closed);
                    }
                },
            };
            written.map_err(|lost| (line.is_amid(), lost))?;
        }
    }

    /// Until it is closed.
    pub(super) async fn over_datagrams(mut self, socket: UdpSocket) {
        self.read_datagrams(&socket).await;
        self.ends.send_replace(Some(End::Closed));
    }

    async fn read_datagrams(&mut self, socket: &UdpSocket) {
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
                    return;
                }
                Woken::Order(None) => return,
                Woken::Came(()) => {
                    if let Some(reply) = self.receive(socket) {
                        // What is lost is asked again.
                        drop(socket.try_send(&reply));
                    }
                }
                Woken::Time => match self.alive.due() {
                    // It keeps a NAT's mind, and nobody has to answer it.
                    Due::Speak => drop(socket.try_send(b"\r\n")),
                    Due::Mute | Due::Served => return,
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
