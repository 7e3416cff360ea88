//! The hosts, over plain sockets.

use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::*;
use crate::model::Transport::{self, Tcp, Tls, Udp};

const HOST: &str = "pop1.a.example";

async fn lab() -> Lab {
    let host = HostPlan::new(HOST).speaks([Udp, Tcp, Tls]);
    let other = HostPlan::new("pop2.a.example").speaks([Udp]).latency(Duration::from_millis(40));
    Lab::with([CarrierPlan::new("a", "sip:a.example").pop("one", "pop1").host(host).host(other)]).await.unwrap()
}

fn at(lab: &Lab, transport: Transport) -> SocketAddr {
    lab.host(HOST)[0].at(transport).unwrap()
}

fn options(transport: &str, number: u32) -> Vec<u8> {
    format!(
        "OPTIONS sip:a.example SIP/2.0\r\nVia: SIP/2.0/{transport} 127.0.0.1;rport;branch=z9hG4bK{number}\r\n\
         From: <sip:probe@a.example>;tag=1\r\nTo: <sip:a.example>\r\nCall-ID: {number}@test\r\nCSeq: {number} OPTIONS\r\n\
         Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )
    .into_bytes()
}

async fn ask_udp(at: SocketAddr) -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.connect(at).await.unwrap();
    socket.send(&options("UDP", 1)).await.unwrap();
    let mut buffer = [0; 2048];
    let length = socket.recv(&mut buffer).await.unwrap();
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

async fn ask(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), number: u32) -> String {
    stream.write_all(&options("TCP", number)).await.unwrap();
    head(stream).await
}

/// Up to the end of a head; what was read when the peer closes before.
async fn head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut said = Vec::new();
    while !said.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(octet) => said.push(octet),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&said).into_owned()
}

async fn tls(lab: &Lab, name: &str) -> std::io::Result<TlsStream<TcpStream>> {
    tls_at(lab, at(lab, Tls), name).await
}

async fn tls_at(lab: &Lab, at: SocketAddr, name: &str) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(lab.root()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(at).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(name.to_owned()).unwrap(), stream).await
}

fn is_ok(said: &str) -> bool {
    said.starts_with("SIP/2.0 200 OK\r\n") && said.contains("Server: lab-sbc/1.0\r\n")
}

#[tokio::test]
async fn options_is_answered_over_every_transport() {
    let lab = lab().await;
    assert!(is_ok(&soon(ask_udp(at(&lab, Udp))).await));
    let mut tcp = TcpStream::connect(at(&lab, Tcp)).await.unwrap();
    let mut tls = soon(tls(&lab, "a.example")).await.unwrap();
    for number in 1..=3 {
        assert!(is_ok(&soon(ask(&mut tcp, number)).await));
        assert!(soon(ask(&mut tls, number)).await.contains(&format!("\r\nCSeq: {number} OPTIONS\r\n")));
    }
    assert_eq!(lab.host(HOST)[0].requests(), 7);
    assert_eq!(at(&lab, Udp), at(&lab, Tcp));
}

#[tokio::test]
async fn pipelined_requests_are_all_answered() {
    let lab = lab().await;
    let mut tcp = TcpStream::connect(at(&lab, Tcp)).await.unwrap();
    // The keep-alive between them is none of SIP's business (RFC 5626 3.5.1).
    tcp.write_all(&[options("TCP", 1), b"\r\n\r\n".to_vec(), options("TCP", 2)].concat()).await.unwrap();
    for number in 1..=3 {
        let said = if number == 3 { soon(ask(&mut tcp, 3)).await } else { soon(head(&mut tcp)).await };
        assert!(said.contains(&format!("\r\nCSeq: {number} OPTIONS\r\n")), "{said}");
    }
}

#[tokio::test]
async fn a_connection_that_speaks_no_sip_is_closed() {
    let lab = lab().await;
    let mut tcp = TcpStream::connect(at(&lab, Tcp)).await.unwrap();
    tcp.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut rest = Vec::new();
    let _ = soon(tcp.read_to_end(&mut rest)).await;
    assert!(rest.is_empty());
    let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    udp.send_to(&[0xff; 9000], at(&lab, Udp)).await.unwrap();
    assert!(is_ok(&soon(ask_udp(at(&lab, Udp))).await));
}

#[tokio::test]
async fn certificates_name_the_domain_and_the_target() {
    let lab = lab().await;
    for name in ["a.example", HOST] {
        assert!(soon(tls(&lab, name)).await.is_ok(), "{name}");
    }
    assert!(soon(tls(&lab, "b.example")).await.is_err());
}

#[tokio::test]
async fn a_new_certificate_ends_connections_and_is_shown() {
    let lab = lab().await;
    let mut before = soon(tls(&lab, "a.example")).await.unwrap();
    assert!(is_ok(&soon(ask(&mut before, 1)).await));
    lab.certify(HOST, &Certificate::new(&["other.example"], 5)).unwrap();
    assert_eq!(soon(ask(&mut before, 2)).await, "");
    assert!(soon(tls(&lab, "a.example")).await.is_err());
    assert!(soon(tls(&lab, "other.example")).await.is_ok());
    lab.certify(HOST, &Certificate::new(&["a.example"], -1)).unwrap();
    let why = soon(tls(&lab, "a.example")).await.unwrap_err().to_string();
    assert!(why.contains("xpired"), "{why}");
    lab.certify(HOST, &Certificate::new(&["a.example"], 30).self_signed()).unwrap();
    let why = soon(tls(&lab, "a.example")).await.unwrap_err().to_string();
    assert!(why.contains("UnknownIssuer"), "{why}");
}

