//! Writes every situation of the core's tests down as the object that the API server would hold: for programs that nobody
//! here wrote, such as kstatus (`tests/conformance/kstatus`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::fmt::Write;
use std::fs;
use std::path::Path;

use kube::Resource;
use serde_json::{Value, json};

use crate::api::{ExpressGatewayService, ExpressGatewayServiceStatus};
use crate::core::situations::{self, Told};
use crate::core::step::Step;
use crate::core::story::Story;

/// Where `tests/conformance/kstatus` looks for them: one JSON object a line.
const FILE: &str = "target/kstatus/situations.json";

/// The object of a story, with this status.
fn object(story: &Story, status: &ExpressGatewayServiceStatus) -> Value {
    let mut metadata = json!({"name": "web", "namespace": "shop", "generation": story.generation});
    if story.deleting {
        metadata["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    }
    json!({
        "apiVersion": ExpressGatewayService::api_version(&()),
        "kind": ExpressGatewayService::kind(&()),
        "metadata": metadata,
        "status": status,
    })
}

/// The object before a pass and after it; there is none after it was let go.
fn objects(told: &Told) -> Vec<(String, Value)> {
    let Told { name, before, pass } = told;
    if pass.plan.as_ref().is_some_and(|plan| plan.step == Step::Release) {
        return vec![(format!("{name}: before"), object(before, &before.status))];
    }
    vec![
        (format!("{name}: before"), object(before, &before.status)),
        (name.clone(), object(before, &pass.report.status)),
    ]
}

#[test]
fn every_situation_is_written_down_as_an_object() {
    let mut lines = String::new();
    let mut written = 0;
    for (name, object) in situations::all_told().iter().flat_map(objects) {
        assert!(object["status"]["observedGeneration"].is_i64(), "{name}: {object}");
        writeln!(lines, "{}", json!({"name": name, "object": object})).unwrap();
        written += 1;
    }
    assert!(written >= situations::all_told().len(), "{written}");

    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let unfinished = file.with_extension("unfinished");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&unfinished, lines).unwrap();
    fs::rename(&unfinished, &file).unwrap();
}
