//! Resolvers that die, come back, are slow.

use super::server::{Server, a, found};
use super::*;

/// So much of the patience with one try may a slow server take.
const NEARLY: f64 = 0.6;

#[tokio::test]
async fn a_server_that_is_gone_and_comes_back_on_its_port_is_used_again() {
    let good = |query: &Message| found(query, &[a("x.example", 9, "192.0.2.1")]);
    let asked = question("x.example", RecordType::A);
    for tcp in [false, true] {
        let resolvers = resolvers(ENOUGH, System::default());
        let mut server = Server::start(move |query, _, _| good(query)).await;
        let at = server.at;
        let spec = if tcp { ResolverSpec::Tcp(at) } else { ResolverSpec::Plain(at) };
        for _ in 0..3 {
            assert_eq!(shown(&resolvers.ask(&spec, &asked).await.answer), ["9 192.0.2.1"]);
            drop(server);
            // Until its tasks have ended, a question may still be taken and never answered: it is not asked.
            while std::net::UdpSocket::bind(at).is_err() || std::net::TcpListener::bind(at).is_err() {
                tokio::task::yield_now().await;
            }
            let said = other(&resolvers.ask(&spec, &asked).await.answer).to_owned();
            let expected = if tcp { "connection refused: " } else { "port unreachable: " };
            assert!(said.starts_with(expected) || (tcp && said.contains("closed the connection")), "{said}");
            server = Server::again(at, move |query, _, _| good(query)).await;
        }
        assert_eq!(shown(&resolvers.ask(&spec, &asked).await.answer), ["9 192.0.2.1"]);
    }
}

#[tokio::test]
async fn a_port_that_closes_under_a_question_is_told_to_all_who_wait_on_it() {
    let mute = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at = mute.local_addr().unwrap();
    let resolvers = Arc::new(resolvers(BRIEF, System::default()));
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..100 {
        let resolvers = resolvers.clone();
        tasks.spawn(async move {
            let asked = question(&format!("n{n}.example"), RecordType::A);
            resolvers.ask(&ResolverSpec::Plain(at), &asked).await.answer
        });
    }
    let mut buffer = [0; 512];
    for _ in 0..100 {
        mute.recv_from(&mut buffer).await.unwrap();
    }
    // The first tries are lost in silence; the second find the port closed.
    drop(mute);
    for answer in tasks.join_all().await {
        assert_eq!((other(&answer), answer.queries), (format!("port unreachable: {at} over UDP").as_str(), 2));
    }
}

#[tokio::test]
async fn an_answer_just_within_patience_is_taken_and_one_after_it_is_not() {
    for (part, queries, known) in [(NEARLY, 1, true), (1.5, 2, false)] {
        let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let at = server.local_addr().unwrap();
        let answering = tokio::spawn(async move {
            let mut buffer = [0; 512];
            let (length, peer) = server.recv_from(&mut buffer).await.unwrap();
            let query = Message::from_vec(&buffer[..length]).unwrap();
            tokio::time::sleep(BRIEF.per_try.mul_f64(part)).await;
            server.send_to(&found(&query, &[a("x.example", 9, "192.0.2.1")])[0], peer).await.unwrap();
            server
        });
        let asked = question("x.example", RecordType::A);
        let answer = resolvers(BRIEF, System::default()).ask(&ResolverSpec::Plain(at), &asked).await.answer;
        assert_eq!((answer.outcome.is_answer(), answer.queries), (known, queries), "{answer:?}");
        answering.await.unwrap();
    }
}

#[tokio::test]
async fn the_second_answer_to_a_question_that_was_asked_twice_disturbs_no_other() {
    // Each first question is answered together with the second, by its own id.
    let held = Mutex::new(Vec::new());
    let server = Server::start(move |query, _, before| {
        let owner = query.queries[0].name().to_string();
        let reply = found(query, &[a(&owner, 9, &format!("192.0.2.{before}"))]);
        let mut held = lock(&held);
        if before == 0 {
            held.extend(reply);
            return Vec::new();
        }
        held.drain(..).chain(reply).collect()
    })
    .await;
    let resolvers = resolvers(BRIEF, System::default());
    let spec = ResolverSpec::Plain(server.at);
    let first = resolvers.ask(&spec, &question("x.example", RecordType::A)).await.answer;
    assert_eq!((shown(&first), first.queries), (vec!["9 192.0.2.1".to_owned()], 2));
    let next = resolvers.ask(&spec, &question("y.example", RecordType::A)).await.answer;
    assert_eq!((shown(&next), next.queries), (vec!["9 192.0.2.2".to_owned()], 1));
}
