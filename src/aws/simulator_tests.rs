//! A service's life against the simulator, which shares no type with this side: the two must agree on the wire alone.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::time::Duration;

use express_simulator::model::Config;
use express_simulator::server::{self, FaultKind, FaultRequest, Running, ServerOptions};
use express_simulator::wire::Operation as Wire;

use super::canned::connect;
use super::{Ecs, EcsSettings};
use crate::api::spec::{AutoScalingMetric, EnvironmentValue};
use crate::core::configuration::{Configuration, Container, Scaling};
use crate::core::failure::{Failure, FailureClass};
use crate::core::observed::{ActiveConfiguration, Known, Live, Observed, Place};
use crate::core::rollout::{Deployment, DeploymentState, Stage};
use crate::core::step::{CreateService, Effect, Retag, Step, TagChange, UpdateService};

const CREATE: &str = "CreateExpressGatewayService";

/// ECS with the cluster `shop`, its clock moved by hand, every quirk on.
struct Story {
    simulator: Running,
    ecs: Ecs,
}

impl Story {
    async fn begin() -> Self {
        let config = Config { clusters: vec!["shop".to_owned()], ..Config::default() };
        let simulator = server::start(ServerOptions { config, ..ServerOptions::default() }).await.unwrap();
        let ecs = connect(&simulator.endpoint, &EcsSettings::default());
        Self { simulator, ecs }
    }

    async fn act(&self, step: &Step) -> Result<Effect, Failure> {
        self.ecs.act(step.aws_write().unwrap()).await
    }

    async fn create(&self) -> String {
        match self.act(&create()).await.unwrap() {
            Effect::Created { service_arn } => service_arn,
            other => panic!("not created: {other:?}"),
        }
    }

    /// Sends `image`; the revision that ECS made of it.
    async fn update(&self, service_arn: &str, image: &str) -> String {
        let update = UpdateService { service_arn: service_arn.to_owned(), configuration: with_image(image) };
        match self.act(&Step::Update(Box::new(update))).await.unwrap() {
            Effect::Updated { target_revision } => target_revision.unwrap(),
            other => panic!("not updated: {other:?}"),
        }
    }

    async fn observe(&self) -> Observed {
        let place = Place { cluster: "shop".to_owned(), service_name: "web".to_owned() };
        self.ecs.observe(&place, &Known::default(), Duration::ZERO).await.unwrap()
    }

    async fn live(&self) -> Live {
        match self.observe().await {
            Observed::Live(live) => *live,
            other => panic!("not live: {other:?}"),
        }
    }

    /// Follows ECS from event to event until a rollout of `revision` (or of any) has ended; the stages seen on the way.
    async fn end_of_rollout(&self, revision: Option<&str>) -> (Deployment, Vec<Stage>) {
        let mut stages = Vec::new();
        loop {
            let live = self.live().await;
            if let Some(stage) = live.in_flight.and_then(|deployment| deployment.stage)
                && stages.last() != Some(&stage)
            {
                stages.push(stage);
            }
            if let Some(ended) = live.last_ended {
                let target = ended.target.as_ref().map(|target| target.arn.as_str());
                if revision.is_none() || revision == target {
                    return (ended, stages);
                }
            }
            assert!(self.simulator.advance_to_next_event(), "the rollout never ended");
        }
    }

    async fn serving(&self) -> ActiveConfiguration {
        self.live().await.configurations.unwrap().remove(0)
    }

    fn calls(&self, operation: &str) -> usize {
        self.simulator.journal().iter().filter(|entry| entry.operation == operation).count()
    }
}

fn with_image(image: &str) -> Configuration {
    let environment = [("B", "2"), ("A", ""), ("C", "3")];
    Configuration {
        execution_role_arn: Some("arn:aws:iam::123456789012:role/execution".to_owned()),
        container: Some(Container {
            image: image.to_owned(),
            port: Some(8080),
            environment: environment.map(|(k, v)| (k.to_owned(), EnvironmentValue(v.to_owned()))).into(),
            ..Container::default()
        }),
        cpu: Some("512".to_owned()),
        memory: Some("1024".to_owned()),
        health_check_path: Some("/health".to_owned()),
        scaling: Scaling {
            min_tasks: Some(2),
            max_tasks: Some(4),
            metric: Some(AutoScalingMetric::AverageMemory),
            target_value: Some(70),
        },
        ..Configuration::default()
    }
}

fn create() -> Step {
    Step::Create(Box::new(CreateService {
        service_name: "web".to_owned(),
        cluster: "shop".to_owned(),
        infrastructure_role_arn: "arn:aws:iam::123456789012:role/infrastructure".to_owned(),
        configuration: with_image("shop/web:1"),
        tags: [("expressway.dev/uid".to_owned(), "u-1".to_owned())].into(),
    }))
}

