//! Signs of life (RFC 5626 4.4, RFC 7118 6).

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::UdpSocket;
use tokio::time::timeout;
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};

use super::*;
use crate::model::Transport::{Tcp, Udp, Ws};
use crate::sip::frame::datagram;

/// Lets so much time pass, without waiting for it. What was agreed on arrives before.
async fn later(seconds: u64) {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

async fn is_there(client: &RegisterClient, at: SocketAddr) -> bool {
    let acme = acme();
    let lost = client.lost(&acme, Endpoint { transport: Tcp, at });
    timeout(HASTY, lost).await.is_err()
}

const OUTBOUND: (&str, &str) = ("Require", "outbound");

#[tokio::test]
async fn a_connection_is_kept_alive_by_two_line_ends() {
    for (more, seconds) in [(&[][..], 121), (&[OUTBOUND], 121), (&[OUTBOUND, ("Flow-Timer", "40")], 41)] {
        let (at, listener) = by_hand().await;
        let client = client(Roots::system());
        let request = wanted(Tcp, at, BIND);
        let acme = acme();
        let (report, mut stream) = tokio::join!(client.register(&acme, &request), serve_one(&listener, more));
        granted(&report);
        // As long as it is answered, it stays.
        for _ in 0..2 {
            later(seconds).await;
            let mut ping = [0; 4];
            timeout(PATIENT, stream.read_exact(&mut ping)).await.expect("nothing came").unwrap();
            assert_eq!(&ping, b"\r\n\r\n");
            stream.write_all(b"\r\n").await.unwrap();
            assert!(is_there(&client, at).await);
        }
        later(seconds).await;
        let mut ping = [0; 4];
        timeout(PATIENT, stream.read_exact(&mut ping)).await.expect("nothing came").unwrap();
        later(11).await;
        // Only who said that he answers has to.
        let demands = more.contains(&OUTBOUND);
        assert_eq!(is_there(&client, at).await, !demands);
        if demands {
            let how = client.lost(&acme, Endpoint { transport: Tcp, at }).await;
            assert_eq!(how.as_str(), "the peer no longer answers when it is kept alive");
        }
    }
}

#[tokio::test]
async fn who_waits_for_an_answer_hears_that_the_peer_is_gone() {
    let (at, listener) = by_hand().await;
    let client = client(Roots::system());
    let (acme, request) = (acme(), RegisterRequest { patience: Duration::from_secs(900), ..wanted(Tcp, at, BIND) });
    let (report, mut stream) = tokio::join!(client.register(&acme, &request), serve_one(&listener, &[OUTBOUND]));
    granted(&report);
    let peer = async {
        let request = next(&mut stream, &mut Framer::new()).await.unwrap();
        stream.write_all(&request.reply(100, "Trying", "t").to_bytes()).await.unwrap();
        later(121).await;
        let mut ping = [0; 4];
        timeout(PATIENT, stream.read_exact(&mut ping)).await.expect("nothing came").unwrap();
        later(11).await;
    };
    let (report, ()) = tokio::join!(client.register(&acme, &request), peer);
    let said = "the peer no longer answers when it is kept alive".to_owned();
    assert_eq!(failed(&report), (ProbeResult::Reset, false, said));
}

#[tokio::test]
async fn over_udp_a_binding_is_kept_reachable() {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at = socket.local_addr().unwrap();
    let client = client(Roots::system());
    for (purpose, speaks) in [(Purpose::Fetch, false), (BIND, true), (Purpose::Remove, false)] {
        let peer = async {
            let mut buffer = [0; 4096];
            let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
            let request = datagram(&buffer[..length]).unwrap().unwrap();
            socket.send_to(&accept(&request).to_bytes(), from).await.unwrap();
        };
        let (acme, request) = (acme(), wanted(Udp, at, purpose));
        let (report, ()) = tokio::join!(client.register(&acme, &request), peer);
        granted(&report);
        later(27).await;
        let mut buffer = [0; 16];
        let came = timeout(if speaks { PATIENT } else { HASTY }, socket.recv(&mut buffer)).await;
        assert_eq!(came.map(|length| buffer[..length.unwrap()].to_vec()).ok(), speaks.then(|| b"\r\n".to_vec()));
    }
}

#[tokio::test]
async fn a_websocket_is_kept_alive_by_its_own_ping() {
    let (at, listener) = by_hand().await;
    let client = client(Roots::system());
    let (acme, request) = (acme(), wanted(Ws, at, BIND));
    let peer = async {
        let (stream, _) = listener.accept().await.unwrap();
        #[expect(clippy::result_large_err, reason = "the library's own type")]
        let agree = |_: &Request, mut response: Response| -> Result<Response, ErrorResponse> {
            response.headers_mut().insert("Sec-WebSocket-Protocol", "sip".parse().unwrap());
            Ok(response)
        };
        let mut socket = accept_hdr_async(stream, agree).await.unwrap();
        let Some(Ok(Frame::Text(text))) = socket.next().await else { panic!("no request") };
        let request = datagram(text.as_bytes()).unwrap().unwrap();
        assert!(value(&request, "Via").starts_with("SIP/2.0/WS 127.0.0.1:"));
        let reply = String::from_utf8(accept(&request).to_bytes()).unwrap();
        socket.send(Frame::text(reply)).await.unwrap();
        socket
    };
    let (report, mut socket) = tokio::join!(client.register(&acme, &request), peer);
    assert!(granted(&report).ours().is_some());
    later(121).await;
    let came = timeout(PATIENT, socket.next()).await.expect("nothing came").unwrap().unwrap();
    assert!(came.is_ping(), "{came:?}");
    let (how, _) = tokio::join!(client.lost(&acme, Endpoint { transport: Ws, at }), socket.close(None));
    assert_eq!(how.as_str(), "the peer closed the connection");
}
