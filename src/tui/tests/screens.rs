//! Screens as they are drawn, at the two sizes that everybody has.

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};

use crate::model::{Outcome, ProbeResult, Transport};
use crate::tui::glyphs::Glyphs;
use crate::tui::theme::Theme;
use crate::tui::ui::View;

use super::world::{ACME, World, answered, endpoint, missed, name};

pub(super) const SMALL: (u16, u16) = (80, 24);
pub(super) const LARGE: (u16, u16) = (120, 36);

/// Compares a screen at both sizes with what is kept.
pub(super) fn kept(name: &str, set: impl Fn((u16, u16)) -> World) {
    for size in [SMALL, LARGE] {
        let world = set(size);
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("snapshots");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), world.text()));
    }
}

pub(super) fn open(mut world: World, carrier: &str, view: View) -> World {
    world.ui.go_to(name(carrier), 0);
    world.ui.view = view;
    world
}

/// One east POP is silent, and the operator fails the other.
fn outage(size: (u16, u16)) -> World {
    let mut world = World::steady(size);
    world.silent("192.0.2.20", 6).dns("acme.example", ACME).force("acme.example", "pop-us-east-1.acme.example");
    world
}

/// The resolver has failed for four minutes; targets answer.
fn no_dns(size: (u16, u16)) -> World {
    let mut world = World::steady(size);
    world.all_answer(20).dns_fails("acme.example", &Outcome::ServFail);
    world.all_answer(24).later(1);
    world
}

#[test]
fn fleet() {
    kept("fleet", World::steady);
}

#[test]
fn fleet_in_trouble() {
    kept("fleet_in_trouble", outage);
}

#[test]
fn carrier() {
    kept("carrier", |size| open(World::steady(size), "acme.example", View::Carrier));
}

#[test]
fn carrier_with_a_target_down_and_one_forced() {
    kept("carrier_down_and_forced", |size| open(outage(size), "acme.example", View::Carrier));
}

#[test]
fn carrier_without_dns() {
    kept("carrier_no_dns", |size| open(no_dns(size), "acme.example", View::Carrier));
}

/// One east POP never answers from here, the other does.
fn unheard(size: (u16, u16)) -> World {
    let mut world = World::empty(size);
    world.carrier("acme.example").dns("acme.example", ACME).silent("192.0.2.10", 4);
    world
}

#[test]
fn carrier_with_a_target_that_was_never_heard() {
    kept("carrier_unheard", |size| open(unheard(size), "acme.example", View::Carrier));
}

#[test]
fn what_nobody_has_heard_looks_unknown_wherever_a_share_is_said() {
    let world = unheard(LARGE);
    assert_ne!(style_of(&world, "us-east-2 50"), style_of(&world, "us-east-1 50?"));
    let world = open(world, "acme.example", View::Carrier);
    assert!(world.text().contains("by DNS alone: not all targets are known"));
    assert!(world.text().contains("unknown: us-east-1 was never heard from here"));
    assert!(!world.text().contains("nothing is lost"));
    // What a simulation says of it is no more than it is.
    let mut world = world;
    world.force("acme.example", "pop-us-east-2.acme.example");
    assert!(
        world.text().contains("us-east-1 was never heard from here; if that answers, 50 % wait"),
        "{}",
        world.text()
    );
    // Where it takes no call nothing hangs on it.
    world.force("acme.example", "pop-us-east-1.acme.example");
    assert!(!world.text().contains("unknown: "), "{}", world.text());
}

#[test]
fn what_is_not_probed_is_not_said_to_be_well() {
    let mut world = World::empty(SMALL);
    world.state.options.probing = false;
    world.carrier("acme.example").dns("acme.example", ACME);
    assert!(world.text().contains("us-east-1 50?  us-east-2 50?"), "{}", world.text());
    let world = open(world, "acme.example", View::Carrier);
    assert!(world.text().contains("unknown: nothing is probed") && !world.text().contains("nobody waits"));
}

#[test]
fn without_any_answer_there_is_nothing_to_preview() {
    let mut world = World::empty(SMALL);
    world.carrier("acme.example").dns_fails("acme.example", &Outcome::Timeout);
    let world = open(world, "acme.example", View::Carrier);
    assert!(world.text().contains("nothing to preview: DNS never answered (timeout for "), "{}", world.text());
    assert!(!world.text().contains("lost "), "{}", world.text());
}

#[test]
fn carrier_of_many_addresses() {
    kept("carrier_addresses", |size| {
        let mut world = World::steady(size);
        world.silent("203.0.113.2", 4).force("cloud.example", "address:203.0.113.1=refused");
        open(world, "cloud.example", View::Carrier)
    });
}

