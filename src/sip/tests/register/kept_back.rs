//! Secrets: where they do not go, and where they are not seen.

use super::super::secure::{Authority, Setup, acceptor, naming};
use super::*;
use crate::model::TlsSettings;
use crate::model::Transport::{Tls, Udp};

const CHALLENGE: &str = "Digest realm=\"acme.example\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"";

/// A registrar over TLS that takes any credentials.
async fn secure(authority: &Authority, name: &str) -> (SocketAddr, Heard) {
    let heard = Heard::default();
    let log = heard.clone();
    let acceptor = acceptor(&authority.issue(&naming(&[name])), &Setup::default());
    let (at, listener) = by_hand().await;
    tokio::spawn(async move {
        loop {
            let (tcp, _) = listener.accept().await.unwrap();
            let (acceptor, log) = (acceptor.clone(), log.clone());
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(tcp).await else { return };
                let mut framer = Framer::new();
                while let Some(request) = next(&mut stream, &mut framer).await {
                    log.lock().unwrap().push((0, request.clone()));
                    let reply = match request.value("Authorization") {
                        Some(_) => accept(&request),
                        None => request.reply(401, "No", "t").with("WWW-Authenticate", CHALLENGE),
                    };
                    stream.write_all(&reply.to_bytes()).await.unwrap();
                }
            });
        }
    });
    (at, heard)
}

#[tokio::test]
async fn over_tls_that_did_not_verify_nothing_secret_goes() {
    let (ours, others) = (Authority::new("Ours"), Authority::new("Others"));
    for (authority, name, verify, said) in [
        (&ours, "acme.example", true, None),
        (
            &ours,
            "other.example",
            true,
            Some(
                "certificate names other.example, not acme.example: no credentials are sent there (they would be with tls.verify = false)",
            ),
        ),
        (&ours, "other.example", false, None),
        (&others, "acme.example", true, Some("the certificate is not trusted: ")),
        (&others, "acme.example", false, None),
    ] {
        let (at, heard) = secure(authority, name).await;
        let client = client(ours.roots());
        let tls = TlsSettings { verify, ..TlsSettings::default() };
        let request = RegisterRequest { tls, ..wanted(Tls, at, BIND) };
        for _ in 0..2 {
            let report = client.register(&acme(), &request).await;
            match (&report.outcome, said) {
                (RegisterOutcome::Done(_), None) => assert_eq!(report.challenge.unwrap().algorithm, "SHA-256"),
                (RegisterOutcome::KeptBack(why), Some(said)) => {
                    assert!(why.as_str().starts_with(said), "{why}");
                    assert!(
                        why.as_str()
                            .ends_with(": no credentials are sent there (they would be with tls.verify = false)"),
                        "{why}"
                    );
                    assert_eq!(report.challenge, None);
                }
                (other, _) => panic!("{name} {verify}: {other:?}"),
            }
        }
        // The first without credentials, the second with those of the known nonce; or both without.
        assert_eq!(with_credentials(&heard), if said.is_none() { 2 } else { 0 });
        // Without a password there is nothing to be kept back.
        let without = RegisterRequest { secret: None, ..request };
        assert_eq!(refused(&client.register(&acme(), &without).await).means, RefusalMeans::NoPassword);
    }
}

#[tokio::test]
async fn what_was_known_is_not_sent_once_the_carrier_verifies() {
    let (ours, others) = (Authority::new("Ours"), Authority::new("Others"));
    let (at, heard) = secure(&others, "acme.example").await;
    let client = client(ours.roots());
    let tls = TlsSettings { verify: false, ..TlsSettings::default() };
    let lax = RegisterRequest { tls, ..wanted(Tls, at, BIND) };
    granted(&client.register(&acme(), &lax).await);
    let strict = wanted(Tls, at, BIND);
    let report = client.register(&acme(), &strict).await;
    assert!(matches!(report.outcome, RegisterOutcome::KeptBack(_)), "{:?}", report.outcome);
    assert_eq!(with_credentials(&heard), 1);
}

#[tokio::test]
async fn nothing_secret_is_told() {
    // A registrar that gives back what it was sent.
    let (at, heard) = registrar(Udp, |request, _| match request.listed("Authorization") {
        Some(answer) => {
            let reply = accept(request).with("Authorization", answer.as_str());
            reply.with("Authentication-Info", &format!("rspauth=\"{answer}\""))
        }
        None => request.reply(401, "No", "t").with("WWW-Authenticate", CHALLENGE),
    })
    .await;
    let request = wanted(Udp, at, BIND);
    let report = client(Roots::system()).register(&acme(), &request).await;
    granted(&report);
    let answer = requests(&heard).remove(1).listed("Authorization").unwrap().to_string();
    let response = answer.split("response=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(response.len(), 64);
    let told = format!("{report:?} {request:?}");
    let raw =
        [&report.sent, &report.heard].map(|raw| String::from_utf8_lossy(raw.as_ref().unwrap().bytes()).into_owned());
    for text in [told.as_str(), &raw[0], &raw[1]] {
        assert!(!text.contains(PASSWORD) && !text.contains("wonder") && !text.contains(&response));
    }
    assert!(raw[0].contains("\r\nAuthorization: (not kept)\r\n") && raw[0].contains("\r\nCSeq: 2 REGISTER\r\n"));
    assert!(raw[1].contains("\r\nAuthorization: (not kept)\r\n"));
}
