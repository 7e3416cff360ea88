//! UDP and TCP.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use tokio::time::Instant;

use super::peer::{self, Then, reply};
use super::*;
use crate::model::ProbeResult::{AuthRequired, ErrorResponse, Malformed, Ok, Refused, Reset, Timeout, Unreachable};
use crate::model::Transport::{Sctp, Tcp, Udp};
use crate::sip::frame::{datagram, torture};

fn closed_port(transport: Transport) -> SocketAddr {
    // On an address that no other test uses, so that none takes it meanwhile.
    match transport {
        Udp => UdpSocket::bind("127.0.6.1:0").unwrap().local_addr().unwrap(),
        _ => TcpListener::bind("127.0.6.1:0").unwrap().local_addr().unwrap(),
    }
}

#[tokio::test]
async fn any_final_answer_is_told() {
    for (code, reason, result) in [
        (200, "OK", Ok),
        (202, "Accepted", Ok),
        (302, "", ErrorResponse),
        (401, "Unauthorized", AuthRequired),
        (404, "Gibt es nicht", ErrorResponse),
        (407, "Proxy", AuthRequired),
        (503, "\x1b]0;owned\x07", ErrorResponse),
        (603, "Decline", ErrorResponse),
    ] {
        let answer = move |request: &crate::sip::Message| {
            vec![request.reply(code, reason, "t").with("Server", "SBC \x1b[1m/1").to_bytes()]
        };
        let (udp, _) = peer::udp(move |request, _| answer(request)).await;
        let tcp = peer::tcp(Then::Stay, answer).await;
        for (transport, at) in [(Udp, udp), (Tcp, tcp)] {
            let report = probe(transport, at, PATIENT).await;
            assert_eq!((report.result, report.ours), (result, false), "{transport} {code}");
            let response = report.response.clone().unwrap();
            assert_eq!(response.code, code);
            assert_eq!(response.reason.as_str(), reason.replace('\x1b', "\\x1b").replace('\x07', "\\x07"));
            assert_eq!(response.server.unwrap().as_str(), "SBC \\x1b[1m/1");
            assert!(!response.rtt.is_zero() && response.rtt < PATIENT);
            assert_eq!(detail(&report), format!("{code} {}", response.reason).trim_end());
            assert_eq!(report.tls, None);
        }
    }
}

#[tokio::test]
async fn provisional_answers_are_not_the_answer() {
    let (at, _) = peer::udp(|request, _| vec![reply(request, 100, "Trying"), reply(request, 200, "OK")]).await;
    assert_eq!(probe(Udp, at, Duration::MAX).await.result, Ok);
    let at = peer::tcp(Then::Stay, |r| vec![reply(r, 100, "Trying"), reply(r, 183, "Wait"), reply(r, 200, "OK")]).await;
    assert_eq!(probe(Tcp, at, PATIENT).await.result, Ok);
}

#[tokio::test]
async fn a_provisional_answer_and_silence_is_a_timeout() {
    let (udp, _) = peer::udp(|request, _| vec![reply(request, 100, "Trying")]).await;
    let tcp = peer::tcp(Then::Stay, |request| vec![reply(request, 100, "Trying")]).await;
    for (transport, at) in [(Udp, udp), (Tcp, tcp)] {
        let report = probe(transport, at, HASTY).await;
        assert_eq!((report.result, report.response.clone()), (Timeout, None));
        assert_eq!(detail(&report), "100 Trying, then nothing for the rest of 0.3 s");
    }
}

#[tokio::test]
async fn silence_is_a_timeout_and_keeps_to_its_patience() {
    let (udp, _) = peer::udp(|_, _| Vec::new()).await;
    let tcp = peer::tcp(Then::Stay, |_| Vec::new()).await;
    for (transport, at) in [(Udp, udp), (Tcp, tcp)] {
        let began = Instant::now();
        let report = probe(transport, at, HASTY).await;
        assert!(began.elapsed() >= HASTY, "{:?}", began.elapsed());
        assert_eq!((report.result, report.ours, detail(&report)), (Timeout, false, "no answer in 0.3 s"));
    }
}

