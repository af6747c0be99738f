//! `/livez`, `/readyz` and `/metrics` over HTTP.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;

use super::failure::Failure;
use crate::controller::readiness::{Phase, Readiness};

/// Content type of OpenMetrics text (OpenMetrics 1.0, "Overall Structure").
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Takes the address: the first thing that a process does, so that one that cannot says so at once.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| Failure::Listen { address, error })
}

/// Answers until it is dropped.
pub async fn serve(listener: TcpListener, readiness: Readiness, registry: Arc<Registry>) {
    let routes = Router::new()
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .with_state(readiness)
        .merge(Router::new().route("/metrics", get(metrics)).with_state(registry));
    // It ends never: `axum::serve` waits and goes on when a connection cannot be accepted.
    let _ = axum::serve(listener, routes).await;
}

/// An answer proves that the runtime turns; when the controller ends or panics, the whole process does.
async fn livez() -> &'static str {
    "ok\n"
}

async fn readyz(State(readiness): State<Readiness>) -> (StatusCode, String) {
    match readiness.phase() {
        Phase::Ready => (StatusCode::OK, "ok\n".to_owned()),
        Phase::StandingBy(leader) => (StatusCode::OK, format!("ok: standing by; {leader} leads\n")),
        Phase::Starting(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {reason}\n")),
        Phase::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "not ready: shutting down\n".to_owned()),
    }
}

async fn metrics(State(registry): State<Arc<Registry>>) -> impl IntoResponse {
    let mut text = String::new();
    match encode(&mut text, &registry) {
        Ok(()) => (StatusCode::OK, [(header::CONTENT_TYPE, OPEN_METRICS)], text),
        Err(error) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            [(header::CONTENT_TYPE, "text/plain; charset=utf-8")],
            format!("the metrics cannot be written: {error}\n"),
        ),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;
    use crate::controller::metrics::Metrics;

    struct Served {
        address: SocketAddr,
        readiness: Readiness,
        task: tokio::task::JoinHandle<()>,
    }

    impl Drop for Served {
        fn drop(&mut self) {
            self.task.abort();
        }
    }

    async fn served() -> Served {
        let listener = listen(([127, 0, 0, 1], 0).into()).await.unwrap();
        let mut registry = Registry::default();
        let _metrics = Metrics::new(&mut registry);
        let readiness = Readiness::default();
        Served {
            address: listener.local_addr().unwrap(),
            readiness: readiness.clone(),
            task: tokio::spawn(serve(listener, readiness, Arc::new(registry))),
        }
    }

    /// The whole answer, head and body, as it came over the wire.
    async fn get(served: &Served, path: &str) -> String {
        let mut stream = TcpStream::connect(served.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn it_lives_from_the_start_and_is_ready_when_the_controller_is() {
        let served = served().await;
        assert!(get(&served, "/livez").await.starts_with("HTTP/1.1 200 OK"));

        served.readiness.waits_for("the CRD is not installed");
        let answer = get(&served, "/readyz").await;
        assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
        assert!(answer.ends_with("not ready: the CRD is not installed\n"), "{answer}");

        served.readiness.is_ready();
        assert!(get(&served, "/readyz").await.starts_with("HTTP/1.1 200"));

        served.readiness.stands_by("pod-2");
        let answer = get(&served, "/readyz").await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok: standing by; pod-2 leads\n"), "{answer}");

        served.readiness.is_stopping();
        let answer = get(&served, "/readyz").await;
        assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
        assert!(answer.ends_with("not ready: shutting down\n"), "{answer}");
        assert!(get(&served, "/livez").await.starts_with("HTTP/1.1 200"));
    }

    #[tokio::test]
    async fn metrics_are_open_metrics() {
        let answer = get(&served().await, "/metrics").await;
        assert!(answer.contains(&format!("content-type: {OPEN_METRICS}\r\n")), "{answer}");
        assert!(answer.contains("# TYPE expressway_reconciles counter\n"), "{answer}");
        assert!(answer.ends_with("# EOF\n"), "{answer}");
    }

    #[tokio::test]
    async fn an_address_in_use_is_said_with_the_flag_to_change() {
        let served = served().await;
        let failure = listen(served.address).await.unwrap_err().to_string();
        let start = format!("cannot listen on {}: ", served.address);
        assert!(failure.starts_with(&start), "{failure}");
        assert!(failure.ends_with("choose another address with --listen"), "{failure}");
    }
}
