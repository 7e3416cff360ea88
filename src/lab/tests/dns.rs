//! The name server, by another's client.

use hickory_server::proto::op::ResponseCode;

use super::*;

const ZONE: &str = r#"
    $ORIGIN a.example.
    @          300 NAPTR 10 50 "s" "SIP+D2U" "" _sip._udp
    _sip._udp   60 SRV 10 50 udp pop1
    _sip._udp   60 SRV 10 50 5062 elsewhere
    elsewhere   30 A 192.0.2.7
    alias       90 CNAME pop1
    loop        90 CNAME loop
    out         90 CNAME host.test.
"#;

async fn lab() -> Lab {
    let plan = CarrierPlan::new("a", "sip:a.example").host(HostPlan::new("pop1.a.example")).zone(ZONE);
    Lab::with([plan]).await.unwrap()
}

#[tokio::test]
async fn udp_and_tcp_say_the_same() {
    let lab = lab().await;
    let host = lab.host("pop1.a.example")[0];
    let (port, address) = (host.at(crate::model::Transport::Udp).unwrap().port(), host.address());
    for (name, rtype, expected) in [
        (
            "a.example.",
            DnsType::NAPTR,
            vec!["a.example. 300 NAPTR 10 50 \"s\" \"SIP+D2U\" \"\" _sip._udp.a.example.".to_owned()],
        ),
        (
            "_sip._udp.A.Example.",
            DnsType::SRV,
            vec![
                format!("_sip._udp.a.example. 60 SRV 10 50 {port} pop1.a.example."),
                "_sip._udp.a.example. 60 SRV 10 50 5062 elsewhere.a.example.".to_owned(),
            ],
        ),
        ("pop1.a.example.", DnsType::A, vec![format!("pop1.a.example. 30 A {address}")]),
        (
            "alias.a.example.",
            DnsType::A,
            vec!["alias.a.example. 90 CNAME pop1.a.example.".to_owned(), format!("pop1.a.example. 30 A {address}")],
        ),
    ] {
        for answer in [over_udp(lab.dns().at(), name, rtype).await, over_tcp(lab.dns().at(), name, rtype).await] {
            let answer = answer.unwrap();
            assert_eq!(lines(&answer), expected);
            assert!(answer.metadata.authoritative && !answer.metadata.truncation);
        }
    }
}

#[tokio::test]
async fn addresses_of_srv_targets_come_along() {
    let lab = lab().await;
    let answer = over_udp(lab.dns().at(), "_sip._udp.a.example.", DnsType::SRV).await.unwrap();
    let along: Vec<String> = answer.additionals.iter().map(|r| format!("{} {}", r.name, r.data)).collect();
    let address = lab.host("pop1.a.example")[0].address();
    assert_eq!(along, [format!("pop1.a.example. {address}"), "elsewhere.a.example. 192.0.2.7".to_owned()]);
}

#[tokio::test]
async fn negative_answers_tell_their_kind_and_their_ttl() {
    let lab = lab().await;
    for (name, rtype, code) in [
        ("nobody.a.example.", DnsType::A, ResponseCode::NXDomain),
        ("pop1.a.example.", DnsType::AAAA, ResponseCode::NoError),
        // It has no records, but names below it have (RFC 8020).
        ("_udp.a.example.", DnsType::A, ResponseCode::NoError),
    ] {
        let answer = over_udp(lab.dns().at(), name, rtype).await.unwrap();
        assert_eq!(answer.metadata.response_code, code, "{name}");
        assert!(answer.answers.is_empty());
        assert_eq!(answer.negative_ttl(), Some(10), "{name}");
    }
}

#[tokio::test]
async fn what_is_not_its_own_it_refuses() {
    let lab = lab().await;
    for name in ["host.test.", "."] {
        let answer = over_udp(lab.dns().at(), name, DnsType::A).await.unwrap();
        assert_eq!(answer.metadata.response_code, ResponseCode::Refused);
        assert!(!answer.metadata.authoritative);
    }
    // An alias that leads away ends where the lab's knowledge ends.
    let answer = over_udp(lab.dns().at(), "out.a.example.", DnsType::A).await.unwrap();
    assert_eq!(lines(&answer), ["out.a.example. 90 CNAME host.test."]);
    assert_eq!(answer.metadata.response_code, ResponseCode::NoError);
}

#[tokio::test]
async fn an_alias_of_itself_ends() {
    let lab = lab().await;
    let answer = over_udp(lab.dns().at(), "loop.a.example.", DnsType::A).await.unwrap();
    assert!(lines(&answer).iter().all(|line| line == "loop.a.example. 90 CNAME loop.a.example."));
}

#[tokio::test]
async fn a_name_that_a_dname_would_make_too_long_is_not_made() {
    let (label, zone) = ("x".repeat(63), "new".repeat(20));
    let plan = CarrierPlan::new("a", "sip:a.example").zone(&format!("old.example 60 DNAME {zone}.example"));
    let lab = Lab::with([plan]).await.unwrap();
    let fits = over_udp(lab.dns().at(), &format!("{label}.old.example."), DnsType::A).await.unwrap();
    assert_eq!(fits.metadata.response_code, ResponseCode::NXDomain);
    assert_eq!(fits.answers.len(), 2, "the DNAME, and the alias that it makes: {:?}", lines(&fits));
    let beyond = over_udp(lab.dns().at(), &format!("{label}.{label}.{label}.old.example."), DnsType::A).await.unwrap();
    assert_eq!(beyond.metadata.response_code, ResponseCode::YXDomain);
    assert_eq!(beyond.answers.len(), 1, "{:?}", lines(&beyond));
}

