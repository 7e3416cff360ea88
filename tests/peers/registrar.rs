//! Kamailio as a registrar: digest MD5 or SHA-256, over UDP, TCP and TLS, with a location service of its own or one for
//! two addresses. What is said here of ours has to be true of it.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tempfile::TempDir;
use trunktop::lab::{CarrierPlan, Lab};
use trunktop::model::{
    Account, AccountMode, Confidence, Expires, PasswordSource, Purpose, RefusalMeans, RegisterOutcome, Secret,
    Transport,
};
use trunktop::state::{CarrierState, Placement, Standing};

use super::kamailio::{HEAD, certify};
use super::process::{Process, free};
use crate::by_hand::Hand;
use crate::lab::Watching;
use crate::registering::{BIND, Registering, granted, held, refused};

/// The domain that is registered at, and that the certificate names.
const DOMAIN: &str = "reg.example";

const USER: &str = "+12025550143";

const PASSWORD: &str = "made-up-143";

/// It refuses less.
const LEAST: u32 = 30;

const CONTACT: &str = "Contact: <sip:bob@127.0.0.1:5070>";

/// What it writes down for each REGISTER that it was sent.
const WITH: &str = "REGISTER with credentials";
const WITHOUT: &str = "REGISTER without credentials";

/// One Kamailio, at each of its addresses.
struct Registrar {
    process: Process,
    /// UDP and TCP, and TLS.
    doors: Vec<(SocketAddr, SocketAddr)>,
    /// Whom to trust, in PEM.
    root: String,
}

impl Registrar {
    /// With this digest algorithm, and one location service for so many addresses.
    fn start(algorithm: &str, addresses: usize) -> Self {
        let files = tempfile::tempdir().unwrap();
        let doors: Vec<_> = (0..addresses).map(|_| (free(), free())).collect();
        let root = certify(&files, DOMAIN);
        let config = files.path().join("kamailio.cfg");
        std::fs::write(&config, configuration(&doors, algorithm, &files)).unwrap();
        let (config, place) = (config.display().to_string(), files.path().display().to_string());
        let arguments = ["-f", &config, "-DD", "-E", "-m", "64", "-M", "8", "-w", &place, "-Y", &place];
        let package = "kamailio, with kamailio-tls-modules";
        let mut process = Process::start("kamailio", package, &arguments, doors[0].0, files);
        let plain: Vec<SocketAddr> = doors.iter().map(|(plain, _)| *plain).collect();
        let all: Vec<SocketAddr> = doors.iter().flat_map(|(plain, secure)| [*plain, *secure]).collect();
        process.until_it_listens(&plain, &all);
        Self { process, doors, root }
    }

    /// How many REGISTERs it was sent, with credentials and without; one that was sent again counts once.
    fn counts(&self) -> (usize, usize) {
        let log = self.process.log();
        (log.matches(WITH).count(), log.matches(WITHOUT).count())
    }

    /// Where it listens over this transport.
    fn at(&self, door: usize, transport: Transport) -> SocketAddr {
        let (plain, secure) = self.doors[door];
        if transport.is_secure() { secure } else { plain }
    }

    async fn by_hand(&self, transport: &str, door: usize) -> Hand {
        let (plain, secure) = self.doors[door];
        match transport {
            "udp" => Hand::over_udp(plain, DOMAIN, USER, PASSWORD).await,
            "tcp" => Hand::over_tcp(plain, DOMAIN, USER, PASSWORD).await,
            _ => Hand::over_tls(secure, &self.root, DOMAIN, USER, PASSWORD).await,
        }
    }
}

