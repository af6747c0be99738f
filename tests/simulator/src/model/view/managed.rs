//! The resources that ECS manages for a service, each with its state. This is where failures of the infrastructure show.
use super::super::Model;
use super::super::configuration::Configuration;
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
        let infrastructure = &service.infrastructure;
        let small = |delete| self.state(service, Some(infrastructure.small_at), delete);
        let arn = |partition: &str, resource: String| self.config.arn(partition, &resource);
        let group_arn = arn("ec2", format!("security-group/{}", infrastructure.security_group));
        let alarm_arn = arn("cloudwatch", format!("alarm:{}", service.alarm_name()));
        // Log groups are never deleted.
        let logs = self.present_state(service, Some(infrastructure.small_at));
        ECSManagedResources {
            ingress_paths: Some(vec![self.ingress(service, configuration)]),
            auto_scaling: Some(self.auto_scaling(service, configuration)),
            metric_alarms: Some(vec![plain(alarm_arn, &small("cloudwatch:DeleteAlarms"))]),
            service_security_groups: Some(vec![plain(group_arn, &small("ec2:DeleteSecurityGroup"))]),
            log_groups: Some(vec![ManagedLogGroup {
                arn: Some(arn("logs", format!("log-group:{}", infrastructure.log_group))),
                status: Some(logs.status.to_owned()),
                status_reason: logs.reason,
                updated_at: Some(logs.at),
                log_group_name: Some(infrastructure.log_group.clone()),
            }]),
        }
    }

    fn ingress(&self, service: &Service, configuration: &Configuration) -> ManagedIngressPath {
        let infrastructure = &service.infrastructure;
        let balancer = self.account.load_balancers.get(&infrastructure.load_balancer);
        let path = balancer.map(|balancer| format!("{}/{}", balancer.name, balancer.id)).unwrap_or_default();
        let arn = |resource: String| self.config.arn("elasticloadbalancing", &resource);
        let ready = |delete| self.state(service, infrastructure.ready_at(), delete);
        let certificate = self.state(service, Some(infrastructure.certificate_at), "acm:DeleteCertificate");
        let small = |delete| self.state(service, Some(infrastructure.small_at), delete);
        let group_state = small("elasticloadbalancing:DeleteTargetGroup");
        let port = i32::from(configuration.container.port);
        let target_group = |id: &String| ManagedTargetGroup {
            arn: Some(self.config.target_group_arn(id)),
            status: Some(group_state.status.to_owned()),
            status_reason: group_state.reason.clone(),
            updated_at: Some(group_state.at),
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
            load_balancer_security_groups: Some(vec![plain(group_arn, &small("ec2:DeleteSecurityGroup"))]),
            certificate: Some(ManagedCertificate {
                arn: Some(self.config.arn("acm", &format!("certificate/{}", infrastructure.certificate))),
                status: Some(certificate.status.to_owned()),
                status_reason: certificate.reason,
                updated_at: Some(certificate.at),
                domain_name: Some(service.endpoint.clone()),
            }),
            listener: Some(plain(
                arn(format!("listener/app/{path}/{listener}")),
                &ready("elasticloadbalancing:DeleteListener"),
            )),
            rule: Some(plain(
                arn(format!("listener-rule/app/{path}/{listener}/{rule}")),
                &ready("elasticloadbalancing:DeleteRule"),
            )),
            target_groups: Some(infrastructure.target_groups.iter().map(target_group).collect()),
        }
    }

    fn load_balancer(&self, service: &Service, configuration: &Configuration, arn: String) -> ManagedLoadBalancer {
        let infrastructure = &service.infrastructure;
        let mut state = self.state(service, infrastructure.load_balancer_at, "elasticloadbalancing:DeleteLoadBalancer");
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

    fn auto_scaling(&self, service: &Service, configuration: &Configuration) -> ManagedAutoScaling {
        let small = |delete| self.state(service, Some(service.infrastructure.small_at), delete);
        let target = small("application-autoscaling:DeregisterScalableTarget");
        let state = small("application-autoscaling:DeleteScalingPolicy");
        let scaling = &configuration.scaling;
        let resource = format!("service/{}/{}", service.key.cluster, service.key.name);
        let policy = &service.infrastructure.policy;
        let policy_arn = format!("scalingPolicy:{policy}:resource/ecs/{resource}:policyName/{}", service.key.name);
        ManagedAutoScaling {
            scalable_target: Some(ManagedScalableTarget {
                arn: Some(self.config.arn("application-autoscaling", &format!("scalable-target/{resource}"))),
                status: Some(target.status.to_owned()),
                status_reason: target.reason,
                updated_at: Some(target.at),
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

    /// The state of what is there from `ready_at` on, and is removed with the permission `delete`.
    fn state(&self, service: &Service, ready_at: Option<Time>, delete: &str) -> State {
        match service.infrastructure.removal_refused_at {
            Some(at) => State {
                status: self.config.switches.refused_removal_status.name(),
                reason: Some(format!("User is not authorized to perform: {delete}")),
                at,
            },
            None => self.present_state(service, ready_at),
        }
    }

    fn present_state(&self, service: &Service, ready_at: Option<Time>) -> State {
        let (status, at) = match (service.status, ready_at) {
            (Status::Draining { since }, _) => ("DEPROVISIONING", since),
            (_, Some(at)) if at <= self.now => ("ACTIVE", at),
            _ => ("PROVISIONING", service.infrastructure.started_at),
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
