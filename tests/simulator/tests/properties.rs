//! What holds for every sequence of calls: no panic, no change by an error or a read, no matter how time is cut.
use std::time::Duration;

use express_simulator::model::{Fate, FateRule, FirstDeploymentFailure, Model};
use express_simulator::time::Time;
use express_simulator::wire::*;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::given::*;

#[derive(Debug, Clone)]
enum Act {
    Call(Operation, Value),
    Pass(u64),
    Fate(Fate),
    Deny(u64),
    Stale(u64),
}

const NAMES: [&str; 3] = ["web", "shop", "a b"];
const IMAGES: [&str; 8] =
    ["nginx:1", "nginx:5xx", "x:cannot-pull", "x:crash", "x:hang", "x:rollback-fails", "x:slow", ""];

fn act() -> impl Strategy<Value = Act> {
    let fates = [Fate::Healthy, Fate::Wedge, Fate::Unhealthy, Fate::Answers4xx];
    prop_oneof![
        6 => sensible().prop_map(|(operation, body)| Act::Call(operation, body)),
        3 => (any::<prop::sample::Index>(), body()).prop_map(|(operation, body)| Act::Call(*operation.get(Operation::ALL), body)),
        4 => (0_u64..1500).prop_map(Act::Pass),
        1 => prop::sample::select(fates.to_vec()).prop_map(Act::Fate),
        1 => (0_u64..600).prop_map(Act::Deny),
        1 => (0_u64..60).prop_map(Act::Stale),
    ]
}

/// Calls that often succeed.
fn sensible() -> impl Strategy<Value = (Operation, Value)> {
    let name = || prop::sample::select(NAMES.to_vec());
    let image = || prop::sample::select(IMAGES.to_vec());
    let create = (name(), image(), 0_i32..4).prop_map(|(name, image, min)| {
        let body = json!({
            "serviceName": name, "infrastructureRoleArn": INFRASTRUCTURE_ROLE, "executionRoleArn": EXECUTION_ROLE,
            "primaryContainer": {"image": image, "environment": [{"name": "A", "value": "1"}, {"name": "B"}]},
            "scalingTarget": {"minTaskCount": min}, "tags": [{"key": "k", "value": "v"}],
        });
        (Operation::CreateExpressGatewayService, body)
    });
    let update = (name(), image()).prop_map(|(name, image)| {
        (Operation::UpdateExpressGatewayService, json!({"serviceArn": arn(name), "primaryContainer": {"image": image}}))
    });
    let by_arn = prop::sample::select(vec![
        (Operation::DeleteExpressGatewayService, "serviceArn"),
        (Operation::DescribeExpressGatewayService, "serviceArn"),
        (Operation::ListTagsForResource, "resourceArn"),
    ]);
    let by_arn = (by_arn, name()).prop_map(|((operation, member), name)| (operation, json!({member: arn(name)})));
    let by_name = prop::sample::select(vec![Operation::UpdateService, Operation::ListServiceDeployments]);
    let by_name = (by_name, name(), 0_i32..5).prop_map(|(operation, name, count)| {
        (operation, json!({"service": name, "desiredCount": count, "forceNewDeployment": count == 0}))
    });
    let classic = prop::sample::select(vec![Operation::CreateService, Operation::DeleteService]);
    let classic = (classic, name()).prop_map(|(operation, name)| {
        (operation, json!({"serviceName": name, "service": name, "taskDefinition": "theirs:1", "force": true}))
    });
    prop_oneof![4 => create, 4 => update, 3 => by_arn, 2 => by_name, 1 => classic]
}