#[tokio::test]
async fn over_udp_the_same_bytes_are_sent_again() {
    let answer =
        |request: &crate::sip::Message, before| if before == 0 { Vec::new() } else { vec![reply(request, 200, "OK")] };
    let (at, log) = peer::udp(answer).await;
    let report = probe(Udp, at, PATIENT).await;
    assert_eq!((report.result, detail(&report)), (Ok, "200 OK, after 2 sendings; the time counts from the first"));
    assert!(report.rtt().unwrap() >= Duration::from_millis(500));
    let log = log.lock().unwrap();
    assert_eq!((log.len(), &log[0].1), (2, &log[1].1));
}

#[tokio::test]
async fn a_closed_port_refuses() {
    for transport in [Udp, Tcp] {
        let began = Instant::now();
        let report = probe(transport, closed_port(transport), PATIENT).await;
        assert_eq!((report.result, report.ours), (Refused, false), "{transport}: {}", detail(&report));
        assert_eq!(detail(&report), "refused: the port is closed, or a firewall rejects us");
        assert!(began.elapsed() < PATIENT);
        // Told when it is known, and not only by the next sending. The best of a few: others use this machine, too.
        let at = closed_port(transport);
        let mut best = began.elapsed();
        for _ in 0..5 {
            let began = Instant::now();
            probe(transport, at, PATIENT).await;
            best = best.min(began.elapsed());
        }
        assert!(best < Duration::from_millis(400), "{transport}: {best:?}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_is_a_reset() {
    let half = |request: &crate::sip::Message| vec![reply(request, 200, "OK")[..40].to_vec()];
    let trying = |request: &crate::sip::Message| vec![reply(request, 100, "Trying")];
    for (at, said) in [
        (peer::tcp(Then::Close, |_| Vec::new()).await, "the peer closed the connection without an answer"),
        (peer::tcp(Then::Reset, |_| Vec::new()).await, "the peer reset the connection without an answer"),
        (peer::tcp(Then::Close, half).await, "the peer closed the connection in the middle of an answer"),
        (peer::tcp(Then::Close, trying).await, "the peer closed the connection after 100 Trying"),
    ] {
        let report = probe(Tcp, at, PATIENT).await;
        assert_eq!((report.result, report.ours, detail(&report)), (Reset, false, said));
    }
}

#[tokio::test]
async fn what_is_not_sip_is_malformed() {
    for garbage in [
        &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
        b"\x16\x03\x01\x02",
        b"SSH-2.0-\x1b[2J\r\n",
        b"SIP/2.0 200 OK\r\nno colon\r\n\r\n",
        b"SIP/2.0 200 OK\r\nContent-Length: 99999\r\n\r\n",
    ] {
        let (at, _) = peer::udp(move |_, _| vec![garbage.to_vec()]).await;
        let over_udp = probe(Udp, at, HASTY).await;
        let began = Instant::now();
        let over_tcp = probe(Tcp, peer::tcp(Then::Stay, move |_| vec![garbage.to_vec()]).await, PATIENT).await;
        assert!(began.elapsed() < PATIENT, "a stream that is broken is not waited for");
        for report in [over_udp, over_tcp] {
            assert_eq!((report.result, report.ours), (Malformed, false));
            assert!(detail(&report).starts_with("not SIP: ") && !detail(&report).contains('\x1b'));
        }
    }
}

#[tokio::test]
async fn an_endless_message_is_malformed() {
    let flood = |_: &crate::sip::Message| vec![b"SIP/2.0 200 OK\r\nX: ".to_vec(), vec![b'x'; 70_000]];
    let report = probe(Tcp, peer::tcp(Then::Stay, flood).await, PATIENT).await;
    assert_eq!((report.result, detail(&report)), (Malformed, "not SIP: the message is longer than 65536 bytes"));
}

#[tokio::test]
async fn garbage_and_strangers_do_not_hide_the_answer() {
    let (at, _) = peer::udp(|request, _| {
        let text = String::from_utf8(reply(request, 503, "Not you")).unwrap();
        let stranger = text.replace("z9hG4bK", "z9hG4bKx");
        let counted = text.replace("1 OPTIONS", "2 OPTIONS");
        vec![
            b"garbage".to_vec(),
            b"\r\n\r\n".to_vec(),
            stranger.into_bytes(),
            counted.into_bytes(),
            b"OPTIONS sip:you SIP/2.0\r\n\r\n".to_vec(),
            reply(request, 200, "OK"),
        ]
    })
    .await;
    assert_eq!(detail(&probe(Udp, at, PATIENT).await), "200 OK");
}

/// RFC 4475: whatever else comes, the answer is found, and nothing else is taken for it.
#[tokio::test]
async fn torture_messages_do_not_hide_the_answer() {
    let all = || torture::messages().map(|(_, bytes)| bytes);
    let (udp, _) = peer::udp(move |request, _| all().chain([reply(request, 200, "OK")]).collect()).await;
    assert_eq!(detail(&probe(Udp, udp, PATIENT).await), "200 OK");
    // On a stream what cannot be read ends it; all others may come before the answer.
    let whole = move || {
        all().filter(|bytes| matches!(datagram(bytes), Result::Ok(Some(m)) if m.value("Content-Length").is_some()))
    };
    assert!(whole().count() > 30);
    let tcp = peer::tcp(Then::Stay, move |request| whole().chain([reply(request, 200, "OK")]).collect()).await;
    assert_eq!(detail(&probe(Tcp, tcp, PATIENT).await), "200 OK");
    let (udp, _) = peer::udp(move |_, _| all().filter(|bytes| bytes.starts_with(b"SIP/2.0 ")).collect()).await;
    let report = probe(Udp, udp, HASTY).await;
    assert_eq!(
        (report.result, detail(&report)),
        (Malformed, "not SIP: 'SIP/2.0 4294967301 better not break the receiver' is no SIP start line")
    );
}

#[tokio::test]
async fn an_answer_to_somebody_else_is_silence() {
    let strange = |request: &crate::sip::Message| {
        String::from_utf8(reply(request, 200, "OK")).unwrap().replace("z9hG4bK", "z9hG4bKx").into_bytes()
    };
    let (udp, _) = peer::udp(move |request, _| vec![strange(request)]).await;
    let tcp = peer::tcp(Then::Stay, move |request| vec![strange(request)]).await;
    for (transport, at) in [(Udp, udp), (Tcp, tcp)] {
        let report = probe(transport, at, HASTY).await;
        assert_eq!(report.result, Timeout);
        assert_eq!(detail(&report), "no answer in 0.3 s; what came belongs to no request of ours");
    }
}

#[tokio::test]
async fn a_stream_may_come_in_any_pieces() {
    let trickle = |request: &crate::sip::Message| {
        let answer = request.reply(404, "No", "t").with_body(b"SIP/2.0 200 OK\r\n\r\n".to_vec());
        let all = [b"\r\n\r\n".to_vec(), reply(request, 100, "Trying"), b"\r\n".to_vec(), answer.to_bytes()].concat();
        all.into_iter().map(|byte| vec![byte]).collect()
    };
    assert_eq!(detail(&probe(Tcp, peer::tcp(Then::Stay, trickle).await, PATIENT).await), "404 No");
    let at_once = |request: &crate::sip::Message| {
        let foreign = String::from_utf8(reply(request, 503, "Not you")).unwrap().replace("z9hG4bK", "z9hG4bKx");
        vec![
            [b"\r\n\r\n".to_vec(), foreign.into_bytes(), reply(request, 100, "Trying"), reply(request, 404, "No")]
                .concat(),
        ]
    };
    assert_eq!(detail(&probe(Tcp, peer::tcp(Then::Stay, at_once).await, PATIENT).await), "404 No");
}

#[tokio::test]
async fn loose_writing_is_understood() {
    let loose = |request: &crate::sip::Message| {
        let via =
            String::from_utf8(request.value("Via").unwrap().to_vec()).unwrap().replace(";branch", "\r\n\t; branch ");
        format!("SIP/2.0 200 Alles  gut\nv : {via}, SIP/2.0/UDP b;branch=c\nCSEQ:\r\n 1\tOPTIONS\nl:0\n\n").into_bytes()
    };
    let (udp, _) = peer::udp(move |request, _| vec![loose(request)]).await;
    let tcp = peer::tcp(Then::Stay, move |request| vec![loose(request)]).await;
    for (transport, at) in [(Udp, udp), (Tcp, tcp)] {
        assert_eq!(detail(&probe(transport, at, PATIENT).await), "200 Alles  gut");
    }
}

#[tokio::test]
async fn what_fails_before_anything_is_sent_is_ours() {
    let nowhere = SocketAddr::from((Ipv4Addr::BROADCAST, 5060));
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 5060));
    for (at, local, said) in [
        (here, Some("[::1]:0"), "source address ::1 is of another family than 127.0.0.1"),
        (here, Some("192.0.2.77:0"), "cannot send from 192.0.2.77:0 here: "),
        (nowhere, None, "no way to 255.255.255.255 from here: "),
    ] {
        for transport in [Udp, Tcp] {
            let mut request = request(transport, at, HASTY);
            request.local = local.map(|local| local.parse().unwrap());
            let report = prober(Roots::system()).probe(&request).await;
            assert_eq!((report.result, report.ours), (Unreachable, true), "{said}");
            assert!(detail(&report).starts_with(said), "{}", detail(&report));
        }
    }
    let report = probe(Sctp, here, HASTY).await;
    assert_eq!(
        (report.result, report.ours, detail(&report)),
        (Unreachable, true, "trunktop does not speak SCTP: whether this target answers is not known")
    );
}

