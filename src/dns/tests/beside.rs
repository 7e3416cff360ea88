//! The additional section.

use hickory_net::proto::rr::{DNSClass, Record};

use super::server::{Server, a, aaaa, cname, naptr, record, reply, send, srv};
use super::*;

/// What a server's answer and its additional section are taken for: the answer's own records, then the rest.
async fn told(rtype: RecordType, answers: Vec<Record>, additionals: Vec<Record>) -> (Answer, Vec<String>) {
    let server = Server::start(move |query, wire, _| {
        let mut response = reply(query, ResponseCode::NoError, &answers, &[]);
        response.add_additionals(additionals.clone());
        // Over UDP there is something else, and it is truncated.
        if wire == Wire::Udp && answers.len() > 2 {
            response.add_additionals([a("cut.acme.example", 9, "192.0.2.66")]);
            response.metadata.truncation = true;
        }
        send(&response)
    })
    .await;
    let Answers { answer, beside } = resolvers(ENOUGH, System::default())
        .ask(&ResolverSpec::Plain(server.at), &question("acme.example", rtype))
        .await;
    for other in &beside {
        assert_eq!((&other.resolver, other.wire, other.at), (&answer.resolver, answer.wire, answer.at));
        assert_eq!((other.elapsed, other.queries, other.chain.len()), (answer.elapsed, 0, 0));
    }
    let mut lines: Vec<String> =
        beside.iter().map(|other| format!("{}: {}", other.question, shown(other).join(", "))).collect();
    lines.sort();
    (answer, lines)
}

#[tokio::test]
async fn what_the_walk_asks_next_is_taken_from_beside_the_answer() {
    let (answer, beside) = told(
        RecordType::Naptr,
        vec![naptr("acme.example", 60, "SIP+D2U", "_sip._udp.ACME.example")],
        vec![
            a("pop-1.acme.example", 9, "192.0.2.1"),
            srv("_sip._udp.acme.example", 30, 10, "Pop-1.acme.example"),
            aaaa("POP-1.acme.example", 8, "2001:db8::1"),
            srv("_sip._udp.acme.example", 30, 20, "pop-2.acme.example"),
            a("pop-1.acme.example", 7, "192.0.2.11"),
            a("pop-1.acme.example", 5, "192.0.2.1"),
        ],
    )
    .await;
    assert_eq!(answer.outcome.records().len(), 1);
    assert_eq!(
        beside,
        [
            "A pop-1.acme.example: 5 192.0.2.1, 7 192.0.2.11",
            "AAAA pop-1.acme.example: 8 2001:db8::1",
            "SRV _sip._udp.acme.example: 30 10 0 5060 pop-1.acme.example, 30 20 0 5060 pop-2.acme.example",
        ]
    );
}

#[tokio::test]
async fn what_the_answer_does_not_lead_to_is_not_believed() {
    let mut chaos = a("pop-1.acme.example", 9, "192.0.2.66");
    chaos.dns_class = DNSClass::CH;
    let (_, beside) = told(
        RecordType::Srv,
        vec![srv("acme.example", 60, 10, "pop-1.acme.example"), srv("other.example", 60, 10, "pop-3.acme.example")],
        vec![
            chaos,
            cname("pop-1.acme.example", 9, "real.acme.example"),
            a("real.acme.example", 9, "192.0.2.66"),
            a("pop-2.acme.example", 9, "192.0.2.66"),
            a("pop-3.acme.example", 9, "192.0.2.66"),
            a("x.pop-1.acme.example", 9, "192.0.2.66"),
            srv("pop-1.acme.example", 9, 10, "pop-2.acme.example"),
            record("pop-1.acme.example", 9, RData::TXT(hickory_net::proto::rr::rdata::TXT::new(vec!["x".to_owned()]))),
        ],
    )
    .await;
    assert!(beside.is_empty(), "{beside:?}");
    let (_, beside) = told(
        RecordType::A,
        vec![a("acme.example", 9, "192.0.2.1")],
        vec![a("acme.example", 9, "192.0.2.66"), aaaa("acme.example", 9, "2001:db8::66")],
    )
    .await;
    assert!(beside.is_empty(), "{beside:?}");
}

#[tokio::test]
async fn beside_a_truncated_answer_nothing_is_believed() {
    let targets = ["cut.acme.example", "pop-1.acme.example", "pop-2.acme.example"];
    let answers = targets.map(|target| srv("acme.example", 60, 10, target)).to_vec();
    let (answer, beside) = told(RecordType::Srv, answers, vec![a("pop-2.acme.example", 9, "192.0.2.2")]).await;
    assert_eq!((answer.wire, answer.queries), (Wire::Tcp, 2));
    assert_eq!(beside, ["A pop-2.acme.example: 9 192.0.2.2"]);
}

#[tokio::test]
async fn records_that_lead_to_each_other_end() {
    let (_, beside) = told(
        RecordType::Srv,
        vec![srv("acme.example", 60, 10, "acme.example")],
        vec![srv("acme.example", 9, 10, "acme.example"), a("acme.example", 9, "192.0.2.1")],
    )
    .await;
    assert_eq!(beside, ["A acme.example: 9 192.0.2.1"]);
}
