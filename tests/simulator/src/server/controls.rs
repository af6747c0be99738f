//! The controls under `/_simulator/`, for a person with curl and for tests in other languages.
use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::clock::Speed;
use super::faults::FaultRequest;
use super::{Shared, Simulator, lock};
use crate::model::{BucketSize, Category, Fate, FateRule, ServiceKey, Summary};

/// A request that makes no sense, and why.
struct Refused(String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(json!({"error": self.0}))).into_response()
    }
}

/// A JSON body, whatever its content type says: `curl -d` says it is a form.
struct Body<T>(T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        let bytes = Bytes::from_request(request, state).await.map_err(|error| Refused(error.to_string()))?;
        serde_json::from_slice(&bytes).map(Body).map_err(|error| Refused(error.to_string()))
    }
}

/// How far one call can jump ahead: a year.
const FARTHEST_JUMP: Duration = Duration::from_secs(366 * 24 * 3600);

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/state", get(state))
        .route("/journal", get(journal).delete(clear_journal))
        .route("/clock", get(clock).post(set_clock))
        .route("/fate", get(fates).post(set_fate).delete(clear_fates))
        .route("/autoscale", post(autoscale))
        .route("/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/switches", get(switches).post(set_switches))
        .route("/quotas", get(quotas).post(set_quotas))
}

async fn state(State(shared): State<Shared>) -> Json<Summary> {
    Json(lock(&shared).present().summary())
}

#[derive(Deserialize)]
struct Since {
    #[serde(default)]
    since: u64,
}

async fn journal(State(shared): State<Shared>, Query(Since { since }): Query<Since>) -> Json<Value> {
    let simulator = lock(&shared);
    Json(json!({"last": simulator.journal.last(), "entries": simulator.journal.since(since)}))
}

async fn clear_journal(State(shared): State<Shared>) -> StatusCode {
    lock(&shared).journal.clear();
    StatusCode::NO_CONTENT
}

fn clock_json(simulator: &Simulator) -> Json<Value> {
    Json(json!({"now": simulator.clock.now(), "speed": simulator.clock.speed().number()}))
}

