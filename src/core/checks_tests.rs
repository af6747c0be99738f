//! What makes a spec impossible: a table of bad specs, each with the path and the words that a person reads.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use proptest::prelude::*;

use crate::api::spec::{
    EnvironmentVariable, ExpressGatewayServiceSpec as Spec, RepositoryCredentials, ScalingTarget, SecretReference,
};
use crate::core::any_spec::any_spec;
use crate::core::checks::{Problem, problems};
use crate::core::fixtures::{MARKER, REGION, a_spec, tag};

fn found(spec: &Spec) -> Vec<Problem> {
    problems(spec, "web", REGION)
}

/// The only problem of the spec after `edit`.
fn problem(edit: impl FnOnce(&mut Spec)) -> String {
    let mut spec = a_spec();
    edit(&mut spec);
    let found = found(&spec);
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].to_string()
}

#[test]
fn each_problem_has_its_path_and_says_what_to_write_instead() {
    let sized = |cpu: &str, memory: &str| {
        let (cpu, memory) = (Some(cpu.to_owned()), Some(memory.to_owned()));
        problem(|spec| (spec.cpu, spec.memory) = (cpu, memory))
    };
    let scaled = |min: Option<i32>, max: Option<i32>| {
        let target = ScalingTarget { min_task_count: min, max_task_count: max, ..ScalingTarget::default() };
        problem(|spec| spec.scaling_target = Some(target))
    };
    for (problem, path, says) in [
        (
            problem(|spec| spec.service_name = Some("my web".into())),
            "spec.serviceName",
            "\"my web\" is not a service name",
        ),
        (
            problem(|spec| spec.cluster = Some("arn:aws:ecs:us-east-1:111122223333:cluster/a".into())),
            "spec.cluster",
            "is in us-east-1",
        ),
        (
            problem(|spec| spec.infrastructure_role_arn = "infrastructure".into()),
            "spec.infrastructureRoleArn",
            "write arn:aws:iam::",
        ),
        (
            problem(|spec| spec.task_role_arn = Some("arn:aws:iam::999:role/x".into())),
            "spec.taskRoleArn",
            "belongs to account 999",
        ),
        (
            problem(|spec| spec.execution_role_arn = Some(String::new())),
            "spec.executionRoleArn",
            "not the ARN of a role",
        ),
        (problem(|spec| spec.task_role_arn = Some("app".into())), "spec.taskRoleArn", "write arn:aws:iam::"),
        (
            problem(|spec| {
                let credentials = RepositoryCredentials { credentials_parameter: String::new() };
                spec.primary_container.as_mut().unwrap().repository_credentials = Some(credentials);
            }),
            "spec.primaryContainer.repositoryCredentials.credentialsParameter",
            "not the ARN of a secret",
        ),
        (
            problem(|spec| {
                (spec.primary_container, spec.execution_role_arn) = (None, None);
                spec.task_definition_arn = Some("own:1".into());
            }),
            "spec.taskDefinitionArn",
            "write arn:aws:ecs:",
        ),
        (
            problem(|spec| spec.execution_role_arn = None),
            "spec.executionRoleArn",
            "is needed with spec.primaryContainer",
        ),
        (problem(|spec| spec.primary_container = None), "spec.primaryContainer", "name at least its image"),
        (
            problem(|spec| spec.primary_container.as_mut().unwrap().image = "two words".into()),
            "spec.primaryContainer.image",
            "without spaces",
        ),
        (
            problem(|spec| spec.primary_container.as_mut().unwrap().container_port = Some(0)),
            "spec.primaryContainer.containerPort",
            "between 1 and 65535",
        ),
        (sized("300", "512"), "spec.cpu", "use 256, 512, 1024"),
        (sized("256", "1536"), "spec.memory", "use 512, 1024 or 2048 (MiB)"),
        (sized("512", "01024"), "spec.memory", "\"01024\" does not go with cpu \"512\""),
        (sized("8192", "20000"), "spec.memory", "16384 to 61440 in steps of 4096"),
        (problem(|spec| spec.health_check_path = Some("health".into())), "spec.healthCheckPath", "write \"/health\""),
        (scaled(Some(5), Some(2)), "spec.scalingTarget.minTaskCount", "5 is more than maxTaskCount, 2"),
        (scaled(Some(30), None), "spec.scalingTarget.minTaskCount", "30 is more than maxTaskCount, 20"),
        (scaled(Some(-1), None), "spec.scalingTarget", "must be at least 0"),
        (scaled(Some(0), Some(0)), "spec.scalingTarget", "maxTaskCount at least 1"),
        (problem(|spec| spec.tags = vec![tag("AWS:x", "")]), "spec.tags[AWS:x]", "are reserved"),
        (
            problem(|spec| spec.tags = vec![tag("expressway.dev/uid", "")]),
            "spec.tags[expressway.dev/uid]",
            "are reserved",
        ),
        (
            problem(|spec| spec.tags = (0..45).map(|n| tag(&n.to_string(), "")).collect()),
            "spec.tags",
            "which leaves 44",
        ),
    ] {
        assert!(problem.starts_with(&format!("{path}: ")), "{problem}");
        assert!(problem.contains(says), "{problem}");
    }
}

#[test]
fn what_just_fits_has_no_problem() {
    let scaled = |min: i32, max: i32| {
        let (min_task_count, max_task_count) = (Some(min), Some(max));
        Spec {
            scaling_target: Some(ScalingTarget { min_task_count, max_task_count, ..ScalingTarget::default() }),
            ..a_spec()
        }
    };
    for (spec, what) in [
        (Spec { service_name: Some("my-web_1".into()), ..a_spec() }, "a hyphen and an underscore"),
        (scaled(0, 1), "from no task to one"),
        (scaled(1, 1), "always one task"),
        (scaled(7, 7), "always seven tasks"),
        (Spec { tags: (0..44).map(|n| tag(&n.to_string(), "")).collect(), ..a_spec() }, "44 tags"),
    ] {
        assert_eq!(found(&spec), [], "{what}");
    }
}

#[test]
fn an_object_name_that_ecs_does_not_take_asks_for_a_service_name() {
    let found = problems(&a_spec(), "shop.web", REGION);

    assert_eq!(found[0].path, "spec.serviceName");
    assert!(found[0].message.contains("\"shop.web\"") && found[0].message.contains("set spec.serviceName"));
}

#[test]
fn a_name_may_stand_once_in_environment_and_secrets_and_no_value_is_told() {
    let problem = problem(|spec| {
        let container = spec.primary_container.as_mut().unwrap();
        container.environment.push(EnvironmentVariable { name: "A".into(), ..container.environment[0].clone() });
        container.secrets.push(SecretReference { name: "A".into(), value_from: "arn".into() });
    });

    assert!(problem.starts_with("spec.primaryContainer.secrets[A]: "), "{problem}");
    assert!(!problem.contains(MARKER));
}

#[test]
fn a_task_definition_of_ones_own_excludes_what_it_says_already() {
    let mut spec = a_spec();
    spec.task_definition_arn = Some("arn:aws:ecs:eu-central-1:111122223333:task-definition/own:1".into());
    spec.cpu = Some("256".into());
    spec.memory = Some("512".into());

    let paths: Vec<String> = found(&spec).into_iter().map(|problem| problem.path).collect();

    assert_eq!(paths, ["spec.primaryContainer", "spec.executionRoleArn", "spec.cpu", "spec.memory"]);
}

proptest! {
    #[test]
    fn a_spec_that_ecs_takes_has_no_problem(spec in any_spec()) {
        prop_assert_eq!(found(&spec), vec![]);
    }
}