#[tokio::test]
async fn a_service_is_created_and_reads_back_as_it_was_sent() {
    let story = Story::begin().await;
    assert_eq!(story.observe().await, Observed::Absent);

    let arn = story.create().await;
    let new = story.live().await;
    assert_eq!(new.presence.arn, arn);
    assert_eq!(new.presence.tags["expressway.dev/uid"], "u-1");
    let (ended, _) = story.end_of_rollout(None).await;

    assert_eq!(ended.state, DeploymentState::Successful);
    let serving = story.serving().await;
    assert_eq!(serving.revision, ended.target.unwrap().arn);
    assert!(serving.url.unwrap().starts_with("https://we-"));
    let (read, sent) = (serving.configuration, with_image("shop/web:1"));
    let container = Container { logs: None, ..read.container.unwrap() };
    assert_eq!(Some(container), sent.container);
    assert_eq!((read.cpu, read.memory), (sent.cpu, sent.memory));
    assert_eq!((read.health_check_path, read.scaling), (sent.health_check_path, sent.scaling));
}

#[tokio::test]
async fn an_image_bump_is_followed_through_its_stages_to_success() {
    let story = Story::begin().await;
    let arn = story.create().await;
    story.end_of_rollout(None).await;

    let revision = story.update(&arn, "shop/web:2").await;
    let (ended, stages) = story.end_of_rollout(Some(&revision)).await;

    assert_eq!(ended.state, DeploymentState::Successful);
    let known: Vec<_> = [Stage::ScaleUp, Stage::ProductionTrafficShift, Stage::BakeTime, Stage::CleanUp].into();
    let seen: Vec<_> = stages.into_iter().filter(|stage| known.contains(stage)).collect();
    assert_eq!(seen, known);
    assert_eq!(story.serving().await.revision, revision);
    assert_eq!(story.live().await.revisions.len(), 1);
}

#[tokio::test]
async fn a_bad_image_is_rolled_back_and_the_reason_is_read() {
    let story = Story::begin().await;
    let arn = story.create().await;
    story.end_of_rollout(None).await;
    let before = story.serving().await.revision;

    let revision = story.update(&arn, "shop/web:cannot-pull").await;
    let (ended, _) = story.end_of_rollout(Some(&revision)).await;

    assert_eq!(ended.state, DeploymentState::RollbackSuccessful);
    assert!(ended.rollback_reason.is_some() || ended.reason.is_some(), "{ended:?}");
    assert_eq!(story.serving().await.revision, before);
}

#[tokio::test]
async fn tags_change_and_start_no_rollout() {
    let story = Story::begin().await;
    let service_arn = story.create().await;
    let (first, _) = story.end_of_rollout(None).await;
    let retag = |change| Step::Retag(Retag { service_arn: service_arn.clone(), change });

    story.act(&retag(TagChange::Set([("team".to_owned(), "shop".to_owned())].into()))).await.unwrap();
    assert_eq!(story.live().await.presence.tags["team"], "shop");
    story.act(&retag(TagChange::Remove(vec!["team".to_owned()]))).await.unwrap();

    let live = story.live().await;
    assert_eq!(live.presence.tags.keys().collect::<Vec<_>>(), ["expressway.dev/uid"]);
    assert_eq!(live.in_flight, None);
    assert_eq!(live.last_ended.unwrap().arn, first.arn);
}

#[tokio::test]
async fn a_deleted_service_drains_goes_and_leaves_its_name_free() {
    let story = Story::begin().await;
    let service_arn = story.create().await;
    story.end_of_rollout(None).await;
    let delete = Step::Delete { service_arn };

    assert_eq!(story.act(&delete).await, Ok(Effect::Deleting));
    assert!(matches!(story.observe().await, Observed::Draining(_)));
    assert_eq!(story.act(&create()).await.unwrap_err().class, FailureClass::StillDraining);
    assert_eq!(story.act(&delete).await, Ok(Effect::Deleting));
    while !matches!(story.observe().await, Observed::Inactive(_)) {
        assert!(story.simulator.advance_to_next_event(), "the service never went");
    }
    assert_eq!(story.act(&delete).await, Ok(Effect::Deleting));
    story.create().await;

    assert!(matches!(story.observe().await, Observed::Live(_)));
}

#[tokio::test]
async fn a_create_whose_answer_is_lost_has_happened_once_and_is_found() {
    for fault in [FaultKind::AnswerLost, FaultKind::ServerErrorAfter] {
        let story = Story::begin().await;
        story.simulator.add_fault(FaultRequest::from(fault).on(Wire::CreateExpressGatewayService).times(1));

        let failure = story.act(&create()).await.unwrap_err();

        assert_eq!(failure.class, FailureClass::Unavailable);
        assert_eq!(story.calls(CREATE), 1);
        assert_eq!(story.live().await.presence.tags["expressway.dev/uid"], "u-1");
        assert_eq!(story.act(&create()).await.unwrap_err().class, FailureClass::NameTaken);
    }
}

#[tokio::test]
async fn refusals_have_the_class_that_decides_what_happens_next() {
    let story = Story::begin().await;
    for (fault, class) in [
        (FaultKind::Throttle, FailureClass::Throttled),
        (FaultKind::ServerErrorBefore, FailureClass::Unavailable),
        (FaultKind::AccessDenied { message: None }, FailureClass::AccessDenied),
        (FaultKind::RolePropagation { role: None, seconds: 60 }, FailureClass::RoleNotReady),
    ] {
        story.simulator.add_fault(FaultRequest::from(fault.clone()).on(Wire::CreateExpressGatewayService).times(1));

        assert_eq!(story.act(&create()).await.unwrap_err().class, class, "{fault:?}");
        assert_eq!(story.observe().await, Observed::Absent, "{fault:?}");
    }
}
