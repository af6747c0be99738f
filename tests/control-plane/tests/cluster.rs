//! What a caller of the library gets: a control plane that behaves as a real one, and that can fail as one.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod processes;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use control_plane::{ControlPlane, Error, Options, Program};
use processes::is_alive;

/// Most tests share one: they stay in namespaces of their own.
static SHARED: LazyLock<ControlPlane> = LazyLock::new(|| {
    let deploy = Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture"));
    ControlPlane::start(Options { deploy, ..Options::default() }).unwrap()
});

/// kubectl with another kubeconfig: its standard output, or its standard error.
fn kubectl_as(kubeconfig: &PathBuf, arguments: &[&str]) -> Result<String, String> {
    let mut command: Command = SHARED.kubectl_command();
    let output = command.env("KUBECONFIG", kubeconfig).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

#[test]
fn a_deleted_namespace_goes_away_with_what_is_in_it() {
    let run = |arguments: &[&str]| SHARED.run_kubectl(arguments);
    run(&["create", "namespace", "short-lived"]).unwrap();
    run(&["create", "configmap", "inside", "-n", "short-lived"]).unwrap();
    run(&["delete", "namespace", "short-lived", "--timeout=60s"]).unwrap();
    let gone = run(&["get", "namespace", "short-lived"]).unwrap_err();
    assert!(gone.to_string().contains("NotFound"), "{gone}");
}

#[test]
fn a_custom_resource_is_served_and_checked_as_soon_as_its_definition_was_applied() {
    let manifest = |size: u8| {
        format!(
            r#"{{"apiVersion":"control-plane.test/v1","kind":"Widget",
                "metadata":{{"name":"size-{size}","namespace":"fixture"}},"spec":{{"size":{size}}}}}"#
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let apply = |size: u8| {
        let file = folder.path().join(format!("{size}.json"));
        std::fs::write(&file, manifest(size)).unwrap();
        SHARED.run_kubectl(&["apply", "-f", file.to_str().unwrap()])
    };
    apply(9).unwrap();
    let refused = apply(10).unwrap_err();
    assert!(refused.to_string().contains("size must be below 10"), "{refused}");
}

#[test]
fn a_service_account_may_do_what_its_role_says() {
    let reader = SHARED.service_account_kubeconfig("fixture", "reader").unwrap();
    kubectl_as(&reader, &["get", "configmaps", "-n", "fixture"]).unwrap();
    let elsewhere = kubectl_as(&reader, &["get", "configmaps", "-n", "default"]).unwrap_err();
    assert!(elsewhere.contains(r#"User "system:serviceaccount:fixture:reader" cannot list"#), "{elsewhere}");
}

#[test]
fn a_service_account_without_a_role_may_not_list_secrets() {
    let bare = SHARED.service_account_kubeconfig("default", "default").unwrap();
    let refused = kubectl_as(&bare, &["get", "secrets", "-n", "default"]).unwrap_err();
    assert!(refused.contains("Forbidden"), "{refused}");
}

#[test]
fn a_service_account_that_is_not_there_is_named_in_the_error() {
    let error = SHARED.service_account_kubeconfig("default", "nobody").unwrap_err();
    assert!(error.to_string().contains(r#"serviceaccounts "nobody" not found"#), "{error}");
}

#[test]
fn the_api_servers_own_counters_are_readable() {
    let metrics = SHARED.run_kubectl(&["get", "--raw", "/metrics"]).unwrap();
    assert!(metrics.contains("apiserver_request_total{"));
}

#[test]
fn programs_that_were_killed_come_back_with_their_data() {
    let cluster = ControlPlane::start(Options::default()).unwrap();
    let url = cluster.server_url();
    cluster.run_kubectl(&["create", "namespace", "kept"]).unwrap();
    for program in Program::ALL {
        let before = cluster.process_id(program).unwrap();
        cluster.kill(program);
        assert!(!is_alive(before), "{} {before}", program.name());
        cluster.start_again(program).unwrap();
        assert_ne!(cluster.process_id(program), Some(before));
        cluster.run_kubectl(&["get", "namespace", "kept"]).unwrap();
    }
    assert_eq!(cluster.server_url(), url);
    cluster.check().unwrap();

    let ids = processes::ids(cluster.dir());
    let dir = cluster.dir().to_owned();
    assert_eq!(ids.len(), Program::ALL.len());
    cluster.stop();
    assert!(!ids.into_iter().any(is_alive));
    assert!(!dir.exists());
}

#[test]
fn a_start_that_fails_says_which_file_it_could_not_apply_and_leaves_nothing_running() {
    let dir = tempfile::tempdir().unwrap();
    let error = ControlPlane::start(Options {
        dir: Some(dir.path().join("run")),
        deploy: Some(dir.path().join("no-such-folder")),
        ..Options::default()
    })
    .unwrap_err();
    assert!(matches!(error, Error::Kubectl { .. }), "{error}");
    assert!(error.to_string().contains("no-such-folder"), "{error}");
    assert_eq!(processes::ids(&dir.path().join("run")), Vec::<u32>::new());
}
