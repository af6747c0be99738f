//! The real client of ECS over a connector that answers in this process: the whole SDK is passed through, and no socket.

use std::cell::OnceCell;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use express_simulator::model::Model;
use express_simulator::time::Time;
use express_simulator::wire::{Operation, Request};
use expressway::aws::{Ecs, EcsSettings};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

/// Region of every ARN here.
pub const REGION: &str = "eu-central-1";

/// Account of every ARN here.
pub const ACCOUNT: &str = "111122223333";

/// One answer: the HTTP status, and the body as it goes over the wire.
pub type Answer = (u16, Vec<u8>);

type Answers = dyn FnMut(&str, &[u8]) -> Answer + Send;

/// A client of ECS whose calls are answered by whoever holds it.
pub struct InProcess {
    ecs: Ecs,
    runtime: Runtime,
    answers: Arc<Mutex<Box<Answers>>>,
}

#[derive(Clone)]
struct Connector(Arc<Mutex<Box<Answers>>>);

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default();
        let (status, body) = self.0.lock().unwrap()(operation, request.body().bytes().unwrap_or_default());
        let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
        response.headers_mut().insert("content-type", "application/x-amz-json-1.1");
        HttpConnectorFuture::ready(Ok(response))
    }
}

impl InProcess {
    /// A client that nobody answers yet. Its clock is virtual: what the SDK waits for between two attempts takes no time.
    pub fn new() -> Self {
        let nobody = |_: &str, _: &[u8]| (500, b"{\"__type\":\"ServerException\"}".to_vec());
        let answers: Arc<Mutex<Box<Answers>>> = Arc::new(Mutex::new(Box::new(nobody)));
        let connector = SharedHttpConnector::new(Connector(Arc::clone(&answers)));
        let client: SharedHttpClient = http_client_fn(move |_, _| connector.clone());
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(REGION))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
                "AKID", "secret", None, None, "inputs",
            )))
            .endpoint_url("http://ecs.in.process")
            .http_client(client)
            .build();
        let ecs = Ecs::over(&config, &EcsSettings::default()).unwrap();
        Self { ecs, runtime, answers }
    }

    /// Runs `work` with the client; its calls are answered by `answers`.
    pub fn answered_by<'c, T, F>(
        &'c self,
        answers: impl FnMut(&str, &[u8]) -> Answer + Send + 'static,
        work: impl FnOnce(&'c Ecs) -> F,
    ) -> T
    where
        F: Future<Output = T> + 'c,
    {
        *self.answers.lock().unwrap() = Box::new(answers);
        self.runtime.block_on(Box::pin(work(&self.ecs)))
    }
}

impl Default for InProcess {
    fn default() -> Self {
        Self::new()
    }
}

/// Lends this thread's client: to make one takes longer than to use it.
pub fn with_client<T>(work: impl FnOnce(&InProcess) -> T) -> T {
    thread_local! {
        static CLIENT: OnceCell<InProcess> = const { OnceCell::new() };
    }
    CLIENT.with(|client| work(client.get_or_init(InProcess::new)))
}

/// What the simulator answers to a call.
pub fn answer(model: &mut Model, operation: &str, body: &[u8], now: Time) -> Answer {
    let known = Operation::from_name(operation).unwrap_or_else(|| panic!("the simulator has no {operation}"));
    let body: Value = serde_json::from_slice(body).unwrap();
    let request = Request::from_json(known, body).unwrap_or_else(|error| panic!("{operation}: {error}"));
    match model.apply(request, now) {
        Ok(response) => (200, response.to_json().to_string().into_bytes()),
        Err(error) => {
            let body = json!({"__type": error.kind.name(), "message": error.message});
            (error.kind.status(), body.to_string().into_bytes())
        }
    }
}
