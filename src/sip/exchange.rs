//! One OPTIONS and its final answer, over datagrams and over connections.
//!
//! The clock is read right before the call that sends, and right after the one that receives, or the kernel says
//! when the answer came: what the program does in between is no part of the round trip.

use std::io::{self, ErrorKind};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::frame::datagram;
use super::line::{Line, Lost};
use super::outgoing::Outgoing;
use super::socket::{unreachable, words};
use super::transaction::{Fault, Heard, Outcome, Transaction, malformed};
use super::udp::{Came, Udp};
use crate::model::ProbeResult;

/// Over UDP, where it was sent at `sent`: waits for the answer, and sends again. Garbage and strangers' answers are
/// passed over, since anybody can send them.
pub(super) async fn datagrams(
    udp: &mut Udp,
    options: &Outgoing,
    sent: Instant,
    deadline: Instant,
    patience: Duration,
) -> Outcome {
    let mut transaction = Transaction::new(options, sent);
    let answer = run_datagrams(udp, options, &mut transaction, sent, deadline, patience).await;
    transaction.end(answer)
}

async fn run_datagrams(
    udp: &mut Udp,
    options: &Outgoing,
    transaction: &mut Transaction<'_>,
    sent: Instant,
    deadline: Instant,
    patience: Duration,
) -> Result<Heard, Fault> {
    let mut last = sent;
    loop {
        let again = transaction.again(last);
        match udp.wait(again.min(deadline)).await {
            Came::Here => {
                let answer = udp.receive(sent, |bytes, at| match datagram(bytes) {
                    Ok(Some(message)) => transaction.hear(&message, bytes, at),
                    Ok(None) => None,
                    Err(why) => {
                        transaction.stumble(why, bytes);
                        None
                    }
                });
                match answer {
                    Ok(Some(heard)) => return Ok(heard),
                    Ok(None) => {}
                    Err(why) if why.kind() == ErrorKind::WouldBlock => {}
                    Err(why) => return Err(unreachable(&why)),
                }
            }
            Came::There => udp.overhear(|bytes, from| {
                if let Ok(Some(message)) = datagram(bytes) {
                    transaction.overhear(&message, from);
                }
            }),
            Came::Time if again < deadline => {
                udp.listen_beside();
                last = udp.send(options).await.map_err(|why| unreachable(&why))?;
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
pub(super) async fn over(line: &mut Line, options: &Outgoing, deadline: Instant, patience: Duration) -> Outcome {
    let mut transaction = Transaction::new(options, Instant::now());
    let answer = run_line(line, options, &mut transaction, deadline, patience).await;
    transaction.end(answer)
}

async fn run_line(
    line: &mut Line,
    options: &Outgoing,
    transaction: &mut Transaction<'_>,
    deadline: Instant,
    patience: Duration,
) -> Result<Heard, Fault> {
    match timeout_at(deadline, line.send(options.bytes())).await {
        Err(_) => return Err(transaction.expired(patience)),
        Ok(Err(lost)) => return Err(broken(transaction, line.is_amid(), lost)),
        Ok(Ok(())) => {}
    }
    loop {
        let taken = match timeout_at(deadline, line.next()).await {
            Err(_) => return Err(transaction.expired(patience)),
            Ok(Err(lost)) => return Err(broken(transaction, line.is_amid(), lost)),
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

/// What it means for a transaction that its connection is lost, within a message or between two.
pub(super) fn broken(transaction: &mut Transaction<'_>, amid: bool, lost: Lost) -> Fault {
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
