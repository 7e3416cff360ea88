//! Challenges, met end to end. What is right is computed here a second time.

use md5::Md5;
use sha2::{Digest as _, Sha256, Sha512_256};

use super::*;
use crate::model::ChallengePolicy;
use crate::model::Transport::{Tcp, Udp};

fn parameter(header: &str, name: &str) -> String {
    let all = header.strip_prefix("Digest ").unwrap().split(", ").map(|part| part.split_once('=').unwrap());
    let found: Vec<&str> = all.filter(|(known, _)| *known == name).map(|(_, value)| value).collect();
    assert!(found.len() <= 1, "{name} twice: {header}");
    found.first().map_or(String::new(), |value| value.trim_matches('"').replace("\\\"", "\""))
}

fn hash(algorithm: &str, text: &str) -> String {
    let octets = match algorithm.trim_end_matches("-sess") {
        "SHA-256" => Sha256::digest(text).to_vec(),
        "SHA-512-256" => Sha512_256::digest(text).to_vec(),
        "MD5" | "" => Md5::digest(text).to_vec(),
        other => panic!("{other}"),
    };
    octets.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().concat()
}

/// Whether a header's response is that of this password (RFC 7616 3.4.1).
fn is_right(header: &str, password: &str) -> bool {
    let get = |name| parameter(header, name);
    let algorithm = get("algorithm");
    let hash = |text: String| hash(&algorithm, &text);
    let mut a1 = hash(format!("{}:{}:{password}", get("username"), get("realm")));
    if algorithm.ends_with("-sess") {
        a1 = hash(format!("{a1}:{}:{}", get("nonce"), get("cnonce")));
    }
    let body = if get("qop") == "auth-int" { format!(":{}", hash(String::new())) } else { String::new() };
    let a2 = hash(format!("REGISTER:{}{body}", get("uri")));
    let middle = match get("qop") {
        none if none.is_empty() => get("nonce"),
        qop => format!("{}:{}:{}:{qop}", get("nonce"), get("nc"), get("cnonce")),
    };
    get("response") == hash(format!("{a1}:{middle}:{a2}"))
}

fn challenge(request: &Message, nonce: &str, more: &str) -> Message {
    let header = format!("Digest realm=\"acme.example\", nonce=\"{nonce}\"{more}");
    request.reply(401, "Unauthorized", "t").with("WWW-Authenticate", &header)
}

/// A registrar that takes the right answer to this nonce.
fn lock(request: &Message, nonce: &str, more: &str) -> Message {
    match value(request, "Authorization") {
        header if !header.is_empty() && parameter(header, "nonce") == nonce && is_right(header, PASSWORD) => {
            accept(request)
        }
        _ => challenge(request, nonce, more),
    }
}

#[tokio::test]
async fn every_kind_of_challenge_is_met_and_its_nonce_is_used_again() {
    for (transport, more, algorithm, qop) in [
        (Udp, "", "MD5", None),
        (Udp, ", algorithm=MD5, qop=\"auth\"", "MD5", Some("auth")),
        (Tcp, ", algorithm=MD5-sess, qop=\"auth,auth-int\"", "MD5-sess", Some("auth")),
        (Tcp, ", algorithm=SHA-256, qop=\"auth-int\"", "SHA-256", Some("auth-int")),
        (Udp, ", algorithm=SHA-256-sess, qop=auth, opaque=\"o\"", "SHA-256-sess", Some("auth")),
        (Udp, ", algorithm=SHA-512-256, qop=\"auth-int\"", "SHA-512-256", Some("auth-int")),
        (Udp, ", algorithm=SHA-512-256-sess, qop=\"auth-int\"", "SHA-512-256-sess", Some("auth-int")),
    ] {
        let (at, heard) = registrar(transport, move |request, _| lock(request, "n1", more)).await;
        let client = client(Roots::system());
        for (number, count) in [(0, "00000001"), (1, "00000002"), (2, "00000003")] {
            let report = client.register(&acme(), &wanted(transport, at, BIND)).await;
            assert!(granted(&report).ours().is_some());
            let met = Challenged { realm: "acme.example".into(), algorithm, qop, reused: number > 0 };
            assert_eq!(report.challenge, Some(met));
            let heard = requests(&heard);
            assert_eq!(heard.len(), 2 + number, "from the second on it is known what will be asked");
            let header = value(heard.last().unwrap(), "Authorization");
            assert_eq!(parameter(header, "nc"), qop.map_or("", |_| count), "{header}");
            assert_eq!(parameter(header, "uri"), "sip:acme.example");
        }
        assert_eq!(value(&requests(&heard)[0], "Authorization"), "");
    }
}

