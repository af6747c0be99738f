//! What an update sends and what it leaves alone: the three-way merge, field by field.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::api::spec::{AutoScalingMetric, CpuArchitecture};
use crate::api::status::Submission;
use crate::core::any_spec::{any_spec, turned_around};
use crate::core::configuration::{Configuration, Container, Logs, Scaling};
use crate::core::fixtures::{MARKER, a_spec, shown};
use crate::core::target::{SECURITY_GROUPS, compare, set_paths};

fn wanted() -> Configuration {
    Configuration::of(&a_spec())
}

/// What is remembered after `configuration` was sent.
fn sent(configuration: &Configuration) -> Submission {
    Submission {
        paths: set_paths(configuration),
        security_groups: configuration.security_groups.iter().cloned().collect(),
        ..Submission::default()
    }
}

fn names(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(|item| (*item).to_owned()).collect()
}

/// The differences after `set` left the YAML, and what is sent.
fn taken_out(set: &Configuration) -> (Vec<String>, Vec<String>, Configuration) {
    let comparison = compare(&wanted(), Some(&sent(set)), &shown(set));
    (comparison.paths(), comparison.uncleared.clone(), comparison.to_send)
}

#[test]
fn a_field_that_was_never_set_is_left_as_somebody_made_it() {
    let mut live = shown(&wanted());
    live.cpu = Some("4096".into());
    live.memory = Some("8192".into());
    live.health_check_path = Some("/live".into());
    live.scaling.max_tasks = Some(3);
    live.cpu_architecture = Some(CpuArchitecture::Arm64);

    let comparison = compare(&wanted(), Some(&sent(&wanted())), &live);

    assert_eq!(comparison.paths(), Vec::<String>::new());
    assert_eq!((comparison.to_send.cpu, comparison.to_send.health_check_path), (None, None));
    assert_eq!(comparison.to_send.scaling, Scaling::default());
}

#[test]
fn a_field_that_left_the_yaml_goes_back_to_its_default() {
    let set = Configuration { health_check_path: Some("/health".into()), ..wanted() };
    let (paths, uncleared, to_send) = taken_out(&set);
    assert_eq!((paths, uncleared), (vec!["spec.healthCheckPath".to_owned()], vec![]));
    assert_eq!(to_send.health_check_path.as_deref(), Some("/"));

    let set = Configuration { cpu_architecture: Some(CpuArchitecture::Arm64), ..wanted() };
    assert_eq!(taken_out(&set).2.cpu_architecture, Some(CpuArchitecture::X86_64));

    let mut set = wanted();
    set.container.as_mut().unwrap().port = Some(8080);
    assert_eq!(taken_out(&set).2.container.unwrap().port, Some(80));
}

#[test]
fn a_field_that_ecs_cannot_clear_is_named_and_starts_no_rollout() {
    let mut set = Configuration { task_role_arn: Some("arn:aws:iam::1:role/task".into()), ..wanted() };
    set.subnets = names(&["subnet-1", "subnet-2"]);
    let container = set.container.as_mut().unwrap();
    container.repository_credentials = Some("arn:aws:secretsmanager:eu-central-1:1:secret:x".into());
    container.logs = Some(Logs { group: "/shop".into(), stream_prefix: "web".into() });

    let (paths, mut uncleared, _) = taken_out(&set);

    uncleared.sort();
    assert_eq!(paths, Vec::<String>::new());
    assert_eq!(
        uncleared,
        [
            "spec.networkConfiguration.subnets",
            "spec.primaryContainer.awsLogsConfiguration.logGroup",
            "spec.primaryContainer.repositoryCredentials.credentialsParameter",
            "spec.taskRoleArn"
        ]
    );
}

#[test]
fn security_groups_that_ecs_added_are_no_difference_and_those_taken_back_are() {
    let set = Configuration { security_groups: names(&["sg-a", "sg-b"]), ..wanted() };
    let fewer = Configuration { security_groups: names(&["sg-a"]), ..wanted() };

    assert!(compare(&set, None, &shown(&set)).differences.is_empty());
    let missing = compare(&set, None, &shown(&wanted()));
    assert_eq!(missing.paths(), [SECURITY_GROUPS]);
    let taken_back = compare(&fewer, Some(&sent(&set)), &shown(&set));
    assert_eq!(taken_back.paths(), [SECURITY_GROUPS]);
    assert_eq!(taken_back.to_send.security_groups, names(&["sg-a"]));
    assert_eq!(taken_back.to_send.subnets, shown(&set).subnets, "the network is sent whole");
}

