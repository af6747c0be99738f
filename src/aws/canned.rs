//! For tests: a server on loopback that gives canned answers on the real wire (awsJson1.1), and remembers every call.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use serde_json::{Value, json};

use super::client::{Ecs, EcsSettings};

pub(super) const SERVICE: &str = "arn:aws:ecs:eu-central-1:111122223333:service/shop/web";
pub(super) const DEPLOYMENT: &str =
    "arn:aws:ecs:eu-central-1:111122223333:service-deployment/shop/web/AbCdEfGhIjKlMnOpQrStU";
pub(super) const REVISION: &str = "arn:aws:ecs:eu-central-1:111122223333:service-revision/shop/web/1111111111111111111";
pub(super) const REQUEST_ID: &str = "5f0c1e7e-0000-4000-8000-000000000001";

/// One answer of the server.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// A whole HTTP answer.
    Whole(u16, String),
    /// Status and headers, and half of the body.
    Half(String),
    /// The request is read and the connection closed.
    Lost,
    /// The request is read, and nothing comes.
    Silence,
}

impl Answer {
    pub(super) fn ok(body: &Value) -> Self {
        Self::Whole(200, body.to_string())
    }

    /// An exception as ECS sends it: HTTP 500 for `ServerException`, 400 for all others.
    pub(super) fn exception(code: &str, message: &str) -> Self {
        let status = if code == "ServerException" { 500 } else { 400 };
        Self::Whole(status, json!({"__type": code, "message": message}).to_string())
    }
}

/// One call that the server received.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) operation: String,
    pub(super) body: Value,
}

type Script = Box<dyn FnMut(&Value) -> Answer + Send>;

#[derive(Default)]
struct Server {
    scripts: HashMap<String, Script>,
    journal: Vec<Call>,
}

/// A canned ECS and a connection to it.
pub(super) struct Canned {
    pub(super) ecs: Ecs,
    server: Arc<Mutex<Server>>,
}

impl Canned {
    /// A server that answers every operation with an exception until it is told otherwise.
    pub(super) fn start() -> Self {
        Self::start_with(&EcsSettings::default())
    }

    /// A server that answers `operation` so.
    pub(super) fn answering(operation: &str, answer: Answer) -> Self {
        let canned = Self::start_with(&settings_for(&answer));
        canned.answers(operation, answer);
        canned
    }

    fn start_with(settings: &EcsSettings) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = Arc::<Mutex<Server>>::default();
        let shared = Arc::clone(&server);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || serve(stream, &shared));
            }
        });
        let ecs = connect(&format!("http://{address}"), settings);
        Self { ecs, server }
    }

    /// From now on `operation` is answered so.
    pub(super) fn answers(&self, operation: &str, answer: Answer) -> &Self {
        self.answers_with(operation, move |_| answer.clone())
    }

    /// From now on `operation` is answered by what was asked.
    pub(super) fn answers_with(&self, operation: &str, script: impl FnMut(&Value) -> Answer + Send + 'static) -> &Self {
        let mut server = self.server.lock().unwrap();
        server.scripts.insert(operation.to_owned(), Box::new(script));
        self
    }

    /// What was sent with each call of `operation`.
    pub(super) fn sent(&self, operation: &str) -> Vec<Value> {
        let journal = &self.server.lock().unwrap().journal;
        let calls = journal.iter().filter(|call| call.operation == operation);
        calls.map(|call| call.body.clone()).collect()
    }

    /// The operations called, in order.
    pub(super) fn operations(&self) -> Vec<String> {
        let journal = &self.server.lock().unwrap().journal;
        journal.iter().map(|call| call.operation.clone()).collect()
    }
}

/// Time limits that fit the answer: short only for one that never comes, so that a slow machine fails no test.
fn settings_for(answer: &Answer) -> EcsSettings {
    match answer {
        Answer::Silence => EcsSettings { attempt_timeout: Duration::from_millis(150), ..EcsSettings::default() },
        _ => EcsSettings::default(),
    }
}

/// A connection to whatever listens at `endpoint`.
pub(super) fn connect(endpoint: &str, settings: &EcsSettings) -> Ecs {
    let credentials = Credentials::new("AKIDCANNED", "canned", None, None, "canned");
    connect_with(SharedCredentialsProvider::new(credentials), endpoint, settings)
}

fn connect_with(credentials: SharedCredentialsProvider, endpoint: &str, settings: &EcsSettings) -> Ecs {
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-central-1"))
        .credentials_provider(credentials)
        .endpoint_url(endpoint)
        .build();
    Ecs::over(&config, settings).unwrap()
}

fn serve(mut stream: TcpStream, server: &Mutex<Server>) {
    let Some(call) = read(&stream) else { return };
    let answer = {
        let mut server = server.lock().unwrap();
        server.journal.push(call.clone());
        match server.scripts.get_mut(&call.operation) {
            Some(script) => script(&call.body),
            None => Answer::exception("UnknownOperationException", "not canned"),
        }
    };
    let (status, body, length) = match answer {
        Answer::Whole(status, body) => (status, body.clone(), body.len()),
        Answer::Half(body) => (200, body.clone(), body.len() * 2),
        Answer::Lost => return,
        Answer::Silence => {
            // Until the client gives up and closes.
            let _ = stream.read(&mut [0]);
            return;
        }
    };
    let _ = write!(
        stream,
        "HTTP/1.1 {status} canned\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {length}\r\n\
         x-amzn-requestid: {REQUEST_ID}\r\nconnection: close\r\n\r\n{body}"
    );
}

fn read(stream: &TcpStream) -> Option<Call> {
    let mut reader = BufReader::new(stream);
    let (mut operation, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let (key, value) = header(line.trim_end());
        match key.as_str() {
            "x-amz-target" => operation = value.rsplit('.').next()?.to_owned(),
            "content-length" => length = value.parse().ok()?,
            "" => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = serde_json::from_slice(&body).ok()?;
    Some(Call { operation, body })
}

fn header(line: &str) -> (String, &str) {
    let (key, value) = line.split_once(':').unwrap_or((line, ""));
    (key.to_lowercase(), value.trim())
}

/// A record of `DescribeServices`, with `more` laid over it.
pub(super) fn service(name: &str, more: &Value) -> Value {
    let mut service = json!({
        "serviceArn": format!("arn:aws:ecs:eu-central-1:111122223333:service/shop/{name}"),
        "serviceName": name,
        "clusterArn": "arn:aws:ecs:eu-central-1:111122223333:cluster/shop",
        "status": "ACTIVE",
        "resourceManagementType": "ECS",
        "createdAt": 1_780_000_000.25,
        "tags": [{"key": "expressway.dev/uid", "value": "u-1"}],
        "currentServiceRevisions": [{
            "arn": REVISION, "requestedTaskCount": 2, "runningTaskCount": 1, "pendingTaskCount": 1,
        }],
    });
    lay_over(&mut service, more);
    service
}

/// Lays the members of `more` over `base`.
pub(super) fn lay_over(base: &mut Value, more: &Value) {
    for (key, value) in more.as_object().unwrap() {
        base[key] = value.clone();
    }
}

#[derive(Debug)]
struct NoCredentials;

impl ProvideCredentials for NoCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(CredentialsError::not_loaded("none were canned")))
    }
}

/// A connection whose credentials provider has none to give.
pub(super) fn without_credentials() -> Ecs {
    connect_with(SharedCredentialsProvider::new(NoCredentials), "http://127.0.0.1:1", &EcsSettings::default())
}
