//! Agrees on a `WebSocket` with SIP in it (RFC 6455 4.1, RFC 7118 4).

use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::client::ClientRequestBuilder;
use tokio_tungstenite::tungstenite::error::{ProtocolError, SubProtocolError};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, http};

use super::frame::MAX_MESSAGE;
use super::line::{Duplex, Line};
use super::socket::words;
use super::transaction::{Fault, span};
use crate::model::{Host, ProbeRequest, ProbeResult, Text};

/// Turns a stream into a `WebSocket`. The host that is asked for is the SIP domain, as in TLS.
pub(super) async fn upgrade(
    stream: Box<dyn Duplex>,
    request: &ProbeRequest,
    deadline: Instant,
    patience: Duration,
) -> Result<Line, Fault> {
    let uri = uri(request).map_err(|why| Fault::ours(ProbeResult::WsHandshake, why.to_string()))?;
    let asked = ClientRequestBuilder::new(uri).with_sub_protocol("sip");
    let limits = WebSocketConfig::default().max_message_size(Some(MAX_MESSAGE)).max_frame_size(Some(MAX_MESSAGE));
    let shaken = timeout_at(deadline, client_async_with_config(asked, stream, Some(limits))).await;
    let (socket, _) = shaken
        .map_err(|_| {
            let wait = span(patience);
            Fault::theirs(ProbeResult::Timeout, format!("connected, but no WebSocket handshake in {wait}"))
        })?
        .map_err(|why| refused(&why))?;
    Ok(Line::Web(Box::new(socket)))
}

fn uri(request: &ProbeRequest) -> Result<http::Uri, http::Error> {
    let host = match &request.uri.host {
        Host::Name(name) => name.to_string(),
        Host::Ip(ip) => super::options::bare(*ip),
    };
    let port = request.endpoint.at.port();
    http::Uri::builder()
        .scheme(request.endpoint.transport.as_str())
        .authority(format!("{host}:{port}"))
        .path_and_query(request.settings.ws_path.as_str())
        .build()
}

/// Why there is no `WebSocket`. What may be about us, our path or our rights, is `ours`.
fn refused(why: &Error) -> Fault {
    let theirs = |detail: &str| Fault::theirs(ProbeResult::WsHandshake, detail);
    match why {
        Error::Http(response) => {
            let status = response.status();
            let said = format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or_default());
            let said = said.trim_end();
            match status.as_u16() {
                401 | 403 | 404 | 407 => Fault::ours(
                    ProbeResult::WsHandshake,
                    format!(
                        "peer answered {said} in HTTP: it may want another path (ws_path), origin or credentials than ours"
                    ),
                ),
                _ => theirs(&format!("peer answered {said} in HTTP")),
            }
        }
        Error::Protocol(ProtocolError::SecWebSocketSubProtocolError(SubProtocolError::NoSubProtocol)) => {
            theirs("peer speaks WebSocket, and did not agree to SIP in it (no subprotocol \"sip\", RFC 7118 4)")
        }
        Error::Protocol(ProtocolError::SecWebSocketSubProtocolError(_)) => {
            theirs("peer agreed to another WebSocket subprotocol than \"sip\" (RFC 7118 4)")
        }
        Error::Protocol(ProtocolError::HandshakeIncomplete) => {
            Fault::theirs(ProbeResult::Reset, "the peer closed the connection during the WebSocket handshake")
        }
        Error::Protocol(ProtocolError::HttparseError(_) | ProtocolError::WrongHttpVersion) | Error::AttackAttempt => {
            theirs("what came is not HTTP: another protocol on this port?")
        }
        Error::Io(why) => super::tls::refusal(why).unwrap_or_else(|| {
            let detail = format!("the connection broke during the WebSocket handshake: {}", words(why));
            Fault::theirs(ProbeResult::Reset, detail)
        }),
        other => theirs(Text::new(&other.to_string()).as_str()),
    }
}
