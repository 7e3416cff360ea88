//! The dashboard as an operator meets it: screens as they are drawn, and the whole program with its inputs
//! and outputs handed in.

mod changes;
mod findings;
mod keys;
mod ours;
mod program;
mod registrations;
mod screens;
mod target;
mod whatif;
mod why;
mod world;
