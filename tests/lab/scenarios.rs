//! What an experienced operator would say in each scenario: a table to read, and to argue about.

use std::time::Duration;

use tokio::time::Instant;
use trunktop::lab::Scenario;
use trunktop::model::{Host, Share};
use trunktop::preview::Registration;
use trunktop::state::{By, CarrierState};

use super::{Watching, name};

/// Of `flow`, which dies in steps: the second of the round, and what is said then. To a Kamailio a UDP port that refuses
/// is as silent as a host that is gone.
const OUTAGE: [(u64, &str); 8] = [
    (0, "UP next calls: ep-us-west-01 50 %, ep-us-west-02 50 %; all 4 backups are alive"),
    (
        10,
        "DEGRADED ep-us-west-01 silent since HH:MM (3 probes lost). As kamailio: half of \
         the calls hang 30 s first, then ep-us-west-02",
    ),
    (
        26,
        "DEGRADED primary tier is dead: ep-us-west-01 and ep-us-west-02 silent since HH:MM. As \
         kamailio: all calls hang 60 s first, then ep-us-east-01 or ep-us-east-02; backup tier only",
    ),
    (
        42,
        "DEGRADED primary tier is dead: ep-us-west-01 and ep-us-west-02 silent since HH:MM. As \
         kamailio: all calls hang 2 min first, then ep-eu-01 or ep-eu-02; backup tier only",
    ),
    (58, "DOWN no target takes calls since HH:MM; DNS is fine. 2 answer 503, 2 refused (our packets arrive), 2 silent"),
    (
        74,
        "DEGRADED primary tier is dead: ep-us-west-01 and ep-us-west-02 silent since HH:MM. As \
         kamailio: all calls hang 2 min first, then ep-eu-01 or ep-eu-02; backup tier only",
    ),
    (
        86,
        "DEGRADED primary tier is dead: ep-us-west-01 and ep-us-west-02 silent since HH:MM. As \
         kamailio: all calls hang 60 s first, then ep-us-east-01 or ep-us-east-02; backup tier only",
    ),
    (98, "UP next calls: ep-us-west-01 50 %, ep-us-west-02 50 %; all 4 backups are alive"),
];

/// Of `telco` in the same scenario, at which a registration of ours is held: how what is said begins.
const OUTAGE_OF_A_REGISTRAR: [(u64, &str); 5] = [
    (0, "UP next calls: mav-001 100 %; backup mav-002 is alive"),
    (14, "DEGRADED primary tier is dead: mav-001 silent since HH:MM ("),
    (62, "UP next calls: mav-001 100 %; backup mav-002 is alive"),
    (66, "WARNING backup tier is dead: mav-002 silent since HH:MM ("),
    (96, "UP next calls: mav-001 100 %; backup mav-002 is alive"),
];

/// Of each carrier that is set up wrong: what is said when all has been tried.
const BROKEN: [(&str, &str); 8] = [
    (
        "acme",
        "DEGRADED us-east-2 fails TLS since HH:MM (expired DATE). As asterisk: all calls go to us-east-1 at once; certificate of us-east-1 ends in 5 days",
    ),
    ("flow", "DOWN DNS leads nowhere: the only target is '.': there is no udp service"),
    // Nothing secret goes where the certificate is not trusted.
    (
        "anycast",
        "DOWN no target takes calls since HH:MM; DNS is fine. 2 fail TLS; registration not tried since HH:MM: the \
         certificate is not trusted: self-signed, and not trusted here: no credentials are sent there (they would be \
         with tls.verify = false)",
    ),
    ("edge", "DOWN no target takes calls since HH:MM; DNS is fine. 2 fail TLS"),
    ("telco", "DOWN DNS leads nowhere: telco.example has neither SRV records nor an address"),
    // Silence of what never answered is no outage.
    ("cloud", "UNKNOWN the target is silent here and never answered: is our address on the carrier's allow-list?"),
    // An OPTIONS does not see that nyc is drained, and nothing else is asked: UP is what was seen. An answer from
    // elsewhere is none.
    ("meta", "UP next calls: lac 50 %, nyc 50 %; backup mia is silent here"),
    (
        "trio",
        "DEGRADED primary tier is dead: sip fails TLS since HH:MM (what came is not TLS: another protocol on this port?). As RFC 3263: all \
         calls go to sip2 at once; backup tier only",
    ),
];