#[tokio::test]
async fn a_wrong_password_is_sent_once() {
    for code in [401, 407] {
        let (at, heard) = registrar(Udp, move |request, before| {
            let name = if code == 401 { "WWW-Authenticate" } else { "Proxy-Authenticate" };
            // Some give a new nonce each time, and do not say that the old one was stale.
            let header = format!("Digest realm=\"acme.example\", nonce=\"n{before}\", qop=\"auth\"");
            request.reply(code, "No", "t").with(name, &header)
        })
        .await;
        let report = client(Roots::system()).register(&acme(), &wanted(Udp, at, BIND)).await;
        assert_eq!((refused(&report).code, &refused(&report).means), (code, &RefusalMeans::WrongCredentials));
        assert_eq!((requests(&heard).len(), with_credentials(&heard)), (2, 1));
        assert!(report.challenge.is_some());
    }
}

/// Many answer 403 instead of asking again.
#[tokio::test]
async fn a_wrong_password_may_be_answered_403() {
    let (at, heard) = registrar(Udp, |request, _| match value(request, "Authorization") {
        "" => challenge(request, "n", ", qop=\"auth\""),
        header if is_right(header, PASSWORD) => accept(request),
        _ => request.reply(403, "Bad auth", "t"),
    })
    .await;
    let client = client(Roots::system());
    let (good, mut bad) = (wanted(Udp, at, BIND), wanted(Udp, at, BIND));
    bad.secret = Some(Secret::new("wrong"));
    let refuses = async |times| {
        let before = requests(&heard).len();
        let report = client.register(&acme(), &bad).await;
        let said = refused(&report);
        assert_eq!((said.code, said.reason.as_str(), &said.means), (403, "Bad auth", &RefusalMeans::WrongCredentials));
        assert_eq!((requests(&heard).len() - before, with_credentials(&heard)), (2, times), "nothing of it is kept");
    };
    refuses(1).await;
    refuses(2).await;
    granted(&client.register(&acme(), &good).await);
    // That one password is good says nothing of another, not even of a nonce.
    refuses(4).await;
}

#[tokio::test]
async fn a_403_that_is_about_no_password_is_plain() {
    // Without a challenge, and to credentials that were good before.
    for first in [0, 2] {
        let (at, _) =
            registrar(
                Udp,
                move |request, before| {
                    if before < first { lock(request, "n1", "") } else { request.reply(403, "Forbidden", "t") }
                },
            )
            .await;
        let client = client(Roots::system());
        if first > 0 {
            granted(&client.register(&acme(), &wanted(Udp, at, BIND)).await);
        }
        for _ in 0..2 {
            let report = client.register(&acme(), &wanted(Udp, at, BIND)).await;
            assert_eq!((refused(&report).code, &refused(&report).means), (403, &RefusalMeans::Plain));
            client.close(&acme(), Endpoint { transport: Udp, at }).await;
        }
    }
}

#[tokio::test]
async fn a_stale_nonce_is_no_wrong_password() {
    let (at, heard) = registrar(Udp, |request, before| match before {
        0 => challenge(request, "n0", ""),
        1 => challenge(request, "n1", ", stale=true"),
        _ => lock(request, "n1", ""),
    })
    .await;
    let client = client(Roots::system());
    assert!(granted(&client.register(&acme(), &wanted(Udp, at, BIND)).await).ours().is_some());
    assert_eq!(with_credentials(&heard), 2);

    // One that is never content.
    let (at, heard) = registrar(Udp, |request, before| challenge(request, &format!("n{before}"), ", stale=TRUE")).await;
    for sent in [2, 4] {
        let report = client.register(&acme(), &wanted(Udp, at, BIND)).await;
        assert_eq!(refused(&report).means, RefusalMeans::WrongCredentials);
        assert_eq!(with_credentials(&heard), sent);
    }
}

