//! Real sockets on loopback, against a server that does as told.

mod aliases;
mod beside;
mod burst;
mod crowd;
mod octets;
mod server;
mod streams;
mod trouble;

use hickory_net::proto::op::ResponseCode;
use hickory_net::proto::rr::RData;
use hickory_net::proto::rr::rdata::{NAPTR, SRV};
use jiff::Timestamp;
use tokio::net::UdpSocket;

use self::server::{Server, a, cname, found, name, ns, record, reply, send, soa};
use super::*;
use crate::model::Ttl;

struct Now(Instant);

impl Clock for Now {
    fn now(&self) -> Moment {
        Moment { mono: self.0.elapsed(), wall: Timestamp::UNIX_EPOCH }
    }
}

const BRIEF: Patience = Patience { per_try: Duration::from_millis(400), tries: 2 };
const ENOUGH: Patience = Patience { per_try: Duration::from_secs(10), tries: 2 };

fn resolvers(patience: Patience, system: System) -> Resolvers {
    Resolvers::over(Arc::new(Now(Instant::now())), patience, client_config().unwrap(), system)
}

fn question(owner: &str, rtype: RecordType) -> Question {
    Question::new(Name::parse(owner).unwrap(), rtype)
}

async fn ask(resolver: ResolverSpec, owner: &str, rtype: RecordType) -> Answer {
    resolvers(ENOUGH, System::default()).ask(&resolver, &question(owner, rtype)).await.answer
}

fn shown(answer: &Answer) -> Vec<String> {
    answer.outcome.records().iter().map(|r| format!("{} {}", r.ttl, r.rdata)).collect()
}

fn other(answer: &Answer) -> &str {
    match &answer.outcome {
        Outcome::Other(what) => what.as_str(),
        outcome => panic!("{outcome:?}"),
    }
}

#[tokio::test]
async fn records_keep_their_order_and_lose_their_doubles() {
    let server = Server::start(|query, _, _| {
        assert!(query.metadata.recursion_desired);
        assert_eq!(query.max_payload(), 1232);
        let srv = |ttl, weight, target| {
            record("_sip._udp.ACME.example", ttl, RData::SRV(SRV::new(10, weight, 5060, name(target))))
        };
        found(
            query,
            &[
                srv(60, 50, "Pop-2.acme.example"),
                a("pop-2.acme.example", 9, "192.0.2.2"),
                srv(60, 20, "pop-1.acme.example"),
                srv(30, 50, "pop-2.ACME.example"),
            ],
        )
    })
    .await;
    let answer = ask(ResolverSpec::Plain(server.at), "_sip._udp.acme.example", RecordType::Srv).await;
    assert_eq!(shown(&answer), ["30 10 50 5060 pop-2.acme.example", "60 10 20 5060 pop-1.acme.example"]);
    assert_eq!((answer.queries, answer.wire), (1, Wire::Udp));
    assert_eq!(answer.at.since(Moment { mono: Duration::ZERO, ..answer.at }), answer.at.mono);
    assert!(answer.elapsed <= answer.at.mono && answer.elapsed > Duration::ZERO);
}

#[tokio::test]
async fn naptr_text_is_harmless_and_names_keep_their_octets() {
    let server = Server::start(|query, _, _| {
        let replacement = hickory_net::proto::rr::Name::from_labels([b"a.b\x1b".as_slice(), b"example"]).unwrap();
        let bytes = |raw: &[u8]| raw.to_vec().into_boxed_slice();
        let naptr = NAPTR::new(10, 50, bytes(b"S"), bytes(b"SIP+D2U"), bytes(b"!\x1b[2J\xff!"), replacement);
        found(query, &[record("acme.example", 60, RData::NAPTR(naptr))])
    })
    .await;
    let answer = ask(ResolverSpec::Plain(server.at), "acme.example", RecordType::Naptr).await;
    let Rdata::Naptr(naptr) = &answer.outcome.records()[0].rdata else { panic!() };
    assert_eq!((naptr.flags.as_str(), naptr.service.as_str()), ("S", "SIP+D2U"));
    assert_eq!(naptr.regexp.as_str(), "!\\x1b[2J\u{fffd}!");
    assert_eq!(naptr.replacement.as_str(), "a\\.b\\027.example");
}

