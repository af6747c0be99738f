//! The state of an account in small, for a person.
use super::Model;
use super::service::Service;
use crate::time::Time;
use serde::Serialize;

/// The account in small.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The services, by cluster and name.
    pub services: Vec<ServiceSummary>,
    /// The clusters.
    pub clusters: Vec<String>,
    /// Log groups, also of services that are gone.
    pub log_groups: Vec<String>,
    /// How many load balancers there are.
    pub load_balancers: usize,
    /// When something happens next by itself, in seconds since the epoch.
    pub next_event: Option<Time>,
}

/// One service in small.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceSummary {
    /// The service's ARN.
    pub service_arn: String,
    /// ACTIVE, DRAINING or INACTIVE.
    pub status: &'static str,
    /// The address, without a scheme.
    pub endpoint: String,
    /// The image that serves.
    pub serving_image: Option<String>,
    /// The newest deployment.
    pub deployment: Option<DeploymentSummary>,
    /// How many deployments there have been.
    pub deployments: usize,
    /// How many tasks run.
    pub running_tasks: usize,
}

/// One deployment in small.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentSummary {
    /// The deployment's ARN.
    pub service_deployment_arn: String,
    /// The status.
    pub status: &'static str,
    /// The stage, once it has started.
    pub stage: Option<&'static str>,
    /// The image that it brings.
    pub image: Option<String>,
    /// The percent of production traffic on it.
    pub traffic: u8,
    /// What becomes of it.
    pub fate: super::Fate,
}

impl Model {
    /// The account in small.
    pub fn summary(&self) -> Summary {
        Summary {
            services: self.account.services(None).map(|service| self.summarise(service)).collect(),
            clusters: self.account.clusters.keys().cloned().collect(),
            log_groups: self.account.log_groups.iter().cloned().collect(),
            load_balancers: self.account.load_balancers.len(),
            next_event: self.next_event(),
        }
    }

    fn summarise(&self, service: &Service) -> ServiceSummary {
        let image = |index: usize| service.revisions.get(index).map(|it| it.configuration.container.image.clone());
        ServiceSummary {
            service_arn: self.config.service_arn(&service.key),
            status: service.status.name(),
            endpoint: service.endpoint.clone(),
            serving_image: service.serving.and_then(image),
            deployment: service.deployments.last().map(|deployment| DeploymentSummary {
                service_deployment_arn: self.config.deployment_arn(&service.key, &deployment.id),
                status: deployment.status.name(),
                stage: deployment.phase.stage(self.config.switches.quirk_unknown_lifecycle_stage),
                image: image(deployment.target),
                traffic: deployment.target_weight(),
                fate: deployment.fate,
            }),
            deployments: service.deployments.len(),
            running_tasks: service.tasks.iter().filter(|task| task.runs(self.now)).count(),
        }
    }
}
