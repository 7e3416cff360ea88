//! SIP over TCP and TLS, and in a `WebSocket` over either (RFC 7118).

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config};

use super::super::reply::reply;
use super::datagrams::RETRY;
use super::{Behaviour, Desk, Door};
use crate::model::Transport;
use crate::sip::frame::{Framer, MAX_MESSAGE, datagram};

/// The header that names what runs in a `WebSocket` (RFC 6455 11.3.4).
const PROTOCOL: &str = "Sec-WebSocket-Protocol";

/// What keeps a connection alive while nothing else is said, and what it gets (RFC 5626 3.5.1).
const PING: &[u8] = b"\r\n\r\n";
const PONG: &[u8] = b"\r\n";

/// What a host that should speak TLS and does not says to a handshake.
const NOT_SIP: &[u8] = b"SIP/2.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n";

/// Octets in both directions.
trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Duplex for S {}

/// Connections that a listener has at once; what comes on top of them is closed.
const MAX_CONNECTIONS: usize = 128;

/// A connection that says nothing for so long is closed.
const IDLE: Duration = Duration::from_secs(600);

/// A TLS handshake may take so long, while the host is not silent.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Serves a listener for ever, and closes it, with its connections, while the host refuses.
pub(super) async fn serve(desk: Arc<Desk>, listener: TcpListener, at: SocketAddr, transport: Transport, door: Door) {
    let mut held = Some(listener);
    loop {
        if desk.behaviour() == Behaviour::Refuse {
            drop(held.take());
            door.send_replace(false);
            desk.until(|behaviour| behaviour != Behaviour::Refuse).await;
        }
        let listener = match held.take() {
            Some(listener) => listener,
            None => bind_again(at).await,
        };
        door.send_replace(true);
        let mut connections = JoinSet::new();
        tokio::select! {
            () = accept_all(&desk, &listener, transport, &mut connections) => {}
            () = desk.until(|behaviour| behaviour == Behaviour::Refuse) => {}
        }
        drop(listener);
        connections.shutdown().await;
    }
}

async fn bind_again(at: SocketAddr) -> TcpListener {
    loop {
        match TcpListener::bind(at).await {
            Ok(listener) => return listener,
            Err(_) => tokio::time::sleep(RETRY).await,
        }
    }
}

async fn accept_all(desk: &Arc<Desk>, listener: &TcpListener, transport: Transport, connections: &mut JoinSet<()>) {
    loop {
        let accepted = tokio::select! {
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, source)) if connections.len() < MAX_CONNECTIONS => {
                // Small answers must not wait for each other; where it fails, they do.
                let _ = stream.set_nodelay(true);
                let desk = desk.clone();
                connections.spawn(async move {
                    if transport.is_secure() {
                        converse_over_tls(&desk, stream, source, transport).await;
                    } else {
                        talk(&desk, stream, source, transport).await;
                    }
                });
            }
            Ok(_) => {}
            Err(_) => tokio::time::sleep(RETRY).await,
        }
    }
}

/// Ends when the certificate changes, or whether TLS is spoken at all, as it does when a real host is set up
/// otherwise and starts anew.
async fn converse_over_tls(desk: &Desk, stream: TcpStream, source: SocketAddr, transport: Transport) {
    let Some(certificate) = &desk.certificate else { return };
    let mut certificate = certificate.subscribe();
    desk.until(|behaviour| behaviour != Behaviour::Silent).await;
    let acceptor = TlsAcceptor::from(certificate.borrow_and_update().clone());
    let is_clear = desk.behaviour() == Behaviour::Clear;
    let talking = async {
        if is_clear {
            talk(desk, stream, source, transport).await;
        } else if let Ok(Ok(stream)) = timeout(HANDSHAKE, acceptor.accept(stream)).await {
            talk(desk, stream, source, transport).await;
        }
    };
    tokio::select! {
        () = talking => {}
        _ = certificate.changed() => {}
        () = desk.until(|behaviour| (behaviour == Behaviour::Clear) != is_clear) => {}
    }
}

async fn talk(desk: &Desk, stream: impl Duplex, source: SocketAddr, transport: Transport) {
    if matches!(transport, Transport::Ws | Transport::Wss) {
        desk.until(|behaviour| behaviour != Behaviour::Silent).await;
        let limits = WebSocketConfig::default().max_message_size(Some(MAX_MESSAGE)).max_frame_size(Some(MAX_MESSAGE));
        let accepting = accept_hdr_async_with_config(stream, agree, Some(limits));
        // What fails here is the peer's business.
        let Ok(Ok(socket)) = timeout(HANDSHAKE, accepting).await else { return };
        converse_in_frames(desk, socket, source).await;
    } else {
        converse(desk, stream, source).await;
    }
}

/// Agrees to SIP in the `WebSocket`, and to nothing else (RFC 7118 4).
#[expect(clippy::result_large_err, reason = "the library's own type")]
fn agree(request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    let offered = request.headers().get_all(PROTOCOL).iter().filter_map(|value| value.to_str().ok());
    if offered.flat_map(|list| list.split(',')).any(|name| name.trim().eq_ignore_ascii_case("sip")) {
        response.headers_mut().insert(PROTOCOL, HeaderValue::from_static("sip"));
        Ok(response)
    } else {
        let mut refusal = ErrorResponse::new(Some("only SIP is spoken here".to_owned()));
        *refusal.status_mut() = StatusCode::BAD_REQUEST;
        Err(refusal)
    }
}

/// Answers each frame with one.
async fn converse_in_frames(desk: &Desk, mut socket: WebSocketStream<impl Duplex>, source: SocketAddr) {
    while let Ok(Some(Ok(frame))) = timeout(IDLE, socket.next()).await {
        if !frame.is_text() && !frame.is_binary() {
            continue;
        }
        let Ok(said) = datagram(&frame.into_data()) else { return };
        let Some(request) = said else { continue };
        desk.receive().await;
        let Some(octets) = reply(&request, source, desk.behaviour(), desk.registrar.as_deref()) else { continue };
        if socket.send(Frame::binary(octets)).await.is_err() {
            return;
        }
    }
}

/// Answers one request after the other until the peer ends, or says what is no SIP.
async fn converse(desk: &Desk, mut stream: impl Duplex, source: SocketAddr) {
    let mut framer = Framer::new();
    let mut buffer = vec![0; 4096];
    loop {
        match timeout(IDLE, stream.read(&mut buffer)).await {
            Ok(Ok(length)) if length > 0 => {
                let is_ping = !framer.is_amid() && buffer[..length] == *PING;
                framer.push(&buffer[..length]);
                let pong = is_ping && desk.behaviour() != Behaviour::Silent;
                if pong && (stream.write_all(PONG).await.is_err() || stream.flush().await.is_err()) {
                    return;
                }
            }
            _ => return,
        }
        loop {
            match framer.take() {
                Ok(Some(request)) => {
                    desk.receive().await;
                    let Some(octets) = reply(&request, source, desk.behaviour(), desk.registrar.as_deref()) else {
                        continue;
                    };
                    if stream.write_all(&octets).await.is_err() || stream.flush().await.is_err() {
                        return;
                    }
                }
                Ok(None) => break,
                Err(_) => {
                    if desk.behaviour() == Behaviour::Clear {
                        // The peer may be gone by now.
                        let _ = stream.write_all(NOT_SIP).await;
                    }
                    return;
                }
            }
        }
    }
}
