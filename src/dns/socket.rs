//! Datagram sockets for hickory that are connected to their server.
//!
//! Hickory's own are not, so that a host which says "port unreachable" looks like one that is silent. On a
//! connected socket the kernel hands that message to us (RFC 1122 4.1.3.3), and drops what others send.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use async_trait::async_trait;
use hickory_net::runtime::{DnsUdpSocket, RuntimeProvider, TokioHandle, TokioRuntimeProvider, TokioTime};
use tokio::io::ReadBuf;
use tokio::net::UdpSocket;

/// The sockets of Tokio; those for datagrams are [`Connected`].
#[derive(Clone, Default)]
pub(super) struct Sockets(TokioRuntimeProvider);

impl RuntimeProvider for Sockets {
    type Handle = TokioHandle;
    type Timer = TokioTime;
    type Udp = Connected;
    type Tcp = <TokioRuntimeProvider as RuntimeProvider>::Tcp;

    fn create_handle(&self) -> Self::Handle {
        self.0.create_handle()
    }

    fn connect_tcp(
        &self,
        server: SocketAddr,
        local: Option<SocketAddr>,
        timeout: Option<Duration>,
    ) -> Pin<Box<dyn Send + Future<Output = io::Result<Self::Tcp>>>> {
        self.0.connect_tcp(server, local, timeout)
    }

    fn bind_udp(
        &self,
        local: SocketAddr,
        server: SocketAddr,
    ) -> Pin<Box<dyn Send + Future<Output = io::Result<Self::Udp>>>> {
        Box::pin(async move {
            let socket = UdpSocket::bind(local).await?;
            socket.connect(server).await?;
            Ok(Connected { socket, server })
        })
    }
}

/// A datagram socket that hears one server only.
pub(super) struct Connected {
    socket: UdpSocket,
    server: SocketAddr,
}

#[async_trait]
impl DnsUdpSocket for Connected {
    type Time = TokioTime;

    fn poll_recv_from(&self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<(usize, SocketAddr)>> {
        let mut buf = ReadBuf::new(buf);
        ready!(self.socket.poll_recv(cx, &mut buf))?;
        Poll::Ready(Ok((buf.filled().len(), self.server)))
    }

    /// Not by polling: that wakes for data, and leaves the word of an ICMP message lying.
    async fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        Ok((self.socket.recv(buf).await?, self.server))
    }

    fn poll_send_to(&self, cx: &mut Context<'_>, buf: &[u8], _target: SocketAddr) -> Poll<io::Result<usize>> {
        self.socket.poll_send(cx, buf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_waits_already_hears_that_the_port_is_closed() {
        let closed = UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let socket = Sockets::default().bind_udp("127.0.0.1:0".parse().unwrap(), closed).await.unwrap();
        let mut buffer = [0; 16];
        let sent_later = async {
            tokio::task::yield_now().await;
            socket.send_to(b"anyone?", closed).await
        };
        let both = async { tokio::join!(socket.recv_from(&mut buffer), sent_later) };
        let (received, sent) = tokio::time::timeout(Duration::from_secs(10), both).await.expect("nobody was told");
        assert_eq!(sent.unwrap(), 7);
        assert_eq!(received.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    }
}
