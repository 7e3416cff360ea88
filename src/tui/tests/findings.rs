//! Screens of findings, and of names that are not ASCII.

use crate::model::Outcome;
use crate::tui::ui::View;

use super::screens::{LARGE, SMALL, kept, open};
use super::world::{ACME, World};

/// A target without an address, a port that is TLS's, a TTL that a cache counts down.
pub(super) const ILL: &str = "
ill.example 12 NAPTR 10 50 s SIP+D2U _sip._udp.ill.example
_sip._udp.ill.example 300 SRV 10 0 5061 a.ill.example
_sip._udp.ill.example 300 SRV 20 0 5060 b.ill.example
a.ill.example 300 A 192.0.2.41
";

/// A carrier with something wrong beside one without.
pub(super) fn ill(size: (u16, u16)) -> World {
    let mut world = World::empty(size);
    world.carrier("ill.example").carrier("acme.example");
    world.dns("ill.example", ILL).dns("acme.example", ACME).all_answer(3);
    open(world, "ill.example", View::Findings)
}

#[test]
fn findings() {
    kept("findings", |size| {
        let mut world = ill(size);
        world.press("<Enter>");
        world
    });
}

#[test]
fn findings_are_counted_in_the_head_of_the_carrier_and_told_as_events() {
    let mut world = ill(LARGE);
    let text = world.text();
    assert!(text.contains("FINDINGS    1 error, 2 warnings, 1 info") && !text.contains("Add an A"), "{text}");
    world.press("<Esc>");
    assert!(world.text().contains("ill.example  3 findings (7)"), "{}", world.text());
    world.dns("ill.example", &format!("{ILL}b.ill.example 300 A 192.0.2.42\n"));
    assert!(world.text().contains("findings -L04 b.ill.example, -L21 sip:ill.example"), "{}", world.text());
    let world = open(world, "acme.example", View::Carrier);
    assert!(!world.text().contains("findings ("), "infos are not counted: {}", world.text());
}

#[test]
fn nothing_found_says_why() {
    let mut world = World::empty(SMALL);
    world.carrier("flow.example");
    let mut world = open(world, "flow.example", View::Findings);
    assert!(world.text().contains("no answer yet"));
    world.dns_fails("flow.example", &Outcome::ServFail);
    assert!(world.text().contains("the resolver fails: what was not answered cannot be judged"), "{}", world.text());
    let world = open(World::steady(SMALL), "cloud.example", View::Findings);
    assert!(world.text().contains("FINDINGS    1 info"), "{}", world.text());
}

#[test]
fn an_internationalised_name_is_read_in_both_forms() {
    let mut world = World::empty(LARGE);
    world.carrier("m\u{fc}nchen.example").dns("m\u{fc}nchen.example", "xn--mnchen-3ya.example 60 A 192.0.2.1");
    let world = open(world, "m\u{fc}nchen.example", View::Carrier);
    for said in
        ["sip:xn--mnchen-3ya.example (m\u{fc}nchen.example)", "NAPTR xn--mnchen-3ya.example (m\u{fc}nchen.example)"]
    {
        assert!(world.text().contains(said), "{said}: {}", world.text());
    }
}
