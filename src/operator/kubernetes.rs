//! The way to the Kubernetes API server: the client, and what has to be there before the controller can work.

use std::time::Duration;

use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, ListParams};
use kube::client::retry::RetryPolicy;
use kube::client::{Client, ClientBuilder};
use kube::{Config, ResourceExt};
use tower::buffer::BufferLayer;
use tower::retry::RetryLayer;

use super::failure::{Failure, in_one_line};
use crate::api::ExpressGatewayService;

/// The API server is near: a connection, TLS included, that takes longer is not coming.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Silence after which a connection is given up. Longer than a watch, which the server ends after 290 s at the latest.
const READ_TIMEOUT: Duration = Duration::from_secs(300);
/// Nothing large is ever sent.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// Retries of an answer 429, 503 or 504. kube's own policy would retry for an hour inside one reconcile, out of sight;
/// these end within seconds, and then the reconcile's own retry, which status and metrics show, takes over.
const RETRIES: u32 = 3;
const FIRST_RETRY: Duration = Duration::from_millis(50);
const LONGEST_RETRY: Duration = Duration::from_secs(2);
/// Requests that may wait for a connection; kube's own client has the same bound.
const REQUESTS_WAITING: usize = 1024;

/// A client for the cluster that kubectl would use, or that this pod runs in. Calls nobody yet.
pub async fn client() -> Result<Client, Failure> {
    let config = config().await?;
    tracing::info!(server = %config.cluster_url, "Kubernetes");
    build(config).map_err(Failure::KubernetesClient)
}

/// Another one, for the Lease alone: it waits behind nobody, and an answer that is late is asked for anew, not waited for.
pub async fn client_of_the_lease() -> Result<Client, Failure> {
    let builder = ClientBuilder::try_from(config().await?);
    builder.map(ClientBuilder::build).map_err(|error| Failure::KubernetesClient(in_one_line(&error)))
}

async fn config() -> Result<Config, Failure> {
    let mut config = Config::infer().await.map_err(|error| Failure::NoCluster(in_one_line(&error)))?;
    config.connect_timeout = Some(CONNECT_TIMEOUT);
    config.read_timeout = Some(READ_TIMEOUT);
    config.write_timeout = Some(WRITE_TIMEOUT);
    config.reset_reader_on_write = true;
    config.default_retry = false;
    Ok(config)
}

fn build(config: Config) -> Result<Client, String> {
    let retries = RetryPolicy::new(FIRST_RETRY, LONGEST_RETRY, RETRIES, true).map_err(|error| in_one_line(&error))?;
    let builder = ClientBuilder::try_from(config).map_err(|error| in_one_line(&error))?;
    Ok(builder.with_layer(&BufferLayer::new(REQUESTS_WAITING)).with_layer(&RetryLayer::new(retries)).build())
}

/// Why something that is needed is not there.
#[derive(Debug)]
pub enum Absence {
    /// It may come by itself; the text says what is waited for.
    Yet(String),
    /// It will not come before somebody changes something.
    ForGood(Failure),
}

/// The uid of the namespace kube-system: there from a cluster's first minute to its last, and unlike any other's.
pub async fn cluster_id(client: &Client) -> Result<String, Absence> {
    let namespaces = Api::<Namespace>::all(client.clone());
    match namespaces.get_metadata("kube-system").await {
        Ok(namespace) => namespace.uid().ok_or(Absence::ForGood(Failure::NoClusterId)),
        Err(error) if is_status(&error, 403) => Err(Absence::ForGood(Failure::ClusterIdForbidden(said(&error)))),
        Err(error) if is_status(&error, 404) => Err(Absence::ForGood(Failure::NoClusterId)),
        Err(error) => Err(Absence::Yet(unreachable(&error))),
    }
}

/// Whether the API server serves `ExpressGatewayService` and lets us list it: what the controller does first.
pub async fn is_served(client: &Client, namespace: Option<&str>) -> Result<(), Absence> {
    let services: Api<ExpressGatewayService> = match namespace {
        Some(namespace) => Api::namespaced(client.clone(), namespace),
        None => Api::all(client.clone()),
    };
    match services.list_metadata(&ListParams::default().limit(1)).await {
        Ok(_) => Ok(()),
        Err(error) if is_status(&error, 404) => Err(Absence::Yet(
            "the CustomResourceDefinition is not installed; `expressway crd | kubectl apply --server-side -f -` installs it"
                .to_owned(),
        )),
        Err(error) if is_status(&error, 403) => Err(Absence::Yet(format!(
            "may not list expressgatewayservices; deploy/ holds the permissions that are needed: {}",
            said(&error)
        ))),
        Err(error) => Err(Absence::Yet(unreachable(&error))),
    }
}

fn is_status(error: &kube::Error, code: u16) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == code)
}

fn unreachable(error: &kube::Error) -> String {
    format!("the Kubernetes API server does not answer as it should: {}", said(error))
}

/// The server's own words where it said something: kube adds the whole `Status` to them.
pub fn said(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) if !status.message.is_empty() => status.message.clone(),
        error => in_one_line(error),
    }
}

#[cfg(test)]
#[path = "kubernetes_tests.rs"]
mod tests;
