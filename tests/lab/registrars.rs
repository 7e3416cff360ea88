//! The registrars of the lab, by requests that are written by hand, over real sockets.

use trunktop::lab::{
    Algorithm, Behaviour, CarrierPlan, HostPlan, Lab, Location, Nonces, Qop, Registers, RegistrarPlan,
};
use trunktop::model::Transport::{Tcp, Udp};
use trunktop::model::{AccountMode, Expires, PasswordSource};

use crate::by_hand::{Hand, parameter};

const DOMAIN: &str = "reg.example";
const USER: &str = "bob";
const PASSWORD: &str = "correct horse";

const CONTACT: &str = "Contact: <sip:bob@192.0.2.1:5070>";

/// Two hosts, `a` and `b`, that are registrars like this.
async fn lab(registrar: RegistrarPlan) -> Lab {
    let plan = CarrierPlan::new("reg", "sip:reg.example").registrar(registrar.user(USER, PASSWORD));
    let plan = ["a", "b"].iter().fold(plan, |plan, label| plan.host(HostPlan::new(&format!("{label}.{DOMAIN}"))));
    Lab::with([plan]).await.unwrap()
}

/// Bob, at a host.
async fn bob(lab: &Lab, host: &str) -> Hand {
    let at = lab.host(&format!("{host}.{DOMAIN}"))[0].at(Udp).unwrap();
    Hand::over_udp(at, DOMAIN, USER, PASSWORD).await
}

fn listed(lab: &Lab) -> Vec<String> {
    lab.bindings("reg").iter().map(|one| format!("{} {}", one.host.as_str(), one.contact)).collect()
}

#[tokio::test]
async fn a_registration_is_made_refreshed_fetched_and_removed() {
    let lab = lab(RegistrarPlan::new()).await;
    let mut bob = bob(&lab, "a").await;
    let made = bob.register(&format!("{CONTACT};expires=60")).await;
    assert_eq!((made.code, made.contacts()), (200, vec!["<sip:bob@192.0.2.1:5070>;expires=60".to_owned()]));
    let refreshed = bob.register(&format!("{CONTACT}\nExpires: 90")).await;
    assert_eq!(refreshed.contacts(), ["<sip:bob@192.0.2.1:5070>;expires=90"]);
    // More than an hour is cut, and what is no number is an hour (RFC 3261 10.2.1.1).
    for (asked, granted) in [("7200", 3600), ("4294967296", 3600), ("-1", 3600)] {
        let said = bob.register(&format!("{CONTACT};expires={asked}")).await;
        assert_eq!(said.contacts(), [format!("<sip:bob@192.0.2.1:5070>;expires={granted}")], "{asked}");
    }
    bob.register("Contact: \"Bob, at home\" <sip:bob@192.0.2.2>;+sip.instance=\"<urn:uuid:1>\";expires=60").await;
    let fetched = bob.register("").await.contacts();
    assert_eq!(fetched.len(), 2, "{fetched:?}");
    assert_eq!(fetched[1], "<sip:bob@192.0.2.2>;expires=60;+sip.instance=\"<urn:uuid:1>\"");
    let removed = bob.register(&format!("{CONTACT};expires=0")).await;
    assert_eq!((removed.code, removed.contacts().len()), (200, 1));
    let from = lab.bindings("reg")[0].from.unwrap();
    assert!(from.ip().is_loopback());
}

#[tokio::test]
async fn it_works_over_a_connection_which_is_kept_alive() {
    let lab = lab(RegistrarPlan::new().algorithms([Algorithm::Sha256])).await;
    let at = lab.host("a.reg.example")[0].at(Tcp).unwrap();
    let mut bob = Hand::over_tcp(at, DOMAIN, USER, PASSWORD).await;
    assert_eq!(bob.register(&format!("{CONTACT};expires=60")).await.code, 200);
    bob.send("\r\n\r\n").await;
    assert_eq!(bob.hears_pong().await, "\r\n");
    assert_eq!(bob.register("").await.contacts().len(), 1);
    lab.behave("a.reg.example", Behaviour::Silent).await.unwrap();
    bob.send("\r\n\r\n").await;
    assert!(bob.is_mute().await, "a host that is mute keeps nothing alive");
}

