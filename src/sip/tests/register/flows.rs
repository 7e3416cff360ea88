//! Flows: kept, lost, opened anew; and what comes in over them.

use std::collections::BTreeSet;

use tokio::net::UdpSocket;
use tokio::time::timeout;

use super::*;
use crate::model::Transport::{Tcp, Udp};
use crate::sip::frame::datagram;

fn connections(heard: &Heard) -> Vec<usize> {
    heard.lock().unwrap().iter().map(|(number, _)| *number).collect()
}

fn endpoint(transport: Transport, at: SocketAddr) -> Endpoint {
    Endpoint { transport, at }
}

/// Whether it is still going on.
async fn goes_on(waiting: impl Future<Output = crate::model::Text>) -> bool {
    timeout(Duration::from_millis(50), waiting).await.is_err()
}

#[tokio::test]
async fn a_flow_serves_one_carrier_at_one_endpoint() {
    for transport in [Udp, Tcp] {
        let (at, heard) = registrar(transport, |request, _| accept(request)).await;
        let client = client(Roots::system());
        let other = CarrierName::new("other").unwrap();
        for (carrier, purpose) in [(&acme(), Purpose::Fetch), (&acme(), BIND), (&other, BIND), (&acme(), BIND)] {
            granted(&client.register(carrier, &wanted(transport, at, purpose)).await);
        }
        // Another TLS, domain or path makes another flow.
        let one = || wanted(transport, at, BIND);
        for other in [
            RegisterRequest { tls: TlsSettings { verify: false, ..one().tls }, ..one() },
            RegisterRequest { uri: "sip:other.example".parse().unwrap(), ..one() },
            RegisterRequest { ws_path: "/ws".parse().unwrap(), ..one() },
        ] {
            granted(&client.register(&acme(), &other).await);
        }
        let vias: Vec<String> =
            requests(&heard).iter().map(|m| value(m, "Via").split(';').next().unwrap().into()).collect();
        assert_eq!((&vias[0], &vias[1]), (&vias[1], &vias[3]));
        assert_eq!(vias.iter().collect::<BTreeSet<_>>().len(), 5);
    }
}

#[tokio::test]
async fn a_connection_that_is_lost_is_told_and_made_anew() {
    for (resets, said) in [(false, "the peer closed the connection"), (true, "the peer reset the connection")] {
        let (at, listener) = by_hand().await;
        let client = client(Roots::system());
        let request = wanted(Tcp, at, BIND);
        let (acme, there) = (acme(), endpoint(Tcp, at));
        let (report, stream) = tokio::join!(client.register(&acme, &request), serve_one(&listener, &[]));
        granted(&report);
        assert!(goes_on(client.lost(&acme, there)).await);
        if resets {
            stream.set_zero_linger().unwrap();
        }
        let (how, ()) = tokio::join!(client.lost(&acme, there), async move { drop(stream) });
        assert_eq!(how.as_str(), said);
        assert_eq!(client.lost(&acme, there).await.as_str(), said, "it is known afterwards, too");
        let (report, _stream) = tokio::join!(client.register(&acme, &request), serve_one(&listener, &[]));
        granted(&report);
        assert!(goes_on(client.lost(&acme, there)).await, "now there is another one");
    }
}

#[tokio::test]
async fn a_connection_that_is_dead_when_it_is_used_is_made_anew_once() {
    let (at, listener) = by_hand().await;
    let client = client(Roots::system());
    let request = wanted(Tcp, at, BIND);
    let acme = acme();
    let (_, mut stream) = tokio::join!(client.register(&acme, &request), serve_one(&listener, &[]));
    let peer = async {
        // It takes the request, says nothing to it, and closes.
        next(&mut stream, &mut Framer::new()).await.unwrap();
        drop(stream);
        serve_one(&listener, &[]).await
    };
    let (report, mut stream) = tokio::join!(client.register(&acme, &request), peer);
    granted(&report);
    let peer = async {
        next(&mut stream, &mut Framer::new()).await.unwrap();
        drop(stream);
        let (mut second, _) = listener.accept().await.unwrap();
        next(&mut second, &mut Framer::new()).await.unwrap();
    };
    let (report, ()) = tokio::join!(client.register(&acme, &request), peer);
    let said = "the peer closed the connection without an answer".to_owned();
    assert_eq!(failed(&report), (ProbeResult::Reset, false, said));
}

/// Some close a connection after each refusal.
#[tokio::test]
async fn a_connection_may_be_gone_after_a_challenge_but_not_for_ever() {
    let (at, listener) = by_hand().await;
    let client = client(Roots::system());
    let (acme, request) = (acme(), wanted(Tcp, at, BIND));
    let peer = async {
        let refusals =
            [(401, "WWW-Authenticate", "Digest realm=\"acme.example\", nonce=\"n\""), (423, "Min-Expires", "120")];
        for (code, name, content) in refusals {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut framer = Framer::new();
            let request = next(&mut stream, &mut framer).await.unwrap();
            assert_eq!(request.value("Authorization").is_some(), code == 423);
            stream.write_all(&request.reply(code, "No", "t").with(name, content).to_bytes()).await.unwrap();
            next(&mut stream, &mut framer).await.unwrap();
        }
    };
    let (report, ()) = tokio::join!(client.register(&acme, &request), peer);
    assert_eq!(failed(&report).0, ProbeResult::Reset);
    assert!(timeout(Duration::from_millis(50), listener.accept()).await.is_err(), "no third connection");
}

