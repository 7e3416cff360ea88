//! The last while, in slots of time of which the oldest falls away as a new one begins.
//!
//! Most targets answer almost alike all day, so a slot keeps no buckets but those that something fell into:
//! a cell of four octets for each. What is silent has one such cell a slot, and what is not probed none.

use std::collections::VecDeque;

use crate::model::Moment;

use super::histogram::{Histogram, Mark};

/// So many probes of one slot of which the same became. Above 255 another cell goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cell {
    /// The low half of the slot's number: the ring says which one is meant.
    slot: u16,
    mark: Mark,
    count: u8,
}

/// How much more room is made at once: doubling would leave half of it empty.
const ROOM: usize = 8;

/// A ring of slots.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Slots {
    /// Length of a slot, in seconds.
    seconds: u16,
    /// How many slots are kept, the newest included.
    kept: u16,
    /// Number of the newest slot, counted from the start of the program.
    newest: u32,
    /// The oldest first.
    cells: VecDeque<Cell>,
}

impl Slots {
    /// Of so many seconds each, so many of them.
    pub(super) const fn new(seconds: u16, kept: u16) -> Self {
        Self { seconds, kept, newest: 0, cells: VecDeque::new() }
    }

    /// Length of a slot, in seconds.
    pub(super) const fn seconds(&self) -> u16 {
        self.seconds
    }

    /// Takes in a probe. One that is told late counts for the newest slot.
    pub(super) fn take(&mut self, at: Moment, mark: Mark) {
        let number = self.number(at);
        if number > self.newest {
            let passed = number - self.newest;
            let stays = u32::from(self.kept).saturating_sub(passed);
            let newest = self.newest;
            self.cells.retain(|cell| age(newest, *cell) < stays);
            self.newest = number;
            if self.cells.capacity() > self.cells.len() + 4 * ROOM {
                self.cells.shrink_to(self.cells.len() + ROOM);
            }
        }
        let slot = low(self.newest);
        let same = self.cells.iter_mut().rev().take_while(|cell| cell.slot == slot);
        if let Some(cell) = same.into_iter().find(|cell| cell.mark == mark && cell.count < u8::MAX) {
            cell.count += 1;
            return;
        }
        if self.cells.len() == self.cells.capacity() {
            self.cells.reserve_exact(ROOM);
        }
        self.cells.push_back(Cell { slot, mark, count: 1 });
    }

    /// All of the last so many slots together; the newest of them is the one that `now` is in.
    pub(super) fn merged(&self, now: Moment, slots: u16) -> Histogram {
        let mut histogram = Histogram::new();
        let current = self.number(now);
        self.cells
            .iter()
            .filter(|cell| self.age_at(current, **cell) < u32::from(slots))
            .for_each(|cell| histogram.add(cell.mark, cell.count.into()));
        histogram
    }

    /// The last so many slots, the oldest first; the last of them is the one that `now` is in.
    pub(super) fn each<T>(&self, now: Moment, slots: u16, mut tell: impl FnMut(&Histogram) -> T) -> Vec<T> {
        let current = self.number(now);
        let mut cells = self.cells.iter().peekable();
        let ages = (0..u32::from(slots)).rev();
        let told = ages.map(|age| {
            let mut histogram = Histogram::new();
            while let Some(cell) = cells.next_if(|cell| self.age_at(current, **cell) >= age) {
                if self.age_at(current, *cell) == age {
                    histogram.add(cell.mark, cell.count.into());
                }
            }
            tell(&histogram)
        });
        told.collect()
    }

    fn number(&self, at: Moment) -> u32 {
        u32::try_from(at.mono.as_secs() / u64::from(self.seconds)).unwrap_or(u32::MAX)
    }

    /// How many slots before `current` a cell's is.
    fn age_at(&self, current: u32, cell: Cell) -> u32 {
        age(self.newest, cell).saturating_add(current.saturating_sub(self.newest))
    }
}

/// How many slots before the newest a cell's is: less than are kept, so that half a number tells.
fn age(newest: u32, cell: Cell) -> u32 {
    u32::from(low(newest).wrapping_sub(cell.slot))
}

fn low(number: u32) -> u16 {
    u16::try_from(number & 0xffff).unwrap_or(0)
}

#[cfg(test)]
impl Slots {
    /// Octets on the heap.
    pub(super) fn heap(&self) -> usize {
        self.cells.capacity() * size_of::<Cell>()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    fn at(second: u64) -> Moment {
        Moment { mono: Duration::ZERO, wall: Timestamp::UNIX_EPOCH } + Duration::from_secs(second)
    }

    /// Probes at these seconds, after so many ms; 0 is lost.
    fn mark(millis: u64) -> Mark {
        if millis == 0 { Mark::LOST } else { Mark::answered(Duration::from_millis(millis)) }
    }

    #[test]
    fn a_slot_counts_on_above_what_a_cell_holds() {
        let mut slots = Slots::new(60, 15);
        (0..600).for_each(|_| slots.take(at(5), mark(18)));
        assert_eq!(slots.merged(at(59), 15).answered, 600);
        assert_eq!(slots.cells.len(), 3);
    }

    #[test]
    fn what_is_old_falls_away_though_nothing_new_comes() {
        let mut slots = Slots::new(5, 12);
        slots.take(at(3), mark(18));
        assert_eq!(slots.merged(at(59), 12).answered, 1);
        assert_eq!(slots.merged(at(60), 12).answered, 0);
        // A slot whose number ends as the old one's does.
        assert_eq!(slots.merged(at(5 * 65_536 + 3), 12).answered, 0);
        slots.take(at(5 * 65_536 + 3), mark(0));
        let now = slots.merged(at(5 * 65_536 + 3), 12);
        assert_eq!((now.answered, now.lost), (0, 1));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// However the probes fall into slots: the slots together are the one histogram of those in the window.
        #[test]
        fn slots_merged_are_one_histogram(
            steps in proptest::collection::vec((0_u64..90, 0_u64..40), 1..200),
            later in 0_u64..2_000,
            shown in 1_u16..=15,
        ) {
            let mut slots = Slots::new(60, 15);
            let mut second = 0;
            let mut all = Vec::new();
            for (step, millis) in steps {
                second += step;
                slots.take(at(second), mark(millis));
                all.push((second / 60, mark(millis)));
            }
            let now = second + later;
            let first = (now / 60 + 1).saturating_sub(shown.into());
            let mut whole = Histogram::new();
            all.iter().filter(|(slot, _)| *slot >= first).for_each(|(_, mark)| whole.add(*mark, 1));
            prop_assert_eq!(&slots.merged(at(now), shown), &whole);
            let each = slots.each(at(now), shown, |slot| (slot.answered, slot.lost));
            prop_assert_eq!(each.len(), usize::from(shown));
            for (age, counted) in each.iter().rev().enumerate() {
                let number = (now / 60).checked_sub(age as u64);
                let mut one = Histogram::new();
                all.iter().filter(|(slot, _)| Some(*slot) == number).for_each(|(_, mark)| one.add(*mark, 1));
                prop_assert_eq!(*counted, (one.answered, one.lost));
            }
        }
    }
}