#[test]
fn carrier_that_is_not_in_the_dns() {
    kept("carrier_nowhere", |size| {
        let mut world = World::empty(size);
        world.carrier("gone.example").dns("gone.example", "");
        open(world, "gone.example", View::Carrier)
    });
}

#[test]
fn carrier_whose_target_left_the_dns() {
    kept("carrier_left", |size| {
        let mut world = World::steady(size);
        let less: String = ACME
            .lines()
            .filter(|line| !line.ends_with("5061 pop-us-east-2.acme.example"))
            .collect::<Vec<_>>()
            .join("\n");
        world.dns("acme.example", &less).all_answer(1);
        open(world, "acme.example", View::Carrier)
    });
}

#[test]
fn target() {
    kept("target", |size| open(outage(size), "acme.example", View::Target));
}

#[test]
fn target_with_a_bad_certificate() {
    kept("target_certificate", |size| {
        let mut world = World::steady(size);
        let at = endpoint(Transport::Tls, "192.0.2.10:5061");
        let mut report = missed(at, ProbeResult::TlsName, world.now());
        report.tls = answered(at, 200, "OK", 1, world.now()).tls;
        if let Some(tls) = &mut report.tls {
            tls.names = vec!["other.example".into()];
            tls.names_domain = false;
            tls.names_target = false;
            tls.chain[0].not_after = Some("2026-11-20T00:00:00Z".parse().unwrap());
            tls.untrusted = Some("expired".into());
        }
        for _ in 0..3 {
            world.probe(&name("acme.example"), report.clone());
        }
        open(world, "acme.example", View::Target)
    });
}

#[test]
fn wall() {
    kept("wall", |size| {
        let mut world = outage(size);
        world.ui.view = View::Wall;
        world
    });
}

#[test]
fn help() {
    kept("help", |size| {
        let mut world = open(outage(size), "acme.example", View::Carrier);
        world.press("?");
        world
    });
}

#[test]
fn empty() {
    kept("empty", World::empty);
}

#[test]
fn adding() {
    kept("adding", |size| {
        let mut world = outage(size);
        world.press("atel:1<Enter>");
        world
    });
}

#[test]
fn before_the_first_answer() {
    kept("first", |size| {
        let mut world = World::empty(size);
        world.carrier("acme.example").carrier("flow.example");
        world
    });
}

#[test]
fn carrier_before_the_first_answer() {
    kept("carrier_first", |size| {
        let mut world = World::empty(size);
        world.carrier("acme.example");
        open(world, "acme.example", View::Carrier)
    });
}

#[test]
fn the_least_screen_keeps_the_names_of_the_targets() {
    let mut world = open(outage((40, 12)), "acme.example", View::Carrier);
    assert!(world.text().contains("10 50 us-east-1 "), "{}", world.text());
    world.press("jj");
    let text = world.text();
    let row = text.lines().find(|row| row.contains("10 50 us-east-2 ")).unwrap_or(&text);
    assert!(row.contains("× DOWN") && !text.contains("TTL"), "{text}");
}

#[test]
fn garbage_is_not_called_silence_and_an_outage_changes_its_face() {
    let mut world = World::steady(LARGE);
    let at = endpoint(Transport::Tls, "192.0.2.10:5061");
    let failed = |world: &mut World, results: &[ProbeResult]| {
        for &result in results {
            world.probe(&name("acme.example"), missed(at, result, world.now()));
        }
    };
    let mut other = World::steady(LARGE);
    failed(&mut other, &[ProbeResult::Refused, ProbeResult::Refused, ProbeResult::Refused, ProbeResult::Timeout]);
    let other = open(other, "acme.example", View::Carrier);
    assert!(other.text().contains("us-east-1 DOWN: refused → silent"), "{}", other.text());
    failed(&mut world, &[ProbeResult::Malformed; 3]);
    let world = open(world, "acme.example", View::Carrier);
    assert!(world.text().contains("× DOWN     malformed"), "{}", world.text());
    let world = open(world, "acme.example", View::Target);
    assert!(world.text().contains("× DOWN     malformed since"), "{}", world.text());
}

#[test]
fn help_that_does_not_fit_has_pages() {
    let mut world = open(outage((40, 12)), "acme.example", View::Carrier);
    let mut seen = String::new();
    world.press("?");
    for page in 1..=15 {
        let text = world.text();
        if !text.contains(&format!("page {page} of ")) {
            break;
        }
        seen.push_str(&text);
        world.press("j");
    }
    for binding in crate::tui::keymap::bindings(crate::tui::Place::Carrier, false) {
        assert!(seen.contains(binding.help), "{}", binding.help);
    }
    assert!(world.text().contains("page 1 of"), "after the last comes the first");
    world.press("k<Esc>");
    assert!(!world.text().contains("page "));
}