#[tokio::test]
async fn a_name_with_strange_octets_is_asked_as_it_is() {
    let server = Server::start(|query, _, _| {
        let asked = query.queries[0].name();
        assert_eq!(asked.iter().next(), Some(b"a.b\x1b".as_slice()));
        found(query, &[hickory_net::proto::rr::Record::from_rdata(asked.clone(), 5, a("x", 5, "192.0.2.1").data)])
    })
    .await;
    let odd = Question::new(Name::from_labels([b"a.b\x1b".as_slice(), b"example"]).unwrap(), RecordType::A);
    let answer = resolvers(ENOUGH, System::default()).ask(&ResolverSpec::Plain(server.at), &odd).await.answer;
    assert_eq!(shown(&answer), ["5 192.0.2.1"]);
}

#[tokio::test]
async fn what_is_not_there_is_told_apart() {
    use ResponseCode::{NXDomain, NoError};
    let cases = [
        (NXDomain, vec![], vec![soa("example", 900, 60)], Outcome::NxDomain(Some(Ttl::new(60)))),
        (NXDomain, vec![], vec![soa("example", 30, 60)], Outcome::NxDomain(Some(Ttl::new(30)))),
        (NXDomain, vec![], vec![], Outcome::NxDomain(None)),
        (NoError, vec![], vec![soa("example", 900, 60)], Outcome::NoData(Some(Ttl::new(60)))),
        (NoError, vec![], vec![soa("elsewhere.test", 900, 60)], Outcome::NoData(None)),
        (NoError, vec![], vec![], Outcome::NoData(None)),
        (
            NoError,
            vec![cname("x.example", 9, "y.example")],
            vec![soa("example", 9, 7)],
            Outcome::NoData(Some(Ttl::new(7))),
        ),
        (
            NXDomain,
            vec![cname("x.example", 9, "y.test")],
            vec![soa("test", 9, 7)],
            Outcome::NxDomain(Some(Ttl::new(7))),
        ),
        (
            NoError,
            vec![],
            vec![ns("example", "ns.example")],
            Outcome::Other("not an answer, but a referral to the servers of example".into()),
        ),
        (ResponseCode::ServFail, vec![], vec![], Outcome::ServFail),
        (ResponseCode::Refused, vec![], vec![], Outcome::Refused),
        (ResponseCode::FormErr, vec![], vec![], Outcome::FormErr),
        (ResponseCode::NotImp, vec![], vec![], Outcome::Other("NOTIMP".into())),
        (ResponseCode::Unknown(13), vec![], vec![], Outcome::Other("RCODE 13".into())),
    ];
    for (rcode, answers, authorities, outcome) in cases {
        let said = (answers.clone(), authorities.clone());
        let server = Server::start(move |query, _, _| send(&reply(query, rcode, &said.0, &said.1))).await;
        let answer = ask(ResolverSpec::Plain(server.at), "x.example", RecordType::A).await;
        assert_eq!(answer.outcome, outcome, "{rcode:?} {answers:?} {authorities:?}");
        assert_eq!(answer.chain.len(), answers.len());
        // What knows no EDNS may not be able to say more than that.
        let baffled = matches!(rcode, ResponseCode::FormErr | ResponseCode::NotImp);
        assert_eq!(server.count(), if baffled { 2 } else { 1 }, "{rcode:?}");
    }
}

