//! SIP over UDP.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::task::JoinSet;

use super::super::reply::{reply, way_back};
use super::{Behaviour, Desk, Door};
use crate::sip::frame;

/// Answers that may be on their way at once; what comes on top of them is lost, as on a busy host.
const MAX_PENDING: usize = 256;

/// Between two tries to have a port again, or to read from a socket that gave an error.
pub(super) const RETRY: Duration = Duration::from_millis(20);

/// Serves a socket for ever, and closes it while the host refuses.
pub(super) async fn serve(desk: Arc<Desk>, socket: UdpSocket, at: SocketAddr, door: Door) {
    let mut held = Some(socket);
    loop {
        if desk.behaviour() == Behaviour::Refuse {
            drop(held.take());
            door.send_replace(false);
            desk.until(|behaviour| behaviour != Behaviour::Refuse).await;
        }
        let socket = match held.take() {
            Some(socket) => socket,
            None => bind_again(at).await,
        };
        door.send_replace(true);
        let socket = Arc::new(socket);
        let mut pending = JoinSet::new();
        tokio::select! {
            () = answer_all(&desk, &socket, &mut pending) => {}
            () = desk.until(|behaviour| behaviour == Behaviour::Refuse) => {}
        }
        // The socket is closed when the last who holds it is gone: at the end of this turn, at the latest.
        pending.shutdown().await;
    }
}

async fn bind_again(at: SocketAddr) -> UdpSocket {
    loop {
        match UdpSocket::bind(at).await {
            Ok(socket) => return socket,
            Err(_) => tokio::time::sleep(RETRY).await,
        }
    }
}

async fn answer_all(desk: &Arc<Desk>, socket: &Arc<UdpSocket>, pending: &mut JoinSet<()>) {
    let mut buffer = vec![0; frame::MAX_MESSAGE];
    loop {
        let received = tokio::select! {
            Some(_) = pending.join_next() => continue,
            received = socket.recv_from(&mut buffer) => received,
        };
        let Ok((length, source)) = received else {
            tokio::time::sleep(RETRY).await;
            continue;
        };
        let Ok(Some(request)) = frame::datagram(&buffer[..length]) else { continue };
        if pending.len() >= MAX_PENDING || desk.way.loses(&request, desk.behaviour()) {
            continue;
        }
        let (desk, socket) = (desk.clone(), socket.clone());
        pending.spawn(async move {
            desk.receive().await;
            let behaviour = desk.behaviour();
            if let Some(octets) = reply(&request, source, behaviour, desk.registrar.as_deref()) {
                let back = way_back(&request, source);
                // It cannot be sent where the peer is gone; then nobody misses it.
                let _ = if behaviour == Behaviour::Elsewhere {
                    from_elsewhere(&socket, &octets, back).await
                } else {
                    socket.send_to(&octets, back).await
                };
            }
        });
    }
}

/// Sends from the address of `beside`, and from another port.
async fn from_elsewhere(beside: &UdpSocket, octets: &[u8], back: SocketAddr) -> io::Result<usize> {
    let other = UdpSocket::bind((beside.local_addr()?.ip(), 0)).await?;
    other.send_to(octets, back).await
}
