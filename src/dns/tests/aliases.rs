//! Chains: CNAME and DNAME, followed, made, endless.

use hickory_net::proto::rr::rdata::NULL;
use hickory_net::proto::rr::{self, Record};

use super::server::{Server, a, cname, found, name, record, reply, send, soa};
use super::*;
use crate::model::Cname;

fn chain(answer: &Answer) -> Vec<String> {
    let shown = answer.chain.iter().map(|Cname { owner, target, ttl, dname }| {
        let by = dname.as_ref().map_or_else(String::new, |dname| format!(" by {dname}"));
        format!("{owner} -> {target} {ttl}{by}")
    });
    shown.collect()
}

/// As it is on the wire; hickory knows no DNAME.
fn dname(owner: &str, ttl: u32, target: &str) -> Record {
    let mut octets = Vec::new();
    for label in &name(target) {
        octets.push(u8::try_from(label.len()).unwrap());
        octets.extend(label);
    }
    octets.push(0);
    record(owner, ttl, RData::Unknown { code: rr::RecordType::DNAME, rdata: NULL::with(octets) })
}

#[tokio::test]
async fn the_chain_is_followed_in_whatever_order_it_came() {
    let server = Server::start(|query, _, _| {
        found(
            query,
            &[
                a("c.example", 10, "192.0.2.3"),
                cname("b.example", 20, "C.example"),
                cname("A.example", 30, "b.example"),
                a("stranger.example", 99, "192.0.2.66"),
            ],
        )
    })
    .await;
    let answer = ask(ResolverSpec::Plain(server.at), "a.example", RecordType::A).await;
    assert_eq!(shown(&answer), ["10 192.0.2.3"]);
    assert_eq!(chain(&answer), ["a.example -> b.example 30", "b.example -> c.example 20"]);
    assert_eq!(answer.ttl(), Some(Ttl::new(10)));
}

#[tokio::test]
async fn an_alias_that_was_not_followed_is_asked_for() {
    let server = Server::start(|query, _, _| match query.queries[0].name().to_string().as_str() {
        "x.example." => found(query, &[cname("x.example", 9, "y.test")]),
        "y.test." => found(query, &[a("y.test", 8, "192.0.2.9")]),
        other => panic!("{other}"),
    })
    .await;
    let answer = ask(ResolverSpec::Plain(server.at), "x.example", RecordType::A).await;
    assert_eq!(shown(&answer), ["8 192.0.2.9"]);
    assert_eq!(chain(&answer), ["x.example -> y.test 9"]);
    assert_eq!(answer.queries, 2);
}

#[tokio::test]
async fn loops_and_endless_chains_end() {
    let server = Server::start(|query, _, _| match query.queries[0].name().to_string().as_str() {
        "x.example." => found(query, &[cname("x.example", 9, "y.example"), cname("y.example", 9, "x.example")]),
        "own.example." => found(query, &[cname("own.example", 9, "own.example")]),
        endless => found(query, &[cname(endless, 9, &format!("n{endless}"))]),
    })
    .await;
    for (owner, queries) in [("x.example", 1), ("own.example", 1), ("endless", 17)] {
        let answer = ask(ResolverSpec::Plain(server.at), owner, RecordType::A).await;
        assert_eq!((&answer.outcome, answer.queries), (&Outcome::Loop, queries), "{owner}");
    }
}

#[tokio::test]
async fn an_alias_made_of_a_dname_says_so_whether_the_server_made_it_or_we() {
    let end = || a("X.new.example", 10, "192.0.2.3");
    let made = || cname("x.old.example", 0, "x.NEW.example");
    for (answers, by) in [
        (vec![dname("old.example", 300, "new.example"), made(), end()], "300 by old.example"),
        (vec![end(), made(), dname("OLD.example", 300, "new.example")], "300 by old.example"),
        (vec![dname("old.example", 300, "new.example"), end()], "300 by old.example"),
        // Another DNAME, or one that says something else, made no such alias.
        (vec![dname("elsewhere.example", 300, "new.example"), made(), end()], "0"),
        (vec![dname("old.example", 300, "other.example"), made(), end()], "0"),
        // It is not about its own owner.
        (vec![dname("x.old.example", 300, "new.example"), made(), end()], "0"),
    ] {
        let server = Server::start(move |query, _, _| found(query, &answers)).await;
        let answer = ask(ResolverSpec::Plain(server.at), "x.old.example", RecordType::A).await;
        assert_eq!(chain(&answer), [format!("x.old.example -> x.new.example {by}")]);
        assert_eq!((shown(&answer), answer.queries), (vec!["10 192.0.2.3".to_owned()], 1));
    }
}

#[tokio::test]
async fn dnames_and_cnames_are_followed_through_each_other_and_through_messages() {
    let server = Server::start(|query, _, _| match query.queries[0].name().to_string().as_str() {
        "_sip._udp.a.example." => found(
            query,
            &[
                dname("b.example", 20, "c.test"),
                dname("a.example", 30, "b.example"),
                cname("_sip._udp.c.test", 9, "d.test"),
            ],
        ),
        "d.test." => found(query, &[cname("d.test", 8, "e.e.test"), dname("e.test", 7, ".")]),
        "e." => send(&reply(query, ResponseCode::NXDomain, &[], &[soa("", 900, 60)])),
        other => panic!("{other}"),
    })
    .await;
    let answer = ask(ResolverSpec::Plain(server.at), "_sip._udp.a.example", RecordType::Srv).await;
    assert_eq!(
        chain(&answer),
        [
            "_sip._udp.a.example -> _sip._udp.b.example 30 by a.example",
            "_sip._udp.b.example -> _sip._udp.c.test 20 by b.example",
            "_sip._udp.c.test -> d.test 9",
            "d.test -> e.e.test 8",
            "e.e.test -> e 7 by e.test",
        ]
    );
    assert_eq!((&answer.outcome, answer.queries), (&Outcome::NxDomain(Some(Ttl::new(60))), 3));
    assert_eq!(answer.ttl(), Some(Ttl::new(7)));
}

#[tokio::test]
async fn dnames_that_go_round_or_grow_for_ever_end() {
    let long = "l".repeat(60);
    let growing = format!("{long}.grow.example");
    let server = Server::start(move |query, _, _| {
        found(
            query,
            &[
                dname("a.example", 9, "b.example"),
                dname("b.example", 9, "a.example"),
                dname("longer.example", 9, "n.longer.example"),
                dname("grow.example", 9, &growing),
            ],
        )
    })
    .await;
    for owner in ["x.a.example", "x.longer.example"] {
        let answer = ask(ResolverSpec::Plain(server.at), owner, RecordType::A).await;
        assert_eq!((&answer.outcome, answer.queries), (&Outcome::Loop, 1), "{owner}");
    }
    let answer = ask(ResolverSpec::Plain(server.at), "x.grow.example", RecordType::A).await;
    let last = [long.as_str(); 3].join(".");
    assert_eq!(
        other(&answer),
        format!("the DNAME at grow.example makes a name of x.{last}.grow.example. that is too long (YXDOMAIN)")
    );
    assert_eq!((answer.chain.len(), answer.queries), (3, 1));
}