#[tokio::test]
async fn a_truncated_answer_is_asked_again_over_tcp() {
    let server = Server::start(|query, wire, _| {
        let mut response = reply(query, ResponseCode::NoError, &[a("x.example", 9, "192.0.2.1")], &[]);
        response.metadata.truncation = wire == Wire::Udp;
        if wire == Wire::Tcp {
            response.add_answer(a("x.example", 9, "192.0.2.2"));
        }
        send(&response)
    })
    .await;
    let answer = ask(ResolverSpec::Plain(server.at), "x.example", RecordType::A).await;
    assert_eq!(shown(&answer), ["9 192.0.2.1", "9 192.0.2.2"]);
    assert_eq!((answer.wire, answer.queries), (Wire::Tcp, 2));
}

#[tokio::test]
async fn a_truncated_answer_without_tcp_is_no_answer() {
    let server = Server::udp_only(|query, _, _| {
        let mut response = reply(query, ResponseCode::NoError, &[a("x.example", 9, "192.0.2.1")], &[]);
        response.metadata.truncation = true;
        send(&response)
    })
    .await;
    let answer = ask(ResolverSpec::Plain(server.at), "x.example", RecordType::A).await;
    assert_eq!(
        other(&answer),
        format!("truncated over UDP, and TCP failed: connection refused: {} over TCP", server.at)
    );
    assert_eq!((answer.wire, answer.queries), (Wire::Tcp, 2));
}

#[tokio::test]
async fn silence_is_asked_again() {
    let server = Server::start(|query, _, before| match before {
        0 => vec![],
        _ => found(query, &[a("x.example", 9, "192.0.2.1")]),
    })
    .await;
    let answer = resolvers(BRIEF, System::default())
        .ask(&ResolverSpec::Plain(server.at), &question("x.example", RecordType::A))
        .await
        .answer;
    assert_eq!(shown(&answer), ["9 192.0.2.1"]);
    assert_eq!((answer.queries, server.count()), (2, 2));
    assert!(answer.at.mono >= BRIEF.per_try);
}

#[tokio::test]
async fn a_silent_server_is_a_timeout_after_all_tries() {
    let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let patience = Patience { tries: 3, ..BRIEF };
    let answer = resolvers(patience, System::default())
        .ask(&ResolverSpec::Plain(silent.local_addr().unwrap()), &question("x.example", RecordType::A))
        .await
        .answer;
    assert_eq!((&answer.outcome, answer.queries), (&Outcome::Timeout, 3));
    assert!(answer.at.mono >= 3 * BRIEF.per_try && answer.elapsed < 12 * BRIEF.per_try);
}

#[tokio::test]
async fn a_port_that_nobody_listens_at_is_said_so() {
    let gone = server::nobody().await;
    for (spec, said) in [
        (ResolverSpec::Plain(gone), format!("port unreachable: {gone} over UDP")),
        (ResolverSpec::Tcp(gone), format!("connection refused: {gone} over TCP")),
    ] {
        assert_eq!(other(&ask(spec, "x.example", RecordType::A).await), said);
    }
}

#[tokio::test]
async fn strangers_and_garbage_do_not_answer() {
    let server = Server::start(|query, _, _| {
        let good = reply(query, ResponseCode::NoError, &[a("x.example", 9, "192.0.2.1")], &[]);
        let mut wrong_id = good.clone();
        wrong_id.metadata.id = !query.id;
        let mut wrong_question = good.clone();
        wrong_question.queries[0].name = name("y.example");
        let lie = a("x.example", 9, "192.0.2.66");
        wrong_id.answers = vec![lie.clone()];
        wrong_question.answers = vec![lie];
        vec![vec![], vec![7], b"garbage that is no message at all".to_vec()]
            .into_iter()
            .chain(send(&wrong_id))
            .chain(send(&wrong_question))
            .chain(send(&good))
            .collect()
    })
    .await;
    let answer = ask(ResolverSpec::Plain(server.at), "x.example", RecordType::A).await;
    assert_eq!(shown(&answer), ["9 192.0.2.1"]);
    assert_eq!(answer.queries, 1);
}

