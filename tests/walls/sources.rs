//! The Rust sources of this repository.

use std::fs;
use std::path::Path;

/// A source file.
#[derive(Debug)]
pub struct Source {
    /// Its path from the top of the repository, with `/`.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// All `.rs` files in these folders, at any depth.
pub fn read(folders: &[&str]) -> Vec<Source> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    for folder in folders {
        collect(top, &top.join(folder), &mut sources);
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

fn collect(top: &Path, folder: &Path, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            // Crates under tests/ may have been built on their own.
            if !path.ends_with("target") {
                collect(top, &path, sources);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push(Source {
                path: path.strip_prefix(top).unwrap().display().to_string(),
                text: fs::read_to_string(&path).unwrap(),
            });
        }
    }
}
