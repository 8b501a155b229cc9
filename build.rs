//! Builds nothing yet that cargo does not.
fn main() {}