#[tokio::test]
async fn every_algorithm_and_qop_is_met() {
    let all = [Algorithm::Sha512, Algorithm::Sha256, Algorithm::Md5, Algorithm::Md5Sess, Algorithm::Sha256Sess];
    for qop in [Qop::Absent, Qop::Auth, Qop::Both] {
        let lab = lab(RegistrarPlan::new().algorithms(all).qop(qop)).await;
        let mut bob = bob(&lab, "a").await;
        let challenged = bob.ask("").await;
        assert_eq!((challenged.code, challenged.challenges().len()), (401, all.len()));
        for (challenge, algorithm) in challenged.challenges().iter().zip(all) {
            assert_eq!(parameter(challenge, "algorithm"), Some(algorithm.as_str()), "in their order");
            assert_eq!(parameter(challenge, "realm"), Some(DOMAIN));
            assert_eq!(parameter(challenge, "stale"), None);
        }
        // A session key is made with a cnonce, which there is not without qop.
        for algorithm in all.into_iter().filter(|one| qop != Qop::Absent || !one.as_str().ends_with("-sess")) {
            bob.algorithm = Some(algorithm.as_str());
            for chosen in if qop == Qop::Both { &["auth", "auth-int"][..] } else { &["auth"] } {
                bob.qop = chosen;
                assert_eq!(bob.register("").await.code, 200, "{algorithm:?} {qop:?} {chosen}");
                let right = std::mem::replace(&mut bob.password, "wrong".into());
                assert_eq!(bob.register("").await.code, 401, "{algorithm:?} {qop:?} {chosen}");
                bob.password = right;
            }
        }
        // What was not offered is not taken.
        (bob.algorithm, bob.qop) = (None, "auth-int");
        assert_eq!(bob.register("").await.code, if qop == Qop::Auth { 400 } else { 200 });
    }
}

#[tokio::test]
async fn a_proxy_may_ask_for_credentials() {
    let lab = lab(RegistrarPlan::new().behind_proxy()).await;
    let mut bob = bob(&lab, "a").await;
    let challenged = bob.ask("").await;
    assert_eq!((challenged.code, challenged.all("WWW-Authenticate").len()), (407, 0));
    assert_eq!(bob.register("").await.code, 200);
}

#[tokio::test]
async fn credentials_are_looked_at_closely() {
    let lab = lab(RegistrarPlan::new()).await;
    let mut bob = bob(&lab, "a").await;
    let challenge = bob.ask("").await.challenges()[0].to_owned();
    let right = bob.credentials(&challenge, 1);
    for (part, other, code) in [
        ("nc=00000001", "nc=1", 400),
        ("nc=00000001", "nc=\"00000001\"", 400),
        ("qop=auth", "qop=\"auth\"", 400),
        ("uri=\"sip:reg.example\"", "uri=\"sip:other.example\"", 400),
        (", opaque=\"bGFi\"", "", 400),
        ("algorithm=MD5", "algorithm=SHA-256", 400),
        ("realm=\"reg.example\"", "realm=\"other.example\"", 401),
        ("username=\"bob\"", "username=\"eve\"", 401),
        ("cnonce=\"0a4f113b\"", "cnonce=\"0a4f113c\"", 401),
    ] {
        assert!(right.contains(part), "{right}");
        let said = bob.ask(&right.replace(part, other)).await;
        assert_eq!(said.code, code, "{other}");
        assert!(said.challenges().iter().all(|challenge| parameter(challenge, "stale").is_none()), "{other}");
    }
    assert_eq!(bob.ask(&right).await.code, 200, "a try that failed uses nothing up");
    // The count does not grow.
    let again = bob.ask(&right).await;
    assert_eq!((again.code, parameter(again.challenges()[0], "stale")), (401, Some("true")));
    // The other host knows nothing of this nonce.
    let mut elsewhere = self::bob(&lab, "b").await;
    let said = elsewhere.meet(&challenge, "").await;
    assert_eq!((said.code, parameter(said.challenges()[0], "stale")), (401, Some("true")));
}

#[tokio::test]
async fn a_nonce_goes_stale() {
    let lab = lab(RegistrarPlan::new().nonces(Nonces::Stale(2))).await;
    let mut bob = bob(&lab, "a").await;
    let challenge = bob.ask("").await.challenges()[0].to_owned();
    for _ in 0..2 {
        assert_eq!(bob.meet(&challenge, "").await.code, 200);
    }
    let stale = bob.meet(&challenge, "").await;
    assert_eq!((stale.code, parameter(stale.challenges()[0], "stale")), (401, Some("true")));
    assert_eq!(bob.meet(stale.challenges()[0], "").await.code, 200);
}

