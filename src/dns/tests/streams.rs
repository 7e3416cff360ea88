//! Connections: kept, broken, encrypted.

use hickory_net::proto::op::{Metadata, ResponseCode};
use hickory_net::runtime::Time;
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo};
use hickory_server::zone_handler::MessageResponseBuilder;
use rustls::RootCertStore;

use super::server::{HANG_UP, Server, a, found, name, reply, send};
use super::*;

#[tokio::test]
async fn a_connection_is_kept_and_made_anew_when_it_is_dead() {
    let good = |query: &Message| found(query, &[a("x.example", 9, "192.0.2.1")]);
    let asked = question("x.example", RecordType::A);

    let server = Server::start(move |query, _, _| good(query)).await;
    let kept = resolvers(ENOUGH, System::default());
    for _ in 0..3 {
        assert_eq!(kept.ask(&ResolverSpec::Tcp(server.at), &asked).await.answer.queries, 1);
    }
    assert_eq!(server.connections(), 1);

    // Ended by the server before the next question, which does not even notice.
    let server = Server::start(move |query, _, _| good(query).into_iter().chain([HANG_UP.into()]).collect()).await;
    let (idle, spec) = (resolvers(ENOUGH, System::default()), ResolverSpec::Tcp(server.at));
    assert_eq!(shown(&idle.ask(&spec, &asked).await.answer), ["9 192.0.2.1"]);
    let link = lock(&idle.links).values().next().unwrap().clone();
    link.ended().await;
    assert_eq!(idle.ask(&spec, &asked).await.answer.queries, 1);
    assert_eq!(server.connections(), 2);

    // Ended in place of an answer.
    let server = Server::start(|_, _, _| vec![HANG_UP.into()]).await;
    let cut = ask(ResolverSpec::Tcp(server.at), "x.example", RecordType::A).await;
    assert_eq!(other(&cut), format!("{} closed the connection over TCP without an answer", server.at));
    assert_eq!((cut.queries, server.connections()), (2, 2));

    // Dead without a word.
    let server = Server::start(move |query, _, before| if before == 0 { vec![] } else { good(query) }).await;
    let dead = resolvers(BRIEF, System::default()).ask(&ResolverSpec::Tcp(server.at), &asked).await.answer;
    assert_eq!((shown(&dead), dead.queries), (vec!["9 192.0.2.1".to_owned()], 2));
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn over_a_stream_an_answer_to_another_question_is_none() {
    let server = Server::start(|query, _, _| {
        let mut astray = reply(query, ResponseCode::NoError, &[a("x.example", 9, "192.0.2.66")], &[]);
        astray.queries[0].name = name("y.example");
        send(&astray)
    })
    .await;
    let answer = ask(ResolverSpec::Tcp(server.at), "x.example", RecordType::A).await;
    assert!(other(&answer).ends_with("the response is to another question"), "{answer:?}");
}

fn identity(names: &[&str]) -> (Arc<rustls::ServerConfig>, RootCertStore) {
    let names: Vec<_> = names.iter().map(|&n| n.to_owned()).collect();
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    (Arc::new(config), roots)
}

fn trusting(roots: RootCertStore) -> Resolvers {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let tls = builder.with_root_certificates(roots).with_no_client_auth();
    Resolvers::over(Arc::new(Now(Instant::now())), ENOUGH, tls, System::default())
}

#[tokio::test]
async fn dns_over_tls_answers_and_its_certificate_must_name_it() {
    let spec = |server: &Server| ResolverSpec::Tls(Host::Ip(server.at.ip()), server.at.port());
    let asked = question("x.example", RecordType::A);

    let (config, roots) = identity(&["127.0.0.1"]);
    let server = Server::tls(config.into(), |query, _, _| found(query, &[a("x.example", 9, "192.0.2.1")])).await;
    let answer = trusting(roots).ask(&spec(&server), &asked).await.answer;
    assert_eq!((shown(&answer), answer.wire), (vec!["9 192.0.2.1".to_owned()], Wire::Tls));

    let untrusted = ask(spec(&server), "x.example", RecordType::A).await;
    assert!(other(&untrusted).contains("UnknownIssuer"), "{untrusted:?}");

    let (config, roots) = identity(&["dns.example"]);
    let server = Server::tls(config.into(), |query, _, _| found(query, &[a("x.example", 9, "192.0.2.1")])).await;
    let misnamed = trusting(roots).ask(&spec(&server), &asked).await.answer;
    assert!(other(&misnamed).contains("not valid for name"), "{misnamed:?}");
    assert_eq!(server.count(), 0);
}

/// Answers every question with one address.
struct OneAddress;

#[async_trait]
impl RequestHandler for OneAddress {
    async fn handle_request<R: ResponseHandler, T: Time>(&self, request: &Request, mut out: R) -> ResponseInfo {
        let owner = request.request_info().unwrap().query.name().to_string();
        let records = [a(&owner, 9, "192.0.2.1")];
        let builder = MessageResponseBuilder::from_message_request(request);
        let none: [&hickory_net::proto::rr::Record; 0] = [];
        out.send_response(builder.build(Metadata::response_from_request(&request.metadata), &records, none, none, none))
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn dns_over_https_answers_and_its_certificate_must_name_it() {
    for (names, path, said) in [
        (["127.0.0.1"], "/dns-query", ""),
        (["127.0.0.1"], "/elsewhere", "stream error"),
        (["dns.example"], "/dns-query", "not valid for name"),
    ] {
        let (config, roots) = identity(&names);
        let mut config = (*config).clone();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let mut server = hickory_server::Server::new(OneAddress);
        server
            .register_https_listener_with_tls_config(
                listener,
                ENOUGH.per_try,
                Arc::new(config),
                None,
                "/dns-query".into(),
            )
            .unwrap();
        let spec = ResolverSpec::Https(Host::Ip(at.ip()), at.port(), path.into());
        let resolvers = trusting(roots);
        for _ in 0..2 {
            let answer = resolvers.ask(&spec, &question("x.example", RecordType::A)).await.answer;
            assert_eq!(answer.wire, Wire::Https);
            match said {
                "" => assert_eq!((shown(&answer), answer.queries), (vec!["9 192.0.2.1".to_owned()], 1), "{answer:?}"),
                _ => assert!(other(&answer).contains(said), "{answer:?}"),
            }
        }
    }
}