#[tokio::test]
async fn silence_is_silence_everywhere_and_ends() {
    let lab = lab().await;
    let mut tcp = TcpStream::connect(at(&lab, Tcp)).await.unwrap();
    let mut old = soon(tls(&lab, "a.example")).await.unwrap();
    assert!(is_ok(&soon(ask(&mut tcp, 1)).await) && is_ok(&soon(ask(&mut old, 1)).await));
    lab.behave(HOST, Behaviour::Silent).await.unwrap();
    assert!(is_mute(ask_udp(at(&lab, Udp))).await);
    assert!(is_mute(ask(&mut tcp, 2)).await, "a connection that exists goes mute");
    assert!(is_mute(ask(&mut old, 2)).await);
    let mut new = soon(TcpStream::connect(at(&lab, Tcp))).await.unwrap();
    assert!(is_mute(ask(&mut new, 1)).await, "TCP accepts and says nothing");
    assert!(is_mute(tls(&lab, "a.example")).await, "a handshake stalls");
    lab.behave(HOST, Behaviour::Answer).await.unwrap();
    assert!(is_ok(&soon(ask_udp(at(&lab, Udp))).await));
    assert!(is_ok(&soon(ask(&mut tcp, 3)).await));
    assert!(soon(tls(&lab, "a.example")).await.is_ok());
}

#[tokio::test]
async fn a_refusing_host_is_closed_and_comes_back_on_its_ports() {
    let lab = lab().await;
    let (udp, tcp, secure) = (at(&lab, Udp), at(&lab, Tcp), at(&lab, Tls));
    let mut old = TcpStream::connect(tcp).await.unwrap();
    assert!(is_ok(&soon(ask(&mut old, 1)).await));
    lab.behave(HOST, Behaviour::Refuse).await.unwrap();
    for at in [tcp, secure] {
        let refused = soon(TcpStream::connect(at)).await.unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    }
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.connect(udp).await.unwrap();
    socket.send(&options("UDP", 1)).await.unwrap();
    let refused = soon(socket.recv(&mut [0; 16])).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    let mut rest = Vec::new();
    let _ = soon(old.read_to_end(&mut rest)).await;
    assert!(rest.is_empty(), "a connection that exists is closed");
    lab.behave(HOST, Behaviour::Answer).await.unwrap();
    assert!(is_ok(&soon(ask_udp(udp)).await));
    assert!(is_ok(&soon(ask(&mut TcpStream::connect(tcp).await.unwrap(), 1)).await));
    assert!(soon(tls(&lab, "a.example")).await.is_ok());
}

#[tokio::test]
async fn a_host_that_refuses_from_the_beginning_is_closed() {
    let lab = lab().await;
    lab.behave(HOST, Behaviour::Refuse).await.unwrap();
    for transport in [Tcp, Tls] {
        assert!(soon(TcpStream::connect(at(&lab, transport))).await.is_err());
    }
    assert!(UdpSocket::bind(at(&lab, Udp)).await.is_ok(), "the port is free");
}

#[tokio::test]
async fn other_misbehaviour_arrives_as_ordered() {
    let lab = lab().await;
    for (behaviour, starts) in [
        (Behaviour::Status(503, "Draining"), "SIP/2.0 503 Draining\r\n"),
        (Behaviour::Trying, "SIP/2.0 100 Trying\r\n"),
        (Behaviour::Garbage, "220 "),
    ] {
        lab.behave(HOST, behaviour).await.unwrap();
        assert!(soon(ask_udp(at(&lab, Udp))).await.starts_with(starts));
        let mut tcp = TcpStream::connect(at(&lab, Tcp)).await.unwrap();
        assert!(soon(ask(&mut tcp, 1)).await.starts_with(starts));
    }
}

#[tokio::test]
async fn what_is_lost_on_the_way_is_not_counted_and_tcp_loses_nothing() {
    let lab = lab().await;
    let mut tcp = TcpStream::connect(at(&lab, Tcp)).await.unwrap();
    for behaviour in [Behaviour::Lossy(100), Behaviour::Again] {
        lab.behave(HOST, behaviour).await.unwrap();
        let before = lab.host(HOST)[0].requests();
        assert!(is_mute(ask_udp(at(&lab, Udp))).await, "{behaviour:?}");
        assert_eq!(lab.host(HOST)[0].requests(), before);
        assert!(is_ok(&soon(ask(&mut tcp, 1)).await), "{behaviour:?}");
    }
    // The same request again.
    assert!(is_ok(&soon(ask_udp(at(&lab, Udp))).await));
}

