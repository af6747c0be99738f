//! The values in which the core's tests speak: specs, and what ECS shows of a service.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::api::spec::{
    AutoScalingMetric, CpuArchitecture, EnvironmentValue, EnvironmentVariable, ExpressGatewayServiceSpec,
    PrimaryContainer, Tag,
};
use crate::api::status::ManagedResource;

use super::checks::ecs_defaults;
use super::configuration::{Configuration, Logs, Scaling};
use super::failure::{Failure, FailureClass, Operation};
use super::managed::{Kind, ManagedReading};
use super::observed::{ActiveConfiguration, Live, Observed, Presence, Tags};
use super::ownership::Owner;
use super::rollout::{Deployment, DeploymentState, RevisionLoad, Stage};

pub const REGION: &str = "eu-central-1";
pub const SERVICE: &str = "arn:aws:ecs:eu-central-1:111122223333:service/default/web";
/// An environment value; wherever it shows, a secret has leaked.
pub const MARKER: &str = "hunter2-marker";

pub fn revision(id: &str) -> String {
    format!("arn:aws:ecs:eu-central-1:111122223333:service-revision/default/web/{id}")
}

pub fn deployment_arn(id: &str) -> String {
    format!("arn:aws:ecs:eu-central-1:111122223333:service-deployment/default/web/{id}")
}

pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + seconds).unwrap()
}

pub fn owner() -> Owner {
    Owner { cluster_id: "c-1".into(), namespace: "shop".into(), name: "web".into(), uid: "u-1".into() }
}

/// A spec that sets little, with an environment value that nobody may see.
pub fn a_spec() -> ExpressGatewayServiceSpec {
    ExpressGatewayServiceSpec {
        infrastructure_role_arn: "arn:aws:iam::111122223333:role/infrastructure".into(),
        execution_role_arn: Some("arn:aws:iam::111122223333:role/execution".into()),
        primary_container: Some(PrimaryContainer {
            image: "shop/web:1".into(),
            environment: vec![EnvironmentVariable {
                name: "PASSWORD".into(),
                value: EnvironmentValue(MARKER.to_owned()),
            }],
            ..PrimaryContainer::default()
        }),
        ..ExpressGatewayServiceSpec::default()
    }
}

pub fn with_image(image: &str) -> ExpressGatewayServiceSpec {
    let mut spec = a_spec();
    spec.primary_container.as_mut().unwrap().image = image.to_owned();
    spec
}

pub fn tag(key: &str, value: &str) -> Tag {
    Tag { key: key.into(), value: value.into() }
}

/// What ECS shows of a new service: its defaults, its own log group, security group and task definition.
pub fn shown(wanted: &Configuration) -> Configuration {
    let mut shown = wanted.clone();
    let text = |value: &str| Some(value.to_owned());
    shown.task_definition_arn = shown.task_definition_arn.or(text("arn:aws:ecs:eu-central-1:1:task-definition/web:7"));
    shown.cpu = shown.cpu.or(text(ecs_defaults::CPU));
    shown.memory = shown.memory.or(text(ecs_defaults::MEMORY));
    shown.cpu_architecture = shown.cpu_architecture.or(Some(CpuArchitecture::X86_64));
    shown.health_check_path = shown.health_check_path.or(text(ecs_defaults::HEALTH_CHECK_PATH));
    shown.security_groups.insert("sg-ecs".to_owned());
    if shown.subnets.is_empty() {
        shown.subnets = ["subnet-a".to_owned(), "subnet-b".to_owned()].into();
    }
    shown.scaling = Scaling {
        min_tasks: shown.scaling.min_tasks.or(Some(ecs_defaults::MIN_TASKS)),
        max_tasks: shown.scaling.max_tasks.or(Some(ecs_defaults::MAX_TASKS)),
        metric: shown.scaling.metric.or(Some(AutoScalingMetric::AverageCpu)),
        target_value: shown.scaling.target_value.or(Some(ecs_defaults::TARGET_VALUE)),
    };
    if let Some(container) = &mut shown.container {
        container.port = container.port.or(Some(ecs_defaults::PORT));
        let group = || Logs { group: "/aws/ecs/default/web-1".into(), stream_prefix: "ecs".into() };
        container.logs.get_or_insert_with(group);
    }
    shown
}

pub fn shown_of(spec: &ExpressGatewayServiceSpec) -> Configuration {
    shown(&Configuration::of(spec))
}

pub fn presence() -> Presence {
    Presence { arn: SERVICE.into(), created_at: Some(at(0)), tags: owner().tags(), reason: None }
}

