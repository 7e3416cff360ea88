//! What comes on the wire: large, odd, cut, astray.

use hickory_net::proto::op::{Edns, Message};

use super::server::{Server, a, found, name, reply, send, soa, srv};
use super::*;

async fn ask_briefly(at: SocketAddr) -> Answer {
    let asked = question("x.example", RecordType::A);
    resolvers(BRIEF, System::default()).ask(&ResolverSpec::Plain(at), &asked).await.answer
}

/// An error as a server sends it that could not even read the question.
fn bare(query: &Message, rcode: u8) -> Vec<u8> {
    let [high, low] = query.id.to_be_bytes();
    vec![high, low, 0x80, rcode, 0, 0, 0, 0, 0, 0, 0, 0]
}

#[tokio::test]
async fn a_server_that_knows_no_edns_is_asked_without_it() {
    for (rcode, bare_one) in [(1, true), (1, false), (4, true), (4, false)] {
        let server = Server::start(move |query, _, _| match &query.edns {
            None => found(query, &[a("x.example", 9, "192.0.2.1")]),
            Some(_) if bare_one => vec![bare(query, rcode)],
            Some(_) => send(&reply(query, ResponseCode::from_low(rcode), &[], &[])),
        })
        .await;
        let answer = ask(ResolverSpec::Plain(server.at), "x.example", RecordType::A).await;
        assert_eq!((shown(&answer), answer.queries), (vec!["9 192.0.2.1".to_owned()], 2), "{rcode} {bare_one}");
        let answer = ask(ResolverSpec::Tcp(server.at), "x.example", RecordType::A).await;
        assert_eq!((shown(&answer), answer.queries), (vec!["9 192.0.2.1".to_owned()], 2), "{rcode} {bare_one}");
    }
}

#[tokio::test]
async fn a_server_that_knows_edns_and_still_cannot_read_the_question_is_believed() {
    let server = Server::start(|query, _, _| {
        let mut response = reply(query, ResponseCode::FormErr, &[], &[]);
        response.edns = Some(Edns::new());
        send(&response)
    })
    .await;
    let answer = ask(ResolverSpec::Plain(server.at), "x.example", RecordType::A).await;
    assert_eq!((answer.outcome, answer.queries), (Outcome::FormErr, 1));
}

#[tokio::test]
async fn when_the_question_without_edns_is_lost_the_first_word_counts() {
    let server = Server::start(|query, _, before| if before == 0 { vec![bare(query, 4)] } else { Vec::new() }).await;
    let answer = ask_briefly(server.at).await;
    assert_eq!((other(&answer), answer.queries), ("NOTIMP", 2));
}

#[tokio::test]
async fn an_answer_of_four_kilobytes_arrives_over_either() {
    let server = Server::start(|query, wire, _| {
        let owner = query.queries[0].name().to_string();
        let records: Vec<_> = (0..250).map(|n| a(&owner, 9, &format!("10.0.{}.{}", n / 200, n % 200))).collect();
        let mut response = reply(query, ResponseCode::NoError, &records, &[]);
        if wire == Wire::Udp && owner.starts_with("cut") {
            response.answers.clear();
            response.metadata.truncation = true;
        }
        let octets = send(&response);
        assert!(octets[0].len() < 100 || octets[0].len() > 4000, "{}", octets[0].len());
        octets
    })
    .await;
    for (owner, wire, queries) in [("cut.example", Wire::Tcp, 2), ("whole.example", Wire::Udp, 1)] {
        let answer = ask(ResolverSpec::Plain(server.at), owner, RecordType::A).await;
        assert_eq!((answer.outcome.records().len(), answer.wire, answer.queries), (250, wire, queries), "{owner}");
    }
}

#[tokio::test]
async fn a_truncated_message_may_end_in_the_middle_of_a_record() {
    let server = Server::start(|query, wire, _| {
        let mut octets = found(query, &[a("x.example", 9, "192.0.2.1"), a("x.example", 9, "192.0.2.2")]);
        if wire == Wire::Udp {
            let cut = octets[0].len() - 3;
            octets[0].truncate(cut);
            octets[0][2] |= 0x02;
        }
        octets
    })
    .await;
    let answer = ask(ResolverSpec::Plain(server.at), "x.example", RecordType::A).await;
    assert_eq!((shown(&answer).len(), answer.wire, answer.queries), (2, Wire::Tcp, 2));
}

#[tokio::test]
async fn a_message_that_breaks_off_without_saying_so_is_the_servers_fault_at_once() {
    let server = Server::udp_only(|query, _, _| {
        let mut octets = found(query, &[a("x.example", 9, "192.0.2.1")]);
        octets[0].pop();
        octets
    })
    .await;
    let answer = ask(ResolverSpec::Plain(server.at), "x.example", RecordType::A).await;
    assert!(other(&answer).starts_with(&format!("{} sent what is no DNS response", server.at)), "{answer:?}");
    assert_eq!(answer.queries, 2);
}