#[tokio::test]
async fn a_nonce_that_was_good_once_may_have_got_old_without_a_word() {
    for (password, after) in [(PASSWORD, 2), ("changed", 2)] {
        let (at, heard) = registrar(Udp, move |request, before| match before {
            0 | 1 => lock(request, "n1", ""),
            _ => match value(request, "Authorization") {
                header if header.contains("nonce=\"n2\"") && is_right(header, password) => accept(request),
                _ => challenge(request, "n2", ""),
            },
        })
        .await;
        let client = client(Roots::system());
        granted(&client.register(&acme(), &wanted(Udp, at, BIND)).await);
        let report = client.register(&acme(), &wanted(Udp, at, BIND)).await;
        assert_eq!(with_credentials(&heard), 1 + after, "{password}");
        if password == PASSWORD {
            assert_eq!((granted(&report).listed, report.challenge.unwrap().reused), (1, false));
        } else {
            assert_eq!(refused(&report).means, RefusalMeans::WrongCredentials);
            // What is not good any more is forgotten.
            client.register(&acme(), &wanted(Udp, at, BIND)).await;
            assert_eq!(with_credentials(&heard), 1 + after + 1);
        }
    }
    // The very nonce that was good is refused: then it is the password.
    let (at, heard) = registrar(Udp, |request, before| match before {
        0 | 1 => lock(request, "n1", ""),
        _ => challenge(request, "n1", ""),
    })
    .await;
    let client = client(Roots::system());
    granted(&client.register(&acme(), &wanted(Udp, at, BIND)).await);
    let report = client.register(&acme(), &wanted(Udp, at, BIND)).await;
    assert_eq!((&refused(&report).means, with_credentials(&heard)), (&RefusalMeans::WrongCredentials, 2));
}

/// RFC 7616 3.5: each answer names the nonce of the next request, and no other is good then.
#[tokio::test]
async fn the_nonce_that_an_answer_names_is_used_next() {
    for (proxy, more, asked_again) in [
        (false, ", qop=\"auth\"", false),
        (true, ", qop=\"auth\"", false),
        (false, "", false),
        (false, ", algorithm=MD5-sess, qop=\"auth\"", true),
    ] {
        let (code, asks, takes, tells) = if proxy {
            (407, "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Authentication-Info")
        } else {
            (401, "WWW-Authenticate", "Authorization", "Authentication-Info")
        };
        let good = Mutex::new("n".to_owned());
        let (at, heard) = registrar(Udp, move |request, before| {
            let mut good = good.lock().unwrap();
            match value(request, takes) {
                header if !header.is_empty() && parameter(header, "nonce") == *good && is_right(header, PASSWORD) => {
                    *good = format!("a \"{before}\" b");
                    let named = format!("rspauth=\"\", nextnonce=\"{}\"", good.replace('"', "\\\""));
                    accept(request).with(tells, &named)
                }
                _ => {
                    let header =
                        format!("Digest realm=\"acme.example\", nonce=\"{}\"{more}", good.replace('"', "\\\""));
                    request.reply(code, "No", "t").with(asks, &header)
                }
            }
        })
        .await;
        let client = client(Roots::system());
        for _ in 0..3 {
            granted(&client.register(&acme(), &wanted(Udp, at, BIND)).await);
        }
        let heard = requests(&heard);
        assert_eq!(heard.len(), if asked_again { 6 } else { 4 }, "{more}");
        if more.contains("auth") && !asked_again {
            assert!(heard[1..].iter().all(|request| parameter(value(request, takes), "nc") == "00000001"));
        }
    }
}

#[tokio::test]
async fn a_proxy_and_the_registrar_are_answered_together() {
    const PROXY: &str = "Digest realm=\"proxy\", nonce=\"p\"";
    const OWN: &str = "Digest realm=\"acme.example\", nonce=\"n\", qop=\"auth\"";
    for together in [true, false] {
        let (at, heard) = registrar(Udp, move |request, _| {
            let has = |name| !value(request, name).is_empty() && is_right(value(request, name), PASSWORD);
            match (has("Proxy-Authorization"), has("Authorization")) {
                (true, true) => accept(request),
                (false, _) if together => {
                    let reply = request.reply(407, "Both", "t").with("Proxy-Authenticate", PROXY);
                    reply.with("WWW-Authenticate", OWN)
                }
                (false, _) => request.reply(407, "Proxy", "t").with("Proxy-Authenticate", PROXY),
                (true, false) => request.reply(401, "No", "t").with("WWW-Authenticate", OWN),
            }
        })
        .await;
        let client = client(Roots::system());
        granted(&client.register(&acme(), &wanted(Udp, at, BIND)).await);
        assert_eq!(requests(&heard).len(), if together { 2 } else { 3 });
        granted(&client.register(&acme(), &wanted(Udp, at, BIND)).await);
        assert_eq!(requests(&heard).len(), if together { 3 } else { 4 }, "both are known");
    }
}

