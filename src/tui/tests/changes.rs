//! The list of what has happened: what it shows, and what keys do in it.

use crate::model::{ProbeResult, Transport};
use crate::tui::ui::View;

use super::screens::{LARGE, kept, open};
use super::world::{ACME, FLOW, World, endpoint, missed, name};

/// A weight moves, a backup goes, a target falls silent and another answers garbage.
fn eventful(size: (u16, u16)) -> World {
    let mut world = World::steady(size);
    let flow = FLOW.replace("SRV 10 45 5060 ep1", "SRV 10 95 5060 ep1");
    world.dns("flow.example", &flow).later(60);
    world.silent("192.0.2.20", 6).later(60);
    let at = endpoint(Transport::Udp, "203.0.113.2:5060");
    for _ in 0..3 {
        world.probe(&name("cloud.example"), missed(at, ProbeResult::Malformed, world.now()));
    }
    let less: Vec<&str> = ACME.lines().filter(|line| !line.contains("SRV 20")).collect();
    world.later(60).dns("acme.example", &less.join("\n"));
    world
}

#[test]
fn changes() {
    kept("changes", |size| {
        let mut world = eventful(size);
        world.press("6j");
        world
    });
}

#[test]
fn changes_of_one_carrier() {
    kept("changes_one", |size| {
        let mut world = open(eventful(size), "acme.example", View::Carrier);
        world.press("6");
        world
    });
}

#[test]
fn where_nothing_has_changed_it_is_said_since_when() {
    let mut world = World::steady(LARGE);
    world.press("6");
    let said = "nothing has changed since 13:00:00 (2 min ago), when the DNS was first known";
    assert!(world.text().contains(said), "{}", world.text());
    world.press("<Tab>");
    assert!(world.text().contains("nothing has changed in the DNS since 13:00:00"), "{}", world.text());
    world.press("<Tab>o");
    assert!(world.text().contains("no target's health has changed since 13:00:00"), "{}", world.text());
    world.press("<Tab>");
    assert!(world.text().contains("no registration has moved since 13:00:00"), "{}", world.text());
    let mut world = World::empty(LARGE);
    world.carrier("acme.example").press("6");
    assert!(world.text().contains("nothing to compare with"), "{}", world.text());
}

#[test]
fn a_change_of_another_day_has_its_date() {
    let mut world = eventful(LARGE);
    world.press("6");
    assert!(!world.text().contains("11-22"));
    world.later(86_400);
    assert!(world.text().contains("11-22 13:02:00 flow.example"), "{}", world.text());
}

/// What the list of events shows: the carriers of its rows, newest first.
fn listed(world: &World) -> Vec<String> {
    let rows = world.ui.listing.rows(&world.state);
    rows.iter().map(|row| row.event.carrier.as_ref().unwrap().to_string()).collect()
}

#[test]
fn changes_are_one_key_away_and_inside_a_carrier_they_are_its_own() {
    let mut world = World::steady(LARGE);
    world.dns("flow.example", &FLOW.replace("SRV 10 45", "SRV 10 95")).silent("192.0.2.20", 3);
    world.press("6");
    assert_eq!((world.ui.view, listed(&world)), (View::Changes, vec!["acme.example".into(), "flow.example".into()]));
    // DNS, health, pins, all.
    for left in [vec!["flow.example"], vec!["acme.example"], vec![], vec!["acme.example", "flow.example"]] {
        world.press("<Tab>");
        assert_eq!(listed(&world), left);
    }
    // One carrier, all of them again; the cursor stays on its event.
    world.press("jo");
    assert_eq!(listed(&world), ["flow.example"]);
    world.press("o<Enter>");
    assert_eq!((world.ui.view, &world.ui.carrier), (View::Carrier, &Some(name("flow.example"))));
    world.press("6");
    assert_eq!(listed(&world), ["flow.example"]);
    world.press("<Esc>");
    assert_eq!(world.ui.view, View::Carrier);
    world.press("16<Esc>");
    assert_eq!(world.ui.view, View::Fleet);
}

