//! Walks over anything that a resolver could say, sense or nonsense.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::select;
use trunktop::locate::{self, Need, Walk};
use trunktop::model::{
    AddressOrder, Answer, Cname, Conclusion, Dial, Method, Moment, Name, Naptr, Outcome, Question, Rdata, Reading,
    Record, RecordType, Resolution, ResolverSpec, Share, Srv, Survey, Text, Transports, Ttl, Wire,
};

use crate::zone::name;

/// The owner names of a small world, in which everything may lead to everything.
const NAMES: [&str; 7] = [
    "acme.example",
    "_sips._tcp.acme.example",
    "_sip._tcp.acme.example",
    "_sip._udp.acme.example",
    "a.acme.example",
    "b.acme.example",
    "c.acme.example",
];

const URIS: [&str; 9] = [
    "sip:acme.example",
    "sips:acme.example",
    "sip:acme.example:5080",
    "sip:acme.example;transport=tcp",
    "sips:acme.example;transport=tcp",
    "sip:acme.example;maddr=a.acme.example",
    "sip:192.0.2.1",
    "sip:[2001:db8::1];transport=tls",
    "sip:_sip._udp.acme.example",
];

/// A walk has at most NAPTR, the SRV of each record of an order, and addresses; each turn asks something new.
const MOST_TURNS: usize = NAMES.len() * 4;

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

type World = BTreeMap<Question, (Outcome, Vec<Cname>)>;

fn world(sense: bool) -> impl Strategy<Value = World> {
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

fn dial() -> impl Strategy<Value = Dial> {
    let transports = select(&["tls,tcp,udp", "udp,tcp", "udp", "tls", "wss,ws,sctp", "sctp,udp"][..]);
    let orders = select(&[AddressOrder::V6First, AddressOrder::V4First, AddressOrder::AsReceived][..]);
    (select(&URIS[..]), transports, orders).prop_map(|(uri, transports, addresses)| {
        let (uri, transports): (_, Transports) = (uri.parse().unwrap(), transports.parse().unwrap());
        Dial { uri, more_uris: Vec::new(), transports, addresses, method: Method::Invite }
    })
}

fn now() -> Moment {
    Moment { mono: Duration::from_secs(100), wall: Timestamp::UNIX_EPOCH }
}

fn answer(world: &World, question: &Question) -> Answer {
    let (outcome, chain) =
        world.get(question).cloned().unwrap_or_else(|| (Outcome::NxDomain(Some(Ttl::new(60))), Vec::new()));
    let (elapsed, resolver) = (Duration::ZERO, ResolverSpec::System);
    Answer { question: question.clone(), outcome, chain, resolver, wire: Wire::Udp, at: now(), elapsed, queries: 1 }
}

/// Walks to the end; what is needed must be new, and the end must come.
fn walk(dial: &Dial, world: &World, reading: Reading) -> Result<Resolution, TestCaseError> {
    let mut survey = Survey::default();
    for _ in 0..=MOST_TURNS {
        match locate::reference().walk(dial, &survey, reading, now()) {
            Walk::Done(resolution) => return Ok(*resolution),
            Walk::Need(Need { must: questions, .. }) => {
                prop_assert!(!questions.is_empty(), "it needs nothing, and is not done");
                for question in questions {
                    prop_assert!(survey.get(&question).is_none(), "{question} was answered already");
                    survey.insert(Arc::new(answer(world, &question)));
                }
            }
        }
    }
    Err(TestCaseError::fail("the walk does not end"))
}

/// What holds for any resolution.
fn sound(resolution: &Resolution) -> Result<(), TestCaseError> {
    for (at, tier) in resolution.tiers.iter().enumerate() {
        let first: f64 = tier.targets.iter().map(|target| target.first.0).sum();
        let all = if at == 0 { 1.0 } else { 0.0 };
        prop_assert!((first - all).abs() < 1e-9, "tier {at}: the first shares sum to {first}");
        prop_assert!(!tier.targets.is_empty());
        prop_assert!(tier.targets.iter().all(|target| !target.addresses.is_empty() && target.first >= Share::NONE));
    }
    let priorities: Vec<_> = resolution.tiers.iter().map(|tier| tier.priority).collect();
    prop_assert!(priorities.windows(2).all(|pair| pair[0] < pair[1]), "{priorities:?}");
    prop_assert_eq!(resolution.tiers.is_empty(), resolution.conclusion != Conclusion::Found);
    for step in &resolution.steps {
        let records = step.answer().map_or(0, |answer| answer.outcome.records().len());
        prop_assert!(step.taken.is_empty() || step.taken.len() <= records, "{}", step.question);
        prop_assert!(!step.why.is_empty() && !step.why.contains('\u{1b}'), "{:?}", step.why);
    }
    prop_assert!(!locate::tree(resolution).is_empty(), "it can be drawn");
    Ok(())
}

/// The tree shows each address that may be tried, as often as there are ways to it.
fn drawn(resolution: &Resolution) -> Result<(), TestCaseError> {
    let rows = locate::tree(resolution);
    let mut shown: Vec<_> = rows
        .iter()
        .filter_map(|row| match row.item {
            locate::Item::Address { endpoint, .. } => Some(endpoint),
            _ => None,
        })
        .collect();
    let mut tried: Vec<_> = resolution.candidates().map(|candidate| candidate.endpoint()).collect();
    shown.sort();
    tried.sort();
    prop_assert_eq!(shown, tried, "{:?}", resolution);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_garbage_is_walked_to_an_end(dial in dial(), world in world(false), drawn in any::<bool>()) {
        let reading = if drawn { Reading::Drawn } else { Reading::Engine };
        sound(&walk(&dial, &world, reading)?)?;
    }

    #[test]
    fn any_zone_is_walked_to_an_end(dial in dial(), world in world(true)) {
        let resolution = walk(&dial, &world, Reading::Engine)?;
        sound(&resolution)?;
        drawn(&resolution)?;
    }

    #[test]
    fn the_order_of_records_in_an_answer_changes_nothing(dial in dial(), world in world(true), turns in any::<u64>()) {
        let dial = Dial { addresses: AddressOrder::V6First, ..dial };
        let turned: World = (0_u64..).zip(&world).map(|(at, (question, (outcome, chain)))| {
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
        }).collect();
        let (one, other) = (walk(&dial, &world, Reading::Engine)?, walk(&dial, &turned, Reading::Engine)?);
        prop_assert_eq!(&one.tiers, &other.tiers);
        prop_assert_eq!(&one.conclusion, &other.conclusion);
        let decisions = |resolution: &Resolution| {
            resolution.steps.iter().map(|s| (s.question.clone(), s.why.clone(), s.used)).collect::<Vec<_>>()
        };
        prop_assert_eq!(decisions(&one), decisions(&other));
    }
}
