//! A small world in which everything may lead to everything: what a resolver could say of it, and who asks.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::select;
use trunktop::locate::{self, Engine};
use trunktop::model::{
    AddressOrder, Answer, Cname, Dial, Method, Moment, Name, Naptr, Outcome, Question, Rdata, Record, RecordType,
    ResolverSpec, Srv, Text, Ttl, Wire,
};

use crate::laws::every_engine;
use crate::zone::name;

/// The owner names of a small world, in which everything may lead to everything.
pub(super) const NAMES: [&str; 7] = [
    "acme.example",
    "_sips._tcp.acme.example",
    "_sip._tcp.acme.example",
    "_sip._udp.acme.example",
    "a.acme.example",
    "b.acme.example",
    "c.acme.example",
];

const URIS: [&str; 12] = [
    "sip:acme.example",
    "sips:acme.example",
    "sip:acme.example:5080",
    "sip:acme.example;transport=tcp",
    "sips:acme.example;transport=tcp",
    "sips:acme.example;transport=ws",
    "sip:acme.example;transport=sctp",
    "sip:acme.example;maddr=a.acme.example",
    "sips:b.acme.example;maddr=c.acme.example",
    "sip:192.0.2.1",
    "sip:[2001:db8::1];transport=tls",
    "sip:_sip._udp.acme.example",
];

fn names() -> impl Strategy<Value = Name> {
    prop_oneof![9 => select(&NAMES[..]).prop_map(|raw| name(raw).unwrap()), 1 => Just(Name::root())]
}

fn rdata() -> impl Strategy<Value = Rdata> {
    let services = ["SIP+D2U", "SIP+D2T", "SIPS+D2T", "sips+d2t", "SIP+D2W", "SIPS+D2S", "E2U+sip", "", "\u{1b}[2J"];
    let naptr = (0..3_u16, 0..3_u16, select(&["s", "S", "a", "u", ""][..]), select(services.to_vec()), names());
    prop_oneof![
        3 => naptr.prop_map(|(order, preference, flags, service, replacement)| {
            let (flags, service, regexp) = (Text::new(flags), Text::new(service), Text::new(""));
            Rdata::Naptr(Naptr { order, preference, flags, service, regexp, replacement })
        }),
        4 => srv().prop_map(Rdata::Srv),
        2 => any::<u32>().prop_map(|bits| Rdata::A(Ipv4Addr::from(bits))),
        2 => any::<u128>().prop_map(|bits| Rdata::Aaaa(Ipv6Addr::from(bits))),
    ]
}

fn srv() -> impl Strategy<Value = Srv> {
    let weight = prop_oneof![Just(0), Just(1), Just(u16::MAX), any::<u16>()];
    (0..3_u16, weight, any::<u16>(), names()).prop_map(|(priority, weight, port, target)| Srv {
        priority,
        weight,
        port,
        target,
    })
}

fn record() -> impl Strategy<Value = Record> {
    (any::<u32>(), rdata()).prop_map(|(ttl, rdata)| Record { ttl: Ttl::new(ttl), rdata })
}

/// Records of any type in answer to any question, failures, and denials with and without a TTL.
fn outcome() -> impl Strategy<Value = Outcome> {
    let failures = vec![
        Outcome::ServFail,
        Outcome::Refused,
        Outcome::FormErr,
        Outcome::Timeout,
        Outcome::Loop,
        Outcome::Other(Text::new("truncated")),
    ];
    prop_oneof![
        6 => prop::collection::vec(record(), 1..6).prop_map(Outcome::Records),
        2 => Just(Outcome::NoData(None)),
        1 => Just(Outcome::NxDomain(Some(Ttl::new(60)))),
        1 => select(failures),
    ]
}

/// The records of the type asked for come often enough that walks go somewhere.
fn sensible(question: &Question, outcome: Outcome) -> Outcome {
    let Outcome::Records(records) = outcome else { return outcome };
    let fits = |record: &Record| {
        matches!(
            (&record.rdata, question.rtype),
            (Rdata::Naptr(_), RecordType::Naptr)
                | (Rdata::Srv(_), RecordType::Srv)
                | (Rdata::A(_), RecordType::A)
                | (Rdata::Aaaa(_), RecordType::Aaaa)
        )
    };
    let kept: Vec<Record> = records.into_iter().filter(fits).collect();
    if kept.is_empty() { Outcome::NoData(None) } else { Outcome::Records(kept) }
}

