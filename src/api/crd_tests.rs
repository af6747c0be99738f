//! The CRD that is committed is the one that the code makes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::{env, fs, path::Path};

use super::crd_yaml;

/// `UPDATE_CRDS=1` writes the file instead.
#[test]
fn the_committed_crd_is_the_one_the_code_makes() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("crds/expressgatewayservices.yaml");
    if env::var_os("UPDATE_CRDS").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, crd_yaml()).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap();
    assert!(
        committed == crd_yaml(),
        "crds/expressgatewayservices.yaml is stale: run `make crds`"
    );
}
