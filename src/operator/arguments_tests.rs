//! Tests of the arguments. Those that need an environment run this test program again with it: a process has only one.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::process::Command as Process;

use super::*;

fn run(words: &[&str]) -> Result<RunArguments, String> {
    let words = ["expressway", "run"].iter().chain(words);
    match read(words.map(OsString::from)) {
        Ok(Arguments { command: Command::Run(run) }) => Ok(*run),
        Ok(other) => panic!("not run: {other:?}"),
        Err(Answer::Wrong(line)) => Err(line),
        Err(Answer::Asked(error)) => panic!("help or version: {error}"),
    }
}

fn help() -> String {
    let mut command = Arguments::command();
    command.build();
    let run = command.find_subcommand_mut("run").unwrap();
    run.render_long_help().to_string()
}

#[test]
fn the_command_line_is_well_formed() {
    Arguments::command().debug_assert();
}

#[test]
fn left_alone_the_waits_are_the_controllers_own_defaults() {
    assert_eq!(run(&[]).unwrap().waits.pace(), Pace::default());
}

#[test]
fn durations_are_written_as_people_write_them() {
    let arguments = run(&["--retry-base", "250ms", "--retry-cap=1h 30m"]).unwrap();
    assert_eq!(arguments.waits.retry_base, Duration::from_millis(250));
    assert_eq!(arguments.waits.retry_cap, Duration::from_secs(5400));
}

#[test]
fn a_wrong_value_is_one_line_that_names_the_flag() {
    for (words, part) in [
        (["--concurrency", "0"], "0 is not in 1..=65535"),
        (["--concurrency", "banana"], "invalid digit"),
        (["--observe-interval", "0s"], "longer than 0s"),
        (["--observe-interval", "5s ago"], "such as 250ms, 30s or 10m"),
        (["--observe-interval", "5"], "such as 250ms, 30s or 10m"),
        (["--observe-interval", "1mo"], "such as 250ms, 30s or 10m"),
        (["--drain-interval", "400h"], "24h at most"),
        (["--listen", "localhost"], "invalid socket address"),
        (["--namespace", "Shop"], "lower-case letters"),
        (["--cluster-id", "a b"], "letters, digits and"),
        (["--region", ""], "a region such as eu-central-1"),
        (["--log-format", "xml"], "[possible values: json, text]"),
        (["--log-level", "inof"], "write error, warn, info"),
        (["--leader-election", "maybe"], "[possible values: true, false]"),
        (["--lease-namespace", "Shop"], "lower-case letters"),
        (["--lease-duration", "500ms"], "1s to 10m"),
        (["--lease-duration", "11m"], "1s to 10m"),
    ] {
        let line = run(&words.map(|word| word)).unwrap_err();
        assert!(line.contains(part), "{words:?}: {line}");
        assert!(line.contains(words[0]), "{words:?}: {line}");
        assert_eq!(line.lines().count(), 1, "{words:?}: {line}");
    }
    let line = run(&["--retry-base=10m"]).unwrap_err();
    assert_eq!(line, "--retry-base (600s) is longer than --retry-cap (300s)");
    let line = run(&["--lease-duration=10s"]).unwrap_err();
    assert!(line.starts_with("--lease-renew-deadline (10s) is not shorter than --lease-duration (10s)"), "{line}");
    let line = run(&["--lease-retry=10s"]).unwrap_err();
    assert!(line.starts_with("--lease-retry (10s) is not shorter than --lease-renew-deadline (10s)"), "{line}");
    let line = run(&["--namespce=shop"]).unwrap_err();
    assert!(line.contains("--namespce") && line.contains("'--namespace'"), "{line}");
}

#[test]
fn help_shows_every_flag_with_its_variable_and_what_it_is_for() {
    let help = help();
    let command = Arguments::command();
    let run = command.find_subcommand("run").unwrap();
    let mut flags = 0;
    for argument in run.get_arguments() {
        let flag = argument.get_long().unwrap();
        let variable = argument.get_env().unwrap().to_str().unwrap();
        match flag {
            "region" => assert_eq!(variable, "AWS_REGION"),
            _ => assert_eq!(variable, format!("EXPRESSWAY_{}", flag.replace('-', "_").to_uppercase())),
        }
        assert!(help.contains(&format!("--{flag} <")), "{flag}");
        assert!(help.contains(&format!("[env: {variable}]")), "{variable}");
        let says_default =
            argument.get_default_values().len() == 1 || argument.get_help().unwrap().to_string().contains("Default: ");
        assert!(says_default, "{flag} does not say its default");
        flags += 1;
    }
    assert_eq!(flags, 24);
}

const IN_A_PROCESS_OF_ITS_OWN: &str = "EXPRESSWAY_TEST_ARGUMENTS";

/// Reads `words` in a process with these variables, and gives what it printed.
fn with_environment(variables: &[(&str, &str)], words: &str) -> String {
    let mut process = Process::new(std::env::current_exe().unwrap());
    process.args(["--exact", "operator::arguments::tests::in_a_process_of_its_own", "--nocapture"]);
    process.env(IN_A_PROCESS_OF_ITS_OWN, words).envs(variables.iter().copied());
    let output = process.output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// Does nothing unless [`with_environment`] asks.
#[test]
fn in_a_process_of_its_own() {
    if let Ok(words) = std::env::var(IN_A_PROCESS_OF_ITS_OWN) {
        let words: Vec<&str> = words.split_whitespace().collect();
        println!("{:?}", run(&words).map(|run| (run.concurrency, run.region, run.waits.drain_interval)));
    }
}

#[test]
fn a_flag_beats_the_environment_and_the_environment_beats_the_default() {
    let variables = [("EXPRESSWAY_CONCURRENCY", "4"), ("EXPRESSWAY_DRAIN_INTERVAL", "3s"), ("AWS_REGION", "eu-west-3")];
    let seen = with_environment(&variables, "--concurrency 5");
    assert!(seen.contains("Ok((5, Some(\"eu-west-3\"), 3s))"), "{seen}");
}

#[test]
fn a_wrong_value_from_the_environment_names_its_variable() {
    let seen = with_environment(&[("EXPRESSWAY_CONCURRENCY", "0")], "--listen 127.0.0.1:0");
    assert!(seen.contains("(from the environment: EXPRESSWAY_CONCURRENCY)"), "{seen}");
}
