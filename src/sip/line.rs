//! A connection that SIP runs over: a stream, which is cut into messages, or a `WebSocket`, which carries
//! one message in each of its own (RFC 7118 5.1).

use std::io;
use std::time::Duration;

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
        match self {
            Self::Stream(stream, framer) => from_stream(stream, framer).await,
            Self::Web(socket) => from_socket(socket).await,
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

async fn from_stream(stream: &mut Box<dyn Duplex>, framer: &mut Framer) -> Result<Taken, Lost> {
    let mut buffer = [0; 4096];
    let mut at = Instant::now();
    loop {
        match framer.take() {
            Ok(Some(message)) => return Ok(Taken { message, raw: framer.raw().to_vec(), at }),
            Ok(None) => {}
            Err(why) => return Err(Lost::Garbage(why, framer.raw().to_vec())),
        }
        let read = stream.read(&mut buffer).await?;
        at = Instant::now();
        if read == 0 {
            return Err(Lost::Closed);
        }
        framer.push(&buffer[..read]);
    }
}

async fn from_socket(socket: &mut WebSocketStream<Box<dyn Duplex>>) -> Result<Taken, Lost> {
    loop {
        let frame = socket.next().await.ok_or(Lost::Closed)??;
        let at = Instant::now();
        let raw = match frame {
            Frame::Text(text) => text.as_bytes().to_vec(),
            Frame::Binary(bytes) => bytes.to_vec(),
            Frame::Close(_) => return Err(Lost::Closed),
            Frame::Ping(_) | Frame::Pong(_) | Frame::Frame(_) => continue,
        };
        match datagram(&raw) {
            Ok(Some(message)) => return Ok(Taken { message, raw, at }),
            Ok(None) => {}
            Err(why) => return Err(Lost::Garbage(why, raw)),
        }
    }
}