pub(super) type World = BTreeMap<Question, (Outcome, Vec<Cname>)>;

pub(super) fn world(sense: bool) -> impl Strategy<Value = World> {
    let chain = prop::collection::vec((names(), names(), any::<u32>()), 0..3);
    prop::collection::vec((outcome(), chain), NAMES.len() * 4).prop_map(move |said| {
        let types = [RecordType::Naptr, RecordType::Srv, RecordType::A, RecordType::Aaaa];
        let questions = NAMES.iter().flat_map(|raw| types.map(|rtype| Question::new(name(raw).unwrap(), rtype)));
        let answers = questions.zip(said).map(|(question, (outcome, chain))| {
            let chain =
                chain.into_iter().map(|(owner, target, ttl)| Cname { owner, target, ttl: Ttl::new(ttl), dname: None });
            let outcome = if sense { sensible(&question, outcome) } else { outcome };
            (question, (outcome, chain.collect()))
        });
        answers.collect()
    })
}

/// One to three URIs, with whatever is spoken.
pub(super) fn dial() -> impl Strategy<Value = Dial> {
    let lists = ["tls,tcp,udp", "udp,tcp", "udp", "tls", "wss,tls,udp,ws", "sctp,tls-sctp,tcp"];
    let orders = select(&[AddressOrder::V6First, AddressOrder::V4First, AddressOrder::AsReceived][..]);
    let methods = select(vec![Method::Invite, Method::Register]);
    (select(&URIS[..]), prop::collection::vec(select(&URIS[..]), 0..3), select(lists.to_vec()), orders, methods)
        .prop_map(|(uri, more, transports, addresses, method)| Dial {
            uri: uri.parse().unwrap(),
            more_uris: more.into_iter().map(|uri| uri.parse().unwrap()).collect(),
            transports: transports.parse().unwrap(),
            addresses,
            method,
        })
}

/// The reference, with each of its settings.
pub(super) fn reference() -> impl Strategy<Value = Arc<dyn Engine>> {
    let names = ["rfc3263", "rfc3263:naptr_orders=all", "rfc3263:ask_sips=no", "rfc3263:naptr_orders=all,ask_sips=no"];
    select(names.to_vec()).prop_map(|name| locate::engine(name).unwrap())
}

/// The reference as often as all stacks together, with their settings.
pub(super) fn engine() -> impl Strategy<Value = Arc<dyn Engine>> {
    prop_oneof![reference(), select(every_engine())]
}

/// The same, with the records of each answer in another order.
pub(super) fn turned(world: &World, turns: u64) -> World {
    let turn = |(at, (question, (outcome, chain))): (u64, (&Question, &(Outcome, Vec<Cname>)))| {
        let outcome = match outcome {
            Outcome::Records(records) => {
                let mut records = records.clone();
                let by = usize::try_from((turns >> (at % 48)) & 7).unwrap() % records.len();
                records.rotate_left(by);
                if turns & 1 == 1 {
                    records.reverse();
                }
                Outcome::Records(records)
            }
            other => other.clone(),
        };
        (question.clone(), (outcome, chain.clone()))
    };
    (0..).zip(world).map(turn).collect()
}

pub(super) fn now() -> Moment {
    Moment { mono: Duration::from_secs(100), wall: Timestamp::UNIX_EPOCH }
}

pub(super) fn answer(world: &World, question: &Question) -> Answer {
    let (outcome, chain) =
        world.get(question).cloned().unwrap_or_else(|| (Outcome::NxDomain(Some(Ttl::new(60))), Vec::new()));
    let (elapsed, resolver) = (Duration::ZERO, ResolverSpec::System);
    Answer { question: question.clone(), outcome, chain, resolver, wire: Wire::Udp, at: now(), elapsed, queries: 1 }
}
