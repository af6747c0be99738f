//! What `deploy/` ships, held against the code: samples, IAM policies, and the tables of its README.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod iam;
mod readme;
mod samples;

use std::fs;
use std::path::PathBuf;

/// The text of a file in `deploy/`.
fn text(name: &str) -> String {
    let path = folder().join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("deploy")
}

/// Names of the files in a folder of `deploy/`, sorted.
fn files(name: &str, extension: &str) -> Vec<String> {
    let entries = fs::read_dir(folder().join(name)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(extension)).collect();
    names.sort();
    assert!(!names.is_empty(), "no {extension} in deploy/{name}");
    names
}

#[test]
fn the_kustomization_installs_every_manifest() {
    #[derive(serde::Deserialize)]
    struct Kustomization {
        resources: Vec<String>,
    }
    let listed: Kustomization = serde_saphyr::from_str(&text("kustomization.yaml")).unwrap();
    let mut listed = listed.resources;
    listed.sort();
    let mut there = files("", ".yaml");
    there.retain(|name| name != "kustomization.yaml");
    there.insert(0, "../crds".to_owned());
    assert_eq!(listed, there);
}
