//! What registrars say, and what is made of it.

use super::*;
use crate::model::Transport::{Sctp, Tcp, Udp};

#[tokio::test]
async fn what_was_granted_is_told_in_full() {
    for transport in [Udp, Tcp] {
        let (at, heard) = registrar(transport, |request, _| {
            let own = request.listed("Contact").unwrap().to_string().replace("expires=60", "expires=55");
            let reply = request.reply(200, "OK", "t").with("Expires", "99");
            let reply =
                reply.with("Contact", &format!("\"Eve, x\" <sip:eve@192.0.2.9>, {own};pub-gruu=\"sip:bob;gr\""));
            let reply = reply.with("Contact", "<sips:bob@[2001:db8::1]>;expires=4294967296");
            let reply = reply.with("Service-Route", "<sip:a;lr>").with("Service-Route", "<sip:b;lr>");
            let reply = reply.with("Path", "<sip:c;lr>").with("P-Associated-URI", "<tel:+49>, <sip:\x1b[1m>");
            reply.with("Require", "Outbound").with("Flow-Timer", "40").with("Server", "R \x1b[2J/1")
        })
        .await;
        let report = client(Roots::system()).register(&acme(), &wanted(transport, at, BIND)).await;
        let granted = granted(&report);
        let left = |n: usize| granted.bindings[n].expires.unwrap().seconds();
        assert_eq!((granted.listed, left(0), left(1), left(2)), (3, 99, 55, 99));
        let ours = granted.ours().unwrap();
        assert!(ours.contact.as_str().starts_with("sip:trunktop-f81d4fae@127.0.0.1:"), "{}", ours.contact);
        assert_eq!((ours.instance.clone(), ours.gruu.clone()), (Some(US.urn().into()), Some("sip:bob;gr".into())));
        assert_eq!(granted.others().count(), 2);
        assert_eq!(granted.service_route, Some("<sip:a;lr>, <sip:b;lr>".into()));
        assert_eq!(granted.path, Some("<sip:c;lr>".into()));
        assert_eq!(granted.associated.as_ref().unwrap().as_str(), "<tel:+49>, <sip:\\x1b[1m>");
        assert_eq!((granted.outbound, granted.flow_timer), (true, Some(Duration::from_secs(40))));
        assert_eq!(granted.server.as_ref().unwrap().as_str(), "R \\x1b[2J/1");
        assert_eq!((report.endpoint.at, report.challenge.clone(), granted.raised), (at, None, None));
        assert!(report.sent.unwrap().bytes().starts_with(b"REGISTER sip:acme.example SIP/2.0\r\n"));
        assert!(report.heard.unwrap().bytes().starts_with(b"SIP/2.0 200 OK\r\n"));
        assert_eq!(heard.lock().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_fetch_and_a_list_without_us_are_done_all_the_same() {
    let list =
        |request: &Message, _| request.reply(200, "OK", "t").with("Contact", "<sip:pbx@192.0.2.9:5060>;expires=7");
    let (at, heard) = registrar(Udp, list).await;
    let client = client(Roots::system());
    let mut looked_for = wanted(Udp, at, Purpose::Fetch);
    let account = Arc::make_mut(&mut looked_for.account);
    (account.mode, account.contact) = (AccountMode::Observe, Some("sip:pbx@192.0.2.9:5060".parse().unwrap()));
    for (request, ours) in
        [(wanted(Udp, at, Purpose::Fetch), false), (looked_for, true), (wanted(Udp, at, BIND), false)]
    {
        let report = client.register(&acme(), &request).await;
        assert_eq!((granted(&report).ours().is_some(), granted(&report).listed), (ours, 1), "{request:?}");
    }
    let contacts: Vec<bool> = requests(&heard).iter().map(|request| request.value("Contact").is_some()).collect();
    assert_eq!(contacts, [false, false, true]);
}

/// Whose a binding is that has nothing but the contact which the account names nobody knows, until it is we who made it.
#[tokio::test]
async fn a_contact_that_the_account_names_is_ours_once_we_bound_it() {
    let list = |request: &Message, _| {
        let reply = request.reply(200, "OK", "t");
        let removes = request.listed("Contact").is_some_and(|contact| contact.as_str().contains("expires=0"));
        if removes { reply } else { reply.with("Contact", "<sip:pbx@192.0.2.9:5060>;expires=7") }
    };
    let (at, _) = registrar(Udp, list).await;
    let (elsewhere, _) = registrar(Udp, list).await;
    let client = client(Roots::system());
    for (at, purpose, ours) in [
        (at, Purpose::Fetch, false),
        (at, BIND, true),
        (at, Purpose::Fetch, true),
        // They may share one database.
        (elsewhere, Purpose::Fetch, true),
        (at, Purpose::Remove, false),
        (at, Purpose::Fetch, false),
        (elsewhere, Purpose::Fetch, false),
    ] {
        let mut request = wanted(Udp, at, purpose);
        Arc::make_mut(&mut request.account).contact = Some("sip:pbx@192.0.2.9:5060".parse().unwrap());
        let report = client.register(&acme(), &request).await;
        assert_eq!(granted(&report).ours().is_some(), ours, "{purpose:?} {at}");
        client.close(&acme(), request.endpoint).await;
    }
}

#[tokio::test]
async fn a_refusal_says_what_it_means() {
    use RefusalMeans::{Elsewhere, Plain, TooBrief};
    let elsewhere = || Elsewhere(vec!["sip:a@192.0.2.7".parse().unwrap(), "sips:[2001:db8::1]:5071".parse().unwrap()]);
    for (code, header, content, means) in [
        (403, "Warning", "399 a \"no\"", Plain),
        (404, "X", "y", Plain),
        (480, "X", "y", Plain),
        (500, "Retry-After", "7", Plain),
        (503, "Retry-After", "7 (busy)", Plain),
        (300, "Contact", "<sip:a@192.0.2.7>", Plain),
        (301, "Contact", "<sip:a@192.0.2.7>, <tel:+49>, <sips:[2001:db8::1]:5071>;q=1", elsewhere()),
        (302, "Contact", "sip:a@192.0.2.7, <sips:[2001:db8::1]:5071>", elsewhere()),
        (305, "Contact", "<sip:a@192.0.2.7>, <sips:[2001:db8::1]:5071>", elsewhere()),
        (302, "X", "y", Elsewhere(Vec::new())),
        (423, "X", "y", TooBrief(None)),
        (423, "Min-Expires", "86401", TooBrief(Some(Expires::new(86_401)))),
        (423, "Min-Expires", "60", TooBrief(Some(Expires::new(60)))),
        (423, "Min-Expires", "-1", TooBrief(None)),
        (603, "X", "y", Plain),
    ] {
        let reply = move |request: &Message, _| request.reply(code, "No\x1b[31m", "t").with(header, content);
        let (at, heard) = registrar(Udp, reply).await;
        let report = client(Roots::system()).register(&acme(), &wanted(Udp, at, BIND)).await;
        let refusal = refused(&report);
        assert_eq!((refusal.code, refusal.reason.as_str(), &refusal.means), (code, "No\\x1b[31m", &means));
        assert_eq!(refusal.retry_after.is_some(), header == "Retry-After");
        assert_eq!(heard.lock().unwrap().len(), 1, "{code}: nothing is asked twice");
    }
}

#[tokio::test]
async fn a_binding_that_is_too_brief_is_asked_for_again_once() {
    for (least, forever) in [("120", false), ("86400", false), ("120", true)] {
        let (at, heard) = registrar(Udp, move |request, before| match before {
            0 => request.reply(423, "Interval Too Brief", "t").with("Min-Expires", least),
            _ if forever => request.reply(423, "Interval Too Brief", "t").with("Min-Expires", "240"),
            _ => accept(request),
        })
        .await;
        let report = client(Roots::system()).register(&acme(), &wanted(Udp, at, BIND)).await;
        if forever {
            assert_eq!(refused(&report).means, RefusalMeans::TooBrief(Some(Expires::new(240))));
        } else {
            let asked = Expires::new(least.parse().unwrap());
            assert_eq!((granted(&report).raised, granted(&report).ours().unwrap().expires), (Some(asked), Some(asked)));
        }
        let heard = requests(&heard);
        assert_eq!(heard.len(), 2);
        assert_eq!((value(&heard[1], "Expires"), value(&heard[1], "CSeq")), (least, "2 REGISTER"));
        assert!(value(&heard[1], "Contact").ends_with(&format!(";expires={least}")));
    }
}

#[tokio::test]
async fn all_registers_of_a_run_are_one_call_and_counted() {
    let client = client(Roots::system());
    let mut all = Vec::new();
    for _ in 0..2 {
        let (at, heard) = registrar(Udp, |request, _| accept(request)).await;
        for purpose in [Purpose::Fetch, BIND, Purpose::Remove] {
            granted(&client.register(&acme(), &wanted(Udp, at, purpose)).await);
        }
        all.extend(requests(&heard));
    }
    let numbers: Vec<&str> = all.iter().map(|request| value(request, "CSeq")).collect();
    assert_eq!(numbers, ["1 REGISTER", "2 REGISTER", "3 REGISTER", "4 REGISTER", "5 REGISTER", "6 REGISTER"]);
    assert!(all.iter().all(|request| request.value("Call-ID") == all[0].value("Call-ID")));
    let removed = value(&all[2], "Contact");
    assert_eq!(
        removed,
        value(&all[1], "Contact").replace("expires=60", "expires=0"),
        "what was bound is what is removed"
    );
    assert!(!all.iter().any(|request| value(request, "Contact").contains('*')));
}

#[tokio::test]
async fn a_thousand_bindings_are_counted() {
    let list = (0..1000).map(|n| format!("<sip:u{n}@192.0.2.1>,")).collect::<Vec<_>>().concat();
    let (at, _) = registrar(Tcp, move |request, _| {
        let own = request.listed("Contact").unwrap();
        request.reply(200, "OK", "t").with("Contact", &list).with("Contact", own.as_str())
    })
    .await;
    let report = client(Roots::system()).register(&acme(), &wanted(Tcp, at, BIND)).await;
    let granted = granted(&report);
    assert_eq!((granted.bindings.len(), granted.listed, granted.ours().is_some()), (Granted::MOST, 1001, true));
}

#[tokio::test]
async fn silence_is_told_and_over_udp_the_same_is_sent_again() {
    let (at, heard) = peer::udp(|_, _| Vec::new()).await;
    let mute = peer::tcp(peer::Then::Stay, |request| vec![peer::reply(request, 100, "Trying")]).await;
    let patience = Duration::from_millis(800);
    for (transport, at, said) in
        [(Udp, at, "no answer in 0.8 s"), (Tcp, mute, "100 Trying, then nothing for the rest of 0.8 s")]
    {
        let began = Instant::now();
        let request = RegisterRequest { patience, ..wanted(transport, at, BIND) };
        let report = client(Roots::system()).register(&acme(), &request).await;
        assert_eq!(failed(&report), (ProbeResult::Timeout, false, said.to_owned()));
        assert!(began.elapsed() >= patience && report.took >= patience);
    }
    let heard = heard.lock().unwrap();
    assert_eq!((heard.len(), &heard[0].1), (2, &heard[1].1));
}

#[tokio::test]
async fn what_is_not_spoken_is_ours() {
    let report = client(Roots::system()).register(&acme(), &wanted(Sctp, "127.0.0.1:9".parse().unwrap(), BIND)).await;
    let (result, ours, detail) = failed(&report);
    assert_eq!((result, ours), (ProbeResult::Unreachable, true));
    assert!(detail.contains("SCTP") && report.sent.is_none(), "{detail}");
}

#[tokio::test]
async fn garbage_is_passed_over_on_a_socket_and_ends_a_connection() {
    let (at, _) =
        peer::udp(|request, _| vec![b"\x16\x03".to_vec(), b"\r\n".to_vec(), accept(request).to_bytes()]).await;
    granted(&client(Roots::system()).register(&acme(), &wanted(Udp, at, BIND)).await);
    let at = peer::tcp(peer::Then::Stay, |_| vec![b"220 smtp \x1b[2J\r\n".to_vec()]).await;
    let report = client(Roots::system()).register(&acme(), &wanted(Tcp, at, BIND)).await;
    assert_eq!(failed(&report).0, ProbeResult::Malformed);
    assert!(failed(&report).2.starts_with("not SIP: '220 smtp \\x1b[2J'"), "{}", failed(&report).2);
}
