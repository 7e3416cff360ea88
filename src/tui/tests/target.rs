//! The pages of a target: what its last probe sent and heard.

use crate::model::{FactKind, OperatorAct, ProbeResult, Transport};
use crate::tui::ui::View;

use crate::tui::glyphs::Glyphs;
use crate::tui::theme::Theme;

use super::screens::{LARGE, kept, open};
use super::world::{ACME, World, answered, endpoint, missed, name};

#[test]
fn what_went_over_the_wire_is_a_page_of_the_target() {
    kept("target_messages", |size| {
        let mut world = open(World::steady(size), "acme.example", View::Target);
        while !world.text().contains("sent to tls") {
            world.press("<Enter>");
        }
        world
    });
    let mut world = open(World::steady((60, 16)), "acme.example", View::Target);
    let mut seen = String::new();
    for page in 1..=9 {
        let text = world.text();
        if !text.contains(&format!("page {page} of ")) {
            break;
        }
        seen.push_str(&text);
        world.press("<Enter>");
    }
    for said in ["SRV target", "OPTIONS sip:acme.example SIP/2.0", "cdef", "SIP/2.0 200 OK", r"Server: \x1b[31mred\x0a"]
    {
        assert!(seen.contains(said), "{said} is nowhere");
    }
    assert!(world.text().contains("page 1 of "), "after the last page comes the first");
}

#[test]
fn who_answered_instead_is_told_at_the_target() {
    let mut world = World::steady(LARGE);
    let at = endpoint(Transport::Udp, "192.0.2.3:5060");
    let mut report = missed(endpoint(Transport::Tls, "192.0.2.10:5061"), ProbeResult::Timeout, world.now());
    report.answered_from = Some(at.at);
    world.probe(&name("acme.example"), report);
    let text = open(world, "acme.example", View::Target).text();
    assert!(text.contains("answered from 192.0.2.3:5060 instead: not counted"), "{text}");
}

/// A day of probes, every 30 s: by day some are lost, in the evening one is slow; the last hour is silent for a
/// while. Nothing else is asked of the world.
fn busy(size: (u16, u16)) -> World {
    let mut world = World::steady(size);
    let at = endpoint(Transport::Tls, "192.0.2.10:5061");
    for probe in 0_u64..2_880 {
        world.later(30);
        let report = match probe {
            2_800..=2_812 | 1_000 | 1_040 => missed(at, ProbeResult::Timeout, world.now()),
            2_500 => answered(at, 200, "OK", 4_000, world.now()),
            _ => answered(at, 200, "OK", 16 + probe / 200 + probe % 7, world.now()),
        };
        world.probe(&name("acme.example"), report);
    }
    open(world, "acme.example", View::Target)
}

#[test]
fn a_day_of_probes_is_a_chart() {
    kept("target_hour", |size| {
        let mut world = busy(size);
        world.press("<Tab>");
        world
    });
    kept("target_day_ascii", |size| {
        let mut world = busy(size);
        world.glyphs = Glyphs::ASCII;
        world.theme = Theme::named("mono").unwrap();
        world.press("<Tab><Tab>");
        assert!(world.text().is_ascii());
        world
    });
    let mut world = busy((160, 45));
    let first = world.text();
    world.press("<Tab><Tab><Tab>");
    assert_eq!(world.text(), first, "the spans go round");
}

#[test]
fn the_chart_moves_with_a_probe_of_the_target_and_with_nothing_else() {
    let chart = |world: &World| {
        let text = world.text();
        let rows = text.lines().skip_while(|row| !row.contains("RTT, loss by"));
        rows.take_while(|row| !row.contains("page 1")).map(str::to_owned).collect::<Vec<_>>()
    };
    let mut world = busy(LARGE);
    let before = chart(&world);
    assert!(before.len() > 8, "{before:#?}");
    world.later(90);
    world.probe(
        &name("acme.example"),
        answered(endpoint(Transport::Tls, "192.0.2.20:5061"), 200, "OK", 90, world.now()),
    );
    assert_eq!(chart(&world), before);
    world.probe(
        &name("acme.example"),
        answered(endpoint(Transport::Tls, "192.0.2.10:5061"), 200, "OK", 90, world.now()),
    );
    assert_ne!(chart(&world), before);
}

