//! Screens as they are drawn, at the two sizes that everybody has.

use crate::model::Outcome;
use crate::tui::ui::View;

use super::world::World;

const SMALL: (u16, u16) = (80, 24);
const LARGE: (u16, u16) = (120, 36);

fn open(world: &mut World, carrier: &str) {
    world.ui.go_to(super::world::name(carrier), 0);
    world.ui.view = View::Carrier;
}

#[test]
fn look() {
    for size in [SMALL, LARGE] {
        let mut w = World::steady(size);
        println!("{}", w.text());
        open(&mut w, "acme.example");
        println!("{}", w.text());
        w.silent("192.0.2.20", 4);
        w.force("acme.example", "pop-us-east-1.acme.example");
        println!("{}", w.text());
        w.ui.view = View::Fleet;
        println!("{}", w.text());
        w.ui.view = View::Target;
        println!("{}", w.text());
        w.ui.view = View::Wall;
        println!("{}", w.text());
        w.ui.view = View::Carrier;
        w.press("?");
        println!("{}", w.text());
        w.press("<Esc>");
        let mut w = World::steady(size);
        w.later(280);
        w.dns_fails("acme.example", &Outcome::ServFail);
        w.later(100);
        println!("{}", w.text());
        open(&mut w, "acme.example");
        println!("{}", w.text());
        let mut w = World::empty(size);
        println!("{}", w.text());
        w.press("a");
        w.press("acme.example");
        println!("{}", w.text());
    }
}