#[tokio::test]
async fn a_flow_that_brought_no_answer_is_not_used_again() {
    let (at, heard) = registrar(Tcp, |request, before| match before {
        0 => request.reply(100, "Trying", "t"),
        _ => accept(request),
    })
    .await;
    let client = client(Roots::system());
    let hasty = RegisterRequest { patience: HASTY, ..wanted(Tcp, at, BIND) };
    assert_eq!(failed(&client.register(&acme(), &hasty).await).0, ProbeResult::Timeout);
    assert!(goes_on(client.lost(&acme(), endpoint(Tcp, at))).await, "it is not lost either");
    granted(&client.register(&acme(), &wanted(Tcp, at, BIND)).await);
    assert_eq!(connections(&heard), [0, 1]);
    assert!(goes_on(client.lost(&acme(), endpoint(Tcp, at))).await);
}

#[tokio::test]
async fn a_flow_that_is_closed_is_gone() {
    let (at, listener) = by_hand().await;
    let client = client(Roots::system());
    let (acme, there) = (acme(), endpoint(Tcp, at));
    assert_eq!(client.lost(&acme, there).await.as_str(), "there is no connection");
    client.close(&acme, there).await;
    let request = wanted(Tcp, at, BIND);
    let (_, mut stream) = tokio::join!(client.register(&acme, &request), serve_one(&listener, &[]));
    let (how, ()) = tokio::join!(client.lost(&acme, there), async {
        tokio::task::yield_now().await;
        client.close(&acme, there).await;
    });
    assert_eq!(how.as_str(), "trunktop closed the connection");
    assert!(next(&mut stream, &mut Framer::new()).await.is_none(), "the peer sees it");
    assert_eq!(client.lost(&acme, there).await.as_str(), "there is no connection");
    assert!(goes_on(client.lost(&acme, endpoint(Udp, at))).await, "over UDP there is nothing to be lost");
}

#[tokio::test]
async fn what_was_bound_is_removed_although_its_flow_was_closed() {
    for transport in [Udp, Tcp] {
        let (at, heard) = registrar(transport, |request, _| accept(request)).await;
        let client = client(Roots::system());
        granted(&client.register(&acme(), &wanted(transport, at, BIND)).await);
        client.close(&acme(), endpoint(transport, at)).await;
        for _ in 0..2 {
            granted(&client.register(&acme(), &wanted(transport, at, Purpose::Remove)).await);
        }
        let heard = requests(&heard);
        let contact = |at: usize| value(&heard[at], "Contact").split('>').next().unwrap();
        assert_eq!(contact(0), contact(1));
        assert_ne!(contact(1), contact(2), "once it is removed it is known no more");
    }
}

/// It may lie in a queue, and bind us later. A response 100 is no answer to it.
#[tokio::test]
async fn what_was_asked_for_and_not_answered_is_removed_as_it_was_asked_for() {
    for transport in [Udp, Tcp] {
        let answers = |request: &Message, _: usize| match request.value("Expires") {
            Some(b"0") => accept(request),
            _ => request.reply(100, "Trying", "t"),
        };
        let (at, heard) = registrar(transport, answers).await;
        let client = client(Roots::system());
        let impatient = RegisterRequest { patience: Duration::from_millis(100), ..wanted(transport, at, BIND) };
        assert!(matches!(client.register(&acme(), &impatient).await.outcome, RegisterOutcome::Failed { .. }));
        granted(&client.register(&acme(), &wanted(transport, at, Purpose::Remove)).await);
        let heard = requests(&heard);
        let (first, last) = (heard.first().unwrap(), heard.last().unwrap());
        let part = |message, header| value(message, header).split('>').next().unwrap().to_owned();
        assert_eq!(part(first, "Contact"), part(last, "Contact"), "{transport}");
        // And so it is one registration to whoever goes by these (RFC 3261 8.1.3.5, 10.2).
        assert_eq!((value(first, "From"), value(first, "Call-ID")), (value(last, "From"), value(last, "Call-ID")));
    }
}

/// What waits for an answer hears of the loss after all others.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_hears_of_a_loss_finds_it_ended() {
    let (at, listener) = by_hand().await;
    let client = client(Roots::system());
    let (acme, request) = (acme(), wanted(Tcp, at, BIND));
    let peer = tokio::spawn(async move {
        loop {
            let mut stream = serve_one(&listener, &[]).await;
            // It takes another request, says nothing to it, and closes.
            next(&mut stream, &mut Framer::new()).await.unwrap();
        }
    });
    granted(&client.register(&acme, &request).await);
    for _ in 0..500 {
        granted(&client.register(&acme, &request).await);
    }
    peer.abort();
}