#[test]
fn the_cursor_stays_on_its_event_while_others_come_and_on_the_first_it_follows() {
    let mut world = World::steady(LARGE);
    let selected = |world: &World| {
        let rows = world.ui.listing.rows(&world.state);
        rows[world.ui.listing.cursor(&rows)].event.carrier.as_ref().unwrap().to_string()
    };
    world.dns("flow.example", &FLOW.replace("SRV 10 45", "SRV 10 95")).silent("192.0.2.20", 3);
    world.press("6j");
    assert_eq!(selected(&world), "flow.example");
    world.later(60).silent("203.0.113.2", 3);
    assert_eq!((selected(&world), listed(&world).len()), ("flow.example".into(), 4), "one is down, one is up again");
    world.press("g");
    assert_eq!(selected(&world), "cloud.example");
    world.later(60).dns("flow.example", FLOW);
    assert_eq!(selected(&world), "flow.example");
}

#[test]
fn what_follows_from_one_answer_stays_in_its_order() {
    let mut world = World::steady(LARGE);
    world.dns("flow.example", &FLOW.replace("SRV 10 45", "SRV 10 55").replace("SRV 10 95", "SRV 10 85"));
    world.press("6");
    let text = world.text();
    let at = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words}\n{text}"));
    assert!(at("ep1 weight 45 → 55") < at("ep2 weight 95 → 85"));
}

#[test]
fn an_event_opens_at_what_it_was_about() {
    // The backup is gone, a host answers garbage, a POP is silent, a weight has moved.
    for (keys, carrier, target) in [
        ("6<Enter>", "acme.example", None),
        ("6j<Enter>", "cloud.example", Some("cloud.example")),
        ("6jj<Enter>", "acme.example", Some("pop-us-east-2.acme.example")),
        ("6jjj<Enter>", "flow.example", Some("ep1.flow.example")),
    ] {
        let mut world = eventful(LARGE);
        world.press(keys);
        assert_eq!((world.ui.view, &world.ui.carrier), (View::Carrier, &Some(name(carrier))));
        let line = world.ui.line.as_deref();
        assert!(line.is_some() == target.is_some() && line.unwrap_or_default().contains(target.unwrap_or_default()));
    }
    let mut world = eventful(LARGE);
    world.press("6jj3");
    assert_eq!(world.ui.view, View::Target);
    assert!(world.text().contains("pop-us-east-2.acme.example, port 5061"), "{}", world.text());
}

#[test]
fn a_cutover_reads_as_one_sentence() {
    let new = "
acme.example 3600 NAPTR 10 50 s SIPS+D2T _sips._tcp.acme.example
_sips._tcp.acme.example 300 SRV 10 70 5061 fra.new.example
_sips._tcp.acme.example 300 SRV 10 30 5061 ams.new.example
_sips._tcp.acme.example 300 SRV 20 100 5061 lon.new.example
fra.new.example 60 A 203.0.113.10
ams.new.example 60 A 203.0.113.20
lon.new.example 60 A 203.0.113.30
";
    let cutover = |size| {
        let mut world = World::steady(size);
        world.later(60).dns("acme.example", new);
        world.press("6");
        world
    };
    kept("changes_cutover", cutover);
    let listed = listed(&cutover(LARGE)).len();
    assert_eq!(listed, 2, "the targets, and the NAPTR of the other transport");
}

#[test]
fn what_has_no_meaning_beside_it_is_read_to_its_end() {
    let mut world = World::steady((80, 24));
    world.dns_fails("acme.example", &crate::model::Outcome::Timeout);
    // That others are answered shows that it is not our resolver.
    world.dns("flow.example", FLOW).later(1);
    world.press("6");
    let text = world.text();
    let said = "timeout from 127.0.0.1:5300 for NAPTR acme.example";
    assert!(text.lines().nth(3).is_some_and(|row| row.contains(said)), "{text}");
}
