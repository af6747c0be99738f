//! The workloads: one for each thing that can happen to a service over its life.

use std::time::Duration;

use express_simulator::model::Fate;
use express_simulator::wire::Operation;
use expressway::api::names::{RETRY_REQUESTED_AT, ROLLBACK_REQUESTED_AT, SUSPENDED, TAG_UID};
use serde_json::{Value, json};

use crate::workload::Workload;
use crate::world::{Act, CLUSTER, NAME, role, service_arn};

/// All of them.
#[must_use]
pub fn all() -> Vec<Workload> {
    [lives(), changes(), failures(), policies(), others(), deletions()].concat()
}

/// The one of this name.
#[must_use]
pub fn named(name: &str) -> Option<Workload> {
    all().into_iter().find(|workload| workload.name == name)
}

fn created(name: &str) -> Workload {
    created_with(name, json!({}))
}

fn created_with(name: &str, members: Value) -> Workload {
    Workload::named(name).then(Act::Apply(members))
}

fn image(image: &str) -> Act {
    Act::Edit(json!({"primaryContainer": {"image": image}}))
}

fn managed(members: Value) -> Value {
    json!({ "management": members })
}

fn changed(name: &str, first: Value, then: Value) -> Workload {
    created_with(name, first).then(Act::Edit(then))
}

fn lives() -> Vec<Workload> {
    vec![
        created("create"),
        created("create-and-delete").then(Act::Delete),
        created("recreate-same-name").then(Act::Delete).then(Act::Apply(json!({}))),
        Workload::named("create-while-draining")
            .then(Act::ElsewhereCreates(Vec::new()))
            .then(Act::Elsewhere(Operation::DeleteExpressGatewayService, json!({"serviceArn": service_arn()})))
            .after(20, Act::Apply(json!({}))),
        created("lost-status").then(Act::LoseStatus).after(5, image("nginx:2")),
    ]
}

fn changes() -> Vec<Workload> {
    let environment = |value: &str| json!({"primaryContainer": {"environment": [{"name": "MODE", "value": value}]}});
    let tags = |value: &str| json!({"tags": [{"key": "team", "value": value}]});
    let groups = |groups: &[&str]| json!({"networkConfiguration": {"subnets": ["subnet-a", "subnet-b"], "securityGroups": groups}});
    vec![
        created("change-image").then(image("nginx:2")),
        changed("change-environment", environment("one"), environment("two")),
        changed("change-size", json!({}), json!({"cpu": "512", "memory": "1024"})),
        changed("change-scaling", json!({}), json!({"scalingTarget": {"minTaskCount": 2, "maxTaskCount": 5}})),
        changed("change-health-path", json!({}), json!({"healthCheckPath": "/health"})),
        changed("change-execution-role", json!({}), json!({"executionRoleArn": role("another")})),
        changed("change-network", groups(&["sg-a"]), groups(&["sg-b"])),
        changed(
            "unset-command",
            json!({"primaryContainer": {"command": ["serve"]}}),
            json!({"primaryContainer": {"command": null}}),
        ),
        changed("unset-scaling", json!({"scalingTarget": {"minTaskCount": 2}}), json!({"scalingTarget": null})),
        changed("tags-only", tags("one"), tags("two")),
        changed("unset-tag", tags("one"), json!({"tags": null})),
        created("two-edits-in-a-row").then(image("nginx:2")).after(1, image("nginx:3")),
        created("edit-while-rolling-out").then(image("nginx:2")).after(45, image("nginx:3")),
        created("edit-while-creating").after(10, image("nginx:2")),
        created("edit-and-back").then(image("nginx:2")).after(40, image("nginx:1")),
    ]
}

