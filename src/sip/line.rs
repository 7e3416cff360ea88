//! A connection that SIP runs over: a stream, which is cut into messages, or a `WebSocket`, which carries
//! one message in each of its own (RFC 7118 5.1).

use std::io::{self, ErrorKind};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message as Frame};

use super::Message;
use super::frame::{FrameError, Framer, datagram};
use crate::model::Text;

/// How long to wait for a connection to take our goodbye.
const GOODBYE: Duration = Duration::from_millis(50);

/// Bytes in both directions: TCP, or TLS over it.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Duplex for S {}

/// A connection.
pub(super) enum Line {
    /// TCP or TLS, and what of a message has come.
    Stream(Box<dyn Duplex>, Box<Framer>),
    /// A `WebSocket` over either.
    Web(Box<WebSocketStream<Box<dyn Duplex>>>),
}

/// A message, its bytes, and when they were there.
pub(super) struct Taken {
    pub(super) message: Message,
    pub(super) raw: Vec<u8>,
    pub(super) at: Instant,
}

/// Why nothing more can be said or heard.
pub(super) enum Lost {
    /// The peer has closed it.
    Closed,
    /// It broke.
    Io(io::Error),
    /// What came is not SIP.
    Garbage(FrameError, Vec<u8>),
    /// What came is no `WebSocket` frame, for this reason.
    NoFrame(Text),
}

impl Lost {
    /// How, in words.
    pub(super) fn words(&self) -> Text {
        Text::new(&match self {
            Self::Closed => "the peer closed the connection".to_owned(),
            Self::Garbage(why, _) => format!("what came is not SIP: {why}"),
            Self::NoFrame(why) => format!("what came is no WebSocket frame: {why}"),
            Self::Io(why) => match (super::tls::refusal(why), why.kind()) {
                (Some(fault), _) => fault.detail.to_string(),
                (None, ErrorKind::UnexpectedEof) => "the peer closed the connection".to_owned(),
                (None, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted) => {
                    "the peer reset the connection".to_owned()
                }
                (None, ErrorKind::TimedOut) => "the connection died: nothing came back".to_owned(),
                (None, _) => format!("the connection broke: {}", super::socket::words(why)),
            },
        })
    }
}

impl From<io::Error> for Lost {
    fn from(why: io::Error) -> Self {
        Self::Io(why)
    }
}

impl From<Error> for Lost {
    fn from(why: Error) -> Self {
        use tokio_tungstenite::tungstenite::error::ProtocolError;
        match why {
            Error::Io(why) => Self::Io(why),
            Error::ConnectionClosed
            | Error::AlreadyClosed
            | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Self::Closed,
            Error::Capacity(_) => Self::Garbage(FrameError::TooLarge, Vec::new()),
            other => Self::NoFrame(Text::new(&other.to_string())),
        }
    }
}

impl Line {
    /// A stream on which nothing has been said.
    pub(super) fn stream(stream: Box<dyn Duplex>) -> Self {
        Self::Stream(stream, Box::default())
    }

    /// Sends a message.
    pub(super) async fn send(&mut self, message: &[u8]) -> Result<(), Lost> {
        match self {
            Self::Stream(stream, _) => {
                stream.write_all(message).await?;
                stream.flush().await?;
            }
            // Most servers want text, which a message of ours always is.
            Self::Web(socket) => {
                let frame = str::from_utf8(message).map_or_else(|_| Frame::binary(message.to_vec()), Frame::text);
                socket.send(frame).await?;
            }
        }
        Ok(())
    }

    /// Waits for the next message.
    pub(super) async fn next(&mut self) -> Result<Taken, Lost> {
        loop {
            if let Some(taken) = self.wait().await? {
                return Ok(taken);
            }
        }
    }

    /// Waits until anything comes: the next message, or none where it is a part of one, or a sign of life between two.
    /// Whoever stops waiting loses nothing.
    pub(super) async fn wait(&mut self) -> Result<Option<Taken>, Lost> {
        match self {
            Self::Stream(stream, framer) => from_stream(stream, framer).await,
            Self::Web(socket) => from_socket(socket).await,
        }
    }

    /// Asks the peer for a sign of life (RFC 5626 3.5.1, RFC 7118 6).
    pub(super) async fn ping(&mut self) -> Result<(), Lost> {
        match self {
            Self::Stream(..) => self.send(b"\r\n\r\n").await,
            Self::Web(socket) => Ok(socket.send(Frame::Ping(Bytes::new())).await?),
        }
    }

    /// Whether a message has begun and not ended.
    pub(super) fn is_amid(&self) -> bool {
        match self {
            Self::Stream(_, framer) => framer.is_amid(),
            Self::Web(_) => false,
        }
    }

    /// Says goodbye. Whether the peer takes it changes nothing that was seen.
    pub(super) async fn close(mut self) {
        let goodbye = async {
            match &mut self {
                Self::Stream(stream, _) => drop(stream.shutdown().await),
                Self::Web(socket) => drop(WebSocketStream::close(socket, None).await),
            }
        };
        drop(timeout(GOODBYE, goodbye).await);
    }
}

async fn from_stream(stream: &mut Box<dyn Duplex>, framer: &mut Framer) -> Result<Option<Taken>, Lost> {
    let mut at = Instant::now();
    // One piece may have held several messages.
    let mut taken = take(framer)?;
    if taken.is_none() {
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).await?;
        at = Instant::now();
        if read == 0 {
            return Err(Lost::Closed);
        }
        framer.push(&buffer[..read]);
        taken = take(framer)?;
    }
    Ok(taken.map(|(message, raw)| Taken { message, raw, at }))
}

fn take(framer: &mut Framer) -> Result<Option<(Message, Vec<u8>)>, Lost> {
    match framer.take() {
        Ok(message) => Ok(message.map(|message| (message, framer.raw().to_vec()))),
        Err(why) => Err(Lost::Garbage(why, framer.raw().to_vec())),
    }
}

async fn from_socket(socket: &mut WebSocketStream<Box<dyn Duplex>>) -> Result<Option<Taken>, Lost> {
    let frame = socket.next().await.ok_or(Lost::Closed)??;
    let at = Instant::now();
    let raw = match frame {
        Frame::Text(text) => text.as_bytes().to_vec(),
        Frame::Binary(bytes) => bytes.to_vec(),
        Frame::Close(_) => return Err(Lost::Closed),
        Frame::Ping(_) | Frame::Pong(_) | Frame::Frame(_) => return Ok(None),
    };
    match datagram(&raw) {
        Ok(message) => Ok(message.map(|message| Taken { message, raw, at })),
        Err(why) => Err(Lost::Garbage(why, raw)),
    }
}
