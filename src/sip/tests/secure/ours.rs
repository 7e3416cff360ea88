//! What a carrier's TLS settings say: whom we trust, what we ask for and offer, and which certificate we show.

use super::*;

#[tokio::test]
async fn the_server_name_can_be_set() {
    let authority = Authority::new("Test CA");
    let setup = Setup::default();
    let asked_for = Arc::clone(&setup.asked_for);
    let at = peer(authority.issue(&naming(&["acme.example"])), setup).await;
    let mut request = request(Tls, at, PATIENT);
    request.tls.sni = Some(crate::model::Name::parse("front.example").unwrap());
    assert_eq!(prober(authority.roots()).probe(&request).await.result, Ok);
    assert_eq!(*asked_for.lock().unwrap(), [Some("front.example".to_owned())]);
}

#[tokio::test]
async fn what_is_offered_within_tls_is_what_the_settings_say() {
    let authority = Authority::new("Test CA");
    for (speaks, offers, chosen) in [
        (Some(&b"sip/2"[..]), &[][..], Result::Ok(None)),
        (Some(b"sip/2"), &["http/1.1", "sip/2"], Result::Ok(Some("sip/2"))),
        (None, &["sip/2"], Result::Ok(None)),
        (Some(b"h2"), &["sip/2"], Err("peer takes no protocol that we offer")),
    ] {
        let setup = Setup { alpn: speaks, ..Setup::default() };
        let at = peer(authority.issue(&naming(&["acme.example"])), setup).await;
        let mut request = request(Tls, at, PATIENT);
        request.tls.alpn = offers.iter().map(|name| name.parse().unwrap()).collect();
        let report = prober(authority.roots()).probe(&request).await;
        match chosen {
            Result::Ok(chosen) => {
                assert_eq!(report.result, Ok, "{}", detail(&report));
                assert_eq!(report.tls.unwrap().alpn, chosen.map(Into::into), "{speaks:?} {offers:?}");
            }
            Err(said) => {
                assert_eq!((report.result, report.ours), (TlsHandshake, true));
                assert!(detail(&report).starts_with(said), "{}", detail(&report));
            }
        }
    }
}

fn write(path: &PathBuf, text: &str, age: Duration) {
    fs::write(path, text).unwrap();
    File::options().write(true).open(path).unwrap().set_modified(SystemTime::now() - age).unwrap();
}

#[tokio::test]
async fn roots_of_a_carrier_stand_in_place_of_the_systems_and_are_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    let (good, other) = (Authority::new("Test CA"), Authority::new("Test CA"));
    let at = peer(good.issue(&naming(&["acme.example"])), Setup::default()).await;
    let mut request = request(Tls, at, PATIENT);
    request.tls.ca = Some(ca.clone());
    let prober = prober(good.roots());
    write(&ca, &other.1.pem(), Duration::from_secs(60));
    assert_eq!(prober.probe(&request).await.result, TlsUntrusted);
    write(&ca, &good.1.pem(), Duration::from_secs(30));
    assert_eq!(prober.probe(&request).await.result, Ok);
    for (text, said) in [("", "ca.pem holds no certificate; check"), ("-----BEGIN CERTIFICATE-----\n", "ca.pem: ")] {
        write(&ca, text, Duration::ZERO);
        let report = prober.probe(&request).await;
        assert_eq!((report.result, report.ours), (TlsHandshake, true));
        assert!(detail(&report).contains(said), "{}", detail(&report));
        fs::remove_file(&ca).unwrap();
        assert!(prober.probe(&request).await.ours);
    }
}

#[tokio::test]
async fn a_self_signed_certificate_that_is_named_is_trusted_while_it_is_valid() {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("own.pem");
    for (year, result) in [(2099, Ok), (2024, TlsUntrusted)] {
        let mut params = naming(&["acme.example"]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.not_after = date_time_ymd(year, 1, 1);
        let own = Identity::self_signed(&params);
        fs::write(&ca, own.certificate.pem()).unwrap();
        let at = peer(own, Setup::default()).await;
        let mut request = request(Tls, at, PATIENT);
        request.tls.ca = Some(ca.clone());
        let report = prober(Roots::system()).probe(&request).await;
        assert_eq!(report.result, result, "{}", detail(&report));
    }
}

/// Sets `identity` as ours, in files of `folder`.
fn show(identity: &Identity, folder: &Path, request: &mut ProbeRequest) {
    let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    fs::write(&cert, identity.certificate.pem()).unwrap();
    fs::write(&key, identity.key.serialize_pem()).unwrap();
    (request.tls.cert, request.tls.key) = (Some(cert), Some(key));
}

#[tokio::test]
async fn a_peer_that_wants_our_certificate_says_so_and_gets_it() {
    const WANTS_ONE: &str = "peer wants a certificate of ours: set cert and key";
    const WANTS_ANOTHER: &str = "peer wants a certificate of ours, or another one (alert ";
    let authority = Authority::new("Test CA");
    let mut params = naming(&["us.example"]);
    let good = authority.issue(&params);
    let strange = Authority::new("Somebody else").issue(&params);
    let namesake = Authority::new("Test CA").issue(&params);
    params.not_after = date_time_ymd(2024, 11, 20);
    let expired = authority.issue(&params);
    // TLS 1.2 says it within the handshake, TLS 1.3 after it.
    for version in [&TLS12, &TLS13] {
        let setup = Setup { clients: Some(authority.1.der().clone()), versions: vec![version], ..Setup::default() };
        let at = peer(authority.issue(&naming(&["acme.example"])), setup).await;
        for (identity, said) in [
            (None, Some(WANTS_ONE)),
            (Some(&strange), Some(WANTS_ANOTHER)),
            (Some(&expired), Some(WANTS_ANOTHER)),
            (Some(&namesake), Some(WANTS_ANOTHER)),
            (Some(&good), None),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let mut request = request(Tls, at, PATIENT);
            if let Some(identity) = identity {
                show(identity, folder.path(), &mut request);
            }
            let report = prober(authority.roots()).probe(&request).await;
            let expected = if said.is_some() { (TlsHandshake, true) } else { (Ok, false) };
            assert_eq!((report.result, report.ours), expected, "{version:?}: {}", detail(&report));
            assert!(detail(&report).starts_with(said.unwrap_or("200 OK")), "{version:?}: {}", detail(&report));
        }
    }
}

#[tokio::test]
async fn a_certificate_without_its_key_is_not_tried() {
    let authority = Authority::new("Test CA");
    let at = peer(authority.issue(&naming(&["acme.example"])), Setup::default()).await;
    let mut request = request(Tls, at, PATIENT);
    request.tls.cert = Some("cert.pem".into());
    let half = prober(authority.roots()).probe(&request).await;
    assert_eq!((half.result, half.ours), (TlsHandshake, true));
    assert!(detail(&half).starts_with("tls needs cert and key together"), "{}", detail(&half));
}
