//! The walls of the house: which part of `src/` may use which, checked on the sources.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod names;
mod rows;
mod rules;
mod sources;

use rules::Breach;
use sources::Source;

/// What the rules say about the sources of this repository.
fn breaches_of(folders: &[&str]) -> Vec<Breach> {
    sources::read(folders).iter().flat_map(rules::breaches).collect()
}

/// What the rules say about a made-up file.
fn said(path: &str, text: &str) -> Vec<String> {
    let source = Source { path: path.to_owned(), text: format!("//! Made up.\n{text}") };
    let said = rules::breaches(&source);
    said.iter().map(ToString::to_string).collect()
}

#[test]
fn the_walls_of_this_repository_stand() {
    let breaches = breaches_of(&["src", "tests"]);
    let lines: Vec<String> = breaches.iter().map(ToString::to_string).collect();
    assert!(breaches.is_empty(), "{}", lines.join("\n"));
}

#[test]
fn every_part_of_the_house_was_read() {
    let sources = sources::read(&["src", "tests"]);
    for start in
        ["src/lib.rs", "src/main.rs", "src/api/", "src/core/", "src/controller/", "src/operator/", "tests/walls/"]
    {
        assert!(sources.iter().any(|source| source.path.starts_with(start)), "{start}");
    }
}

#[test]
fn a_use_that_points_down_is_a_breach_however_it_is_written() {
    for text in [
        "use crate::aws::client::Ecs;",
        "use crate::{api::Reason, aws};",
        "use crate::{self as house, core::{step}, aws::{client::{self, Ecs}}};",
        "use super::super::aws;",
        "fn f() -> crate::aws::Ecs { todo!() }",
        "fn f() { matches!(x, crate::aws::Ecs) }",
        "pub(in crate::aws) fn f() {}",
        "mod inner { use super::super::super::aws; }",
    ] {
        let said = said("src/core/plan.rs", text);
        assert_eq!(said, ["src/core/plan.rs: `core` may not use `crate::aws`"], "{text}");
    }
}

#[test]
fn uses_that_point_up_or_stay_are_none() {
    for (path, text) in [
        ("src/core/plan.rs", "use crate::api::Reason; use super::step; use core::fmt;"),
        ("src/core/plan/live.rs", "use super::super::step; mod tests { use super::*; }"),
        ("src/aws/act.rs", "use crate::{api, core::step};"),
        ("src/controller/mod.rs", "use crate::{api, aws, core}; use kube::runtime::Controller;"),
        ("src/operator/run.rs", "use crate::{api, aws, controller, core};"),
        ("src/main.rs", "fn main() { expressway::operator::main() }"),
        ("src/api/spec.rs", "/// Not `crate::core`.\nconst S: &str = \"crate::aws\";"),
    ] {
        assert_eq!(said(path, text), Vec::<String>::new(), "{path}: {text}");
    }
}

#[test]
fn each_part_has_only_the_parts_above_it() {
    for (path, text, wall) in [
        ("src/api/mod.rs", "use crate::core::step;", "crate::core"),
        ("src/api/mod.rs", "use super::core;", "crate::core"),
        ("src/aws/mod.rs", "use crate::controller::run;", "crate::controller"),
        ("src/controller/mod.rs", "use crate::operator;", "crate::operator"),
        ("src/main.rs", "use expressway::aws;", "expressway::aws"),
    ] {
        let said = said(path, text).join("\n");
        assert!(said.ends_with(&format!("may not use `{wall}`")), "{said}");
    }
}

#[test]
fn outside_libraries_stay_where_they_belong() {
    for (path, text, wall) in [
        ("src/operator/run.rs", "use aws_sdk_ecs::Client;", "aws_sdk_ecs"),
        ("src/controller/mod.rs", "fn f(c: aws_config::SdkConfig) {}", "aws_config"),
        ("src/core/failure.rs", "use aws_smithy_types::Blob;", "aws_smithy_types"),
        ("src/operator/run.rs", "use kube::{Client, runtime::watcher};", "kube::runtime"),
        ("src/aws/client.rs", "use kube::Client;", "kube"),
        ("src/core/plan.rs", "use kube::ResourceExt;", "kube"),
        ("src/core/plan.rs", "use tokio::sync::Mutex;", "tokio"),
        ("src/api/spec.rs", "use kube::{CustomResource, Client};", "kube::Client"),
    ] {
        let said = said(path, text).join("\n");
        assert!(said.ends_with(&format!("may not use `{wall}`")), "{text}: {said}");
    }
}

#[test]
fn the_core_is_pure() {
    for (text, name) in [
        ("async fn f() {}", "async"),
        ("fn f() { g().await }", "await"),
        ("fn f() { jiff::Timestamp::now() }", "Timestamp::now"),
        ("use jiff::Timestamp as T; fn f() { let t = T::now(); }", "T::now"),
        ("use std::time::{Duration, Instant};", "Instant"),
        ("fn f(t: std::time::SystemTime) {}", "SystemTime"),
        ("use std::fs;", "std::fs"),
        ("fn f() { std::env::var(\"X\"); }", "std::env"),
        ("fn f() { println!(\"x\"); }", "println"),
    ] {
        let said = said("src/core/plan.rs", text).join("\n");
        assert!(said.contains(&format!("`{name}`")), "{text}: {said}");
    }
    assert!(said("src/aws/act.rs", "async fn f() { Instant::now() }").is_empty());
}

#[test]
fn every_file_is_small_and_says_what_it_is_for() {
    let long = "// line\n".repeat(400);
    assert_eq!(said("tests/e2e/main.rs", &long), ["tests/e2e/main.rs: 401 lines; 400 is the most"]);
    let silent = Source { path: "src/api/x.rs".to_owned(), text: "use std::fmt;\n".to_owned() };
    assert_eq!(
        rules::breaches(&silent)[0].to_string(),
        "src/api/x.rs: the first line has to be a `//!` that says what the file is for"
    );
}
