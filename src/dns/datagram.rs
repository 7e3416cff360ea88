//! Questions over UDP: a few connected sockets for each server, and many questions on each.
//!
//! A socket for each question is what most stubs do, and hickory's client, too. It lets nobody guess where
//! an answer has to go; but 200 carriers that are resolved at once have more than a thousand questions
//! under way, which is more than the descriptors that many hosts give a process. Fewer in flight are no way
//! out: behind 50 ms, 128 at a time are no more than 2,560 in a second. So sockets are shared, and what they
//! are shared for is kept:
//!
//! - A socket is *connected*, so that the kernel drops what others send, and hands us the word of an ICMP
//!   message (RFC 1122 4.1.3.3): a host that says "port unreachable" does not look like one that is silent.
//! - Questions that are under way together use many ports, drawn at random, as the kernel draws each port, and
//!   a random id each (RFC 5452 9.2). An answer is taken by its id *and* its question.
//! - A port does not last: a socket is closed when its last question is settled, takes no more than 64
//!   questions, and no more after one that got no answer, since the path may be another by now.
//!
//! At most 32 sockets and 2,048 questions are open for one server, and 64 small datagrams are less than the
//! buffer that Linux gives a socket (212,992 octets), so that a burst of answers fits. That a burst of
//! questions fits at the other end, too, is what `pace` is for.

mod pace;
mod socket;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use hickory_net::NetError;
use hickory_net::proto::op::{Edns, Message, Query};
use rand::RngExt;
use tokio::time::timeout;

use self::pace::Pace;
pub(super) use self::socket::Ticket;
use self::socket::{Socket, Which};
use super::lock;

/// Sockets that are open for one server.
const SOCKETS: usize = 32;

/// Questions that may be under way to one server: 64 on each of its sockets.
pub(super) const IN_FLIGHT: usize = SOCKETS * socket::QUESTIONS;

/// The UDP payload that is offered (DNS flag day 2020): it fits an unfragmented packet nearly everywhere.
const PAYLOAD: u16 = 1232;

/// How a question is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Manner {
    /// Whether the server is asked to ask others.
    pub(super) recurse: bool,
    /// Whether it is told what we understand (RFC 6891).
    pub(super) edns: bool,
}

impl Manner {
    pub(super) fn message(self, id: u16, query: Query) -> Message {
        let mut message = Message::query();
        message.metadata.id = id;
        message.metadata.recursion_desired = self.recurse;
        message.add_query(query);
        if self.edns {
            let mut edns = Edns::new();
            edns.set_max_payload(PAYLOAD);
            message.set_edns(edns);
        }
        message
    }
}

/// One server, over UDP.
pub(super) struct Datagrams {
    server: SocketAddr,
    pace: Pace,
    /// Those who ask keep their socket open.
    slots: Mutex<[Weak<Socket>; SOCKETS]>,
}

impl Datagrams {
    pub(super) fn new(server: SocketAddr) -> Self {
        Self { server, pace: Pace::new(), slots: Mutex::new([const { Weak::new() }; SOCKETS]) }
    }

    /// Waits until a question may leave, at a socket that can take it; never for long.
    pub(super) async fn place(&self, query: Query) -> Result<Ticket, NetError> {
        let ticket = self.ticket(query)?;
        // A new socket is ready a moment later: what waits for that must not be counted as gone, else many
        // would leave as one.
        ticket.ready().await?;
        self.pace.depart().await;
        Ok(ticket)
    }

    /// Sends one question once, and waits for its response.
    pub(super) async fn exchange(&self, ticket: Ticket, manner: Manner, wait: Duration) -> Result<Message, NetError> {
        let mut ticket = ticket;
        let settled = timeout(wait, async {
            if ticket.is_void() || ticket.send(manner).await.is_err() {
                // That was the word on what others had sent before; a new socket has no past.
                let query = ticket.query().clone();
                ticket = Socket::open(self.server)?.enlist(query, Which::Any).ok_or(NetError::Busy)?;
                ticket.send(manner).await?;
            }
            ticket.response().await
        });
        match settled.await {
            Ok(settled) => settled,
            Err(_) => ticket.give_up(),
        }
    }

    /// A place on one of the sockets, which is drawn.
    fn ticket(&self, query: Query) -> Result<Ticket, NetError> {
        let mut slots = lock(&self.slots);
        slots.rotate_left(rand::rng().random_range(0..SOCKETS));
        let mut spent = None;
        for slot in slots.iter_mut() {
            match slot.upgrade().filter(|socket| !socket.is_broken()) {
                None => {
                    let socket = Socket::open(self.server)?;
                    *slot = Arc::downgrade(&socket);
                    return socket.enlist(query, Which::Fresh).ok_or(NetError::Busy);
                }
                Some(socket) => match socket.enlist(query.clone(), Which::Fresh) {
                    Some(ticket) => return Ok(ticket),
                    None => spent = Some(socket),
                },
            }
        }
        // Better a port that is known for a while than a question that is not asked.
        spent.and_then(|socket| socket.enlist(query, Which::Any)).ok_or(NetError::Busy)
    }

    /// How many sockets are open.
    #[cfg(test)]
    pub(super) fn open(&self) -> usize {
        lock(&self.slots).iter().filter(|slot| slot.strong_count() > 0).count()
    }
}
