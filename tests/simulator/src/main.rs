//! The program `express-simulator`.
fn main() {}
