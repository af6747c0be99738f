//! The program `control-plane`.
fn main() {}
