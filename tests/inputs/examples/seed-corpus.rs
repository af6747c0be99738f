//! Writes seeds for the fuzzers, into the folder that is named. Every sample, every case of the rules, and the objects and answers
//! of whole lives, one for each thing that can be done to a field. What adds nothing is thrown out by `tests/fuzz/run.sh minimise`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a tool for developers may stop at the first surprise"
)]

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::Duration;

use inputs::leaves::LEAVES;
use inputs::life::Life;
use inputs::operators::inputs;
use inputs::values::{base, merged};
use serde_json::{Value, json};

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "tests/fuzz/corpus".to_owned()));
    let seeds = Seeds { folder };
    seeds.samples();
    seeds.cases();
    for input in LEAVES.iter().flat_map(inputs) {
        seeds.life(&input.spec);
    }
}

struct Seeds {
    folder: PathBuf,
}

/// Bytes that follow from what stands before them, for what ECS shows.
fn bytes_after(text: &[u8], count: usize) -> Vec<u8> {
    let byte = |number: usize| {
        let mut hasher = DefaultHasher::new();
        (text, number).hash(&mut hasher);
        hasher.finish().to_le_bytes()[0]
    };
    (0..count).map(byte).collect()
}

impl Seeds {
    fn keep(&self, target: &str, input: &[u8]) {
        let mut hasher = DefaultHasher::new();
        input.hash(&mut hasher);
        let folder = self.folder.join(target);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{:016x}", hasher.finish())), input).unwrap();
    }

    fn object(&self, object: &Value) {
        let text = object.to_string().into_bytes();
        let rest = bytes_after(&text, 160);
        self.keep("object", &[&text[..], b"\0", &rest].concat());
    }

    fn samples(&self) {
        let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/samples");
        for entry in std::fs::read_dir(top).unwrap() {
            let yaml = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            self.object(&serde_saphyr::from_str(&yaml).unwrap());
        }
    }

    fn cases(&self) {
        let cases: Vec<Value> = serde_saphyr::from_str(include_str!("../../../src/api/rules_cases.yaml")).unwrap();
        for case in cases {
            for patch in ["good", "bad"] {
                let spec = merged(base(), &case[patch]);
                self.object(&json!({"metadata": {"name": "web", "namespace": "shop", "uid": "u-1"}, "spec": spec}));
            }
        }
    }

    /// The object and the answers of each look at a life: while it is created, and once it serves.
    fn life(&self, spec: &Value) {
        let mut life = Life::begins(spec);
        for wait in [5, 60, 600, 2400, 2400] {
            life = life.looked_at(Duration::from_secs(wait));
            self.object(&serde_json::to_value(life.object()).unwrap());
            self.keep("answers", &life.answers);
        }
    }
}
