//! `WebSocket`, plain and over TLS.

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};

use super::peer::{raw, reply, wait_for_end};
use super::secure::{Authority, Setup, acceptor, naming};
use super::*;
use crate::model::Connection::Made;
use crate::model::ProbeResult::{Malformed, Ok, Reset, Timeout, TlsName, WsHandshake};
use crate::model::Transport::{Ws, Wss};
use crate::sip::frame::datagram;

const PROTOCOL: &str = "Sec-WebSocket-Protocol";

/// Takes a request in a `WebSocket`, and answers it with frames.
async fn converse<S>(stream: S, agrees: &'static str, answer: impl Fn(&crate::sip::Message) -> Vec<Frame>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    #[expect(clippy::result_large_err, reason = "the library's own type")]
    let agree = |request: &Request, mut response: Response| -> Result<Response, ErrorResponse> {
        assert_eq!(request.headers()[PROTOCOL], "sip");
        assert!(request.headers()["Host"].to_str().unwrap().starts_with("acme.example:"));
        if !agrees.is_empty() {
            response.headers_mut().insert(PROTOCOL, agrees.parse().unwrap());
        }
        Result::Ok(response)
    };
    let Result::Ok(mut socket) = accept_hdr_async(stream, agree).await else { return };
    while let Some(Result::Ok(Frame::Text(text))) = socket.next().await {
        let request = datagram(text.as_bytes()).unwrap().unwrap();
        assert!(request.value("Via").unwrap().starts_with(b"SIP/2.0/WS"));
        for frame in answer(&request) {
            // A peer that has heard enough may be gone.
            drop(socket.send(frame).await);
        }
    }
}

async fn web(agrees: &'static str, answer: fn(&crate::sip::Message) -> Vec<Frame>) -> SocketAddr {
    raw(move |tcp| converse(tcp, agrees, answer)).await
}

#[tokio::test]
async fn an_answer_may_be_text_or_binary_and_keep_alives_are_skipped() {
    let text = web("sip", |request| {
        let said = String::from_utf8(reply(request, 404, "No")).unwrap();
        let trying = String::from_utf8(reply(request, 100, "Trying")).unwrap();
        vec![Frame::Ping(b"x".as_slice().into()), Frame::text("\r\n\r\n"), Frame::text(trying), Frame::text(said)]
    });
    let binary = web("sip", |request| vec![Frame::binary(reply(request, 404, "No"))]);
    for at in [text.await, binary.await] {
        let report = probe(Ws, at, PATIENT).await;
        assert_eq!((detail(&report), report.ours), ("404 No", false));
        assert!(matches!(report.connection, Some(Made(took)) if !took.is_zero()));
        assert!(report.sent.unwrap().bytes().windows(12).any(|piece| piece == b"SIP/2.0/WS 1"));
        assert!(report.heard.unwrap().bytes().starts_with(b"SIP/2.0 404 No\r\n"));
    }
}

#[tokio::test]
async fn one_message_is_one_frame() {
    let halves = web("sip", |request| {
        let said = reply(request, 200, "OK");
        let (one, two) = said.split_at(40);
        vec![Frame::binary(one.to_vec()), Frame::binary(two.to_vec())]
    });
    let long = web("sip", |_| vec![Frame::binary(vec![b'x'; 70_000])]);
    let latin = web("sip", |_| vec![Frame::binary(b"220 smtp ready\r\n\r\n".to_vec())]);
    for (at, said) in [
        (halves.await, "not SIP: the datagram ends before its message does"),
        (long.await, "not SIP: the message is longer than 65536 bytes"),
        (latin.await, "not SIP: '220 smtp ready' is no SIP start line"),
    ] {
        let report = probe(Ws, at, PATIENT).await;
        assert_eq!((report.result, detail(&report)), (Malformed, said));
    }
}

#[tokio::test]
async fn who_closes_or_says_nothing_is_told_as_over_any_connection() {
    let report = probe(Ws, web("sip", |_| vec![Frame::Close(None)]).await, PATIENT).await;
    assert_eq!((report.result, detail(&report)), (Reset, "the peer closed the connection without an answer"));
    let report = probe(Ws, web("sip", |_| Vec::new()).await, HASTY).await;
    assert_eq!((report.result, detail(&report)), (Timeout, "no answer in 0.3 s"));
}