#[tokio::test]
async fn a_nonce_rotates() {
    let lab = lab(RegistrarPlan::new().nonces(Nonces::Rotating)).await;
    let mut bob = bob(&lab, "a").await;
    let challenge = bob.ask("").await.challenges()[0].to_owned();
    let first = bob.meet(&challenge, "").await;
    let next = parameter(&format!("x {}", first.one("Authentication-Info")), "nextnonce").unwrap().to_owned();
    let old = parameter(&challenge, "nonce").unwrap().to_owned();
    assert_ne!(next, old);
    let second = bob.meet(&challenge.replace(&old, &next), "").await;
    assert_eq!(second.code, 200);
    for used in [&old, &next] {
        let said = bob.meet(&challenge.replace(&old, used), "").await;
        assert_eq!((said.code, parameter(said.challenges()[0], "stale")), (401, Some("true")));
    }
}

#[tokio::test]
async fn a_database_is_for_all_hosts_or_for_one() {
    for (location, elsewhere) in [(Location::Shared, 1), (Location::Separate, 0)] {
        let lab = lab(RegistrarPlan::new().location(location)).await;
        bob(&lab, "a").await.register(&format!("{CONTACT};expires=60")).await;
        assert_eq!(bob(&lab, "a").await.register("").await.contacts().len(), 1);
        assert_eq!(bob(&lab, "b").await.register("").await.contacts().len(), elsewhere, "{location:?}");
        assert_eq!(lab.bindings("reg").len(), 1 + elsewhere);
    }
}

#[tokio::test]
async fn bindings_are_looked_at_and_tampered_with() {
    let lab = lab(RegistrarPlan::new().location(Location::Separate).kept("b.reg.example", "<sip:pbx@192.0.2.9>")).await;
    lab.bind_foreign("a.reg.example", "sip:eve@192.0.2.6", 60).unwrap();
    bob(&lab, "a").await.register(&format!("{CONTACT};expires=60")).await;
    let all =
        ["a.reg.example sip:eve@192.0.2.6", "a.reg.example sip:bob@192.0.2.1:5070", "b.reg.example sip:pbx@192.0.2.9"];
    assert_eq!(listed(&lab), all);
    assert_eq!(bob(&lab, "b").await.register("").await.contacts(), ["<sip:pbx@192.0.2.9>;expires=3600"]);
    lab.forget("a.reg.example").unwrap();
    assert_eq!(listed(&lab), all[2..]);
    let why = lab.bind_foreign("a.reg.example", "eve", 60).unwrap_err();
    assert_eq!(why.to_string(), "'eve' is no Contact");
    assert!(lab.forget("c.reg.example").is_err());
    assert!(lab.bindings("nobody").is_empty());
}

#[tokio::test]
async fn a_binding_ends_in_time() {
    let lab = lab(RegistrarPlan::new().max_expires(1)).await;
    let mut bob = bob(&lab, "a").await;
    let made = bob.register(&format!("{CONTACT};expires=60")).await;
    assert_eq!(made.contacts(), ["<sip:bob@192.0.2.1:5070>;expires=1"]);
    while !lab.bindings("reg").is_empty() {
        tokio::time::sleep(lab.bindings("reg").first().map_or_else(Default::default, |one| one.remaining)).await;
    }
    assert!(bob.register("").await.contacts().is_empty());
}

#[tokio::test]
async fn brief_bindings_are_refused() {
    let lab = lab(RegistrarPlan::new().min_expires(60)).await;
    let mut bob = bob(&lab, "a").await;
    let brief = bob.register(&format!("{CONTACT};expires=59")).await;
    assert_eq!((brief.code, brief.one("Min-Expires")), (423, "60"));
    assert!(lab.bindings("reg").is_empty());
    for fine in ["60", "0"] {
        assert_eq!(bob.register(&format!("{CONTACT};expires={fine}")).await.code, 200);
    }
}

