//! The blocks of the wall: where they stand, and which of them are in sight, as keys and picture share it.

use super::follow;
use super::ui::Ui;
use crate::state::State;

/// The least columns of a block.
const WIDTH: u16 = 26;
/// The least and the most rows of a block: state, name and a line of the verdict; then a gap, then more
/// lines. Where many are in trouble, all of them in few words are worth more than some in many.
const HEIGHT: (u16, u16) = (3, 8);
/// Rows above the blocks.
pub(super) const ABOVE: u16 = 2;
/// Rows below them for the one to look at: its rule and three lines.
pub(super) const BELOW: u16 = 4;

/// How the blocks are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grid {
    /// Blocks side by side.
    pub(super) across: u16,
    /// Columns of each.
    pub(super) width: u16,
    /// Blocks one below the other.
    pub(super) down: u16,
    /// Rows of each, the gap below it included where it has one.
    pub(super) height: u16,
}

impl Grid {
    /// The grid for so many blocks in so many columns and rows.
    pub(super) fn new(columns: u16, rows: u16, blocks: usize) -> Self {
        let across = (columns / WIDTH).max(1);
        let room = rows.saturating_sub(ABOVE + BELOW);
        let needed = u16::try_from(blocks).unwrap_or(u16::MAX).div_ceil(across).max(1);
        let height = (room / needed).clamp(HEIGHT.0, HEIGHT.1);
        Self { across, width: columns / across, down: (room / height).max(1), height }
    }

    /// How many blocks are in sight at a time.
    pub(super) fn shown(self) -> usize {
        usize::from(self.across) * usize::from(self.down)
    }

    /// The rows of a block that are drawn in.
    pub(super) const fn inner(self) -> u16 {
        if self.height > HEIGHT.0 { self.height - 1 } else { self.height }
    }

    /// The first block in sight of so many: the worst, until the operator has moved; the last page is full.
    pub(super) fn first(self, ui: &Ui, cursor: usize, blocks: usize) -> usize {
        let across = usize::from(self.across);
        let last = blocks.saturating_sub(self.shown()).div_ceil(across) * across;
        if ui.turned { (cursor / self.shown() * self.shown()).min(last) } else { 0 }
    }
}

/// How many carriers the wall turns by.
pub(super) fn page(ui: &Ui, blocks: usize) -> usize {
    Grid::new(ui.size.0, ui.size.1.saturating_sub(1), blocks).shown()
}

/// Opens the wall at the worst; the carrier that was looked at stays selected.
pub(super) fn enter(ui: &mut Ui, state: &State) {
    ui.turned = false;
    if ui.carrier.is_none() {
        follow::go_to_newest(ui, state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_blocks_are_in_sight_as_fit() {
        assert_eq!(Grid::new(80, 23, 15), Grid { across: 3, width: 26, down: 5, height: 3 });
        assert_eq!(Grid::new(80, 23, 15).shown(), 15);
        assert_eq!(Grid::new(160, 44, 15), Grid { across: 6, width: 26, down: 4, height: 8 });
        // Blocks without a gap use every row.
        assert_eq!((Grid::new(80, 23, 90).inner(), Grid::new(80, 23, 9).inner()), (3, 4));
        assert_eq!(Grid::new(0, 0, 0).shown(), 1);
    }
}
