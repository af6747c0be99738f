//! What `deploy/` installs: accepted without a warning, and allowed no more than it needs.

use std::path::PathBuf;

use crate::vocabulary::control_plane::{Turn, repository};
use crate::vocabulary::{eventually, kubectl};

const ACCOUNT: &str = "--as=system:serviceaccount:expressway-system:expressway";

fn path(name: &str) -> String {
    repository().join(name).display().to_string()
}

/// Asked, not done: every check of the API server, and no change.
fn applied(arguments: &[&str]) -> String {
    let said = kubectl(&[&["apply", "--dry-run=server"], arguments].concat(), "");
    assert_eq!(said.err, "", "no warnings");
    said.done()
}

#[test]
fn the_kustomization_is_accepted_without_warnings() {
    let _turn = Turn::shared();
    let said = applied(&["--server-side", "-k", &path("deploy")]);
    for object in ["namespace/expressway-system", "serviceaccount/expressway", "deployment.apps/expressway"] {
        assert!(said.contains(object), "{said}");
    }
}

#[test]
fn every_sample_is_accepted_without_warnings() {
    let _turn = Turn::shared();
    let samples = std::fs::read_dir(repository().join("deploy/samples")).unwrap();
    let samples: Vec<PathBuf> = samples.map(|entry| entry.unwrap().path()).collect();
    assert!(samples.len() >= 3);
    for sample in samples {
        let said = applied(&["-f", &sample.display().to_string()]);
        assert!(said.contains("created (server dry run)"), "{said}");
    }
}

/// The namespace warns of, and refuses, whatever the restricted Pod Security Standard does not take.
#[test]
fn the_deployment_passes_the_restricted_pod_security_standard() {
    let _turn = Turn::shared();
    let shipped = std::fs::read_to_string(repository().join("deploy/deployment.yaml")).unwrap();
    let apply =
        |yaml: &str| kubectl(&["apply", "--server-side", "--force-conflicts", "--dry-run=server", "-f", "-"], yaml);
    assert_eq!(apply(&shipped).err, "");

    let loose = shipped.replace("allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true");
    let warning = apply(&loose).err;
    assert!(warning.contains("would violate PodSecurity \"restricted"), "the namespace is watched: {warning}");
}

#[test]
fn the_controller_may_not_read_secrets_nor_do_anything_else_that_it_does_not_need() {
    let _turn = Turn::shared();
    let may = |verb: &str, resource: &str| {
        let said = kubectl(&["auth", "can-i", verb, resource, "--all-namespaces", ACCOUNT], "");
        said.out.lines().last().unwrap_or_default() == "yes"
    };
    for (verb, resource) in [
        ("get", "secrets"),
        ("list", "secrets"),
        ("get", "configmaps"),
        ("create", "pods"),
        ("create", "expressgatewayservices.expressway.dev"),
        ("delete", "expressgatewayservices.expressway.dev"),
        ("update", "expressgatewayservices.expressway.dev"),
        ("list", "namespaces"),
        ("impersonate", "users"),
        ("create", "tokenreviews.authentication.k8s.io"),
        ("get", "leases.coordination.k8s.io"),
        ("create", "leases.coordination.k8s.io"),
    ] {
        assert!(!may(verb, resource), "{verb} {resource}");
    }
    for (verb, resource) in [
        ("watch", "expressgatewayservices.expressway.dev"),
        ("patch", "expressgatewayservices.expressway.dev/status"),
        ("create", "events.events.k8s.io"),
    ] {
        assert!(may(verb, resource), "{verb} {resource}");
    }
}

#[test]
fn of_leases_the_controller_may_have_its_own_and_none_else() {
    let _turn = Turn::shared();
    let may = |verb: &str, namespace: &str| {
        let namespace = format!("--namespace={namespace}");
        let said = kubectl(&["auth", "can-i", verb, "leases.coordination.k8s.io", &namespace, ACCOUNT], "");
        said.out.lines().last().unwrap_or_default() == "yes"
    };
    for verb in ["get", "create", "patch"] {
        assert!(may(verb, "expressway-system"), "{verb}");
        assert!(!may(verb, "kube-system"), "{verb}");
    }
    for verb in ["list", "watch", "update", "delete", "deletecollection"] {
        assert!(!may(verb, "expressway-system"), "{verb}");
    }
}

#[test]
fn kubectl_explains_the_fields() {
    let _turn = Turn::shared();
    // The API server explains a type some moments after it serves it.
    let said = eventually("kubectl explains", || {
        let said = kubectl(&["explain", "egs.spec.scalingTarget"], "");
        if said.is_ok { Ok(said.out) } else { Err(said.err) }
    });
    for words in ["minTaskCount", "Fewest tasks", "maxTaskCount"] {
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn an_object_that_no_controller_has_seen_is_not_taken_for_ready() {
    let _turn = Turn::shared();
    kubectl(&["create", "namespace", "unwatched"], "").done();
    let manifest = crate::vocabulary::Manifest::of("web", "nginx:1").yaml();
    let made = kubectl(
        &["create", "--namespace=unwatched", "-f", "-", "-o", "jsonpath={.status.observedGeneration}"],
        &manifest,
    );
    assert_eq!(made.done(), "-1");
}
