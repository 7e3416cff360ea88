//! Our client at the lab's registrars. Each of them has a digest of its own, so that the two prove each other.

use trunktop::lab::{Algorithm, CarrierPlan, HostPlan, Lab, Location, Nonces, Qop, Registers, RegistrarPlan, Scenario};
use trunktop::model::Transport::{self, Tcp, Tls, Udp};
use trunktop::model::{Expires, Granted, PasswordSource, ProbeResult, Purpose, RefusalMeans, RegisterOutcome, Text};

use crate::registering::{BIND, Registering, granted, held, refused};

const DOMAIN: &str = "reg.example";
const USER: &str = "bob";
const PASSWORD: &str = "correct \"horse";

/// Two hosts, `a` and `b`, that are registrars like this.
async fn lab(registrar: RegistrarPlan) -> Lab {
    let plan = CarrierPlan::new("reg", "sip:reg.example").registrar(registrar.user(USER, PASSWORD));
    let host = |label: &str| HostPlan::new(&format!("{label}.{DOMAIN}")).speaks([Udp, Tcp, Tls, Transport::Wss]);
    Lab::with([["a", "b"].iter().fold(plan, |plan, label| plan.host(host(label)))]).await.unwrap()
}

fn bob(lab: &Lab) -> Registering {
    Registering::new(DOMAIN, USER, PASSWORD, Some(lab.root()))
}

fn at(lab: &Lab, host: &str, transport: Transport) -> std::net::SocketAddr {
    lab.host(&format!("{host}.{DOMAIN}"))[0].at(transport).unwrap()
}

#[tokio::test]
async fn every_algorithm_and_qop_is_met_over_every_transport() {
    let all = [Algorithm::Md5, Algorithm::Md5Sess, Algorithm::Sha256, Algorithm::Sha256Sess, Algorithm::Sha512];
    for qop in [Qop::Absent, Qop::Auth, Qop::Both] {
        for algorithm in all.into_iter().filter(|one| qop != Qop::Absent || !one.as_str().ends_with("-sess")) {
            let lab = lab(RegistrarPlan::new().algorithms([algorithm]).qop(qop)).await;
            for transport in [Udp, Tcp, Tls, Transport::Wss] {
                let (bob, at) = (bob(&lab), at(&lab, "a", transport));
                let made = bob.go(transport, at, BIND).await;
                assert_eq!(held(&made), Some(60), "{algorithm:?} {qop:?} {transport}");
                let met = made.challenge.unwrap();
                assert_eq!((met.algorithm, met.realm.as_str()), (algorithm.as_str(), DOMAIN));
                assert_eq!(met.qop.is_some(), qop != Qop::Absent);
                assert_eq!(held(&bob.go(transport, at, BIND).await), Some(60), "a refresh");
                assert!(held(&bob.go(transport, at, Purpose::Fetch).await).is_some());
                assert_eq!(lab.bindings("reg").len(), 2, "one, that both hosts know");
                assert_eq!(held(&bob.go(transport, at, Purpose::Remove).await), None);
                assert!(lab.bindings("reg").is_empty());
            }
            let counts = lab.registers("reg");
            assert_eq!((counts.wrong, counts.stars, counts.with_credentials), (0, 0, 16), "{algorithm:?} {qop:?}");
        }
    }
}

#[tokio::test]
async fn of_two_challenges_the_stronger_or_the_topmost_is_met() {
    let lab = lab(RegistrarPlan::new().algorithms([Algorithm::Md5, Algorithm::Sha256])).await;
    for (bob, met) in [(bob(&lab), "SHA-256"), (bob(&lab).topmost(), "MD5")] {
        let report = bob.go(Udp, at(&lab, "a", Udp), Purpose::Fetch).await;
        assert_eq!(report.challenge.as_ref().map(|challenge| challenge.algorithm), Some(met));
        granted(&report);
    }
}

