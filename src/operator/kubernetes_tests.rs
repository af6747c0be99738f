//! Tests of the way to the API server, against a small HTTP server on loopback.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::http::{StatusCode, Uri};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::*;

/// Answers every request with the next of these, and then with the last again; remembers the paths that were asked for.
async fn server(answers: &[(u16, Value)]) -> (Client, Arc<Mutex<Vec<String>>>) {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (paths, answers) = (Arc::clone(&asked), Mutex::new(VecDeque::from(answers.to_vec())));
    let answers = Arc::new(answers);
    let routes = Router::new().fallback(move |uri: Uri| {
        paths.lock().unwrap().push(uri.to_string());
        let mut left = answers.lock().unwrap();
        let answer = match left.len() {
            1 => left[0].clone(),
            _ => left.pop_front().unwrap(),
        };
        let status = StatusCode::from_u16(answer.0).unwrap();
        std::future::ready((status, Json(answer.1)))
    });
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let mut config = Config::new(url.parse().unwrap());
    config.default_retry = false;
    (build(config).unwrap(), asked)
}

fn status(code: u16, message: &str) -> (u16, Value) {
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": "x", "message": message,
    });
    (code, body)
}

fn kube_system() -> (u16, Value) {
    let metadata = json!({ "name": "kube-system", "uid": "6f3b" });
    let kind = "PartialObjectMetadata";
    (200, json!({ "kind": kind, "apiVersion": "meta.k8s.io/v1", "metadata": metadata }))
}

#[tokio::test]
async fn the_cluster_is_the_uid_of_kube_system() {
    let (client, asked) = server(&[kube_system()]).await;
    assert_eq!(cluster_id(&client).await.unwrap(), "6f3b");
    assert_eq!(*asked.lock().unwrap(), ["/api/v1/namespaces/kube-system"]);
}

#[tokio::test]
async fn an_overloaded_server_is_asked_again_a_few_times_and_not_for_an_hour() {
    let busy = status(429, "try again");
    let (client, asked) = server(&[busy.clone(), busy.clone(), kube_system()]).await;
    assert_eq!(cluster_id(&client).await.unwrap(), "6f3b");
    assert_eq!(asked.lock().unwrap().len(), 3);

    let (client, asked) = server(&[busy]).await;
    let Err(Absence::Yet(reason)) = cluster_id(&client).await else {
        panic!("a busy server is something to wait for");
    };
    assert_eq!(reason, "the Kubernetes API server does not answer as it should: try again");
    assert_eq!(asked.lock().unwrap().len(), 1 + RETRIES as usize);
}

#[tokio::test]
async fn a_missing_permission_for_the_cluster_id_is_said_with_its_rule() {
    let (client, _) = server(&[status(403, "namespaces \"kube-system\" is forbidden")]).await;
    let Err(Absence::ForGood(failure)) = cluster_id(&client).await else {
        panic!("permissions do not come by themselves");
    };
    let line = failure.to_string();
    for part in ["is forbidden", "`get` on namespaces", "kube-system", "--cluster-id"] {
        assert!(line.contains(part), "{line}");
    }
    assert_eq!(failure.exit_code(), 1);
}

#[tokio::test]
async fn a_missing_crd_is_waited_for_and_says_how_to_install_it() {
    let (client, _) = server(&[status(404, "the server could not find the requested resource")]).await;
    let Err(Absence::Yet(reason)) = is_served(&client, None).await else {
        panic!("the CRD may come later");
    };
    assert!(reason.contains("expressway crd | kubectl apply"), "{reason}");
}

#[tokio::test]
async fn with_a_namespace_only_that_namespace_is_asked_for() {
    let list = json!({
        "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": {}, "items": [],
    });
    let (client, asked) = server(&[(200, list)]).await;
    is_served(&client, Some("shop")).await.unwrap();
    is_served(&client, None).await.unwrap();
    assert_eq!(
        *asked.lock().unwrap(),
        [
            "/apis/expressway.dev/v1alpha1/namespaces/shop/expressgatewayservices?&limit=1",
            "/apis/expressway.dev/v1alpha1/expressgatewayservices?&limit=1",
        ]
    );
}