#[tokio::test]
async fn a_source_port_of_the_probes_is_left_to_them() {
    for transport in [Udp, Tcp] {
        let (at, heard) = registrar(transport, |request, _| accept(request)).await;
        let (taken, listens) =
            (UdpSocket::bind("127.0.0.1:0").await.unwrap(), std::net::TcpListener::bind("127.0.0.1:0").unwrap());
        let local = if transport == Udp { taken.local_addr() } else { listens.local_addr() }.unwrap();
        let request = RegisterRequest { local: Some(local), ..wanted(transport, at, BIND) };
        granted(&client(Roots::system()).register(&acme(), &request).await);
        let via = requests(&heard).remove(0);
        assert!(value(&via, "Via").contains(" 127.0.0.1:") && !value(&via, "Via").contains(&local.to_string()));
    }
}

#[tokio::test]
async fn a_port_that_is_closed_refuses() {
    let taken = UdpSocket::bind("127.0.6.1:0").await.unwrap();
    let at = taken.local_addr().unwrap();
    drop(taken);
    for transport in [Udp, Tcp] {
        let report = client(Roots::system()).register(&acme(), &wanted(transport, at, BIND)).await;
        assert_eq!((failed(&report).0, failed(&report).1), (ProbeResult::Refused, false));
    }
}

#[tokio::test]
async fn who_has_no_outbound_on_the_way_is_asked_without_it() {
    let (at, heard) = registrar(Tcp, |request, _| {
        let offers = request.value("Supported").unwrap().windows(8).any(|word| word == b"outbound");
        if offers { request.reply(439, "First Hop Lacks Outbound Support", "t") } else { accept(request) }
    })
    .await;
    let client = client(Roots::system());
    for _ in 0..2 {
        granted(&client.register(&acme(), &wanted(Tcp, at, BIND)).await);
    }
    let offers: Vec<bool> = requests(&heard).iter().map(|m| value(m, "Contact").contains("reg-id")).collect();
    assert_eq!(offers, [true, false, false], "and it is remembered");
}

fn asks(method: &str) -> Vec<u8> {
    format!(
        "{method} sip:trunktop@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK{method}\r\n\
         From: <sip:eve@a>;tag=1\r\nTo: <sip:bob@a>\r\nCall-ID: 1\r\nCSeq: 1 {method}\r\nContent-Length: 0\r\n\r\n"
    )
    .into_bytes()
}

const CALLS: [(&str, u16); 5] = [("OPTIONS", 200), ("INVITE", 480), ("ACK", 0), ("BYE", 481), ("MESSAGE", 405)];

#[tokio::test]
async fn what_comes_in_over_a_connection_is_answered() {
    let (at, listener) = by_hand().await;
    let client = client(Roots::system());
    let request = wanted(Tcp, at, BIND);
    let acme = acme();
    let peer = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut framer = Framer::new();
        let request = next(&mut stream, &mut framer).await.unwrap();
        // Before the answer, in the middle of pieces.
        let all: Vec<u8> = CALLS.iter().flat_map(|(method, _)| asks(method)).collect();
        for piece in all.chunks(100) {
            stream.write_all(piece).await.unwrap();
            tokio::task::yield_now().await;
        }
        for (method, code) in CALLS.into_iter().filter(|(_, code)| *code > 0) {
            let answer = next(&mut stream, &mut framer).await.unwrap();
            assert_eq!((answer.status().unwrap().0, answer.cseq().unwrap().method), (code, method.as_bytes()));
        }
        stream.write_all(&accept(&request).to_bytes()).await.unwrap();
        // And after it.
        stream.write_all(&asks("OPTIONS")).await.unwrap();
        assert_eq!(next(&mut stream, &mut framer).await.unwrap().status().unwrap().0, 200);
    };
    let (report, ()) = tokio::join!(client.register(&acme, &request), peer);
    granted(&report);
}

#[tokio::test]
async fn what_comes_in_over_a_socket_is_answered() {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at = socket.local_addr().unwrap();
    let client = client(Roots::system());
    let request = wanted(Udp, at, BIND);
    let acme = acme();
    let peer = async {
        let mut buffer = [0; 4096];
        let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
        let request = datagram(&buffer[..length]).unwrap().unwrap();
        socket.send_to(&accept(&request).to_bytes(), from).await.unwrap();
        from
    };
    let (report, from) = tokio::join!(client.register(&acme, &request), peer);
    granted(&report);
    for (method, code) in CALLS.into_iter().filter(|(_, code)| *code > 0) {
        let mut buffer = [0; 4096];
        socket.send_to(&asks("ACK"), from).await.unwrap();
        socket.send_to(&asks(method), from).await.unwrap();
        let length = socket.recv(&mut buffer).await.unwrap();
        let answer = datagram(&buffer[..length]).unwrap().unwrap();
        assert_eq!((answer.status().unwrap().0, answer.cseq().unwrap().method), (code, method.as_bytes()));
    }
}
