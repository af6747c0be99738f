//! The table of rows and stories in `tests/e2e/README.md`, written from the stories' own doc comments.

use std::collections::BTreeSet;
use std::path::Path;

use crate::sources::{self, Source};

const README: &str = "tests/e2e/README.md";
const BEGIN: &str = "<!-- rows: begin (written by `UPDATE_ROWS=1 cargo test --test walls rows`) -->\n";
const END: &str = "<!-- rows: end -->\n";

/// The rows of the promise "the whole life of a service".
const ROWS: std::ops::RangeInclusive<u32> = 1..=28;

/// One story: the rows that it holds, its name, and its sentence.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Told {
    rows: Vec<u32>,
    name: String,
    sentence: String,
}

/// The stories of a file, by the doc comment over each `#[test]`: `/// Row 4: what is told.`, or `/// Rows 4, 5: …`.
fn stories(source: &Source) -> Vec<Told> {
    let file = source.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
    let lines: Vec<&str> = source.text.lines().map(str::trim).collect();
    let tests = lines.iter().enumerate().filter(|(_, line)| **line == "#[test]").map(|(at, _)| at);
    tests.filter_map(|at| story(file, &lines[..at], lines.get(at + 1)?)).collect()
}

fn story(file: &str, before: &[&str], function: &str) -> Option<Told> {
    let name = function.strip_prefix("fn ")?.split('(').next()?;
    let mut doc: Vec<&str> = before.iter().rev().map_while(|line| line.strip_prefix("/// ")).collect();
    doc.reverse();
    let doc = doc.join(" ");
    let (rows, sentence) = doc.strip_prefix("Row")?.trim_start_matches('s').split_once(": ")?;
    let rows = rows.split([',', ' ']).filter_map(|row| row.trim().parse().ok()).collect();
    Some(Told { rows, name: format!("{file}::{name}"), sentence: sentence.to_owned() })
}

fn all_stories() -> Vec<Told> {
    let mut told: Vec<Told> = sources::read(&["tests/e2e"]).iter().flat_map(stories).collect();
    told.sort_by(|one, other| one.name.cmp(&other.name));
    told
}

fn table(told: &[Told]) -> String {
    let mut lines = vec!["| row | story | what is told |".to_owned(), "| --- | --- | --- |".to_owned()];
    for row in ROWS {
        let of_row = told.iter().filter(|story| story.rows.contains(&row));
        lines.extend(of_row.map(|story| format!("| {row} | `{}` | {} |", story.name, story.sentence)));
    }
    lines.join("\n") + "\n"
}

#[test]
fn the_table_of_rows_is_that_of_the_stories() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(README)).unwrap();
    let (before, rest) = readme.split_once(BEGIN).expect("a begin of the table");
    let (_, after) = rest.split_once(END).expect("an end of the table");
    let fresh = format!("{before}{BEGIN}{}{END}{after}", table(&all_stories()));
    if std::env::var_os("UPDATE_ROWS").is_some() {
        std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(README), fresh).unwrap();
    } else {
        assert!(readme == fresh, "{README} is stale: UPDATE_ROWS=1 cargo test --test walls rows");
    }
}

#[test]
fn every_row_has_a_story() {
    let held: BTreeSet<u32> = all_stories().into_iter().flat_map(|story| story.rows).collect();
    let missing: Vec<u32> = ROWS.filter(|row| !held.contains(row)).collect();
    assert!(missing.is_empty(), "no story tells of rows {missing:?}");
}

#[test]
fn a_story_is_known_by_its_doc_comment() {
    let text = "/// Row 4: tags come\n/// and go.\n#[test]\nfn tags_come() {}\n\n/// A helper.\nfn helper() {}\n\n#[test]\nfn untold() {}\n";
    let source = Source { path: "tests/e2e/tags.rs".to_owned(), text: text.to_owned() };
    let told = Told { rows: vec![4], name: "tags::tags_come".to_owned(), sentence: "tags come and go.".to_owned() };
    assert_eq!(stories(&source), [told]);
    let two = Source { text: text.replace("Row 4:", "Rows 4, 5:"), ..source };
    assert_eq!(stories(&two)[0].rows, [4, 5]);
}