#[test]
fn the_last_security_group_cannot_be_taken_back_in_place_and_is_named_while_it_is_there() {
    let set = Configuration { security_groups: names(&["sg-a"]), ..wanted() };

    let still_there = compare(&wanted(), Some(&sent(&set)), &shown(&set));
    assert_eq!((still_there.paths(), still_there.uncleared), (vec![], vec![SECURITY_GROUPS.to_owned()]));
    let gone = compare(&wanted(), Some(&sent(&set)), &shown(&wanted()));
    assert!(gone.uncleared.is_empty(), "somebody took it off: {:?}", gone.uncleared);
}

#[test]
fn cpu_and_memory_are_sent_together() {
    let live = shown(&wanted());
    let bigger = Configuration { cpu: Some("512".into()), ..wanted() };

    let to_send = compare(&bigger, None, &live).to_send;

    assert_eq!((to_send.cpu.as_deref(), to_send.memory.as_deref()), (Some("512"), Some("2048")));
}

#[test]
fn scaling_is_sent_whole() {
    let scaling = Scaling { max_tasks: Some(5), ..Scaling::default() };
    let to_send = compare(&Configuration { scaling, ..wanted() }, None, &shown(&wanted())).to_send;

    let whole = Scaling {
        min_tasks: Some(1),
        max_tasks: Some(5),
        metric: Some(AutoScalingMetric::AverageCpu),
        target_value: Some(60),
    };
    assert_eq!(to_send.scaling, whole);
}

#[test]
fn the_container_is_sent_whole_whatever_changed() {
    let health = Configuration { health_check_path: Some("/health".into()), ..wanted() };

    let container = compare(&health, None, &shown(&wanted())).to_send.container.unwrap();

    assert_eq!(container.image, "shop/web:1");
    assert_eq!(container.environment["PASSWORD"].0, MARKER);
    assert_eq!(container.port, Some(80), "what it has stays");
}

#[test]
fn a_list_that_was_emptied_by_hand_or_in_the_yaml_is_a_difference_and_no_list_is_an_empty_one() {
    let with = |command: &[&str]| {
        let mut configuration = wanted();
        configuration.container.as_mut().unwrap().command = command.iter().map(|c| (*c).to_owned()).collect();
        configuration
    };
    assert!(compare(&wanted(), None, &shown(&with(&[]))).differences.is_empty());
    assert_eq!(compare(&wanted(), None, &shown(&with(&["serve"]))).paths(), ["spec.primaryContainer.command"]);
    assert_eq!(
        compare(&with(&["a", "b"]), None, &shown(&with(&["b", "a"]))).paths(),
        ["spec.primaryContainer.command"]
    );
}

#[test]
fn a_task_definition_of_ones_own_is_compared_and_that_of_ecs_is_not() {
    let own = |revision: u8| Configuration {
        task_definition_arn: Some(format!("arn:aws:ecs:eu-central-1:1:task-definition/own:{revision}")),
        container: None,
        execution_role_arn: None,
        ..wanted()
    };
    assert!(compare(&own(1), None, &shown(&own(1))).differences.is_empty());
    let newer = compare(&own(2), None, &shown(&own(1)));
    assert_eq!(newer.paths(), ["spec.taskDefinitionArn"]);
    assert_eq!(newer.to_send, Configuration { task_definition_arn: own(2).task_definition_arn, ..Default::default() });
}

#[test]
fn a_difference_in_an_environment_value_names_the_variable_and_hides_both_values() {
    let mut live = shown(&wanted());
    live.container.as_mut().unwrap().environment.clear();

    let comparison = compare(&wanted(), None, &live);

    let difference = &comparison.differences[0];
    assert_eq!(difference.path, "spec.primaryContainer.environment[PASSWORD]");
    assert_eq!(difference.wanted.as_ref().unwrap().to_string(), "<redacted>");
    assert!(!format!("{comparison:?}").contains(MARKER));
}