#[tokio::test]
async fn a_2xx_says_more_than_the_bindings() {
    let plan = RegistrarPlan::new().service_route("<sip:core.reg.example;lr>").path("<sip:edge.reg.example;lr>");
    let lab = lab(plan.associated("<sip:+12025550100@reg.example>").outbound(120)).await;
    let mut bob = bob(&lab, "a").await;
    let bare = bob.register(&format!("{CONTACT};expires=60")).await;
    assert_eq!(bare.one("Service-Route"), "<sip:core.reg.example;lr>");
    assert_eq!(bare.one("P-Associated-URI"), "<sip:+12025550100@reg.example>");
    assert_eq!([bare.one("Path"), bare.one("Require"), bare.one("Flow-Timer")], ["", "", ""]);
    let flow = "+sip.instance=\"<urn:uuid:1>\";reg-id=1";
    let lines = format!("Supported: path, outbound\nPath: <sip:ours.example;lr>\n{CONTACT};{flow};expires=60");
    let full = bob.register(&lines).await;
    assert_eq!(full.all("Path"), ["<sip:edge.reg.example;lr>", "<sip:ours.example;lr>"]);
    assert_eq!([full.one("Require"), full.one("Flow-Timer")], ["outbound", "120"]);
    // The same flow from another address is still the same binding (RFC 5626 6).
    let moved = bob.register(&format!("Contact: <sip:bob@192.0.2.1:6000>;{flow};expires=60")).await;
    assert_eq!(moved.contacts(), [format!("<sip:bob@192.0.2.1:6000>;expires=60;{flow}")]);
}

#[tokio::test]
async fn answers_are_to_order() {
    for (plan, code, contact) in [
        (RegistrarPlan::new().redirects("<sip:elsewhere.example>"), 302, "<sip:elsewhere.example>"),
        (RegistrarPlan::new().refuses(403, "Forbidden"), 403, ""),
        (RegistrarPlan::new().refuses(404, "Not Found").open(), 404, ""),
        (RegistrarPlan::new().refuses(480, "Temporarily Unavailable"), 480, ""),
        (RegistrarPlan::new().refuses(500, "Server Internal Error").open(), 500, ""),
    ] {
        let lab = lab(plan).await;
        let said = bob(&lab, "a").await.register(&format!("{CONTACT};expires=60")).await;
        assert_eq!((said.code, said.one("Contact")), (code, contact));
        assert!(lab.bindings("reg").is_empty());
    }
}

#[tokio::test]
async fn where_nobody_asks_for_credentials_none_are_needed() {
    let lab = lab(RegistrarPlan::new().open()).await;
    let mut bob = bob(&lab, "a").await;
    assert_eq!(bob.ask(&format!("{CONTACT};expires=60")).await.code, 200);
    bob.user = "eve".into();
    assert_eq!(bob.ask("").await.code, 404, "who is not known is not there");
}

#[tokio::test]
async fn removing_may_get_no_answer() {
    let lab = lab(RegistrarPlan::new().mute_on_remove().open()).await;
    let mut bob = bob(&lab, "a").await;
    assert_eq!(bob.ask(&format!("{CONTACT};expires=60")).await.code, 200);
    for removes in [&format!("{CONTACT};expires=0"), &format!("{CONTACT}\nExpires: 0"), "Contact: *\nExpires: 0"] {
        bob.pose(removes).await;
        assert!(bob.is_mute().await, "{removes}");
    }
    assert_eq!(bob.ask("").await.contacts().len(), 1, "it is still there");
}

#[tokio::test]
async fn a_star_removes_everything_and_is_counted() {
    let lab = lab(RegistrarPlan::new()).await;
    lab.bind_foreign("a.reg.example", "sip:eve@192.0.2.6", 60).unwrap();
    let mut bob = bob(&lab, "a").await;
    bob.register(&format!("{CONTACT};expires=60")).await;
    assert_eq!(bob.register("Contact: *").await.code, 400, "it needs Expires: 0 (RFC 3261 10.2.2)");
    assert_eq!(lab.bindings("reg").len(), 4, "two, at each of two hosts");
    let cleared = bob.register("Contact: *\nExpires: 0").await;
    assert_eq!((cleared.code, cleared.contacts().len()), (200, 0));
    bob.password = "wrong".into();
    bob.register("").await;
    let counted = Registers { with_credentials: 4, wrong: 1, without: 4, stars: 4 };
    assert_eq!(lab.registers("reg"), counted);
}

#[tokio::test]
async fn what_is_sent_again_is_answered_again_and_counts_once() {
    let lab = lab(RegistrarPlan::new()).await;
    let mut bob = bob(&lab, "a").await;
    let challenge = bob.ask("").await.challenges()[0].to_owned();
    let lines = format!("{}\n{CONTACT};expires=60", bob.credentials(&challenge, 1));
    let request = bob.request(&lines);
    for _ in 0..3 {
        bob.send(&request).await;
        assert_eq!(bob.hear().await.code, 200);
    }
    assert_eq!(lab.registers("reg"), Registers { with_credentials: 1, without: 1, ..Registers::default() });
}

