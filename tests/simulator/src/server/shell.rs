//! awsJson1.1 over HTTP: `POST /`, the operation in `X-Amz-Target`.
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response as HttpResponse};
use serde_json::Value;

use super::connection::Cut;
use super::faults::Disturbance;
use super::journal::{Call, Outcome};
use super::{Shared, Simulator, lock};
use crate::exchange::{self, TARGET_PREFIX};
use crate::model::{ApiError, ErrorKind};
use crate::time::Time;
use crate::wire::{Operation, Request, Response};

/// What goes back to the client.
struct Reply {
    answer: Result<Response, ApiError>,
    ending: Ending,
    delay: Duration,
    number: u64,
}

/// What becomes of an answer on its way.
enum Ending {
    Arrives,
    Lost,
    CutShort,
    Rewritten(String, String),
}

pub(super) async fn call(
    State(shared): State<Shared>,
    ConnectInfo(connection): ConnectInfo<Cut>,
    headers: HeaderMap,
    body: Bytes,
) -> HttpResponse {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let operation = target.strip_prefix(TARGET_PREFIX).unwrap_or(target).to_owned();
    let known = target.starts_with(TARGET_PREFIX).then(|| Operation::from_name(&operation)).flatten();
    let parsed = serde_json::from_slice::<Value>(&body);
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let caller = authorization.and_then(access_key);
    let reply = lock(&shared).answer(operation, known, caller, parsed);
    if !reply.delay.is_zero() {
        tokio::time::sleep(reply.delay).await;
    }
    http(reply, &connection)
}

/// The access key in `AWS4-HMAC-SHA256 Credential=KEY/20261128/eu-central-1/ecs/aws4_request, SignedHeaders=…`.
fn access_key(authorization: &str) -> Option<String> {
    let (_, credential) = authorization.split_once("Credential=")?;
    credential.split('/').next().map(str::to_owned)
}

impl Simulator {
    fn answer(
        &mut self,
        operation: String,
        known: Option<Operation>,
        caller: Option<String>,
        body: serde_json::Result<Value>,
    ) -> Reply {
        let now = self.clock.now();
        let (body, unreadable) = match body {
            Ok(body) => (body, None),
            Err(error) => (Value::Null, Some(error.to_string())),
        };
        let call = Call::received(operation, caller, body);
        let Some(known) = known else {
            let error = ErrorKind::UnknownOperation.with(format!("Unknown operation: {}", call.operation));
            return self.refuse(&call, now, error);
        };
        let request = match unreadable {
            Some(error) => Err(error),
            None => Request::from_json(known, call.body.clone()).map_err(|error| error.to_string()),
        };
        match request {
            Ok(request) => self.serve(&call, known, request, now),
            Err(error) => self.refuse(&call, now, ErrorKind::Serialization.with(error)),
        }
    }

    fn serve(&mut self, call: &Call, operation: Operation, request: Request, now: Time) -> Reply {
        let disturbance = self.faults.take(operation).and_then(super::FaultKind::disturbance);
        if let Some(Disturbance::Refuse(kind, error, message)) = disturbance {
            let outcome = Outcome::Fault { kind: kind.into(), effect: false };
            return self.reply(call, now, Err(error.with(message)), outcome);
        }
        let answer = self.model.apply(request, now);
        let effect = answer.is_ok();
        let plain = match &answer {
            Ok(_) => Outcome::Ok,
            Err(error) => Outcome::Error(error.kind.name().to_owned()),
        };
        match disturbance {
            Some(Disturbance::AnswerInstead(kind, error, message)) => {
                self.reply(call, now, Err(error.with(message)), Outcome::Fault { kind: kind.into(), effect })
            }
            Some(Disturbance::Lose) => {
                let outcome = Outcome::Fault { kind: "answer-lost".into(), effect };
                Reply { ending: Ending::Lost, ..self.reply(call, now, answer, outcome) }
            }
            Some(Disturbance::CutShort) => {
                let outcome = Outcome::Fault { kind: "answer-cut-short".into(), effect };
                Reply { ending: Ending::CutShort, ..self.reply(call, now, answer, outcome) }
            }
            Some(Disturbance::Rewrite(find, replace)) => {
                let outcome = Outcome::Fault { kind: "rewrite".into(), effect };
                Reply { ending: Ending::Rewritten(find, replace), ..self.reply(call, now, answer, outcome) }
            }
            Some(Disturbance::Delay(delay)) => Reply { delay, ..self.reply(call, now, answer, plain) },
            _ => self.reply(call, now, answer, plain),
        }
    }

    fn refuse(&mut self, call: &Call, now: Time, error: ApiError) -> Reply {
        let outcome = Outcome::Error(error.kind.name().to_owned());
        self.reply(call, now, Err(error), outcome)
    }

    fn reply(&mut self, call: &Call, now: Time, answer: Result<Response, ApiError>, outcome: Outcome) -> Reply {
        let entry = self.journal.enter(call, now, outcome);
        if let Some(record) = &mut self.record {
            record.call(entry);
        }
        Reply { answer, ending: Ending::Arrives, delay: Duration::ZERO, number: self.journal.last() }
    }
}

fn http(reply: Reply, connection: &Cut) -> HttpResponse {
    let exchange::Answer { status, mut body, exception } = exchange::write(&reply.answer);
    match reply.ending {
        Ending::Arrives => {}
        Ending::Lost => connection.cut(),
        Ending::CutShort => connection.cut_short(body.len() / 2),
        Ending::Rewritten(find, replace) => body = body.replace(&find, &replace),
    }
    let mut response = (StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.1"));
    if let Ok(id) = HeaderValue::from_str(&format!("00000000-0000-4000-a000-{:012x}", reply.number)) {
        headers.insert("x-amzn-requestid", id);
    }
    if let Some(exception) = exception {
        headers.insert("x-amzn-errortype", HeaderValue::from_static(exception));
    }
    response
}
