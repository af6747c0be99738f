//! `DescribeServiceRevisions`, for the resources that ECS manages: the place where failures of the infrastructure show.
//!
//! Nothing depends on it for certain: what cannot be read leaves the list as it was.

use aws_sdk_ecs::primitives::DateTime;
use aws_sdk_ecs::types as ecs;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::api::status::ManagedResource;
use crate::core::failure::Operation;
use crate::core::managed::{Kind, ManagedReading};

use super::client::Ecs;
use super::convert_in::{text, time};
use super::error::tidy;

impl Ecs {
    /// The resources of a revision's service.
    pub(super) async fn managed(&self, revision: Option<String>) -> ManagedReading {
        let Some(arn) = revision else { return ManagedReading::NotAsked };
        let call = self.reads.describe_service_revisions().service_revision_arns(&arn);
        let answer = match self.calls.track(Operation::DescribeServiceRevisions, call.send()).await {
            Ok(answer) => answer,
            Err(failure) => {
                tracing::debug!(operation = %failure.operation, code = failure.code, "{}", failure.message);
                return ManagedReading::NotShown;
            }
        };
        let shown = answer.service_revisions.unwrap_or_default();
        let revision = shown.into_iter().find(|shown| shown.service_revision_arn.as_deref() == Some(&arn));
        match revision.and_then(|revision| revision.ecs_managed_resources) {
            Some(resources) => ManagedReading::Read(listed(resources)),
            None => ManagedReading::NotShown,
        }
    }
}

/// One list of them all, in the order in which ECS gives them.
fn listed(resources: ecs::EcsManagedResources) -> Vec<ManagedResource> {
    let mut all = Vec::new();
    for path in resources.ingress_paths.unwrap_or_default() {
        all.extend(ingress(path));
    }
    if let Some(scaling) = resources.auto_scaling {
        all.extend(
            scaling
                .scalable_target
                .map(|it| resource(Kind::ScalableTarget, it.arn, &it.status, it.status_reason, &it.updated_at)),
        );
        all.extend(
            scaling
                .application_auto_scaling_policies
                .unwrap_or_default()
                .into_iter()
                .map(|it| resource(Kind::ScalingPolicy, it.arn, &it.status, it.status_reason, &it.updated_at)),
        );
    }
    all.extend(
        resources
            .metric_alarms
            .unwrap_or_default()
            .into_iter()
            .map(|it| resource(Kind::MetricAlarm, it.arn, &it.status, it.status_reason, &it.updated_at)),
    );
    all.extend(
        resources
            .service_security_groups
            .unwrap_or_default()
            .into_iter()
            .map(|it| security_group(Kind::SecurityGroup, it)),
    );
    all.extend(resources.log_groups.unwrap_or_default().into_iter().map(|it| ManagedResource {
        name: text(Some(it.log_group_name)),
        ..resource(Kind::LogGroup, it.arn, &it.status, it.status_reason, &it.updated_at)
    }));
    all
}

fn ingress(path: ecs::ManagedIngressPath) -> Vec<ManagedResource> {
    let mut all = Vec::new();
    all.extend(
        path.load_balancer.map(|it| resource(Kind::LoadBalancer, it.arn, &it.status, it.status_reason, &it.updated_at)),
    );
    let groups = path.load_balancer_security_groups.unwrap_or_default();
    all.extend(groups.into_iter().map(|it| security_group(Kind::LoadBalancerSecurityGroup, it)));
    all.extend(path.certificate.map(|it| ManagedResource {
        name: text(Some(it.domain_name)),
        ..resource(Kind::Certificate, it.arn, &it.status, it.status_reason, &it.updated_at)
    }));
    all.extend(path.listener.map(|it| resource(Kind::Listener, it.arn, &it.status, it.status_reason, &it.updated_at)));
    all.extend(path.rule.map(|it| resource(Kind::ListenerRule, it.arn, &it.status, it.status_reason, &it.updated_at)));
    all.extend(
        path.target_groups
            .unwrap_or_default()
            .into_iter()
            .map(|it| resource(Kind::TargetGroup, it.arn, &it.status, it.status_reason, &it.updated_at)),
    );
    all
}

fn security_group(kind: Kind, group: ecs::ManagedSecurityGroup) -> ManagedResource {
    resource(kind, group.arn, &group.status, group.status_reason, &group.updated_at)
}

fn resource(
    kind: Kind,
    arn: Option<String>,
    state: &ecs::ManagedResourceStatus,
    reason: Option<String>,
    updated_at: &DateTime,
) -> ManagedResource {
    let arn = text(arn);
    ManagedResource {
        kind: kind.to_string(),
        name: arn.as_deref().and_then(|arn| name(kind, arn)),
        arn,
        state: state.as_str().to_owned(),
        reason: text(reason).map(|reason| tidy(&reason)),
        since: time(updated_at).map(Time),
    }
}