#[tokio::test]
async fn probes_from_one_source_port_take_turns() {
    let answer = |request: &crate::sip::Message| vec![reply(request, 200, "OK")];
    let (one, log) = peer::udp(move |request, _| answer(request)).await;
    let (two, _) = peer::udp(move |request, _| answer(request)).await;
    let tcp = peer::tcp(Then::Stay, answer).await;
    let local = Some(closed_port(Udp));
    let prober = prober(Roots::system());
    let from = |transport, at| ProbeRequest { local, ..request(transport, at, PATIENT) };
    let requests = [from(Udp, one), from(Udp, two), from(Tcp, tcp), from(Tcp, tcp)];
    let [a, b, c, d] = requests.each_ref().map(|request| prober.probe(request));
    let (a, b, c, d) = tokio::join!(a, b, c, d);
    for report in [a, b, c, d] {
        assert_eq!(report.result, Ok, "{}", detail(&report));
    }
    assert_eq!(Some(log.lock().unwrap()[0].0), local);
}

#[tokio::test]
async fn ipv6_is_spoken_where_there_is_any() {
    let Result::Ok(socket) = tokio::net::UdpSocket::bind("[::1]:0").await else { return };
    let at = socket.local_addr().unwrap();
    let answering = async {
        let mut buffer = [0; 2048];
        let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
        let request = crate::sip::frame::datagram(&buffer[..length]).unwrap().unwrap();
        socket.send_to(&reply(&request, 200, "OK"), from).await.unwrap();
        String::from_utf8(request.value("Via").unwrap().to_vec()).unwrap()
    };
    let (via, report) = tokio::join!(answering, probe(Udp, at, PATIENT));
    assert_eq!(report.result, Ok);
    assert!(via.starts_with("SIP/2.0/UDP [::1]:"), "{via}");
}
