//! One OPTIONS and its final answer, over datagrams and over connections.
//!
//! The clock is read right before the call that sends, and right after the one that receives: what the
//! program does in between is no part of the round trip.

use std::io::{self, ErrorKind};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::frame::{MAX_MESSAGE, datagram};
use super::line::{Line, Lost};
use super::options::Options;
use super::socket::{Udp, unreachable, words};
use super::transaction::{Fault, Heard, Outcome, Transaction, malformed};
use crate::model::ProbeResult;

/// Over UDP: sends, sends again, and waits for the answer. Garbage and strangers' answers are passed
/// over, since anybody can send them.
pub(super) async fn datagrams(udp: &mut Udp, options: &Options, deadline: Instant, patience: Duration) -> Outcome {
    let sent = match send(&udp.socket, options).await {
        Ok(sent) => sent,
        Err(why) => return unreachable(&why).into(),
    };
    let mut transaction = Transaction::new(options, sent);
    let answer = run_datagrams(udp, options, &mut transaction, sent, deadline, patience).await;
    transaction.end(answer)
}

/// Sends it, and says when. A new socket has to wait until it may send, which is not the network's doing.
async fn send(socket: &UdpSocket, options: &Options) -> io::Result<Instant> {
    loop {
        socket.writable().await?;
        let at = Instant::now();
        match socket.try_send(options.bytes()) {
            Err(why) if why.kind() == ErrorKind::WouldBlock => {}
            other => return other.map(|_| at),
        }
    }
}

/// What a probe over UDP waits for.
enum Came {
    /// Something from whom we ask, or an ICMP error.
    Here,
    /// Something from somebody else.
    There,
    /// Time to send again, or to give up.
    Time,
}

async fn wait(udp: &Udp, until: Instant) -> Came {
    let elsewhere = async {
        match &udp.ear {
            Some(ear) => drop(ear.readable().await),
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        // Whatever is wrong with it, receiving will tell.
        _ = udp.socket.readable() => Came::Here,
        () = elsewhere => Came::There,
        () = sleep_until(until) => Came::Time,
    }
}

async fn run_datagrams(
    udp: &mut Udp,
    options: &Options,
    transaction: &mut Transaction<'_>,
    sent: Instant,
    deadline: Instant,
    patience: Duration,
) -> Result<Heard, Fault> {
    let mut last = sent;
    // One byte more, so that what is too long is seen to be.
    let mut buffer = Vec::with_capacity(MAX_MESSAGE + 1);
    loop {
        buffer.clear();
        let again = transaction.again(last);
        match wait(udp, again.min(deadline)).await {
            Came::Here => {
                let received = udp.socket.try_recv_buf(&mut buffer);
                let at = Instant::now();
                match received.map(|_| datagram(&buffer)) {
                    Ok(Ok(Some(message))) => {
                        if let Some(heard) = transaction.hear(&message, &buffer, at) {
                            return Ok(heard);
                        }
                    }
                    Ok(Ok(None)) => {}
                    Ok(Err(why)) => transaction.stumble(why, &buffer),
                    Err(why) if why.kind() == ErrorKind::WouldBlock => {}
                    Err(why) => return Err(unreachable(&why)),
                }
            }
            Came::There => match udp.ear.as_ref().map(|ear| ear.try_recv_buf_from(&mut buffer)) {
                Some(Ok((_, from))) => {
                    if let Ok(Some(message)) = datagram(&buffer) {
                        transaction.overhear(&message, from);
                    }
                }
                Some(Err(why)) if why.kind() == ErrorKind::WouldBlock => {}
                // It is of use to nobody any more.
                _ => udp.ear = None,
            },
            Came::Time if again < deadline => {
                last = send(&udp.socket, options).await.map_err(|why| unreachable(&why))?;
                transaction.resent();
            }
            Came::Time => return Err(transaction.expired(patience)),
        }
        // A peer that never stops talking cannot hold us longer than one that never starts.
        if Instant::now() >= deadline {
            return Err(transaction.expired(patience));
        }
    }
}

/// Over a connection: sends once (the connection repeats what is lost), and reads until the answer.
pub(super) async fn over(line: &mut Line, options: &Options, deadline: Instant, patience: Duration) -> Outcome {
    let mut transaction = Transaction::new(options, Instant::now());
    let answer = run_line(line, options, &mut transaction, deadline, patience).await;
    transaction.end(answer)
}

async fn run_line(
    line: &mut Line,
    options: &Options,
    transaction: &mut Transaction<'_>,
    deadline: Instant,
    patience: Duration,
) -> Result<Heard, Fault> {
    match timeout_at(deadline, line.send(options.bytes())).await {
        Err(_) => return Err(transaction.expired(patience)),
        Ok(Err(lost)) => return Err(broken(transaction, line, lost)),
        Ok(Ok(())) => {}
    }
    loop {
        let taken = match timeout_at(deadline, line.next()).await {
            Err(_) => return Err(transaction.expired(patience)),
            Ok(Err(lost)) => return Err(broken(transaction, line, lost)),
            Ok(Ok(taken)) => taken,
        };
        if let Some(heard) = transaction.hear(&taken.message, &taken.raw, taken.at) {
            return Ok(heard);
        }
        if taken.at >= deadline {
            return Err(transaction.expired(patience));
        }
    }
}

fn broken(transaction: &mut Transaction<'_>, line: &Line, lost: Lost) -> Fault {
    let amid = line.is_amid();
    match lost {
        Lost::Closed => transaction.ended(amid, "the peer closed the connection"),
        Lost::Garbage(why, raw) => {
            let fault = malformed(&why);
            transaction.stumble(why, &raw);
            fault
        }
        Lost::NoFrame(why) => Fault::theirs(ProbeResult::Malformed, format!("no WebSocket frame: {why}")),
        Lost::Io(why) => broken_by(transaction, amid, &why),
    }
}

fn broken_by(transaction: &Transaction<'_>, amid: bool, why: &io::Error) -> Fault {
    if let Some(fault) = super::tls::refusal(why) {
        return fault;
    }
    match why.kind() {
        ErrorKind::UnexpectedEof => transaction.ended(amid, "the peer closed the connection"),
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted => {
            transaction.ended(amid, "the peer reset the connection")
        }
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
            Fault::theirs(ProbeResult::Unreachable, words(why))
        }
        ErrorKind::TimedOut => Fault::theirs(ProbeResult::Timeout, "the connection died: nothing came back"),
        _ => transaction.ended(amid, &format!("the connection broke ({})", words(why))),
    }
}
