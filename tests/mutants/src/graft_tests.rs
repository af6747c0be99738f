//! Grafting: every mutant stands in its function, and what cannot be switched is set apart.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;

const SOURCE: &str = "const LIMIT: u32 = 1 * 2;
fn within(n: u32) -> bool {
    n < LIMIT
}
fn odd() -> impl Iterator<Item = u32> {
    (0..9).filter(|n| n % 2 == 1)
}
";

/// The mutant that puts `new` where `old` stands first.
fn mutant(old: &str, new: &str) -> Mutant {
    let at = SOURCE.find(old).unwrap();
    let line = SOURCE[..at].matches('\n').count() + 1;
    let column = at - SOURCE[..at].rfind('\n').map_or(0, |n| n + 1) + 1;
    let place = |column| serde_json::json!({ "line": line, "column": column });
    serde_json::from_value(serde_json::json!({
        "file": "src/limit.rs",
        "name": format!("src/limit.rs:{line}:{column}: replace {old} with {new}"),
        "replacement": new,
        "span": { "start": place(column), "end": place(column + old.len()) },
    }))
    .unwrap()
}

#[test]
fn a_function_runs_the_mutant_that_is_switched_on() {
    let (less, true_) = (mutant("<", "<="), mutant("n < LIMIT", "true"));
    let grafted = graft(SOURCE, &[(1, &less), (2, &true_)]).unwrap();
    assert!(
        grafted.text.contains(
            "fn within(n: u32) -> bool { match crate::switched_on(1) {\n\
             1 => {\n    n <= LIMIT\n},\n\
             2 => {\n    true\n},\n\
             _ => {\n    n < LIMIT\n},\n} }\nfn odd()"
        ),
        "{}",
        grafted.text
    );
    assert!(grafted.apart.is_empty());
    assert_eq!(grafted.bodies, [(1, 1), (2, 1)]);
    assert!(is_grafted(&grafted.text) && !is_grafted(SOURCE), "what a run left is not taken for a source");
}

#[test]
fn the_lines_of_a_mutant_lead_back_to_it() {
    let (less, true_) = (mutant("<", "<="), mutant("n < LIMIT", "true"));
    let grafted = graft(SOURCE, &[(1, &less), (2, &true_)]).unwrap();
    let line = |text: &str| grafted.text.lines().position(|line| line.trim() == text).unwrap() + 1;
    let of = |line| grafted.lines.iter().find(|(_, lines)| lines.contains(&line)).map(|(number, _)| *number);
    assert_eq!(of(line("n <= LIMIT")), Some(1));
    assert_eq!(of(line("true")), Some(2));
    assert_eq!(of(line("n < LIMIT")), None);
}

#[test]
fn constants_and_functions_with_a_hidden_result_are_set_apart() {
    let (constant, hidden) = (mutant("*", "+"), mutant("==", "!="));
    let grafted = graft(SOURCE, &[(1, &constant), (2, &hidden)]).unwrap();
    assert_eq!(grafted.apart, [1, 2]);
    assert_eq!(grafted.text, SOURCE);
}
