//! The table of facts in the README is what the tests say: fact, mark, source, name.
use std::fs;
use std::path::{Path, PathBuf};

const BEGIN: &str = "<!-- facts: begin (written by `UPDATE_FACTS=1 cargo test -p express-simulator fact_table`) -->\n";
const END: &str = "<!-- facts: end -->";
const MARKS: [&str; 5] = ["[M]", "[D]", "[O]", "[I]", "[?]"];
const NO_FACTS: [&str; 7] = ["main", "given", "digest", "fact_table", "properties", "record", "server"];

struct Fact {
    text: String,
    mark: String,
    source: String,
    test: String,
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn facts() -> Vec<Fact> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(directory().join("tests")).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().filter(|file| !NO_FACTS.contains(&topic(file).as_str())).flat_map(|file| facts_of(file)).collect()
}

fn topic(file: &Path) -> String {
    file.file_stem().unwrap().to_str().unwrap().to_owned()
}

fn facts_of(file: &Path) -> Vec<Fact> {
    let source = fs::read_to_string(file).unwrap();
    let lines: Vec<&str> = source.lines().collect();
    let tests = (0..lines.len()).filter(|line| lines[*line] == "#[test]");
    tests.map(|line| fact(&lines, line, &topic(file))).collect()
}

/// The doc comment above a test: the fact, then a line with its mark and its source.
fn fact(lines: &[&str], attribute: usize, topic: &str) -> Fact {
    let name = lines[attribute + 1].strip_prefix("fn ").and_then(|rest| rest.split('(').next()).unwrap();
    let test = format!("{topic}::{name}");
    let first = (0..attribute).rev().take_while(|line| lines[*line].starts_with("///")).last();
    let first = first.unwrap_or_else(|| panic!("{test} does not say its fact"));
    let documentation: Vec<&str> =
        lines[first..attribute].iter().map(|line| line.trim_start_matches("///").trim()).collect();
    let (citation, text) = documentation.split_last().unwrap();
    let (mark, source) = citation.split_once(' ').unwrap();
    assert!(MARKS.contains(&mark) && !source.is_empty(), "{test} does not cite its source");
    assert!(!text.is_empty(), "{test} does not say its fact");
    Fact { text: text.join(" "), mark: mark.to_owned(), source: source.to_owned(), test }
}

#[test]
fn the_table_in_the_readme_is_what_the_tests_say() {
    let facts = facts();
    assert!(facts.len() > 80, "only {} facts were found", facts.len());
    let mut table = "| fact | mark | source | test |\n| --- | --- | --- | --- |\n".to_owned();
    for Fact { text, mark, source, test } in facts {
        table.push_str(&format!("| {text} | {mark} | {source} | `{test}` |\n"));
    }
    let path = directory().join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(BEGIN).expect("the README has the table's beginning");
    let (written, after) = rest.split_once(END).expect("the README has the table's end");
    if std::env::var_os("UPDATE_FACTS").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
        return;
    }
    assert!(written == table, "the table is stale: run UPDATE_FACTS=1 cargo test -p express-simulator fact_table");
}

#[test]
fn the_readme_names_every_switch_and_every_fate() {
    let readme = fs::read_to_string(directory().join("README.md")).unwrap();
    for switch in express_simulator::model::Switches::default().list() {
        let row = format!("| `{}` | `{}` | {} |", switch.name, switch.default, switch.meaning);
        assert!(readme.contains(&row), "the README lacks the row {row}");
    }
    for word in [
        "cannot-pull",
        "crash",
        "unhealthy",
        "5xx",
        "4xx",
        "slow",
        "hang",
        "rollback-fails",
        "missing",
        "unpropagated",
        "arm64",
    ] {
        assert!(readme.contains(&format!("`{word}`")), "the README lacks {word}");
    }
}