#[test]
fn a_target_that_never_answered_has_a_picture_too() {
    let mut world = World::empty(LARGE);
    world.carrier("acme.example").dns("acme.example", ACME).silent("192.0.2.10", 4);
    let text = open(world, "acme.example", View::Target).text();
    for said in ["nothing answered yet", "1 min 100.0 % of 4", "silent 4"] {
        assert!(text.contains(said), "{said}: {text}");
    }
}

#[test]
fn what_an_answer_says_of_its_sender_is_told() {
    let mut world = World::steady(LARGE);
    let mut report = answered(endpoint(Transport::Tls, "192.0.2.10:5061"), 503, "Busy", 20, world.now());
    let response = report.response.as_mut().unwrap();
    response.allow = Some("INVITE, ACK, BYE, CANCEL, OPTIONS".into());
    response.supported = Some("timer, path".into());
    response.retry_after = Some(std::time::Duration::from_secs(90));
    response.warning = Some("399 sbc \"overload\"".into());
    world.probe(&name("acme.example"), report);
    let mut world = open(world, "acme.example", View::Target);
    world.press("<Enter>");
    let text = world.text();
    for said in ["INVITE, ACK, BYE", "timer, path", "1 min 30 s", "399 sbc \"overload\""] {
        assert!(text.contains(said), "{said}: {text}");
    }
}

#[test]
fn what_is_held_against_the_probes_has_a_row() {
    let at = endpoint(Transport::Tls, "192.0.2.10:5061");
    let acme = name("acme.example");
    let row = |world: World, named: &str| {
        let text = open(world, "acme.example", View::Target).text();
        let mut rows = text.lines().map(|row| row.split_whitespace().collect::<Vec<_>>().join(" "));
        rows.find(|row| row.starts_with(named)).unwrap_or(text)
    };
    let mut world = World::steady(LARGE);
    for _ in 0..3 {
        for result in [ProbeResult::Refused, ProbeResult::Ok] {
            for _ in 0..3 {
                world.later(5);
                let report = match result {
                    ProbeResult::Ok => answered(at, 200, "OK", 18, world.now()),
                    other => missed(at, other, world.now()),
                };
                world.probe(&acme, report);
            }
        }
    }
    let said = "flapping 6 changes in 10 min; the worse state is held until 5 min without one; by its probes it is UP";
    assert_eq!(row(world, "flapping"), said);

    let mut world = World::steady(LARGE);
    let host = "pop-us-east-1.acme.example".parse().unwrap();
    world.tell(FactKind::Act(OperatorAct::Maintain(acme.clone(), host)));
    for _ in 0..3 {
        world.later(5);
        world.probe(&acme, missed(at, ProbeResult::Refused, world.now()));
    }
    let said = "maintenance you say so; it is probed on and blamed for nothing, M ends it; by its probes it is DOWN";
    assert_eq!(row(world, "maintenance"), said);

    let mut world = World::steady(LARGE);
    let mut report = answered(at, 503, "Busy", 18, world.now());
    report.response.as_mut().unwrap().retry_after = Some(std::time::Duration::from_secs(120));
    world.probe(&acme, report);
    assert!(row(world, "Retry-After it").starts_with("Retry-After it wants to be left alone until 13:04"));

    let mut world = World::steady(LARGE);
    world.later(30);
    for (carrier, endpoint) in world.endpoints() {
        world.probe(&carrier, missed(endpoint, ProbeResult::Timeout, world.now()));
    }
    world.later(1);
    assert_eq!(row(world, "our side"), "our side its silence is laid to our own side: nothing is known of it");
}
