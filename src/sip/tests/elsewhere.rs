//! Answers over UDP that come from where nothing was sent to.

use std::net::SocketAddr;

use tokio::net::UdpSocket;

use super::peer::reply;
use super::*;
use crate::model::ProbeResult::{Ok, Refused, Timeout};
use crate::model::Transport::Udp;
use crate::sip::frame::datagram;

/// A host that hears at one address and answers from another one; then, if it `repeats`, from its own too.
async fn two_faced(repeats: bool) -> (SocketAddr, SocketAddr) {
    let [ear, mouth] = [UdpSocket::bind("127.0.0.1:0").await.unwrap(), UdpSocket::bind("127.0.0.1:0").await.unwrap()];
    let at = (ear.local_addr().unwrap(), mouth.local_addr().unwrap());
    tokio::spawn(async move {
        let mut buffer = [0; 2048];
        loop {
            let (length, from) = ear.recv_from(&mut buffer).await.unwrap();
            let request = datagram(&buffer[..length]).unwrap().unwrap();
            mouth.send_to(b"garbage", from).await.unwrap();
            mouth.send_to(&reply(&request, 200, "Elsewhere"), from).await.unwrap();
            if repeats {
                ear.send_to(&reply(&request, 486, "Here"), from).await.unwrap();
            }
        }
    });
    at
}

#[tokio::test]
async fn an_answer_from_another_address_is_shown_and_not_counted() {
    let (at, mouth) = two_faced(false).await;
    let report = probe(Udp, at, HASTY).await;
    assert_eq!((report.result, report.response.clone()), (Timeout, None));
    assert_eq!(report.answered_from, Some(mouth));
    assert_eq!(detail(&report), format!("no answer in 0.3 s; answered from {mouth} instead: not counted"));
}

#[tokio::test]
async fn the_right_address_may_answer_beside_it() {
    let (at, _) = two_faced(true).await;
    let report = probe(Udp, at, PATIENT).await;
    assert_eq!(detail(&report), "486 Here");
}

#[tokio::test]
async fn from_a_bound_source_port_strangers_and_refusals_are_seen_too() {
    let free = || std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (at, mouth) = two_faced(false).await;
    let prober = prober(Roots::system());
    let from = |local, at, patience| ProbeRequest { local, ..request(Udp, at, patience) };
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    for local in [free(), any_port] {
        let report = prober.probe(&from(Some(local), at, HASTY)).await;
        assert_eq!((report.result, report.answered_from), (Timeout, Some(mouth)));
        let report = prober.probe(&from(Some(local), free(), PATIENT)).await;
        assert_eq!(report.result, Refused);
    }
    // Many at once, so that ports would be given twice if they were shared too early; no more than a buffer holds.
    let requests: Vec<_> = (0..60).map(|_| request(Udp, at, HASTY)).collect();
    let reports = futures_util::future::join_all(requests.iter().map(|request| prober.probe(request))).await;
    let said: Vec<_> = reports.iter().filter(|report| report.answered_from != Some(mouth)).map(detail).collect();
    assert_eq!(said, [""; 0]);
}

#[tokio::test]
async fn what_nobody_asked_for_is_no_answer_from_elsewhere() {
    let asked = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let stranger = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at = asked.local_addr().unwrap();
    let talking = async {
        let mut buffer = [0; 2048];
        let (length, from) = asked.recv_from(&mut buffer).await.unwrap();
        let request = String::from_utf8(buffer[..length].to_vec()).unwrap();
        let other = datagram(request.replace("z9hG4bK", "z9hG4bKx").as_bytes()).unwrap().unwrap();
        stranger.send_to(&reply(&other, 200, "OK"), from).await.unwrap();
        // A datagram that comes later was seen later.
        asked.send_to(&reply(&datagram(request.as_bytes()).unwrap().unwrap(), 200, "OK"), from).await.unwrap();
    };
    let ((), report) = tokio::join!(talking, probe(Udp, at, PATIENT));
    assert_eq!((report.result, report.answered_from), (Ok, None));
}
