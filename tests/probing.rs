//! The prober against the hosts of the lab, over every transport that it speaks.

use std::sync::Arc;
use std::time::Duration;

use trunktop::lab::{Behaviour, CarrierPlan, Certificate, HostPlan, Lab};
use trunktop::model::{Carrier, Connection, Endpoint, ProbeReport, ProbeRequest, ProbeResult, Transport};
use trunktop::monitor::{Probe, SystemClock};
use trunktop::sip::{Prober, Roots};

const HOST: &str = "pop1.a.example";
const ALL: [Transport; 5] = [Transport::Udp, Transport::Tcp, Transport::Tls, Transport::Ws, Transport::Wss];

struct World {
    lab: Lab,
    carrier: Carrier,
    prober: Prober,
}

impl World {
    async fn start() -> Self {
        let plan = CarrierPlan::new("a", "sip:a.example").host(HostPlan::new(HOST).speaks(ALL));
        let lab = Lab::with([plan]).await.unwrap();
        let prober = Prober::new(Arc::new(SystemClock::start()), Roots::system_and([lab.root()]));
        let carrier = lab.carriers().remove(0);
        Self { lab, carrier, prober }
    }

    async fn probe(&self, transport: Transport, patience: Duration) -> ProbeReport {
        let at = self.lab.host(HOST)[0].at(transport).unwrap();
        let request = ProbeRequest::new(
            &self.carrier,
            self.carrier.uri.clone(),
            Endpoint { transport, at },
            HOST.parse().unwrap(),
            patience,
        );
        self.prober.probe(&request).await
    }
}

const PATIENT: Duration = Duration::from_secs(20);

#[tokio::test]
async fn every_transport_is_answered_and_connections_are_kept() {
    let world = World::start().await;
    for transport in ALL {
        let first = world.probe(transport, PATIENT).await;
        let second = world.probe(transport, PATIENT).await;
        for report in [&first, &second] {
            assert_eq!((report.result, report.said().as_str()), (ProbeResult::Ok, "200 OK"), "{transport}");
            assert_eq!(report.tls.is_some(), transport.is_secure(), "{transport}");
            let sent = report.sent.as_ref().unwrap().lines().nth(1).unwrap().to_string();
            assert!(sent.starts_with(&format!("Via: SIP/2.0/{} 127.", transport.as_str().to_uppercase())), "{sent}");
            assert_eq!(report.heard.as_ref().unwrap().lines().next().unwrap().as_str(), "SIP/2.0 200 OK");
        }
        let kept = (transport != Transport::Udp).then_some(Connection::Kept);
        assert_eq!((first.connect().is_some(), second.connection), (kept.is_some(), kept), "{transport}");
    }
}

#[tokio::test]
async fn trouble_is_the_same_over_every_transport() {
    let world = World::start().await;
    for (behaviour, result, said) in [
        (Behaviour::Status(503, "Draining"), ProbeResult::ErrorResponse, "503 Draining"),
        (Behaviour::Busy(30), ProbeResult::ErrorResponse, "503 Service Unavailable"),
        (Behaviour::Status(404, "Not Found"), ProbeResult::ErrorResponse, "404 Not Found"),
        (Behaviour::Status(401, "Unauthorized"), ProbeResult::AuthRequired, "401 Unauthorized"),
        // An OPTIONS does not see that calls would get a 503.
        (Behaviour::Drain, ProbeResult::Ok, "200 OK"),
        (Behaviour::Slow(Duration::from_millis(20)), ProbeResult::Ok, "200 OK"),
        (Behaviour::Garbage, ProbeResult::Malformed, "malformed answer: not SIP: '220 lab-sbc ESMTP ready'"),
        (Behaviour::Trying, ProbeResult::Timeout, "silent: 100 Trying, then nothing"),
        (Behaviour::Silent, ProbeResult::Timeout, "silent: "),
        (Behaviour::Refuse, ProbeResult::Refused, "refused: the port is closed"),
        (Behaviour::Answer, ProbeResult::Ok, "200 OK"),
    ] {
        world.lab.behave(HOST, behaviour).await.unwrap();
        for transport in ALL {
            let waits =
                result == ProbeResult::Timeout || (result, transport) == (ProbeResult::Malformed, Transport::Udp);
            let report = world.probe(transport, if waits { Duration::from_secs(1) } else { PATIENT }).await;
            assert_eq!(report.result, result, "{transport}: {}", report.said());
            assert!(report.said().starts_with(said), "{transport}: {}", report.said());
        }
    }
}

#[tokio::test]
async fn trouble_with_datagrams_is_none_of_streams() {
    let world = World::start().await;
    for (behaviour, result, said) in [
        (Behaviour::Again, ProbeResult::Ok, "200 OK, after 2 sendings"),
        (Behaviour::Lossy(100), ProbeResult::Timeout, "silent: no answer in 1 s"),
        (Behaviour::Elsewhere, ProbeResult::Timeout, "silent: no answer in 1 s; answered from "),
    ] {
        world.lab.behave(HOST, behaviour).await.unwrap();
        let patience = if result == ProbeResult::Ok { PATIENT } else { Duration::from_secs(1) };
        let report = world.probe(Transport::Udp, patience).await;
        assert_eq!(report.result, result, "{behaviour:?}: {}", report.said());
        assert!(report.said().starts_with(said), "{behaviour:?}: {}", report.said());
        let host = world.lab.host(HOST)[0].address();
        let elsewhere = (behaviour == Behaviour::Elsewhere).then_some(host);
        assert_eq!(report.answered_from.map(|from| from.ip()), elsewhere);
        for transport in &ALL[1..] {
            let report = world.probe(*transport, PATIENT).await;
            assert_eq!(report.said(), "200 OK", "{behaviour:?} over {transport}");
        }
    }
}

#[tokio::test]
async fn certificates_and_their_absence_are_told_apart() {
    let world = World::start().await;
    for (certificate, result, said) in [
        (Certificate::new(&["a.example", HOST], 1), ProbeResult::Ok, "200 OK"),
        (Certificate::new(&["b.example"], 90), ProbeResult::TlsName, "certificate for another name: "),
        (Certificate::new(&[HOST], 90), ProbeResult::TlsName, "certificate for another name: "),
        (Certificate::new(&["a.example"], -1), ProbeResult::TlsUntrusted, "certificate not trusted: expired "),
        (Certificate::new(&["a.example"], 90).self_signed(), ProbeResult::TlsUntrusted, "certificate not trusted: "),
    ] {
        world.lab.certify(HOST, &certificate).unwrap();
        for transport in [Transport::Tls, Transport::Wss] {
            let report = world.probe(transport, PATIENT).await;
            assert_eq!(report.result, result, "{certificate:?} {transport}: {}", report.said());
            assert!(report.said().starts_with(said), "{certificate:?} {transport}: {}", report.said());
            assert!(report.said().contains("200 OK"), "what SIP says is told all the same: {}", report.said());
            let tls = report.tls.unwrap();
            let names = |name: &str| certificate.names.iter().any(|known| known == name);
            assert_eq!((tls.names_domain, tls.names_target), (names("a.example"), names(HOST)), "{certificate:?}");
            assert_eq!(tls.untrusted.is_some(), result == ProbeResult::TlsUntrusted, "{certificate:?}");
        }
    }
    world.lab.behave(HOST, Behaviour::Clear).await.unwrap();
    for transport in [Transport::Tls, Transport::Wss] {
        let report = world.probe(transport, PATIENT).await;
        assert_eq!((report.result, report.ours), (ProbeResult::TlsHandshake, false), "{}", report.said());
    }
}