/// Bodies that make little sense: known members, any values.
fn body() -> impl Strategy<Value = Value> {
    let members = [
        "serviceArn",
        "service",
        "services",
        "cluster",
        "serviceName",
        "infrastructureRoleArn",
        "executionRoleArn",
        "primaryContainer",
        "image",
        "environment",
        "name",
        "value",
        "tags",
        "key",
        "cpu",
        "memory",
        "scalingTarget",
        "minTaskCount",
        "maxResults",
        "nextToken",
        "taskDefinitionArn",
        "family",
        "containerDefinitions",
        "status",
        "createdAt",
        "after",
        "networkConfiguration",
        "subnets",
        "resourceArn",
        "stopType",
        "serviceDeploymentArn",
        "serviceDeploymentArns",
        "serviceRevisionArns",
        "desiredCount",
        "taskDefinition",
        "clusterName",
    ];
    let text = prop_oneof![
        Just(arn("web")),
        Just("web".to_owned()),
        Just(INFRASTRUCTURE_ROLE.to_owned()),
        Just("1024".to_owned()),
        Just(String::new()),
        Just("page-ffffffffffffffff".to_owned()),
        Just("ünïcode\0".to_owned()),
        Just("default-web:1".to_owned()),
        Just("arn:aws:ecs:us-east-1:123456789012:service-deployment/default/web/x".to_owned()),
        Just("TAGS".to_owned()),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    let key = prop::sample::select(members.to_vec()).prop_map(str::to_owned);
    let value = leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    let key = prop::sample::select(members.to_vec()).prop_map(str::to_owned);
    prop::collection::btree_map(key, value, 0..6).prop_map(|members| Value::Object(members.into_iter().collect()))
}

/// Does one act; gives what the call was answered.
fn does(model: &mut Model, now: &mut Time, act: &Act) -> Option<bool> {
    match act {
        Act::Call(operation, body) => {
            let request = Request::from_json(*operation, body.clone()).ok()?;
            return Some(model.apply(request, *now).is_ok());
        }
        Act::Pass(seconds) => *now = *now + Duration::from_secs(*seconds),
        Act::Fate(fate) => model.set_fate(FateRule { service: None, fate: *fate, left: Some(1) }),
        Act::Deny(seconds) => model.deny_role(INFRASTRUCTURE_ROLE, *now + Duration::from_secs(*seconds)),
        Act::Stale(seconds) => model.set_staleness(Duration::from_secs(*seconds)),
    }
    None
}

fn is_read(act: &Act) -> bool {
    matches!(act, Act::Call(operation, _) if operation.name().starts_with("Describe") || operation.name().starts_with("List"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn errors_and_reads_change_nothing(acts in prop::collection::vec(act(), 0..40)) {
        let Story { mut model, mut now } = Story::begins();
        for act in &acts {
            model.tick(now);
            let before = model.account().clone();
            let answer = does(&mut model, &mut now, act);
            if answer == Some(false) || is_read(act) {
                prop_assert_eq!(model.account(), &before);
            }
        }
    }

    #[test]
    fn time_can_be_cut_anywhere(
        acts in prop::collection::vec(act(), 0..30),
        cuts in prop::collection::vec(0_u64..400_000, 0..20),
        first_failure in prop::bool::ANY,
    ) {
        let Story { mut model, mut now } = Story::begins();
        if first_failure {
            model.switches_mut().first_deployment_failure = FirstDeploymentFailure::InProgress;
        }
        for act in &acts {
            does(&mut model, &mut now, act);
        }
        let end = now + Duration::from_secs(400);
        let mut whole = model.clone();
        whole.tick(end);
        let mut moments: Vec<Time> = cuts.iter().map(|cut| now + Duration::from_millis(*cut)).collect();
        moments.sort();
        for moment in moments {
            model.tick(moment);
        }
        model.tick(end);
        prop_assert!(model == whole);
    }

    #[test]
    fn the_same_calls_lead_to_the_same_state(acts in prop::collection::vec(act(), 0..30)) {
        let run = || {
            let Story { mut model, mut now } = Story::begins();
            acts.iter().for_each(|act| { does(&mut model, &mut now, act); });
            model
        };
        prop_assert!(run() == run());
    }

    #[test]
    fn traffic_is_whole_and_one_deployment_is_in_flight(acts in prop::collection::vec(act(), 0..40)) {
        let mut story = Story::begins();
        for act in &acts {
            let Story { model, now } = &mut story;
            does(model, now, act);
            model.set_staleness(Duration::ZERO);
            check_traffic(&mut story)?;
        }
    }

    #[test]
    fn any_body_is_read_or_refused(operation in any::<prop::sample::Index>(), body in body()) {
        let operation = *operation.get(Operation::ALL);
        if let Ok(request) = Request::from_json(operation, body) {
            prop_assert_eq!(request.operation(), operation);
        }
    }
}

fn check_traffic(story: &mut Story) -> Result<(), TestCaseError> {
    for name in ["web", "shop"] {
        let list = ListServiceDeploymentsRequest { service: text(name), ..Default::default() };
        let Ok(listed) = story.list_deployments(list) else { continue };
        let listed = listed.service_deployments.unwrap();
        let ended = ["SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"];
        let ongoing = |status: &Option<String>| !ended.contains(&status.as_deref().unwrap());
        prop_assert!(listed.iter().filter(|deployment| ongoing(&deployment.status)).count() <= 1);
        prop_assert!(listed.iter().skip(1).all(|deployment| !ongoing(&deployment.status)));
        for brief in listed {
            let service_deployment_arns = brief.service_deployment_arn.map(|arn| vec![arn]);
            let request = DescribeServiceDeploymentsRequest { service_deployment_arns };
            let found = story.describe_deployments(request).unwrap().service_deployments.unwrap();
            let Some(deployment) = found.first() else { continue };
            let sources = deployment.source_service_revisions.clone().unwrap();
            let all = sources.iter().chain(&deployment.target_service_revision);
            let total: f64 = all.map(|revision| revision.requested_production_traffic_weight.unwrap()).sum();
            let expected = if sources.is_empty() { total } else { 100.0 };
            prop_assert!((total - expected).abs() < f64::EPSILON, "{:?}", deployment);
        }
    }
    Ok(())
}

#[test]
fn a_switch_reads_back_as_it_was_set() {
    let story = Story::begins().where_switch("wedge_heals", "true").where_switch("status_reason", "because");
    let value = |name: &str| {
        let list = story.model.config().switches.list();
        list.into_iter().find(|switch| switch.name == name).unwrap().value
    };
    assert_eq!((value("wedge_heals"), value("status_reason")), ("true".to_owned(), "because".to_owned()));
}