#[tokio::test]
async fn a_broken_message_of_the_server_itself_is_named() {
    let server = Server::start(|query, _, _| {
        let mut broken = query.id.to_be_bytes().to_vec();
        broken.extend([0x80, 0, 0, 1, 0, 9, 0, 0, 0, 0, 0xff]);
        vec![broken]
    })
    .await;
    let asked = question("x.example", RecordType::A);
    let answer = resolvers(BRIEF, System::default()).ask(&ResolverSpec::Plain(server.at), &asked).await.answer;
    assert!(other(&answer).contains("sent what is no DNS response"), "{answer:?}");
    assert_eq!(answer.queries, 2);
}

#[tokio::test]
async fn an_authoritative_server_is_not_asked_to_recurse() {
    let server = Server::start(|query, _, _| {
        assert!(!query.metadata.recursion_desired);
        found(query, &[a("x.example", 9, "192.0.2.1")])
    })
    .await;
    let spec = ResolverSpec::Authoritative(Host::Ip(server.at.ip()), server.at.port());
    assert_eq!(shown(&ask(spec, "x.example", RecordType::A).await), ["9 192.0.2.1"]);
}

#[tokio::test]
async fn many_questions_at_once_are_queued_and_none_is_lost() {
    let server = Server::start(|query, _, _| {
        let owner = query.queries[0].name().to_string();
        found(query, &[a(&owner, 9, "192.0.2.1")])
    })
    .await;
    let resolvers = Arc::new(resolvers(ENOUGH, System::default()));
    // As many datagrams as the kernel keeps for a server that is busy.
    for (spec, many) in [(ResolverSpec::Plain(server.at), 250), (ResolverSpec::Tcp(server.at), 400)] {
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..many {
            let (resolvers, spec) = (resolvers.clone(), spec.clone());
            tasks.spawn(async move {
                resolvers.ask(&spec, &question(&format!("n{n}.example"), RecordType::A)).await.answer
            });
        }
        while let Some(answer) = tasks.join_next().await {
            let answer = answer.unwrap();
            assert_eq!((shown(&answer), answer.queries), (vec!["9 192.0.2.1".to_owned()], 1), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn a_host_without_a_resolver_says_so_until_its_file_names_some() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let resolvers = resolvers(BRIEF, System::at(file.path()));
    let nobody = resolvers.ask(&ResolverSpec::System, &question("x.example", RecordType::A)).await.answer;
    assert_eq!(other(&nobody), format!("no resolver is configured in {}", file.path().display()));
    assert_eq!(nobody.queries, 0);
    for (written, expected) in [
        ("nameserver 192.0.2.1\nnameserver 2001:db8::1\n", vec!["192.0.2.1:53", "[2001:db8::1]:53"]),
        ("nameserver 192.0.2.2\n", vec!["192.0.2.2:53"]),
    ] {
        std::fs::write(file.path(), written).unwrap();
        let Panel { servers, .. } = resolvers.system_panel().await.unwrap();
        assert!(servers.iter().all(|server| server.via == Via::Udp));
        assert_eq!(servers.iter().map(|server| server.at.to_string()).collect::<Vec<_>>(), expected);
    }
}

/// Asks these, as if the host's configuration named them.
async fn ask_system(resolvers: &Resolvers, servers: &[SocketAddr], asked: &Question) -> Answer {
    let servers = servers.iter().map(|&at| link::Server { at, via: Via::Udp }).collect();
    let panel = Panel { servers, recurse: true, system: true };
    let mut trail = Trail::new(Wire::Udp, resolvers.patience.deadline());
    let outcome = resolvers.inquire(&panel, asked, &mut trail).await;
    resolvers.answers(&ResolverSpec::System, asked, outcome, trail).answer
}

async fn ask_one_of(patience: Patience, servers: &[SocketAddr]) -> Answer {
    ask_system(&resolvers(patience, System::default()), servers, &question("x.example", RecordType::A)).await
}

#[tokio::test]
async fn of_the_systems_servers_the_next_is_asked_when_one_cannot_say() {
    let good = Server::start(|query, _, _| found(query, &[a("x.example", 9, "192.0.2.1")])).await;
    for rcode in [ResponseCode::ServFail, ResponseCode::Refused, ResponseCode::NotImp] {
        // Once more without EDNS, in case it is that.
        let asked = if rcode == ResponseCode::NotImp { 2 } else { 1 };
        let bad = Server::start(move |query, _, _| send(&reply(query, rcode, &[], &[]))).await;
        let answer = ask_one_of(ENOUGH, &[bad.at, good.at]).await;
        assert_eq!((shown(&answer), answer.queries), (vec!["9 192.0.2.1".to_owned()], 1 + asked), "{rcode:?}");
        assert_eq!((bad.count(), answer.resolver), (asked as usize, ResolverSpec::Plain(good.at)), "{rcode:?}");
    }
    let absent = Server::start(|query, _, _| send(&reply(query, ResponseCode::NXDomain, &[], &[]))).await;
    let answer = ask_one_of(ENOUGH, &[absent.at, good.at]).await;
    assert_eq!((answer.outcome, answer.queries), (Outcome::NxDomain(None), 1));
    assert_eq!(answer.resolver, ResolverSpec::Plain(absent.at));
}

#[tokio::test]
async fn when_none_of_the_systems_servers_answers_the_last_word_counts_more_than_silence() {
    let refusing = Server::start(|query, _, _| send(&reply(query, ResponseCode::Refused, &[], &[]))).await;
    let failing = Server::start(|query, wire, _| {
        let mut response = reply(query, ResponseCode::ServFail, &[], &[]);
        response.metadata.truncation = wire == Wire::Udp;
        send(&response)
    })
    .await;
    let mute = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let silent = mute.local_addr().unwrap();
    let answer = ask_one_of(BRIEF, &[refusing.at, failing.at, silent]).await;
    assert_eq!((&answer.outcome, answer.wire), (&Outcome::ServFail, Wire::Tcp));
    assert_eq!((refusing.count(), failing.count(), answer.queries), (1, 2, 4));
    assert_eq!(answer.resolver, ResolverSpec::Plain(failing.at));

    let answer = ask_one_of(BRIEF, &[silent]).await;
    assert_eq!((answer.outcome, answer.resolver), (Outcome::Timeout, ResolverSpec::System));
}

#[tokio::test]
async fn the_next_server_is_asked_when_one_is_silent() {
    let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let server = Server::start(|query, _, _| found(query, &[a("x.example", 9, "192.0.2.1")])).await;
    let gone = silent.local_addr().unwrap();
    let answer = ask_one_of(BRIEF, &[gone, gone, server.at]).await;
    assert_eq!(shown(&answer), ["9 192.0.2.1"]);
    assert_eq!((answer.queries, server.count()), (3, 1));
    assert_eq!(answer.resolver, ResolverSpec::Plain(server.at));
    let spent = answer.at.mono;
    assert!(spent < BRIEF.per_try * 2, "the time of two tries is shared by three servers: {spent:?}");
}

#[tokio::test]
async fn a_resolver_named_by_its_name_is_found_once_through_the_system() {
    let server = Server::start(|query, _, _| found(query, &[a("x.example", 9, "192.0.2.1")])).await;
    let resolvers = resolvers(ENOUGH, System::default());
    let host = Name::parse("ns.example").unwrap();
    let until = resolvers.clock.now() + Duration::from_secs(60);
    lock(&resolvers.hosts).insert(host.clone(), Located { addresses: vec![server.at.ip()], until });
    let spec = ResolverSpec::Authoritative(Host::Name(host), server.at.port());
    let answer = resolvers.ask(&spec, &question("x.example", RecordType::A)).await.answer;
    assert_eq!((shown(&answer), answer.queries), (vec!["9 192.0.2.1".to_owned()], 1));
}
