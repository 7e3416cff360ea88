//! What keys do: to the view, and what they ask of the outside.

use crate::model::{Command, OperatorAct, Outage};
use crate::tui::ui::{Over, Pane, Said, View};
use crate::tui::update::Effect;

use super::world::{ACME, World, name};

const SIZE: (u16, u16) = (120, 36);

fn acme() -> World {
    let mut world = World::steady(SIZE);
    world.press("<Enter>");
    assert_eq!(world.ui.view, View::Carrier);
    assert_eq!(world.ui.carrier, Some(name("acme.example")));
    world
}

fn failed(what: &str) -> Vec<Effect> {
    let outage: Outage = what.parse().unwrap();
    vec![Effect::Send(Command::Act(OperatorAct::Fail(name("acme.example"), outage)))]
}

#[test]
fn fail_is_two_keys_from_the_fleet_and_hits_the_target_of_the_next_calls() {
    let mut world = World::steady(SIZE);
    assert_eq!(world.press("f"), []);
    assert_eq!(world.ui.view, View::Carrier);
    assert_eq!(world.press("f"), failed("pop-us-east-1.acme.example"));
}

#[test]
fn fail_means_what_is_selected() {
    let mut world = acme();
    assert_eq!(world.press("jjf"), failed("pop-us-east-2.acme.example"));
    assert_eq!(world.press("F"), failed("pop:us-east-2"));
    // The only address of a target stands for the target.
    assert_eq!(world.press("jf"), failed("pop-us-east-2.acme.example"));
    // One of several is itself.
    assert_eq!(world.press("jjf"), failed("address:2001:db8::7"));
    // At a record it is the transport that it leads to, at the root everything.
    assert_eq!(world.press("gf"), failed("all"));
    assert_eq!(world.press("jf"), failed("transport:tls"));
    assert_eq!(world.press("jt"), failed("tier:10"));
    // What is no target has no POP, and that is said.
    assert_eq!(world.press("gF"), []);
    assert!(matches!(world.ui.said, Some(Said::Ill(_))));
}

#[test]
fn failing_it_again_fails_it_in_the_next_way() {
    let mut world = acme();
    for how in ["silent", "refused", "503", "error:486", "trying", "tls", "maintenance", "silent"] {
        let what = format!("pop-us-east-1.acme.example={how}");
        assert_eq!(world.press("f"), failed(&what));
        world.force("acme.example", &what);
        assert_eq!(world.state.carrier(&name("acme.example")).unwrap().forced.len(), 1);
    }
    // Its POP is another thing.
    assert_eq!(world.press("F"), failed("pop:us-east-1"));
}

#[test]
fn what_is_failed_is_taken_back() {
    let mut world = acme();
    assert_eq!(world.press("u"), []);
    let act =
        |act: fn(crate::model::CarrierName) -> OperatorAct| vec![Effect::Send(Command::Act(act(name("acme.example"))))];
    world.force("acme.example", "pop-us-east-1.acme.example");
    assert_eq!(world.press("u"), act(OperatorAct::Undo));
    assert_eq!(world.press("U"), act(OperatorAct::Clear));
}

#[test]
fn maintenance_is_a_word_that_is_given_and_taken_back() {
    let mut world = acme();
    let target = || "pop-us-east-2.acme.example".parse().unwrap();
    let given = OperatorAct::Maintain(name("acme.example"), target());
    assert_eq!(world.press("jjM"), vec![Effect::Send(Command::Act(given.clone()))]);
    world.tell(crate::model::FactKind::Act(given));
    let back = OperatorAct::Resume(name("acme.example"), target());
    assert_eq!(world.press("M"), vec![Effect::Send(Command::Act(back))]);
    assert_eq!(world.press("gM"), []);
    assert!(matches!(world.ui.said, Some(Said::Ill(_))));
}

#[test]
fn the_cursor_stays_on_its_line_while_the_dns_moves() {
    let mut world = acme();
    world.press("jj");
    let line = world.ui.line.clone().unwrap();
    assert!(line.contains("pop-us-east-2"));
    let turned = ACME.replace("10 50 5061 pop-us-east-2", "10 90 5061 pop-us-east-2");
    world.dns("acme.example", &turned);
    assert_eq!(world.press("f"), failed("pop-us-east-2.acme.example"));
    assert_eq!(world.ui.line, Some(line));
    // Where it is gone, the cursor is where it was.
    let less: Vec<&str> = ACME.lines().filter(|line| !line.contains("5061 pop-us-east-2")).collect();
    world.dns("acme.example", &less.join("\n"));
    assert_eq!(world.press("f"), failed("pop-us-west-1.acme.example"));
}