#[tokio::test]
async fn nonces_are_used_as_long_as_they_are_good() {
    // One that rotates is named by the answer before (RFC 7616 3.5).
    for (nonces, with) in [(Nonces::Fresh, 7), (Nonces::Stale(3), 9), (Nonces::Rotating, 7)] {
        let lab = lab(RegistrarPlan::new().nonces(nonces)).await;
        let (bob, at) = (bob(&lab), at(&lab, "a", Udp));
        for _ in 0..7 {
            granted(&bob.go(Udp, at, BIND).await);
        }
        let counts = lab.registers("reg");
        assert_eq!((counts.with_credentials, counts.wrong, counts.without), (with, 0, 1), "{nonces:?}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_sent_once() {
    for plan in [
        RegistrarPlan::new(),
        RegistrarPlan::new().behind_proxy(),
        RegistrarPlan::new().algorithms([Algorithm::Sha256, Algorithm::Md5]),
        RegistrarPlan::new().nonces(Nonces::Rotating),
    ] {
        let lab = lab(plan).await;
        let mut bob = bob(&lab);
        bob.password = "battery".into();
        let report = bob.go(Udp, at(&lab, "a", Udp), BIND).await;
        assert_eq!(refused(&report).means, RefusalMeans::WrongCredentials);
        let expected = Registers { with_credentials: 1, wrong: 1, without: 1, stars: 0 };
        assert_eq!(lab.registers("reg"), expected);
    }
}

#[tokio::test]
async fn what_a_registrar_says_is_understood() {
    let lab_423 = lab(RegistrarPlan::new().min_expires(90)).await;
    let report = bob(&lab_423).go(Tcp, at(&lab_423, "a", Tcp), BIND).await;
    assert_eq!((held(&report), granted(&report).raised.map(Expires::seconds)), (Some(90), Some(90)));

    let plan = RegistrarPlan::new().max_expires(20).behind_proxy().service_route("<sip:core.reg.example;lr>");
    let plan = plan.path("<sip:edge.reg.example;lr>").associated("<sip:+12025550100@reg.example>").outbound(120);
    let lab_more = lab(plan).await;
    let report = bob(&lab_more).go(Tcp, at(&lab_more, "a", Tcp), BIND).await;
    assert_eq!(held(&report), Some(20));
    let said = granted(&report);
    assert_eq!(said.service_route.as_ref().unwrap().as_str(), "<sip:core.reg.example;lr>");
    assert_eq!(said.associated.as_ref().unwrap().as_str(), "<sip:+12025550100@reg.example>");
    assert_eq!(said.path.as_ref().map(Text::as_str), Some("<sip:edge.reg.example;lr>"));
    assert_eq!((said.outbound, said.flow_timer.map(|timer| timer.as_secs())), (true, Some(120)));

    for (plan, code) in [
        (RegistrarPlan::new().refuses(403, "Forbidden"), 403),
        (RegistrarPlan::new().refuses(404, "Not Found"), 404),
        (RegistrarPlan::new().refuses(480, "Temporarily Unavailable"), 480),
        (RegistrarPlan::new().refuses(500, "Server Internal Error"), 500),
        (RegistrarPlan::new().redirects("<sip:elsewhere.example;transport=tcp>"), 302),
    ] {
        let lab = lab(plan).await;
        let report = bob(&lab).go(Udp, at(&lab, "a", Udp), BIND).await;
        let refusal = refused(&report);
        assert_eq!(refusal.code, code);
        let expected = match code {
            302 => RefusalMeans::Elsewhere(vec!["sip:elsewhere.example;transport=tcp".parse().unwrap()]),
            // Credentials went along that were never accepted before.
            403 => RefusalMeans::WrongCredentials,
            _ => RefusalMeans::Plain,
        };
        assert_eq!(refusal.means, expected, "{code}");
        assert!(lab.bindings("reg").is_empty());
    }
}

#[tokio::test]
async fn a_registrar_that_is_mute_when_a_binding_is_removed_is_told() {
    let lab = lab(RegistrarPlan::new().mute_on_remove()).await;
    let (bob, at) = (bob(&lab), at(&lab, "a", Udp));
    assert_eq!(held(&bob.go(Udp, at, BIND).await), Some(60));
    let report = bob.go_in_vain(Udp, at, Purpose::Remove).await;
    let RegisterOutcome::Failed { result, ours, .. } = report.outcome else { panic!("{:?}", report.outcome) };
    assert_eq!((result, ours), (ProbeResult::Timeout, false));
}

#[tokio::test]
async fn the_bindings_of_others_are_seen_and_left_alone() {
    for (location, elsewhere) in [(Location::Separate, 0), (Location::Shared, 1)] {
        let lab = lab(RegistrarPlan::new().location(location)).await;
        lab.bind_foreign("a.reg.example", "<sip:pbx@192.0.2.9>", 600).unwrap();
        let bob = bob(&lab);
        for (host, others) in [("a", 1), ("b", elsewhere)] {
            let fetched = bob.go(Udp, at(&lab, host, Udp), Purpose::Fetch).await;
            assert_eq!(granted(&fetched).others().count(), others, "{location:?} {host}");
            assert_eq!(held(&fetched), None);
        }
        for purpose in [BIND, Purpose::Remove] {
            bob.go(Udp, at(&lab, "a", Udp), purpose).await;
        }
        let left = lab.bindings("reg");
        assert_eq!(left.len(), 1 + elsewhere);
        assert!(left.iter().all(|one| one.contact.as_str() == "sip:pbx@192.0.2.9"));
        assert_eq!(lab.registers("reg").stars, 0);
    }
}

#[tokio::test]
async fn a_thousand_bindings_are_counted_and_ours_is_found_among_them() {
    let lab = lab(RegistrarPlan::new()).await;
    for number in 0..1000 {
        lab.bind_foreign("a.reg.example", &format!("<sip:pbx{number}@192.0.2.9>"), 600).unwrap();
    }
    let (bob, at) = (bob(&lab), at(&lab, "a", Tcp));
    let made = bob.go(Tcp, at, BIND).await;
    assert_eq!((granted(&made).listed, held(&made)), (1001, Some(60)));
    assert!(granted(&made).bindings.len() <= Granted::MOST);
}

#[tokio::test]
async fn the_accounts_of_the_embedded_carriers_can_be_used() {
    let lab = Lab::start(Scenario::Steady).await.unwrap();
    for carrier in lab.carriers() {
        let Some(account) = &carrier.account else { continue };
        let Some(PasswordSource::Known(secret)) = &account.password else { panic!("{}", carrier.name) };
        let domain = carrier.uri.host.to_string();
        let ours = Registering::new(&domain, account.user.as_str(), secret.reveal(), Some(lab.root()));
        let before = lab.bindings(carrier.name.as_str()).len();
        for host in lab.responders().filter(|host| host.host().as_str().ends_with(&domain)) {
            let transport = [Tls, Tcp, Udp].into_iter().find(|transport| host.at(*transport).is_some()).unwrap();
            let at = host.at(transport).unwrap();
            let made = ours.go(transport, at, trunktop::model::Purpose::Bind(account.expires)).await;
            assert_eq!(held(&made), Some(account.expires.seconds()), "{}", host.host().as_str());
            assert_eq!(held(&ours.go(transport, at, Purpose::Remove).await), None);
        }
        assert_eq!(lab.bindings(carrier.name.as_str()).len(), before, "{}", carrier.name);
    }
}
