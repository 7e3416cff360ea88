//! The columns of the tree.

use crate::tui::canvas::{Align, Column, columns};
use crate::tui::views::health;

/// From how many columns on health has its short history.
const WIDE: u16 = 104;

/// From how many columns on health has its detail.
const DETAIL: u16 = 56;
/// From how many columns on TTLs have a column.
const TTLS: u16 = 64;
/// How wide a registration stands.
const REGISTER: u16 = 13;
/// From how many columns on all of a health has room beside it.
const ROOMY: u16 = 132;
/// The least columns in which a record is written out.
const RECORD: u16 = 32;

/// Where the columns stand.
pub(super) struct Layout {
    pub(super) dns: Column,
    pub(super) first: Column,
    pub(super) health: Column,
    /// Where registrations are, where there are any.
    pub(super) register: Option<Column>,
    /// Given up first where columns are few; the detail of health is next, names are never.
    pub(super) ttl: Option<Column>,
    pub(super) wide: bool,
}

impl Layout {
    /// `out`: whether a target is down, which takes more words than that it is well. `pinned`: whether any
    /// registration is known.
    pub(super) fn new(total: u16, out: bool, pinned: bool) -> Self {
        let wide = total >= WIDE;
        let health = match total {
            _ if wide => 49,
            TTLS.. if out => 27,
            DETAIL.. => 22,
            _ => u16::try_from(health::STATE).unwrap_or(10),
        };
        if total < TTLS {
            let [dns, first, health] = columns(total, [(0, Align::Left), (6, Align::Right), (health, Align::Left)]);
            return Self { dns, first, health, register: None, ttl: None, wide };
        }
        if pinned && !wide {
            let [dns, first, health, register] =
                columns(total, [(0, Align::Left), (7, Align::Right), (health, Align::Left), (REGISTER, Align::Left)]);
            return Self { dns, first, health, register: Some(register), ttl: None, wide };
        }
        if pinned {
            // The last probes stay, what they came to together gives up its room.
            let [dns, first, health, register, ttl] = columns(
                total,
                [
                    (0, Align::Left),
                    (7, Align::Right),
                    (if total < ROOMY { 39 } else { health }, Align::Left),
                    (REGISTER, Align::Left),
                    (7, Align::Right),
                ],
            );
            return Self { dns, first, health, register: Some(register), ttl: Some(ttl), wide };
        }
        let [dns, first, health, ttl] =
            columns(total, [(0, Align::Left), (7, Align::Right), (health, Align::Left), (7, Align::Right)]);
        Self { dns, first, health, register: None, ttl: Some(ttl), wide }
    }

    /// Whether records are written out, or their targets alone by their short names.
    pub(super) const fn is_short(&self) -> bool {
        self.dns.width < RECORD
    }
}
