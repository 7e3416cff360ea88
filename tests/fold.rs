//! The fold: from facts to a state and events.