/// The style of the first cell of some text on the screen.
fn style_of(world: &World, text: &str) -> (Color, Modifier) {
    let buffer = world.buffer();
    let (x, y) = find(&buffer, text).unwrap_or_else(|| panic!("'{text}' is not on\n{}", world.text()));
    let cell = &buffer[(x, y)];
    (cell.fg, cell.modifier)
}

fn find(buffer: &Buffer, text: &str) -> Option<(u16, u16)> {
    let (width, height) = (buffer.area.width, buffer.area.height);
    let first: Vec<String> = text.chars().map(String::from).collect();
    let at =
        |x: u16, y: u16| first.iter().zip(x..width).filter(|(c, x)| buffer[(*x, y)].symbol() == c.as_str()).count();
    (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).find(|&(x, y)| at(x, y) == first.len())
}

#[test]
fn what_is_forced_is_struck_through_and_what_is_down_stands_out() {
    let mut world = open(outage(LARGE), "acme.example", View::Carrier);
    world.press("G");
    assert!(style_of(&world, "10 50 :5061 pop-us-east-1").1.contains(Modifier::CROSSED_OUT));
    assert!(!style_of(&world, "10 50 :5061 pop-us-east-2").1.contains(Modifier::CROSSED_OUT));
    assert_eq!(style_of(&world, "× DOWN").0, Color::LightRed);
    assert_eq!(style_of(&world, "● UP").0, Color::Green);
    assert!(style_of(&world, "[SIMULATION: nothing is sent]").1.contains(Modifier::REVERSED));
    assert!(style_of(&world, "[SIMULATION]").1.contains(Modifier::REVERSED));
    assert!(style_of(&world, "not used: NAPTR").1.contains(Modifier::DIM | Modifier::REVERSED));
}