#[tokio::test]
async fn a_realm_that_changes_is_answered_once() {
    let (at, heard) = registrar(Udp, |request, before| {
        let header = format!("Digest realm=\"r{before}\", nonce=\"n\"");
        match value(request, "Authorization") {
            answer if before == 2 && is_right(answer, PASSWORD) => accept(request),
            _ => request.reply(401, "No", "t").with("WWW-Authenticate", &header),
        }
    })
    .await;
    let report = client(Roots::system()).register(&acme(), &wanted(Udp, at, BIND)).await;
    assert_eq!(granted(&report).listed, 1);
    let last = requests(&heard).pop().unwrap();
    assert_eq!(last.values("Authorization").count(), 1, "a registrar has one realm; several proxies may have several");
    assert_eq!(report.challenge.unwrap().realm.as_str(), "r1");
    assert_eq!(with_credentials(&heard), 2);
    let (at, heard) = registrar(Udp, |request, before| {
        let header = format!("Digest realm=\"r{before}\", nonce=\"n\"");
        request.reply(401, "No", "t").with("WWW-Authenticate", &header)
    })
    .await;
    let report = client(Roots::system()).register(&acme(), &wanted(Udp, at, BIND)).await;
    assert_eq!(refused(&report).means, RefusalMeans::WrongCredentials);
    assert_eq!(with_credentials(&heard), 2);
}

#[tokio::test]
async fn which_of_several_is_met_is_the_accounts_choice() {
    for (policy, algorithm) in [(ChallengePolicy::Strongest, "SHA-256"), (ChallengePolicy::Topmost, "MD5")] {
        let (at, heard) = registrar(Udp, |request, _| match value(request, "Authorization") {
            header if !header.is_empty() && is_right(header, PASSWORD) => accept(request),
            _ => {
                let reply = challenge(request, "n", ", algorithm=AKAv1-MD5");
                let reply = reply.with("WWW-Authenticate", "Digest realm=\"acme.example\", nonce=\"n\", algorithm=MD5");
                reply.with("WWW-Authenticate", "Digest realm=\"acme.example\", nonce=\"n\", algorithm=SHA-256")
            }
        })
        .await;
        let mut request = wanted(Udp, at, BIND);
        let account = Arc::make_mut(&mut request.account);
        (account.challenge, account.auth_user) = (policy, Some("b\"o\"b".parse().unwrap()));
        let report = client(Roots::system()).register(&acme(), &request).await;
        assert_eq!((granted(&report).listed, report.challenge.unwrap().algorithm), (1, algorithm));
        assert!(value(&requests(&heard)[1], "Authorization").starts_with(r#"Digest username="b\"o\"b", "#));
    }
}

#[tokio::test]
async fn what_cannot_be_met_is_not_tried() {
    let unanswerable = |why: &str| RefusalMeans::Unanswerable(why.into());
    for (header, secret, means) in [
        ("Digest realm=\"a\", nonce=\"n\"", None, RefusalMeans::NoPassword),
        ("Digest realm=\"a\"", Some(PASSWORD), unanswerable("the challenge has no nonce")),
        ("Basic realm=\"a\"", Some(PASSWORD), unanswerable("the challenge is of scheme 'Basic', not Digest")),
        ("", Some(PASSWORD), unanswerable("there is no challenge in the answer")),
        (
            "Digest realm=\"a\", nonce=\"n\", algorithm=\x1b[2J",
            Some(PASSWORD),
            unanswerable("the challenge's algorithm holds what no header may"),
        ),
    ] {
        let reply = move |request: &Message, _| request.reply(401, "No", "t").with("WWW-Authenticate", header);
        let (at, heard) = registrar(Udp, reply).await;
        let request = RegisterRequest { secret: secret.map(Secret::new), ..wanted(Udp, at, BIND) };
        let report = client(Roots::system()).register(&acme(), &request).await;
        assert_eq!(refused(&report).means, means, "{header}");
        assert_eq!((requests(&heard).len(), with_credentials(&heard), report.challenge), (1, 0, None));
    }
}

/// 423 comes after the credentials were good: they go with the next one, too, and nothing is tried twice.
#[tokio::test]
async fn a_brief_binding_behind_a_challenge_is_raised() {
    let (at, heard) = registrar(Udp, |request, _| match lock(request, "n1", ", qop=\"auth\"") {
        reply if reply.status().unwrap().0 == 200 && value(request, "Expires") == "60" => {
            request.reply(423, "Too Brief", "t").with("Min-Expires", "120")
        }
        reply => reply,
    })
    .await;
    let report = client(Roots::system()).register(&acme(), &wanted(Udp, at, BIND)).await;
    assert_eq!(granted(&report).raised, Some(Expires::new(120)));
    let counts: Vec<String> =
        requests(&heard)[1..].iter().map(|request| parameter(value(request, "Authorization"), "nc")).collect();
    assert_eq!(counts, ["00000001", "00000002"]);
}