#[tokio::test]
async fn an_answer_may_come_late_or_from_elsewhere() {
    let lab = lab().await;
    lab.behave(HOST, Behaviour::Slow(Duration::from_millis(60))).await.unwrap();
    let asked = tokio::time::Instant::now();
    assert!(is_ok(&soon(ask_udp(at(&lab, Udp))).await));
    assert!(asked.elapsed() >= Duration::from_millis(60));
    lab.behave(HOST, Behaviour::Elsewhere).await.unwrap();
    assert!(is_mute(ask_udp(at(&lab, Udp))).await, "a connected socket hears nobody else");
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.send_to(&options("UDP", 1), at(&lab, Udp)).await.unwrap();
    let mut buffer = [0; 2048];
    let (length, from) = soon(socket.recv_from(&mut buffer)).await.unwrap();
    assert!(is_ok(&String::from_utf8_lossy(&buffer[..length])));
    assert_eq!((from.ip(), from == at(&lab, Udp)), (at(&lab, Udp).ip(), false));
}

#[tokio::test]
async fn where_tls_is_due_plain_sip_may_be_spoken() {
    let lab = lab().await;
    let mut old = soon(tls(&lab, "a.example")).await.unwrap();
    assert!(is_ok(&soon(ask(&mut old, 1)).await));
    lab.behave(HOST, Behaviour::Clear).await.unwrap();
    assert_eq!(soon(ask(&mut old, 2)).await, "", "a connection over TLS is closed");
    let why = soon(tls(&lab, "a.example")).await.unwrap_err().to_string();
    assert!(why.contains("InvalidContentType"), "{why}");
    let mut plain = TcpStream::connect(at(&lab, Tls)).await.unwrap();
    assert!(is_ok(&soon(ask(&mut plain, 1)).await));
    lab.behave(HOST, Behaviour::Answer).await.unwrap();
    assert!(soon(tls(&lab, "a.example")).await.is_ok());
}

#[tokio::test]
async fn distance_takes_time() {
    let lab = lab().await;
    let far = lab.host("pop2.a.example")[0].at(Udp).unwrap();
    let asked = tokio::time::Instant::now();
    assert!(is_ok(&soon(ask_udp(far)).await));
    assert!(asked.elapsed() >= Duration::from_millis(36));
}

#[tokio::test]
async fn a_pop_is_killed_and_revived() {
    let lab = lab().await;
    let (name, pop) = (CarrierName::new("a").unwrap(), Pop("one".into()));
    assert_eq!(lab.toggle(&name, &pop).unwrap(), Toggled::Killed);
    assert!(is_mute(ask_udp(at(&lab, Udp))).await);
    lab.behave(HOST, Behaviour::Answer).await.unwrap();
    assert!(is_mute(ask_udp(at(&lab, Udp))).await, "a scenario does not revive what an operator has killed");
    let other = lab.host("pop2.a.example")[0].at(Udp).unwrap();
    assert!(is_ok(&soon(ask_udp(other)).await), "other POPs live");
    assert_eq!(lab.toggle(&name, &pop).unwrap(), Toggled::Revived);
    assert!(is_ok(&soon(ask_udp(at(&lab, Udp))).await));
}

#[tokio::test]
async fn what_a_scenario_has_killed_an_operator_can_revive() {
    let lab = lab().await;
    let (name, pop) = (CarrierName::new("a").unwrap(), Pop("one".into()));
    for out in [Behaviour::Silent, Behaviour::Refuse] {
        lab.behave(HOST, out).await.unwrap();
        assert_eq!(lab.toggle(&name, &pop).unwrap(), Toggled::Revived);
        let open = async { while TcpStream::connect(at(&lab, Tcp)).await.is_err() {} };
        soon(open).await;
        assert!(is_ok(&soon(ask_udp(at(&lab, Udp))).await));
    }
}

#[tokio::test]
async fn who_is_not_there_is_named() {
    let lab = lab().await;
    let (name, pop) = (CarrierName::new("a").unwrap(), Pop("two".into()));
    let said = lab.toggle(&name, &pop).unwrap_err().to_string();
    assert_eq!(said, "carrier 'a' of the lab has no POP 'two'; there are one, pop2.a.example");
    let said = lab.toggle(&CarrierName::new("b").unwrap(), &pop).unwrap_err().to_string();
    assert!(said.starts_with("the lab has no carrier 'b'"), "{said}");
    assert!(lab.behave("nobody.example", Behaviour::Silent).await.is_err());
}

#[tokio::test]
async fn in_the_story_the_backup_of_edge_shows_another_name() {
    let lab = Lab::start(Scenario::Story).await.unwrap();
    let at = |host: &str| lab.host(host)[0].at(Tls).unwrap();
    let (primary, backup) = (at("sip-edge1.us-dc1.edge.example"), at("sip-edge2.us-dc2.edge.example"));
    assert!(soon(tls_at(&lab, primary, "edge.example")).await.is_ok());
    assert!(soon(tls_at(&lab, backup, "edge.example")).await.is_err());
    assert!(soon(tls_at(&lab, backup, "sip-edge2.staging.edge.example")).await.is_ok());
}
