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

/// An engine of which it is not known whether silence costs three seconds or thirty, or is the end, and
/// which of two targets it takes first.
#[derive(Debug)]
struct Unsure {
    after: u64,
    goes_on: bool,
    last_first: bool,
}

impl Engine for Unsure {
    fn name(&self) -> crate::model::EngineName {
        "unsure".into()
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
        let one = |at| locate::Round { rule: locate::DrawRule::ByWeight, targets: vec![at] };
        let listed = (0..targets.len()).map(one);
        if self.last_first { listed.rev().collect() } else { listed.collect() }
    }

    fn registering(&self) -> locate::Registering {
        locate::reference().registering()
    }

    fn reaction(&self, over: Transport, failure: Failure, _: Method) -> Reaction {
        let why = format!("{failure} over {over}, {} s", self.after);
        Reaction { after: Duration::from_secs(self.after), goes_on: self.goes_on, why }
    }

    fn readings(&self) -> Vec<std::sync::Arc<dyn Engine>> {
        let other = |after, goes_on, last_first| std::sync::Arc::new(Self { after, goes_on, last_first }) as _;
        vec![other(30, true, false), other(3, false, false), other(3, true, true)]
    }
}

#[test]
fn what_is_not_known_is_a_range_for_each_figure_of_its_own() {
    let two = resolution(&[&[("a", &[EAST]), ("b", &["192.0.2.20"])], &[("c", &["192.0.2.30"])]]);
    let mut carrier = carrier();
    carrier.pops = ["a", "b"]
        .map(|pattern| crate::model::PopRule { name: "east".into(), pattern: crate::model::Pattern::new(pattern) })
        .to_vec();
    let unsure = Unsure { after: 3, goes_on: true, last_first: false };
    let of = |forced: &[Outage]| preview(&unsure, &two, &carrier, forced, |_| None, None);
    let range = |least, most| Some(Range { least: Share(least), most: Share(most) });
    let now = of(&[]);
    let ranges = |preview: &Preview| preview.landings.iter().map(|landing| landing.range).collect::<Vec<_>>();
    assert_eq!(ranges(&now), [range(0.0, 1.0), range(0.0, 1.0), None]);
    let pops: Vec<_> = now.pops().into_iter().map(|pop| (pop.pop.to_string(), pop.landing, pop.range)).collect();
    assert_eq!(
        pops,
        [("east".to_owned(), Share::ALL, None), ("c".to_owned(), Share::NONE, None)],
        "it is not known which of them, and it is one of them"
    );
    assert_eq!((now.lost_range, now.wait_range), (None, None));
    let then = of(&["a".parse().unwrap()]);
    assert_eq!(ranges(&then), [None, range(0.0, 1.0), None]);
    assert_eq!((then.lost, then.lost_range), (Share::NONE, range(0.0, 1.0)));
    let waits = then.wait_range.unwrap();
    assert_eq!((waits.least.max.as_secs(), waits.most.max.as_secs()), (0, 30));
    assert_eq!((waits.least.share, waits.most.share), (Share::NONE, Share::ALL));
    assert_eq!(
        then.why.last().unwrap(),
        "not known of this engine: it waits 0 s to 30 s at worst, 0 s to 30 s on average"
    );
    assert_eq!(then.timers, ["silent over udp, 3 s"]);
    let pop = then.pops().into_iter().find(|pop| pop.pop.to_string() == "east").unwrap();
    assert_eq!((pop.landing, pop.range), (Share::ALL, range(0.0, 1.0)));
}

#[test]
fn why_requests_are_lost_adds_up_to_what_is_lost() {
    let tiers = resolution(&[&[("a", &[EAST]), ("b", &["192.0.2.20"])], &[("west", &WEST)]]);
    for (fail, patience, expected) in [
        ("a=error:486", None, vec![(LostBy::Stops, Share(0.5))]),
        ("a=error:486 b", Some(10), vec![(LostBy::Stops, Share(0.5)), (LostBy::HungUp, Share(0.5))]),
        ("all", None, vec![(LostBy::NothingLeft, Share::ALL)]),
        ("all", Some(10), vec![(LostBy::HungUp, Share::ALL)]),
        ("a", None, Vec::new()),
    ] {
        let preview = failing(&tiers, fail, patience);
        assert_eq!(preview.lost_by, expected, "{fail}, {patience:?}");
    }
}

#[test]
fn nothing_to_send_to_is_said() {
    assert_eq!(failing(&resolution(&[]), "", None).why, ["there is no candidate to send to"]);
}
