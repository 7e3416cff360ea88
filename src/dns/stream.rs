//! Questions over TCP, TLS and HTTPS: one connection to a server, and many questions on it.
//!
//! A connection that broke, or that let a question time out, is left to those who still wait on it, and the
//! next question makes a new one.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hickory_net::client::Client;
use hickory_net::h2::HttpsClientStream;
use hickory_net::proto::op::{DnsRequest, DnsRequestOptions, Message, Query};
use hickory_net::runtime::TokioRuntimeProvider;
use hickory_net::tcp::TcpClientStream;
use hickory_net::tls::tls_client_connect;
use hickory_net::xfer::{DnsClientStream, DnsRequestSender, FirstAnswer};
use hickory_net::{BufDnsStreamHandle, DnsHandle, DnsMultiplexer, NetError};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::sync::Mutex;
use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::datagram::Manner;
use super::message;
use crate::model::{Host, Text};

/// Over one connection, hickory queues no more than 32 messages, and answers `Busy` to the next.
pub(super) const IN_FLIGHT: usize = 30;

/// What the connection is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Tcp,
    /// With the name that the certificate must hold.
    Tls(Host),
    /// With the name that the certificate must hold, and the path.
    Https(Host, Text),
}

/// One server, over a connection.
pub(super) struct Stream {
    server: SocketAddr,
    kind: Kind,
    tls: Arc<ClientConfig>,
    longest: Duration,
    live: Mutex<Option<Live>>,
}

/// A client, and the task that moves its messages; that ends when the connection does.
#[derive(Clone)]
struct Live {
    client: Client<TokioRuntimeProvider>,
    driver: AbortHandle,
}

impl Stream {
    /// Connects to nobody yet. No question waits for its response for more than `longest`.
    pub(super) fn new(server: SocketAddr, kind: Kind, tls: Arc<ClientConfig>, longest: Duration) -> Self {
        Self { server, kind, tls, longest, live: Mutex::default() }
    }

    /// Sends one question once, and waits for its response.
    pub(super) async fn exchange(&self, query: Query, manner: Manner, wait: Duration) -> Result<Message, NetError> {
        let settled = timeout(wait, self.attempt(query, manner)).await.unwrap_or(Err(NetError::Timeout));
        if settled.is_err() {
            self.forget();
        }
        settled
    }

    async fn attempt(&self, query: Query, manner: Manner) -> Result<Message, NetError> {
        let client = self.client().await?;
        // Hickory draws the id itself.
        let request = DnsRequest::new(manner.message(0, query.clone()), DnsRequestOptions::default());
        let (response, _) = client.send(request).first_answer().await?.into_parts();
        // Only the id has been compared.
        if message::is_to(&response, &query) { Ok(response) } else { Err(NetError::Message(message::ASTRAY)) }
    }

    async fn client(&self) -> Result<Client<TokioRuntimeProvider>, NetError> {
        let mut live = self.live.lock().await;
        if let Some(live) = live.as_ref().filter(|live| !live.driver.is_finished()) {
            return Ok(live.client.clone());
        }
        let fresh = self.connect().await?;
        let client = fresh.client.clone();
        *live = Some(fresh);
        Ok(client)
    }

    /// Leaves the connection. Whoever holds the lock is making a new one already.
    fn forget(&self) {
        if let Ok(mut live) = self.live.try_lock() {
            *live = None;
        }
    }

    /// Until the connection has ended.
    #[cfg(test)]
    pub(super) async fn ended(&self) {
        while self.live.lock().await.as_ref().is_some_and(|live| !live.driver.is_finished()) {
            tokio::task::yield_now().await;
        }
    }

    async fn connect(&self) -> Result<Live, NetError> {
        let at = self.server;
        let sockets = TokioRuntimeProvider::default();
        // Hickory's own clock must not be faster than the one that says how long a try is, be it another's.
        let patience = self.longest.saturating_mul(2);
        Ok(match &self.kind {
            Kind::Tcp => {
                let (stream, handle) = TcpClientStream::new(at, None, Some(patience), sockets);
                drive(multiplexed(stream.await?, handle, patience))
            }
            Kind::Tls(host) => {
                let (stream, handle) = tls_client_connect(at, server_name(host)?, self.tls.clone(), sockets);
                drive(multiplexed(stream.await?, handle, patience))
            }
            Kind::Https(host, path) => {
                let builder = HttpsClientStream::builder(self.tls.clone(), sockets);
                drive(builder.build(at, host.to_string().into(), path.as_str().into()).await?)
            }
        })
    }
}

fn drive<S: DnsRequestSender>(sender: S) -> Live {
    let (client, background) = Client::from_sender(sender);
    Live { client, driver: tokio::spawn(background).abort_handle() }
}

fn multiplexed<S: DnsClientStream>(stream: S, handle: BufDnsStreamHandle, patience: Duration) -> DnsMultiplexer<S> {
    // Those that were given up count until the task runs again, so there is room for as many more.
    DnsMultiplexer::new(stream, handle).with_timeout(patience).with_max_active_requests(8 * IN_FLIGHT)
}

fn server_name(host: &Host) -> Result<ServerName<'static>, NetError> {
    let bad = |_| NetError::Msg(format!("{host} cannot be the name in a certificate"));
    match host {
        Host::Ip(ip) => Ok(ServerName::from(*ip)),
        Host::Name(name) => ServerName::try_from(name.to_string()).map_err(bad),
    }
}