fn load(id: &str, weight: Option<i32>) -> RevisionLoad {
    RevisionLoad { arn: revision(id), weight, requested: 1, running: 1, pending: 0 }
}

/// A live service of ours that shows nothing yet.
pub fn live_service() -> Live {
    Live {
        presence: presence(),
        infrastructure_role: None,
        revisions: vec![],
        configurations: Some(vec![]),
        in_flight: None,
        last_ended: None,
        managed: ManagedReading::NotAsked,
    }
}

pub fn a_deployment(id: &str, target: Option<&str>, state: DeploymentState) -> Deployment {
    Deployment {
        state,
        target: target.map(|target| load(target, Some(0))),
        created_at: Some(at(0)),
        started_at: Some(at(5)),
        ..Deployment::just_begun(deployment_arn(id))
    }
}

impl Live {
    /// The revision has tasks, and its configuration is shown. Later ones are newer.
    pub(crate) fn serving(mut self, id: &str, spec: &ExpressGatewayServiceSpec) -> Self {
        self.revisions = vec![load(id, None)];
        self.showing(id, shown_of(spec))
    }

    pub(crate) fn showing(mut self, id: &str, configuration: Configuration) -> Self {
        let shown = self.configurations.get_or_insert_default();
        let created_at = Some(at(10 * i64::try_from(shown.len()).unwrap()));
        let url = Some("https://we-1.ecs.eu-central-1.on.aws".to_owned());
        shown.push(ActiveConfiguration { revision: revision(id), created_at, configuration, url });
        self
    }

    /// A deployment from the first revision that has tasks, if any, to `target`.
    pub(crate) fn in_flight(mut self, id: &str, target: &str, state: DeploymentState) -> Self {
        let mut deployment = a_deployment(id, Some(target), state);
        deployment.sources =
            self.revisions.iter().map(|r| RevisionLoad { weight: Some(100), ..r.clone() }).take(1).collect();
        self.in_flight = Some(deployment);
        self
    }

    /// ECS lists the deployment but cannot describe it yet.
    pub(crate) fn just_begun(mut self, id: &str) -> Self {
        self.in_flight = Some(a_deployment(id, None, DeploymentState::Pending));
        self
    }

    pub(crate) fn at_stage(mut self, stage: Stage, target_weight: i32) -> Self {
        let deployment = self.in_flight.as_mut().unwrap();
        deployment.stage = Some(stage);
        deployment.target.as_mut().unwrap().weight = Some(target_weight);
        deployment.sources.iter_mut().for_each(|source| source.weight = Some(100 - target_weight));
        self
    }

    pub(crate) fn ended(mut self, id: &str, target: &str, state: DeploymentState) -> Self {
        let mut deployment = a_deployment(id, Some(target), state);
        deployment.finished_at = Some(at(600));
        deployment.reason =
            (deployment.state != DeploymentState::Successful).then(|| "tasks failed to start.".to_owned());
        self.last_ended = Some(deployment);
        self
    }

    pub(crate) fn tagged(mut self, key: &str, value: &str) -> Self {
        self.presence.tags.insert(key.into(), value.into());
        self
    }

    pub(crate) fn with_tags(mut self, tags: Tags) -> Self {
        self.presence.tags = tags;
        self
    }

    /// The managed resources were read.
    pub(crate) fn managing(mut self, resources: Vec<ManagedResource>) -> Self {
        self.managed = ManagedReading::Read(resources);
        self
    }

    /// Only the glance was read, as nothing had moved.
    pub(crate) fn glanced(mut self) -> Self {
        self.configurations = None;
        self.last_ended = None;
        self
    }
}

/// A managed resource that has been in its state since the beginning.
pub fn resource(kind: Kind, state: &str) -> ManagedResource {
    ManagedResource {
        kind: kind.to_string(),
        name: Some(format!("web-{kind}")),
        arn: Some(format!("arn:aws:aws:eu-central-1:111122223333:{kind}")),
        state: state.to_owned(),
        reason: None,
        since: Some(Time(at(0))),
    }
}

impl From<Live> for Observed {
    fn from(live: Live) -> Self {
        Self::Live(Box::new(live))
    }
}

pub fn failure(operation: Operation, class: FailureClass) -> Failure {
    Failure {
        operation,
        class,
        code: format!("{class}Exception"),
        message: "said AWS.".into(),
        request_id: Some("req-1".into()),
    }
}

/// ECS after the rollout `d2` of `r2` failed: `r1` serves again.
pub fn rolled_back() -> Live {
    live_service().serving("r1", &a_spec()).ended("d2", "r2", DeploymentState::RollbackSuccessful)
}