#[tokio::test]
async fn a_register_comes_in_its_turn() {
    let lab = lab(RegistrarPlan::new().open()).await;
    let mut bob = bob(&lab, "a").await;
    let early = bob.request(&format!("{CONTACT};expires=30"));
    assert_eq!(bob.ask(&format!("{CONTACT};expires=60")).await.code, 200);
    bob.send(&early).await;
    assert_eq!(bob.hear().await.code, 500, "RFC 3261 10.3, step 7");
    assert_eq!(bob.ask("").await.contacts(), ["<sip:bob@192.0.2.1:5070>;expires=60"]);
}

#[tokio::test]
async fn what_is_no_register_of_ours_is_refused() {
    let lab = lab(RegistrarPlan::new().open()).await;
    let mut bob = bob(&lab, "a").await;
    for (from, to, code) in [
        ("REGISTER sip:reg.example ", "REGISTER sip:other.example ", 404),
        ("REGISTER sip:reg.example ", "REGISTER sip:bob@reg.example ", 404),
        ("To: <sip:bob@reg.example>", "To: <sip:bob@other.example>", 404),
        ("Contact: <sip:bob@192.0.2.1:5070>", "Contact: bob", 400),
    ] {
        let request = bob.request(CONTACT).replace(from, to);
        assert!(request.contains(to), "{request}");
        bob.send(&request).await;
        assert_eq!(bob.hear().await.code, code, "{to}");
    }
}

#[tokio::test]
async fn a_host_that_misbehaves_is_no_registrar() {
    let lab = lab(RegistrarPlan::new().open()).await;
    let mut bob = bob(&lab, "a").await;
    for (behaviour, code) in [(Behaviour::Drain, 503), (Behaviour::Busy(30), 503), (Behaviour::Status(404, "No"), 404)]
    {
        lab.behave("a.reg.example", behaviour).await.unwrap();
        assert_eq!(bob.ask(CONTACT).await.code, code);
    }
    lab.behave("a.reg.example", Behaviour::Silent).await.unwrap();
    bob.pose(CONTACT).await;
    assert!(bob.is_mute().await);
    assert_eq!(lab.registers("reg"), Registers::default(), "what it does not hear it does not count");
}

#[tokio::test]
async fn the_lab_has_accounts_that_can_be_used() {
    let lab = Lab::start(trunktop::lab::Scenario::Steady).await.unwrap();
    let mut modes = Vec::new();
    for carrier in lab.carriers() {
        let Some(account) = &carrier.account else { continue };
        modes.push((carrier.name.to_string(), account.mode, account.expires));
        assert!(matches!(account.password, Some(PasswordSource::Known(_))), "{}", carrier.name);
        assert!(!format!("{account:?}").contains("lab-"), "a password is not shown");
    }
    let expected = [
        ("acme", AccountMode::Hold, 60),
        ("anycast", AccountMode::Observe, 300),
        ("edge", AccountMode::Off, 300),
        ("telco", AccountMode::Hold, 20),
        ("meta", AccountMode::Observe, 300),
    ];
    assert_eq!(modes, expected.map(|(name, mode, expires)| (name.to_owned(), mode, Expires::new(expires))));
    // One POP of meta knows its PBX, both of anycast do.
    let of = |carrier| lab.bindings(carrier).iter().map(|one| one.host.as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!(of("meta"), ["lac.us.out.meta.example"]);
    assert_eq!(of("anycast"), ["sip-anycast1.anycast.example", "sip-anycast2.anycast.example"]);
    assert!(of("acme").is_empty() && of("telco").is_empty());
    let carriers = lab.carriers();
    let telco = carriers.iter().find(|carrier| carrier.name.as_str() == "telco").unwrap().account.clone().unwrap();
    let Some(PasswordSource::Known(secret)) = &telco.password else { panic!("it is known") };
    let at = lab.host("l01-mav-rt-001.edns.telco.example")[0].at(Tcp).unwrap();
    let mut hand = Hand::over_tcp(at, "telco.example", telco.user.as_str(), secret.reveal()).await;
    assert_eq!(hand.register("Contact: <sip:x@127.0.0.1>;expires=20").await.code, 200);
    assert_eq!(of("telco").len(), 2, "shared");
}
