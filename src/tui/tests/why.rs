//! What is told of a line, and how one gets there.

use crate::model::{Carrier, Outcome};
use crate::tui::ui::{Over, Said, View};
use crate::tui::update::Effect;

use super::screens::{LARGE, SMALL, kept, open};
use super::world::{ACME, World, name};

/// Two URIs; the first with an SRV set of which one record has no port, the second by way of aliases.
const SEVERAL: &str = "
one.example 300 NAPTR 10 50 s SIPS+D2T _sips._tcp.one.example
one.example 300 NAPTR 20 50 a SIP+D2U sbc1.one.example
_sips._tcp.one.example 60 SRV 10 60 5061 sbc1.one.example
_sips._tcp.one.example 60 SRV 10 0 0 sbc2.one.example
sbc1.one.example 30 AAAA 2001:db8:1234:5678:9abc:def0:1234:5678
sbc1.one.example 30 A 192.0.2.1
_sip._tcp.two.example 300 SRV 5 0 5060 gateway-with-a-rather-long-name.frankfurt-am-main.region-1.two.example
gateway-with-a-rather-long-name.frankfurt-am-main.region-1.two.example 20 CNAME edge.cdn.example
edge.cdn.example 15 CNAME edge-v2.cdn.example
edge-v2.cdn.example 10 A 192.0.2.5
";

fn several(size: (u16, u16)) -> World {
    let mut world = World::empty(size);
    let mut carrier = Carrier::new(name("several"), "sip:one.example".parse().unwrap());
    carrier.more_uris.push("sip:two.example;transport=tcp".parse().unwrap());
    carrier.engine = Some("rfc3263:ask_sips=no".into());
    world.save(carrier).dns("several", SEVERAL).all_answer(3);
    open(world, "several", View::Carrier)
}

fn acme(size: (u16, u16)) -> World {
    open(World::steady(size), "acme.example", View::Carrier)
}

/// The resolver has failed for four minutes.
fn failing(size: (u16, u16)) -> World {
    let mut world = acme(size);
    world.all_answer(12).dns_fails("acme.example", &Outcome::ServFail).all_answer(24);
    world
}

fn press(mut world: World, keys: &str) -> World {
    world.press(keys);
    world
}

#[test]
fn columns_line_up_over_aliases_several_uris_and_long_names() {
    kept("tree_several", several);
}

#[test]
fn a_record_tells_its_decision_and_the_question_that_it_leads_to() {
    kept("why_record", |size| press(acme(size), "gj<Enter>"));
}

#[test]
fn a_record_that_is_not_taken_says_why() {
    kept("why_not_taken", |size| press(several(size), "gjjjjjjj<Enter>"));
}

#[test]
fn where_questions_fail_what_failed_and_what_is_read_are_both_told() {
    kept("why_last_good", |size| press(failing(size), "g<Enter>"));
}

#[test]
fn a_dialog_leaves_the_verdict_and_its_line_in_sight() {
    for size in [SMALL, LARGE, (160, 45), (40, 12)] {
        for keys in ["g<Enter>", "gj<Enter>", "G<Enter>", "gjj ", "gjjj "] {
            let world = press(acme(size), keys);
            assert!(matches!(world.ui.over, Over::Why(0)), "{keys}");
            let text = world.text();
            assert!(text.contains("WHY") && text.contains("next calls: us-east-1 50"), "{size:?} {keys}\n{text}");
            let (above, below) = text.split_once("WHY  ").unwrap();
            let title: String = below.chars().take(5).collect();
            assert!(above.contains(&title), "{size:?} {keys} {title}\n{text}");
        }
    }
}

#[test]
fn all_of_it_can_be_scrolled_through_and_no_further() {
    let mut world = press(acme(SMALL), "gj<Enter>");
    let mut seen = world.text();
    for _ in 0..60 {
        world.press("j");
        seen.push_str(&world.text());
    }
    assert!(seen.contains("taken      20 100 5061 pop-us-west-1.acme.example"));
    assert!(world.text().contains("hashes the account"), "{}", world.text());
    let last = world.text();
    // A key up is seen at once.
    world.press("k");
    assert_ne!(world.text(), last);
    world.press("G");
    assert_eq!(world.text(), last);
    world.press("g");
    assert!(world.text().contains("this one   is taken"));
}

#[test]
fn esc_leads_back_and_y_copies_what_is_explained() {
    for key in ["<Esc>", "<Enter>", " ", "q"] {
        let world = press(acme(SMALL), &format!("g<Enter>{key}"));
        assert!(matches!(world.ui.over, Over::Nothing) && world.ui.view == View::Carrier, "{key}");
    }
    let mut world = press(acme(SMALL), "g<Enter>");
    assert_eq!(world.press("y"), [Effect::Copy("dig @127.0.0.1 -p 5300 NAPTR acme.example".to_owned())]);
    assert!(matches!(world.ui.over, Over::Why(_)));
}

#[test]
fn enter_opens_a_target_and_explains_all_else() {
    let world = press(acme(SMALL), "gjj<Enter>");
    assert_eq!(world.ui.view, View::Target);
    let world = press(acme(SMALL), "gjj ");
    assert!(world.text().contains("is taken; tried first by 50 % of requests"), "{}", world.text());
    // Before any answer there is nothing to explain.
    let mut world = World::empty(SMALL);
    world.carrier("acme.example");
    world.press("2 ");
    assert!(matches!(&world.ui.said, Some(Said::Ill(why)) if why.as_str().contains("no answer has come yet")));
    // A target that left the DNS has no question behind it.
    let mut world = acme(SMALL);
    let without: Vec<&str> = ACME.lines().filter(|line| !line.contains("us-west")).collect();
    world.dns("acme.example", &without.join("\n"));
    world.press("G<Enter>");
    assert!(world.text().contains("the DNS no longer leads here"), "{}", world.text());
    assert_eq!(world.press("y"), []);
}

#[test]
fn lines_where_others_decide_otherwise_are_marked_and_the_help_says_what_the_mark_means() {
    let mut world = several(LARGE);
    let marked = |world: &World, what: &str| {
        let text = world.text();
        let line = text.lines().find(|line| line.contains(what)).unwrap_or_else(|| panic!("{what}\n{text}")).to_owned();
        line.contains('‡')
    };
    assert!(marked(&world, "NAPTR one.example"));
    assert!(marked(&world, "SIP+D2U"), "others end here at a flag 'a'");
    assert!(!marked(&world, "192.0.2.1"));
    assert!(!marked(&world, "CNAME edge.cdn.example"));
    world.press("?");
    assert!(marked(&world, "others differ"));
}
