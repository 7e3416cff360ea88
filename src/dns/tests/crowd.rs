//! More questions at once than may be under way.

use tokio::task::JoinSet;

use super::datagram::IN_FLIGHT;
use super::server::{Server, a, found};
use super::*;

const SOME: Patience = Patience { per_try: Duration::from_secs(2), tries: 2 };

/// Asks as many different questions of these servers of the system, all at once.
async fn crowd(patience: Patience, servers: &[SocketAddr], size: usize) -> Vec<Answer> {
    let resolvers = Arc::new(resolvers(patience, System::default()));
    let mut tasks = JoinSet::new();
    for n in 0..size {
        let (resolvers, servers) = (resolvers.clone(), servers.to_vec());
        let asked = question(&format!("n{n}.example"), RecordType::A);
        tasks.spawn(async move { ask_system(&resolvers, &servers, &asked).await });
    }
    tasks.join_all().await
}

#[tokio::test]
async fn a_dead_server_settles_any_number_of_questions_in_the_time_of_one() {
    let dead = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at = dead.local_addr().unwrap();
    let answers = crowd(BRIEF, &[at], 4 * IN_FLIGHT).await;
    let last = answers.iter().map(|answer| answer.at.mono).max().unwrap();
    assert!(
        last < 3 * BRIEF.per_try * BRIEF.tries,
        "in the time of one, and what making thousands of them costs: {last:?}"
    );
    let (sent, unsent): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.queries > 0);
    assert!(sent.len() >= IN_FLIGHT && unsent.len() > 1000, "{} sent, {} not", sent.len(), unsent.len());
    for answer in sent {
        assert_eq!(answer.outcome, Outcome::Timeout, "what was sent and got nothing is a timeout");
    }
    for answer in unsent {
        assert_eq!(other(answer), format!("too many questions to {at} are under way: this one was not sent"));
        assert_eq!((answer.elapsed, &answer.resolver), (Duration::ZERO, &ResolverSpec::System));
    }
}

#[tokio::test]
async fn a_crowd_before_a_dead_server_leaves_time_for_the_next() {
    let dead = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let good = Server::start(|query, _, _| {
        let owner = query.queries[0].name().to_string();
        found(query, &[a(&owner, 9, "192.0.2.1")])
    })
    .await;
    for answer in crowd(SOME, &[dead.local_addr().unwrap(), good.at], 400).await {
        assert_eq!((shown(&answer), &answer.resolver), (vec!["9 192.0.2.1".to_owned()], &ResolverSpec::Plain(good.at)));
    }
}

#[tokio::test]
async fn waiting_for_a_turn_is_not_the_servers_slowness() {
    let server = Server::start(|query, _, _| match query.queries[0].name().to_string().as_str() {
        "x.example." => found(query, &[a("x.example", 9, "192.0.2.1")]),
        _ => vec![],
    })
    .await;
    let resolvers = Arc::new(resolvers(SOME, System::default()));
    let mut held = JoinSet::new();
    for _ in 0..IN_FLIGHT {
        let (resolvers, spec) = (resolvers.clone(), ResolverSpec::Plain(server.at));
        held.spawn(async move { resolvers.ask(&spec, &question("silent.example", RecordType::A)).await.answer });
    }
    while server.count() < IN_FLIGHT {
        tokio::task::yield_now().await;
    }
    let asked = resolvers.clock.now();
    let answer = resolvers.ask(&ResolverSpec::Plain(server.at), &question("x.example", RecordType::A)).await.answer;
    assert_eq!((shown(&answer), answer.queries), (vec!["9 192.0.2.1".to_owned()], 1));
    let whole = answer.at.since(asked);
    assert!(answer.elapsed < whole / 2, "{:?} of {whole:?}", answer.elapsed);
}