#[test]
fn the_cursor_stays_on_its_carrier_when_the_order_changes() {
    let mut world = World::steady(SIZE);
    world.press("jj");
    assert_eq!(world.ui.carrier, Some(name("flow.example")));
    world.silent("192.0.2.31", 4);
    assert_eq!(world.state.ranked()[0].carrier.name, name("flow.example"));
    assert_eq!(world.ui.cursor(&world.ui.listed(&world.state)), 0);
    world.press("j");
    assert_eq!(world.ui.carrier, Some(name("acme.example")));
}

#[test]
fn next_problem_goes_round_and_says_when_there_is_none() {
    let mut world = World::steady(SIZE);
    world.press("n");
    assert_eq!(world.ui.said, Some(Said::Well("no carrier is in trouble".into())));
    world.silent("192.0.2.20", 4);
    world.press("Gn");
    assert_eq!(world.ui.carrier, Some(name("acme.example")));
    world.press("<Enter>gn");
    assert!(world.ui.line.as_deref().unwrap().contains("pop-us-east-2"));
}

#[test]
fn next_problem_goes_on_to_the_next_carrier() {
    let mut world = World::steady(SIZE);
    world.silent("192.0.2.20", 4);
    world.press("g<Enter>n");
    assert!(world.ui.line.as_deref().unwrap().contains("pop-us-east-2"));
    let line = world.ui.line.clone();
    world.press("n");
    assert_eq!(world.ui.said, Some(Said::Well("this is the only problem".into())));
    assert_eq!(world.ui.line, line);
    world.dns_fails("flow.example", &crate::model::Outcome::ServFail);
    for (keys, carrier, target) in [
        ("n", "flow.example", "NAPTR flow.example"),
        ("N", "acme.example", "us-east-2"),
        ("N", "flow.example", "A ep1.flow.example"),
    ] {
        world.press(keys);
        assert_eq!(world.ui.carrier, Some(name(carrier)), "{keys}");
        assert!(world.ui.line.as_deref().unwrap().contains(target), "{:?}", world.ui.line);
        assert!(format!("{:?}", world.ui.said).contains(&format!("on to {carrier}")));
    }
    // The target's own screen goes from target to target.
    world.press("3n");
    assert!(world.text().contains("pop-us-east-2.acme.example, port 5061"), "{}", world.text());
    world.press("kn");
    assert_eq!(world.ui.carrier, Some(name("acme.example")));
    assert!(world.text().contains("pop-us-east-2.acme.example, port 5061"), "{}", world.text());
}

#[test]
fn changes_and_events_follow_the_filter() {
    let mut world = World::steady((80, 24));
    world.silent("192.0.2.20", 4).silent("192.0.2.31", 4);
    assert!(world.text().contains("acme.example us-east-2 UP → DOWN"), "{}", world.text());
    world.press("/FLOW<Enter>");
    assert!(world.text().contains("EVENTS    of filter \"FLOW\"  newest first"), "{}", world.text());
    assert!(world.text().contains("ep1 UP → DOWN") && !world.text().contains("us-east-2 UP"), "{}", world.text());
    world.press("6");
    assert!(world.text().contains("CHANGES   of filter \"FLOW\""), "{}", world.text());
    assert!(world.text().contains("ep1 UP → DOWN") && !world.text().contains("us-east-2 UP"), "{}", world.text());
    // A carrier that is opened has its own, and all of them again.
    world.press("<Esc><Esc>6");
    assert!(world.text().contains("of all carriers") && world.text().contains("us-east-2 UP"), "{}", world.text());
}

#[test]
fn the_filter_narrows_the_list_and_esc_widens_it() {
    let mut world = World::steady(SIZE);
    world.press("/flow");
    assert_eq!(world.ui.listed(&world.state).len(), 1);
    world.press("<Enter>");
    assert!(matches!(world.ui.over, Over::Nothing));
    assert_eq!(world.ui.current(&world.state).unwrap().carrier.name, name("flow.example"));
    world.press("<Esc>");
    assert_eq!(world.ui.listed(&world.state).len(), 3);
    world.press("/nothing like it<Enter>");
    assert!(world.text().contains("no carrier has this in it"));
    for key in ["<Enter>", "f", "D", "r", "n", "j", "3"] {
        assert_eq!(world.press(key), []);
        let said = format!("{:?}", world.ui.said);
        assert!(said.contains("no carrier fits the filter") && said.contains("Esc"), "{key}: {said}");
    }
}

