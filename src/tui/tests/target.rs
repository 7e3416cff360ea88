//! The pages of a target: what its last probe sent and heard.

use crate::model::{ProbeResult, Transport};
use crate::tui::ui::View;

use super::screens::{LARGE, kept, open};
use super::world::{World, endpoint, missed, name};

#[test]
fn what_went_over_the_wire_is_a_page_of_the_target() {
    kept("target_messages", |size| {
        let mut world = open(World::steady(size), "acme.example", View::Target);
        world.press("<Enter>");
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