proptest! {
    #[test]
    fn what_was_applied_shows_no_difference(spec in any_spec()) {
        let wanted = Configuration::of(&spec);
        for before in [None, Some(sent(&wanted))] {
            let comparison = compare(&wanted, before.as_ref(), &shown(&wanted));
            prop_assert!(comparison.differences.is_empty() && comparison.uncleared.is_empty(), "{comparison:?}");
        }
    }

    #[test]
    fn what_is_sent_for_any_edit_leads_to_no_difference(one in any_spec(), two in any_spec()) {
        let (one, two) = (Configuration::of(&one), Configuration::of(&two));
        let before = sent(&one);
        let live = shown(&one);
        let comparison = compare(&two, Some(&before), &live);
        let after = merged(&comparison.to_send, &live);
        let left = compare(&two, Some(&before), &after).differences;
        prop_assert!(left.is_empty(), "{left:?}");
    }

    /// Row 1, for every set of fields that leaves the YAML at once.
    #[test]
    fn what_leaves_the_yaml_goes_back_to_its_default_or_is_named(one in any_spec(), two in any_spec()) {
        let (one, two) = (Configuration::of(&one), Configuration::of(&two));
        let live = shown(&one);
        let comparison = compare(&two, Some(&sent(&one)), &live);
        let after = merged(&comparison.to_send, &live).leaves();
        let (default, kept) = (shown(&two).leaves(), live.leaves());
        let left = set_paths(&one).into_iter().filter(|path| !set_paths(&two).contains(path));
        for path in left.filter(|path| !path.ends_with("logStreamPrefix")) {
            let is_named = comparison.uncleared.contains(&path);
            prop_assert!(is_named || after.get(&path) == default.get(&path), "{path} is {:?}", after.get(&path));
            prop_assert!(!is_named || after.get(&path) == kept.get(&path), "{path} did not stay");
        }
    }

    #[test]
    fn the_order_of_lists_changes_neither_form_nor_hash(spec in any_spec()) {
        let (one, two) = (Configuration::of(&spec), Configuration::of(&turned_around(&spec)));
        prop_assert_eq!(&one, &two);
        prop_assert_eq!(one.hash(), two.hash());
    }

    #[test]
    fn hashes_are_equal_exactly_when_the_forms_are(one in any_spec(), two in any_spec()) {
        let (one, two) = (Configuration::of(&one), Configuration::of(&two));
        prop_assert_eq!(one == two, one.hash() == two.hash());
    }
}

/// What ECS makes of an update: what is omitted stays, the container's lists are replaced (developer guide:
/// express-service-update-full; kayac/ecspresso, `express.go`).
fn merged(update: &Configuration, live: &Configuration) -> Configuration {
    let mut network = update.security_groups.clone();
    network.insert("sg-ecs".to_owned());
    Configuration {
        execution_role_arn: update.execution_role_arn.clone().or(live.execution_role_arn.clone()),
        task_role_arn: update.task_role_arn.clone().or(live.task_role_arn.clone()),
        task_definition_arn: live.task_definition_arn.clone(),
        container: update.container.clone().map(|sent| {
            let old = live.container.clone().unwrap_or_default();
            Container {
                port: sent.port.or(old.port),
                logs: sent.logs.or(old.logs),
                repository_credentials: sent.repository_credentials.or(old.repository_credentials),
                ..sent
            }
        }),
        cpu: update.cpu.clone().or(live.cpu.clone()),
        memory: update.memory.clone().or(live.memory.clone()),
        cpu_architecture: update.cpu_architecture.or(live.cpu_architecture),
        subnets: if update.subnets.is_empty() { live.subnets.clone() } else { update.subnets.clone() },
        security_groups: if update.security_groups.is_empty() { live.security_groups.clone() } else { network },
        health_check_path: update.health_check_path.clone().or(live.health_check_path.clone()),
        scaling: if update.scaling == Scaling::default() { live.scaling.clone() } else { update.scaling.clone() },
    }
}

/// ECS may merge an update into a revision in which the field still is what it was.
#[test]
fn what_the_spec_sets_or_has_set_is_sent_though_it_is_live_already() {
    type Set = fn(&mut Configuration);
    let sizes = |sent: &Configuration| (sent.cpu.clone(), sent.memory.clone());
    let live = shown(&wanted());
    let both = (live.cpu.clone(), live.memory.clone());
    let fields: [(Set, bool); 4] = [
        (|spec| spec.cpu = Some("1024".into()), true),
        (|spec| spec.memory = Some("2048".into()), true),
        (|spec| spec.scaling.max_tasks = Some(20), false),
        (|spec| spec.cpu_architecture = Some(CpuArchitecture::X86_64), false),
    ];
    for (number, (set, is_a_size)) in fields.into_iter().enumerate() {
        let mut with = wanted();
        set(&mut with);
        for (wanted, before) in [(with.clone(), None), (wanted(), Some(sent(&with)))] {
            let send = compare(&wanted, before.as_ref(), &live).to_send;
            assert_eq!(sizes(&send), if is_a_size { both.clone() } else { (None, None) }, "{number}");
            assert_eq!(send.scaling, if number == 2 { live.scaling.clone() } else { Scaling::default() }, "{number}");
            assert_eq!(send.cpu_architecture.is_some(), number == 3, "{number}");
        }
    }
}