/// The part of an ARN that a person knows the resource by: `loadbalancer/app/NAME/ID`, `targetgroup/NAME/ID`,
/// `alarm:NAME`, and otherwise the last part.
fn name(kind: Kind, arn: &str) -> Option<String> {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or(arn);
    let part = match kind {
        Kind::LoadBalancer => resource.split('/').nth(2),
        Kind::TargetGroup => resource.split('/').nth(1),
        Kind::MetricAlarm => resource.split_once(':').map(|(_, name)| name),
        Kind::ScalableTarget => resource.split_once('/').map(|(_, name)| name),
        _ => resource.rsplit('/').next(),
    };
    text(part.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use serde_json::{Value, json};

    use super::*;
    use crate::aws::canned::{Answer, Canned, REVISION};

    fn state(arn: &str) -> Value {
        json!({"arn": arn, "status": "ACTIVE", "updatedAt": 1_780_000_000})
    }

    fn with(mut value: Value, more: &Value) -> Value {
        crate::aws::canned::lay_over(&mut value, more);
        value
    }

    async fn read(aws: &Canned) -> ManagedReading {
        aws.ecs.managed(Some(REVISION.to_owned())).await
    }

    #[tokio::test]
    async fn every_kind_of_resource_is_listed_by_its_own_name() {
        let elb = |resource: &str| format!("arn:aws:elasticloadbalancing:eu-central-1:1:{resource}");
        let group = "arn:aws:ec2:eu-central-1:1:security-group/sg-1";
        let target = with(
            state(&elb("targetgroup/ecs-gateway-tg-1/9")),
            &json!({"healthCheckPath": "/", "healthCheckPort": 80, "port": 80}),
        );
        let policy =
            "arn:aws:autoscaling:eu-central-1:1:scalingPolicy:u-1:resource/ecs/service/shop/web:policyName/web";
        let scalable = "arn:aws:application-autoscaling:eu-central-1:1:scalable-target/service/shop/web";
        let certificate =
            with(state("arn:aws:acm:eu-central-1:1:certificate/u-2"), &json!({"domainName": "we-1.on.aws"}));
        let path = json!({
            "accessType": "PUBLIC", "endpoint": "we-1.on.aws",
            "loadBalancer": with(state(&elb("loadbalancer/app/alb-1/2")), &json!({"scheme": "internet-facing", "status": "FAILED", "statusReason": "not\\nauthorized"})),
            "loadBalancerSecurityGroups": [state(group)], "certificate": certificate,
            "listener": state(&elb("listener/app/alb-1/2/3")), "rule": state(&elb("listener-rule/app/alb-1/2/3/4")),
            "targetGroups": [target],
        });
        let resources = json!({
            "ingressPaths": [path],
            "autoScaling": {
                "scalableTarget": with(state(scalable), &json!({"minCapacity": 1, "maxCapacity": 2})),
                "applicationAutoScalingPolicies": [with(state(policy), &json!({"policyType": "T", "targetValue": 60, "metric": "M"}))],
            },
            "metricAlarms": [state("arn:aws:cloudwatch:eu-central-1:1:alarm:web-4xx")],
            "serviceSecurityGroups": [state(group)],
            "logGroups": [with(state("arn:aws:logs:eu-central-1:1:log-group:/aws/ecs/web"), &json!({"logGroupName": "/aws/ecs/web"}))],
        });
        let revision = json!({"serviceRevisionArn": REVISION, "ecsManagedResources": resources});
        let aws = Canned::answering(
            "DescribeServiceRevisions",
            Answer::ok(&json!({"serviceRevisions": [revision], "failures": []})),
        );

        let ManagedReading::Read(all) = read(&aws).await else { panic!("not read") };

        let names: Vec<(&str, &str)> = all.iter().map(|it| (it.kind.as_str(), it.name.as_deref().unwrap())).collect();
        let expected = [
            ("LoadBalancer", "alb-1"),
            ("LoadBalancerSecurityGroup", "sg-1"),
            ("Certificate", "we-1.on.aws"),
            ("Listener", "3"),
            ("ListenerRule", "4"),
            ("TargetGroup", "ecs-gateway-tg-1"),
            ("ScalableTarget", "service/shop/web"),
            ("ScalingPolicy", "web"),
            ("MetricAlarm", "web-4xx"),
            ("SecurityGroup", "sg-1"),
            ("LogGroup", "/aws/ecs/web"),
        ];
        assert_eq!(names, expected);
        assert_eq!((all[0].state.as_str(), all[1].state.as_str()), ("FAILED", "ACTIVE"));
        assert_eq!(all[0].since.as_ref().unwrap().0.to_string(), "2026-05-28T20:26:40Z");
        assert_eq!(aws.sent("DescribeServiceRevisions"), [json!({"serviceRevisionArns": [REVISION]})]);
    }

    #[tokio::test]
    async fn what_ecs_does_not_show_is_no_failure() {
        let missing = json!({"serviceRevisions": [], "failures": [{"arn": REVISION, "reason": "MISSING"}]});
        let bare = json!({"serviceRevisions": [{"serviceRevisionArn": REVISION}]});
        for answer in [Answer::ok(&missing), Answer::ok(&bare), Answer::exception("AccessDeniedException", "no")] {
            assert_eq!(read(&Canned::answering("DescribeServiceRevisions", answer)).await, ManagedReading::NotShown);
        }
        let aws = Canned::start();
        assert_eq!(aws.ecs.managed(None).await, ManagedReading::NotAsked);
        assert!(aws.operations().is_empty());
    }
}