fn failures() -> Vec<Workload> {
    let bad = || created("bad-image").then(image("nginx:cannot-pull"));
    vec![
        bad(),
        Workload { name: "bad-image-corrected".to_owned(), ..bad() }.then(image("nginx:2")),
        created("retry")
            .then(Act::NextRollout(Fate::Crash))
            .after(0, image("nginx:2"))
            .then(Act::Annotate(RETRY_REQUESTED_AT, "one")),
        created("alarm").then(image("nginx:5xx")),
        created("rollback-on-request")
            .then(image("nginx:hang"))
            .after(200, Act::Annotate(ROLLBACK_REQUESTED_AT, "one")),
        created_with("bad-first-image", json!({"primaryContainer": {"image": "nginx:crash"}})).then(image("nginx:2")),
        Workload::named("role-missing")
            .then(Act::RolesArriveIn(Duration::from_secs(60)))
            .after(0, Act::Apply(json!({}))),
        Workload::named("cluster-gone")
            .then(Act::Apply(json!({})))
            .after(30, Act::Elsewhere(Operation::CreateCluster, json!({"clusterName": CLUSTER})))
            .tuned(|config| config.clusters.clear()),
        created("throttled")
            .then(Act::ThrottleWrites(true))
            .after(0, image("nginx:2"))
            .after(30, Act::ThrottleWrites(false)),
        Workload::named("wedged")
            .then(Act::NextRollout(Fate::Wedge))
            .after(0, Act::Apply(managed(json!({"recreate": "WhenWedged"})))),
    ]
}

fn policies() -> Vec<Workload> {
    vec![
        created_with("approval", managed(json!({"approval": "Required"})))
            .then(Act::Approve)
            .then(image("nginx:2"))
            .then(Act::Approve),
        created("suspend")
            .then(Act::Annotate(SUSPENDED, "true"))
            .after(0, image("nginx:2"))
            .then(Act::Annotate(SUSPENDED, "false")),
        created_with("retain", managed(json!({"deletion": "Retain"}))).then(Act::Delete),
        Workload::named("observe")
            .then(Act::ElsewhereCreates(Vec::new()))
            .then(Act::Apply(managed(json!({"mode": "Observe"}))))
            .then(Act::Delete),
        created_with("protected", managed(json!({"deletionProtection": true})))
            .then(Act::Delete)
            .then(Act::Edit(managed(json!({"deletionProtection": false})))),
    ]
}

fn others() -> Vec<Workload> {
    let theirs = || {
        Act::Elsewhere(
            Operation::UpdateExpressGatewayService,
            json!({"serviceArn": service_arn(), "primaryContainer": {"image": "theirs:1"}}),
        )
    };
    let found = |name: &str, tags: Vec<(&'static str, &'static str)>, adoption: &str| {
        Workload::named(name)
            .then(Act::ElsewhereCreates(tags))
            .then(Act::Apply(managed(json!({ "adoption": adoption }))))
    };
    vec![
        found("adopt", Vec::new(), "IfUnowned"),
        found("take-over", vec![("expressway.dev/cluster-id", "theirs"), (TAG_UID, "theirs")], "Always"),
        found("foreign-owner", vec![("expressway.dev/cluster-id", "theirs"), (TAG_UID, "theirs")], "IfUnowned")
            .then(Act::Delete),
        created("drift-corrected").then(theirs()),
        created_with("drift-reported", managed(json!({"drift": "Report"}))).then(theirs()),
        created("tag-stripped").then(Act::Untag(&[TAG_UID])).stripped(),
        created("deleted-outside")
            .then(Act::Elsewhere(Operation::DeleteExpressGatewayService, json!({"serviceArn": service_arn()})))
            .then(image("nginx:2")),
        Workload::named("not-express")
            .then(Act::Elsewhere(
                Operation::CreateService,
                json!({"cluster": CLUSTER, "serviceName": NAME, "taskDefinition": "theirs:1"}),
            ))
            .then(Act::Apply(json!({})))
            .then(Act::Delete),
    ]
}

/// A deletion at each stage of a service's life.
fn deletions() -> Vec<Workload> {
    let at = |seconds: u64| created(&format!("delete-after-{seconds}s")).after(seconds, Act::Delete);
    let mut all: Vec<Workload> = [1, 5, 30, 90].map(at).into();
    all.push(created("delete-while-rolling-out").then(image("nginx:2")).after(50, Act::Delete));
    all.push(created("delete-while-rolling-back").then(image("nginx:cannot-pull")).after(45, Act::Delete));
    all
}