#[tokio::test]
async fn records_change_while_it_runs() {
    let lab = lab().await;
    let names = async |rtype| lines(&over_udp(lab.dns().at(), "_sip._udp.a.example.", rtype).await.unwrap());
    lab.publish("_sip._udp.a.example 5 SRV 10 99 udp pop1.a.example").unwrap();
    let port = lab.host("pop1.a.example")[0].at(crate::model::Transport::Udp).unwrap().port();
    assert_eq!(names(DnsType::SRV).await, [format!("_sip._udp.a.example. 5 SRV 10 99 {port} pop1.a.example.")]);
    assert!(lab.publish("x.a.example 5 A 192.0.2.1\nx.a.example 5 A nonsense").is_err());
    assert_eq!(
        over_udp(lab.dns().at(), "x.a.example.", DnsType::A).await.unwrap().metadata.response_code,
        ResponseCode::NXDomain,
        "text with a mistake changes nothing"
    );
    assert!(lab.withdraw(&question("_sip._udp.a.example", RecordType::Srv)));
    assert!(names(DnsType::SRV).await.is_empty());
    assert!(!lab.withdraw(&question("_sip._udp.a.example", RecordType::Srv)));
}

#[tokio::test]
async fn faults_are_for_all_or_for_one() {
    let lab = lab().await;
    let at = lab.dns().at();
    let code = async |name| over_udp(at, name, DnsType::A).await.unwrap().metadata.response_code;
    lab.dns().set_fault(DnsFault::ServFail);
    assert_eq!(code("pop1.a.example.").await, ResponseCode::ServFail);
    lab.dns().set_fault_at(&question("pop1.a.example", RecordType::A), DnsFault::Refused);
    assert_eq!(code("pop1.a.example.").await, ResponseCode::Refused);
    assert_eq!(code("elsewhere.a.example.").await, ResponseCode::ServFail);
    lab.dns().set_fault_at(&question("pop1.a.example", RecordType::A), DnsFault::FormErr);
    assert_eq!(code("pop1.a.example.").await, ResponseCode::FormErr);
    lab.dns().set_fault_at(&question("pop1.a.example", RecordType::A), DnsFault::None);
    assert_eq!(code("pop1.a.example.").await, ResponseCode::ServFail);
    lab.dns().set_fault(DnsFault::None);
    assert_eq!(code("pop1.a.example.").await, ResponseCode::NoError);
}

#[tokio::test]
async fn dropped_is_never_answered_and_delayed_is_late() {
    let lab = lab().await;
    let at = lab.dns().at();
    lab.dns().set_fault(DnsFault::Drop);
    assert!(is_mute(over_udp(at, "pop1.a.example.", DnsType::A)).await);
    assert!(is_mute(over_tcp(at, "pop1.a.example.", DnsType::A)).await);
    let delay = Duration::from_millis(120);
    lab.dns().set_fault(DnsFault::Delay(delay));
    let asked = tokio::time::Instant::now();
    assert!(over_udp(at, "pop1.a.example.", DnsType::A).await.is_some());
    assert!(asked.elapsed() >= delay);
}

#[tokio::test]
async fn what_is_truncated_over_udp_is_whole_over_tcp() {
    let lab = lab().await;
    lab.dns().set_fault(DnsFault::Truncate);
    let short = over_udp(lab.dns().at(), "pop1.a.example.", DnsType::A).await.unwrap();
    assert!(short.metadata.truncation && short.answers.is_empty());
    let whole = over_tcp(lab.dns().at(), "pop1.a.example.", DnsType::A).await.unwrap();
    assert!(!whole.metadata.truncation && whole.answers.len() == 1);
}

#[tokio::test]
async fn an_answer_too_big_for_udp_is_truncated_by_itself() {
    let lab = lab().await;
    let many: Vec<String> = (0..120).map(|n| format!("big.a.example 30 A 192.0.2.{n}")).collect();
    lab.publish(&many.join("\n")).unwrap();
    let short = over_udp(lab.dns().at(), "big.a.example.", DnsType::A).await.unwrap();
    assert!(short.metadata.truncation && short.answers.len() < 120);
    assert_eq!(over_tcp(lab.dns().at(), "big.a.example.", DnsType::A).await.unwrap().answers.len(), 120);
}

#[tokio::test]
async fn questions_are_counted() {
    let lab = lab().await;
    for _ in 0..3 {
        over_tcp(lab.dns().at(), "POP1.a.example.", DnsType::A).await.unwrap();
    }
    over_tcp(lab.dns().at(), "pop1.a.example.", DnsType::AAAA).await.unwrap();
    assert_eq!(lab.dns().asked(&question("pop1.a.example", RecordType::A)), 3);
    assert_eq!(lab.dns().asked(&question("pop1.a.example", RecordType::Srv)), 0);
    assert_eq!(lab.dns().asked_in_all(), 4);
}

#[tokio::test]
async fn dropping_the_lab_closes_its_ports() {
    let lab = lab().await;
    let at = lab.dns().at();
    let sip = lab.host("pop1.a.example")[0].at(crate::model::Transport::Tcp).unwrap();
    drop(lab);
    soon(async {
        for at in [at, sip] {
            while tokio::net::UdpSocket::bind(at).await.is_err() || tokio::net::TcpListener::bind(at).await.is_err() {
                tokio::task::yield_now().await;
            }
        }
    })
    .await;
}
