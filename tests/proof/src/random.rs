//! Random workloads. Where each comes to rest follows from what is done alone, and not from when: so it can be compared.

use std::time::Duration;

use express_simulator::wire::Operation;
use expressway::api::names::RECONCILE_REQUESTED_AT;
use fastrand::Rng;
use serde_json::{Value, json};

use crate::workload::Workload;
use crate::world::{Act, role, service_arn};

/// A controller that dies is started again after this.
const RESTART: Duration = Duration::from_secs(2);

/// A workload.
pub fn random_workload(rng: &mut Rng) -> Workload {
    let begun = Workload::named("random").then(Act::Apply(members(rng)));
    let mut workload = Workload { is_down_for: RESTART, ..begun };
    let mut is_there = true;
    let mut was_changed_elsewhere = false;
    for _ in 0..rng.usize(0..=4) {
        let act = match rng.u32(0..12) {
            0 if is_there => Act::Delete,
            1 | 2 if is_there && !was_changed_elsewhere => {
                was_changed_elsewhere = true;
                elsewhere(rng)
            }
            3 if is_there => Act::Annotate(RECONCILE_REQUESTED_AT, "now"),
            _ if is_there => Act::Edit(members(rng)),
            _ => Act::Apply(members(rng)),
        };
        is_there = act != Act::Delete;
        let quickly = matches!(&act, Act::Edit(members) if !writes_a_default(members)) && rng.u32(0..3) == 0;
        workload = if quickly { workload.after(rng.u64(1..100), act) } else { workload.then(act) };
    }
    workload
}

/// Whether an edit may write out a value that ECS has chosen by itself. In a rollout, whether that is a difference hangs on
/// whether ECS shows yet what it rolls out.
fn writes_a_default(members: &Value) -> bool {
    members["healthCheckPath"] == "/" || members["scalingTarget"]["minTaskCount"] == 1
}

fn members(rng: &mut Rng) -> Value {
    let mut members = json!({});
    for _ in 0..rng.usize(1..=2) {
        let more = match rng.u32(0..9) {
            0..=2 => json!({"primaryContainer": {"image": format!("nginx:{}", rng.u32(1..4))}}),
            3 => {
                json!({"primaryContainer": {"environment": [{"name": "MODE", "value": format!("m{}", rng.u32(0..3))}]}})
            }
            4 => match rng.bool() {
                true => json!({"cpu": "512", "memory": "1024"}),
                false => json!({"cpu": null, "memory": null}),
            },
            5 => json!({"scalingTarget": {"minTaskCount": rng.u32(1..4)}}),
            6 => json!({"tags": [{"key": "team", "value": format!("t{}", rng.u32(0..3))}]}),
            7 => json!({"executionRoleArn": role(["execution", "another"][usize::from(rng.bool())])}),
            _ => json!({"healthCheckPath": *rng.choice(&["/", "/a", "/b"]).unwrap_or(&"/")}),
        };
        json_patch::merge(&mut members, &more);
    }
    members
}

fn elsewhere(rng: &mut Rng) -> Act {
    match rng.u32(0..2) {
        0 => Act::Elsewhere(
            Operation::UpdateExpressGatewayService,
            json!({"serviceArn": service_arn(), "healthCheckPath": "/theirs"}),
        ),
        _ => Act::Elsewhere(Operation::UntagResource, json!({"resourceArn": service_arn(), "tagKeys": ["team"]})),
    }
}
