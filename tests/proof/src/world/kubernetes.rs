//! The way to the API server: kube's client over a service that leads into this process.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::Pin;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use tower::service_fn;

use super::calls::Verb;
use super::state::{Reply, Shared};
use super::store::{Refusal, Store};

/// A request of the controller.
#[derive(Clone, Debug, PartialEq)]
pub enum KubernetesRequest {
    /// The live object.
    Get(String),
    /// A merge patch on the object.
    Merge(String, Value),
    /// A server-side apply of its status.
    ApplyStatus(String, Value),
    /// A JSON patch on its status.
    PatchStatus(String, Value),
    /// A new event.
    Event(Value),
}

/// An answer: a body, or why there is none.
pub type KubernetesAnswer = Result<Value, Refusal>;

/// A refusal that a plan asked for.
pub fn asked_for(code: u16) -> KubernetesAnswer {
    let reason = match code {
        409 => "Conflict",
        429 => "TooManyRequests",
        503 => "ServiceUnavailable",
        504 => "Timeout",
        _ => "InternalError",
    };
    Err(Refusal { code, reason, message: "asked for".to_owned() })
}

impl KubernetesRequest {
    /// What is asked for.
    pub fn verb(&self) -> Verb {
        match self {
            Self::Get(_) => Verb::Get,
            Self::Merge(..) => Verb::PatchMetadata,
            Self::ApplyStatus(..) => Verb::ApplyStatus,
            Self::PatchStatus(..) => Verb::PatchStatus,
            Self::Event(_) => Verb::CreateEvent,
        }
    }

    /// Does it.
    pub fn answer(&self, store: &mut Store) -> KubernetesAnswer {
        match self {
            Self::Get(name) => store.get(name),
            Self::Merge(name, patch) => store.merge(name, patch),
            Self::ApplyStatus(name, patch) => store.apply_status(name, patch),
            Self::PatchStatus(name, operations) => store.patch_status(name, operations),
            Self::Event(event) => Ok(event.clone()),
        }
    }

    fn read(method: &Method, path: &str, kind: &str, body: &[u8]) -> Option<Self> {
        let body = || serde_json::from_slice::<Value>(body).ok();
        if path.ends_with("/events") {
            return body().map(Self::Event);
        }
        let mut parts = path.rsplit('/');
        let last = parts.next()?;
        let (name, of_status) = if last == "status" { (parts.next()?, true) } else { (last, false) };
        let name = name.to_owned();
        match (method, kind, of_status) {
            (&Method::GET, _, false) => Some(Self::Get(name)),
            (&Method::PATCH, "application/merge-patch+json", false) => body().map(|body| Self::Merge(name, body)),
            (&Method::PATCH, "application/apply-patch+yaml", true) => body().map(|body| Self::ApplyStatus(name, body)),
            (&Method::PATCH, "application/json-patch+json", true) => body().map(|body| Self::PatchStatus(name, body)),
            _ => None,
        }
    }
}

/// The API server, as one life of the controller reaches it.
pub fn connect(world: &Shared, life: u32) -> Client {
    let world = world.clone();
    let service = service_fn(move |request: Request<Body>| exchange(world.clone(), life, request));
    Client::new(service, super::user::NAMESPACE)
}

type Exchange = Pin<Box<dyn Future<Output = Result<Response<Full<Bytes>>, io::Error>> + Send>>;

fn exchange(world: Shared, life: u32, request: Request<Body>) -> Exchange {
    Box::pin(async move {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let kind = head.headers.get(http::header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let Some(read) = KubernetesRequest::read(&head.method, head.uri.path(), kind, &body) else {
            return Err(io::Error::other(format!("this world has no {} {} {kind}", head.method, head.uri)));
        };
        match world.ask_kubernetes(life, &read) {
            Reply::Answer(answer) => Ok(respond(&answer)),
            Reply::Late(delay, answer) => {
                tokio::time::sleep(delay).await;
                Ok(respond(&answer))
            }
            Reply::Cut => Err(io::ErrorKind::ConnectionReset.into()),
            Reply::Never => std::future::pending::<Result<_, Infallible>>().await.map_err(|never| match never {}),
        }
    })
}

fn respond(answer: &KubernetesAnswer) -> Response<Full<Bytes>> {
    let (code, body) = match answer {
        Ok(body) => (200, body.to_string()),
        Err(Refusal { code, reason, message }) => {
            let status = json!({
                "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                "code": code, "reason": reason, "message": message,
            });
            (*code, status.to_string())
        }
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = http::StatusCode::from_u16(code).unwrap_or_default();
    response
}