/// A peer that reads the handshake, says `bytes`, and closes or waits.
async fn stranger(bytes: &'static [u8], stays: bool) -> SocketAddr {
    raw(move |mut tcp| async move {
        let mut buffer = [0; 4096];
        assert!(tcp.read(&mut buffer).await.unwrap() > 0);
        tcp.write_all(bytes).await.unwrap();
        if stays {
            wait_for_end(&mut tcp).await;
        }
    })
    .await
}

#[tokio::test]
async fn a_handshake_that_is_refused_says_how() {
    for (bytes, result, ours, said) in [
        (&b"HTTP/1.1 503 Busy\r\n\r\n"[..], WsHandshake, false, "peer answered 503 Service Unavailable in HTTP"),
        (
            b"HTTP/1.1 404 No\r\n\r\n",
            WsHandshake,
            true,
            "peer answered 404 Not Found in HTTP: it may want another path (ws_path), origin or credentials than ours",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\n", WsHandshake, false, "peer answered 200 OK in HTTP"),
        (b"SIP/2.0 400 Bad\r\n\r\n", WsHandshake, false, "what came is not HTTP: another protocol on this port?"),
        (b"HTTP/1.1 101", Reset, false, "the peer closed the connection during the WebSocket handshake"),
    ] {
        let report = probe(Ws, stranger(bytes, false).await, PATIENT).await;
        assert_eq!((report.result, report.ours, detail(&report)), (result, ours, said));
        assert_eq!((report.response, report.connection, report.sent), (None, None, None));
    }
    let report = probe(Ws, stranger(b"HTTP/1.1 ", true).await, HASTY).await;
    assert_eq!((report.result, detail(&report)), (Timeout, "connected, but no WebSocket handshake in 0.3 s"));
}

#[tokio::test]
async fn sip_must_be_agreed_on() {
    for (agrees, said) in [
        ("", "peer speaks WebSocket, and did not agree to SIP in it (no subprotocol \"sip\", RFC 7118 4)"),
        ("chat", "peer agreed to another WebSocket subprotocol than \"sip\" (RFC 7118 4)"),
    ] {
        let report = probe(Ws, web(agrees, |_| Vec::new()).await, PATIENT).await;
        assert_eq!((report.result, report.ours, detail(&report)), (WsHandshake, false, said));
    }
}

#[tokio::test]
async fn the_path_is_as_the_carrier_wants_it() {
    let at = raw(|mut tcp| async move {
        let mut buffer = [0; 4096];
        let read = tcp.read(&mut buffer).await.unwrap();
        assert!(buffer[..read].starts_with(b"GET /ws?x=1 HTTP/1.1\r\n"));
        tcp.write_all(b"HTTP/1.1 204 Seen\r\n\r\n").await.unwrap();
    })
    .await;
    let mut request = request(Ws, at, PATIENT);
    request.settings.ws_path = "/ws?x=1".parse().unwrap();
    let report = prober(Roots::system()).probe(&request).await;
    assert_eq!(detail(&report), "peer answered 204 No Content in HTTP");
}

async fn secure_web(authority: &Authority, names: &[&str], agrees: &'static str) -> SocketAddr {
    let acceptor = acceptor(&authority.issue(&naming(names)), &Setup::default());
    raw(move |tcp| {
        let acceptor = acceptor.clone();
        async move {
            let Result::Ok(stream) = acceptor.accept(tcp).await else { return };
            converse(stream, agrees, |request| vec![Frame::binary(reply(request, 200, "OK"))]).await;
        }
    })
    .await
}

#[tokio::test]
async fn over_tls_the_certificate_is_judged_too() {
    let authority = Authority::new("Test CA");
    for (names, agrees, result) in
        [(["acme.example"], "sip", Ok), (["other.example"], "sip", TlsName), (["acme.example"], "", WsHandshake)]
    {
        let at = secure_web(&authority, &names, agrees).await;
        let report = prober(authority.roots()).probe(&request(Wss, at, PATIENT)).await;
        assert_eq!(report.result, result, "{}", detail(&report));
        let tls = report.tls.expect("what TLS showed is told whatever came after it");
        assert_eq!(tls.names_domain, names == ["acme.example"]);
        if let Some(Made(took)) = report.connection {
            assert!(took > tls.handshake);
        }
        assert_eq!(report.response.is_some(), agrees == "sip");
    }
}