#[test]
fn a_filter_that_is_kept_is_seen_and_counts() {
    let mut world = World::steady((80, 24));
    world.silent("192.0.2.20", 4);
    world.press("/flow<Enter>");
    assert!(world.text().contains("filter \"flow\" (Esc)"), "{}", world.text());
    world.press("n");
    assert!(world.text().contains("2 hidden by the filter (Esc)"), "{}", world.text());
    world.press("<Esc>/example<Enter>");
    assert_eq!(world.ui.listed(&world.state).len(), 3);
    world.press("<Esc>");
    assert!(!world.text().contains("filter \""), "{}", world.text());
}

#[test]
fn carriers_that_are_fixed_are_not_asked_about() {
    let mut world = World::steady(SIZE);
    let broken = "~/.config/trunktop/carriers.toml:7: carrier 'bad': uri: scheme 'tel:'";
    world.mode.notices = vec!["settings.toml:1: no such theme".into(), broken.into()];
    world.ui = crate::tui::ui::Ui::new(SIZE, &world.mode);
    for key in ["a", "D"] {
        assert_eq!(world.press(key), []);
        assert!(matches!(world.ui.over, Over::Nothing));
        let said = format!("{:?}", world.ui.said);
        assert!(said.contains("R reads it again: carriers.toml:7: carrier 'bad'"), "{said}");
    }
    // Mended by hand and read again, it takes carriers.
    let mode = world.mode.clone();
    world.ui.read_again(&mode, None);
    assert_eq!(world.ui.notices, [crate::model::Text::from("settings.toml:1: no such theme")]);
    world.press("a");
    assert!(matches!(world.ui.over, Over::Add(_)));
    // In the lab nothing can be saved.
    world.mode.lab = Some("steady".into());
    world.ui = crate::tui::ui::Ui::new(SIZE, &world.mode);
    for key in ["a", "D"] {
        world.press(key);
        assert!(format!("{:?}", world.ui.said).contains("the lab's carriers are fixed"));
    }
}

#[test]
fn a_key_that_nobody_knows_is_told_and_keeps_nobody_from_adding() {
    let mut world = World::steady(SIZE);
    let slip = "~/.config/trunktop/carriers.toml:4: carrier 'one': key 'enigne' is not known, and does nothing";
    world.mode.slips = vec![slip.into()];
    world.ui = crate::tui::ui::Ui::new(SIZE, &world.mode);
    assert!(world.text().contains("key 'enigne' is not known"), "{}", world.text());
    world.press("a");
    assert!(matches!(world.ui.over, Over::Add(_)));
    // Mended by hand and read again, it is gone.
    let mode = world.mode.clone();
    world.ui.read_again(&mode, None);
    assert!(world.ui.notices.is_empty());
}

#[test]
fn the_wall_follows_what_broke_last_and_goes_back_when_it_is_over() {
    let mut world = World::steady(SIZE);
    world.silent("192.0.2.20", 4);
    // Who has moved nowhere sees the newest problem; who has, what he looked at.
    world.press("zzGz");
    assert_eq!(world.ui.carrier, Some(name("flow.example")));
    world.ui.carrier = None;
    world.press("zz");
    assert_eq!(world.ui.carrier, Some(name("acme.example")));
    let told = |world: &mut World, address: &str, times| {
        let before = world.now();
        world.silent(address, times);
        let all = world.state.carriers().flat_map(|carrier| carrier.events.iter().cloned());
        let new: Vec<_> = all.filter(|event| event.at > before).collect();
        crate::tui::follow::events(&mut world.ui, &world.state, &new);
    };
    // acme is well again while flow breaks.
    told(&mut world, "192.0.2.31", 4);
    assert_eq!(world.ui.carrier, Some(name("flow.example")));
    assert!(world.text().contains("flow.example since 13:0"), "{}", world.text());
    // Who moves is left alone until something happens.
    world.press("G");
    let chosen = world.ui.carrier.clone();
    told(&mut world, "192.0.2.31", 1);
    assert_eq!(world.ui.carrier, chosen);
    told(&mut world, "203.0.113.2", 4);
    assert_eq!(world.ui.carrier, Some(name("cloud.example")));
}

