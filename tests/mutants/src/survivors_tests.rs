//! The list of equivalent mutants: every entry needs a reason, and one that is caught is an error.
#![allow(clippy::unwrap_used)]

use super::*;

const LIST: &str = "# The mutants that no test can notice.

src/core/bake.rs: replace > with >= in left
  if seconds > 0 {
  At zero
  both give zero.
";

fn bake() -> Key {
    Key { what: "src/core/bake.rs: replace > with >= in left".to_owned(), line: "if seconds > 0 {".to_owned() }
}

#[test]
fn a_reason_is_found_by_what_is_changed_and_its_line() {
    let survivors = Survivors::parse(LIST).unwrap();
    assert_eq!(survivors.reason(&bake()), Some("At zero both give zero."));
    assert_eq!(survivors.reason(&Key { line: "if other > 0 {".to_owned(), ..bake() }), None);
}

#[test]
fn an_entry_without_a_reason_is_refused() {
    let told = Survivors::parse("src/a.rs: replace a\n  let a = 1;\n").unwrap_err().to_string();
    assert!(told.contains("no reason"), "{told}");
}

#[test]
fn an_entry_that_is_not_missed_any_more_is_stale() {
    let survivors = Survivors::parse(LIST).unwrap();
    assert_eq!(survivors.stale(&[]).count(), 1);
    assert_eq!(survivors.stale(&[bake()]).count(), 0);
}

#[test]
fn the_list_that_is_kept_can_be_read() {
    let survivors = Survivors::parse(include_str!("../equivalent/simulator.txt")).unwrap();
    assert!(survivors.stale(&[]).count() > 0);
}
