//! The resources that ECS manages for a service, each with its state. This is where failures of the infrastructure show.
use super::super::Model;
use super::super::configuration::Configuration;
use super::super::infrastructure::Infrastructure;
use super::super::service::{Service, Status};
use super::count;
use crate::time::Time;
use crate::wire::{
    ECSManagedResources, ManagedApplicationAutoScalingPolicy, ManagedAutoScaling, ManagedCertificate,
    ManagedIngressPath, ManagedLoadBalancer, ManagedLogGroup, ManagedResource, ManagedScalableTarget,
    ManagedTargetGroup,
};

/// What the load balancer says when its creation was refused.
const REFUSED: &str = "User is not authorized to perform: elasticloadbalancing:CreateLoadBalancer because no identity-based policy \
                       allows the elasticloadbalancing:CreateLoadBalancer action";

/// One resource's state: its name, the reason, and when it came to it.
struct State {
    status: &'static str,
    reason: Option<String>,
    at: Time,
}

impl Model {
    pub(super) fn view_managed(&self, service: &Service, configuration: &Configuration) -> ECSManagedResources {
        let small = self.state(service, Some(service.infrastructure.small_at));
        let arn = |partition: &str, resource: String| self.config.arn(partition, &resource);
        let infrastructure = &service.infrastructure;
        let group = |id: &str| plain(arn("ec2", format!("security-group/{id}")), &small);
        ECSManagedResources {
            ingress_paths: Some(vec![self.ingress(service, configuration, &small)]),
            auto_scaling: Some(self.auto_scaling(service, configuration, &small)),
            metric_alarms: Some(vec![plain(arn("cloudwatch", format!("alarm:{}", service.alarm_name())), &small)]),
            service_security_groups: Some(vec![group(&infrastructure.security_group)]),
            log_groups: Some(vec![ManagedLogGroup {
                arn: Some(arn("logs", format!("log-group:{}", infrastructure.log_group))),
                status: Some(small.status.to_owned()),
                status_reason: small.reason.clone(),
                updated_at: Some(small.at),
                log_group_name: Some(infrastructure.log_group.clone()),
            }]),
        }
    }

    fn ingress(&self, service: &Service, configuration: &Configuration, small: &State) -> ManagedIngressPath {
        let infrastructure = &service.infrastructure;
        let balancer = self.account.load_balancers.get(&infrastructure.load_balancer);
        let path = balancer.map(|balancer| format!("{}/{}", balancer.name, balancer.id)).unwrap_or_default();
        let arn = |resource: String| self.config.arn("elasticloadbalancing", &resource);
        let ready = self.state(service, infrastructure.ready_at());
        let certificate = self.state(service, Some(infrastructure.certificate_at));
        let port = i32::from(configuration.container.port);
        let target_group = |id: &String| ManagedTargetGroup {
            arn: Some(arn(format!("targetgroup/ecs-gateway-tg-{}/{id}", id.get(..8).unwrap_or(id)))),
            status: Some(small.status.to_owned()),
            status_reason: small.reason.clone(),
            updated_at: Some(small.at),
            health_check_path: Some(configuration.health_check_path.clone()),
            health_check_port: Some(port),
            port: Some(port),
        };
        let (listener, rule) = (&infrastructure.listener, &infrastructure.rule);
        let group = &infrastructure.load_balancer_security_group;
        let group_arn = self.config.arn("ec2", &format!("security-group/{group}"));
        ManagedIngressPath {
            access_type: Some(if infrastructure.private { "PRIVATE" } else { "PUBLIC" }.to_owned()),
            endpoint: Some(self.view_endpoint(service)),
            load_balancer: Some(self.load_balancer(service, configuration, arn(format!("loadbalancer/app/{path}")))),
            load_balancer_security_groups: Some(vec![plain(group_arn, small)]),
            certificate: Some(ManagedCertificate {
                arn: Some(self.config.arn("acm", &format!("certificate/{}", infrastructure.certificate))),
                status: Some(certificate.status.to_owned()),
                status_reason: certificate.reason,
                updated_at: Some(certificate.at),
                domain_name: Some(service.endpoint.clone()),
            }),
            listener: Some(plain(arn(format!("listener/app/{path}/{listener}")), &ready)),
            rule: Some(plain(arn(format!("listener-rule/app/{path}/{listener}/{rule}")), &ready)),
            target_groups: Some(infrastructure.target_groups.iter().map(target_group).collect()),
        }
    }

    fn load_balancer(&self, service: &Service, configuration: &Configuration, arn: String) -> ManagedLoadBalancer {
        let infrastructure = &service.infrastructure;
        let mut state = self.state(service, infrastructure.load_balancer_at);
        if infrastructure.refused && service.status == Status::Active {
            state = State { status: "FAILED", reason: Some(REFUSED.to_owned()), at: infrastructure.started_at };
        }
        ManagedLoadBalancer {
            arn: infrastructure.load_balancer_at.is_some().then_some(arn),
            status: Some(state.status.to_owned()),
            status_reason: state.reason,
            updated_at: Some(state.at),
            scheme: Some(if infrastructure.private { "internal" } else { "internet-facing" }.to_owned()),
            subnet_ids: Some(self.subnets(configuration)),
            security_group_ids: Some(vec![infrastructure.load_balancer_security_group.clone()]),
        }
    }

    fn auto_scaling(&self, service: &Service, configuration: &Configuration, state: &State) -> ManagedAutoScaling {
        let scaling = &configuration.scaling;
        let resource = format!("service/{}/{}", service.key.cluster, service.key.name);
        let policy = &service.infrastructure.policy;
        let policy_arn = format!("scalingPolicy:{policy}:resource/ecs/{resource}:policyName/{}", service.key.name);
        ManagedAutoScaling {
            scalable_target: Some(ManagedScalableTarget {
                arn: Some(self.config.arn("application-autoscaling", &format!("scalable-target/{resource}"))),
                status: Some(state.status.to_owned()),
                status_reason: state.reason.clone(),
                updated_at: Some(state.at),
                min_capacity: count(scaling.min),
                max_capacity: count(scaling.max),
            }),
            application_auto_scaling_policies: Some(vec![ManagedApplicationAutoScalingPolicy {
                arn: Some(self.config.arn("autoscaling", &policy_arn)),
                status: Some(state.status.to_owned()),
                status_reason: state.reason.clone(),
                updated_at: Some(state.at),
                policy_type: Some("TargetTrackingScaling".to_owned()),
                target_value: Some(scaling.target.into()),
                metric: Some(scaling.metric.policy_name().to_owned()),
            }]),
        }
    }

    /// The state of what is there from `ready_at` on.
    fn state(&self, service: &Service, ready_at: Option<Time>) -> State {
        let Infrastructure { started_at, removed_at, .. } = &service.infrastructure;
        let (status, at) = match (service.status, removed_at) {
            (_, Some(at)) => ("DELETED", *at),
            (Status::Draining { since }, None) => ("DEPROVISIONING", since),
            _ => match ready_at {
                Some(at) if at <= self.now => ("ACTIVE", at),
                _ => ("PROVISIONING", *started_at),
            },
        };
        State { status, reason: None, at }
    }
}

fn plain(arn: String, state: &State) -> ManagedResource {
    ManagedResource {
        arn: Some(arn),
        status: Some(state.status.to_owned()),
        status_reason: state.reason.clone(),
        updated_at: Some(state.at),
    }
}