#[test]
fn the_wall_has_the_worst_in_sight_until_its_pages_are_turned() {
    let mut world = World::empty((80, 24));
    for at in 10..30 {
        world.carrier(&format!("c{at}.example")).dns(&format!("c{at}.example"), "");
    }
    world.carrier("acme.example").dns("acme.example", ACME).all_answer(1).silent("192.0.2.20", 4);
    world.press("Gz");
    let seen = |world: &World| (world.text().contains("c10.example 0/0"), world.text().contains("acme.example 3/4"));
    // What was selected is told below, the worst stand above it.
    assert_eq!(world.ui.carrier, Some(name("acme.example")));
    assert_eq!(seen(&world), (true, false), "{}", world.text());
    assert!(world.text().contains("6 more carriers, 6 in trouble: PgDn, PgUp"), "{}", world.text());
    world.press("gj<PgDn>");
    assert_eq!(seen(&world), (false, true), "{}", world.text());
    assert_eq!(world.ui.cursor(&world.ui.listed(&world.state)), 16);
    world.press("<PgUp>");
    assert_eq!(world.ui.cursor(&world.ui.listed(&world.state)), 1);
    assert_eq!(seen(&world), (true, false), "{}", world.text());
}

#[test]
fn views_are_one_key_away_and_esc_leads_back() {
    let mut world = World::steady(SIZE);
    for (keys, view) in [
        ("2", View::Carrier),
        ("3", View::Target),
        ("<Esc>", View::Carrier),
        ("<Enter>", View::Target),
        ("1", View::Fleet),
        ("z", View::Wall),
        ("z", View::Fleet),
    ] {
        world.press(keys);
        assert_eq!(world.ui.view, view, "{keys}");
    }
    // In the target's own screen j goes from target to target.
    world.press("3jj");
    assert!(world.text().contains("pop-us-west-1.acme.example, port 5061"));
}

#[test]
fn events_scroll_in_their_pane_and_not_past_the_last() {
    let mut world = acme();
    world.press("<Tab>jjjjjjjjjj");
    assert_eq!(world.ui.pane, Pane::Events);
    assert_eq!(world.ui.events_past, 3);
    world.press("<Tab>j");
    assert_eq!(world.ui.events_past, 3);
}

#[test]
fn a_line_is_copied_as_the_dig_line_that_asks_it_again() {
    let mut world = acme();
    world.press("g");
    for question in [
        "NAPTR acme.example",
        "NAPTR acme.example",
        "SRV _sips._tcp.acme.example",
        "A pop-us-east-1.acme.example",
        "SRV _sips._tcp.acme.example",
        "A pop-us-east-2.acme.example",
        "SRV _sips._tcp.acme.example",
        "AAAA pop-us-west-1.acme.example",
    ] {
        let line = format!("dig @127.0.0.1 -p 5300 {question}");
        assert_eq!(world.press("y"), [Effect::Copy(line.clone())]);
        assert_eq!(world.ui.said, Some(Said::Well(format!("copied: {line}").into())));
        world.press("j");
    }
    // Where addresses alone were found, they are what is asked for.
    let mut world = World::steady(SIZE);
    world.ui.go_to(name("cloud.example"), 0);
    world.ui.view = View::Carrier;
    assert_eq!(world.press("y"), [Effect::Copy("dig @127.0.0.1 -p 5300 A cloud.example".to_owned())]);
}

#[test]
fn findings_are_one_key_away_and_copied_as_a_text_for_the_carrier() {
    let mut world = super::findings::ill(SIZE);
    world.press("1");
    world.ui.go_to(name("ill.example"), 0);
    world.press("7");
    assert_eq!(world.ui.view, View::Findings);
    assert!(!world.text().contains("Add an A or AAAA record"));
    world.press("<Enter>");
    assert!(world.text().contains("Add an A or AAAA record"), "{}", world.text());
    world.press("j");
    assert!(!world.text().contains("Add an A or AAAA record") && world.text().contains("Check whether the port"));
    let [Effect::Copy(letter)] = &world.press("y")[..] else { panic!("nothing was copied") };
    assert!(
        letter.starts_with("The DNS of sip:ill.example, as system answered on 2026-11-22 13:00 UTC:\n"),
        "{letter}"
    );
    assert!(letter.contains("1. b.ill.example: ") && letter.contains("\n3. ") && !letter.contains("L26"), "{letter}");
    let Some(Said::Well(said)) = &world.ui.said else { panic!("{:?}", world.ui.said) };
    assert_eq!(said.as_str(), "copied: a text for the carrier with 3 findings; without 1 info");
    // The cursor stays on its finding when another one goes.
    let selected = |world: &World| {
        let findings = &world.state.carrier(&name("ill.example")).unwrap().findings;
        findings[world.ui.findings.place(findings)].rule
    };
    assert_eq!(selected(&world), "L15");
    world.dns("ill.example", &super::findings::ILL.replace("SRV 20 0 5060 b.", "SRV 20 0 5060 a."));
    assert_eq!(selected(&world), "L15");
    // On to the next carrier that has any; there is none.
    world.press("n");
    assert_eq!(world.ui.carrier, Some(name("ill.example")));
    world.press("<Esc>");
    assert_eq!(world.ui.view, View::Carrier);
    // What is wrong with what we dial is nothing to tell the carrier.
    let mut world = World::empty(SIZE);
    world.carrier("port.example:5070").dns("port.example:5070", "port.example 300 A 192.0.2.1");
    let [Effect::Copy(letter)] = &world.press("7y")[..] else { panic!("nothing was copied") };
    assert!(world.text().contains("L17") && letter.contains("L21") && !letter.contains("L17"), "{letter}");
    // Where nothing was found, that is said.
    let mut world = World::empty(SIZE);
    world.carrier("flow.example");
    assert_eq!(world.press("7y"), []);
    assert!(matches!(world.ui.said, Some(Said::Ill(_))));
}

