//! The words against the figures: what is said must add up to what is reckoned.

use crate::locate::{self, Reaction, Walk};
use crate::model::{
    Address, AddressOrder, CarrierName, Conclusion, Dial, Method, Moment, Reading, Survey, Target, Tier, Transports,
};

use super::*;

const EAST: &str = "192.0.2.10";
const WEST: [&str; 2] = ["2001:db8::7", "198.51.100.7"];

/// Targets with their addresses, tier by tier.
fn resolution(tiers: &[&[(&str, &[&str])]]) -> Resolution {
    let dial = Dial {
        uri: "sip:acme.example".parse().unwrap(),
        more_uris: Vec::new(),
        transports: Transports::default(),
        addresses: AddressOrder::default(),
        method: Method::Invite,
    };
    let tiers = (0..).zip(tiers).map(|(at, targets)| Tier {
        uri: 0,
        owner: None,
        transport: Transport::Udp,
        naptr: None,
        priority: Some(10 * (at + 1)),
        targets: targets.iter().map(|(host, ips)| target(host, ips, at == 0, targets.len())).collect(),
    });
    let (steps, tiers, conclusion) = (Vec::new(), tiers.collect(), Conclusion::Found);
    Resolution { dial, engine: locate::DEFAULT_ENGINE.into(), given: Vec::new(), steps, tiers, conclusion }
}

fn target(host: &str, ips: &[&str], tried_first: bool, of: usize) -> Target {
    let addresses = ips.iter().map(|ip| Address { ip: ip.parse().unwrap(), ttl: None, until: None });
    let first = if tried_first { Share(1.0 / f64::from(u32::try_from(of).unwrap())) } else { Share::NONE };
    Target { host: host.parse().unwrap(), port: 5060, weight: Some(50), first, addresses: addresses.collect() }
}

fn carrier() -> Carrier {
    Carrier::new(CarrierName::new("acme").unwrap(), "sip:acme.example".parse().unwrap())
}

/// With these failing, `--fail` by `--fail`.
fn failing(resolution: &Resolution, fail: &str, patience: Option<u64>) -> Preview {
    let forced: Vec<Outage> = fail.split_whitespace().map(|outage| outage.parse().unwrap()).collect();
    let patience = patience.map(Duration::from_secs);
    preview(&*locate::reference(), resolution, &carrier(), &forced, |_| None, patience)
}

fn seconds(preview: &Preview) -> (u64, u64) {
    (preview.wait.max.as_secs(), preview.lost_after.as_secs())
}

#[test]
fn a_target_with_several_addresses_is_told_address_by_address() {
    let east_west = resolution(&[&[("east", &[EAST])], &[("west", &WEST)]]);
    let tier = "every target before tier 2 passes the request on (RFC 2782: lowest priority first)";
    let east = "east (100 % of first tries): refused, the next at once (RFC 3263 4.3: transport error)";
    let silent = "silent, 32 s until timer B or F, then the next (RFC 3263 4.3)";
    let refused = "refused, the next at once (RFC 3263 4.3: transport error)";
    let [six, four] = WEST;
    for (fail, west, end, waits) in [
        (
            "east=refused address:2001:db8::7",
            format!("west: {four} gets it after 32 s; at {six}: {silent}"),
            tier,
            (32, 0),
        ),
        (
            "east=refused address:2001:db8::7=refused",
            format!("west: {four} gets it at once; at {six}: {refused}"),
            tier,
            (0, 0),
        ),
        (
            "east=refused west",
            format!("west: 64 s in all; at each of 2 addresses: {silent}"),
            "no target is left to try",
            (0, 64),
        ),
        (
            "east=refused west address:2001:db8::7=refused",
            format!("west: at {six}: {refused}; at {four}: {silent}"),
            "no target is left to try",
            (0, 32),
        ),
        (
            "east=refused west=error:486",
            format!("west: at {six}: 486 is a final answer: the request ends here (RFC 3263 4.3)"),
            tier,
            (0, 0),
        ),
    ] {
        let preview = failing(&east_west, fail, None);
        assert_eq!(preview.why, [east, &west, end], "{fail}");
        assert_eq!(seconds(&preview), waits, "{fail}");
    }
}

#[test]
fn what_is_not_tried_is_not_told() {
    let east_west = resolution(&[&[("east", &[EAST])], &[("west", &WEST)]]);
    assert!(failing(&east_west, "west", None).why.is_empty(), "nothing goes there");
    assert!(failing(&east_west, "address:198.51.100.7", None).why.is_empty());
    let stopped = failing(&east_west, "east=error:486 west", None);
    assert_eq!(stopped.lost, Share::ALL);
    assert_eq!(
        stopped.why,
        ["east (100 % of first tries): 486 is a final answer: the request ends here (RFC 3263 4.3)"]
    );
}

#[test]
fn a_caller_who_hangs_up_is_lost_then_and_not_later() {
    let tiers = resolution(&[&[("a", &[EAST]), ("b", &["192.0.2.20"])], &[("west", &WEST)]]);
    let all = "tier:10 tier:20";
    assert_eq!(failing(&tiers, all, None).lost_after.as_secs(), 128);
    for (fail, patience, after, said) in [
        (all, 10, 10, "100 % of the callers hang up after 10 s"),
        (all, 100, 100, "100 % of the callers hang up after 100 s"),
        (all, 128, 128, "no target is left to try"),
        ("tier:10", 10, 10, "100 % of the callers hang up after 10 s"),
        ("a", 10, 10, "50 % of the callers hang up after 10 s"),
    ] {
        let preview = failing(&tiers, fail, Some(patience));
        assert_eq!(preview.lost_after.as_secs(), after, "{fail}, {patience} s");
        assert_eq!(preview.why.last().unwrap(), said, "{fail}, {patience} s");
    }
    let early = failing(&tiers, all, Some(10));
    assert!(!early.why.iter().any(|line| line.starts_with("west")), "nobody gets so far: {:?}", early.why);
}

/// An engine that notices silence after three seconds, and stops there.
#[derive(Debug)]
struct Hasty;

impl Engine for Hasty {
    fn name(&self) -> crate::model::EngineName {
        "hasty".into()
    }

    fn rules(&self) -> &'static [&'static crate::model::Rule] {
        &[]
    }

    fn profile(&self) -> &'static locate::Profile {
        locate::reference().profile()
    }

    fn walk(&self, dial: &Dial, survey: &Survey, reading: Reading, at: Moment) -> Walk {
        locate::reference().walk(dial, survey, reading, at)
    }

    fn rounds(&self, targets: &[&Target]) -> Vec<locate::Round> {
        locate::reference().rounds(targets)
    }

    fn registering(&self) -> locate::Registering {
        locate::reference().registering()
    }

    fn reaction(&self, over: Transport, failure: Failure, _: Method) -> Reaction {
        Reaction { after: Duration::from_secs(3), goes_on: false, why: format!("{failure} over {over}, the end") }
    }
}

#[test]
fn the_words_are_the_engines_own() {
    let two = resolution(&[&[("a", &WEST)]]);
    let forced = ["a".parse().unwrap()];
    let preview = preview(&Hasty, &two, &carrier(), &forced, |_| None, None);
    assert_eq!(preview.why, ["a (100 % of first tries): at 2001:db8::7: silent over udp, the end"]);
}

#[test]
fn nothing_to_send_to_is_said() {
    assert_eq!(failing(&resolution(&[]), "", None).why, ["there is no candidate to send to"]);
}
