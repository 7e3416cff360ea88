//! SIP over TCP and TLS.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::super::reply::reply;
use super::datagrams::RETRY;
use super::{Behaviour, Desk, Door};
use crate::sip::frame::Framer;

/// Connections that a listener has at once; what comes on top of them is closed.
const MAX_CONNECTIONS: usize = 128;

/// A connection that says nothing for so long is closed.
const IDLE: Duration = Duration::from_secs(600);

/// A TLS handshake may take so long, while the host is not silent.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// What runs over a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Tcp,
    Tls,
}

/// Serves a listener for ever, and closes it, with its connections, while the host refuses.
pub(super) async fn serve(desk: Arc<Desk>, listener: TcpListener, at: SocketAddr, kind: Kind, door: Door) {
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
            () = accept_all(&desk, &listener, kind, &mut connections) => {}
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

async fn accept_all(desk: &Arc<Desk>, listener: &TcpListener, kind: Kind, connections: &mut JoinSet<()>) {
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
                    match kind {
                        Kind::Tcp => converse(&desk, stream, source).await,
                        Kind::Tls => converse_over_tls(&desk, stream, source).await,
                    }
                });
            }
            Ok(_) => {}
            Err(_) => tokio::time::sleep(RETRY).await,
        }
    }
}

/// Ends when the certificate changes, as it does when a real host is given one and starts anew.
async fn converse_over_tls(desk: &Desk, stream: TcpStream, source: SocketAddr) {
    let Some(certificate) = &desk.certificate else { return };
    let mut certificate = certificate.subscribe();
    desk.until(|behaviour| behaviour != Behaviour::Silent).await;
    let acceptor = TlsAcceptor::from(certificate.borrow_and_update().clone());
    let talk = async {
        if let Ok(Ok(stream)) = timeout(HANDSHAKE, acceptor.accept(stream)).await {
            converse(desk, stream, source).await;
        }
    };
    tokio::select! {
        () = talk => {}
        _ = certificate.changed() => {}
    }
}

/// Answers one request after the other until the peer ends, or says what is no SIP.
async fn converse(desk: &Desk, mut stream: impl AsyncRead + AsyncWrite + Unpin, source: SocketAddr) {
    let mut framer = Framer::new();
    let mut buffer = vec![0; 4096];
    loop {
        match timeout(IDLE, stream.read(&mut buffer)).await {
            Ok(Ok(length)) if length > 0 => framer.push(&buffer[..length]),
            _ => return,
        }
        loop {
            match framer.take() {
                Ok(Some(request)) => {
                    desk.receive().await;
                    let Some(octets) = reply(&request, source, desk.behaviour()) else { continue };
                    if stream.write_all(&octets).await.is_err() || stream.flush().await.is_err() {
                        return;
                    }
                }
                Ok(None) => break,
                Err(_) => return,
            }
        }
    }
}