#[test]
fn what_was_copied_can_be_read_to_its_end() {
    let mut world = World::steady((80, 24));
    let long = ["a".repeat(60), "b".repeat(60), "c".repeat(60), "example".to_owned()].join(".");
    world.dns("acme.example", &ACME.replace("_sips._tcp.acme.example", &long));
    world.press("2gjjy");
    let screen: String = world.text().lines().map(str::trim).collect();
    assert!(screen.contains(&format!("copied: dig @127.0.0.1 -p 5300 SRV{long}")), "{}", world.text());
    assert!(screen.contains("back"), "the keys stay where they are");
}

#[test]
fn deleting_asks_first() {
    let mut world = World::steady(SIZE);
    assert_eq!(world.press("Dn"), []);
    assert_eq!(world.press("D<Esc>"), []);
    assert_eq!(world.press("Dy"), [Effect::Send(Command::Remove(name("acme.example")))]);
}

#[test]
fn adding_asks_for_a_uri_and_sends_it() {
    let mut world = World::empty(SIZE);
    let sent = world.press("asip:new.example<Enter>");
    assert_eq!(sent, [Effect::Send(Command::Add(name("new.example"), "sip:new.example".parse().unwrap()))]);
    assert!(matches!(world.ui.over, Over::Add(_)), "the dialog stays until it is saved");
}

#[test]
fn quitting_asks_only_when_something_is_forced() {
    let mut world = World::steady(SIZE);
    assert_eq!(world.press("q"), [Effect::Quit]);
    world.force("acme.example", "tier:10");
    assert_eq!(world.press("qn"), []);
    assert_eq!(world.press("qy"), [Effect::Quit]);
}

#[test]
fn the_lab_key_kills_the_pop_of_the_selected_target_and_only_in_the_lab() {
    let mut world = acme();
    assert_eq!(world.press("x"), []);
    world.mode.lab = Some("steady".into());
    let toggled = Command::Toggle(name("acme.example"), crate::model::Pop("us-east-1".into()));
    assert_eq!(world.press("x"), [Effect::Send(toggled)]);
}

#[test]
fn refreshing_means_this_one_or_all() {
    let mut world = acme();
    assert_eq!(world.press("r"), [Effect::Send(Command::Refresh(Some(name("acme.example"))))]);
    assert_eq!(world.press("R"), [Effect::Send(Command::Refresh(None))]);
}

#[test]
fn no_key_breaks_anything_anywhere() {
    let keys: Vec<String> = (' '..='~')
        .map(String::from)
        .chain(["<Esc>", "<Tab>", "<End>", "<PgDn>", "<Enter>"].map(String::from))
        .collect();
    for view in [View::Fleet, View::Carrier, View::Target, View::Wall] {
        for set in [World::empty as fn((u16, u16)) -> World, World::steady] {
            let mut world = set((80, 24));
            world.ui.view = view;
            for first in &keys {
                world.ui.over = Over::Nothing;
                world.ui.view = view;
                world.press(first);
                world.press("jkG");
                world.text();
            }
        }
    }
}

#[test]
fn a_probe_is_copied_as_a_line_for_a_shell() {
    let mut world = acme();
    world.press("3");
    let effects = world.press("y");
    let [Effect::Copy(line)] = effects.as_slice() else { panic!("{effects:?}") };
    assert!(line.starts_with("(printf '%b' 'OPTIONS sip:acme.example SIP/2.0\\r\\n"), "{line}");
    assert!(line.contains("| openssl s_client -connect 192.0.2.10:5061 -servername acme.example "), "{line}");
    assert_eq!(
        world.ui.said,
        Some(Said::Well("copied: a line for openssl that probes again; the last page shows it".into()))
    );
    // The line is too long to be said: a page shows it, to be marked.
    world.press("<Enter>");
    assert!(world.text().contains("to send it again, from a shell"), "{}", world.text());
}
