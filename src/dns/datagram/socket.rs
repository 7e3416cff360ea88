//! One connected socket, and the questions that wait on it.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use hickory_net::NetError;
use hickory_net::proto::op::{Message, Query};
use tokio::net::UdpSocket;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use super::super::{lock, message};
use super::Manner;

/// How many questions a socket takes in its life.
pub(super) const QUESTIONS: usize = 64;

/// No datagram is longer.
const LARGEST: usize = 65_535;

/// A socket that hears one server only.
pub(super) struct Socket {
    desk: Arc<Desk>,
    reader: AbortHandle,
}

/// What is sent from, and who waits.
struct Desk {
    udp: UdpSocket,
    state: Mutex<State>,
}

struct State {
    waiting: HashMap<u16, Waiting>,
    life: Life,
}

/// What a socket may still be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    /// For so many questions more.
    Fresh(usize),
    /// For none, unless there is no other.
    Spent,
    /// The kernel has reported an error.
    Broken,
}

/// Which sockets will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// One that takes more questions.
    Fresh,
    /// A spent one, too.
    Any,
}

/// A question that is under way.
struct Waiting {
    query: Query,
    tell: oneshot::Sender<Result<Message, NetError>>,
    /// What came under its id, and was no answer to it.
    astray: Option<NetError>,
}

/// The right to one id of a socket; it keeps the socket open.
pub(in crate::dns) struct Ticket {
    socket: Arc<Socket>,
    query: Query,
    id: u16,
    told: oneshot::Receiver<Result<Message, NetError>>,
}

impl Socket {
    /// At a port that the kernel draws.
    pub(super) fn open(server: SocketAddr) -> io::Result<Arc<Self>> {
        let any = match server.ip() {
            IpAddr::V4(_) => IpAddr::from(Ipv4Addr::UNSPECIFIED),
            IpAddr::V6(_) => IpAddr::from(Ipv6Addr::UNSPECIFIED),
        };
        let udp = std::net::UdpSocket::bind((any, 0))?;
        udp.connect(server)?;
        udp.set_nonblocking(true)?;
        let state = Mutex::new(State { waiting: HashMap::new(), life: Life::Fresh(QUESTIONS) });
        let desk = Arc::new(Desk { udp: UdpSocket::from_std(udp)?, state });
        let reader = tokio::spawn(read(desk.clone())).abort_handle();
        Ok(Arc::new(Self { desk, reader }))
    }

    pub(super) fn is_broken(&self) -> bool {
        lock(&self.desk.state).life == Life::Broken
    }

    /// Takes a question in, unless the socket is not of the kind that will do.
    pub(super) fn enlist(self: &Arc<Self>, query: Query, which: Which) -> Option<Ticket> {
        let mut state = lock(&self.desk.state);
        state.life = match (state.life, which) {
            (Life::Fresh(left), _) if left > 1 => Life::Fresh(left - 1),
            (Life::Fresh(_), _) | (Life::Spent, Which::Any) => Life::Spent,
            (Life::Spent, Which::Fresh) | (Life::Broken, _) => return None,
        };
        // Far fewer wait than there are ids.
        let id = loop {
            let id = rand::random();
            if !state.waiting.contains_key(&id) {
                break id;
            }
        };
        let (tell, told) = oneshot::channel();
        state.waiting.insert(id, Waiting { query: query.clone(), tell, astray: None });
        Some(Ticket { socket: self.clone(), query, id, told })
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// Hears what comes until the kernel reports an error, which all who wait are told: which of their packets it
/// is about is not said, and one error may stand for many.
async fn read(desk: Arc<Desk>) {
    let mut octets = Vec::with_capacity(LARGEST);
    loop {
        octets.clear();
        match desk.udp.recv_buf(&mut octets).await {
            Ok(_) => desk.take(&octets),
            Err(why) => {
                desk.fail(why);
                return;
            }
        }
    }
}

impl Desk {
    fn take(&self, octets: &[u8]) {
        let Some((&[high, low], [flags, ..])) = octets.split_first_chunk() else { return };
        let id = u16::from_be_bytes([high, low]);
        let mut state = lock(&self.state);
        let Some(asked) = state.waiting.get_mut(&id) else { return };
        // Not a question that comes back (RFC 1035 4.1.1, QR).
        if flags & 0x80 == 0 {
            return;
        }
        match message::decode(octets, &asked.query) {
            message::Decoded::Response(response) => settle(&mut state, id, response),
            message::Decoded::Astray(why) => asked.astray = Some(why),
        }
    }

    fn fail(&self, why: io::Error) -> NetError {
        let why = NetError::from(why);
        let mut state = lock(&self.state);
        state.life = Life::Broken;
        for (_, asked) in state.waiting.drain() {
            // Whoever has given up hears nothing.
            let _ = asked.tell.send(Err(why.clone()));
        }
        why
    }
}

fn settle(state: &mut State, id: u16, response: Result<Message, NetError>) {
    if let Some(asked) = state.waiting.remove(&id) {
        // Whoever has given up hears nothing.
        let _ = asked.tell.send(response);
    }
}

impl Ticket {
    pub(super) fn query(&self) -> &Query {
        &self.query
    }

    /// Waits until the socket can send.
    pub(super) async fn ready(&self) -> io::Result<()> {
        self.socket.desk.udp.writable().await
    }

    /// Whether the socket broke before the question was sent.
    pub(super) fn is_void(&self) -> bool {
        !self.told.is_empty()
    }

    /// Sends the question. An error breaks the socket: it is about what was sent before.
    pub(super) async fn send(&self, manner: Manner) -> Result<(), NetError> {
        let octets = manner.message(self.id, self.query.clone()).to_vec()?;
        self.socket.desk.udp.send(&octets).await.map(|_| ()).map_err(|why| self.socket.desk.fail(why))
    }

    /// Waits for the response, for ever.
    pub(super) async fn response(&mut self) -> Result<Message, NetError> {
        (&mut self.told).await.unwrap_or(Err(NetError::Timeout))
    }

    /// No longer waits. The socket takes no more questions.
    pub(super) fn give_up(&mut self) -> Result<Message, NetError> {
        let astray = self.leave().and_then(|asked| asked.astray);
        let mut state = lock(&self.socket.desk.state);
        if let Life::Fresh(_) = state.life {
            state.life = Life::Spent;
        }
        self.told.try_recv().unwrap_or_else(|_| Err(astray.unwrap_or(NetError::Timeout)))
    }

    /// Gives the id back; it may be another's already.
    fn leave(&mut self) -> Option<Waiting> {
        self.told.close();
        let mut state = lock(&self.socket.desk.state);
        let own = state.waiting.get(&self.id).is_some_and(|asked| asked.tell.is_closed());
        if own { state.waiting.remove(&self.id) } else { None }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.leave();
    }
}
