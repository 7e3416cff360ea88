//! Sockets over UDP that are used again.

use std::collections::BTreeSet;
use std::net::UdpSocket;
use std::sync::Mutex;

use super::peer::{self, Log, reply};
use super::*;
use crate::model::ProbeResult::{Ok, Refused, Timeout};
use crate::model::Transport::Udp;
use crate::sip::Message;
use crate::sip::frame::datagram;

fn keeping(at: SocketAddr, patience: Duration) -> ProbeRequest {
    ProbeRequest { settings: ProbeSettings::default(), ..request(Udp, at, patience) }
}

fn ports(log: &Log) -> Vec<u16> {
    log.lock().unwrap().iter().map(|(from, _)| from.port()).collect()
}

#[tokio::test]
async fn a_socket_is_kept_and_every_request_is_new() {
    let (at, log) = peer::udp(|request, _| vec![reply(request, 200, "OK")]).await;
    let prober = prober(Roots::system());
    let mut one = keeping(at, PATIENT);
    let mut two = one.clone();
    one.settings.from_user = "one".parse().unwrap();
    two.uri = "sip:other.example".parse().unwrap();
    for request in [&one, &two, &one, &one] {
        assert_eq!(detail(&prober.probe(request).await), "200 OK");
    }
    assert_eq!(ports(&log).iter().collect::<BTreeSet<_>>().len(), 1, "one socket");
    let asked: Vec<Message> = log.lock().unwrap().iter().map(|(_, bytes)| datagram(bytes).unwrap().unwrap()).collect();
    let froms: Vec<_> = asked.iter().map(|m| m.value("From").unwrap().split(|&b| b == b';').next().unwrap()).collect();
    let first = b"<sip:one@acme.example>".as_slice();
    assert_eq!(froms, [first, b"<sip:trunktop@other.example>", first, first], "who shares an address asks for himself");
    for name in ["Via", "From", "Call-ID"] {
        let values: BTreeSet<_> = asked.iter().map(|message| message.value(name).unwrap()).collect();
        assert_eq!(values.len(), asked.len(), "{name} is never the same");
    }
}

#[tokio::test]
async fn who_wants_new_sockets_gets_them() {
    let (at, log) = peer::udp(|request, _| vec![reply(request, 200, "OK")]).await;
    let prober = prober(Roots::system());
    for _ in 0..8 {
        assert_eq!(detail(&prober.probe(&request(Udp, at, PATIENT)).await), "200 OK");
    }
    assert!(ports(&log).iter().collect::<BTreeSet<_>>().len() > 1);
}

/// A peer whose answer to each request is followed by more; and that says those before the next answer, too.
async fn late(answers: bool) -> (SocketAddr, Log) {
    let before = Mutex::new(None::<Message>);
    peer::udp(move |request, number| {
        let previous = before.lock().unwrap().replace(request.clone());
        let late = previous.into_iter().flat_map(|previous| vec![reply(&previous, 503, "Late"); 3]);
        let now = (answers || number == 0).then(|| vec![reply(request, 200, "OK"), reply(request, 503, "Twice")]);
        late.chain(now.into_iter().flatten()).collect()
    })
    .await
}

#[tokio::test]
async fn a_late_answer_is_not_taken_for_the_next_one() {
    let (at, log) = late(true).await;
    let prober = prober(Roots::system());
    for _ in 0..4 {
        assert_eq!(detail(&prober.probe(&keeping(at, PATIENT)).await), "200 OK");
    }
    assert_eq!(ports(&log).iter().collect::<BTreeSet<_>>().len(), 1, "all over one socket");
    let (at, _) = late(false).await;
    assert_eq!(prober.probe(&keeping(at, PATIENT)).await.result, Ok);
    let report = prober.probe(&keeping(at, HASTY)).await;
    assert_eq!((report.result, report.response.clone()), (Timeout, None));
    assert_eq!(detail(&report), "no answer in 0.3 s; what came belongs to no request of ours");
}

#[tokio::test]
async fn a_target_that_is_gone_refuses_and_is_asked_anew_when_it_is_back() {
    let (at, prober) = (UdpSocket::bind("127.0.6.2:0").unwrap().local_addr().unwrap(), prober(Roots::system()));
    for _ in 0..2 {
        let back = tokio::net::UdpSocket::bind(at).await.unwrap();
        let answering = async {
            let mut buffer = [0; 2048];
            let (length, from) = back.recv_from(&mut buffer).await.unwrap();
            back.send_to(&reply(&datagram(&buffer[..length]).unwrap().unwrap(), 200, "OK"), from).await.unwrap();
        };
        let request = keeping(at, PATIENT);
        let ((), report) = tokio::join!(answering, prober.probe(&request));
        assert_eq!(detail(&report), "200 OK");
        drop(back);
        for _ in 0..2 {
            assert_eq!(prober.probe(&keeping(at, PATIENT)).await.result, Refused);
        }
    }
}

#[tokio::test]
async fn a_target_that_moves_is_asked_where_it_is() {
    let prober = prober(Roots::system());
    let (old, old_log) = peer::udp(|request, _| vec![reply(request, 200, "Old")]).await;
    let (new, _) = peer::udp(|request, _| vec![reply(request, 200, "New")]).await;
    for (at, said) in [(old, "200 Old"), (new, "200 New"), (new, "200 New"), (old, "200 Old")] {
        assert_eq!(detail(&prober.probe(&keeping(at, PATIENT)).await), said);
    }
    assert_eq!(old_log.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_fixed_port_is_free_for_the_next_target() {
    let (one, log) = peer::udp(|request, _| vec![reply(request, 200, "OK")]).await;
    let (two, _) = peer::udp(|request, _| vec![reply(request, 200, "OK")]).await;
    // Below what the system hands out: a port of its own choice may be given to somebody else meanwhile.
    let port = 10_000 + u16::try_from(std::process::id() % 20_000).unwrap();
    let local = Some(([127, 0, 6, 2], port).into());
    let prober = prober(Roots::system());
    for at in [one, two, one] {
        let report = prober.probe(&ProbeRequest { local, ..keeping(at, PATIENT) }).await;
        assert_eq!(detail(&report), "200 OK");
    }
    assert_eq!(Some(log.lock().unwrap()[1].0), local);
}

#[tokio::test]
async fn many_probes_of_one_target_at_once_do_not_disturb_each_other() {
    let (at, _) = peer::udp(|request, _| vec![reply(request, 200, "OK")]).await;
    let prober = prober(Roots::system());
    let request = keeping(at, PATIENT);
    for _ in 0..2 {
        let reports = futures_util::future::join_all((0..20).map(|_| prober.probe(&request))).await;
        assert!(reports.iter().all(|report| detail(report) == "200 OK"));
    }
}