#[tokio::test]
async fn times_to_live_are_taken_as_the_rfcs_read_them() {
    let cases = [
        (vec![0], "0 192.0.2.0", 0),
        // The top bit, with and without others.
        (vec![0x8000_0000], "0 192.0.2.0", 0),
        (vec![u32::MAX], "0 192.0.2.0", 0),
        (vec![0x7fff_ffff], "2147483647 192.0.2.0", 0x7fff_ffff),
        // Of differing ones the least (RFC 2181 5.2).
        (vec![300, 20, 70], "300 192.0.2.0, 20 192.0.2.1, 70 192.0.2.2", 20),
    ];
    for (ttls, said, ttl) in cases {
        let records: Vec<_> =
            ttls.iter().enumerate().map(|(n, ttl)| a("x.example", *ttl, &format!("192.0.2.{n}"))).collect();
        let server = Server::start(move |query, _, _| found(query, &records)).await;
        let answer = ask(ResolverSpec::Plain(server.at), "x.example", RecordType::A).await;
        assert_eq!((shown(&answer).join(", ").as_str(), answer.ttl()), (said, Some(Ttl::new(ttl))));
    }
    for (ttl, minimum, least) in [(900, 60, 60), (60, 900, 60), (0x8000_0001, 60, 0), (0, 60, 0)] {
        let server = Server::start(move |query, _, _| {
            send(&reply(query, ResponseCode::NXDomain, &[], &[soa("example", ttl, minimum)]))
        })
        .await;
        let answer = ask(ResolverSpec::Plain(server.at), "x.example", RecordType::A).await;
        assert_eq!(answer.ttl(), Some(Ttl::new(least)), "{ttl} {minimum}");
    }
}

#[tokio::test]
async fn case_does_not_matter_in_the_question_that_comes_back_nor_in_an_owner() {
    let server = Server::start(|query, _, _| {
        let mut response = reply(query, ResponseCode::NoError, &[srv("_SIP._udp.aCMe.ExAmPlE", 9, 10, "POP")], &[]);
        response.queries[0].name = name("_sip._UDP.Acme.EXAMPLE");
        send(&response)
    })
    .await;
    for spec in [ResolverSpec::Plain(server.at), ResolverSpec::Tcp(server.at)] {
        let answer = ask(spec, "_sip._udp.acme.example", RecordType::Srv).await;
        assert_eq!(shown(&answer), ["9 10 0 5060 pop"]);
    }
}

#[tokio::test]
async fn what_a_wildcard_made_is_taken_and_the_wildcard_itself_is_not() {
    let server =
        Server::start(|query, _, _| found(query, &[a("*.example", 9, "192.0.2.66"), a("x.example", 9, "192.0.2.1")]))
            .await;
    let answer = ask(ResolverSpec::Plain(server.at), "x.example", RecordType::A).await;
    assert_eq!(shown(&answer), ["9 192.0.2.1"]);
}

#[tokio::test]
async fn nothing_that_is_no_response_to_the_question_ends_it() {
    let server = Server::start(|query, _, _| {
        let [high, low] = query.id.to_be_bytes();
        let good = reply(query, ResponseCode::NoError, &[a("x.example", 9, "192.0.2.1")], &[]);
        let mut asking = good.clone();
        asking.metadata.message_type = hickory_net::proto::op::MessageType::Query;
        let mut other_type = good.clone();
        other_type.queries[0].query_type = hickory_net::proto::rr::RecordType::AAAA;
        let mut other_class = good.clone();
        other_class.queries[0].query_class = hickory_net::proto::rr::DNSClass::CH;
        let mut no_question = good.clone();
        no_question.queries.clear();
        let mut two_questions = good.clone();
        two_questions.queries.push(two_questions.queries[0].clone());
        let odd = [asking, other_type, other_class, no_question, two_questions].map(|mut message| {
            message.answers = vec![a("x.example", 9, "192.0.2.66")];
            message.to_vec().unwrap()
        });
        // Octets under the right id that are no message, and one that says nothing.
        let garbage = [vec![high, low], vec![high, low, 0x80], vec![high, low, 0x80, 0, 0xff, 0xff, 1, 2, 3]];
        let nothing = vec![high, low, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        odd.into_iter().chain(garbage).chain([nothing]).chain(send(&good)).collect()
    })
    .await;
    let answer = ask(ResolverSpec::Plain(server.at), "x.example", RecordType::A).await;
    assert_eq!((shown(&answer), answer.queries), (vec!["9 192.0.2.1".to_owned()], 1));
}

#[tokio::test]
async fn what_came_astray_is_named_when_nothing_better_comes() {
    let server = Server::udp_only(|query, _, _| {
        let mut astray = reply(query, ResponseCode::NoError, &[a("x.example", 9, "192.0.2.66")], &[]);
        astray.queries[0].name = name("y.example");
        send(&astray)
    })
    .await;
    let answer = ask_briefly(server.at).await;
    assert_eq!(other(&answer), format!("{} over UDP: the response is to another question", server.at));
    assert_eq!(answer.queries, 2);
}

#[tokio::test]
async fn an_answer_from_another_port_is_not_heard() {
    let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let stranger = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at = server.local_addr().unwrap();
    let answering = tokio::spawn(async move {
        let mut buffer = [0; 512];
        let (length, peer) = server.recv_from(&mut buffer).await.unwrap();
        let query = Message::from_vec(&buffer[..length]).unwrap();
        for (from, ip) in [(&stranger, "192.0.2.66"), (&server, "192.0.2.1")] {
            // The kernel may tell the stranger that nobody listens to it.
            let _ = from.send_to(&found(&query, &[a("x.example", 9, ip)])[0], peer).await;
        }
    });
    assert_eq!(shown(&ask(ResolverSpec::Plain(at), "x.example", RecordType::A).await), ["9 192.0.2.1"]);
    answering.await.unwrap();
}
