//! The tables of `deploy/README.md` leave out no flag, no metric and no reason, and invent none.

use std::collections::BTreeSet;
use std::process::Command;

use expressway::api::Reason;
use expressway::controller::fence::Fence;
use expressway::controller::metrics::Metrics;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use strum::IntoEnumIterator;

use crate::text;

/// The rows of the table whose first column has this title, as cells.
fn table(title: &str) -> Vec<Vec<String>> {
    let readme = text("README.md");
    let start = format!("| {title} |");
    let lines = readme.lines().skip_while(|line| !line.starts_with(&start));
    let rows: Vec<Vec<String>> = lines
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect();
    assert!(!rows.is_empty(), "no table that starts with {start}");
    rows
}

/// What is between backticks.
fn words(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn help() -> String {
    let help = Command::new(env!("CARGO_BIN_EXE_expressway")).args(["run", "--help"]).output().unwrap();
    String::from_utf8(help.stdout).unwrap()
}

#[test]
fn every_flag_is_there_with_its_variable_and_default() {
    let help = help();
    let flags: BTreeSet<&str> = help
        .lines()
        .filter_map(|line| line.trim().strip_prefix("--"))
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    let rows = table("flag");
    let told: BTreeSet<String> = rows.iter().flat_map(|row| words(&row[1])).collect();
    let flags: BTreeSet<String> = flags.iter().map(|flag| format!("--{flag}")).collect();
    assert_eq!(told, flags);
    for row in rows {
        let flag = &words(&row[1])[0];
        let about = &help[help.find(&format!("{flag} <")).unwrap()..];
        let about = about.split("\n      --").next().unwrap();
        assert!(about.contains(&format!("[env: {}]", words(&row[2])[0])), "{flag}");
        if about.contains("[default: ") {
            assert!(about.contains(&format!("[default: {}]", words(&row[3])[0])), "{flag}");
        }
    }
}

#[test]
fn every_metric_of_the_controller_is_there() {
    let mut registry = Registry::default();
    let metrics = Metrics::new(&mut registry);
    metrics.object_shows("default", "hello", Reason::Available, true);
    Fence::shut().register(&mut registry);
    let mut scraped = String::new();
    encode(&mut scraped, &registry).unwrap();
    let types = scraped.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let made: BTreeSet<String> = types
        .map(|line| match line.split_once(' ').unwrap() {
            (name, "counter") => format!("{name}_total"),
            (name, _) => name.to_owned(),
        })
        .collect();
    let told: BTreeSet<String> = table("metric").iter().flat_map(|row| words(&row[1])).collect();
    let of_the_controller = |name: &String| !name.starts_with("expressway_aws_call") && name != "expressway_build_info";
    let told: BTreeSet<String> = told.into_iter().filter(of_the_controller).collect();
    assert_eq!(told, made);
}

#[test]
fn every_reason_of_ready_has_its_advice() {
    // Those after it belong to the other conditions.
    let of_ready = |reason: &Reason| *reason <= Reason::ObservationStale;
    let reasons: BTreeSet<String> = Reason::iter().filter(of_ready).map(|reason| reason.to_string()).collect();
    let rows = table("reason of `Ready`");
    let told: BTreeSet<String> = rows.iter().flat_map(|row| words(&row[1])).collect();
    assert_eq!(told, reasons);
}
