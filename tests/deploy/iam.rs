//! The controller's IAM policy allows what the controller calls, and nothing that nobody needs.

use std::collections::BTreeSet;

use expressway::core::failure::Operation;
use serde_json::Value;
use strum::IntoEnumIterator;

use crate::{files, text};

/// What AWS asks for behind CreateExpressGatewayService and UpdateExpressGatewayService (IAM service authorization
/// reference, Amazon ECS), besides the calls themselves.
const BEHIND_THE_CALLS: [&str; 4] =
    ["ecs:CreateCluster", "ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition", "iam:PassRole"];

fn policy(file: &str) -> Value {
    let text = text(&format!("iam/{file}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn actions(policy: &Value) -> BTreeSet<String> {
    let statements = policy["Statement"].as_array().unwrap();
    let actions = statements.iter().flat_map(|statement| match &statement["Action"] {
        Value::Array(actions) => actions.clone(),
        action => vec![action.clone()],
    });
    actions.map(|action| action.as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_controller_may_do_exactly_what_it_calls() {
    let calls = Operation::iter().map(|operation| format!("ecs:{operation}"));
    let needed: BTreeSet<String> = calls.chain(BEHIND_THE_CALLS.map(str::to_owned)).collect();
    assert_eq!(actions(&policy("controller.json")), needed);
}

#[test]
fn roles_can_be_passed_to_ecs_only() {
    let policy = policy("controller.json");
    let statements = policy["Statement"].as_array().unwrap();
    let pass = statements.iter().find(|s| s["Action"] == "iam:PassRole").unwrap();
    assert_eq!(
        pass["Condition"]["StringEquals"]["iam:PassedToService"],
        serde_json::json!(["ecs-tasks.amazonaws.com", "ecs.amazonaws.com"])
    );
    for role in pass["Resource"].as_array().unwrap() {
        assert!(!role.as_str().unwrap().contains('*'), "{role}");
    }
}

#[test]
fn every_policy_is_a_policy_that_the_readme_names() {
    let readme = text("README.md");
    for file in files("iam", ".json") {
        let policy = policy(&file);
        assert_eq!(policy["Version"], "2012-10-17", "{file}");
        for statement in policy["Statement"].as_array().unwrap() {
            assert_eq!(statement["Effect"], "Allow", "{file}");
        }
        assert!(readme.contains(&format!("`{file}`")), "{file}");
    }
}
