//! Ten ways to get the long sample wrong, each as a person would do it, and the sentence that the person reads.

use crate::vocabulary::control_plane::repository;
use crate::vocabulary::{Said, Service, World, given_a_world};

/// `deploy/samples/every-field.yaml` with one thing changed, for the namespace of this story.
fn sample(world: &World, from: &str, to: &str) -> String {
    let text = std::fs::read_to_string(repository().join("deploy/samples/every-field.yaml")).unwrap();
    assert!(text.contains(from), "the sample has no {from:?}");
    text.replacen(from, to, 1).replace("namespace: default", &format!("namespace: {}", world.namespace))
}

/// Applies the sample with one thing changed.
fn apply(world: &World, from: &str, to: &str) -> Said {
    world.kubectl_apply(&sample(world, from, to))
}

/// The API server refuses it, names the field, and says what to write instead.
fn is_refused(from: &str, to: &str, words: &[&str]) {
    let world = given_a_world();
    let said = apply(&world, from, to).refused();
    for word in words {
        assert!(said.contains(word), "{word:?} is not in: {said}");
    }
    assert!(world.service("shop", "shop-frontend").object().is_none());
    assert!(world.calls().writes().is_empty());
}

/// It is accepted, and the object says what is wrong.
fn given_the_accepted<'w>(world: &'w World, from: &str, to: &str) -> Service<'w> {
    apply(world, from, to).done();
    world.service("shop", "shop-frontend")
}

#[test]
fn a_wrong_role() {
    is_refused(
        "infrastructureRoleArn: arn:aws:iam::111122223333:role/ecsInfrastructureRoleForExpressServices",
        "infrastructureRoleArn: ecsInfrastructureRoleForExpressServices",
        &["spec.infrastructureRoleArn", "infrastructureRoleArn must be the ARN of an IAM role"],
    );
}

#[test]
fn a_role_that_does_not_exist() {
    let world = given_a_world();
    let shop = given_the_accepted(&world, "role/ecsInfrastructureRoleForExpressServices", "role/missing");
    let message = shop.shows("Ready", "False", "AccessDenied");
    for words in ["Cannot assume role", "Check that the roles of the spec exist and trust ECS"] {
        assert!(message.contains(words), "{message}");
    }
    assert_eq!(shop.says("Reconciling"), "True ProgressingWithRetry");
}

#[test]
fn cpu_banana() {
    is_refused("cpu: \"512\"", "cpu: banana", &["spec.cpu", "cpu must be \"256\", \"512\", \"1024\""]);
}

#[test]
fn port_70000() {
    is_refused(
        "containerPort: 8080",
        "containerPort: 70000",
        &["spec.primaryContainer.containerPort", "less than or equal to 65535"],
    );
}

#[test]
fn no_image() {
    is_refused(
        "    image: 111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop:2.4.1\n",
        "",
        &["spec.primaryContainer.image", "Required value"],
    );
}

#[test]
fn an_image_that_is_not_in_its_registry() {
    let world = given_a_world();
    let shop = given_the_accepted(&world, "shop:2.4.1", "shop:2.4.1-cannot-pull");
    shop.has_deployments(1);
    shop.rollout_ends();
    let message = shop.shows("Ready", "False", "DeploymentFailed");
    assert!(message.contains("shop:2.4.1-cannot-pull"), "{message}");
}

#[test]
fn a_task_definition_and_a_container() {
    is_refused(
        "  cpu: \"512\"",
        "  taskDefinitionArn: arn:aws:ecs:eu-central-1:111122223333:task-definition/shop:7\n  cpu: \"512\"",
        &["spec.primaryContainer", "primaryContainer cannot be set together with taskDefinitionArn"],
    );
}

#[test]
fn the_same_environment_variable_twice() {
    is_refused(
        "      - name: LOG_LEVEL\n",
        "      - name: LOG_LEVEL\n        value: debug\n      - name: LOG_LEVEL\n",
        &["spec.primaryContainer.environment[1]", "Duplicate value", "LOG_LEVEL"],
    );
}

#[test]
fn a_cluster_that_does_not_exist() {
    let world = given_a_world();
    let shop = given_the_accepted(&world, "cluster: default", "cluster: nowhere");
    let message = shop.shows("Ready", "False", "ClusterNotFound");
    for words in ["nowhere", "spec.cluster"] {
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn a_name_in_use_by_somebody_else() {
    let world = given_a_world();
    world.somebody_creates("shop-frontend", &[]);
    let shop = given_the_accepted(&world, "shop:2.4.1", "shop:2.4.2");
    let message = shop.shows("Ready", "False", "AlreadyExists");
    for words in ["shop-frontend", "Nothing was changed", "spec.serviceName"] {
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn a_health_path_without_a_slash() {
    is_refused(
        "healthCheckPath: /healthz",
        "healthCheckPath: healthz",
        &["spec.healthCheckPath", "healthCheckPath must start with /"],
    );
}

#[test]
fn a_changed_field_that_cannot_change() {
    let world = given_a_world();
    given_the_accepted(&world, "shop:2.4.1", "shop:2.4.2");
    let said = apply(&world, "serviceName: shop-frontend", "serviceName: storefront").refused();
    for words in ["spec.serviceName", "serviceName cannot be changed", "delete"] {
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn a_field_that_does_not_exist() {
    is_refused("healthCheckPath:", "healtCheckPath:", &["unknown field \"spec.healtCheckPath\""]);
}