async fn clock(State(shared): State<Shared>) -> Json<Value> {
    clock_json(&lock(&shared))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockRequest {
    advance_seconds: Option<f64>,
    speed: Option<f64>,
}

async fn set_clock(State(shared): State<Shared>, Body(request): Body<ClockRequest>) -> Result<Json<Value>, Refused> {
    let speed = request.speed.map(Speed::from_number).transpose().map_err(Refused)?;
    let span = request.advance_seconds.map(Duration::try_from_secs_f64).transpose();
    let span = span.map_err(|error| Refused(format!("advance_seconds: {error}")))?;
    if span.is_some_and(|span| span > FARTHEST_JUMP) {
        return Err(Refused("advance_seconds: at most a year at a time".to_owned()));
    }
    let mut simulator = lock(&shared);
    if let Some(speed) = speed {
        simulator.clock.set_speed(speed);
    }
    if let Some(span) = span {
        simulator.clock.advance(span);
    }
    simulator.present();
    Ok(clock_json(&simulator))
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Rollout {
    Next,
    Every,
    Current,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FateRequest {
    /// A name, `cluster/name`, or nothing for every service.
    service: Option<String>,
    fate: Fate,
    #[serde(default = "next")]
    rollout: Rollout,
    count: Option<u32>,
}

fn next() -> Rollout {
    Rollout::Next
}

async fn set_fate(State(shared): State<Shared>, Body(request): Body<FateRequest>) -> Result<Json<Value>, Refused> {
    let mut simulator = lock(&shared);
    let now = simulator.clock.now();
    let service = request.service.map(|service| match service.split_once(":service/") {
        Some((_, full_name)) => full_name.to_owned(),
        None => service,
    });
    let left = match request.rollout {
        Rollout::Next => Some(request.count.unwrap_or(1)),
        Rollout::Every => None,
        Rollout::Current => {
            let name = service.ok_or_else(|| Refused("rollout \"current\" needs a service".to_owned()))?;
            if simulator.model.set_current_fate(&ServiceKey::parse(&name), request.fate, now) {
                return Ok(fates_json(&simulator));
            }
            return Err(Refused(format!("service {name} has no deployment in flight")));
        }
    };
    simulator.model.set_fate(FateRule { service, fate: request.fate, left });
    Ok(fates_json(&simulator))
}

fn fates_json(simulator: &Simulator) -> Json<Value> {
    let rule = |rule: &FateRule| json!({"service": rule.service, "fate": rule.fate, "left": rule.left});
    Json(json!({"fates": simulator.model.fates().iter().map(rule).collect::<Vec<_>>()}))
}

async fn fates(State(shared): State<Shared>) -> Json<Value> {
    fates_json(&lock(&shared))
}

async fn clear_fates(State(shared): State<Shared>) -> StatusCode {
    lock(&shared).model.clear_fates();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AutoscaleRequest {
    /// A name, or `cluster/name`.
    service: String,
    count: u32,
}

async fn autoscale(State(shared): State<Shared>, Body(request): Body<AutoscaleRequest>) -> Result<StatusCode, Refused> {
    let mut simulator = lock(&shared);
    let now = simulator.clock.now();
    let AutoscaleRequest { service, count } = request;
    match simulator.model.autoscale(&ServiceKey::parse(&service), count, now) {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Refused(format!("there is no service {service}"))),
    }
}

fn faults_json(simulator: &Simulator) -> Json<Value> {
    Json(json!({"faults": simulator.faults.list()}))
}

async fn faults(State(shared): State<Shared>) -> Json<Value> {
    faults_json(&lock(&shared))
}

async fn add_fault(State(shared): State<Shared>, Body(request): Body<FaultRequest>) -> Json<Value> {
    let mut simulator = lock(&shared);
    simulator.add_fault(request);
    faults_json(&simulator)
}

async fn clear_faults(State(shared): State<Shared>) -> StatusCode {
    lock(&shared).clear_faults();
    StatusCode::NO_CONTENT
}

impl Simulator {
    pub(super) fn add_fault(&mut self, request: FaultRequest) {
        let now = self.clock.now();
        self.faults.add(request, &mut self.model, now);
    }

    pub(super) fn clear_faults(&mut self) {
        self.faults.clear(&mut self.model);
    }
}

fn switches_json(simulator: &Simulator) -> Json<Value> {
    let switch = |switch: crate::model::SwitchInfo| {
        json!({
            "name": switch.name,
            "meaning": switch.meaning,
            "value": switch.value,
            "default": switch.default,
            "choices": switch.choices,
        })
    };
    let list = simulator.model.config().switches.list();
    Json(json!({"switches": list.into_iter().map(switch).collect::<Vec<_>>()}))
}

async fn switches(State(shared): State<Shared>) -> Json<Value> {
    switches_json(&lock(&shared))
}

async fn set_switches(
    State(shared): State<Shared>,
    Body(request): Body<BTreeMap<String, Value>>,
) -> Result<Json<Value>, Refused> {
    let mut simulator = lock(&shared);
    let mut switches = simulator.model.config().switches.clone();
    for (name, value) in request {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        switches.set(&name, &text).map_err(|error| Refused(error.to_string()))?;
    }
    *simulator.model.switches_mut() = switches;
    Ok(switches_json(&simulator))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuotaRequest {
    enabled: Option<bool>,
    #[serde(default)]
    buckets: BTreeMap<Category, BucketSize>,
}

async fn quotas(State(shared): State<Shared>) -> Json<Value> {
    Json(json!(lock(&shared).model.config().quotas))
}

async fn set_quotas(State(shared): State<Shared>, Body(request): Body<QuotaRequest>) -> Json<Value> {
    let mut simulator = lock(&shared);
    let quotas = simulator.model.quotas_mut();
    quotas.enabled = request.enabled.unwrap_or(quotas.enabled);
    quotas.buckets.extend(request.buckets);
    Json(json!(simulator.model.config().quotas))
}
