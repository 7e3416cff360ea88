//! trunktop.
fn main() {}
