//! Random specs that ECS takes, for property tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;

use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;

use crate::api::spec::{
    AutoScalingMetric, AwsLogsConfiguration, CpuArchitecture, EnvironmentValue, EnvironmentVariable,
    ExpressGatewayServiceSpec, NetworkConfiguration, PrimaryContainer, RepositoryCredentials, ScalingTarget,
    SecretReference,
};

use super::fixtures::a_spec;

/// A spec with a container.
pub fn any_spec() -> impl Strategy<Value = ExpressGatewayServiceSpec> {
    (container(), size(), network(), scaling(), outer()).prop_map(|(container, size, network, scaling, outer)| {
        let (cpu, memory) = size.unzip();
        ExpressGatewayServiceSpec {
            primary_container: Some(container),
            cpu: cpu.map(str::to_owned),
            memory: memory.map(str::to_owned),
            network_configuration: network,
            scaling_target: scaling,
            ..outer
        }
    })
}

fn outer() -> impl Strategy<Value = ExpressGatewayServiceSpec> {
    let role = option::of(Just("arn:aws:iam::111122223333:role/task".to_owned()));
    let path = option::of(prop_oneof![Just("/".to_owned()), Just("/health".to_owned())]);
    let architecture = option::of(prop_oneof![Just(CpuArchitecture::X86_64), Just(CpuArchitecture::Arm64)]);
    (role, path, architecture).prop_map(|(task_role_arn, health_check_path, cpu_architecture)| {
        ExpressGatewayServiceSpec { task_role_arn, health_check_path, cpu_architecture, ..a_spec() }
    })
}

fn size() -> impl Strategy<Value = Option<(&'static str, &'static str)>> {
    option::of(prop_oneof![Just(("256", "512")), Just(("1024", "2048")), Just(("4096", "8192"))])
}

fn network() -> impl Strategy<Value = Option<NetworkConfiguration>> {
    let groups = btree_set("sg-[0-9a-f]{8}", 0..4);
    let subnets = prop_oneof![Just(BTreeSet::new()), btree_set("subnet-[0-9a-f]{8}", 2..4)];
    option::of((groups, subnets).prop_map(|(groups, subnets)| NetworkConfiguration {
        security_groups: groups.into_iter().collect(),
        subnets: subnets.into_iter().collect(),
    }))
}

fn scaling() -> impl Strategy<Value = Option<ScalingTarget>> {
    let metric = prop_oneof![
        Just(AutoScalingMetric::AverageCpu),
        Just(AutoScalingMetric::AverageMemory),
        Just(AutoScalingMetric::RequestCountPerTarget)
    ];
    option::of((option::of(1..5i32), option::of(5..20i32), option::of(metric), option::of(1..100i32)).prop_map(
        |(min_task_count, max_task_count, auto_scaling_metric, auto_scaling_target_value)| ScalingTarget {
            min_task_count,
            max_task_count,
            auto_scaling_metric,
            auto_scaling_target_value,
        },
    ))
}

fn container() -> impl Strategy<Value = PrimaryContainer> {
    let names = btree_set("[A-Z][A-Z_]{0,6}", 0..8);
    let lists = (names, vec(".{0,12}", 8), 0..8usize);
    let rest = (option::of(1..=65535i32), any::<bool>(), any::<bool>(), vec("[ -~]{1,12}", 0..3));
    (1..4u8, lists, rest).prop_map(|(version, (names, values, split), (port, logs, credentials, command))| {
        let named: Vec<(String, String)> = names.into_iter().zip(values).collect();
        let (environment, secrets) = named.split_at(split.min(named.len()));
        let secret = |name: &str| format!("arn:aws:secretsmanager:eu-central-1:111122223333:secret:{name}");
        PrimaryContainer {
            image: format!("shop/web:{version}"),
            container_port: port,
            aws_logs_configuration: logs
                .then(|| AwsLogsConfiguration { log_group: "/shop/web".into(), log_stream_prefix: "web".into() }),
            repository_credentials: credentials
                .then(|| RepositoryCredentials { credentials_parameter: secret("registry") }),
            command,
            environment: environment
                .iter()
                .map(|(name, value)| EnvironmentVariable { name: name.clone(), value: EnvironmentValue(value.clone()) })
                .collect(),
            secrets: secrets
                .iter()
                .map(|(name, _)| SecretReference { name: name.clone(), value_from: secret(name) })
                .collect(),
        }
    })
}

/// The same spec with every list that has no order turned around.
pub fn turned_around(spec: &ExpressGatewayServiceSpec) -> ExpressGatewayServiceSpec {
    let mut turned = spec.clone();
    if let Some(network) = &mut turned.network_configuration {
        network.security_groups.reverse();
        network.subnets.reverse();
    }
    if let Some(container) = &mut turned.primary_container {
        container.environment.reverse();
        container.secrets.reverse();
    }
    turned.tags.reverse();
    turned
}
