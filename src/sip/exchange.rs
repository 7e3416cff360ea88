//! One OPTIONS and its final answer, over datagrams and over streams.

use std::io::{self, ErrorKind};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout, timeout_at};

use super::frame::{Framer, datagram};
use super::options::Options;
use super::socket::{unreachable, words};
use super::transaction::{Fault, Heard, Transaction, malformed};
use crate::model::ProbeResult;

/// The longest datagram there is, and one byte.
const DATAGRAM: usize = 65_536;

/// How long to wait for a connection to take our goodbye.
const GOODBYE: Duration = Duration::from_millis(50);

/// When the request was sent first, and what came of it.
pub(super) type Exchanged = (Instant, Result<Heard, Fault>);

/// Over UDP: sends, sends again, and waits for the answer. Garbage and strangers' answers are passed
/// over, since anybody can send them.
pub(super) async fn datagrams(
    socket: &UdpSocket,
    options: &Options,
    deadline: Instant,
    patience: Duration,
) -> Exchanged {
    let sent = Instant::now();
    (sent, run_datagrams(socket, options, sent, deadline, patience).await)
}

async fn run_datagrams(
    socket: &UdpSocket,
    options: &Options,
    sent: Instant,
    deadline: Instant,
    patience: Duration,
) -> Result<Heard, Fault> {
    let mut transaction = Transaction::new(options, sent);
    let mut last = sent;
    let mut buffer = Vec::with_capacity(DATAGRAM);
    socket.send(options.bytes()).await.map_err(|why| unreachable(&why))?;
    loop {
        buffer.clear();
        let again = transaction.again(last);
        match timeout_at(again.min(deadline), socket.recv_buf(&mut buffer)).await {
            Ok(received) => {
                let at = Instant::now();
                received.map_err(|why| unreachable(&why))?;
                match datagram(&buffer) {
                    Ok(Some(message)) => {
                        if let Some(heard) = transaction.hear(&message, at) {
                            return Ok(heard);
                        }
                    }
                    Ok(None) => {}
                    Err(why) => transaction.stumble(why),
                }
            }
            Err(_) if again < deadline => {
                last = Instant::now();
                socket.send(options.bytes()).await.map_err(|why| unreachable(&why))?;
                transaction.resent();
            }
            Err(_) => return Err(transaction.expired(patience)),
        }
        // A peer that never stops talking cannot hold us longer than one that never starts.
        if Instant::now() >= deadline {
            return Err(transaction.expired(patience));
        }
    }
}

/// Over a connection: sends once (the connection repeats what is lost), and reads until the answer.
pub(super) async fn stream<S>(stream: &mut S, options: &Options, deadline: Instant, patience: Duration) -> Exchanged
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let sent = Instant::now();
    let heard = run_stream(stream, options, sent, deadline, patience).await;
    // Whether the peer takes our goodbye changes nothing that was seen.
    drop(timeout(GOODBYE, stream.shutdown()).await);
    (sent, heard)
}

async fn run_stream<S>(
    stream: &mut S,
    options: &Options,
    sent: Instant,
    deadline: Instant,
    patience: Duration,
) -> Result<Heard, Fault>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let mut transaction = Transaction::new(options, sent);
    let mut framer = Framer::new();
    let mut buffer = [0; 4096];
    let sending = async {
        stream.write_all(options.bytes()).await?;
        stream.flush().await
    };
    match timeout_at(deadline, sending).await {
        Err(_) => return Err(transaction.expired(patience)),
        Ok(Err(why)) => return Err(broken(&transaction, false, &why)),
        Ok(Ok(())) => {}
    }
    loop {
        let read = match timeout_at(deadline, stream.read(&mut buffer)).await {
            Err(_) => return Err(transaction.expired(patience)),
            Ok(Err(why)) => return Err(broken(&transaction, framer.is_amid(), &why)),
            Ok(Ok(0)) => return Err(transaction.ended(framer.is_amid(), "the peer closed the connection")),
            Ok(Ok(read)) => read,
        };
        let at = Instant::now();
        framer.push(&buffer[..read]);
        while let Some(message) = framer.take().map_err(|why| malformed(&why))? {
            if let Some(heard) = transaction.hear(&message, at) {
                return Ok(heard);
            }
        }
        if at >= deadline {
            return Err(transaction.expired(patience));
        }
    }
}

fn broken(transaction: &Transaction<'_>, amid: bool, why: &io::Error) -> Fault {
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
