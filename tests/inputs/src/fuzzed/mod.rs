//! The bodies of the fuzz targets. `cargo fuzz` calls them with what it makes up, an ordinary test with the corpus that is kept.

mod answers;
mod object;
mod rules;
mod seen;

pub use answers::answers;
pub use object::object;

/// A fuzz target: its name, which is that of its corpus, and what is done with an input.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 2] = [("answers", answers), ("object", object)];
