//! Trouble of our own: one row above all carriers, and one event.

use crate::model::ProbeResult;

use super::screens::kept;
use super::world::{World, missed};

/// Nothing answers any more, at nobody.
fn unplugged(size: (u16, u16)) -> World {
    let mut world = World::steady(size);
    world.later(30);
    for (carrier, endpoint) in world.endpoints() {
        world.probe(&carrier, missed(endpoint, ProbeResult::Timeout, world.now()));
    }
    world.later(1);
    world
}

#[test]
fn trouble_of_our_own() {
    kept("fleet_ours", unplugged);
    kept("wall_ours", |size| {
        let mut world = unplugged(size);
        world.press("z");
        world
    });
    kept("changes_ours", |size| {
        let mut world = unplugged(size);
        world.press("6");
        world
    });
}
