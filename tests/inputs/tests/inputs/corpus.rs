//! The kept corpus of the fuzzers, replayed without them: what was found once is not found again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use inputs::fuzzed::TARGETS;

fn inputs_of(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn no_input_of_the_kept_corpus_breaks_a_rule() {
    let mut broken = Vec::new();
    for (target, body) in TARGETS {
        let files = inputs_of(target);
        assert!(files.len() > 30, "{target}: {} inputs are kept", files.len());
        eprintln!("corpus: {target}: {} inputs", files.len());
        for file in files {
            let input = std::fs::read(&file).unwrap();
            if catch_unwind(AssertUnwindSafe(|| body(&input))).is_err() {
                let name = file.file_name().unwrap().to_string_lossy().into_owned();
                broken.push(format!("replay: tests/fuzz/run {target} tests/fuzz/corpus/{target}/{name}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