#[test]
fn without_colour_nothing_is_lost() {
    let mut world = open(outage(LARGE), "acme.example", View::Carrier);
    world.press("G");
    let coloured = world.text();
    world.theme = Theme::named("mono").unwrap();
    assert_eq!(world.text(), coloured);
    assert!(world.buffer().content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    assert_ne!(style_of(&world, "× DOWN").1, style_of(&world, "● UP").1);
    assert!(style_of(&world, "10 50 :5061 pop-us-east-1").1.contains(Modifier::CROSSED_OUT));
}

#[test]
fn without_utf8_all_is_ascii_and_every_state_keeps_its_glyph() {
    for view in [View::Fleet, View::Carrier, View::Target, View::Changes, View::Wall] {
        let mut world = open(outage(LARGE), "acme.example", view);
        world.glyphs = Glyphs::ASCII;
        assert!(world.text().is_ascii(), "{}", world.text());
        assert!(world.text().contains("~ DEGRADED"));
    }
}

#[test]
fn no_size_panics_and_a_small_one_says_what_it_needs() {
    for view in [View::Fleet, View::Carrier, View::Target, View::Changes, View::Wall] {
        for keys in ["", "?", "a", "/"] {
            for columns in [0, 1, 7, 39, 40, 79, 100, 220] {
                for rows in [0, 1, 11, 12, 13, 40] {
                    let mut world = open(outage((columns, rows)), "acme.example", view);
                    world.ui.notices = vec!["carriers.toml, line 3: no uri".into(); 4];
                    world.press(keys);
                    let text = world.text();
                    let too_small = columns < 40 || rows < 12;
                    assert_eq!(text.contains("needs 40x12, has"), too_small && columns >= 24 && rows > 0);
                }
            }
        }
    }
    let world = World::empty((31, 9));
    assert!(world.text().starts_with("needs 40x12, has 31x9"));
}

#[test]
fn the_verdict_stays_in_sight_whatever_is_asked() {
    for (view, keys) in [
        (View::Fleet, ""),
        (View::Fleet, "?"),
        (View::Fleet, "a"),
        (View::Fleet, "D"),
        (View::Fleet, "/"),
        (View::Fleet, "q"),
        (View::Carrier, "?"),
        (View::Carrier, "D"),
        (View::Target, "q"),
        (View::Changes, ""),
        (View::Wall, ""),
    ] {
        for size in [SMALL, LARGE] {
            let mut world = open(outage(size), "acme.example", view);
            world.press(keys);
            assert!(world.text().contains("us-east-2 silent since 13:0"), "{view:?} {keys}\n{}", world.text());
        }
    }
}

#[test]
fn badges_are_on_every_screen() {
    for view in [View::Fleet, View::Carrier, View::Target, View::Changes, View::Wall] {
        let mut world = open(outage(SMALL), "acme.example", view);
        world.mode.lab = Some("story".into());
        let mut scene = world.scene();
        scene.paused = Some(super::world::moment(60));
        let mut buffer = Buffer::empty(ratatui::layout::Rect::new(0, 0, 80, 24));
        crate::tui::views::draw(&mut buffer, scene);
        for badge in ["PAUSED 13:01", "[SIMULATION]", "[LAB story]"] {
            assert!(find(&buffer, badge).is_some(), "{badge} in {view:?}");
        }
    }
}

#[test]
fn hostile_text_cannot_move_the_screen() {
    let mut world = open(World::steady(LARGE), "acme.example", View::Target);
    let at = endpoint(Transport::Tls, "192.0.2.10:5061");
    let report = answered(at, 200, "OK\u{1b}[2J\r\n\u{202e}", 1, world.now());
    world.probe(&name("acme.example"), report);
    let cells = world.buffer().content;
    assert!(cells.iter().all(|cell| cell.symbol().chars().all(|c| !c.is_control() && c != '\u{202e}')));
}

#[test]
fn a_second_changes_the_selected_row_only() {
    let mut world = open(World::steady(LARGE), "acme.example", View::Carrier);
    world.dns("acme.example", ACME).later(5);
    let before = world.buffer();
    world.later(1);
    let after = world.buffer();
    let rows: std::collections::BTreeSet<u16> = before.diff(&after).iter().map(|(_, y, _)| *y).collect();
    assert_eq!(rows.len(), 1, "rows {rows:?}");
    // Ages go in steps, so that a minute of forty targets is a handful of cells a second.
    let mut cells = 0;
    let mut last = after;
    for _ in 0..60 {
        world.later(1);
        let next = world.buffer();
        cells += last.diff(&next).len();
        last = next;
    }
    assert!(cells < 60 * 5, "{cells} cells in a minute");
}

#[test]
fn how_the_dns_fails_is_read_to_its_end_and_the_head_names_all_that_is_in_trouble() {
    let mut world = no_dns(SMALL);
    world.silent("192.0.2.31", 4).dns_fails("acme.example", &Outcome::Loop);
    world.carrier("gone.example").dns("gone.example", "");
    let text = world.text();
    assert!(text.contains("DOWN 1  ") && text.contains("  DEGRADED 1  ") && text.contains("UP 1"), "{text}");
    assert!(text.contains(" local\n") && !text.contains("Z\n"), "{text}");
    assert!(text.lines().any(|row| row.contains("acme.example") && row.ends_with("loop <10s")), "{text}");
    world.dns_fails("acme.example", &Outcome::Other("the connection was closed".into()));
    assert!(world.text().contains("failed <10s\n"), "{}", world.text());
    // Where there is room, the time of elsewhere is there.
    world.ui.size = LARGE;
    assert!(world.text().contains("Z\n"), "{}", world.text());
}

#[test]
fn the_factor_of_a_load_is_whole_on_the_small_screen() {
    let mut world = open(World::steady(SMALL), "acme.example", View::Carrier);
    world.force("acme.example", "pop-us-east-2.acme.example");
    let text = world.text();
    let row = text.lines().find(|row| row.starts_with(" us-east-1 now")).unwrap_or(&text);
    assert!(row.ends_with("x2.0"), "{text}");
    world.ui.size = (160, 45);
    assert!(world.text().contains("x2.0 its usual load"), "{}", world.text());
}

#[test]
fn the_preview_names_the_failures_that_count() {
    let mut world = open(World::steady(SMALL), "acme.example", View::Carrier);
    let east = "pop-us-east-1.acme.example";
    world.force("acme.example", &format!("{east}=refused")).force("acme.example", "pop:us-east-1");
    assert!(world.text().contains("you failed: pop:us-east-1 (silent) ─"), "{}", world.text());
    // Of a tier the other target fails as the tier does.
    world.force("acme.example", "tier:10=503").force("acme.example", &format!("{east}=refused"));
    assert!(world.text().contains("you failed: us-east-1 (refused), tier:10 (503) "), "{}", world.text());
    // What is on no target is not overridden.
    world.force("acme.example", "gone.example");
    world.ui.size = LARGE;
    assert!(world.text().contains("you failed: gone (silent), us-east-1 (refused), tier"), "{}", world.text());
}

#[test]
fn the_way_back_is_on_the_small_screen() {
    for view in [View::Carrier, View::Target, View::Changes, View::Findings, View::Wall] {
        let mut world = open(outage(SMALL), "acme.example", view);
        world.mode.lab = Some("cutover".into());
        assert!(world.text().contains("Esc back") && world.text().contains("? help"), "{view:?}\n{}", world.text());
    }
}

#[test]
fn what_is_over_is_due_and_expires_only_while_questions_fail() {
    let mut world = open(World::steady(LARGE), "acme.example", View::Carrier);
    assert!(world.text().contains("   due\n") && !world.text().contains("expired"), "{}", world.text());
    world.dns_fails("acme.example", &Outcome::Timeout).later(600);
    assert!(!world.text().contains("   due\n") && world.text().contains("expired"), "{}", world.text());
}