/// The verdict on a carrier, its level first, without the time of the day and the date.
pub(super) fn said(carrier: &CarrierState) -> String {
    let masks = [("dd:dd", "HH:MM"), ("dddd-dd-dd", "DATE")];
    let masked = |word: &str| {
        let core = word.trim_matches(|c: char| !c.is_ascii_digit());
        let shape = core.replace(|c: char| c.is_ascii_digit(), "d");
        let mask = masks.iter().find(|(known, _)| *known == shape);
        mask.map_or_else(|| word.to_owned(), |(_, mask)| word.replace(core, mask))
    };
    let words = format!("{} {}", carrier.verdict.level.word(), carrier.verdict.sentence);
    words.split(' ').map(masked).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn an_outage_is_told_step_by_step() {
    let mut watching = Watching::steady().await;
    for (second, expected) in OUTAGE {
        watching.lab.jump(Scenario::Outage, Duration::from_secs(second)).await.unwrap();
        watching.until_carrier("flow", &format!("after {second} s: {expected}"), |c| said(c) == expected).await;
    }
    let others = watching.lab.carriers().len() - 2;
    let bystanders =
        watching.state.ranked().into_iter().filter(|c| !["flow", "telco"].contains(&c.carrier.name.as_str()));
    let up = bystanders.filter(|carrier| said(carrier).starts_with("UP "));
    assert_eq!(up.count(), others, "nobody else is blamed");
}

#[tokio::test]
async fn a_pop_with_a_registration_dies_and_comes_back() {
    let mut watching = Watching::steady().await;
    for (second, expected) in OUTAGE_OF_A_REGISTRAR {
        watching.lab.jump(Scenario::Outage, Duration::from_secs(second)).await.unwrap();
        let so = |carrier: &CarrierState| said(carrier).starts_with(expected);
        watching.until_carrier("telco", &format!("after {second} s: {expected}"), so).await;
    }
}

/// Where a registration of ours is held at this carrier, and what happens to it if its target falls silent.
fn fate(telco: &CarrierState) -> Option<(Host, &Registration)> {
    let pin = telco.registration.pins().first().filter(|pin| pin.by == By::OwnRegister)?;
    Some((pin.target.clone(), telco.previews.as_ref()?.dies.as_deref()?))
}

#[tokio::test]
async fn the_registration_of_an_outage_moves_where_and_when_it_was_foretold() {
    let [dies, lives]: [Host; 2] =
        ["l01-mav-rt-001.edns.telco.example", "l01-mav-rt-002.edns.telco.example"].map(|host| host.parse().unwrap());
    let mut watching = Watching::steady().await;
    let at = |telco: &CarrierState, host: &Host| fate(telco).is_some_and(|(held, _)| held == *host);
    watching.until_carrier("telco", "it is held", |telco| at(telco, &dies)).await;
    let (_, said) = fate(watching.carrier("telco")).unwrap();
    let (to, within) = (said.moves_to(), said.within);
    assert_eq!((said.moves, to.as_slice()), (Share::ALL, &[(lives.clone(), Share::ALL)][..]));
    // A refresh is due before its 20 s are over, and its engine waits 32 s for the answer.
    assert!(Duration::from_secs(32) < within && within <= Duration::from_secs(52), "{within:?}");

    watching.lab.jump(Scenario::Outage, Duration::from_secs(14)).await.unwrap();
    let begun = Instant::now();
    watching
        .until_within(within + SLACK, "it moved", |state, _| at(state.carrier(&name("telco")).unwrap(), &lives))
        .await;
    let took = begun.elapsed();
    assert!(took <= within + SLACK, "{took:?} in place of {within:?}");
    let bound: Vec<String> = watching.lab.bindings("telco").iter().map(|bound| bound.host.to_string()).collect();
    assert!(bound.contains(&lives.to_string()), "{bound:?}");
    let moves = watching.carrier("telco").registration.moves();
    let moves: Vec<String> = moves.map(|moved| moved.what.said(ToString::to_string)).collect();
    let says = |said: &&String| said.contains(&format!("{dies} to {lives}"));
    assert_eq!(moves.iter().filter(says).count(), 1, "{moves:?}");
}

/// A busy machine.
const SLACK: Duration = Duration::from_secs(5);

#[tokio::test]
async fn what_is_set_up_wrong_is_named() {
    let mut watching = Watching::of(Scenario::Broken).await;
    for (carrier, expected) in BROKEN {
        watching.until_carrier(carrier, &format!("{carrier}: {expected}"), |c| said(c) == expected).await;
    }
    // What was said first is not taken back when the rest has been seen.
    for (carrier, expected) in BROKEN {
        assert_eq!(said(watching.carrier(carrier)), expected, "{carrier}");
    }
}
