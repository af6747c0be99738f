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
use super::control::{AutoscaleRequest, Control, FateRequest, QuotaRequest};
use super::faults::FaultRequest;
use super::{Shared, Simulator, lock};
use crate::model::{FateRule, Summary};

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

async fn clear_journal(State(shared): State<Shared>) -> Result<StatusCode, Refused> {
    done(&shared, Control::ClearJournal)
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
    let reading = simulator.clock.reading();
    if let Some(record) = &mut simulator.record {
        record.clock(reading);
    }
    Ok(clock_json(&simulator))
}

async fn set_fate(State(shared): State<Shared>, Body(request): Body<FateRequest>) -> Result<Json<Value>, Refused> {
    let mut simulator = lock(&shared);
    simulator.control(Control::Fate(request)).map_err(Refused)?;
    Ok(fates_json(&simulator))
}

fn fates_json(simulator: &Simulator) -> Json<Value> {
    let rule = |rule: &FateRule| json!({"service": rule.service, "fate": rule.fate, "left": rule.left});
    Json(json!({"fates": simulator.model.fates().iter().map(rule).collect::<Vec<_>>()}))
}

async fn fates(State(shared): State<Shared>) -> Json<Value> {
    fates_json(&lock(&shared))
}

async fn clear_fates(State(shared): State<Shared>) -> Result<StatusCode, Refused> {
    done(&shared, Control::ClearFates)
}

async fn autoscale(State(shared): State<Shared>, Body(request): Body<AutoscaleRequest>) -> Result<StatusCode, Refused> {
    done(&shared, Control::Autoscale(request))
}

fn faults_json(simulator: &Simulator) -> Json<Value> {
    Json(json!({"faults": simulator.faults.list()}))
}

async fn faults(State(shared): State<Shared>) -> Json<Value> {
    faults_json(&lock(&shared))
}

async fn add_fault(State(shared): State<Shared>, Body(request): Body<FaultRequest>) -> Result<Json<Value>, Refused> {
    let mut simulator = lock(&shared);
    simulator.control(Control::Fault(request)).map_err(Refused)?;
    Ok(faults_json(&simulator))
}

async fn clear_faults(State(shared): State<Shared>) -> Result<StatusCode, Refused> {
    done(&shared, Control::ClearFaults)
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
    simulator.control(Control::Switches(request)).map_err(Refused)?;
    Ok(switches_json(&simulator))
}

async fn quotas(State(shared): State<Shared>) -> Json<Value> {
    Json(json!(lock(&shared).model.config().quotas))
}

async fn set_quotas(State(shared): State<Shared>, Body(request): Body<QuotaRequest>) -> Result<Json<Value>, Refused> {
    let mut simulator = lock(&shared);
    simulator.control(Control::Quotas(request)).map_err(Refused)?;
    Ok(Json(json!(simulator.model.config().quotas)))
}

/// Does what has no answer of its own.
fn done(shared: &Shared, control: Control) -> Result<StatusCode, Refused> {
    lock(shared).control(control).map_err(Refused)?;
    Ok(StatusCode::NO_CONTENT)
}