fn configuration(doors: &[(SocketAddr, SocketAddr)], algorithm: &str, files: &TempDir) -> String {
    let place = files.path().display();
    let listen = |(plain, secure): &(SocketAddr, SocketAddr)| {
        format!("listen=udp:{plain}\nlisten=tcp:{plain}\nlisten=tls:{secure}\n")
    };
    let listen: String = doors.iter().map(listen).collect();
    format!(
        "{HEAD}alias=\"{DOMAIN}\"
{listen}
loadmodule \"tm.so\"
loadmodule \"sl.so\"
loadmodule \"pv.so\"
loadmodule \"xlog.so\"
loadmodule \"textops.so\"
loadmodule \"usrloc.so\"
loadmodule \"registrar.so\"
loadmodule \"auth.so\"
loadmodule \"tls.so\"
modparam(\"tls\", \"tls_method\", \"TLSv1.2+\")
modparam(\"tls\", \"certificate\", \"{place}/cert.pem\")
modparam(\"tls\", \"private_key\", \"{place}/key.pem\")
modparam(\"auth\", \"algorithm\", \"{algorithm}\")
modparam(\"auth\", \"qop\", \"auth\")
modparam(\"auth\", \"nonce_count\", 1)
modparam(\"registrar\", \"min_expires\", {LEAST})
modparam(\"registrar\", \"min_expires_mode\", 1)
modparam(\"registrar\", \"max_expires\", 3600)
request_route {{
    if (method != \"REGISTER\") {{
        sl_send_reply(\"200\", \"OK\");
        exit;
    }}
    # What is sent again is answered by its transaction.
    if (!t_newtran()) exit;
    if (is_present_hf(\"Authorization\")) {{
        xlog(\"L_ALERT\", \"{WITH}\\n\");
    }} else {{
        xlog(\"L_ALERT\", \"{WITHOUT}\\n\");
    }}
    if (!pv_www_authenticate(\"{DOMAIN}\", \"{PASSWORD}\", \"0\")) {{
        www_challenge(\"{DOMAIN}\", \"1\");
        exit;
    }}
    if ($au != $tU) {{
        sl_send_reply(\"403\", \"Not Your Address Of Record\");
        exit;
    }}
    append_to_reply(\"Service-Route: <sip:core.{DOMAIN};lr>\\r\\n\");
    # A script that ends with a failure closes the connection.
    save(\"location\");
    exit;
}}
"
    )
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

#[test]
#[ignore = "needs kamailio: Debian's packages kamailio and kamailio-tls-modules"]
fn kamailio_registers_who_does_it_by_hand() {
    for algorithm in ["MD5", "SHA-256"] {
        let registrar = Registrar::start(algorithm, 2);
        run(async {
            for (place, transport) in ["udp", "tcp", "tls"].into_iter().enumerate() {
                let mut hand = registrar.by_hand(transport, 0).await;
                hand.user = format!("{USER}{place}");
                let made = hand.register(&format!("{CONTACT};expires=60")).await;
                assert_eq!((made.code, made.contacts()), (200, vec!["<sip:bob@127.0.0.1:5070>;expires=60".into()]));
                assert_eq!(made.one("Service-Route"), "<sip:core.reg.example;lr>");
                assert_eq!(hand.register(&format!("{CONTACT};expires=29")).await.one("Min-Expires"), "30");
                let mut other = registrar.by_hand(transport, 1).await;
                other.user = hand.user.clone();
                assert_eq!(other.register("").await.contacts().len(), 1, "its other address knows it");
                assert_eq!(hand.register(&format!("{CONTACT};expires=0")).await.code, 200);
                assert!(other.register("").await.contacts().is_empty());
            }
            assert_eq!(registrar.counts(), (15, 15));
            let mut hand = registrar.by_hand("udp", 0).await;
            hand.password = "wrong".into();
            assert_eq!(hand.register("").await.code, 401);
            assert_eq!(registrar.counts(), (16, 16));
        });
    }
}

/// Our client, to whom its root is known.
fn ours(registrar: &Registrar) -> Registering {
    let root = CertificateDer::from_pem_slice(registrar.root.as_bytes()).unwrap();
    Registering::new(DOMAIN, USER, PASSWORD, Some(root))
}

#[test]
#[ignore = "needs kamailio: Debian's packages kamailio and kamailio-tls-modules"]
fn kamailio_is_registered_with_refreshed_asked_and_left() {
    for algorithm in ["MD5", "SHA-256"] {
        let registrar = Registrar::start(algorithm, 1);
        run(async {
            for transport in [Transport::Udp, Transport::Tcp, Transport::Tls] {
                let (ours, at) = (ours(&registrar), registrar.at(0, transport));
                let (with, without) = registrar.counts();
                let made = ours.go(transport, at, BIND).await;
                assert_eq!(held(&made), Some(60), "{algorithm} {transport}");
                let met = made.challenge.as_ref().unwrap();
                assert_eq!((met.algorithm, met.qop), (algorithm, Some("auth")));
                assert_eq!(granted(&made).service_route.as_ref().unwrap().as_str(), "<sip:core.reg.example;lr>");
                assert_eq!(registrar.counts(), (with + 1, without + 1));
                // The nonce is used again, and Kamailio looks at its count.
                for _ in 0..20 {
                    assert_eq!(held(&ours.go(transport, at, BIND).await), Some(60));
                }
                let fetched = ours.go(transport, at, Purpose::Fetch).await;
                assert!(held(&fetched).is_some_and(|left| left <= 60));
                assert_eq!(granted(&fetched).listed, 1, "a refresh is no second binding");
                assert_eq!(registrar.counts(), (with + 22, without + 1), "no challenge but the first");
                assert_eq!(held(&ours.go(transport, at, Purpose::Remove).await), None);
                assert_eq!(granted(&ours.go(transport, at, Purpose::Fetch).await).listed, 0);
            }
        });
    }
}

#[test]
#[ignore = "needs kamailio: Debian's packages kamailio and kamailio-tls-modules"]
fn kamailio_gets_a_wrong_password_once() {
    for algorithm in ["MD5", "SHA-256"] {
        let registrar = Registrar::start(algorithm, 1);
        run(async {
            for (place, transport) in [Transport::Udp, Transport::Tcp, Transport::Tls].into_iter().enumerate() {
                let mut ours = ours(&registrar);
                ours.password = "made-up-144".into();
                for (tried, purpose) in [Purpose::Fetch, BIND].into_iter().enumerate() {
                    let report = ours.go(transport, registrar.at(0, transport), purpose).await;
                    assert_eq!(refused(&report).means, RefusalMeans::WrongCredentials, "{algorithm} {transport}");
                    let tries = 2 * place + tried + 1;
                    assert_eq!(registrar.counts(), (tries, tries), "one try with credentials for each that is wanted");
                }
            }
        });
    }
}

#[test]
#[ignore = "needs kamailio: Debian's packages kamailio and kamailio-tls-modules"]
fn kamailio_whose_root_nobody_trusts_gets_nothing_secret() {
    let registrar = Registrar::start("SHA-256", 1);
    run(async {
        let somebody = Registering::new(DOMAIN, USER, PASSWORD, None);
        let report = somebody.go(Transport::Tls, registrar.at(0, Transport::Tls), BIND).await;
        let RegisterOutcome::KeptBack(why) = &report.outcome else { panic!("{:?}", report.outcome) };
        assert!(why.as_str().contains("not trusted"), "{why}");
        assert_eq!(registrar.counts(), (0, 1));
    });
}

#[test]
#[ignore = "needs kamailio: Debian's packages kamailio and kamailio-tls-modules"]
fn kamailio_that_wants_longer_bindings_gets_one() {
    let registrar = Registrar::start("MD5", 1);
    run(async {
        let (ours, at) = (ours(&registrar), registrar.at(0, Transport::Udp));
        let report = ours.go(Transport::Udp, at, Purpose::Bind(Expires::new(LEAST - 10))).await;
        assert_eq!(held(&report), Some(LEAST));
        assert_eq!(granted(&report).raised, Some(Expires::new(LEAST)));
    });
}

/// At which of these addresses our binding is listed, when each is asked.
async fn listing(ours: &Registering, addresses: &[SocketAddr]) -> Vec<bool> {
    let mut listed = Vec::new();
    for at in addresses {
        listed.push(held(&ours.go(Transport::Tcp, *at, Purpose::Fetch).await).is_some());
    }
    listed
}

#[test]
#[ignore = "needs kamailio: Debian's packages kamailio and kamailio-tls-modules"]
fn kamailios_with_databases_of_their_own_tell_where_a_binding_is() {
    let (one, two) = (Registrar::start("SHA-256", 1), Registrar::start("SHA-256", 1));
    let all = [&one, &two].map(|registrar| registrar.at(0, Transport::Tcp));
    run(async {
        let somebody = ours(&one);
        assert_eq!(listing(&somebody, &all).await, [false, false]);
        for (place, expected) in [(0, [true, false]), (1, [false, true])] {
            assert_eq!(held(&somebody.go(Transport::Tcp, all[place], BIND).await), Some(60));
            assert_eq!(listing(&somebody, &all).await, expected);
            somebody.go(Transport::Tcp, all[place], Purpose::Remove).await;
        }
        assert_eq!(listing(&somebody, &all).await, [false, false]);
    });
}

#[test]
#[ignore = "needs kamailio: Debian's packages kamailio and kamailio-tls-modules"]
fn kamailio_with_one_database_for_two_addresses_lists_a_binding_at_both() {
    let registrar = Registrar::start("MD5", 2);
    let all = [0, 1].map(|door| registrar.at(door, Transport::Tcp));
    run(async {
        let somebody = ours(&registrar);
        assert_eq!(held(&somebody.go(Transport::Tcp, all[0], BIND).await), Some(60));
        assert_eq!(listing(&somebody, &all).await, [true, true]);
    });
}

/// What is told of where somebody else is registered, when each of these is a POP and the monitor has asked them all.
async fn observed(pops: [SocketAddr; 2]) -> (Placement, Vec<(String, Confidence)>) {
    let [a, b] = pops;
    let zone = format!(
        "$ORIGIN {DOMAIN}.
        _sip._tcp 60 SRV 10 0 {} a
        _sip._tcp 60 SRV 20 0 {} b
        a         60 A {}
        b         60 A {}",
        a.port(),
        b.port(),
        a.ip(),
        b.ip()
    );
    let uri = format!("sip:{DOMAIN};transport=tcp");
    let lab = Lab::with([CarrierPlan::new("reg", &uri).zone(&zone)]).await.unwrap();
    let mut watching = Watching::with(lab, |carrier| {
        let password = Some(PasswordSource::Known(Secret::new(PASSWORD)));
        let account = Account { mode: AccountMode::Observe, password, ..Account::new(USER.parse().unwrap()) };
        carrier.account = Some(Arc::new(account));
    });
    let known = |reg: &CarrierState| matches!(reg.registration.standing(), Standing::Observed(_));
    watching.until_carrier("reg", "a round", known).await;
    let registration = &watching.carrier("reg").registration;
    let Standing::Observed(placement) = registration.standing() else { panic!("it was observed") };
    let pins = registration.pins().iter().map(|pin| (pin.target.to_string(), pin.confidence));
    (placement.clone(), pins.collect())
}

#[test]
#[ignore = "needs kamailio: Debian's packages kamailio and kamailio-tls-modules"]
fn kamailios_with_databases_of_their_own_are_told_apart_by_who_observes() {
    let (one, two) = (Registrar::start("SHA-256", 1), Registrar::start("SHA-256", 1));
    let all = [&one, &two].map(|registrar| registrar.at(0, Transport::Tcp));
    run(async {
        assert_eq!(observed(all).await, (Placement::Nowhere, Vec::new()));
        for (registrar, target) in [(&one, "a.reg.example"), (&two, "b.reg.example")] {
            let mut pbx = registrar.by_hand("tcp", 0).await;
            pbx.register("Contact: <sip:pbx@127.0.0.9:5060>;expires=600").await;
            let at = Placement::At(vec![target.parse().unwrap()]);
            assert_eq!(observed(all).await, (at, vec![(target.to_owned(), Confidence::Observed)]));
            pbx.register("Contact: <sip:pbx@127.0.0.9:5060>;expires=0").await;
        }
    });
}

#[test]
#[ignore = "needs kamailio: Debian's packages kamailio and kamailio-tls-modules"]
fn kamailio_with_one_database_for_two_addresses_cannot_be_told_apart_and_that_is_said() {
    let registrar = Registrar::start("MD5", 2);
    run(async {
        let mut pbx = registrar.by_hand("tcp", 0).await;
        pbx.register("Contact: <sip:pbx@127.0.0.9:5060>;expires=600").await;
        let all = [0, 1].map(|door| registrar.at(door, Transport::Tcp));
        assert_eq!(observed(all).await, (Placement::Shared(2), Vec::new()));
    });
}

#[test]
#[ignore = "needs kamailio: Debian's packages kamailio and kamailio-tls-modules"]
fn kamailio_keeps_the_binding_of_somebody_else() {
    let registrar = Registrar::start("MD5", 1);
    run(async {
        let at = registrar.at(0, Transport::Udp);
        let mut pbx = registrar.by_hand("udp", 0).await;
        pbx.register("Contact: <sip:pbx@127.0.0.9:5060>;expires=600").await;
        let ours = ours(&registrar);
        let fetched = ours.go(Transport::Udp, at, Purpose::Fetch).await;
        let others: Vec<&str> = granted(&fetched).others().map(|other| other.contact.as_str()).collect();
        assert_eq!((others, held(&fetched)), (vec!["sip:pbx@127.0.0.9:5060"], None));
        for purpose in [BIND, Purpose::Remove] {
            granted(&ours.go(Transport::Udp, at, purpose).await);
        }
        assert_eq!(pbx.register("").await.contacts().len(), 1);
    });
}
